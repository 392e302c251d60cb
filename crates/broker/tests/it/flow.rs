//! How much comes in over MQTT: rows of SmartREST and JSON, by kind, and what is turned away, by reason.

use crate::client::{Hello, V5};
use crate::venue::Venue;
use serde_json::{Value, json};
use testkit::house::Who;

/// What was received and turned away since the start.
fn flow(venue: &Venue) -> (Value, Value) {
    let admin = venue.house.admin("t100");
    let found = venue.house.get(&admin, "/tenant/flow").expect(200).json();
    let intervals = found["intervals"].as_array().expect("intervals").clone();
    // The clock of a house stands still, so all lies in one interval.
    assert!(intervals.len() <= 1, "{intervals:?}");
    let part = |name: &str| {
        intervals
            .first()
            .map_or(json!({}), |interval| interval[name].clone())
    };
    (part("received"), part("rejected"))
}

#[test]
fn messages_over_mqtt_are_counted_by_kind_and_reason() {
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let mut client = venue.connect_device(V5, "SN1", &device);
    let mut say = |id: u16, topic: &str, text: &str| {
        client.publish(1, id, topic, text);
        client.expect(0x40);
    };
    say(1, "s/us", "100,Device,c8y_Kind");
    say(2, "s/us", "400,c8y_E,one");
    // Carried out together: one message.
    say(3, "s/us", "200,c8y_T,T,1\n200,c8y_T,T,2\n200,c8y_T,T,3");
    say(4, "s/us", "301,c8y_A,broken");
    let event = json!({"type": "t", "text": "x", "time": "2026-11-17T00:00:00Z"}).to_string();
    say(5, "event/events/create", &event);
    let (received, rejected) = flow(&venue);
    assert_eq!(
        received["SmartREST"],
        json!({"inventory": 1, "event": 1, "measurement": 1, "alarm": 1})
    );
    assert_eq!(received["MQTT"], json!({"event": 1}));
    assert_eq!(rejected, json!({}));

    // Rows that say nothing, a row among good ones, JSON that is none, and a topic that is not ours.
    say(6, "s/us", "999,what");
    say(7, "s/us", "400,c8y_E,good\n200\n400,c8y_E,good");
    say(8, "event/events/create", "{");
    say(9, "nowhere", "x");
    let (received, rejected) = flow(&venue);
    assert_eq!(received["SmartREST"]["event"], 3);
    assert_eq!(rejected, json!({"malformed": 4}));
}

#[test]
fn who_may_not_is_counted_and_so_is_who_cannot_sign_in() {
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let mut client = venue.connect_device(V5, "SN1", &device);
    client.publish(1, 1, "s/us", "100,Device,c8y_Kind");
    client.expect(0x40);
    // Another device, about which it may say nothing.
    let other = venue.device("t100", "SN2");
    let mut second = venue.connect_device(V5, "SN2", &other);
    second.publish(1, 1, "s/us", "100,Other,c8y_Kind");
    second.expect(0x40);
    let source = json!({"externalId": "SN1", "type": "c8y_Serial"});
    let event = json!({"type": "t", "text": "x", "time": "2026-11-17T00:00:00Z", "externalSource": source});
    second.publish(1, 2, "event/events/create", &event.to_string());
    second.expect(0x40);
    // As a child of its own it cannot be made: the name is taken.
    second.publish(1, 3, "s/us/SN1", "400,c8y_E,not mine");
    second.expect(0x40);
    let wrong = Who::new("t100", &device.name, "not the password");
    let (_, (code, _)) = venue.try_connect(V5, &Hello::of(V5, "SN1", &wrong));
    assert_ne!(code, 0);
    let (received, rejected) = flow(&venue);
    assert_eq!(rejected, json!({"permission": 1, "malformed": 1, "signIn": 1}));
    assert_eq!(received["SmartREST"], json!({"inventory": 2}));
}
