//! The queue before the writer: bounded in number and bytes, closed when the writer has ended.

use super::Writer;
use crate::backend::Backend;
use crate::change::{ChangeSet, Receipt};
use crate::fault::CommitFailed;
use crate::keys::Keys;
use crate::projection::Projections;
use model::limits::{COMMIT_QUEUE_BYTES_MAX, COMMIT_QUEUE_MAX};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use tokio::sync::{mpsc, oneshot};

pub(super) type Answer = oneshot::Sender<Result<Receipt, CommitFailed>>;

pub(super) struct Job {
    pub(super) change: ChangeSet,
    pub(super) answer: Answer,
    pub(super) weight: Weight,
}

/// The bytes of a job that waits; given back when the job is taken or dropped.
pub(super) struct Weight {
    pub(super) bytes: usize,
    waiting: Arc<AtomicUsize>,
}

impl Weight {
    /// Nothing if too much waits already.
    fn join(bytes: usize, waiting: &Arc<AtomicUsize>) -> Option<Self> {
        let before = waiting.fetch_add(bytes, Ordering::AcqRel);
        let weight = Self {
            bytes,
            waiting: waiting.clone(),
        };
        // A change set that is larger than the whole queue may still go alone.
        (before == 0 || before + bytes <= COMMIT_QUEUE_BYTES_MAX).then_some(weight)
    }
}

impl Drop for Weight {
    fn drop(&mut self) {
        self.waiting.fetch_sub(self.bytes, Ordering::AcqRel);
    }
}

/// How many commits were made durable and with how many syncs.
#[derive(Debug, Default)]
pub struct CommitCounts {
    /// Change sets committed.
    pub commits: AtomicU64,
    /// Groups written: one sync each.
    pub syncs: AtomicU64,
}

/// The way to the writer. Dropping it lets the writer finish its queue and end.
pub(crate) struct Committer {
    queue: Option<mpsc::Sender<Job>>,
    thread: Option<std::thread::JoinHandle<()>>,
    stopped: Arc<AtomicBool>,
    waiting_bytes: Arc<AtomicUsize>,
    pub(crate) counts: Arc<CommitCounts>,
}

impl Committer {
    pub(crate) fn start(
        backend: Arc<dyn Backend>,
        keys: Arc<Keys>,
        projections: Arc<Projections>,
        generation: u64,
    ) -> std::io::Result<Self> {
        let (queue, jobs) = mpsc::channel(COMMIT_QUEUE_MAX);
        let stopped = Arc::new(AtomicBool::new(false));
        let counts = Arc::new(CommitCounts::default());
        let writer = Writer {
            backend,
            keys,
            projections,
            counts: counts.clone(),
            ends: BTreeMap::new(),
            generation,
        };
        let ending = Ending(stopped.clone());
        let thread = std::thread::Builder::new()
            .name("holdfast-writer".into())
            .spawn(move || writer.run(jobs, &ending))?;
        Ok(Self {
            queue: Some(queue),
            thread: Some(thread),
            stopped,
            waiting_bytes: Arc::default(),
            counts,
        })
    }

    /// Hands a change set over. The receiver resolves when it is durable or refused.
    pub(crate) fn submit(
        &self,
        change: ChangeSet,
    ) -> Result<oneshot::Receiver<Result<Receipt, CommitFailed>>, CommitFailed> {
        if self.is_stopped() {
            return Err(CommitFailed::Stopped);
        }
        let weight = Weight::join(change.bytes(), &self.waiting_bytes).ok_or(CommitFailed::Busy)?;
        let (answer, receiver) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or(CommitFailed::Stopped)?;
        queue
            .try_send(Job {
                change,
                answer,
                weight,
            })
            .map_err(|refused| match refused {
                mpsc::error::TrySendError::Full(_) => CommitFailed::Busy,
                mpsc::error::TrySendError::Closed(_) => CommitFailed::Stopped,
            })?;
        Ok(receiver)
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the writer was reported when it happened; there is nobody left to tell.
            let _ = thread.join();
        }
    }
}

/// Tells everybody that the writer has ended, however it came to that: a panic stops the store like a failed write.
pub(super) struct Ending(Arc<AtomicBool>);

impl Ending {
    pub(super) fn announce(&self) {
        self.0.store(true, Ordering::Release);
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.announce();
    }
}
