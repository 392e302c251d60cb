//! Stored measurements that were changed outside of the program.

use super::{READ_AND_WRITE, all, at, of, reading, seconds, store};
use crate::house::House;
use ::store::backend::{Backend, Direction, KeyRange, Space};
use engine::measurements::ReadMeasurement;
use engine::refusal::Refusal;
use model::measurements::MeasurementFilter;
use std::ops::ControlFlow;

// R139
#[test]
fn a_damaged_batch_is_not_served_and_takes_no_other_with_it() {
    let house = House::new();
    let who = house.person("alpha", "ann", READ_AND_WRITE);
    let source = house.object(&who, "meter");
    let ids: Vec<_> = (0..5)
        .flat_map(|second| store(&house, &who, vec![reading(source, second, "1")]))
        .collect();
    let mut points = house.tenant("alpha").0.to_be_bytes().to_vec();
    points.push(63);
    let mut batches = Vec::new();
    let snapshot = house.backend.snapshot().expect("a snapshot");
    let mut visit = |key: &[u8], value: &[u8]| {
        batches.push((key.to_vec(), value.to_vec()));
        ControlFlow::Continue(())
    };
    snapshot
        .scan(
            Space::Payload,
            &KeyRange::prefix(&points),
            Direction::Forward,
            &mut visit,
        )
        .expect("readable");
    let (key, value) = &mut batches[2];
    value[20] ^= 1;
    let mut tx = house.backend.begin().expect("the writer");
    tx.put(Space::Payload, key, value).expect("written");
    tx.commit().expect("durable");

    for from in [0, 2, 3] {
        let filter = MeasurementFilter {
            from: Some(at(from)),
            ..of(source)
        };
        let expected: Vec<_> = [0, 1, 3, 4]
            .into_iter()
            .filter(|second| *second >= from)
            .collect();
        assert_eq!(seconds(&house.ask(&who, all(filter)).expect("listed")), expected);
    }
    assert!(matches!(
        house.ask(&who, ReadMeasurement(ids[2])),
        Err(Refusal::Fault(_))
    ));
    assert!(house.ask(&who, ReadMeasurement(ids[3])).is_ok());
}
