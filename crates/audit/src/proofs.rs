//! Proofs over the Merkle tree (RFC 9162 sections 2.1.3 and 2.1.4): that a record is in the log, and that an earlier
//! log is the beginning of a later one. Making them reads stored nodes; checking them needs nothing but hashes.

use crate::log::{Hash, Nodes, empty_root, node_hash, range_root};

/// Why a proof could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoProof<E> {
    /// The record or the earlier size is not within the tree.
    #[error("there is no such proof: {asked} is outside of a log of {size} records")]
    OutOfRange {
        /// The place or earlier size that was asked for.
        asked: u64,
        /// The size of the tree.
        size: u64,
    },
    /// A node could not be read.
    #[error("a node of the log could not be read: {0}")]
    Unread(E),
}

impl<E> From<E> for NoProof<E> {
    fn from(error: E) -> Self {
        Self::Unread(error)
    }
}

/// The proof does not show what it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the proof does not lead to the root: the proof, the record or the log has been changed")]
pub struct BadProof;

/// The proof that record `index` is in the tree of `size` records (RFC 9162 section 2.1.3.1).
pub fn inclusion_proof<N: Nodes>(nodes: &N, index: u64, size: u64) -> Result<Vec<Hash>, NoProof<N::Error>> {
    if index >= size {
        return Err(NoProof::OutOfRange { asked: index, size });
    }
    let (mut start, mut end) = (0, size);
    let mut proof = Vec::new();
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            proof.push(range_root(nodes, middle, end)?);
            end = middle;
        } else {
            proof.push(range_root(nodes, start, middle)?);
            start = middle;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// The proof that the tree of `first` records is the beginning of the tree of `second` records (RFC 9162 section
/// 2.1.4.1). Empty if the sizes are equal or the first is 0.
pub fn consistency_proof<N: Nodes>(
    nodes: &N,
    first: u64,
    second: u64,
) -> Result<Vec<Hash>, NoProof<N::Error>> {
    if first > second {
        return Err(NoProof::OutOfRange {
            asked: first,
            size: second,
        });
    }
    let mut proof = Vec::new();
    if first == 0 || first == second {
        return Ok(proof);
    }
    let (mut start, mut end) = (0, second);
    while end != first {
        let middle = start + split(end - start);
        if first <= middle {
            proof.push(range_root(nodes, middle, end)?);
            end = middle;
        } else {
            proof.push(range_root(nodes, start, middle)?);
            start = middle;
        }
    }
    // When the first tree is itself one complete subtree, whoever checks the proof has its hash already.
    if start > 0 {
        proof.push(range_root(nodes, start, end)?);
    }
    proof.reverse();
    Ok(proof)
}

/// The largest power of two that is below `count`, which must be 2 or more: the size of the left subtree.
fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

/// Checks that the record with this leaf hash is record `index` of the tree of `size` records with this root (RFC 9162
/// section 2.1.3.2).
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), BadProof> {
    if index >= size {
        return Err(BadProof);
    }
    let mut path = Path {
        node: index,
        last: size - 1,
    };
    let mut hash = *leaf;
    for sibling in proof {
        hash = match path.step().ok_or(BadProof)? {
            Side::Left => node_hash(sibling, &hash),
            Side::Right => node_hash(&hash, sibling),
        };
    }
    (path.last == 0 && hash == *root).then_some(()).ok_or(BadProof)
}

/// Checks that the tree of `first` records with the first root is the beginning of the tree of `second` records with
/// the second root (RFC 9162 section 2.1.4.2). The empty tree is the beginning of every tree.
pub fn verify_consistency(
    first: u64,
    second: u64,
    proof: &[Hash],
    first_root: &Hash,
    second_root: &Hash,
) -> Result<(), BadProof> {
    if first == 0 || first == second {
        let expected = if first == second {
            *second_root
        } else {
            empty_root()
        };
        return (proof.is_empty() && *first_root == expected)
            .then_some(())
            .ok_or(BadProof);
    }
    if first > second {
        return Err(BadProof);
    }
    let (seed, rest) = match proof.split_first() {
        Some(_) if first.is_power_of_two() => (first_root, proof),
        Some(split) => split,
        None => return Err(BadProof),
    };
    let complete = (first - 1).trailing_ones();
    let mut path = Path {
        node: (first - 1) >> complete,
        last: (second - 1) >> complete,
    };
    let (mut first_hash, mut second_hash) = (*seed, *seed);
    for sibling in rest {
        match path.step().ok_or(BadProof)? {
            Side::Left => {
                first_hash = node_hash(sibling, &first_hash);
                second_hash = node_hash(sibling, &second_hash);
            }
            Side::Right => second_hash = node_hash(&second_hash, sibling),
        }
    }
    let proven = path.last == 0 && first_hash == *first_root && second_hash == *second_root;
    proven.then_some(()).ok_or(BadProof)
}

/// On which side of the path the next sibling of a proof lies.
enum Side {
    Left,
    Right,
}

/// The way from a node up to the root: its place and the place of the last node, both on the current level.
struct Path {
    node: u64,
    last: u64,
}

impl Path {
    /// Climbs past the next sibling; nothing if the root is reached already.
    fn step(&mut self) -> Option<Side> {
        if self.last == 0 {
            return None;
        }
        let mut side = Side::Right;
        if self.node & 1 == 1 || self.node == self.last {
            side = Side::Left;
            // The last node of a level may have no sibling; it is carried up until it has one.
            self.climb(self.node.trailing_zeros());
        }
        self.climb(1);
        Some(side)
    }

    fn climb(&mut self, levels: u32) {
        self.node >>= levels;
        self.last >>= levels;
    }
}
