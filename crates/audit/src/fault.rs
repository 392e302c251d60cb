//! What verification can find wrong with a log, in words that say what failed, what is still safe and what to do.
//! Public as part of [`crate::verify`].

use crate::checkpoint::BadCheckpoint;
use crate::record::BadRecord;
use std::fmt;
use std::io::ErrorKind;

/// Which checkpoint is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The log's own: the last of its store, or the one at the end of a bundle.
    Own,
    /// One that was kept elsewhere: its place in the list that was handed in, from 0.
    Kept(usize),
}

impl fmt::Display for Which {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own => f.write_str("the log's own checkpoint"),
            Self::Kept(place) => write!(f, "kept checkpoint {}", place + 1),
        }
    }
}

/// The first thing that is wrong. Records are counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A record's bytes are those that were hashed, or no hash is at hand, and are not a canonical record.
    BadRecord {
        /// The first bad record.
        sequence: u64,
        /// What is wrong with it.
        why: BadRecord,
    },
    /// A record and the hash stored beside it differ: one of them was changed.
    WrongHash {
        /// The first bad record.
        sequence: u64,
    },
    /// A record is not there although nothing says that it expired.
    MissingRecord {
        /// The first missing record.
        sequence: u64,
    },
    /// A line of a bundle is not the line of the record that belongs there.
    BadLine {
        /// The record that belongs there.
        sequence: u64,
    },
    /// Every record below a stored node agrees with its own hash, the node does not.
    WrongNode {
        /// The node's height above the records.
        level: u8,
        /// The node's place on its level.
        index: u64,
    },
    /// The log has fewer records than a checkpoint says.
    Truncated {
        /// The checkpoint.
        which: Which,
        /// How many records it covers.
        expected: u64,
        /// How many there are.
        found: u64,
    },
    /// The records give another root than a checkpoint says.
    CheckpointMismatch {
        /// The first checkpoint that disagrees.
        which: Which,
        /// How many records it covers.
        size: u64,
        /// The records before this one agree with a kept checkpoint.
        confirmed: u64,
    },
    /// A note is not a checkpoint signed by the log's key.
    BadSignature {
        /// The note.
        which: Which,
        /// What is wrong with it.
        why: BadCheckpoint,
    },
    /// A kept checkpoint lies outside of the records at hand and no proof connects it.
    NotCovered {
        /// The checkpoint.
        which: Which,
        /// How many records it covers.
        size: u64,
    },
    /// The bundle names another key than the one that is trusted.
    OtherKey,
    /// The head of a bundle is damaged.
    Header,
    /// The end of a bundle is damaged: the signed checkpoint, or something follows it.
    Footer,
    /// The bundle could not be read to its end.
    Unread(ErrorKind),
}

impl Fault {
    /// The first bad record, if a record can be named.
    pub fn sequence(&self) -> Option<u64> {
        match *self {
            Self::BadRecord { sequence, .. }
            | Self::WrongHash { sequence }
            | Self::MissingRecord { sequence }
            | Self::BadLine { sequence } => Some(sequence),
            _ => None,
        }
    }

    /// What is still safe and what to do.
    fn advice(&self) -> &'static str {
        match self {
            Self::BadRecord { .. }
            | Self::WrongHash { .. }
            | Self::MissingRecord { .. }
            | Self::BadLine { .. } => {
                "The records before it agree with their hashes. Keep this copy as evidence and compare that record \
                 with another copy of the log."
            }
            Self::WrongNode { .. } => {
                "The records themselves agree with their hashes. Keep this copy as evidence; the node can be computed \
                 again from the records once a kept checkpoint has confirmed them."
            }
            Self::Truncated { .. } => {
                "Records at the end are gone, or an older copy was put back. Restore a newer copy of the log; the \
                 records that are there have not been judged."
            }
            Self::CheckpointMismatch { .. } => {
                "The log was rewritten after that checkpoint was signed, or this is another log. Keep this copy and \
                 the checkpoint as evidence: together they prove it."
            }
            Self::BadSignature {
                which: Which::Kept(_),
                ..
            } => {
                "Nothing is said about the log yet. Check that the checkpoint belongs to this log and was kept unchanged."
            }
            Self::BadSignature {
                which: Which::Own, ..
            }
            | Self::Footer => {
                "Nothing vouches for the records without it. Get the checkpoint or the export again."
            }
            Self::NotCovered { .. } => {
                "Nothing is wrong so far. Export the log again with a proof for that size, or from its first record on."
            }
            Self::OtherKey => {
                "Nothing in it can be trusted. Check that the export is of the tenant whose key you keep."
            }
            Self::Header => "The records have not been judged. Export the log again.",
            Self::Unread(_) => "Nothing is said about the log yet. Check the medium and try again.",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadRecord { sequence, why } => write!(f, "record {sequence} is not a record: {why}.")?,
            Self::WrongHash { sequence } => {
                write!(
                    f,
                    "record {sequence} has been changed: it and its stored hash differ."
                )?;
            }
            Self::MissingRecord { sequence } => write!(f, "record {sequence} is missing.")?,
            Self::BadLine { sequence } => {
                write!(
                    f,
                    "the bundle has no well-formed line for record {sequence} where it belongs."
                )?;
            }
            Self::WrongNode { level, index } => {
                let first = index.checked_shl((*level).into()).unwrap_or(u64::MAX);
                let last = first.saturating_add(1u64.checked_shl((*level).into()).unwrap_or(u64::MAX) - 1);
                write!(
                    f,
                    "the stored hash over records {first} to {last} has been changed."
                )?;
            }
            Self::Truncated {
                which,
                expected,
                found,
            } => {
                write!(
                    f,
                    "the log is cut off: {which} covers {expected} records, there are {found}."
                )?;
            }
            Self::CheckpointMismatch {
                which,
                size,
                confirmed,
            } => {
                write!(f, "{which} (size {size}) does not agree with the records: ")?;
                match confirmed {
                    0 => write!(f, "something before record {size} differs.")?,
                    _ => write!(
                        f,
                        "something from record {confirmed} up to before record {size} differs; a kept checkpoint \
                         confirms the records before {confirmed}."
                    )?,
                }
            }
            Self::BadSignature { which, why } => write!(f, "{which} cannot be used: {why}.")?,
            Self::NotCovered { which, size } => {
                write!(
                    f,
                    "{which} (size {size}) cannot be compared: it lies outside of the records at hand."
                )?;
            }
            Self::OtherKey => f.write_str("the bundle is signed by another key than the trusted one.")?,
            Self::Header => f.write_str("the head of the bundle is damaged or of an unknown format.")?,
            Self::Footer => f.write_str("the end of the bundle is damaged.")?,
            Self::Unread(kind) => write!(f, "the bundle could not be read: {kind}.")?,
        }
        write!(f, " {}", self.advice())
    }
}

impl std::error::Error for Fault {}
