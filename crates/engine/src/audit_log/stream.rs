//! Audit records to be taken away as a table, chunk by chunk: each chunk is a question of its own, decided anew and recorded
//! as any read of the log. It goes no further than the log went when it began: its own records are not in it.

use super::find::AuditFilter;
use super::{AuditEntry, entry, span};
use crate::desk::Reading;
use crate::refusal::Refusal;
use crate::work::Query;
use model::limits::QUERY_ROWS_MAX;
use policy::operations::audit::AuditRead;
use std::ops::ControlFlow;
use store::backend::Direction;

/// Most records of one chunk.
const RECORDS_PER_CHUNK: usize = 1_000;
/// A chunk ends with the record that brings it to this size, in bytes.
const CHUNK_BYTES: usize = 256 << 10;

/// Where the next chunk begins, and where the log ended at the begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamPlace {
    next: u64,
    end: u64,
}

/// Reads the next chunk of records: the newest first.
#[derive(Debug, Clone)]
pub struct StreamAuditRecords {
    /// Which.
    pub filter: AuditFilter,
    /// The oldest first.
    pub revert: bool,
    /// Where to begin: nothing, or what the chunk before has said.
    pub place: Option<StreamPlace>,
}

/// A part of the records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamChunk {
    /// The records, in order; there may be none, and more behind.
    pub records: Vec<AuditEntry>,
    /// Where the next chunk begins; nothing if this was the last.
    pub next: Option<StreamPlace>,
}

impl Query for StreamAuditRecords {
    type Operation = AuditRead;
    type Answer = StreamChunk;

    fn answer(&self, desk: &Reading) -> Result<StreamChunk, Refusal> {
        let rows = desk.tx.audit_log(desk.allow::<AuditRead>()?);
        let place = match self.place {
            Some(place) => place,
            None => {
                let end = rows.size()?;
                let next = if self.revert { 0 } else { end.saturating_sub(1) };
                StreamPlace { next, end }
            }
        };
        let mut records = Vec::new();
        let mut next = None;
        if place.next >= place.end {
            return Ok(StreamChunk { records, next });
        }
        let (within, direction) = match self.revert {
            true => (place.next..place.end, Direction::Forward),
            false => (0..place.next + 1, Direction::Backward),
        };
        let (mut read, mut bytes) = (0, 0);
        span::visit(&rows, &self.filter, &within, direction, |stored| {
            if read == QUERY_ROWS_MAX || bytes >= CHUNK_BYTES || records.len() == RECORDS_PER_CHUNK {
                next = Some(StreamPlace {
                    next: stored.sequence,
                    ..place
                });
                return ControlFlow::Break(());
            }
            read += 1;
            let size = stored.bytes.as_ref().map_or(0, Vec::len);
            if let Some(found) = entry(stored).filter(|found| self.filter.means_entry(found)) {
                bytes += size;
                records.push(found);
            }
            ControlFlow::Continue(())
        })?;
        Ok(StreamChunk { records, next })
    }
}
