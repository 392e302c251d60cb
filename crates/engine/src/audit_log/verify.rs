//! Verification of a whole stored log, for the operator who holds the data directory: every record, every stored hash,
//! the edge, the latest checkpoint, and checkpoints that were kept elsewhere (R099).

use audit::checkpoint::{BadCheckpoint, Signed};
use audit::log::{Frontier, Hash, Nodes};
use audit::verify::{Body, Fault, Stopped, Verified, Verifier, Which};
use model::ids::TenantNumber;
use policy::operations::audit::AuditProve;
use policy::proof::{Allowed, SystemReason};
use std::io::ErrorKind;
use std::ops::ControlFlow;
use store::audit_log::{AuditRows, Expired};
use store::backend::Direction;
use store::fault::StoreFault;
use store::shards::Store;

/// Verifies a tenant's log as it is stored. `kept` are the notes of checkpoints that were kept elsewhere. Ends with what
/// is certain or with the first thing that is wrong; a record that was damaged is named by its place.
pub fn verify_directory(store: &Store, tenant: TenantNumber, kept: &[String]) -> Result<Verified, Fault> {
    let tx = store.read(tenant).map_err(|fault| unread(&fault))?;
    let rows = tx.audit_log(Allowed::<AuditProve>::mint_system(tenant, SystemReason::Operator));
    let mut verifier = Verifier::new();
    let mut expected = expect_checkpoints(&rows, &mut verifier, kept)?;
    let edge = readable(rows.stored_edge())?;
    expected = expected.max(edge.as_ref().map_or(0, Frontier::size));
    let nodes = StoredNodes { rows: &rows };
    // Without a readable row nothing is excused.
    let first = readable(rows.first())?.unwrap_or(0);
    loop {
        let sequence = verifier.size();
        let body = match rows.record(sequence).map_err(|fault| unread(&fault))? {
            Some(stored) => Body::Present(stored.bytes.ok_or(Fault::WrongHash { sequence })?),
            None if sequence < first => Body::Expired,
            None if sequence < expected || has_later(&rows, sequence)? => Body::Missing,
            None => break,
        };
        verifier.stored(&nodes, body).map_err(|stopped| match stopped {
            Stopped::Fault(fault) | Stopped::Unread(fault) => fault,
        })?;
    }
    let fits = edge.is_some_and(|edge| edge.size() == verifier.size() && edge.root() == verifier.root());
    if !fits {
        let level = verifier
            .size()
            .checked_ilog2()
            .and_then(|level| u8::try_from(level).ok());
        return Err(Fault::WrongNode {
            level: level.unwrap_or_default(),
            index: 0,
        });
    }
    verifier.finish(&[])
}

/// The records that retention rules have removed, and by which rule, for the operator who holds the data directory.
pub fn expired_records(store: &Store, tenant: TenantNumber) -> Result<Vec<Expired>, StoreFault> {
    let tx = store.read(tenant)?;
    tx.audit_log(Allowed::<AuditProve>::mint_system(tenant, SystemReason::Operator))
        .expired()
}

/// Tells the verifier the checkpoints; gives the size that the log's own demands.
fn expect_checkpoints(rows: &AuditRows<'_>, verifier: &mut Verifier, kept: &[String]) -> Result<u64, Fault> {
    let key = rows.verifying_key().map_err(|fault| unread(&fault))?;
    let mut expect = |which, note: &str| {
        let signed = Signed::verify(note, &key).map_err(|why| Fault::BadSignature { which, why })?;
        let size = signed.checkpoint().size;
        verifier.expect(which, signed).map(|()| size)
    };
    for (place, note) in kept.iter().enumerate() {
        expect(Which::Kept(place), note)?;
    }
    let is_empty = rows.record(0).map_err(|fault| unread(&fault))?.is_none();
    match readable(rows.checkpoint())? {
        Some(Some(note)) => expect(Which::Own, &note),
        Some(None) if is_empty => Ok(0),
        _ => Err(Fault::BadSignature {
            which: Which::Own,
            why: BadCheckpoint::NotANote,
        }),
    }
}

/// Whether there is a record behind one that is missing.
fn has_later(rows: &AuditRows<'_>, sequence: u64) -> Result<bool, Fault> {
    let mut found = false;
    let scanned = rows.scan(sequence, Direction::Forward, |_| {
        found = true;
        ControlFlow::Break(())
    });
    scanned.map(|()| found).map_err(|fault| unread(&fault))
}

/// What is stored; nothing if it was damaged.
fn readable<T>(read: Result<T, StoreFault>) -> Result<Option<T>, Fault> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(StoreFault::Broken { .. } | StoreFault::Unreadable { .. }) => Ok(None),
        Err(fault) => Err(unread(&fault)),
    }
}

/// The log could not be read: that says nothing about it.
fn unread(fault: &StoreFault) -> Fault {
    tracing::error!(%fault, "the audit log could not be read");
    Fault::Unread(ErrorKind::Other)
}

/// The stored hashes; one that is damaged or missing is named by its place.
struct StoredNodes<'r, 't> {
    rows: &'r AuditRows<'t>,
}

impl Nodes for StoredNodes<'_, '_> {
    type Error = Fault;

    fn node(&self, level: u8, index: u64) -> Result<Hash, Fault> {
        self.rows.node(level, index).map_err(|fault| match fault {
            StoreFault::Broken { .. } | StoreFault::Unreadable { .. } | StoreFault::Inconsistent { .. } => {
                Fault::WrongNode { level, index }
            }
            fault => unread(&fault),
        })
    }
}
