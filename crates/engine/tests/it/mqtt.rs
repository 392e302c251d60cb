//! What is kept of sessions over MQTT: for as long as they last, and of each only what belongs to it.

use crate::house::House;
use engine::caller::Caller;
use engine::mqtt::{ConnectAs, Found, Received, ToKeep, WillChange};
use engine::refusal::Refusal;
use model::registration::DeviceId;
use model::roles::Role;
use std::ops::ControlFlow;
use store::backend::{Backend, Direction, KeyRange, Space};

/// The table of sessions.
const MQTT_SESSION: u8 = 171;
const SECONDS: u32 = 600;
const ANEW: WillChange = WillChange::BeginsAnew(None, None);

fn device() -> DeviceId {
    "SN1".parse().expect("a device id")
}

fn person(house: &House, tenant: &str) -> Caller {
    house.person(tenant, "somebody", &[Role::InventoryCreate])
}

fn keep(house: &House, who: &Caller, content: &[u8]) {
    let kept = ToKeep {
        content: content.to_vec(),
        seconds: SECONDS,
        will: ANEW,
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
    let mut tx = house.backend.begin().expect("the writer");
    for key in kept {
        tx.put(Space::Payload, &key, b"damaged").expect("written");
    }
    tx.commit().expect("durable");
}

/// The keys of the kept sessions of a tenant.
fn sessions(house: &House, tenant: &str) -> Vec<Vec<u8>> {
    let mut keys = Vec::new();
    let snapshot = house.backend.snapshot().expect("a snapshot");
    let mut prefix = house.tenant(tenant).0.to_be_bytes().to_vec();
    prefix.push(MQTT_SESSION);
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
