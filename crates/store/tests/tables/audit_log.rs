//! What shortens a search in the audit log: it finds what is there, whoever has written the log before, and is gone with
//! what it is about.

use crate::seals::{put, rows};
use crate::world::{World, record};
use audit::record::Record;
use model::ids::{RetentionRuleId, TenantNumber};
use model::time::Timestamp;
use policy::operations::audit::{AuditCreate, AuditRead};
use policy::proof::{Allowed, SystemReason};
use std::ops::ControlFlow;
use store::audit_log::{By, IndexFault, SEGMENT, expire};
use store::backend::{Direction, Space};

/// Tags of tables, as in stored keys.
const RECORD: u8 = 80;
const GUIDE: u8 = 86;
const NAMED: u8 = 87;

fn about(source: &str, user: &str, time: i64) -> Record {
    let mut record = record("Said");
    record.source = Some(source.to_owned());
    record.actor.name = user.to_owned();
    record.time = Timestamp::from_millis(time);
    record
}

/// Appends records in one commit.
fn append(world: &World, records: impl IntoIterator<Item = Record>) {
    let proof = Allowed::<AuditCreate>::mint_system(tenant(world), SystemReason::Setup);
    let tx = world.store.write_for(&proof).unwrap();
    records.into_iter().for_each(|record| tx.record(record));
    world.store.commit_blocking(tx).unwrap();
}

fn tenant(world: &World) -> TenantNumber {
    world.realms[0].tenant
}

fn stored(world: &World, table: u8) -> Vec<(Vec<u8>, Vec<u8>)> {
    rows(&*world.engines.tenants, Space::Audit, tenant(world), Some(table))
}

fn remove(world: &World, table: u8) {
    let mut tx = world.engines.tenants.begin().unwrap();
    for (key, _) in stored(world, table) {
        tx.delete(Space::Audit, &key).unwrap();
    }
    tx.commit().unwrap();
}

/// The places that are looked at for records that name this; and those of them that do.
fn visited(world: &World, by: By, text: &str, direction: Direction) -> (usize, Vec<u64>) {
    let tx = world.store.read(tenant(world)).unwrap();
    let log = tx.audit_log(Allowed::<AuditRead>::mint_system(
        tenant(world),
        SystemReason::Setup,
    ));
    let (mut looked, mut found) = (0, Vec::new());
    let mut visit = |stored: store::audit_log::StoredRecord| {
        looked += 1;
        let record = Record::parse(&stored.bytes.unwrap()).unwrap();
        let is_meant = match by {
            By::Source => record.source.as_deref() == Some(text),
            By::User => record.actor.name == text,
            By::Kind => record.kind == text,
        };
        found.extend(is_meant.then_some(stored.sequence));
        ControlFlow::Continue(())
    };
    let flow = log
        .visit(0..u64::MAX, Some((by, text)), direction, &mut visit)
        .unwrap();
    assert!(flow.is_continue());
    (looked, found)
}

/// A log of so many records, of which every tenth is about `7` and every hundredth by `ann`; in commits of 30.
fn world_with_log(records: i64) -> (World, u64) {
    let world = World::new();
    let before = {
        let tx = world.store.read(tenant(&world)).unwrap();
        let proof = Allowed::<AuditRead>::mint_system(tenant(&world), SystemReason::Setup);
        tx.audit_log(proof).size().unwrap()
    };
    let all: Vec<_> = (0..records)
        .map(|place| {
            let source = if place % 10 == 0 { "7" } else { "8" };
            let user = if place % 100 == 0 { "ann" } else { "bob" };
            about(source, user, place)
        })
        .collect();
    all.chunks(30).for_each(|some| append(&world, some.to_vec()));
    (world, before)
}

#[test]
fn a_question_about_a_source_or_user_looks_at_no_other_records() {
    let (world, before) = world_with_log(2_500);
    let sevens: Vec<u64> = (0..250).map(|place| before + place * 10).collect();
    let anns: Vec<u64> = (0..25).map(|place| before + place * 100).collect();
    for (by, text, mut expected) in [(By::Source, "7", sevens), (By::User, "ann", anns)] {
        assert_eq!(
            visited(&world, by, text, Direction::Forward),
            (expected.len(), expected.clone())
        );
        expected.reverse();
        assert_eq!(
            visited(&world, by, text, Direction::Backward),
            (expected.len(), expected)
        );
    }
    assert_eq!(
        visited(&world, By::Source, "ann", Direction::Forward),
        (0, Vec::new())
    );
    assert_eq!(
        visited(&world, By::Kind, "Test", Direction::Forward).1.len(),
        2_500
    );
}

// A program without guide and index has written the log, or has written on it.
#[test]
fn a_log_that_was_written_without_an_index_is_answered_whole_and_taken_in_by_and_by() {
    for is_begun in [false, true] {
        let (world, before) = world_with_log(210);
        let guide = stored(&world, GUIDE).remove(0);
        append(
            &world,
            (210..300).map(|place| about(if place % 10 == 0 { "7" } else { "8" }, "bob", place)),
        );
        let expected: Vec<u64> = (0..30).map(|place| before + place * 10).collect();
        remove(&world, NAMED);
        match is_begun {
            true => put(&*world.engines.tenants, Space::Audit, &guide.0, &guide.1),
            false => remove(&world, GUIDE),
        }
        let world = world.restart();
        assert_eq!(
            index_fault(&world),
            None,
            "what is not taken in yet is not missing"
        );
        check_taken_in(world, &expected);
    }
}

/// Whether all that is about `7` is found while the log is taken into the index, and nothing else looked at in the end.
fn check_taken_in(mut world: World, expected: &[u64]) {
    assert_eq!(visited(&world, By::Source, "7", Direction::Forward).1, expected);
    let (mut looked, mut commits) = (usize::MAX, 0);
    while looked > expected.len() {
        append(&world, [about("9", "eve", 400)]);
        for direction in [Direction::Forward, Direction::Backward] {
            let (now, mut found) = visited(&world, By::Source, "7", direction);
            found.sort_unstable();
            assert_eq!(found, expected);
            assert!(now <= looked);
            looked = now;
        }
        world = world.restart();
        commits += 1;
        assert!(commits < 10, "{looked}");
    }
    assert_eq!(visited(&world, By::Source, "9", Direction::Forward).0, commits);
}

#[test]
fn a_damaged_row_of_the_index_hides_no_record() {
    let (world, _) = world_with_log(300);
    let expected = visited(&world, By::Source, "7", Direction::Backward).1;
    for (key, mut value) in stored(&world, NAMED) {
        let middle = value.len() / 2;
        value[middle] ^= 1;
        put(&*world.engines.tenants, Space::Audit, &key, &value);
    }
    assert_eq!(visited(&world, By::Source, "7", Direction::Backward).1, expected);
}

fn index_fault(world: &World) -> Option<IndexFault> {
    let tx = world.store.read(tenant(world)).unwrap();
    let proof = Allowed::<AuditRead>::mint_system(tenant(world), SystemReason::Setup);
    tx.audit_log(proof).check_index().unwrap()
}

// R099
#[test]
fn whatever_is_done_to_a_row_of_the_index_is_found() {
    let (world, _) = world_with_log(60);
    assert_eq!(index_fault(&world), None);
    let engine = &*world.engines.tenants;
    let place = |key: &[u8]| u64::from_be_bytes(key[key.len() - 8..].try_into().unwrap());
    for (key, value) in stored(&world, NAMED) {
        let id = place(&key) + 1;
        let mut damaged = value.clone();
        let middle = damaged.len() / 2;
        damaged[middle] ^= 1;
        put(engine, Space::Audit, &key, &damaged);
        assert_eq!(index_fault(&world), Some(IndexFault::Damaged(id)));
        let mut tx = engine.begin().unwrap();
        tx.delete(Space::Audit, &key).unwrap();
        tx.commit().unwrap();
        assert_eq!(index_fault(&world), Some(IndexFault::Missing(id)));
        put(engine, Space::Audit, &key, &value);
    }
    assert_eq!(index_fault(&world), None);
}

// R099
#[test]
fn an_index_that_leads_to_a_record_that_is_gone_is_found() {
    let (world, before) = world_with_log(60);
    let record = rows(
        &*world.engines.tenants,
        Space::Audit,
        tenant(&world),
        Some(RECORD),
    );
    let (key, _) = record.last().unwrap();
    let mut tx = world.engines.tenants.begin().unwrap();
    tx.delete(Space::Audit, key).unwrap();
    tx.commit().unwrap();
    assert_eq!(index_fault(&world), Some(IndexFault::Astray(before + 60)));
}

// R139
#[test]
fn the_index_shows_neither_text_nor_which_texts_are_equal_in_another_tenant() {
    let world = World::new();
    append(&world, [about("the-plain-source", "the-plain-user", 1)]);
    let other = world.realms[1].tenant;
    let proof = Allowed::<AuditCreate>::mint_system(other, SystemReason::Setup);
    let tx = world.store.write_for(&proof).unwrap();
    tx.record(about("the-plain-source", "the-plain-user", 1));
    world.store.commit_blocking(tx).unwrap();
    let blinds = |tenant| -> Vec<Vec<u8>> {
        let rows = rows(&*world.engines.tenants, Space::Audit, tenant, Some(NAMED));
        rows.into_iter().map(|(key, _)| key[6..22].to_vec()).collect()
    };
    let (ours, theirs) = (blinds(tenant(&world)), blinds(other));
    assert!(!ours.is_empty() && ours.iter().all(|blind| !theirs.contains(blind)));
    for (key, value) in stored(&world, NAMED) {
        let has = |text: &[u8]| {
            [&key, &value]
                .iter()
                .any(|bytes| bytes.windows(text.len()).any(|part| part == text))
        };
        assert!(!has(b"the-plain") && !has(b"plain-user"));
    }
}

// R099
#[test]
fn what_a_retention_rule_removes_is_gone_from_the_index_too() {
    let (world, before) = world_with_log(SEGMENT as i64 + 100);
    let proof = Allowed::<AuditCreate>::mint_system(tenant(&world), SystemReason::Retention);
    let tx = world.store.write_for(&proof).unwrap();
    let rule: RetentionRuleId = RetentionRuleId::new(1).unwrap();
    let removed = expire(&tx, &proof, rule, Timestamp::from_millis(i64::MAX)).unwrap();
    assert_eq!(removed, Some(0..SEGMENT));
    world.store.commit_blocking(tx).unwrap();
    assert_eq!(index_fault(&world), None);
    let first = |key: &[u8]| u64::from_be_bytes(key[key.len() - 8..].try_into().unwrap());
    let left = stored(&world, NAMED);
    assert!(!left.is_empty() && left.iter().all(|(key, _)| first(key) >= SEGMENT));
    let expected: Vec<u64> = (0..SEGMENT + 100)
        .filter(|place| place % 10 == 0)
        .map(|place| before + place)
        .filter(|place| *place >= SEGMENT)
        .collect();
    assert_eq!(
        visited(&world, By::Source, "7", Direction::Forward),
        (expected.len(), expected)
    );
}
