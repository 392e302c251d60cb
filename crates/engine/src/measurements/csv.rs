//! Measurements as a table of values, one row per series, chunk by chunk: each chunk is a question of its own, decided
//! anew, so that no snapshot waits for a slow reader.

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

/// Most measurements of one chunk.
const MEASUREMENTS_PER_CHUNK: usize = 1_000;
/// A chunk ends with the measurement that brings its rows to this size, in bytes.
const CHUNK_BYTES: usize = 256 << 10;
/// What a row takes besides its texts, about, in bytes.
const ROW_BYTES: usize = 48;

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvRow {
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
pub struct CsvCursor {
    time: Timestamp,
    id: MeasurementId,
}

/// A part of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvChunk {
    /// Its rows, in the order of the list of measurements.
    pub rows: Vec<CsvRow>,
    /// Where the next chunk begins; nothing if this was the last.
    pub next: Option<CsvCursor>,
}

/// Reads the next chunk of the table.
#[derive(Debug, Clone)]
pub struct ReadCsv {
    /// Which measurements.
    pub filter: MeasurementFilter,
    /// The newest first; it counts only together with a time in the filter.
    pub revert: bool,
    /// Where to begin: nothing, or what the chunk before has said.
    pub after: Option<CsvCursor>,
}

impl Query for ReadCsv {
    type Operation = MeasurementList;
    type Answer = CsvChunk;

    fn answer(&self, desk: &Reading) -> Result<CsvChunk, Refusal> {
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
        chunk(desk, &measurements, left_out)
    }
}

/// The rows of these measurements until the chunk is full; `left_out`: there are more behind them.
fn chunk(desk: &Reading, measurements: &[Measurement], left_out: bool) -> Result<CsvChunk, Refusal> {
    let mut names = BTreeMap::new();
    let (mut rows, mut bytes) = (Vec::new(), 0);
    for (place, measurement) in measurements.iter().enumerate() {
        let source = measurement.document.source;
        let name = match names.get(&source) {
            Some(name) => name,
            None => names.entry(source).or_insert(device_name(desk, source)?),
        };
        for row in rows_of(measurement, name.as_deref()) {
            bytes += ROW_BYTES + row.fragment.len() + row.series.len() + row.value.len();
            rows.push(row);
        }
        let is_last = place + 1 == measurements.len() && left_out;
        let is_full = place + 1 == MEASUREMENTS_PER_CHUNK || bytes >= CHUNK_BYTES || is_last;
        if is_full {
            let next = CsvCursor {
                time: measurement.document.time,
                id: measurement.id,
            };
            return Ok(CsvChunk {
                rows,
                next: Some(next),
            });
        }
    }
    Ok(CsvChunk { rows, next: None })
}

/// The name of an object, for those who may read the object and not only its measurements.
fn device_name(desk: &Reading, source: ObjectId) -> Result<Option<String>, Refusal> {
    let object = desk.tx.inventory(desk.allow::<InventoryList>()?).object(source)?;
    Ok(object.and_then(|object| object.name).map(|name| name.to_string()))
}

fn rows_of(measurement: &Measurement, device_name: Option<&str>) -> Vec<CsvRow> {
    let document = &measurement.document;
    let (shape, point) = Shape::split(document);
    let row = |reading: ::series::point::Reading<'_>| CsvRow {
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
