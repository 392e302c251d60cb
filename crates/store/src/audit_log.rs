//! The audit log as rows: records, the nodes of their Merkle tree, the right edge, the latest signed checkpoint; and beside
//! them what shortens a search ([`guide`], [`named`]), which no proof depends on.
//!
//! Appending is for the committer only ([`LogEnd`]); reading takes a proof ([`AuditRows`]). No row of a record is ever
//! changed; what the oldest say may be removed by a retention rule, and by nothing else ([`expire`]).

mod expire;
mod guide;
mod index_check;
mod named;

pub use expire::{Expired, SEGMENT, expire};
pub use guide::{DISORDER_MILLIS, Run};
pub use index_check::IndexFault;
pub use named::By;

use crate::backend::{Direction, KeyRange, Space, WriteTransaction};
use crate::commit::{put_row, row_in};
use crate::fault::StoreFault;
use crate::keys::Keys;
use crate::rows::{Key, Table, last_number, rows};
use crate::view::{View, unless_broken};
use audit::checkpoint::{LogName, SigningKey};
use audit::log::{Frontier, Hash, Nodes, leaf_hash};
use audit::proofs;
use audit::record::Record;
use expire::expired_in;
use guide::{Guide, guide_key};
use model::ids::TenantNumber;
use model::names::TenantId;
use model::time::Timestamp;
use named::Named;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;

/// Records that were written before there was an index, which one commit takes into it.
const TAKEN_IN_MAX: usize = 64;

/// A record's canonical bytes.
#[derive(Serialize, Deserialize)]
pub(crate) struct RecordRow(pub(crate) Vec<u8>);
/// The hash of a complete subtree.
#[derive(Serialize, Deserialize)]
pub(crate) struct NodeRow(pub(crate) Hash);
/// A signed note.
#[derive(Serialize, Deserialize)]
pub(crate) struct NoteRow(pub(crate) String);

/// Whose log it is, by the id that clients write: beside the log, because the catalogue may lie on another shard.
#[derive(Serialize, Deserialize)]
pub(crate) struct LogNameRow(pub(crate) TenantId);

rows! {
    LogNameRow => LogName,
    RecordRow => Record,
    NodeRow => Node,
    Frontier => Edge,
    NoteRow => Checkpoint,
}

fn record_key(tenant: TenantNumber, sequence: u64) -> Key {
    Key::new(tenant, Table::Record).number(sequence)
}

fn node_key(tenant: TenantNumber, level: u8, index: u64) -> Key {
    Key::new(tenant, Table::Node).byte(level).number(index)
}

pub(crate) fn log_name_key(tenant: TenantNumber) -> Key {
    Key::new(tenant, Table::LogName)
}

/// The key of a tenant's log. Its name is in the log's checkpoints and in the name of the key.
fn signing_key(keys: &Keys, tenant: TenantNumber, row: Option<LogNameRow>) -> Result<SigningKey, StoreFault> {
    let missing = |what| StoreFault::Inconsistent { tenant, what };
    let id = row.ok_or(missing("the name of the audit log"))?.0;
    let name: Option<LogName> = format!("holdfast/{id}/audit").parse().ok();
    let key = name.and_then(|name| {
        let seed = keys.audit(tenant).ok()?;
        SigningKey::from_seed(name, seed.signing_seed.expose()).ok()
    });
    key.ok_or(missing("the key of the audit log"))
}

/// The end of a tenant's log in the committer's hands.
pub(crate) struct LogEnd {
    edge: Frontier,
    key: Option<SigningKey>,
    guide: Guide,
    named: Named,
    /// The place of the oldest record that may still be taken into guide and index.
    oldest: u64,
}

impl LogEnd {
    /// Where the log ends in the transaction.
    pub(crate) fn load(
        tx: &dyn WriteTransaction,
        keys: &Keys,
        tenant: TenantNumber,
    ) -> Result<Self, StoreFault> {
        let edge: Frontier = row_in(tx, keys, &Key::new(tenant, Table::Edge))?.unwrap_or_default();
        // The edge must lie exactly behind the last record: an older or missing one would let records be overwritten.
        let is_there = |sequence| {
            Ok::<_, StoreFault>(
                tx.get(Space::Audit, record_key(tenant, sequence).bytes())?
                    .is_some(),
            )
        };
        let size = edge.size();
        if is_there(size)? || (size > 0 && !is_there(size - 1)?) {
            return Err(StoreFault::Inconsistent {
                tenant,
                what: "the right end of the audit log",
            });
        }
        let gone = expired_in(tx, keys, tenant)?;
        let guide = Guide::of(row_in(tx, keys, &guide_key(tenant)), size, gone)?;
        Ok(Self {
            edge,
            key: None,
            guide,
            named: Named::default(),
            oldest: gone,
        })
    }

    /// Writes one record with the nodes that it completes; gives its sequence number.
    pub(crate) fn append(
        &mut self,
        tx: &mut dyn WriteTransaction,
        keys: &Keys,
        tenant: TenantNumber,
        record: &Record,
    ) -> Result<u64, StoreFault> {
        let sequence = self.edge.size();
        let bytes = record.canonical();
        let nodes = self.edge.append(leaf_hash(&bytes));
        put_row(tx, keys, &record_key(tenant, sequence), &RecordRow(bytes))?;
        for node in nodes {
            put_row(
                tx,
                keys,
                &node_key(tenant, node.level, node.index),
                &NodeRow(node.hash),
            )?;
        }
        self.guide.append(sequence, record.time);
        self.named.note(sequence, record);
        Ok(sequence)
    }

    /// Takes some more of the records into guide and index that were written before there were any. One that is damaged
    /// may name anything: from there down every question looks itself.
    fn take_in(
        &mut self,
        tx: &dyn WriteTransaction,
        keys: &Keys,
        tenant: TenantNumber,
    ) -> Result<(), StoreFault> {
        for _ in 0..TAKEN_IN_MAX {
            if self.guide.from() <= self.oldest {
                break;
            }
            let sequence = self.guide.from() - 1;
            let row = unless_broken(row_in::<RecordRow>(tx, keys, &record_key(tenant, sequence)))?;
            let record = row.map(|row| row.map(|row| Record::parse(&row.0)).transpose());
            let Some(Ok(record)) = record else {
                self.oldest = self.guide.from();
                break;
            };
            if let Some(record) = &record {
                self.named.note(sequence, record);
            }
            self.guide.prepend(record.map(|record| record.time));
        }
        Ok(())
    }

    /// Writes the edge and signs it, and what shortens a search: once per group commit.
    pub(crate) fn write(
        &mut self,
        tx: &mut dyn WriteTransaction,
        keys: &Keys,
        tenant: TenantNumber,
    ) -> Result<(), StoreFault> {
        put_row(tx, keys, &Key::new(tenant, Table::Edge), &self.edge)?;
        self.take_in(tx, keys, tenant)?;
        self.named.write(tx, keys, tenant)?;
        put_row(tx, keys, &guide_key(tenant), &self.guide)?;
        if self.key.is_none() {
            let row = row_in(tx, keys, &log_name_key(tenant))?;
            self.key = Some(signing_key(keys, tenant, row)?);
        }
        if let Some(key) = &self.key {
            let time = self.guide.newest().unwrap_or(Timestamp::MIN);
            let signed = key.sign(self.edge.size(), self.edge.root(), time);
            let note = NoteRow(signed.note().to_owned());
            put_row(tx, keys, &Key::new(tenant, Table::Checkpoint), &note)?;
        }
        Ok(())
    }
}

/// A tenant's audit log, to read.
pub struct AuditRows<'t> {
    view: &'t View,
    tenant: TenantNumber,
}

/// A stored record with its place.
pub struct StoredRecord {
    /// Its place, counted from 0.
    pub sequence: u64,
    /// Its canonical bytes: what was hashed. Nothing if what is stored does not fit its seal.
    pub bytes: Option<Vec<u8>>,
}

impl<'t> AuditRows<'t> {
    pub(crate) fn new(view: &'t View, tenant: TenantNumber) -> Self {
        Self { view, tenant }
    }

    /// How many records there are.
    pub fn size(&self) -> Result<u64, StoreFault> {
        Ok(self.edge()?.size())
    }

    fn edge(&self) -> Result<Frontier, StoreFault> {
        Ok(self
            .view
            .row(&Key::new(self.tenant, Table::Edge))?
            .unwrap_or_default())
    }

    /// A record by its place.
    pub fn record(&self, sequence: u64) -> Result<Option<StoredRecord>, StoreFault> {
        let row = self
            .view
            .row::<RecordRow>(&record_key(self.tenant, sequence))
            .transpose();
        row.map(|row| {
            Ok(StoredRecord {
                sequence,
                bytes: bytes_of(row)?,
            })
        })
        .transpose()
    }

    /// Visits records from `first` on, or backwards from `first` down. One that was damaged is visited as such.
    pub fn scan(
        &self,
        first: u64,
        direction: Direction,
        mut visit: impl FnMut(StoredRecord) -> ControlFlow<()>,
    ) -> Result<(), StoreFault> {
        let all = Key::new(self.tenant, Table::Record).prefix();
        let at = record_key(self.tenant, first).bytes().to_vec();
        let range = match direction {
            Direction::Forward => KeyRange {
                start: at,
                end: all.end,
            },
            Direction::Backward => {
                let end = record_key(self.tenant, first.saturating_add(1)).bytes().to_vec();
                KeyRange {
                    start: all.start,
                    end: Some(end),
                }
            }
        };
        self.view
            .scan_range(self.tenant, Table::Record, &range, direction, |key, sealed| {
                let bytes = bytes_of(self.view.open(self.tenant, Table::Record, key, sealed))?;
                let missing = StoreFault::Inconsistent {
                    tenant: self.tenant,
                    what: "the place of a record",
                };
                let sequence = last_number(key).ok_or(missing)?;
                Ok(visit(StoredRecord { sequence, bytes }))
            })
    }

    /// The latest signed checkpoint, as a note; none while the log is empty.
    pub fn checkpoint(&self) -> Result<Option<String>, StoreFault> {
        let row = self
            .view
            .row::<NoteRow>(&Key::new(self.tenant, Table::Checkpoint))?;
        Ok(row.map(|row| row.0))
    }

    /// The public key of the log.
    pub fn verifying_key(&self) -> Result<audit::checkpoint::VerifyingKey, StoreFault> {
        let row = self.view.row(&log_name_key(self.tenant))?;
        let key = signing_key(&self.view.keys, self.tenant, row)?;
        Ok(key.verifying_key().clone())
    }

    /// The proof that record `index` is in the log as it was at `size`.
    pub fn inclusion_proof(&self, index: u64, size: u64) -> Result<Option<Vec<Hash>>, StoreFault> {
        proof_or_out_of_range(proofs::inclusion_proof(self, index, size))
    }

    /// The proof that the log at `second` continues the log at `first`.
    pub fn consistency_proof(&self, first: u64, second: u64) -> Result<Option<Vec<Hash>>, StoreFault> {
        proof_or_out_of_range(proofs::consistency_proof(self, first, second))
    }

    /// The right edge that the log had at `size`.
    pub fn edge_at(&self, size: u64) -> Result<Frontier, StoreFault> {
        Frontier::read(self, size)
    }

    /// The stored right edge: what the next record is appended to.
    pub fn stored_edge(&self) -> Result<Frontier, StoreFault> {
        self.edge()
    }
}

/// A record that was changed outside of the program does not hide the others: it is shown as damaged.
fn bytes_of(row: Result<RecordRow, StoreFault>) -> Result<Option<Vec<u8>>, StoreFault> {
    match row {
        Ok(row) => Ok(Some(row.0)),
        Err(StoreFault::Broken { .. } | StoreFault::Unreadable { .. }) => Ok(None),
        Err(fault) => Err(fault),
    }
}

fn proof_or_out_of_range(
    proof: Result<Vec<Hash>, proofs::NoProof<StoreFault>>,
) -> Result<Option<Vec<Hash>>, StoreFault> {
    match proof {
        Ok(hashes) => Ok(Some(hashes)),
        Err(proofs::NoProof::Unread(fault)) => Err(fault),
        Err(_) => Ok(None),
    }
}

impl Nodes for AuditRows<'_> {
    type Error = StoreFault;

    fn node(&self, level: u8, index: u64) -> Result<Hash, StoreFault> {
        let row = self.view.row::<NodeRow>(&node_key(self.tenant, level, index))?;
        let missing = StoreFault::Inconsistent {
            tenant: self.tenant,
            what: "a node of the audit tree",
        };
        Ok(row.ok_or(missing)?.0)
    }
}
