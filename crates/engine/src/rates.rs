//! Rates: how many calls of a class one caller may make. A bucket per caller and class that fills steadily; an
//! empty one refuses with the time until the next call. It knows no requests and no clock.

use model::limits::{
    RATE_BURST_SECONDS, RATE_INGEST_PER_SECOND, RATE_POLL_PER_SECOND, RATE_PRINCIPALS_MAX,
    RATE_READ_PER_SECOND, RATE_SECRET_PER_MINUTE, RATE_WRITE_PER_SECOND,
};
use policy::operation::RateClass;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

/// A thousandth of a call: what one bucket fills by per millisecond at one call per second.
const CALL: u64 = 1_000;

/// How fast a bucket fills, and how much it holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// Thousandths of a call per millisecond times 60, to keep rates per minute whole.
    per_minute: u64,
    /// Most calls that it holds.
    burst: u64,
}

impl Pace {
    /// What a class gives.
    pub(crate) fn of(class: RateClass) -> Self {
        match class {
            RateClass::Ingest => Self::per_second(RATE_INGEST_PER_SECOND),
            RateClass::Read => Self::per_second(RATE_READ_PER_SECOND),
            RateClass::Write => Self::per_second(RATE_WRITE_PER_SECOND),
            RateClass::Poll => Self::per_second(RATE_POLL_PER_SECOND),
            RateClass::Secret => Self {
                per_minute: RATE_SECRET_PER_MINUTE,
                burst: RATE_SECRET_PER_MINUTE,
            },
        }
    }

    /// So many calls per second, and for some seconds at once.
    pub(crate) fn per_second(calls: u64) -> Self {
        Self {
            per_minute: calls * 60,
            burst: calls * RATE_BURST_SECONDS,
        }
    }
}

#[derive(Clone, Copy)]
struct Bucket {
    pace: Pace,
    /// In thousandths of a call.
    level: u64,
    filled_at: u64,
}

/// The buckets of all who called lately.
pub(crate) struct Rates<K> {
    buckets: Mutex<HashMap<K, Bucket>>,
}

impl<K> Default for Rates<K> {
    fn default() -> Self {
        Self {
            buckets: Mutex::default(),
        }
    }
}

impl<K: Eq + Hash> Rates<K> {
    /// Takes one call out of the bucket, or says after how many seconds there is one again.
    pub(crate) fn take(&self, who: K, pace: Pace, now_millis: u64) -> Result<(), u64> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= RATE_PRINCIPALS_MAX {
            // Full buckets say nothing that a new one would not. If all are in use, the oldest knowledge is lost, which
            // errs on the side of letting a signed-in caller in.
            buckets.retain(|_, bucket| bucket.filled(now_millis) < bucket.pace.burst * CALL);
            if buckets.len() >= RATE_PRINCIPALS_MAX {
                buckets.clear();
            }
        }
        let fresh = Bucket {
            pace,
            level: pace.burst * CALL,
            filled_at: now_millis,
        };
        let bucket = buckets.entry(who).or_insert(fresh);
        let level = bucket.filled(now_millis);
        if level < CALL {
            let missing = CALL - level;
            // Thousandths missing, over thousandths per millisecond, in whole seconds.
            return Err((missing * 60).div_ceil(pace.per_minute).div_ceil(1_000).max(1));
        }
        *bucket = Bucket {
            pace,
            level: level - CALL,
            filled_at: now_millis,
        };
        Ok(())
    }
}

impl<K: Eq + Hash> Rates<K> {
    /// Puts calls back that were taken and came to nothing.
    pub(crate) fn give_back(&self, who: &K, calls: u64) {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        // Whose bucket is gone has a full one.
        if let Some(bucket) = buckets.get_mut(who) {
            let given = bucket.level.saturating_add(calls.saturating_mul(CALL));
            bucket.level = given.min(bucket.pace.burst * CALL);
        }
    }
}

impl Bucket {
    /// Its level now.
    fn filled(self, now_millis: u64) -> u64 {
        let passed = now_millis.saturating_sub(self.filled_at);
        let gained = passed.saturating_mul(self.pace.per_minute) / 60;
        self.level.saturating_add(gained).min(self.pace.burst * CALL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_taken_and_then_the_steady_rate() {
        let rates = Rates::default();
        let write = Pace::of(RateClass::Write);
        for _ in 0..write.burst {
            assert_eq!(rates.take(1, write, 0), Ok(()));
        }
        assert_eq!(rates.take(1, write, 0), Err(1));
        // Others are not concerned.
        assert_eq!(rates.take(2, write, 0), Ok(()));
        let taken = (0..2 * RATE_WRITE_PER_SECOND)
            .filter(|_| rates.take(1, write, 1_000).is_ok())
            .count();
        assert_eq!(taken as u64, RATE_WRITE_PER_SECOND);
    }

    #[test]
    fn what_is_given_back_can_be_taken_again_and_no_more_than_that() {
        let rates = Rates::default();
        let write = Pace::of(RateClass::Write);
        rates.give_back(&1, 5);
        for _ in 0..write.burst {
            assert_eq!(rates.take(1, write, 0), Ok(()));
        }
        rates.give_back(&1, 3);
        let taken = (0..10).filter(|_| rates.take(1, write, 0).is_ok()).count();
        assert_eq!(taken, 3);
        rates.give_back(&1, 10 * write.burst);
        let taken = (0..10 * write.burst)
            .filter(|_| rates.take(1, write, 0).is_ok())
            .count();
        assert_eq!(taken as u64, write.burst);
    }

    #[test]
    fn a_refusal_says_when_to_come_again() {
        let rates = Rates::default();
        let secret = Pace::of(RateClass::Secret);
        for _ in 0..RATE_SECRET_PER_MINUTE {
            assert_eq!(rates.take(1, secret, 0), Ok(()));
        }
        let wait = rates.take(1, secret, 0).expect_err("empty");
        assert_eq!(wait, 60 / RATE_SECRET_PER_MINUTE);
        assert_eq!(rates.take(1, secret, wait * 1_000), Ok(()));
    }

    #[test]
    fn the_number_of_buckets_is_bounded() {
        let rates = Rates::default();
        let read = Pace::of(RateClass::Read);
        for number in 1..=RATE_PRINCIPALS_MAX as u64 + 10 {
            assert_eq!(rates.take(number, read, 0), Ok(()));
        }
        assert!(rates.buckets.lock().expect("not poisoned").len() <= RATE_PRINCIPALS_MAX);
    }
}
