//! Service accounts as clients see them: users for other systems, whose keys are shown once, expire, and are refused at
//! the next request after they were revoked.

mod authority;

use crate::users::assert_documented;
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http_body_util::Full;
use model::limits::{SERVICE_KEY_DAYS_MAX, SERVICE_KEYS_MAX, SERVICE_KEYS_REVOKED_MAX};
use serde_json::{Value, json};
use std::net::IpAddr;
use testkit::house::{House, Reply, Who};

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;
const ACCOUNTS: &str = "/user/t100/serviceAccounts";
const READ: &str = "/inventory/managedObjects";

fn at(name: &str) -> String {
    format!("{ACCOUNTS}/{name}")
}

/// A service account of `t100` with these roles.
#[expect(clippy::needless_pass_by_value, reason = "a JSON literal at every call")]
fn account(house: &House, name: &str, roles: &[&str], more: Value) -> Value {
    let references: Vec<_> = roles
        .iter()
        .map(|role| json!({ "role": { "id": role } }))
        .collect();
    let mut body = json!({ "userName": name, "roles": { "references": references } });
    for (property, value) in more.as_object().expect("an object") {
        body[property] = value.clone();
    }
    house
        .post(&house.admin("t100"), ACCOUNTS, body)
        .expect(201)
        .json()
}

/// A new key of the account: what is known of it, with the key.
#[expect(clippy::needless_pass_by_value, reason = "a JSON literal at every call")]
fn key(house: &House, name: &str, more: Value) -> Value {
    let mut body = json!({ "name": "first" });
    for (property, value) in more.as_object().expect("an object") {
        body[property] = value.clone();
    }
    let at = format!("{}/keys", at(name));
    house.post(&house.admin("t100"), &at, body).expect(201).json()
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().expect("text")
}

/// A request with a key alone.
fn bearer(house: &House, key: &str, path: &str) -> Reply {
    let request = house
        .stranger("GET", path)
        .header(AUTHORIZATION, format!("Bearer {key}"));
    house.send(request, Value::Null)
}

/// The status of a request from this address.
fn status_from(house: &House, key: &str, address: &str) -> u16 {
    let request = house
        .stranger("GET", READ)
        .header(AUTHORIZATION, format!("Bearer {key}"));
    let request = request.body(Full::new(Bytes::new())).expect("a request");
    let peer: IpAddr = address.parse().expect("an address");
    house.wait(house.api.handle(request, peer)).status().as_u16()
}

/// What the log of a tenant says about refused sign-ins of somebody.
fn refusals(house: &House, tenant: &str, name: &str) -> Vec<String> {
    house.wait(house.door.close_windows(true)).expect("writes");
    let log = house
        .get(
            &house.admin(tenant),
            "/audit/auditRecords?type=UserAuthentication&pageSize=100",
        )
        .expect(200)
        .json();
    let records = log["auditRecords"].as_array().expect("records").iter();
    let refused =
        records.filter(|record| record["user"] == name && text(record, "activity") == "User login failed");
    refused.map(|record| text(record, "text").to_owned()).collect()
}

// R119: created, shown, changed and deleted.
#[test]
fn a_service_account_has_the_shape_of_the_document_and_goes_with_its_keys() {
    let house = House::new();
    let admin = house.admin("t100");
    let more = json!({ "description": "Reads meters", "addresses": ["192.0.2.0/24", "2001:db8::1"] });
    let made = account(&house, "service_billing", &["ROLE_INVENTORY_READ"], more);
    assert_documented("ServiceAccount", &made);
    assert_eq!(made["userName"], "service_billing");
    assert_eq!(made["addresses"], json!(["192.0.2.0/24", "2001:db8::1/128"]));
    assert_eq!(made["keys"], json!([]));

    let change =
        json!({ "description": null, "addresses": [], "expirationTime": "2030-01-01T00:00:00.000Z" });
    let changed = house.put(&admin, &at("service_billing"), change).expect(200);
    let version = changed.header("etag").to_owned();
    let changed = changed.json();
    assert_eq!(changed.get("description"), None);
    assert_eq!(changed["addresses"], json!([]));
    assert_eq!(changed["expirationTime"], "2030-01-01T00:00:00.000Z");

    let made = key(&house, "service_billing", json!({}));
    assert_documented("ServiceKey", &made);
    let stale = house
        .request(&admin, "PUT", &at("service_billing"))
        .header("if-match", version);
    house.send(stale, json!({ "description": "x" })).expect(412);

    let listed = house
        .get(&admin, &format!("{ACCOUNTS}?withTotalElements=true"))
        .expect(200)
        .json();
    assert_eq!(listed["serviceAccounts"][0]["userName"], "service_billing");
    assert_eq!(listed["statistics"]["totalElements"], 1);

    bearer(&house, text(&made, "key"), READ).expect(200);
    house.delete(&admin, &at("service_billing")).expect(204);
    bearer(&house, text(&made, "key"), READ).expect(401);
    house.get(&admin, &at("service_billing")).expect(404);
    house.get(&admin, "/user/t100/users/service_billing").expect(404);
}

// R119: shown once, whatever the client accepts, and never again.
#[test]
fn a_key_is_shown_once_and_works_both_ways() {
    let house = House::new();
    let admin = house.admin("t100");
    account(&house, "service_billing", &["ROLE_INVENTORY_READ"], json!({}));
    let request = house.request(&admin, "POST", &format!("{}/keys", at("service_billing")));
    let made = house
        .send(request, json!({ "name": "no Accept header" }))
        .expect(201);
    assert_eq!(made.header("cache-control"), "no-store");
    let made = made.json();
    let secret = text(&made, "key");
    assert!(
        secret.starts_with("hfk_t100_") && secret.len() == 9 + 64 + 8,
        "{secret}"
    );

    bearer(&house, secret, READ).expect(200);
    for tenant in ["t100/", ""] {
        let who = format!("{tenant}service_billing:{secret}");
        let header = format!("Basic {}", base64(&who));
        let request = house.stranger("GET", READ).header(AUTHORIZATION, header);
        house.send(request, Value::Null).expect(200);
    }
    let own = bearer(&house, secret, "/user/currentUser").expect(200).json();
    assert_eq!(own["userName"], "service_billing");

    let shown = house.get(&admin, &at("service_billing")).expect(200);
    assert!(!shown.text.contains(secret));
    assert!(!shown.text.contains(&secret[9..40]));
    let shown = shown.json();
    assert_eq!(shown["keys"][0]["name"], "no Accept header");
    assert_eq!(shown["keys"][0]["lastUsed"], "2026-11-18T00:00:00.000Z");
    let log = house.get(&admin, "/audit/auditRecords?pageSize=100").expect(200);
    assert!(!log.text.contains(&secret[9..40]), "no record has the key");
}

fn base64(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(text)
}

// R119: rotation with an overlap; the old key is dead at the next request, and its use is recognised.
#[test]
fn a_new_key_takes_over_before_the_old_one_is_revoked() {
    let house = House::new();
    let admin = house.admin("t100");
    account(&house, "service_billing", &["ROLE_INVENTORY_READ"], json!({}));
    let old = key(&house, "service_billing", json!({ "name": "old" }));
    let new = key(&house, "service_billing", json!({ "name": "new" }));
    for one in [&old, &new] {
        bearer(&house, text(one, "key"), READ).expect(200);
    }
    let old_at = format!("{}/keys/{}", at("service_billing"), text(&old, "id"));
    house.delete(&admin, &old_at).expect(204);
    let refused = bearer(&house, text(&old, "key"), READ).expect(401);
    bearer(&house, text(&new, "key"), READ).expect(200);
    house.delete(&admin, &old_at).expect(404);

    let shown = house.get(&admin, &at("service_billing")).expect(200).json();
    assert_eq!(shown["keys"].as_array().map(Vec::len), Some(1));
    let unknown = bearer(&house, "hfk_t100_nonsense", READ).expect(401);
    assert_eq!(refused.text, unknown.text, "the client is told nothing");
    assert_eq!(
        refusals(&house, "t100", "service_billing"),
        ["Sign-in with a key refused: the key was revoked"]
    );
}

#[test]
fn an_account_has_only_so_many_keys() {
    let house = House::new();
    let admin = house.admin("t100");
    account(&house, "service_billing", &[], json!({}));
    let at = format!("{}/keys", at("service_billing"));
    for _ in 0..SERVICE_KEYS_MAX {
        key(&house, "service_billing", json!({}));
        // The rate of calls that handle a secret is another matter.
        house.world.advance_millis(10_000);
    }
    house.post(&admin, &at, json!({ "name": "one more" })).expect(422);
    // Revoked keys are remembered, but not without end, and take no room.
    for _ in 0..=SERVICE_KEYS_REVOKED_MAX {
        let shown = house.get(&admin, ACCOUNTS).expect(200).json();
        let id = text(&shown["serviceAccounts"][0]["keys"][0], "id").to_owned();
        house.delete(&admin, &format!("{at}/{id}")).expect(204);
        key(&house, "service_billing", json!({}));
        house.world.advance_millis(10_000);
    }
    house.post(&admin, &at, json!({ "name": "one more" })).expect(422);
}

// R119: expiry of keys and of accounts, by the platform's clock.
#[test]
fn a_key_and_an_account_are_refused_from_the_moment_they_expire() {
    let house = House::new();
    let admin = house.admin("t100");
    account(&house, "service_billing", &["ROLE_INVENTORY_READ"], json!({}));
    let made = key(&house, "service_billing", json!({}));
    assert_eq!(
        made["expirationTime"], "2027-02-16T00:00:00.000Z",
        "90 days if none was asked for"
    );
    for (time, status) in [
        ("2026-11-18T00:00:00.000Z", 422),
        ("2027-02-16T00:00:00.001Z", 422),
        ("2026-11-19T00:00:00.000Z", 201),
    ] {
        let body = json!({ "name": "short", "expirationTime": time });
        house
            .post(&admin, &format!("{}/keys", at("service_billing")), body)
            .expect(status);
    }
    let expires = json!({ "expirationTime": "2026-11-20T00:00:00.000Z" });
    let short = key(&house, "service_billing", expires.clone());
    house.world.advance_millis(2 * DAY_MILLIS - 1);
    bearer(&house, text(&short, "key"), READ).expect(200);
    house.world.advance_millis(1);
    bearer(&house, text(&short, "key"), READ).expect(401);
    bearer(&house, text(&made, "key"), READ).expect(200);

    house.put(&admin, &at("service_billing"), expires).expect(200);
    bearer(&house, text(&made, "key"), READ).expect(401);
    let later = json!({ "expirationTime": null });
    house.put(&admin, &at("service_billing"), later).expect(200);
    bearer(&house, text(&made, "key"), READ).expect(200);
    house
        .world
        .advance_millis((SERVICE_KEY_DAYS_MAX - 2) * DAY_MILLIS);
    bearer(&house, text(&made, "key"), READ).expect(401);
    let mut refused = refusals(&house, "t100", "service_billing");
    refused.sort();
    refused.dedup();
    assert_eq!(
        refused,
        [
            "Sign-in with a key refused: the key has expired",
            "Sign-in with a key refused: the service account has expired"
        ]
    );
}

// R119: the list of addresses, in both families and as IPv4 in the form of IPv6.
#[test]
fn an_account_calls_only_from_the_addresses_on_its_list() {
    let house = House::new();
    let more = json!({ "addresses": ["192.0.2.0/24", "2001:db8::/32"] });
    account(&house, "service_billing", &["ROLE_INVENTORY_READ"], more);
    let made = key(&house, "service_billing", json!({}));
    for (address, expected) in [
        ("192.0.2.200", 200),
        ("::ffff:192.0.2.200", 200),
        ("2001:db8:1::7", 200),
        ("192.0.3.1", 401),
        ("::ffff:192.0.3.1", 401),
        ("2001:db9::7", 401),
        ("127.0.0.1", 401),
    ] {
        assert_eq!(
            status_from(&house, text(&made, "key"), address),
            expected,
            "{address}"
        );
    }
    let refused = refusals(&house, "t100", "service_billing");
    assert!(
        refused
            .iter()
            .all(|text| text
                == "Sign-in with a key refused: the service account may not call from this address"),
        "{refused:?}"
    );
    assert_eq!(refused.len(), 4, "one of each address");
    house
        .put(
            &house.admin("t100"),
            &at("service_billing"),
            json!({ "addresses": null }),
        )
        .expect(200);
    assert_eq!(status_from(&house, text(&made, "key"), "198.51.100.1"), 200);
}

// R007, R115: a key is of its tenant and of its account, whoever is named with it.
#[test]
fn a_key_opens_nothing_but_its_own_account() {
    let house = House::new();
    account(&house, "service_a", &["ROLE_INVENTORY_READ"], json!({}));
    account(&house, "service_b", &["ROLE_INVENTORY_READ"], json!({}));
    let body = json!({ "userName": "service_a" });
    house
        .post(&house.admin("t200"), "/user/t200/serviceAccounts", body)
        .expect(201);
    let made = key(&house, "service_a", json!({}));
    let secret = text(&made, "key");
    for (tenant, name) in [
        ("t100", "service_b"),
        ("t200", "service_a"),
        ("t999", "service_a"),
        ("t100", "admin"),
        ("t100", "nobody"),
    ] {
        house.get(&Who::new(tenant, name, secret), READ).expect(401);
    }
    house
        .get(&Who::new("t100", "service_a", secret), READ)
        .expect(200);
    for other in [
        secret.replace("t100", "t200"),
        format!("{secret}0"),
        secret.to_uppercase(),
        String::new(),
    ] {
        bearer(&house, &other, READ).expect(401);
    }
    bearer(&house, secret, "/user/t200/users").expect(404);
    let admin = house.admin("t200");
    for path in [
        "/user/t100/serviceAccounts",
        "/user/t100/serviceAccounts/service_a",
    ] {
        house.get(&admin, path).expect(404);
    }
    house
        .get(&admin, "/user/t200/serviceAccounts/service_b")
        .expect(404);
}

// R119: disabled, and a suspended tenant.
#[test]
fn a_disabled_account_is_refused_at_once() {
    let house = House::new();
    let admin = house.admin("t100");
    account(&house, "service_billing", &["ROLE_INVENTORY_READ"], json!({}));
    let made = key(&house, "service_billing", json!({}));
    for path in [
        at("service_billing"),
        "/user/t100/users/service_billing".to_owned(),
    ] {
        bearer(&house, text(&made, "key"), READ).expect(200);
        house.put(&admin, &path, json!({ "enabled": false })).expect(200);
        bearer(&house, text(&made, "key"), READ).expect(401);
        house.put(&admin, &path, json!({ "enabled": true })).expect(200);
    }
    bearer(&house, text(&made, "key"), READ).expect(200);
    let root = house.admin("management");
    let suspended = json!({ "status": "SUSPENDED" });
    house.put(&root, "/tenant/tenants/t100", suspended).expect(200);
    bearer(&house, text(&made, "key"), READ).expect(401);
}
