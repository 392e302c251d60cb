//! Which operations the device has begun and ended: on the disk before anything is done, so that each is carried out once,
//! whatever ends in between and however often the server hands it out (R072).

use super::ask::Asked;
use crate::state::{State, StateError};
use model::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::Arc;

/// Operations that are remembered. What is older than all of them is never carried out.
const ENTRIES_MAX: usize = 1_024;
/// Characters of a reason that are remembered.
pub(super) const REASON_CHARS_MAX: usize = 400;
/// The file.
const FILE: &str = "operations.json";

/// What became of an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Step {
    /// It was begun, and the machine ran since then under this id.
    Begun {
        boot: String,
        is_restart: bool,
        is_reboot: bool,
    },
    /// It was done.
    Done,
    /// It was not done, and why.
    Failed(String),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Entry {
    id: u64,
    created: Timestamp,
    step: Step,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Entries {
    /// The oldest first.
    entries: VecDeque<Entry>,
    /// Operations created up to here may have been carried out and forgotten.
    forgotten_until: Option<Timestamp>,
}

/// What the device knows of an operation that it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Known {
    /// Nothing: it may be carried out.
    No,
    /// This.
    Yes(Step),
    /// It is older than what is remembered.
    Forgotten,
}

/// The list.
pub(crate) struct Ledger {
    state: Arc<State>,
    known: Entries,
}

impl Ledger {
    /// Reads the list. If it cannot be read, nothing that was created until now is carried out.
    pub(crate) fn open(state: Arc<State>, now: Timestamp) -> Result<Self, StateError> {
        let known = match state.read(FILE)? {
            None => Entries::default(),
            Some(bytes) => serde_json::from_slice(&bytes).unwrap_or_else(|error| {
                tracing::error!(%error, "the list of operations is damaged: operations from before now are refused");
                Entries {
                    entries: VecDeque::new(),
                    forgotten_until: Some(now),
                }
            }),
        };
        Ok(Self { state, known })
    }

    pub(super) fn of(&self, asked: &Asked) -> Known {
        let found = self.known.entries.iter();
        let found = found
            .rev()
            .find(|entry| entry.id == asked.id && entry.created == asked.created);
        match found {
            Some(entry) => Known::Yes(entry.step.clone()),
            None if self
                .known
                .forgotten_until
                .is_some_and(|until| asked.created <= until) =>
            {
                Known::Forgotten
            }
            None => Known::No,
        }
    }

    /// Notes where an operation stands. It is on the disk when this comes back.
    pub(super) fn note(&mut self, asked: &Asked, step: Step) -> Result<(), StateError> {
        self.put(asked.id, asked.created, step)
    }

    /// The operations that were begun and not ended when the agent ended.
    pub(super) fn unfinished(&self) -> Vec<(u64, Timestamp, Step)> {
        let begun = self
            .known
            .entries
            .iter()
            .filter(|entry| matches!(entry.step, Step::Begun { .. }));
        begun
            .map(|entry| (entry.id, entry.created, entry.step.clone()))
            .collect()
    }

    pub(super) fn put(&mut self, id: u64, created: Timestamp, step: Step) -> Result<(), StateError> {
        let known = &mut self.known;
        let there = known.entries.iter_mut();
        match there
            .rev()
            .find(|entry| entry.id == id && entry.created == created)
        {
            Some(entry) => entry.step = step,
            None => known.entries.push_back(Entry { id, created, step }),
        }
        while known.entries.len() > ENTRIES_MAX {
            if let Some(oldest) = known.entries.pop_front() {
                known.forgotten_until = known.forgotten_until.max(Some(oldest.created));
            }
        }
        let text = serde_json::to_vec(known).expect("the list has only texts and numbers");
        self.state.replace(FILE, &text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::ask::What;

    fn asked(id: u64, created: i64) -> Asked {
        Asked {
            id,
            created: Timestamp::from_millis(created),
            expires: None,
            what: What::Restart,
        }
    }

    fn begun() -> Step {
        Step::Begun {
            boot: "b".to_owned(),
            is_restart: false,
            is_reboot: false,
        }
    }

    fn open(place: &tempfile::TempDir, now: i64) -> Ledger {
        let state = State::open(&place.path().join("state")).expect("opened");
        Ledger::open(Arc::new(state), Timestamp::from_millis(now)).expect("read")
    }

    // R072
    #[test]
    fn what_was_begun_or_ended_is_known_over_a_restart() {
        let place = tempfile::tempdir().expect("a directory");
        let mut ledger = open(&place, 0);
        ledger.note(&asked(1, 10), begun()).expect("noted");
        ledger.note(&asked(2, 20), begun()).expect("noted");
        ledger.note(&asked(2, 20), Step::Done).expect("noted");
        drop(ledger);
        let ledger = open(&place, 0);
        assert_eq!(ledger.of(&asked(1, 10)), Known::Yes(begun()));
        assert_eq!(ledger.of(&asked(2, 20)), Known::Yes(Step::Done));
        assert_eq!(ledger.unfinished(), [(1, Timestamp::from_millis(10), begun())]);
        // A server that was set back in time gives the same number to something else.
        assert_eq!(ledger.of(&asked(2, 21)), Known::No);
    }

    // R072
    #[test]
    fn what_is_too_old_to_be_remembered_is_not_new() {
        let place = tempfile::tempdir().expect("a directory");
        let mut ledger = open(&place, 0);
        for id in 0..=ENTRIES_MAX as u64 {
            ledger
                .note(&asked(id, 100 + id as i64), Step::Done)
                .expect("noted");
        }
        assert_eq!(ledger.of(&asked(0, 100)), Known::Forgotten);
        assert_eq!(ledger.of(&asked(77, 99)), Known::Forgotten);
        assert_eq!(ledger.of(&asked(1, 101)), Known::Yes(Step::Done));
        assert_eq!(ledger.of(&asked(9_999, 101)), Known::No);
    }

    #[test]
    fn a_damaged_list_lets_nothing_old_be_carried_out() {
        let place = tempfile::tempdir().expect("a directory");
        drop(open(&place, 0));
        std::fs::write(place.path().join("state").join(FILE), "{").expect("written");
        let ledger = open(&place, 50);
        assert_eq!(ledger.of(&asked(1, 50)), Known::Forgotten);
        assert_eq!(ledger.of(&asked(1, 51)), Known::No);
    }
}
