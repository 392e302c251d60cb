//! Examples that the requirements tell, each as it is told: the smart meter, the two hauliers, the create-only user, the
//! agent with its devices and the public tenant. The temperature-only reader and two hauliers within one tenant are in
//! `permissions/examples.rs`; who may only restart a device is a test of the decision.

mod confined;
mod hauliers;

use serde_json::{Value, json};
use testkit::house::{House, Who};

const OBJECTS: &str = "/inventory/managedObjects";
const POINTS: &str = "/measurement/measurements";

fn object(house: &House, by: &Who, body: Value) -> String {
    let made = house.post(by, OBJECTS, body).expect(201).json();
    made["id"].as_str().expect("an id").to_owned()
}

fn reading(source: &str, value: u32) -> Value {
    json!({
        "source": {"id": source}, "time": "2026-11-18T10:00:00Z", "type": "reading",
        "c8y_Energy": {"E": {"value": value, "unit": "kWh"}},
    })
}

fn series_of(source: &str) -> String {
    format!("{POINTS}/series?source={source}&dateFrom=2026-11-01&dateTo=2026-12-01")
}

// R048 R047 R046 R018: a smart meter stores and reads its own readings, in every way there is, without any role for
// measurements; the readings of the meter next to it stay closed.
#[test]
fn the_owner_of_a_smart_meter_needs_no_measurement_role_for_its_readings() {
    let house = House::new();
    let (meter, next) = (
        house.device("t100", "device_meter"),
        house.device("t100", "device_next"),
    );
    let (mine, other) = (
        object(&house, &meter, json!({"c8y_IsDevice": {}})),
        object(&house, &next, json!({"c8y_IsDevice": {}})),
    );
    let stored = house.post(&meter, POINTS, reading(&mine, 7)).expect(201).json();
    let id = stored["id"].as_str().expect("an id");
    house.post(&next, POINTS, reading(&other, 9)).expect(201);

    let read = house.get(&meter, &format!("{POINTS}/{id}")).expect(200).json();
    assert_eq!(read["c8y_Energy"]["E"]["value"], 7);
    for list in [
        format!("{POINTS}?withTotalElements=true"),
        format!("{POINTS}?source={mine}&withTotalElements=true"),
    ] {
        let list = house.get(&meter, &list).expect(200).json();
        assert_eq!(list["statistics"]["totalElements"], 1);
        assert_eq!(list["measurements"][0]["id"], id);
    }
    let series = house.get(&meter, &series_of(&mine)).expect(200).json();
    assert_eq!(series["series"][0]["type"], "c8y_Energy");
    let names = house
        .get(&meter, &format!("{OBJECTS}/{mine}/supportedSeries"))
        .expect(200)
        .json();
    assert_eq!(names["c8y_SupportedSeries"], json!(["c8y_Energy.E"]));

    let none = house.get(&meter, &format!("{POINTS}?source={other}")).expect(200);
    assert_eq!(none.json()["measurements"], json!([]));
    house.get(&meter, &series_of(&other)).expect(404);
    house.post(&meter, POINTS, reading(&other, 1)).expect(422);
    let both = json!({"measurements": [reading(&mine, 1), reading(&other, 1)]});
    house.post(&meter, POINTS, both).expect(422);
    house.delete(&next, &format!("{POINTS}/{id}")).expect(404);
    house.delete(&meter, &format!("{POINTS}/{id}")).expect(204);
    let left = house
        .get(&house.admin("t100"), &format!("{POINTS}?withTotalElements=true"))
        .expect(200);
    assert_eq!(left.json()["statistics"]["totalElements"], 1);
}
