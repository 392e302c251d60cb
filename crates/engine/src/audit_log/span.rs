//! Where in the log the records can lie that a question means, so that a question about an hour or a device does not read
//! years of everything.
//!
//! Times are searched run by run: the order of records is that of their times as long as the clock is not put back.

use super::find::AuditFilter;
use audit::record::Record;
use model::time::Timestamp;
use std::ops::{ControlFlow, Range};
use store::audit_log::{AuditRows, DISORDER_MILLIS, StoredRecord};
use store::backend::Direction;
use store::fault::StoreFault;

/// Visits, of the records at these places, all that a filter can mean and as few others as possible; in the order of the
/// log, or against it.
pub(super) fn visit(
    rows: &AuditRows<'_>,
    filter: &AuditFilter,
    within: &Range<u64>,
    direction: Direction,
    mut visit: impl FnMut(StoredRecord) -> ControlFlow<()>,
) -> Result<(), StoreFault> {
    let mut parts = places(rows, filter.from, filter.to)?;
    if direction == Direction::Backward {
        parts.reverse();
    }
    for part in parts {
        let part = part.start.max(within.start)..part.end.min(within.end);
        let flow = rows.visit(part, filter.naming(), direction, &mut visit)?;
        if flow.is_break() {
            break;
        }
    }
    Ok(())
}

/// The places that records from one time to another can have, in order. Costs a few reads for each run, whatever the size
/// of the log.
fn places(
    rows: &AuditRows<'_>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
) -> Result<Vec<Range<u64>>, StoreFault> {
    let mut parts = Vec::new();
    for (places, run) in rows.runs()? {
        let is_outside = from.is_some_and(|from| run.newest < from) || to.is_some_and(|to| run.oldest > to);
        match run.is_ordered {
            _ if is_outside => {}
            true => parts.push(narrow(rows, places, from, to)?),
            false => parts.push(places),
        }
    }
    Ok(parts)
}

/// The part of a run between two times: whatever lies before a record of some time is not newer than that time and
/// [`DISORDER_MILLIS`].
fn narrow(
    rows: &AuditRows<'_>,
    run: Range<u64>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
) -> Result<Range<u64>, StoreFault> {
    let start = match from {
        Some(from) => {
            let oldest = from.plus_millis(-DISORDER_MILLIS);
            divide(rows, run.clone(), |time| time.is_some_and(|time| time < oldest))?
        }
        None => run.start,
    };
    let end = match to {
        Some(to) => {
            let newest = to.plus_millis(DISORDER_MILLIS);
            divide(rows, start..run.end, |time| {
                time.is_none_or(|time| time <= newest)
            })?
        }
        None => run.end,
    };
    Ok(start..end)
}

/// A place such that the record before it belongs to the lower part and the one at it does not. Of a damaged record there
/// is no time.
fn divide(
    rows: &AuditRows<'_>,
    Range { mut start, mut end }: Range<u64>,
    is_lower: impl Fn(Option<Timestamp>) -> bool,
) -> Result<u64, StoreFault> {
    while start < end {
        let middle = start + (end - start) / 2;
        let bytes = rows.record(middle)?.and_then(|stored| stored.bytes);
        let time = bytes
            .and_then(|bytes| Record::parse(&bytes).ok())
            .map(|record| record.time);
        match is_lower(time) {
            true => start = middle + 1,
            false => end = middle,
        }
    }
    Ok(start)
}
