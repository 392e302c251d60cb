//! What a tenant says of its provider: who may say it, what is shown of it to whom, and what is refused (R052, R055).

use super::provider::{CLIENT, SECRET};
use super::{Platform, staff};
use http::header::ACCEPT;
use model::roles::Role;
use serde_json::{Value, json};

const PLACE: &str = "/tenant/loginOptions/OAUTH2";

// R115: strangers are told where to begin and what the button says.
#[test]
fn strangers_are_told_no_more_than_a_sign_in_page_needs() {
    let platform = Platform::new();
    let request = platform
        .house
        .stranger("GET", "/tenant/loginOptions?tenantId=t100")
        .header(ACCEPT, "application/json");
    let told = platform.house.send(request, Value::Null).expect(200).json();
    assert_eq!(
        told["loginOptions"][2],
        json!({
            "id": "OAUTH2",
            "self": "https://localhost/tenant/loginOptions/OAUTH2",
            "type": "OAUTH2",
            "userManagementSource": "REMOTE",
            "grantType": "AUTHORIZATION_CODE",
            "buttonName": "Sign in with Example",
            "initRequest": "https://localhost/tenant/oauth?response_type=code&tenant_id=t100",
            "visibleOnLoginPage": true,
        })
    );
    let text = told.to_string();
    assert!(!text.contains(CLIENT) && !text.contains(SECRET) && !text.contains("id.example.org"));
}

// R052, R057: the secret goes in and never comes out.
#[test]
fn the_secret_is_never_shown_and_stays_until_another_one_comes() {
    let platform = Platform::bare();
    let request = json!({"tokenRequest": {"url": "https://id.example.org/token",
        "body": "grant_type=authorization_code&code=${code}&client_secret=in+the+template"}});
    let shown = platform.set_up("t100", request).expect(200);
    let read = platform
        .house
        .get(&platform.house.admin("t100"), PLACE)
        .expect(200);
    for reply in [&shown, &read] {
        assert!(
            !reply.text.contains(SECRET) && !reply.text.contains("in the template"),
            "{}",
            reply.text
        );
        assert_eq!(reply.json()["hasClientSecret"], true);
    }
    // What is shown can be sent back as it is.
    platform.change(read.json()).expect(200);
    let log = platform
        .house
        .get(&platform.house.admin("t100"), "/audit/auditRecords?pageSize=100")
        .expect(200);
    assert!(!log.text.contains(SECRET) && !log.text.contains("in the template"));
    platform.sign_in().expect(302);
    assert_eq!(platform.provider.last_exchange()["client_secret"], SECRET);
    platform.change(json!({"clientSecret": "another"})).expect(200);
    platform.sign_in().expect(302);
    assert_eq!(platform.provider.last_exchange()["client_secret"], "another");
}

// R052, R057: nobody gets to know it by having it sent to a host of their own.
#[test]
fn the_secret_that_is_kept_goes_only_where_it_was_meant_to_go() {
    let platform = Platform::new();
    let (secret, button) = (json!({"clientSecret": "another"}), json!({"buttonName": "Other"}));
    for elsewhere in [
        json!({"issuer": "https://other.example.org"}),
        json!({"clientId": "other"}),
        json!({"tokenRequest": {"url": "https://evil.example/token"}}),
    ] {
        let refused = platform.change(elsewhere.clone()).expect(422);
        assert!(
            refused.text.contains("give clientSecret again"),
            "{}",
            refused.text
        );
        let mut known = elsewhere;
        known["clientSecret"] = secret["clientSecret"].clone();
        platform.change(known).expect(200);
    }
    platform.change(button).expect(200);
}

// R010: whoever says whom to believe says who everybody is.
#[test]
fn only_members_of_admins_say_whom_to_believe() {
    let platform = Platform::new();
    let house = &platform.house;
    let keeper = house.person("t100", "keeper", &[Role::TenantAdmin]);
    house.get(&keeper, PLACE).expect(200);
    let mapping = json!({
        "when": {"operator": "EQ", "parameterPath": "sub", "value": "1"},
        "thenGroups": [platform.group("admins")],
    });
    for (method, path, body) in [
        ("PUT", PLACE.to_owned(), json!({"issuer": "https://evil.example"})),
        (
            "PUT",
            PLACE.to_owned(),
            json!({"linkedUsers": [{"userName": "admin", "subject": "1"}]}),
        ),
        ("DELETE", PLACE.to_owned(), Value::Null),
        ("POST", format!("{PLACE}/accessMappings"), mapping.clone()),
        ("PUT", format!("{PLACE}/accessMappings/1"), mapping),
        ("DELETE", format!("{PLACE}/accessMappings/1"), Value::Null),
    ] {
        house.call(&keeper, method, &path, body).expect(403);
    }
    house.get(&house.person("t100", "nobody", &[]), PLACE).expect(403);
}

#[test]
fn there_is_one_provider_and_its_settings_change_part_by_part() {
    let platform = Platform::new();
    platform.set_up("t100", json!({})).expect(400);
    let changed = platform
        .change(json!({"buttonName": "Other", "visibleOnLoginPage": false}))
        .expect(200)
        .json();
    assert_eq!(
        (changed["buttonName"].as_str(), changed["providerName"].as_str()),
        (Some("Other"), Some("Example"))
    );
    assert_eq!(
        changed["onNewUser"]["dynamicMapping"]["mappings"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    let (house, admin) = (&platform.house, platform.house.admin("t100"));
    house.delete(&admin, "/tenant/loginOptions/oauth2").expect(204);
    house.get(&admin, PLACE).expect(404);
    house.delete(&admin, PLACE).expect(404);
    platform.change(json!({"buttonName": "x"})).expect(404);
}

#[test]
fn settings_that_make_no_sense_change_nothing() {
    let platform = Platform::new();
    let before = platform
        .house
        .get(&platform.house.admin("t100"), PLACE)
        .expect(200)
        .json();
    for body in [
        json!({"issuer": "http://id.example.org"}),
        json!({"issuer": "https://user@id.example.org"}),
        json!({"type": "BASIC"}),
        json!({"externalTokenConfig": {"enabled": true}}),
        json!({"refreshRequest": {"url": "https://id.example.org/token"}}),
        json!({"userIdConfig": {"useConstantValue": true, "constantValue": "shared"}}),
        json!({"onNewUser": staff(&[999_999])}),
        json!({"clientSecret": 1}),
    ] {
        platform.change(body.clone()).expect(422);
    }
    assert_eq!(
        platform
            .house
            .get(&platform.house.admin("t100"), PLACE)
            .expect(200)
            .json(),
        before
    );
}

// R055: passwords can be closed to people only as long as an administrator comes in through the provider.
#[test]
fn the_last_way_in_of_an_administrator_stays_open() {
    let platform = Platform::new();
    let (house, admin) = (&platform.house, platform.house.admin("t100"));
    house
        .delete(&admin, "/tenant/loginOptions/OAUTH2_INTERNAL")
        .expect(204);
    house.delete(&admin, "/tenant/loginOptions/BASIC").expect(422);
    // Somebody came in, but no administrator.
    platform.sign_in().expect(302);
    house.delete(&admin, "/tenant/loginOptions/BASIC").expect(422);
    let linked = json!({"linkedUsers": [{"userName": "admin", "subject": "the administrator"}]});
    platform.change(linked).expect(200);
    platform.provider.say("sub", json!("the administrator"));
    let signed_in = platform.sign_in().expect(302);
    house.delete(&admin, "/tenant/loginOptions/BASIC").expect(204);
    house.get(&admin, "/user/currentUser").expect(401);
    platform.read(&signed_in, "/user/currentUser").expect(200);
    // And from then on the provider stays, with this administrator.
    let (token, repeated) = (
        super::cookie(&signed_in, "authorization"),
        super::cookie(&signed_in, "XSRF-TOKEN"),
    );
    let by_session = |method: &str, body: Value| {
        let request = house.stranger(method, PLACE).header(ACCEPT, "application/json");
        let request = request
            .header("X-XSRF-TOKEN", &repeated)
            .header("cookie", format!("authorization={token}"));
        house.send(request, body)
    };
    by_session("DELETE", Value::Null).expect(422);
    let other = json!({"issuer": "https://other.example.org", "clientSecret": "another"});
    by_session("PUT", other).expect(422);
    by_session("PUT", json!({"linkedUsers": []})).expect(422);
    by_session("PUT", json!({"buttonName": "Only this one"})).expect(200);
}

#[test]
fn mappings_are_read_added_changed_and_removed_one_by_one() {
    let platform = Platform::new();
    let (house, admin) = (&platform.house, platform.house.admin("t100"));
    let (list, readers) = (format!("{PLACE}/accessMappings"), platform.group("crew"));
    let mapping = json!({
        "when": {"operator": "EQ", "parameterPath": "department", "value": "it"}, "thenGroups": [readers],
    });
    let made = house.post(&admin, &list, mapping).expect(201);
    let place = made.header("location").replace("https://localhost", "");
    assert_eq!(house.get(&admin, &place).expect(200).json(), made.json());
    let all = house.get(&admin, &list).expect(200).json();
    assert_eq!(all["accessMappings"].as_array().map(Vec::len), Some(2));
    let changed = house
        .put(&admin, &place, json!({"thenApplications": [7]}))
        .expect(200)
        .json();
    assert_eq!(
        (changed["thenGroups"].clone(), changed["thenApplications"].clone()),
        (json!([readers]), json!([7]))
    );
    house
        .put(&admin, &place, json!({"thenGroups": [999_999]}))
        .expect(422);
    house
        .post(
            &admin,
            &list,
            json!({"when": {"operator": "AND"}, "thenGroups": [readers]}),
        )
        .expect(422);
    house.delete(&admin, &place).expect(204);
    house.get(&admin, &place).expect(404);
    house.delete(&admin, &place).expect(404);
    house
        .put(&admin, &place, json!({"thenGroups": [readers]}))
        .expect(404);
    // Numbers are not used again.
    let again = house.post(
        &admin,
        &list,
        json!({
            "when": {"operator": "EQ", "parameterPath": "a", "value": "b"}, "thenGroups": [readers],
        }),
    );
    assert_ne!(again.expect(201).json()["id"], made.json()["id"]);
    let other = house
        .get(&admin, "/tenant/loginOptions/BASIC/accessMappings")
        .expect(404);
    assert!(other.text.contains("BASIC"));
    // Every change is in the log.
    let log = house
        .get(&admin, "/audit/auditRecords?type=Tenant&pageSize=100")
        .expect(200);
    assert!(
        log.text.matches("Single sign-on changed").count() >= 4,
        "{}",
        log.text
    );
}
