//! An engine in memory, for tests: the model that the engines on disk are compared with.
//!
//! It stores nothing on a disk. A snapshot shares the maps of the spaces; a commit copies a map only when a snapshot
//! still holds it, and never a key or a value.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::writer::{Batch, Writer, Writes};
use super::{Backend, BackendError, Direction, KeyRange, PerSpace, Snapshot, Space, Visit, WriteTransaction};

type Rows = PerSpace<Arc<BTreeMap<Arc<[u8]>, Arc<[u8]>>>>;

/// The engine.
pub struct MemoryBackend {
    rows: RwLock<Rows>,
    writer: Writer,
}

impl MemoryBackend {
    /// An empty engine.
    pub fn new() -> Self {
        Self {
            rows: RwLock::default(),
            writer: Writer::new(0, None),
        }
    }
}

impl Default for MemoryBackend {
    fn default() -> Self {
        Self::new()
    }
}

impl Backend for MemoryBackend {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn snapshot(&self) -> Result<Box<dyn Snapshot>, BackendError> {
        self.latest()
    }

    fn begin(&self) -> Result<Box<dyn WriteTransaction + '_>, BackendError> {
        self.writer.begin(self)
    }
}

impl Batch for MemoryBackend {
    fn latest(&self) -> Result<Box<dyn Snapshot>, BackendError> {
        let rows = self.rows.read().unwrap_or_else(PoisonError::into_inner);
        Ok(Box::new(MemorySnapshot { rows: rows.clone() }))
    }

    fn apply(&self, mut writes: Writes, _commit: u64) -> Result<(), BackendError> {
        let mut rows = self.rows.write().unwrap_or_else(PoisonError::into_inner);
        for space in Space::ALL {
            let changes = std::mem::take(writes.of_mut(space));
            if changes.is_empty() {
                continue;
            }
            let map = Arc::make_mut(rows.of_mut(space));
            for (key, value) in changes {
                match value {
                    Some(value) => map.insert(key.into(), value.into()),
                    None => map.remove(key.as_slice()),
                };
            }
        }
        Ok(())
    }
}

struct MemorySnapshot {
    rows: Rows,
}

impl Snapshot for MemorySnapshot {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError> {
        Ok(self.rows.of(space).get(key).map(|value| value.to_vec()))
    }

    fn scan(
        &self,
        space: Space,
        range: &KeyRange,
        direction: Direction,
        visit: Visit<'_>,
    ) -> Result<(), BackendError> {
        let Some(bounds) = range.bounds()? else {
            return Ok(());
        };
        let rows = self.rows.of(space).range::<[u8], _>(bounds);
        let mut call = |(key, value): (&Arc<[u8]>, &Arc<[u8]>)| visit(key, value).is_break();
        match direction {
            Direction::Forward => rows.into_iter().any(&mut call),
            Direction::Backward => rows.rev().any(&mut call),
        };
        Ok(())
    }
}
