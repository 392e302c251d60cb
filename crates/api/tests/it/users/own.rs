//! One's own user: two shapes, a profile that reaches nothing else, and the password.

use super::{PASSWORD, assert_documented, jane, role};
use http::header::ACCEPT;
use model::roles::Role;
use serde_json::{Value, json};
use testkit::house::{House, Reply, Who};

const OWN: [Role; 2] = [Role::UserManagementOwnRead, Role::UserManagementOwnAdmin];

fn accepting(house: &House, who: &Who, accept: &str) -> Reply {
    house
        .send(
            house
                .request(who, "GET", "/user/currentUser")
                .header(ACCEPT, accept),
            Value::Null,
        )
        .expect(200)
}

#[test]
fn the_accept_header_chooses_between_the_two_shapes() {
    let house = House::new();
    let joe = house.person("t100", "joe", &OWN);
    let own = json!({
        "id": "joe",
        "self": "https://localhost/user/currentUser",
        "userName": "joe",
        "passwordStrength": "GREEN",
        "shouldResetPassword": false,
        "twoFactorAuthenticationEnabled": false,
        "devicePermissions": {},
        "effectiveRoles": [role("ROLE_USER_MANAGEMENT_OWN_ADMIN"), role("ROLE_USER_MANAGEMENT_OWN_READ")],
    });
    assert_documented("CurrentUser", &own);
    for accept in [
        "*/*",
        "application/json",
        "application/vnd.com.nsn.cumulocity.currentUser+json",
    ] {
        assert_eq!(accepting(&house, &joe, accept).json(), own, "{accept}");
    }
    let full = accepting(
        &house,
        &joe,
        "application/vnd.com.nsn.cumulocity.User+json;ver=0.9",
    );
    assert_eq!(
        full.header("content-type"),
        "application/vnd.com.nsn.cumulocity.user+json;charset=UTF-8;ver=0.9"
    );
    let full = full.json();
    assert_eq!(full["self"], "https://localhost/user/t100/users/joe");
    assert_eq!(
        full["groups"],
        json!({ "self": "https://localhost/user/t100/users/joe/groups", "references": [] })
    );
    assert_eq!(full["roles"]["references"].as_array().map(Vec::len), Some(2));
}

#[test]
fn effective_roles_are_those_held_directly_and_through_groups() {
    let house = House::new();
    let joe = house.person("t100", "joe", &[Role::UserManagementOwnRead, Role::AlarmAdmin]);
    let readers = house.group("t100", "readers");
    let path = format!("/user/t100/groups/{readers}/users");
    house
        .post(&house.admin("t100"), &path, json!({ "user": { "id": "joe" } }))
        .expect(201);
    let roles = house.get(&joe, "/user/currentUser").expect(200).json()["effectiveRoles"].clone();
    let ids: Vec<&str> = roles
        .as_array()
        .expect("roles")
        .iter()
        .filter_map(|role| role["id"].as_str())
        .collect();
    assert!(
        ids.contains(&"ROLE_ALARM_ADMIN") && ids.contains(&"ROLE_INVENTORY_READ"),
        "{ids:?}"
    );
    assert!(!ids.contains(&"ROLE_INVENTORY_ADMIN"));
}

#[test]
fn a_profile_change_reaches_the_profile_and_nothing_else() {
    // R012
    let house = House::new();
    let (admin, joe) = (house.admin("t100"), house.person("t100", "joe", &OWN));
    let before = house.get(&admin, "/user/t100/users/joe").expect(200).json();
    let everything = json!({
        "id": "admin", "userName": "admin", "self": "https://localhost/user/t200/users/admin", "tenant": "t200",
        "enabled": false, "owner": "admin", "kind": "service", "first_admin": true, "epoch": 9, "tenantId": "t200",
        "roles": { "references": [{ "role": { "id": "ROLE_USER_MANAGEMENT_ADMIN" } }] },
        "groups": { "references": [{ "group": { "id": house.group("t100", "admins").number() } }] },
        "effectiveRoles": [role("ROLE_USER_MANAGEMENT_ADMIN")],
        "devicePermissions": { "1": ["*:*:ADMIN"] }, "applications": [{ "id": 1 }],
        "shouldResetPassword": true, "twoFactorAuthenticationEnabled": true, "supportUserEnabled": true,
        "lastPasswordChange": "2001-01-01T00:00:00.000Z", "passwordStrength": "GREEN", "delegatedBy": "admin",
        "customProperties": { "language": "de", "userOrigin": "OAUTH2" },
        "firstName": "Joe", "lastName": "Doe", "displayName": "J. Doe", "email": "joe@example.org", "phone": "+49301",
        "newsletter": true,
    });
    let answer = house
        .put(&joe, "/user/currentUser", everything)
        .expect(200)
        .json();
    assert_eq!(answer["self"], "https://localhost/user/currentUser");

    let mut expected = before;
    for (name, value) in [
        ("firstName", json!("Joe")),
        ("lastName", json!("Doe")),
        ("displayName", json!("J. Doe")),
        ("email", json!("joe@example.org")),
        ("phone", json!("+49301")),
        ("newsletter", json!(true)),
        ("customProperties", json!({ "language": "de" })),
    ] {
        expected[name] = value;
    }
    assert_eq!(
        house.get(&admin, "/user/t100/users/joe").expect(200).json(),
        expected
    );
    house.get(&joe, "/user/t100/users").expect(403);
    house
        .put(&joe, "/user/currentUser", json!({ "password": PASSWORD }))
        .expect(422);
}

#[test]
fn a_changed_password_replaces_the_old_one_at_once() {
    let house = House::new();
    house
        .post(&house.admin("t100"), "/user/t100/users", jane())
        .expect(201);
    let old = Who::new("t100", "jane@example.org", PASSWORD);
    let new = Who {
        password: "another horse entirely".to_owned(),
        ..old.clone()
    };
    let change = |who: &Who, current: &str, to: &str| {
        let body = json!({ "currentUserPassword": current, "newPassword": to });
        house.put(who, "/user/currentUser/password", body)
    };
    let wrong = change(&old, "not my password", &new.password).expect(422);
    assert_eq!(
        wrong.error().1,
        "The current password is not correct. Nothing was changed."
    );
    assert!(
        !change(&old, PASSWORD, "short")
            .expect(422)
            .text
            .contains("short\"")
    );
    house
        .put(
            &old,
            "/user/currentUser/password",
            json!({ "newPassword": new.password }),
        )
        .expect(422);
    house.get(&new, "/user/currentUser").expect(401);
    house.get(&old, "/user/currentUser").expect(200);

    assert_eq!(change(&old, PASSWORD, &new.password).expect(200).text, "");
    house.get(&old, "/user/currentUser").expect(401);
    house.get(&new, "/user/currentUser").expect(200);
}

#[test]
fn an_administrator_sets_a_password_with_its_own() {
    let house = House::new();
    let admin = house.admin("t100");
    house.post(&admin, "/user/t100/users", jane()).expect(201);
    let change = |current: &str| {
        let body = json!({ "currentUserPassword": current, "newPassword": "another horse entirely" });
        house.put(&admin, "/user/t100/users/jane@example.org/password", body)
    };
    change(PASSWORD).expect(422);
    change(&admin.password).expect(200);
    house
        .get(
            &Who::new("t100", "jane@example.org", PASSWORD),
            "/user/currentUser",
        )
        .expect(401);
    let new = Who::new("t100", "jane@example.org", "another horse entirely");
    house.get(&new, "/user/currentUser").expect(200);
    // One's own goes the way that asks for it, not through user management.
    house
        .put(&admin, "/user/t100/users/admin", json!({ "password": PASSWORD }))
        .expect(422);
}

#[test]
fn who_may_not_read_its_own_user_gets_nothing_back_when_changing_it() {
    // R019
    let house = House::new();
    let joe = house.person("t100", "joe", &[Role::UserManagementOwnAdmin]);
    house.get(&joe, "/user/currentUser").expect(403);
    let answer = house
        .put(&joe, "/user/currentUser", json!({ "firstName": "Joe" }))
        .expect(200)
        .json();
    assert_eq!(
        answer,
        json!({ "id": "joe", "self": "https://localhost/user/currentUser" })
    );
}
