//! Readings that are not sent yet: bounded, the oldest give way.

use crate::readings::Fragments;
use model::time::Timestamp;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Readings kept at most: an hour.
pub(super) const READINGS_MAX: usize = 3_600;

/// What the machine said at one time.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reading {
    /// Its place in the row of all readings; counts up without end.
    pub(super) sequence: u64,
    /// When it was taken.
    pub(super) time: Timestamp,
    /// What was read.
    pub(super) fragments: Fragments,
}

/// Filled by the one who reads, emptied by the one who sends.
#[derive(Debug, Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    filled: Notify,
}

#[derive(Debug, Default)]
struct State {
    readings: VecDeque<Reading>,
    next: u64,
    lost: u64,
}

impl Queue {
    /// Adds a reading; the oldest is lost if there are too many.
    pub(super) fn push(&self, time: Timestamp, fragments: Fragments) {
        let mut state = self.state();
        if state.readings.len() == READINGS_MAX {
            state.readings.pop_front();
            state.lost += 1;
        }
        let sequence = state.next;
        state.next += 1;
        state.readings.push_back(Reading {
            sequence,
            time,
            fragments,
        });
        self.filled.notify_one();
    }

    /// Waits until there is a reading. For one waiter.
    pub(super) async fn filled(&self) {
        while self.state().readings.is_empty() {
            self.filled.notified().await;
        }
    }

    /// Copies of the oldest readings, at most so many; they stay in the queue.
    pub(super) fn oldest(&self, count_max: usize) -> Vec<Reading> {
        self.state().readings.iter().take(count_max).cloned().collect()
    }

    /// Takes out every reading up to this one.
    pub(super) fn remove_through(&self, sequence: u64) {
        let mut state = self.state();
        while state
            .readings
            .front()
            .is_some_and(|reading| reading.sequence <= sequence)
        {
            state.readings.pop_front();
        }
    }

    /// How many readings were lost since this was last asked.
    pub(super) fn take_lost(&self) -> u64 {
        std::mem::take(&mut self.state().lost)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change below is complete before anything can panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(queue: &Queue, count: usize) {
        for millis in 0..count {
            queue.push(Timestamp::from_millis(millis as i64), Fragments::new());
        }
    }

    fn sequences(queue: &Queue) -> Vec<u64> {
        queue
            .oldest(READINGS_MAX)
            .iter()
            .map(|reading| reading.sequence)
            .collect()
    }

    #[test]
    fn a_full_queue_loses_its_oldest_and_says_how_many() {
        let queue = Queue::default();
        push(&queue, READINGS_MAX);
        assert_eq!(queue.take_lost(), 0);
        push(&queue, 2);
        assert_eq!((queue.take_lost(), queue.take_lost()), (2, 0));
        assert_eq!((sequences(&queue).len(), sequences(&queue)[0]), (READINGS_MAX, 2));
    }

    #[test]
    fn what_was_sent_is_removed_even_if_the_oldest_gave_way_meanwhile() {
        let queue = Queue::default();
        push(&queue, READINGS_MAX);
        let sending = queue.oldest(3);
        push(&queue, 1);
        queue.remove_through(sending.last().expect("three").sequence);
        assert_eq!(sequences(&queue)[0], 3);
        assert_eq!(sequences(&queue).len(), READINGS_MAX - 2);
    }
}
