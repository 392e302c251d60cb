//! The key with which a device connects: good once, for a short time, and for nobody else.

use super::{BINARY, Scene, agent, ask, device_path};
use serde_json::json;
use testkit::house::Who;

fn refused(scene: &Scene, key: &str, who: &Who) -> String {
    let (status, _, text, takeover) = ask(&scene.house, &device_path(key), who, &BINARY);
    assert_eq!(status, 404, "{text}");
    assert!(takeover.is_none());
    text
}

// R080
#[test]
fn a_key_opens_nothing_but_once_and_only_for_its_device() {
    let scene = Scene::new();
    let mut user = scene.open();
    let key = scene.key();
    let (other, _) = agent(&scene.house, "d2");
    let unknown = refused(&scene, "00000000-0000-0000-0000-000000000000", &scene.device);
    // Another device, the user itself, an administrator, somebody of another tenant: all are told the same.
    for who in [&other, &scene.operator, &scene.admin, &scene.house.admin("t200")] {
        assert_eq!(refused(&scene, &key, who), unknown);
    }
    let mut device = scene.connect();
    device.say(b"x");
    assert_eq!(user.hear(), Ok(b"x".to_vec()));
    assert_eq!(refused(&scene, &key, &scene.device), unknown);
    drop(device);
    user.hear().expect_err("the device has gone");
    scene.end();
    assert_eq!(refused(&scene, &key, &scene.device), unknown);
    // Wrong keys are seen.
    let refusals = scene.house.get(&scene.admin, "/audit/refusals").expect(200).text;
    assert!(refusals.contains("remote_access_answer"), "{refusals}");
}

#[test]
fn a_key_ends_with_the_user_who_waits() {
    let scene = Scene::new();
    let user = scene.open();
    let key = scene.key();
    user.close();
    scene.end();
    refused(&scene, &key, &scene.device);
}

#[test]
fn the_owner_of_an_agent_answers_for_what_hangs_below_it() {
    let scene = Scene::new();
    let child = json!({"name": "child", "c8y_IsDevice": {}});
    let path = format!("/inventory/managedObjects/{}/childDevices", scene.object);
    let made = scene.house.post(&scene.device, &path, child);
    let made = made.expect(201).json();
    let child = made["managedObject"]["id"].as_str().or(made["id"].as_str());
    let child = child.expect("an id").to_owned();
    let configuration = super::configure(&scene.house, &scene.operator, &child);
    let scene = Scene {
        object: child,
        configuration,
        ..scene
    };
    let mut user = scene.open();
    let mut device = scene.connect();
    device.say(b"from below");
    assert_eq!(user.hear(), Ok(b"from below".to_vec()));
}

#[test]
fn a_request_that_is_no_websocket_spends_no_key() {
    let scene = Scene::new();
    let _user = scene.open();
    let key = scene.key();
    scene.house.get(&scene.device, &device_path(&key)).expect(426);
    scene.house.get(&scene.operator, &scene.client_path()).expect(426);
    drop(scene.connect());
}
