//! The program is killed and comes up again on what is stored: what of a client's messages and of its will has taken effect
//! by then takes effect once.

use crate::client::{Client, Hello, V3, V5, packet, text};
use crate::pressure::caller;
use crate::venue::Venue;
use engine::mqtt::ConnectAs;
use serde_json::json;
use std::time::{Duration, Instant};

fn release(client: &mut Client<'_>, id: u8) {
    client.send(&packet(0x62, &[&[0, id]]));
    let came = client.expect(0x70);
    assert_eq!(came.body[..2], [0, id]);
    assert_eq!(came.body.get(2).copied().unwrap_or(0), 0, "the number was known");
}

fn events(venue: &Venue) -> Vec<String> {
    let mut events = venue.events("t100", "SN1");
    // Within a millisecond their order is not told.
    events.sort_unstable();
    events
}

#[test]
fn a_message_of_qos_2_takes_effect_once_whenever_the_program_is_killed() {
    for level in [V3, V5] {
        let mut venue = Venue::new();
        let device = venue.device("t100", "SN1");
        let hello = Hello::of(level, "SN1", &device).kept();
        let mut client = venue.connect(level, &hello);
        client.publish(2, 7, "s/us", "400,c8y_E,one");
        client.expect(0x50);
        venue.is_killed();
        drop(client);
        venue.comes_up();

        // Before the PUBREC was heard.
        let (mut client, answer) = venue.try_connect(level, &hello);
        assert_eq!(answer, (0, true));
        client.publish_flagged(0x0C, 7, "s/us", "400,c8y_E,one");
        client.expect(0x50);
        assert_eq!(venue.events("t100", "SN1"), ["one"]);
        venue.is_killed();
        drop(client);
        venue.comes_up();

        // Behind it: the number is known still, and then it is free for another message.
        let mut client = venue.connect(level, &hello);
        release(&mut client, 7);
        venue.is_killed();
        drop(client);
        venue.comes_up();
        let mut client = venue.connect(level, &hello);
        client.publish(2, 7, "s/us", "400,c8y_E,two");
        client.expect(0x50);
        assert_eq!(events(&venue), ["one", "two"]);
        release(&mut client, 7);
    }
}

// The session ends with that connection, and until then it goes on.
#[test]
fn a_message_of_qos_2_takes_effect_once_in_a_session_that_is_taken_up_and_kept_no_longer() {
    for is_repeated in [true, false] {
        let mut venue = Venue::new();
        let device = venue.device("t100", "SN1");
        let kept = Hello::of(V5, "SN1", &device).kept();
        let mut client = venue.connect(V5, &kept);
        client.publish(2, 7, "s/us", "400,c8y_E,one");
        client.expect(0x50);
        venue.is_killed();
        drop(client);
        venue.comes_up();
        let (mut client, answer) = venue.try_connect(V5, &kept.kept_for(0));
        assert_eq!(answer, (0, true));
        if is_repeated {
            client.publish_flagged(0x0C, 7, "s/us", "400,c8y_E,one");
            client.expect(0x50);
        }
        release(&mut client, 7);
        client.publish(2, 7, "s/us", "400,c8y_E,two");
        client.expect(0x50);
        assert_eq!(events(&venue), ["one", "two"], "{is_repeated}");
    }
}

#[test]
fn nothing_is_left_of_a_message_of_qos_2_in_a_session_that_is_kept_no_longer() {
    let mut venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let kept = Hello::of(V5, "SN1", &device).kept();
    let mut client = venue.connect(V5, &kept);
    client.publish(2, 7, "s/us", "400,c8y_E,one");
    client.expect(0x50);
    venue.is_killed();
    drop(client);
    venue.comes_up();
    let mut client = venue.connect(V5, &kept.kept_for(0));
    client.publish_flagged(0x0C, 7, "s/us", "400,c8y_E,one");
    client.expect(0x50);
    drop(client);
    venue.until_nobody_is_connected();
    let who = caller(&venue, &device);
    let asked = venue
        .house
        .door
        .ask(&who, ConnectAs("SN1".parse().expect("a device")));
    assert!(venue.house.wait(asked).expect("asked").is_none());
}

#[test]
fn messages_of_qos_2_that_were_stored_together_are_known_one_by_one() {
    let mut venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let hello = Hello::of(V3, "SN1", &device).kept();
    let mut client = venue.connect(V3, &hello);
    client.published("s/us", "100");
    let all = |flags| -> Vec<u8> {
        let one = |id: u8| packet(flags, &[&text("s/us"), &[0, id], b"211,20"]);
        (1..=20).flat_map(one).collect()
    };
    client.send(&all(0x34));
    for _ in 1..=20 {
        client.expect(0x50);
    }
    venue.is_killed();
    drop(client);
    venue.comes_up();
    let mut client = venue.connect(V3, &hello);
    client.send(&all(0x3C));
    for _ in 1..=20 {
        client.expect(0x50);
    }
    assert_eq!(venue.measurements("t100", "SN1"), 20);
    for id in 1..=20 {
        release(&mut client, id);
    }
    client.send(&all(0x34));
    for _ in 1..=20 {
        client.expect(0x50);
    }
    assert_eq!(venue.measurements("t100", "SN1"), 40);
}

#[test]
fn a_session_that_is_kept_for_seconds_is_not_forgotten_while_it_is_used() {
    let mut venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let hello = Hello::of(V5, "SN1", &device).kept().kept_for(10);
    let mut client = venue.connect(V5, &hello);
    client.publish(2, 7, "s/us", "400,c8y_E,one");
    client.expect(0x50);
    venue.house.world.advance_millis(100_000);
    let forgotten = venue.house.door.forget_old_mqtt_sessions();
    venue.house.wait(forgotten).expect("tried");
    venue.is_killed();
    drop(client);
    venue.comes_up();
    let (mut client, answer) = venue.try_connect(V5, &hello);
    assert_eq!(answer, (0, true));
    client.publish_flagged(0x0C, 7, "s/us", "400,c8y_E,one");
    client.expect(0x50);
    assert_eq!(venue.events("t100", "SN1"), ["one"]);
}

#[test]
fn a_session_that_begins_anew_knows_nothing_of_what_was_received_before() {
    for is_kept in [true, false] {
        let mut venue = Venue::new();
        let device = venue.device("t100", "SN1");
        let kept = Hello::of(V5, "SN1", &device).kept();
        let mut client = venue.connect(V5, &kept);
        client.publish(2, 7, "s/us", "400,c8y_E,one");
        client.expect(0x50);
        venue.is_killed();
        drop(client);
        venue.comes_up();
        let anew = match is_kept {
            true => kept.clone().kept_anew(),
            false => Hello::of(V5, "SN1", &device),
        };
        venue.connect(V5, &anew).leave();
        let mut client = venue.connect(V5, &kept);
        client.publish(2, 7, "s/us", "400,c8y_E,two");
        client.expect(0x50);
        assert_eq!(events(&venue), ["one", "two"]);
    }
}

#[test]
fn the_number_of_a_delivery_before_the_program_was_killed_is_not_given_to_the_next() {
    let mut venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let hello = Hello::of(V3, "SN1", &device).kept();
    let mut client = venue.connect(V3, &hello);
    client.subscribe(&[("s/e", 1)]);
    client.published("s/us", "999");
    // To its end: whether the program still stores that is a matter of chance, and of no matter here.
    let told = client.told();
    client.published("s/us", "100");
    venue.is_killed();
    drop(client);
    venue.comes_up();
    let mut client = venue.connect(V3, &hello);
    client.published("s/us", "999");
    let next = client.told();
    assert_ne!(next.id, told.id);
}

const ROW: &str = "400,c8y_E,gone";

/// A client that was connected when the program was killed, or had gone before.
fn leave_a_will(venue: &mut Venue, hello: &Hello, is_connected: bool) {
    let client = venue.connect(V5, hello);
    if is_connected {
        venue.is_killed();
        drop(client);
    } else {
        drop(client);
        venue.until_nobody_is_connected();
    }
}

#[test]
fn a_will_of_a_session_that_is_kept_outlives_the_program() {
    for (is_connected, delay) in [(true, 0), (true, 3_000), (false, 3_000)] {
        let mut venue = Venue::new();
        let device = venue.device("t100", "SN1");
        let hello = Hello::of(V5, "SN1", &device).kept();
        let hello = hello.will("s/us", ROW).will_delay(delay);
        leave_a_will(&mut venue, &hello, is_connected);
        venue.comes_up();
        // Those whose time has not come are published at the stop.
        for _ in 0..2 {
            venue.broker.stop();
            venue.house.wait(venue.broker.settle());
            assert_eq!(venue.events("t100", "SN1"), ["gone"], "{is_connected} {delay}");
            venue.comes_up();
        }
    }
}

#[test]
fn a_will_that_waits_for_the_next_run_is_void_when_the_session_goes_on() {
    for is_connected in [true, false] {
        let mut venue = Venue::new();
        let device = venue.device("t100", "SN1");
        let hello = Hello::of(V5, "SN1", &device).kept();
        let with_will = hello.clone().will("s/us", ROW).will_delay(3_000);
        leave_a_will(&mut venue, &with_will, is_connected);
        venue.comes_up();
        venue.connect(V5, &hello).leave();
        venue.broker.stop();
        venue.house.wait(venue.broker.settle());
        venue.comes_up();
        venue.broker.stop();
        venue.house.wait(venue.broker.settle());
        assert_eq!(venue.events("t100", "SN1"), [""; 0]);
    }
}

// MQTT 5.0, 3.1.3.2.2: its time has come at the latest when its session ends.
#[test]
fn a_will_that_waits_for_the_next_run_is_published_when_the_session_begins_anew() {
    for is_connected in [true, false] {
        for is_kept in [true, false] {
            let mut venue = Venue::new();
            let device = venue.device("t100", "SN1");
            let hello = Hello::of(V5, "SN1", &device).kept();
            let with_will = hello.clone().will("s/us", ROW).will_delay(3_000);
            leave_a_will(&mut venue, &with_will, is_connected);
            venue.comes_up();
            let anew = match is_kept {
                true => with_will.kept_anew(),
                false => Hello::of(V5, "SN1", &device),
            };
            venue.connect(V5, &anew).leave();
            let patience = Instant::now() + Duration::from_secs(20);
            while venue.events("t100", "SN1").is_empty() {
                assert!(Instant::now() < patience, "{is_connected} {is_kept}");
            }
            // Once, and without the one of the new session, which has said good-bye.
            for _ in 0..2 {
                venue.broker.stop();
                venue.house.wait(venue.broker.settle());
                assert_eq!(venue.events("t100", "SN1"), ["gone"], "{is_connected} {is_kept}");
                venue.comes_up();
            }
        }
    }
}

#[test]
fn a_will_that_is_due_is_published_though_its_session_goes_on_with_another() {
    let mut venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let hello = Hello::of(V5, "SN1", &device).kept().will("s/us", ROW);
    leave_a_will(&mut venue, &hello, true);
    venue.comes_up();
    venue.connect(V5, &hello).leave();
    venue.broker.stop();
    venue.house.wait(venue.broker.settle());
    assert_eq!(venue.events("t100", "SN1"), ["gone"]);
}

// R050: with the rights of the moment in which it is published.
#[test]
fn a_will_that_outlives_the_program_is_not_published_for_a_device_that_may_not_act_any_more() {
    let mut venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let hello = Hello::of(V5, "SN1", &device).kept().will("s/us", ROW);
    let mut client = venue.connect(V5, &hello);
    client.published("s/us", "400,c8y_E,here");
    let admin = venue.house.admin("t100");
    let disabled = json!({ "enabled": false });
    let path = "/user/t100/users/device_SN1";
    venue.house.put(&admin, path, disabled).expect(200);
    venue.is_killed();
    drop(client);
    venue.comes_up();
    venue.broker.stop();
    venue.house.wait(venue.broker.settle());
    assert_eq!(venue.events("t100", "SN1"), ["here"]);
}
