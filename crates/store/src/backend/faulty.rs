//! For tests: wraps an engine and stops it at a chosen call, as a crash or a failing disk would. The layers above run
//! their work once per call number, drop everything, open the inner engine anew and check what is there.
//!
//! It does not know what the calls do. Nothing of it is used by the running server.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Backend, BackendError, Direction, KeyRange, Snapshot, Space, Visit, WriteTransaction};

/// Where to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stop {
    /// The number of the call that fails, from 1. Every call of the backend, of its snapshots and of its transactions
    /// counts, except `name`; the calls after it fail too.
    pub at_call: u64,
    /// If that call is a commit: fail after the inner commit instead of before, like a crash between the sync and the
    /// answer.
    pub after_commit: bool,
}

impl Stop {
    /// Never: for counting the calls of a piece of work.
    pub const NEVER: Self = Self {
        at_call: u64::MAX,
        after_commit: false,
    };
}

/// The wrapper.
pub struct FaultyBackend {
    inner: Arc<dyn Backend>,
    fuse: Arc<Fuse>,
}

impl FaultyBackend {
    /// Wraps an engine.
    pub fn new(inner: Arc<dyn Backend>, stop: Stop) -> Self {
        Self {
            inner,
            fuse: Arc::new(Fuse {
                stop,
                calls: AtomicU64::new(0),
            }),
        }
    }

    /// Wraps another engine that stops together with this one: the calls of both are counted as one row.
    pub fn beside(&self, inner: Arc<dyn Backend>) -> Self {
        Self {
            inner,
            fuse: self.fuse.clone(),
        }
    }

    /// How many calls there were, the failed ones included.
    pub fn calls(&self) -> u64 {
        self.fuse.calls.load(Ordering::SeqCst)
    }
}

struct Fuse {
    stop: Stop,
    calls: AtomicU64,
}

impl Fuse {
    fn call(&self) -> Result<(), BackendError> {
        if self.next() < self.stop.at_call {
            Ok(())
        } else {
            Err(stopped())
        }
    }

    fn next(&self) -> u64 {
        self.calls.fetch_add(1, Ordering::SeqCst) + 1
    }
}

fn stopped() -> BackendError {
    BackendError::Failed("stopped by the test".to_owned())
}

impl Backend for FaultyBackend {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn snapshot(&self) -> Result<Box<dyn Snapshot>, BackendError> {
        self.fuse.call()?;
        Ok(Box::new(FaultySnapshot {
            inner: self.inner.snapshot()?,
            fuse: Arc::clone(&self.fuse),
        }))
    }

    fn begin(&self) -> Result<Box<dyn WriteTransaction + '_>, BackendError> {
        self.fuse.call()?;
        Ok(Box::new(FaultyTransaction {
            inner: self.inner.begin()?,
            fuse: &self.fuse,
        }))
    }
}

struct FaultySnapshot {
    inner: Box<dyn Snapshot>,
    fuse: Arc<Fuse>,
}

impl Snapshot for FaultySnapshot {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError> {
        self.fuse.call()?;
        self.inner.get(space, key)
    }

    fn get_many(&self, space: Space, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, BackendError> {
        self.fuse.call()?;
        self.inner.get_many(space, keys)
    }

    fn scan(
        &self,
        space: Space,
        range: &KeyRange,
        direction: Direction,
        visit: Visit<'_>,
    ) -> Result<(), BackendError> {
        self.fuse.call()?;
        self.inner.scan(space, range, direction, visit)
    }
}

struct FaultyTransaction<'a> {
    inner: Box<dyn WriteTransaction + 'a>,
    fuse: &'a Fuse,
}

impl WriteTransaction for FaultyTransaction<'_> {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError> {
        self.fuse.call()?;
        self.inner.get(space, key)
    }

    fn put(&mut self, space: Space, key: &[u8], value: &[u8]) -> Result<(), BackendError> {
        self.fuse.call()?;
        self.inner.put(space, key, value)
    }

    fn delete(&mut self, space: Space, key: &[u8]) -> Result<(), BackendError> {
        self.fuse.call()?;
        self.inner.delete(space, key)
    }

    fn commit(self: Box<Self>) -> Result<(), BackendError> {
        let Stop {
            at_call,
            after_commit,
        } = self.fuse.stop;
        let call = self.fuse.next();
        if call < at_call {
            return self.inner.commit();
        }
        if call == at_call && after_commit {
            self.inner.commit()?;
        }
        Err(stopped())
    }
}
