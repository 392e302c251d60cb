//! What the clients have sent, what was acknowledged, and whether what is there agrees with it.

use std::collections::{BTreeMap, BTreeSet};

/// What one request was to make: its things, all or none.
pub(super) struct Sent {
    /// What kind of things, and of whom: things of one group are listed together.
    pub(super) group: String,
    /// Each by a number that was never used before.
    pub(super) numbers: Vec<u64>,
    /// Their ids, in order, once that was answered.
    pub(super) acknowledged: Option<Vec<String>>,
}

/// One thing that is there.
pub(super) struct Found {
    pub(super) number: u64,
    pub(super) id: String,
}

/// All requests of a run.
#[derive(Default)]
pub(super) struct Ledger {
    sent: Vec<Sent>,
    /// The requests before this one have been looked at.
    checked: usize,
    unanswered_done: usize,
}

/// How many there were.
#[derive(Default)]
pub(super) struct Counts {
    pub(super) measurements: usize,
    pub(super) posts: usize,
    pub(super) objects: usize,
    pub(super) tenants: usize,
    pub(super) unanswered: usize,
    pub(super) unanswered_done: usize,
}

/// Groups of managed objects and of tenants; every other group is a source of measurements.
pub(super) const OBJECTS: &str = "objects";
pub(super) const TENANTS: &str = "tenants";

impl Ledger {
    pub(super) fn add(&mut self, sent: Vec<Sent>) {
        self.sent.extend(sent);
    }

    /// The least number that was sent in a group since the last check, if any was.
    pub(super) fn first_unchecked(&self, group: &str) -> Option<u64> {
        let of_group = self.sent[self.checked..]
            .iter()
            .filter(|sent| sent.group == group);
        of_group.flat_map(|sent| sent.numbers.iter().copied()).min()
    }

    /// Compares what is there of a group with what was sent since the last check.
    pub(super) fn compare_since_last(&mut self, group: &str, found: &[Found]) {
        self.unanswered_done += compare(group, &self.sent[self.checked..], found);
    }

    /// The next check begins here.
    pub(super) fn checked(&mut self) {
        self.checked = self.sent.len();
    }

    /// Compares what is there of a group with everything that was ever sent.
    pub(super) fn compare_everything(&self, group: &str, found: &[Found]) {
        compare(group, &self.sent, found);
    }

    /// Every id that was ever acknowledged for a group of measurements or objects is a different one.
    pub(super) fn check_ids(&self) {
        for of_objects in [false, true] {
            let mut seen = BTreeSet::new();
            let kind = self
                .sent
                .iter()
                .filter(|sent| sent.group != TENANTS && (sent.group == OBJECTS) == of_objects);
            for id in kind.filter_map(|sent| sent.acknowledged.as_ref()).flatten() {
                assert!(seen.insert(id), "the id {id} was given twice");
            }
        }
    }

    pub(super) fn counts(&self) -> Counts {
        let mut counts = Counts {
            unanswered_done: self.unanswered_done,
            ..Counts::default()
        };
        for sent in &self.sent {
            match (&sent.acknowledged, sent.group.as_str()) {
                (None, _) => counts.unanswered += 1,
                (Some(_), OBJECTS) => counts.objects += 1,
                (Some(_), TENANTS) => counts.tenants += 1,
                (Some(ids), _) => {
                    counts.posts += 1;
                    counts.measurements += ids.len();
                }
            }
        }
        counts
    }

    /// A run in which next to nothing was posted would prove nothing.
    pub(super) fn is_worth_something(&self, rounds: u32) -> bool {
        let counts = self.counts();
        let rounds = rounds as usize;
        counts.posts >= 5 * rounds
            && counts.objects >= rounds
            && counts.tenants > 0
            && counts.unanswered >= rounds
    }
}

/// Gives how many requests without an answer were carried out.
fn compare(group: &str, sent: &[Sent], found: &[Found]) -> usize {
    let mut there = BTreeMap::new();
    for thing in found {
        let before = there.insert(thing.number, thing.id.as_str());
        assert!(
            before.is_none(),
            "{group}: number {} is there twice",
            thing.number
        );
    }
    let mut unanswered_done = 0;
    for request in sent.iter().filter(|sent| sent.group == group) {
        let ids: Vec<Option<&str>> = request
            .numbers
            .iter()
            .map(|number| there.remove(number))
            .collect();
        match &request.acknowledged {
            Some(acknowledged) => {
                let expected: Vec<Option<&str>> = acknowledged.iter().map(|id| Some(id.as_str())).collect();
                assert_eq!(
                    ids, expected,
                    "{group}: numbers {:?} were acknowledged",
                    request.numbers
                );
            }
            None => {
                let done = ids.iter().flatten().count();
                assert!(
                    done == 0 || done == ids.len(),
                    "{group}: only a part of {:?}: {ids:?}",
                    request.numbers
                );
                unanswered_done += usize::from(done > 0);
            }
        }
    }
    assert!(there.is_empty(), "{group}: never sent: {there:?}");
    unanswered_done
}
