//! The queue before the writer: bounded in number and bytes, closed when the writer has ended.

use super::Writer;
use crate::backend::Backend;
use crate::change::{ChangeSet, Receipt};
use crate::fault::CommitFailed;
use crate::followers::Followers;
use crate::keys::Keys;
use model::ids::TenantNumber;
use model::limits::{COMMIT_QUEUE_BYTES_MAX, COMMIT_QUEUE_MAX};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// How long a fence waits before it looks for room in a full queue again.
const FENCE_AGAIN: Duration = Duration::from_millis(2);

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
        followers: Arc<Followers>,
        generation: Option<u64>,
    ) -> std::io::Result<Self> {
        let (queue, jobs) = mpsc::channel(COMMIT_QUEUE_MAX);
        let stopped = Arc::new(AtomicBool::new(false));
        let counts = Arc::new(CommitCounts::default());
        let writer = Writer {
            backend,
            keys,
            followers,
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

    /// A fence in the way of every command that was prepared before: it moves the tenant's rules, which each of them has
    /// read.
    pub(crate) fn fence(&self, tenant: TenantNumber) -> Fence {
        Fence {
            tenant,
            queue: self.queue.as_ref().map(mpsc::Sender::downgrade),
            waiting: self.waiting_bytes.clone(),
        }
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

/// A change set that makes commands of a tenant look again, on its way to the writer. It does not keep the writer from
/// ending.
pub(crate) struct Fence {
    tenant: TenantNumber,
    queue: Option<mpsc::WeakSender<Job>>,
    waiting: Arc<AtomicUsize>,
}

impl Fence {
    /// Waits until the fence stands. It stands as well when the writer has ended or the tenant's keys are destroyed: then
    /// nothing of the tenant is committed any more.
    pub(crate) async fn stand(self) {
        let (answer, receiver) = oneshot::channel();
        let mut job = Job {
            change: ChangeSet::fence(self.tenant),
            answer,
            weight: Weight {
                bytes: 0,
                waiting: self.waiting,
            },
        };
        // A full queue does not refuse it: what it fences off waits in that queue.
        while let Some(queue) = self.queue.as_ref().and_then(mpsc::WeakSender::upgrade) {
            match queue.try_send(job) {
                Ok(()) => {
                    drop(queue);
                    let _ = receiver.await;
                    return;
                }
                Err(mpsc::error::TrySendError::Closed(_)) => return,
                Err(mpsc::error::TrySendError::Full(refused)) => job = refused,
            }
            drop(queue);
            tokio::time::sleep(FENCE_AGAIN).await;
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
