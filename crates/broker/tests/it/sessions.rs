//! Sessions: one for each device, taken over by a new connection, kept across connections and starts of the program.

use crate::client::{Hello, V3, V5, packet, text};
use crate::venue::Venue;
use model::limits::MQTT_SESSION_SECONDS_MAX;
use serde_json::json;

#[test]
fn a_new_connection_takes_the_place_of_the_one_before() {
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let mut first = venue.connect_device(V5, "SN1", &device);
    let mut second = venue.connect_device(V3, "d:SN1:coll", &device);
    assert_eq!(first.farewell(), 0x8E);
    let third = venue.connect_device(V5, "SN1", &device);
    second.is_closed();
    assert_eq!(venue.broker.connections(), 1);
    third.leave();
}

#[test]
fn what_was_sent_before_a_take_over_takes_effect_before_what_is_sent_after() {
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let mut first = venue.connect_device(V3, "SN1", &device);
    // In one piece: the confirmation of its beginning shows that all of it has come.
    let mut sent = packet(0x32, &[&text("s/us"), &[0, 1], b"400,c8y_E,0"]);
    for number in 1..30 {
        let row = format!("400,c8y_E,{number}");
        sent.extend(packet(0x30, &[&text("s/us"), row.as_bytes()]));
    }
    sent.extend(packet(0x30, &[&text("s/us"), b"113,first"]));
    first.send(&sent);
    first.expect(0x40);
    let mut second = venue.connect_device(V3, "SN1", &device);
    second.published("s/us", "113,second");
    let id = venue.object("t100", "SN1").expect("it was made");
    let path = format!("/inventory/managedObjects/{id}");
    let object = venue
        .house
        .get(&venue.house.admin("t100"), &path)
        .expect(200)
        .json();
    assert_eq!(object["c8y_Configuration"], json!({ "config": "second" }));
    assert_eq!(venue.events("t100", "SN1").len(), 30);
}

// R050: who only says that it speaks for a device must not be able to throw it out, or to read what waits for it.
#[test]
fn nobody_else_takes_the_session_of_a_device_over() {
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let mut own = venue.connect(V3, &Hello::of(V3, "SN1", &device).kept());
    let person = venue.house.person("t100", "somebody", &[]);
    let foreign = venue.device("t200", "SN1");
    for who in [&person, &foreign] {
        let (client, (code, present)) = venue.try_connect(V3, &Hello::of(V3, "SN1", who).kept());
        assert_eq!((code, present), (0, false));
        client.leave();
    }
    own.is_told_nothing();
    own.leave();
}

#[test]
fn a_session_is_there_again_after_the_connection_and_after_a_new_start() {
    for (before, after) in [(V3, V3), (V5, V5), (V3, V5)] {
        let mut venue = Venue::new();
        let device = venue.device("t100", "SN1");
        let hello = |level| Hello::of(level, "SN1", &device).kept();
        let (mut client, answer) = venue.try_connect(before, &hello(before));
        assert_eq!(answer, (0, false));
        assert_eq!(client.subscribe(&[("s/e", 1), ("s/ds", 0)]), [1, 0]);
        client.unsubscribe("s/ds");
        client.published("s/us", "400,c8y_E,x");
        client.leave();
        venue.restart();
        let (mut client, answer) = venue.try_connect(after, &hello(after));
        assert_eq!(answer, (0, true));
        client.published("s/us", "999");
        assert_eq!(client.told().topic, "s/e");
        client.published("s/us", "123");
        client.is_told_nothing();
        client.leave();
        let (client, answer) = venue.try_connect(after, &Hello::of(after, "SN1", &device));
        assert_eq!(answer, (0, false), "a clean start forgets it");
        client.leave();
        let (client, answer) = venue.try_connect(after, &hello(after));
        assert_eq!(answer, (0, false));
        client.leave();
    }
}

#[test]
fn a_session_without_a_time_to_live_ends_with_its_connection() {
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let mut client = venue.connect_device(V3, "SN1", &device);
    client.subscribe(&[("s/e", 1)]);
    client.leave();
    let (client, answer) = venue.try_connect(V3, &Hello::of(V3, "SN1", &device).kept());
    assert_eq!(answer, (0, false));
    client.leave();
}

// R086
#[test]
fn a_message_of_qos_2_takes_effect_once_across_connections_and_starts() {
    for starts_anew in [false, true] {
        let mut venue = Venue::new();
        let device = venue.device("t100", "SN1");
        let hello = Hello::of(V3, "SN1", &device).kept();
        let mut client = venue.connect(V3, &hello);
        client.publish(2, 7, "s/us", "400,c8y_E,once");
        client.expect(0x50);
        // The connection is lost before the client has heard that, for all that it knows.
        drop(client);
        if starts_anew {
            venue.restart();
        }
        let (mut client, answer) = venue.try_connect(V3, &hello);
        assert_eq!(answer, (0, true));
        client.publish_flagged(4 | 8, 7, "s/us", "400,c8y_E,once");
        client.expect(0x50);
        client.send(&packet(0x62, &[&[0, 7]]));
        client.expect(0x70);
        assert_eq!(venue.events("t100", "SN1"), ["once"]);
        client.publish(2, 7, "s/us", "400,c8y_E,again");
        client.expect(0x50);
        assert_eq!(venue.events("t100", "SN1").len(), 2, "the number is free again");
    }
}

#[test]
fn what_the_client_did_not_confirm_comes_again_with_its_number() {
    let mut venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let hello = Hello::of(V3, "SN1", &device).kept();
    let mut client = venue.connect(V3, &hello);
    client.subscribe(&[("s/e", 1)]);
    client.published("s/us", "999");
    let told = client.told_unconfirmed();
    assert!(!told.is_repeat);
    drop(client);
    venue.restart();
    let mut client = venue.connect(V3, &hello);
    let again = client.told();
    assert_eq!((again.id, again.payload), (told.id, told.payload));
    assert!(again.is_repeat);
    client.is_told_nothing();
    client.leave();
    let mut client = venue.connect(V3, &hello);
    client.is_told_nothing();
}

#[test]
fn a_client_that_leaves_while_it_is_let_in_finds_its_session_when_it_comes_back() {
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let hello = Hello::of(V5, "SN1", &device).kept();
    let mut client = venue.connect(V5, &hello);
    client.subscribe(&[("s/e", 1)]);
    client.leave();
    let mut client = venue.dial(V5);
    client.hello(&hello);
    drop(client);
    venue.until_nobody_is_connected();
    let (client, answer) = venue.try_connect(V5, &hello);
    assert_eq!(answer, (0, true));
    client.leave();
}

#[test]
fn a_session_is_forgotten_when_its_time_is_over() {
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let hello = Hello::of(V3, "SN1", &device).kept();
    venue.connect(V3, &hello).leave();
    venue.until_nobody_is_connected();
    let forget = || {
        venue
            .house
            .wait(venue.house.door.forget_old_mqtt_sessions())
            .expect("done");
    };
    forget();
    let (client, answer) = venue.try_connect(V3, &hello);
    assert_eq!(answer, (0, true));
    client.leave();
    venue.until_nobody_is_connected();
    venue
        .house
        .world
        .advance_millis(i64::from(MQTT_SESSION_SECONDS_MAX) * 1_000 + 1);
    forget();
    let (client, answer) = venue.try_connect(V3, &hello);
    assert_eq!(answer, (0, false));
    client.leave();
}

#[test]
fn connections_end_with_a_reason_when_the_program_stops() {
    let mut venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let mut client = venue.connect_device(V5, "SN1", &device);
    venue.broker.stop();
    assert_eq!(client.farewell(), 0x8B);
    drop(client);
    venue.restart();
    venue.connect_device(V5, "SN1", &device).leave();
}
