//! The hierarchy of user management: who may manage whom, what bounds a user, delegation.

use crate::users::assert_documented;
use model::roles::Role;
use model::users::UserKind;
use serde_json::{Value, json};
use testkit::house::{House, Who};

const PASSWORD: &str = "correct horse battery";
const CREATE: Role = Role::UserManagementCreate;

fn body(name: &str, roles: &[&str]) -> Value {
    let roles: Vec<Value> = roles
        .iter()
        .map(|role| json!({ "role": { "id": role } }))
        .collect();
    json!({
        "userName": name, "email": "x@example.org", "password": PASSWORD, "roles": { "references": roles },
    })
}

/// Somebody who may create users and holds the right to read alarms.
fn head(house: &House, name: &str) -> Who {
    house.person("t100", name, &[CREATE, Role::AlarmRead])
}

/// A user made by somebody.
fn made_by(house: &House, who: &Who, name: &str, roles: &[&str]) -> Who {
    house.post(who, "/user/t100/users", body(name, roles)).expect(201);
    Who::new("t100", name, PASSWORD)
}

fn names(collection: &Value) -> Vec<&str> {
    let users = collection["users"].as_array().expect("users").iter();
    users.map(|user| user["id"].as_str().expect("an id")).collect()
}

fn effective(house: &House, who: &Who) -> Vec<String> {
    let own = house.get(who, "/user/currentUser").expect(200).json();
    let roles = own["effectiveRoles"].as_array().expect("roles").iter();
    let names = roles.map(|role| role["id"].as_str().expect("an id").to_owned());
    names.filter(|name| !name.contains("_OWN_")).collect()
}

fn role(id: &str) -> Value {
    json!({ "role": { "id": id } })
}

// R010: what somebody with CREATE makes is below it, and is its to read, change and delete.
#[test]
fn whoever_may_create_users_manages_those_that_it_has_made() {
    let house = House::new();
    let head = head(&house, "head");
    house.person("t100", "stranger", &[]);
    let created = house
        .post(&head, "/user/t100/users", body("sub", &["ROLE_ALARM_READ"]))
        .expect(201)
        .json();
    assert_eq!(created["owner"], "head");
    assert_documented("User", &created);
    let sub = Who::new("t100", "sub", PASSWORD);
    assert_eq!(effective(&house, &sub), ["ROLE_ALARM_READ"]);

    let listed = house
        .get(&head, "/user/t100/users?withTotalElements=true")
        .expect(200)
        .json();
    assert_eq!(
        (names(&listed), &listed["statistics"]["totalElements"]),
        (vec!["sub"], &json!(1))
    );
    let at = "/user/t100/users/sub";
    house.put(&head, at, json!({ "firstName": "S" })).expect(200);
    house
        .post(&head, &format!("{at}/roles"), role("ROLE_ALARM_READ"))
        .expect(201);
    house.get(&head, &format!("{at}/roles")).expect(200);
    house.get(&head, &format!("{at}/groups")).expect(200);
    let change = json!({ "currentUserPassword": head.password, "newPassword": "another horse battery" });
    house.put(&head, &format!("{at}/password"), change).expect(200);
    house
        .delete(&head, &format!("{at}/roles/ROLE_ALARM_READ"))
        .expect(204);
    house.delete(&head, at).expect(204);
    house.get(&head, at).expect(404);
}

// R010: users below those below are reached too, and each level only gives what it holds.
#[test]
fn the_hierarchy_reaches_down_and_never_up_or_sideways() {
    let house = House::new();
    let top = head(&house, "top");
    let middle = made_by(
        &house,
        &top,
        "middle",
        &["ROLE_USER_MANAGEMENT_CREATE", "ROLE_ALARM_READ"],
    );
    let low = made_by(&house, &middle, "low", &["ROLE_USER_MANAGEMENT_CREATE"]);
    made_by(&house, &top, "beside", &[]);
    let admin = house.admin("t100");
    let below = |who: &Who| {
        let found = house
            .get(who, "/user/t100/users?withSubusersCount=true")
            .expect(200)
            .json();
        let users = found["users"].as_array().expect("users").iter();
        let shown = users.map(|user| {
            (
                user["id"].as_str().expect("an id").to_owned(),
                user["subusersCount"].clone(),
            )
        });
        shown.collect::<Vec<_>>()
    };
    let count = |name: &str, count: u32| (name.to_owned(), json!(count));
    assert_eq!(
        below(&top),
        [count("middle", 1), count("low", 0), count("beside", 0)]
    );
    assert_eq!(below(&middle), [count("low", 0)]);
    assert_eq!(below(&low), []);
    let right_below = house.get(&admin, "/user/t100/users?owner=top").expect(200).json();
    assert_eq!(names(&right_below), ["middle", "beside"]);

    house
        .put(&top, "/user/t100/users/low", json!({ "lastName": "L" }))
        .expect(200);
    // Low holds no right to alarms, and middle does: so it may be given by both who hold it.
    house
        .post(&top, "/user/t100/users/low/roles", role("ROLE_ALARM_READ"))
        .expect(201);
    for (who, target) in [
        (&middle, "top"),
        (&middle, "beside"),
        (&low, "middle"),
        (&low, "low"),
        (&top, "top"),
    ] {
        for (method, path, body) in [
            ("GET", String::new(), Value::Null),
            ("PUT", String::new(), json!({ "firstName": "x" })),
            ("DELETE", String::new(), Value::Null),
            ("POST", "/roles".to_owned(), role("ROLE_ALARM_READ")),
            ("GET", "/groups".to_owned(), Value::Null),
            ("DELETE", "/delegatedby".to_owned(), Value::Null),
        ] {
            let at = format!("/user/t100/users/{target}{path}");
            let reply = house.call(who, method, &at, body.clone()).expect(404);
            let missing = house
                .call(who, method, &format!("/user/t100/users/nobody9{path}"), body)
                .expect(404);
            assert_eq!(
                missing.text.replace("nobody9", target),
                reply.text,
                "{method} {target}{path}"
            );
        }
    }
}

// R010: no way leads to more than the head of the hierarchy holds.
#[test]
fn nobody_below_is_given_what_the_one_above_does_not_hold() {
    let house = House::new();
    let admin = house.admin("t100");
    let head = head(&house, "head");
    made_by(&house, &head, "sub", &[]);
    let admins = house.group("t100", "admins");
    let readers = house.group("t100", "Global Reader");
    let managers = house.group("t100", "Shared User Manager");
    let in_group = |id: model::ids::GroupId| json!({ "references": [{ "group": { "id": id.number() } }] });
    let with_groups = |id| {
        let mut new = body("new", &[]);
        new["groups"] = in_group(id);
        new
    };
    let user = json!({ "user": { "id": "sub" } });
    for (method, path, body, status) in [
        ("POST", "users".to_owned(), body("new", &["ROLE_EVENT_READ"]), 403),
        (
            "POST",
            "users".to_owned(),
            body("new", &["ROLE_USER_MANAGEMENT_ADMIN"]),
            403,
        ),
        ("POST", "users".to_owned(), with_groups(admins), 403),
        ("POST", "users".to_owned(), with_groups(readers), 403),
        ("POST", "users/sub/roles".to_owned(), role("ROLE_EVENT_READ"), 403),
        // Groups that it could not give do not exist for it.
        ("POST", format!("groups/{readers}/users"), user.clone(), 404),
        ("POST", format!("groups/{admins}/users"), user.clone(), 404),
        ("GET", format!("groups/{admins}"), Value::Null, 404),
        ("GET", "groupByName/admins".to_owned(), Value::Null, 404),
        // What takes ADMIN.
        (
            "POST",
            format!("groups/{managers}/roles"),
            role("ROLE_ALARM_READ"),
            403,
        ),
        ("POST", "groups".to_owned(), json!({ "name": "mine" }), 403),
        ("DELETE", format!("groups/{managers}"), Value::Null, 403),
        (
            "PUT",
            "users/sub/owner".to_owned(),
            json!({ "owner": "admin" }),
            403,
        ),
        ("DELETE", "users/sub/owner".to_owned(), Value::Null, 403),
        ("DELETE", "users/head".to_owned(), Value::Null, 404),
        (
            "PUT",
            "users/head/owner".to_owned(),
            json!({ "owner": "sub" }),
            403,
        ),
        ("GET", "privileged".to_owned(), Value::Null, 403),
    ] {
        house
            .call(&head, method, &format!("/user/t100/{path}"), body)
            .expect(status);
    }
    house.get(&admin, "/user/t100/users/new").expect(404);
    house
        .post(&head, &format!("/user/t100/groups/{managers}/users"), user)
        .expect(201);
    house
        .delete(&head, &format!("/user/t100/groups/{managers}/users/sub"))
        .expect(204);

    // ROLE_USER_MANAGEMENT_ADMIN does not give past the one above either.
    house
        .post(&admin, "/user/t100/users/sub/roles", role("ROLE_EVENT_READ"))
        .expect(403);
    let reader = json!({ "user": { "id": "sub" } });
    house
        .post(&admin, &format!("/user/t100/groups/{readers}/users"), reader)
        .expect(403);
    // Roles and groups that it could not give are not shown to it.
    let roles = house.get(&head, "/user/roles?pageSize=100").expect(200).json();
    let shown: Vec<_> = roles["roles"]
        .as_array()
        .expect("roles")
        .iter()
        .map(|role| role["id"].clone())
        .collect();
    assert_eq!(shown, ["ROLE_ALARM_READ", "ROLE_USER_MANAGEMENT_CREATE"]);
    house.get(&head, "/user/roles/ROLE_EVENT_READ").expect(404);
    let groups = house
        .get(&head, "/user/t100/groups?pageSize=100")
        .expect(200)
        .json();
    let shown: Vec<_> = groups["groups"]
        .as_array()
        .expect("groups")
        .iter()
        .map(|group| group["name"].clone())
        .collect();
    assert_eq!(shown, ["Shared User Manager"]);
}

// R010: a right that the one above loses is lost below at once, at any depth; it comes back with it.
#[test]
fn what_the_one_above_loses_is_lost_below_with_the_next_request() {
    let house = House::new();
    let admin = house.admin("t100");
    let top = head(&house, "top");
    let middle = made_by(
        &house,
        &top,
        "middle",
        &["ROLE_USER_MANAGEMENT_CREATE", "ROLE_ALARM_READ"],
    );
    let low = made_by(&house, &middle, "low", &["ROLE_ALARM_READ"]);
    assert_eq!(effective(&house, &low), ["ROLE_ALARM_READ"]);
    house
        .delete(&admin, "/user/t100/users/top/roles/ROLE_ALARM_READ")
        .expect(204);
    assert_eq!(effective(&house, &middle), ["ROLE_USER_MANAGEMENT_CREATE"]);
    assert_eq!(effective(&house, &low), Vec::<String>::new());
    // What is not in force cannot be given on.
    house
        .post(&middle, "/user/t100/users", body("new", &["ROLE_ALARM_READ"]))
        .expect(403);
    house
        .post(&admin, "/user/t100/users/top/roles", role("ROLE_ALARM_READ"))
        .expect(201);
    assert_eq!(effective(&house, &low), ["ROLE_ALARM_READ"]);

    // Whoever disables a user stops everybody that it has made; they still reach their own profile.
    house
        .put(&admin, "/user/t100/users/top", json!({ "enabled": false }))
        .expect(200);
    assert_eq!(effective(&house, &middle), Vec::<String>::new());
    assert_eq!(effective(&house, &low), Vec::<String>::new());
    house.get(&middle, "/user/t100/users").expect(403);
    house
        .put(&admin, "/user/t100/users/top", json!({ "enabled": true }))
        .expect(200);
    // A user with others below cannot be deleted: they would hold nothing, or what bounded them would be gone.
    house.delete(&admin, "/user/t100/users/top").expect(409);
    house.delete(&top, "/user/t100/users/middle").expect(409);
    house.delete(&top, "/user/t100/users/low").expect(204);
    house.delete(&top, "/user/t100/users/middle").expect(204);
}

// R010 R026: permissions on objects are bounded in the same way, on the tree as it is.
#[test]
fn permissions_below_end_where_those_above_end() {
    let house = House::new();
    let admin = house.admin("t100");
    let object = |name: &str| {
        let made = house
            .post(
                &admin,
                "/inventory/managedObjects",
                json!({ "name": name, "x": {} }),
            )
            .expect(201);
        made.json()["id"].as_str().expect("an id").to_owned()
    };
    let (group, device, other) = (object("group"), object("device"), object("other"));
    let child = json!({ "managedObject": { "id": device } });
    house
        .post(
            &admin,
            &format!("/inventory/managedObjects/{group}/childAssets"),
            child,
        )
        .expect(201);
    let top = house.person("t100", "top", &[CREATE]);
    let sub = made_by(&house, &top, "sub", &[]);
    let give = |name: &str, permissions: Value| {
        let at = format!("/user/t100/users/{name}");
        house
            .put(&admin, &at, json!({ "devicePermissions": permissions }))
            .expect(200);
    };
    let sees = |who: &Who| {
        let list = house
            .get(
                who,
                "/inventory/managedObjects?pageSize=100&withTotalElements=true",
            )
            .expect(200)
            .json();
        let ids: Vec<_> = list["managedObjects"]
            .as_array()
            .expect("objects")
            .iter()
            .map(|o| o["name"].clone())
            .collect();
        assert_eq!(list["statistics"]["totalElements"], ids.len());
        for (name, id) in [("group", &group), ("device", &device), ("other", &other)] {
            let status = if ids.contains(&json!(name)) { 200 } else { 404 };
            house
                .get(who, &format!("/inventory/managedObjects/{id}"))
                .expect(status);
        }
        ids
    };
    // The one above sees the group and what hangs below it; the one below was given everything.
    give("top", json!({ group.clone(): ["MANAGED_OBJECT:*:READ"] }));
    give("sub", json!({ "*": ["MANAGED_OBJECT:*:READ"] }));
    assert_eq!(sees(&top), ["group", "device"]);
    assert_eq!(sees(&sub), ["group", "device"]);
    give(
        "sub",
        json!({ "*": [], device.clone(): ["MANAGED_OBJECT:*:READ"], other.clone(): ["MANAGED_OBJECT:*:READ"] }),
    );
    assert_eq!(sees(&sub), ["device"]);
    // The tree decides, at every request.
    house
        .delete(
            &admin,
            &format!("/inventory/managedObjects/{group}/childAssets/{device}"),
        )
        .expect(204);
    assert_eq!(sees(&sub), Vec::<Value>::new());
    // A role above bounds nothing of its kind.
    house
        .post(&admin, "/user/t100/users/top/roles", role("ROLE_INVENTORY_READ"))
        .expect(201);
    assert_eq!(sees(&sub), ["device", "other"]);
}

// R010: only ADMIN moves users, in no circle, and nobody gains by a move.
#[test]
fn an_owner_is_set_and_removed_by_administrators_only_and_without_circles() {
    let house = House::new();
    let admin = house.admin("t100");
    house.person("t100", "ann", &[CREATE, Role::AlarmRead]);
    let bob = house.person("t100", "bob", &[CREATE, Role::AlarmRead, Role::EventRead]);
    house.person("t100", "cid", &[Role::AlarmRead]);
    house.person("t200", "zoe", &[CREATE, Role::AlarmRead]);
    house.device("t100", "device_1");
    let owner = |user: &str, owner: &str| {
        house.put(
            &admin,
            &format!("/user/t100/users/{user}/owner"),
            json!({ "owner": owner }),
        )
    };
    let set = owner("cid", "ann").expect(200);
    assert_eq!(set.json(), json!({ "owner": "ann" }));
    assert!(set.header("content-type").contains("userownerreference+json"));
    assert_eq!(house.get(&admin, "/user/t100/users/cid").json()["owner"], "ann");
    owner("ann", "bob").expect(200);
    for (user, above, status) in [
        ("cid", "cid", 422),
        ("ann", "ann", 422),
        ("ann", "cid", 422),
        ("bob", "cid", 422),
        ("bob", "ann", 422),
        // Another tenant's user, a device, nobody.
        ("cid", "zoe", 422),
        ("cid", "device_1", 422),
        ("cid", "nobody", 422),
        ("nobody", "ann", 404),
        ("zoe", "ann", 404),
        // An administrator would not be one any more below somebody who is none; and nobody moves itself.
        ("admin", "ann", 403),
    ] {
        owner(user, above).expect(status);
    }
    // Bob was given more than Ann holds.
    house.delete(&admin, "/user/t100/users/ann/owner").expect(204);
    let refused = owner("bob", "ann").expect(422);
    assert!(
        refused.text.contains("does not hold everything"),
        "{}",
        refused.text
    );

    // A manager of all users who is bounded cannot leave its bound, nor let others out who were given more.
    let manager = house.person(
        "t100",
        "manager",
        &[Role::UserManagementAdmin, Role::UserManagementRead],
    );
    house.person(
        "t100",
        "boss",
        &[Role::UserManagementAdmin, Role::UserManagementRead, CREATE],
    );
    owner("manager", "boss").expect(200);
    house
        .delete(&manager, "/user/t100/users/manager/owner")
        .expect(403);
    house.delete(&manager, "/user/t100/users/cid/owner").expect(403);
    house
        .put(&bob, "/user/t100/users/cid/owner", json!({ "owner": "bob" }))
        .expect(403);
    house
        .put(&admin, "/user/t100/users/cid/owner", json!({}))
        .expect(422);
    house
        .put(&admin, "/user/t200/users/zoe/owner", json!({ "owner": "admin" }))
        .expect(404);
}

#[test]
fn a_hierarchy_has_only_so_many_levels() {
    let house = House::new();
    let mut above = house.person("t100", "level0", &[CREATE]);
    let most = model::limits::HIERARCHY_DEPTH_MAX;
    for level in 1..=most {
        above = made_by(
            &house,
            &above,
            &format!("level{level}"),
            &["ROLE_USER_MANAGEMENT_CREATE"],
        );
    }
    assert_eq!(effective(&house, &above), ["ROLE_USER_MANAGEMENT_CREATE"]);
    house
        .post(&above, "/user/t100/users", body("deeper", &[]))
        .expect(422);
    let admin = house.admin("t100");
    house.person("t100", "over", &[CREATE]);
    house
        .put(
            &admin,
            "/user/t100/users/level0/owner",
            json!({ "owner": "over" }),
        )
        .expect(422);
}

// R010: what is lent is the way to the users below, one step far, and no right.
#[test]
fn a_deputy_manages_the_users_below_whoever_lent_them_with_what_it_holds_itself() {
    let house = House::new();
    let admin = house.admin("t100");
    let head = head(&house, "head");
    made_by(&house, &head, "sub", &["ROLE_ALARM_READ"]);
    made_by(&house, &head, "plain", &[]);
    let deputy = house.person("t100", "deputy", &[CREATE]);
    let lend = |who: &Who, to: &str, by: &str| {
        house.put(
            who,
            &format!("/user/t100/users/{to}/delegatedby"),
            json!({ "delegatedBy": by }),
        )
    };
    let lent = lend(&admin, "deputy", "head").expect(200);
    assert_eq!(lent.json(), json!({ "delegatedBy": "head" }));
    let shown = house.get(&admin, "/user/t100/users/deputy").json();
    assert_eq!(shown["delegatedBy"], "head");
    assert_documented("User", &shown);

    assert_eq!(
        names(&house.get(&deputy, "/user/t100/users").expect(200).json()),
        ["sub", "plain"]
    );
    house
        .put(&deputy, "/user/t100/users/plain", json!({ "firstName": "P" }))
        .expect(200);
    // Sub holds more than the deputy, who could become it by a new password.
    house
        .put(&deputy, "/user/t100/users/sub", json!({ "password": PASSWORD }))
        .expect(403);
    house
        .post(&deputy, "/user/t100/users/plain/roles", role("ROLE_ALARM_READ"))
        .expect(403);
    house.get(&deputy, "/user/t100/users/head").expect(404);
    let alarms = house.get(&deputy, "/alarm/alarms").expect(200).json();
    assert_eq!(alarms["alarms"], json!([]), "no rights on alarms were lent");
    house
        .put(&deputy, "/user/t100/users/head", json!({ "password": PASSWORD }))
        .expect(404);

    // Circles of delegation and what was lent on give nothing more.
    let third = house.person("t100", "third", &[CREATE]);
    lend(&admin, "third", "deputy").expect(200);
    lend(&admin, "head", "third").expect(200);
    assert_eq!(
        names(&house.get(&third, "/user/t100/users").expect(200).json()),
        Vec::<&str>::new()
    );
    assert_eq!(
        names(&house.get(&head, "/user/t100/users").expect(200).json()),
        ["sub", "plain"]
    );

    // Without the right to create users there is nothing to do with them, though they are lent.
    assert_eq!(
        lend(&admin, "plain", "head").expect(200).json()["delegatedBy"],
        "head"
    );
    lend(&admin, "deputy", "deputy").expect(422);
    lend(&admin, "deputy", "nobody").expect(422);
    house
        .put(&admin, "/user/t100/users/head", json!({ "enabled": false }))
        .expect(200);
    assert_eq!(
        names(&house.get(&deputy, "/user/t100/users").expect(200).json()),
        Vec::<&str>::new()
    );
    house
        .put(&admin, "/user/t100/users/head", json!({ "enabled": true }))
        .expect(200);
    house
        .delete(&admin, "/user/t100/users/deputy/delegatedby")
        .expect(204);
    assert_eq!(
        names(&house.get(&deputy, "/user/t100/users").expect(200).json()),
        Vec::<&str>::new()
    );
}

// R010
#[test]
fn one_lends_only_ones_own_users_and_only_to_those_one_manages() {
    let house = House::new();
    let admin = house.admin("t100");
    let head = head(&house, "head");
    let other = house.person("t100", "other", &[CREATE, Role::AlarmRead]);
    made_by(&house, &other, "foreign", &[]);
    let deputy = made_by(&house, &head, "deputy", &["ROLE_USER_MANAGEMENT_CREATE"]);
    made_by(&house, &head, "sub", &[]);
    let at = "/user/t100/users/deputy/delegatedby";
    house
        .put(&head, at, json!({ "delegatedBy": "other" }))
        .expect(403);
    house
        .put(&other, at, json!({ "delegatedBy": "other" }))
        .expect(404);
    house
        .put(&deputy, at, json!({ "delegatedBy": "head" }))
        .expect(404);
    house.put(&head, at, json!({ "delegatedBy": "head" })).expect(200);
    // It manages those beside it now, but neither itself nor whoever is above.
    assert_eq!(
        names(&house.get(&deputy, "/user/t100/users").expect(200).json()),
        ["sub"]
    );
    house.delete(&deputy, "/user/t100/users/deputy").expect(404);
    house
        .put(&deputy, "/user/t100/users/deputy", json!({ "enabled": false }))
        .expect(404);
    house.get(&deputy, "/user/t100/users/head").expect(404);
    house.delete(&head, at).expect(204);
    assert_eq!(
        names(&house.get(&deputy, "/user/t100/users").expect(200).json()),
        Vec::<&str>::new()
    );

    // What an administrator arranged between two others, the lender may end, and nobody else.
    house
        .put(&admin, at, json!({ "delegatedBy": "other" }))
        .expect(200);
    house.delete(&head, at).expect(403);
    house.delete(&other, at).expect(204);
}

// R121: devices manage nobody, whatever they were given.
#[test]
fn devices_have_no_part_in_the_hierarchy() {
    let house = House::new();
    let device = house.user(
        "t100",
        "device_x",
        UserKind::Device,
        &[CREATE, Role::UserManagementAdmin],
    );
    house.person("t100", "joe", &[]);
    house.get(&device, "/user/t100/users").expect(403);
    house
        .post(&device, "/user/t100/users", body("new", &[]))
        .expect(403);
    house
        .put(
            &device,
            "/user/t100/users/joe/owner",
            json!({ "owner": "device_x" }),
        )
        .expect(403);
    house
        .put(
            &device,
            "/user/t100/users/joe/delegatedby",
            json!({ "delegatedBy": "device_x" }),
        )
        .expect(403);
}

// R019: to administer does not include to read, also for those who may read the users below.
#[test]
fn an_administrator_without_read_sees_no_more_than_the_users_below() {
    let house = House::new();
    let admin = house.person("t100", "writer", &[Role::UserManagementAdmin, CREATE]);
    let joe = house.person("t100", "joe", &[]);
    let _ = joe;
    let changed = house
        .put(&admin, "/user/t100/users/joe", json!({ "firstName": "J" }))
        .expect(200)
        .json();
    assert_eq!(changed.as_object().expect("an object").len(), 2, "{changed}");
    house.get(&admin, "/user/t100/users/joe").expect(404);
}

// R059: setting a password is as dear in one place as in the other.
#[test]
fn setting_passwords_in_a_user_has_the_rate_of_passwords() {
    let house = House::new();
    let admin = house.admin("t100");
    house.person("t100", "joe", &[]);
    let at = "/user/t100/users/joe";
    let statuses: Vec<u16> = (0..=model::limits::RATE_SECRET_PER_MINUTE)
        .map(|_| {
            house
                .put(&admin, at, json!({ "password": "short" }))
                .status
                .as_u16()
        })
        .collect();
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
    assert!(
        statuses[..statuses.len() - 1].iter().all(|status| *status == 422),
        "{statuses:?}"
    );
    house.put(&admin, at, json!({ "firstName": "J" })).expect(200);
}

#[test]
fn a_group_shows_its_first_members_whom_the_reader_manages() {
    let house = House::new();
    let admin = house.admin("t100");
    let managers = house.group("t100", "Shared User Manager");
    let head = house.person("t100", "head", &[CREATE]);
    made_by(&house, &head, "sub", &[]);
    house.person("t100", "joe", &[]);
    for name in ["sub", "joe"] {
        if name == "joe" {
            house
                .post(
                    &admin,
                    &format!("/user/t100/groups/{managers}/users"),
                    json!({ "user": { "id": name } }),
                )
                .expect(201);
        } else {
            house
                .post(
                    &head,
                    &format!("/user/t100/groups/{managers}/users"),
                    json!({ "user": { "id": name } }),
                )
                .expect(201);
        }
    }
    let members = |group: &Value| {
        let references = group["users"]["references"].as_array().expect("members").iter();
        references
            .map(|member| member["user"]["id"].as_str().expect("an id").to_owned())
            .collect::<Vec<_>>()
    };
    let at = format!("/user/t100/groups/{managers}");
    let shown = house.get(&admin, &at).expect(200).json();
    assert_eq!(members(&shown), ["sub", "joe"]);
    assert_documented("Group", &shown);
    let first = &shown["users"]["references"][0];
    assert_eq!(first["self"], format!("https://localhost{at}/users/sub"));
    assert_eq!(members(&house.get(&head, &at).expect(200).json()), ["sub"]);
    let list = house
        .get(&admin, "/user/t100/groups?pageSize=100")
        .expect(200)
        .json();
    let group = list["groups"]
        .as_array()
        .expect("groups")
        .iter()
        .find(|group| group["id"] == managers.number());
    assert_eq!(members(group.expect("the group")), ["sub", "joe"]);
    let listed = house
        .get(&head, &format!("{at}/users?withTotalElements=true"))
        .expect(200)
        .json();
    assert_eq!(listed["statistics"]["totalElements"], 1);
}
