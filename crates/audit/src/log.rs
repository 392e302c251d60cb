//! The Merkle tree over the records of one log (RFC 6962 section 2.1): hashes, and the right edge that is all a
//! writer needs to append.
//!
//! It knows hashes of records, not records, and not where nodes are kept: `append` says which nodes are finished and
//! [`Nodes`] reads them back.

use crate::hex::{from_hex, to_hex};
use aws_lc_rs::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A SHA-256 hash: of a record, a subtree or the whole tree. Its text is 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Hash(pub [u8; 32]);

/// The text is not 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a hash: 64 lower-case hexadecimal digits are expected")]
pub struct BadHash;

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&to_hex(&self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Hash {
    type Err = BadHash;

    fn from_str(text: &str) -> Result<Self, BadHash> {
        from_hex(text).map(Self).ok_or(BadHash)
    }
}

/// SHA-256 of the parts one after another.
pub(crate) fn sha256(parts: &[&[u8]]) -> Hash {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(part);
    }
    let mut hash = [0; 32];
    for (to, from) in hash.iter_mut().zip(context.finish().as_ref()) {
        *to = *from;
    }
    Hash(hash)
}

/// The hash of one record's bytes (RFC 6962: SHA-256 of 0x00 and the bytes).
pub fn leaf_hash(record: &[u8]) -> Hash {
    sha256(&[&[0x00], record])
}

/// The hash of two subtrees (RFC 6962: SHA-256 of 0x01, left, right).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    sha256(&[&[0x01], &left.0, &right.0])
}

/// The root of the tree without records.
pub fn empty_root() -> Hash {
    sha256(&[])
}

/// A complete subtree's hash and its place: it covers the `2^level` records from `index * 2^level` on. Once made it
/// never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// Height above the leaves; 0 is the hash of one record.
    pub level: u8,
    /// How many nodes of the same level lie to its left.
    pub index: u64,
    /// Its hash.
    pub hash: Hash,
}

/// Reads nodes of complete subtrees that [`Frontier::append`] has given.
pub trait Nodes {
    /// Why a node could not be read. A missing node is an error: it was written with the record that finished it.
    type Error;

    /// The node at this place.
    fn node(&self, level: u8, index: u64) -> Result<Hash, Self::Error>;
}

/// The right edge of a tree: its size and the hashes of the complete subtrees that it consists of, largest first. One
/// for each bit of the size that is set, so at most 64.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct Frontier {
    size: u64,
    hashes: Vec<Hash>,
}

/// A right edge with a wrong number of hashes for its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the right edge of a tree of {size} records has {expected} hashes, not {found}: the stored edge is damaged"
)]
pub struct BadFrontier {
    /// The tree's size.
    pub size: u64,
    /// How many hashes such a tree has.
    pub expected: u32,
    /// How many there were.
    pub found: usize,
}

impl Frontier {
    /// The edge of the tree without records.
    pub fn new() -> Self {
        Self::default()
    }

    /// The edge of a tree of `size` records from its hashes, largest subtree first. Only their number is checked.
    pub fn from_parts(size: u64, hashes: Vec<Hash>) -> Result<Self, BadFrontier> {
        let expected = size.count_ones();
        if usize::try_from(expected) != Ok(hashes.len()) {
            return Err(BadFrontier {
                size,
                expected,
                found: hashes.len(),
            });
        }
        Ok(Self { size, hashes })
    }

    /// The edge that the tree had at `size`, from stored nodes.
    pub fn read<N: Nodes>(nodes: &N, size: u64) -> Result<Self, N::Error> {
        let places = subtrees(0, size);
        let hashes: Result<_, _> = places.map(|(level, index)| nodes.node(level, index)).collect();
        Ok(Self {
            size,
            hashes: hashes?,
        })
    }

    /// How many records the tree has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The hashes of the complete subtrees, largest first.
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }

    /// Appends a record by its leaf hash and gives every node that it finished, the leaf itself first.
    pub fn append(&mut self, leaf: Hash) -> Vec<Node> {
        let mut node = Node {
            level: 0,
            index: self.size,
            hash: leaf,
        };
        let mut finished = vec![node];
        // Each set bit at the low end of the size is a subtree that this record completes together with a sibling.
        while node.index & 1 == 1 {
            let Some(left) = self.hashes.pop() else { break };
            node = Node {
                level: node.level + 1,
                index: node.index >> 1,
                hash: node_hash(&left, &node.hash),
            };
            finished.push(node);
        }
        self.hashes.push(node.hash);
        self.size += 1;
        finished
    }

    /// The root of the tree.
    pub fn root(&self) -> Hash {
        fold(&self.hashes)
    }
}

/// The root over neighbouring subtrees, largest first.
fn fold(hashes: &[Hash]) -> Hash {
    let folded = hashes
        .iter()
        .rev()
        .copied()
        .reduce(|right, left| node_hash(&left, &right));
    folded.unwrap_or_else(empty_root)
}

/// The places of the complete subtrees that records `start..end` consist of, largest first. `start` must be a
/// multiple of the smallest power of two that is not below `end - start`, as every part of a Merkle tree is.
fn subtrees(start: u64, end: u64) -> impl Iterator<Item = (u8, u64)> {
    let mut next = start;
    std::iter::from_fn(move || {
        let level = (end - next).checked_ilog2()?;
        let index = next >> level;
        next += 1 << level;
        Some((u8::try_from(level).ok()?, index))
    })
}

/// The root over records `start..end` of a larger tree, from stored nodes; see [`subtrees`] about `start`.
pub(crate) fn range_root<N: Nodes>(nodes: &N, start: u64, end: u64) -> Result<Hash, N::Error> {
    let hashes: Result<Vec<_>, _> = subtrees(start, end)
        .map(|(level, index)| nodes.node(level, index))
        .collect();
    Ok(fold(&hashes?))
}

/// The root that the tree had at `size`, from stored nodes.
pub fn root_at<N: Nodes>(nodes: &N, size: u64) -> Result<Hash, N::Error> {
    range_root(nodes, 0, size)
}

/// A right edge as it is stored, not yet checked.
#[derive(Serialize, Deserialize)]
struct Parts {
    size: u64,
    hashes: Vec<Hash>,
}

impl TryFrom<Parts> for Frontier {
    type Error = BadFrontier;

    fn try_from(parts: Parts) -> Result<Self, BadFrontier> {
        Self::from_parts(parts.size, parts.hashes)
    }
}

impl From<Frontier> for Parts {
    fn from(edge: Frontier) -> Self {
        Self {
            size: edge.size,
            hashes: edge.hashes,
        }
    }
}
