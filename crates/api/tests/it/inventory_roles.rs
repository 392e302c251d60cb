//! Inventory roles and their assignment to users and groups, as clients see them.

use crate::users::assert_documented;
use model::limits::{
    ASSIGNMENT_ROLES_MAX, ASSIGNMENTS_MAX, INVENTORY_ROLE_PERMISSIONS_MAX, INVENTORY_ROLES_MAX,
};
use model::roles::Role;
use serde_json::{Value, json};
use testkit::house::{House, Reply, Who};

const ROLES: &str = "/user/inventoryroles";
/// The numbers of two permissions, which come from what they say: a change of them would be a change of the API.
const RESTART: u32 = 364_392_747;
const EVENTS: u32 = 1_163_935_615;

fn permission(scope: &str, fragment: &str, level: &str) -> Value {
    json!({ "scope": scope, "type": fragment, "permission": level })
}

/// A new role; its number.
fn role(house: &House, by: &Who, name: &str, permissions: &[Value]) -> u64 {
    let body = json!({ "name": name, "permissions": permissions });
    house.post(by, ROLES, body).expect(201).json()["id"]
        .as_u64()
        .expect("a number")
}

/// A new object; its id.
fn object(house: &House, by: &Who, body: Value) -> String {
    let created = house.post(by, "/inventory/managedObjects", body).expect(201);
    created.json()["id"].as_str().expect("an id").to_owned()
}

fn assign(house: &House, by: &Who, holder: &str, on: &str, roles: &[Value]) -> Reply {
    let path = format!("/user/t100/{holder}/roles/inventory");
    house.post(by, &path, json!({ "managedObject": on, "roles": roles }))
}

#[test]
fn a_new_tenant_has_the_roles_that_administrators_know() {
    let house = House::new();
    let all = house.get(&house.admin("t100"), ROLES).expect(200).json();
    let roles = all["roles"].as_array().expect("roles");
    let names: Vec<_> = roles
        .iter()
        .map(|role| role["name"].as_str().expect("a name"))
        .collect();
    assert_eq!(
        names,
        [
            "Reader",
            "Manager",
            "Operations: All",
            "Operations: Restart Device"
        ]
    );
    assert_eq!(
        roles[3]["permissions"],
        json!([{ "id": RESTART, "scope": "OPERATION", "type": "c8y_Restart", "permission": "ADMIN" }])
    );
    let said: Vec<_> = roles[1]["permissions"]
        .as_array()
        .expect("permissions")
        .iter()
        .map(|one| {
            (
                one["scope"].clone(),
                one["type"].clone(),
                one["permission"].clone(),
            )
        })
        .collect();
    let words = |scope: &str, level: &str| (scope.into(), "*".into(), level.into());
    assert_eq!(
        said,
        [
            words("*", "READ"),
            words("MANAGED_OBJECT", "ADMIN"),
            words("ALARM", "ADMIN")
        ]
    );
}

// R031 R035: aliases are understood and the canonical names are shown.
#[test]
fn a_role_has_the_shape_that_clients_know_and_is_changed_and_deleted() {
    let house = House::new();
    let admin = house.admin("t100");
    let body = json!({
        "name": "Pumps", "description": "Restart pumps",
        "permissions": [permission("OPERATIONS", "c8y_Restart", "CHANGE"), permission("EVENT", "*", "ALL")],
    });
    let created = house.post(&admin, ROLES, body).expect(201);
    let id = created.json()["id"].as_u64().expect("a number");
    let at = format!("https://localhost{ROLES}/{id}");
    assert_eq!(created.header("location"), at);
    assert_eq!(
        created.header("content-type"),
        "application/vnd.com.nsn.cumulocity.inventoryrole+json;charset=UTF-8;ver=0.9"
    );
    let expected = json!({
        "id": id, "self": at, "name": "Pumps", "description": "Restart pumps",
        "permissions": [
            { "id": RESTART, "scope": "OPERATION", "type": "c8y_Restart", "permission": "ADMIN" },
            { "id": EVENTS, "scope": "EVENT", "type": "*", "permission": "*" },
        ],
    });
    assert_eq!(created.json(), expected);
    assert_documented("InventoryRole", &expected);
    let path = format!("{ROLES}/{id}");
    assert_eq!(house.get(&admin, &path).expect(200).json(), expected);
    let page = house.get(
        &admin,
        &format!("{ROLES}?pageSize=2&currentPage=3&withTotalElements=true"),
    );
    let page = page.expect(200).json();
    assert_eq!(page["roles"], json!([expected]));
    assert_eq!(page["statistics"]["totalElements"], 5);

    // What stays keeps its number.
    let fewer = json!({ "permissions": [permission("EVENT", "*", "ALL")] });
    let fewer = house.put(&admin, &path, fewer).expect(200).json();
    assert_eq!(fewer["permissions"], json!([expected["permissions"][1]]));

    let changed = house.put(&admin, &path, json!({ "description": null, "permissions": [] }));
    let changed = changed.expect(200).json();
    assert_eq!(
        changed,
        json!({ "id": id, "self": at, "name": "Pumps", "permissions": [] })
    );
    house.put(&admin, &path, json!({ "name": "Reader" })).expect(409);
    house.put(&admin, &path, json!({ "name": "Pumps" })).expect(200);
    house.delete(&admin, &path).expect(204);
    house.get(&admin, &path).expect(404);
    house.delete(&admin, &path).expect(404);
    house.get(&admin, &format!("{ROLES}/pumps")).expect(404);
}

// R031: an unknown scope, permission or fragment is refused and says what is allowed; nothing is widened or stored.
#[test]
fn a_role_that_is_not_understood_is_refused_and_not_stored() {
    let house = House::new();
    let admin = house.admin("t100");
    for (permission, says) in [
        (
            permission("MEASUREMENTS", "*", "READ"),
            "MANAGED_OBJECT, MEASUREMENT",
        ),
        (
            permission("measurement", "*", "READ"),
            "MANAGED_OBJECT, MEASUREMENT",
        ),
        (permission("MEASUREMENT", "*", "WRITE"), "READ, ADMIN or `*`"),
        (permission("MEASUREMENT", "", "READ"), "exact name"),
        (permission("MEASUREMENT", " x", "READ"), "exact name"),
        (json!({ "scope": "EVENT", "type": "*" }), "permission"),
        (json!("EVENT:*:READ"), "objects"),
    ] {
        let body = json!({ "name": "bad", "permissions": [permission] });
        let (_, message) = house.post(&admin, ROLES, body).expect(422).error();
        assert!(message.contains(says), "{message}");
    }
    for body in [
        json!({ "permissions": [] }),
        json!({ "name": "bad" }),
        json!({ "name": "", "permissions": [] }),
        json!({ "name": " bad", "permissions": [] }),
    ] {
        house.post(&admin, ROLES, body).expect(422);
    }
    let twice = json!({ "name": "Reader", "permissions": [] });
    assert_eq!(
        house.post(&admin, ROLES, twice).expect(409).error().0,
        "users/Duplicate"
    );
    let all = house
        .get(&admin, &format!("{ROLES}?pageSize=100"))
        .expect(200)
        .json();
    assert_eq!(all["roles"].as_array().map(Vec::len), Some(4));
}

// R026 R027
#[test]
fn an_assignment_has_the_shape_that_clients_know() {
    let house = House::new();
    let admin = house.admin("t100");
    house.person("t100", "joe", &[]);
    let device = object(&house, &admin, json!({ "name": "d" }));
    let id = role(&house, &admin, "Events", &[permission("EVENT", "*", "READ")]);
    let group = house.group("t100", "business");
    for holder in ["users/joe".to_owned(), format!("groups/{group}")] {
        let list = format!("/user/t100/{holder}/roles/inventory");
        let made = assign(&house, &admin, &holder, &device, &[json!({ "name": "Events" })]).expect(200);
        let number = made.json()["id"].as_u64().expect("a number");
        let path = format!("{list}/{number}");
        let shown_role = house.get(&admin, &format!("{ROLES}/{id}")).expect(200).json();
        let expected = json!({
            "id": number, "self": format!("https://localhost{path}"), "managedObject": device, "roles": [shown_role],
        });
        assert_eq!(made.json(), expected);
        assert_documented("InventoryAssignment", &expected);
        assert_eq!(house.get(&admin, &path).expect(200).json(), expected);
        assert_eq!(
            house.get(&admin, &list).expect(200).json()["inventoryAssignments"],
            json!([expected])
        );

        let reader = house.get(&admin, ROLES).expect(200).json()["roles"][0].clone();
        let body =
            json!({ "managedObject": device, "roles": [{ "id": reader["id"] }, { "id": id.to_string() }] });
        let changed = house.put(&admin, &path, body).expect(200).json();
        assert_eq!(changed["roles"], json!([reader, expected["roles"][0]]));
        house
            .put(
                &admin,
                &path,
                json!({ "managedObject": "*", "roles": [{ "id": id }] }),
            )
            .expect(422);
        house.put(&admin, &path, json!({ "roles": [] })).expect(422);
        house.delete(&admin, &path).expect(204);
        house.delete(&admin, &path).expect(404);
        assert_eq!(
            house.get(&admin, &list).expect(200).json()["inventoryAssignments"],
            json!([])
        );
    }
    let everywhere = assign(&house, &admin, "users/joe", "*", &[json!({ "id": id })]).expect(200);
    assert_eq!(everywhere.json()["managedObject"], "*");
}

#[test]
fn an_assignment_of_what_is_not_there_is_refused() {
    let house = House::new();
    let admin = house.admin("t100");
    house.person("t100", "joe", &[]);
    let device = object(&house, &admin, json!({ "name": "d" }));
    let theirs = object(&house, &house.admin("t200"), json!({ "name": "d" }));
    let known = json!({ "name": "Reader" });
    let refused = |on: &str, role: &Value| {
        let (error, message) = assign(&house, &admin, "users/joe", on, std::slice::from_ref(role))
            .expect(422)
            .error();
        (error, message.replace(on, "ID"))
    };
    // R115: an object of another tenant is one that does not exist.
    assert_eq!(refused(&theirs, &known), refused("8000000000000001", &known));
    refused("device", &known);
    refused(&device, &json!({ "name": "reader" }));
    refused(&device, &json!({ "id": 8_000_000_000_000_001_u64 }));
    refused(&device, &json!({}));
    assign(&house, &admin, "users/jim", &device, &[known]).expect(404);
    let theirs = house.get(&house.admin("t200"), ROLES).expect(200).json()["roles"][0]["id"].clone();
    refused(&device, &json!({ "id": theirs }));
}

// R029: of two editors who read the same, only the first one changes it.
#[test]
fn a_change_of_what_somebody_else_has_changed_is_refused() {
    let house = House::new();
    let admin = house.admin("t100");
    house.person("t100", "joe", &[]);
    let id = role(&house, &admin, "Events", &[permission("EVENT", "*", "READ")]);
    let made = assign(&house, &admin, "users/joe", "*", &[json!({ "id": id })])
        .expect(200)
        .json();
    let assignment = format!("/user/t100/users/joe/roles/inventory/{}", made["id"]);
    let role_path = format!("{ROLES}/{id}");
    for (path, first, second) in [
        (
            &role_path,
            json!({ "description": "a" }),
            json!({ "description": "b" }),
        ),
        (
            &assignment,
            json!({ "roles": [{ "name": "Reader" }] }),
            json!({ "roles": [{ "name": "Manager" }] }),
        ),
    ] {
        let read = house.get(&admin, path).expect(200);
        let tag = read.header("etag").to_owned();
        assert!(tag.starts_with('"') && tag.len() == 34, "{tag}");
        assert_eq!(house.get(&admin, path).expect(200).header("etag"), tag);
        let put = |tag: &str, body: &Value| {
            let request = house.request(&admin, "PUT", path).header("accept", "*/*");
            house.send(request.header("if-match", tag), body.clone())
        };
        let changed = put(&tag, &first).expect(200);
        let next = changed.header("etag").to_owned();
        assert_ne!(next, tag);
        let refused = put(&tag, &second).expect(412);
        assert_eq!(refused.error().0, "users/Precondition Failed");
        for stale in ["\"\"", "W/\"x\"", "x", &format!("W/{next}"), &next.to_uppercase()] {
            put(stale, &second).expect(412);
        }
        let delete = |tag: &str| {
            let request = house.request(&admin, "DELETE", path).header("if-match", tag);
            house.send(request, Value::Null)
        };
        delete(&tag).expect(412);
        assert_eq!(house.get(&admin, path).expect(200).json(), changed.json());
        put(&format!("\"other\", {next}"), &first).expect(200);
        put("*", &first).expect(200);
    }
    let tag = house
        .get(&admin, &assignment)
        .expect(200)
        .header("etag")
        .to_owned();
    let request = house
        .request(&admin, "DELETE", &assignment)
        .header("if-match", tag);
    house.send(request, Value::Null).expect(204);
}

// R010: whoever changes a role changes what everybody holds to whom it is assigned.
#[test]
fn nobody_changes_an_assigned_role_beyond_what_they_hold() {
    let house = House::new();
    let admin = house.admin("t100");
    let roles = [Role::UserManagementRead, Role::UserManagementAdmin];
    let manager = house.person("t100", "manager", &roles);
    house.person("t100", "joe", &[]);
    let device = object(&house, &admin, json!({ "name": "d" }));
    let id = role(&house, &manager, "Events", &[permission("EVENT", "a", "READ")]);
    let path = format!("{ROLES}/{id}");
    let set = |permissions: Value| house.put(&manager, &path, json!({ "permissions": permissions }));
    set(json!([permission("*", "*", "*")])).expect(200);
    set(json!([permission("EVENT", "a", "READ")])).expect(200);
    assign(&house, &manager, "users/joe", "*", &[json!({ "id": id })]).expect(403);
    assign(&house, &admin, "users/joe", &device, &[json!({ "id": id })]).expect(200);
    set(json!([])).expect(403);
    set(json!([
        permission("EVENT", "a", "READ"),
        permission("EVENT", "b", "READ")
    ]))
    .expect(403);
    house.delete(&manager, &path).expect(403);
    house
        .put(&manager, &path, json!({ "description": "d" }))
        .expect(200);

    let own = json!({ "rules": [{ "text": format!("{device}, EVENT, *, READ") }] });
    house
        .put(&admin, "/user/t100/users/manager/permissions", own)
        .expect(200);
    set(json!([
        permission("EVENT", "a", "READ"),
        permission("EVENT", "b", "READ")
    ]))
    .expect(200);
    set(json!([permission("EVENT", "a", "ADMIN")])).expect(403);
    house.delete(&manager, &path).expect(204);
    assert_eq!(
        house
            .get(&admin, "/user/t100/users/joe/roles/inventory")
            .expect(200)
            .json()["inventoryAssignments"],
        json!([])
    );
}

#[test]
fn there_may_be_only_so_many_permissions_roles_and_assignments() {
    let house = House::new();
    let admin = house.admin("t100");
    house.person("t100", "joe", &[]);
    let many = |count: usize| -> Vec<Value> {
        (0..count)
            .map(|number| permission("EVENT", &format!("f{number}"), "READ"))
            .collect()
    };
    let body = |count| json!({ "name": "many", "permissions": many(count) });
    house
        .post(&admin, ROLES, body(INVENTORY_ROLE_PERMISSIONS_MAX + 1))
        .expect(422);
    house
        .post(&admin, ROLES, body(INVENTORY_ROLE_PERMISSIONS_MAX))
        .expect(201);

    // Four are there from the beginning, and one was just made.
    let ids: Vec<u64> = (5..INVENTORY_ROLES_MAX)
        .map(|number| role(&house, &admin, &format!("role {number}"), &[]))
        .collect();
    let one_more = house.post(&admin, ROLES, json!({ "name": "one more", "permissions": [] }));
    assert!(one_more.expect(422).error().1.contains("at most 500"));

    let named = |count: usize| -> Vec<Value> { ids[..count].iter().map(|id| json!({ "id": id })).collect() };
    assign(&house, &admin, "users/joe", "*", &named(ASSIGNMENT_ROLES_MAX + 1)).expect(422);
    for _ in 0..ASSIGNMENTS_MAX {
        assign(&house, &admin, "users/joe", "*", &named(ASSIGNMENT_ROLES_MAX)).expect(200);
    }
    let one_more = assign(&house, &admin, "users/joe", "*", &named(1)).expect(422);
    assert!(one_more.error().1.contains("at most 200"));
}

// R019: whoever may change users but not read them gets nothing stored back.
#[test]
fn who_may_write_but_not_read_roles_gets_nothing_stored_back() {
    let house = House::new();
    let (admin, writer) = (
        house.admin("t100"),
        house.person("t100", "writer", &[Role::UserManagementAdmin]),
    );
    let id = role(&house, &admin, "Events", &[permission("EVENT", "*", "READ")]);
    let path = format!("{ROLES}/{id}");
    let changed = house
        .put(&writer, &path, json!({ "description": "d" }))
        .expect(200);
    assert_eq!(
        changed.json(),
        json!({ "id": id, "self": format!("https://localhost{path}") })
    );
    assert_eq!(changed.header("etag"), "");
    for path in [ROLES, &path, "/user/t100/users/writer/permissions"] {
        house.get(&writer, path).expect(403);
    }
}
