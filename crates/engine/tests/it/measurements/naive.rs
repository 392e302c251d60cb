//! Random work on measurements compared with a list in memory.

use super::{READ_AND_WRITE, at, member, store};
use crate::house::House;
use engine::caller::Caller;
use engine::measurements::{DeleteMeasurement, FindMeasurements, ReadMeasurement};
use model::ids::{MeasurementId, ObjectId};
use model::json::Object;
use model::measurements::{MeasurementFilter, NewMeasurement};
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Step {
    Store(Vec<(usize, i64, usize)>),
    DeleteOne(usize),
    DeleteMany {
        source: Option<usize>,
        from: i64,
        to: i64,
        fragment: Option<usize>,
    },
    Find {
        source: Option<usize>,
        from: Option<i64>,
        to: Option<i64>,
        fragment: Option<usize>,
        revert: bool,
        skip: usize,
        take: usize,
    },
}

const FRAGMENTS: [&str; 3] = ["c8y_A", "c8y_B", "c8y_C"];

/// Documents of five shapes: plain, two fragments, one with an extra, none, another unit.
fn document(source: ObjectId, second: i64, shape: usize) -> NewMeasurement {
    let fragment = |value: &str, unit| -> Object { [("T", member(value, unit))].into_iter().collect() };
    let mut fragments = Object::new();
    let value = format!("{second}.{shape}0");
    match shape {
        0 => fragments.set("c8y_A", fragment(&value, None)),
        1 => {
            fragments.set("c8y_B", fragment(&value, Some("C")));
            fragments.set("c8y_A", fragment("1e400", None));
        }
        2 => {
            let mut odd = fragment(&value, None);
            odd.set("extra", vec![model::json::Json::Null]);
            fragments.set("c8y_C", odd);
        }
        3 => {}
        _ => fragments.set("c8y_A", fragment(&value, Some("F"))),
    }
    let kind = if shape == 4 { "other" } else { "type" };
    NewMeasurement {
        source,
        time: at(second),
        kind: kind.parse().expect("a type"),
        fragments,
    }
}

fn step() -> impl Strategy<Value = Step> {
    let source = || proptest::option::of(0..3usize);
    let time = || proptest::option::of(-5..45i64);
    let fragment = || proptest::option::of(0..3usize);
    prop_oneof![
        4 => proptest::collection::vec((0..3usize, 0..40i64, 0..5usize), 1..12).prop_map(Step::Store),
        2 => any::<proptest::sample::Index>().prop_map(|index| Step::DeleteOne(index.index(1 << 20))),
        1 => (source(), 0..40i64, 0..8i64, fragment()).prop_map(|(source, from, width, fragment)| {
            Step::DeleteMany { source, from, to: from + width, fragment }
        }),
        4 => (source(), time(), time(), fragment(), any::<bool>(), 0..6usize, 0..20usize).prop_map(
            |(source, from, to, fragment, revert, skip, take)| Step::Find { source, from, to, fragment, revert, skip, take }
        ),
    ]
}

/// The measurements as a list in the order in which they came.
#[derive(Default)]
struct Naive(Vec<(MeasurementId, NewMeasurement)>);

fn means(filter: &MeasurementFilter, document: &NewMeasurement) -> bool {
    filter.source.is_none_or(|source| document.source == source)
        && filter.from.is_none_or(|from| document.time >= from)
        && filter.to.is_none_or(|to| document.time <= to)
        && filter
            .fragment
            .as_ref()
            .is_none_or(|fragment| document.fragments.contains(fragment))
}

struct Compared {
    house: House,
    who: Caller,
    sources: Vec<ObjectId>,
    naive: Naive,
    given: Vec<MeasurementId>,
}

impl Compared {
    fn filter(
        &self,
        source: Option<usize>,
        from: Option<i64>,
        to: Option<i64>,
        fragment: Option<usize>,
    ) -> MeasurementFilter {
        MeasurementFilter {
            source: source.map(|source| self.sources[source]),
            fragment: fragment.map(|fragment| FRAGMENTS[fragment].to_owned()),
            from: from.map(at),
            to: to.map(at),
            ..MeasurementFilter::default()
        }
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Store(places) => {
                let documents: Vec<_> = places
                    .iter()
                    .map(|(source, second, shape)| document(self.sources[*source], *second, *shape))
                    .collect();
                let ids = store(&self.house, &self.who, documents.clone());
                assert!(
                    ids.iter().all(|id| !self.given.contains(id)),
                    "an id was given twice"
                );
                self.given.extend(&ids);
                self.naive.0.extend(ids.into_iter().zip(documents));
            }
            Step::DeleteOne(place) if !self.given.is_empty() => {
                let id = self.given[place % self.given.len()];
                let was_there = self.naive.0.iter().any(|(known, _)| *known == id);
                assert_eq!(
                    self.house.run(&self.who, DeleteMeasurement(id)).is_ok(),
                    was_there
                );
                self.naive.0.retain(|(known, _)| *known != id);
            }
            Step::DeleteOne(_) => {}
            Step::DeleteMany {
                source,
                from,
                to,
                fragment,
            } => {
                let filter = self.filter(*source, Some(*from), Some(*to), *fragment);
                let before = self.naive.0.len();
                self.naive.0.retain(|(_, document)| !means(&filter, document));
                let deleted = self
                    .house
                    .wait(self.house.door.delete_measurements(&self.who, filter));
                assert_eq!(deleted, Ok(before - self.naive.0.len()));
            }
            Step::Find {
                source,
                from,
                to,
                fragment,
                revert,
                skip,
                take,
            } => {
                let filter = self.filter(*source, *from, *to, *fragment);
                self.compare(&filter, *revert, *skip, *take);
            }
        }
    }

    fn compare(&self, filter: &MeasurementFilter, revert: bool, skip: usize, take: usize) {
        let mut expected: Vec<_> = self
            .naive
            .0
            .iter()
            .filter(|(_, document)| means(filter, document))
            .cloned()
            .collect();
        expected.sort_by_key(|(id, document)| (document.time, *id));
        if revert && (filter.from.is_some() || filter.to.is_some()) {
            expected.reverse();
        }
        let page: Vec<_> = expected.iter().skip(skip).take(take).cloned().collect();
        for count in [false, true] {
            let find = FindMeasurements {
                filter: filter.clone(),
                revert,
                skip,
                take,
                count,
            };
            let found = self.house.ask(&self.who, find).expect("listed");
            let shown: Vec<_> = found
                .measurements
                .into_iter()
                .map(|found| (found.id, found.document))
                .collect();
            assert_eq!(shown, page);
            assert_eq!(found.total, count.then_some(expected.len()));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 200, ..ProptestConfig::default() })]

    // R048
    #[test]
    fn stored_measurements_behave_as_a_list_in_memory(steps in proptest::collection::vec(step(), 1..40)) {
        let house = House::new();
        let who = house.person("alpha", "ann", READ_AND_WRITE);
        let sources = ["a", "b", "c"].map(|name| house.object(&who, name)).to_vec();
        let mut compared = Compared { house, who, sources, naive: Naive::default(), given: Vec::new() };
        for step in &steps {
            compared.take(step);
        }
        compared.compare(&MeasurementFilter::default(), false, 0, 2_000);
        for (id, document) in &compared.naive.0 {
            let read = compared.house.ask(&compared.who, ReadMeasurement(*id)).expect("there");
            prop_assert_eq!(&read.document, document);
        }
    }
}
