//! The user that new devices share: what it signs in with is known to many, so nobody who has it may stand in the way of a
//! device that waits for its credentials (R127).

use crate::client::{Client, Hello, V3, V5};
use crate::venue::Venue;
use broker::broker::Broker;
use model::limits::MQTT_BOOTSTRAP_CONNECTIONS_PER_ADDRESS_MAX;
use model::users::UserKind;
use serde_json::json;
use std::net::IpAddr;
use std::sync::Arc;
use testkit::house::{Engines, FaultyBackend, Stop, Who};

const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

fn shared(venue: &Venue) -> Who {
    venue.house.user(
        "management",
        "devicebootstrap",
        UserKind::Bootstrap,
        &[model::roles::Role::DeviceBootstrap],
    )
}

fn connect<'v>(venue: &'v Venue, who: &Who, id: &str, from: IpAddr) -> (Client<'v>, u8) {
    let mut client = venue.dial_from(V5, from);
    client.hello(&Hello::of(V5, id, who));
    let (code, _) = client.connack();
    (client, code)
}

#[test]
fn nobody_takes_the_place_of_a_device_that_waits_somewhere_else() {
    let venue = Venue::new();
    let who = shared(&venue);
    let (mut device, _) = connect(&venue, &who, "SN1", HERE);
    let (_other, code) = connect(&venue, &who, "SN1", THERE);
    assert_eq!(code, 0);
    device.is_told_nothing();
    let (_again, _) = connect(&venue, &who, "SN1", HERE);
    assert_eq!(device.farewell(), 0x8E, "its own new connection does");
}

#[test]
fn nothing_is_kept_of_a_session_of_a_user_that_many_share() {
    let mut venue = Venue::new();
    let who = shared(&venue);
    let mut stored = None;
    venue.house.restart(|Engines { catalogue, tenants }| {
        let counting = Arc::new(FaultyBackend::new(catalogue, Stop::NEVER));
        stored = Some(counting.clone());
        Engines {
            catalogue: counting,
            tenants,
        }
    });
    let door = venue.house.door.clone();
    venue.broker = venue.house.wait(async { Broker::new(door) });
    let calls = || stored.as_ref().map(|engine| engine.calls());
    let mut client = venue.connect(V3, &Hello::of(V3, "SN1", &who).kept());
    client.subscribe(&[("s/dcr", 1)]);
    let before = calls();
    client.leave();
    venue.until_nobody_is_connected();
    assert_eq!(calls(), before);
}

#[test]
fn one_address_holds_few_connections_and_leaves_room_for_others() {
    let venue = Venue::new();
    let who = shared(&venue);
    let _held: Vec<_> = (0..MQTT_BOOTSTRAP_CONNECTIONS_PER_ADDRESS_MAX)
        .map(|number| {
            let (client, code) = connect(&venue, &who, &format!("SN{number}"), HERE);
            assert_eq!(code, 0);
            client
        })
        .collect();
    let (_more, code) = connect(&venue, &who, "more", HERE);
    assert_eq!(code, 0x97);
    let (_other, code) = connect(&venue, &who, "more", THERE);
    assert_eq!(code, 0);
}

#[test]
fn one_address_that_is_too_fast_does_not_slow_others_down() {
    let venue = Venue::new();
    let who = shared(&venue);
    let mut codes = (0..1_000).map(|_| connect(&venue, &who, "SN1", HERE).1);
    assert!(codes.any(|code| code == 0x9F), "it is told to come back later");
    let (mut client, code) = connect(&venue, &who, "SN1", THERE);
    assert_eq!((code, client.published("s/ucr", "")), (0, 0));
}

#[test]
fn whatever_it_publishes_beside_its_question_ends_the_connection() {
    let venue = Venue::new();
    let who = shared(&venue);
    for (topic, reason) in [("s/us", 0x87), ("no/such/topic", 0x90)] {
        let (mut client, _) = connect(&venue, &who, "SN1", HERE);
        assert_eq!(client.published("s/ucr", ""), 0);
        assert_eq!(client.published(topic, "100"), reason);
        assert_eq!(client.farewell(), 0x87);
        let mut client = venue.connect(V3, &Hello::of(V3, "SN1", &who));
        client.publish(0, 0, topic, "100");
        client.is_closed();
    }
}

/// Lets a device in that asks over MQTT; gives its user.
fn let_in(venue: &Venue, bootstrap: &Who, by: &Who, id: &str) -> Who {
    let requests = "/devicecontrol/newDeviceRequests";
    let house = &venue.house;
    house.post(by, requests, json!({ "id": id })).expect(201);
    let (mut client, _) = connect(venue, bootstrap, id, HERE);
    client.subscribe(&[("s/dcr", 0)]);
    client.published("s/ucr", "");
    let accepted = json!({ "status": "ACCEPTED" });
    house.put(by, &format!("{requests}/{id}"), accepted).expect(200);
    client.published("s/ucr", "");
    let told = client.told().payload;
    let given: Vec<_> = told.split(',').collect();
    Who::new(given[1], given[2], given[3])
}

#[test]
fn a_device_that_is_let_in_again_after_its_user_was_deleted_speaks_for_its_object() {
    let venue = Venue::new();
    let house = &venue.house;
    let (bootstrap, admin) = (shared(&venue), house.admin("t100"));
    let first = let_in(&venue, &bootstrap, &admin, "SN1");
    venue
        .connect_device(V3, "SN1", &first)
        .published("s/us", "400,c8y_E,first");
    let object = venue.object("t100", "SN1");
    let user = "/user/t100/users/device_SN1";
    house.delete(&admin, user).expect(204);
    let again = let_in(&venue, &bootstrap, &admin, "SN1");
    venue
        .connect_device(V3, "SN1", &again)
        .published("s/us", "400,c8y_E,second");
    assert_eq!(venue.object("t100", "SN1"), object);
    assert_eq!(venue.events("t100", "SN1").len(), 2);

    // R050: who may let devices in, and may not change this one, gives nobody the right to.
    house.delete(&admin, user).expect(204);
    let registrar = house.person("t100", "registrar", &[model::roles::Role::DeviceControlAdmin]);
    let other = let_in(&venue, &bootstrap, &registrar, "SN1");
    venue
        .connect_device(V3, "SN1", &other)
        .published("s/us", "400,c8y_E,third");
    assert_eq!(venue.events("t100", "SN1").len(), 2);
}
