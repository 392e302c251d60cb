//! Whatever comes: no panic, no more memory than stated, and the same whether it comes at once or byte by byte.

use crate::pair::{Pair, V3, V5, connect, publish, seconds, subscribe};
use mqtt::exchange::{Input, Output, PublishAnswer};
use mqtt::limits::{Limits, MEMORY_BYTES_MAX};
use mqtt::message::Qos;
use mqtt::session::Session;
use proptest::prelude::*;

/// Packets, some of them broken.
fn traffic(level: u8) -> impl Strategy<Value = Vec<u8>> {
    let id = 0_u16..5;
    let packet = prop_oneof![
        4 => (0_u8..16, "[a-c/+]{0,4}", id.clone(), prop::collection::vec(any::<u8>(), 0..40))
            .prop_map(move |(flags, topic, id, payload)| publish(level, flags, &topic, id, &[], &payload)),
        4 => (0_u8..3, id.clone()).prop_map(move |(qos, id)| publish(level, qos << 1, "a/b", id + 1, &[], b"x")),
        1 => (id.clone(), "[a-c/+#]{0,4}", 0_u8..4).prop_map(move |(id, f, q)| subscribe(level, id, &[(&f, q)])),
        2 => (4_u8..8, id).prop_map(|(kind, id)| vec![(kind << 4) | (u8::from(kind == 6) * 2), 2, 0, id as u8]),
        2 => Just(vec![0xC0, 0]),
        1 => prop::collection::vec(any::<u8>(), 1..12),
    ];
    prop::collection::vec(packet, 0..24).prop_map(|packets| packets.concat())
}

/// Feeds pieces to an open session whose broker answers nothing, and joins what comes out.
fn joined(level: u8, pieces: &[&[u8]]) -> (Vec<Output>, Vec<u8>) {
    let mut pair = Pair::open(level);
    for piece in pieces {
        pair.bytes(piece);
    }
    (pair.outputs(), pair.sent)
}

fn any_split(level: u8, bytes: &[u8], cuts: &[prop::sample::Index]) -> Result<(), TestCaseError> {
    let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    at.extend([0, bytes.len()]);
    at.sort_unstable();
    let pieces: Vec<&[u8]> = at.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
    let single: Vec<&[u8]> = bytes.chunks(1).collect();
    let whole = joined(level, &[bytes]);
    prop_assert_eq!(&joined(level, &pieces), &whole);
    prop_assert_eq!(&joined(level, &single), &whole);
    Ok(())
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000), open in any::<bool>()) {
        for level in [V3, V5] {
            let mut pair = if open { Pair::open(level) } else { Pair::new() };
            for piece in bytes.chunks(97) {
                pair.bytes(piece);
                prop_assert!(pair.session.held_bytes() <= MEMORY_BYTES_MAX);
            }
        }
    }

    #[test]
    fn any_damage_to_a_connect_is_survived(at in 0_usize..30, byte in any::<u8>(), level in 4_u8..6) {
        let mut bytes = crate::pair::connect_with(level, 0xC6, &[], &[
            &crate::pair::text("dev1"), &[0][..usize::from(level == V5)], &crate::pair::text("w"),
            &crate::pair::text("x"), &crate::pair::text("u"), &crate::pair::text("p"),
        ]);
        let place = at % bytes.len();
        bytes[place] = byte;
        let mut pair = Pair::new();
        pair.bytes(&bytes);
        pair.input(Input::Accepted(Box::default()));
        prop_assert!(pair.session.held_bytes() <= MEMORY_BYTES_MAX);
    }

    #[test]
    fn any_split_gives_the_same(bytes in traffic(V3), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6)) {
        any_split(V3, &bytes, &cuts)?;
    }

    #[test]
    fn any_split_gives_the_same_in_5_0(bytes in traffic(V5), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6)) {
        any_split(V5, &bytes, &cuts)?;
    }

    #[test]
    fn every_message_is_confirmed_once_and_in_order(order in Just((0_usize..12).collect::<Vec<_>>()).prop_shuffle()) {
        let mut pair = Pair::open(V5);
        pair.sent();
        for id in 1..=12_u16 {
            pair.bytes(&publish(V5, 2 << (id % 2), "a", id, &[], b""));
        }
        let asked = pair.outputs();
        for at in order {
            let Output::Publish(handle, _) = &asked[at] else { panic!("{:?}", asked[at]) };
            pair.answer(*handle, PublishAnswer::Accepted);
        }
        let ids: Vec<u8> = pair.sent().chunks(4).map(|packet| packet[3]).collect();
        prop_assert_eq!(ids, (1..=12).collect::<Vec<u8>>());
    }
}

/// A client and a broker that both do their worst: nothing is read, answered or taken.
#[test]
fn the_stated_memory_is_never_exceeded() {
    for level in [V3, V5] {
        let mut session = Session::new(seconds(0));
        session.handle(Input::Bytes(&connect(level)), seconds(0));
        session.handle(Input::Accepted(Box::default()), seconds(0));
        let mut most = 0;
        for round in 0..4000_u32 {
            let id = u16::try_from(round % 60_000 + 1).unwrap();
            let bytes = publish(level, 4, "a/b", id, &[], &vec![0; (round % 4000) as usize]);
            session.handle(Input::Bytes(&bytes), seconds(0));
            let large = crate::pair::delivery(u64::from(round), "c/d", &[1; 3000], Qos::AtMostOnce);
            session.handle(Input::Deliver(Box::new(large)), seconds(0));
            most = most.max(session.held_bytes());
        }
        assert!(most <= MEMORY_BYTES_MAX, "{most} of {MEMORY_BYTES_MAX}");
        assert!(
            most > Limits::DEFAULT.unsent_bytes_max,
            "{most}: the test reaches the limits"
        );
    }
}

#[test]
fn an_idle_connection_costs_little() {
    let pair = Pair::open(V5);
    assert!(
        size_of::<Session>() + pair.session.held_bytes() < 1500,
        "{}",
        size_of::<Session>()
    );
    // Stated to operators: what the worst connection can cost.
    const { assert!(MEMORY_BYTES_MAX < 800 * 1024) };
}

#[test]
fn who_reads_without_being_asked_is_cut_off() {
    let mut pair = Pair::new();
    pair.bytes(&connect(V3));
    for _ in 0..5 {
        pair.bytes(&[0xC0; 8 * 1024]);
    }
    assert!(pair.session.is_over());
    assert!(pair.session.held_bytes() < 1024);
}
