//! Measurements to be taken away, chunk by chunk: each chunk is a question of its own, decided anew, so that no snapshot
//! waits for a slow reader.

use super::find::{as_many_as_fit, ids, newest_first, walk};
use super::listed;
use crate::desk::Reading;
use crate::first::First;
use crate::refusal::Refusal;
use crate::work::Query;
use ::series::shape::Shape;
use model::ids::{MeasurementId, ObjectId};
use model::measurements::{Measurement, MeasurementFilter};
use model::time::Timestamp;
use policy::operations::inventory::InventoryList;
use policy::operations::measurements::MeasurementList;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

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

/// Behind which measurement the next chunk begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExportPlace {
    time: Timestamp,
    id: MeasurementId,
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
        let newest_first = newest_first(&self.filter, self.revert);
        let mut filter = self.filter.clone();
        if let Some(after) = self.after {
            let bound = if newest_first {
                &mut filter.to
            } else {
                &mut filter.from
            };
            *bound = Some(after.time);
        }
        let mut first = First::new(newest_first, MEASUREMENTS_PER_CHUNK, false);
        let after = self.after.map(|after| (after.time, after.id));
        walk(&mut first, &rows, &filter, newest_first, after)?;
        let ids: Vec<_> = ids(first).collect();
        let (measurements, left_out) = as_many_as_fit(&rows, &ids)?;
        chunk(desk, measurements, left_out)
    }
}

/// The first of these measurements until the chunk is full; `left_out`: there are more behind them.
fn chunk(desk: &Reading, mut measurements: Vec<Measurement>, left_out: bool) -> Result<ExportChunk, Refusal> {
    let mut bytes = 0;
    let is_full = |measurement: &Measurement| {
        bytes += DOCUMENT_BYTES + measurement.document.fragments.to_string().len();
        bytes >= CHUNK_BYTES
    };
    let found = measurements.len();
    let fitting = measurements
        .iter()
        .position(is_full)
        .map_or(found, |place| place + 1);
    measurements.truncate(fitting);
    let has_more = left_out || fitting < found || fitting == MEASUREMENTS_PER_CHUNK;
    let last = measurements.last().filter(|_| has_more);
    let next = last.map(|last| ExportPlace {
        time: last.document.time,
        id: last.id,
    });
    let mut device_names = BTreeMap::new();
    for measurement in &measurements {
        let source = measurement.document.source;
        if let Entry::Vacant(entry) = device_names.entry(source) {
            entry.insert(device_name(desk, source)?);
        }
    }
    let named = |(source, name): (ObjectId, Option<String>)| Some((source, name?));
    Ok(ExportChunk {
        measurements,
        next,
        device_names: device_names.into_iter().filter_map(named).collect(),
    })
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
