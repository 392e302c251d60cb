//! Who may do what with alarms: by the rights on their source and by their fragments, never across tenants.

use super::{alarm, count, device, object, raise};
use model::roles::Role;
use serde_json::{Value, json};
use testkit::house::{House, Who};

fn with(fragment: &str, mut alarm: Value) -> Value {
    alarm[fragment] = json!({});
    alarm
}

fn path(alarm: &Value) -> String {
    format!("/alarm/alarms/{}", alarm["id"].as_str().expect("an id"))
}

fn types(house: &House, who: &Who, query: &str) -> Vec<String> {
    let list = house
        .get(who, &format!("/alarm/alarms?{query}"))
        .expect(200)
        .json();
    let alarms = list["alarms"].as_array().expect("a list").clone();
    alarms
        .iter()
        .map(|alarm| alarm["type"].as_str().expect("a type").to_owned())
        .collect()
}

// R020: an alarm right is needed, whatever else is held; R025: inherited from above, and lists are filtered.
#[test]
fn alarms_are_seen_where_a_right_reaches_their_source() {
    let house = House::new();
    let admin = house.admin("t100");
    let group = object(&house, &admin, json!({"c8y_IsDeviceGroup": {}}));
    let (inside, outside) = (device(&house, &admin), device(&house, &admin));
    let link = json!({"managedObject": {"id": inside}});
    house
        .post(
            &admin,
            &format!("/inventory/managedObjects/{group}/childAssets"),
            link,
        )
        .expect(201);
    let seen: Vec<_> = (0..7)
        .map(|n| raise(&house, &admin, alarm(&inside, &format!("in{n}"), "MAJOR", n)))
        .collect();
    let hidden: Vec<_> = (0..7)
        .map(|n| raise(&house, &admin, alarm(&outside, &format!("out{n}"), "MAJOR", n)))
        .collect();
    let reader = house.person("t100", "reader", &[]);
    house.grant(&reader, &[&format!("{group}, ALARM, *, READ")]);
    // Full pages and exact counts, with what is hidden lying in between.
    assert_eq!(types(&house, &reader, "pageSize=3"), ["in6", "in5", "in4"]);
    assert_eq!(
        types(&house, &reader, "pageSize=3&currentPage=2&resolved=false"),
        ["in3", "in2", "in1"]
    );
    assert_eq!(count(&house, &reader, ""), 7);
    assert_eq!(count(&house, &reader, "resolved=false"), 7);
    assert_eq!(count(&house, &reader, &format!("source={outside}")), 0);
    house.get(&reader, &path(&seen[0])).expect(200);
    house.get(&reader, &path(&hidden[0])).expect(404);
    house
        .put(&reader, &path(&seen[0]), json!({"status": "CLEARED"}))
        .expect(403);
    // The root is for readers of the whole tenant, as its role says.
    let other = house.person("t100", "other", &[Role::MeasurementRead, Role::InventoryRead]);
    house.get(&other, &path(&seen[0])).expect(403);
    assert_eq!(count(&house, &other, ""), 0);
}

// R033, R034: every fragment of an alarm must be covered, and one without any is covered by `*` alone.
#[test]
fn fragments_decide_who_sees_raises_and_changes_an_alarm() {
    let house = House::new();
    let admin = house.admin("t100");
    let source = device(&house, &admin);
    let pump = raise(
        &house,
        &admin,
        with("c8y_Pump", alarm(&source, "pump", "MAJOR", 1)),
    );
    let secret = raise(
        &house,
        &admin,
        with("c8y_Secret", alarm(&source, "secret", "MAJOR", 2)),
    );
    let both = raise(
        &house,
        &admin,
        with("c8y_Pump", with("c8y_Secret", alarm(&source, "both", "MAJOR", 3))),
    );
    let bare = raise(&house, &admin, alarm(&source, "bare", "MAJOR", 4));
    let partial = house.person("t100", "partial", &[]);
    house.grant(
        &partial,
        &[
            &format!("{source}, ALARM, c8y_Pump, *"),
            &format!("{source}, MANAGED_OBJECT, *, READ"),
        ],
    );
    assert_eq!(types(&house, &partial, ""), ["pump"]);
    assert_eq!(
        count(&house, &partial, &format!("source={source}&resolved=false")),
        1
    );
    house.get(&partial, &path(&pump)).expect(200);
    for hidden in [&secret, &both, &bare] {
        house.get(&partial, &path(hidden)).expect(404);
        house
            .put(&partial, &path(hidden), json!({"status": "CLEARED"}))
            .expect(404);
    }
    // The number of open alarms would tell of those that are hidden.
    let shown = house
        .get(&partial, &format!("/inventory/managedObjects/{source}"))
        .expect(200)
        .json();
    assert_eq!(shown.get("c8y_ActiveAlarmsStatus"), None);
    assert_eq!(
        house
            .get(
                &partial,
                "/inventory/managedObjects?query=c8y_ActiveAlarmsStatus.major%20gt%200"
            )
            .expect(200)
            .json()["managedObjects"],
        json!([])
    );
    // New ones need their fragments covered; so does adding one, and counting on an alarm that has others.
    house
        .post(
            &partial,
            "/alarm/alarms",
            with("c8y_Pump", alarm(&source, "new", "MAJOR", 5)),
        )
        .expect(201);
    house
        .post(
            &partial,
            "/alarm/alarms",
            with("c8y_Secret", alarm(&source, "new2", "MAJOR", 5)),
        )
        .expect(403);
    house
        .post(&partial, "/alarm/alarms", alarm(&source, "new2", "MAJOR", 5))
        .expect(403);
    let refused = house
        .post(
            &partial,
            "/alarm/alarms",
            with("c8y_Pump", alarm(&source, "secret", "MAJOR", 5)),
        )
        .expect(403);
    assert!(
        !refused.text.contains(secret["id"].as_str().expect("an id")),
        "{}",
        refused.text
    );
    house
        .put(&partial, &path(&pump), json!({"c8y_Secret": {}}))
        .expect(403);
    house
        .put(&partial, &path(&pump), json!({"status": "ACKNOWLEDGED"}))
        .expect(200);
    // To change many at once is for those who may change all.
    house
        .put(
            &partial,
            "/alarm/alarms?severity=MAJOR",
            json!({"status": "CLEARED"}),
        )
        .expect(403);
    house
        .delete(&partial, &format!("/alarm/alarms?source={source}"))
        .expect(403);
    assert_eq!(
        types(&house, &admin, "resolved=false&type=secret,both,bare,pump,new"),
        ["new", "bare", "both", "secret", "pump"]
    );
    assert_eq!(house.get(&admin, &path(&secret)).expect(200).json()["count"], 1);
}

// R019: who may only write gets nothing back but the id.
#[test]
fn who_may_not_read_gets_nothing_back_but_the_id() {
    let house = House::new();
    let admin = house.admin("t100");
    let source = device(&house, &admin);
    let writer = house.person("t100", "writer", &[Role::AlarmAdmin]);
    let first = raise(&house, &writer, alarm(&source, "a", "MAJOR", 1));
    let again = raise(&house, &writer, alarm(&source, "a", "MAJOR", 2));
    let changed = house
        .put(&writer, &path(&first), json!({"text": "x"}))
        .expect(200)
        .json();
    for written in [&first, &again, &changed] {
        let mut names: Vec<_> = written.as_object().expect("an object").keys().collect();
        names.sort();
        assert_eq!(names, ["id", "self"]);
    }
    house.get(&writer, &path(&first)).expect(403);
    assert_eq!(count(&house, &writer, ""), 0);
    // It changes and deletes all the same.
    house
        .put(
            &writer,
            &format!("/alarm/alarms?source={source}"),
            json!({"status": "CLEARED"}),
        )
        .expect(200);
    assert_eq!(count(&house, &admin, "resolved=true"), 1);
    house
        .delete(&writer, &format!("/alarm/alarms?source={source}"))
        .expect(204);
    assert_eq!(count(&house, &admin, ""), 0);
}

// R047: a device does everything with the alarms of what it owns, and nothing with others.
#[test]
fn a_device_raises_alarms_about_itself_and_no_other() {
    let house = House::new();
    let admin = house.admin("t100");
    let other = device(&house, &admin);
    let who = house.device("t100", "device_pump");
    let creator = house.person("t100", "creator", &[Role::InventoryCreate]);
    let own = device(&house, &creator);
    let raised = raise(&house, &creator, alarm(&own, "a", "MAJOR", 1));
    house.get(&creator, &path(&raised)).expect(200);
    house
        .put(&creator, &path(&raised), json!({"status": "CLEARED"}))
        .expect(200);
    house
        .post(&creator, "/alarm/alarms", alarm(&other, "a", "MAJOR", 1))
        .expect(422);
    // One that owns nothing is refused before its body is read.
    house
        .post(&who, "/alarm/alarms", alarm(&other, "a", "MAJOR", 1))
        .expect(403);
    house.get(&who, &path(&raised)).expect(404);
    let shown = house
        .get(&creator, &format!("/inventory/managedObjects/{own}"))
        .expect(200)
        .json();
    assert_eq!(shown["c8y_ActiveAlarmsStatus"]["major"], 0);
}

// R115: another tenant's alarms look like none.
#[test]
fn another_tenants_alarms_are_not_there() {
    let house = House::new();
    let (admin, stranger) = (house.admin("t100"), house.admin("t200"));
    let source = device(&house, &admin);
    let raised = raise(&house, &admin, alarm(&source, "a", "MAJOR", 1));
    let absent = house
        .get(&stranger, "/alarm/alarms/8000000000000000")
        .expect(404)
        .error()
        .1;
    let id = raised["id"].as_str().expect("an id");
    let foreign = house.get(&stranger, &path(&raised)).expect(404).error().1;
    assert_eq!(foreign.replace(id, "8000000000000000"), absent);
    house
        .put(&stranger, &path(&raised), json!({"status": "CLEARED"}))
        .expect(404);
    house
        .post(&stranger, "/alarm/alarms", alarm(&source, "a", "MAJOR", 2))
        .expect(422);
    house
        .put(
            &stranger,
            &format!("/alarm/alarms?source={source}"),
            json!({"status": "CLEARED"}),
        )
        .expect(200);
    house
        .delete(&stranger, &format!("/alarm/alarms?source={source}"))
        .expect(204);
    house
        .delete(&stranger, "/alarm/alarms?createdFrom=2000-01-01")
        .expect(204);
    assert_eq!(
        count(
            &house,
            &stranger,
            &format!("source={source}&withSourceDevices=true")
        ),
        0
    );
    let now = house.get(&admin, &path(&raised)).expect(200).json();
    assert_eq!((&now["status"], &now["count"]), (&json!("ACTIVE"), &json!(1)));
}
