//! Clients that ask for more than they are given: nothing stands still, nothing takes effect out of its order (R127).

use crate::client::{Hello, V3, V5, packet, text};
use crate::venue::Venue;
use engine::caller::Caller;
use engine::sign_in::{BasicCredential, Claim};
use policy::operation::{Operation, OperationInfo};
use policy::operations::mqtt::{MqttPublish, MqttSessionKeep};
use std::net::{IpAddr, Ipv4Addr};
use testkit::house::Who;

pub(crate) fn caller(venue: &Venue, who: &Who) -> Caller {
    let user = format!("{}/{}", who.tenant, who.name);
    let claim = Claim {
        credential: BasicCredential::from_parts(&user, &who.password)
            .expect("a credential")
            .into(),
        host: None,
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        application: None,
    };
    venue
        .house
        .wait(venue.house.door.sign_in(claim))
        .expect("signed in")
}

/// Nothing of this class is left to the caller; the clock of the house stands still.
fn use_up(venue: &Venue, who: &Who, operation: OperationInfo) {
    let caller = caller(venue, who);
    while venue.house.door.meter(&caller, operation).is_ok() {}
}

#[test]
fn confirmations_behind_many_messages_are_read_though_their_answers_wait() {
    const MESSAGES: u16 = 1_000;
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let mut client = venue.connect_device(V3, "SN1", &device);
    client.subscribe(&[("s/e", 1)]);
    for _ in 0..MESSAGES {
        client.publish(0, 0, "s/us", "999");
    }
    for _ in 0..MESSAGES {
        assert_eq!(client.told().topic, "s/e");
    }
    client.is_told_nothing();
}

#[test]
fn what_came_before_a_good_bye_takes_effect_also_behind_what_needs_no_wait() {
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let mut client = venue.connect_device(V3, "SN1", &device);
    let publish = |event: &str| packet(0x30, &[&text("s/us"), format!("400,c8y_E,{event}").as_bytes()]);
    let subscribe = packet(0x82, &[&[0, 9], &text("s/e"), &[1]]);
    let farewell = packet(0xE0, &[]);
    client.send(&[publish("one"), subscribe, publish("two"), farewell].concat());
    venue.until_nobody_is_connected();
    assert_eq!(venue.events("t100", "SN1").len(), 2);
}

#[test]
fn a_subscription_of_a_kept_session_counts_as_what_it_costs_and_is_none_when_refused() {
    a_subscription_counts(Hello::kept, MqttSessionKeep::INFO);
}

#[test]
fn a_subscription_of_a_session_that_is_not_kept_counts_as_a_message() {
    a_subscription_counts(|hello| hello, MqttPublish::INFO);
}

// 3.1.1 has no word for a refusal.
#[test]
fn a_subscription_that_is_not_kept_ends_also_when_that_comes_too_early() {
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let mut client = venue.connect_device(V3, "SN1", &device);
    client.subscribe(&[("s/e", 1)]);
    client.published("s/us", "999");
    assert_eq!(client.told().topic, "s/e");
    use_up(&venue, &device, MqttPublish::INFO);
    client.unsubscribe("s/e");
    venue.house.world.advance_millis(1_000);
    client.published("s/us", "999");
    client.is_told_nothing();
}

fn a_subscription_counts(with: impl Fn(Hello) -> Hello, operation: OperationInfo) {
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let mut client = venue.connect(V5, &with(Hello::of(V5, "SN1", &device)));
    use_up(&venue, &device, operation);
    assert_eq!(client.subscribe(&[("s/e", 1)]), [0x97]);
    venue.house.world.advance_millis(1_000);
    client.published("s/us", "999");
    client.is_told_nothing();
    assert_eq!(client.subscribe(&[("s/e", 1)]), [1]);
    client.published("s/us", "999");
    client.told();
}

// R086
#[test]
fn what_is_done_of_a_message_of_qos_2_is_not_done_again_when_the_rest_came_too_early() {
    for level in [V3, V5] {
        let venue = Venue::new();
        let device = venue.device("t100", "SN1");
        let hello = Hello::of(level, "SN1", &device).kept();
        let mut client = venue.connect(level, &hello);
        client.published("s/us", "100");
        let message = "400,c8y_E,once\n113,the rest";
        use_up(&venue, &device, MqttSessionKeep::INFO);
        client.publish(2, 7, "s/us", message);
        match level {
            V5 => assert_eq!(client.farewell(), 0x97),
            _ => client.is_closed(),
        }
        venue.until_nobody_is_connected();
        assert_eq!(venue.events("t100", "SN1"), ["once"]);
        venue.house.world.advance_millis(10_000);
        let (mut client, answer) = venue.try_connect(level, &hello);
        assert_eq!(answer, (0, true));
        client.publish_flagged(4 | 8, 7, "s/us", message);
        assert_eq!(client.expect(0x50).body.get(2).copied().unwrap_or(0), 0);
        assert_eq!(venue.events("t100", "SN1"), ["once"]);
        let id = venue.object("t100", "SN1").expect("made");
        let path = format!("/inventory/managedObjects/{id}");
        let object = venue.house.get(&venue.house.admin("t100"), &path).expect(200);
        assert_eq!(object.json()["c8y_Configuration"]["config"], "the rest");
    }
}

#[test]
fn a_message_of_qos_2_of_which_nothing_was_done_is_refused_and_its_number_free() {
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let mut client = venue.connect(V5, &Hello::of(V5, "SN1", &device).kept());
    client.published("s/us", "100");
    use_up(&venue, &device, MqttSessionKeep::INFO);
    client.publish(2, 7, "s/us", "113,one\n400,c8y_E,one");
    assert_eq!(client.expect(0x50).body[2], 0x97);
    assert_eq!(venue.events("t100", "SN1"), [""; 0]);
    venue.house.world.advance_millis(10_000);
    client.publish(2, 7, "s/us", "400,c8y_E,two");
    client.expect(0x50);
    assert_eq!(venue.events("t100", "SN1"), ["two"]);
}

#[test]
fn what_came_after_a_refused_message_waits_for_it_to_come_again() {
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let mut client = venue.connect_device(V3, "SN1", &device);
    client.is_told_nothing();
    use_up(&venue, &device, MqttPublish::INFO);
    for id in 1..=3 {
        client.publish(1, id, "s/us", &format!("400,c8y_E,{id}"));
    }
    // Each of them would wait for its time, one after the other.
    client.is_closed();
    venue.until_nobody_is_connected();
    venue.house.world.advance_millis(10_000);
    assert_eq!(venue.events("t100", "SN1"), [""; 0]);
    let mut client = venue.connect_device(V3, "SN1", &device);
    for id in 1..=3 {
        client.publish(1, id, "s/us", &format!("400,c8y_E,{id}"));
        assert_eq!(client.expect(0x40).body, u16::to_be_bytes(id));
    }
    assert_eq!(venue.events("t100", "SN1").len(), 3);
    client.send(&packet(0xE0, &[]));
    client.is_closed();
}

// R086
#[test]
fn nothing_behind_a_message_that_comes_again_takes_effect_also_when_the_connection_is_over() {
    for (version, properties) in [(V3, &[][..]), (V5, &[0])] {
        nothing_behind_takes_effect(version, properties);
    }
}

fn nothing_behind_takes_effect(version: u8, properties: &[u8]) {
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let hello = Hello::of(version, "SN1", &device).kept();
    let mut client = venue.connect(version, &hello);
    client.published("s/us", "100");
    // What changes the device comes too early now, and an event does not.
    use_up(&venue, &device, MqttSessionKeep::INFO);
    let first = packet(0x34, &[&text("s/us"), &[0, 7], properties, b"113,first"]);
    let behind = packet(0x34, &[&text("s/us"), &[0, 8], properties, b"400,c8y_E,behind"]);
    client.send(&[first, behind, packet(0xE0, &[])].concat());
    client.is_closed();
    venue.until_nobody_is_connected();
    assert_eq!(venue.events("t100", "SN1"), [""; 0]);
    venue.house.world.advance_millis(10_000);
    let (mut client, answer) = venue.try_connect(version, &hello);
    assert_eq!(answer, (0, true));
    client.publish_flagged(4 | 8, 7, "s/us", "113,first");
    client.expect(0x50);
    client.publish_flagged(4 | 8, 8, "s/us", "400,c8y_E,behind");
    client.expect(0x50);
    assert_eq!(venue.events("t100", "SN1"), ["behind"]);
}
