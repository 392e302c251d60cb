//! Who may have sessions, asked when one begins and while it lasts.

use super::{BINARY, CUT_WITHIN, ROLES, SESSIONS, Scene, Socket, ask, configurations};
use model::roles::Role;
use serde_json::json;
use std::time::Instant;
use testkit::house::Who;

fn status(scene: &Scene, who: &Who) -> u16 {
    ask(&scene.house, &scene.client_path(), who, &[]).0.as_u16()
}

/// Whether both ends are cut in time, and the user's with this reason.
fn assert_cut(user: &mut Socket<'_>, device: &mut Socket<'_>, since: Instant, reason: &str) {
    assert_eq!(user.hear(), Err((1008, reason.to_owned())));
    assert_eq!(device.hear(), Err((1008, reason.to_owned())));
    let took = since.elapsed();
    assert!(took < CUT_WITHIN, "{took:?}");
}

fn set_roles(scene: &Scene, roles: &[Role]) {
    let path = "/user/t100/users/operator";
    let held = scene
        .house
        .get(&scene.admin, &format!("{path}/roles"))
        .expect(200)
        .json();
    for reference in held["references"].as_array().expect("roles") {
        let role = reference["role"]["id"].as_str().expect("a role");
        if !roles.iter().any(|kept| kept.name() == role) {
            scene
                .house
                .delete(&scene.admin, &format!("{path}/roles/{role}"))
                .expect(204);
        }
    }
}

// R020, R080
#[test]
fn it_takes_the_role_and_the_right_to_ask_the_device() {
    let scene = Scene::new();
    let house = &scene.house;
    let both = |name: &str, roles: &[Role]| house.person("t100", name, roles);
    assert_eq!(status(&scene, &both("role", &[Role::RemoteAccessAdmin])), 404);
    assert_eq!(
        status(
            &scene,
            &both("reads", &[Role::RemoteAccessAdmin, Role::InventoryRead])
        ),
        403
    );
    assert_eq!(
        status(
            &scene,
            &both("controls", &[Role::DeviceControlAdmin, Role::InventoryRead])
        ),
        403
    );
    assert_eq!(status(&scene, &house.admin("t200")), 404);
    assert_eq!(status(&scene, &scene.device), 403);
    // A permission for just this fragment is enough; one for another is not.
    let narrow = both("narrow", &[Role::RemoteAccessAdmin]);
    house.grant(
        &narrow,
        &[&format!("{}, OPERATION, c8y_Restart, ADMIN", scene.object)],
    );
    assert_eq!(status(&scene, &narrow), 403);
    house.grant(
        &narrow,
        &[&format!(
            "{}, OPERATION, c8y_RemoteAccessConnect, ADMIN",
            scene.object
        )],
    );
    drop(Socket::open(house, &scene.client_path(), &narrow, &[]));
}

#[test]
fn sessions_and_configurations_are_those_of_devices_that_one_may_ask() {
    let scene = Scene::new();
    let _user = scene.open();
    let id = scene.asked()["id"].as_str().expect("an id").to_owned();
    let stranger = scene.house.person("t100", "stranger", &[Role::RemoteAccessAdmin]);
    let elsewhere = scene.house.admin("t200");
    for who in [&stranger, &elsewhere] {
        assert_eq!(scene.house.get(who, SESSIONS).expect(200).json(), json!([]));
        scene.house.delete(who, &format!("{SESSIONS}/{id}")).expect(404);
        scene.house.get(who, &configurations(&scene.object)).expect(404);
    }
    let nobody = scene.house.person("t100", "nobody", &[]);
    scene.house.get(&nobody, SESSIONS).expect(403);
    scene
        .house
        .delete(&nobody, &format!("{SESSIONS}/{id}"))
        .expect(403);
}

// R020: a right that is withdrawn ends what was begun with it.
#[test]
fn a_role_that_is_taken_away_cuts_both_ends() {
    let scene = Scene::new();
    let (mut user, mut device) = (scene.open(), scene.connect());
    user.say(b"x");
    assert_eq!(device.hear(), Ok(b"x".to_vec()));
    let since = Instant::now();
    set_roles(&scene, &[Role::DeviceControlAdmin, Role::InventoryRead]);
    assert_cut(&mut user, &mut device, since, "the user is not allowed any more");
}

#[test]
fn a_user_that_is_disabled_is_cut_and_others_are_not() {
    let scene = Scene::new();
    let (mut user, mut device) = (scene.open(), scene.connect());
    let other = scene.house.person("t100", "other", &ROLES);
    let mut others = Socket::open(&scene.house, &scene.client_path(), &other, &[]);
    let mut others_device = scene.connect();
    let since = Instant::now();
    scene
        .house
        .put(
            &scene.admin,
            "/user/t100/users/operator",
            json!({"enabled": false}),
        )
        .expect(200);
    assert_cut(&mut user, &mut device, since, "the user is not allowed any more");
    others.say(b"still here");
    assert_eq!(others_device.hear(), Ok(b"still here".to_vec()));
}

// R079: a device that is disconnected loses what it has open.
#[test]
fn a_device_that_is_disconnected_is_cut() {
    let scene = Scene::new();
    let (mut user, mut device) = (scene.open(), scene.connect());
    let since = Instant::now();
    let path = format!("/devicecontrol/devices/{}/disconnection", scene.object);
    scene
        .house
        .post(&scene.admin, &path, json!({"reason": "stolen"}))
        .expect(200);
    assert_cut(
        &mut user,
        &mut device,
        since,
        "the device is not allowed any more",
    );
    // Nobody is led there any more.
    assert_eq!(status(&scene, &scene.operator), 409);
    let (status, ..) = ask(&scene.house, &super::device_path("x"), &scene.device, &BINARY);
    assert_eq!(status, 401);
}

// R079: it is reached through nothing, whoever has answered for it.
#[test]
fn a_child_that_is_disconnected_is_cut_though_its_agent_has_answered() {
    let mut scene = Scene::new();
    let child = scene.house.device("t100", "device_child");
    let body = json!({"name": "child", "c8y_IsDevice": {}});
    let made = scene.house.post(&child, "/inventory/managedObjects", body);
    let id = made.expect(201).json()["id"].as_str().expect("an id").to_owned();
    let children = format!("/inventory/managedObjects/{}/childDevices", scene.object);
    let reference = json!({"managedObject": {"id": id}});
    scene.house.post(&scene.admin, &children, reference).expect(201);
    scene.configuration = super::configure(&scene.house, &scene.operator, &id);
    scene.object = id;
    let (mut user, mut device) = (scene.open(), scene.connect());
    user.say(b"x");
    assert_eq!(device.hear(), Ok(b"x".to_vec()));
    let since = Instant::now();
    let path = format!("/devicecontrol/devices/{}/disconnection", scene.object);
    scene
        .house
        .post(&scene.admin, &path, json!({"reason": "stolen"}))
        .expect(200);
    assert_cut(
        &mut user,
        &mut device,
        since,
        "the device is not allowed any more",
    );
}

#[test]
fn a_device_that_is_deleted_is_cut() {
    let scene = Scene::new();
    let (mut user, mut device) = (scene.open(), scene.connect());
    let since = Instant::now();
    let path = format!("/inventory/managedObjects/{}", scene.object);
    scene.house.delete(&scene.admin, &path).expect(204);
    assert_cut(&mut user, &mut device, since, "the user is not allowed any more");
}

#[test]
fn a_page_of_another_site_opens_nothing_with_what_the_browser_keeps() {
    let scene = Scene::new();
    let path = scene.client_path();
    let from = |origin| ask(&scene.house, &path, &scene.operator, &[("origin", origin)]).0;
    assert_eq!(from("https://evil.example"), 403);
    assert_eq!(from("https://t100.example.org"), 101);
}
