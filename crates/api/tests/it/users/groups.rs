//! Groups, their roles and members, and what follows for the next request.

use super::{assert_documented, role};
use model::roles::Role;
use serde_json::{Value, json};
use testkit::house::{House, Who};

/// A new group of `t100`, and its path.
fn group(house: &House, admin: &Who, name: &str) -> (Value, String) {
    let created = house
        .post(admin, "/user/t100/groups", json!({ "name": name }))
        .expect(201);
    let path = created
        .header("location")
        .strip_prefix("https://localhost")
        .expect("our own link")
        .to_owned();
    (created.json(), path)
}

#[test]
fn a_group_has_the_shape_that_clients_know() {
    let house = House::new();
    let admin = house.admin("t100");
    let body = json!({
        "name": "Pumps & pipes", "description": "Who repairs pumps", "customProperties": { "level": 1 },
        "roles": { "references": [{ "role": { "self": "https://elsewhere/user/roles/ROLE_ALARM_READ" } }] },
    });
    let created = house.post(&admin, "/user/t100/groups", body).expect(201);
    let at = created.header("location").to_owned();
    let id = created.json()["id"].as_u64().expect("a number");
    assert_eq!(at, format!("https://localhost/user/t100/groups/{id}"));
    let reference = json!({ "self": format!("{at}/roles/ROLE_ALARM_READ"), "role": role("ROLE_ALARM_READ") });
    let expected = json!({
        "id": id,
        "self": at,
        "name": "Pumps & pipes",
        "description": "Who repairs pumps",
        "roles": { "self": format!("{at}/roles"), "references": [reference] },
        "users": { "self": format!("{at}/users"), "references": [] },
        "applications": [],
        "devicePermissions": {},
        "customProperties": { "level": 1 },
    });
    assert_eq!(created.json(), expected);
    assert_documented("Group", &expected);
    assert_eq!(
        house
            .get(&admin, &format!("/user/t100/groups/{id}"))
            .expect(200)
            .json(),
        expected
    );
    assert_eq!(
        house
            .get(&admin, "/user/t100/groupByName/Pumps%20%26%20pipes")
            .expect(200)
            .json(),
        expected
    );
    let all = house
        .get(&admin, "/user/t100/groups?pageSize=100")
        .expect(200)
        .json();
    assert!(all["groups"].as_array().expect("groups").contains(&expected));

    let changed = house.put(
        &admin,
        &format!("/user/t100/groups/{id}"),
        json!({ "description": null, "name": "Pumps" }),
    );
    let changed = changed.expect(200).json();
    assert_eq!(
        (&changed["name"], &changed["description"]),
        (&json!("Pumps"), &Value::Null)
    );
    assert_eq!(changed["customProperties"], json!({ "level": 1 }));
    house
        .delete(&admin, &format!("/user/t100/groups/{id}"))
        .expect(204);
    house.get(&admin, &format!("/user/t100/groups/{id}")).expect(404);
}

#[test]
fn a_group_needs_a_name_of_its_own_and_the_two_special_ones_stay() {
    let house = House::new();
    let admin = house.admin("t100");
    let create = |body: Value| house.post(&admin, "/user/t100/groups", body);
    assert_eq!(
        create(json!({})).expect(422).error().0,
        "undefined/validationError"
    );
    assert_eq!(
        create(json!({ "name": "readers" })).expect(409).error().0,
        "users/Duplicate"
    );
    for name in ["admins", "devices"] {
        let path = format!("/user/t100/groups/{}", house.group("t100", name));
        house.put(&admin, &path, json!({ "name": "others" })).expect(422);
        house.delete(&admin, &path).expect(422);
    }
}

#[test]
fn rights_through_a_group_begin_and_end_with_the_next_request() {
    // R004, R005
    let house = House::new();
    let (admin, joe) = (house.admin("t100"), house.person("t100", "joe", &[]));
    let (created, path) = group(&house, &admin, "User readers");
    let link = |rest: &str| format!("https://localhost{path}/{rest}");
    house.get(&joe, "/user/t100/users").expect(403);

    let joe_by_link = json!({ "user": { "self": "https://elsewhere/user/t100/users/joe" } });
    let added = house
        .post(&admin, &format!("{path}/users"), joe_by_link.clone())
        .expect(201);
    assert_eq!(
        (added.json()["self"].as_str(), &added.json()["user"]["id"]),
        (Some(&*link("users/joe")), &json!("joe"))
    );
    house.get(&joe, "/user/t100/users").expect(403);

    let read = json!({ "role": { "self": "https://elsewhere/user/roles/ROLE_USER_MANAGEMENT_READ" } });
    let given = house
        .post(&admin, &format!("{path}/roles"), read.clone())
        .expect(201);
    let at = link("roles/ROLE_USER_MANAGEMENT_READ");
    assert_eq!(given.header("location"), at);
    assert_eq!(
        given.json(),
        json!({ "self": at, "role": role("ROLE_USER_MANAGEMENT_READ") })
    );
    house.post(&admin, &format!("{path}/roles"), read).expect(409);
    house.get(&joe, "/user/t100/users").expect(200);

    let roles = house.get(&joe, &format!("{path}/roles")).expect(200).json();
    assert_eq!(roles["references"], json!([given.json()]));
    let members = house.get(&joe, &format!("{path}/users")).expect(200).json();
    assert_eq!(members["references"][0]["user"]["userName"], "joe");
    let groups = house.get(&joe, "/user/t100/users/joe/groups").expect(200).json();
    assert_eq!(groups["references"][0]["group"]["id"], created["id"]);
    assert_eq!(
        groups["references"][0]["group"]["roles"]["references"],
        roles["references"]
    );

    house.delete(&admin, &format!("{path}/users/joe")).expect(204);
    house.get(&joe, "/user/t100/users").expect(403);
    house.delete(&admin, &format!("{path}/users/joe")).expect(404);
    house
        .post(&admin, &format!("{path}/users"), joe_by_link)
        .expect(201);
    house.get(&joe, "/user/t100/users").expect(200);
    house
        .delete(&admin, &format!("{path}/roles/ROLE_USER_MANAGEMENT_READ"))
        .expect(204);
    house.get(&joe, "/user/t100/users").expect(403);
    house
        .delete(&admin, &format!("{path}/roles/ROLE_USER_MANAGEMENT_READ"))
        .expect(404);
}

#[test]
fn a_role_given_directly_counts_from_the_next_request_on() {
    let house = House::new();
    let (admin, joe) = (house.admin("t100"), house.person("t100", "joe", &[]));
    let path = "/user/t100/users/joe/roles";
    let read = json!({ "role": { "id": "ROLE_USER_MANAGEMENT_READ" } });
    let given = house.post(&admin, path, read.clone()).expect(201);
    assert_eq!(
        given.header("location"),
        format!("https://localhost{path}/ROLE_USER_MANAGEMENT_READ")
    );
    house.post(&admin, path, read).expect(201);
    let held = house.get(&joe, path).expect(200).json();
    assert_eq!(held["references"], json!([given.json()]));
    house
        .delete(&admin, &format!("{path}/ROLE_USER_MANAGEMENT_READ"))
        .expect(204);
    house.get(&joe, path).expect(403);
    house
        .post(&admin, path, json!({ "role": { "id": "ROLE_ROOT" } }))
        .expect(422);
    house.delete(&admin, &format!("{path}/ROLE_ROOT")).expect(404);
    house
        .post(
            &admin,
            "/user/t100/users/nobody/roles",
            json!({ "role": { "id": "ROLE_ALARM_READ" } }),
        )
        .expect(404);
}

#[test]
fn who_may_write_but_not_read_users_gets_nothing_stored_back() {
    // R019
    let house = House::new();
    let roles = [
        Role::UserManagementAdmin,
        Role::UserManagementOwnRead,
        Role::UserManagementOwnAdmin,
    ];
    let writer = house.person("t100", "writer", &roles);
    house.person("t100", "joe", &[]);
    let at = "https://localhost/user/t100/users/joe";
    let answer = house
        .put(&writer, "/user/t100/users/joe", json!({ "firstName": "Joe" }))
        .expect(200)
        .json();
    assert_eq!(answer, json!({ "id": "joe", "self": at }));
    let (created, path) = group(&house, &writer, "Pumps");
    assert_eq!(
        created,
        json!({ "id": created["id"], "self": format!("https://localhost{path}") })
    );
    let added = house
        .post(
            &writer,
            &format!("{path}/users"),
            json!({ "user": { "id": "joe" } }),
        )
        .expect(201)
        .json();
    assert_eq!(added["user"], json!({ "id": "joe", "self": at }));
    for path in [
        "/user/t100/users/joe",
        "/user/t100/users",
        "/user/t100/groups",
        "/user/roles",
        &path,
    ] {
        house.get(&writer, path).expect(403);
    }
}
