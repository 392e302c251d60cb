//! Deleting measurements: one by its id, or many by a filter in many small commits.

use crate::caller::Caller;
use crate::desk::Changing;
use crate::door::Door;
use crate::note::Note;
use crate::parts::Part;
use crate::refusal::{Invalid, Missing, Refusal};
use crate::work::{Command, Then, done};
use ::store::measurements::{MeasurementChanges, Next, Place, Walk};
use model::ids::{MeasurementId, StreamId};
use model::measurements::MeasurementFilter;
use policy::operations::measurements::{MeasurementDelete, MeasurementDeleteMany};
use std::collections::{BTreeMap, BTreeSet};

/// Streams, batches and points that one commit of a deletion looks at.
const ROWS_PER_COMMIT: usize = 20_000;

/// Deletes one measurement.
pub struct DeleteMeasurement(pub MeasurementId);

impl Command for DeleteMeasurement {
    type Operation = MeasurementDelete;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let rows = desk
            .tx
            .measurements(desk.allow_on_measurement::<MeasurementDelete>(self.0)?);
        let missing = Refusal::Missing(Missing::Measurement(self.0));
        let measurement = rows.now().measurement(self.0)?.ok_or(missing)?;
        rows.delete(self.0)?;
        let text = format!("Measurement {} deleted", self.0);
        desk.note(Note::new("Telemetry", "Measurement deleted", measurement.document.source).text(text));
        Ok(done(()))
    }
}

/// Deletes the next part of the measurements that a filter means. [`Door::delete_measurements`] goes through all.
pub struct DeleteMeasurements {
    /// Which: a source or a time must be given.
    pub filter: MeasurementFilter,
    /// Where the part before has ended.
    pub start: Option<Place>,
}

impl Command for DeleteMeasurements {
    type Operation = MeasurementDeleteMany;
    type Answer = Part<Place>;

    fn change(&self, desk: &Changing) -> Result<Then<Part<Place>>, Refusal> {
        let rows = desk.tx.measurements(desk.allow::<MeasurementDeleteMany>()?);
        let MeasurementFilter { source, from, to, .. } = &self.filter;
        if source.is_none() && from.is_none() && to.is_none() {
            return Err(Refusal::Invalid(Invalid::DeletionUnfiltered));
        }
        let part = delete_part(&rows, &self.filter, self.start)?;
        if part.count > 0 {
            let about = source.map_or_else(|| "*".to_owned(), |source| source.to_string());
            let text = format!("{} measurements deleted: {}", part.count, describe(&self.filter));
            desk.note(Note::new("Telemetry", "Measurements deleted", about).text(text));
        }
        Ok(done(part))
    }
}

/// Deletes the next part of the measurements within reach that a filter means.
pub(crate) fn delete_part(
    rows: &MeasurementChanges<'_>,
    filter: &MeasurementFilter,
    start: Option<Place>,
) -> Result<Part<Place>, Refusal> {
    let mut going: BTreeMap<(StreamId, u32), BTreeSet<MeasurementId>> = BTreeMap::new();
    let walk = Walk {
        filter,
        newest_first: false,
        start,
        rows_max: ROWS_PER_COMMIT,
    };
    let next = rows.now().visit(&walk, |scan| {
        going.entry(scan.batch).or_default().insert(scan.id);
        Ok(Next::On)
    })?;
    let mut count = 0;
    for (batch, ids) in going {
        count += rows.delete_where(batch, |id| ids.contains(&id))?;
    }
    Ok(Part { count, next })
}

/// The filter in words, for the audit log.
fn describe(filter: &MeasurementFilter) -> String {
    let MeasurementFilter {
        source,
        kind,
        fragment,
        series,
        from,
        to,
    } = filter;
    let parts = [
        ("source", source.map(|source| source.to_string())),
        ("type", kind.clone()),
        ("fragment", fragment.clone()),
        ("series", series.clone()),
        ("from", from.map(|time| time.to_string())),
        ("to", to.map(|time| time.to_string())),
    ];
    let told = parts
        .into_iter()
        .filter_map(|(name, value)| Some(format!("{name}={}", value?)));
    told.collect::<Vec<_>>().join(", ")
}

impl Door {
    /// Deletes every measurement that the filter means, part by part, each decided and recorded for itself. Gives how
    /// many there were; a refusal on the way leaves what is gone deleted and recorded.
    pub async fn delete_measurements(
        &self,
        caller: &Caller,
        filter: MeasurementFilter,
    ) -> Result<usize, Refusal> {
        let part = |start| DeleteMeasurements {
            filter: filter.clone(),
            start,
        };
        self.in_parts(caller, part).await
    }
}
