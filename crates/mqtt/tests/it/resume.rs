//! What outlives a connection: taken over by the next one or stored in between, by either version.

use crate::pair::{Pair, V3, V5, connect_with, publish, seconds, text};
use mqtt::exchange::{Cause, Input, Output, PublishAnswer, Settlement};
use mqtt::limits::Limits;
use mqtt::message::{DeliveryId, Qos};
use mqtt::reason::Disconnect;
use mqtt::session::state::SessionState;

fn kept() -> Limits {
    Limits {
        session_expiry_seconds_max: u32::MAX,
        ..Limits::DEFAULT
    }
}

/// A CONNECT that asks for the earlier session.
fn hello(level: u8) -> Vec<u8> {
    connect_with(
        level,
        0,
        if level == V5 { &[0x11, 0, 0, 1, 0] } else { &[] },
        &[&text("dev1")],
    )
}

/// The state as it comes back from a disk.
fn stored(pair: &Pair) -> SessionState {
    let bytes = postcard::to_allocvec(&pair.session.state(pair.now)).unwrap();
    postcard::from_bytes(&bytes).unwrap()
}

#[test]
fn what_was_not_confirmed_comes_again_in_order_and_with_its_ids() {
    for (before, after) in [(V3, V3), (V5, V5), (V3, V5), (V5, V3)] {
        let mut pair = Pair::open_with(&hello(before), kept(), None);
        for (id, qos) in [
            (1, Qos::ExactlyOnce),
            (2, Qos::AtLeastOnce),
            (3, Qos::ExactlyOnce),
        ] {
            pair.deliver(id, "a", &[id as u8], qos);
        }
        pair.bytes(&[0x50, 2, 0, 1]);
        pair.input(Input::Closed);
        assert_eq!(
            pair.end().session_expiry_seconds,
            if before == V5 { 256 } else { u32::MAX }
        );
        let state = stored(&pair);
        assert_eq!(
            state.deliveries().collect::<Vec<_>>(),
            [DeliveryId(1), DeliveryId(2), DeliveryId(3)]
        );

        let mut pair = Pair::open_with(&hello(after), kept(), Some(state));
        let none: &[u8] = if after == V5 { &[0] } else { &[] };
        let length = 6 + none.len() as u8;
        let sent = pair.sent();
        assert_eq!(sent[2], 1, "session present");
        let again = [
            &[0x62, 2, 0, 1][..],
            &[0x3A, length, 0, 1, b'a', 0, 2],
            none,
            &[2, 0x3C, length, 0, 1, b'a', 0, 3],
            none,
            &[3],
        ]
        .concat();
        assert!(sent.ends_with(&again), "{sent:?}");
        pair.bytes(&[0x70, 2, 0, 1, 0x40, 2, 0, 2]);
        let done = |id| Output::Settled(DeliveryId(id), Settlement::Delivered);
        assert_eq!(pair.outputs(), [done(1), done(2)]);
    }
}

#[test]
fn what_comes_again_keeps_to_the_new_receive_maximum() {
    let mut pair = Pair::open_with(&hello(V5), kept(), None);
    for id in 1..=3 {
        pair.deliver(id, "a", b"", Qos::AtLeastOnce);
    }
    pair.input(Input::Closed);
    let narrow = connect_with(V5, 0, &[0x21, 0, 1], &[&text("dev1")]);
    let mut pair = Pair::open_with(&narrow, kept(), Some(stored(&pair)));
    let count = |sent: Vec<u8>| sent.iter().filter(|byte| **byte == 0x3A).count();
    assert_eq!(count(pair.sent()), 1);
    pair.deliver(4, "a", b"", Qos::AtMostOnce);
    assert_eq!(pair.sent(), b"", "nothing new before the old");
    pair.bytes(&[0x40, 2, 0, 1]);
    assert_eq!(count(pair.sent()), 1);
    // A refusal of what was sent again is counted once, and no more.
    pair.bytes(&[0x40, 3, 0, 2, 0x80]);
    assert_eq!(count(pair.sent()), 1);
}

#[test]
fn a_committed_message_is_not_asked_about_again_after_a_restart() {
    let mut pair = Pair::open_with(&hello(V3), kept(), None);
    pair.bytes(&publish(V3, 4, "a", 7, &[], b"x"));
    let (handle, _) = pair.message();
    pair.input(Input::Closed);
    assert_eq!(pair.session.unanswered(), 1);
    assert!(stored(&pair).is_empty(), "not yet safe");
    // The commit comes after the connection has gone.
    pair.answer(handle, PublishAnswer::Accepted);
    assert_eq!(pair.session.unanswered(), 0);

    let mut pair = Pair::open_with(&hello(V3), kept(), Some(stored(&pair)));
    pair.sent();
    pair.bytes(&publish(V3, 12, "a", 7, &[], b"x"));
    assert_eq!((pair.outputs(), pair.sent()), (vec![], vec![0x50, 2, 0, 7]));
    pair.bytes(&[0x62, 2, 0, 7]);
    assert_eq!(pair.sent(), [0x70, 2, 0, 7]);
}

#[test]
fn a_clean_start_leaves_the_past_aside() {
    let mut pair = Pair::open_with(&hello(V3), kept(), None);
    pair.deliver(1, "a", b"", Qos::AtLeastOnce);
    pair.input(Input::Closed);
    let clean = connect_with(V3, 2, &[], &[&text("dev1")]);
    let mut pair = Pair::open_with(&clean, kept(), Some(stored(&pair)));
    assert_eq!(pair.sent(), [0x20, 2, 0, 0]);
}

#[test]
fn what_waits_is_kept_but_for_qos_0_and_gets_older() {
    let narrow = connect_with(V5, 0, &[0x21, 0, 1, 0x11, 0, 0, 1, 0], &[&text("dev1")]);
    let mut pair = Pair::open_with(&narrow, kept(), None);
    for id in 1..=2 {
        let mut given = crate::pair::delivery(id, "a", b"", Qos::AtLeastOnce);
        given.properties.expiry_seconds = Some(100);
        pair.input(Input::Deliver(Box::new(given)));
    }
    pair.deliver(3, "a", b"", Qos::AtMostOnce);
    pair.input(Input::Closed);
    pair.now += seconds(40);
    let mut pair = Pair::open_with(&hello(V5), kept(), Some(stored(&pair)));
    let sent = pair.sent();
    let left = [5, 2, 0, 0, 0, 60];
    assert_eq!(sent.windows(6).filter(|at| *at == left).count(), 2, "{sent:?}");
    assert_eq!(pair.session.state(pair.now).deliveries().count(), 2);
}

#[test]
fn a_number_is_free_again_only_when_the_broker_has_forgotten_it() {
    for level in [V3, V5] {
        let mut pair = Pair::open_asking(&hello(level), kept(), None, true);
        pair.bytes(&publish(level, 4, "a", 7, &[], b"x"));
        let (handle, _) = pair.message();
        pair.answer(handle, PublishAnswer::Accepted);
        pair.sent();
        pair.bytes(&[0x62, 2, 0, 7, 0x62, 2, 0, 7]);
        assert_eq!(pair.outputs(), [Output::Release(7)], "asked once");
        assert_eq!(pair.sent(), b"");
        pair.bytes(&publish(level, 12, "a", 7, &[], b"x"));
        assert_eq!((pair.outputs(), pair.sent()), (vec![], vec![0x50, 2, 0, 7]));
        pair.input(Input::Released(7));
        assert_eq!(pair.sent(), [0x70, 2, 0, 7]);
        pair.bytes(&publish(level, 4, "a", 7, &[], b"y"));
        assert_eq!(pair.message().1.payload, b"y");
        // What the broker never heard of need not be asked.
        pair.bytes(&[0x62, 2, 0, 9]);
        assert_eq!(pair.sent().first(), Some(&0x70));
    }
}

#[test]
fn what_is_done_in_part_is_neither_confirmed_nor_refused_and_comes_again() {
    for level in [V3, V5] {
        let mut pair = Pair::open_with(&hello(level), kept(), None);
        pair.sent();
        pair.bytes(&publish(level, 4, "a", 7, &[], b"x"));
        let (handle, _) = pair.message();
        pair.answer(handle, PublishAnswer::Again(Disconnect::QuotaExceeded));
        assert_eq!(pair.cause(), Cause::Disconnected(Disconnect::QuotaExceeded));
        let farewell: &[u8] = if level == V5 { &[0xE0, 1, 0x97] } else { &[] };
        assert_eq!(pair.sent(), farewell);
        let mut pair = Pair::open_with(&hello(level), kept(), Some(stored(&pair)));
        pair.bytes(&publish(level, 12, "a", 7, &[], b"x"));
        assert_eq!(pair.message().1.payload, b"x");
    }
}

#[test]
fn a_message_of_qos_1_with_the_number_of_one_that_was_begun_leaves_that_begun() {
    let mut state = SessionState::default();
    state.begun([7].into_iter());
    let mut pair = Pair::open_asking(&hello(V3), kept(), Some(state), true);
    pair.bytes(&publish(V3, 2, "a", 7, &[], b"x"));
    let (handle, _) = pair.message();
    pair.answer(handle, PublishAnswer::Accepted);
    pair.bytes(&[0x62, 2, 0, 7]);
    assert_eq!(pair.outputs(), [Output::Release(7)]);
}

#[test]
fn what_was_begun_is_asked_about_again_or_released() {
    let mut state = SessionState::default();
    state.begun([7, 8].into_iter());
    let mut pair = Pair::open_asking(&hello(V5), kept(), Some(state), true);
    pair.sent();
    pair.bytes(&publish(V5, 12, "a", 7, &[], b"x"));
    let (handle, _) = pair.message();
    pair.answer(handle, PublishAnswer::Accepted);
    assert_eq!(pair.sent(), [0x50, 2, 0, 7]);
    pair.bytes(&[0x62, 2, 0, 8]);
    assert_eq!(pair.outputs(), [Output::Release(8)]);
    pair.input(Input::Released(8));
    assert_eq!(pair.sent(), [0x70, 2, 0, 8], "it was known");
}
