//! The beginning of a connection: who may, on which terms, and how a refusal reads in both versions.

use crate::pair::{Pair, V3, V5, connect, connect_with, packet, seconds, text};
use mqtt::exchange::{Accepted, Cause, Input, Version};
use mqtt::limits::Limits;
use mqtt::message::Qos;
use mqtt::reason::{ConnectRefusal, Disconnect};

#[test]
fn a_device_of_3_1_1_is_asked_about_and_let_in() {
    let mut pair = Pair::new();
    let hello = connect_with(
        V3,
        0xC2,
        &[],
        &[&text("d:SN1"), &text("t1/device_SN1"), &text("secret")],
    );
    pair.bytes(&hello);
    let asked = pair.question();
    assert_eq!(asked.version, Version::V3_1_1);
    assert_eq!(asked.client_id, "d:SN1");
    assert_eq!(asked.user_name.as_deref(), Some("t1/device_SN1"));
    assert_eq!(
        asked.password.as_ref().map(|p| p.reveal().to_vec()),
        Some(b"secret".to_vec())
    );
    assert!(!format!("{asked:?}").contains("secret"));
    assert!(asked.clean_start && asked.will.is_none());
    assert_eq!(pair.sent(), b"", "nothing before the broker has answered");
    pair.input(Input::Accepted(Box::default()));
    assert_eq!(pair.sent(), [0x20, 2, 0, 0]);
}

#[test]
fn a_client_of_5_0_is_told_the_terms() {
    let mut pair = Pair::new();
    // session expiry 1000 s, keep-alive none, no client id
    let hello = packet(
        0x10,
        &[b"\0\x04MQTT", &[5, 2, 0, 0, 5, 0x11, 0, 0, 3, 0xE8], &text("")],
    );
    pair.bytes(&hello);
    assert_eq!(pair.question().session_expiry_seconds, 1000);
    let limits = Limits {
        session_expiry_seconds_max: 100,
        ..Limits::DEFAULT
    };
    let accepted = Accepted {
        limits,
        client_id: Some("given".to_owned()),
        ..Accepted::default()
    };
    pair.input(Input::Accepted(Box::new(accepted)));
    let sent = pair.sent();
    let expected: [&[u8]; 8] = [
        &[0x21, 0, 128],        // receive maximum
        &[0x27, 0, 0, 0x40, 0], // packets of 16 KiB
        &[0x2A, 0],             // no shared subscriptions
        &[0x25, 0],             // nothing is retained
        &[0x22, 0, 8],          // topic aliases
        &[0x11, 0, 0, 0, 100],  // a shorter session
        &[0x13, 0x0E, 0x10],    // a keep-alive of an hour
        b"\x12\0\x05given",
    ];
    assert_eq!(&sent[2..4], [0, 0]);
    for property in expected {
        assert!(
            sent.windows(property.len()).any(|at| at == property),
            "{property:?} in {sent:?}"
        );
    }
}

#[test]
fn refusals_read_the_same_in_both_versions() {
    use ConnectRefusal as No;
    for (why, old, new) in [
        (No::Unspecified, Some(5), 0x80),
        (No::UnsupportedVersion, Some(1), 0x84),
        (No::ClientId, Some(2), 0x85),
        (No::BadCredentials, Some(4), 0x86),
        (No::NotAuthorized, Some(5), 0x87),
        (No::Unavailable, Some(3), 0x88),
        (No::Busy, Some(3), 0x89),
        (No::Banned, Some(5), 0x8A),
        (No::QuotaExceeded, Some(3), 0x97),
        (No::RateExceeded, Some(3), 0x9F),
        (No::TopicName, None, 0x90),
    ] {
        let mut pair = Pair::new();
        pair.bytes(&connect(V3));
        pair.input(Input::Refused(why, Some("not read by 3.1.1".to_owned())));
        assert_eq!(
            pair.sent(),
            old.map_or(Vec::new(), |code| vec![0x20, 2, 0, code]),
            "{why:?}"
        );
        assert_eq!(pair.cause(), Cause::Refused(why));
        let mut pair = Pair::new();
        pair.bytes(&connect(V5));
        pair.input(Input::Refused(why, Some("why".to_owned())));
        assert_eq!(
            pair.sent(),
            [&[0x20, 9, 0, new, 6, 0x1F, 0, 3][..], b"why"].concat(),
            "{why:?}"
        );
        assert!(pair.session.is_over());
    }
}

#[test]
fn reasons_are_left_out_for_who_does_not_want_or_take_them() {
    for properties in [&[0x17, 0][..], &[0x27, 0, 0, 0, 9]] {
        let mut pair = Pair::new();
        pair.bytes(&connect_with(V5, 2, properties, &[&text("dev1")]));
        pair.input(Input::Refused(ConnectRefusal::Banned, Some("because".to_owned())));
        assert_eq!(pair.sent(), [0x20, 3, 0, 0x8A, 0], "{properties:?}");
    }
}

#[test]
fn other_versions_are_told_so_and_strangers_nothing() {
    for level in [3, 6, 0x84] {
        let mut pair = Pair::new();
        pair.bytes(&packet(0x10, &[b"\0\x04MQTT", &[level, 2, 0, 60], &text("x")]));
        assert_eq!(pair.sent(), [0x20, 2, 0, 1]);
        assert_eq!(pair.cause(), Cause::Refused(ConnectRefusal::UnsupportedVersion));
    }
    let mut pair = Pair::new();
    pair.bytes(&packet(0x10, &[b"\0\x06MQIsdp", &[3, 2, 0, 60], &text("x")]));
    assert_eq!(pair.sent(), [0x20, 2, 0, 1]);
    for strange in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        &[0xC0, 0],
        &[0x11, 0],
        &[0x10, 0xFF, 0xFF, 0xFF, 0x7F],
    ] {
        let mut pair = Pair::new();
        pair.bytes(strange);
        assert_eq!(
            (pair.cause(), pair.sent()),
            (Cause::NotMqtt, Vec::new()),
            "{strange:?}"
        );
    }
}

#[test]
fn what_comes_before_the_answer_is_read_after_it_or_never() {
    let early = [connect(V3), vec![0xC0, 0]].concat();
    let mut pair = Pair::new();
    pair.bytes(&early);
    assert!(!pair.session.wants_bytes());
    pair.input(Input::Accepted(Box::default()));
    assert_eq!(pair.sent(), [0x20, 2, 0, 0, 0xD0, 0]);
    let mut pair = Pair::new();
    pair.bytes(&early);
    pair.input(Input::Refused(ConnectRefusal::NotAuthorized, None));
    assert_eq!(pair.sent(), [0x20, 2, 0, 5]);
}

#[test]
fn a_second_connect_ends_the_connection() {
    for (level, farewell) in [(V3, vec![]), (V5, vec![0xE0, 1, 0x82])] {
        let mut pair = Pair::open(level);
        pair.sent();
        pair.bytes(&connect(level));
        assert_eq!(pair.sent(), farewell);
        assert_eq!(pair.cause(), Cause::Disconnected(Disconnect::Protocol));
    }
}

#[test]
fn a_session_of_3_1_1_that_is_to_be_kept_needs_a_name() {
    let mut pair = Pair::new();
    pair.bytes(&connect_with(V3, 0, &[], &[&text("")]));
    assert_eq!(pair.sent(), [0x20, 2, 0, 2]);
    let mut pair = Pair::new();
    pair.bytes(&connect_with(V3, 2, &[], &[&text("")]));
    assert_eq!(pair.question().client_id, "");
}

/// A way in which a connection ends.
type How<'a> = &'a dyn Fn(&mut Pair);

#[test]
fn a_will_is_handed_over_unless_the_client_says_good_bye() {
    let properties = [5, 0x18, 0, 0, 0, 30];
    let payload: [&[u8]; 4] = [&text("dev1"), &properties, &text("s/us"), &text("400,x,gone")];
    let hello = connect_with(V5, 0x0E, &[], &payload);
    let ends: [(How<'_>, Cause, bool); 6] = [
        (&|p| p.bytes(&[0xE0, 0]), Cause::Farewell, false),
        (&|p| p.bytes(&[0xE0, 1, 4]), Cause::FarewellWithWill, true),
        (&|p| p.input(Input::Closed), Cause::Closed, true),
        (
            &|p| p.bytes(&[0x00, 0]),
            Cause::Disconnected(Disconnect::Malformed),
            true,
        ),
        (
            &|p| p.wait(seconds(90)),
            Cause::Disconnected(Disconnect::KeepAliveTimeout),
            true,
        ),
        (
            &|p| p.input(Input::Disconnect(Disconnect::TakenOver, None)),
            Cause::Disconnected(Disconnect::TakenOver),
            true,
        ),
    ];
    for (how, cause, has_will) in ends {
        let mut pair = Pair::open_with(&hello, Limits::DEFAULT, None);
        how(&mut pair);
        let end = pair.end();
        assert_eq!((end.cause, end.will.is_some()), (cause, has_will));
        if let Some(will) = end.will {
            assert_eq!((will.delay_seconds, will.message.qos), (30, Qos::AtLeastOnce));
            assert_eq!(will.message.payload, b"400,x,gone");
        }
        pair.input(Input::Closed);
        assert_eq!(pair.outputs(), [], "one end is enough");
    }
}

#[test]
fn nobody_has_a_will_before_being_let_in() {
    let mut pair = Pair::new();
    pair.bytes(&connect_with(
        V3,
        0x06,
        &[],
        &[&text("dev1"), &text("s/us"), &text("x")],
    ));
    assert!(pair.question().will.is_some());
    pair.input(Input::Closed);
    assert_eq!(pair.end().will, None);
}

#[test]
fn a_kept_session_of_5_0_may_be_shortened_at_the_end_but_not_brought_to_life() {
    let limits = Limits {
        session_expiry_seconds_max: 3600,
        ..Limits::DEFAULT
    };
    let farewell = [0xE0, 7, 0, 5, 0x11, 0, 0, 0, 9];
    let kept = connect_with(V5, 2, &[0x11, 0, 0, 1, 0], &[&text("dev1")]);
    let mut pair = Pair::open_with(&kept, limits.clone(), None);
    pair.bytes(&farewell);
    assert_eq!(pair.end().session_expiry_seconds, 9);
    let mut pair = Pair::open_with(&connect(V5), limits, None);
    pair.bytes(&farewell);
    assert_eq!(pair.cause(), Cause::Disconnected(Disconnect::Protocol));
}

#[test]
fn nothing_is_read_after_a_good_bye() {
    let mut pair = Pair::open(V3);
    pair.sent();
    pair.bytes(&[0xE0, 0, 0xC0, 0]);
    assert_eq!(pair.sent(), b"");
    assert_eq!(pair.cause(), Cause::Farewell);
}
