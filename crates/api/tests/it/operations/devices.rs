//! Devices in the house: their users, objects and children, and their feeds.

use super::id;
use engine::caller::Caller;
use engine::operations::feed::{Delivered, Feed, Over};
use engine::sign_in::{BasicCredential, Claim};
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;
use testkit::house::{House, Who};

/// Longer than anything takes that is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// A caller who has signed in.
pub(super) fn caller(house: &House, who: &Who) -> Caller {
    let name = format!("{}/{}", who.tenant, who.name);
    let credential = BasicCredential::from_parts(&name, &who.password).expect("a credential");
    let claim = Claim {
        credential: credential.into(),
        host: None,
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        application: None,
    };
    house.wait(house.door.sign_in(claim)).expect("signed in")
}

/// An object of somebody, with its external id.
pub(super) fn object(house: &House, who: &Who, serial: &str, body: Value) -> String {
    let made = id(&house
        .post(who, "/inventory/managedObjects", body)
        .expect(201)
        .json());
    bind(house, who, &made, serial);
    made
}

pub(super) fn bind(house: &House, who: &Who, object: &str, serial: &str) {
    let path = format!("/identity/globalIds/{object}/externalIds");
    let body = json!({"type": "c8y_Serial", "externalId": serial});
    house.post(who, &path, body).expect(201);
}

pub(super) fn agent_body() -> Value {
    json!({"name": "agent", "c8y_IsDevice": {}, "com_cumulocity_model_Agent": {}})
}

/// A device user, with the object of its agent.
pub(super) fn device(house: &House, serial: &str) -> (Who, String) {
    let who = house.device("t100", &format!("device_{serial}"));
    let made = object(house, &who, serial, agent_body());
    (who, made)
}

/// A child device of an object, made by its owner.
pub(super) fn child_of(house: &House, who: &Who, parent: &str, serial: &str, body: Value) -> String {
    let child = object(house, who, serial, body);
    link(house, who, parent, &child);
    child
}

pub(super) fn link(house: &House, who: &Who, parent: &str, child: &str) {
    let body = json!({"managedObject": {"id": child}});
    house
        .post(
            who,
            &format!("/inventory/managedObjects/{parent}/childDevices"),
            body,
        )
        .expect(201);
}

/// The feed of a device.
pub(super) fn feed(house: &House, who: &Who) -> Feed {
    let caller = caller(house, who);
    house.wait(house.door.operations_feed(&caller)).expect("a feed")
}

/// What comes next.
pub(super) fn next(house: &House, feed: &mut Feed) -> Result<Vec<Delivered>, Over> {
    let next = house.wait(async { tokio::time::timeout(PATIENCE, feed.next()).await });
    next.expect("nothing came in time")
}

/// The ids of the next so many operations.
pub(super) fn ids(house: &House, feed: &mut Feed, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    while ids.len() < count {
        let delivered = next(house, feed).expect("the feed goes on");
        ids.extend(delivered.iter().map(|one| one.operation.id.to_string()));
    }
    assert_eq!(ids.len(), count, "{ids:?}");
    ids
}
