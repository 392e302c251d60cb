//! Wills: published when a client vanishes, with the rights of that moment, and not before their time.

use crate::client::{Hello, V3, V5};
use crate::venue::Venue;
use serde_json::json;
use std::time::{Duration, Instant};

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
