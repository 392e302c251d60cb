//! Removing what records of the audit log say when a retention rule lets it go: whole segments from the oldest on, never the
//! newest. Their hashes and every node stay, so that the log verifies as before; and a sealed row says up to where records
//! are gone and by which rule, so that a record that is missing behind it is a fault (R099).

use super::named::named_keys;
use super::{AuditRows, record_key};
use crate::backend::{Direction, WriteTransaction};
use crate::commit::row_in;
use crate::fault::StoreFault;
use crate::keys::Keys;
use crate::rows::{Key, Table, rows};
use crate::transaction::WriteTx;
use crate::view::{View, unless_broken};
use audit::record::Record;
use model::ids::{RetentionRuleId, TenantNumber};
use model::time::Timestamp;
use policy::operations::audit::AuditCreate;
use policy::proof::Allowed;
use serde::{Deserialize, Serialize};
use std::ops::{ControlFlow, Range};

/// Records of a segment: they go together.
pub const SEGMENT: u64 = 1_024;

/// Records that a rule has removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expired {
    /// Their places, counted from 0.
    pub places: Range<u64>,
    /// The rule.
    pub rule: RetentionRuleId,
}

/// What was removed, in the order of places and without gaps, beginning with the first record.
#[derive(Default, Serialize, Deserialize)]
struct ExpiredRow(Vec<Expired>);
rows!(ExpiredRow => Expired);

fn expired_key(tenant: TenantNumber) -> Key {
    Key::new(tenant, Table::Expired)
}

fn expired(view: &View, tenant: TenantNumber) -> Result<ExpiredRow, StoreFault> {
    Ok(view.row(&expired_key(tenant))?.unwrap_or_default())
}

/// The place of the first record that was not removed, for the writer, who can do without.
pub(super) fn expired_in(
    tx: &dyn WriteTransaction,
    keys: &Keys,
    tenant: TenantNumber,
) -> Result<u64, StoreFault> {
    let row = unless_broken(row_in::<ExpiredRow>(tx, keys, &expired_key(tenant)))?;
    Ok(row.flatten().unwrap_or_default().end())
}

impl ExpiredRow {
    fn end(&self) -> u64 {
        self.0.last().map_or(0, |last| last.places.end)
    }
}

impl AuditRows<'_> {
    /// The records that retention rules have removed, in the order of places; those behind the last are all there.
    pub fn expired(&self) -> Result<Vec<Expired>, StoreFault> {
        Ok(expired(self.view, self.tenant)?.0)
    }

    /// The place of the first record that was not removed.
    pub fn first(&self) -> Result<u64, StoreFault> {
        Ok(expired(self.view, self.tenant)?.end())
    }

    /// The next segment, if all of it is older than this and a newer record stays.
    fn old_segment(&self, before: Timestamp) -> Result<Option<Range<u64>>, StoreFault> {
        let first = self.first()?;
        let segment = first..first + SEGMENT;
        if segment.end >= self.size()? {
            return Ok(None);
        }
        let (mut next, mut all_old) = (first, true);
        self.scan(first, Direction::Forward, |stored| {
            // What was damaged is evidence: it stays, and what comes behind it.
            let record = stored.bytes.and_then(|bytes| Record::parse(&bytes).ok());
            all_old = stored.sequence == next && record.is_some_and(|record| record.time < before);
            next += 1;
            match all_old && next < segment.end {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            }
        })?;
        Ok((all_old && next == segment.end).then_some(segment))
    }

    /// How many records a rule would remove: at most those of so many segments, and whether there may be more.
    pub fn old_records(&self, before: Timestamp, segments_max: usize) -> Result<(u64, bool), StoreFault> {
        let first = self.first()?;
        let end = self.size()?.saturating_sub(1) / SEGMENT * SEGMENT;
        let (mut count, mut segments) = (0, 0);
        let mut more = false;
        if end > first {
            self.scan(first, Direction::Forward, |stored| {
                let record = stored.bytes.and_then(|bytes| Record::parse(&bytes).ok());
                let is_old = stored.sequence == first + count
                    && stored.sequence < end
                    && record.is_some_and(|record| record.time < before);
                if !is_old {
                    return ControlFlow::Break(());
                }
                count += 1;
                segments += usize::from(count % SEGMENT == 0);
                more = segments >= segments_max;
                match more {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                }
            })?;
        }
        Ok((count / SEGMENT * SEGMENT, more))
    }
}

/// Removes what the next segment says, if all of it is older than this. Gives how many records that were.
pub fn expire(
    tx: &WriteTx,
    proof: &Allowed<AuditCreate>,
    rule: RetentionRuleId,
    before: Timestamp,
) -> Result<Option<Range<u64>>, StoreFault> {
    let tenant = proof.tenant();
    let rows = AuditRows::new(&tx.view, tenant);
    let Some(segment) = rows.old_segment(before)? else {
        return Ok(None);
    };
    forget_names(tx, &rows, &segment)?;
    for sequence in segment.clone() {
        tx.delete(&record_key(tenant, sequence));
    }
    let mut row = expired(&tx.view, tenant)?;
    match row.0.last_mut() {
        Some(last) if last.rule == rule => last.places.end = segment.end,
        _ => row.0.push(Expired {
            places: segment.clone(),
            rule,
        }),
    }
    tx.put(&expired_key(tenant), &row)?;
    Ok(Some(segment))
}

/// Removes the records of a segment from the index: every row that one of them can be the first of, also of those that are
/// taken into it meanwhile.
fn forget_names(tx: &WriteTx, rows: &AuditRows<'_>, segment: &Range<u64>) -> Result<(), StoreFault> {
    let mut forgotten = Ok(());
    rows.scan(segment.start, Direction::Forward, |stored| {
        let bytes = stored.bytes.filter(|_| segment.contains(&stored.sequence));
        let Some(record) = bytes.and_then(|bytes| Record::parse(&bytes).ok()) else {
            return ControlFlow::Break(());
        };
        match named_keys(&rows.view.keys, rows.tenant, stored.sequence, &record) {
            Ok(keys) => {
                keys.iter().for_each(|key| tx.delete(key));
                ControlFlow::Continue(())
            }
            Err(fault) => {
                forgotten = Err(fault);
                ControlFlow::Break(())
            }
        }
    })?;
    forgotten
}
