//! Ways in and rules for passwords, per tenant, and that a change of them counts from the next request on (R002, R055).

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use model::roles::Role;
use serde_json::{Value, json};
use testkit::house::{House, Reply, Who};

const FORM: &str = "application/x-www-form-urlencoded";
const STRONG: &str = "four-Wooden bridges 1";
const WEAK: &str = "four wooden bridges";

fn open(house: &House, who: &Who) -> Reply {
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "PASSWORD")
        .append_pair("username", &format!("{}/{}", who.tenant, who.name))
        .append_pair("password", &who.password)
        .finish();
    let request = house
        .stranger("POST", "/tenant/oauth/token")
        .header(ACCEPT, "application/json");
    house.send_text(request.header(CONTENT_TYPE, FORM), form)
}

fn token(house: &House, who: &Who) -> String {
    let opened = open(house, who).expect(200).json();
    opened["access_token"].as_str().expect("a token").to_owned()
}

fn with_token(house: &House, token: &str, method: &str, path: &str, body: Value) -> Reply {
    let request = house.stranger(method, path).header(ACCEPT, "application/json");
    house.send(request.header(AUTHORIZATION, format!("Bearer {token}")), body)
}

fn public(house: &House, path: &str) -> Reply {
    house.send(
        house.stranger("GET", path).header(ACCEPT, "application/json"),
        Value::Null,
    )
}

/// A person whose password an administrator chose.
fn jane(house: &House, password: &str) -> Who {
    let body = json!({"userName": "jane", "email": "jane@example.org", "password": password});
    house
        .post(&house.admin("t100"), "/user/t100/users", body)
        .expect(201);
    Who::new("t100", "jane", password)
}

fn set_option(house: &House, category: &str, key: &str, value: &str) {
    let body = json!({"category": category, "key": key, "value": value});
    house
        .post(&house.admin("t100"), "/tenant/options", body)
        .expect(200);
}

#[test]
fn strangers_are_told_what_a_sign_in_page_needs() {
    let house = House::new();
    let told = public(&house, "/tenant/loginOptions?tenantId=t100")
        .expect(200)
        .json();
    assert_eq!(
        told,
        json!({
            "self": "https://localhost/tenant/loginOptions",
            "loginOptions": [
                {
                    "id": "OAUTH2_INTERNAL",
                    "self": "https://localhost/tenant/loginOptions/OAUTH2_INTERNAL",
                    "type": "OAUTH2_INTERNAL",
                    "userManagementSource": "INTERNAL",
                    "grantType": "PASSWORD",
                    "tfaStrategy": "TOTP",
                    "initRequest": "https://localhost/tenant/oauth?tenant_id=t100",
                    "visibleOnLoginPage": true,
                    "allowedForPeople": true,
                    "allowedForDevices": false,
                    "sessionConfiguration": {"absoluteTimeoutMillis": 43_200_000},
                    "enforceStrength": false,
                    "strengthValidity": false,
                    "greenMinLength": 8,
                },
                {
                    "id": "BASIC",
                    "self": "https://localhost/tenant/loginOptions/BASIC",
                    "type": "BASIC",
                    "userManagementSource": "INTERNAL",
                    "visibleOnLoginPage": true,
                    "allowedForPeople": true,
                    "allowedForDevices": true,
                    "authenticationRestrictions": {},
                    "enforceStrength": false,
                    "strengthValidity": false,
                    "greenMinLength": 8,
                },
            ],
        })
    );
    let by_host = public(&house, "https://t100.example.org/tenant/loginOptions")
        .expect(200)
        .json();
    let option = &by_host["loginOptions"][0];
    assert_eq!(
        option["initRequest"],
        "https://t100.example.org/tenant/oauth?tenant_id="
    );
    assert_eq!(option["loginRedirectDomain"], "t100.example.org");
    public(&house, "/tenant/loginOptions?management=true").expect(200);
    public(&house, "/tenant/loginOptions?management=true&tenantId=t100").expect(400);
}

// R115
#[test]
fn a_tenant_that_does_not_exist_looks_like_one_that_has_set_nothing() {
    let house = House::new();
    let of = |id: &str| {
        let reply = public(&house, &format!("/tenant/loginOptions?tenantId={id}")).expect(200);
        reply.text.replace(id, "ID")
    };
    assert_eq!(of("t100"), of("t999"));
    assert_eq!(
        public(&house, "/tenant/loginOptions?tenantId=no%20tenant")
            .expect(200)
            .json()["loginOptions"][1],
        public(&house, "/tenant/loginOptions?tenantId=t100").json()["loginOptions"][1]
    );
}

// R002, R055: two tenants with opposite rules and the same client, and each change counts with the next request.
#[test]
fn where_basic_is_closed_people_need_a_session_and_devices_do_not() {
    let house = House::new();
    let (admin, other) = (house.admin("t100"), house.admin("t200"));
    let device = house.device("t100", "device_1");
    let closed = house.delete(&admin, "/tenant/loginOptions/BASIC");
    assert_eq!((closed.status.as_u16(), closed.text.as_str()), (204, ""));
    house.get(&admin, "/platform").expect(401);
    house.get(&device, "/platform").expect(200);
    house.get(&other, "/platform").expect(200);
    open(&house, &other).expect(200);
    let session = token(&house, &admin);
    with_token(&house, &session, "GET", "/platform", Value::Null).expect(200);

    let devices = json!({"allowedForDevices": false});
    with_token(&house, &session, "PUT", "/tenant/loginOptions/basic", devices).expect(200);
    house.get(&device, "/platform").expect(401);
    with_token(&house, &session, "GET", "/tenant/loginOptions/BASIC", Value::Null).expect(404);
    let again = json!({"type": "BASIC", "allowedForDevices": true});
    with_token(&house, &session, "POST", "/tenant/loginOptions", again.clone()).expect(200);
    with_token(&house, &session, "POST", "/tenant/loginOptions", again).expect(400);
    house.get(&admin, "/platform").expect(200);
    house.get(&device, "/platform").expect(200);
    let log = house
        .get(&admin, "/audit/auditRecords?pageSize=100")
        .expect(200)
        .text;
    assert!(
        log.contains("the tenant does not let such users in this way"),
        "{log}"
    );
    assert!(
        log.contains("Login options changed") && log.contains("basicForDevices"),
        "{log}"
    );
}

#[test]
fn where_sessions_are_closed_tokens_are_worth_nothing_and_one_way_in_stays() {
    let house = House::new();
    let admin = house.admin("t100");
    let session = token(&house, &admin);
    house
        .delete(&admin, "/tenant/loginOptions/OAUTH2_INTERNAL")
        .expect(204);
    with_token(&house, &session, "GET", "/platform", Value::Null).expect(401);
    open(&house, &admin).expect(401);
    house
        .delete(&admin, "/tenant/loginOptions/OAUTH2_INTERNAL")
        .expect(404);
    house.delete(&admin, "/tenant/loginOptions/BASIC").expect(422);
    house
        .put(
            &admin,
            "/tenant/loginOptions/BASIC",
            json!({"allowedForPeople": false}),
        )
        .expect(422);
    house.get(&admin, "/platform").expect(200);
    house
        .post(&admin, "/tenant/loginOptions", json!({"type": "OAUTH2_INTERNAL"}))
        .expect(200);
    with_token(&house, &session, "GET", "/platform", Value::Null).expect(200);
    let ended = json!({"sessionConfiguration": {"absoluteTimeoutMillis": 60_000}});
    let path = "/tenant/loginOptions/OAUTH2_INTERNAL?terminateUserSessions=true";
    let changed = house.put(&admin, path, ended).expect(200).json();
    assert_eq!(changed["sessionConfiguration"]["absoluteTimeoutMillis"], 60_000);
    with_token(&house, &session, "GET", "/platform", Value::Null).expect(401);
    let short = token(&house, &admin);
    house.world.advance_millis(60_000);
    with_token(&house, &short, "GET", "/platform", Value::Null).expect(401);
}

#[test]
fn only_tenant_administrators_change_the_ways_in_and_what_is_not_offered_is_refused() {
    let house = House::new();
    let joe = house.person(
        "t100",
        "joe",
        &[Role::UserManagementOwnAdmin, Role::OptionManagementAdmin],
    );
    house.get(&joe, "/tenant/loginOptions/BASIC").expect(200);
    house.delete(&joe, "/tenant/loginOptions/BASIC").expect(403);
    house
        .put(
            &joe,
            "/tenant/loginOptions/BASIC",
            json!({"allowedForPeople": false}),
        )
        .expect(403);
    let admin = house.admin("t100");
    for (path, body, status) in [
        (
            "/tenant/loginOptions",
            json!({"type": "OAUTH2", "providerName": "x"}),
            422,
        ),
        ("/tenant/loginOptions", json!({}), 422),
    ] {
        assert_eq!(house.post(&admin, path, body).status, status);
    }
    let restricted = json!({"authenticationRestrictions": {"forbiddenClients": ["WEB_BROWSERS"]}});
    house
        .put(&admin, "/tenant/loginOptions/BASIC", restricted)
        .expect(422);
    for path in ["/tenant/loginOptions/OAUTH2", "/tenant/loginOptions/77"] {
        house.get(&admin, path).expect(404);
        house.delete(&admin, path).expect(404);
    }
}

// R002: a rule for passwords counts for those that were chosen before it, whoever made the user.
#[test]
fn a_password_that_the_tenant_takes_no_more_is_good_only_to_change_it() {
    let house = House::new();
    let weak = jane(&house, WEAK);
    house.get(&weak, "/identity").expect(403);
    house.get(&weak, "/platform").expect(200);
    set_option(&house, "password", "enforce.strength", "true");
    let refused = house.get(&weak, "/platform").expect(403);
    assert_eq!(refused.error().0, "security/Password Expired");
    let session = token(&house, &weak);
    with_token(&house, &session, "GET", "/platform", Value::Null).expect(403);
    with_token(
        &house,
        &session,
        "PUT",
        "/user/currentUser",
        json!({"phone": "+491"}),
    )
    .expect(403);
    let own = with_token(&house, &session, "GET", "/user/currentUser", Value::Null).expect(200);
    assert_eq!(own.json()["shouldResetPassword"], true);
    let change = |new: &str| {
        let body = json!({"currentUserPassword": WEAK, "newPassword": new});
        with_token(&house, &session, "PUT", "/user/currentUser/password", body)
    };
    change("another wooden bridge").expect(422);
    change(STRONG).expect(200);
    let strong = Who::new("t100", "jane", STRONG);
    house.get(&strong, "/platform").expect(200);
    with_token(&house, &token(&house, &strong), "GET", "/platform", Value::Null).expect(200);

    set_option(&house, "password", "green.min-length", "32");
    house.get(&strong, "/platform").expect(403);
    let by_admin = json!({"userName": "joe", "email": "joe@example.org", "password": STRONG});
    house
        .post(&house.admin("t100"), "/user/t100/users", by_admin.clone())
        .expect(422);
    house
        .post(&house.admin("t200"), "/user/t200/users", by_admin)
        .expect(201);
}

#[test]
fn a_password_lasts_as_long_as_the_tenant_says() {
    let house = House::new();
    let jane = jane(&house, STRONG);
    set_option(&house, "password", "limit.validity", "30");
    let day = 24 * 3_600_000;
    house.world.advance_millis(30 * day);
    house.get(&jane, "/platform").expect(200);
    house.world.advance_millis(1);
    house.get(&jane, "/platform").expect(403);
    let body = json!({"currentUserPassword": STRONG, "newPassword": "five-Wooden bridges 2"});
    house.put(&jane, "/user/currentUser/password", body).expect(200);
    let renewed = Who::new("t100", "jane", "five-Wooden bridges 2");
    house.get(&renewed, "/platform").expect(200);
}
