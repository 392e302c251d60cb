//! The write transaction that all engines share: own writes are held in memory over a snapshot of the latest state, and
//! go to the engine as one batch at commit. So a dropped transaction cannot leave anything behind, and an engine needs
//! only two things: a snapshot, and an atomic, durable batch.
//!
//! It does not know how an engine stores anything.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::mark::Mark;
use super::{BackendError, KEY_BYTES_MAX, PerSpace, Snapshot, Space, WriteTransaction};

/// The writes of one commit: per space the last value of each key, `None` where the key is removed.
pub(super) type Writes = PerSpace<BTreeMap<Vec<u8>, Option<Vec<u8>>>>;

/// What an engine gives to the writer.
pub(super) trait Batch {
    /// A view of the latest state.
    fn latest(&self) -> Result<Box<dyn Snapshot>, BackendError>;

    /// Applies everything or nothing, together with the number of the commit, and syncs it to the disk.
    fn apply(&self, writes: Writes, commit: u64) -> Result<(), BackendError>;
}

/// The one writer of an engine.
pub(super) struct Writer {
    turn: Mutex<Turn>,
}

struct Turn {
    /// The number of the last commit.
    commit: u64,
    mark: Option<Mark>,
    /// A commit was begun and not finished: what is on the disk is unknown until the engine is opened anew.
    stopped: bool,
}

impl Writer {
    /// Goes on after commit number `commit`; each acknowledged commit is noted in `mark`.
    pub(super) fn new(commit: u64, mark: Option<Mark>) -> Self {
        Self {
            turn: Mutex::new(Turn {
                commit,
                mark,
                stopped: false,
            }),
        }
    }

    pub(super) fn begin<'a>(
        &'a self,
        engine: &'a dyn Batch,
    ) -> Result<Box<dyn WriteTransaction + 'a>, BackendError> {
        // A panic while a transaction was open is harmless unless it was in the commit, and then `stopped` is set.
        let turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if turn.stopped {
            return Err(BackendError::Failed(
                "a commit failed before; the engine must be opened anew".to_owned(),
            ));
        }
        let latest = engine.latest()?;
        Ok(Box::new(Transaction {
            engine,
            latest,
            turn,
            writes: Writes::default(),
        }))
    }
}

struct Transaction<'a> {
    engine: &'a dyn Batch,
    latest: Box<dyn Snapshot>,
    turn: MutexGuard<'a, Turn>,
    writes: Writes,
}

impl WriteTransaction for Transaction<'_> {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError> {
        match self.writes.of(space).get(key) {
            Some(own) => Ok(own.clone()),
            None => self.latest.get(space, key),
        }
    }

    fn put(&mut self, space: Space, key: &[u8], value: &[u8]) -> Result<(), BackendError> {
        if !storable(key) {
            let length = key.len();
            return Err(BackendError::Failed(format!(
                "a key of {length} bytes is not 1 to {KEY_BYTES_MAX} long"
            )));
        }
        self.writes
            .of_mut(space)
            .insert(key.to_vec(), Some(value.to_vec()));
        Ok(())
    }

    fn delete(&mut self, space: Space, key: &[u8]) -> Result<(), BackendError> {
        if storable(key) {
            self.writes.of_mut(space).insert(key.to_vec(), None);
        }
        Ok(())
    }

    fn commit(mut self: Box<Self>) -> Result<(), BackendError> {
        let writes = std::mem::take(&mut self.writes);
        if Space::ALL.iter().all(|space| writes.of(*space).is_empty()) {
            return Ok(());
        }
        let commit = self.turn.commit + 1;
        self.turn.stopped = true;
        self.engine.apply(writes, commit)?;
        if let Some(mark) = &self.turn.mark {
            mark.acknowledge(commit)?;
        }
        self.turn.commit = commit;
        self.turn.stopped = false;
        Ok(())
    }
}

/// Whether every engine can store the key.
pub(super) fn storable(key: &[u8]) -> bool {
    !key.is_empty() && key.len() <= KEY_BYTES_MAX
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::Backend as _;
    use crate::backend::memory::MemoryBackend;

    /// An engine whose second commit fails or panics.
    struct Failing {
        inner: MemoryBackend,
        panics: bool,
    }

    impl Batch for Failing {
        fn latest(&self) -> Result<Box<dyn Snapshot>, BackendError> {
            self.inner.snapshot()
        }

        fn apply(&self, _writes: Writes, commit: u64) -> Result<(), BackendError> {
            assert!(commit < 2 || !self.panics, "the engine panics");
            if commit < 2 {
                Ok(())
            } else {
                Err(BackendError::Failed("disk full".to_owned()))
            }
        }
    }

    fn commit(writer: &Writer, engine: &Failing) -> Result<(), BackendError> {
        let mut transaction = writer.begin(engine)?;
        transaction.put(Space::Payload, b"key", b"value")?;
        transaction.commit()
    }

    // R129
    #[test]
    fn after_a_failed_commit_nothing_is_acknowledged_any_more() {
        let engine = Failing {
            inner: MemoryBackend::new(),
            panics: false,
        };
        let writer = Writer::new(0, None);
        assert_eq!(commit(&writer, &engine), Ok(()));
        assert_eq!(
            commit(&writer, &engine),
            Err(BackendError::Failed("disk full".to_owned()))
        );
        assert!(writer.begin(&engine).is_err());
    }

    #[test]
    fn after_a_panic_in_a_commit_nothing_is_acknowledged_any_more() {
        let engine = Failing {
            inner: MemoryBackend::new(),
            panics: true,
        };
        let writer = Writer::new(1, None);
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| commit(&writer, &engine)));
        assert!(caught.is_err());
        assert!(writer.begin(&engine).is_err());
    }

    #[test]
    fn a_panic_outside_a_commit_stops_nothing() {
        let engine = Failing {
            inner: MemoryBackend::new(),
            panics: false,
        };
        let writer = Writer::new(0, None);
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _open = writer.begin(&engine);
            panic!("the caller panics");
        }));
        assert!(caught.is_err());
        assert_eq!(commit(&writer, &engine), Ok(()));
    }
}
