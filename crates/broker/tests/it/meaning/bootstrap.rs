//! How a device gets its credentials over MQTT.

use super::Client;
use model::users::UserKind;
use mqtt::reason::PublishRefusal;
use serde_json::json;
use testkit::house::{House, Who};

fn bootstrap<'h>(house: &'h House, serial: &str) -> Client<'h> {
    let who = house.user(
        "management",
        "devicebootstrap",
        UserKind::Bootstrap,
        &[model::roles::Role::DeviceBootstrap],
    );
    Client::of(house, who, serial)
}

// R053 R078
#[test]
fn a_device_that_was_let_in_gets_its_credentials_once() {
    let house = House::new();
    let admin = house.admin("t100");
    let device = bootstrap(&house, "SN1");
    device.say("s/ucr", "").silent();
    let requests = "/devicecontrol/newDeviceRequests";
    house.post(&admin, requests, json!({"id": "SN1"})).expect(201);
    device.say("s/ucr", "").silent();
    let request = format!("{requests}/SN1");
    assert_eq!(
        house.get(&admin, &request).expect(200).json()["status"],
        "PENDING_ACCEPTANCE"
    );
    device.say("s/ucr", "").silent();
    house
        .put(&admin, &request, json!({"status": "ACCEPTED"}))
        .expect(200);
    let row = device.say("s/ucr", "").one("s/dcr");
    let fields: Vec<_> = row.split(',').collect();
    assert_eq!(fields[..3], ["70", "t100", "device_SN1"]);
    let own = Who::new("t100", "device_SN1", fields[3]);
    device.say("s/ucr", "").silent();
    Client::of(&house, own, "SN1").say("s/us", "100").silent();
}

// R078
#[test]
fn the_security_token_is_what_the_device_sends() {
    let house = House::new();
    let admin = house.admin("t100");
    let device = bootstrap(&house, "SN1");
    let requests = "/devicecontrol/newDeviceRequests";
    house.post(&admin, requests, json!({"id": "SN1"})).expect(201);
    device.say("s/ucr", " token-1 \n").silent();
    let request = format!("{requests}/SN1");
    let accept = |token: &str| {
        house.put(
            &admin,
            &request,
            json!({"status": "ACCEPTED", "securityToken": token}),
        )
    };
    assert_ne!(accept("other").status, 200);
    accept("token-1").expect(200);
    device.say("s/ucr", "other").silent();
    assert!(
        device
            .say("s/ucr", "token-1")
            .one("s/dcr")
            .starts_with("70,t100,device_SN1,")
    );
    assert_eq!(device.say("s/ucr", [0xff]).taken, Err(PublishRefusal::Content));
}

// R050
#[test]
fn the_shared_user_does_nothing_else_and_nobody_else_asks() {
    let house = House::new();
    let device = bootstrap(&house, "SN1");
    for topic in [
        "s/us",
        "s/ut/c",
        "s/uat",
        "s/uc/c",
        "event/events/create",
        "s/us/x",
    ] {
        let told = device.say(topic, "100");
        assert_eq!(
            (told.taken, told.answers.len()),
            (Err(PublishRefusal::NotAuthorized), 0),
            "{topic}"
        );
    }
    let own = Client::device(&house, "t100", "dev1");
    assert_eq!(own.say("s/ucr", "").taken, Err(PublishRefusal::NotAuthorized));
}

#[test]
fn a_token_needs_a_certificate() {
    let house = House::new();
    let device = Client::device(&house, "t100", "dev1");
    let told = device.say("s/uat", "");
    assert_eq!(told.taken, Ok(()));
    assert!(told.one("s/dat").starts_with("41,,"), "{told:?}");
    let mut liar = Client::device(&house, "t100", "dev2");
    liar.speaker.by_certificate = true;
    assert!(liar.say("s/uat", "").one("s/dat").starts_with("41,,"));
}
