//! The user that new devices share: what it signs in with is known to many, so nobody who has it may stand in the way of a
//! device that waits for its credentials (R127).

use crate::client::{Client, Hello, V3, V5};
use crate::venue::Venue;
use model::limits::MQTT_BOOTSTRAP_CONNECTIONS_PER_ADDRESS_MAX;
use model::users::UserKind;
use std::net::IpAddr;
use testkit::house::Who;

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
