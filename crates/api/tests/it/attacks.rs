//! What an attacker with some rights, or with none, tries first. Each test was an open hole once.

use http::header::{CONTENT_TYPE, ORIGIN};
use model::limits::{ANSWER_BYTES_MAX, DOCUMENT_BYTES_MAX};
use model::roles::Role;
use serde_json::{Map, Value, json};
use std::time::{Duration, Instant};
use testkit::house::{House, Reply, Who};

fn created(house: &House, who: &Who, body: Value) -> String {
    let reply = house.post(who, "/inventory/managedObjects", body).expect(201);
    reply.json()["id"].as_str().expect("an id").to_owned()
}

/// So many small fragments.
fn fragments(count: usize) -> Map<String, Value> {
    (0..count)
        .map(|place| (format!("f{place:06}"), json!(1)))
        .collect()
}

/// Fails the test if an answer needed so much time that its cost must grow faster than what was sent.
#[track_caller]
fn is_quick(answer: impl FnOnce() -> Reply) -> Reply {
    let began = Instant::now();
    let reply = answer();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    reply
}

#[test]
fn a_cascade_does_not_name_a_hidden_child() {
    // R014
    let house = House::new();
    // A person: what a device owns reaches what hangs below it.
    let one = house.person("t100", "jane", &[Role::InventoryCreate]);
    let other = house.device("t100", "device_2");
    let parent = created(&house, &one, json!({ "c8y_IsDevice": {} }));
    let child = created(&house, &other, json!({}));
    house
        .get(&one, &format!("/inventory/managedObjects/{child}"))
        .expect(404);
    let edges = format!("/inventory/managedObjects/{parent}/childDevices");
    let reference = json!({ "managedObject": { "id": child } });
    house.post(&house.admin("t100"), &edges, reference).expect(201);
    for how in ["cascade=true", "forceCascade=true"] {
        let path = format!("/inventory/managedObjects/{parent}?{how}");
        let refused = house.delete(&one, &path).expect(403);
        assert!(!refused.text.contains(&child), "{}", refused.text);
    }
    house
        .get(&other, &format!("/inventory/managedObjects/{child}"))
        .expect(200);
}

#[test]
fn a_group_is_deleted_and_what_is_not_its_owners_stays() {
    let house = House::new();
    let owner = house.person("t100", "jane", &[Role::InventoryCreate]);
    let other = house.device("t100", "device_2");
    let group = created(&house, &owner, json!({ "c8y_IsDeviceGroup": {} }));
    let hidden = created(&house, &other, json!({ "c8y_IsDeviceGroup": {} }));
    let edges = format!("/inventory/managedObjects/{group}/childAssets");
    let reference = json!({ "managedObject": { "id": hidden } });
    house.post(&house.admin("t100"), &edges, reference).expect(201);
    house
        .delete(&owner, &format!("/inventory/managedObjects/{group}"))
        .expect(204);
    house
        .get(&other, &format!("/inventory/managedObjects/{hidden}"))
        .expect(200);
}

#[test]
fn who_may_only_write_cannot_open_an_object_or_take_it_over_to_read_it() {
    // R019
    let house = House::new();
    let device = house.device("t100", "device_1");
    let writer = house.person("t100", "writer", &[Role::InventoryAdmin]);
    for change in [json!({ "c8y_Global": {} }), json!({ "owner": "writer" })] {
        let id = created(&house, &device, json!({ "name": "canary", "secret": "canary" }));
        let path = format!("/inventory/managedObjects/{id}");
        let reply = house.put(&writer, &path, change).expect(403);
        assert!(!reply.text.contains("canary"), "{}", reply.text);
        house.get(&writer, &path).expect(403);
        house.put(&writer, &path, json!({ "name": "other" })).expect(200);
    }
}

#[test]
fn who_may_only_write_is_not_told_the_user_of_a_device() {
    // R019
    let house = House::new();
    let device = house.device("t100", "device_canary");
    let id = created(&house, &device, json!({ "c8y_IsDevice": {} }));
    let writer = house.person("t100", "writer", &[Role::InventoryAdmin]);
    let path = format!("/inventory/managedObjects/{id}/user");
    let reply = house.put(&writer, &path, json!({ "enabled": false })).expect(200);
    assert!(!reply.text.contains("canary"), "{}", reply.text);
    house.get(&device, "/platform").expect(401);
}

#[test]
fn a_device_cannot_ask_whether_a_person_owns_what_it_sees() {
    // R121
    let house = House::new();
    let device = house.device("t100", "device_1");
    let id = created(&house, &house.admin("t100"), json!({ "c8y_Global": {} }));
    house
        .get(&device, &format!("/inventory/managedObjects/{id}"))
        .expect(200);
    for filter in ["owner=admin", "text=admin"] {
        let path = format!("/inventory/managedObjects?{filter}&withTotalElements=true");
        let found = house.get(&device, &path).expect(200).json();
        assert_eq!(found["managedObjects"], json!([]), "{filter}");
        assert_eq!(found["statistics"]["totalElements"], 0, "{filter}");
        let counted = house.get(&device, &format!("/inventory/managedObjects/count?{filter}"));
        assert_eq!(counted.expect(200).text, "0", "{filter}");
    }
    let own = house
        .get(&device, "/inventory/managedObjects/count?owner=device_1")
        .expect(200);
    assert_eq!(own.text, "0");
    created(&house, &device, json!({}));
    let own = house
        .get(&device, "/inventory/managedObjects/count?owner=device_1")
        .expect(200);
    assert_eq!(own.text, "1");
}

#[test]
fn an_update_with_very_many_fragments_is_refused_before_it_costs() {
    // R127
    let house = House::new();
    let device = house.device("t100", "device_1");
    let id = created(&house, &device, json!({}));
    let body = Value::Object(fragments(50_000));
    is_quick(|| house.put(&device, &format!("/inventory/managedObjects/{id}"), body)).expect(422);
}

#[test]
fn an_audit_record_with_very_many_fragments_is_refused_before_it_costs() {
    // R127
    let house = House::new();
    let mut body = fragments(50_000);
    for (name, value) in [
        ("type", json!("Inventory")),
        ("activity", json!("a")),
        ("text", json!("t")),
        ("source", json!({ "id": "1" })),
        ("time", json!("2026-11-18T00:00:00Z")),
    ] {
        body.insert(name.to_owned(), value);
    }
    let body = Value::Object(body);
    is_quick(|| house.post(&house.admin("t100"), "/audit/auditRecords", body)).expect(422);
}

#[test]
fn a_page_of_another_site_cannot_send_a_body_without_a_type() {
    let house = House::new();
    let admin = house.admin("t100");
    let request = || house.request(&admin, "POST", "/inventory/managedObjects");
    house
        .send_text(request().header(ORIGIN, "https://evil.example"), "{}")
        .expect(415);
    let form = request()
        .header(ORIGIN, "https://evil.example")
        .header(CONTENT_TYPE, "text/plain");
    house.send_text(form, "{}").expect(415);
    house.send_text(request(), "{}").expect(201);
}

#[test]
fn a_page_of_the_largest_documents_does_not_fill_the_memory() {
    // R127
    let house = House::new();
    let device = house.device("t100", "device_1");
    let large = "x".repeat(DOCUMENT_BYTES_MAX - 1_000);
    for _ in 0..=ANSWER_BYTES_MAX / DOCUMENT_BYTES_MAX + 1 {
        created(&house, &device, json!({ "large": large }));
    }
    let page = |size: usize| house.get(&device, &format!("/inventory/managedObjects?pageSize={size}"));
    page(2_000).expect(422);
    assert_eq!(
        page(5).expect(200).json()["managedObjects"]
            .as_array()
            .map(Vec::len),
        Some(5)
    );
}
