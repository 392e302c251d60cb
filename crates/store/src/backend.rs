//! The storage trait: an ordered, transactional key-value engine with one writer. Everything above speaks to engines
//! only through this; no engine type leaks.
//!
//! It does not know tenants, rows or encryption: keys and values are bytes. Values arrive sealed, and no key carries
//! readable text. One conformance suite (`tests/it/conformance.rs`) runs against every implementation.

pub mod faulty;
pub mod fjall;
pub mod memory;
pub mod redb;

use std::ops::ControlFlow;
use std::path::PathBuf;

/// The parts of a shard. Each is a keyspace of its own in the engine, so that the identity part (users, credentials)
/// and the payload part (devices, telemetry) never share a file (R121).
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
    #[error("{} is damaged: {detail}. Nothing was changed. Restore it from a backup", file.display())]
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

/// Keys from `start` (inclusive) to `end` (exclusive; unbounded when absent).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRange {
    /// First key.
    pub start: Vec<u8>,
    /// One past the last key.
    pub end: Option<Vec<u8>>,
}

impl KeyRange {
    /// Every key that begins with `prefix`.
    pub fn prefix(prefix: &[u8]) -> Self {
        let mut end = prefix.to_vec();
        while let Some(last) = end.pop() {
            if let Some(next) = last.checked_add(1) {
                end.push(next);
                return Self { start: prefix.to_vec(), end: Some(end) };
            }
        }
        Self { start: prefix.to_vec(), end: None }
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

    /// Begins the one write transaction; a second call waits or fails. Only the committer calls this.
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

    /// Sets a key.
    fn put(&mut self, space: Space, key: &[u8], value: &[u8]) -> Result<(), BackendError>;

    /// Removes a key; no error if it is not there.
    fn delete(&mut self, space: Space, key: &[u8]) -> Result<(), BackendError>;

    /// Makes everything visible and durable, all or nothing. When this returns `Ok`, it is synced to the disk.
    fn commit(self: Box<Self>) -> Result<(), BackendError>;
}
