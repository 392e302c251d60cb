//! What comes to a device over its feed: what waits, what is new, once; and what does not come.

use super::devices::{agent_body, bind, caller, child_of, device, feed, ids, link, next, object};
use super::{OPERATIONS, ask, put};
use engine::operations::feed::Over;
use model::limits::{OPERATION_FEEDS_PER_DEVICE_MAX, OPERATIONS_WAITING_MAX};
use serde_json::{Value, json};
use testkit::house::{House, Who};

fn shown(house: &House, who: &Who, operation: &str) -> Value {
    house
        .get(who, &format!("{OPERATIONS}/{operation}"))
        .expect(200)
        .json()
}

#[test]
fn what_waits_comes_first_and_the_oldest_before_the_others_and_then_what_is_new() {
    let house = House::new();
    let admin = house.admin("t100");
    let (who, agent) = device(&house, "a1");
    let child = child_of(&house, &who, &agent, "a1-c", json!({"c8y_IsDevice": {}}));
    let waiting = [
        ask(&house, &admin, &child),
        ask(&house, &admin, &agent),
        ask(&house, &admin, &child),
    ];
    let ended = ask(&house, &admin, &agent);
    put(&house, &admin, &ended, json!({"status": "FAILED"})).expect(200);
    let mut feed = feed(&house, &who);
    assert_eq!(ids(&house, &mut feed, 3), waiting);
    let new = ask(&house, &admin, &agent);
    assert_eq!(ids(&house, &mut feed, 1), [new.as_str()]);
    let of_child = ask(&house, &admin, &child);
    let delivered = next(&house, &mut feed).expect("the feed goes on").remove(0);
    assert_eq!(delivered.operation.id.to_string(), of_child);
    assert_eq!(delivered.agent.to_string(), agent);
    assert_eq!(
        delivered.serial.as_ref().map(|serial| serial.as_str()),
        Some("a1-c")
    );
    // Only when the device asks for it, what waits comes once more.
    feed.again();
    let [first, second, third] = waiting;
    assert_eq!(ids(&house, &mut feed, 5), [first, second, third, new, of_child]);
}

// R100
#[test]
fn that_it_was_handed_out_is_shown_and_recorded_and_changes_nothing_else() {
    let mut house = House::new();
    let admin = house.admin("t100");
    let (who, agent) = device(&house, "a1");
    let operation = ask(&house, &admin, &agent);
    let created = shown(&house, &admin, &operation);
    assert_eq!(created["delivery"]["status"], "PENDING");
    assert_eq!(created["delivery"]["log"], json!([]));
    let mut first = feed(&house, &who);
    let delivered = next(&house, &mut first).expect("the feed goes on");
    let handed_out: Vec<_> = delivered.iter().map(|one| one.operation.id).collect();
    house.world.advance_millis(1_000);
    house.wait(first.handed_out(handed_out)).expect("noted");
    let told = shown(&house, &admin, &operation);
    assert_eq!(told["status"], "PENDING");
    assert_eq!(told["delivery"]["status"], "DELIVERED");
    assert_eq!(told["delivery"]["log"].as_array().map(Vec::len), Some(1));
    assert_ne!(told["delivery"]["time"], created["creationTime"]);
    let path = format!("/audit/auditRecords?type=Operation&source={operation}");
    let records = house.get(&admin, &path).expect(200).json();
    assert_eq!(records["auditRecords"][0]["activity"], "Operation delivered");
    assert_eq!(records["auditRecords"][0]["user"], "device_a1");
    // What was handed out and never begun survives, and comes again to the next session.
    drop(first);
    house.restart(|engines| engines);
    let mut second = feed(&house, &who);
    assert_eq!(ids(&house, &mut second, 1), [operation.as_str()]);
    assert_eq!(
        shown(&house, &admin, &operation)["delivery"]["status"],
        "DELIVERED"
    );
}

#[test]
fn the_nearest_agent_takes_the_operations_of_a_device() {
    let house = House::new();
    let admin = house.admin("t100");
    let (outer, top) = device(&house, "top");
    let (inner, below) = device(&house, "below");
    link(&house, &admin, &top, &below);
    let leaf = object(&house, &inner, "leaf", json!({"c8y_IsDevice": {}}));
    link(&house, &inner, &below, &leaf);
    let (mut outer, mut inner) = (feed(&house, &outer), feed(&house, &inner));
    let for_inner = [ask(&house, &admin, &leaf), ask(&house, &admin, &below)];
    let for_outer = ask(&house, &admin, &top);
    assert_eq!(ids(&house, &mut inner, 2), for_inner);
    assert_eq!(ids(&house, &mut outer, 1), [for_outer]);
}

#[test]
fn a_child_that_moves_takes_what_waits_for_it_along() {
    let house = House::new();
    let admin = house.admin("t100");
    let (one, first) = device(&house, "one");
    let (two, second) = device(&house, "two");
    let child = object(&house, &admin, "child", json!({"c8y_IsDevice": {}}));
    link(&house, &admin, &first, &child);
    let (mut one, mut two) = (feed(&house, &one), feed(&house, &two));
    let waiting = ask(&house, &admin, &child);
    assert_eq!(ids(&house, &mut one, 1), [waiting.as_str()]);
    house
        .delete(
            &admin,
            &format!("/inventory/managedObjects/{first}/childDevices/{child}"),
        )
        .expect(204);
    link(&house, &admin, &second, &child);
    assert_eq!(ids(&house, &mut two, 1), [waiting.as_str()]);
    let (new, own) = (ask(&house, &admin, &child), ask(&house, &admin, &first));
    assert_eq!(ids(&house, &mut two, 1), [new]);
    assert_eq!(ids(&house, &mut one, 1), [own]);
}

#[test]
fn people_services_and_strangers_to_the_object_get_nothing() {
    let house = House::new();
    let admin = house.admin("t100");
    let person = caller(&house, &admin);
    let refused = house.wait(house.door.operations_feed(&person));
    assert!(refused.is_err());
    // The thief has bound the name of another device to an object of its own before that one came.
    let (thief, own) = device(&house, "thief");
    bind(&house, &thief, &own, "victim");
    let victim = house.device("t100", "device_victim");
    let mut of_victim = feed(&house, &victim);
    let mut of_thief = feed(&house, &thief);
    let operation = ask(&house, &admin, &own);
    assert_eq!(ids(&house, &mut of_thief, 1), [operation]);
    // The victim gets its own once it has an object of its own, and nothing of the thief's.
    house
        .delete(&admin, "/identity/externalIds/c8y_Serial/victim")
        .expect(204);
    let object = object(&house, &victim, "victim", agent_body());
    let wanted = ask(&house, &admin, &object);
    assert_eq!(ids(&house, &mut of_victim, 1), [wanted]);
}

#[test]
fn a_device_without_an_object_gets_what_waits_when_it_has_one() {
    let house = House::new();
    let admin = house.admin("t100");
    let who = house.device("t100", "device_late");
    let mut feed = feed(&house, &who);
    let agent = object(&house, &who, "late", agent_body());
    let operation = ask(&house, &admin, &agent);
    assert_eq!(ids(&house, &mut feed, 1), [operation]);
    // The object goes and comes again under another id.
    house
        .delete(&admin, &format!("/inventory/managedObjects/{agent}"))
        .expect(204);
    let agent = object(&house, &who, "late", agent_body());
    let operation = ask(&house, &admin, &agent);
    assert_eq!(ids(&house, &mut feed, 1), [operation]);
}

// R050: what a feed hands out is decided when it is handed out.
#[test]
fn a_right_that_is_withdrawn_ends_what_comes() {
    let house = House::new();
    let admin = house.admin("t100");
    let (who, agent) = device(&house, "a1");
    let child = child_of(&house, &who, &agent, "a1-c", json!({"c8y_IsDevice": {}}));
    let mut feed = feed(&house, &who);
    let first = ask(&house, &admin, &child);
    assert_eq!(ids(&house, &mut feed, 1), [first]);
    // It waits already when the device that it hangs below is given to somebody else.
    let taken = ask(&house, &admin, &child);
    let path = format!("/inventory/managedObjects/{agent}");
    house.put(&admin, &path, json!({"owner": "admin"})).expect(200);
    let child_path = format!("/inventory/managedObjects/{child}");
    house
        .put(&admin, &child_path, json!({"owner": "admin"}))
        .expect(200);
    house
        .put(&admin, &path, json!({"owner": "device_a1"}))
        .expect(200);
    house
        .delete(
            &admin,
            &format!("/inventory/managedObjects/{agent}/childDevices/{child}"),
        )
        .expect(204);
    let own = ask(&house, &admin, &agent);
    assert_eq!(ids(&house, &mut feed, 1), [own]);
    assert_eq!(shown(&house, &admin, &taken)["delivery"]["status"], "PENDING");
    let user = format!("/user/{}/users/device_a1", admin.tenant);
    house.put(&admin, &user, json!({"enabled": false})).expect(200);
    ask(&house, &admin, &agent);
    assert_eq!(next(&house, &mut feed), Err(Over::SignedOut));
}

#[test]
fn a_slow_device_misses_nothing_and_gets_nothing_twice() {
    let house = House::new();
    let admin = house.admin("t100");
    let (who, agent) = device(&house, "slow");
    let mut feed = feed(&house, &who);
    let first = ask(&house, &admin, &agent);
    assert_eq!(ids(&house, &mut feed, 1), [first]);
    let asked: Vec<_> = (0..OPERATIONS_WAITING_MAX + 40)
        .map(|_| ask(&house, &admin, &agent))
        .collect();
    // Somebody else's device is not held up meanwhile.
    let (other, its_agent) = device(&house, "other");
    let mut of_other = super::devices::feed(&house, &other);
    let its = ask(&house, &admin, &its_agent);
    assert_eq!(ids(&house, &mut of_other, 1), [its]);
    assert_eq!(ids(&house, &mut feed, asked.len()), asked);
    let last = ask(&house, &admin, &agent);
    assert_eq!(ids(&house, &mut feed, 1), [last]);
}

#[test]
fn a_device_has_a_few_feeds_and_the_oldest_one_ends() {
    let house = House::new();
    let (who, _) = device(&house, "many");
    let mut feeds: Vec<_> = (0..=OPERATION_FEEDS_PER_DEVICE_MAX)
        .map(|_| feed(&house, &who))
        .collect();
    assert_eq!(next(&house, &mut feeds[0]), Err(Over::Replaced));
    let operation = ask(&house, &house.admin("t100"), &{
        let path = "/identity/externalIds/c8y_Serial/many";
        let found = house.get(&who, path).expect(200).json();
        found["managedObject"]["id"].as_str().expect("an id").to_owned()
    });
    for feed in &mut feeds[1..] {
        assert_eq!(ids(&house, feed, 1), [operation.as_str()]);
    }
}

#[test]
fn a_device_that_follows_its_operations_by_long_polls_is_connected_and_nobody_else_makes_it_so() {
    let house = House::new();
    let admin = house.admin("t100");
    let (who, agent) = device(&house, "a1");
    let (other, _) = device(&house, "a2");
    let path = format!("/inventory/managedObjects/{agent}");
    let required = json!({"c8y_RequiredAvailability": {"responseInterval": 5}});
    house.put(&admin, &path, required).expect(200);
    let connection = || house.get(&admin, &path).expect(200).json()["c8y_Connection"]["status"].clone();
    let follow = |who: &Who| {
        let say = |message: Value| {
            house
                .post(who, "/notification/operations", json!([message]))
                .expect(200)
                .json()
        };
        let shaken = say(json!({"channel": "/meta/handshake", "version": "1.0"}));
        let client = shaken[0]["clientId"].clone();
        let channel = format!("/{agent}");
        let told = say(json!({"channel": "/meta/subscribe", "clientId": client, "subscription": channel}));
        assert_eq!(told[0]["successful"], true);
        client
    };
    follow(&admin);
    follow(&other);
    assert_eq!(connection(), "DISCONNECTED");
    let (first, second) = (follow(&who), follow(&who));
    assert_eq!(connection(), "CONNECTED");
    let end = |message: Value| {
        house
            .post(&who, "/notification/operations", json!([message]))
            .expect(200)
    };
    end(json!({"channel": "/meta/unsubscribe", "clientId": first, "subscription": format!("/{agent}")}));
    assert_eq!(connection(), "CONNECTED");
    end(json!({"channel": "/meta/disconnect", "clientId": second}));
    assert_eq!(connection(), "DISCONNECTED");
}

#[test]
fn a_device_with_an_open_feed_is_connected() {
    let house = House::new();
    let admin = house.admin("t100");
    let (who, agent) = device(&house, "a1");
    let path = format!("/inventory/managedObjects/{agent}");
    let required = json!({"c8y_RequiredAvailability": {"responseInterval": 1}});
    house.put(&admin, &path, required).expect(200);
    house.world.advance_millis(120_000);
    let connection = || house.get(&admin, &path).expect(200).json()["c8y_Connection"]["status"].clone();
    assert_eq!(connection(), "DISCONNECTED");
    let mut feed = feed(&house, &who);
    let operation = ask(&house, &admin, &agent);
    assert_eq!(ids(&house, &mut feed, 1), [operation]);
    assert_eq!(connection(), "CONNECTED");
    drop(feed);
    assert_eq!(connection(), "DISCONNECTED");
}
