//! Measurements to be taken away, chunk by chunk: each chunk is a question of its own, decided anew, so that no snapshot
//! waits for a slow reader. What a walk over the streams has found is enough for many chunks; each reads its own part, and
//! nothing that is not there any more, or not for this caller.

use super::find::{as_many_as_fit, entries, newest_first, walk};
use super::listed;
use crate::desk::Reading;
use crate::first::First;
use crate::refusal::{Invalid, Refusal};
use crate::work::Query;
use ::series::shape::Shape;
use ::store::measurements::MeasurementRows;
use model::ids::{MeasurementId, ObjectId};
use model::measurements::{Measurement, MeasurementFilter};
use model::time::Timestamp;
use policy::operations::inventory::InventoryList;
use policy::operations::measurements::MeasurementList;
use std::collections::{BTreeMap, BTreeSet};

/// Most measurements that one walk finds: some hundred kilobytes of ids. Where they are spread over so many streams that it
/// may not read as much, it finds those of one chunk.
const FOUND_AT_ONCE: usize = 16_000;
/// Most measurements of one chunk.
const MEASUREMENTS_PER_CHUNK: usize = 1_000;
/// A chunk ends with the measurement that brings its documents to this size, in bytes.
const CHUNK_BYTES: usize = 256 << 10;
/// What a document takes besides its fragments, about, in bytes.
const DOCUMENT_BYTES: usize = 48;

/// One value of a measurement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueRow {
    /// When it was taken.
    pub time: Timestamp,
    /// Of which object.
    pub source: ObjectId,
    /// The object's name, if it has one and the caller may read the object.
    pub device_name: Option<String>,
    /// The fragment.
    pub fragment: String,
    /// The series in it.
    pub series: String,
    /// The number as it was sent.
    pub value: String,
    /// The unit, if one was sent.
    pub unit: Option<String>,
}

/// Where the next chunk begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportPlace {
    /// What the last walk has found and no chunk has read yet, in order.
    found: Vec<MeasurementId>,
    /// Behind which measurement the next walk begins; nothing if there was no more to be found.
    walked: Option<(Timestamp, MeasurementId)>,
    /// How many it finds at most.
    at_once: usize,
}

/// A part of the measurements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportChunk {
    /// The measurements, in the order of their list.
    pub measurements: Vec<Measurement>,
    /// Where the next chunk begins; nothing if this was the last.
    pub next: Option<ExportPlace>,
    device_names: BTreeMap<ObjectId, String>,
}

impl ExportChunk {
    /// The values of the measurements, one row for each.
    pub fn rows(&self) -> impl Iterator<Item = ValueRow> {
        self.measurements.iter().flat_map(|measurement| {
            let name = self.device_names.get(&measurement.document.source);
            rows_of(measurement, name.map(String::as_str))
        })
    }
}

/// Reads the next chunk.
#[derive(Debug, Clone)]
pub struct ExportMeasurements {
    /// Which measurements.
    pub filter: MeasurementFilter,
    /// The newest first; it counts only together with a time in the filter.
    pub revert: bool,
    /// Where to begin: nothing, or what the chunk before has said.
    pub after: Option<ExportPlace>,
}

impl Query for ExportMeasurements {
    type Operation = MeasurementList;
    type Answer = ExportChunk;

    fn answer(&self, desk: &Reading) -> Result<ExportChunk, Refusal> {
        let rows = listed(desk, self.filter.source)?;
        let mut place = match &self.after {
            Some(after) if !after.found.is_empty() => after.clone(),
            Some(after) => self.find(&rows, after.walked, after.at_once)?,
            None => self.find(&rows, None, FOUND_AT_ONCE)?,
        };
        let found = &mut place.found;
        let in_reach = found.get(..MEASUREMENTS_PER_CHUNK).unwrap_or(found);
        let (mut measurements, is_cut) = as_many_as_fit(&rows, in_reach)?;
        let fitting = fitting(&measurements);
        let is_cut = is_cut || fitting < measurements.len();
        measurements.truncate(fitting);
        let last = measurements.last().filter(|_| is_cut);
        let read = match last.and_then(|last| in_reach.iter().position(|id| *id == last.id)) {
            Some(place) => place + 1,
            None => in_reach.len(),
        };
        found.drain(..read);
        Ok(ExportChunk {
            device_names: device_names(desk, &measurements)?,
            measurements,
            next: (!place.found.is_empty() || place.walked.is_some()).then_some(place),
        })
    }
}

impl ExportMeasurements {
    /// The first measurements behind a place.
    fn find(
        &self,
        rows: &MeasurementRows<'_>,
        after: Option<(Timestamp, MeasurementId)>,
        at_once: usize,
    ) -> Result<ExportPlace, Refusal> {
        match self.find_at_once(rows, after, at_once) {
            Err(Refusal::Invalid(Invalid::QueryTooCostly)) if at_once > MEASUREMENTS_PER_CHUNK => {
                self.find_at_once(rows, after, MEASUREMENTS_PER_CHUNK)
            }
            found => found,
        }
    }

    fn find_at_once(
        &self,
        rows: &MeasurementRows<'_>,
        after: Option<(Timestamp, MeasurementId)>,
        at_once: usize,
    ) -> Result<ExportPlace, Refusal> {
        let newest_first = newest_first(&self.filter, self.revert);
        let mut filter = self.filter.clone();
        if let Some((time, _)) = after {
            let bound = if newest_first {
                &mut filter.to
            } else {
                &mut filter.from
            };
            *bound = Some(time);
        }
        let mut first = First::new(newest_first, at_once, false);
        walk(&mut first, rows, &filter, newest_first, after)?;
        let is_full = first.is_full();
        let found: Vec<_> = entries(first).collect();
        Ok(ExportPlace {
            walked: found.last().filter(|_| is_full).copied(),
            found: found.into_iter().map(|(_, id)| id).collect(),
            at_once,
        })
    }
}

/// How many of these measurements fill a chunk.
fn fitting(measurements: &[Measurement]) -> usize {
    let mut bytes = 0;
    let is_full = |measurement: &Measurement| {
        bytes += DOCUMENT_BYTES + measurement.document.fragments.to_string().len();
        bytes >= CHUNK_BYTES
    };
    let last = measurements.iter().position(is_full);
    last.map_or(measurements.len(), |place| place + 1)
}

/// The names of the objects that these measurements are of.
fn device_names(desk: &Reading, measurements: &[Measurement]) -> Result<BTreeMap<ObjectId, String>, Refusal> {
    let sources: BTreeSet<_> = measurements.iter().map(|one| one.document.source).collect();
    let mut names = BTreeMap::new();
    for source in sources {
        names.extend(device_name(desk, source)?.map(|name| (source, name)));
    }
    Ok(names)
}

/// The name of an object, for those who may read the object and not only its measurements.
fn device_name(desk: &Reading, source: ObjectId) -> Result<Option<String>, Refusal> {
    let object = desk.tx.inventory(desk.allow::<InventoryList>()?).object(source)?;
    Ok(object.and_then(|object| object.name).map(|name| name.to_string()))
}

fn rows_of(measurement: &Measurement, device_name: Option<&str>) -> Vec<ValueRow> {
    let document = &measurement.document;
    let (shape, point) = Shape::split(document);
    let row = |reading: ::series::point::Reading<'_>| ValueRow {
        time: document.time,
        source: document.source,
        device_name: device_name.map(str::to_owned),
        fragment: reading.fragment.to_owned(),
        series: reading.series.to_owned(),
        value: reading.value.to_string(),
        unit: reading.unit.map(str::to_owned),
    };
    shape.series_of_point(&point).map(row).collect()
}
