//! What the standard forbids a client, one row each: the server closes the connection, and 5.0 says why.

use crate::pair::{Pair, V3, V5, connect_with, packet, publish, subscribe, text};
use mqtt::exchange::Cause;
use mqtt::limits::Limits;
use mqtt::reason::ConnectRefusal;
use mqtt::reason::Disconnect::{
    self, Malformed, PacketTooLarge, Protocol, QuotaExceeded, TopicFilter, TopicName,
};

fn refuses(level: u8, what: &str, bytes: &[u8], why: Disconnect) {
    let mut pair = Pair::open(level);
    pair.sent();
    pair.bytes(bytes);
    assert_eq!(pair.cause(), Cause::Disconnected(why), "{what} (level {level})");
    let expected = if level == V5 {
        vec![0xE0, 1, why.code_5()]
    } else {
        vec![]
    };
    assert_eq!(pair.sent(), expected, "{what}");
}

#[test]
fn both_versions_refuse_broken_packets() {
    for level in [V3, V5] {
        let rows: Vec<(&str, Vec<u8>, Disconnect)> = vec![
            ("type 0", vec![0x00, 0], Malformed),
            ("QoS 3", publish(level, 6, "a", 1, &[], b""), Malformed),
            ("DUP of QoS 0", publish(level, 8, "a", 0, &[], b""), Malformed),
            (
                "PUBLISH with id 0",
                publish(level, 2, "a", 0, &[], b""),
                Malformed,
            ),
            (
                "PUBLISH of QoS 2 with id 0",
                publish(level, 4, "a", 0, &[], b""),
                Malformed,
            ),
            ("PUBLISH without an id", packet(0x32, &[&text("a")]), Malformed),
            (
                "a topic longer than its packet",
                vec![0x30, 3, 0, 9, b'a'],
                Malformed,
            ),
            ("an empty PUBLISH", vec![0x30, 0], Malformed),
            ("a topic with +", publish(level, 0, "a/+", 0, &[], b""), TopicName),
            ("a topic with #", publish(level, 0, "a#", 0, &[], b""), TopicName),
            (
                "a topic with a null",
                publish(level, 0, "a\0b", 0, &[], b""),
                TopicName,
            ),
            (
                "an endless topic",
                publish(level, 0, &"x".repeat(1025), 0, &[], b""),
                TopicName,
            ),
            ("no topic", publish(level, 0, "", 0, &[], b""), Protocol),
            (
                "a topic that is not UTF-8",
                vec![0x30, 6, 0, 2, 0xC3, 0x28, 0, 0],
                Malformed,
            ),
            (
                "half a surrogate",
                vec![0x30, 6, 0, 3, 0xED, 0xA0, 0x80, 0],
                Malformed,
            ),
            (
                "SUBSCRIBE with flags 0",
                [&[0x80], &subscribe(level, 1, &[("a", 0)])[1..]].concat(),
                Malformed,
            ),
            (
                "SUBSCRIBE with flags 3",
                [&[0x83], &subscribe(level, 1, &[("a", 0)])[1..]].concat(),
                Malformed,
            ),
            ("SUBSCRIBE with id 0", subscribe(level, 0, &[("a", 0)]), Malformed),
            ("SUBSCRIBE to nothing", subscribe(level, 1, &[]), Protocol),
            (
                "SUBSCRIBE with QoS 3",
                subscribe(level, 1, &[("a", 3)]),
                Malformed,
            ),
            (
                "SUBSCRIBE with reserved bits",
                subscribe(level, 1, &[("a", 0x41)]),
                Malformed,
            ),
            (
                "SUBSCRIBE to a/#/b",
                subscribe(level, 1, &[("a/#/b", 0)]),
                TopicFilter,
            ),
            (
                "SUBSCRIBE to a+",
                subscribe(level, 1, &[("ok", 0), ("a+", 0)]),
                TopicFilter,
            ),
            (
                "SUBSCRIBE to an empty filter",
                subscribe(level, 1, &[("", 0)]),
                TopicFilter,
            ),
            (
                "SUBSCRIBE to a null",
                subscribe(level, 1, &[("a\0", 0)]),
                TopicFilter,
            ),
            (
                "SUBSCRIBE to too much",
                subscribe(level, 1, &[("a", 0); 33]),
                QuotaExceeded,
            ),
            (
                "UNSUBSCRIBE with flags 0",
                vec![0xA0, 5, 0, 1, 0, 1, b'a'],
                Malformed,
            ),
            (
                "UNSUBSCRIBE with id 0",
                vec![0xA2, 5, 0, 0, 0, 1, b'a'],
                Malformed,
            ),
            ("PUBREL with flags 0", vec![0x60, 2, 0, 1], Malformed),
            ("PUBREL with id 0", vec![0x62, 2, 0, 0], Malformed),
            ("PUBACK with flags", vec![0x41, 2, 0, 1], Malformed),
            ("PUBACK with id 0", vec![0x40, 2, 0, 0], Malformed),
            ("PUBACK without an id", vec![0x40, 0], Malformed),
            ("PUBREC with flags", vec![0x52, 2, 0, 1], Malformed),
            ("PUBCOMP with half an id", vec![0x70, 1, 1], Malformed),
            ("PINGREQ with flags", vec![0xC2, 0], Malformed),
            ("PINGREQ with a body", vec![0xC0, 1, 0], Malformed),
            ("DISCONNECT with flags", vec![0xE1, 0], Malformed),
            ("CONNACK", vec![0x20, 2, 0, 0], Protocol),
            ("SUBACK", vec![0x90, 3, 0, 1, 0], Protocol),
            ("UNSUBACK", vec![0xB0, 2, 0, 1], Protocol),
            ("PINGRESP", vec![0xD0, 0], Protocol),
            ("AUTH", vec![0xF0, 0], Protocol),
            (
                "a length of five bytes",
                vec![0x30, 0xFF, 0xFF, 0xFF, 0xFF, 1],
                Malformed,
            ),
            (
                "a packet longer than agreed",
                vec![0x30, 0x80, 0x80, 0x01],
                PacketTooLarge,
            ),
        ];
        for (what, bytes, why) in rows {
            refuses(level, what, &bytes, why);
        }
    }
}

#[test]
fn version_3_1_1_has_no_properties_and_no_options() {
    refuses(V3, "options of 5.0", &subscribe(V3, 1, &[("a", 0x04)]), Malformed);
    refuses(
        V3,
        "retain handling",
        &subscribe(V3, 1, &[("a", 0x10)]),
        Malformed,
    );
    refuses(V3, "DISCONNECT with a reason", &[0xE0, 1, 0], Malformed);
    refuses(V3, "PUBACK with a reason", &[0x40, 3, 0, 1, 0], Malformed);
    refuses(V3, "UNSUBSCRIBE from nothing", &[0xA2, 2, 0, 1], Protocol);
}

#[test]
fn version_5_0_keeps_its_own_rules() {
    let rows: Vec<(&str, Vec<u8>, Disconnect)> = vec![
        ("a padded length", vec![0xC0, 0x80, 0x00], Malformed),
        (
            "PUBLISH without a length of properties",
            packet(0x30, &[&text("a")]),
            Malformed,
        ),
        (
            "properties longer than the packet",
            vec![0x30, 4, 0, 1, b'a', 9],
            Malformed,
        ),
        (
            "a property of CONNECT",
            publish(V5, 0, "a", 0, &[0x21, 0, 1], b""),
            Protocol,
        ),
        (
            "an unknown property",
            publish(V5, 0, "a", 0, &[0x7F, 0], b""),
            Malformed,
        ),
        (
            "a property twice",
            publish(V5, 0, "a", 0, &[1, 0, 1, 0], b""),
            Protocol,
        ),
        (
            "a subscription identifier",
            publish(V5, 0, "a", 0, &[0x0B, 1], b""),
            Protocol,
        ),
        (
            "a text format of 2",
            publish(V5, 0, "a", 0, &[1, 2], b""),
            Protocol,
        ),
        (
            "a response topic with #",
            publish(V5, 0, "a", 0, b"\x08\0\x01#", b""),
            Protocol,
        ),
        (
            "a null in a property",
            publish(V5, 0, "a", 0, b"\x26\0\x01\0\0\0", b""),
            Malformed,
        ),
        (
            "SUBSCRIBE with identifier 0",
            packet(0x82, &[&[0, 1, 2, 0x0B, 0], &text("a"), &[0]]),
            Protocol,
        ),
        ("retain handling 3", subscribe(V5, 1, &[("a", 0x30)]), Malformed),
        (
            "a shared one without own messages",
            subscribe(V5, 1, &[("$share/g/a", 4)]),
            Protocol,
        ),
        ("an unknown reason", vec![0x40, 3, 0, 1, 0x55], Malformed),
        (
            "a good-bye with an unknown reason",
            vec![0xE0, 1, 0x55],
            Malformed,
        ),
        (
            "a good-bye with a server",
            [&[0xE0, 6, 0, 4, 0x1C][..], &text("x")].concat(),
            Protocol,
        ),
        ("UNSUBSCRIBE from nothing", vec![0xA2, 3, 0, 1, 0], Protocol),
    ];
    for (what, bytes, why) in rows {
        refuses(V5, what, &bytes, why);
    }
    // A small device of 3.1.1 may leave room for its length.
    let mut pair = Pair::open(V3);
    pair.sent();
    pair.bytes(&[0xC0, 0x80, 0x00]);
    assert_eq!(pair.sent(), [0xD0, 0]);
}

#[test]
fn a_connect_that_contradicts_itself_is_refused() {
    let id = text("x");
    let will = [text("w"), text("")].concat();
    let will_5 = [vec![0], will].concat();
    let rows: Vec<(&str, u8, Vec<u8>)> = vec![
        ("the reserved bit", 0x03, id.clone()),
        ("QoS of no will", 0x0A, id.clone()),
        ("retained, but no will", 0x22, id.clone()),
        ("a will of QoS 3", 0x1E, [id.clone(), will_5].concat()),
        ("a will that is missing", 0x06, id.clone()),
        ("a user that is missing", 0x82, id.clone()),
        ("too much", 0x02, [id.clone(), id.clone()].concat()),
        ("a null in the client id", 0x02, text("a\0")),
        ("a null in the user name", 0x82, [id, text("u\0")].concat()),
        ("a client id that is not UTF-8", 0x02, vec![0, 1, 0xFF]),
    ];
    for (what, flags, payload) in rows {
        for level in [V3, V5] {
            let mut pair = Pair::new();
            pair.bytes(&connect_with(level, flags, &[], &[&payload]));
            assert_eq!(
                pair.cause(),
                Cause::Refused(ConnectRefusal::Malformed),
                "{what} (level {level})"
            );
            let expected = if level == V5 {
                vec![0x20, 3, 0, 0x81, 0]
            } else {
                vec![]
            };
            assert_eq!(pair.sent(), expected, "{what}");
        }
    }
}

#[test]
fn properties_of_a_connect_are_checked() {
    for (what, properties, why) in [
        ("receive maximum 0", &[0x21, 0, 0][..], ConnectRefusal::Protocol),
        ("packet size 0", &[0x27, 0, 0, 0, 0], ConnectRefusal::Protocol),
        ("one twice", &[0x21, 0, 1, 0x21, 0, 1], ConnectRefusal::Protocol),
        ("one of PUBLISH", &[0x23, 0, 1], ConnectRefusal::Protocol),
        ("a flag of 2", &[0x17, 2], ConnectRefusal::Protocol),
        ("data without a method", b"\x16\0\x01x", ConnectRefusal::Protocol),
        (
            "a method",
            b"\x15\0\x01x",
            ConnectRefusal::BadAuthenticationMethod,
        ),
    ] {
        let mut pair = Pair::new();
        pair.bytes(&connect_with(V5, 2, properties, &[&text("x")]));
        assert_eq!(pair.cause(), Cause::Refused(why), "{what}");
    }
}

#[test]
fn a_will_has_a_proper_topic() {
    for topic in ["", "a/#", "a\0"] {
        let mut pair = Pair::new();
        pair.bytes(&connect_with(
            V5,
            6,
            &[],
            &[&text("x"), &[0], &text(topic), &text("")],
        ));
        assert_eq!(pair.sent(), [0x20, 3, 0, 0x90, 0]);
        let mut pair = Pair::new();
        pair.bytes(&connect_with(V3, 6, &[], &[&text("x"), &text(topic), &text("")]));
        assert_eq!(
            (pair.sent(), pair.cause()),
            (vec![], Cause::Refused(ConnectRefusal::TopicName))
        );
    }
}

#[test]
fn a_will_may_not_be_retained_where_nothing_is() {
    let hello = connect_with(V5, 0x26, &[], &[&text("x"), &[0], &text("w"), &text("")]);
    let mut pair = Pair::new();
    pair.bytes(&hello);
    pair.question();
    pair.input(mqtt::exchange::Input::Accepted(Box::default()));
    assert_eq!(pair.sent(), [0x20, 3, 0, 0x9A, 0]);
    let end = pair.end();
    assert_eq!(
        (end.cause, end.will),
        (Cause::Refused(ConnectRefusal::RetainNotSupported), None)
    );
}

#[test]
fn the_largest_packet_is_taken_and_one_byte_more_is_not() {
    let limits = Limits {
        packet_bytes_max: 200,
        ..Limits::DEFAULT
    };
    for (payload, is_over) in [(194, false), (195, true)] {
        let mut pair = Pair::open_with(&crate::pair::connect(V3), limits.clone(), None);
        pair.bytes(&publish(V3, 0, "a", 0, &[], &vec![0; payload]));
        assert_eq!(pair.session.is_over(), is_over, "{payload}");
    }
}
