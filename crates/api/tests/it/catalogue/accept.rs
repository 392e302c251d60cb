//! The rule of the `Accept` header, at every endpoint.

use super::caller;
use super::probe::probe;
use super::things::Maker;
use contract::accept::is_shown_if_accepted;
use contract::endpoint::Method;
use contract::endpoints::Endpoint;
use serde_json::Value;
use testkit::house::House;

/// The endpoints that make or change something and answer with a body are asked without the header.
#[test]
fn without_an_accept_header_what_was_made_or_changed_is_not_shown() {
    let writes = |endpoint: &Endpoint| {
        let declaration = endpoint.declaration();
        matches!(declaration.method, Method::Post | Method::Put) && declaration.answer.media.is_some()
    };
    let mut unseen = Vec::new();
    for endpoint in Endpoint::all().filter(writes) {
        let house = House::new();
        let maker = Maker {
            house: &house,
            count: Default::default(),
        };
        let declaration = endpoint.declaration();
        let name = format!("{}.{}", endpoint.resource(), declaration.name);
        let mut is_seen = false;
        // Whoever may do it: some things are only for operators, some only for those who use them.
        for kind in ["administrator", "operator"] {
            let side = if kind == "operator" { "management" } else { "t100" };
            for side in [side, "t100"].into_iter().skip(usize::from(side == "t100")) {
                // The budget of calls is another matter.
                house.world.advance_millis(60_000);
                let shared = maker.things(side);
                let own = maker.things_for(endpoint, side);
                let things = own.as_ref().unwrap_or(&shared);
                let (path, body) = probe(endpoint, maker.number(), things);
                let who = caller(&house, kind, maker.number());
                let reply = house.send(house.request(&who, declaration.method.name(), &path), body);
                if !reply.status.is_success() {
                    continue;
                }
                is_seen = true;
                if is_shown_if_accepted(endpoint) {
                    assert_eq!(reply.text, "", "{name}");
                    assert!(reply.headers.get("content-type").is_none(), "{name}");
                } else {
                    assert_ne!(reply.text, "", "{name}");
                }
            }
            if is_seen {
                break;
            }
        }
        if !is_seen {
            unseen.push(name);
        }
    }
    // Those for which no single request succeeds: they are asked otherwise in the tests of their resources.
    let asked = Endpoint::all().filter(writes).count();
    assert!(
        unseen.len() * 4 <= asked,
        "{} of {asked}: {unseen:?}",
        unseen.len()
    );
}

/// A body is no reason to ask twice: with the header it is there.
#[test]
fn with_an_accept_header_it_is_shown() {
    let house = House::new();
    let admin = house.admin("t100");
    let body = serde_json::json!({ "name": "d" });
    let silent = house.request(&admin, "POST", "/inventory/managedObjects");
    assert_eq!(house.send(silent, body.clone()).expect(201).json(), Value::Null);
    let shown = house
        .post(&admin, "/inventory/managedObjects", body)
        .expect(201)
        .json();
    assert_eq!(shown["name"], "d");
}
