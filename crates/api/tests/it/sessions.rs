//! Sessions: how they are opened, what a cookie needs, and what ends them, each within one request.

mod open;
mod stolen;

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, COOKIE, ORIGIN, SET_COOKIE};
use http::request::Builder;
use model::limits::SESSION_SECONDS;
use model::roles::Role;
use model::users::UserKind;
use serde_json::{Value, json};
use testkit::house::{House, Reply, Who};

const FORM: &str = "application/x-www-form-urlencoded";
const OWN: [Role; 3] = [
    Role::UserManagementOwnRead,
    Role::UserManagementOwnAdmin,
    Role::InventoryAdmin,
];
const PASSWORD: &str = "four Wooden bridges 1";

fn form_of(who: &Who) -> String {
    form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "PASSWORD")
        .append_pair("username", &format!("{}/{}", who.tenant, who.name))
        .append_pair("password", &who.password)
        .append_pair("tfa_code", "undefined")
        .finish()
}

fn post_form(house: &House, path: &str, form: impl Into<bytes::Bytes>) -> Reply {
    let request = house.stranger("POST", path).header(ACCEPT, "application/json");
    house.send_text(request.header(CONTENT_TYPE, FORM), form)
}

/// The token of a new session.
fn token(house: &House, who: &Who) -> String {
    let opened = post_form(house, "/tenant/oauth/token", form_of(who))
        .expect(200)
        .json();
    opened["access_token"].as_str().expect("a token").to_owned()
}

/// A browser with its cookies.
#[derive(Clone)]
struct Browser {
    token: String,
    repeated: String,
}

impl Browser {
    fn of(reply: &Reply) -> Self {
        Self {
            token: cookie(reply, "authorization"),
            repeated: cookie(reply, "XSRF-TOKEN"),
        }
    }

    fn open(house: &House, who: &Who) -> Self {
        Self::of(&post_form(house, "/tenant/oauth", form_of(who)).expect(200))
    }

    /// A request with the cookies and nothing else.
    fn request(&self, house: &House, method: &str, path: &str) -> Builder {
        let cookies = format!("XSRF-TOKEN={}; authorization={}", self.repeated, self.token);
        let request = house.stranger(method, path).header(ACCEPT, "application/json");
        request.header(COOKIE, cookies)
    }

    /// The same as a page sends it.
    fn sent_by_page(&self, house: &House, method: &str, path: &str) -> Builder {
        self.request(house, method, path)
            .header("X-XSRF-TOKEN", &self.repeated)
    }
}

fn set_cookie(reply: &Reply, name: &str) -> String {
    let mut found = reply
        .headers
        .get_all(SET_COOKIE)
        .iter()
        .map(|value| value.to_str().expect("text"))
        .filter(|value| value.starts_with(&format!("{name}=")));
    found
        .next()
        .unwrap_or_else(|| panic!("no cookie {name}"))
        .to_owned()
}

fn cookie(reply: &Reply, name: &str) -> String {
    let whole = set_cookie(reply, name);
    let value = whole.split(';').next().and_then(|pair| pair.split_once('='));
    value.expect("a value").1.to_owned()
}

fn with_token(house: &House, token: &str, method: &str, path: &str) -> Builder {
    let request = house.stranger(method, path).header(ACCEPT, "application/json");
    request.header(AUTHORIZATION, format!("Bearer {token}"))
}

/// The status of reading one's own user with a token.
fn own(house: &House, token: &str) -> u16 {
    let request = with_token(house, token, "GET", "/user/currentUser");
    house.send(request, Value::Null).status.as_u16()
}

#[test]
fn a_password_is_exchanged_for_a_token_that_serves_instead_of_it() {
    let house = House::new();
    let joe = house.person("t100", "joe", &OWN);
    let token = token(&house, &joe);
    let read = house.send(
        with_token(&house, &token, "GET", "/user/currentUser"),
        Value::Null,
    );
    assert_eq!(read.expect(200).json()["userName"], "joe");
    // A page of another site cannot set this header, so nothing is to be repeated.
    let made = with_token(&house, &token, "POST", "/inventory/managedObjects");
    house.send(made, json!({"name": "x"})).expect(201);
    assert!(!token.contains("joe"));
}

// R061: no script reads the token, it goes nowhere else, and never over plain text.
#[test]
fn the_cookies_are_shut_in() {
    let house = House::new();
    let opened = post_form(
        &house,
        "/tenant/oauth",
        form_of(&house.person("t100", "joe", &OWN)),
    )
    .expect(200);
    assert_eq!(opened.text, "");
    assert_eq!(opened.header("cache-control"), "no-store");
    let token = set_cookie(&opened, "authorization");
    let life = format!("; Max-Age={SESSION_SECONDS}; Path=/; Secure; SameSite=Strict");
    assert!(token.ends_with(&format!("{life}; HttpOnly")), "{token}");
    let repeated = set_cookie(&opened, "XSRF-TOKEN");
    assert!(repeated.ends_with(&life), "a page must read it: {repeated}");
}

#[test]
fn a_cookie_reads_alone_and_changes_only_with_what_the_page_repeats() {
    // R061
    let house = House::new();
    let joe = house.person("t100", "joe", &OWN);
    let browser = Browser::open(&house, &joe);
    let other = Browser::open(&house, &joe);
    for method in ["GET", "HEAD"] {
        let asked = browser.request(&house, method, "/user/currentUser");
        house.send(asked, Value::Null).expect(200);
    }
    for (method, path, body, done) in [
        ("POST", "/inventory/managedObjects", json!({"name": "x"}), 201),
        ("PUT", "/user/currentUser", json!({"phone": "+491"}), 200),
        (
            "DELETE",
            "/inventory/managedObjects/8000000000000001",
            Value::Null,
            404,
        ),
    ] {
        let bare = browser.request(&house, method, path);
        house.send(bare, body.clone()).expect(401);
        for wrong in ["", "x", &other.repeated, &browser.repeated[1..], &browser.token] {
            let wrong = browser
                .request(&house, method, path)
                .header("X-XSRF-TOKEN", wrong);
            house.send(wrong, body.clone()).expect(401);
        }
        let twice = browser
            .sent_by_page(&house, method, path)
            .header("X-XSRF-TOKEN", &browser.repeated);
        house.send(twice, body.clone()).expect(401);
        let right = browser.sent_by_page(&house, method, path);
        house.send(right, body).expect(done);
    }
    // A request that says in a header that it is another one stays what it is.
    let disguised = browser
        .request(&house, "POST", "/user/currentUser")
        .header("X-HTTP-METHOD", "GET");
    house.send(disguised, Value::Null).expect(401);
}

#[test]
fn a_token_for_a_header_opens_no_changes_from_a_cookie_and_two_cookies_open_nothing() {
    let house = House::new();
    let joe = house.person("t100", "joe", &OWN);
    let (token, browser) = (token(&house, &joe), Browser::open(&house, &joe));
    let smuggled = Browser {
        token: token.clone(),
        repeated: String::new(),
    };
    let request = smuggled.sent_by_page(&house, "POST", "/inventory/managedObjects");
    house.send(request, json!({"name": "x"})).expect(401);
    let two = house.stranger("GET", "/user/currentUser").header(
        COOKIE,
        format!("authorization={}; authorization={token}", browser.token),
    );
    house.send(two, Value::Null).expect(401);
    // A header counts more than a cookie: who sends a wrong one is refused.
    let both = browser
        .request(&house, "GET", "/user/currentUser")
        .header(AUTHORIZATION, "Bearer x.y.z");
    house.send(both, Value::Null).expect(401);
}

#[test]
fn what_is_no_right_form_is_refused_and_a_wrong_password_looks_like_an_unknown_user() {
    let house = House::new();
    let joe = house.person("t100", "joe", &OWN);
    let with = |who: Who| post_form(&house, "/tenant/oauth", form_of(&who));
    let wrong = with(Who::new("t100", "joe", "not the password"));
    let unknown = with(Who::new("t100", "nobody-here", "not the password"));
    let nowhere = with(Who::new("t999", "joe", "not the password"));
    for reply in [&wrong, &unknown, &nowhere] {
        assert_eq!((reply.status.as_u16(), &reply.text), (401, &wrong.text));
        assert!(reply.headers.get(SET_COOKIE).is_none());
    }
    for (form, status) in [
        ("", 422),
        ("grant_type=PASSWORD", 422),
        ("grant_type=AUTHORIZATION_CODE&code=x", 422),
        ("grant_type=PASSWORD&username=a&username=b&password=c", 400),
        ("grant_type=PASSWORD&username=t100%2Fjoe&password=", 401),
    ] {
        let reply = post_form(&house, "/tenant/oauth", form);
        assert_eq!(reply.status.as_u16(), status, "{form}: {}", reply.text);
    }
    let long = format!("grant_type=PASSWORD&username=a&password={}", "p".repeat(9_000));
    post_form(&house, "/tenant/oauth", long).expect(413);
    // A page of another site must not sign its visitors in as somebody else.
    let foreign = house
        .stranger("POST", "/tenant/oauth")
        .header(ORIGIN, "https://evil.example")
        .header(CONTENT_TYPE, FORM);
    house.send_text(foreign, form_of(&joe)).expect(403);
    let own = house
        .stranger("POST", "/tenant/oauth")
        .header(ORIGIN, "https://localhost")
        .header(CONTENT_TYPE, FORM);
    house.send_text(own, form_of(&joe)).expect(200);
}

#[test]
fn the_tenant_is_that_of_the_name_then_of_the_parameter_then_of_the_host() {
    let house = House::new();
    let joe = house.person("t100", "joe", &OWN);
    let form = |name: &str| form_of(&joe).replace("t100%2Fjoe", name);
    for (path, name, status) in [
        ("/tenant/oauth/token?tenant_id=t100", "joe", 200),
        ("/tenant/oauth/token?tenant_id=t200", "t100%2Fjoe", 200),
        ("/tenant/oauth/token?tenant_id=t200", "joe", 401),
        ("/tenant/oauth/token?tenant_id=", "joe", 401),
        ("/tenant/oauth/token?tenant_id=T%20x", "joe", 401),
        ("/tenant/oauth/token", "joe", 401),
    ] {
        let reply = post_form(&house, path, form(name));
        assert_eq!(reply.status.as_u16(), status, "{path} {name}");
    }
    let by_host = house
        .stranger("POST", "https://t100.example.org/tenant/oauth/token?tenant_id=")
        .header(CONTENT_TYPE, FORM);
    house.send_text(by_host, form("joe")).expect(200);
}

// R003, R120: a device, a service and a key open no session, whatever rights they have.
#[test]
fn sessions_are_for_people() {
    let house = House::new();
    let service = house.user("t100", "service_pump", UserKind::Service, &OWN);
    let device = house.device("t100", "device_1");
    let key = {
        let admin = house.admin("t100");
        house
            .post(
                &admin,
                "/user/t100/serviceAccounts",
                json!({"userName": "service_x"}),
            )
            .expect(201);
        let made = house.post(
            &admin,
            "/user/t100/serviceAccounts/service_x/keys",
            json!({"name": "k"}),
        );
        let made = made.expect(201).json();
        Who::new("t100", "service_x", made["key"].as_str().expect("a key"))
    };
    house.get(&key, "/platform").expect(200);
    for who in [&service, &device, &key] {
        for path in ["/tenant/oauth", "/tenant/oauth/token"] {
            let reply = post_form(&house, path, form_of(who));
            assert_eq!(reply.status.as_u16(), 401, "{} {path}", who.name);
        }
    }
}

#[test]
fn a_log_out_ends_this_session_and_no_other() {
    let house = House::new();
    let joe = house.person("t100", "joe", &OWN);
    let (first, second, browser) = (
        token(&house, &joe),
        token(&house, &joe),
        Browser::open(&house, &joe),
    );
    let out = with_token(&house, &first, "POST", "/user/logout");
    assert_eq!(house.send(out, Value::Null).expect(200).text, "");
    assert_eq!((own(&house, &first), own(&house, &second)), (401, 200));
    let out = browser.sent_by_page(&house, "POST", "/user/logout");
    let gone = house.send(out, Value::Null).expect(200);
    for name in ["authorization", "XSRF-TOKEN"] {
        assert!(set_cookie(&gone, name).starts_with(&format!("{name}=; Max-Age=0")));
    }
    let again = browser.request(&house, "GET", "/user/currentUser");
    house.send(again, Value::Null).expect(401);
    assert_eq!(own(&house, &second), 200);
    // Who has no session has none to end.
    house.post(&joe, "/user/logout", Value::Null).expect(200);
    house.get(&joe, "/user/currentUser").expect(200);
}

#[test]
fn everybody_of_the_tenant_is_logged_out_at_once_and_nobody_else() {
    let house = House::new();
    let (joe, eve) = (
        house.person("t100", "joe", &OWN),
        house.person("t200", "eve", &OWN),
    );
    let (of_joe, of_eve) = (token(&house, &joe), token(&house, &eve));
    house
        .post(&joe, "/user/logout/t100/allUsers", Value::Null)
        .expect(403);
    let admin = house.admin("t100");
    house
        .post(&admin, "/user/logout/t200/allUsers", Value::Null)
        .expect(404);
    assert_eq!((own(&house, &of_joe), own(&house, &of_eve)), (200, 200));
    house
        .post(&admin, "/user/logout/t100/allUsers", Value::Null)
        .expect(200);
    assert_eq!((own(&house, &of_joe), own(&house, &of_eve)), (401, 200));
    house.get(&joe, "/user/currentUser").expect(200);
    assert_eq!(own(&house, &token(&house, &joe)), 200, "a new one is good");
}

// R010: whatever is done to a user ends its sessions with the next request.
#[test]
fn what_happens_to_a_user_ends_its_sessions() {
    let changes: [(&str, &str, &str, Value); 7] = [
        (
            "disabled",
            "PUT",
            "/user/t100/users/joe",
            json!({"enabled": false}),
        ),
        ("deleted", "DELETE", "/user/t100/users/joe", Value::Null),
        (
            "a new password",
            "PUT",
            "/user/t100/users/joe",
            json!({"password": PASSWORD}),
        ),
        (
            "a role more",
            "POST",
            "/user/t100/users/joe/roles",
            json!({"role": {"id": "ROLE_ALARM_READ"}}),
        ),
        (
            "a role less",
            "DELETE",
            "/user/t100/users/joe/roles/ROLE_INVENTORY_ADMIN",
            Value::Null,
        ),
        (
            "a group more",
            "POST",
            "/user/t100/groups/{readers}/users",
            json!({"user": {"id": "joe"}}),
        ),
        (
            "a group less",
            "DELETE",
            "/user/t100/groups/{business}/users/joe",
            Value::Null,
        ),
    ];
    for (what, method, path, body) in changes {
        let house = House::new();
        let (joe, admin) = (house.person("t100", "joe", &OWN), house.admin("t100"));
        let group = |name| house.group("t100", name).to_string();
        let business = group("Business User");
        let member = format!("/user/t100/groups/{business}/users");
        house
            .post(&admin, &member, json!({"user": {"id": "joe"}}))
            .expect(201);
        let path = path
            .replace("{readers}", &group("readers"))
            .replace("{business}", &business);
        let (open, other) = (token(&house, &joe), token(&house, &admin));
        assert_eq!(own(&house, &open), 200);
        let done = house.call(&admin, method, &path, body);
        assert!(done.status.is_success(), "{what}: {}", done.text);
        assert_eq!((own(&house, &open), own(&house, &other)), (401, 200), "{what}");
        house.put(&admin, "/user/t100/users/joe", json!({"enabled": true}));
        assert_eq!(
            own(&house, &open),
            401,
            "{what}: an ended session does not come back"
        );
    }
}

#[test]
fn ones_own_new_password_ends_the_other_sessions_and_renews_the_cookie() {
    let house = House::new();
    house
        .post(
            &house.admin("t100"),
            "/user/t100/users",
            json!({"userName": "jane", "email": "j@example.org", "password": PASSWORD}),
        )
        .expect(201);
    let jane = Who::new("t100", "jane", PASSWORD);
    let (other, browser) = (token(&house, &jane), Browser::open(&house, &jane));
    let change = browser.sent_by_page(&house, "PUT", "/user/currentUser/password");
    let body = json!({"currentUserPassword": PASSWORD, "newPassword": "five Wooden bridges 2"});
    let renewed = Browser::of(&house.send(change, body).expect(200));
    assert_eq!((own(&house, &other), own(&house, &browser.token)), (401, 401));
    house
        .send(
            renewed.sent_by_page(&house, "PUT", "/user/currentUser"),
            json!({"phone": "+491"}),
        )
        .expect(200);
    house.get(&jane, "/user/currentUser").expect(401);
}

// R115: a session of one tenant is none in another, and a suspended tenant has none.
#[test]
fn a_session_stays_in_its_tenant_and_ends_with_it() {
    let house = House::new();
    let (joe, eve) = (
        house.person("t100", "joe", &OWN),
        house.person("t200", "eve", &OWN),
    );
    let (of_joe, of_eve) = (token(&house, &joe), token(&house, &eve));
    let parts: Vec<&str> = of_joe.split('.').collect();
    let foreign: Vec<&str> = of_eve.split('.').collect();
    for mixed in [
        [foreign[0], parts[1], parts[2]],
        [parts[0], foreign[1], parts[2]],
        [parts[0], parts[1], foreign[2]],
        [foreign[0], parts[1], foreign[2]],
    ] {
        assert_eq!(own(&house, &mixed.join(".")), 401);
    }
    let read = with_token(&house, &of_joe, "GET", "/user/t200/users/eve");
    house.send(read, Value::Null).expect(404);
    let operator = house.admin("management");
    let suspended = json!({"status": "SUSPENDED"});
    house
        .put(&operator, "/tenant/tenants/t100", suspended)
        .expect(200);
    assert_eq!((own(&house, &of_joe), own(&house, &of_eve)), (401, 200));
    house
        .put(&operator, "/tenant/tenants/t100", json!({"status": "ACTIVE"}))
        .expect(200);
    assert_eq!(own(&house, &of_joe), 200);
    house.delete(&operator, "/tenant/tenants/t100").expect(204);
    assert_eq!(own(&house, &of_joe), 401);
}

#[test]
fn a_session_ends_by_itself_and_sooner_where_the_tenant_says_so() {
    // R002
    let house = House::new();
    let joe = house.person("t100", "joe", &OWN);
    let admin = house.admin("t100");
    let first = token(&house, &joe);
    house
        .world
        .advance_millis(i64::from(SESSION_SECONDS) * 1_000 - 1_000);
    assert_eq!(own(&house, &first), 200);
    house.world.advance_millis(1_000);
    assert_eq!(own(&house, &first), 401);
    let life = json!({"category": "oauth.internal", "key": "body-token.lifespan.seconds", "value": "600"});
    house.post(&admin, "/tenant/options", life).expect(200);
    let (shorter, browser) = (token(&house, &joe), Browser::open(&house, &joe));
    house.world.advance_millis(600_000);
    assert_eq!((own(&house, &shorter), own(&house, &browser.token)), (401, 200));
}

#[test]
fn a_tenants_key_gives_way_and_verifies_until_its_tokens_are_over() {
    let house = House::new();
    let joe = house.person("t100", "joe", &OWN);
    let kid = |token: &str| token.split('.').next().expect("a header").to_owned();
    let first = token(&house, &joe);
    let day = 24 * 3_600_000;
    house.world.advance_millis(30 * day - 3_600_000);
    let old = token(&house, &joe);
    assert_eq!(kid(&first), kid(&old));
    house.world.advance_millis(3_600_000);
    let new = token(&house, &joe);
    assert_ne!(kid(&old), kid(&new));
    assert_eq!(
        (own(&house, &old), own(&house, &new)),
        (200, 200),
        "both are good for a while"
    );
    assert_ne!(kid(&new), kid(&token(&house, &house.person("t200", "eve", &OWN))));
}

#[test]
fn what_sessions_do_is_in_the_audit_log_and_no_token_is() {
    // R096
    let house = House::new();
    let joe = house.person("t100", "joe", &OWN);
    let admin = house.admin("t100");
    let open = token(&house, &joe);
    house
        .send(with_token(&house, &open, "POST", "/user/logout"), Value::Null)
        .expect(200);
    assert_eq!(own(&house, &open), 401);
    house
        .post(&admin, "/user/logout/t100/allUsers", Value::Null)
        .expect(200);
    let log = house
        .get(&admin, "/audit/auditRecords?type=UserAuthentication&pageSize=100")
        .expect(200);
    for said in [
        "Signed in with a password for a session",
        "Session opened",
        "Session ended",
        "Sign-in with a session refused: the session was ended",
        "All sessions ended",
    ] {
        assert!(log.text.contains(said), "{said}: {}", log.text);
    }
    assert!(!log.text.contains(&open[open.len() - 40..]));
}

#[test]
fn opening_sessions_is_limited_and_guessing_locks_out() {
    let house = House::new();
    let joe = house.person("t100", "joe", &OWN);
    let statuses: Vec<u16> = (0..40)
        .map(|_| post_form(&house, "/tenant/oauth", form_of(&joe)).status.as_u16())
        .collect();
    assert!(
        statuses.starts_with(&[200; 20]) && statuses.ends_with(&[429; 20]),
        "{statuses:?}"
    );
    let locked = (0..40).any(|number| {
        let guess = Who::new("t100", "jane", &format!("guess number {number}"));
        post_form(&house, "/tenant/oauth", form_of(&guess)).status == 429
    });
    assert!(locked);
}
