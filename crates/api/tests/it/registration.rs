//! Registration of devices over REST: a device asks until somebody lets it in, and gets credentials of its own, once.

mod attacks;
mod bulk;
mod groups;
mod tokens;

use crate::users::assert_documented;
use model::limits::{DEVICE_REQUEST_ACCEPTED_DAYS, DEVICE_REQUEST_DAYS};
use model::roles::Role;
use model::users::UserKind;
use serde_json::{Value, json};
use testkit::house::{House, Reply, Who};

const REQUESTS: &str = "/devicecontrol/newDeviceRequests";
const CREDENTIALS: &str = "/devicecontrol/deviceCredentials";
const OBJECTS: &str = "/inventory/managedObjects";
const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;

/// The user with which the new devices of a tenant ask.
fn bootstrap(house: &House, tenant: &str) -> Who {
    house.user(
        tenant,
        "devicebootstrap",
        UserKind::Bootstrap,
        &[Role::DeviceBootstrap],
    )
}

fn at(device: &str) -> String {
    format!("{REQUESTS}/{device}")
}

/// Says that a device may come.
fn request(house: &House, who: &Who, device: &str) {
    house.post(who, REQUESTS, json!({ "id": device })).expect(201);
}

/// A question for credentials.
fn ask(house: &House, with: &Who, device: &str, token: Option<&str>) -> Reply {
    let mut body = json!({ "id": device });
    if let Some(token) = token {
        body["securityToken"] = token.into();
    }
    house.post(with, CREDENTIALS, body)
}

fn accept(house: &House, who: &Who, device: &str, token: Option<&str>) -> Reply {
    let mut body = json!({ "status": "ACCEPTED" });
    if let Some(token) = token {
        body["securityToken"] = token.into();
    }
    house.put(who, &at(device), body)
}

/// The device of an answer with credentials.
fn device(given: &Value) -> Who {
    let text = |name: &str| given[name].as_str().expect("text");
    Who::new(text("tenantId"), text("username"), text("password"))
}

/// A device that was let in, and has its credentials.
fn registered(house: &House, with: &Who, device_id: &str) -> Who {
    let admin = house.admin("t100");
    request(house, &admin, device_id);
    ask(house, with, device_id, None).expect(404);
    accept(house, &admin, device_id, None).expect(200);
    device(&ask(house, with, device_id, None).expect(201).json())
}

fn status(house: &House, device: &str) -> String {
    let shown = house.get(&house.admin("t100"), &at(device)).expect(200).json();
    shown["status"].as_str().expect("a status").to_owned()
}

fn set_policy(house: &House, policy: &str) {
    let body = json!({"category": "device-registration", "key": "security-token.policy", "value": policy});
    house
        .post(&house.admin("t100"), "/tenant/options", body)
        .expect(200);
}

/// What the audit log of `t100` says about registrations, the oldest first.
fn recorded(house: &House) -> Vec<(String, String)> {
    let path = "/audit/auditRecords?type=DeviceRegistration&pageSize=2000";
    let found = house.get(&house.admin("t100"), path).expect(200).json();
    let records = found["auditRecords"].as_array().expect("records");
    let text = |record: &Value, name: &str| record[name].as_str().expect("text").to_owned();
    let told = |record| (text(record, "activity"), text(record, "severity"));
    records.iter().rev().map(told).collect()
}

// R053 R078
#[test]
fn a_device_asks_until_it_was_let_in_and_gets_its_credentials_once() {
    let house = House::new();
    let (admin, with) = (house.admin("t100"), bootstrap(&house, "t100"));
    ask(&house, &with, "SN-1", None).expect(404);
    let body =
        json!({"id": "SN-1", "type": "c8y_X", "customProperties": {"a": {"b": 1}}, "status": "ACCEPTED"});
    let made = house.post(&admin, REQUESTS, body).expect(201);
    assert_eq!(
        made.header("location"),
        format!("https://localhost{}", at("SN-1"))
    );
    let shown = made.json();
    assert_eq!(shown, house.get(&admin, &at("SN-1")).expect(200).json());
    assert_documented("DeviceRequest", &shown);
    let expected = json!({
        "id": "SN-1", "self": format!("https://localhost{}", at("SN-1")), "status": "WAITING_FOR_CONNECTION",
        "tenantId": "t100", "owner": "admin", "creationTime": "2026-11-18T00:00:00.000Z", "type": "c8y_X",
        "customProperties": {"a": {"b": 1}},
    });
    assert_eq!(shown, expected);
    accept(&house, &admin, "SN-1", None).expect(422);

    ask(&house, &with, "SN-1", None).expect(404);
    assert_eq!(status(&house, "SN-1"), "PENDING_ACCEPTANCE");
    ask(&house, &with, "SN-1", None).expect(404);
    assert_eq!(
        accept(&house, &admin, "SN-1", None).expect(200).json()["status"],
        "ACCEPTED"
    );
    // The user is made when the device comes.
    house.get(&admin, "/user/t100/users/device_SN-1").expect(404);

    let given = ask(&house, &with, "SN-1", None).expect(201).json();
    assert_documented("DeviceCredentials", &given);
    assert_eq!(
        (&given["tenantId"], &given["username"]),
        (&json!("t100"), &json!("device_SN-1"))
    );
    let own = device(&given);
    assert!(own.password.len() >= 32, "192 random bits in text");
    ask(&house, &with, "SN-1", None).expect(404);
    house.get(&admin, &at("SN-1")).expect(404);
    let listed = house.get(&admin, REQUESTS).expect(200).json();
    assert_eq!(listed["newDeviceRequests"], json!([]));

    let user = house
        .get(&admin, "/user/t100/users/device_SN-1")
        .expect(200)
        .json();
    let groups = user["groups"]["references"].as_array().expect("groups");
    let names: Vec<_> = groups.iter().map(|group| &group["group"]["name"]).collect();
    assert_eq!(
        (names, &user["roles"]["references"]),
        (vec![&json!("devices")], &json!([]))
    );
    let object = house
        .post(&own, OBJECTS, json!({"c8y_IsDevice": {}}))
        .expect(201)
        .json();
    assert_eq!(object["owner"], "device_SN-1");
    let information = "INFORMATION".to_owned();
    let expected = [
        "Device requested",
        "Device asks for credentials",
        "Device accepted",
        "Device credentials delivered",
    ];
    let expected: Vec<_> = expected.map(|what| (what.to_owned(), information.clone())).into();
    assert_eq!(recorded(&house), expected);
}

#[test]
fn a_request_goes_its_way_and_no_other() {
    let house = House::new();
    let (admin, with) = (house.admin("t100"), bootstrap(&house, "t100"));
    request(&house, &admin, "d");
    house.post(&admin, REQUESTS, json!({"id": "d"})).expect(409);
    let put = |status: &str, expected: u16| {
        house
            .put(&admin, &at("d"), json!({ "status": status }))
            .expect(expected);
    };
    for (status, expected) in [
        ("WAITING_FOR_CONNECTION", 200),
        ("PENDING_ACCEPTANCE", 422),
        ("ACCEPTED", 422),
        ("BLOCKED", 422),
        ("x", 422),
    ] {
        put(status, expected);
    }
    ask(&house, &with, "d", None).expect(404);
    put("WAITING_FOR_CONNECTION", 422);
    put("PENDING_ACCEPTANCE", 200);
    put("ACCEPTED", 200);
    put("ACCEPTED", 200);
    put("PENDING_ACCEPTANCE", 422);
    house.delete(&admin, &at("d")).expect(204);
    house.delete(&admin, &at("d")).expect(404);
    ask(&house, &with, "d", None).expect(404);
    for body in [
        json!({}),
        json!({"id": ""}),
        json!({"id": "a b"}),
        json!({"id": "a/b"}),
        json!({"id": "limit"}),
        json!({"id": "x", "groupId": "1"}),
        json!({"id": "x", "groupId": {}}),
        json!({"id": "x", "tenantId": "t200"}),
        json!({"id": "x", "customProperties": 1}),
        json!({"id": "x", "customProperties": {"a": "b".repeat(20_000)}}),
        json!({"id": "x", "securityToken": "t".repeat(300)}),
    ] {
        house.post(&admin, REQUESTS, body).expect(422);
    }
    let token = json!({"status": "PENDING_ACCEPTANCE", "securityToken": "t"});
    request(&house, &admin, "e");
    house.put(&admin, &at("e"), token).expect(422);
}

#[test]
fn requests_are_listed_the_oldest_first_and_by_where_they_stand() {
    let house = House::new();
    let (admin, with) = (house.admin("t100"), bootstrap(&house, "t100"));
    for device in ["c", "a", "b"] {
        request(&house, &admin, device);
        house.world.advance_millis(1_000);
    }
    ask(&house, &with, "a", None).expect(404);
    let ids = |query: &str| {
        let found = house
            .get(&admin, &format!("{REQUESTS}?{query}"))
            .expect(200)
            .json();
        assert_documented("DeviceRequestCollection", &found);
        let requests = found["newDeviceRequests"].as_array().expect("requests").clone();
        let ids: Vec<_> = requests
            .iter()
            .map(|one| one["id"].as_str().expect("an id").to_owned())
            .collect();
        (ids.join(" "), found["statistics"]["totalElements"].clone())
    };
    assert_eq!(ids("withTotalElements=true"), ("c a b".to_owned(), json!(3)));
    assert_eq!(ids("pageSize=2&currentPage=2").0, "b");
    assert_eq!(ids("status=PENDING_ACCEPTANCE").0, "a");
    house.get(&admin, &format!("{REQUESTS}?status=x")).expect(422);
    let limit = house.get(&admin, &format!("{REQUESTS}/limit")).expect(200).json();
    assert_eq!(limit, json!({"isReached": false}));
}

#[test]
fn all_that_have_asked_are_let_in_at_once() {
    let house = House::new();
    let (admin, with) = (house.admin("t100"), bootstrap(&house, "t100"));
    for number in 0..150 {
        request(&house, &admin, &format!("d{number:03}"));
        ask(&house, &with, &format!("d{number:03}"), None).expect(404);
        house.world.advance_millis(1_000);
    }
    request(&house, &admin, "waits");
    request(&house, &admin, "e-token");
    ask(&house, &with, "e-token", Some("secret")).expect(404);
    let done = house
        .post(&admin, &format!("{REQUESTS}/acceptAll"), Value::Null)
        .expect(200)
        .json();
    let done = done.as_array().expect("an array");
    assert_eq!(done.len(), 151);
    assert_eq!(done[0], json!({"id": "d000", "successful": true}));
    assert_eq!(
        (&done[150]["id"], &done[150]["successful"]),
        (&json!("e-token"), &json!(false))
    );
    assert!(
        done[150]["error"]
            .as_str()
            .expect("a reason")
            .contains("security token")
    );
    for (device, expected) in [
        ("d149", "ACCEPTED"),
        ("waits", "WAITING_FOR_CONNECTION"),
        ("e-token", "PENDING_ACCEPTANCE"),
    ] {
        assert_eq!(status(&house, device), expected);
    }
    ask(&house, &with, "d149", None).expect(201);
}

#[test]
fn a_request_is_over_after_its_time() {
    let house = House::new();
    let (admin, with) = (house.admin("t100"), bootstrap(&house, "t100"));
    request(&house, &admin, "waits");
    request(&house, &admin, "accepted");
    ask(&house, &with, "accepted", None).expect(404);
    accept(&house, &admin, "accepted", None).expect(200);
    house
        .world
        .advance_millis(DEVICE_REQUEST_ACCEPTED_DAYS * DAY_MILLIS);
    ask(&house, &with, "accepted", None).expect(404);
    house.get(&admin, &at("accepted")).expect(404);
    house.get(&admin, &at("waits")).expect(200);
    house
        .world
        .advance_millis((DEVICE_REQUEST_DAYS - DEVICE_REQUEST_ACCEPTED_DAYS) * DAY_MILLIS);
    house.get(&admin, &at("waits")).expect(404);
    accept(&house, &admin, "waits", None).expect(404);
    request(&house, &admin, "waits");
}

// R046: the user stays the same, and with it what it owns.
#[test]
fn a_device_that_registers_again_gets_a_new_password_for_its_user() {
    let house = House::new();
    let (admin, with) = (house.admin("t100"), bootstrap(&house, "t100"));
    let first = registered(&house, &with, "d");
    let object = house
        .post(&first, OBJECTS, json!({"c8y_IsDevice": {}}))
        .expect(201)
        .json();
    let read = format!("{OBJECTS}/{}", object["id"].as_str().expect("an id"));
    let second = registered(&house, &with, "d");
    house.get(&first, &read).expect(401);
    house.get(&second, &read).expect(200);

    // Whoever could do so could act as the device: it takes the right to set its password.
    let clerk = house.person(
        "t100",
        "clerk",
        &[Role::DeviceControlAdmin, Role::DeviceControlRead],
    );
    house.post(&clerk, REQUESTS, json!({"id": "d"})).expect(422);
    request(&house, &admin, "d");
    ask(&house, &with, "d", None).expect(404);
    accept(&house, &clerk, "d", None).expect(422);
    assert_eq!(status(&house, "d"), "PENDING_ACCEPTANCE");
    house.post(&clerk, REQUESTS, json!({"id": "new"})).expect(201);

    // A user that was deleted, or made, since it was let in is another one.
    accept(&house, &admin, "d", None).expect(200);
    house.delete(&admin, "/user/t100/users/device_d").expect(204);
    ask(&house, &with, "d", None).expect(404);
    house.get(&admin, &at("d")).expect(404);
}

// R019
#[test]
fn whoever_may_only_let_devices_in_is_shown_nothing() {
    let house = House::new();
    let with = bootstrap(&house, "t100");
    let writer = house.person("t100", "writer", &[Role::DeviceControlAdmin]);
    let shown = house
        .post(&writer, REQUESTS, json!({"id": "d", "type": "t"}))
        .expect(201)
        .json();
    let only_id = json!({"id": "d", "self": format!("https://localhost{}", at("d"))});
    assert_eq!(shown, only_id);
    house.get(&writer, &at("d")).expect(403);
    house.get(&writer, REQUESTS).expect(403);
    house.delete(&writer, &at("d")).expect(403);
    ask(&house, &with, "d", None).expect(404);
    assert_eq!(accept(&house, &writer, "d", None).expect(200).json(), only_id);
    let reader = house.person("t100", "reader", &[Role::DeviceControlRead]);
    house.get(&reader, &at("d")).expect(200);
    accept(&house, &reader, "d", None).expect(403);
    house
        .post(&reader, &format!("{REQUESTS}/acceptAll"), Value::Null)
        .expect(403);
}
