//! Users, groups and roles as clients see them.

mod authority;
mod groups;
mod own;

use contract::users::Endpoint;
use model::roles::Role;
use serde_json::{Value, json};
use testkit::house::{House, Who};

const PASSWORD: &str = "correct horse battery";

fn jane() -> Value {
    json!({
        "userName": "jane@example.org",
        "email": "jane@example.org",
        "password": PASSWORD,
        "firstName": "Jane",
        "lastName": "Doe",
        "customProperties": { "floor": 3 },
        "roles": { "references": [{ "role": { "id": "ROLE_ALARM_READ" } }] },
    })
}

fn role(id: &str) -> Value {
    json!({ "id": id, "name": id, "self": format!("https://localhost/user/roles/{id}") })
}

fn names(collection: &Value) -> Vec<String> {
    let users = collection["users"].as_array().expect("users").iter();
    users
        .map(|user| user["id"].as_str().expect("an id").to_owned())
        .collect()
}

/// Every property that is shown is one of the API document.
pub(crate) fn assert_documented(schema: &str, shown: &Value) {
    let documented = &contract::schemas::all()[schema]["properties"];
    for name in shown.as_object().expect("an object").keys() {
        assert!(documented.get(name).is_some(), "{schema} does not have {name}");
        assert_ne!(
            documented[name]["writeOnly"], true,
            "{schema}.{name} is never answered"
        );
    }
}

#[test]
fn a_user_has_the_shape_that_clients_know() {
    let house = House::new();
    let admin = house.admin("t100");
    let created = house.post(&admin, "/user/t100/users", jane()).expect(201);
    let at = "https://localhost/user/t100/users/jane%40example.org";
    assert_eq!(created.header("location"), at);
    assert_eq!(
        created.header("content-type"),
        "application/vnd.com.nsn.cumulocity.user+json;charset=UTF-8;ver=0.9"
    );
    let held = |id: &str| json!({ "self": format!("{at}/roles/{id}"), "role": role(id) });
    let expected = json!({
        "id": "jane@example.org",
        "self": at,
        "userName": "jane@example.org",
        "firstName": "Jane",
        "lastName": "Doe",
        "email": "jane@example.org",
        "enabled": true,
        "newsletter": false,
        "sendPasswordResetEmail": false,
        "supportUserEnabled": false,
        "lastPasswordChange": "2026-11-18T00:00:00.000Z",
        "passwordStrength": "GREEN",
        "shouldResetPassword": false,
        "twoFactorAuthenticationEnabled": false,
        "devicePermissions": {},
        "groups": { "self": format!("{at}/groups"), "references": [] },
        "roles": {
            "self": format!("{at}/roles"),
            "references": [
                held("ROLE_ALARM_READ"),
                held("ROLE_USER_MANAGEMENT_OWN_ADMIN"),
                held("ROLE_USER_MANAGEMENT_OWN_READ"),
            ],
        },
        "applications": [],
        "customProperties": { "floor": 3 },
    });
    assert_eq!(created.json(), expected);
    assert_documented("User", &expected);
    for path in [
        "users/jane@example.org",
        "users/jane%40example.org",
        "userByName/jane@example.org",
    ] {
        assert_eq!(
            house
                .get(&admin, &format!("/user/t100/{path}"))
                .expect(200)
                .json(),
            expected,
            "{path}"
        );
    }
}

#[test]
fn a_user_is_changed_disabled_and_deleted() {
    // R010
    let house = House::new();
    let admin = house.admin("t100");
    house.post(&admin, "/user/t100/users", jane()).expect(201);
    let jane = Who::new("t100", "jane@example.org", PASSWORD);
    house.get(&jane, "/user/currentUser").expect(200);
    let at = "/user/t100/users/jane@example.org";

    let body = json!({ "firstName": null, "phone": "+49 30 1234", "customProperties": {}, "userName": "jane@example.org" });
    let changed = house.put(&admin, at, body).expect(200).json();
    assert_eq!(
        (&changed["firstName"], &changed["lastName"]),
        (&Value::Null, &json!("Doe"))
    );
    assert_eq!(
        (&changed["phone"], &changed["customProperties"]),
        (&json!("+49 30 1234"), &json!({}))
    );
    house.put(&admin, at, json!({ "userName": "root" })).expect(422);

    house.put(&admin, at, json!({ "enabled": false })).expect(200);
    house.get(&jane, "/user/currentUser").expect(401);
    house.put(&admin, at, json!({ "enabled": true })).expect(200);
    house.get(&jane, "/user/currentUser").expect(200);
    house.delete(&admin, at).expect(204);
    house.get(&jane, "/user/currentUser").expect(401);
    let gone = house.get(&admin, at).expect(404);
    assert_eq!(gone.error().0, "users/Not Found");
}

#[test]
fn without_an_accept_header_only_the_location_comes_back() {
    let house = House::new();
    let admin = house.admin("t100");
    let created = house
        .send(house.request(&admin, "POST", "/user/t100/users"), jane())
        .expect(201);
    assert_eq!(created.text, "");
    assert!(
        created
            .header("location")
            .ends_with("/user/t100/users/jane%40example.org")
    );
    let at = "/user/t100/users/jane@example.org";
    let changed = house
        .send(house.request(&admin, "PUT", at), json!({ "lastName": "Roe" }))
        .expect(200);
    assert_eq!(changed.text, "");
    assert_eq!(house.get(&admin, at).json()["lastName"], "Roe");
}

#[test]
fn a_user_is_refused_with_what_is_wrong_and_without_what_was_sent() {
    let house = House::new();
    let admin = house.admin("t100");
    let create = |body: Value| house.post(&admin, "/user/t100/users", body);
    let missing = create(json!({ "firstName": "Jane" })).expect(422).error();
    let expected = "Following mandatory fields should be included: userName,email,password";
    assert_eq!(
        missing,
        ("undefined/validationError".to_owned(), expected.to_owned())
    );

    create(jane()).expect(201);
    assert_eq!(create(jane()).expect(409).error().0, "users/Duplicate");

    for (password, status) in [("hunter2", 422), ("password", 422)] {
        let mut body = jane();
        body["userName"] = json!("joe");
        body["password"] = json!(password);
        let refused = create(body).expect(status);
        assert!(!refused.text.contains("hunter2"), "{}", refused.text);
    }
    let mut unknown = jane();
    unknown["groups"] = json!({ "references": [{ "group": { "id": 999_999 } }] });
    unknown["userName"] = json!("joe");
    create(unknown).expect(422);
    house.get(&admin, "/user/t100/users/joe").expect(404);
}

#[test]
fn a_user_without_a_password_cannot_sign_in_until_it_is_given_one() {
    let house = House::new();
    let admin = house.admin("t100");
    let mut body = jane();
    body["password"] = Value::Null;
    body["sendPasswordResetEmail"] = json!(true);
    let created = house.post(&admin, "/user/t100/users", body).expect(201).json();
    assert_eq!(
        (&created["sendPasswordResetEmail"], &created["lastPasswordChange"]),
        (&json!(false), &Value::Null)
    );
    let jane = Who::new("t100", "jane@example.org", PASSWORD);
    house.get(&jane, "/user/currentUser").expect(401);
    house
        .put(
            &admin,
            "/user/t100/users/jane@example.org",
            json!({ "password": PASSWORD }),
        )
        .expect(200);
    house.get(&jane, "/user/currentUser").expect(200);
}

#[test]
fn lists_leave_device_users_out_unless_they_are_asked_for() {
    let house = House::new();
    let admin = house.admin("t100");
    for name in ["ann", "anton", "bob"] {
        house.person("t100", name, &[]);
    }
    house.device("t100", "device_1");
    house.person("t200", "anna", &[]);
    let list = |query: &str| {
        house
            .get(&admin, &format!("/user/t100/users?pageSize=100{query}"))
            .expect(200)
            .json()
    };
    assert_eq!(names(&list("")), ["admin", "ann", "anton", "bob"]);
    assert_eq!(names(&list("&onlyDevices=true")), ["device_1"]);
    assert_eq!(names(&list("&username=an")), ["ann", "anton"]);
    assert_eq!(
        names(&list(&format!("&groups={}", house.group("t100", "admins")))),
        ["admin"]
    );
    assert_eq!(names(&list("&owner=admin")), Vec::<String>::new());
    assert_eq!(names(&list("&owner=no%20name")), Vec::<String>::new());
    assert_eq!(
        list("&withSubusersCount=true&username=bob")["users"][0]["subusersCount"],
        0
    );
    house.get(&admin, "/user/t100/users?groups=x").expect(422);

    let page = house.get(
        &admin,
        "/user/t100/users?username=an&pageSize=1&currentPage=2&withTotalElements=true",
    );
    let page = page.expect(200).json();
    assert_eq!(names(&page), ["anton"]);
    assert_eq!(
        page["statistics"],
        json!({ "currentPage": 2, "pageSize": 1, "totalElements": 2 })
    );
    let link = |page: u32| {
        format!(
            "https://localhost/user/t100/users?username=an&withTotalElements=true&pageSize=1&currentPage={page}"
        )
    };
    assert_eq!(
        (&page["prev"], &page["self"], &page["next"]),
        (&json!(link(1)), &json!(link(2)), &json!(link(3)))
    );
}

#[test]
fn names_of_one_tenant_mean_nothing_in_another() {
    // R007
    let house = House::new();
    house.person("t100", "smith", &[]);
    house
        .get(&house.admin("t200"), "/user/t200/users/smith")
        .expect(404);
    let stranger = Who {
        tenant: "t200".to_owned(),
        ..house.person("t100", "miller", &[])
    };
    house.get(&stranger, "/user/currentUser").expect(401);
}

#[test]
fn another_tenant_in_the_path_looks_like_one_that_does_not_exist() {
    // R115
    let house = House::new();
    let group = house.group("t200", "readers");
    let person = house.person("t200", "smith", &[]);
    let admins = [house.admin("t100"), house.admin("management")];
    let mut tried = 0;
    for declaration in Endpoint::ALL.iter().map(|endpoint| endpoint.declaration()) {
        let Some(rest) = declaration.path.strip_prefix("/user/{tenantId}/") else {
            continue;
        };
        let rest = rest
            .replace("{userId}", &person.name)
            .replace("{username}", &person.name);
        let rest = rest
            .replace("{groupId}", &group.to_string())
            .replace("{groupName}", "readers");
        let rest = rest.replace("{roleId}", "ROLE_ALARM_READ");
        let body = declaration
            .body
            .map(|body| sample(body.schema))
            .unwrap_or_default();
        for admin in &admins {
            let ask = |tenant: &str| {
                let path = format!("/user/{tenant}/{rest}");
                let answer = house
                    .call(admin, declaration.method.name(), &path, body.clone())
                    .expect(404);
                assert_eq!(answer.error().0, "security/Not Found", "{path}");
                answer.text.replace(tenant, "X")
            };
            assert_eq!(ask("t200"), ask("t999"), "{rest}");
            assert_eq!(ask("t200"), ask("No-Such-Id"), "{rest}");
            tried += 1;
        }
    }
    assert!(tried >= 40, "only {tried} endpoints were tried");
    let users = house
        .get(&house.admin("t200"), "/user/t200/users")
        .expect(200)
        .json();
    assert_eq!(names(&users), ["admin", "smith"]);
}

/// A body that its endpoint takes.
fn sample(schema: &str) -> Value {
    match schema {
        "User" => jane(),
        "PasswordChange" => json!({ "currentUserPassword": "a", "newPassword": PASSWORD }),
        "RoleReference" => json!({ "role": { "id": "ROLE_ALARM_READ" } }),
        "UserReference" => json!({ "user": { "id": "smith" } }),
        "Group" => json!({ "name": "Pumps" }),
        "UserOwnerReference" => json!({ "owner": "smith" }),
        "UserDelegatedByReference" => json!({ "delegatedBy": "smith" }),
        other => panic!("no sample of {other}"),
    }
}

#[test]
fn what_is_no_name_is_answered_like_a_name_of_nobody() {
    let house = House::new();
    let admin = house.admin("t100");
    for (path, other) in [
        ("users/nobody", "users/no%3Abody"),
        ("users/nobody/groups", "users/no%3Abody/groups"),
        ("groups/999999", "groups/one"),
        ("groups/999999/users", "groups/0/users"),
    ] {
        let same = |path: &str, name: &str| {
            house
                .get(&admin, &format!("/user/t100/{path}"))
                .expect(404)
                .text
                .replace(name, "X")
        };
        let name = |path: &str| path.split('/').nth(1).unwrap_or_default().replace("%3A", ":");
        assert_eq!(same(path, &name(path)), same(other, &name(other)), "{path}");
    }
    house.get(&admin, "/user/roles/ROLE_NO_SUCH").expect(404);
}

#[test]
fn roles_of_the_platform_exist_in_the_management_tenant_only() {
    let house = House::new();
    let roles = |tenant: &str| -> Vec<Value> {
        let all = house
            .get(&house.admin(tenant), "/user/roles?pageSize=2000")
            .expect(200)
            .json();
        all["roles"].as_array().expect("roles").clone()
    };
    let platform = role(Role::TenantManagementAdmin.name());
    assert!(roles("management").contains(&platform));
    assert!(!roles("t100").contains(&platform) && roles("t100").contains(&role("ROLE_ALARM_READ")));
    let one = house
        .get(&house.admin("t100"), "/user/roles/ROLE_ALARM_READ")
        .expect(200)
        .json();
    assert_eq!(one, role("ROLE_ALARM_READ"));
    house
        .get(&house.admin("t100"), "/user/roles/ROLE_TENANT_MANAGEMENT_ADMIN")
        .expect(404);
}
