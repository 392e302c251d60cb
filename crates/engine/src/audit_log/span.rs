//! Where in the log the records of a span of time can lie, so that a question about an hour does not read years.
//!
//! A record gets its time before it is committed, and at most [`DISORDER_MILLIS`] before. So whatever lies before a record
//! of some time is not newer than that time and this much, which is all that is taken for granted of the order.

use audit::record::Record;
use model::time::Timestamp;
use std::ops::Range;
use store::audit_log::AuditRows;
use store::fault::StoreFault;

/// Records lie in the order of commits, which differs from that of their times by little: repeats are counted for five
/// minutes before they are written.
pub(super) const DISORDER_MILLIS: i64 = 10 * 60 * 1_000;

/// The places that records from one time to another can have. Costs a few reads, whatever the size of the log.
pub(super) fn places(
    rows: &AuditRows<'_>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
) -> Result<Range<u64>, StoreFault> {
    let all = rows.first()?..rows.size()?;
    let start = match from {
        Some(from) => {
            let oldest = from.plus_millis(-DISORDER_MILLIS);
            divide(rows, all.clone(), |time| time.is_some_and(|time| time < oldest))?
        }
        None => all.start,
    };
    let end = match to {
        Some(to) => {
            let newest = to.plus_millis(DISORDER_MILLIS);
            divide(rows, start..all.end, |time| {
                time.is_none_or(|time| time <= newest)
            })?
        }
        None => all.end,
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
