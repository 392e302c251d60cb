//! Deleting measurements: one, by filter in parts, and with their object.

use super::{READ_AND_WRITE, all, at, of, reading, records, seconds, store};
use crate::house::House;
use engine::inventory::DeleteObject;
use engine::measurements::{DeleteMeasurement, DeleteMeasurements, ReadMeasurement};
use engine::refusal::{Invalid, Missing, Refusal};
use engine::version::Expected;
use model::ids::ObjectId;
use model::measurements::{MeasurementFilter, NewMeasurement};
use std::ops::ControlFlow;
use store::backend::{Backend, Direction, KeyRange, Space};

/// Rows of streams and points of a tenant: tables 60 to 69.
fn telemetry_rows(house: &House, tenant: &str) -> usize {
    let mut prefix = house.tenant(tenant).0.to_be_bytes().to_vec();
    let mut count = 0;
    for table in 60..70 {
        prefix.push(table);
        let snapshot = house.backend.snapshot().expect("a snapshot");
        let mut visit = |_: &[u8], _: &[u8]| {
            count += 1;
            ControlFlow::Continue(())
        };
        snapshot
            .scan(
                Space::Payload,
                &KeyRange::prefix(&prefix),
                Direction::Forward,
                &mut visit,
            )
            .expect("readable");
        prefix.pop();
    }
    count
}

fn delete_object(id: ObjectId) -> DeleteObject {
    DeleteObject {
        id,
        cascade: false,
        force_cascade: false,
        with_device_user: false,
        expected: Expected::Any,
    }
}

#[test]
fn a_deleted_measurement_is_gone_and_its_neighbours_keep_their_ids() {
    let house = House::new();
    let who = house.person("alpha", "ann", READ_AND_WRITE);
    let source = house.object(&who, "meter");
    let ids = store(
        &house,
        &who,
        (0..5).map(|second| reading(source, second, "1")).collect(),
    );
    for gone in [2, 0, 4] {
        house.run(&who, DeleteMeasurement(ids[gone])).expect("deleted");
        let missing = Refusal::Missing(Missing::Measurement(ids[gone]));
        assert_eq!(
            house.ask(&who, ReadMeasurement(ids[gone])).expect_err("gone"),
            missing
        );
        assert_eq!(
            house.run(&who, DeleteMeasurement(ids[gone])).expect_err("gone"),
            missing
        );
    }
    assert_eq!(
        seconds(&house.ask(&who, all(of(source))).expect("listed")),
        [1, 3]
    );
    assert_eq!(
        house
            .ask(&who, ReadMeasurement(ids[3]))
            .expect("there")
            .document
            .time,
        at(3)
    );
    // The place of a deleted point is never given again.
    let next = store(&house, &who, vec![reading(source, 9, "1")]);
    assert!(!ids.contains(&next[0]));
    assert_eq!(
        records(&house, &who, "Telemetry")
            .iter()
            .filter(|record| record.activity == "Measurement deleted")
            .count(),
        3
    );
}

#[test]
fn a_deletion_by_filter_needs_a_source_or_a_time_and_is_recorded_with_its_count() {
    let house = House::new();
    let who = house.person("alpha", "ann", READ_AND_WRITE);
    let (one, two) = (house.object(&who, "one"), house.object(&who, "two"));
    let mut documents: Vec<_> = (0..10).map(|second| reading(one, second, "1")).collect();
    documents.extend((0..10).map(|second| reading(two, second, "1")));
    store(&house, &who, documents);
    let kind = MeasurementFilter {
        kind: Some("c8y_T".to_owned()),
        ..MeasurementFilter::default()
    };
    let unfiltered = house.wait(house.door.delete_measurements(&who, kind));
    assert_eq!(unfiltered, Err(Refusal::Invalid(Invalid::DeletionUnfiltered)));
    let some = MeasurementFilter {
        from: Some(at(3)),
        to: Some(at(6)),
        ..of(one)
    };
    assert_eq!(house.wait(house.door.delete_measurements(&who, some)), Ok(4));
    assert_eq!(
        seconds(&house.ask(&who, all(of(one))).expect("listed")),
        [0, 1, 2, 7, 8, 9]
    );
    let late = MeasurementFilter {
        from: Some(at(8)),
        ..MeasurementFilter::default()
    };
    assert_eq!(house.wait(house.door.delete_measurements(&who, late)), Ok(4));
    assert_eq!(house.ask(&who, all(of(two))).expect("listed").total, Some(8));
    let found = records(&house, &who, "Telemetry");
    let text = format!(
        "4 measurements deleted: source={one}, from={}, to={}",
        at(3),
        at(6)
    );
    assert_eq!(found[1].text, text);
}

#[test]
fn a_large_deletion_goes_in_parts_and_takes_everything() {
    let house = House::new();
    let who = house.person("alpha", "ann", READ_AND_WRITE);
    let (one, two) = (house.object(&who, "one"), house.object(&who, "two"));
    for part in 0..5 {
        let source = if part % 2 == 0 { one } else { two };
        store(
            &house,
            &who,
            (0..9_000)
                .map(|second| reading(source, part * 10_000 + second, "1"))
                .collect(),
        );
    }
    let first = house.run(
        &who,
        DeleteMeasurements {
            filter: MeasurementFilter {
                from: Some(at(0)),
                ..Default::default()
            },
            start: None,
        },
    );
    let first = first.expect("a part");
    assert!(first.count < 45_000 && first.next.is_some());
    let rest = MeasurementFilter {
        to: Some(at(99_999)),
        ..Default::default()
    };
    assert_eq!(
        house.wait(house.door.delete_measurements(&who, rest)),
        Ok(45_000 - first.count)
    );
    assert_eq!(
        house
            .ask(&who, all(MeasurementFilter::default()))
            .expect("listed")
            .total,
        Some(0)
    );
}

#[test]
fn the_measurements_of_a_deleted_object_are_hidden_at_once_and_leave_no_row_behind() {
    let house = House::new();
    let who = house.person("alpha", "ann", READ_AND_WRITE);
    let (gone, stays) = (house.object(&who, "gone"), house.object(&who, "stays"));
    let kept = store(&house, &who, vec![reading(stays, 0, "1")]);
    let rows_before = telemetry_rows(&house, "alpha");
    // More batches than are removed before the deletion is answered: one for each type of each post.
    let mut ids = Vec::new();
    for second in 0..9 {
        let typed = |number| {
            let kind = format!("type{number}").parse().expect("a type");
            NewMeasurement {
                kind,
                ..reading(gone, second, "1")
            }
        };
        ids.extend(store(&house, &who, (0..1_000).map(typed).collect()));
    }
    house.run(&who, delete_object(gone)).expect("deleted");
    assert!(
        telemetry_rows(&house, "alpha") > rows_before,
        "something is left to be removed later"
    );
    let listed = house
        .ask(&who, all(MeasurementFilter::default()))
        .expect("listed");
    assert_eq!(
        listed
            .measurements
            .iter()
            .map(|found| found.id)
            .collect::<Vec<_>>(),
        kept
    );
    assert_eq!(house.ask(&who, all(of(gone))).expect("listed").total, Some(0));
    assert_eq!(
        house.ask(&who, ReadMeasurement(ids[8_999])).expect_err("gone"),
        Refusal::Missing(Missing::Measurement(ids[8_999]))
    );
    house.wait(house.door.finish_deletions()).expect("finished");
    assert_eq!(telemetry_rows(&house, "alpha"), rows_before);
    assert_eq!(
        house
            .ask(&who, ReadMeasurement(kept[0]))
            .expect("untouched")
            .document
            .source,
        stays
    );
    let jobs = records(&house, &who, "Telemetry");
    assert!(
        jobs.iter()
            .any(|record| record.source == Some(gone.to_string()) && record.actor.principal.is_none())
    );
}
