//! Configurations: where people may be led to. Secrets go in and do not come out.

use super::{Scene, agent, configurations};
use crate::users::assert_documented;
use model::limits::REMOTE_CONFIGURATIONS_MAX;
use serde_json::{Value, json};

const CANARY: &str = "canary-6b1f";

fn with_secrets() -> Value {
    json!({
        "name": "vault", "hostname": "vault.local", "port": 5900, "protocol": "VNC", "credentialsType": "PASS_ONLY",
        "username": "pi", "password": CANARY, "privateKey": CANARY, "certificate": CANARY,
    })
}

#[test]
fn a_configuration_is_made_read_changed_and_deleted_and_its_secrets_are_never_shown() {
    let scene = Scene::new();
    let (house, who) = (&scene.house, &scene.operator);
    let path = configurations(&scene.object);
    let made = house.post(who, &path, with_secrets()).expect(201);
    let one = made.header("location").replace("https://localhost", "");
    let shown = made.json();
    assert_documented("RemoteConfiguration", &shown);
    let expected = json!({
        "id": shown["id"], "name": "vault", "hostname": "vault.local", "port": 5900, "protocol": "VNC",
        "credentialsType": "PASS_ONLY", "username": "pi",
    });
    assert_eq!(shown, expected);
    assert_eq!(house.get(who, &one).expect(200).json(), expected);
    let listed = house.get(who, &path).expect(200).json();
    assert_eq!(listed.as_array().expect("a list").len(), 2);
    assert_eq!(listed[1], expected);
    let changed = house
        .put(who, &one, json!({"port": 5901, "username": null}))
        .expect(200);
    assert_eq!(changed.json()["port"], 5901);
    assert!(changed.json().get("username").is_none());
    house.delete(who, &one).expect(204);
    house.get(who, &one).expect(404);
    house.delete(who, &one).expect(404);
    let log = house
        .get(&scene.admin, "/audit/auditRecords?pageSize=2000")
        .expect(200)
        .text;
    assert!(log.contains("Remote access configured") && !log.contains(CANARY));
    assert!(!changed.text.contains(CANARY) && !shown.to_string().contains(CANARY));
}

#[test]
fn a_configuration_is_that_of_one_device_and_goes_with_it() {
    let scene = Scene::new();
    let (_, other) = agent(&scene.house, "d2");
    let foreign = format!("{}/{}", configurations(&other), scene.configuration);
    scene.house.get(&scene.operator, &foreign).expect(404);
    scene
        .house
        .put(&scene.operator, &foreign, json!({"name": "x"}))
        .expect(404);
    scene.house.delete(&scene.operator, &foreign).expect(404);
    let object = format!("/inventory/managedObjects/{}", scene.object);
    scene.house.delete(&scene.admin, &object).expect(204);
    scene
        .house
        .get(&scene.operator, &configurations(&scene.object))
        .expect(404);
}

#[test]
fn a_device_has_so_many_configurations_and_what_makes_no_sense_is_refused() {
    let scene = Scene::new();
    let path = configurations(&scene.object);
    let body = || json!({"name": "x", "hostname": "h", "port": 1, "protocol": "SSH"});
    for _ in 1..REMOTE_CONFIGURATIONS_MAX {
        scene.house.post(&scene.operator, &path, body()).expect(201);
    }
    scene.house.post(&scene.operator, &path, body()).expect(422);
    for (name, value) in [
        ("hostname", json!("a,b\n530")),
        ("port", json!(0)),
        ("protocol", json!("HTTP")),
        ("password", json!("x".repeat(20_000))),
    ] {
        let mut bad = body();
        bad[name] = value;
        scene.house.post(&scene.operator, &path, bad).expect(422);
    }
}
