//! Verification of a log, record by record: recomputes the tree and compares it with stored hashes, with the log's own
//! checkpoint and with every checkpoint that was kept elsewhere (R099, R101). Ends with what is certain, or with the
//! first thing that is wrong.
//!
//! It reads nothing itself: records come from a store or a bundle, in order, and are not held.

use crate::checkpoint::{Checkpoint, Signed};
use crate::log::{Frontier, Hash, Node, Nodes, leaf_hash};
use crate::proofs::verify_consistency;
use crate::record::Record;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

pub use crate::fault::{Fault, Which};

/// A proof that the tree of `size` records is the beginning of the tree of the log's own checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// How many records the earlier tree has.
    pub size: u64,
    /// The proof (RFC 9162 section 2.1.4).
    pub hashes: Vec<Hash>,
}

/// What a store has at a place of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body<B> {
    /// The bytes of the record.
    Present(B),
    /// The record was removed by a retention rule; its hash is still there.
    Expired,
    /// Nothing, and no rule that would explain it.
    Missing,
}

/// Why the verification of a stored log stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Stopped<E> {
    /// Something is wrong with the log.
    #[error("{0}")]
    Fault(Fault),
    /// A stored hash could not be read.
    #[error("a stored hash of the log could not be read: {0}")]
    Unread(E),
}

/// Verifies records in order. Tell it the checkpoints first, then the records, then finish.
#[derive(Debug, Clone)]
pub struct Verifier {
    first: u64,
    edge: Frontier,
    /// Checkpoints by size that have not been compared yet.
    expected: BTreeMap<u64, Vec<(Which, Signed)>>,
    /// The largest of the log's own checkpoints, and the largest of those that has been found to agree.
    own: Option<Checkpoint>,
    agreed: Option<Checkpoint>,
    kept: usize,
    confirmed: u64,
    expired: Vec<Range<u64>>,
}

impl Default for Verifier {
    fn default() -> Self {
        Self::after(Frontier::new())
    }
}

impl Verifier {
    /// Begins with the log's first record.
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins after the records that this edge stands for. The edge is believed until a checkpoint confirms it.
    pub fn after(edge: Frontier) -> Self {
        Self {
            first: edge.size(),
            edge,
            expected: BTreeMap::new(),
            own: None,
            agreed: None,
            kept: 0,
            confirmed: 0,
            expired: Vec::new(),
        }
    }

    /// How many records the log has so far, those before the beginning included.
    pub fn size(&self) -> u64 {
        self.edge.size()
    }

    /// The root over all records so far.
    pub fn root(&self) -> Hash {
        self.edge.root()
    }

    /// Demands that the log agrees with a checkpoint. Of the log's own checkpoints the largest is what [`Proof`]s refer
    /// to. One whose size was passed already can only be compared through a proof.
    pub fn expect(&mut self, which: Which, signed: Signed) -> Result<(), Fault> {
        let checkpoint = signed.checkpoint();
        match which {
            Which::Kept(_) => self.kept += 1,
            Which::Own if self.own.as_ref().is_none_or(|own| own.size <= checkpoint.size) => {
                self.own = Some(checkpoint.clone());
            }
            Which::Own => {}
        }
        self.expected
            .entry(checkpoint.size)
            .or_default()
            .push((which, signed));
        self.compare_reached()
    }

    /// Takes in the next record by its bytes and gives its hash and the other nodes that it finished.
    pub fn record(&mut self, bytes: &[u8]) -> Result<Vec<Node>, Fault> {
        let sequence = self.size();
        Record::parse(bytes).map_err(|why| Fault::BadRecord { sequence, why })?;
        self.append(leaf_hash(bytes))
    }

    /// Takes in the next record with the hash that was stored beside it.
    pub fn record_with_hash(&mut self, bytes: &[u8], stored: Hash) -> Result<Vec<Node>, Fault> {
        if leaf_hash(bytes) != stored {
            return Err(Fault::WrongHash {
                sequence: self.size(),
            });
        }
        self.record(bytes)
    }

    /// Takes in the next record by its hash alone, because a retention rule has removed its bytes.
    pub fn expired(&mut self, leaf: Hash) -> Result<Vec<Node>, Fault> {
        let sequence = self.size();
        match self.expired.last_mut() {
            Some(range) if range.end == sequence => range.end += 1,
            _ => self.expired.push(sequence..sequence + 1),
        }
        self.append(leaf)
    }

    /// Takes in the next record of a store and compares every stored hash that it decides.
    pub fn stored<N: Nodes>(
        &mut self,
        nodes: &N,
        body: Body<impl AsRef<[u8]>>,
    ) -> Result<(), Stopped<N::Error>> {
        let sequence = self.size();
        let leaf = nodes.node(0, sequence).map_err(Stopped::Unread)?;
        let finished = match body {
            Body::Present(bytes) => self.record_with_hash(bytes.as_ref(), leaf),
            Body::Expired => self.expired(leaf),
            Body::Missing => Err(Fault::MissingRecord { sequence }),
        };
        for Node { level, index, hash } in finished.map_err(Stopped::Fault)? {
            if nodes.node(level, index).map_err(Stopped::Unread)? != hash {
                return Err(Stopped::Fault(Fault::WrongNode { level, index }));
            }
        }
        Ok(())
    }

    /// Ends the verification. The proofs connect checkpoints that lie outside of the records with the log's own.
    pub fn finish(mut self, proofs: &[Proof]) -> Result<Verified, Fault> {
        if let Some(own) = self.own.clone().filter(|own| own.size > self.size()) {
            let linked = linked(self.size(), &self.root(), &own, proofs);
            self.agree(
                linked.ok_or(self.truncated(Which::Own, own.size))?,
                Which::Own,
                &own,
            )?;
        }
        for (which, signed) in std::mem::take(&mut self.expected).into_values().flatten() {
            let checkpoint = signed.checkpoint();
            let size = checkpoint.size;
            let own = self.agreed.as_ref().filter(|own| own.size >= size);
            let agrees = own.and_then(|own| linked(size, &checkpoint.root, own, proofs));
            let beyond = size > self.size() && own.is_none();
            let outside = if beyond {
                self.truncated(which, size)
            } else {
                Fault::NotCovered { which, size }
            };
            self.agree(agrees.ok_or(outside)?, which, checkpoint)?;
        }
        Ok(Verified {
            first: self.first,
            size: self.size(),
            kept: self.kept,
            confirmed: self.confirmed,
            expired: self.expired,
            checkpoint: self.agreed,
        })
    }

    fn append(&mut self, leaf: Hash) -> Result<Vec<Node>, Fault> {
        let finished = self.edge.append(leaf);
        self.compare_reached()?;
        Ok(finished)
    }

    /// Compares the checkpoints of exactly the present size.
    fn compare_reached(&mut self) -> Result<(), Fault> {
        let Some(reached) = self.expected.remove(&self.size()) else {
            return Ok(());
        };
        let root = self.root();
        for (which, signed) in reached {
            let checkpoint = signed.checkpoint();
            self.agree(checkpoint.root == root, which, checkpoint)?;
        }
        Ok(())
    }

    fn agree(&mut self, agrees: bool, which: Which, checkpoint: &Checkpoint) -> Result<(), Fault> {
        let size = checkpoint.size;
        if !agrees {
            return Err(Fault::CheckpointMismatch {
                which,
                size,
                confirmed: self.confirmed,
            });
        }
        match which {
            Which::Kept(_) => self.confirmed = self.confirmed.max(size),
            Which::Own if self.agreed.as_ref().is_none_or(|agreed| agreed.size <= size) => {
                self.agreed = Some(checkpoint.clone());
            }
            Which::Own => {}
        }
        Ok(())
    }

    fn truncated(&self, which: Which, expected: u64) -> Fault {
        Fault::Truncated {
            which,
            expected,
            found: self.size(),
        }
    }
}

/// Whether a proof shows that the tree of this size and root is the beginning of the log's own; nothing without one.
fn linked(size: u64, root: &Hash, own: &Checkpoint, proofs: &[Proof]) -> Option<bool> {
    let hashes: &[Hash] = match proofs.iter().find(|proof| proof.size == size) {
        Some(proof) => &proof.hashes,
        None if size == 0 || size == own.size => &[],
        None => return None,
    };
    Some(verify_consistency(size, own.size, hashes, root, &own.root).is_ok())
}

/// What a verification that found nothing wrong makes certain. Its text says it, and says what stays open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The first record that was looked at.
    pub first: u64,
    /// One past the last record that was looked at.
    pub size: u64,
    /// How many kept checkpoints agree.
    pub kept: usize,
    /// The largest size of a kept checkpoint that agrees: nothing before that record was changed since. 0 if none.
    pub confirmed: u64,
    /// Records of which only the hash is left.
    pub expired: Vec<Range<u64>>,
    /// The log's own latest checkpoint that agrees.
    pub checkpoint: Option<Checkpoint>,
}

impl fmt::Display for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first, size, .. } = self;
        match (size.checked_sub(1).filter(|last| last >= first), &self.checkpoint) {
            (None, _) => f.write_str("There is no record to look at.")?,
            (Some(last), Some(own)) => {
                write!(
                    f,
                    "Records {first} to {last} of {} are internally consistent",
                    own.origin
                )?;
                match size.saturating_sub(own.size) {
                    0 => write!(
                        f,
                        " and lead to the checkpoint signed at {} over {} records.",
                        own.time, own.size
                    )?,
                    rest => write!(
                        f,
                        "; the last {rest} of them are not under a signed checkpoint yet."
                    )?,
                }
            }
            (Some(last), None) => {
                write!(
                    f,
                    "Records {first} to {last} are internally consistent; no checkpoint of the log was at hand."
                )?;
            }
        }
        let expired: u64 = self.expired.iter().map(|range| range.end - range.start).sum();
        if expired > 0 {
            write!(
                f,
                " The bytes of {expired} records have expired; their hashes are in place."
            )?;
        }
        match self.confirmed {
            0 => f.write_str(
                " Rewriting by the key's holder is not excluded: no kept checkpoint confirms the records. Keep a checkpoint where \
                 the key's holder cannot change it and give it to the next verification.",
            ),
            confirmed => write!(
                f,
                " {} kept checkpoints agree: no record before {confirmed} was changed after the checkpoint over it was \
                 signed.",
                self.kept
            ),
        }
    }
}
