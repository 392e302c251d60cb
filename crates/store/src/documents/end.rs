//! The end of a line of documents: how far the times in it are out of the order of ids. Kept by the committer, which alone
//! knows the order of commits, so that concurrent documents of one line never conflict.

use crate::backend::WriteTransaction;
use crate::commit::{put_row, row_in};
use crate::fault::StoreFault;
use crate::keys::Keys;
use crate::rows::{Key, rows};
use model::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// A document that joins a line, or comes to another time in it.
#[derive(Debug, Clone)]
pub(crate) struct LineMove {
    /// The row of the line's end.
    pub(crate) end: Key,
    /// The document's id.
    pub(crate) number: u64,
    /// Its time.
    pub(crate) time: Timestamp,
}

/// Ids are taken before the commit, so a few of the newest may come in another order. Those few are remembered.
const RECENT_MAX: usize = 64;

/// What is known of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LineEnd {
    /// The latest time in it.
    latest: Timestamp,
    /// The earliest.
    earliest: Timestamp,
    /// No document is older than one before it, by id, by more than this, in milliseconds.
    pub(crate) late_millis_max: i64,
    /// The newest ids with their times, in order of ids.
    recent: Vec<(u64, Timestamp)>,
}

impl LineEnd {
    fn first(number: u64, time: Timestamp) -> Self {
        Self {
            latest: time,
            earliest: time,
            late_millis_max: 0,
            recent: vec![(number, time)],
        }
    }

    fn add(&mut self, number: u64, time: Timestamp) {
        let late = |earlier: Timestamp, later: Timestamp| earlier.millis() - later.millis();
        let place = self.recent.partition_point(|(other, _)| *other <= number);
        // Before it by id, at most the latest of all.
        let mut most = late(self.latest, time);
        // Behind it: those that are remembered; or else, when it comes from far back, any.
        let behind = self.recent.iter().skip(place).map(|(_, at)| *at).min();
        let is_far_back = place == 0 && self.recent.len() == RECENT_MAX;
        let behind = if is_far_back { Some(self.earliest) } else { behind };
        most = most.max(behind.map_or(0, |at| late(time, at)));
        self.late_millis_max = self.late_millis_max.max(most);
        self.latest = self.latest.max(time);
        self.earliest = self.earliest.min(time);
        self.recent.insert(place, (number, time));
        if self.recent.len() > RECENT_MAX {
            self.recent.remove(0);
        }
    }
}

rows!(LineEnd => LineEnd);

/// The ends of lines that a group commit moves.
#[derive(Default)]
pub(crate) struct LineEnds {
    ends: BTreeMap<Key, Option<LineEnd>>,
}

impl LineEnds {
    /// Loads the ends that these moves need.
    pub(crate) fn prepare(
        &mut self,
        tx: &dyn WriteTransaction,
        keys: &Keys,
        moves: &[LineMove],
    ) -> Result<(), StoreFault> {
        for LineMove { end, .. } in moves {
            if let Entry::Vacant(vacant) = self.ends.entry(end.clone()) {
                vacant.insert(row_in(tx, keys, end)?);
            }
        }
        Ok(())
    }

    /// Moves a line's end.
    pub(crate) fn apply(
        &mut self,
        tx: &mut dyn WriteTransaction,
        keys: &Keys,
        moved: LineMove,
    ) -> Result<(), StoreFault> {
        let LineMove { end, number, time } = moved;
        let known = self.ends.entry(end.clone()).or_default();
        let line = match known.take() {
            Some(mut line) => {
                line.add(number, time);
                line
            }
            None => LineEnd::first(number, time),
        };
        put_row(tx, keys, &end, known.insert(line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        // In whatever order ids arrive, the end's bound holds for every two documents.
        #[test]
        fn no_document_is_later_than_the_bound_says(
            order in Just((1_u64..200).collect::<Vec<_>>()).prop_shuffle(),
            times in prop::collection::vec(-50_i64..50, 200),
        ) {
            let time = |number: u64| Timestamp::from_millis(1_000 * number as i64 + times[number as usize]);
            let mut line: Option<LineEnd> = None;
            for number in &order {
                match &mut line {
                    Some(line) => line.add(*number, time(*number)),
                    None => line = Some(LineEnd::first(*number, time(*number))),
                }
            }
            let bound = line.expect("a line").late_millis_max;
            for earlier in 1..200 {
                for later in earlier..200 {
                    prop_assert!(time(earlier).millis() - time(later).millis() <= bound);
                }
            }
        }
    }

    #[test]
    fn times_in_the_order_of_ids_leave_nothing_to_search_for() {
        let mut line = LineEnd::first(1, Timestamp::from_millis(1));
        for number in 2..1_000 {
            line.add(number, Timestamp::from_millis(number as i64));
        }
        assert_eq!((line.late_millis_max, line.recent.len()), (0, RECENT_MAX));
        // Two that commit in the other order than they took their ids cost only what they are apart.
        line.add(1_001, Timestamp::from_millis(1_005));
        line.add(1_000, Timestamp::from_millis(1_000));
        assert_eq!(line.late_millis_max, 5);
    }
}
