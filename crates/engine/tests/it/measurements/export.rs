//! Exports: chunk by chunk, each decided anew.

use super::{READ_AND_WRITE, at, of, reading, store};
use crate::house::House;
use engine::measurements::{DeleteMeasurement, ExportChunk, ExportMeasurements, ExportPlace};
use model::ids::{MeasurementId, ObjectId};
use model::measurements::MeasurementFilter;

fn chunk(source: ObjectId, revert: bool, after: Option<ExportPlace>) -> ExportMeasurements {
    let filter = MeasurementFilter {
        from: Some(at(0)),
        ..of(source)
    };
    ExportMeasurements {
        filter,
        revert,
        after,
    }
}

fn ids(chunk: &ExportChunk) -> impl Iterator<Item = MeasurementId> {
    chunk.measurements.iter().map(|one| one.id)
}

#[test]
fn an_export_goes_on_behind_what_one_walk_finds_and_gives_each_measurement_once() {
    let house = House::new();
    let who = house.person("alpha", "ann", READ_AND_WRITE);
    let source = house.object(&who, "meter");
    // Two of each second, in bulks that overlap in time, and more than one walk finds.
    for bulk in 0..4 {
        let readings = (0..4_200).map(|step| reading(source, (bulk * 2_000 + step) / 2, "1"));
        store(&house, &who, readings.collect());
    }
    for revert in [false, true] {
        let (mut found, mut times, mut after) = (Vec::new(), Vec::new(), None);
        loop {
            let chunk = house.ask(&who, chunk(source, revert, after)).expect("a chunk");
            found.extend(ids(&chunk));
            times.extend(chunk.measurements.iter().map(|one| one.document.time));
            match chunk.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        assert!(times.is_sorted_by(|left, right| if revert { left >= right } else { left <= right }));
        found.sort_unstable();
        found.dedup();
        assert_eq!((found.len(), times.len()), (16_800, 16_800));
    }
}

// R116
#[test]
fn a_later_chunk_holds_nothing_that_was_deleted_and_its_place_opens_nothing_for_others() {
    let house = House::new();
    let ann = house.person("alpha", "ann", READ_AND_WRITE);
    let bob = house.person("beta", "bob", READ_AND_WRITE);
    let source = house.object(&ann, "meter");
    let stored = store(
        &house,
        &ann,
        (0..2_100).map(|second| reading(source, second, "1")).collect(),
    );
    let first = house.ask(&ann, chunk(source, false, None)).expect("a chunk");
    house
        .run(&ann, DeleteMeasurement(stored[1_000]))
        .expect("deleted");
    let foreign = house
        .ask(&bob, chunk(source, false, first.next.clone()))
        .expect("a chunk");
    assert_eq!(ids(&foreign).count(), 0);
    let second = house
        .ask(&ann, chunk(source, false, first.next))
        .expect("a chunk");
    let third = house
        .ask(&ann, chunk(source, false, second.next.clone()))
        .expect("a chunk");
    assert!(
        ids(&second)
            .chain(ids(&third))
            .eq(stored[1_001..].iter().copied())
    );
    assert_eq!(third.next, None);
}
