//! The series of one source: as a table by time, and by their names. A long table is read in parts, each a question of its
//! own, decided anew, so that no thread and no snapshot is held by millions of values.

use crate::caller::Caller;
use crate::desk::Reading;
use crate::door::Door;
use crate::refusal::{Invalid, Refusal};
use crate::work::Query;
use ::series::aggregate::{Aggregation, Table, TableBuilder, TableOptions};
use ::series::point::Reading as SeriesReading;
use ::store::measurements::{Next, Place, Walk};
use model::ids::ObjectId;
use model::limits::{QUERY_ROWS_MAX, SERIES_PARTS_MAX};
use model::measurements::MeasurementFilter;
use model::time::Timestamp;
use policy::operations::inventory::InventoryRead;
use policy::operations::measurements::{MeasurementNames, MeasurementRead};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The series of a source between two times: see [`Door::read_series`].
#[derive(Debug, Clone)]
pub struct ReadSeries {
    /// Of this object.
    pub source: ObjectId,
    /// From this time on.
    pub from: Timestamp,
    /// Up to this time.
    pub to: Timestamp,
    /// Only these, each as fragment and series; all of them if there is none.
    pub series: Vec<(String, String)>,
    /// One row for each such interval; one for each time if absent.
    pub aggregation: Option<Aggregation>,
    /// The newest row first.
    pub revert: bool,
}

/// Reads the next part of series.
#[derive(Debug, Clone)]
pub struct ReadSeriesPart {
    /// Which series.
    pub asked: Arc<ReadSeries>,
    /// Where the part before has ended.
    pub start: Option<Place>,
    /// How many rows it may read.
    pub rows_max: usize,
}

/// A part of series: what it comes to, and where the next one begins.
pub struct SeriesPart {
    /// The table of what was read.
    pub table: TableBuilder,
    /// Where to go on; nothing after the last part.
    pub next: Option<Place>,
}

impl Door {
    /// Reads the series of a source between two times, however many values there are, up to [`SERIES_PARTS_MAX`] parts.
    ///
    /// What fits one part is answered at once. More is much work for one request: those of a tenant wait for each other, and
    /// not everybody for them. Who waits holds no table, and begins again when it is its turn.
    pub async fn read_series(&self, caller: &Caller, series: ReadSeries) -> Result<Table, Refusal> {
        let asked = Arc::new(series);
        let first = self.ask(caller, asked.part(None)).await?;
        if first.next.is_none() {
            return self.compute(move || first.table.finish()).await;
        }
        drop(first);
        let _turn = self.0.long_series.of(caller.numbers().0).await?;
        let mut table = TableBuilder::new(asked.options());
        let mut start = None;
        for _ in 0..SERIES_PARTS_MAX {
            let part = self.ask(caller, asked.part(start)).await?;
            let joined = move || {
                table.join(part.table);
                table
            };
            table = self.compute(joined).await?;
            start = part.next;
            if start.is_none() {
                return self.compute(move || table.finish()).await;
            }
        }
        Err(Refusal::Invalid(Invalid::QueryTooCostly))
    }
}

impl Query for ReadSeriesPart {
    type Operation = MeasurementRead;
    type Answer = SeriesPart;

    fn answer(&self, desk: &Reading) -> Result<SeriesPart, Refusal> {
        let asked = &self.asked;
        let rows = desk
            .tx
            .measurements(desk.allow_on::<MeasurementRead>(asked.source)?);
        let filter = asked.filter();
        let walk = Walk {
            filter: &filter,
            newest_first: asked.revert,
            start: self.start,
            rows_max: self.rows_max,
        };
        // Every reading is looked up among the names asked for.
        let wanted: BTreeSet<_> = asked
            .series
            .iter()
            .map(|(fragment, series)| (fragment.as_str(), series.as_str()))
            .collect();
        let wants = |reading: &SeriesReading<'_>| {
            wanted.is_empty() || wanted.contains(&(reading.fragment, reading.series))
        };
        let mut table = TableBuilder::new(asked.options());
        let next = rows.visit(&walk, |scan| {
            let time = scan.point.time;
            if table.is_past_end(time) {
                return Ok(Next::Within(time));
            }
            scan.readings()
                .filter(|reading| wants(reading))
                .for_each(|reading| table.add(time, reading));
            Ok(Next::On)
        })?;
        Ok(SeriesPart { table, next })
    }
}

impl ReadSeries {
    fn part(self: &Arc<Self>, start: Option<Place>) -> ReadSeriesPart {
        ReadSeriesPart {
            asked: Arc::clone(self),
            start,
            rows_max: QUERY_ROWS_MAX,
        }
    }

    fn options(&self) -> TableOptions {
        TableOptions {
            aggregation: self.aggregation,
            newest_first: self.revert,
        }
    }

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
