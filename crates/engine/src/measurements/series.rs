//! The series of one source: as a table by time, and by their names.

use crate::desk::Reading;
use crate::refusal::{Invalid, Refusal};
use crate::work::Query;
use ::series::aggregate::{Aggregation, Table, TableBuilder, TableOptions};
use ::series::point::Reading as SeriesReading;
use ::store::measurements::{Next, Walk};
use model::ids::ObjectId;
use model::limits::QUERY_ROWS_MAX;
use model::measurements::MeasurementFilter;
use model::time::Timestamp;
use policy::operations::inventory::InventoryRead;
use policy::operations::measurements::{MeasurementNames, MeasurementRead};
use std::collections::BTreeSet;

/// Reads the series of a source between two times.
pub struct ReadSeries {
    /// Of this object.
    pub source: ObjectId,
    /// From this time on.
    pub from: Timestamp,
    /// Up to this time.
    pub to: Timestamp,
    /// Only these, each as fragment and series; all of them if there is none.
    pub series: Vec<(String, String)>,
    /// One row per day, hour or minute.
    pub aggregation: Option<Aggregation>,
    /// The newest row first.
    pub revert: bool,
}

impl Query for ReadSeries {
    type Operation = MeasurementRead;
    type Answer = Table;

    fn answer(&self, desk: &Reading) -> Result<Table, Refusal> {
        let rows = desk
            .tx
            .measurements(desk.allow_on::<MeasurementRead>(self.source)?);
        let filter = self.filter();
        let walk = Walk {
            filter: &filter,
            newest_first: self.revert,
            start: None,
            rows_max: QUERY_ROWS_MAX,
        };
        let options = TableOptions {
            aggregation: self.aggregation,
            newest_first: self.revert,
        };
        // Every reading is looked up among the names asked for.
        let wanted: BTreeSet<_> = self
            .series
            .iter()
            .map(|(fragment, series)| (fragment.as_str(), series.as_str()))
            .collect();
        let wants = |reading: &SeriesReading<'_>| {
            wanted.is_empty() || wanted.contains(&(reading.fragment, reading.series))
        };
        let mut table = TableBuilder::new(options);
        let stopped = rows.visit(&walk, |scan| {
            let time = scan.point.time;
            if table.is_past_end(time) {
                return Ok(Next::Within(time));
            }
            scan.readings()
                .filter(|reading| wants(reading))
                .for_each(|reading| table.add(time, reading));
            Ok(Next::On)
        })?;
        match stopped {
            Some(_) => Err(Refusal::Invalid(Invalid::QueryTooCostly)),
            None => Ok(table.finish()),
        }
    }
}

impl ReadSeries {
    /// With one series only what can hold it is looked at.
    fn filter(&self) -> MeasurementFilter {
        let (fragment, series) = match self.series.as_slice() {
            [(fragment, series)] => (Some(fragment.clone()), Some(series.clone())),
            _ => (None, None),
        };
        let (from, to) = (Some(self.from), Some(self.to));
        MeasurementFilter {
            source: Some(self.source),
            kind: None,
            fragment,
            series,
            from,
            to,
        }
    }
}

/// The fragments of an object's measurements that hold series.
///
/// Names come from what the store keeps about shapes. Where fragments hold more than plain series, those of the newest
/// stored batch count; a series that was sent only before it is not named.
pub struct SupportedMeasurements {
    /// The object.
    pub object: ObjectId,
}

impl Query for SupportedMeasurements {
    type Operation = InventoryRead;
    type Answer = Vec<String>;

    fn answer(&self, desk: &Reading) -> Result<Vec<String>, Refusal> {
        let series = names(desk, self.object)?;
        let fragments: BTreeSet<_> = series.into_iter().map(|(fragment, _)| fragment).collect();
        Ok(fragments.into_iter().collect())
    }
}

/// The series of an object's measurements, as `fragment.series`. See [`SupportedMeasurements`] for which.
pub struct SupportedSeries {
    /// The object.
    pub object: ObjectId,
}

impl Query for SupportedSeries {
    type Operation = InventoryRead;
    type Answer = Vec<String>;

    fn answer(&self, desk: &Reading) -> Result<Vec<String>, Refusal> {
        let series = names(desk, self.object)?;
        Ok(series
            .into_iter()
            .map(|(fragment, series)| format!("{fragment}.{series}"))
            .collect())
    }
}

/// The right to read the object opens its data's names to those who hold it by a role or own the object; to others as
/// far as a permission covers the measurements. `c8y_Global` opens the object and never its data (R018).
fn names(desk: &Reading, object: ObjectId) -> Result<BTreeSet<(String, String)>, Refusal> {
    let _ = desk.tx.inventory(desk.allow_on::<InventoryRead>(object)?);
    let rows = desk.tx.measurements(desk.allow_on::<MeasurementNames>(object)?);
    Ok(rows.series_of(object)?)
}
