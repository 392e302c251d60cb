//! The storage trait: an ordered, transactional key-value engine with one writer. Everything above speaks to engines
//! only through this; no engine type leaks.
//!
//! It does not know tenants, rows or encryption: keys and values are bytes. Values arrive sealed, and no key carries
//! readable text. One conformance suite (`tests/it/conformance.rs`) runs against every implementation.

pub mod faulty;
pub mod fjall;
pub mod memory;
pub mod redb;

mod mark;
mod writer;

use std::ops::{Bound, ControlFlow};
use std::path::{Path, PathBuf};

/// The longest key that every engine can store. A `put` of a longer or an empty key fails; such a key is never found.
pub const KEY_BYTES_MAX: usize = 65_535;

/// The parts of a shard. Each is a keyspace of its own in the engine, so that the identity part (users, credentials)
/// and the payload part (devices, telemetry) never share a table (R121). They share the journal of fjall and the file of
/// redb, because one commit covers both: there the keys of the seal keep them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Space {
    /// Tenants, id leases, the format version.
    Catalogue,
    /// Users, groups, credentials.
    Identity,
    /// Managed objects, external ids, measurements.
    Payload,
    /// Audit records and the nodes of their Merkle tree.
    Audit,
}

impl Space {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Catalogue, Self::Identity, Self::Payload, Self::Audit];

    /// The name of the keyspace in the engine.
    pub fn name(self) -> &'static str {
        match self {
            Self::Catalogue => "catalogue",
            Self::Identity => "identity",
            Self::Payload => "payload",
            Self::Audit => "audit",
        }
    }
}

/// An engine failed. After a failed write nothing more may be acknowledged: the writer stops.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BackendError {
    /// The engine's own files are damaged or not its own; `file` names what to restore.
    #[error("{} is damaged: {detail}. Restore it from a backup", file.display())]
    Damaged {
        /// The file or directory.
        file: PathBuf,
        /// What the engine said.
        detail: String,
    },
    /// Another process holds the directory.
    #[error("{} is in use by another process", directory.display())]
    InUse {
        /// The directory.
        directory: PathBuf,
    },
    /// Reading or writing failed.
    #[error("storage failed: {0}")]
    Failed(String),
}

impl BackendError {
    fn damaged(file: &Path, detail: impl Into<String>) -> Self {
        Self::Damaged {
            file: file.to_owned(),
            detail: detail.into(),
        }
    }

    /// What an error of the operating system means for a file that the engine wrote itself: a file that is missing,
    /// too short or senseless is damaged; everything else (permission, disk full, bad sector) is a failure.
    fn from_io(file: &Path, error: &std::io::Error) -> Self {
        use std::io::ErrorKind::{InvalidData, InvalidInput, NotFound, UnexpectedEof};
        match error.kind() {
            InvalidData | InvalidInput | NotFound | UnexpectedEof => Self::damaged(file, error.to_string()),
            _ => Self::Failed(format!("{}: {error}", file.display())),
        }
    }
}

/// Keys from `start` (inclusive) to `end` (exclusive; unbounded when absent).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRange {
    /// First key.
    pub start: Vec<u8>,
    /// One past the last key.
    pub end: Option<Vec<u8>>,
}

/// The first and last key of a range, as `BTreeMap` and the engines take them.
type Bounds<'a> = (Bound<&'a [u8]>, Bound<&'a [u8]>);

impl KeyRange {
    /// Every key that begins with `prefix`.
    pub fn prefix(prefix: &[u8]) -> Self {
        let mut end = prefix.to_vec();
        while let Some(last) = end.pop() {
            if let Some(next) = last.checked_add(1) {
                end.push(next);
                return Self {
                    start: prefix.to_vec(),
                    end: Some(end),
                };
            }
        }
        Self {
            start: prefix.to_vec(),
            end: None,
        }
    }

    /// The bounds for an engine; `None` when no key can be in the range. (Engines disagree about reversed ranges: some
    /// answer nothing, some panic. And some panic on a bound that is longer than any key.)
    fn bounds(&self) -> Result<Option<Bounds<'_>>, BackendError> {
        let longest = self.start.len().max(self.end.as_ref().map_or(0, Vec::len));
        if longest > KEY_BYTES_MAX {
            return Err(BackendError::Failed(format!(
                "a range bound of {longest} bytes is over the limit of {KEY_BYTES_MAX}"
            )));
        }
        let start = Bound::Included(self.start.as_slice());
        Ok(match &self.end {
            None => Some((start, Bound::Unbounded)),
            Some(end) if *end <= self.start => None,
            Some(end) => Some((start, Bound::Excluded(end.as_slice()))),
        })
    }
}

/// The order of a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Smallest key first.
    Forward,
    /// Largest key first.
    Backward,
}

/// What a scan calls for each row; `Break` ends the scan.
pub type Visit<'a> = &'a mut dyn FnMut(&[u8], &[u8]) -> ControlFlow<()>;

/// A storage engine. Implementations are directories of files, or memory for tests.
pub trait Backend: Send + Sync {
    /// The engine's name, as the configuration writes it.
    fn name(&self) -> &'static str;

    /// A consistent view of all spaces, as of the last commit that returned before this call.
    fn snapshot(&self) -> Result<Box<dyn Snapshot>, BackendError>;

    /// Begins the one write transaction; a second call waits until the first has ended. Only the committer and the
    /// lease of identifiers call this. After a failed commit every later call fails, until the engine is opened anew.
    fn begin(&self) -> Result<Box<dyn WriteTransaction + '_>, BackendError>;
}

/// A consistent view.
pub trait Snapshot: Send + Sync {
    /// The value of a key.
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError>;

    /// The values of many keys, in the order of the keys: one round trip where the engine has one.
    fn get_many(&self, space: Space, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, BackendError> {
        keys.iter().map(|key| self.get(space, key)).collect()
    }

    /// Visits the rows of a range in order until the visitor breaks.
    fn scan(
        &self,
        space: Space,
        range: &KeyRange,
        direction: Direction,
        visit: Visit<'_>,
    ) -> Result<(), BackendError>;
}

/// The one write transaction: reads see its own writes. Dropped without commit, it leaves nothing behind.
pub trait WriteTransaction {
    /// The value of a key, own writes included.
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError>;

    /// Sets a key. Keys have 1 to [`KEY_BYTES_MAX`] bytes.
    fn put(&mut self, space: Space, key: &[u8], value: &[u8]) -> Result<(), BackendError>;

    /// Removes a key; no error if it is not there.
    fn delete(&mut self, space: Space, key: &[u8]) -> Result<(), BackendError>;

    /// Makes everything visible and durable, all or nothing. When this returns `Ok`, it is synced to the disk.
    fn commit(self: Box<Self>) -> Result<(), BackendError>;
}

/// One value of each space.
#[derive(Debug, Clone, Default)]
struct PerSpace<T> {
    catalogue: T,
    identity: T,
    payload: T,
    audit: T,
}

impl<T> PerSpace<T> {
    fn try_new<E>(mut make: impl FnMut(Space) -> Result<T, E>) -> Result<Self, E> {
        Ok(Self {
            catalogue: make(Space::Catalogue)?,
            identity: make(Space::Identity)?,
            payload: make(Space::Payload)?,
            audit: make(Space::Audit)?,
        })
    }

    fn of(&self, space: Space) -> &T {
        match space {
            Space::Catalogue => &self.catalogue,
            Space::Identity => &self.identity,
            Space::Payload => &self.payload,
            Space::Audit => &self.audit,
        }
    }

    fn of_mut(&mut self, space: Space) -> &mut T {
        match space {
            Space::Catalogue => &mut self.catalogue,
            Space::Identity => &mut self.identity,
            Space::Payload => &mut self.payload,
            Space::Audit => &mut self.audit,
        }
    }
}
