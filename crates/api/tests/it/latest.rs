//! What is shown of an object beside it: the latest values of its series, the groups that it is in, and values in the
//! system of units that was asked for.

use crate::users::assert_documented;
use model::roles::Role;
use serde_json::{Value, json};
use testkit::house::{House, Who};

const OBJECTS: &str = "/inventory/managedObjects";
const MEASUREMENTS: &str = "/measurement/measurements";

fn object(house: &House, who: &Who, body: Value) -> String {
    let made = house.post(who, OBJECTS, body).expect(201).json();
    made["id"].as_str().expect("an id").to_owned()
}

fn send(house: &House, who: &Who, source: &str, time: &str, fragments: Value) -> String {
    let mut body = json!({"source": {"id": source}, "time": time, "type": "t"});
    let Value::Object(fragments) = fragments else {
        panic!("no fragments: {fragments}");
    };
    for (name, value) in fragments {
        body[name] = value;
    }
    let made = house.post(who, MEASUREMENTS, body).expect(201).json();
    made["id"].as_str().expect("an id").to_owned()
}

fn latest(house: &House, who: &Who, source: &str) -> Value {
    let path = format!("{OBJECTS}/{source}?withLatestValues=true");
    let shown = house.get(who, &path).expect(200).json();
    assert_documented("ManagedObject", &shown);
    shown["c8y_LatestMeasurements"].clone()
}

#[test]
fn the_latest_value_of_each_series_is_shown_whatever_came_when() {
    let house = House::new();
    let admin = house.admin("t100");
    let id = object(&house, &admin, json!({"c8y_IsDevice": {}}));
    assert_eq!(latest(&house, &admin, &id), json!({}));
    let t = |value: f64| json!({"c8y_T": {"in": {"value": value, "unit": "C"}, "out": {"value": 1}}});
    send(&house, &admin, &id, "2026-11-17T10:00:00Z", t(1.0));
    let newest = send(&house, &admin, &id, "2026-11-17T12:00:00Z", t(21.50));
    // Later, and older.
    send(&house, &admin, &id, "2026-11-17T11:00:00Z", t(2.0));
    // Of another shape, and of one that says nothing about its series.
    send(
        &house,
        &admin,
        &id,
        "2026-11-17T09:00:00Z",
        json!({"c8y_H": {"h": {"value": 40, "unit": "%"}}}),
    );
    send(
        &house,
        &admin,
        &id,
        "2026-11-17T08:00:00Z",
        json!({"c8y_X": {"a": {"value": 1, "note": "x"}, "b": "text"}}),
    );
    send(
        &house,
        &admin,
        &id,
        "2026-11-17T07:00:00Z",
        json!({"c8y_X": {"c": {"value": 2, "note": "x"}, "b": "text"}}),
    );
    let at = |hour: u8| format!("2026-11-17T{hour:02}:00:00.000Z");
    let expected = json!({
        "c8y_T": {"in": {"value": 21.5, "unit": "C", "time": at(12)}, "out": {"value": 1, "time": at(12)}},
        "c8y_H": {"h": {"value": 40, "unit": "%", "time": at(9)}},
        "c8y_X": {"a": {"value": 1, "time": at(8)}, "c": {"value": 2, "time": at(7)}},
    });
    assert_eq!(latest(&house, &admin, &id), expected);
    let listed = house
        .get(&admin, &format!("{OBJECTS}?ids={id}&withLatestValues=true"))
        .expect(200)
        .json();
    assert_eq!(listed["managedObjects"][0]["c8y_LatestMeasurements"], expected);
    let plain = house.get(&admin, &format!("{OBJECTS}/{id}")).expect(200).json();
    assert!(plain.get("c8y_LatestMeasurements").is_none());
    // What is deleted gives way to the one before.
    house
        .delete(&admin, &format!("{MEASUREMENTS}/{newest}"))
        .expect(204);
    assert_eq!(
        latest(&house, &admin, &id)["c8y_T"]["in"],
        json!({"value": 2.0, "unit": "C", "time": at(11)})
    );
    house
        .get(&admin, &format!("{OBJECTS}/{id}?withLatestValues=x"))
        .expect(422);
}

// R014, R018: by the rights on the measurements and their fragments, not by those on the object.
#[test]
fn latest_values_are_shown_as_far_as_the_measurements_may_be_read() {
    let house = House::new();
    let admin = house.admin("t100");
    let id = object(&house, &admin, json!({"c8y_Global": {}}));
    send(
        &house,
        &admin,
        &id,
        "2026-11-17T10:00:00Z",
        json!({"c8y_T": {"T": {"value": 1}}}),
    );
    send(
        &house,
        &admin,
        &id,
        "2026-11-17T11:00:00Z",
        json!({"c8y_T": {"T": {"value": 2}}, "c8y_S": {"S": {"value": 3}}}),
    );
    let reader = house.person("t100", "reader", &[Role::InventoryRead]);
    let guest = house.person("t100", "guest", &[]);
    for who in [&reader, &guest] {
        assert_eq!(latest(&house, who, &id), json!({}), "{}", who.name);
    }
    let some = house.person("t100", "some", &[]);
    let rules = [
        format!("{id}, MANAGED_OBJECT, *, READ"),
        format!("{id}, MEASUREMENT, c8y_T, READ"),
    ];
    house.grant(&some, &rules.each_ref().map(String::as_str));
    // The later one has a fragment that is not theirs: it is hidden as a whole.
    let time = "2026-11-17T10:00:00.000Z";
    assert_eq!(
        latest(&house, &some, &id),
        json!({"c8y_T": {"T": {"value": 1, "time": time}}})
    );
    let other = house.admin("t200");
    house
        .get(&other, &format!("{OBJECTS}/{id}?withLatestValues=true"))
        .expect(404);
}

#[test]
fn the_groups_of_an_object_are_shown_with_what_groups_they_are() {
    let house = House::new();
    let admin = house.admin("t100");
    let group = object(
        &house,
        &admin,
        json!({"name": "g", "type": "c8y_DeviceGroup", "c8y_IsDeviceGroup": {}}),
    );
    let asset = object(&house, &admin, json!({"name": "a"}));
    let id = object(&house, &admin, json!({"name": "d", "c8y_IsDevice": {}}));
    for parent in [&group, &asset] {
        let body = json!({"managedObject": {"id": id}});
        house
            .post(&admin, &format!("{OBJECTS}/{parent}/childAssets"), body)
            .expect(201);
    }
    let parents = |who: &Who, query: &str| {
        let shown = house
            .get(who, &format!("{OBJECTS}/{id}?{query}"))
            .expect(200)
            .json();
        assert_documented("ManagedObject", &shown);
        let references = shown["assetParents"]["references"]
            .as_array()
            .expect("references")
            .clone();
        references
            .into_iter()
            .map(|mut one| one["managedObject"].take())
            .collect::<Vec<_>>()
    };
    let own = |id: &str| format!("https://localhost{OBJECTS}/{id}");
    let as_group = json!({
        "id": group, "name": "g", "self": own(&group), "type": "c8y_DeviceGroup", "c8y_IsDeviceGroup": {},
    });
    assert_eq!(
        parents(&admin, "withGroups=true"),
        std::slice::from_ref(&as_group)
    );
    let both = parents(&admin, "withGroups=true&withParents=true");
    assert_eq!(
        both,
        [as_group, json!({"id": asset, "name": "a", "self": own(&asset)})]
    );
    assert_eq!(
        parents(&admin, "withParents=true")[0],
        json!({"id": group, "name": "g", "self": own(&group)})
    );
    assert!(parents(&admin, "").is_empty());
    // A group that the caller may not see is none.
    let some = house.person("t100", "some", &[]);
    house.grant(&some, &[&format!("{id}, MANAGED_OBJECT, *, READ")]);
    assert!(parents(&some, "withGroups=true").is_empty());
}

fn get_in(house: &House, who: &Who, system: &str, path: &str, accept: &str) -> testkit::house::Reply {
    let request = house
        .request(who, "GET", path)
        .header("x-cumulocity-system-of-units", system)
        .header("accept", accept);
    house.send_text(request, "")
}

#[test]
fn values_are_shown_in_the_system_of_units_that_is_asked_for() {
    let house = House::new();
    let admin = house.admin("t100");
    let source = object(&house, &admin, json!({}));
    let fragment = json!({"in": {"value": 21.5, "unit": "C"}, "p": {"value": 7, "unit": "bar"}, "n": {"value": 1}, "k": "m"});
    let id = send(
        &house,
        &admin,
        &source,
        "2026-11-17T10:00:00Z",
        json!({"c8y_T": fragment}),
    );
    send(
        &house,
        &admin,
        &source,
        "2026-11-17T10:30:00Z",
        json!({"c8y_T": {"in": {"value": 10, "unit": "C"}}}),
    );
    let json = "application/json";
    let get = |system: &str, path: &str| get_in(&house, &admin, system, path, json).expect(200).json();
    let expected = json!({"in": {"value": 70.7, "unit": "F"}, "p": {"value": 7, "unit": "bar"}, "n": {"value": 1}, "k": "m"});
    assert_eq!(
        get("imperial", &format!("{MEASUREMENTS}/{id}"))["c8y_T"],
        expected
    );
    assert_eq!(get("metric", &format!("{MEASUREMENTS}/{id}"))["c8y_T"], fragment);
    let list = format!("{MEASUREMENTS}?source={source}");
    assert_eq!(get("Imperial", &list)["measurements"][0]["c8y_T"], expected);
    let stream = get_in(&house, &admin, "imperial", &list, "application/json-stream")
        .expect(200)
        .json();
    assert_eq!(stream["measurements"][0]["c8y_T"], expected);
    let table = get_in(&house, &admin, "imperial", &list, "text/csv")
        .expect(200)
        .text;
    assert!(table.contains("c8y_T.in,70.7,F"), "{table}");
    assert!(table.contains("c8y_T.p,7,bar"), "{table}");

    let times = "dateFrom=2026-11-17&dateTo=2026-11-18";
    let series = format!("{MEASUREMENTS}/series?source={source}&{times}&series=c8y_T.in");
    let shown = get("imperial", &series);
    assert_eq!(
        shown["series"],
        json!([{"unit": "F", "name": "in", "type": "c8y_T"}])
    );
    assert_eq!(
        shown["values"]["2026-11-17T10:00:00.000Z"],
        json!([{"min": 70.7, "max": 70.7}])
    );
    let functions = "aggregationInterval=1h&aggregationFunction=avg,sum,count,stdDevPop";
    let shown = get("imperial", &format!("{series}&{functions}"));
    let cell = json!([{"avg": 60.35, "sum": 120.7, "count": 2.0, "stdDevPop": 10.35}]);
    assert_eq!(shown["values"]["2026-11-17T10:00:00.000Z"], cell);

    let shown = get("imperial", &format!("{OBJECTS}/{source}?withLatestValues=true"));
    assert_eq!(shown["c8y_LatestMeasurements"]["c8y_T"]["in"]["value"], 50);
    for path in [
        list,
        series,
        format!("{MEASUREMENTS}/{id}"),
        format!("{OBJECTS}/{source}"),
        OBJECTS.to_owned(),
    ] {
        let (error, message) = get_in(&house, &admin, "nautical", &path, json)
            .expect(422)
            .error();
        assert!(
            error.ends_with("/Invalid Data") && message.contains("metric or imperial"),
            "{error} {message}"
        );
    }
}
