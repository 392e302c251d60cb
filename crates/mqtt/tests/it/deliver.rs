//! Messages to the client: bounded, in order, within what the client has agreed to.

use crate::pair::{Pair, V3, V5, connect, connect_with, delivery, seconds, text};
use mqtt::exchange::{Cause, Input, Output, Settlement};
use mqtt::limits::Limits;
use mqtt::message::{DeliveryId, Qos};
use mqtt::reason::Disconnect;

fn settled(id: u64, how: Settlement) -> Output {
    Output::Settled(DeliveryId(id), how)
}

#[test]
fn each_qos_has_its_own_course() {
    for level in [V3, V5] {
        let none: &[u8] = if level == V5 { &[0] } else { &[] };
        let length = 5 + none.len() as u8;
        let mut pair = Pair::open(level);
        pair.sent();
        pair.deliver(1, "s/ds", b"", Qos::AtMostOnce);
        assert_eq!(
            pair.sent(),
            [&[0x30, 6 + none.len() as u8, 0, 4][..], b"s/ds", none].concat()
        );
        assert_eq!(pair.outputs(), [settled(1, Settlement::Delivered)]);
        pair.deliver(2, "a", b"", Qos::AtLeastOnce);
        assert_eq!(pair.sent(), [&[0x32, length, 0, 1, b'a', 0, 1], none].concat());
        assert_eq!(pair.outputs(), []);
        pair.bytes(&[0x40, 2, 0, 1]);
        assert_eq!(pair.outputs(), [settled(2, Settlement::Delivered)]);
        pair.deliver(3, "a", b"", Qos::ExactlyOnce);
        assert_eq!(pair.sent(), [&[0x34, length, 0, 1, b'a', 0, 2], none].concat());
        pair.bytes(&[0x50, 2, 0, 2]);
        assert_eq!(pair.sent(), [0x62, 2, 0, 2]);
        pair.bytes(&[0x50, 2, 0, 2]);
        assert_eq!(pair.sent(), [0x62, 2, 0, 2], "asked again, told again");
        assert_eq!(pair.outputs(), []);
        pair.bytes(&[0x70, 2, 0, 2]);
        assert_eq!(pair.outputs(), [settled(3, Settlement::Delivered)]);
    }
}

#[test]
fn unknown_confirmations_are_harmless_and_wrong_ones_a_fault() {
    for (level, answer) in [(V3, &[0x62, 2, 0, 9][..]), (V5, &[0x62, 3, 0, 9, 0x92])] {
        let mut pair = Pair::open(level);
        pair.sent();
        pair.bytes(&[0x40, 2, 0, 9, 0x70, 2, 0, 9]);
        assert_eq!(pair.sent(), b"");
        pair.bytes(&[0x50, 2, 0, 9]);
        assert_eq!(pair.sent(), answer);
        for (qos, wrong) in [
            (Qos::AtLeastOnce, 0x50),
            (Qos::ExactlyOnce, 0x40),
            (Qos::ExactlyOnce, 0x70),
        ] {
            let mut pair = Pair::open(level);
            pair.deliver(1, "a", b"", qos);
            pair.bytes(&[wrong, 2, 0, 1]);
            assert_eq!(pair.cause(), Cause::Disconnected(Disconnect::Protocol));
        }
    }
}

#[test]
fn a_client_of_5_0_may_refuse() {
    for (qos, kind) in [(Qos::AtLeastOnce, 0x40), (Qos::ExactlyOnce, 0x50)] {
        let mut pair = Pair::open(V5);
        pair.deliver(4, "a", b"", qos);
        pair.bytes(&[kind, 3, 0, 1, 0x97]);
        assert_eq!(pair.outputs(), [settled(4, Settlement::Refused(0x97))]);
    }
}

#[test]
fn no_more_is_under_way_than_the_client_takes_and_order_is_kept() {
    let hello = connect_with(V5, 2, &[0x21, 0, 2], &[&text("dev1")]);
    let mut pair = Pair::open_with(&hello, Limits::DEFAULT, None);
    pair.sent();
    for id in 1..=4 {
        pair.deliver(id, "a", &[id as u8], Qos::AtLeastOnce);
    }
    pair.deliver(5, "a", &[5], Qos::AtMostOnce);
    let sent = pair.sent();
    assert_eq!(sent.len(), 18, "two packets: {sent:?}");
    pair.bytes(&[0x40, 2, 0, 1]);
    assert_eq!(pair.sent().last(), Some(&3));
    pair.bytes(&[0x40, 2, 0, 2]);
    pair.bytes(&[0x40, 2, 0, 3]);
    let sent = pair.sent();
    assert_eq!((sent[8], sent.last()), (4, Some(&5)), "QoS 0 does not overtake");
}

#[test]
fn a_full_queue_hands_back_and_calls_when_there_is_room() {
    let limits = Limits {
        queue_messages_max: 2,
        ..Limits::DEFAULT
    };
    let mut pair = Pair::open_with(&connect(V3), limits, None);
    for id in 1..=3 {
        pair.deliver(id, "a", b"", Qos::AtLeastOnce);
    }
    assert_eq!(pair.outputs(), [Output::NoRoom(DeliveryId(3))]);
    pair.bytes(&[0x40, 2, 0, 1]);
    assert_eq!(pair.outputs(), [settled(1, Settlement::Delivered), Output::Room]);
    pair.bytes(&[0x40, 2, 0, 2]);
    assert_eq!(pair.outputs(), [settled(2, Settlement::Delivered)], "called once");
}

#[test]
fn what_can_never_be_sent_is_said_at_once() {
    let hello = connect_with(V5, 2, &[0x27, 0, 0, 0, 60], &[&text("dev1")]);
    let mut pair = Pair::open_with(&hello, Limits::DEFAULT, None);
    pair.sent();
    pair.deliver(1, "a", &[0; 60], Qos::AtLeastOnce);
    pair.deliver(2, "a", &[0; 300_000], Qos::AtLeastOnce);
    assert_eq!(
        pair.outputs(),
        [settled(1, Settlement::TooLarge), settled(2, Settlement::TooLarge)]
    );
    assert_eq!(pair.sent(), b"");
    pair.deliver(3, "a", &[0; 40], Qos::AtLeastOnce);
    assert_eq!(pair.sent().len(), 48);
}

#[test]
fn a_slow_transport_holds_deliveries_and_reading_back() {
    let limits = Limits {
        unsent_bytes_max: 100,
        ..Limits::DEFAULT
    };
    let mut pair = Pair::open_with(&connect(V3), limits, None);
    pair.sent();
    pair.deliver(1, "a", &[1; 120], Qos::AtMostOnce);
    assert!(!pair.session.wants_bytes(), "who does not listen is not heard");
    pair.deliver(2, "a", &[2; 120], Qos::AtMostOnce);
    assert_eq!(pair.outputs(), [settled(1, Settlement::Delivered)]);
    pair.sent();
    assert_eq!(pair.outputs(), [settled(2, Settlement::Delivered)]);
    pair.sent();
    assert!(pair.session.wants_bytes());
}

#[test]
fn a_client_that_does_not_take_what_it_is_sent_is_cut_off() {
    let limits = Limits {
        unsent_bytes_max: 100,
        stall_seconds_max: 20,
        ..Limits::DEFAULT
    };
    let mut pair = Pair::open_with(&connect(V3), limits, None);
    pair.deliver(1, "a", &[1; 120], Qos::AtMostOnce);
    assert_eq!(pair.session.wake_at(), Some(pair.now + seconds(20)));
    pair.wait(seconds(19));
    assert!(!pair.session.is_over());
    pair.wait(seconds(1));
    assert_eq!(pair.cause(), Cause::Disconnected(Disconnect::QuotaExceeded));
}

#[test]
fn topics_are_numbered_for_a_client_that_takes_numbers() {
    let hello = connect_with(V5, 2, &[0x22, 0, 1], &[&text("dev1")]);
    let mut pair = Pair::open_with(&hello, Limits::DEFAULT, None);
    pair.sent();
    pair.deliver(1, "long/topic", b"", Qos::AtMostOnce);
    assert_eq!(
        pair.sent(),
        [&[0x30, 16, 0, 10][..], b"long/topic", &[3, 0x23, 0, 1]].concat()
    );
    pair.deliver(2, "long/topic", b"", Qos::AtMostOnce);
    assert_eq!(pair.sent(), [0x30, 6, 0, 0, 3, 0x23, 0, 1]);
    pair.deliver(3, "b", b"", Qos::AtMostOnce);
    assert_eq!(pair.sent(), [0x30, 4, 0, 1, b'b', 0], "the numbers are used up");
}

#[test]
fn time_to_live_runs_while_a_message_waits() {
    let hello = connect_with(V5, 2, &[0x21, 0, 1], &[&text("dev1")]);
    let mut pair = Pair::open_with(&hello, Limits::DEFAULT, None);
    pair.deliver(1, "a", b"", Qos::AtLeastOnce);
    for (id, time) in [(2, 30), (3, 10)] {
        let mut waiting = delivery(id, "a", b"", Qos::AtMostOnce);
        waiting.properties.expiry_seconds = Some(time);
        pair.input(Input::Deliver(Box::new(waiting)));
    }
    pair.deliver(4, "a", b"", Qos::AtLeastOnce);
    pair.sent();
    // QoS 0 may go, but not ahead of what is older: hold the first with a second of QoS 1.
    assert_eq!(pair.outputs().len(), 2);
    let mut waiting = delivery(5, "b", b"", Qos::AtMostOnce);
    waiting.properties.expiry_seconds = Some(30);
    pair.input(Input::Deliver(Box::new(waiting.clone())));
    waiting.id = DeliveryId(6);
    waiting.properties.expiry_seconds = Some(10);
    pair.input(Input::Deliver(Box::new(waiting)));
    pair.wait(seconds(10));
    pair.bytes(&[0x40, 2, 0, 1]);
    let outputs = pair.outputs();
    assert!(outputs.contains(&settled(6, Settlement::Expired)), "{outputs:?}");
    let sent = pair.sent();
    assert!(
        sent.ends_with(&[0x30, 9, 0, 1, b'b', 5, 2, 0, 0, 0, 20]),
        "20 of 30 s are left: {sent:?}"
    );
}

#[test]
fn properties_and_subscription_identifiers_are_sent_to_5_0_only() {
    let mut given = delivery(1, "a", b"x", Qos::AtMostOnce);
    given.properties.is_text = true;
    given.properties.content_type = Some("t".to_owned());
    given.properties.correlation_data = Some(vec![9]);
    given.properties.user = vec![("k".to_owned(), "v".to_owned())];
    given.subscriptions = vec![3, 200];
    let about: &[u8] = b"\x01\x01\x09\0\x01\x09\x26\0\x01k\0\x01v\x0B\x03\x0B\xC8\x01\x03\0\x01t";
    for (level, expected) in [
        (V3, vec![0x30, 4, 0, 1, b'a', b'x']),
        (V5, [&[0x30, 27, 0, 1, b'a', 22], about, b"x"].concat()),
    ] {
        let mut pair = Pair::open(level);
        pair.sent();
        pair.input(Input::Deliver(Box::new(given.clone())));
        assert_eq!(pair.sent(), expected);
    }
}

#[test]
fn the_end_is_told_with_its_reason() {
    use Disconnect as Why;
    for (why, code) in [
        (Why::Unspecified, 0x80),
        (Why::NotAuthorized, 0x87),
        (Why::Busy, 0x89),
        (Why::ShuttingDown, 0x8B),
        (Why::TakenOver, 0x8E),
        (Why::RateTooHigh, 0x96),
        (Why::QuotaExceeded, 0x97),
        (Why::Administrative, 0x98),
    ] {
        let mut pair = Pair::open(V5);
        pair.sent();
        pair.input(Input::Disconnect(why, Some("so".to_owned())));
        assert_eq!(pair.sent(), [&[0xE0, 7, code, 5, 0x1F, 0, 2][..], b"so"].concat());
        let mut pair = Pair::open(V3);
        pair.sent();
        pair.input(Input::Disconnect(why, None));
        assert_eq!((pair.sent(), pair.cause()), (vec![], Cause::Disconnected(why)));
    }
}
