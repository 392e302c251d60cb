//! Storing measurements: one or many, all or none.

use crate::desk::Changing;
use crate::refusal::{Invalid, Refusal};
use crate::work::{Command, Then, done};
use ::store::measurements::TooManyShapes;
use model::ids::{MeasurementId, ObjectId};
use model::limits::{BULK_MEASUREMENTS_MAX, DOCUMENT_BYTES_MAX, FRAGMENTS_MAX};
use model::measurements::NewMeasurement;
use model::passing::Passing;
use policy::operations::measurements::{MeasurementCreate, MeasurementRead};
use policy::proof::Allowed;
use std::collections::{BTreeMap, BTreeSet};

/// Stores measurements of any sources: all of them, or none.
pub struct StoreMeasurements(pub Vec<NewMeasurement>);

/// What became of one measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredMeasurement {
    /// Its id.
    pub id: MeasurementId,
    /// Whether the caller may read it: those who only write get nothing back but the id (R019).
    pub may_read: bool,
}

impl Command for StoreMeasurements {
    type Operation = MeasurementCreate;
    /// In the order of the documents.
    type Answer = Vec<StoredMeasurement>;

    fn heard_of(&self) -> Vec<ObjectId> {
        let sources: BTreeSet<_> = self.0.iter().map(|document| document.source).collect();
        sources.into_iter().collect()
    }

    fn change(&self, desk: &Changing) -> Result<Then<Self::Answer>, Refusal> {
        let mut order = Vec::with_capacity(self.0.len());
        for (source, proof, placed) in decided(desk, &self.0)? {
            let documents: Vec<_> = placed.iter().map(|(_, document)| *document).collect();
            let appended = desk.tx.measurements(proof).append(source, &documents)?;
            let appended =
                appended.map_err(|TooManyShapes| Refusal::Invalid(Invalid::TooManyTypes(source)))?;
            let shown = desk.shown_on::<MeasurementRead>(source)?;
            let may_read = |document: &NewMeasurement| {
                let names = document.fragments.names();
                shown.as_ref().is_some_and(|shows| shows.cover.covers(names))
            };
            let places = appended.into_iter().filter_map(|at| placed.get(at));
            order.extend(places.map(|(place, document)| (*place, may_read(document))));
        }
        Ok(Box::new(move |receipt| {
            let mut stored: Vec<_> = order
                .into_iter()
                .zip(receipt.measurements)
                .map(|((place, may_read), id)| (place, StoredMeasurement { id, may_read }))
                .collect();
            stored.sort_unstable_by_key(|(place, _)| *place);
            stored.into_iter().map(|(_, stored)| stored).collect()
        }))
    }
}

/// Tells those who follow of measurements, and stores none: all of them, or none.
pub struct PassMeasurements(pub Vec<NewMeasurement>);

impl Command for PassMeasurements {
    type Operation = MeasurementCreate;
    /// Which of them the caller may read, in the order of the documents.
    type Answer = Vec<bool>;

    fn heard_of(&self) -> Vec<ObjectId> {
        let sources: BTreeSet<_> = self.0.iter().map(|document| document.source).collect();
        sources.into_iter().collect()
    }

    fn change(&self, desk: &Changing) -> Result<Then<Self::Answer>, Refusal> {
        let mut may_read = vec![false; self.0.len()];
        for (source, proof, placed) in decided(desk, &self.0)? {
            let passing = placed
                .iter()
                .map(|(_, document)| Passing::from((*document).clone()));
            desk.tx.passes_by(proof, passing.collect())?;
            let shown = desk.shown_on::<MeasurementRead>(source)?;
            for (place, document) in placed {
                if let Some(may) = may_read.get_mut(place) {
                    let names = document.fragments.names();
                    *may = shown.as_ref().is_some_and(|shows| shows.cover.covers(names));
                }
            }
        }
        Ok(done(may_read))
    }
}

/// Documents of one source with their places, and the right to store them.
type Decided<'d> = (
    ObjectId,
    Allowed<MeasurementCreate>,
    Vec<(usize, &'d NewMeasurement)>,
);

/// Every source is decided before anything is said about the documents, and with all that is sent for it.
fn decided<'d>(desk: &Changing, documents: &'d [NewMeasurement]) -> Result<Vec<Decided<'d>>, Refusal> {
    if documents.len() > BULK_MEASUREMENTS_MAX {
        return Err(Refusal::Invalid(Invalid::DocumentTooLarge));
    }
    let mut by_source: BTreeMap<ObjectId, Vec<(usize, &NewMeasurement)>> = BTreeMap::new();
    for (place, document) in documents.iter().enumerate() {
        by_source
            .entry(document.source)
            .or_default()
            .push((place, document));
    }
    let mut decided = Vec::with_capacity(by_source.len());
    for (source, documents) in by_source {
        let proof = allow(desk, source, &documents).map_err(|refusal| refusal.of_named_source(source))?;
        decided.push((source, proof, documents));
    }
    for document in documents {
        check_size(document)?;
    }
    Ok(decided)
}

/// The right to store these documents of one source: each of them, by its fragments (R033). What covers the fragments of
/// all together covers those of each; only documents without any are another matter (R034).
fn allow(
    desk: &Changing,
    source: ObjectId,
    documents: &[(usize, &NewMeasurement)],
) -> Result<Allowed<MeasurementCreate>, Refusal> {
    let has_bare = documents
        .iter()
        .any(|(_, document)| document.fragments.is_empty());
    if has_bare {
        // Spent at once: the proof for the rest opens the table.
        let _ = desk
            .tx
            .measurements(desk.allow_on_with::<MeasurementCreate>(source, &[])?);
    }
    let fragments = documents
        .iter()
        .flat_map(|(_, document)| document.fragments.names());
    let fragments: Vec<_> = fragments.collect::<BTreeSet<_>>().into_iter().collect();
    desk.allow_on_with(source, &fragments)
}

fn check_size(document: &NewMeasurement) -> Result<(), Refusal> {
    let fragments = &document.fragments;
    if fragments.len() > FRAGMENTS_MAX || fragments.to_string().len() > DOCUMENT_BYTES_MAX {
        return Err(Refusal::Invalid(Invalid::DocumentTooLarge));
    }
    Ok(())
}
