//! Those who are confined to what is theirs: the create-only user, the agent, the users of a public tenant.

use super::super::dice::Dice;
use super::{OBJECTS, POINTS, object, reading, series_of};
use model::roles::Role;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use testkit::house::{House, Who};

/// An id that no object has, as long as those that there are.
const NOTHING: &str = "9999";

/// Every way to get at one object, its data and its place.
fn ways(id: &str, own: &str) -> Vec<(&'static str, String, Value)> {
    let at = format!("{OBJECTS}/{id}");
    let edge = json!({"managedObject": {"id": id}});
    let external = json!({"type": "c8y_Serial", "externalId": "taken over"});
    vec![
        ("GET", at.clone(), Value::Null),
        ("PUT", at.clone(), json!({"name": "mine now"})),
        ("PUT", at.clone(), json!({"owner": "creator"})),
        ("DELETE", at.clone(), Value::Null),
        ("DELETE", format!("{at}?forceCascade=true"), Value::Null),
        ("GET", format!("{at}/childAssets"), Value::Null),
        (
            "POST",
            format!("{at}/childAssets"),
            json!({"managedObject": {"id": own}}),
        ),
        ("POST", format!("{OBJECTS}/{own}/childAssets"), edge.clone()),
        ("POST", format!("{OBJECTS}/{own}/childDevices"), edge),
        ("GET", format!("{at}/supportedSeries"), Value::Null),
        (
            "GET",
            format!("/identity/globalIds/{id}/externalIds"),
            Value::Null,
        ),
        ("POST", format!("/identity/globalIds/{id}/externalIds"), external),
        ("POST", POINTS.to_owned(), reading(id, 1)),
        ("GET", series_of(id), Value::Null),
        ("GET", format!("{POINTS}?source={id}"), Value::Null),
        ("DELETE", format!("{POINTS}?source={id}"), Value::Null),
    ]
}

/// Everything in the tenant that these owners do not own, as its administrator sees it.
fn not_owned_by(house: &House, owners: &[&str]) -> Vec<Value> {
    let admin = house.admin("t100");
    let all = |path: &str, of: &str| -> Vec<Value> {
        let found = house
            .get(&admin, &format!("{path}?pageSize=2000"))
            .expect(200)
            .json();
        found[of].as_array().expect("a list").clone()
    };
    let objects: BTreeMap<String, Value> = all(OBJECTS, "managedObjects")
        .into_iter()
        .map(|object| (object["id"].as_str().expect("an id").to_owned(), object))
        .collect();
    let is_theirs = |object: &Value| owners.iter().any(|owner| object["owner"] == *owner);
    let mut others: Vec<_> = objects
        .values()
        .filter(|object| !is_theirs(object))
        .cloned()
        .collect();
    for object in others.clone() {
        let id = object["id"].as_str().expect("an id");
        let external = format!("/identity/globalIds/{id}/externalIds");
        others.extend(all(&external, "externalIds"));
    }
    others.extend(all(POINTS, "measurements").into_iter().filter(|point| {
        let source = point["source"]["id"].as_str().expect("an id");
        objects.get(source).is_none_or(|object| !is_theirs(object))
    }));
    others.extend(all("/user/t100/users", "users"));
    others.extend(all("/user/t100/groups", "groups"));
    others.extend(all("/tenant/options", "options"));
    others.extend(all("/user/inventoryroles", "roles"));
    others
}

// R021 R024: who may only create has its own objects and finds nothing of anybody else's; whether an id is somebody's or
// nobody's, the answer is the same.
#[test]
fn a_create_only_user_tells_no_foreign_object_from_none() {
    let house = House::new();
    let admin = house.admin("t100");
    let creator = house.person("t100", "creator", &[Role::InventoryCreate]);
    let own = object(&house, &creator, json!({"name": "own"}));
    house.get(&creator, &format!("{OBJECTS}/{own}")).expect(200);
    let foreign: Vec<_> = (0..40)
        .map(|number| {
            let body = json!({"name": format!("canary {number}"), "c8y_IsDevice": {}});
            object(&house, &admin, body)
        })
        .collect();
    house.post(&admin, POINTS, reading(&foreign[0], 1)).expect(201);
    let before = not_owned_by(&house, &["creator"]);
    for id in &foreign {
        for (there, nowhere) in ways(id, &own).into_iter().zip(ways(NOTHING, &own)) {
            let ask = |(method, path, body): &(&str, String, Value), id: &str| {
                let reply = house.call(&creator, method, path, body.clone());
                (reply.status.as_u16(), reply.text.replace(id, "ID"))
            };
            let (there, nowhere) = (ask(&there, id), ask(&nowhere, NOTHING));
            assert_eq!(there, nowhere);
            assert!(!there.1.contains("canary"), "{there:?}");
        }
        house.world.advance_millis(1_000);
    }
    assert_eq!(not_owned_by(&house, &["creator"]), before);
    let list = format!("{OBJECTS}?withTotalElements=true");
    let list = house.get(&creator, &list).expect(200).json();
    assert_eq!(list["statistics"]["totalElements"], 1);
    assert_eq!(list["managedObjects"][0]["id"], json!(own));
}

fn agent_calls() -> usize {
    let set = std::env::var("HOLDFAST_AGENT_CALLS").ok();
    set.and_then(|text| text.parse().ok()).unwrap_or(1_500)
}

/// What an agent with a fault could send next.
fn agent_call(dice: &mut Dice, ids: &[String]) -> (&'static str, String, Value) {
    let (one, other) = (&ids[dice.roll(ids.len())], &ids[dice.roll(ids.len())]);
    match dice.roll(24) {
        0..3 => (
            "POST",
            OBJECTS.to_owned(),
            json!({"name": "child", "c8y_IsDevice": {}, "owner": dice.one_of(&["agent", "admin", "device_agent"])}),
        ),
        3 => (
            "GET",
            format!("{OBJECTS}?pageSize=2000&withParents=true"),
            Value::Null,
        ),
        4 => ("GET", format!("{POINTS}?pageSize=2000"), Value::Null),
        5 => ("DELETE", format!("{POINTS}?dateFrom=2020-01-01"), Value::Null),
        6 => ("PUT", "/user/currentUser".to_owned(), json!({"phone": "+491"})),
        7 => ("PUT", "/tenant/options/x/y".to_owned(), json!({"value": "v"})),
        8 => (
            "PUT",
            "/user/t100/users/device_agent/permissions".to_owned(),
            json!({"rules": [{"text": format!("{one}, *, *, *")}]}),
        ),
        9 => ("GET", "/user/t100/users".to_owned(), Value::Null),
        10 => ("PUT", format!("{OBJECTS}/{one}"), json!({"c8y_Global": {}})),
        _ => {
            let mut ways = ways(one, other);
            ways.swap_remove(dice.roll(ways.len()))
        }
    }
}

// R023 R022 R021 R047: an agent that sends anything that is valid changes nothing that is not its own or below its own, and
// reads nothing of it. HOLDFAST_AGENT_CALLS asks for more.
#[test]
fn an_agent_with_a_fault_reaches_nothing_but_its_own_devices() {
    let house = House::new();
    let admin = house.admin("t100");
    let other = house.device("t100", "device_other");
    let agent = house.device("t100", "device_agent");
    house.person("t100", "jane", &[Role::InventoryRead]);
    // What it may say of itself is said before.
    let itself = json!({"phone": "+491"});
    house.put(&agent, "/user/currentUser", itself).expect(200);
    let mut ids = vec![NOTHING.to_owned()];
    for (by, name) in [(&admin, "canary asset"), (&other, "canary device")] {
        for _ in 0..4 {
            let id = object(&house, by, json!({"name": name, "c8y_IsDevice": {}}));
            house.post(by, POINTS, reading(&id, 1)).expect(201);
            let serial = json!({"type": "c8y_Serial", "externalId": format!("canary {id}")});
            house
                .post(by, &format!("/identity/globalIds/{id}/externalIds"), serial)
                .expect(201);
            ids.push(id);
        }
    }
    ids.push(object(
        &house,
        &agent,
        json!({"name": "agent", "com_cumulocity_model_Agent": {}}),
    ));
    let before = not_owned_by(&house, &["device_agent"]);
    let (mut dice, mut done) = (Dice(23), 0);
    for _ in 0..agent_calls() {
        let (method, path, body) = agent_call(&mut dice, &ids);
        let reply = house.call(&agent, method, &path, body.clone());
        assert!(
            reply.status.as_u16() < 500,
            "{method} {path} {body}: {}",
            reply.text
        );
        assert!(
            !reply.text.contains("canary"),
            "{method} {path} {body}: {}",
            reply.text
        );
        done += usize::from(reply.status.is_success());
        if method == "POST" && path == OBJECTS && reply.status == 201 && ids.len() < 40 {
            ids.push(reply.json()["id"].as_str().expect("an id").to_owned());
        }
        house.world.advance_millis(20);
    }
    assert_eq!(not_owned_by(&house, &["device_agent"]), before);
    assert!(done * 5 > agent_calls(), "the agent does next to nothing: {done}");
}

fn public_users() -> usize {
    let set = std::env::var("HOLDFAST_PUBLIC_USERS").ok();
    set.and_then(|text| text.parse().ok()).unwrap_or(30)
}

// R024 R046: in a tenant that many share, each may create and none gets at what another has made. HOLDFAST_PUBLIC_USERS
// asks for more.
#[test]
fn users_of_a_public_tenant_cannot_touch_each_others_data() {
    let house = House::new();
    let users: Vec<(Who, String)> = (0..public_users())
        .map(|number| {
            let who = house.person("t100", &format!("public{number}"), &[Role::InventoryCreate]);
            let id = object(&house, &who, json!({"name": format!("canary{number}.")}));
            house.post(&who, POINTS, reading(&id, 1)).expect(201);
            (who, id)
        })
        .collect();
    let before = not_owned_by(&house, &[]);
    for (who, own) in &users {
        for (_, id) in users.iter().filter(|(other, _)| other.name != who.name) {
            // Deleting by filter and listing answer for what is one's own there: nothing.
            let (mut refused, mut empty) = (0, 0);
            for (method, path, body) in ways(id, own) {
                let reply = house.call(who, method, &path, body);
                assert!(!reply.text.contains("canary"), "{}: {}", who.name, reply.text);
                match reply.status.as_u16() {
                    200 | 204 => empty += 1,
                    _ => refused += 1,
                }
            }
            assert!(
                (refused, empty) == (14, 2) || (refused, empty) == (15, 1),
                "{refused} {empty}"
            );
        }
        house.world.advance_millis(2_000);
    }
    assert_eq!(not_owned_by(&house, &[]), before);
}
