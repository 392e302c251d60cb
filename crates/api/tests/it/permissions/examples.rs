//! The examples of permissions that the requirements name, over REST.

use super::{JOE, object, set_lines, with_joe};
use serde_json::{Value, json};
use testkit::house::{House, Who};

const TEMPERATURE: &str = "c8y_TemperatureMeasurement";

/// A measurement with these fragments; its id.
fn measure(house: &House, by: &Who, source: &str, minute: u32, fragments: &[&str]) -> String {
    let mut body = json!({
        "source": { "id": source }, "time": format!("2026-11-21T10:{minute:02}:00Z"), "type": "t"
    });
    for fragment in fragments {
        body[*fragment] = json!({ "s": { "value": minute } });
    }
    let stored = house
        .post(by, "/measurement/measurements", body)
        .expect(201)
        .json();
    stored["id"].as_str().expect("an id").to_owned()
}

fn ids(found: &Value) -> Vec<&str> {
    let all = found["measurements"].as_array().expect("measurements").iter();
    all.map(|one| one["id"].as_str().expect("an id")).collect()
}

// R040 R028 R033 R042: `10200, MEASUREMENT, c8y_TemperatureMeasurement, READ`
#[test]
fn who_may_read_temperatures_of_a_device_reads_nothing_else_of_it() {
    let (house, admin, joe, device) = with_joe();
    let other = object(&house, &admin, json!({ "name": "other" }));
    let warm = measure(&house, &admin, &device, 1, &[TEMPERATURE]);
    let both = measure(
        &house,
        &admin,
        &device,
        2,
        &[TEMPERATURE, "c8y_HumidityMeasurement"],
    );
    let humid = measure(&house, &admin, &device, 3, &["c8y_HumidityMeasurement"]);
    let near = measure(&house, &admin, &device, 4, &["c8yTemperatureMeasurement"]);
    let elsewhere = measure(&house, &admin, &other, 5, &[TEMPERATURE]);
    let list = format!("/measurement/measurements?source={device}&withTotalElements=true");
    assert_eq!(
        house.get(&joe, &list).expect(200).json()["measurements"],
        json!([])
    );

    let rule = format!("{device}, MEASUREMENT, {TEMPERATURE}, READ");
    set_lines(&house, &admin, JOE, &rule).expect(200);
    for list in [&list, "/measurement/measurements?withTotalElements=true"] {
        let found = house.get(&joe, list).expect(200).json();
        assert_eq!(ids(&found), [warm.as_str()], "{list}");
        assert_eq!(found["statistics"]["totalElements"], 1);
    }
    let read = |id: &str| house.get(&joe, &format!("/measurement/measurements/{id}"));
    assert_eq!(read(&warm).expect(200).json()[TEMPERATURE]["s"]["value"], 1);
    for hidden in [&both, &humid, &near, &elsewhere] {
        read(hidden).expect(404);
    }
    let dates = "dateFrom=2026-11-01&dateTo=2026-12-01";
    let series = house.get(
        &joe,
        &format!("/measurement/measurements/series?source={device}&{dates}"),
    );
    let series = series.expect(200).json();
    assert_eq!(series["series"].as_array().map(Vec::len), Some(1), "{series}");
    assert_eq!(series["series"][0]["type"], TEMPERATURE);
    assert_eq!(
        series["values"].as_object().map(|values| values.len()),
        Some(1),
        "{series}"
    );
    let asked =
        format!("/measurement/measurements/series?source={device}&{dates}&series=c8y_HumidityMeasurement.s");
    let asked = house.get(&joe, &asked).expect(200).json();
    assert_eq!(asked["values"], json!({}));
    let csv = house.request(&joe, "GET", &list).header("accept", "text/csv");
    let csv = house.send(csv, Value::Null).expect(200).text;
    assert!(
        csv.contains(TEMPERATURE) && !csv.contains("Humidity") && !csv.contains("c8yTemp"),
        "{csv}"
    );
    assert_eq!(csv.lines().count(), 2, "{csv}");

    // The object itself stays hidden, and its names with it: it carries fragments that no rule covers.
    house
        .get(&joe, &format!("/inventory/managedObjects/{device}"))
        .expect(403);
    let object_too = format!("{rule}\n{device}, MANAGED_OBJECT, *, READ");
    set_lines(&house, &admin, JOE, &object_too).expect(200);
    let supported = |what: &str| {
        house
            .get(&joe, &format!("/inventory/managedObjects/{device}/{what}"))
            .expect(200)
    };
    assert_eq!(
        supported("supportedSeries").json()["c8y_SupportedSeries"],
        json!([format!("{TEMPERATURE}.s")])
    );
    assert_eq!(
        supported("supportedMeasurements").json()["c8y_SupportedMeasurements"],
        json!([TEMPERATURE])
    );
    let body = json!({ "source": { "id": device }, "time": "2026-11-21T11:00:00Z", "type": "t", TEMPERATURE: { "s": { "value": 1 } } });
    house.post(&joe, "/measurement/measurements", body).expect(403);
    house
        .delete(&joe, &format!("/measurement/measurements/{warm}"))
        .expect(403);
}

// R041 R034: `10200, MEASUREMENT, *, READ`
#[test]
fn who_may_read_any_measurement_of_a_device_reads_all_of_them_and_no_others() {
    let (house, admin, joe, device) = with_joe();
    let other = object(&house, &admin, json!({ "name": "other" }));
    let first = measure(
        &house,
        &admin,
        &device,
        1,
        &[TEMPERATURE, "c8y_HumidityMeasurement"],
    );
    let bare = measure(&house, &admin, &device, 2, &[]);
    measure(&house, &admin, &other, 3, &[TEMPERATURE]);
    set_lines(&house, &admin, JOE, &format!("{device}, MEASUREMENT, *, READ")).expect(200);
    let found = house.get(&joe, "/measurement/measurements").expect(200).json();
    assert_eq!(ids(&found), [first.as_str(), bare.as_str()]);
    set_lines(
        &house,
        &admin,
        JOE,
        &format!("*, MEASUREMENT, {TEMPERATURE}, READ"),
    )
    .expect(200);
    let found = house.get(&joe, "/measurement/measurements").expect(200).json();
    assert_eq!(ids(&found).len(), 1);
    set_lines(&house, &admin, JOE, "").expect(200);
    let found = house.get(&joe, "/measurement/measurements").expect(200).json();
    assert_eq!(ids(&found), [""; 0]);
}

// R026 R032: two hauliers have devices in one tenant, and neither sees the other's.
#[test]
fn two_competing_hauliers_see_only_their_own_fleet() {
    let (house, admin, joe, _) = with_joe();
    let jim = house.person("t100", "jim", &[]);
    let fleet = |name: &str| {
        let group = object(&house, &admin, json!({ "name": name, "c8y_IsDeviceGroup": {} }));
        let truck = object(
            &house,
            &admin,
            json!({ "name": format!("truck of {name}"), "c8y_IsDevice": {} }),
        );
        let edge = json!({ "managedObject": { "id": truck } });
        house
            .post(
                &admin,
                &format!("/inventory/managedObjects/{group}/childAssets"),
                edge,
            )
            .expect(201);
        measure(&house, &admin, &truck, 1, &["c8y_Position"]);
        (group, truck)
    };
    let ((ours, our_truck), (theirs, their_truck)) = (fleet("one"), fleet("two"));
    for (user, group) in [("joe", &ours), ("jim", &theirs)] {
        let body = json!({ "managedObject": group, "roles": [{ "name": "Reader" }] });
        house
            .post(&admin, &format!("/user/t100/users/{user}/roles/inventory"), body)
            .expect(200);
    }
    for (who, mine, others) in [(&joe, &our_truck, &their_truck), (&jim, &their_truck, &our_truck)] {
        house
            .get(who, &format!("/inventory/managedObjects/{mine}"))
            .expect(200);
        house
            .get(who, &format!("/inventory/managedObjects/{others}"))
            .expect(404);
        let found = house.get(who, "/inventory/managedObjects").expect(200).json();
        assert_eq!(found["managedObjects"].as_array().map(Vec::len), Some(2));
        let found = house.get(who, "/measurement/measurements").expect(200).json();
        assert_eq!(found["measurements"][0]["source"]["id"], json!(mine));
        assert_eq!(ids(&found).len(), 1);
        house
            .get(
                who,
                &format!(
                    "/measurement/measurements/series?source={others}&dateFrom=2026-11-01&dateTo=2026-12-01"
                ),
            )
            .expect(404);
    }
}
