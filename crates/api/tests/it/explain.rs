//! Explanations of rights as clients see them.

mod random;
mod refusals;

use super::users::assert_documented;
use model::roles::Role;
use serde_json::{Value, json};
use testkit::house::{House, Who};

fn object(house: &House, who: &Who, body: Value) -> String {
    let made = house
        .post(who, "/inventory/managedObjects", body)
        .expect(201)
        .json();
    made["id"].as_str().expect("an id").to_owned()
}

fn hang(house: &House, parent: &str, child: &str) {
    let body = json!({"managedObject": {"id": child}});
    house
        .post(
            &house.admin("t100"),
            &format!("/inventory/managedObjects/{parent}/childAssets"),
            body,
        )
        .expect(201);
}

fn rules(house: &House, holder: &str, lines: &[&str]) {
    let rules: Vec<_> = lines.iter().map(|line| json!({ "text": line })).collect();
    house
        .put(
            &house.admin("t100"),
            &format!("/user/t100/{holder}/permissions"),
            json!({ "rules": rules }),
        )
        .expect(200);
}

fn effective(user: &str, object: &str) -> String {
    format!("/user/t100/users/{user}/effectivePermissions?device={object}")
}

fn action<'j>(explained: &'j Value, scope: &str, name: &str) -> &'j Value {
    let mut actions = explained["actions"].as_array().expect("actions").iter();
    actions
        .find(|action| action["scope"] == scope && action["action"] == name)
        .unwrap_or_else(|| panic!("no {scope} {name}"))
}

/// A group `watchers` with an inventory role on the upper of two objects, and its member `jane`, who owns nothing.
fn jane(house: &House) -> (Who, String, String, u64) {
    let admin = house.admin("t100");
    let upper = object(house, &admin, json!({"name": "upper", "plan": {}}));
    let lower = object(house, &admin, json!({"name": "lower", "a": {}, "b": {}}));
    hang(house, &upper, &lower);
    let jane = house.person("t100", "jane", &[Role::UserManagementOwnRead]);
    let group = house
        .post(&admin, "/user/t100/groups", json!({"name": "watchers"}))
        .expect(201)
        .json()["id"]
        .as_u64()
        .expect("an id");
    house
        .post(
            &admin,
            &format!("/user/t100/groups/{group}/users"),
            json!({"user": {"id": "jane"}}),
        )
        .expect(201);
    let role = json!({"name": "Some", "permissions": [
        {"scope": "MANAGED_OBJECT", "type": "a", "permission": "READ"},
        {"scope": "MEASUREMENT", "type": "t", "permission": "ALL"},
    ]});
    let role = house
        .post(&admin, "/user/inventoryroles", role)
        .expect(201)
        .json()["id"]
        .clone();
    let body = json!({"managedObject": upper, "roles": [{"id": role}]});
    house
        .post(
            &admin,
            &format!("/user/t100/groups/{group}/roles/inventory"),
            body,
        )
        .expect(200);
    (jane, upper, lower, group)
}

// R043: the permissions of a user for a device, each with its source: direct, group and inventory role, inherited from
// above; and for a refusal what is missing.
#[test]
fn the_permissions_of_a_user_for_an_object_are_told_with_their_sources() {
    let house = House::new();
    let (admin, (_, upper, lower, group)) = (house.admin("t100"), jane(&house));
    let told = house.get(&admin, &effective("jane", &lower)).expect(200).json();
    assert_documented("EffectivePermissions", &told);
    assert_eq!(told["managedObject"], json!({"id": lower, "name": "lower"}));
    let read = action(&told, "MANAGED_OBJECT", "read");
    assert_documented("PermittedAction", read);
    assert_eq!(read["allowed"], false);
    assert_eq!(
        read["wouldGrant"],
        json!({
            "anyRole": ["ROLE_INVENTORY_READ", "ROLE_MANAGED_OBJECT_READ"],
            "rules": [format!("{lower}, MANAGED_OBJECT, b, READ")],
            "ownership": true,
            "c8y_Global": true,
        })
    );
    let grant = &read["notEnough"][0];
    assert_documented("HeldRule", grant);
    assert_eq!(grant["rule"], format!("{upper}, MANAGED_OBJECT, a, READ"));
    assert_eq!(grant["group"], json!({"id": group, "name": "watchers"}));
    assert_eq!(grant["inventoryRole"]["name"], "Some");
    assert_eq!(grant["inherited"], true);
    let store = action(&told, "MEASUREMENT", "store");
    assert_eq!(
        (&store["allowed"], &store["fragments"]),
        (&json!(true), &json!(["t"]))
    );
    assert_eq!(store["because"][0]["type"], "permission");
    // What it advises helps.
    rules(
        &house,
        "users/jane",
        &[&format!("{lower}, MANAGED_OBJECT, b, READ")],
    );
    let told = house.get(&admin, &effective("jane", &lower)).expect(200).json();
    let read = action(&told, "MANAGED_OBJECT", "read");
    assert_eq!(
        (&read["allowed"], &read["fragments"]),
        (&json!(true), &json!("*"))
    );
    assert_eq!(read["because"].as_array().map(Vec::len), Some(2));
    assert_eq!(read["wouldGrant"], Value::Null);
    // The group by itself still is not enough.
    let of_group = format!("/user/t100/groups/{group}/effectivePermissions?device={lower}");
    let told = house.get(&admin, &of_group).expect(200).json();
    assert_eq!(action(&told, "MANAGED_OBJECT", "read")["allowed"], false);
    assert_eq!(action(&told, "MEASUREMENT", "read")["allowed"], true);
}

#[test]
fn roles_are_told_with_the_groups_that_give_them() {
    let house = House::new();
    let admin = house.admin("t100");
    let what = object(&house, &admin, json!({"name": "x"}));
    let told = house.get(&admin, &effective("admin", &what)).expect(200).json();
    let why = action(&told, "MANAGED_OBJECT", "read")["because"]
        .as_array()
        .expect("reasons")
        .clone();
    assert_eq!(why[0]["role"]["name"], "ROLE_INVENTORY_READ");
    assert_eq!(why[0]["role"]["groups"][0]["name"], "admins");
    assert!(why.contains(&json!({"type": "owner"})));
    let held = house
        .get(&admin, "/user/t100/users/admin/effectivePermissions")
        .expect(200)
        .json();
    assert_documented("EffectivePermissions", &held);
    let names: Vec<_> = held["roles"]
        .as_array()
        .expect("roles")
        .iter()
        .map(|role| &role["name"])
        .collect();
    assert!(names.contains(&&json!("ROLE_USER_MANAGEMENT_ADMIN")), "{names:?}");
    let device = house.device("t100", "device_x");
    let own = house
        .get(&device, "/user/t100/users/device_x/effectivePermissions")
        .expect(200)
        .json();
    let own_only = own["roles"]
        .as_array()
        .expect("roles")
        .iter()
        .any(|role| role["ownOnly"] == true);
    assert!(own_only || own["roles"].as_array().is_some_and(|roles| roles.len() < 10));
}

// R043: who asks must be allowed to read users, or be the user, and must be allowed to read the object.
#[test]
fn the_view_tells_nothing_to_those_who_may_not_know() {
    let house = House::new();
    let (admin, (jane, upper, lower, group)) = (house.admin("t100"), jane(&house));
    let absent = "8000000000000001";
    let keeper = house.person("t100", "keeper", &[Role::UserManagementRead]);
    for (who, path, status) in [
        (&jane, effective("keeper", &lower), 403),
        (&jane, effective("jane", &lower), 403),
        (&jane, effective("jane", absent), 404),
        (
            &jane,
            format!("/user/t100/groups/{group}/effectivePermissions"),
            403,
        ),
        (&keeper, effective("jane", &lower), 404),
        (&keeper, effective("nobody", &lower), 404),
        (&admin, effective("nobody", &lower), 404),
        (
            &jane,
            format!("/inventory/managedObjects/{lower}/permissions/who"),
            403,
        ),
        (
            &keeper,
            format!("/inventory/managedObjects/{lower}/permissions/who"),
            404,
        ),
        (&jane, "/audit/refusals".to_owned(), 403),
        (&admin, effective("jane", "x"), 422),
    ] {
        house.get(who, &path).expect(status);
    }
    let hidden = house.get(&keeper, &effective("jane", &lower)).expect(404).text;
    let missing = house.get(&keeper, &effective("jane", absent)).expect(404).text;
    assert_eq!(hidden.replace(&lower, "ID"), missing.replace(absent, "ID"));
    // Who may read only the lower object is not told where the rights come from.
    rules(
        &house,
        "users/keeper",
        &[&format!("{lower}, MANAGED_OBJECT, *, READ")],
    );
    let told = house.get(&keeper, &effective("jane", &lower)).expect(200);
    assert!(!told.text.contains(&upper), "{}", told.text);
    let grant = &action(&told.json(), "MEASUREMENT", "read")["because"][0]["rule"].clone();
    assert_eq!(grant["permission"], "MEASUREMENT:t:*");
    assert_eq!(
        (&grant["rule"], &grant["managedObject"]),
        (&Value::Null, &Value::Null)
    );
    let held = house
        .get(&keeper, "/user/t100/users/jane/effectivePermissions")
        .expect(200);
    assert!(!held.text.contains(&format!("\"{upper}")), "{}", held.text);
    // Of oneself one learns the rules, but no names of groups and roles without the right to read them.
    let own = house
        .get(&jane, "/user/t100/users/jane/effectivePermissions")
        .expect(200);
    assert!(own.text.contains(&upper) && !own.text.contains("watchers") && !own.text.contains("Some"));
}

// R043: from the side of the object.
#[test]
fn who_can_do_it_is_told_from_the_objects_side() {
    let house = House::new();
    let (admin, (_, _, lower, group)) = (house.admin("t100"), jane(&house));
    house.person("t100", "reader", &[Role::MeasurementRead]);
    house.person("t100", "stranger", &[Role::EventRead]);
    let who = |query: &str| {
        let path = format!("/inventory/managedObjects/{lower}/permissions/who?pageSize=50&{query}");
        let told = house.get(&admin, &path).expect(200).json();
        assert_documented("PermissionHolders", &told);
        let users = told["users"].as_array().expect("users").iter();
        let users: Vec<_> = users
            .map(|user| user["user"].as_str().expect("a name").to_owned())
            .collect();
        (users, told)
    };
    let (users, told) = who("scope=MEASUREMENT&permission=READ&withTotalElements=true");
    assert_eq!(users, ["admin", "jane", "reader"]);
    assert_eq!(told["statistics"]["totalElements"], 3);
    assert_eq!(told["anyRole"], json!(["ROLE_MEASUREMENT_READ"]));
    assert_eq!(
        (&told["owner"], &told["everybody"]),
        (&json!("admin"), &json!(false))
    );
    let groups: Vec<_> = told["groups"]
        .as_array()
        .expect("groups")
        .iter()
        .map(|one| &one["group"]["name"])
        .collect();
    assert!(
        groups.contains(&&json!("watchers")) && groups.contains(&&json!("admins")),
        "{groups:?} {group}"
    );
    assert_eq!(who("scope=MEASUREMENT&fragment=t").0, ["admin", "jane", "reader"]);
    assert_eq!(who("scope=MEASUREMENT&fragment=t,u").0, ["admin", "reader"]);
    assert_eq!(who("").0, ["admin"]);
    assert_eq!(
        who("pageSize=1&currentPage=2&scope=MEASUREMENT").0.len(),
        0,
        "the first pageSize counts"
    );
    let first = format!(
        "/inventory/managedObjects/{lower}/permissions/who?scope=MEASUREMENT&pageSize=1&currentPage=2"
    );
    assert_eq!(
        house.get(&admin, &first).expect(200).json()["users"][0]["user"],
        "jane"
    );
    house
        .get(
            &admin,
            &format!("/inventory/managedObjects/{lower}/permissions/who?scope=DATA"),
        )
        .expect(422);
}

// R010: a preview says what the granter may not pass on, and changes nothing.
#[test]
fn a_preview_tells_effects_and_limits_and_stores_nothing() {
    let house = House::new();
    let (admin, (jane, upper, lower, group)) = (house.admin("t100"), jane(&house));
    let body = json!({
        "subject": {"user": "jane"},
        "rules": [format!("{upper}, MANAGED_OBJECT, *, READ")],
        "remove": [format!("{upper}, MANAGED_OBJECT, a, READ")],
    });
    let told = house
        .post(&admin, "/user/t100/permissions/preview", body.clone())
        .expect(200)
        .json();
    assert_documented("PermissionPreview", &told);
    assert_eq!(
        told["changes"],
        json!([{
            "scope": "MANAGED_OBJECT",
            "permission": "READ",
            "gained": {"objects": 2, "inherited": 1, "managedObjects": [
                {"id": upper, "name": "upper"}, {"id": lower, "name": "lower"}
            ]},
            "lost": {"objects": 0, "inherited": 0, "managedObjects": []},
        }])
    );
    assert_eq!(told["notYours"], json!([]));
    // A role gives it, so it cannot be taken away one by one.
    assert_eq!(
        told["notHeld"],
        json!([format!("{upper}, MANAGED_OBJECT, a, READ")])
    );
    house
        .get(&jane, &format!("/inventory/managedObjects/{upper}"))
        .expect(403);
    let of_group = json!({"subject": {"group": group}, "rules": [format!("{lower}, EVENT, x, READ")]});
    let told = house
        .post(&admin, "/user/t100/permissions/preview", of_group)
        .expect(200)
        .json();
    assert_eq!(told["changes"][0]["gained"]["objects"], 1);
    let keeper = house.person("t100", "keeper", &[Role::UserManagementRead]);
    let refused = house
        .post(&keeper, "/user/t100/permissions/preview", body.clone())
        .expect(422)
        .text;
    assert!(refused.contains(&upper), "{refused}");
    rules(
        &house,
        "users/keeper",
        &[&format!("{upper}, MANAGED_OBJECT, plan, READ")],
    );
    let told = house
        .post(&keeper, "/user/t100/permissions/preview", body)
        .expect(200)
        .json();
    assert_eq!(told["notYours"].as_array().map(Vec::len), Some(2));
    // What may not be passed on finds nothing out about what cannot be read; what may is counted.
    let gained = &told["changes"][0]["gained"];
    assert_eq!(
        (&gained["objects"], &gained["managedObjects"]),
        (&json!(1), &json!([{"id": upper, "name": "upper"}]))
    );
    let both = [
        format!("{upper}, MANAGED_OBJECT, plan, READ"),
        format!("{upper}, EVENT, x, READ"),
    ];
    rules(&house, "users/keeper", &[&both[0], &both[1]]);
    let event = json!({"subject": {"user": "jane"}, "rules": [both[1]]});
    let told = house
        .post(&keeper, "/user/t100/permissions/preview", event)
        .expect(200)
        .json();
    let gained = &told["changes"][0]["gained"];
    assert_eq!(
        (
            &gained["objects"],
            gained["managedObjects"].as_array().map(Vec::len)
        ),
        (&json!(2), Some(1))
    );
    let asks_for_itself = json!({"subject": {"user": "keeper"}, "rules": [format!("{upper}, *, *, *")]});
    let told = house
        .post(&keeper, "/user/t100/permissions/preview", asks_for_itself)
        .expect(200)
        .text;
    assert!(!told.contains(&lower), "{told}");
    house
        .post(
            &jane,
            "/user/t100/permissions/preview",
            json!({"subject": {"user": "jane"}}),
        )
        .expect(403);
}
