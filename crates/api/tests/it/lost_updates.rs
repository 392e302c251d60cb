//! Managed objects that several people change at the same time, as clients see them (`ETag`, `If-Match`).

use crate::permissions::at_the_same_time;
use model::roles::Role;
use serde_json::{Value, json};
use testkit::house::{House, Reply, Who};

const ALL: &str = "/inventory/managedObjects";

/// A new object; its path.
fn object(house: &House, by: &Who, body: Value) -> String {
    let created = house.post(by, ALL, body).expect(201).json();
    format!("{ALL}/{}", created["id"].as_str().expect("an id"))
}

fn tag(house: &House, who: &Who, path: &str) -> String {
    house.get(who, path).expect(200).header("etag").to_owned()
}

fn if_match(house: &House, who: &Who, method: &str, path: &str, tag: &str, body: Value) -> Reply {
    let request = house.request(who, method, path).header("accept", "*/*");
    house.send(request.header("if-match", tag), body)
}

#[test]
fn of_two_writers_the_second_is_refused_reads_again_and_succeeds() {
    let house = House::new();
    let admin = house.admin("t100");
    let path = object(&house, &admin, json!({ "name": "pump", "c8y_Notes": "old" }));
    let seen = tag(&house, &admin, &path);
    assert!(seen.starts_with('"') && seen.len() == 34, "a strong tag: {seen}");
    let put = |tag: &str, body: Value| if_match(&house, &admin, "PUT", &path, tag, body);

    let changed = put(&seen, json!({ "c8y_Notes": "first" })).expect(200);
    let refused = put(&seen, json!({ "c8y_Notes": "second", "x": {} })).expect(412);
    assert_eq!(refused.error().0, "inventory/Precondition Failed");
    let read = house.get(&admin, &path).expect(200);
    assert_eq!(
        (&read.json()["c8y_Notes"], read.json().get("x")),
        (&json!("first"), None)
    );
    assert_eq!(read.header("etag"), changed.header("etag"));
    assert_ne!(read.header("etag"), seen);

    let now = read.header("etag").to_owned();
    for stale in ["\"\"", "x", &format!("W/{now}"), &now.to_uppercase()] {
        put(stale, json!({ "c8y_Notes": "second" })).expect(412);
    }
    put(&format!("\"other\", {now}"), json!({ "c8y_Notes": "second" })).expect(200);
    put("*", json!({ "c8y_Notes": "third" })).expect(200);
    house
        .put(&admin, &path, json!({ "c8y_Notes": "fourth" }))
        .expect(200);

    if_match(&house, &admin, "DELETE", &path, &now, Value::Null).expect(412);
    let now = tag(&house, &admin, &path);
    if_match(&house, &admin, "DELETE", &path, &now, Value::Null).expect(204);
    put("*", json!({ "name": "gone" })).expect(404);
}

#[test]
fn of_several_who_change_an_object_at_the_same_time_exactly_one_succeeds() {
    let house = House::new();
    let admin = house.admin("t100");
    let path = object(&house, &admin, json!({ "name": "pump" }));
    let bodies = ["w", "x", "y", "z"].map(|name| json!({ "name": name }));
    assert_eq!(
        at_the_same_time(&house, &admin, &path, &bodies),
        [200, 412, 412, 412]
    );
    // Different properties too: what one of them has seen is not what is there.
    let bodies = ["w", "x", "y", "z"].map(|name| json!({ name: {} }));
    assert_eq!(
        at_the_same_time(&house, &admin, &path, &bodies),
        [200, 412, 412, 412]
    );
}

#[test]
fn whoever_may_not_change_an_object_gets_the_same_answer_whatever_the_tag() {
    let house = House::new();
    let admin = house.admin("t100");
    let path = object(&house, &admin, json!({ "name": "pump", "c8y_Secret": {} }));
    let now = tag(&house, &admin, &path);
    let id = path.rsplit('/').next().expect("an id");
    let reader = house.person("t100", "reader", &[Role::InventoryRead]);
    let nobody = house.person("t100", "nobody", &[]);
    let creator = house.person("t100", "creator", &[Role::InventoryCreate]);
    object(&house, &creator, json!({ "name": "its own" }));
    let partly = house.person("t100", "partly", &[]);
    house.grant(&partly, &[&format!("{id}, MANAGED_OBJECT, c8y_Notes, ADMIN")]);
    let adds = house.person("t100", "adds", &[]);
    house.grant(&adds, &[&format!("{id}, MANAGED_OBJECT, c8y_Secret, ADMIN")]);
    let foreign = house.admin("t200");
    for (who, status) in [
        (&reader, 403),
        (&nobody, 403),
        (&creator, 404),
        (&partly, 404),
        // It may change what is there, and not add this.
        (&adds, 403),
        (&foreign, 404),
    ] {
        let body = json!({ "c8y_Notes": "theirs" });
        let without = house.put(who, &path, body.clone()).expect(status).text;
        for tag in [now.as_str(), "\"stale\"", "*"] {
            let refused = if_match(&house, who, "PUT", &path, tag, body.clone()).expect(status);
            assert_eq!((refused.header("etag"), &refused.text), ("", &without));
        }
    }
    for (who, status) in [(&reader, 403), (&creator, 404), (&foreign, 404)] {
        for tag in [now.as_str(), "\"stale\""] {
            if_match(&house, who, "DELETE", &path, tag, Value::Null).expect(status);
        }
    }
    assert_eq!(tag(&house, &admin, &path), now);
}

#[test]
fn whoever_may_change_an_object_and_not_read_it_sees_no_tag() {
    let house = House::new();
    let admin = house.admin("t100");
    let path = object(&house, &admin, json!({ "name": "pump" }));
    let writer = house.person("t100", "writer", &[Role::InventoryAdmin]);
    let changed = house.put(&writer, &path, json!({ "name": "x" })).expect(200);
    assert_eq!(changed.header("etag"), "");
    house.get(&writer, &path).expect(403);
}

#[test]
fn what_the_platform_computes_does_not_change_the_tag() {
    let house = House::new();
    let admin = house.admin("t100");
    let path = object(
        &house,
        &admin,
        json!({ "c8y_IsDevice": {}, "c8y_RequiredAvailability": { "responseInterval": 1 } }),
    );
    let id = path.rsplit('/').next().expect("an id");
    let seen = tag(&house, &admin, &path);
    let before = house.get(&admin, &path).expect(200).json();

    let time = "2026-11-17T01:00:00Z";
    let alarm =
        json!({ "source": { "id": id }, "type": "a", "text": "x", "severity": "MAJOR", "time": time });
    house.post(&admin, "/alarm/alarms", alarm).expect(201);
    let value = json!({ "source": { "id": id }, "type": "m", "time": time, "T": { "t": { "value": 1 } } });
    house.post(&admin, "/measurement/measurements", value).expect(201);
    let child = json!({ "name": "child" });
    house
        .post(&admin, &format!("{path}/childAssets"), child)
        .expect(201);
    house.world.advance_millis(3_600_000);
    house.put(&admin, &path, json!({})).expect(200);

    let all = "?withParents=true&withChildrenCount=true&withLatestValues=true&withGroups=true";
    let after = house.get(&admin, &format!("{path}{all}")).expect(200);
    assert_ne!(after.json(), before, "all of this is shown");
    assert_eq!(after.header("etag"), seen);
    assert_eq!(tag(&house, &admin, &format!("{path}?withChildren=false")), seen);
    if_match(&house, &admin, "PUT", &path, &seen, json!({ "name": "n" })).expect(200);
    assert_ne!(tag(&house, &admin, &path), seen);
}
