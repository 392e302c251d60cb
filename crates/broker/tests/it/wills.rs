//! Wills: published when a client vanishes, with the rights of that moment, and not before their time.

use crate::client::{Hello, V3, V5};
use crate::pressure::caller;
use crate::venue::Venue;
use engine::mqtt::{Earlier, NewWill, ToKeep, WillChange};
use engine::refusal::Refusal;
use model::limits::{MQTT_WILLS_WAITING_PER_PRINCIPAL_MAX, WORK_QUEUE_MAX, WORKERS_MAX};
use serde_json::json;
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};
use testkit::house::Who;
use tokio::task::JoinSet;
use tokio::time::timeout;

const ROW: &str = "400,c8y_E,gone";

#[test]
fn a_will_is_published_when_the_client_vanishes_and_not_when_it_says_good_bye() {
    for level in [V3, V5] {
        let venue = Venue::new();
        let device = venue.device("t100", "SN1");
        let hello = Hello::of(level, "SN1", &device).will("s/us", ROW);
        venue.connect(level, &hello).leave();
        venue.until_nobody_is_connected();
        assert_eq!(venue.events("t100", "SN1"), [""; 0]);
        drop(venue.connect(level, &hello));
        venue.until_nobody_is_connected();
        assert_eq!(venue.events("t100", "SN1"), ["gone"]);
    }
}

#[test]
fn the_will_of_a_connection_that_was_taken_over_is_published() {
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let mut first = venue.connect(V3, &Hello::of(V3, "SN1", &device).will("s/us", ROW));
    let mut second = venue.connect_device(V3, "SN1", &device);
    first.is_closed();
    second.published("s/us", "400,c8y_E,back");
    assert_eq!(venue.events("t100", "SN1").len(), 2);
}

#[test]
fn a_will_that_waits_is_void_when_the_session_goes_on_and_published_when_it_does_not() {
    for (comes_back, expected) in [(true, 0), (false, 1)] {
        let venue = Venue::new();
        let device = venue.device("t100", "SN1");
        let hello = Hello::of(V5, "SN1", &device).kept();
        drop(venue.connect(V5, &hello.clone().will("s/us", ROW).will_delay(3_000)));
        venue.until_nobody_is_connected();
        assert_eq!(venue.events("t100", "SN1"), [""; 0]);
        let back = if comes_back { hello } else { hello.kept_anew() };
        venue.connect(V5, &back).leave();
        venue.broker.stop();
        venue.house.wait(venue.broker.settle());
        assert_eq!(venue.events("t100", "SN1").len(), expected);
    }
}

#[test]
fn a_will_is_published_when_its_delay_or_its_session_ends_whichever_comes_first() {
    for (delay, kept) in [(1, 3_600), (3_000, 1), (3_000, 0)] {
        let venue = Venue::new();
        let device = venue.device("t100", "SN1");
        let hello = Hello::of(V5, "SN1", &device).kept_for(kept);
        drop(venue.connect(V5, &hello.will("s/us", ROW).will_delay(delay)));
        let patience = Instant::now() + Duration::from_secs(20);
        while venue.events("t100", "SN1").is_empty() {
            assert!(Instant::now() < patience, "{delay} {kept}");
        }
        assert_eq!(venue.events("t100", "SN1"), ["gone"]);
    }
}

// R050: with the rights of the moment in which it is published.
#[test]
fn the_will_of_a_device_that_may_not_act_any_more_is_not_published() {
    for is_cut in [true, false] {
        let venue = Venue::new();
        let device = venue.device("t100", "SN1");
        let hello = Hello::of(V3, "SN1", &device).will("s/us", ROW);
        let mut client = venue.connect(V3, &hello);
        client.published("s/us", "400,c8y_E,here");
        let admin = venue.house.admin("t100");
        venue
            .house
            .put(&admin, "/user/t100/users/device_SN1", json!({ "enabled": false }))
            .expect(200);
        if is_cut {
            venue.house.wait(venue.broker.check());
            client.is_closed();
        }
        drop(client);
        venue.until_nobody_is_connected();
        assert_eq!(venue.events("t100", "SN1"), ["here"]);
    }
}

#[test]
fn a_will_that_the_platform_is_too_busy_for_is_published_when_it_has_time() {
    const MORE: usize = 16;
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let client = venue.connect(V3, &Hello::of(V3, "SN1", &device).will("s/us", ROW));
    let gate = Arc::new(RwLock::new(()));
    let closed = gate.write().expect("a gate");
    let busy = venue.house.wait(async {
        let mut all = JoinSet::new();
        for _ in 0..WORK_QUEUE_MAX + WORKERS_MAX + MORE {
            let (door, gate) = (venue.house.door.clone(), gate.clone());
            all.spawn(async move { door.compute(move || drop(gate.read())).await });
        }
        for _ in 0..MORE {
            let first = all.join_next().await.expect("one of them").expect("it ran");
            assert_eq!(first, Err(Refusal::Busy));
        }
        all
    });
    drop(client);
    // Nothing can end it while nothing can be done: it is not given up at the first try.
    let idle = async { timeout(Duration::from_millis(200), venue.broker.idle()).await };
    assert!(venue.house.wait(idle).is_err());
    drop(closed);
    venue.until_nobody_is_connected();
    assert_eq!(venue.events("t100", "SN1"), ["gone"]);
    drop(busy);
}

// R127
#[test]
fn more_wills_than_may_wait_are_taken_up_and_none_before_its_time() {
    let mut venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let who = caller(&venue, &device);
    let sessions = MQTT_WILLS_WAITING_PER_PRINCIPAL_MAX + 2;
    for number in 0..sessions {
        let will = NewWill {
            number: number as u64,
            delay_seconds: 3_000,
            content: b"nothing that could be published".to_vec(),
        };
        let kept = ToKeep {
            content: Vec::new(),
            seconds: 3_600,
            will: WillChange::GoesOn(Earlier::default(), Some(will)),
        };
        let device = format!("D{number}").parse().expect("a device");
        let kept = venue.house.door.keep_mqtt_session(&who, &device, kept);
        venue.house.wait(kept).expect("kept");
    }
    venue.comes_up();
    // What is published is forgotten.
    let (left, outcome) = venue.house.wait(venue.house.door.left_mqtt_wills());
    outcome.expect("looked at");
    assert_eq!(left.len(), sessions);
}

/// A service with a key; where the key is.
fn service(venue: &Venue) -> (Who, String) {
    let admin = venue.house.admin("t100");
    let accounts = "/user/t100/serviceAccounts";
    let made = json!({ "userName": "service_n" });
    venue.house.post(&admin, accounts, made).expect(201);
    for role in ["ROLE_INVENTORY_ADMIN", "ROLE_EVENT_ADMIN", "ROLE_IDENTITY_ADMIN"] {
        let role = json!({ "role": { "id": role } });
        let path = "/user/t100/users/service_n/roles";
        venue.house.post(&admin, path, role).expect(201);
    }
    let keys = format!("{accounts}/service_n/keys");
    let made = venue
        .house
        .post(&admin, &keys, json!({ "name": "k" }))
        .expect(201);
    let made = made.json();
    let key = made["key"].as_str().or(made["secret"].as_str()).expect("a key");
    let id = made["id"].as_str().expect("an id");
    (Who::new("t100", "service_n", key), format!("{keys}/{id}"))
}

// R050, R119
#[test]
fn nothing_is_done_with_a_key_that_is_revoked_not_even_the_will_that_waits() {
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    venue.connect_device(V5, "SN1", &device).published("s/us", "100");
    let (service, at) = service(&venue);
    let hello = Hello::of(V5, "SN1", &service).kept().will("s/us", ROW);
    let mut client = venue.connect(V5, &hello.will_delay(3_000));
    assert_eq!(client.published("s/us", "400,c8y_E,before"), 0);
    venue.house.delete(&venue.house.admin("t100"), &at).expect(204);
    // Also before anybody has looked whether it may stay.
    assert_eq!(client.published("s/us", "400,c8y_E,after"), 0x87);
    drop(client);
    venue.until_nobody_is_connected();
    venue.broker.stop();
    venue.house.wait(venue.broker.settle());
    assert_eq!(venue.events("t100", "SN1"), ["before"]);
}
