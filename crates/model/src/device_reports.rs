//! Security events as devices number them (R097): which have come, which are missing, and how many became audit records
//! lately. What they say is not known here.

use crate::limits::DEVICE_REPORTS_PER_HOUR_MAX;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

const HOUR_MILLIS: i64 = 60 * 60 * 1_000;
/// How far back it is known of each number whether it has come: more than a device has under way at once.
const WINDOW: u64 = u64::BITS as u64;

/// What is remembered of one device's reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportLog {
    /// The device's own name for its numbering; empty before the first.
    name: String,
    /// The highest number that has come.
    highest: u64,
    /// Which of the last have come: bit *i* stands for `highest - i`. What is below 1 counts as come.
    seen: u64,
    /// Whether a number was passed over for good: it is further back than anything is known of.
    is_incomplete: bool,
    /// The hour that the counts below are about, since 1970.
    hour: i64,
    /// Records that were written in this hour.
    recorded: u32,
    /// Reports that were counted and not recorded one by one, since that was last said.
    passed_over: u64,
}

impl Default for ReportLog {
    fn default() -> Self {
        Self {
            name: String::new(),
            highest: 0,
            seen: u64::MAX,
            is_incomplete: false,
            hour: 0,
            recorded: 0,
            passed_over: 0,
        }
    }
}

/// What a number says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Numbered {
    /// It is the one that was expected.
    Next,
    /// These have not come before it.
    After {
        /// The first that is missing.
        first: u64,
        /// The last.
        last: u64,
    },
    /// It had been missing.
    Late {
        /// Whether nothing is missing any more.
        is_complete: bool,
    },
    /// It has come before.
    Known,
    /// The device has begun a new numbering.
    Anew,
}

/// What becomes of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// A record of its own; so many before it got none.
    Singly {
        /// How many.
        passed_over: u64,
    },
    /// It is counted. The first in its hour is told.
    Counted {
        /// Whether it is that.
        is_first: bool,
    },
}

impl ReportLog {
    /// Takes a number of a numbering; the first of each is 1.
    pub fn take(&mut self, name: &str, number: u64) -> Numbered {
        if self.name != name {
            let is_first = self.name.is_empty();
            *self = Self {
                name: name.to_owned(),
                hour: self.hour,
                recorded: self.recorded,
                passed_over: self.passed_over,
                ..Self::default()
            };
            let numbered = self.take_on(number);
            return if is_first { numbered } else { Numbered::Anew };
        }
        self.take_on(number)
    }

    fn take_on(&mut self, number: u64) -> Numbered {
        let Some(ahead) = number.checked_sub(self.highest).filter(|ahead| *ahead > 0) else {
            return self.take_late(self.highest - number);
        };
        let first = self.highest + 1;
        // What leaves the window without having come will not be known when it comes.
        self.is_incomplete |= ahead > WINDOW || self.seen.leading_ones() < ahead.min(WINDOW) as u32;
        self.seen = self.seen.checked_shl(ahead.min(WINDOW) as u32).unwrap_or(0) | 1;
        self.highest = number;
        match ahead {
            1 => Numbered::Next,
            _ => Numbered::After {
                first,
                last: number - 1,
            },
        }
    }

    fn take_late(&mut self, behind: u64) -> Numbered {
        // Too far back for it to be known whether it has come. It is taken: otherwise one number far ahead would silence
        // all that are counted honestly.
        let Some(bit) = 1_u64.checked_shl(u32::try_from(behind).unwrap_or(u32::MAX)) else {
            return Numbered::Late { is_complete: false };
        };
        if self.seen & bit != 0 {
            return Numbered::Known;
        }
        self.seen |= bit;
        let is_complete = self.seen == u64::MAX && !self.is_incomplete;
        Numbered::Late { is_complete }
    }

    /// Counts a report that came at this time.
    pub fn count(&mut self, now: Timestamp) -> Recorded {
        let hour = now.millis().div_euclid(HOUR_MILLIS);
        if hour != self.hour {
            (self.hour, self.recorded) = (hour, 0);
        }
        if self.recorded >= DEVICE_REPORTS_PER_HOUR_MAX {
            self.passed_over = self.passed_over.saturating_add(1);
            let is_first = self.recorded == DEVICE_REPORTS_PER_HOUR_MAX;
            self.recorded = self.recorded.saturating_add(1);
            return Recorded::Counted { is_first };
        }
        self.recorded += 1;
        Recorded::Singly {
            passed_over: std::mem::take(&mut self.passed_over),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn after(numbers: &[u64]) -> (ReportLog, Vec<Numbered>) {
        let mut log = ReportLog::default();
        let said = numbers.iter().map(|number| log.take("a", *number)).collect();
        (log, said)
    }

    // R097
    #[test]
    fn a_number_that_is_passed_over_is_missed_and_one_that_comes_again_is_known() {
        use Numbered::{After, Known, Late, Next};
        let missing = |first, last| After { first, last };
        let check = |numbers: &[u64], expected: &[Numbered]| assert_eq!(after(numbers).1, expected);
        check(&[1, 2, 2, 1], &[Next, Next, Known, Known]);
        check(&[2], &[missing(1, 1)]);
        check(&[0], &[Known]);
        check(
            &[1, 4, 3, 4, 2, 5],
            &[
                Next,
                missing(2, 3),
                Late { is_complete: false },
                Known,
                Late { is_complete: true },
                Next,
            ],
        );
        check(
            &[1, 66, 2, 3],
            &[
                Next,
                missing(2, 65),
                Late { is_complete: false },
                Late { is_complete: false },
            ],
        );
        check(
            &[1, u64::MAX, 2, u64::MAX],
            &[Next, missing(2, u64::MAX - 1), Late { is_complete: false }, Known],
        );
    }

    // R097
    #[test]
    fn another_numbering_is_told_but_not_the_first() {
        let (mut log, _) = after(&[1, 2]);
        assert_eq!(log.take("b", 1), Numbered::Anew);
        assert_eq!(log.take("b", 2), Numbered::Next);
    }

    // R097
    #[test]
    fn so_many_in_an_hour_are_recorded_and_the_others_counted() {
        let mut log = ReportLog::default();
        let at = |hour: i64| Timestamp::from_millis(hour * HOUR_MILLIS + 5);
        for _ in 0..DEVICE_REPORTS_PER_HOUR_MAX {
            assert_eq!(log.count(at(9)), Recorded::Singly { passed_over: 0 });
        }
        assert_eq!(log.count(at(9)), Recorded::Counted { is_first: true });
        assert_eq!(log.count(at(9)), Recorded::Counted { is_first: false });
        assert_eq!(log.take("b", 1), Numbered::Next, "a new name makes no new room");
        assert_eq!(log.count(at(9)), Recorded::Counted { is_first: false });
        assert_eq!(log.count(at(10)), Recorded::Singly { passed_over: 3 });
        assert_eq!(log.count(at(10)), Recorded::Singly { passed_over: 0 });
    }

    proptest! {
        // R097
        #[test]
        fn every_number_is_new_once(mut numbers in proptest::collection::vec(1_u64..60, 1..200)) {
            let (mut log, said) = after(&numbers);
            let is_new = |said: &&Numbered| **said != Numbered::Known;
            let new = said.iter().filter(is_new).count();
            numbers.sort_unstable();
            numbers.dedup();
            prop_assert_eq!(new, numbers.len());
            // And when the rest has come, nothing is missing.
            for number in 1..60 {
                log.take("a", number);
            }
            prop_assert_eq!((log.seen, log.is_incomplete), (u64::MAX, false));
        }
    }
}
