//! Commits that can be held back, so that change sets gather behind them and go as one group.

use crate::world::{Someone, World, change, object, record};
use model::ids::ObjectId;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex};
use std::task::{Context, Poll, Waker};
use store::Receipt;
use store::backend::memory::MemoryBackend;
use store::backend::{Backend, BackendError, Snapshot, Space, WriteTransaction};
use store::fault::{CommitFailed, StoreFault};
use store::shards::Store;
use store::transaction::WriteTx;

/// What commits do at the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    Open,
    /// A commit waits until the gate opens.
    Shut,
    /// A commit stands before the gate.
    Waiting,
    /// Commits fail.
    Failing,
}

/// An engine in memory whose commits wait at a gate, so that a group can gather behind it.
struct GatedBackend {
    inner: MemoryBackend,
    gate: Arc<(Mutex<Gate>, Condvar)>,
}

struct GatedTransaction<'a> {
    inner: Box<dyn WriteTransaction + 'a>,
    gate: &'a (Mutex<Gate>, Condvar),
}

impl Backend for GatedBackend {
    fn name(&self) -> &'static str {
        "gated"
    }

    fn snapshot(&self) -> Result<Box<dyn Snapshot>, BackendError> {
        self.inner.snapshot()
    }

    fn begin(&self) -> Result<Box<dyn WriteTransaction + '_>, BackendError> {
        Ok(Box::new(GatedTransaction {
            inner: self.inner.begin()?,
            gate: &self.gate,
        }))
    }
}

impl WriteTransaction for GatedTransaction<'_> {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError> {
        self.inner.get(space, key)
    }

    fn put(&mut self, space: Space, key: &[u8], value: &[u8]) -> Result<(), BackendError> {
        self.inner.put(space, key, value)
    }

    fn delete(&mut self, space: Space, key: &[u8]) -> Result<(), BackendError> {
        self.inner.delete(space, key)
    }

    fn commit(self: Box<Self>) -> Result<(), BackendError> {
        let (gate, moved) = self.gate;
        let mut state = gate.lock().unwrap();
        while matches!(*state, Gate::Shut | Gate::Waiting) {
            *state = Gate::Waiting;
            moved.notify_all();
            state = moved.wait(state).unwrap();
        }
        if *state == Gate::Failing {
            return Err(BackendError::Failed("the disk is full".to_owned()));
        }
        drop(state);
        self.inner.commit()
    }
}

/// A world whose commits can be held back.
pub(crate) struct Held {
    pub(crate) world: World,
    gate: Arc<(Mutex<Gate>, Condvar)>,
}

pub(crate) type Answer<'a> = Pin<Box<dyn Future<Output = Result<Receipt, CommitFailed>> + 'a>>;

impl Held {
    pub(crate) fn new() -> Self {
        let gate = Arc::new((Mutex::new(Gate::Open), Condvar::new()));
        let backend = GatedBackend {
            inner: MemoryBackend::new(),
            gate: gate.clone(),
        };
        Self {
            world: World::on(Arc::new(backend)),
            gate,
        }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.world.store
    }

    pub(crate) fn admin(&self) -> Someone {
        self.world.realms[0].admin
    }

    pub(crate) fn set(&self, state: Gate) {
        *self.gate.0.lock().unwrap() = state;
        self.gate.1.notify_all();
    }

    pub(crate) fn objects<const N: usize>(&self) -> [ObjectId; N] {
        let admin = self.admin();
        std::array::from_fn(|_| {
            change(self.store(), admin, |tx| admin.create(tx, object(admin, "o"))).unwrap()
        })
    }

    /// A change set that is ready to be committed.
    pub(crate) fn prepared<T>(
        &self,
        prepare: impl FnOnce(Someone, &WriteTx) -> Result<T, StoreFault>,
    ) -> WriteTx {
        let tx = self.admin().write(self.store()).unwrap();
        prepare(self.admin(), &tx).unwrap();
        tx
    }

    /// Commits these change sets as one group, in this order, behind another one; `then` says what the gate does when
    /// they have gathered.
    pub(crate) fn commit_as_group(
        &self,
        sets: Vec<WriteTx>,
        then: Gate,
    ) -> Vec<Result<Receipt, CommitFailed>> {
        let first = self.prepared(|_, tx| {
            tx.record(record("first"));
            Ok(())
        });
        self.set(Gate::Shut);
        let mut first = self.submit(first);
        self.wait_for_a_commit();
        let answers: Vec<_> = sets.into_iter().map(|set| self.submit(set)).collect();
        self.set(then);
        assert_eq!(block_on(first.as_mut()).is_ok(), then == Gate::Open);
        answers
            .into_iter()
            .map(|mut answer| block_on(answer.as_mut()))
            .collect()
    }

    /// Waits until a commit stands at the shut gate.
    pub(crate) fn wait_for_a_commit(&self) {
        let (gate, moved) = &*self.gate;
        drop(
            moved
                .wait_while(gate.lock().unwrap(), |state| *state != Gate::Waiting)
                .unwrap(),
        );
    }

    /// Puts a change set into the queue.
    pub(crate) fn submit(&self, set: WriteTx) -> Answer<'_> {
        let mut answer: Answer<'_> = Box::pin(self.store().commit(set));
        assert!(matches!(
            answer.as_mut().poll(&mut Context::from_waker(Waker::noop())),
            Poll::Pending
        ));
        answer
    }
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

/// Which of the change sets were committed; all others met a conflict.
pub(crate) fn committed(answers: &[Result<Receipt, CommitFailed>]) -> Vec<bool> {
    let is_committed = |answer: &Result<Receipt, CommitFailed>| match answer {
        Ok(_) => true,
        Err(CommitFailed::Conflict) => false,
        Err(other) => panic!("{other}"),
    };
    answers.iter().map(is_committed).collect()
}

pub(crate) fn rename(
    id: ObjectId,
    name: &'static str,
) -> impl FnOnce(Someone, &WriteTx) -> Result<(), StoreFault> {
    move |admin, tx| {
        admin
            .update(tx, id, |object| object.name = Some(name.parse().unwrap()))
            .map(|_| ())
    }
}
