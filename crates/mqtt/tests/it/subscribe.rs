//! Subscriptions: filter by filter, in order, never more than was asked for.

use crate::pair::{Pair, V3, V5, packet, subscribe, text};
use mqtt::exchange::{Input, Output, RequestHandle, RetainHandling};
use mqtt::message::Qos;
use mqtt::reason::{SubscribeRefusal as No, Unsubscribed};

fn asked(pair: &mut Pair) -> (RequestHandle, Vec<mqtt::exchange::Subscription>) {
    match pair.outputs().pop() {
        Some(Output::Subscribe(handle, filters)) => (handle, filters),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_filter_has_its_own_answer() {
    let answers = vec![Ok(Qos::AtLeastOnce), Err(No::NotAuthorized), Ok(Qos::ExactlyOnce)];
    for (level, expected) in [
        (V3, vec![0x90, 5, 0, 2, 1, 0x80, 0]),
        (V5, vec![0x90, 6, 0, 2, 0, 1, 0x87, 0]),
    ] {
        let mut pair = Pair::open(level);
        pair.sent();
        pair.bytes(&subscribe(level, 2, &[("s/ds", 2), ("s/us", 1), ("s/e", 0)]));
        let (handle, filters) = asked(&mut pair);
        assert_eq!(
            filters.iter().map(|f| f.filter.as_str()).collect::<Vec<_>>(),
            ["s/ds", "s/us", "s/e"]
        );
        assert_eq!(pair.sent(), b"");
        pair.input(Input::Subscribed(handle, answers.clone()));
        assert_eq!(
            pair.sent(),
            expected,
            "granted 1 of 2, refused, and not more than 0"
        );
    }
}

#[test]
fn all_reasons_have_their_codes() {
    for (why, code) in [
        (No::Unspecified, 0x80),
        (No::Content, 0x83),
        (No::NotAuthorized, 0x87),
        (No::TopicFilter, 0x8F),
        (No::QuotaExceeded, 0x97),
    ] {
        for (level, expected) in [
            (V3, vec![0x90, 3, 0, 2, 0x80]),
            (V5, vec![0x90, 4, 0, 2, 0, code]),
        ] {
            let mut pair = Pair::open(level);
            pair.sent();
            pair.bytes(&subscribe(level, 2, &[("a", 1)]));
            let (handle, _) = asked(&mut pair);
            pair.input(Input::Subscribed(handle, vec![Err(why)]));
            assert_eq!(pair.sent(), expected);
        }
    }
}

#[test]
fn shared_subscriptions_are_refused_and_spoil_nothing() {
    for (level, expected) in [
        (V3, vec![0x90, 4, 0, 2, 0x80, 1]),
        (V5, vec![0x90, 5, 0, 2, 0, 0x9E, 1]),
    ] {
        let mut pair = Pair::open(level);
        pair.sent();
        pair.bytes(&subscribe(level, 2, &[("$share/g/s/ds", 1), ("s/ds", 1)]));
        let (handle, filters) = asked(&mut pair);
        assert_eq!(filters.len(), 1);
        pair.input(Input::Subscribed(handle, vec![Ok(Qos::AtLeastOnce)]));
        assert_eq!(pair.sent(), expected);
        pair.bytes(&subscribe(level, 3, &[("$share/g/a", 0)]));
        assert_eq!(pair.outputs(), [], "the broker is not asked");
        assert_eq!(
            pair.sent().last(),
            if level == V5 { Some(&0x9E) } else { Some(&0x80) }
        );
    }
}

#[test]
fn options_and_the_identifier_of_5_0_reach_the_broker() {
    let mut pair = Pair::open(V5);
    pair.bytes(&packet(
        0x82,
        &[&[0, 1, 2, 0x0B, 9], &text("a/#"), &[0b0010_1101]],
    ));
    let (_, filters) = asked(&mut pair);
    assert!(filters[0].no_local && filters[0].retain_as_published);
    assert_eq!(filters[0].retain_handling, RetainHandling::Never);
    assert_eq!(
        (filters[0].qos, filters[0].identifier),
        (Qos::AtLeastOnce, Some(9))
    );
}

#[test]
fn unsubscribing_is_confirmed_by_filter_in_5_0_and_bare_in_3_1_1() {
    for (level, expected) in [(V3, vec![0xB0, 2, 0, 4]), (V5, vec![0xB0, 5, 0, 4, 0, 0, 0x11])] {
        let mut pair = Pair::open(level);
        pair.sent();
        let about: &[u8] = if level == V5 { &[0] } else { &[] };
        pair.bytes(&packet(0xA2, &[&[0, 4], about, &text("a"), &text("b/+")]));
        let Some(Output::Unsubscribe(handle, filters)) = pair.outputs().pop() else {
            panic!()
        };
        assert_eq!(filters.len(), 2);
        pair.input(Input::Unsubscribed(
            handle,
            vec![Unsubscribed::Done, Unsubscribed::NotSubscribed],
        ));
        assert_eq!(pair.sent(), expected);
    }
}

#[test]
fn an_answer_to_another_question_changes_nothing() {
    let mut pair = Pair::open(V3);
    pair.bytes(&subscribe(V3, 2, &[("a", 1)]));
    let (handle, _) = asked(&mut pair);
    pair.sent();
    pair.input(Input::Unsubscribed(handle, vec![]));
    assert_eq!(pair.sent(), b"");
    pair.input(Input::Subscribed(handle, vec![]));
    assert_eq!(pair.sent(), [0x90, 3, 0, 2, 0x80], "no answer is no");
}

#[test]
fn too_many_open_questions_stop_the_reading() {
    let mut pair = Pair::open(V3);
    for id in 1..=8 {
        assert!(pair.session.wants_bytes());
        pair.bytes(&subscribe(V3, id, &[("a", 1)]));
    }
    assert!(!pair.session.wants_bytes());
    let (handle, _) = asked(&mut pair);
    pair.input(Input::Subscribed(handle, vec![Ok(Qos::AtMostOnce)]));
    assert!(pair.session.wants_bytes());
}
