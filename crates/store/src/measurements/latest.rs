//! The latest value of every series of a source: of each stream, the point with the latest time, whose place its end knows.
//!
//! Where that point is gone or hidden, or where points of one stream have different series, the newest points before the
//! end are looked at, and only so many.

use super::read::MeasurementRows;
use super::{StreamHead, StreamRow, head_key, points_key};
use crate::backend::{Direction, KeyRange};
use crate::fault::StoreFault;
use crate::rows::Table;
use crate::view::unless_broken;
use model::ids::{ObjectId, StreamId};
use model::time::Timestamp;
use policy::proof::Shows;
use series::batch::Batch;
use series::point::Point;
use series::shape::Entry;
use series::value::Value;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// Points of one stream that are looked at, the newest.
const POINTS_PER_STREAM: usize = 200;

/// The latest value of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latest {
    /// The number as it was sent.
    pub value: Value,
    /// Its unit, if one was sent.
    pub unit: Option<String>,
    /// When it was taken.
    pub time: Timestamp,
}

/// The latest values of a source, by fragment and series.
pub type LatestValues = BTreeMap<(String, String), Latest>;

impl MeasurementRows<'_> {
    /// The latest values of a source that are within reach. Each stream, batch and point that is read counts; nothing if
    /// there are more than `rows_left`.
    pub fn latest(
        &self,
        source: ObjectId,
        rows_left: &mut usize,
    ) -> Result<Option<LatestValues>, StoreFault> {
        let mut found = LatestValues::new();
        let Some(shows) = self.shown(source)? else {
            return Ok(Some(found));
        };
        for (stream, row) in self.streams(source)? {
            let Some(left) = rows_left.checked_sub(self.latest_in(stream, (&row, &shows), &mut found)?)
            else {
                return Ok(None);
            };
            *rows_left = left;
        }
        Ok(Some(found))
    }

    /// Adds what one stream says; gives how many rows were read.
    fn latest_in(
        &self,
        stream: StreamId,
        (row, shows): (&StreamRow, &Shows),
        found: &mut LatestValues,
    ) -> Result<usize, StoreFault> {
        let head = self
            .view
            .row_unnoted::<StreamHead>(&head_key(self.tenant, stream));
        let Some(head) = unless_broken(head)?.flatten() else {
            return Ok(1);
        };
        let mut read = 2;
        let known = unless_broken(self.batch_with(stream, head.latest))?.flatten();
        if let Some(stored) = known {
            read += stored.batch.points.len();
            let point = stored.point(head.latest);
            let was_shown = point.is_some_and(|point| note((row, shows), point, found));
            if was_shown && has_one_set_of_series(row) {
                return Ok(read);
            }
        }
        Ok(read + self.newest_in(stream, (row, shows), &head, found)?)
    }

    /// The same by the newest points.
    fn newest_in(
        &self,
        stream: StreamId,
        (row, shows): (&StreamRow, &Shows),
        head: &StreamHead,
        found: &mut LatestValues,
    ) -> Result<usize, StoreFault> {
        let range = KeyRange {
            start: points_key(self.tenant, stream, 0).bytes().to_vec(),
            end: Some(points_key(self.tenant, stream, head.next).bytes().to_vec()),
        };
        let (mut points, mut read) = (0, 0);
        self.view.scan_range(
            self.tenant,
            Table::Points,
            &range,
            Direction::Backward,
            |key, sealed| {
                let opened = self.view.open::<Batch>(self.tenant, Table::Points, key, sealed);
                let batch = unless_broken(opened)?.unwrap_or_default();
                read += 1 + batch.points.len();
                for point in batch.points.iter().rev() {
                    note((row, shows), point, found);
                    points += 1;
                }
                Ok(match points < POINTS_PER_STREAM {
                    true => ControlFlow::Continue(()),
                    false => ControlFlow::Break(()),
                })
            },
        )?;
        Ok(read)
    }
}

/// Whether every point of a stream has the same series.
fn has_one_set_of_series(row: &StreamRow) -> bool {
    let entries = &row.shape.entries;
    !entries.is_empty() && entries.iter().all(|entry| matches!(entry, Entry::Series { .. }))
}

/// Notes the values of a point that are later than what is known; says whether any of it is shown.
fn note((row, shows): (&StreamRow, &Shows), point: &Point, found: &mut LatestValues) -> bool {
    if !shows.shows(row.fragments(point)) {
        return false;
    }
    for reading in row.shape.series_of_point(point) {
        if !shows.cover.has(reading.fragment) {
            continue;
        }
        let name = (reading.fragment.to_owned(), reading.series.to_owned());
        if found.get(&name).is_some_and(|known| known.time >= point.time) {
            continue;
        }
        let latest = Latest {
            value: reading.value,
            unit: reading.unit.map(str::to_owned),
            time: point.time,
        };
        found.insert(name, latest);
    }
    true
}
