//! The clock: silence ends connections, waiting for the broker does not.

use crate::pair::{Pair, V3, V5, connect, packet, publish, seconds, text};
use mqtt::exchange::{Accepted, Cause, Input, PublishAnswer};
use mqtt::limits::{CONNECT_TIMEOUT, Limits};
use mqtt::reason::Disconnect;

#[test]
fn who_does_not_connect_is_not_waited_for() {
    let mut pair = Pair::new();
    assert_eq!(pair.session.wake_at(), Some(pair.now + CONNECT_TIMEOUT));
    pair.wait(CONNECT_TIMEOUT / 2);
    pair.bytes(&connect(V3)[..5]);
    pair.wait(CONNECT_TIMEOUT / 2);
    assert_eq!((pair.cause(), pair.sent()), (Cause::ConnectTimeout, vec![]));
    assert_eq!(pair.session.wake_at(), None);
}

#[test]
fn one_and_a_half_intervals_of_silence_are_enough() {
    for (level, farewell) in [(V3, vec![]), (V5, vec![0xE0, 1, 0x8D])] {
        let mut pair = Pair::open(level);
        pair.sent();
        pair.wait(seconds(80));
        pair.bytes(&[0xC0, 0]);
        assert_eq!(pair.sent(), [0xD0, 0]);
        assert_eq!(pair.session.wake_at(), Some(pair.now + seconds(90)));
        pair.wait(seconds(89));
        // Half a packet is no packet.
        pair.bytes(&[0xC0]);
        pair.wait(seconds(1));
        assert_eq!(pair.cause(), Cause::Disconnected(Disconnect::KeepAliveTimeout));
        assert_eq!(pair.sent(), farewell);
    }
}

#[test]
fn who_waits_for_the_broker_is_not_silent() {
    let limits = Limits {
        unanswered_max: 1,
        ..Limits::DEFAULT
    };
    let mut pair = Pair::open_with(&connect(V3), limits, None);
    pair.bytes(&publish(V3, 2, "a", 1, &[], b""));
    let (handle, _) = pair.message();
    assert_eq!(pair.session.wake_at(), None);
    pair.wait(seconds(500));
    assert!(!pair.session.is_over());
    pair.answer(handle, PublishAnswer::Accepted);
    assert_eq!(pair.session.wake_at(), Some(pair.now + seconds(90)));
    let mut pair = Pair::new();
    pair.bytes(&connect(V3));
    assert_eq!(pair.session.wake_at(), None, "nobody is asked to hurry");
}

#[test]
fn long_and_endless_intervals_are_shortened() {
    let hello = |level: u8, keep_alive: u16| {
        let about: &[u8] = if level == V5 { &[0] } else { &[] };
        packet(
            0x10,
            &[
                b"\0\x04MQTT",
                &[level, 2],
                &keep_alive.to_be_bytes(),
                about,
                &text("x"),
            ],
        )
    };
    let limits = Limits {
        keep_alive_seconds_max: 100,
        ..Limits::DEFAULT
    };
    for (level, asked, interval, told) in [
        (V3, 0, 150, false),
        (V3, 600, 150, false),
        (V3, 20, 30, false),
        (V5, 0, 150, true),
        (V5, 600, 150, true),
        (V5, 20, 30, false),
    ] {
        let mut pair = Pair::new();
        pair.bytes(&hello(level, asked));
        let accepted = Accepted {
            limits: limits.clone(),
            ..Accepted::default()
        };
        pair.input(Input::Accepted(Box::new(accepted)));
        assert_eq!(
            pair.session.wake_at(),
            Some(pair.now + seconds(interval)),
            "{level} {asked}"
        );
        let is_told = pair.sent().windows(3).any(|at| at == [0x13, 0, 100]);
        assert_eq!(is_told, told, "{level} {asked}");
    }
}
