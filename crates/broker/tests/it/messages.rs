//! Messages: confirmed after the commit, in order, each once; and what is refused.

use crate::client::{V3, V5, packet};
use crate::venue::Venue;
use model::limits::{MQTT_CONNECTION_BYTES_MAX, MQTT_PACKET_BYTES_MAX};

#[test]
fn messages_that_come_together_take_effect_in_their_order_and_are_confirmed_in_it() {
    for level in [V3, V5] {
        let venue = Venue::new();
        let device = venue.device("t100", "SN1");
        let mut client = venue.connect_device(level, "SN1", &device);
        for id in 1..=50 {
            client.publish(1, id, "s/us", &format!("400,c8y_E,number {id}"));
        }
        for id in 1..=50 {
            assert_eq!(client.expect(0x40).body[..2], u16::to_be_bytes(id));
        }
        let expected: Vec<_> = (1..=50).map(|id| format!("number {id}")).collect();
        let mut found = venue.events("t100", "SN1");
        found.sort_by_key(|text| expected.iter().position(|one| one == text));
        assert_eq!(found, expected);
    }
}

#[test]
fn measurements_that_come_together_are_confirmed_in_their_order_among_messages_of_other_kinds() {
    for level in [V3, V5] {
        let venue = Venue::new();
        let device = venue.device("t100", "SN1");
        let mut client = venue.connect_device(level, "SN1", &device);
        assert_eq!(client.subscribe(&[("s/e", 1)]), [1]);
        let payload = |id: u16| match id % 10 {
            4 => format!("400,c8y_E,number {id}"),
            7 => "211,no number".to_owned(),
            _ => format!("211,{id}"),
        };
        let (mut expected, mut told) = ((1..=100).collect::<Vec<u16>>(), 0);
        for id in &expected {
            client.publish(1, *id, "s/us", &payload(*id));
        }
        while !expected.is_empty() || told < 10 {
            let came = client.next().expect("still connected");
            match came.first >> 4 {
                4 => assert_eq!(came.body[..2], u16::to_be_bytes(expected.remove(0))),
                _ => told += 1,
            }
        }
        assert_eq!(venue.events("t100", "SN1").len(), 10);
        assert_eq!(venue.measurements("t100", "SN1"), 80);
    }
}

#[test]
fn what_came_before_a_good_bye_is_stored_also_with_qos_0() {
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let mut client = venue.connect_device(V3, "SN1", &device);
    for number in 0..10 {
        client.publish(0, 0, "s/us", &format!("400,c8y_E,{number}"));
    }
    client.leave();
    venue.until_nobody_is_connected();
    assert_eq!(venue.events("t100", "SN1").len(), 10);
}

// R086
#[test]
fn a_repeated_message_of_qos_2_takes_effect_once() {
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let mut client = venue.connect_device(V3, "SN1", &device);
    client.publish(2, 7, "s/us", "400,c8y_E,once");
    client.expect(0x50);
    client.publish_flagged(4 | 8, 7, "s/us", "400,c8y_E,once");
    client.expect(0x50);
    client.send(&packet(0x62, &[&[0, 7]]));
    client.expect(0x70);
    assert_eq!(venue.events("t100", "SN1"), ["once"]);
}

#[test]
fn a_bad_row_is_told_on_the_topic_of_errors_and_spoils_no_other() {
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let mut client = venue.connect_device(V3, "SN1", &device);
    assert_eq!(client.subscribe(&[("s/e", 1)]), [1]);
    assert_eq!(
        client.published("s/us", "400,c8y_E,one\n999,what\n400,c8y_E,two"),
        0
    );
    let told = client.told();
    assert_eq!((told.topic.as_str(), &told.payload[..3]), ("s/e", "40,"));
    assert_eq!(venue.events("t100", "SN1").len(), 2);
    client.is_told_nothing();
}

#[test]
fn a_topic_that_means_nothing_is_refused_with_a_reason_or_confirmed_to_those_who_know_none() {
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let mut client = venue.connect_device(V5, "SN1", &device);
    assert_eq!(client.published("my/own/topic", "x"), 0x90);
    assert_eq!(client.published("s/ds", "x"), 0x90);
    assert_eq!(client.published("s/ucr", ""), 0x87);
    client.leave();
    let mut client = venue.connect_device(V3, "SN1", &device);
    assert_eq!(client.published("my/own/topic", "x"), 0);
    assert_eq!(client.published("s/us", "400,c8y_E,on"), 0);
    client.leave();
}

#[test]
fn a_message_that_is_too_long_ends_the_connection_and_the_longest_does_not() {
    let most = MQTT_PACKET_BYTES_MAX as usize;
    for (level, end) in [(V3, None), (V5, Some(0x95))] {
        let venue = Venue::new();
        let device = venue.device("t100", "SN1");
        let mut client = venue.connect_device(level, "SN1", &device);
        let head = 1 + 2 + 2 + "s/us".len() + 2 + usize::from(level == V5);
        let row = "400,c8y_E,";
        let payload = format!("{row}{}", "x".repeat(most - head - row.len()));
        assert_eq!(client.published("s/us", &payload), 0);
        client.publish(1, 2, "s/us", &format!("{payload}x"));
        match end {
            None => client.is_closed(),
            Some(reason) => assert_eq!(client.farewell(), reason),
        }
    }
}

#[test]
fn retain_is_ignored_where_it_cannot_be_refused() {
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let mut client = venue.connect_device(V3, "SN1", &device);
    client.publish_flagged(2 | 1, 1, "s/us", "400,c8y_E,kept");
    client.expect(0x40);
    assert_eq!(venue.events("t100", "SN1"), ["kept"]);
    let mut client = venue.connect_device(V5, "SN1", &device);
    client.publish_flagged(2 | 1, 1, "s/us", "400,c8y_E,kept");
    assert_eq!(client.farewell(), 0x9A);
}

// R127
#[test]
fn a_connection_holds_no_more_than_is_stated() {
    // Beside the session: what is read at once, and the packet of what is being done.
    let beside = (4 << 10) + 2 * MQTT_PACKET_BYTES_MAX as usize;
    assert!(broker::LIMITS.memory_bytes_max() + beside <= MQTT_CONNECTION_BYTES_MAX);
}
