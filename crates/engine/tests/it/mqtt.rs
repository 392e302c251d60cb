//! What is kept of sessions over MQTT: for as long as they last, and of each only what belongs to it.

use crate::house::House;
use engine::caller::Caller;
use engine::mqtt::{ConnectAs, Earlier, Found, NewWill, Received, ToKeep, WillChange};
use engine::refusal::Refusal;
use model::registration::DeviceId;
use model::roles::Role;
use std::ops::ControlFlow;
use store::backend::{Backend, Direction, KeyRange, Space};

/// The table of sessions.
const MQTT_SESSION: u8 = 171;
/// The table of wills.
const MQTT_WILL: u8 = 180;
const SECONDS: u32 = 600;
const NOTHING: Earlier = Earlier {
    waiting: None,
    over: Vec::new(),
};
const ANEW: WillChange = WillChange::BeginsAnew(NOTHING, None);

fn device() -> DeviceId {
    "SN1".parse().expect("a device id")
}

fn person(house: &House, tenant: &str) -> Caller {
    house.person(tenant, "somebody", &[Role::InventoryCreate])
}

fn keep(house: &House, who: &Caller, content: &[u8]) {
    keep_with(house, who, content, ANEW);
}

fn keep_with(house: &House, who: &Caller, content: &[u8], will: WillChange) {
    let kept = ToKeep {
        content: content.to_vec(),
        seconds: SECONDS,
        will,
    };
    let device = device();
    let kept = house.door.keep_mqtt_session(who, &device, kept);
    house.wait(kept).expect("kept");
}

/// Something takes effect of a message of QoS 2.
fn receive(house: &House, who: &Caller) {
    let received = Received {
        device: device(),
        packet: 7,
        parts: 1,
    };
    house.object(&who.clone().carrying_out(vec![received]), "made");
}

fn found(house: &House, who: &Caller) -> Option<Found> {
    house.ask(who, ConnectAs(device())).expect("it may connect")
}

fn forget_old(house: &House) -> Result<(), Refusal> {
    house.wait(house.door.forget_old_mqtt_sessions())
}

/// Makes what is kept of the sessions of a tenant unreadable.
fn damage(house: &House, tenant: &str) {
    let kept = sessions(house, tenant);
    assert!(!kept.is_empty());
    damage_rows(house, kept);
}

fn damage_rows(house: &House, kept: Vec<Vec<u8>>) {
    let mut tx = house.backend.begin().expect("the writer");
    for key in kept {
        tx.put(Space::Payload, &key, b"damaged").expect("written");
    }
    tx.commit().expect("durable");
}

/// The keys of the kept sessions of a tenant.
fn sessions(house: &House, tenant: &str) -> Vec<Vec<u8>> {
    keys_of(house, tenant, MQTT_SESSION)
}

fn keys_of(house: &House, tenant: &str, table: u8) -> Vec<Vec<u8>> {
    let mut keys = Vec::new();
    let snapshot = house.backend.snapshot().expect("a snapshot");
    let mut prefix = house.tenant(tenant).0.to_be_bytes().to_vec();
    prefix.push(table);
    let all = KeyRange::prefix(&prefix);
    let note = &mut |key: &[u8], _: &[u8]| {
        keys.push(key.to_vec());
        ControlFlow::Continue(())
    };
    snapshot
        .scan(Space::Payload, &all, Direction::Forward, note)
        .expect("read");
    keys
}

#[test]
fn sessions_that_are_over_are_forgotten_also_behind_a_tenant_whose_own_cannot_be_read() {
    let house = House::new();
    for tenant in ["alpha", "beta"] {
        keep(&house, &person(&house, tenant), b"kept");
    }
    damage(&house, "alpha");
    house.world.advance(i64::from(SECONDS) * 1_000);
    assert!(forget_old(&house).is_err(), "it is told");
    assert_eq!(sessions(&house, "alpha").len(), 1);
    assert_eq!(sessions(&house, "beta"), [[0; 0]; 0]);
}

// R086
#[test]
fn what_was_received_in_a_session_goes_with_it() {
    let house = House::new();
    let who = person(&house, "alpha");
    keep(&house, &who, b"kept");
    receive(&house, &who);
    let kept = found(&house, &who).expect("stored");
    assert_eq!(
        (kept.content, kept.received),
        (Some(b"kept".to_vec()), vec![(7, 1)])
    );
    house.world.advance(i64::from(SECONDS) * 1_000);
    let over = found(&house, &who).expect("stored");
    assert_eq!(over.content, None, "it is over");
    forget_old(&house).expect("forgotten");
    assert!(found(&house, &who).is_none());
}

// R086
#[test]
fn what_was_received_without_a_session_is_found_and_goes_when_another_begins() {
    let house = House::new();
    let who = person(&house, "alpha");
    for is_kept in [true, false] {
        receive(&house, &who);
        let left = found(&house, &who).expect("something is left");
        assert_eq!((left.content, left.received), (None, vec![(7, 1)]));
        if is_kept {
            keep(&house, &who, b"kept");
            assert_eq!(found(&house, &who).expect("stored").received, []);
        }
        let device = device();
        let forgotten = house.door.forget_mqtt_session(&who, &device, ANEW);
        house.wait(forgotten).expect("forgotten");
        assert!(found(&house, &who).is_none());
    }
}

fn will(number: u64) -> Option<NewWill> {
    Some(NewWill {
        number,
        delay_seconds: 0,
        content: b"gone".to_vec(),
    })
}

/// The numbers of the wills that are found at a start.
fn wills(house: &House) -> Vec<u64> {
    let (left, outcome) = house.wait(house.door.left_mqtt_wills());
    outcome.expect("looked at");
    let mut numbers: Vec<_> = left.iter().map(|will| will.number).collect();
    numbers.sort_unstable();
    numbers
}

// R139
#[test]
fn a_will_that_cannot_be_read_holds_up_no_other() {
    let house = House::new();
    let (alpha, beta) = (person(&house, "alpha"), person(&house, "beta"));
    for (who, number) in [(&alpha, 1), (&alpha, 2), (&beta, 3)] {
        keep_with(&house, who, b"kept", WillChange::GoesOn(NOTHING, will(number)));
    }
    assert_eq!(wills(&house), [1, 2, 3]);
    let mut of_alpha = keys_of(&house, "alpha", MQTT_WILL);
    of_alpha.truncate(1);
    damage_rows(&house, of_alpha);
    assert_eq!(wills(&house), [2, 3]);
}

#[test]
fn wills_that_are_over_go_when_their_session_begins_again() {
    let house = House::new();
    let who = person(&house, "alpha");
    for number in 1..=5 {
        keep_with(&house, &who, b"kept", WillChange::GoesOn(NOTHING, will(number)));
    }
    let earlier = |waiting, over| Earlier {
        waiting: Some(waiting),
        over,
    };
    keep_with(
        &house,
        &who,
        b"kept",
        WillChange::GoesOn(earlier(1, vec![2]), will(6)),
    );
    assert_eq!(wills(&house), [3, 4, 5, 6]);
    keep_with(
        &house,
        &who,
        b"kept",
        WillChange::BeginsAnew(earlier(3, vec![4]), None),
    );
    // The time of the one that waits has come, and it is forgotten when it is published.
    assert_eq!(wills(&house), [3, 5, 6]);
}

#[test]
fn who_cannot_be_looked_at_now_is_not_taken_for_signed_out() {
    let house = House::new();
    let who = person(&house, "alpha");
    // Users, and all that is asked of them.
    let snapshot = house.backend.snapshot().expect("a snapshot");
    let mut tx = house.backend.begin().expect("the writer");
    let damage = &mut |key: &[u8], _: &[u8]| {
        tx.put(Space::Identity, key, b"damaged").expect("written");
        ControlFlow::Continue(())
    };
    let all = KeyRange::prefix(&house.tenant("alpha").0.to_be_bytes());
    snapshot
        .scan(Space::Identity, &all, Direction::Forward, damage)
        .expect("read");
    tx.commit().expect("durable");
    assert!(matches!(
        house.ask(&who, ConnectAs(device())),
        Err(Refusal::Fault(_))
    ));
    let may = house.wait(house.door.still_signed_in(vec![who]));
    assert_eq!(may, Some(vec![true]));
}
