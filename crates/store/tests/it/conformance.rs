//! One suite for every engine: random work against a `BTreeMap`, and the single promises of the trait.

use proptest::prelude::*;
use proptest::test_runner::Config;
use std::sync::Arc;
use store::backend::{Backend, BackendError, Direction, KEY_BYTES_MAX, KeyRange, Snapshot, Space};

use crate::engines::{Engine, Model, assert_holds, everything, scan};

/// One write: a value, or `None` to remove the key.
type Write = (Space, Vec<u8>, Option<Vec<u8>>);

#[derive(Debug, Clone)]
enum Step {
    Commit(Vec<Write>),
    Abandon(Vec<Write>),
    Snapshot,
    Scan {
        space: Space,
        range: KeyRange,
        backward: bool,
        limit: usize,
    },
    Reopen,
}

fn space() -> impl Strategy<Value = Space> {
    prop::sample::select(&Space::ALL[..])
}

/// Few and short, so that writes meet; with the bytes at which prefixes overflow; now and then the longest.
fn key() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop::sample::select(&[0x00, 0x01, b'a', 0xFE, 0xFF][..]);
    let short = prop::collection::vec(byte, 1..4);
    prop_oneof![40 => short, 1 => Just(vec![b'k'; KEY_BYTES_MAX])]
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        2 => Just(Vec::new()),
        20 => prop::collection::vec(any::<u8>(), 1..40),
        1 => any::<u8>().prop_map(|byte| vec![byte; 70_000]),
    ]
}

fn writes() -> impl Strategy<Value = Vec<Write>> {
    prop::collection::vec((space(), key(), prop::option::weighted(0.7, value())), 0..12)
}

fn range() -> impl Strategy<Value = KeyRange> {
    prop_oneof![
        (prop::collection::vec(prop::sample::select(&[0x00, b'a', 0xFF][..]), 0..3))
            .prop_map(|prefix| KeyRange::prefix(&prefix)),
        (key(), prop::option::of(key())).prop_map(|(start, end)| KeyRange { start, end }),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let look = (space(), range(), any::<bool>(), 1_usize..6).prop_map(|(space, range, backward, limit)| {
        Step::Scan {
            space,
            range,
            backward,
            limit,
        }
    });
    let step = prop_oneof![
        6 => writes().prop_map(Step::Commit),
        1 => writes().prop_map(Step::Abandon),
        2 => Just(Step::Snapshot),
        6 => look,
        1 => Just(Step::Reopen),
    ];
    prop::collection::vec(step, 1..30)
}

fn conforms(engine: Engine, steps: Vec<Step>) {
    let directory = tempfile::tempdir().unwrap();
    let mut backend = engine.open(directory.path()).unwrap();
    let mut model = Model::default();
    let mut held: Vec<(Box<dyn Snapshot>, Model)> = Vec::new();
    for step in steps {
        match step {
            Step::Commit(writes) => model = write(&*backend, &model, &writes, true),
            Step::Abandon(writes) => drop(write(&*backend, &model, &writes, false)),
            Step::Snapshot => held.push((backend.snapshot().unwrap(), model.clone())),
            Step::Scan {
                space,
                range,
                backward,
                limit,
            } => {
                let direction = if backward {
                    Direction::Backward
                } else {
                    Direction::Forward
                };
                let found = scan(&*backend.snapshot().unwrap(), space, &range, direction, limit).unwrap();
                let mut expected = model.scan(space, &range, direction);
                expected.truncate(limit);
                assert!(found == expected, "{space:?} {range:?} {direction:?} {limit}");
            }
            Step::Reopen => {
                assert_all_hold(&held);
                held.clear();
                backend = engine.reopen(backend, directory.path());
            }
        }
    }
    assert_all_hold(&held);
    assert_holds(&*backend.snapshot().unwrap(), &model);
}

fn assert_all_hold(held: &[(Box<dyn Snapshot>, Model)]) {
    for (snapshot, model) in held {
        assert_holds(&**snapshot, model);
    }
}

/// Writes in one transaction, which must see its own writes; returns the state that it sees at its end.
fn write(backend: &dyn Backend, before: &Model, writes: &[Write], commit: bool) -> Model {
    let mut after = before.clone();
    let mut transaction = backend.begin().unwrap();
    for (space, key, value) in writes {
        assert_eq!(transaction.get(*space, key).unwrap(), after.get(*space, key));
        match value {
            Some(value) => transaction.put(*space, key, value).unwrap(),
            None => transaction.delete(*space, key).unwrap(),
        }
        after.set(*space, key, value.as_deref());
        assert_eq!(transaction.get(*space, key).unwrap(), *value);
    }
    if commit {
        transaction.commit().unwrap();
    }
    after
}

fn cases(cases: u32) -> Config {
    Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    }
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn memory_behaves_like_the_model(steps in steps()) {
        conforms(Engine::Memory, steps);
    }
}

proptest! {
    #![proptest_config(cases(20))]

    #[test]
    fn fjall_behaves_like_the_model(steps in steps()) {
        conforms(Engine::Fjall, steps);
    }

    #[test]
    fn redb_behaves_like_the_model(steps in steps()) {
        conforms(Engine::Redb, steps);
    }
}

proptest! {
    #[test]
    fn a_prefix_range_holds_exactly_the_keys_with_that_prefix(
        prefix in prop::collection::vec(prop::sample::select(&[0x00, 0xFE, 0xFF][..]), 0..4),
        key in prop::collection::vec(prop::sample::select(&[0x00, 0xFE, 0xFF][..]), 0..6),
    ) {
        let range = KeyRange::prefix(&prefix);
        let inside = key >= range.start && range.end.is_none_or(|end| key < end);
        prop_assert_eq!(inside, key.starts_with(&prefix));
    }
}

#[test]
fn a_prefix_ends_where_its_last_byte_that_can_grow_grows() {
    for (prefix, end) in [
        (&b""[..], None),
        (b"a", Some(&b"b"[..])),
        (b"a\xFE", Some(b"a\xFF")),
        (b"a\xFF\xFF", Some(b"b")),
        (b"\xFF", None),
        (b"\xFF\xFF", None),
    ] {
        let expected = KeyRange {
            start: prefix.to_vec(),
            end: end.map(<[u8]>::to_vec),
        };
        assert_eq!(KeyRange::prefix(prefix), expected);
    }
}

fn put(backend: &dyn Backend, space: Space, key: &[u8], value: &[u8]) {
    let mut transaction = backend.begin().unwrap();
    transaction.put(space, key, value).unwrap();
    transaction.commit().unwrap();
}

// R121
#[test]
fn the_same_key_in_two_spaces_is_two_rows() {
    for engine in Engine::ALL {
        let directory = tempfile::tempdir().unwrap();
        let backend = engine.open(directory.path()).unwrap();
        put(&*backend, Space::Identity, b"key", b"identity");
        put(&*backend, Space::Payload, b"key", b"payload");
        let mut transaction = backend.begin().unwrap();
        transaction.delete(Space::Payload, b"key").unwrap();
        transaction.commit().unwrap();
        let snapshot = backend.snapshot().unwrap();
        assert_eq!(
            snapshot.get(Space::Identity, b"key").unwrap().as_deref(),
            Some(&b"identity"[..])
        );
        for space in [Space::Payload, Space::Catalogue, Space::Audit] {
            assert_eq!(snapshot.get(space, b"key").unwrap(), None, "{engine:?} {space:?}");
        }
    }
}

#[test]
fn a_snapshot_never_changes_over_many_commits() {
    for engine in Engine::ALL {
        let directory = tempfile::tempdir().unwrap();
        let backend = engine.open(directory.path()).unwrap();
        put(&*backend, Space::Payload, b"row", b"first");
        let snapshot = backend.snapshot().unwrap();
        for round in 0_u32..60 {
            put(&*backend, Space::Payload, b"row", &round.to_be_bytes());
            put(&*backend, Space::Payload, &round.to_be_bytes(), &[7; 2_000]);
        }
        let rows = scan(
            &*snapshot,
            Space::Payload,
            &everything(),
            Direction::Forward,
            usize::MAX,
        )
        .unwrap();
        assert_eq!(rows, [(b"row".to_vec(), b"first".to_vec())], "{engine:?}");
    }
}

#[test]
fn many_values_come_in_the_order_of_the_keys_with_gaps_and_repeats() {
    for engine in Engine::ALL {
        let directory = tempfile::tempdir().unwrap();
        let backend = engine.open(directory.path()).unwrap();
        put(&*backend, Space::Audit, b"a", b"");
        put(&*backend, Space::Audit, b"b", b"2");
        let keys = [&b"b"[..], b"none", b"a", b"", b"b"].map(<[u8]>::to_vec);
        let found = backend.snapshot().unwrap().get_many(Space::Audit, &keys).unwrap();
        let expected = [
            Some(b"2".to_vec()),
            None,
            Some(Vec::new()),
            None,
            Some(b"2".to_vec()),
        ];
        assert_eq!(found, expected, "{engine:?}");
    }
}

#[test]
fn a_key_is_stored_at_its_limit_and_refused_just_over_it_and_when_empty() {
    for engine in Engine::ALL {
        let directory = tempfile::tempdir().unwrap();
        let backend = engine.open(directory.path()).unwrap();
        let longest = vec![b'k'; KEY_BYTES_MAX];
        let over = vec![b'k'; KEY_BYTES_MAX + 1];
        put(&*backend, Space::Payload, &longest, b"value");
        let mut transaction = backend.begin().unwrap();
        for key in [&over[..], b""] {
            assert!(matches!(
                transaction.put(Space::Payload, key, b"value"),
                Err(BackendError::Failed(_))
            ));
            assert_eq!(transaction.delete(Space::Payload, key), Ok(()));
            assert_eq!(transaction.get(Space::Payload, key), Ok(None), "{engine:?}");
        }
        transaction.commit().unwrap();
        let snapshot = backend.snapshot().unwrap();
        assert_eq!(snapshot.get(Space::Payload, &over), Ok(None));
        assert_eq!(
            snapshot.get(Space::Payload, &longest),
            Ok(Some(b"value".to_vec()))
        );
        let beyond = scan(
            &*snapshot,
            Space::Payload,
            &KeyRange::prefix(&over),
            Direction::Forward,
            1,
        );
        assert!(matches!(beyond, Err(BackendError::Failed(_))), "{engine:?}");
    }
}

#[test]
fn a_second_opening_is_refused_while_the_first_is_open() {
    for engine in Engine::ON_DISK {
        let directory = tempfile::tempdir().unwrap();
        let backend = engine.open(directory.path()).unwrap();
        put(&*backend, Space::Catalogue, b"key", b"value");
        let refused = engine.open(directory.path()).err();
        assert_eq!(
            refused,
            Some(BackendError::InUse {
                directory: directory.path().to_owned()
            }),
            "{engine:?}"
        );
        put(&*backend, Space::Catalogue, b"key", b"still works");
        drop(backend);
        assert!(engine.open(directory.path()).is_ok(), "{engine:?}");
    }
}

#[test]
fn a_second_transaction_waits_for_the_first_and_sees_its_commit() {
    for engine in Engine::ALL {
        let directory = tempfile::tempdir().unwrap();
        let backend = engine.open(directory.path()).unwrap();
        let mut first = backend.begin().unwrap();
        first.put(Space::Payload, b"counter", b"1").unwrap();
        let other = Arc::clone(&backend);
        let second = std::thread::spawn(move || {
            other
                .begin()
                .and_then(|transaction| transaction.get(Space::Payload, b"counter"))
        });
        first.commit().unwrap();
        let seen = second.join().unwrap().unwrap();
        // The thread may begin only after the commit; it must never see the state before it.
        assert_eq!(seen.as_deref(), Some(&b"1"[..]), "{engine:?}");
    }
}
