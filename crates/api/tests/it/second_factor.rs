//! Second factors: how they are set up, what they guard, and who takes them away.

mod recovery;

use engine::second_factor::TotpSecret;
use engine::world::World;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, COOKIE, SET_COOKIE, WWW_AUTHENTICATE};
use model::limits::FRESH_SESSION_SECONDS;
use model::roles::Role;
use model::users::UserKind;
use serde_json::{Value, json};
use testkit::house::{House, Reply, Who};

pub(crate) const SECRET: &str = "/user/currentUser/totpSecret";
const ACTIVITY: &str = "/user/currentUser/totpSecret/activity";
pub(crate) const VERIFY: &str = "/user/currentUser/totpSecret/verify";
const OWN: [Role; 3] = [
    Role::UserManagementOwnRead,
    Role::UserManagementOwnAdmin,
    Role::InventoryRead,
];
const PASSWORD: &str = "four Wooden bridges 1";
pub(crate) const STEP_MILLIS: i64 = 30_000;

/// An authenticator with the secret that it was shown.
pub(crate) struct Authenticator(TotpSecret);

impl Authenticator {
    pub(crate) fn of(shown: &Value) -> Self {
        let text = shown["rawSecret"].as_str().expect("a secret");
        let bits: Vec<bool> = text
            .bytes()
            .map(|letter| match letter {
                b'A'..=b'Z' => letter - b'A',
                _ => letter - b'2' + 26,
            })
            .flat_map(|five| (0..5).rev().map(move |place| five >> place & 1 == 1))
            .collect();
        let bytes: Vec<u8> = bits
            .chunks_exact(8)
            .map(|eight| eight.iter().fold(0, |byte, bit| byte << 1 | u8::from(*bit)))
            .collect();
        Self(TotpSecret::new(bytes.try_into().expect("20 bytes")))
    }

    pub(crate) fn code(&self, house: &House) -> String {
        self.0.code_at(house.world.now())
    }

    /// A code of no step that is good now.
    fn wrong_code(&self, house: &House) -> String {
        let now = house.world.now();
        let good: Vec<_> = (-1..=1)
            .map(|step| self.0.code_at(now.plus_millis(step * STEP_MILLIS)))
            .collect();
        let wrong = (0..10).map(|number| format!("{number:06}"));
        wrong
            .into_iter()
            .find(|code| !good.contains(code))
            .expect("one of ten")
    }
}

/// Sets a second factor up, all of it, with the password.
fn set_up(house: &House, who: &Who) -> Authenticator {
    let made = house.post(who, SECRET, Value::Null).expect(200).json();
    let authenticator = Authenticator::of(&made);
    house
        .post(who, VERIFY, json!({"code": authenticator.code(house)}))
        .expect(204);
    house.post(who, ACTIVITY, json!({"isActive": true})).expect(204);
    // The code was used: the next one is that of the next step.
    house.world.advance_millis(STEP_MILLIS);
    authenticator
}

fn open(house: &House, who: &Who, path: &str, code: &str) -> Reply {
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "PASSWORD")
        .append_pair("username", &format!("{}/{}", who.tenant, who.name))
        .append_pair("password", &who.password)
        .append_pair("tfa_code", code)
        .finish();
    let request = house.stranger("POST", path).header(ACCEPT, "application/json");
    house.send_text(
        request.header(CONTENT_TYPE, "application/x-www-form-urlencoded"),
        form,
    )
}

fn token(house: &House, who: &Who, code: &str) -> String {
    let opened = open(house, who, "/tenant/oauth/token", code).expect(200).json();
    opened["access_token"].as_str().expect("a token").to_owned()
}

/// The cookies that a browser takes from an answer.
fn cookies(reply: &Reply) -> Vec<String> {
    let all = reply.headers.get_all(SET_COOKIE).iter();
    all.map(|cookie| {
        let pair = cookie.to_str().expect("text").split(';').next();
        pair.expect("a pair").to_owned()
    })
    .collect()
}

/// Sent by a page with these cookies.
fn as_page(house: &House, cookies: &[String], method: &str, path: &str, body: Value) -> Reply {
    let repeated = cookies
        .iter()
        .find_map(|cookie| cookie.strip_prefix("XSRF-TOKEN="))
        .expect("a value");
    let request = house.stranger(method, path).header(COOKIE, cookies.join("; "));
    house.send(request.header("X-XSRF-TOKEN", repeated), body)
}

fn with_token(house: &House, token: &str, method: &str, path: &str, body: Value) -> Reply {
    let request = house.stranger(method, path).header(ACCEPT, "application/json");
    house.send(request.header(AUTHORIZATION, format!("Bearer {token}")), body)
}

#[track_caller]
fn assert_asks(reply: Reply, words: &str) {
    let reply = reply.expect(401);
    let (error, message) = reply.error();
    assert_eq!(error, "security/Unauthorized");
    assert_eq!(message, format!("Invalid credentials! : {words}"));
    assert!(reply.headers.contains_key(WWW_AUTHENTICATE));
}

const CODE: &str = "TFA TOTP code required.";
const SET_UP: &str = "TFA TOTP setup required.";
const NOT_VALID: &str = "TFA TOTP code is not valid.";

#[test]
fn a_second_factor_is_set_up_turned_on_and_asked_for_at_every_way_in() {
    // R055, R056
    let house = House::new();
    let joe = house.person("t100", "joe", &OWN);
    house.get(&joe, ACTIVITY).expect(404);
    house.post(&joe, ACTIVITY, json!({"isActive": true})).expect(404);
    let made = house.post(&joe, SECRET, Value::Null).expect(200).json();
    let text = made["rawSecret"].as_str().expect("a secret").to_owned();
    assert_eq!(text.len(), 32);
    let url = made["secretQrUrl"].as_str().expect("an address");
    assert!(
        url.starts_with("otpauth://totp/t100:joe?secret=") && url.contains(&text),
        "{url}"
    );
    assert_eq!(
        house.get(&joe, ACTIVITY).expect(200).json(),
        json!({"isActive": false, "isForced": false})
    );
    let authenticator = Authenticator::of(&made);
    house
        .post(&joe, VERIFY, json!({"code": authenticator.wrong_code(&house)}))
        .expect(403);
    // Until it is turned on, nothing is asked for.
    house.get(&joe, "/user/currentUser").expect(200);
    let code = authenticator.code(&house);
    house.post(&joe, VERIFY, json!({"code": code})).expect(204);
    house.get(&joe, "/user/currentUser").expect(200);
    house.post(&joe, ACTIVITY, json!({"isActive": true})).expect(204);
    for path in [
        "/user/currentUser",
        "/inventory/managedObjects",
        "/tenant/currentTenant",
    ] {
        assert_asks(house.get(&joe, path), CODE);
    }
    assert_asks(house.put(&joe, "/user/currentUser", json!({"phone": "1"})), CODE);
    assert_asks(house.post(&joe, SECRET, Value::Null), CODE);
    for none in ["", "undefined"] {
        assert_asks(open(&house, &joe, "/tenant/oauth/token", none), CODE);
    }
    // The code of the set-up is used up.
    assert_asks(open(&house, &joe, "/tenant/oauth/token", &code), NOT_VALID);
    house.world.advance_millis(STEP_MILLIS);
    let token = token(&house, &joe, &authenticator.code(&house));
    let own = with_token(&house, &token, "GET", "/user/currentUser", Value::Null).expect(200);
    assert_eq!(own.json()["twoFactorAuthenticationEnabled"], true);
    let factor = house
        .get(&house.admin("t100"), "/user/t100/users/joe/tfa")
        .expect(200)
        .json();
    assert_eq!(factor["tfaEnabled"], true);
    assert_eq!(
        (&factor["strategy"], &factor["tfaEnforced"]),
        (&json!("TOTP"), &json!(false))
    );
    assert!(factor["lastTfaRequestTime"].is_string());
    // Nobody reads the secret, the owner least of all.
    let users = house
        .get(&house.admin("t100"), "/user/t100/users?pageSize=100")
        .expect(200);
    let log = house
        .get(&house.admin("t100"), "/audit/auditRecords?pageSize=2000")
        .expect(200);
    for answer in [users.text, log.text, own.text] {
        assert!(!answer.contains(&text) && !answer.contains("otpauth"));
    }
}

#[test]
fn a_code_is_good_once_whatever_it_is_for() {
    // R056
    let house = House::new();
    let joe = house.person("t100", "joe", &OWN);
    let authenticator = set_up(&house, &joe);
    let code = authenticator.code(&house);
    let session = token(&house, &joe, &code);
    assert_asks(open(&house, &joe, "/tenant/oauth", &code), NOT_VALID);
    let verify = with_token(&house, &session, "POST", VERIFY, json!({"code": code})).expect(403);
    assert!(verify.error().1.starts_with("Invalid verification code"));
    // Nor the one before it, though its time has not passed.
    let before = authenticator
        .0
        .code_at(house.world.now().plus_millis(-STEP_MILLIS));
    assert_asks(open(&house, &joe, "/tenant/oauth", &before), NOT_VALID);
    house.world.advance_millis(4 * STEP_MILLIS);
    open(&house, &joe, "/tenant/oauth", &authenticator.code(&house)).expect(200);
}

#[test]
fn of_two_sign_ins_with_one_code_at_the_same_time_one_is_let_in() {
    // R056
    let house = House::new();
    let joe = house.person("t100", "joe", &OWN);
    let authenticator = set_up(&house, &joe);
    let code = authenticator.code(&house);
    let statuses: Vec<_> = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| open(&house, &joe, "/tenant/oauth", &code).status.as_u16()))
            .collect();
        tries
            .into_iter()
            .map(|one| one.join().expect("answered"))
            .collect()
    });
    assert_eq!(
        statuses.iter().filter(|status| **status == 200).count(),
        1,
        "{statuses:?}"
    );
}

#[test]
fn guessing_codes_is_slowed_down_and_recorded() {
    // R056
    let house = House::new();
    let joe = house.person("t100", "joe", &OWN);
    let authenticator = set_up(&house, &joe);
    let mut statuses = Vec::new();
    for _ in 0..40 {
        let wrong = authenticator.wrong_code(&house);
        statuses.push(open(&house, &joe, "/tenant/oauth", &wrong).status.as_u16());
        house.world.advance_millis(1_500);
    }
    let guesses = statuses.iter().filter(|status| **status == 401).count();
    assert!(guesses <= 6, "{guesses} guesses in a minute: {statuses:?}");
    // The right one waits as well, and the password alone opens nothing meanwhile.
    open(&house, &joe, "/tenant/oauth", &authenticator.code(&house)).expect(429);
    assert_asks(house.get(&joe, "/user/currentUser"), CODE);
    house.world.advance_millis(10 * 60_000);
    open(&house, &joe, "/tenant/oauth", &authenticator.code(&house)).expect(200);
    let log = house
        .get(&house.admin("t100"), "/audit/auditRecords?pageSize=2000")
        .expect(200)
        .json();
    let refused = |record: &&Value| record["activity"] == "Second factor refused";
    let records = log["auditRecords"].as_array().expect("records");
    assert_eq!(
        records.iter().filter(refused).count(),
        1,
        "repeats are one record"
    );
}

#[test]
fn who_turned_it_on_without_showing_a_code_must_set_it_up_first_and_is_not_locked_out() {
    // R056
    let house = House::new();
    let joe = house.person("t100", "joe", &OWN);
    house.post(&joe, SECRET, Value::Null).expect(200);
    house.post(&joe, ACTIVITY, json!({"isActive": true})).expect(204);
    assert_eq!(house.get(&joe, ACTIVITY).expect(200).json()["isActive"], true);
    assert_asks(house.get(&joe, "/user/currentUser"), SET_UP);
    assert_asks(open(&house, &joe, "/tenant/oauth", "123456"), SET_UP);
    let authenticator = set_up(&house, &joe);
    assert_asks(house.get(&joe, "/user/currentUser"), CODE);
    open(&house, &joe, "/tenant/oauth", &authenticator.code(&house)).expect(200);
}

#[test]
fn nobody_turns_their_own_off_whatever_they_came_in_with() {
    // R056: what a stolen session could do, a thief would.
    let house = House::new();
    let joe = house.person("t100", "joe", &[&OWN[..], &[Role::UserManagementAdmin]].concat());
    let authenticator = set_up(&house, &joe);
    let session = token(&house, &joe, &authenticator.code(&house));
    let refused = with_token(&house, &session, "POST", ACTIVITY, json!({"isActive": false})).expect(403);
    assert!(refused.error().1.starts_with("Cannot deactivate TOTP setup!"));
    house.post(&joe, ACTIVITY, json!({"isActive": false})).expect(403);
    for path in [
        SECRET,
        "/user/t100/users/joe/tfa",
        "/user/t100/users/joe/totpSecret/revoke",
    ] {
        with_token(&house, &session, "DELETE", path, Value::Null).expect(403);
    }
    with_token(
        &house,
        &session,
        "PUT",
        "/user/t100/users/joe/tfa",
        json!({"tfaEnforced": false}),
    )
    .expect(403);
    // A new secret is for fresh sessions only.
    house
        .world
        .advance_millis(FRESH_SESSION_SECONDS as i64 * 1_000 + 1);
    with_token(&house, &session, "POST", SECRET, Value::Null).expect(403);
    assert_asks(open(&house, &joe, "/tenant/oauth", ""), CODE);
}

#[test]
fn a_session_without_a_code_ends_where_a_second_factor_begins_and_a_browser_goes_on_with_a_code() {
    // R056, R061
    let house = House::new();
    let joe = house.person("t100", "joe", &OWN);
    let old = token(&house, &joe, "");
    let opened = open(&house, &joe, "/tenant/oauth", "").expect(200);
    let before = cookies(&opened);
    let made = as_page(&house, &before, "POST", SECRET, Value::Null)
        .expect(200)
        .json();
    let code = Authenticator::of(&made).code(&house);
    let shown = as_page(&house, &before, "POST", VERIFY, json!({"code": code})).expect(204);
    let after = cookies(&shown);
    as_page(&house, &after, "POST", ACTIVITY, json!({"isActive": true})).expect(204);
    as_page(&house, &after, "GET", "/user/currentUser", Value::Null).expect(200);
    // The one before has ended.
    as_page(&house, &before, "GET", "/user/currentUser", Value::Null).expect(401);
    assert_asks(
        with_token(&house, &old, "GET", "/user/currentUser", Value::Null),
        CODE,
    );
}

#[test]
fn an_administrator_revokes_what_was_lost_and_it_ends_the_sessions() {
    // R056
    let house = House::new();
    let (joe, admin) = (house.person("t100", "joe", &OWN), house.admin("t100"));
    let authenticator = set_up(&house, &joe);
    let session = token(&house, &joe, &authenticator.code(&house));
    let revoke = "/user/t100/users/joe/totpSecret/revoke";
    house
        .delete(&house.person("t100", "jim", &OWN), revoke)
        .expect(403);
    house.delete(&house.admin("t200"), revoke).expect(404);
    house.delete(&admin, revoke).expect(204);
    with_token(&house, &session, "GET", "/user/currentUser", Value::Null).expect(401);
    house.get(&joe, "/user/currentUser").expect(200);
    assert_eq!(house.get(&joe, ACTIVITY).expect(200).json()["isActive"], false);
    house.post(&joe, ACTIVITY, json!({"isActive": true})).expect(409);
    house
        .post(&joe, VERIFY, json!({"code": authenticator.code(&house)}))
        .expect(403);
    // Nothing is left to revoke; asking again is no fault.
    house.delete(&admin, revoke).expect(204);
}

#[test]
fn who_holds_less_revokes_nothing_of_who_holds_more() {
    // R010
    let house = House::new();
    let admin = house.admin("t100");
    set_up(&house, &admin);
    let manager = house.person(
        "t100",
        "manager",
        &[Role::UserManagementAdmin, Role::UserManagementRead],
    );
    house
        .delete(&manager, "/user/t100/users/admin/totpSecret/revoke")
        .expect(403);
    assert_asks(house.get(&admin, "/user/currentUser"), CODE);
}

#[test]
fn a_tenant_or_an_administrator_demands_it_of_people_and_of_nothing_else() {
    // R002, R003, R056
    let house = House::new();
    let (joe, admin) = (house.person("t100", "joe", &OWN), house.admin("t100"));
    let device = house.device("t100", "device_1");
    let session = token(&house, &joe, "");
    house
        .put(&admin, "/user/t100/users/joe/tfa", json!({"tfaEnforced": true}))
        .expect(204);
    assert_asks(house.get(&joe, "/user/currentUser"), SET_UP);
    assert_asks(
        with_token(&house, &session, "GET", "/user/currentUser", Value::Null),
        SET_UP,
    );
    assert_eq!(
        house.get(&admin, "/user/t100/users/joe/tfa").json()["tfaEnforced"],
        true
    );
    house
        .put(
            &admin,
            "/user/t100/users/device_1/tfa",
            json!({"tfaEnforced": true}),
        )
        .expect(422);
    house.delete(&admin, "/user/t100/users/joe/tfa").expect(204);
    house.get(&joe, "/user/currentUser").expect(200);

    let enforced = json!({"category": "two-factor-authentication", "key": "enforced", "value": "true"});
    house.post(&admin, "/tenant/options", enforced).expect(200);
    assert_asks(house.get(&joe, "/user/currentUser"), SET_UP);
    assert_asks(house.get(&admin, "/tenant/tenants/t100/tfa"), SET_UP);
    house.get(&device, "/inventory/managedObjects").expect(200);
    house
        .get(&house.person("t200", "joe", &OWN), "/user/currentUser")
        .expect(200);
    let authenticator = set_up(&house, &admin);
    let session = token(&house, &admin, &authenticator.code(&house));
    let tenant = with_token(&house, &session, "GET", "/tenant/tenants/t100/tfa", Value::Null)
        .expect(200)
        .json();
    assert_eq!(
        (&tenant["strategy"], &tenant["totpEnforcedOnTenantLevel"]),
        (&json!("TOTP"), &json!(true))
    );
    let asks = |method: &str, path: &str, body: Value| with_token(&house, &session, method, path, body);
    asks("PUT", "/tenant/tenants/t100/tfa", json!({"strategy": "TOTP"})).expect(204);
    asks("PUT", "/tenant/tenants/t100/tfa", json!({"strategy": "SMS"})).expect(422);
    asks("GET", "/tenant/tenants/t200/tfa", Value::Null).expect(404);
    asks(
        "DELETE",
        "/tenant/options/two-factor-authentication/enforced",
        Value::Null,
    )
    .expect(204);
    house.get(&joe, "/user/currentUser").expect(200);
}

#[test]
fn devices_and_services_have_none() {
    // R003
    let house = House::new();
    let device = house.device("t100", "device_1");
    let service = house.user("t100", "service_a", UserKind::Service, &OWN);
    for who in [&device, &service] {
        for (method, path) in [("POST", SECRET), ("GET", ACTIVITY), ("DELETE", SECRET)] {
            house.call(who, method, path, Value::Null).expect(403);
        }
        house.post(who, VERIFY, json!({"code": "123456"})).expect(403);
        house.post(who, ACTIVITY, json!({"isActive": true})).expect(403);
    }
}

#[test]
fn a_password_that_is_due_and_a_second_factor_are_both_asked_for() {
    // R002, R056
    let house = House::new();
    let admin = house.admin("t100");
    let new = json!({"userName": "jane", "email": "j@example.org", "password": PASSWORD, "shouldResetPassword": true});
    house.post(&admin, "/user/t100/users", new).expect(201);
    let jane = Who::new("t100", "jane", PASSWORD);
    house
        .put(&admin, "/user/t100/users/jane/tfa", json!({"tfaEnforced": true}))
        .expect(204);
    let authenticator = set_up(&house, &jane);
    assert_asks(house.get(&jane, "/user/currentUser"), CODE);
    let change = json!({"currentUserPassword": PASSWORD, "newPassword": "five Wooden bridges 2"});
    assert_asks(
        house.put(&jane, "/user/currentUser/password", change.clone()),
        CODE,
    );
    let session = token(&house, &jane, &authenticator.code(&house));
    with_token(&house, &session, "GET", "/inventory/managedObjects", Value::Null).expect(403);
    with_token(&house, &session, "PUT", "/user/currentUser/password", change).expect(200);
}

#[test]
fn a_secret_that_was_given_up_is_gone() {
    let house = House::new();
    let joe = house.person("t100", "joe", &OWN);
    let made = house.post(&joe, SECRET, Value::Null).expect(200).json();
    house.delete(&joe, SECRET).expect(204);
    house.delete(&joe, SECRET).expect(404);
    let code = Authenticator::of(&made).code(&house);
    house.post(&joe, VERIFY, json!({"code": code})).expect(403);
    for bad in [
        json!({}),
        json!({"code": "12345"}),
        json!({"code": 123_456}),
        json!([]),
    ] {
        house.post(&joe, VERIFY, bad).expect(422);
    }
}
