//! Alarms over the interface: raising and counting on, lists and counts by filter, changes, changes of many.

mod concurrent;
mod rights;

use model::roles::Role;
use serde_json::{Value, json};
use testkit::house::{House, Who};

/// A day on which everything happens.
pub(super) fn at(hour: u32) -> String {
    format!("2026-11-17T{hour:02}:00:00.000Z")
}

pub(super) fn device(house: &House, who: &Who) -> String {
    object(house, who, json!({"name": "pump", "c8y_IsDevice": {}}))
}

pub(super) fn object(house: &House, who: &Who, body: Value) -> String {
    let made = house
        .post(who, "/inventory/managedObjects", body)
        .expect(201)
        .json();
    made["id"].as_str().expect("an id").to_owned()
}

pub(super) fn alarm(source: &str, kind: &str, severity: &str, hour: u32) -> Value {
    json!({"source": {"id": source}, "type": kind, "text": "wrong", "severity": severity, "time": at(hour)})
}

pub(super) fn raise(house: &House, who: &Who, body: Value) -> Value {
    house.post(who, "/alarm/alarms", body).expect(201).json()
}

/// The types of the alarms that a list shows, in its order.
fn kinds(house: &House, who: &Who, query: &str) -> Vec<String> {
    let list = house
        .get(who, &format!("/alarm/alarms?pageSize=100&{query}"))
        .expect(200)
        .json();
    let alarms = list["alarms"].as_array().expect("a list").clone();
    alarms
        .iter()
        .map(|alarm| alarm["type"].as_str().expect("a type").to_owned())
        .collect()
}

pub(super) fn count(house: &House, who: &Who, query: &str) -> u64 {
    let path = format!("/alarm/alarms/count?{query}");
    house
        .get(who, &path)
        .expect(200)
        .json()
        .as_u64()
        .expect("a number")
}

fn put(house: &House, who: &Who, alarm: &Value, body: Value) -> Value {
    let path = format!("/alarm/alarms/{}", alarm["id"].as_str().expect("an id"));
    house.put(who, &path, body).expect(200).json()
}

/// How many audit records name an alarm.
fn records(house: &House, who: &Who, alarm: &Value) -> Vec<Value> {
    let path = format!(
        "/audit/auditRecords?type=Alarm&source={}&pageSize=100",
        alarm["id"].as_str().expect("an id")
    );
    house.get(who, &path).expect(200).json()["auditRecords"]
        .as_array()
        .expect("a list")
        .clone()
}

#[test]
fn an_alarm_is_stored_as_it_was_sent_with_what_the_platform_adds() {
    let house = House::new();
    let admin = house.admin("t100");
    let source = device(&house, &admin);
    let mut body = alarm(&source, "c8y_A", "MAJOR", 1);
    body["c8y_Pump"] = json!({"number": 3.50});
    let reply = house.post(&admin, "/alarm/alarms", body).expect(201);
    let location = reply.header("location").to_owned();
    let stored = reply.json();
    let id = stored["id"].as_str().expect("an id");
    assert!(location.ends_with(&format!("/alarm/alarms/{id}")), "{location}");
    assert_eq!(stored["status"], "ACTIVE");
    assert_eq!(
        (&stored["count"], &stored["severity"]),
        (&json!(1), &json!("MAJOR"))
    );
    assert_eq!(stored.get("firstOccurrenceTime"), None);
    assert_eq!(stored["source"]["id"], json!(source));
    assert_eq!(stored["c8y_Pump"], json!({"number": 3.50}));
    assert_eq!(stored["creationTime"], stored["lastUpdated"]);
    assert_eq!(
        house
            .get(&admin, &format!("/alarm/alarms/{id}"))
            .expect(200)
            .json(),
        stored
    );
}

#[test]
fn an_open_alarm_counts_on_and_keeps_everything_but_its_time() {
    let house = House::new();
    let admin = house.admin("t100");
    let source = device(&house, &admin);
    let first = raise(&house, &admin, alarm(&source, "c8y_A", "MAJOR", 1));
    put(&house, &admin, &first, json!({"status": "ACKNOWLEDGED"}));
    let before = records(&house, &admin, &first).len();
    let mut again = alarm(&source, "c8y_A", "CRITICAL", 2);
    again["text"] = json!("other words");
    again["status"] = json!("CLEARED");
    again["c8y_New"] = json!({});
    let again = raise(&house, &admin, again);
    assert_eq!(again["id"], first["id"]);
    assert_eq!(
        (&again["count"], &again["status"]),
        (&json!(2), &json!("ACKNOWLEDGED"))
    );
    assert_eq!(
        (&again["severity"], &again["text"]),
        (&json!("MAJOR"), &json!("wrong"))
    );
    assert_eq!(again.get("c8y_New"), None);
    assert_eq!(
        (&again["time"], &again["firstOccurrenceTime"]),
        (&json!(at(2)), &json!(at(1)))
    );
    assert_eq!(
        records(&house, &admin, &first).len(),
        before,
        "counting on leaves no record of its own"
    );
    // A third time keeps the first time of all; another type or source is another alarm.
    let third = raise(&house, &admin, alarm(&source, "c8y_A", "MAJOR", 3));
    assert_eq!(
        (&third["count"], &third["firstOccurrenceTime"]),
        (&json!(3), &json!(at(1)))
    );
    let other = raise(&house, &admin, alarm(&source, "c8y_B", "MAJOR", 3));
    assert_ne!(other["id"], first["id"]);
    let elsewhere = raise(
        &house,
        &admin,
        alarm(&device(&house, &admin), "c8y_A", "MAJOR", 3),
    );
    assert_eq!(elsewhere["count"], 1);
    // One that is cleared takes nothing in.
    put(&house, &admin, &first, json!({"status": "CLEARED"}));
    let anew = raise(&house, &admin, alarm(&source, "c8y_A", "MAJOR", 4));
    assert_ne!(anew["id"], first["id"]);
    assert_eq!(anew["count"], 1);
    // By its id it is found wherever its place in lists is; a place is the id of nothing.
    let read = house.get(
        &admin,
        &format!("/alarm/alarms/{}", first["id"].as_str().expect("an id")),
    );
    assert_eq!(read.expect(200).json()["count"], 3);
    let first_id: u64 = first["id"]
        .as_str()
        .and_then(|id| id.parse().ok())
        .expect("a number");
    let known: Vec<_> = [&first, &other, &elsewhere, &anew]
        .map(|alarm| alarm["id"].as_str().expect("an id").to_owned())
        .into();
    for id in (first_id..first_id + 10)
        .map(|id| id.to_string())
        .filter(|id| !known.contains(id))
    {
        house.get(&admin, &format!("/alarm/alarms/{id}")).expect(404);
    }
}

#[test]
fn lists_are_in_the_order_in_which_alarms_were_raised_last() {
    let house = House::new();
    let admin = house.admin("t100");
    let source = device(&house, &admin);
    for (kind, hour) in [("a", 1), ("b", 2), ("c", 3), ("d", 4)] {
        raise(&house, &admin, alarm(&source, kind, "MINOR", hour));
    }
    assert_eq!(kinds(&house, &admin, ""), ["d", "c", "b", "a"]);
    raise(&house, &admin, alarm(&source, "a", "MINOR", 5));
    raise(&house, &admin, alarm(&source, "c", "MINOR", 6));
    for query in [
        String::new(),
        format!("source={source}"),
        "resolved=false".to_owned(),
        "status=ACTIVE".to_owned(),
    ] {
        assert_eq!(kinds(&house, &admin, &query), ["c", "a", "d", "b"], "{query}");
    }
    let page = house
        .get(
            &admin,
            "/alarm/alarms?pageSize=1&currentPage=2&withTotalElements=true",
        )
        .expect(200)
        .json();
    assert_eq!(page["alarms"][0]["type"], "a");
    assert_eq!(page["statistics"]["totalElements"], 4);
    assert!(page["next"].is_string() && page["prev"].is_string());
}

#[test]
fn every_filter_narrows_lists_and_counts_alike() {
    let house = House::new();
    let admin = house.admin("t100");
    let (one, two) = (device(&house, &admin), device(&house, &admin));
    let link = json!({"managedObject": {"id": two}});
    house
        .post(
            &admin,
            &format!("/inventory/managedObjects/{one}/childDevices"),
            link,
        )
        .expect(201);
    raise(&house, &admin, alarm(&one, "a", "CRITICAL", 1));
    let acknowledged = raise(&house, &admin, alarm(&one, "b c", "MAJOR", 2));
    put(&house, &admin, &acknowledged, json!({"status": "ACKNOWLEDGED"}));
    let cleared = raise(&house, &admin, alarm(&two, "d", "WARNING", 3));
    house.world.advance_millis(3_600_000);
    put(&house, &admin, &cleared, json!({"status": "CLEARED"}));
    for (query, expected) in [
        ("".to_owned(), vec!["d", "b c", "a"]),
        (format!("source={one}"), vec!["b c", "a"]),
        (
            format!("source={one}&withSourceDevices=true"),
            vec!["d", "b c", "a"],
        ),
        (format!("source={one}&withSourceAssets=true"), vec!["b c", "a"]),
        ("status=ACTIVE".to_owned(), vec!["a"]),
        ("status=ACTIVE,CLEARED".to_owned(), vec!["d", "a"]),
        ("status=ACTIVE&status=ACKNOWLEDGED".to_owned(), vec!["b c", "a"]),
        ("resolved=true".to_owned(), vec!["d"]),
        ("resolved=false".to_owned(), vec!["b c", "a"]),
        ("resolved=false&status=CLEARED".to_owned(), vec![]),
        ("severity=CRITICAL,WARNING".to_owned(), vec!["d", "a"]),
        ("type=a,d".to_owned(), vec!["d", "a"]),
        ("type=b%20c".to_owned(), vec!["b c"]),
        ("dateFrom=2026-11-17T02:00:00Z".to_owned(), vec!["d", "b c"]),
        ("dateTo=2026-11-17T02:00:00Z".to_owned(), vec!["b c", "a"]),
        (
            "dateFrom=2026-11-17T02:00:00Z&dateTo=2026-11-17T02:00:00Z&resolved=false".to_owned(),
            vec!["b c"],
        ),
        ("createdFrom=2026-11-18T00:30:00Z".to_owned(), vec![]),
        ("createdTo=2026-11-18T00:30:00Z".to_owned(), vec!["d", "b c", "a"]),
        ("lastUpdatedFrom=2026-11-18T00:30:00Z".to_owned(), vec!["d"]),
        ("lastUpdatedTo=2026-11-18T00:30:00Z".to_owned(), vec!["b c", "a"]),
        ("source=nothing".to_owned(), vec![]),
        ("source=99999999".to_owned(), vec![]),
    ] {
        assert_eq!(kinds(&house, &admin, &query), expected, "{query}");
        assert_eq!(count(&house, &admin, &query), expected.len() as u64, "{query}");
    }
}

#[test]
fn filters_and_bodies_that_make_no_sense_are_refused() {
    let house = House::new();
    let admin = house.admin("t100");
    let source = device(&house, &admin);
    for query in [
        "severity=BAD",
        "status=ACTIVE,open",
        "resolved=maybe",
        "dateFrom=yesterday",
        "withSourceDevices=true",
    ] {
        for path in ["/alarm/alarms", "/alarm/alarms/count"] {
            house.get(&admin, &format!("{path}?{query}")).expect(422);
        }
        house
            .put(
                &admin,
                &format!("/alarm/alarms?{query}"),
                json!({"status": "CLEARED"}),
            )
            .expect(422);
        house
            .delete(&admin, &format!("/alarm/alarms?{query}"))
            .expect(422);
    }
    for missing in ["source", "type", "text", "time", "severity"] {
        let mut body = alarm(&source, "a", "MAJOR", 1);
        body.as_object_mut().expect("an object").remove(missing);
        let (_, message) = house.post(&admin, "/alarm/alarms", body).expect(422).error();
        assert!(message.contains(missing), "{message}");
    }
    for (name, value) in [
        ("severity", json!("major")),
        ("status", json!("OPEN")),
        ("time", json!("2026-11-17")),
        ("source", json!({"id": "99999999"})),
        ("bad name", json!({})),
    ] {
        let mut body = alarm(&source, "a", "MAJOR", 1);
        body[name] = value;
        house.post(&admin, "/alarm/alarms", body).expect(422);
    }
    let stored = raise(&house, &admin, alarm(&source, "a", "MAJOR", 1));
    let path = format!("/alarm/alarms/{}", stored["id"].as_str().expect("an id"));
    let elsewhere = device(&house, &admin);
    house
        .put(&admin, &path, json!({"source": {"id": source}, "text": "wrong"}))
        .expect(200);
    for body in [
        json!({"source": {"id": elsewhere}, "text": "x"}),
        json!({"type": "b"}),
        json!({"time": at(2)}),
        json!({"count": 5}),
        json!({"creationTime": at(2)}),
        json!({"firstOccurrenceTime": at(2)}),
        json!({"status": null}),
        json!({"status": "DONE"}),
        json!({"severity": 3}),
    ] {
        house.put(&admin, &path, body).expect(422);
    }
    house
        .put(&admin, "/alarm/alarms?status=ACTIVE", json!({}))
        .expect(422);
    house
        .put(
            &admin,
            "/alarm/alarms?status=ACTIVE",
            json!({"status": "CLEARED", "text": "x"}),
        )
        .expect(422);
    house
        .put(&admin, "/alarm/alarms", json!({"status": "CLEARED"}))
        .expect(422);
    house.delete(&admin, "/alarm/alarms?status=ACTIVE").expect(422);
    house.delete(&admin, &path).expect(405);
    assert_eq!(count(&house, &admin, "status=ACTIVE"), 1);
}

#[test]
fn a_change_is_recorded_with_what_changed_and_no_change_is_none() {
    let house = House::new();
    let admin = house.admin("t100");
    let source = device(&house, &admin);
    let stored = raise(&house, &admin, alarm(&source, "a", "MAJOR", 1));
    house.world.advance_millis(1_000);
    let same = put(
        &house,
        &admin,
        &stored,
        json!({"id": stored["id"], "status": "ACTIVE", "text": "wrong"}),
    );
    assert_eq!(same, stored);
    assert_eq!(records(&house, &admin, &stored), Vec::<Value>::new());
    let changed = put(
        &house,
        &admin,
        &stored,
        json!({"status": "ACKNOWLEDGED", "severity": "MINOR", "text": "better", "c8y_By": {"who": 1}}),
    );
    assert_eq!(
        (&changed["status"], &changed["severity"], &changed["text"]),
        (&json!("ACKNOWLEDGED"), &json!("MINOR"), &json!("better"))
    );
    assert_eq!(
        (&changed["c8y_By"], &changed["count"]),
        (&json!({"who": 1}), &json!(1))
    );
    assert_ne!(changed["lastUpdated"], stored["lastUpdated"]);
    let records_now = records(&house, &admin, &stored);
    assert_eq!(records_now.len(), 1);
    let changes = records_now[0]["changes"].as_array().expect("changes").clone();
    let status = changes
        .iter()
        .find(|change| change["attribute"] == "status")
        .expect("the status");
    assert_eq!(
        (&status["previousValue"], &status["newValue"]),
        (&json!("ACTIVE"), &json!("ACKNOWLEDGED"))
    );
    assert!(changes.iter().any(|change| change["attribute"] == "c8y_By"));
    let without = put(&house, &admin, &stored, json!({"c8y_By": null}));
    assert_eq!(without.get("c8y_By"), None);
}

#[test]
fn a_cleared_alarm_may_stand_again_unless_a_newer_one_does() {
    let house = House::new();
    let admin = house.admin("t100");
    let source = device(&house, &admin);
    let old = raise(&house, &admin, alarm(&source, "a", "MAJOR", 1));
    put(&house, &admin, &old, json!({"status": "CLEARED"}));
    put(&house, &admin, &old, json!({"status": "ACTIVE"}));
    put(&house, &admin, &old, json!({"status": "CLEARED"}));
    let new = raise(&house, &admin, alarm(&source, "a", "MAJOR", 2));
    let path = format!("/alarm/alarms/{}", old["id"].as_str().expect("an id"));
    house.put(&admin, &path, json!({"status": "ACTIVE"})).expect(409);
    // Of many, those that cannot are passed over.
    house
        .put(
            &admin,
            &format!("/alarm/alarms?source={source}"),
            json!({"status": "ACKNOWLEDGED"}),
        )
        .expect(200);
    assert_eq!(house.get(&admin, &path).expect(200).json()["status"], "CLEARED");
    put(&house, &admin, &new, json!({"status": "CLEARED"}));
    put(&house, &admin, &old, json!({"status": "ACTIVE"}));
    assert_eq!(
        raise(&house, &admin, alarm(&source, "a", "MAJOR", 3))["id"],
        old["id"]
    );
}

#[test]
fn many_are_changed_and_deleted_by_filter_each_with_its_record() {
    let house = House::new();
    let admin = house.admin("t100");
    let (one, two) = (device(&house, &admin), device(&house, &admin));
    let alarms: Vec<_> = ["a", "b", "c"]
        .map(|kind| raise(&house, &admin, alarm(&one, kind, "MAJOR", 1)))
        .into();
    raise(&house, &admin, alarm(&two, "a", "CRITICAL", 1));
    house
        .put(
            &admin,
            &format!("/alarm/alarms?source={one}&status=ACTIVE"),
            json!({"status": "ACKNOWLEDGED"}),
        )
        .expect(200);
    assert_eq!(count(&house, &admin, "status=ACKNOWLEDGED"), 3);
    assert_eq!(count(&house, &admin, "status=ACTIVE"), 1);
    for alarm in &alarms {
        assert_eq!(records(&house, &admin, alarm).len(), 1);
    }
    house
        .put(
            &admin,
            "/alarm/alarms?severity=CRITICAL",
            json!({"status": "CLEARED"}),
        )
        .expect(200);
    assert_eq!(count(&house, &admin, &format!("source={two}&resolved=true")), 1);
    house
        .delete(&admin, &format!("/alarm/alarms?source={one}&type=a,b"))
        .expect(204);
    assert_eq!(kinds(&house, &admin, ""), ["a", "c"]);
    house
        .delete(&admin, "/alarm/alarms?dateTo=2026-11-18&source=nothing")
        .expect(204);
    assert_eq!(count(&house, &admin, ""), 2);
    // What is deleted is not open any more.
    assert_eq!(raise(&house, &admin, alarm(&one, "a", "MAJOR", 2))["count"], 1);
    house
        .delete(&admin, "/alarm/alarms?createdTo=2027-01-01")
        .expect(204);
    assert_eq!(count(&house, &admin, ""), 0);
}

#[test]
fn nothing_is_raised_while_a_source_is_maintained_or_its_type_suppressed() {
    let house = House::new();
    let admin = house.admin("t100");
    let maintained = object(
        &house,
        &admin,
        json!({"c8y_RequiredAvailability": {"responseInterval": -1}}),
    );
    let dropped = raise(&house, &admin, alarm(&maintained, "a", "MAJOR", 1));
    assert!(
        dropped["self"]
            .as_str()
            .expect("a link")
            .ends_with("/alarm/alarms/null"),
        "{dropped}"
    );
    assert_eq!(dropped.get("id"), None);
    let option = |key: &str, value: &str| {
        let body = json!({"category": "alarm.type.mapping", "key": key, "value": value});
        house.post(&admin, "/tenant/options", body).expect(200);
    };
    option("silent", "NONE");
    option("worse", "CRITICAL|Much worse");
    option("words", "|Other words");
    let source = device(&house, &admin);
    let dropped = raise(&house, &admin, alarm(&source, "silent", "MAJOR", 1));
    assert!(
        dropped["self"]
            .as_str()
            .expect("a link")
            .ends_with("/alarm/alarms/null")
    );
    let worse = raise(&house, &admin, alarm(&source, "worse", "MINOR", 1));
    assert_eq!(
        (&worse["severity"], &worse["text"]),
        (&json!("CRITICAL"), &json!("Much worse"))
    );
    let words = raise(&house, &admin, alarm(&source, "words", "MINOR", 1));
    assert_eq!(
        (&words["severity"], &words["text"]),
        (&json!("MINOR"), &json!("Other words"))
    );
    assert_eq!(count(&house, &admin, ""), 2);
}

#[test]
fn an_object_shows_how_many_of_its_alarms_are_open() {
    let house = House::new();
    let admin = house.admin("t100");
    let source = object(
        &house,
        &admin,
        json!({"c8y_IsDevice": {}, "c8y_ActiveAlarmsStatus": {"critical": 99}, "c8y_Availability": {"status": "AVAILABLE"}}),
    );
    let shown = || {
        house
            .get(&admin, &format!("/inventory/managedObjects/{source}"))
            .expect(200)
            .json()
    };
    let open = |critical: u32, major: u32, minor: u32, warning: u32| json!({"critical": critical, "major": major, "minor": minor, "warning": warning});
    assert_eq!(
        shown()["c8y_ActiveAlarmsStatus"],
        open(0, 0, 0, 0),
        "what clients send of it is nothing"
    );
    assert_eq!(shown().get("c8y_Availability"), None);
    let first = raise(&house, &admin, alarm(&source, "a", "CRITICAL", 1));
    raise(&house, &admin, alarm(&source, "a", "CRITICAL", 2));
    raise(&house, &admin, alarm(&source, "b", "MINOR", 2));
    assert_eq!(shown()["c8y_ActiveAlarmsStatus"], open(1, 0, 1, 0));
    put(
        &house,
        &admin,
        &first,
        json!({"severity": "WARNING", "status": "ACKNOWLEDGED"}),
    );
    assert_eq!(shown()["c8y_ActiveAlarmsStatus"], open(0, 0, 1, 1));
    // A query may ask for it, as devices' lists do.
    let found = |query: &str| {
        let path = format!("/inventory/managedObjects?query={query}");
        house.get(&admin, &path).expect(200).json()["managedObjects"]
            .as_array()
            .expect("a list")
            .len()
    };
    assert_eq!(found("c8y_ActiveAlarmsStatus.warning%20gt%200"), 1);
    assert_eq!(found("c8y_ActiveAlarmsStatus.critical%20gt%200"), 0);
    put(&house, &admin, &first, json!({"status": "CLEARED"}));
    assert_eq!(shown()["c8y_ActiveAlarmsStatus"], open(0, 0, 1, 0));
    house
        .delete(&admin, &format!("/alarm/alarms?source={source}"))
        .expect(204);
    assert_eq!(shown()["c8y_ActiveAlarmsStatus"], open(0, 0, 0, 0));
}

#[test]
fn alarms_go_with_their_source() {
    let house = House::new();
    let admin = house.admin("t100");
    let source = device(&house, &admin);
    let stored = raise(&house, &admin, alarm(&source, "a", "MAJOR", 1));
    raise(&house, &admin, alarm(&source, "a", "MAJOR", 2));
    house
        .delete(&admin, &format!("/inventory/managedObjects/{source}"))
        .expect(204);
    house
        .get(
            &admin,
            &format!("/alarm/alarms/{}", stored["id"].as_str().expect("an id")),
        )
        .expect(404);
    assert_eq!(
        count(&house, &admin, "resolved=false") + count(&house, &admin, ""),
        0
    );
}

#[test]
fn the_entry_point_names_the_lists() {
    let house = House::new();
    let admin = house.admin("t100");
    let root = house.get(&admin, "/alarm").expect(200).json();
    assert!(
        root["alarms"]["self"]
            .as_str()
            .expect("a link")
            .ends_with("/alarm/alarms")
    );
    assert!(
        root["alarmsForSourceAndStatus"]
            .as_str()
            .expect("a link")
            .contains("source={source}&status={status}")
    );
    house
        .get(&house.person("t100", "reader", &[Role::AlarmRead]), "/alarm")
        .expect(200);
    house
        .get(&house.person("t100", "nobody", &[]), "/alarm")
        .expect(403);
}
