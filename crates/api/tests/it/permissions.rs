//! Permissions on objects and fragments, given and taken over REST, and what follows for the next request.

mod authority;
mod examples;
mod suggestions;

use model::limits::{GRANTED_OBJECTS_MAX, PERMISSIONS_ON_OBJECT_MAX};
use serde_json::{Value, json};
use std::sync::Barrier;
use testkit::house::{House, Reply, Who};

const JOE: &str = "/user/t100/users/joe";

/// A new object; its id.
fn object(house: &House, by: &Who, body: Value) -> String {
    let created = house.post(by, "/inventory/managedObjects", body).expect(201);
    created.json()["id"].as_str().expect("an id").to_owned()
}

/// Replaces the rules of whoever is at this path by these lines.
fn set_lines(house: &House, by: &Who, path: &str, lines: &str) -> Reply {
    let request = house
        .request(by, "PUT", &format!("{path}/permissions"))
        .header("accept", "text/plain")
        .header("content-type", "text/plain;charset=UTF-8");
    house.send_text(request, lines.to_owned())
}

fn lines(house: &House, by: &Who, path: &str) -> Reply {
    let request = house
        .request(by, "GET", &format!("{path}/permissions"))
        .header("accept", "text/plain");
    house.send(request, Value::Null)
}

fn on_object(house: &House, by: &Who, id: &str, body: Value) -> Reply {
    house.put(by, &format!("/user/devicePermissions/{id}"), body)
}

/// A house in which `joe` has no rights at all, and a device that carries `a` and `b`.
fn with_joe() -> (House, Who, Who, String) {
    let house = House::new();
    let (admin, joe) = (house.admin("t100"), house.person("t100", "joe", &[]));
    let device = object(&house, &admin, json!({ "name": "d", "a": {}, "b": {} }));
    (house, admin, joe, device)
}

// R029 R036: what is given in one editor is seen and taken away in the other.
#[test]
fn both_editors_show_and_change_the_same() {
    let (house, admin, joe, device) = with_joe();
    let path = format!("/inventory/managedObjects/{device}");
    let group = house.group("t100", "business");
    let given = json!({ &device: ["MANAGED_OBJECT:a:READ", "MANAGED_OBJECT:b:READ"] });
    house.get(&joe, &path).expect(404);
    let body = json!({
        "users": [{ "userName": "joe", "devicePermissions": given }],
        "groups": [{ "id": group.to_string(), "devicePermissions": { &device: ["EVENT:*:READ"] } }],
    });
    assert_eq!(on_object(&house, &admin, &device, body).expect(200).text, "");
    house.get(&joe, &path).expect(200);
    assert_eq!(
        house.get(&admin, JOE).expect(200).json()["devicePermissions"],
        given
    );
    let shown_group = house
        .get(&admin, &format!("/user/t100/groups/{group}"))
        .expect(200)
        .json();
    assert_eq!(
        shown_group["devicePermissions"],
        json!({ &device: ["EVENT:*:READ"] })
    );
    assert_eq!(
        lines(&house, &admin, JOE).expect(200).text,
        format!("{device}, MANAGED_OBJECT, a, READ\n{device}, MANAGED_OBJECT, b, READ\n")
    );

    let more = format!("{device}, MANAGED_OBJECT, a, READ\n*, ALARM, *, READ\n");
    assert_eq!(set_lines(&house, &admin, JOE, &more).expect(200).text, more);
    // Known by its alarms, it may not be read.
    house.get(&joe, &path).expect(403);
    let owners = house
        .get(&admin, &format!("/user/devicePermissions/{device}"))
        .expect(200)
        .json();
    assert_eq!(owners["users"][0]["userName"], "joe");
    assert_eq!(
        owners["users"][0]["devicePermissions"],
        json!({ &device: ["MANAGED_OBJECT:a:READ"] })
    );
    assert_eq!(owners["groups"][0]["id"], group.number());
    let everywhere = house.get(&admin, "/user/devicePermissions/*").expect(200).json();
    assert_eq!(
        everywhere["users"][0]["devicePermissions"],
        json!({ "*": ["ALARM:*:READ"] })
    );

    // An older client sends the whole user back.
    let mut user = house.get(&admin, JOE).expect(200).json();
    user["devicePermissions"] = json!({ &device: ["MANAGED_OBJECT:*:READ"] });
    let user = house.put(&admin, JOE, user).expect(200).json();
    assert_eq!(
        user["devicePermissions"],
        json!({ &device: ["MANAGED_OBJECT:*:READ"] })
    );
    house.get(&joe, &path).expect(200);
    house.put(&admin, JOE, json!({ "firstName": "Joe" })).expect(200);
    house.get(&joe, &path).expect(200);

    let nothing = json!({ "users": [{ "userName": "joe", "devicePermissions": { &device: [] } }] });
    on_object(&house, &admin, &device, nothing).expect(200);
    house.get(&joe, &path).expect(404);
    assert_eq!(lines(&house, &admin, JOE).expect(200).text, "");
    let body = json!({ "devicePermissions": {} });
    let emptied = house
        .put(&admin, &format!("/user/t100/groups/{group}"), body)
        .expect(200)
        .json();
    assert_eq!(emptied["devicePermissions"], json!({}));
    let owners = house
        .get(&admin, &format!("/user/devicePermissions/{device}"))
        .expect(200)
        .json();
    assert_eq!(owners, json!({ "users": [], "groups": [] }));
}

// R040 R041: both forms say the same, and what is read can be sent back.
#[test]
fn rules_go_round_in_both_forms() {
    let (house, admin, _, device) = with_joe();
    let path = format!("{JOE}/permissions");
    let sent = format!(
        "# temperatures only\r\n{device},MEASUREMENT,c8y_TemperatureMeasurement,READ\n\n \
         {device} , OPERATIONS , c8y_Restart , CHANGE\n{device}, EVENT, *, ALL\n{device}, EVENT, *, ALL\n"
    );
    let expected = format!(
        "{device}, MEASUREMENT, c8y_TemperatureMeasurement, READ\n{device}, EVENT, *, *\n\
         {device}, OPERATION, c8y_Restart, ADMIN\n"
    );
    let sorted = |text: &str| {
        let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let answer = set_lines(&house, &admin, JOE, &sent).expect(200);
    assert_eq!(answer.header("content-type"), "text/plain;charset=UTF-8");
    assert_eq!(sorted(&answer.text), sorted(&expected));
    let as_json = house.get(&admin, &path).expect(200);
    assert_eq!(as_json.json()["rules"].as_array().map(Vec::len), Some(3));
    let tag = as_json.header("etag").to_owned();
    assert_eq!(lines(&house, &admin, JOE).header("etag"), tag);
    assert_eq!(
        set_lines(&house, &admin, JOE, &answer.text)
            .expect(200)
            .header("etag"),
        tag
    );
    assert_eq!(
        house.put(&admin, &path, as_json.json()).expect(200).json(),
        as_json.json()
    );
    let rule = &as_json.json()["rules"][0];
    for name in ["object", "scope", "fragment", "permission", "text"] {
        assert!(rule[name].is_string(), "{rule}");
    }
    let silent = house.request(&admin, "PUT", &path);
    let silent = house.send(silent, json!({ "rules": [] })).expect(200);
    assert_eq!(silent.text, "");
    assert_eq!(house.get(&admin, &path).expect(200).json()["rules"], json!([]));
}

// R031: every line that is wrong is named, with the reason; nothing of the others is stored.
#[test]
fn rules_are_replaced_all_or_not_at_all() {
    let (house, admin, _, device) = with_joe();
    let before = format!("{device}, EVENT, *, READ\n");
    set_lines(&house, &admin, JOE, &before).expect(200);
    let refused = |lines: &str| set_lines(&house, &admin, JOE, lines).expect(422).error().1;
    let message = refused(&format!(
        "{device}, EVENTS, *, READ\n{device}, EVENT, *, READ\n{device}, EVENT, *, LOOK\n{device} EVENT * READ\n"
    ));
    for part in [
        "line 1: the scope is one of MANAGED_OBJECT",
        "line 3: the permission is READ",
        "line 4: ",
    ] {
        assert!(message.contains(part), "{message}");
    }
    assert!(!message.contains("line 2"), "{message}");
    let message = refused(&format!(
        "# new\n{device}, ALARM, *, READ\n\n8000000000000001, EVENT, *, READ\n"
    ));
    assert!(
        message.contains("line 4: the managedObject '8000000000000001' does not exist"),
        "{message}"
    );
    for body in [
        json!({}),
        json!({ "rules": [{ "object": device, "scope": "EVENT" }] }),
        json!({ "rules": {} }),
    ] {
        house.put(&admin, &format!("{JOE}/permissions"), body).expect(422);
    }
    let bytes = house
        .request(&admin, "PUT", &format!("{JOE}/permissions"))
        .header("content-type", "text/plain");
    house.send_text(bytes, vec![0xff]).expect(400);
    let other = house
        .request(&admin, "PUT", JOE)
        .header("content-type", "text/plain");
    house.send_text(other, "{}").expect(415);
    assert_eq!(lines(&house, &admin, JOE).expect(200).text, before);
}

// R042: a fragment is kept exactly as it was written; one that looks like a known one is warned about.
#[test]
fn a_fragment_that_may_be_mistyped_is_kept_and_warned_about() {
    let (house, admin, _, device) = with_joe();
    let measured = json!({
        "source": { "id": device }, "time": "2026-11-21T10:00:00Z", "type": "t", "acme_Level": { "s": { "value": 1 } }
    });
    house
        .post(&admin, "/measurement/measurements", measured)
        .expect(201);
    let text = |fragment: &str| json!({ "text": format!("{device}, OPERATION, {fragment}, ADMIN") });
    let fragments = [
        "c8yRestart",
        "acme_Levle",
        "acme_Level",
        "c8y_Restart",
        "com_acme_Own",
        "a",
    ];
    let body = json!({ "rules": fragments.map(text) });
    let stored = house
        .put(&admin, &format!("{JOE}/permissions"), body)
        .expect(200)
        .json();
    let warned = |number: usize| {
        let warning = &stored["warnings"][number];
        (warning["fragment"].as_str(), warning["didYouMean"].as_str())
    };
    assert_eq!(warned(0), (Some("acme_Levle"), Some("acme_Level")));
    assert_eq!(warned(1), (Some("c8yRestart"), Some("c8y_Restart")));
    assert_eq!(stored["warnings"].as_array().map(Vec::len), Some(2));
    let kept = lines(&house, &admin, JOE).expect(200).text;
    assert!(
        fragments
            .iter()
            .all(|fragment| kept.contains(&format!(", {fragment}, "))),
        "{kept}"
    );
    let again = set_lines(&house, &admin, JOE, &kept).expect(200).text;
    assert!(
        again.starts_with(&kept) && again.contains("\n# warning: the fragment c8yRestart"),
        "{again}"
    );
    assert_eq!(set_lines(&house, &admin, JOE, &again).expect(200).text, again);
}

// R004 R005 R027 R038
#[test]
fn a_rule_of_a_group_holds_for_its_members_from_one_request_to_the_next() {
    let (house, admin, joe, device) = with_joe();
    let path = format!("/inventory/managedObjects/{device}");
    let group = house
        .post(&admin, "/user/t100/groups", json!({ "name": "Site" }))
        .expect(201);
    let group = format!("/user/t100/groups/{}", group.json()["id"]);
    set_lines(
        &house,
        &admin,
        &group,
        &format!("{device}, MANAGED_OBJECT, *, READ"),
    )
    .expect(200);
    house.get(&joe, &path).expect(404);
    let member = json!({ "user": { "id": "joe" } });
    house
        .post(&admin, &format!("{group}/users"), member.clone())
        .expect(201);
    house.get(&joe, &path).expect(200);
    assert_eq!(
        house.get(&admin, JOE).expect(200).json()["devicePermissions"],
        json!({})
    );
    house.delete(&admin, &format!("{group}/users/joe")).expect(204);
    house.get(&joe, &path).expect(404);
    house.post(&admin, &format!("{group}/users"), member).expect(201);
    house.get(&joe, &path).expect(200);
    house.delete(&admin, &group).expect(204);
    house.get(&joe, &path).expect(404);
}

// R026 R039: a right on a group object reaches what hangs below it now.
#[test]
fn moving_an_object_in_and_out_of_a_set_changes_rights_at_once() {
    let (house, admin, joe, device) = with_joe();
    let path = format!("/inventory/managedObjects/{device}");
    let set = object(&house, &admin, json!({ "name": "set", "c8y_IsDeviceGroup": {} }));
    let reader = json!({ "managedObject": set, "roles": [{ "name": "Reader" }] });
    house
        .post(&admin, &format!("{JOE}/roles/inventory"), reader)
        .expect(200);
    let children = format!("/inventory/managedObjects/{set}/childAssets");
    let child = json!({ "managedObject": { "id": device } });
    let count = || {
        let found = house
            .get(&joe, "/inventory/managedObjects?withTotalElements=true")
            .expect(200)
            .json();
        found["statistics"]["totalElements"].as_u64()
    };
    house.get(&joe, &path).expect(404);
    assert_eq!(count(), Some(1));
    house.post(&admin, &children, child.clone()).expect(201);
    house.get(&joe, &path).expect(200);
    assert_eq!(count(), Some(2));
    house.delete(&admin, &format!("{children}/{device}")).expect(204);
    house.get(&joe, &path).expect(404);
    let additions = format!("/inventory/managedObjects/{set}/childAdditions");
    house.post(&admin, &additions, child).expect(201);
    house.get(&joe, &path).expect(404);
    assert_eq!(count(), Some(1));
}

#[test]
fn rules_go_with_the_object_the_user_and_the_group() {
    let (house, admin, _, device) = with_joe();
    let group = house
        .post(&admin, "/user/t100/groups", json!({ "name": "Site" }))
        .expect(201);
    let group = format!("/user/t100/groups/{}", group.json()["id"]);
    let other = object(&house, &admin, json!({ "name": "o" }));
    for path in [JOE, &group] {
        let both = format!("{device}, EVENT, *, READ\n{other}, EVENT, *, READ\n");
        set_lines(&house, &admin, path, &both).expect(200);
        let reader = json!({ "managedObject": device, "roles": [{ "name": "Reader" }] });
        house
            .post(&admin, &format!("{path}/roles/inventory"), reader)
            .expect(200);
    }
    house
        .delete(&admin, &format!("/inventory/managedObjects/{device}"))
        .expect(204);
    house
        .get(&admin, &format!("/user/devicePermissions/{device}"))
        .expect(404);
    for path in [JOE, &group] {
        assert_eq!(
            lines(&house, &admin, path).expect(200).text,
            format!("{other}, EVENT, *, READ\n")
        );
        let left = house
            .get(&admin, &format!("{path}/roles/inventory"))
            .expect(200)
            .json();
        assert_eq!(left["inventoryAssignments"], json!([]));
        house.delete(&admin, path).expect(204);
        lines(&house, &admin, path).expect(404);
    }
    let owners = house
        .get(&admin, &format!("/user/devicePermissions/{other}"))
        .expect(200)
        .json();
    assert_eq!(owners, json!({ "users": [], "groups": [] }));
    house.person("t100", "joe", &[]);
    assert_eq!(lines(&house, &admin, JOE).expect(200).text, "");
}

/// Sends the same change with the same tag as often as there are bodies, at the same time.
pub(crate) fn at_the_same_time(house: &House, admin: &Who, path: &str, bodies: &[Value]) -> Vec<u16> {
    let tag = house.get(admin, path).expect(200).header("etag").to_owned();
    let start = Barrier::new(bodies.len());
    std::thread::scope(|scope| {
        let sent = bodies.iter().map(|body| {
            scope.spawn(|| {
                start.wait();
                let request = house.request(admin, "PUT", path).header("if-match", &tag);
                house.send(request, body.clone()).status.as_u16()
            })
        });
        let sent: Vec<_> = sent.collect();
        let mut codes: Vec<_> = sent
            .into_iter()
            .map(|sent| sent.join().expect("answered"))
            .collect();
        codes.sort_unstable();
        codes
    })
}

// R029: no lost update, wherever something is edited.
#[test]
fn of_several_editors_at_the_same_time_exactly_one_succeeds() {
    let (house, admin, _, device) = with_joe();
    let group = house
        .post(&admin, "/user/t100/groups", json!({ "name": "Site" }))
        .expect(201);
    let group = format!("/user/t100/groups/{}", group.json()["id"]);
    let role = json!({ "name": "r", "permissions": [] });
    let role = house
        .post(&admin, "/user/inventoryroles", role)
        .expect(201)
        .json()["id"]
        .to_string();
    let bodies = |one: &dyn Fn(&str) -> Value| ["w", "x", "y", "z"].map(one);
    let rules = |name: &str| json!({ "rules": [{ "text": format!("{device}, EVENT, {name}, READ") }] });
    // A change to what is there already changes nothing: each case has names of its own.
    let given = |name: &str| json!({ &device: [format!("EVENT:{name}{name}:READ")] });
    let held = |name: &str| json!({ &device: [format!("ALARM:{name}:READ")] });
    let cases = [
        (format!("{JOE}/permissions"), bodies(&rules)),
        (format!("{group}/permissions"), bodies(&rules)),
        (JOE.to_owned(), bodies(&|name| json!({ "firstName": name }))),
        (
            JOE.to_owned(),
            bodies(&|name| json!({ "devicePermissions": given(name) })),
        ),
        (group.clone(), bodies(&|name| json!({ "description": name }))),
        (
            format!("/user/devicePermissions/{device}"),
            bodies(&|name| json!({ "users": [{ "userName": "joe", "devicePermissions": held(name) }] })),
        ),
        (
            format!("/user/inventoryroles/{role}"),
            bodies(&|name| json!({ "description": name })),
        ),
    ];
    for (path, bodies) in cases {
        let codes = at_the_same_time(&house, &admin, &path, &bodies);
        assert_eq!(codes, [200, 412, 412, 412], "{path}");
    }
    let tag = house.get(&admin, JOE).expect(200).header("etag").to_owned();
    house.put(&admin, JOE, json!({ "lastName": "last" })).expect(200);
    for path in [JOE, &group] {
        let request = house.request(&admin, "DELETE", path).header("if-match", &tag);
        house.send(request, Value::Null).expect(412);
        house.get(&admin, path).expect(200);
    }
}

#[test]
fn there_may_be_only_so_many_permissions_on_an_object_and_objects() {
    let (house, admin, _, device) = with_joe();
    let many = |count: usize| {
        (0..count)
            .map(|number| format!("{device}, EVENT, f{number}, READ\n"))
            .collect::<String>()
    };
    let refused = set_lines(&house, &admin, JOE, &many(PERMISSIONS_ON_OBJECT_MAX + 1)).expect(422);
    assert!(refused.error().1.contains("at most 50 permissions"));
    set_lines(&house, &admin, JOE, &many(PERMISSIONS_ON_OBJECT_MAX)).expect(200);
    let more: Vec<_> = (0..=PERMISSIONS_ON_OBJECT_MAX)
        .map(|number| format!("EVENT:f{number}:READ"))
        .collect();
    let more = json!({ "users": [{ "userName": "joe", "devicePermissions": { &device: more } }] });
    on_object(&house, &admin, &device, more).expect(422);

    let objects: Vec<_> = (0..=GRANTED_OBJECTS_MAX)
        .map(|_| object(&house, &admin, json!({})))
        .collect();
    let on = |objects: &[String]| {
        objects
            .iter()
            .map(|id| format!("{id}, EVENT, *, READ\n"))
            .collect::<String>()
    };
    let refused = set_lines(&house, &admin, JOE, &on(&objects)).expect(422);
    assert!(refused.error().1.contains("at most 1000 objects"));
    set_lines(&house, &admin, JOE, &on(&objects[..GRANTED_OBJECTS_MAX])).expect(200);
    let last = &objects[GRANTED_OBJECTS_MAX];
    let more = json!({ "users": [{ "userName": "joe", "devicePermissions": { last: ["EVENT:*:READ"] } }] });
    on_object(&house, &admin, last, more).expect(422);
    let first = &objects[0];
    let less = json!({ "users": [{ "userName": "joe", "devicePermissions": { first: [] } }] });
    on_object(&house, &admin, first, less).expect(200);
    let more = json!({ "users": [{ "userName": "joe", "devicePermissions": { last: ["EVENT:*:READ"] } }] });
    on_object(&house, &admin, last, more).expect(200);
}

// R014: who changed which permission of whom on what.
#[test]
fn every_change_of_permissions_is_in_the_audit_log() {
    let (house, admin, _, device) = with_joe();
    set_lines(&house, &admin, JOE, &format!("{device}, EVENT, x, READ\n")).expect(200);
    let reader = json!({ "managedObject": device, "roles": [{ "name": "Reader" }] });
    let made = house
        .post(&admin, &format!("{JOE}/roles/inventory"), reader)
        .expect(200)
        .json();
    house
        .delete(&admin, &format!("{JOE}/roles/inventory/{}", made["id"]))
        .expect(204);
    let role =
        json!({ "name": "r", "permissions": [{ "scope": "ALARM", "type": "y", "permission": "ADMIN" }] });
    let role = house
        .post(&admin, "/user/inventoryroles", role)
        .expect(201)
        .json()["id"]
        .to_string();
    house
        .delete(&admin, &format!("/user/inventoryroles/{role}"))
        .expect(204);
    let records = house
        .get(&admin, "/audit/auditRecords?pageSize=100")
        .expect(200)
        .json();
    let records = records["auditRecords"].as_array().expect("records");
    let find = |activity: &str| {
        let found = records.iter().find(|record| record["activity"] == activity);
        found.unwrap_or_else(|| panic!("{activity}"))
    };
    let given = find("User device permissions updated");
    assert_eq!(
        (&given["type"], &given["source"]["id"]),
        (&json!("User"), &json!("joe"))
    );
    let change = &given["changes"][0];
    assert_eq!(
        (&change["attribute"], &change["newValue"]),
        (&json!(device), &json!("EVENT:x:READ"))
    );
    for activity in [
        "Inventory roles assigned to user",
        "Inventory roles taken from user",
    ] {
        let text = find(activity)["text"].as_str().expect("a text");
        assert!(
            text.contains(&device) && text.contains("Reader") && text.contains("*:*:READ"),
            "{text}"
        );
    }
    for activity in ["Inventory role created", "Inventory role deleted"] {
        let record = find(activity);
        assert_eq!(record["type"], "InventoryRole");
        assert!(
            record["text"]
                .as_str()
                .is_some_and(|text| text.contains("ALARM:y:ADMIN"))
        );
    }
    // What changes nothing is no change.
    set_lines(&house, &admin, JOE, &format!("{device}, EVENT, x, READ\n")).expect(200);
    let records = house
        .get(&admin, "/audit/auditRecords?pageSize=100")
        .expect(200)
        .json();
    let records = records["auditRecords"].as_array().expect("records").iter();
    let given = records.filter(|record| record["activity"] == "User device permissions updated");
    assert_eq!(given.count(), 1);
}
