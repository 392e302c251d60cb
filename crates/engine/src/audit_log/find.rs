//! Lists of audit records, read no further than the page needs, and of the log only the part that times and index leave.

use super::span;
use super::{AuditEntry, entry};
use crate::desk::Reading;
use crate::refusal::{Invalid, Refusal};
use crate::work::Query;
use audit::record::Record;
use model::limits::PAGE_SIZE_MAX;
use model::time::Timestamp;
use policy::operations::audit::AuditRead;
use std::ops::ControlFlow;
use store::audit_log::{AuditRows, By};
use store::backend::Direction;

/// Which records are meant; every part narrows. A damaged record may be any, so it is meant wherever it is come across.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Done through this application.
    pub application: Option<String>,
    /// At this time or later.
    pub from: Option<Timestamp>,
    /// At this time or earlier.
    pub to: Option<Timestamp>,
    /// About this id.
    pub source: Option<String>,
    /// Of this type.
    pub kind: Option<String>,
    /// By a user of this name.
    pub user: Option<String>,
}

impl AuditFilter {
    fn means(&self, record: &Record) -> bool {
        let is = |wanted: &Option<String>, found: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| found == Some(wanted))
        };
        is(&self.application, record.application.as_deref())
            && self.from.is_none_or(|from| record.time >= from)
            && self.to.is_none_or(|to| record.time <= to)
            && is(&self.source, record.source.as_deref())
            && is(&self.kind, Some(&record.kind))
            && is(&self.user, Some(&record.actor.name))
    }

    /// What to look up in the index of the log: what fewest records are likely to name.
    pub(super) fn naming(&self) -> Option<(By, &str)> {
        let source = self.source.as_deref().map(|source| (By::Source, source));
        let user = self.user.as_deref().map(|user| (By::User, user));
        let kind = self.kind.as_deref().map(|kind| (By::Kind, kind));
        source.or(user).or(kind)
    }

    /// Whether this entry is meant: a damaged one always.
    pub(super) fn means_entry(&self, entry: &AuditEntry) -> bool {
        let record = entry.record.as_deref();
        record.is_none_or(|record| self.means(record))
    }
}

/// Finds records: the newest first, in the order of the log.
///
/// The question itself is recorded, so the next page begins one record later than the one before has ended: a `to` in
/// the filter keeps pages in place.
pub struct FindAuditRecords {
    /// Which.
    pub filter: AuditFilter,
    /// The oldest first.
    pub revert: bool,
    /// How many to pass over.
    pub skip: usize,
    /// How many to give; more than [`PAGE_SIZE_MAX`] is clamped.
    pub take: usize,
    /// Whether to count all.
    pub count: bool,
    /// How many records may be read for it; beyond it the question is refused. Ordinarily [`QUERY_ROWS_MAX`].
    ///
    /// [`QUERY_ROWS_MAX`]: model::limits::QUERY_ROWS_MAX
    pub rows_max: usize,
}

/// A page of audit records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditPage {
    /// The records, in order.
    pub records: Vec<AuditEntry>,
    /// How many there are in all, if counted.
    pub total: Option<usize>,
}

impl Query for FindAuditRecords {
    type Operation = AuditRead;
    type Answer = AuditPage;

    fn answer(&self, desk: &Reading) -> Result<AuditPage, Refusal> {
        let rows = desk.tx.audit_log(desk.allow::<AuditRead>()?);
        if self.filter == AuditFilter::default() {
            self.unfiltered(&rows)
        } else {
            self.filtered(&rows)
        }
    }
}

impl FindAuditRecords {
    fn direction(&self) -> Direction {
        if self.revert {
            Direction::Forward
        } else {
            Direction::Backward
        }
    }

    /// Without a filter the page's place in the log is known.
    fn unfiltered(&self, rows: &AuditRows<'_>) -> Result<AuditPage, Refusal> {
        // What a retention rule has removed is not there.
        let (gone, size) = (rows.first()?, rows.size()?);
        let there = size.saturating_sub(gone);
        let total = self.count.then(|| usize::try_from(there).unwrap_or(usize::MAX));
        let (skip, take) = (self.skip as u64, self.take.min(PAGE_SIZE_MAX));
        let mut records = Vec::new();
        if skip < there && take > 0 {
            let first = if self.revert { gone + skip } else { size - 1 - skip };
            rows.scan(first, self.direction(), |stored| {
                records.extend(entry(stored));
                if records.len() < take {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            })?;
        }
        Ok(AuditPage { records, total })
    }

    fn filtered(&self, rows: &AuditRows<'_>) -> Result<AuditPage, Refusal> {
        let take = self.take.min(PAGE_SIZE_MAX);
        let (mut read, mut seen, mut records) = (0, 0, Vec::new());
        span::visit(rows, &self.filter, &(0..u64::MAX), self.direction(), |stored| {
            read += 1;
            let found = entry(stored).filter(|found| self.filter.means_entry(found));
            if let Some(found) = found {
                seen += 1;
                if seen > self.skip && records.len() < take {
                    records.push(found);
                }
            }
            let has_enough = records.len() >= take && !self.count;
            if has_enough || read > self.rows_max {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })?;
        if read > self.rows_max {
            return Err(Refusal::Invalid(Invalid::QueryTooCostly));
        }
        Ok(AuditPage {
            records,
            total: self.count.then_some(seen),
        })
    }
}
