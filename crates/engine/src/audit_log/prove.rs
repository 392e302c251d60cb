//! Checkpoints and proofs: what a reader needs to check elsewhere that the log has never been changed.

use super::{ExportFailed, sequence_of};
use crate::desk::Reading;
use crate::refusal::{Invalid, Missing, Refusal};
use crate::work::Query;
use audit::checkpoint::{Checkpoint, Signed};
use audit::log::{Hash, Nodes};
use model::ids::AuditId;
use policy::operations::audit::AuditProve;
use store::audit_log::AuditRows;

/// Reads the latest checkpoint.
pub struct ReadCheckpoint;

/// A signed checkpoint and the key that it was signed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LatestCheckpoint {
    /// The signed note; nothing while the log is empty.
    pub note: Option<String>,
    /// What the note says.
    pub says: Option<Checkpoint>,
    /// The public key of the log, as its text: name, id and key.
    pub key: String,
}

impl Query for ReadCheckpoint {
    type Operation = AuditProve;
    type Answer = LatestCheckpoint;

    fn answer(&self, desk: &Reading) -> Result<LatestCheckpoint, Refusal> {
        let rows = desk.tx.audit_log(desk.allow::<AuditProve>()?);
        let (note, key) = (rows.checkpoint()?, rows.verifying_key()?);
        // A damaged note is shown as it is: whoever checks it must see that it is wrong.
        let signed = note.as_deref().and_then(|note| Signed::verify(note, &key).ok());
        Ok(LatestCheckpoint {
            says: signed.map(|signed| signed.checkpoint().clone()),
            note,
            key: key.to_string(),
        })
    }
}

/// Proves that a record is in the log (RFC 9162 section 2.1.3).
pub struct ReadInclusionProof {
    /// The record.
    pub id: AuditId,
    /// In the log of this size: that of a checkpoint that the reader has. The present one if absent.
    pub size: Option<u64>,
}

/// The proof that a record is in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionProof {
    /// The record's canonical bytes, which are UTF-8; nothing if a retention rule has removed them.
    pub record: Option<String>,
    /// The record's place, counted from 0.
    pub index: u64,
    /// The size of the log.
    pub size: u64,
    /// The hash of the record.
    pub leaf: Hash,
    /// The proof.
    pub hashes: Vec<Hash>,
    /// The root of the log of that size.
    pub root: Hash,
    /// The signed checkpoint of that size, if it is the present one.
    pub checkpoint: Option<String>,
}

impl Query for ReadInclusionProof {
    type Operation = AuditProve;
    type Answer = InclusionProof;

    fn answer(&self, desk: &Reading) -> Result<InclusionProof, Refusal> {
        let rows = desk.tx.audit_log(desk.allow::<AuditProve>()?);
        let index = sequence_of(self.id);
        if index >= rows.size()? {
            return Err(Refusal::Missing(Missing::AuditRecord(self.id)));
        }
        let (size, checkpoint) = sized(&rows, self.size)?;
        let record = bytes(&rows, index)?;
        let hashes = rows.inclusion_proof(index, size)?.ok_or(OUT_OF_RANGE)?;
        let (leaf, root) = (rows.node(0, index)?, rows.edge_at(size)?.root());
        Ok(InclusionProof {
            record,
            index,
            size,
            leaf,
            hashes,
            root,
            checkpoint,
        })
    }
}

/// Proves that a later log continues an earlier one (RFC 9162 section 2.1.4).
pub struct ReadConsistencyProof {
    /// The size of the earlier log.
    pub first: u64,
    /// The size of the later one; the present one if absent.
    pub second: Option<u64>,
}

/// The proof that a later log continues an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsistencyProof {
    /// The size of the earlier log.
    pub first: u64,
    /// The size of the later one.
    pub second: u64,
    /// The proof.
    pub hashes: Vec<Hash>,
    /// The root of the earlier log.
    pub first_root: Hash,
    /// The root of the later one.
    pub second_root: Hash,
    /// The signed checkpoint of the later log, if it is the present one.
    pub checkpoint: Option<String>,
}

impl Query for ReadConsistencyProof {
    type Operation = AuditProve;
    type Answer = ConsistencyProof;

    fn answer(&self, desk: &Reading) -> Result<ConsistencyProof, Refusal> {
        let rows = desk.tx.audit_log(desk.allow::<AuditProve>()?);
        let (second, checkpoint) = sized(&rows, self.second)?;
        let hashes = rows.consistency_proof(self.first, second)?.ok_or(OUT_OF_RANGE)?;
        let (first_root, second_root) = (rows.edge_at(self.first)?.root(), rows.edge_at(second)?.root());
        Ok(ConsistencyProof {
            first: self.first,
            second,
            hashes,
            first_root,
            second_root,
            checkpoint,
        })
    }
}

/// What was hashed. A proof without it would look like one of a record that has expired, so damage is refused.
fn bytes(rows: &AuditRows<'_>, index: u64) -> Result<Option<String>, Refusal> {
    let stored = rows.record(index)?.map(|stored| stored.bytes);
    match stored {
        None if index < rows.first()? => Ok(None),
        Some(Some(bytes)) => String::from_utf8(bytes)
            .map(Some)
            .map_err(|_| ExportFailed::Damaged(index).into()),
        _ => Err(ExportFailed::Damaged(index).into()),
    }
}

const OUT_OF_RANGE: Refusal = Refusal::Invalid(Invalid::ProofRange);

/// The size that is asked about, no larger than the log, with the checkpoint if it is of that size.
fn sized(rows: &AuditRows<'_>, asked: Option<u64>) -> Result<(u64, Option<String>), Refusal> {
    let size = rows.size()?;
    match asked {
        Some(asked) if asked > size => Err(OUT_OF_RANGE),
        Some(asked) if asked < size => Ok((asked, None)),
        _ => Ok((size, rows.checkpoint()?)),
    }
}
