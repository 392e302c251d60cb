//! Roles that microservices define: names that user management of a subscribed tenant gives, and that open nothing of the
//! platform.

use super::microservices::{bootstrap, subscribe, users};
use super::{ALL, create};
use crate::users::assert_documented;
use model::roles::Role;
use serde_json::{Value, json};
use testkit::house::{House, Who};

const READ: &str = "ROLE_RULES_READ";
const ADMIN: &str = "ROLE_RULES_ADMIN";
/// What a user manager has who is no member of `admins`.
const MANAGING: [Role; 3] = [
    Role::UserManagementAdmin,
    Role::UserManagementRead,
    Role::UserManagementOwnRead,
];

fn rules(roles: &[&str]) -> Value {
    json!({"name": "rules", "key": "rules", "type": "MICROSERVICE", "roles": roles, "availability": "MARKET"})
}

/// The names of roles in a list.
fn names(house: &House, who: &Who, path: &str) -> Vec<String> {
    let found = house
        .get(who, &format!("{path}?pageSize=2000"))
        .expect(200)
        .json();
    let (roles, references) = (&found["roles"], &found["references"]);
    let all = roles
        .as_array()
        .or_else(|| references.as_array())
        .expect("a list")
        .iter();
    let name = |one: &Value| {
        one.get("role").unwrap_or(one)["name"]
            .as_str()
            .expect("a name")
            .to_owned()
    };
    all.map(name).collect()
}

/// The roles that somebody finds with itself.
fn own(house: &House, who: &Who) -> Vec<String> {
    let request = house
        .request(who, "GET", "/user/currentUser")
        .header("accept", "application/vnd.com.nsn.cumulocity.currentuser+json");
    let shown = house.send_text(request, "").expect(200).json();
    let roles = shown["effectiveRoles"].as_array().expect("roles").iter();
    roles
        .map(|role| role["id"].as_str().expect("an id").to_owned())
        .collect()
}

fn has(names: &[String], role: &str) -> bool {
    names.iter().any(|name| name == role)
}

fn reference(role: &str) -> Value {
    json!({"role": {"self": format!("https://localhost/user/roles/{role}")}})
}

fn of_user(name: &str) -> String {
    format!("/user/t100/users/{name}/roles")
}

#[test]
fn roles_of_a_microservice_are_given_where_it_is_subscribed_and_vanish_with_that() {
    let house = House::new();
    let admin = house.admin("t100");
    let id = create(
        &house,
        &admin,
        rules(&[READ, ADMIN, "ROLE_INVENTORY_ADMIN", "ROLE_ODD"]),
    );
    let joe = house.person("t100", "joe", &[Role::UserManagementOwnRead]);
    assert!(
        !has(&names(&house, &admin, "/user/roles"), READ),
        "nobody is subscribed"
    );
    house.post(&admin, &of_user("joe"), reference(READ)).expect(422);

    subscribe(&house, &admin, "t100", &id, 201);
    let listed = names(&house, &admin, "/user/roles");
    assert!(has(&listed, READ) && has(&listed, ADMIN) && !has(&listed, "ROLE_ODD"));
    let of_platform = listed
        .iter()
        .filter(|name| *name == "ROLE_INVENTORY_ADMIN")
        .count();
    assert_eq!(of_platform, 1, "a role of the platform is the platform's");
    let shown = house
        .get(&admin, &format!("/user/roles/{READ}"))
        .expect(200)
        .json();
    assert_documented("Role", &shown);
    assert_eq!(shown["self"], format!("https://localhost/user/roles/{READ}"));

    let given = house
        .post(&admin, &of_user("joe"), reference(READ))
        .expect(201)
        .json();
    assert_documented("RoleReference", &given);
    house.post(&admin, &of_user("joe"), reference(READ)).expect(201);
    let readers = house.group("t100", "readers");
    let of_group = format!("/user/t100/groups/{readers}/roles");
    house.post(&admin, &of_group, reference(ADMIN)).expect(201);
    house.post(&admin, &of_group, reference(ADMIN)).expect(409);
    let body = json!({"user": {"id": "joe"}});
    house
        .post(&admin, &format!("/user/t100/groups/{readers}/users"), body)
        .expect(201);
    assert!(has(&names(&house, &admin, &of_user("joe")), READ));
    assert!(has(&names(&house, &admin, &of_group), ADMIN));
    let held = own(&house, &joe);
    assert!(has(&held, READ) && has(&held, ADMIN), "{held:?}");
    let user = house.get(&admin, "/user/t100/users/joe").expect(200).json();
    assert_documented("User", &user);
    assert!(user["roles"]["references"].to_string().contains(READ));

    // What is taken away is gone.
    house.delete(&admin, &format!("{of_group}/{ADMIN}")).expect(204);
    house.delete(&admin, &format!("{of_group}/{ADMIN}")).expect(404);
    assert!(!has(&own(&house, &joe), ADMIN));

    // With the subscription they end, and nothing brings them back.
    house
        .delete(&admin, &format!("/tenant/tenants/t100/applications/{id}"))
        .expect(204);
    assert!(!has(&names(&house, &admin, "/user/roles"), READ));
    assert!(!has(&own(&house, &joe), READ) && !has(&names(&house, &admin, &of_user("joe")), READ));
    house.get(&admin, &format!("/user/roles/{READ}")).expect(404);
    house.world.advance_millis(1_000);
    subscribe(&house, &admin, "t100", &id, 201);
    assert!(has(&names(&house, &admin, "/user/roles"), READ));
    assert!(!has(&own(&house, &joe), READ));
    // A role that it does not define any more ends too.
    house.post(&admin, &of_user("joe"), reference(READ)).expect(201);
    let fewer = json!({"roles": [ADMIN]});
    house.put(&admin, &format!("{ALL}/{id}"), fewer).expect(200);
    assert!(!has(&own(&house, &joe), READ) && !has(&names(&house, &admin, "/user/roles"), READ));
}

// R010: nobody gives what they do not hold; and whatever it is called, it opens nothing.
#[test]
fn roles_of_microservices_open_nothing_and_are_given_by_who_holds_them() {
    let house = House::new();
    let admin = house.admin("t100");
    let id = create(&house, &admin, rules(&[READ, ADMIN]));
    subscribe(&house, &admin, "t100", &id, 201);
    let manager = house.person("t100", "manager", &MANAGING);
    let joe = house.person("t100", "joe", &[Role::UserManagementOwnRead]);
    house.post(&manager, &of_user("joe"), reference(READ)).expect(403);
    house
        .post(&manager, &of_user("manager"), reference(READ))
        .expect(403);
    house
        .post(&admin, &of_user("manager"), reference(READ))
        .expect(201);
    house.post(&manager, &of_user("joe"), reference(READ)).expect(201);
    house
        .post(&manager, &of_user("joe"), reference(ADMIN))
        .expect(403);
    let admins = house.group("t100", "admins");
    house
        .post(
            &manager,
            &format!("/user/t100/groups/{admins}/roles"),
            reference(READ),
        )
        .expect(403);
    for path in ["/user/roles", "/audit/auditRecords", "/tenant/options"] {
        house.get(&joe, path).expect(403);
    }
    house
        .post(&joe, "/inventory/managedObjects", json!({"name": "x"}))
        .expect(403);
    // The microservice's own users have what was granted to it, and nothing else.
    let acts = users(&house, &bootstrap(&house, &admin, &id))
        .pop()
        .expect("a user");
    house
        .post(&admin, &of_user(&acts.name), reference(READ))
        .expect(422);
    // Another tenant, which is not subscribed, knows no such role.
    let other = house.admin("t200");
    assert!(!has(&names(&house, &other, "/user/roles"), READ));
    house.person("t200", "jim", &[]);
    house
        .post(&other, "/user/t200/users/jim/roles", reference(READ))
        .expect(422);
    // Recorded like every role.
    let log = house
        .get(&admin, "/audit/auditRecords?type=User&pageSize=100")
        .expect(200)
        .text;
    assert!(log.contains("ROLE_RULES_READ given to joe"), "{log}");
}

// R115: of an application of the management tenant a tenant has the roles while it is subscribed, as they are now.
#[test]
fn roles_of_a_microservice_of_the_management_tenant_follow_it() {
    let house = House::new();
    let (operator, admin) = (house.admin("management"), house.admin("t100"));
    let id = create(&house, &operator, rules(&[READ]));
    subscribe(&house, &operator, "t100", &id, 201);
    assert!(has(&names(&house, &admin, "/user/roles"), READ));
    assert!(
        !has(&names(&house, &operator, "/user/roles"), READ),
        "its owner is not subscribed"
    );
    let both = json!({"roles": [READ, ADMIN]});
    house.put(&operator, &format!("{ALL}/{id}"), both).expect(200);
    assert!(has(&names(&house, &admin, "/user/roles"), ADMIN));
    let joe = house.person("t100", "joe", &[Role::UserManagementOwnRead]);
    house.post(&admin, &of_user("joe"), reference(ADMIN)).expect(201);
    assert!(has(&own(&house, &joe), ADMIN));
    house
        .put(&operator, &format!("{ALL}/{id}"), json!({"roles": []}))
        .expect(200);
    assert!(!has(&own(&house, &joe), ADMIN));
    house
        .put(&operator, &format!("{ALL}/{id}"), json!({"roles": [ADMIN]}))
        .expect(200);
    house
        .delete(&operator, &format!("/tenant/tenants/t100/applications/{id}"))
        .expect(204);
    assert!(!has(&own(&house, &joe), ADMIN));
    assert!(!has(&names(&house, &admin, "/user/roles"), ADMIN));
}

/// A tenant that is subscribed, with a group that has the role ADMIN, and a user manager who does not have it.
fn with_a_group() -> (House, Who, Who, String) {
    let house = House::new();
    let admin = house.admin("t100");
    let id = create(&house, &admin, rules(&[READ, ADMIN]));
    subscribe(&house, &admin, "t100", &id, 201);
    let made = house.post(&admin, "/user/t100/groups", json!({"name": "rulers"}));
    let group = format!("/user/t100/groups/{}", made.expect(201).json()["id"]);
    house
        .post(&admin, &format!("{group}/roles"), reference(ADMIN))
        .expect(201);
    let manager = house.person("t100", "manager", &MANAGING);
    (house, admin, manager, group)
}

fn member(name: &str) -> Value {
    json!({"user": {"id": name}})
}

// R010: membership gives the group's roles, so it takes the right to give each of them.
#[test]
fn a_group_with_a_role_of_a_microservice_is_given_by_who_holds_that_role() {
    let (house, admin, manager, group) = with_a_group();
    let joe = house.person("t100", "joe", &[Role::UserManagementOwnRead]);
    let users = format!("{group}/users");
    house.post(&manager, &users, member("manager")).expect(403);
    house.post(&manager, &users, member("joe")).expect(403);
    assert!(!has(&own(&house, &manager), ADMIN) && !has(&own(&house, &joe), ADMIN));
    house.post(&admin, &users, member("joe")).expect(201);
    house.delete(&manager, &format!("{users}/joe")).expect(403);
    house.delete(&manager, &group).expect(403);
    house
        .post(&admin, &of_user("manager"), reference(ADMIN))
        .expect(201);
    house.delete(&manager, &format!("{users}/joe")).expect(204);
    house.post(&manager, &users, member("joe")).expect(201);
    assert!(has(&own(&house, &joe), ADMIN));
}

// R010: whoever sets somebody's password can become it.
#[test]
fn a_user_with_a_role_of_a_microservice_is_managed_by_who_holds_that_role() {
    let (house, admin, manager, group) = with_a_group();
    house.person("t100", "joe", &[]);
    house.person("t100", "jim", &[]);
    house
        .post(&admin, &format!("{group}/users"), member("joe"))
        .expect(201);
    house.post(&admin, &of_user("jim"), reference(ADMIN)).expect(201);
    let password = json!({"password": "correct horse battery"});
    for name in ["joe", "jim"] {
        let user = format!("/user/t100/users/{name}");
        house.put(&manager, &user, password.clone()).expect(403);
        house.put(&manager, &user, json!({"firstName": "J"})).expect(403);
        house.delete(&manager, &user).expect(403);
    }
    house
        .post(&admin, &of_user("manager"), reference(ADMIN))
        .expect(201);
    for name in ["joe", "jim"] {
        let user = format!("/user/t100/users/{name}");
        house.put(&manager, &user, password.clone()).expect(200);
    }
}

// R010: nor does a move bring into force what the mover could not give.
#[test]
fn below_somebody_without_a_role_of_a_microservice_nobody_gets_it() {
    let (house, admin, manager, group) = with_a_group();
    house.person("t100", "head", &[]);
    let joe = house.person("t100", "joe", &[Role::UserManagementOwnRead]);
    house.person("t100", "jim", &[]);
    let below = json!({"owner": "head"});
    let owner = "/user/t100/users/joe/owner";
    house.post(&admin, &of_user("joe"), reference(ADMIN)).expect(201);
    house.put(&admin, owner, below.clone()).expect(422);
    house.post(&admin, &of_user("head"), reference(ADMIN)).expect(201);
    house.put(&admin, owner, below.clone()).expect(200);
    house.put(&admin, "/user/t100/users/jim/owner", below).expect(200);
    house
        .delete(&admin, &format!("{}/{ADMIN}", of_user("head")))
        .expect(204);
    assert!(!has(&own(&house, &joe), ADMIN));
    house.delete(&manager, owner).expect(403);
    house
        .post(&admin, &format!("{group}/users"), member("jim"))
        .expect(403);
    house.delete(&admin, owner).expect(204);
    assert!(has(&own(&house, &joe), ADMIN));
}

// R016: what members of `admins` give beyond their own is told of.
#[test]
fn the_report_tells_who_has_a_role_of_a_microservice_and_who_gave_it_without_having_it() {
    let (house, admin, _, group) = with_a_group();
    house.person("t100", "joe", &[]);
    house.person("t100", "jim", &[]);
    house.post(&admin, &of_user("jim"), reference(READ)).expect(201);
    house
        .post(&admin, &format!("{group}/users"), member("joe"))
        .expect(201);
    house
        .post(&admin, &format!("{group}/users"), member("admin"))
        .expect(201);
    let shown = house
        .get(&admin, "/user/t100/privileged?pageSize=100")
        .expect(200)
        .json();
    let principals = shown["principals"].as_array().expect("principals");
    assert!(principals.iter().all(|one| one["id"] != "jim"), "{shown}");
    for name in ["joe", "admin"] {
        let mut found = principals.iter().filter(|one| one["id"] == name);
        let ways = found.next().expect("in the report")["ways"]
            .as_array()
            .expect("ways");
        let mut of_rules = ways.iter().filter(|way| way["right"] == ADMIN);
        let way = of_rules.next().expect("a way");
        assert_eq!(way["group"]["name"], "rulers");
        assert_eq!(
            (&way["grantedBy"], &way["beyondOwn"]),
            (&json!("admin"), &json!(true))
        );
    }
    let log = house
        .get(&admin, "/audit/auditRecords?type=User&pageSize=100")
        .expect(200)
        .json();
    let records = log["auditRecords"].as_array().expect("records").iter();
    let marked = records.filter(|record| record["beyondOwn"] == json!([ADMIN]));
    assert_eq!(marked.count(), 2, "{log}");
}
