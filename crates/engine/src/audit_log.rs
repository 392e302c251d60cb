//! The audit log: listing, reading, writing a client's own record, proofs, export, verification. Nothing changes or
//! deletes a record (R099). Every read of it is itself recorded by the door, one record per question.

mod create;
mod export;
mod find;
pub mod offline;
mod prove;
mod refusals;
mod span;
mod stream;
mod verify;

pub use audit::log::Hash;
pub use audit::record::{Actor, ActorKind, BatchSummary, Change, Origin, Outcome, Record, Severity};
pub use audit::verify::{Fault, Verified};
pub use create::{CLIENT_TYPES, CreateAuditRecord, CreatedRecord, NewAuditRecord};
pub(crate) use export::one_record;
pub use export::{ExportBundle, ExportChunk, ExportCursor, ExportFailed, export, export_directory};
pub use find::{AuditFilter, AuditPage, FindAuditRecords};
pub use prove::{
    ConsistencyProof, InclusionProof, LatestCheckpoint, ReadCheckpoint, ReadConsistencyProof,
    ReadInclusionProof,
};
pub(crate) use refusals::{Details, KIND as REFUSAL_KIND};
pub use refusals::{RefusalFilter, RefusalTold};
pub use stream::{StreamAuditRecords, StreamChunk, StreamPlace};
pub use verify::{expired_records, verify_directory};

use crate::desk::Reading;
use crate::refusal::{Missing, Refusal};
use crate::work::Query;
use model::ids::AuditId;
use policy::operations::audit::AuditRead;
use store::audit_log::StoredRecord;

/// A record with its place in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its place, counted from 1.
    pub id: AuditId,
    /// What it says. Nothing if what is stored was damaged: then it is still listed, so that damage hides nothing, and a
    /// verification names it.
    pub record: Option<Box<Record>>,
}

fn entry(stored: StoredRecord) -> Option<AuditEntry> {
    let record = stored.bytes.and_then(|bytes| Record::parse(&bytes).ok());
    Some(AuditEntry {
        id: id_of(stored.sequence)?,
        record: record.map(Box::new),
    })
}

/// The id of the record at a place that is counted from 0.
fn id_of(sequence: u64) -> Option<AuditId> {
    AuditId::new(sequence.checked_add(1)?)
}

/// The place, counted from 0.
fn sequence_of(id: AuditId) -> u64 {
    id.number() - 1
}

/// Reads one record.
pub struct ReadAuditRecord(pub AuditId);

impl Query for ReadAuditRecord {
    type Operation = AuditRead;
    type Answer = AuditEntry;

    fn answer(&self, desk: &Reading) -> Result<AuditEntry, Refusal> {
        let rows = desk.tx.audit_log(desk.allow::<AuditRead>()?);
        let stored = rows.record(sequence_of(self.0))?;
        stored
            .and_then(entry)
            .ok_or(Refusal::Missing(Missing::AuditRecord(self.0)))
    }
}
