//! Lists of measurements in the order of their times, in bounded memory and over a bounded number of rows.

use super::listed;
use crate::desk::Reading;
use crate::first::First;
use crate::page::Room;
use crate::refusal::{Invalid, Refusal};
use crate::work::Query;
use ::store::measurements::{MeasurementRows, Next, Walk};
use model::ids::MeasurementId;
use model::limits::{PAGE_SIZE_MAX, QUERY_ROWS_MAX};
use model::measurements::{Measurement, MeasurementFilter};
use model::time::Timestamp;
use policy::operations::measurements::MeasurementList;

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
        let newest_first = newest_first(&self.filter, self.revert);
        let mut first = First::new(newest_first, self.skip.saturating_add(take), self.count);
        walk(&mut first, &rows, &self.filter, newest_first, None)?;
        let total = self.count.then_some(first.seen());
        let ids: Vec<_> = entries(first).skip(self.skip).map(|(_, id)| id).collect();
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
    let (room, mut reader) = (Room::new(), rows.reader());
    let mut measurements = Vec::with_capacity(ids.len());
    for ids in ids.chunks(READ_AT_ONCE) {
        let mut found = reader.measurements(ids)?;
        for measurement in ids.iter().filter_map(|id| found.remove(id)) {
            if room.take_document(&measurement.document.fragments).is_err() {
                return Ok((measurements, true));
            }
            measurements.push(measurement);
        }
    }
    Ok((measurements, false))
}

/// Walks over what the filter means and lies behind `after` in the order of the list, and keeps the first.
pub(super) fn walk(
    first: &mut First,
    rows: &MeasurementRows<'_>,
    filter: &MeasurementFilter,
    newest_first: bool,
    after: Option<(Timestamp, MeasurementId)>,
) -> Result<(), Refusal> {
    if first.is_nothing() {
        return Ok(());
    }
    let walk = Walk {
        filter,
        newest_first,
        start: None,
        rows_max: QUERY_ROWS_MAX,
    };
    let after = after.map(|(time, id)| (time, id.number()));
    let stopped = rows.visit(&walk, |scan| {
        let beyond = first.offer(scan.point.time, scan.id.number(), after);
        Ok(beyond.map_or(Next::On, Next::Within))
    })?;
    match stopped {
        Some(_) => Err(Refusal::Invalid(Invalid::QueryTooCostly)),
        None => Ok(()),
    }
}

/// What was kept, in order.
pub(super) fn entries(first: First) -> impl Iterator<Item = (Timestamp, MeasurementId)> {
    let kept = first.in_order().into_iter();
    kept.filter_map(|(time, number)| Some((time, MeasurementId::new(number)?)))
}
