//! An exported part of a log as one text that verifies by itself, offline (R101): a head, one line per record, and the
//! signed checkpoint.
//!
//! ```text
//! holdfast-audit-bundle 1
//! key <public key of the log: name+id+key>
//! first <place of the first record, from 0>
//! count <number of records>
//! edge <hash> ...            the right edge of the tree before the first record
//! proof <size> <hash> ...    any number: that the log of that size is the beginning of the checkpoint's
//! check <SHA-256 of the lines above>
//! <place> <leaf hash> <canonical record>
//! <place> <leaf hash> expired <SHA-256 of the leaf hash>
//! <checkpoint as a signed note>
//! ```
//!
//! Every value has one text only, so that there is no bit whose change means nothing. The leaf hash beside a record
//! names the first record that was changed; the checkpoint is what proves that none was.

mod read;

use crate::checkpoint::VerifyingKey;
use crate::log::{Frontier, Hash, sha256};
use crate::verify::Proof;
use std::fmt::Write;

pub use read::{Trust, VerifiedBundle, verify_bundle};

/// The first line of a bundle: what it is and its format version.
const FORMAT: &str = "holdfast-audit-bundle 1";
/// Longest line of a record that is read, in bytes: twice the largest document, wholly escaped, and room to spare.
pub const RECORD_LINE_BYTES_MAX: usize = 16 << 20;
/// Most proofs in one bundle.
pub const PROOFS_MAX: usize = 100;

/// The head of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The key that signs the log's checkpoints. Whoever verifies should know it from elsewhere.
    pub key: VerifyingKey,
    /// The tree before the first record; its size is the place of that record.
    pub before: Frontier,
    /// How many records follow.
    pub count: u64,
    /// The proof for the size at which the bundle ends, if the checkpoint covers more, and one for each size of a kept
    /// checkpoint outside of the bundle that its reader wants to compare. At most [`PROOFS_MAX`].
    pub proofs: Vec<Proof>,
}

impl Header {
    /// The place of the first record.
    pub fn first(&self) -> u64 {
        self.before.size()
    }

    /// The lines of the head. The lines of the records ([`record_line`], [`expired_line`]) follow, then the note of a
    /// checkpoint that covers at least the records.
    pub fn text(&self) -> String {
        let mut text = format!(
            "{FORMAT}\nkey {}\nfirst {}\ncount {}\nedge",
            self.key,
            self.first(),
            self.count
        );
        push_hashes(&mut text, self.before.hashes());
        for proof in &self.proofs {
            // Writing to a string cannot fail.
            let _ = write!(text, "proof {}", proof.size);
            push_hashes(&mut text, &proof.hashes);
        }
        let check = sha256(&[text.as_bytes()]);
        let _ = writeln!(text, "check {check}");
        text
    }
}

fn push_hashes(text: &mut String, hashes: &[Hash]) {
    for hash in hashes {
        let _ = write!(text, " {hash}");
    }
    text.push('\n');
}

/// The line of a record: its place, the hash that is stored for it, its bytes.
pub fn record_line(sequence: u64, leaf: &Hash, record: &[u8]) -> Vec<u8> {
    let mut line = format!("{sequence} {leaf} ").into_bytes();
    line.extend_from_slice(record);
    line.push(b'\n');
    line
}

/// The line of a record of which a retention rule has left only the hash. The hash of the hash finds a changed bit
/// where no record's bytes could.
pub fn expired_line(sequence: u64, leaf: &Hash) -> String {
    format!("{sequence} {leaf} {}\n", expired_mark(leaf))
}

fn expired_mark(leaf: &Hash) -> String {
    format!("expired {}", sha256(&[&leaf.0]))
}
