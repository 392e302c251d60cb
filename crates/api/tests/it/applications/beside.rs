//! Applications where they are shown beside something else, and the keys of microservices made anew.

use super::microservices::{bootstrap, service, subscribe, users};
use super::{ALL, create, hosted};
use model::roles::Role;
use model::users::UserKind;
use serde_json::{Value, json};
use testkit::house::{House, Who};

/// Names of the applications in a list of references.
fn names(references: &Value) -> Vec<String> {
    let name = |reference: &Value| reference["application"]["name"].as_str().map(str::to_owned);
    let references = references["references"].as_array().expect("references");
    references.iter().filter_map(name).collect()
}

fn current(house: &House, who: &Who) -> Vec<String> {
    let shown = house.get(who, "/tenant/currentTenant").expect(200).json();
    names(&shown["applications"])
}

#[test]
fn a_tenant_is_shown_with_what_it_is_subscribed_to() {
    let house = House::new();
    let (operator, admin) = (house.admin("management"), house.admin("t100"));
    let mut offered = hosted("board");
    offered["availability"] = json!("MARKET");
    let board = create(&house, &operator, offered);
    create(&house, &admin, hosted("own"));
    let own = create(&house, &admin, service(&[]));
    subscribe(&house, &operator, "t100", &board, 201);
    subscribe(&house, &admin, "t100", &own, 201);
    let reader = house.person("t100", "reader", &[Role::UserManagementOwnRead]);
    for who in [&admin, &reader] {
        let mut shown = current(&house, who);
        shown.sort();
        assert_eq!(shown, ["board", "svc"]);
    }
    // Devices have no business with them, and other tenants are subscribed to nothing.
    let device = house.user(
        "t100",
        "device_x",
        UserKind::Device,
        &[Role::UserManagementOwnRead],
    );
    assert_eq!(current(&house, &device), Vec::<String>::new());
    assert_eq!(current(&house, &house.admin("t200")), Vec::<String>::new());
    // The operator sees what it has given, and nothing that the tenant owns.
    let shown = house.get(&operator, "/tenant/tenants/t100").expect(200).json();
    assert_eq!(names(&shown["applications"]), ["board"]);
    assert_eq!(shown["ownedApplications"], json!({"references": []}));
    let all = house
        .get(&operator, "/tenant/tenants?pageSize=100")
        .expect(200)
        .json();
    for tenant in all["tenants"].as_array().expect("tenants") {
        let expected: &[&str] = if tenant["id"] == "t100" { &["board"] } else { &[] };
        assert_eq!(names(&tenant["applications"]), expected, "{tenant}");
    }
}

#[test]
fn a_user_that_is_read_is_shown_with_what_it_may_use() {
    let house = House::new();
    let admin = house.admin("t100");
    create(&house, &admin, hosted("own"));
    create(&house, &admin, service(&[]));
    house.user("t100", "device_d1", UserKind::Device, &[]);
    let applications = |who: &Who, path: &str| {
        let shown = house.get(who, path).expect(200).json();
        let names = shown["applications"].as_array().expect("a list").iter();
        names
            .map(|it| it["name"].as_str().expect("a name").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(applications(&admin, "/user/t100/users/admin"), ["own"]);
    assert_eq!(
        applications(&admin, "/user/t100/users/device_d1"),
        Vec::<String>::new()
    );
    let blind = house.person("t100", "blind", &[Role::UserManagementRead]);
    assert_eq!(
        applications(&blind, "/user/t100/users/admin"),
        Vec::<String>::new()
    );
}

#[test]
fn usage_names_what_the_tenant_is_subscribed_to_since_then() {
    let house = House::new();
    let (operator, admin) = (house.admin("management"), house.admin("t100"));
    let mut offered = hosted("board");
    offered["availability"] = json!("MARKET");
    let board = create(&house, &operator, offered);
    subscribe(&house, &operator, "t100", &board, 201);
    let summary = |who: &Who, query: &str| {
        let path = format!("/tenant/statistics/summary{query}");
        house.get(who, &path).expect(200).json()["subscribedApplications"].clone()
    };
    assert_eq!(summary(&admin, ""), json!(["board"]));
    assert_eq!(summary(&operator, "?tenant=t100"), json!(["board"]));
    assert_eq!(summary(&operator, "?tenant=t200"), json!([]));
    assert_eq!(
        summary(&admin, "?dateFrom=2001-01-01&dateTo=2001-01-02"),
        json!([])
    );
    let all = house
        .get(&operator, "/tenant/statistics/allTenantsSummary")
        .expect(200)
        .json();
    for tenant in all.as_array().expect("tenants") {
        let expected = if tenant["tenantId"] == "t100" {
            json!(["board"])
        } else {
            json!([])
        };
        assert_eq!(tenant["subscribedApplications"], expected, "{tenant}");
    }
}

#[test]
fn the_applications_of_a_service_user_are_found_by_its_name_and_settings_are_complete() {
    let house = House::new();
    let admin = house.admin("t100");
    let mut gateway = service(&[]);
    gateway["name"] = json!("sms gateway");
    gateway["contextPath"] = json!("sms");
    gateway["manifest"] = json!({"settings": [
        {"key": "level", "value": "made up", "valueSchema": {"title": "Level"}, "editable": "yes"}, {"no": "key"}, 7,
        {"key": "kept", "defaultValue": "1", "valueSchema": {"type": "number"}, "editable": false, "inheritFromOwner": true},
    ]});
    let id = create(&house, &admin, gateway);
    subscribe(&house, &admin, "t100", &id, 201);
    let found = house
        .get(&admin, &format!("{ALL}?user=service_sms-gateway"))
        .expect(200)
        .json();
    assert_eq!(found["applications"][0]["id"], json!(id));
    // The options that are its settings go by its path.
    let option = json!({"category": "sms", "key": "kept", "value": "2"});
    house.post(&admin, "/tenant/options", option).expect(200);
    let begins = bootstrap(&house, &admin, &id);
    let settings = house
        .get(&begins, "/application/currentApplication/settings")
        .expect(200)
        .json();
    assert_eq!(
        settings,
        json!([
            {"key": "level", "defaultValue": "", "valueSchema": {"type": "string"}, "editable": true, "inheritFromOwner": false},
            {"key": "kept", "defaultValue": "1", "valueSchema": {"type": "number"}, "editable": false, "inheritFromOwner": true,
             "value": "2"},
        ])
    );
}

// Whoever has had the key with which a microservice begins has had all its others: they end together.
#[test]
fn keys_made_anew_end_the_old_ones_at_once_everywhere() {
    let house = House::new();
    let (operator, admin) = (house.admin("management"), house.admin("t100"));
    let id = create(&house, &operator, service(&["ROLE_INVENTORY_READ"]));
    let begins = bootstrap(&house, &operator, &id);
    subscribe(&house, &operator, "management", &id, 201);
    subscribe(&house, &operator, "t100", &id, 201);
    subscribe(&house, &admin, "t100", &id, 201);
    let old = users(&house, &begins);
    assert_eq!(old.len(), 2);
    let current = "/application/currentApplication";
    for who in &old {
        house.get(who, "/inventory/managedObjects").expect(200);
    }
    let path = format!("{ALL}/{id}/bootstrapUser");
    let made = house.post(&operator, &path, Value::Null).expect(200).json();
    house.get(&begins, current).expect(401);
    for who in &old {
        house.get(who, "/inventory/managedObjects").expect(401);
    }
    let again = bootstrap(&house, &operator, &id);
    assert_eq!(
        again.authorization(),
        Who::new(
            "management",
            &again.name,
            made["password"].as_str().expect("a key")
        )
        .authorization()
    );
    house.get(&again, current).expect(200);
    for who in &users(&house, &again) {
        house.get(who, "/inventory/managedObjects").expect(200);
    }
    for tenant in ["management", "t100"] {
        let log = house
            .get(&house.admin(tenant), "/audit/auditRecords?pageSize=100")
            .expect(200);
        assert!(log.text.contains("Keys of a microservice made anew"), "{tenant}");
        assert!(!log.text.contains(made["password"].as_str().expect("a password")));
    }
    // Only who could read it makes it anew; others are told nothing of it.
    house.post(&admin, &path, Value::Null).expect(404);
    let few = house.person("management", "few", &[Role::ApplicationManagementAdmin]);
    house.post(&few, &path, Value::Null).expect(403);
    house.post(&again, &path, Value::Null).expect(403);
    house.get(&again, current).expect(200);
    let board = create(&house, &operator, hosted("board"));
    house
        .post(&operator, &format!("{ALL}/{board}/bootstrapUser"), Value::Null)
        .expect(400);
}
