//! Tenants as clients see them: from their creation with a one-time secret to their end.

use crate::users::assert_documented;
use model::roles::Role;
use serde_json::{Value, json};
use testkit::house::{House, Reply, Who};

const PASSWORD: &str = "correct horse battery";

fn acme() -> Value {
    json!({
        "id": "t300", "company": "Acme", "domain": "acme.example.org", "adminName": "jane",
        "adminEmail": "jane@example.org", "contactName": "Joe", "customProperties": { "limit": 10 },
        "allowCreateTenants": true, "status": "SUSPENDED", "parent": "t100",
    })
}

fn set_up(house: &House, tenant: &str, user: &str, secret: &str) -> Reply {
    let body = json!({ "tenant": tenant, "userName": user, "secret": secret, "password": PASSWORD });
    house.send(house.stranger("POST", "/tenant/setup"), body)
}

#[test]
fn a_tenant_lives_from_its_secret_to_its_deletion() {
    // R006, R009
    let house = House::new();
    let operator = house.admin("management");
    let created = house.post(&operator, "/tenant/tenants", acme()).expect(201);
    let secret = created.json()["setupSecret"]
        .as_str()
        .expect("a secret")
        .to_owned();
    assert_eq!(
        created.header("location"),
        "https://localhost/tenant/tenants/t300"
    );
    let shown = json!({
        "id": "t300",
        "self": "https://localhost/tenant/tenants/t300",
        "domain": "acme.example.org",
        "company": "Acme",
        "adminName": "jane",
        "adminEmail": "jane@example.org",
        "contactName": "Joe",
        "allowCreateTenants": false,
        "status": "ACTIVE",
        "parent": "management",
        "creationTime": "2026-11-18T00:00:00.000Z",
        "applications": { "references": [] },
        "ownedApplications": { "references": [] },
        "customProperties": { "limit": 10 },
    });
    assert_documented("Tenant", &created.json());
    // The secret is shown once: reading the tenant does not show it.
    assert_eq!(
        house.get(&operator, "/tenant/tenants/t300").expect(200).json(),
        shown
    );

    let jane = Who::new("t300", "jane", PASSWORD);
    house.get(&jane, "/user/currentUser").expect(401);
    assert_eq!(set_up(&house, "t300", "jane", &secret).expect(204).text, "");
    assert_eq!(
        house.get(&jane, "/user/t300/users").expect(200).json()["users"][0]["id"],
        "jane"
    );
    set_up(&house, "t300", "jane", &secret).expect(422);

    let status = |status: &str| {
        house
            .put(&operator, "/tenant/tenants/t300", json!({ "status": status }))
            .expect(200)
    };
    assert_eq!(status("SUSPENDED").json()["status"], "SUSPENDED");
    house.get(&jane, "/user/currentUser").expect(401);
    status("ACTIVE");
    house.get(&jane, "/user/currentUser").expect(200);

    house.delete(&operator, "/tenant/tenants/t300").expect(204);
    house.get(&jane, "/user/currentUser").expect(401);
    assert_eq!(
        house.get(&operator, "/tenant/tenants/t300").expect(404).error().0,
        "security/Not Found"
    );
    // The id may be given again, and nothing of the old tenant comes back with it.
    house.post(&operator, "/tenant/tenants", acme()).expect(201);
    house.get(&jane, "/user/currentUser").expect(401);
}

#[test]
fn the_secret_is_shown_even_to_a_client_that_accepts_nothing() {
    let house = House::new();
    let operator = house.admin("management");
    let create = |body: Value| {
        house
            .send(house.request(&operator, "POST", "/tenant/tenants"), body)
            .expect(201)
    };
    assert!(create(acme()).json()["setupSecret"].is_string());
    let with_password =
        json!({ "company": "B", "domain": "b.example.org", "adminName": "joe", "adminPass": PASSWORD });
    let created = create(with_password);
    assert_eq!(created.text, "");
    let id = created
        .header("location")
        .rsplit('/')
        .next()
        .expect("an id")
        .to_owned();
    house
        .get(&Who::new(&id, "joe", PASSWORD), "/tenant/currentTenant")
        .expect(200);
}

#[test]
fn a_tenant_is_refused_when_something_is_missing_or_taken() {
    let house = House::new();
    let operator = house.admin("management");
    let create = |body: Value| house.post(&operator, "/tenant/tenants", body);
    let missing = create(json!({ "company": "" })).expect(422).error();
    let expected = "Following mandatory fields should be included: company,domain,adminName";
    assert_eq!(
        missing,
        ("undefined/validationError".to_owned(), expected.to_owned())
    );
    create(acme()).expect(201);
    let taken = |change: (&str, &str)| {
        let mut body = acme();
        body[change.0] = json!(change.1);
        create(body).expect(409).error()
    };
    assert_eq!(
        taken(("domain", "other.example.org")).1,
        "A tenant with this id exists already."
    );
    assert_eq!(
        taken(("id", "t301")),
        (
            "tenants/Duplicate".to_owned(),
            "A tenant with this domain exists already.".to_owned()
        )
    );
    let weak =
        json!({ "company": "B", "domain": "b.example.org", "adminName": "joe", "adminPass": "hunter2" });
    assert!(!create(weak).expect(422).text.contains("hunter2"));
}

#[test]
fn every_wrong_redemption_gets_the_same_answer() {
    // R009
    let house = House::new();
    let created = house
        .post(&house.admin("management"), "/tenant/tenants", acme())
        .expect(201)
        .json();
    let secret = created["setupSecret"].as_str().expect("a secret");
    let wrong = "0000-0000-0000-0000-0000-0000-0000-0000";
    let answer = |tenant: &str, user: &str, secret: &str| {
        let answer = set_up(&house, tenant, user, secret).expect(422);
        assert!(!answer.text.contains(secret) && !answer.text.contains(PASSWORD));
        answer.text
    };
    let expected = answer("t300", "jane", wrong);
    for (tenant, user, secret) in [
        ("t999", "jane", wrong),
        ("t300", "joe", wrong),
        ("t999", "jane", secret),
        ("t100", "jane", secret),
    ] {
        assert_eq!(answer(tenant, user, secret), expected, "{tenant} {user}");
    }
    set_up(&house, "t300", "jane", secret).expect(204);
    assert_eq!(answer("t300", "jane", secret), expected);
}

#[test]
fn guessing_secrets_is_slowed_down() {
    let house = House::new();
    let limited = (0..30)
        .map(|guess| set_up(&house, "t999", "jane", &format!("guess-{guess}")))
        .find(|answer| answer.status == 429);
    let limited = limited.expect("a limit");
    assert!(
        limited
            .header("retry-after")
            .parse::<u64>()
            .is_ok_and(|seconds| seconds >= 1),
        "{limited:?}"
    );
    assert_eq!(limited.error().0, "security/Too Many Requests");
}

#[test]
fn tenants_belong_to_the_management_tenant() {
    // R115
    let house = House::new();
    let admin = house.admin("t100");
    for (method, path, body) in [
        ("GET", "/tenant/tenants", Value::Null),
        ("POST", "/tenant/tenants", acme()),
        ("GET", "/tenant/tenants/t100", Value::Null),
        ("GET", "/tenant/tenants/t200", Value::Null),
        ("GET", "/tenant/tenants/t999", Value::Null),
        ("PUT", "/tenant/tenants/t100", json!({ "company": "Mine" })),
        ("PUT", "/tenant/tenants/t200", json!({ "status": "SUSPENDED" })),
        ("DELETE", "/tenant/tenants/t200", Value::Null),
    ] {
        let refused = house.call(&admin, method, path, body).expect(403);
        assert_eq!(
            refused.error(),
            ("security/Forbidden".to_owned(), "Access is denied.".to_owned()),
            "{method} {path}"
        );
    }
    house
        .get(&house.admin("t200"), "/tenant/currentTenant")
        .expect(200);
}

#[test]
fn the_operator_lists_and_filters_tenants_and_keeps_its_own() {
    let house = House::new();
    let operator = house.admin("management");
    let list = |query: &str| -> Vec<Value> {
        let page = house
            .get(&operator, &format!("/tenant/tenants?pageSize=100{query}"))
            .expect(200)
            .json();
        page["tenants"]
            .as_array()
            .expect("tenants")
            .iter()
            .map(|tenant| tenant["id"].clone())
            .collect()
    };
    assert_eq!(list(""), ["t100", "t200"]);
    assert_eq!(list("&domain=t200.example.org"), ["t200"]);
    assert_eq!(list("&company=Company%20t100"), ["t100"]);
    assert_eq!(list("&parent=t100"), Vec::<Value>::new());
    house
        .put(
            &operator,
            "/tenant/tenants/management",
            json!({ "status": "SUSPENDED" }),
        )
        .expect(422);
    house.delete(&operator, "/tenant/tenants/management").expect(422);
    let missing = house.get(&operator, "/tenant/tenants/t999").expect(404).text;
    assert_eq!(
        house
            .get(&operator, "/tenant/tenants/No-Id")
            .expect(404)
            .text
            .replace("No-Id", "t999"),
        missing
    );
    house
        .put(
            &operator,
            "/tenant/tenants/t100",
            json!({ "domain": "t200.example.org" }),
        )
        .expect(409);
    house
        .put(&operator, "/tenant/tenants/t100", json!({ "id": "t101" }))
        .expect(422);
}

#[test]
fn ones_own_tenant_has_the_shape_that_clients_know() {
    let house = House::new();
    let operator = house.admin("management");
    house.post(&operator, "/tenant/tenants", acme()).expect(201);
    let shown = house
        .get(&house.admin("t100"), "/tenant/currentTenant")
        .expect(200);
    assert_eq!(
        shown.header("content-type"),
        "application/vnd.com.nsn.cumulocity.currenttenant+json;charset=UTF-8;ver=0.9"
    );
    let expected = json!({
        "name": "t100",
        "self": "https://localhost/tenant/currentTenant",
        "domainName": "t100.example.org",
        "allowCreateTenants": false,
        "applications": { "references": [] },
        "customProperties": {},
    });
    assert_eq!(shown.json(), expected);
    assert_documented("CurrentTenant", &expected);
    let head = house
        .call(&house.admin("t100"), "HEAD", "/tenant/currentTenant", Value::Null)
        .expect(200);
    assert_eq!(
        (head.text.as_str(), head.header("content-length")),
        ("", &*shown.text.len().to_string())
    );

    let with_password = json!({ "company": "B", "domain": "b.example.org", "adminName": "joe", "adminPass": PASSWORD, "id": "t301" });
    house
        .post(&operator, "/tenant/tenants", with_password)
        .expect(201);
    let joe = Who::new("t301", "joe", PASSWORD);
    assert_eq!(
        house.get(&joe, "/tenant/currentTenant").json().get("parent"),
        None
    );
    assert_eq!(
        house.get(&joe, "/tenant/currentTenant?withParent=true").json()["parent"],
        "management"
    );
    assert_eq!(
        house.get(&operator, "/tenant/currentTenant").json()["allowCreateTenants"],
        true
    );
}

#[test]
fn who_may_change_tenants_but_not_read_them_gets_nothing_back() {
    // R019
    let house = House::new();
    let writer = house.person("management", "writer", &[Role::TenantManagementUpdate]);
    let answer = house
        .put(&writer, "/tenant/tenants/t100", json!({ "contactName": "Joe" }))
        .expect(200)
        .json();
    assert_eq!(
        answer,
        json!({ "id": "t100", "self": "https://localhost/tenant/tenants/t100" })
    );
    house.get(&writer, "/tenant/tenants/t100").expect(403);
    house.delete(&writer, "/tenant/tenants/t100").expect(403);
}
