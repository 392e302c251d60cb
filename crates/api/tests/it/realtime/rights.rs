//! Who is told what: each notification is decided when it is delivered.

use super::{Client, document, made, measure, object};
use model::roles::Role;
use serde_json::json;
use testkit::house::House;

#[test]
fn a_deletion_is_told_to_who_saw_the_object_and_to_no_stranger() {
    let house = House::new();
    let admin = house.admin("t100");
    let person = house.person("t100", "anna", &[]);
    let (seen, unseen, open) = (
        object(&house, &admin, json!({"name": "seen"})),
        object(&house, &admin, json!({"name": "unseen"})),
        object(&house, &admin, json!({"name": "open", "c8y_Global": {}})),
    );
    house.grant(&person, &[&format!("{seen}, MANAGED_OBJECT, *, READ")]);
    let client = Client::begin(&house, &person);
    client.subscribe("/managedobjects/*");
    let rename = |id: &str| {
        house
            .put(
                &admin,
                &format!("/inventory/managedObjects/{id}"),
                json!({"name": "n"}),
            )
            .expect(200);
    };
    rename(&seen);
    assert_eq!(client.told(1)[0].0, format!("/managedobjects/{seen}"));
    for id in [&unseen, &seen] {
        house
            .delete(&admin, &format!("/inventory/managedObjects/{id}"))
            .expect(204);
    }
    rename(&open);
    let told = client.told(2);
    assert_eq!(
        told[0],
        (
            format!("/managedobjects/{seen}"),
            "DELETE".to_owned(),
            json!(seen)
        )
    );
    assert_eq!(told[1].0, format!("/managedobjects/{open}"));
}

// R014, R040: a fragment of one device, and nothing else of it or of others.
#[test]
fn only_what_one_may_read_is_told_also_of_fragments() {
    let house = House::new();
    let admin = house.admin("t100");
    let person = house.person("t100", "anna", &[]);
    let (mine, other) = (
        object(&house, &admin, json!({"name": "a"})),
        object(&house, &admin, json!({"name": "b"})),
    );
    house.grant(&person, &[&format!("{mine}, MEASUREMENT, f, READ")]);
    let client = Client::begin(&house, &person);
    for channel in ["/measurements/*", "/managedobjects/*", "/alarms/*"] {
        client.subscribe(channel);
    }
    client.subscribe(&format!("/measurements/{other}"));
    measure(&house, &admin, &other, 1);
    let hidden = json!({
        "source": {"id": mine}, "time": "2026-11-21T10:00:00Z", "type": "t", "g": {"s": {"value": 1}}
    });
    made(&house, &admin, "/measurement/measurements", hidden);
    made(&house, &admin, "/alarm/alarms", document(&mine));
    let shown = measure(&house, &admin, &mine, 2);
    let told = client.told(1);
    assert_eq!(told[0].2["id"], json!(shown));
}

// R050: a right that is withdrawn ends deliveries with the next one, in a session that goes on.
#[test]
fn a_right_that_is_withdrawn_ends_deliveries_at_once() {
    let house = House::new();
    let admin = house.admin("t100");
    let person = house.person("t100", "anna", &[]);
    let device = object(&house, &admin, json!({"name": "d"}));
    house.grant(&person, &[&format!("{device}, MEASUREMENT, *, READ")]);
    let client = Client::begin(&house, &person);
    client.subscribe(&format!("/measurements/{device}"));
    client.subscribe(&format!("/events/{device}"));
    measure(&house, &admin, &device, 1);
    assert_eq!(client.told(1)[0].0, format!("/measurements/{device}"));
    // What waits already is not told either.
    measure(&house, &admin, &device, 2);
    house.grant(&person, &[&format!("{device}, EVENT, *, READ")]);
    measure(&house, &admin, &device, 3);
    made(&house, &admin, "/event/events", document(&device));
    assert_eq!(client.told(1)[0].0, format!("/events/{device}"));
}

// R001: nothing crosses tenants, whoever follows everything.
#[test]
fn another_tenants_happenings_and_sessions_are_not_there() {
    let house = House::new();
    let (ours, theirs) = (house.admin("t100"), house.admin("t200"));
    let device = object(&house, &ours, json!({"name": "ours"}));
    let client = Client::begin(&house, &theirs);
    for channel in [
        "/managedobjects/*",
        "/measurements/*",
        &format!("/measurements/{device}"),
    ] {
        client.subscribe(channel);
    }
    measure(&house, &ours, &device, 1);
    let own = object(&house, &theirs, json!({"name": "theirs"}));
    assert_eq!(client.told(1)[0].0, format!("/managedobjects/{own}"));
    let stolen = Client {
        house: &house,
        who: ours,
        id: client.id.clone(),
    };
    for kind in ["connect", "subscribe", "unsubscribe", "disconnect"] {
        let said = stolen.say(json!({"channel": format!("/meta/{kind}"), "subscription": "/alarms/*"}));
        assert_eq!(said[0]["error"], "402::Unknown client", "{kind}");
        assert_eq!(said[0]["advice"]["reconnect"], "handshake");
    }
    assert_eq!(
        client.say(json!({"channel": "/meta/disconnect"}))[0]["successful"],
        true
    );
}

#[test]
fn a_session_is_not_another_users_of_the_same_tenant_either() {
    // R050
    let house = House::new();
    let client = Client::begin(&house, &house.admin("t100"));
    let person = house.person("t100", "anna", &[Role::InventoryRead]);
    let stolen = Client {
        house: &house,
        who: person,
        id: client.id,
    };
    assert_eq!(
        stolen.say(json!({"channel": "/meta/connect"}))[0]["error"],
        "402::Unknown client"
    );
}
