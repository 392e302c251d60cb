//! Counts what is open on one connection: requests, from their arrival to the last byte of their answers, and bytes that
//! the peer does not take. So a connection on which nothing happens can be told from one that waits for a long answer, and
//! both from one whose peer has stopped reading. It knows no protocol.

mod body;
mod sending;

pub(crate) use body::Counted;
pub(crate) use sending::Sending;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// What is open on one connection.
#[derive(Clone)]
pub(crate) struct Activity(Arc<Counts>);

struct Counts {
    open: watch::Sender<usize>,
    /// Places at which something waits for the peer to take it.
    held_up: AtomicUsize,
    /// How often such a wait has ended.
    taken: AtomicU64,
}

impl Activity {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Counts {
            open: watch::Sender::new(0),
            held_up: AtomicUsize::new(0),
            taken: AtomicU64::new(0),
        }))
    }

    /// A request began; it ends when the value is dropped.
    pub(crate) fn begin(&self) -> Open {
        // Who waits wants to know only of the first and of the last.
        self.0.open.send_if_modified(|open| {
            *open += 1;
            *open == 1
        });
        Open(self.clone())
    }

    /// Something is ready for the peer; dropped when the peer has taken it.
    fn hold_up(&self) -> HeldUp {
        self.0.held_up.fetch_add(1, Ordering::Relaxed);
        HeldUp(self.begin())
    }

    /// Ends once nothing was open for `first` (before the first request) or `later` (after one).
    pub(crate) async fn quiet(&self, first: Duration, later: Duration) {
        let mut open = self.0.open.subscribe();
        let mut patience = first;
        // The sender lives as long as `self`, so waiting never fails.
        while open.wait_for(|open| *open == 0).await.is_ok() {
            match timeout(patience, open.changed()).await {
                Ok(_) => patience = later,
                Err(_) => return,
            }
        }
    }

    /// Ends once something waited for the peer during all of `patience`, and half of it more at most, and the peer took
    /// nothing at all in that time. What a peer takes slowly is taken.
    pub(crate) async fn stalled(&self, patience: Duration) {
        const LOOKS: u32 = 4;
        let (mut taken, mut looks) = (0, 0);
        while looks <= LOOKS {
            sleep(patience / LOOKS).await;
            let now = self.0.taken.load(Ordering::Relaxed);
            let waits = self.0.held_up.load(Ordering::Relaxed) > 0;
            looks = match (waits, now == taken) {
                (false, _) => 0,
                (true, false) => 1,
                (true, true) => looks + 1,
            };
            taken = now;
        }
    }
}

/// One open request.
pub(crate) struct Open(Activity);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.0.open.send_if_modified(|open| {
            *open = open.saturating_sub(1);
            *open == 0
        });
    }
}

/// Something that waits for the peer to take it.
struct HeldUp(Open);

impl Drop for HeldUp {
    fn drop(&mut self) {
        let counts = &*self.0.0.0;
        counts.taken.fetch_add(1, Ordering::Relaxed);
        counts.held_up.fetch_sub(1, Ordering::Relaxed);
    }
}
