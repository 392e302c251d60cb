//! What is remembered of one address and one account: the failures, the wait that they cost, the attempt under way.

use crate::table::{Fact, Tag};
use crate::verified_cache::Guess;

/// Failures before the first wait.
const FREE_FAILURES: u32 = 3;
/// The first wait, in milliseconds; each further failure doubles it.
const FIRST_WAIT_MILLIS: u64 = 5_000;
/// The longest wait, in milliseconds.
const WAIT_MILLIS_MAX: u64 = 300_000;
/// Failures are forgotten this long after the last one, in milliseconds.
const FORGET_MILLIS: u64 = 30 * 60_000;
/// An attempt that never ended stops holding its pair up after this time, in milliseconds.
const ATTEMPT_MILLIS_MAX: u64 = 10_000;

#[derive(Clone, Copy, Default)]
pub(super) struct Pair {
    failures: u32,
    last_failure_millis: u64,
    busy_until_millis: u64,
    last_wrong: Option<Tag>,
}

impl Pair {
    pub(super) fn is_busy(self, now_millis: u64) -> bool {
        now_millis < self.busy_until_millis
    }

    pub(super) fn failed_last_with(self, guess: Guess) -> bool {
        self.last_wrong == Some(guess.tag())
    }

    /// How long the pair must still wait, in milliseconds.
    pub(super) fn wait_millis(self, now_millis: u64) -> u64 {
        let Some(beyond_free) = self.failures.checked_sub(FREE_FAILURES) else {
            return 0;
        };
        let wait = FIRST_WAIT_MILLIS
            .saturating_mul(1 << beyond_free.min(16))
            .min(WAIT_MILLIS_MAX);
        self.last_failure_millis
            .saturating_add(wait)
            .saturating_sub(now_millis)
    }

    pub(super) fn begun(self, now_millis: u64) -> Self {
        Self {
            busy_until_millis: now_millis.saturating_add(ATTEMPT_MILLIS_MAX),
            ..self
        }
    }

    pub(super) fn ended(self) -> Self {
        Self {
            busy_until_millis: 0,
            ..self
        }
    }

    /// `wrong` is remembered if it can never become right.
    pub(super) fn failed(self, wrong: Option<Guess>, now_millis: u64) -> Self {
        Self {
            failures: self.failures.saturating_add(1),
            last_failure_millis: now_millis,
            busy_until_millis: 0,
            last_wrong: wrong.map(Guess::tag),
        }
    }
}

impl Fact for Pair {
    fn worth(&self, now_millis: u64) -> Option<(u64, u64)> {
        let remembered =
            self.failures > 0 && now_millis < self.last_failure_millis.saturating_add(FORGET_MILLIS);
        let busy = u64::from(self.is_busy(now_millis));
        (remembered || busy > 0).then_some((u64::from(self.failures) + busy, self.last_failure_millis))
    }
}
