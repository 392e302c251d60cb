//! Stops the work at every call: after the next opening exactly the acknowledged commits are there, and one more if the
//! stop came after the commit; never a half one.

use std::path::Path;
use std::sync::Arc;

use store::backend::faulty::{FaultyBackend, Stop};
use store::backend::{Backend, BackendError, Direction, Space};

use crate::engines::{Engine, Model, assert_holds, everything, scan};

const COMMITS: usize = 4;

/// The state after each of the first `commits` commits of the script, beginning with the empty one.
pub(crate) fn states(commits: usize) -> Vec<Model> {
    let mut states = vec![Model::default()];
    for number in 0..commits {
        let mut state = states[number].clone();
        for (space, key, value) in script(number) {
            state.set(space, &key, value.as_deref());
        }
        states.push(state);
    }
    states
}

/// The writes of one commit: rows in two spaces, one row that every commit changes, and the removal of an older row.
fn script(number: usize) -> Vec<(Space, Vec<u8>, Option<Vec<u8>>)> {
    let own = |name: &str, number: usize| format!("{name}-{number}").into_bytes();
    let mut writes = vec![
        (
            Space::Payload,
            own("device", number),
            Some(own("a device, at some length,", number).repeat(8)),
        ),
        (Space::Audit, own("record", number), Some(own("audit", number))),
        (
            Space::Catalogue,
            b"counter".to_vec(),
            Some(own("counter", number)),
        ),
    ];
    if let Some(older) = number.checked_sub(1) {
        writes.push((Space::Payload, own("device", older), None));
    }
    writes
}

/// Runs the script until something fails; returns how many commits were acknowledged.
pub(crate) fn work(backend: &dyn Backend, commits: usize) -> usize {
    for number in 0..commits {
        if one_commit(backend, number).is_err() {
            return number;
        }
    }
    commits
}

pub(crate) fn one_commit(backend: &dyn Backend, number: usize) -> Result<(), BackendError> {
    let snapshot = backend.snapshot()?;
    snapshot.get(Space::Catalogue, b"counter")?;
    scan(&*snapshot, Space::Payload, &everything(), Direction::Forward, 1)?;
    let mut transaction = backend.begin()?;
    for (space, key, value) in script(number) {
        transaction.get(space, &key)?;
        match value {
            Some(value) => transaction.put(space, &key, &value)?,
            None => transaction.delete(space, &key)?,
        }
    }
    transaction.commit()
}

// R130
#[test]
fn a_stop_at_any_call_keeps_exactly_the_acknowledged_commits() {
    let states = states(COMMITS);
    for engine in Engine::ALL {
        let whole = calls_of_the_script();
        for at_call in 1..=whole {
            for after_commit in [false, true] {
                if after_commit && !is_commit(at_call) {
                    continue;
                }
                let directory = tempfile::tempdir().unwrap();
                let inner = engine.open(directory.path()).unwrap();
                let faulty = FaultyBackend::new(
                    Arc::clone(&inner),
                    Stop {
                        at_call,
                        after_commit,
                    },
                );
                let acknowledged = work(&faulty, COMMITS);
                assert!(
                    faulty.snapshot().is_err() && faulty.begin().is_err(),
                    "it went on after the stop"
                );
                drop(faulty);
                let inner = engine.reopen(inner, directory.path());
                let snapshot = inner.snapshot().unwrap();
                let kept = acknowledged + usize::from(after_commit);
                assert_holds(&*snapshot, &states[kept]);
            }
        }
    }
}

fn calls_of_the_script() -> u64 {
    let backend = FaultyBackend::new(Engine::Memory.open(Path::new("")).unwrap(), Stop::NEVER);
    assert_eq!(work(&backend, COMMITS), COMMITS);
    backend.calls()
}

/// Whether the call with this number is a commit: the last call of each commit of the script.
fn is_commit(at_call: u64) -> bool {
    (1..=COMMITS).any(|commits| {
        let backend = FaultyBackend::new(Engine::Memory.open(Path::new("")).unwrap(), Stop::NEVER);
        work(&backend, commits);
        backend.calls() == at_call
    })
}
