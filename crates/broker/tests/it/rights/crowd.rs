//! One of many whose rights are withdrawn: all that it had opened stops within seconds, and the crowd does not notice.

use super::{STOPS_WITHIN, disable};
use crate::client::{Client, Hello, V3, V5, packet};
use crate::venue::Venue;
use model::roles::Role;
use model::users::UserKind;
use serde_json::json;
use std::time::Instant;
use testkit::house::Who;

/// Devices that are connected beside the one.
const CROWD: usize = 300;

/// A device that follows its operations, as the crowd does.
fn member<'v>(venue: &'v Venue, number: usize) -> Client<'v> {
    let id = format!("C{number}");
    let who = venue.house.user(
        "t100",
        &format!("device_{id}"),
        UserKind::Device,
        &[Role::InventoryCreate],
    );
    let level = if number.is_multiple_of(2) { V3 } else { V5 };
    let mut client = venue.connect_device(level, &id, &who);
    assert_eq!(client.subscribe(&[("s/ds", 1)]), [1]);
    client
}

fn hello(device: &Who) -> Hello {
    Hello::of(V5, "SN1", device)
        .kept()
        .receive_max(1)
        .will("s/us", "400,c8y_E,will")
}

fn restart(venue: &Venue, serial: &str) {
    venue.ask_of("t100", serial, "c8y_Restart", json!({}));
}

// R050 R079 R088
#[test]
fn what_one_of_many_had_opened_stops_within_five_seconds_and_the_others_go_on() {
    let venue = Venue::new();
    let watching = venue.broker.clone();
    // It goes on until the house is gone.
    venue.house.wait(async {
        drop(tokio::spawn(async move { watching.watch().await }));
    });
    let device = venue.device("t100", "SN1");
    let mut one = venue.connect(V5, &hello(&device));
    assert_eq!(
        one.published("s/us", "100,SN1,x\n114,c8y_Restart\n400,c8y_E,before"),
        0
    );
    assert_eq!(one.subscribe(&[("s/ds", 1)]), [1]);
    // One operation is under way and not confirmed, two wait behind it; one message of QoS 2 is half way in.
    restart(&venue, "SN1");
    let under_way = one.told_unconfirmed();
    restart(&venue, "SN1");
    restart(&venue, "SN1");
    one.publish(2, 77, "s/us", "400,c8y_E,half way");
    one.expect(0x50);
    let mut crowd: Vec<_> = (0..CROWD).map(|number| member(&venue, number)).collect();
    assert_eq!(venue.broker.connections(), CROWD + 1);

    let begun = Instant::now();
    disable(&venue, "device_SN1");
    // What it says from now on is refused, and a confirmation fetches nothing.
    one.publish(1, 5, "s/us", "400,c8y_E,after");
    one.send(&packet(0x40, &[&under_way.id.to_be_bytes()]));
    one.send(&packet(0x82, &[&[0, 9], &[0], &crate::client::text("s/e"), &[1]]));
    let mut came = Vec::new();
    while let Some(packet) = one.next() {
        came.push(packet);
    }
    assert!(begun.elapsed() < STOPS_WITHIN, "{:?}", begun.elapsed());
    let kinds: Vec<_> = came.iter().map(|packet| packet.first & 0xF0).collect();
    assert!(!kinds.contains(&0x30), "no message any more: {came:?}");
    let last = came.last().expect("a farewell");
    assert_eq!((last.first, last.body[0]), (0xE0, 0x87));
    let refused = |packet: &&crate::client::Came| packet.first == 0x40 && packet.body.get(2) != Some(&0x87);
    assert_eq!(came.iter().find(refused), None, "nothing was accepted");

    // The others are there, all of them; what they say is stored and what they are asked comes.
    assert_eq!(venue.broker.connections(), CROWD);
    for (number, client) in crowd.iter_mut().enumerate() {
        client.is_told_nothing();
        if number.is_multiple_of(30) {
            assert_eq!(
                client.published("s/us", &format!("100,C{number},x\n400,c8y_E,still here")),
                0
            );
            assert_eq!(venue.events("t100", &format!("C{number}")), ["still here"]);
        }
    }
    // Neither the will nor anything else of its own came through, and nothing waits for it when it may come again.
    let mut stored = venue.events("t100", "SN1");
    stored.sort();
    assert_eq!(stored, ["before", "half way"]);
    assert_eq!(venue.try_connect(V5, &hello(&device)).1.0, 0x86);
    let admin = venue.house.admin("t100");
    venue
        .house
        .put(&admin, "/user/t100/users/device_SN1", json!({ "enabled": true }))
        .expect(200);
    let (mut back, answer) = venue.try_connect(V5, &hello(&device));
    assert_eq!(answer, (0, false), "its session was forgotten");
    back.is_told_nothing();
}
