//! Who may store and see measurements.

use super::{READ_AND_WRITE, all, at, of, reading, records, store};
use crate::house::House;
use engine::inventory::UpdateObject;
use engine::measurements::{
    DeleteMeasurement, DeleteMeasurements, ExportMeasurements, FindMeasurements, ReadMeasurement, ReadSeries,
    StoreMeasurements, SupportedSeries,
};
use engine::refusal::{Invalid, Missing, Refusal};
use model::ids::ObjectId;
use model::inventory::ManagedObjectUpdate;
use model::measurements::MeasurementFilter;
use model::roles::Role;
use model::users::UserKind;

fn series_of(source: ObjectId) -> ReadSeries {
    ReadSeries {
        source,
        from: at(0),
        to: at(9),
        series: Vec::new(),
        aggregation: None,
        revert: false,
    }
}

// R116
#[test]
fn two_competing_hauliers_see_nothing_of_each_others_trucks() {
    let house = House::new();
    let ann = house.person("alpha", "driver", READ_AND_WRITE);
    let bob = house.person("beta", "driver", READ_AND_WRITE);
    let (truck, rival) = (house.object(&ann, "truck"), house.object(&bob, "truck"));
    let hers = store(&house, &ann, vec![reading(truck, 1, "51.1")]);
    let his = store(&house, &bob, vec![reading(rival, 1, "52.2")]);

    let listed = house
        .ask(&bob, all(MeasurementFilter::default()))
        .expect("listed");
    assert_eq!(
        listed
            .measurements
            .iter()
            .map(|found| found.id)
            .collect::<Vec<_>>(),
        his
    );
    let foreign = house.ask(&bob, all(of(truck))).expect("listed");
    assert_eq!((foreign.measurements.len(), foreign.total), (0, Some(0)));
    let csv = house
        .ask(
            &bob,
            ExportMeasurements {
                filter: of(truck),
                revert: false,
                after: None,
            },
        )
        .expect("a chunk");
    assert_eq!(csv.measurements, []);
    for _ in [0, 1] {
        assert_eq!(
            house.ask(&bob, ReadMeasurement(hers[0])).expect_err("hidden"),
            Refusal::Missing(Missing::Measurement(hers[0]))
        );
    }
    assert_eq!(
        house.series(&bob, series_of(truck)).expect_err("hidden"),
        Refusal::Missing(Missing::Object(truck))
    );
    assert_eq!(
        house
            .ask(&bob, SupportedSeries { object: truck })
            .expect_err("hidden"),
        Refusal::Missing(Missing::Object(truck))
    );
    assert_eq!(
        house.run(&bob, DeleteMeasurement(hers[0])).expect_err("hidden"),
        Refusal::Missing(Missing::Measurement(hers[0]))
    );
    let deleted = house
        .run(
            &bob,
            DeleteMeasurements {
                filter: of(truck),
                start: None,
            },
        )
        .expect("nothing to delete");
    assert_eq!((deleted.count, deleted.next), (0, None));
    assert_eq!(house.ask(&ann, all(of(truck))).expect("listed").total, Some(1));
}

// R116
#[test]
fn a_foreign_source_is_refused_exactly_as_one_that_does_not_exist_and_nothing_is_stored() {
    let house = House::new();
    let ann = house.person("alpha", "ann", READ_AND_WRITE);
    let bob = house.person("beta", "bob", READ_AND_WRITE);
    let (mine, rival) = (house.object(&ann, "truck"), house.object(&bob, "truck"));
    let nobody = ObjectId::new(987_654_321).expect("an id");
    for source in [rival, nobody] {
        let documents = vec![
            reading(mine, 0, "1"),
            reading(source, 1, "1"),
            reading(mine, 2, "1"),
        ];
        let refused = house
            .run(&ann, StoreMeasurements(documents))
            .expect_err("refused");
        assert_eq!(refused, Refusal::Invalid(Invalid::Source(source)));
    }
    assert_eq!(house.ask(&ann, all(of(mine))).expect("listed").total, Some(0));
    assert_eq!(records(&house, &ann, "Security").len(), 0);
}

// R048
#[test]
fn the_owner_of_a_smart_meter_stores_and_reads_its_readings_without_any_role() {
    let house = House::new();
    let meter = house.user(
        "alpha",
        "device_meter",
        UserKind::Device,
        &[Role::InventoryCreate],
    );
    let other = house.user(
        "alpha",
        "device_other",
        UserKind::Device,
        &[Role::InventoryCreate],
    );
    let (own, foreign) = (house.object(&meter, "meter"), house.object(&other, "other"));
    let ids = store(
        &house,
        &meter,
        vec![reading(own, 0, "21.50"), reading(own, 1, "21.6")],
    );
    store(&house, &other, vec![reading(foreign, 0, "7")]);

    assert_eq!(
        house
            .ask(&meter, ReadMeasurement(ids[0]))
            .expect("its own")
            .document,
        reading(own, 0, "21.50")
    );
    for filter in [of(own), MeasurementFilter::default()] {
        assert_eq!(house.ask(&meter, all(filter)).expect("listed").total, Some(2));
    }
    assert_eq!(
        house.ask(&meter, all(of(foreign))).expect("listed").total,
        Some(0)
    );
    assert_eq!(
        house.series(&meter, series_of(own)).expect("its own").rows.len(),
        2
    );
    let refused = house.run(&meter, StoreMeasurements(vec![reading(foreign, 5, "1")]));
    assert_eq!(
        refused.expect_err("not its own"),
        Refusal::Invalid(Invalid::Source(foreign))
    );
    house.run(&meter, DeleteMeasurement(ids[0])).expect("its own");
    let filtered = DeleteMeasurements {
        filter: of(own),
        start: None,
    };
    assert_eq!(
        house.run(&meter, filtered).expect_err("needs the role"),
        Refusal::Forbidden
    );
}

// R019
#[test]
fn whoever_only_writes_gets_ids_and_no_data_back() {
    let house = House::new();
    let owner = house.person("alpha", "owner", READ_AND_WRITE);
    let writer = house.person("alpha", "writer", &[Role::MeasurementAdmin]);
    let source = house.object(&owner, "meter");
    let stored = house
        .run(&writer, StoreMeasurements(vec![reading(source, 0, "1")]))
        .expect("stored");
    assert!(!stored[0].may_read);
    assert_eq!(
        house
            .ask(&writer, ReadMeasurement(stored[0].id))
            .expect_err("no READ"),
        Refusal::Forbidden
    );
    assert_eq!(
        house.series(&writer, series_of(source)).expect_err("no READ"),
        Refusal::Forbidden
    );
    assert_eq!(
        house.ask(&writer, all(of(source))).expect("never refused").total,
        Some(0)
    );
    house
        .run(&writer, DeleteMeasurement(stored[0].id))
        .expect("ADMIN deletes");
    let stored = house
        .run(&owner, StoreMeasurements(vec![reading(source, 0, "1")]))
        .expect("stored");
    assert!(stored[0].may_read);
}

// R018
#[test]
fn an_object_that_everybody_may_read_does_not_open_its_data() {
    let house = House::new();
    let owner = house.person("alpha", "owner", READ_AND_WRITE);
    let guest = house.person("alpha", "guest", &[]);
    let source = house.object(&owner, "board");
    let ids = store(&house, &owner, vec![reading(source, 0, "1")]);
    let update = ManagedObjectUpdate {
        fragments: vec![("c8y_Global".to_owned(), model::json::Object::new().into())],
        ..ManagedObjectUpdate::default()
    };
    house
        .run(&owner, UpdateObject { id: source, update })
        .expect("opened");
    assert_eq!(
        house.ask(&guest, ReadMeasurement(ids[0])).expect_err("data"),
        Refusal::Forbidden
    );
    assert_eq!(
        house
            .ask(&guest, SupportedSeries { object: source })
            .expect_err("data"),
        Refusal::Forbidden
    );
    for filter in [of(source), MeasurementFilter::default()] {
        let find = FindMeasurements {
            filter,
            revert: false,
            skip: 0,
            take: 5,
            count: true,
        };
        assert_eq!(house.ask(&guest, find).expect("never refused").total, Some(0));
    }
}
