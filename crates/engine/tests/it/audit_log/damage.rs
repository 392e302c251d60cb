//! A stored log that was changed outside of the program: found, named, and in nobody's way.

use super::{AUDITOR, bundle, clients_record, find, id};
use crate::house::House;
use audit::bundle::{Trust, verify_bundle};
use audit::verify::Which;
use engine::audit_log::{
    AuditFilter, CreateAuditRecord, ExportFailed, Fault, ReadAuditRecord, ReadCheckpoint, export_directory,
    verify_directory,
};
use std::ops::ControlFlow;
use store::backend::{Backend, Direction, KeyRange, Space};

/// The tables of a log, by the byte in their keys.
const RECORD: u8 = 80;
const NODE: u8 = 81;
const EDGE: u8 = 82;
const CHECKPOINT: u8 = 83;

/// The keys and values of a table of the tenant `alpha`, in order.
fn rows(house: &House, table: u8) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut prefix = house.tenant("alpha").0.to_be_bytes().to_vec();
    prefix.push(table);
    let mut found = Vec::new();
    let mut visit = |key: &[u8], value: &[u8]| {
        found.push((key.to_vec(), value.to_vec()));
        ControlFlow::Continue(())
    };
    let snapshot = house.backend.snapshot().expect("a snapshot");
    snapshot
        .scan(
            Space::Audit,
            &KeyRange::prefix(&prefix),
            Direction::Forward,
            &mut visit,
        )
        .expect("readable");
    found
}

fn put(house: &House, key: &[u8], value: Option<&[u8]>) {
    let mut tx = house.backend.begin().expect("the writer");
    match value {
        Some(value) => tx.put(Space::Audit, key, value),
        None => tx.delete(Space::Audit, key),
    }
    .expect("written");
    tx.commit().expect("durable");
}

fn flip(house: &House, table: u8, place: usize) {
    let (key, mut value) = rows(house, table).swap_remove(place);
    let middle = value.len() / 2;
    value[middle] ^= 1;
    put(house, &key, Some(&value));
}

/// A log with some records, and a checkpoint that was kept elsewhere.
fn house_with_log() -> (House, Vec<String>) {
    let house = House::new();
    let who = house.person("alpha", "auditor", AUDITOR);
    for _ in 0..9 {
        house
            .run(&who, CreateAuditRecord(clients_record("Alarm")))
            .expect("run")
            .expect("placed");
    }
    let kept = house
        .ask(&who, ReadCheckpoint)
        .expect("a checkpoint")
        .note
        .expect("a note");
    house
        .run(&who, CreateAuditRecord(clients_record("Alarm")))
        .expect("run")
        .expect("placed");
    (house, vec![kept])
}

fn verify(house: &House, kept: &[String]) -> Result<u64, Fault> {
    verify_directory(house.door.store(), house.tenant("alpha"), kept).map(|verified| verified.size)
}

// R099
#[test]
fn a_whole_log_verifies_and_agrees_with_the_checkpoint_that_was_kept() {
    let (house, kept) = house_with_log();
    let size = rows(&house, RECORD).len() as u64;
    let verified = verify_directory(house.door.store(), house.tenant("alpha"), &kept).expect("whole");
    assert_eq!((verified.first, verified.size, verified.kept), (0, size, 1));
    assert!(verified.confirmed > 0 && verified.checkpoint.is_some());
    for tenant in ["beta", "management"] {
        verify_directory(house.door.store(), house.tenant(tenant), &[]).expect("whole");
    }
    let foreign = verify_directory(house.door.store(), house.tenant("beta"), &kept);
    assert!(matches!(
        foreign,
        Err(Fault::BadSignature {
            which: Which::Kept(0),
            ..
        })
    ));
}

// R099
#[test]
fn a_flipped_bit_in_a_stored_record_is_found_and_the_record_is_named() {
    let size = rows(&house_with_log().0, RECORD).len();
    for place in [0, 4, size - 1] {
        let (house, kept) = house_with_log();
        flip(&house, RECORD, place);
        assert_eq!(
            verify(&house, &kept),
            Err(Fault::WrongHash {
                sequence: place as u64
            })
        );
    }
}

// R099
#[test]
fn a_missing_swapped_or_cut_off_record_is_found() {
    let (house, kept) = house_with_log();
    let records = rows(&house, RECORD);
    put(&house, &records[3].0, None);
    assert_eq!(verify(&house, &kept), Err(Fault::MissingRecord { sequence: 3 }));
    put(&house, &records[3].0, Some(&records[4].1));
    assert_eq!(verify(&house, &kept), Err(Fault::WrongHash { sequence: 3 }));
    put(&house, &records[3].0, Some(&records[3].1));
    verify(&house, &kept).expect("whole again");
    let last = records.len() - 1;
    put(&house, &records[last].0, None);
    assert_eq!(
        verify(&house, &kept),
        Err(Fault::MissingRecord {
            sequence: last as u64
        })
    );
}

// R099
#[test]
fn a_flipped_bit_in_a_stored_hash_the_edge_or_the_checkpoint_is_found() {
    for place in 0..rows(&house_with_log().0, NODE).len() {
        let (house, kept) = house_with_log();
        flip(&house, NODE, place);
        assert!(
            matches!(verify(&house, &kept), Err(Fault::WrongNode { .. })),
            "node {place}"
        );
    }
    let (house, kept) = house_with_log();
    flip(&house, EDGE, 0);
    assert!(matches!(verify(&house, &kept), Err(Fault::WrongNode { .. })));
    let (house, kept) = house_with_log();
    flip(&house, CHECKPOINT, 0);
    assert!(matches!(
        verify(&house, &kept),
        Err(Fault::BadSignature {
            which: Which::Own,
            ..
        })
    ));
}

// R099
#[test]
fn an_older_copy_of_the_log_that_was_put_back_is_found_by_a_kept_checkpoint() {
    let (house, _) = house_with_log();
    let old: Vec<_> = [RECORD, NODE, EDGE, CHECKPOINT]
        .into_iter()
        .flat_map(|table| rows(&house, table))
        .collect();
    let who = house.person("alpha", "later", AUDITOR);
    let kept = house
        .ask(&who, ReadCheckpoint)
        .expect("a checkpoint")
        .note
        .expect("a note");
    for (key, _) in [RECORD, NODE].into_iter().flat_map(|table| rows(&house, table)) {
        put(&house, &key, None);
    }
    for (key, value) in old {
        put(&house, &key, Some(&value));
    }
    verify(&house, &[]).expect("consistent in itself");
    assert!(matches!(
        verify(&house, &[kept]),
        Err(Fault::Truncated {
            which: Which::Kept(0),
            ..
        })
    ));
}

// R099
#[test]
fn a_damaged_record_is_listed_as_such_and_hides_no_other() {
    let (house, _) = house_with_log();
    let who = house.person("alpha", "reader", AUDITOR);
    flip(&house, RECORD, 5);
    let (found, total) = find(&house, &who, AuditFilter::default(), 0, 2_000);
    assert_eq!(total, Some(found.len()));
    let damaged: Vec<_> = found
        .iter()
        .filter(|entry| entry.record.is_none())
        .map(|entry| entry.id)
        .collect();
    assert_eq!(damaged, [id(6)]);
    assert_eq!(
        house.ask(&who, ReadAuditRecord(id(6))).expect("there").record,
        None
    );
    assert!(
        house
            .ask(&who, ReadAuditRecord(id(7)))
            .expect("there")
            .record
            .is_some()
    );
    let mut bytes = Vec::new();
    let failed = export_directory(house.door.store(), house.tenant("alpha"), 0, &mut bytes);
    assert!(matches!(failed, Err(ExportFailed::Damaged(5))));
}

// R101
#[test]
fn an_export_from_the_data_directory_is_the_one_that_the_door_gives() {
    let (house, kept) = house_with_log();
    let mut offline = Vec::new();
    export_directory(house.door.store(), house.tenant("alpha"), 2, &mut offline).expect("exported");
    let trust = Trust {
        key: None,
        kept: &kept,
    };
    let verified = verify_bundle(offline.as_slice(), &trust).expect("whole");
    assert_eq!(verified.log.first, 2);
    let who = house.person("alpha", "reader", AUDITOR);
    let (online, _) = bundle(&house, &who, 3, None, Vec::new());
    let lines = |bytes: &[u8]| -> Vec<String> {
        String::from_utf8_lossy(bytes)
            .lines()
            .filter(|line| line.starts_with("5 "))
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(lines(&offline), lines(&online));
    assert_eq!(lines(&online).len(), 1);
}
