//! What keys may never do, who may set up service accounts, and what binding one to a project means.

use super::{ACCOUNTS, READ, account, at, bearer, key, text};
use model::roles::Role;
use serde_json::{Value, json};
use testkit::house::{House, Reply, Who};

/// A call with the key of a service.
fn call(house: &House, secret: &str, method: &str, path: &str, body: Value) -> Reply {
    house.call(&Who::new("t100", "service_x", secret), method, path, body)
}

fn with_key(house: &House, roles: &[&str], more: Value) -> String {
    account(house, "service_x", roles, more);
    text(&key(house, "service_x", json!({})), "key").to_owned()
}

// R003, R119: whatever its roles, a key makes no keys, sets no passwords and reaches nothing that is for people.
#[test]
fn a_key_with_every_role_cannot_do_what_is_for_people() {
    let house = House::new();
    let roles = [
        "ROLE_USER_MANAGEMENT_ADMIN",
        "ROLE_USER_MANAGEMENT_READ",
        "ROLE_USER_MANAGEMENT_OWN_ADMIN",
    ];
    let secret = with_key(&house, &roles, json!({}));
    account(&house, "service_y", &[], json!({}));
    house.person("t100", "smith", &[]);
    let password = json!({ "currentUserPassword": secret, "newPassword": "correct horse battery" });
    let keys = |name: &str| format!("{}/keys", at(name));
    for (method, path, body) in [
        ("PUT", "/user/currentUser/password".to_owned(), password.clone()),
        ("PUT", "/user/t100/users/smith/password".to_owned(), password),
        ("GET", ACCOUNTS.to_owned(), Value::Null),
        ("GET", at("service_x"), Value::Null),
        ("POST", ACCOUNTS.to_owned(), json!({ "userName": "service_z" })),
        ("PUT", at("service_x"), json!({ "expirationTime": null })),
        ("DELETE", at("service_y"), Value::Null),
        ("POST", keys("service_x"), json!({ "name": "more" })),
        ("POST", keys("service_y"), json!({ "name": "more" })),
        ("DELETE", format!("{}/1", keys("service_y")), Value::Null),
    ] {
        call(&house, &secret, method, &path, body).expect(403);
    }
    // What the administrator gave it on purpose, it may.
    call(&house, &secret, "GET", "/user/t100/users", Value::Null).expect(200);
}

// R119: a device has no way there, and a person without the role neither.
#[test]
fn only_people_who_administer_users_set_up_service_accounts() {
    let house = House::new();
    account(&house, "service_x", &[], json!({}));
    let nobody = house.person("t100", "nobody", &[]);
    let reader = house.person("t100", "reader", &[Role::UserManagementRead]);
    let device = house.device("t100", "device_1");
    for (who, reads) in [(&nobody, 403), (&reader, 200), (&device, 403)] {
        house.get(who, ACCOUNTS).expect(reads);
        house.get(who, &at("service_x")).expect(reads);
        house
            .post(who, ACCOUNTS, json!({ "userName": "service_z" }))
            .expect(403);
        house
            .put(who, &at("service_x"), json!({ "enabled": false }))
            .expect(403);
        let keys = format!("{}/keys", at("service_x"));
        house.post(who, &keys, json!({ "name": "mine" })).expect(403);
        house.delete(who, &at("service_x")).expect(403);
    }
}

// R010, R119: nobody gets beyond own rights by way of a service; only `admins` let one manage users.
#[test]
fn a_user_manager_gains_nothing_through_a_service() {
    let house = House::new();
    let manager = house.person(
        "t100",
        "manager",
        &[
            Role::UserManagementAdmin,
            Role::UserManagementRead,
            Role::AlarmRead,
        ],
    );
    let body = |roles: &[&str]| {
        let references: Vec<_> = roles
            .iter()
            .map(|role| json!({ "role": { "id": role } }))
            .collect();
        json!({ "userName": "service_m", "roles": { "references": references } })
    };
    for role in [
        "ROLE_INVENTORY_READ",
        "ROLE_USER_MANAGEMENT_ADMIN",
        "ROLE_USER_MANAGEMENT_READ",
    ] {
        house.post(&manager, ACCOUNTS, body(&[role])).expect(403);
    }
    house
        .post(&manager, ACCOUNTS, body(&["ROLE_ALARM_READ"]))
        .expect(201);
    let role = |id: &str| json!({ "role": { "id": id } });
    let roles = "/user/t100/users/service_m/roles";
    house
        .post(&manager, roles, role("ROLE_USER_MANAGEMENT_READ"))
        .expect(403);

    let group = house
        .post(&manager, "/user/t100/groups", json!({ "name": "managers" }))
        .expect(201)
        .json()["id"]
        .to_string();
    let members = format!("/user/t100/groups/{group}/users");
    let service = json!({ "user": { "id": "service_m" } });
    house.post(&manager, &members, service).expect(201);
    let group_roles = format!("/user/t100/groups/{group}/roles");
    house
        .post(&manager, &group_roles, role("ROLE_USER_MANAGEMENT_READ"))
        .expect(403);
    house
        .post(&house.admin("t100"), roles, role("ROLE_USER_MANAGEMENT_READ"))
        .expect(201);

    // A key is the account: nobody makes one for an account that holds more.
    account(&house, "service_x", &["ROLE_INVENTORY_READ"], json!({}));
    let keys = format!("{}/keys", at("service_x"));
    house.post(&manager, &keys, json!({ "name": "mine" })).expect(403);
    house
        .put(&manager, &at("service_x"), json!({ "addresses": [] }))
        .expect(403);
    house.delete(&manager, &at("service_x")).expect(403);
}

// R003: services have keys and no password, and their names are theirs.
#[test]
fn a_service_has_no_password_and_is_not_made_as_a_user() {
    let house = House::new();
    let admin = house.admin("t100");
    let user =
        json!({ "userName": "service_z", "email": "z@example.org", "password": "correct horse battery" });
    house.post(&admin, "/user/t100/users", user).expect(422);
    house
        .post(&admin, ACCOUNTS, json!({ "userName": "billing" }))
        .expect(422);
    account(&house, "service_x", &[], json!({}));
    house
        .post(&admin, ACCOUNTS, json!({ "userName": "service_x" }))
        .expect(409);
    let password = json!({ "password": "correct horse battery" });
    house
        .put(&admin, "/user/t100/users/service_x", password)
        .expect(422);
    house.person("t100", "smith", &[]);
    house.get(&admin, &at("smith")).expect(404);
}

// R117, R119: to a key of a project, the rest of the tenant does not exist.
#[test]
fn an_account_of_a_project_has_its_roles_there_and_nowhere_else() {
    let house = House::new();
    let admin = house.admin("t100");
    let id = |reply: Reply| text(&reply.expect(201).json(), "id").to_owned();
    let project = id(house.post(&admin, "/inventory/projects", json!({ "name": "North" })));
    let other = id(house.post(&admin, "/inventory/projects", json!({ "name": "South" })));
    let outside = id(house.post(&admin, READ, json!({ "name": "outside" })));
    let make = |project: &str| {
        let at = format!("/inventory/projects/{project}/managedObjects");
        id(house.post(&admin, &at, json!({ "name": "inside" })))
    };
    let (inside, elsewhere) = (make(&project), make(&other));

    let bound = json!({ "project": { "id": project } });
    let secret = with_key(&house, &["ROLE_INVENTORY_READ", "ROLE_INVENTORY_ADMIN"], bound);
    let shown = house.get(&admin, &at("service_x")).expect(200).json();
    assert_eq!(shown["project"]["id"], project.as_str());
    bearer(&house, &secret, &format!("{READ}/{inside}")).expect(200);
    for hidden in [&outside, &elsewhere, &other] {
        let answer = bearer(&house, &secret, &format!("{READ}/{hidden}")).expect(404);
        let absent = bearer(&house, &secret, &format!("{READ}/999999999")).expect(404);
        assert_eq!(
            answer.text.replace(hidden.as_str(), "ID"),
            absent.text.replace("999999999", "ID")
        );
    }
    let listed = bearer(
        &house,
        &secret,
        &format!("{READ}?pageSize=100&withTotalElements=true"),
    )
    .expect(200)
    .json();
    let ids: Vec<_> = listed["managedObjects"]
        .as_array()
        .expect("objects")
        .iter()
        .map(|object| text(object, "id").to_owned())
        .collect();
    assert!(ids.contains(&inside), "{ids:?}");
    assert!(!ids.contains(&outside) && !ids.contains(&elsewhere), "{ids:?}");

    // Unbound, the same roles count outside; no group may say what counts in a project.
    house
        .put(&admin, &at("service_x"), json!({ "project": null }))
        .expect(200);
    bearer(&house, &secret, &format!("{READ}/{outside}")).expect(200);
    bearer(&house, &secret, &format!("{READ}/{inside}")).expect(404);
    let unknown = json!({ "project": { "id": outside } });
    house.put(&admin, &at("service_x"), unknown).expect(422);
}

// R117: those whose roles do not count in a project cannot let a service act there.
#[test]
fn only_administrators_bind_an_account_to_a_project() {
    let house = House::new();
    let admin = house.admin("t100");
    let roles = [
        Role::UserManagementAdmin,
        Role::UserManagementRead,
        Role::InventoryRead,
        Role::InventoryAdmin,
    ];
    let manager = house.person("t100", "manager", &roles);
    let made = house
        .post(&admin, "/inventory/projects", json!({ "name": "North" }))
        .expect(201);
    let project = text(&made.json(), "id").to_owned();
    let bound = json!({ "project": { "id": project } });
    let body = json!({ "userName": "service_m", "project": { "id": project } });
    let refused = house.post(&manager, ACCOUNTS, body).status;
    assert!([403, 422].contains(&refused.as_u16()), "{refused}");
    account(&house, "service_x", &[], bound.clone());
    for (method, path, body) in [
        (
            "POST",
            "/user/t100/users/service_x/roles".to_owned(),
            json!({ "role": { "id": "ROLE_INVENTORY_READ" } }),
        ),
        (
            "POST",
            format!("{}/keys", at("service_x")),
            json!({ "name": "mine" }),
        ),
        ("PUT", at("service_x"), json!({ "addresses": [] })),
    ] {
        house.call(&manager, method, &path, body).expect(403);
    }
    let group = house
        .post(&admin, "/user/t100/groups", json!({ "name": "meter readers" }))
        .expect(201)
        .json()["id"]
        .to_string();
    let members = format!("/user/t100/groups/{group}/users");
    house
        .post(&admin, &members, json!({ "user": { "id": "service_x" } }))
        .expect(422);
    account(&house, "service_y", &[], json!({}));
    house
        .post(&admin, &members, json!({ "user": { "id": "service_y" } }))
        .expect(201);
    house.put(&admin, &at("service_y"), bound).expect(422);
}
