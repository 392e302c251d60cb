//! The group of a registered device: it is put there when it creates its object, by the right of whoever let it in.

use super::{OBJECTS, REQUESTS, accept, ask, at, bootstrap, device, recorded};
use model::roles::Role;
use serde_json::{Value, json};
use testkit::house::{House, Who};

fn group(house: &House) -> String {
    let body = json!({"name": "g", "type": "c8y_DeviceGroup", "c8y_IsDeviceGroup": {}});
    let made = house.post(&house.admin("t100"), OBJECTS, body).expect(201).json();
    made["id"].as_str().expect("an id").to_owned()
}

fn children(house: &House, group: &str) -> Vec<Value> {
    let path = format!("{OBJECTS}/{group}/childAssets");
    let found = house.get(&house.admin("t100"), &path).expect(200).json();
    let references = found["references"].as_array().expect("references");
    references
        .iter()
        .map(|one| one["managedObject"]["id"].clone())
        .collect()
}

fn comes(house: &House, with: &Who, by: &Who, id: &str, group: &str) -> Who {
    house
        .post(by, REQUESTS, json!({"id": id, "groupId": group}))
        .expect(201);
    ask(house, with, id, None).expect(404);
    accept(house, by, id, None).expect(200);
    device(&ask(house, with, id, None).expect(201).json())
}

#[test]
fn the_first_device_that_it_creates_is_put_into_its_group() {
    let house = House::new();
    let (admin, with, group) = (house.admin("t100"), bootstrap(&house, "t100"), group(&house));
    let own = comes(&house, &with, &admin, "d", &group);
    house
        .post(&own, OBJECTS, json!({"name": "no device"}))
        .expect(201);
    assert_eq!(children(&house, &group), Vec::<Value>::new());
    let first = house
        .post(&own, OBJECTS, json!({"c8y_IsDevice": {}}))
        .expect(201)
        .json();
    house.post(&own, OBJECTS, json!({"c8y_IsDevice": {}})).expect(201);
    assert_eq!(children(&house, &group), [first["id"].clone()]);
}

// R022: nobody puts a device where they may not put one by hand.
#[test]
fn a_group_is_for_those_who_may_change_it() {
    let house = House::new();
    let (admin, with, group) = (house.admin("t100"), bootstrap(&house, "t100"), group(&house));
    let clerk = house.person(
        "t100",
        "clerk",
        &[Role::DeviceControlAdmin, Role::DeviceControlRead],
    );
    let body = json!({"id": "d", "groupId": group});
    house.post(&clerk, REQUESTS, body.clone()).expect(403);
    let reader = house.person("t100", "reader", &[Role::DeviceControlAdmin, Role::InventoryRead]);
    house.post(&reader, REQUESTS, body.clone()).expect(403);
    let foreign = house
        .post(&house.admin("t200"), OBJECTS, json!({"c8y_IsDeviceGroup": {}}))
        .expect(201)
        .json();
    house
        .post(&admin, REQUESTS, json!({"id": "d", "groupId": foreign["id"]}))
        .expect(422);
    let loose = house.post(&admin, OBJECTS, json!({})).expect(201).json();
    house
        .post(&admin, REQUESTS, json!({"id": "d", "groupId": loose["id"]}))
        .expect(422);
    house.get(&admin, &at("d")).expect(404);

    house.post(&admin, REQUESTS, body).expect(201);
    ask(&house, &with, "d", None).expect(404);
    accept(&house, &clerk, "d", None).expect(403);
    accept(&house, &reader, "d", None).expect(403);
    let done = house
        .post(&clerk, &format!("{REQUESTS}/acceptAll"), Value::Null)
        .expect(200)
        .json();
    assert_eq!(done[0]["successful"], false);
    house.grant(&clerk, &[&format!("{group}, MANAGED_OBJECT, *, *")]);
    accept(&house, &clerk, "d", None).expect(200);
}

#[test]
fn a_right_that_is_withdrawn_before_the_device_comes_puts_nothing_anywhere() {
    let house = House::new();
    let (with, group) = (bootstrap(&house, "t100"), group(&house));
    let clerk = house.person(
        "t100",
        "clerk",
        &[Role::DeviceControlAdmin, Role::DeviceControlRead],
    );
    house.grant(&clerk, &[&format!("{group}, MANAGED_OBJECT, *, *")]);
    let own = comes(&house, &with, &clerk, "d", &group);
    house
        .put(
            &house.admin("t100"),
            "/user/t100/users/clerk",
            json!({"enabled": false}),
        )
        .expect(200);
    house.post(&own, OBJECTS, json!({"c8y_IsDevice": {}})).expect(201);
    assert_eq!(children(&house, &group), Vec::<Value>::new());
    let told = ("Device not placed".to_owned(), "WARNING".to_owned());
    assert_eq!(recorded(&house).into_iter().filter(|one| *one == told).count(), 1);
}

// R117
#[test]
fn a_device_of_a_group_in_a_project_lies_in_that_project() {
    let house = House::new();
    let (admin, with) = (house.admin("t100"), bootstrap(&house, "t100"));
    let project = house
        .post(&admin, "/inventory/projects", json!({"name": "p"}))
        .expect(201)
        .json();
    let project = project["id"].as_str().expect("an id").to_owned();
    let body = json!({"name": "g", "type": "c8y_DeviceGroup", "c8y_IsDeviceGroup": {}});
    let group = house
        .post(
            &admin,
            &format!("/inventory/projects/{project}/managedObjects"),
            body,
        )
        .expect(201)
        .json();
    let group = group["id"].as_str().expect("an id");
    let own = comes(&house, &with, &admin, "d", group);
    let object = house
        .post(&own, OBJECTS, json!({"c8y_IsDevice": {}}))
        .expect(201)
        .json();
    let id = object["id"].as_str().expect("an id");
    let shown = house.get(&admin, &format!("{OBJECTS}/{id}")).expect(200).json();
    assert_eq!(shown["c8y_Project"]["id"], json!(project));
    assert_eq!(children(&house, group), [object["id"].clone()]);
}
