//! The report of privileged principals (R016).

use crate::users::assert_documented;
use model::roles::Role;
use model::users::UserKind;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use testkit::house::{House, Who};

fn report(house: &House, who: &Who) -> BTreeMap<String, Value> {
    let page = house
        .get(who, "/user/t100/privileged?pageSize=2000&withTotalElements=true")
        .expect(200);
    assert!(page.header("content-type").contains("privilegedcollection+json"));
    let page = page.json();
    let principals = page["principals"].as_array().expect("principals").clone();
    assert_eq!(page["statistics"]["totalElements"], principals.len());
    let named = principals
        .into_iter()
        .map(|one| (one["id"].as_str().expect("an id").to_owned(), one));
    named.collect()
}

/// `right through group`, in order.
fn ways(principal: &Value) -> Vec<String> {
    let ways = principal["ways"].as_array().expect("ways").iter();
    let texts = ways.map(|way| {
        let text = |name: &str| way[name].as_str().unwrap_or_default().to_owned();
        let group = way["group"]["name"]
            .as_str()
            .map(|name| format!(" {name}"))
            .unwrap_or_default();
        format!("{} {}{group}", text("right"), text("through"))
    });
    texts.collect()
}

// R016: mixed grants, seeded; the report names everybody by every way, and nobody else.
#[test]
fn every_way_to_a_privileged_right_is_reported_and_nothing_else() {
    let house = House::new();
    let admin = house.admin("t100");
    house.person(
        "t100",
        "plain",
        &[Role::InventoryRead, Role::AlarmAdmin, Role::UserManagementRead],
    );
    house.person("t100", "direct", &[Role::TenantAdmin]);
    house.user(
        "t100",
        "service_backup",
        UserKind::Service,
        &[Role::UserManagementAdmin],
    );
    house.person("t100", "through", &[]);
    house.person("t100", "rule", &[]);
    house.person("t100", "narrow", &[]);
    house.person("t100", "head", &[Role::UserManagementCreate]);
    house.person("t100", "deputy", &[Role::UserManagementCreate]);
    house.device("t100", "device_1");
    house.device("t100", "device_2");
    let managers = house.group("t100", "Global User Manager");
    let put = |path: &str, body: Value| house.put(&admin, &format!("/user/t100/{path}"), body).expect(200);
    let post = |path: &str, body: Value| {
        house
            .post(&admin, &format!("/user/t100/{path}"), body)
            .expect(201)
    };
    post(
        &format!("groups/{managers}/users"),
        json!({ "user": { "id": "through" } }),
    );
    post(
        "users/device_1/roles",
        json!({ "role": { "id": "ROLE_DEVICE_CONTROL_ADMIN" } }),
    );
    put(
        "users/rule",
        json!({ "devicePermissions": { "*": ["*:*:ADMIN"] } }),
    );
    put(
        "users/narrow",
        json!({ "devicePermissions": { "*": ["ALARM:*:ADMIN", "OPERATION:c8y_Restart:ADMIN"] } }),
    );
    put("users/deputy/delegatedby", json!({ "delegatedBy": "head" }));

    let report = report(&house, &admin);
    let names: Vec<_> = report.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "admin",
            "deputy",
            "device_1",
            "direct",
            "head",
            "rule",
            "service_backup",
            "through"
        ]
    );
    report
        .values()
        .for_each(|one| assert_documented("PrivilegedPrincipal", one));
    assert_eq!(ways(&report["direct"]), ["ROLE_TENANT_ADMIN direct"]);
    assert_eq!(
        ways(&report["through"]),
        ["ROLE_USER_MANAGEMENT_ADMIN group Global User Manager"]
    );
    assert_eq!(ways(&report["rule"]), ["*, *, *, ADMIN direct"]);
    assert_eq!(
        ways(&report["deputy"]),
        [
            "ROLE_USER_MANAGEMENT_CREATE direct",
            "users below head delegation"
        ]
    );
    assert_eq!(ways(&report["admin"])[0], "admins group admins");
    for name in ["service_backup", "device_1"] {
        assert!(report[name]["warning"].is_string(), "{name}");
    }
    assert_eq!(
        (&report["direct"]["kind"], &report["direct"]["warning"]),
        (&json!("person"), &Value::Null)
    );
    // Somebody gave it, or it was there from the start.
    assert_eq!(report["through"]["ways"][0]["grantedBy"], "admin");
    assert_eq!(report["through"]["ways"][0]["beyondOwn"], false);
    assert_eq!(report["admin"]["ways"][0]["grantedBy"], Value::Null);
    assert_eq!(report["admin"]["lastSignIn"], "2026-11-18");
    assert_eq!(report["direct"]["lastSignIn"], Value::Null);
}

// R010 R016: what a member of admins gives beyond its own is marked, in the audit log and in the report.
#[test]
fn a_right_that_the_giver_does_not_hold_is_marked() {
    let house = House::new();
    let admin = house.admin("t100");
    let admins = house.group("t100", "admins");
    house.person("t100", "joe", &[]);
    house.person("t100", "jim", &[]);
    let give = |role: &str| {
        house
            .post(
                &admin,
                "/user/t100/users/joe/roles",
                json!({ "role": { "id": role } }),
            )
            .expect(201);
    };
    give("ROLE_TENANT_ADMIN");
    // From here on the administrators do not hold it themselves.
    house
        .delete(
            &admin,
            &format!("/user/t100/groups/{admins}/roles/ROLE_REMOTE_ACCESS_ADMIN"),
        )
        .expect(204);
    give("ROLE_REMOTE_ACCESS_ADMIN");
    let own = house.group("t100", "Shared User Manager");
    house
        .post(
            &admin,
            &format!("/user/t100/groups/{own}/roles"),
            json!({ "role": { "id": "ROLE_REMOTE_ACCESS_ADMIN" } }),
        )
        .expect(201);
    house
        .post(
            &admin,
            &format!("/user/t100/groups/{own}/users"),
            json!({ "user": { "id": "jim" } }),
        )
        .expect(201);

    let report = report(&house, &admin);
    let marks = |name: &str| {
        let ways = report[name]["ways"].as_array().expect("ways").iter();
        ways.map(|way| {
            (
                way["right"].clone(),
                way["beyondOwn"].clone(),
                way["grantedBy"].clone(),
            )
        })
        .collect::<Vec<_>>()
    };
    let mark = |right: &str, beyond: bool| (json!(right), json!(beyond), json!("admin"));
    assert_eq!(
        marks("joe"),
        [
            mark("ROLE_REMOTE_ACCESS_ADMIN", true),
            mark("ROLE_TENANT_ADMIN", false)
        ]
    );
    assert!(
        marks("jim").contains(&mark("ROLE_REMOTE_ACCESS_ADMIN", true)),
        "{:?}",
        marks("jim")
    );

    let log = house
        .get(&admin, "/audit/auditRecords?pageSize=100&type=User")
        .expect(200)
        .json();
    let records = log["auditRecords"].as_array().expect("records").iter();
    let marked: Vec<_> = records
        .filter(|record| record["activity"] == "Role given to user")
        .map(|record| record["beyondOwn"].clone())
        .collect();
    assert!(
        marked.contains(&json!(["ROLE_REMOTE_ACCESS_ADMIN"])),
        "{marked:?}"
    );
    assert!(marked.contains(&Value::Null), "{marked:?}");
    // What is taken and given again by somebody who holds it is no longer marked.
    house
        .delete(&admin, "/user/t100/users/joe/roles/ROLE_REMOTE_ACCESS_ADMIN")
        .expect(204);
    house
        .post(
            &admin,
            &format!("/user/t100/groups/{admins}/roles"),
            json!({ "role": { "id": "ROLE_REMOTE_ACCESS_ADMIN" } }),
        )
        .expect(201);
    give("ROLE_REMOTE_ACCESS_ADMIN");
    assert!(
        marks_of(&house, &admin, "joe")
            .iter()
            .all(|beyond| *beyond == json!(false))
    );
}

fn marks_of(house: &House, who: &Who, name: &str) -> Vec<Value> {
    let report = report(house, who);
    let ways = report[name]["ways"].as_array().expect("ways").iter();
    ways.map(|way| way["beyondOwn"].clone()).collect()
}

// R016: the report tells what is in force: a right that the one above lacks is none.
#[test]
fn only_rights_in_force_are_reported() {
    let house = House::new();
    let admin = house.admin("t100");
    house.person("t100", "head", &[Role::AuditAdmin, Role::UserManagementCreate]);
    house.person("t100", "sub", &[Role::AuditAdmin]);
    house
        .put(&admin, "/user/t100/users/sub/owner", json!({ "owner": "head" }))
        .expect(200);
    assert_eq!(report(&house, &admin)["sub"]["owner"], "head");
    house
        .delete(&admin, "/user/t100/users/head/roles/ROLE_AUDIT_ADMIN")
        .expect(204);
    assert!(!report(&house, &admin).contains_key("sub"));
}

// R016: it takes the right to read users and the right to read the audit log.
#[test]
fn the_report_is_for_those_who_read_users_and_the_audit_log() {
    let house = House::new();
    let path = "/user/t100/privileged";
    for (name, roles, status) in [
        ("users", vec![Role::UserManagementRead], 403),
        ("audit", vec![Role::AuditRead], 403),
        (
            "manager",
            vec![Role::UserManagementAdmin, Role::UserManagementCreate],
            403,
        ),
        ("both", vec![Role::UserManagementRead, Role::AuditRead], 200),
    ] {
        let who = house.person("t100", name, &roles);
        house.get(&who, path).expect(status);
    }
    let device = house.user(
        "t100",
        "device_9",
        UserKind::Device,
        &[Role::UserManagementRead, Role::AuditRead],
    );
    house.get(&device, path).expect(403);
    house.get(&house.admin("t200"), path).expect(404);
    house.get(&house.admin("management"), path).expect(404);
}
