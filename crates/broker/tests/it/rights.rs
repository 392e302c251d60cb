//! Rights that are withdrawn while somebody is connected: nothing goes on that they had opened, and nobody else notices.

mod crowd;

use crate::client::{Hello, V3, V5};
use crate::venue::Venue;
use serde_json::json;

fn disable(venue: &Venue, user: &str) {
    let path = format!("/user/t100/users/{user}");
    let admin = venue.house.admin("t100");
    venue
        .house
        .put(&admin, &path, json!({ "enabled": false }))
        .expect(200);
}

// R079
#[test]
fn whoever_may_not_act_any_more_is_cut_off_and_nobody_else() {
    let venue = Venue::new();
    let (one, other) = (venue.device("t100", "SN1"), venue.device("t100", "SN2"));
    let foreign = venue.device("t200", "SN1");
    let mut cut = venue.connect_device(V5, "SN1", &one);
    let mut stay = venue.connect_device(V5, "SN2", &other);
    let mut far = venue.connect_device(V5, "SN1", &foreign);
    venue.house.wait(venue.broker.check());
    cut.is_told_nothing();
    disable(&venue, "device_SN1");
    // Even before the check nothing is done for it.
    assert_eq!(cut.published("s/us", "400,c8y_E,x"), 0x87);
    venue.house.wait(venue.broker.check());
    assert_eq!(cut.farewell(), 0x87);
    for client in [&mut stay, &mut far] {
        client.is_told_nothing();
        assert_eq!(client.published("s/us", "400,c8y_E,x"), 0);
    }
    let (_, (code, _)) = venue.try_connect(V5, &Hello::of(V5, "SN1", &one));
    assert_eq!(code, 0x86);
}

// R079, R115
#[test]
fn all_of_a_suspended_tenant_are_cut_off() {
    let venue = Venue::new();
    let device = venue.device("t200", "SN1");
    let stays = venue.device("t100", "SN1");
    let mut cut = venue.connect_device(V3, "SN1", &device);
    let mut stay = venue.connect_device(V3, "SN1", &stays);
    let operator = venue.house.admin("management");
    venue
        .house
        .put(
            &operator,
            "/tenant/tenants/t200",
            json!({ "status": "SUSPENDED" }),
        )
        .expect(200);
    venue.house.wait(venue.broker.check());
    cut.is_closed();
    stay.is_told_nothing();
}

// R050, R088
#[test]
fn a_right_that_is_withdrawn_opens_nothing_from_the_next_message_on() {
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let mut client = venue.connect_device(V3, "SN1", &device);
    client.subscribe(&[("s/e", 0)]);
    client.published("s/us", "400,c8y_E,before");
    let admin = venue.house.admin("t100");
    // The object is given to somebody else: what the device owned is not its own any more.
    let id = venue.object("t100", "SN1").expect("made");
    venue
        .house
        .put(
            &admin,
            &format!("/inventory/managedObjects/{id}"),
            json!({ "owner": "admin" }),
        )
        .expect(200);
    client.published("s/us", "400,c8y_E,after");
    client.told();
    assert_eq!(venue.events("t100", "SN1"), ["before"]);
    client.is_told_nothing();
}

#[test]
fn the_session_of_a_device_that_was_cut_off_is_forgotten() {
    let venue = Venue::new();
    let device = venue.device("t100", "SN1");
    let hello = Hello::of(V3, "SN1", &device).kept();
    let mut client = venue.connect(V3, &hello);
    client.subscribe(&[("s/e", 1)]);
    disable(&venue, "device_SN1");
    venue.house.wait(venue.broker.check());
    client.is_closed();
    venue.until_nobody_is_connected();
    let admin = venue.house.admin("t100");
    venue
        .house
        .put(&admin, "/user/t100/users/device_SN1", json!({ "enabled": true }))
        .expect(200);
    let (client, answer) = venue.try_connect(V3, &hello);
    assert_eq!(answer, (0, false));
    client.leave();
}
