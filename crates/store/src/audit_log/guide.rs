//! What shortens the search in a log: where its times run on, and from where on it is in the index. Written with the edge.
//!
//! No record depends on it. A log that has no guide (an older program wrote it, or the guide was damaged) gets one anew:
//! what is appended is in it at once, what was there before is taken in step by step ([`LogEnd`](super::LogEnd)).

use super::AuditRows;
use crate::fault::StoreFault;
use crate::rows::{Key, Table, rows};
use crate::view::unless_broken;
use model::ids::TenantNumber;
use model::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// How much older than one before it a record of the same run can be, in milliseconds: a record gets its time before it
/// is committed, and repeats are counted for five minutes before they are written.
pub const DISORDER_MILLIS: i64 = 10 * 60 * 1_000;
/// Most runs that are told apart.
const RUNS_MAX: usize = 64;

/// Records one behind the other, while the clock was not put back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    begin: u64,
    /// The oldest time of its records.
    pub oldest: Timestamp,
    /// The newest.
    pub newest: Timestamp,
    /// Whether no record is older than one before it by more than [`DISORDER_MILLIS`]. Not so where runs were put together
    /// because there were too many.
    pub is_ordered: bool,
}

impl Run {
    fn at(place: u64, time: Timestamp) -> Self {
        Self {
            begin: place,
            oldest: time,
            newest: time,
            is_ordered: true,
        }
    }

    /// What nothing is known of. That it is ordered is what older programs took for granted.
    fn unknown() -> Self {
        Self {
            begin: 0,
            oldest: Timestamp::MIN,
            newest: Timestamp::MAX,
            is_ordered: true,
        }
    }

    fn take(&mut self, time: Timestamp) {
        self.oldest = self.oldest.min(time);
        self.newest = self.newest.max(time);
    }
}

/// What is known of a log.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Guide {
    /// How many records there were when this was written: a guide of another size was not kept up.
    size: u64,
    /// From here on every record is in a run and in the index.
    from: u64,
    runs: Vec<Run>,
}
rows!(Guide => Guide);

pub(super) fn guide_key(tenant: TenantNumber) -> Key {
    Key::new(tenant, Table::Guide)
}

impl Guide {
    /// The guide as it is stored, if it is one of a log of this size; otherwise one that knows nothing.
    pub(super) fn of(
        stored: Result<Option<Self>, StoreFault>,
        size: u64,
        gone: u64,
    ) -> Result<Self, StoreFault> {
        let stored = unless_broken(stored)?.flatten();
        let mut guide = stored.filter(|guide| guide.size == size).unwrap_or(Self {
            size,
            from: size,
            runs: Vec::new(),
        });
        guide.forget(gone);
        Ok(guide)
    }

    /// From here on every record is in the index.
    pub(super) fn from(&self) -> u64 {
        self.from
    }

    /// The newest time since the clock was last put back.
    pub(super) fn newest(&self) -> Option<Timestamp> {
        self.runs.last().map(|run| run.newest)
    }

    /// Takes a record that is appended.
    pub(super) fn append(&mut self, place: u64, time: Timestamp) {
        self.size = place + 1;
        match self.runs.last_mut() {
            Some(run) if !run.is_ordered || time >= run.newest.plus_millis(-DISORDER_MILLIS) => {
                run.take(time);
            }
            _ => self.runs.push(Run::at(place, time)),
        }
        self.bound();
    }

    /// Takes the record before those that it knows; nothing if there is none any more.
    pub(super) fn prepend(&mut self, time: Option<Timestamp>) {
        self.from -= 1;
        let Some(time) = time else { return };
        match self.runs.first_mut() {
            Some(run) if !run.is_ordered || run.oldest >= time.plus_millis(-DISORDER_MILLIS) => {
                run.begin = self.from;
                run.take(time);
            }
            _ => self.runs.insert(0, Run::at(self.from, time)),
        }
        self.bound();
    }

    /// Puts the oldest runs together when there are too many: they are searched from end to end then.
    fn bound(&mut self) {
        while self.runs.len() > RUNS_MAX {
            let first = self.runs.remove(0);
            if let Some(second) = self.runs.first_mut() {
                second.take(first.oldest);
                second.take(first.newest);
                second.begin = first.begin;
                second.is_ordered = false;
            }
        }
    }

    /// Lets go of runs of which a retention rule has removed every record.
    fn forget(&mut self, gone: u64) {
        let is_gone = |runs: &[Run]| matches!(runs, [_, second, ..] if second.begin <= gone);
        while is_gone(&self.runs) {
            self.runs.remove(0);
        }
    }

    /// Every run with its places, in order; first what is not known yet.
    fn runs(self, there: Range<u64>) -> Vec<(Range<u64>, Run)> {
        let runs: Vec<Run> = std::iter::once(Run::unknown()).chain(self.runs).collect();
        let ends = runs.iter().skip(1).map(|run| run.begin).chain([there.end]);
        let ends: Vec<u64> = ends.collect();
        let clipped = runs
            .into_iter()
            .zip(ends)
            .map(|(run, end)| (run.begin.max(there.start)..end.min(there.end), run));
        clipped.filter(|(places, _)| !places.is_empty()).collect()
    }
}

impl AuditRows<'_> {
    pub(super) fn guide(&self) -> Result<Guide, StoreFault> {
        Guide::of(
            self.view.row(&guide_key(self.tenant)),
            self.size()?,
            self.first()?,
        )
    }

    /// The runs of the records that are there, in the order of places.
    pub fn runs(&self) -> Result<Vec<(Range<u64>, Run)>, StoreFault> {
        Ok(self.guide()?.runs(self.first()?..self.size()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn minutes(minutes: i64) -> Timestamp {
        Timestamp::from_millis(minutes * 60 * 1_000)
    }

    /// The guide of a log with these times, of which the first were there before.
    fn guide_of(times: &[i64], before: usize) -> Guide {
        let mut guide = Guide {
            size: before as u64,
            from: before as u64,
            runs: Vec::new(),
        };
        for (place, time) in times.iter().enumerate().skip(before) {
            guide.append(place as u64, minutes(*time));
        }
        for time in times[..before].iter().rev() {
            guide.prepend(Some(minutes(*time)));
        }
        guide
    }

    /// The first place of each run.
    fn begins(guide: Guide) -> Vec<u64> {
        let there = 0..guide.size;
        guide
            .runs(there)
            .into_iter()
            .map(|(places, _)| places.start)
            .collect()
    }

    #[test]
    fn a_run_begins_where_the_clock_was_put_back() {
        let check = |times: &[i64], expected: &[u64]| {
            for before in [0, times.len()] {
                assert_eq!(begins(guide_of(times, before)), expected, "{times:?} {before}");
            }
        };
        check(&[1, 2, 3], &[0]);
        check(&[20, 10, 21], &[0]);
        check(&[20, 9, 21], &[0, 1]);
        check(&[1, 1_000, 1, 2], &[0, 2]);
    }

    #[test]
    fn more_runs_than_are_told_apart_are_put_together_from_the_oldest_on() {
        let times: Vec<i64> = (0..RUNS_MAX as i64 + 2).map(|run| 100_000 - run * 100).collect();
        let runs = guide_of(&times, 0).runs(0..times.len() as u64);
        assert_eq!(runs.len(), RUNS_MAX);
        let (oldest, second) = (&runs[0], &runs[1]);
        assert_eq!((oldest.0.clone(), oldest.1.is_ordered), (0..3, false));
        assert_eq!(
            (oldest.1.oldest, oldest.1.newest),
            (minutes(99_800), minutes(100_000))
        );
        assert_eq!((second.0.clone(), second.1.is_ordered), (3..4, true));
    }

    #[test]
    fn runs_without_records_are_forgotten_and_a_guide_of_another_size_is_not_believed() {
        let stored = || Ok(Some(guide_of(&[900, 600, 300], 0)));
        assert_eq!(Guide::of(stored(), 3, 1).expect("a guide").runs.len(), 2);
        assert_eq!(Guide::of(stored(), 3, 2).expect("a guide").runs.len(), 1);
        let other = Guide::of(stored(), 4, 0).expect("a guide");
        assert_eq!((other.from, other.runs.len()), (4, 0));
        assert_eq!(begins(other), [0]);
    }

    proptest! {
        #[test]
        fn every_record_is_in_one_run_and_none_in_it_is_older_than_one_before_by_much(
            times in proptest::collection::vec(0_i64..60, 0..300),
            before in 0_usize..300,
        ) {
            let guide = guide_of(&times, before.min(times.len()));
            let mut next = 0;
            for (places, run) in guide.runs(0..times.len() as u64) {
                prop_assert_eq!(places.start, next);
                next = places.end;
                let inside = &times[places.start as usize..places.end as usize];
                let mut newest = i64::MIN;
                for time in inside {
                    prop_assert!((run.oldest..=run.newest).contains(&minutes(*time)));
                    prop_assert!(!run.is_ordered || *time + 10 >= newest);
                    newest = newest.max(*time);
                }
            }
            prop_assert_eq!(next, times.len() as u64);
        }
    }
}
