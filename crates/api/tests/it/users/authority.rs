//! Nobody gives or takes more than they hold (R010).

use super::{PASSWORD, jane, names};
use model::roles::Role;
use serde_json::{Value, json};
use testkit::house::{House, Who};

/// May manage users, and nothing else.
fn manager(house: &House) -> Who {
    let roles = [
        Role::UserManagementRead,
        Role::UserManagementAdmin,
        Role::UserManagementOwnRead,
        Role::UserManagementOwnAdmin,
    ];
    house.person("t100", "manager", &roles)
}

fn everybody(house: &House) -> Value {
    let admin = house.admin("t100");
    let users = house
        .get(&admin, "/user/t100/users?pageSize=2000")
        .expect(200)
        .json()["users"]
        .clone();
    let groups = house
        .get(&admin, "/user/t100/groups?pageSize=2000")
        .expect(200)
        .json()["groups"]
        .clone();
    json!([users, groups])
}

#[test]
fn a_user_manager_cannot_become_more_than_it_is() {
    // R010
    let house = House::new();
    let manager = manager(&house);
    let admins = house.group("t100", "admins");
    let business = house.group("t100", "business");
    house.person("t100", "joe", &[]);
    let before = everybody(&house);

    let more = json!({ "role": { "id": "ROLE_INVENTORY_ADMIN" } });
    let with = |name: &str, value: Value| {
        let mut body = jane();
        body["roles"] = Value::Null;
        body[name] = value;
        body
    };
    let in_admins = json!({ "references": [{ "group": { "id": admins.number() } }] });
    let own_password = json!({ "currentUserPassword": manager.password, "newPassword": PASSWORD });
    for (method, path, body) in [
        ("POST", "users/manager/roles".to_owned(), more.clone()),
        ("POST", "users/joe/roles".to_owned(), more.clone()),
        (
            "POST",
            "users".to_owned(),
            with("roles", json!({ "references": [more] })),
        ),
        ("POST", "users".to_owned(), with("groups", in_admins)),
        (
            "POST",
            format!("groups/{admins}/users"),
            json!({ "user": { "id": "manager" } }),
        ),
        (
            "POST",
            format!("groups/{business}/users"),
            json!({ "user": { "id": "manager" } }),
        ),
        (
            "POST",
            format!("groups/{business}/roles"),
            json!({ "role": { "id": "ROLE_USER_MANAGEMENT_ADMIN" } }),
        ),
        ("DELETE", format!("groups/{admins}/users/admin"), Value::Null),
        (
            "DELETE",
            format!("groups/{business}/roles/ROLE_ALARM_READ"),
            Value::Null,
        ),
        (
            "POST",
            "groups".to_owned(),
            json!({ "name": "Mine", "roles": { "references": [more] } }),
        ),
        (
            "PUT",
            format!("groups/{admins}"),
            json!({ "description": "mine" }),
        ),
        ("PUT", "users/admin".to_owned(), json!({ "password": PASSWORD })),
        ("PUT", "users/admin".to_owned(), json!({ "enabled": false })),
        ("PUT", "users/admin/password".to_owned(), own_password),
        ("DELETE", "users/admin".to_owned(), Value::Null),
    ] {
        let refused = house
            .call(&manager, method, &format!("/user/t100/{path}"), body)
            .expect(403);
        assert_eq!(refused.error().0, "security/Forbidden", "{method} {path}");
    }
    assert_eq!(everybody(&house), before);
    house
        .get(&Who::new("t100", "admin", PASSWORD), "/user/currentUser")
        .expect(401);
}

#[test]
fn a_user_manager_gives_what_it_holds() {
    let house = House::new();
    let manager = manager(&house);
    house.person("t100", "joe", &[]);
    let role = json!({ "role": { "id": "ROLE_USER_MANAGEMENT_READ" } });
    house
        .post(&manager, "/user/t100/users/joe/roles", role)
        .expect(201);
    let mut body = jane();
    body["roles"] = Value::Null;
    house.post(&manager, "/user/t100/users", body).expect(201);
    let users = house.get(&manager, "/user/t100/users").expect(200).json();
    assert_eq!(names(&users), ["admin", "manager", "joe", "jane@example.org"]);
    house.delete(&manager, "/user/t100/users/joe").expect(204);
}

#[test]
fn even_an_administrator_gives_no_role_of_the_platform() {
    // R010, R115
    let house = House::new();
    let admin = house.admin("t100");
    let platform = json!({ "role": { "id": "ROLE_TENANT_MANAGEMENT_ADMIN" } });
    house
        .post(&admin, "/user/t100/users/admin/roles", platform.clone())
        .expect(403);
    let admins = house.group("t100", "admins");
    house
        .post(&admin, &format!("/user/t100/groups/{admins}/roles"), platform)
        .expect(403);
    house.get(&admin, "/tenant/tenants").expect(403);
}

#[test]
fn a_group_of_another_tenant_is_no_group() {
    // R115
    let house = House::new();
    let admin = house.admin("t100");
    // The administrators have the same number in every tenant.
    let foreign = house.group("t200", "business");
    let missing = 999_999;
    let same = |id: String, method: &str, rest: &str, body: Value| {
        let path = format!("/user/t100/groups/{id}{rest}");
        let answer = house.call(&admin, method, &path, body);
        (answer.status.as_u16(), answer.text.replace(&id, "X"))
    };
    for (method, rest, body) in [
        ("GET", "", Value::Null),
        ("GET", "/users", Value::Null),
        ("GET", "/roles", Value::Null),
        ("PUT", "", json!({ "description": "mine" })),
        ("DELETE", "", Value::Null),
        ("POST", "/users", json!({ "user": { "id": "admin" } })),
        ("POST", "/roles", json!({ "role": { "id": "ROLE_ALARM_READ" } })),
        ("DELETE", "/users/admin", Value::Null),
    ] {
        let answer = same(foreign.to_string(), method, rest, body.clone());
        assert_eq!(answer.0, 404, "{method} {rest}");
        assert_eq!(
            answer,
            same(missing.to_string(), method, rest, body),
            "{method} {rest}"
        );
    }
    let create = |id: u64| {
        let mut body = jane();
        body["groups"] = json!({ "references": [{ "group": { "id": id } }] });
        house.post(&admin, "/user/t100/users", body).expect(422).text
    };
    assert_eq!(create(foreign.number()), create(missing));
    assert!(
        house
            .get(&house.admin("t200"), &format!("/user/t200/groups/{foreign}"))
            .expect(200)
            .json()["description"]
            != "mine"
    );
}

#[test]
fn a_tenant_keeps_an_administrator_who_can_sign_in() {
    // R010
    let house = House::new();
    let admin = house.admin("t100");
    let admins = house.group("t100", "admins");
    house.delete(&admin, "/user/t100/users/admin").expect(422);
    house
        .put(&admin, "/user/t100/users/admin", json!({ "enabled": false }))
        .expect(422);
    house
        .delete(&admin, &format!("/user/t100/groups/{admins}/users/admin"))
        .expect(422);
    house
        .delete(
            &admin,
            &format!("/user/t100/groups/{admins}/roles/ROLE_USER_MANAGEMENT_ADMIN"),
        )
        .expect(422);
    house.get(&admin, "/user/t100/users").expect(200);
}

#[test]
fn a_device_manages_nobody_whatever_roles_it_was_given() {
    // R121
    let house = House::new();
    let admin = house.admin("t100");
    let device = house.device("t100", "device_1");
    for role in ["ROLE_USER_MANAGEMENT_READ", "ROLE_USER_MANAGEMENT_ADMIN"] {
        house
            .post(
                &admin,
                "/user/t100/users/device_1/roles",
                json!({ "role": { "id": role } }),
            )
            .expect(201);
    }
    for path in [
        "/user/t100/users",
        "/user/t100/users/admin",
        "/user/t100/groups",
        "/user/roles",
    ] {
        house.get(&device, path).expect(403);
    }
    house.post(&device, "/user/t100/users", jane()).expect(403);
    let change = json!({ "currentUserPassword": device.password, "newPassword": PASSWORD });
    house
        .put(&device, "/user/currentUser/password", change)
        .expect(403);
    assert_eq!(
        house.get(&device, "/user/currentUser").expect(200).json()["userName"],
        "device_1"
    );
}
