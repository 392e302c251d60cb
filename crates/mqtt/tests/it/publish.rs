//! Messages from the client: asked about once, confirmed when the broker says so and not before.

use crate::pair::{Pair, V3, V5, publish};
use mqtt::exchange::{Cause, Output, PublishAnswer};
use mqtt::limits::Limits;
use mqtt::reason::{Disconnect, PublishRefusal};

#[test]
fn a_message_is_confirmed_only_after_the_broker_has_it() {
    for (level, flags, confirmation) in [
        (V3, 2, &[0x40, 2, 0, 7][..]),
        (V5, 2, &[0x40, 2, 0, 7]),
        (V3, 4, &[0x50, 2, 0, 7]),
        (V5, 4, &[0x50, 2, 0, 7]),
        (V3, 0, &[]),
        (V5, 0, &[]),
    ] {
        let mut pair = Pair::open(level);
        pair.sent();
        pair.bytes(&publish(level, flags, "s/us", 7, &[], b"100"));
        let (handle, message) = pair.message();
        assert_eq!(
            (message.topic.as_str(), message.payload.as_slice()),
            ("s/us", &b"100"[..])
        );
        assert_eq!(message.qos as u8, flags >> 1);
        assert_eq!(pair.sent(), b"");
        pair.answer(handle, PublishAnswer::Accepted);
        assert_eq!(pair.sent(), confirmation, "{level} {flags}");
        pair.answer(handle, PublishAnswer::Accepted);
        assert_eq!(pair.sent(), b"", "once");
    }
}

#[test]
fn answers_out_of_order_are_sent_in_order() {
    let mut pair = Pair::open(V3);
    pair.sent();
    for id in 1..=3 {
        pair.bytes(&publish(V3, 2, "s/us", id, &[], b""));
    }
    let handles: Vec<_> = pair
        .outputs()
        .into_iter()
        .map(|output| match output {
            Output::Publish(handle, _) => handle,
            other => panic!("{other:?}"),
        })
        .collect();
    pair.answer(handles[2], PublishAnswer::Accepted);
    pair.answer(handles[1], PublishAnswer::Accepted);
    assert_eq!(pair.sent(), b"");
    assert_eq!(pair.session.unanswered(), 1);
    pair.answer(handles[0], PublishAnswer::Accepted);
    assert_eq!(pair.sent(), [0x40, 2, 0, 1, 0x40, 2, 0, 2, 0x40, 2, 0, 3]);
}

#[test]
fn a_repeated_qos_2_message_is_asked_about_once() {
    for level in [V3, V5] {
        let mut pair = Pair::open(level);
        pair.sent();
        pair.bytes(&publish(level, 4, "a", 9, &[], b"x"));
        let (handle, _) = pair.message();
        // Repeated before it is safe: no PUBREC yet.
        pair.bytes(&publish(level, 12, "a", 9, &[], b"x"));
        assert_eq!((pair.outputs(), pair.sent()), (vec![], vec![]));
        pair.answer(handle, PublishAnswer::Accepted);
        assert_eq!(pair.sent(), [0x50, 2, 0, 9]);
        pair.bytes(&publish(level, 12, "a", 9, &[], b"x"));
        assert_eq!((pair.outputs(), pair.sent()), (vec![], vec![0x50, 2, 0, 9]));
        pair.bytes(&[0x62, 2, 0, 9]);
        assert_eq!(pair.sent(), [0x70, 2, 0, 9]);
        // The id is free again.
        pair.bytes(&publish(level, 4, "a", 9, &[], b"y"));
        assert_eq!(pair.message().1.payload, b"y");
    }
}

#[test]
fn releasing_what_is_unknown_is_answered_and_what_is_open_is_a_fault() {
    for (level, answer) in [(V3, &[0x70, 2, 0, 5][..]), (V5, &[0x70, 3, 0, 5, 0x92])] {
        let mut pair = Pair::open(level);
        pair.sent();
        pair.bytes(&[0x62, 2, 0, 5]);
        assert_eq!(pair.sent(), answer);
        pair.bytes(&publish(level, 4, "a", 5, &[], b""));
        pair.bytes(&[0x62, 2, 0, 5]);
        assert_eq!(pair.cause(), Cause::Disconnected(Disconnect::Protocol));
    }
}

#[test]
fn an_id_in_use_is_not_taken_twice() {
    let mut pair = Pair::open(V5);
    pair.sent();
    pair.bytes(&publish(V5, 2, "a", 5, &[], b""));
    pair.bytes(&publish(V5, 2, "b", 5, &[], b""));
    assert_eq!(pair.cause(), Cause::Disconnected(Disconnect::Protocol));
    assert_eq!(pair.sent(), [0xE0, 1, 0x82]);
}

#[test]
fn refusals_are_told_to_5_0_and_fall_back_for_3_1_1() {
    use PublishRefusal as No;
    for (why, code, ends) in [
        (No::Unspecified, 0x80, true),
        (No::Content, 0x83, false),
        (No::NotAuthorized, 0x87, false),
        (No::TopicName, 0x90, false),
        (No::QuotaExceeded, 0x97, true),
        (No::PayloadFormat, 0x99, false),
    ] {
        for (flags, kind) in [(2, 0x40), (4, 0x50)] {
            let refused = || PublishAnswer::Refused(why, Some("no".to_owned()));
            let mut pair = Pair::open(V5);
            pair.sent();
            pair.bytes(&publish(V5, flags, "a", 3, &[], b""));
            let (handle, _) = pair.message();
            pair.answer(handle, refused());
            assert_eq!(
                pair.sent(),
                [&[kind, 9, 0, 3, code, 5, 0x1F, 0, 2][..], b"no"].concat()
            );
            let mut pair = Pair::open(V3);
            pair.sent();
            pair.bytes(&publish(V3, flags, "a", 3, &[], b""));
            let (handle, _) = pair.message();
            pair.answer(handle, refused());
            assert_eq!(pair.session.is_over(), ends, "{why:?}");
            assert_eq!(
                pair.sent(),
                if ends { vec![] } else { vec![kind, 2, 0, 3] },
                "{why:?}"
            );
        }
        // Nobody waits for a confirmation of QoS 0.
        let mut pair = Pair::open(V3);
        pair.bytes(&publish(V3, 0, "a", 0, &[], b""));
        let (handle, _) = pair.message();
        pair.answer(handle, PublishAnswer::Refused(why, None));
        assert!(!pair.session.is_over());
    }
}

#[test]
fn a_refused_qos_2_message_of_5_0_frees_its_id() {
    let mut pair = Pair::open(V5);
    pair.sent();
    pair.bytes(&publish(V5, 4, "a", 3, &[], b""));
    let (handle, _) = pair.message();
    pair.answer(
        handle,
        PublishAnswer::Refused(PublishRefusal::NotAuthorized, None),
    );
    assert_eq!(pair.sent(), [0x50, 3, 0, 3, 0x87]);
    pair.bytes(&publish(V5, 4, "a", 3, &[], b"again"));
    assert_eq!(pair.message().1.payload, b"again");
}

#[test]
fn nobody_follows_is_told_to_5_0_only() {
    for (level, expected) in [(V5, &[0x40, 3, 0, 1, 0x10][..]), (V3, &[0x40, 2, 0, 1])] {
        let mut pair = Pair::open(level);
        pair.sent();
        pair.bytes(&publish(level, 2, "a", 1, &[], b""));
        let (handle, _) = pair.message();
        pair.answer(handle, PublishAnswer::NoSubscribers);
        assert_eq!(pair.sent(), expected);
    }
}

#[test]
fn more_under_way_than_agreed_ends_a_5_0_connection() {
    let limits = Limits {
        receive_max: 2,
        ..Limits::DEFAULT
    };
    let mut pair = Pair::open_with(&crate::pair::connect(V5), limits, None);
    pair.sent();
    pair.bytes(&publish(V5, 4, "a", 1, &[], b""));
    let (handle, _) = pair.message();
    // Committed, but not released: it still counts. QoS 0 never does.
    pair.answer(handle, PublishAnswer::Accepted);
    pair.bytes(&publish(V5, 0, "a", 0, &[], b""));
    pair.bytes(&publish(V5, 2, "a", 2, &[], b""));
    assert!(!pair.session.is_over());
    pair.sent();
    pair.bytes(&publish(V5, 2, "a", 3, &[], b""));
    assert_eq!(pair.sent(), [0xE0, 1, 0x93]);
    assert_eq!(
        pair.cause(),
        Cause::Disconnected(Disconnect::ReceiveMaximumExceeded)
    );
}

#[test]
fn a_client_that_asks_faster_than_is_answered_has_to_wait() {
    let limits = Limits {
        unanswered_max: 2,
        ..Limits::DEFAULT
    };
    let mut pair = Pair::open_with(&crate::pair::connect(V3), limits, None);
    let many: Vec<u8> = (1..=3)
        .flat_map(|id| publish(V3, 2, "a", id, &[], b"x"))
        .collect();
    pair.bytes(&many);
    assert!(!pair.session.wants_bytes());
    let asked = pair.outputs();
    assert_eq!(asked.len(), 2);
    let Output::Publish(first, _) = &asked[0] else {
        panic!()
    };
    pair.answer(*first, PublishAnswer::Accepted);
    assert_eq!(pair.message().1.topic.as_str(), "a", "the third is read now");
}

#[test]
fn aliases_stand_for_topics_within_their_range() {
    let mut pair = Pair::open(V5);
    pair.bytes(&publish(
        V5,
        0,
        "measurement/measurements/create",
        0,
        &[0x23, 0, 8],
        b"1",
    ));
    pair.outputs();
    pair.bytes(&publish(V5, 0, "", 0, &[0x23, 0, 8], b"2"));
    assert_eq!(pair.message().1.topic.as_str(), "measurement/measurements/create");
    pair.bytes(&publish(V5, 0, "other", 0, &[0x23, 0, 8], b"3"));
    pair.outputs();
    pair.bytes(&publish(V5, 0, "", 0, &[0x23, 0, 8], b"4"));
    assert_eq!(pair.message().1.topic.as_str(), "other");
    for (alias, code) in [(0, 0x82), (7, 0x94), (9, 0x94)] {
        let mut pair = Pair::open(V5);
        pair.sent();
        let topic = if alias == 7 { "" } else { "a" };
        pair.bytes(&publish(V5, 0, topic, 0, &[0x23, 0, alias], b""));
        assert_eq!(pair.sent(), [0xE0, 1, code], "alias {alias}");
    }
}

#[test]
fn what_asks_to_be_retained_is_refused_where_that_can_be_said() {
    let mut pair = Pair::open(V5);
    pair.sent();
    pair.bytes(&publish(V5, 1, "a", 0, &[], b""));
    assert_eq!(pair.sent(), [0xE0, 1, 0x9A]);
    let mut pair = Pair::open(V3);
    pair.bytes(&publish(V3, 1, "a", 0, &[], b""));
    assert!(pair.message().1.retain);
}

#[test]
fn properties_of_a_message_reach_the_broker() {
    let mut pair = Pair::open(V5);
    let properties = [
        &[0x01, 1, 0x02, 0, 0, 0, 60][..],
        b"\x03\0\x04text",
        b"\x08\0\x01r",
        b"\x09\0\x02\0\xFF",
        b"\x26\0\x01k\0\x01v\x26\0\x01k\0\x01w",
    ]
    .concat();
    pair.bytes(&publish(V5, 2, "a", 1, &properties, b"x"));
    let about = pair.message().1.properties;
    assert!(about.is_text);
    assert_eq!(about.expiry_seconds, Some(60));
    assert_eq!(about.content_type.as_deref(), Some("text"));
    assert_eq!(about.response_topic.unwrap().as_str(), "r");
    assert_eq!(about.correlation_data, Some(vec![0, 0xFF]));
    let pair_of = |k: &str, v: &str| (k.to_owned(), v.to_owned());
    assert_eq!(about.user, [pair_of("k", "v"), pair_of("k", "w")]);
}
