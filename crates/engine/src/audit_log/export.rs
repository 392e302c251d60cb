//! Exported bundles: a part of the log that verifies by itself, offline (R101). Through the door in chunks, each a
//! question of its own; offline in one go.
//!
//! Where it ends and under which checkpoint is fixed with the first chunk, whatever is written meanwhile.

use super::sequence_of;
use crate::desk::Reading;
use crate::refusal::{FaultId, Invalid, Refusal};
use crate::work::Query;
use audit::bundle::{Header, PROOFS_MAX, expired_line, record_line};
use audit::checkpoint::Signed;
use audit::log::Nodes;
use audit::verify::Proof;
use model::ids::{AuditId, TenantNumber};
use model::limits::AUDIT_EXPORT_MAX;
use policy::operations::audit::AuditProve;
use policy::proof::{Allowed, SystemReason};
use std::collections::BTreeSet;
use std::io::Write;
use store::audit_log::AuditRows;
use store::fault::StoreFault;
use store::shards::Store;

/// A chunk ends with the record that brings it to this size, in bytes.
const CHUNK_BYTES: usize = 256 << 10;

/// Asks for the next chunk of a bundle.
#[derive(Debug, Clone)]
pub struct ExportBundle {
    /// The first record.
    pub first: AuditId,
    /// How many records; as many as there are, but at most [`AUDIT_EXPORT_MAX`], if absent or larger.
    pub count: Option<u64>,
    /// Sizes of checkpoints that the reader has kept and wants to compare, besides those within the bundle.
    pub kept: Vec<u64>,
    /// Where to go on: nothing, or what the chunk before has said.
    pub cursor: Option<ExportCursor>,
}

/// Where an export goes on, and what was fixed at its begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportCursor {
    next: u64,
    end: u64,
    note: String,
}

/// A part of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportChunk {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Where the next chunk begins; nothing if this was the last.
    pub next: Option<ExportCursor>,
}

impl Query for ExportBundle {
    type Operation = AuditProve;
    type Answer = ExportChunk;

    fn answer(&self, desk: &Reading) -> Result<ExportChunk, Refusal> {
        let rows = desk.tx.audit_log(desk.allow::<AuditProve>()?);
        let mut bytes = Vec::new();
        let mut cursor = match &self.cursor {
            Some(cursor) => cursor.clone(),
            None => {
                let most = self.count.unwrap_or(u64::MAX).min(AUDIT_EXPORT_MAX as u64);
                begin(&rows, sequence_of(self.first), most, &self.kept, &mut bytes)?
            }
        };
        fill(&rows, &mut cursor, &mut bytes)?;
        let next = if cursor.next < cursor.end {
            Some(cursor)
        } else {
            bytes.extend_from_slice(cursor.note.as_bytes());
            None
        };
        Ok(ExportChunk { bytes, next })
    }
}

/// The bundle of one record.
pub(crate) fn one_record(rows: &AuditRows<'_>, id: AuditId) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    let mut cursor = begin(rows, sequence_of(id), 1, &[], &mut bytes)?;
    fill(rows, &mut cursor, &mut bytes)?;
    bytes.extend_from_slice(cursor.note.as_bytes());
    Ok(bytes)
}

/// Why a bundle could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ExportFailed {
    /// There is no such record, or a kept checkpoint is newer than the log.
    #[error("the log ends before what was asked for: export an earlier part")]
    OutOfRange,
    /// A stored record was damaged, and a bundle without it would not verify.
    #[error("record {0} is damaged: verify the log and restore the record from a backup")]
    Damaged(u64),
    /// The log could not be read.
    #[error(transparent)]
    Unread(#[from] StoreFault),
    /// The bundle could not be written.
    #[error("the bundle could not be written: {0}")]
    Unwritten(#[from] std::io::Error),
}

impl From<ExportFailed> for Refusal {
    fn from(failed: ExportFailed) -> Self {
        match failed {
            ExportFailed::OutOfRange => Self::Invalid(Invalid::ProofRange),
            ExportFailed::Unread(fault) => fault.into(),
            failed => Self::Fault(FaultId::report(&failed)),
        }
    }
}

/// Writes the bundle of a tenant's log from a record on (its place, counted from 0) to the log's end: for the operator
/// who holds the data directory.
pub fn export_directory(
    store: &Store,
    tenant: TenantNumber,
    first: u64,
    out: &mut dyn Write,
) -> Result<(), ExportFailed> {
    let tx = store.read(tenant)?;
    export(
        &tx.audit_log(Allowed::<AuditProve>::mint_system(tenant, SystemReason::Operator)),
        first,
        out,
    )
}

/// Writes the bundle from a record on (its place, counted from 0) to the log's end.
pub fn export(rows: &AuditRows<'_>, first: u64, out: &mut dyn Write) -> Result<(), ExportFailed> {
    let mut bytes = Vec::new();
    let mut cursor = begin(rows, first, u64::MAX, &[], &mut bytes)?;
    loop {
        fill(rows, &mut cursor, &mut bytes)?;
        out.write_all(&bytes)?;
        bytes.clear();
        if cursor.next == cursor.end {
            out.write_all(cursor.note.as_bytes())?;
            return Ok(out.flush()?);
        }
    }
}

/// Fixes what the bundle holds and writes its head.
fn begin(
    rows: &AuditRows<'_>,
    first: u64,
    most: u64,
    kept: &[u64],
    bytes: &mut Vec<u8>,
) -> Result<ExportCursor, ExportFailed> {
    let key = rows.verifying_key()?;
    let note = rows.checkpoint()?.ok_or(ExportFailed::OutOfRange)?;
    let signed = Signed::verify(&note, &key);
    let size = signed
        .map_err(|_| ExportFailed::Damaged(first))?
        .checkpoint()
        .size;
    if first > size || kept.len() >= PROOFS_MAX {
        return Err(ExportFailed::OutOfRange);
    }
    let end = first.saturating_add(most).min(size);
    // Checkpoints over the records themselves are compared record by record.
    let outside = kept.iter().copied().filter(|kept| !(first..=end).contains(kept));
    let sizes: BTreeSet<u64> = outside
        .chain([end])
        .filter(|&asked| asked != 0 && asked != size)
        .collect();
    let mut proofs = Vec::with_capacity(sizes.len());
    for asked in sizes {
        let hashes = rows
            .consistency_proof(asked, size)?
            .ok_or(ExportFailed::OutOfRange)?;
        proofs.push(Proof { size: asked, hashes });
    }
    let header = Header {
        key,
        before: rows.edge_at(first)?,
        count: end - first,
        proofs,
    };
    bytes.extend_from_slice(header.text().as_bytes());
    Ok(ExportCursor {
        next: first,
        end,
        note,
    })
}

/// Writes records until the chunk is full or the last one is written.
fn fill(rows: &AuditRows<'_>, cursor: &mut ExportCursor, bytes: &mut Vec<u8>) -> Result<(), ExportFailed> {
    let expired = rows.first()?;
    while cursor.next < cursor.end && bytes.len() < CHUNK_BYTES {
        let sequence = cursor.next;
        let leaf = rows.node(0, sequence)?;
        match rows.record(sequence)?.map(|stored| stored.bytes) {
            Some(Some(record)) => bytes.extend_from_slice(&record_line(sequence, &leaf, &record)),
            None if sequence < expired => bytes.extend_from_slice(expired_line(sequence, &leaf).as_bytes()),
            _ => return Err(ExportFailed::Damaged(sequence)),
        }
        cursor.next += 1;
    }
    Ok(())
}
