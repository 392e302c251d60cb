//! A budget that refills steadily, kept as one number: the time at which it is full again. In any span of `n` refills
//! at most `burst + n` are taken.

use crate::table::Fact;

/// How much a budget holds and how fast it refills.
#[derive(Clone, Copy)]
pub(super) struct Rate {
    /// Taken at once from a full budget.
    pub(super) burst: u64,
    /// Time after which one more may be taken, in milliseconds.
    pub(super) refill_millis: u64,
}

/// What is left of a budget.
#[derive(Clone, Copy, Default)]
pub(super) struct Budget {
    full_at_millis: u64,
}

impl Budget {
    /// How long to wait for the next one, in milliseconds; 0 if one can be taken now.
    pub(super) fn wait_millis(self, rate: Rate, now_millis: u64) -> u64 {
        let full_after_one = self
            .full_at_millis
            .max(now_millis)
            .saturating_add(rate.refill_millis);
        full_after_one.saturating_sub(now_millis.saturating_add(rate.burst * rate.refill_millis))
    }

    /// The budget with one taken, whether or not there was one.
    pub(super) fn less_one(self, rate: Rate, now_millis: u64) -> Self {
        Self {
            full_at_millis: self
                .full_at_millis
                .max(now_millis)
                .saturating_add(rate.refill_millis),
        }
    }

    /// The budget with one given back.
    pub(super) fn plus_one(self, rate: Rate) -> Self {
        Self {
            full_at_millis: self.full_at_millis.saturating_sub(rate.refill_millis),
        }
    }
}

impl Fact for Budget {
    fn worth(&self, now_millis: u64) -> Option<(u64, u64)> {
        (self.full_at_millis > now_millis).then_some((self.full_at_millis, 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RATE: Rate = Rate {
        burst: 5,
        refill_millis: 12_000,
    };

    proptest! {
        #[test]
        fn no_minute_sees_more_than_the_burst_and_its_refills(pauses in prop::collection::vec(0u64..5_000, 1..300)) {
            let (mut budget, mut now, mut taken) = (Budget::default(), 0, Vec::new());
            for pause in pauses {
                now += pause;
                if budget.wait_millis(RATE, now) == 0 {
                    budget = budget.less_one(RATE, now);
                    taken.push(now);
                }
            }
            for first in &taken {
                let in_minute = taken.iter().filter(|at| (*first..first + 60_000).contains(at)).count();
                prop_assert!(in_minute <= 10, "{in_minute}");
            }
        }

        #[test]
        fn the_wait_that_is_told_is_exactly_enough(pauses in prop::collection::vec(0u64..5_000, 1..50)) {
            let (mut budget, mut now) = (Budget::default(), 0);
            for pause in pauses {
                now += pause;
                let wait = budget.wait_millis(RATE, now);
                if wait > 0 {
                    prop_assert!(budget.wait_millis(RATE, now + wait - 1) > 0);
                }
                now += wait;
                prop_assert_eq!(budget.wait_millis(RATE, now), 0);
                budget = budget.less_one(RATE, now);
            }
        }
    }

    #[test]
    fn what_is_given_back_can_be_taken_again() {
        let mut budget = Budget::default();
        for _ in 0..RATE.burst {
            budget = budget.less_one(RATE, 0);
        }
        assert_eq!(budget.wait_millis(RATE, 0), RATE.refill_millis);
        assert_eq!(budget.plus_one(RATE).wait_millis(RATE, 0), 0);
    }
}
