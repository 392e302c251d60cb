//! Measurements through the door: exact documents, order and pages, rights, series, deletion.

mod damage;
mod deletion;
mod export;
mod naive;
mod rights;
mod values;

use crate::house::House;
use engine::audit_log::{AuditFilter, FindAuditRecords, Record};
use engine::caller::Caller;
use engine::measurements::{FindMeasurements, MeasurementPage, ReadMeasurement, StoreMeasurements};
use engine::refusal::{Invalid, Refusal};
use model::ids::{MeasurementId, ObjectId};
use model::json::{Json, Number, Object};
use model::limits::QUERY_ROWS_MAX;
use model::measurements::{MeasurementFilter, NewMeasurement};
use model::roles::Role;
use model::time::Timestamp;

const READ_AND_WRITE: &[Role] = &[
    Role::InventoryAdmin,
    Role::InventoryRead,
    Role::MeasurementAdmin,
    Role::MeasurementRead,
    Role::AuditRead,
];

fn number(text: &str) -> Json {
    Json::Number(Number::parse(text).expect(text))
}

fn member(value: &str, unit: Option<&str>) -> Json {
    let mut member: Object = [("value", number(value))].into_iter().collect();
    if let Some(unit) = unit {
        member.set("unit", unit);
    }
    member.into()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + second * 1_000)
}

/// One fragment with one series.
fn reading(source: ObjectId, second: i64, value: &str) -> NewMeasurement {
    let series: Object = [("T", member(value, Some("C")))].into_iter().collect();
    let fragments = [("c8y_Temperature", series)].into_iter().collect();
    NewMeasurement {
        source,
        time: at(second),
        kind: "c8y_T".parse().expect("a type"),
        fragments,
    }
}

fn store(house: &House, who: &Caller, documents: Vec<NewMeasurement>) -> Vec<MeasurementId> {
    let stored = house.run(who, StoreMeasurements(documents)).expect("stored");
    stored.into_iter().map(|stored| stored.id).collect()
}

fn all(filter: MeasurementFilter) -> FindMeasurements {
    FindMeasurements {
        filter,
        revert: false,
        skip: 0,
        take: 2_000,
        count: true,
    }
}

fn of(source: ObjectId) -> MeasurementFilter {
    MeasurementFilter {
        source: Some(source),
        ..MeasurementFilter::default()
    }
}

fn seconds(page: &MeasurementPage) -> Vec<i64> {
    let millis = page
        .measurements
        .iter()
        .map(|found| found.document.time.millis() - at(0).millis());
    millis.map(|millis| millis / 1_000).collect()
}

/// The audit records of a type, the newest first.
fn records(house: &House, who: &Caller, kind: &str) -> Vec<Record> {
    let filter = AuditFilter {
        kind: Some(kind.to_owned()),
        ..AuditFilter::default()
    };
    let find = FindAuditRecords {
        filter,
        revert: false,
        skip: 0,
        take: 100,
        count: false,
        rows_max: QUERY_ROWS_MAX,
    };
    let page = house.ask(who, find).expect("listed");
    page.records
        .into_iter()
        .filter_map(|entry| entry.record)
        .map(|record| *record)
        .collect()
}

#[test]
fn a_document_comes_back_digit_by_digit_with_fragments_that_nobody_knows() {
    let house = House::new();
    let who = house.person("alpha", "ann", READ_AND_WRITE);
    let source = house.object(&who, "meter");
    let odd: Object = [
        ("exact", member("1.10", None)),
        ("huge", member("1e400", Some("V"))),
        ("long", member("123456789012345678901234567890", None)),
    ]
    .into_iter()
    .collect();
    let mut document = reading(source, 0, "-0");
    document.fragments.set("c8y_Odd", odd);
    document.fragments.set("note", "äöü \u{0} \"quoted\"");
    document
        .fragments
        .set("nested", vec![Json::Null, Json::Bool(true), number("0.10E+5")]);
    let mut more: Object = [("A", member("5", None))].into_iter().collect();
    more.set("comment", "beside a series");
    document.fragments.set("c8y_Mixed", more);
    let ids = store(&house, &who, vec![document.clone(), reading(source, 1, "21.50")]);
    let read = house.ask(&who, ReadMeasurement(ids[0])).expect("readable");
    assert_eq!(read.document, document);
    assert_eq!(
        read.document.fragments.to_string(),
        document.fragments.to_string()
    );
    let listed = house.ask(&who, all(of(source))).expect("listed");
    assert_eq!(listed.measurements[0], read);
}

#[test]
fn ids_come_in_the_order_of_the_documents_whatever_their_sources_and_shapes() {
    let house = House::new();
    let who = house.person("alpha", "ann", READ_AND_WRITE);
    let (one, two) = (house.object(&who, "one"), house.object(&who, "two"));
    let mut plain = reading(two, 9, "9");
    plain.fragments = Object::new();
    let documents = vec![
        reading(two, 3, "3"),
        reading(one, 2, "2"),
        plain,
        reading(two, 1, "1"),
        reading(one, 0, "0"),
    ];
    let ids = store(&house, &who, documents.clone());
    assert_eq!(ids.len(), documents.len());
    for (id, document) in ids.iter().zip(&documents) {
        assert_eq!(
            house.ask(&who, ReadMeasurement(*id)).expect("readable").document,
            *document
        );
    }
}

#[test]
fn lists_are_in_order_of_time_with_full_pages_and_exact_totals() {
    let house = House::new();
    let who = house.person("alpha", "ann", READ_AND_WRITE);
    let (one, two) = (house.object(&who, "one"), house.object(&who, "two"));
    for (place, second) in [5, 1, 9, 3, 7, 0, 8, 2, 6, 4].into_iter().enumerate() {
        store(
            &house,
            &who,
            vec![reading(if place % 2 == 0 { one } else { two }, second, "1")],
        );
    }
    let page = |skip, take, revert, filter| {
        let find = FindMeasurements {
            filter,
            revert,
            skip,
            take,
            count: true,
        };
        let page = house.ask(&who, find).expect("listed");
        (seconds(&page), page.total)
    };
    let any = MeasurementFilter::default;
    assert_eq!(page(0, 4, false, any()), (vec![0, 1, 2, 3], Some(10)));
    assert_eq!(page(8, 4, false, any()), (vec![8, 9], Some(10)));
    assert_eq!(page(20, 4, false, any()), (vec![], Some(10)));
    assert_eq!(page(0, 0, false, any()), (vec![], Some(10)));
    // Turned round only where a time is given.
    assert_eq!(page(0, 3, true, any()), (vec![0, 1, 2], Some(10)));
    let from = MeasurementFilter {
        from: Some(at(2)),
        ..any()
    };
    assert_eq!(page(0, 3, true, from.clone()), (vec![9, 8, 7], Some(8)));
    assert_eq!(page(3, 3, true, from), (vec![6, 5, 4], Some(8)));
    let between = MeasurementFilter {
        from: Some(at(3)),
        to: Some(at(6)),
        ..of(one)
    };
    assert_eq!(page(0, 10, false, between).1, Some(2));
}

#[test]
fn equal_times_keep_the_order_of_their_ids_and_turn_with_the_list() {
    let house = House::new();
    let who = house.person("alpha", "ann", READ_AND_WRITE);
    let source = house.object(&who, "meter");
    let ids = store(&house, &who, (0..6).map(|_| reading(source, 1, "1")).collect());
    let filter = MeasurementFilter {
        from: Some(at(0)),
        ..of(source)
    };
    for (revert, expected) in [(false, ids.clone()), (true, ids.into_iter().rev().collect())] {
        let mut found = Vec::new();
        for skip in [0, 2, 4] {
            let find = FindMeasurements {
                filter: filter.clone(),
                revert,
                skip,
                take: 2,
                count: false,
            };
            let page = house.ask(&who, find).expect("listed");
            assert_eq!(page.total, None);
            found.extend(page.measurements.into_iter().map(|measurement| measurement.id));
        }
        assert_eq!(found, expected);
    }
}

#[test]
fn lists_are_narrowed_by_type_fragment_and_series() {
    let house = House::new();
    let who = house.person("alpha", "ann", READ_AND_WRITE);
    let source = house.object(&who, "meter");
    let mut other = reading(source, 1, "1");
    other.kind = "c8y_Other".parse().expect("a type");
    let mut mixed = reading(source, 2, "1");
    let mut fragment: Object = [("H", member("50", None))].into_iter().collect();
    fragment.set("ok", true);
    mixed.fragments.set("c8y_Humidity", fragment);
    store(&house, &who, vec![reading(source, 0, "1"), other, mixed]);
    let found = |kind: Option<&str>, fragment: Option<&str>, series: Option<&str>| {
        let text = |text: Option<&str>| text.map(str::to_owned);
        let filter = MeasurementFilter {
            kind: text(kind),
            fragment: text(fragment),
            series: text(series),
            ..of(source)
        };
        seconds(&house.ask(&who, all(filter)).expect("listed"))
    };
    assert_eq!(found(Some("c8y_Other"), None, None), [1]);
    assert_eq!(found(None, Some("c8y_Humidity"), None), [2]);
    assert_eq!(found(None, Some("c8y_Humidity"), Some("H")), [2]);
    assert_eq!(found(None, Some("c8y_Humidity"), Some("T")), [0; 0]);
    assert_eq!(found(None, None, Some("T")), [0, 1, 2]);
    assert_eq!(found(None, Some("H"), None), [0; 0]);
}

// R096
#[test]
fn one_record_stands_for_a_batch_of_telemetry_with_count_and_first_and_last_id() {
    let house = House::new();
    let who = house.person("alpha", "ann", READ_AND_WRITE);
    let source = house.object(&who, "meter");
    let ids = store(
        &house,
        &who,
        (0..25).map(|second| reading(source, second, "1")).collect(),
    );
    let found = records(&house, &who, "Telemetry");
    assert_eq!(found.len(), 1);
    let batch = found[0].batch.as_ref().expect("a batch");
    assert_eq!((found[0].count, batch.count), (25, 25));
    assert_eq!(
        (&batch.first_id, &batch.last_id),
        (&ids[0].to_string(), &ids[24].to_string())
    );
    assert_eq!(found[0].actor.name, "ann");
}

#[test]
fn a_source_with_a_different_type_for_every_measurement_is_stopped() {
    let house = House::new();
    let who = house.person("alpha", "ann", READ_AND_WRITE);
    let source = house.object(&who, "meter");
    let typed = |place: usize| {
        let mut document = reading(source, 0, "1");
        document.kind = format!("type{place}").parse().expect("a type");
        document
    };
    let refused = house.run(&who, StoreMeasurements((0..2_500).map(typed).collect()));
    assert_eq!(
        refused.expect_err("too many types"),
        Refusal::Invalid(Invalid::TooManyTypes(source))
    );
    store(&house, &who, (0..1_500).map(typed).collect());
    assert_eq!(
        house.ask(&who, all(of(source))).expect("listed").total,
        Some(1_500)
    );
    store(&house, &who, (0..1_500).map(typed).collect());
    let refused = house.run(&who, StoreMeasurements((1_500..2_100).map(typed).collect()));
    assert_eq!(
        refused.expect_err("too many types"),
        Refusal::Invalid(Invalid::TooManyTypes(source))
    );
    assert_eq!(
        house.ask(&who, all(of(source))).expect("listed").total,
        Some(3_000)
    );
}
