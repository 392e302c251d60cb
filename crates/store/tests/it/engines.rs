//! The engines as values, so that one test runs on each of them, and the model that they are compared with.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use store::backend::fjall::FjallBackend;
use store::backend::memory::MemoryBackend;
use store::backend::redb::RedbBackend;
use store::backend::{Backend, BackendError, Direction, KeyRange, Snapshot, Space};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Memory,
    Fjall,
    Redb,
}

impl Engine {
    pub(crate) const ON_DISK: [Self; 2] = [Self::Fjall, Self::Redb];
    pub(crate) const ALL: [Self; 3] = [Self::Memory, Self::Fjall, Self::Redb];

    pub(crate) fn open(self, directory: &Path) -> Result<Arc<dyn Backend>, BackendError> {
        Ok(match self {
            Self::Memory => Arc::new(MemoryBackend::new()),
            Self::Fjall => Arc::new(FjallBackend::open(directory)?),
            Self::Redb => Arc::new(RedbBackend::open(directory)?),
        })
    }

    /// Gives the engine up and opens it again; memory has nothing to open and is passed on.
    pub(crate) fn reopen(self, backend: Arc<dyn Backend>, directory: &Path) -> Arc<dyn Backend> {
        if self == Self::Memory {
            return backend;
        }
        assert_eq!(Arc::strong_count(&backend), 1, "somebody still holds the engine");
        drop(backend);
        self.open(directory).unwrap()
    }
}

pub(crate) type Rows = Vec<(Vec<u8>, Vec<u8>)>;

/// What an engine should hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Model(BTreeMap<Space, BTreeMap<Vec<u8>, Vec<u8>>>);

impl Model {
    pub(crate) fn set(&mut self, space: Space, key: &[u8], value: Option<&[u8]>) {
        let rows = self.0.entry(space).or_default();
        match value {
            Some(value) => rows.insert(key.to_vec(), value.to_vec()),
            None => rows.remove(key),
        };
    }

    pub(crate) fn get(&self, space: Space, key: &[u8]) -> Option<Vec<u8>> {
        self.0.get(&space)?.get(key).cloned()
    }

    pub(crate) fn scan(&self, space: Space, range: &KeyRange, direction: Direction) -> Rows {
        let rows = self.0.get(&space).into_iter().flatten();
        let inside = |key: &Vec<u8>| *key >= range.start && range.end.as_ref().is_none_or(|end| key < end);
        let mut rows: Rows = rows
            .filter(|(key, _)| inside(key))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        if direction == Direction::Backward {
            rows.reverse();
        }
        rows
    }
}

/// The first rows of a scan, at most `limit`: the visitor breaks at the last.
pub(crate) fn scan(
    snapshot: &dyn Snapshot,
    space: Space,
    range: &KeyRange,
    direction: Direction,
    limit: usize,
) -> Result<Rows, BackendError> {
    let mut rows = Vec::new();
    snapshot.scan(space, range, direction, &mut |key, value| {
        assert!(rows.len() < limit, "the scan went on after the break");
        rows.push((key.to_vec(), value.to_vec()));
        if rows.len() == limit {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })?;
    Ok(rows)
}

pub(crate) fn everything() -> KeyRange {
    KeyRange::prefix(b"")
}

/// Compares all rows of all spaces, in both directions and one by one.
pub(crate) fn assert_holds(snapshot: &dyn Snapshot, model: &Model) {
    for space in Space::ALL {
        for direction in [Direction::Forward, Direction::Backward] {
            let found = scan(snapshot, space, &everything(), direction, usize::MAX).unwrap();
            assert!(
                found == model.scan(space, &everything(), direction),
                "{space:?} {direction:?}"
            );
        }
        let rows = model.scan(space, &everything(), Direction::Forward);
        let keys: Vec<Vec<u8>> = rows.iter().rev().map(|(key, _)| key.clone()).collect();
        let values: Vec<Option<Vec<u8>>> = rows.iter().rev().map(|(_, value)| Some(value.clone())).collect();
        assert!(
            snapshot.get_many(space, &keys).unwrap() == values,
            "{space:?} get_many"
        );
    }
}
