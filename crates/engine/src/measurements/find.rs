//! Lists of measurements in the order of their times, in bounded memory and over a bounded number of rows.

use super::listed;
use crate::desk::Reading;
use crate::page::Room;
use crate::refusal::{Invalid, Refusal};
use crate::work::Query;
use ::store::measurements::{MeasurementRows, Next, Walk};
use model::ids::MeasurementId;
use model::limits::{PAGE_SIZE_MAX, QUERY_ROWS_MAX};
use model::measurements::{Measurement, MeasurementFilter};
use model::time::Timestamp;
use policy::operations::measurements::MeasurementList;
use std::collections::BinaryHeap;

/// Finds measurements: the oldest first, those of one time in the order of their ids.
pub struct FindMeasurements {
    /// Which.
    pub filter: MeasurementFilter,
    /// The newest first; it counts only together with a time in the filter.
    pub revert: bool,
    /// How many to pass over.
    pub skip: usize,
    /// How many to give; more than [`PAGE_SIZE_MAX`] is clamped.
    pub take: usize,
    /// Whether to count all.
    pub count: bool,
}

/// A page of measurements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasurementPage {
    /// The measurements, in order.
    pub measurements: Vec<Measurement>,
    /// How many there are in all, if counted.
    pub total: Option<usize>,
}

impl Query for FindMeasurements {
    type Operation = MeasurementList;
    type Answer = MeasurementPage;

    fn answer(&self, desk: &Reading) -> Result<MeasurementPage, Refusal> {
        let rows = listed(desk, self.filter.source)?;
        let take = self.take.min(PAGE_SIZE_MAX);
        let mut first = First::new(
            newest_first(&self.filter, self.revert),
            self.skip.saturating_add(take),
            self.count,
        );
        first.walk(&rows, &self.filter, None)?;
        let total = self.count.then_some(first.seen);
        let ids: Vec<_> = first
            .in_order()
            .into_iter()
            .skip(self.skip)
            .map(|(_, id)| id)
            .collect();
        Ok(MeasurementPage {
            measurements: in_order_of(&rows, &ids)?,
            total,
        })
    }
}

/// Whether the newest come first: only where a time is given.
pub(super) fn newest_first(filter: &MeasurementFilter, revert: bool) -> bool {
    revert && (filter.from.is_some() || filter.to.is_some())
}

/// Measurements that are read at a time: few enough that the largest of them together are no burden.
const READ_AT_ONCE: usize = 32;

/// These measurements, in this order; refused if one answer has no room for them.
pub(super) fn in_order_of(
    rows: &MeasurementRows<'_>,
    ids: &[MeasurementId],
) -> Result<Vec<Measurement>, Refusal> {
    let (measurements, left_out) = as_many_as_fit(rows, ids)?;
    match left_out {
        false => Ok(measurements),
        true => Err(Refusal::Invalid(Invalid::QueryTooCostly)),
    }
}

/// The first of these measurements for which there is room, and whether some were left out.
pub(super) fn as_many_as_fit(
    rows: &MeasurementRows<'_>,
    ids: &[MeasurementId],
) -> Result<(Vec<Measurement>, bool), Refusal> {
    let room = Room::new();
    let mut measurements = Vec::with_capacity(ids.len());
    for ids in ids.chunks(READ_AT_ONCE) {
        let mut found = rows.measurements(ids)?;
        for measurement in ids.iter().filter_map(|id| found.remove(id)) {
            if room.take_document(&measurement.document.fragments).is_err() {
                return Ok((measurements, true));
            }
            measurements.push(measurement);
        }
    }
    Ok((measurements, false))
}

/// The first so many of a list, kept while all of it is walked over. It holds times and ids, no documents.
pub(super) struct First {
    newest_first: bool,
    wanted: usize,
    /// All are looked at, to be counted.
    all: bool,
    seen: usize,
    /// The last in the order of the list is on top.
    kept: BinaryHeap<(i64, u64)>,
}

impl First {
    pub(super) fn new(newest_first: bool, wanted: usize, all: bool) -> Self {
        Self {
            newest_first,
            wanted,
            all,
            seen: 0,
            kept: BinaryHeap::new(),
        }
    }

    /// Walks over what the filter means and lies behind `after` in the order of the list.
    pub(super) fn walk(
        &mut self,
        rows: &MeasurementRows<'_>,
        filter: &MeasurementFilter,
        after: Option<(Timestamp, MeasurementId)>,
    ) -> Result<(), Refusal> {
        if self.wanted == 0 && !self.all {
            return Ok(());
        }
        let walk = Walk {
            filter,
            newest_first: self.newest_first,
            start: None,
            rows_max: QUERY_ROWS_MAX,
        };
        let after = after.map(|(time, id)| self.rank(time, id));
        let stopped = rows.visit(&walk, |scan| {
            Ok(self.offer(self.rank(scan.point.time, scan.id), after))
        })?;
        match stopped {
            Some(_) => Err(Refusal::Invalid(Invalid::QueryTooCostly)),
            None => Ok(()),
        }
    }

    fn offer(&mut self, rank: (i64, u64), after: Option<(i64, u64)>) -> Next {
        if after.is_some_and(|after| rank <= after) {
            return Next::On;
        }
        self.seen += 1;
        if self.kept.len() < self.wanted {
            self.kept.push(rank);
        } else if let Some(mut last) = self.kept.peek_mut()
            && rank < *last
        {
            *last = rank;
        }
        match self.kept.peek() {
            Some(last) if self.kept.len() == self.wanted && !self.all => Next::Within(self.unrank(*last).0),
            _ => Next::On,
        }
    }

    /// Numbers that grow in the order of the list. Ids stay in their order among equal times of a list that begins with
    /// the oldest, and are turned with the times in the other.
    fn rank(&self, time: Timestamp, id: MeasurementId) -> (i64, u64) {
        let (time, id) = (time.millis(), id.number());
        if self.newest_first {
            (-time, !id)
        } else {
            (time, id)
        }
    }

    fn unrank(&self, (time, id): (i64, u64)) -> (Timestamp, Option<MeasurementId>) {
        let (time, id) = if self.newest_first {
            (-time, !id)
        } else {
            (time, id)
        };
        (Timestamp::from_millis(time), MeasurementId::new(id))
    }

    /// What was kept, in order.
    pub(super) fn in_order(mut self) -> Vec<(Timestamp, MeasurementId)> {
        let kept = std::mem::take(&mut self.kept).into_sorted_vec();
        kept.into_iter()
            .filter_map(|rank| {
                let (time, id) = self.unrank(rank);
                id.map(|id| (time, id))
            })
            .collect()
    }
}
