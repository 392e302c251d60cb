//! What waits to be sent, on the disk: it survives the end of the program at any moment, and is bounded.
//!
//! Two lanes. What must be *kept* (security events, results of operations) goes before *readings*, and is given up only
//! when there is no reading left to give up. Everything kept is on the disk before it counts as kept; readings are made
//! safe against a loss of power every few seconds, and against the end of the program at once. What is settled is not
//! made safe against a loss of power: it may then be sent twice, as QoS 1 allows.

mod log;

pub(crate) use log::Message;

use log::Log;
use model::time::Timestamp;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// Bytes on the disk at most: about a week of a reading every ten seconds.
pub const QUEUE_BYTES_MAX: u64 = 64 << 20;
/// Readings older than this are given up.
pub const READING_DAYS_MAX: i64 = 14;
const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;
/// Readings are made safe against a loss of power this often.
const SYNC_EVERY: Duration = Duration::from_secs(5);
/// The count of what was given up and not reported yet.
const LOST: &str = "lost";

/// Something could not be queued, or not be read again.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// The disk.
    #[error("the queue on the disk: {0}")]
    Io(#[from] io::Error),
    /// Longer than any message.
    #[error("the message is too long to be sent")]
    TooLong,
    /// Somebody else has written into its files.
    #[error("a file of the queue is damaged")]
    Damaged,
}

/// Which lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Lane {
    /// Goes first and is given up last.
    Kept,
    /// Measurements.
    Readings,
}

/// A message in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct MessageId {
    pub(crate) lane: Lane,
    sequence: u64,
}

/// How far a session has come: what it has sent is not given to it again.
#[derive(Debug, Default)]
pub(crate) struct Cursor {
    kept: Option<u64>,
    readings: Option<u64>,
}

/// The queue.
#[derive(Debug)]
pub(crate) struct Queue {
    lanes: Mutex<Lanes>,
    filled: Notify,
    bytes_max: u64,
    lost_file: PathBuf,
}

#[derive(Debug)]
struct Lanes {
    kept: Log,
    readings: Log,
    lost: u64,
    synced_at: Instant,
}

impl Queue {
    /// Opens the queue in a directory, which is made if it is missing.
    pub(crate) fn open(directory: &Path, bytes_max: u64) -> Result<Self, QueueError> {
        let lanes = Lanes {
            kept: Log::open(&directory.join("kept"))?,
            readings: Log::open(&directory.join("readings"))?,
            lost: lost_in(directory),
            synced_at: Instant::now(),
        };
        Ok(Self {
            lanes: Mutex::new(lanes),
            filled: Notify::new(),
            bytes_max,
            lost_file: directory.join(LOST),
        })
    }

    /// Adds a message. The oldest readings give way if there is too much.
    pub(crate) fn push(&self, lane: Lane, time: Timestamp, message: &Message) -> Result<(), QueueError> {
        let mut lanes = self.lanes();
        let oldest = time.plus_millis(-READING_DAYS_MAX * DAY_MILLIS);
        while lanes.readings.is_oldest_before(oldest) {
            self.give_up(&mut lanes)?;
        }
        while lanes.bytes() + message.bytes() > self.bytes_max && lanes.waiting() > 0 {
            self.give_up(&mut lanes)?;
        }
        let added = lanes.add(lane, time, message);
        match added {
            Err(QueueError::Io(error)) if is_full(&error) && lanes.readings.len() > 0 => {
                self.give_up(&mut lanes)?;
                lanes.add(lane, time, message)?;
            }
            other => other?,
        }
        drop(lanes);
        self.filled.notify_one();
        Ok(())
    }

    /// The next message to be sent, what is kept first.
    pub(crate) fn next(&self, cursor: &mut Cursor) -> Result<Option<(MessageId, Message)>, QueueError> {
        let lanes = self.lanes();
        if let Some((sequence, message)) = lanes.kept.oldest_after(cursor.kept)? {
            cursor.kept = Some(sequence);
            let lane = Lane::Kept;
            return Ok(Some((MessageId { lane, sequence }, message)));
        }
        let Some((sequence, message)) = lanes.readings.oldest_after(cursor.readings)? else {
            return Ok(None);
        };
        cursor.readings = Some(sequence);
        let lane = Lane::Readings;
        Ok(Some((MessageId { lane, sequence }, message)))
    }

    /// Waits until there may be something new. For one waiter.
    pub(crate) async fn filled(&self) {
        self.filled.notified().await;
    }

    /// A message has arrived, or never will: it does not come again.
    pub(crate) fn settle(&self, id: MessageId) -> Result<(), QueueError> {
        let mut lanes = self.lanes();
        match id.lane {
            Lane::Kept => lanes.kept.settle(id.sequence),
            Lane::Readings => lanes.readings.settle(id.sequence),
        }
    }

    /// Messages that wait: kept ones and readings.
    pub(crate) fn waiting(&self) -> (usize, usize) {
        let lanes = self.lanes();
        (lanes.kept.len(), lanes.readings.len())
    }

    /// Keeps a message about how many messages were given up, if there were any, and begins to count anew.
    pub(crate) fn report_lost(
        &self,
        time: Timestamp,
        about: impl FnOnce(u64) -> Message,
    ) -> Result<(), QueueError> {
        let lost = self.lanes().lost;
        if lost == 0 {
            return Ok(());
        }
        self.push(Lane::Kept, time, &about(lost))?;
        let mut lanes = self.lanes();
        // Making room for the message may have cost others.
        lanes.lost -= lost;
        self.note_lost(lanes.lost)
    }

    fn give_up(&self, lanes: &mut Lanes) -> Result<(), QueueError> {
        let lost = match lanes.readings.len() {
            0 => lanes.kept.give_up_oldest()?,
            _ => lanes.readings.give_up_oldest()?,
        };
        lanes.lost += lost;
        tracing::warn!(
            lost,
            "there is no room for more messages: the oldest are given up"
        );
        self.note_lost(lanes.lost)
    }

    fn note_lost(&self, lost: u64) -> Result<(), QueueError> {
        Ok(fs::write(&self.lost_file, lost.to_string())?)
    }

    fn lanes(&self) -> MutexGuard<'_, Lanes> {
        // What panics in between leaves what is on the disk, from which everything can be read again.
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lanes {
    fn add(&mut self, lane: Lane, time: Timestamp, message: &Message) -> Result<(), QueueError> {
        match lane {
            Lane::Kept => {
                self.kept.append(time, message)?;
                self.kept.sync()
            }
            Lane::Readings => {
                self.readings.append(time, message)?;
                if self.synced_at.elapsed() >= SYNC_EVERY {
                    self.synced_at = Instant::now();
                    self.readings.sync()?;
                }
                Ok(())
            }
        }
    }

    fn bytes(&self) -> u64 {
        self.kept.bytes() + self.readings.bytes()
    }

    fn waiting(&self) -> usize {
        self.kept.len() + self.readings.len()
    }
}

impl Message {
    fn bytes(&self) -> u64 {
        (self.topic.len() + self.payload.len()) as u64
    }
}

/// The disk has no room, or the owner of the files may not have more of it.
fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}

fn lost_in(directory: &Path) -> u64 {
    let text = fs::read_to_string(directory.join(LOST)).unwrap_or_default();
    text.trim().parse().unwrap_or(0)
}

/// What waits in a queue that somebody else works with: kept messages, readings, and those given up and not reported.
pub fn look(directory: &Path) -> Result<(usize, usize, u64), QueueError> {
    let count = |lane: &str| match directory.join(lane) {
        there if there.is_dir() => log::count(&there),
        _ => Ok(0),
    };
    Ok((count("kept")?, count("readings")?, lost_in(directory)))
}

#[cfg(test)]
mod tests;
