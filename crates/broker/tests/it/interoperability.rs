//! What every broker of MQTT is asked by the interoperability tests of the Paho project and no other test here asks:
//! `docs/mqtt-interoperability.md` names all of them one by one.

use crate::client::{Client, Hello, V3, V5, packet, text};
use crate::venue::Venue;
use broker::LIMITS;

/// A PUBLISH of 5.0 with QoS 1 and these properties.
fn publish_with(client: &mut Client<'_>, topic: &str, properties: &[u8], payload: &str) {
    let length = [u8::try_from(properties.len()).expect("few")];
    let parts: [&[u8]; 5] = [&text(topic), &[0, 1], &length, properties, payload.as_bytes()];
    client.send(&packet(0x32, &parts));
}

/// The reason of the PUBACK that comes next.
fn confirmed(client: &mut Client<'_>) -> u8 {
    client.expect(0x40).body.get(2).copied().unwrap_or(0)
}

#[test]
fn what_is_not_followed_any_more_is_not_told_and_the_rest_is() {
    for level in [V3, V5] {
        let venue = Venue::new();
        let device = venue.device("t100", "SN1");
        let mut client = venue.connect_device(level, "SN1", &device);
        client.published("s/us", "100,SN1,x");
        client.subscribe(&[("s/e", 1), ("s/ds", 1), ("error", 1)]);
        client.unsubscribe("s/e");
        client.published("s/us", "999");
        client.is_told_nothing();
        client.published("s/us", "123");
        assert_eq!(client.told().topic, "s/ds");
        client.published("measurement/measurements/create", "no JSON");
        assert_eq!(client.told().topic, "error");
        client.leave();
    }
}

#[test]
fn a_message_carries_the_identifiers_of_all_the_filters_that_it_fits() {
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let mut client = venue.connect_device(V5, "SN1", &device);
    for (identifier, filter) in [(2, "s/e"), (3, "s/#"), (4, "error")] {
        let about = [2, 0x0B, identifier];
        client.send(&packet(0x82, &[&[0, 9], &about, &text(filter), &[0]]));
        client.expect(0x90);
    }
    client.published("s/us", "999");
    let body = client.expect(0x30).body;
    let has = |identifier: u8| body.windows(2).any(|at| at == [0x0B, identifier]);
    assert_eq!([2, 3, 4].map(has), [true, true, false], "{body:?}");
    client.is_told_nothing();
}

#[test]
fn options_about_what_one_publishes_and_what_is_retained_are_taken_and_change_nothing() {
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let mut client = venue.connect_device(V5, "SN1", &device);
    // No local, retain as published, and each of the three ways to be sent what is retained.
    for handling in [0, 1, 2] {
        let options = [1 | 0b100 | 0b1000 | handling << 4];
        client.send(&packet(0x82, &[&[0, 9], &[0], &text("s/e"), &options]));
        assert_eq!(client.expect(0x90).body, [0, 9, 0, 1]);
        client.is_told_nothing();
    }
    client.published("s/us", "999");
    assert_eq!(client.expect(0x32).first & 1, 0, "never retained");
}

#[test]
fn a_filter_that_begins_with_a_wildcard_fits_no_topic_of_the_server_and_these_are_nobodys() {
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    for (level, denied) in [(V3, 0x80), (V5, 0x8F)] {
        let mut client = venue.connect_device(level, "SN1", &device);
        assert_eq!(
            client.subscribe(&[("#", 1), ("$SYS/#", 1), ("nosubscribe", 2)]),
            [1, denied, denied]
        );
        let reason = client.published("$s/us", "400,c8y_E,x");
        assert_eq!(reason, if level == V5 { 0x90 } else { 0 });
        client.is_told_nothing();
        client.leave();
        venue.until_nobody_is_connected();
    }
    assert_eq!(venue.events("t100", "SN1"), [""; 0]);
}

#[test]
fn properties_that_speak_to_other_clients_are_taken_and_told_to_nobody() {
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let mut client = venue.connect_device(V5, "SN1", &device);
    client.subscribe(&[("#", 1)]);
    let properties: [&[u8]; 6] = [
        b"\x01\x01",           // the payload is text
        b"\x02\0\0\0\x01",     // it is of interest for a second
        b"\x03\0\x01t",        // its type
        b"\x08\0\x04s/us",     // where to answer
        b"\x09\0\x01x",        // to what
        b"\x26\0\x01a\0\x012", // of a user
    ];
    publish_with(
        &mut client,
        "s/us",
        &properties.concat(),
        "400,c8y_E,with properties",
    );
    assert_eq!(confirmed(&mut client), 0);
    client.is_told_nothing();
    assert_eq!(venue.events("t100", "SN1"), ["with properties"]);
}

#[test]
fn a_number_for_a_topic_is_forgotten_with_its_connection() {
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let hello = Hello::of(V5, "SN1", &device).kept();
    let mut client = venue.connect(V5, &hello);
    publish_with(&mut client, "s/us", &[0x23, 0, 1], "400,c8y_E,1");
    assert_eq!(confirmed(&mut client), 0);
    publish_with(&mut client, "", &[0x23, 0, 1], "400,c8y_E,2");
    assert_eq!(confirmed(&mut client), 0);
    client.leave();
    venue.until_nobody_is_connected();
    let (mut client, answer) = venue.try_connect(V5, &hello);
    assert_eq!(answer, (0, true));
    publish_with(&mut client, "", &[0x23, 0, 1], "400,c8y_E,3");
    assert_eq!(client.farewell(), 0x94);
    let mut stored = venue.events("t100", "SN1");
    stored.sort();
    assert_eq!(stored, ["1", "2"]);
}

#[test]
fn a_good_bye_says_anew_for_how_long_a_session_is_kept() {
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let hello = Hello::of(V5, "SN1", &device).kept();
    for (seconds, is_kept) in [(None, true), (Some(3_600_u32), true), (Some(0), false)] {
        let mut client = venue.connect(V5, &hello);
        client.subscribe(&[("s/e", 1)]);
        let about = seconds.map(|seconds| [&[0, 5, 0x11][..], &seconds.to_be_bytes()].concat());
        client.send(&packet(0xE0, &[&about.unwrap_or_default()]));
        client.is_closed();
        venue.until_nobody_is_connected();
        let (client, answer) = venue.try_connect(V5, &hello);
        assert_eq!(answer, (0, is_kept), "{seconds:?}");
        client.leave();
        venue.until_nobody_is_connected();
    }
}

#[test]
fn whoever_is_silent_for_too_long_is_cut_off_and_the_will_is_published() {
    for level in [V3, V5] {
        let venue = Venue::new();
        let device = venue.device("t100", "SN1");
        let hello = Hello::of(level, "SN1", &device)
            .keep_alive(1)
            .will("s/us", "400,c8y_E,silent");
        let mut client = venue.connect(level, &hello);
        match level {
            V5 => assert_eq!(client.farewell(), 0x8D),
            _ => client.is_closed(),
        }
        venue.until_nobody_is_connected();
        assert_eq!(venue.events("t100", "SN1"), ["silent"]);
    }
}

#[test]
fn a_second_connect_and_a_wrong_protocol_end_the_connection() {
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    for level in [V3, V5] {
        let mut client = venue.connect_device(level, "SN1", &device);
        client.hello(&Hello::of(level, "SN1", &device));
        match level {
            V5 => assert_eq!(client.farewell(), 0x82),
            _ => client.is_closed(),
        }
        let mut client = venue.dial(level);
        client.send(&packet(0x10, &[&text("hj"), &[level, 2, 0, 60], &text("SN1")]));
        client.is_closed();
    }
}

#[test]
fn more_messages_of_qos_2_under_way_than_agreed_end_the_connection() {
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let mut client = venue.connect_device(V5, "SN1", &device);
    for id in 1..=LIMITS.receive_max + 1 {
        client.publish(2, id, "s/us", "125");
    }
    let mut came = client.next().expect("an answer");
    while came.first == 0x50 {
        came = client.next().expect("an answer");
    }
    assert_eq!((came.first, came.body[0]), (0xE0, 0x93));
}
