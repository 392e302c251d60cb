//! The first so many of a list that is ordered by time, kept while all of it is walked over. It holds times and ids, no
//! documents, and does not know what they are of.

use model::time::Timestamp;
use std::collections::BinaryHeap;

/// The first of a list.
pub(crate) struct First {
    newest_first: bool,
    wanted: usize,
    /// All are looked at, to be counted.
    all: bool,
    seen: usize,
    /// The last in the order of the list is on top.
    kept: BinaryHeap<(i64, u64)>,
}

impl First {
    /// The first `wanted`; with `all`, everything is counted beside.
    pub(crate) fn new(newest_first: bool, wanted: usize, all: bool) -> Self {
        Self {
            newest_first,
            wanted,
            all,
            seen: 0,
            kept: BinaryHeap::new(),
        }
    }

    /// Whether there is nothing to look for.
    pub(crate) fn is_nothing(&self) -> bool {
        self.wanted == 0 && !self.all
    }

    /// How many were offered.
    pub(crate) fn seen(&self) -> usize {
        self.seen
    }

    /// Whether as many are kept as are wanted: there may be more.
    pub(crate) fn is_full(&self) -> bool {
        self.kept.len() == self.wanted
    }

    /// Takes one in if it is among the first and lies behind `after` in the order of the list. Says beyond which time
    /// nothing is wanted any more, once that is known.
    pub(crate) fn offer(
        &mut self,
        time: Timestamp,
        number: u64,
        after: Option<(Timestamp, u64)>,
    ) -> Option<Timestamp> {
        let rank = self.rank(time, number);
        if after.is_some_and(|(time, number)| rank <= self.rank(time, number)) {
            return None;
        }
        self.seen += 1;
        if self.kept.len() < self.wanted {
            self.kept.push(rank);
        } else if let Some(mut last) = self.kept.peek_mut()
            && rank < *last
        {
            *last = rank;
        }
        let last = self.kept.peek().filter(|_| self.is_full() && !self.all)?;
        Some(self.unrank(*last).0)
    }

    /// Numbers that grow in the order of the list. Ids stay in their order among equal times of a list that begins with
    /// the oldest, and are turned with the times in the other.
    fn rank(&self, time: Timestamp, number: u64) -> (i64, u64) {
        let time = time.millis();
        if self.newest_first {
            (-time, !number)
        } else {
            (time, number)
        }
    }

    fn unrank(&self, (time, number): (i64, u64)) -> (Timestamp, u64) {
        let (time, number) = if self.newest_first {
            (-time, !number)
        } else {
            (time, number)
        };
        (Timestamp::from_millis(time), number)
    }

    /// What was kept, in order.
    pub(crate) fn in_order(mut self) -> Vec<(Timestamp, u64)> {
        let kept = std::mem::take(&mut self.kept).into_sorted_vec();
        kept.into_iter().map(|rank| self.unrank(rank)).collect()
    }
}
