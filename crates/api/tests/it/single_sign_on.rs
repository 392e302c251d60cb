//! Signing in through an identity provider: the whole way of a browser, and every way round it (R052). The provider is in
//! the test; what it is asked over the wire is tested where that is done.

mod attacks;
mod provider;
mod rights;
mod sessions;
mod settings;

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use provider::{Provider, query_of};
use serde_json::{Value, json};
use std::sync::Arc;
use testkit::house::{House, Reply, Who};

/// A house whose tenant `t100` has an identity provider.
pub(crate) struct Platform {
    pub(crate) house: House,
    provider: Arc<Provider>,
}

/// What a browser has on its way back.
#[derive(Clone)]
pub(super) struct Back {
    pub(super) state: String,
    pub(super) code: String,
    pub(super) cookie: String,
}

impl Platform {
    /// With a mapping that lets everybody of the provider's staff in, as members of `crew`.
    pub(crate) fn new() -> Self {
        Self::with(json!({}))
    }

    /// With more said of the provider.
    pub(super) fn with(more: Value) -> Self {
        let platform = Self::bare();
        platform.set_up("t100", more).expect(200);
        platform
    }

    /// With nothing said of it yet.
    pub(super) fn bare() -> Self {
        let house = House::new();
        let provider = Arc::new(Provider::new(house.world.clone()));
        house.door.ask_outside_by(provider.clone());
        house
            .post(&house.admin("t100"), "/user/t100/groups", json!({"name": "crew"}))
            .expect(201);
        Self { house, provider }
    }

    pub(crate) fn group(&self, name: &str) -> u64 {
        self.house.group("t100", name).number()
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "a body is written where it is sent: json!(...)"
    )]
    pub(super) fn set_up(&self, tenant: &str, more: Value) -> Reply {
        let mut body = json!({
            "type": "OAUTH2", "providerName": "Example", "buttonName": "Sign in with Example",
            "issuer": provider::ISSUER, "clientId": provider::CLIENT, "clientSecret": provider::SECRET,
            "userIdConfig": {"jwtField": "preferred_username"},
            "accessTokenToUserDataMapping": {"firstNameClaimName": "given_name", "emailClaimName": "email"},
        });
        if tenant == "t100" {
            body["onNewUser"] = staff(&[self.group("crew")]);
        }
        for (name, value) in more.as_object().expect("an object") {
            body[name] = value.clone();
        }
        self.house
            .post(&self.house.admin(tenant), "/tenant/loginOptions", body)
    }

    pub(super) fn change(&self, body: Value) -> Reply {
        self.house
            .put(&self.house.admin("t100"), "/tenant/loginOptions/OAUTH2", body)
    }

    /// Sends a browser to the provider; nothing has come back yet.
    pub(super) fn begin(&self, tenant: &str) -> Reply {
        let path = format!("/tenant/oauth?response_type=code&tenant_id={tenant}&originUri=/apps/cockpit/");
        self.house.send(self.house.stranger("GET", &path), Value::Null)
    }

    /// A browser that the provider has sent back.
    pub(super) fn visit(&self, tenant: &str) -> Back {
        let begun = self.begin(tenant).expect(302);
        let query = query_of(begun.header(LOCATION.as_str()));
        Back {
            state: query["state"].clone(),
            code: self.provider.code_for(&query),
            cookie: cookie(&begun, "__Host-sign-on"),
        }
    }

    /// What becomes of a browser that comes back with something more.
    pub(super) fn come_back(&self, tenant: &str, back: &Back, more: &str) -> Reply {
        let path = format!(
            "/tenant/oauth?tenant_id={tenant}&state={}&code={}{more}",
            back.state, back.code
        );
        let request = self.house.stranger("GET", &path);
        self.house.send(
            request.header(COOKIE, format!("__Host-sign-on={}", back.cookie)),
            Value::Null,
        )
    }

    /// The whole way.
    pub(crate) fn sign_in(&self) -> Reply {
        self.come_back("t100", &self.visit("t100"), "")
    }

    /// What a session of this sign-in reads.
    pub(super) fn read(&self, signed_in: &Reply, path: &str) -> Reply {
        let token = cookie(signed_in, "authorization");
        let request = self
            .house
            .stranger("GET", path)
            .header(ACCEPT, "application/json");
        self.house.send(
            request.header(COOKIE, format!("authorization={token}")),
            Value::Null,
        )
    }

    /// A user, as an administrator sees it; nothing if there is none.
    pub(super) fn user(&self, name: &str) -> Option<Value> {
        let path = format!("/user/t100/users/{name}");
        let read = self.house.get(&self.house.admin("t100"), &path);
        (read.status == 200).then(|| read.json())
    }

    /// The names of the groups of a user.
    pub(super) fn groups_of(&self, name: &str) -> Vec<String> {
        let user = self.user(name).expect("a user");
        let groups = user["groups"]["references"].as_array().expect("groups").clone();
        let name = |group: &Value| group["group"]["name"].as_str().expect("a name").to_owned();
        groups.iter().map(name).collect()
    }

    /// What the audit log of the tenant has as the latest failed sign-in.
    pub(super) fn last_failure(&self) -> String {
        let path = "/audit/auditRecords?type=UserAuthentication&pageSize=100";
        let records = self.house.get(&self.house.admin("t100"), path).expect(200).json();
        let records = records["auditRecords"].as_array().expect("records").clone();
        let failed = records
            .iter()
            .find(|record| record["activity"] == "User login failed");
        failed.map_or(String::new(), |record| {
            record["text"].as_str().expect("text").to_owned()
        })
    }
}

/// A mapping from the provider's staff to groups.
pub(super) fn staff(groups: &[u64]) -> Value {
    json!({"dynamicMapping": {"mappings": [{
        "when": {"operator": "IN", "parameterPath": "groups", "value": "staff"}, "thenGroups": groups,
    }]}})
}

pub(crate) fn cookie(reply: &Reply, name: &str) -> String {
    let mut all = reply
        .headers
        .get_all(SET_COOKIE)
        .iter()
        .map(|value| value.to_str().expect("text"));
    let found = all.find_map(|value| value.strip_prefix(&format!("{name}=")));
    let found = found.unwrap_or_else(|| panic!("no cookie {name}"));
    found.split(';').next().unwrap_or_default().to_owned()
}

// R052: the whole way, and what is kept of it.
#[test]
fn a_browser_comes_in_through_the_provider_and_has_a_session_like_any_other() {
    let platform = Platform::new();
    let begun = platform.begin("t100").expect(302);
    let to = begun.header(LOCATION.as_str()).to_owned();
    assert!(to.starts_with("https://id.example.org/authorize?"), "{to}");
    let query = query_of(&to);
    assert_eq!(
        query["redirect_uri"],
        "https://localhost/tenant/oauth?tenant_id=t100"
    );
    assert_eq!(
        (
            query["code_challenge_method"].as_str(),
            query["client_id"].as_str()
        ),
        ("S256", "holdfast")
    );
    assert!(query["scope"].split(' ').any(|scope| scope == "openid"));
    let marked = begun
        .headers
        .get(SET_COOKIE)
        .expect("a cookie")
        .to_str()
        .expect("text");
    assert!(
        marked.ends_with("; Max-Age=600; Path=/; Secure; HttpOnly; SameSite=Lax"),
        "{marked}"
    );

    let back = Back {
        state: query["state"].clone(),
        code: platform.provider.code_for(&query),
        cookie: cookie(&begun, "__Host-sign-on"),
    };
    let signed_in = platform.come_back("t100", &back, "").expect(302);
    assert_eq!(
        signed_in.header(LOCATION.as_str()),
        "https://localhost/apps/cockpit/"
    );
    assert_eq!(cookie(&signed_in, "__Host-sign-on"), "");
    let own = platform.read(&signed_in, "/user/currentUser").expect(200).json();
    assert_eq!(
        (own["userName"].as_str(), own["email"].as_str()),
        (Some("jane"), Some("jane@example.org"))
    );

    // The provider was asked with the secret and with what only this side knows, and by nobody else.
    let exchange = platform.provider.last_exchange();
    assert_eq!(exchange["client_secret"], provider::SECRET);
    assert_eq!(exchange["redirect_uri"], query["redirect_uri"]);
    assert!(platform.provider.was_verifier_right());

    let user = platform.user("jane").expect("made");
    assert_eq!(user["customProperties"]["userOrigin"], "OAUTH2");
    assert_eq!(platform.groups_of("jane"), ["crew"]);
    // A change needs what only a page of this origin can read.
    let (token, repeated) = (
        cookie(&signed_in, "authorization"),
        cookie(&signed_in, "XSRF-TOKEN"),
    );
    for (with, status) in [(false, 401), (true, 200)] {
        let request = platform
            .house
            .stranger("POST", "/user/logout")
            .header(ACCEPT, "application/json");
        let mut request = request.header(COOKIE, format!("authorization={token}"));
        if with {
            request = request.header("X-XSRF-TOKEN", &repeated);
        }
        platform.house.send(request, Value::Null).expect(status);
    }
    platform.read(&signed_in, "/user/currentUser").expect(401);
    // Nobody has a password by it.
    let basic = Who::new("t100", "jane", "");
    platform.house.get(&basic, "/user/currentUser").expect(401);
}

#[test]
fn the_same_person_is_the_same_user_whatever_the_name_is_then() {
    let platform = Platform::new();
    platform.sign_in().expect(302);
    let first = platform.user("jane").expect("made");
    platform.provider.say("preferred_username", json!("admin"));
    platform.provider.say("email", json!("jane@other.example"));
    let again = platform.sign_in().expect(302);
    let own = platform.read(&again, "/user/currentUser").expect(200).json();
    assert_eq!(
        (own["userName"].as_str(), own["email"].as_str()),
        (Some("jane"), Some("jane@other.example"))
    );
    assert_eq!(platform.user("jane").expect("there")["self"], first["self"]);
}

#[test]
fn a_page_may_take_its_browser_back_itself() {
    let platform = Platform::new();
    let back = platform.visit("t100");
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "AUTHORIZATION_CODE")
        .append_pair("code", &back.code)
        .append_pair("state", &back.state)
        .finish();
    let post = |cookie: Option<&str>| {
        let request = platform
            .house
            .stranger("POST", "/tenant/oauth?tenant_id=t100")
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = match cookie {
            Some(cookie) => request.header(COOKIE, format!("__Host-sign-on={cookie}")),
            None => request,
        };
        platform.house.send_text(request, form.clone())
    };
    let signed_in = post(Some(&back.cookie)).expect(200);
    platform.read(&signed_in, "/user/currentUser").expect(200);
    post(None).expect(401);
}

// R061, R120: what ends sessions ends these.
#[test]
fn such_a_session_ends_as_others_do_and_with_the_provider() {
    let platform = Platform::new();
    let (house, admin) = (&platform.house, platform.house.admin("t100"));
    let first = platform.sign_in().expect(302);
    house
        .put(&admin, "/user/t100/users/jane", json!({"enabled": false}))
        .expect(200);
    platform.read(&first, "/user/currentUser").expect(401);
    platform.sign_in().expect(403);
    assert!(
        platform.last_failure().contains("the user is disabled"),
        "{}",
        platform.last_failure()
    );
    house
        .put(&admin, "/user/t100/users/jane", json!({"enabled": true}))
        .expect(200);

    let second = platform.sign_in().expect(302);
    house
        .post(&admin, "/user/logout/t100/allUsers", json!({}))
        .expect(200);
    platform.read(&second, "/user/currentUser").expect(401);

    let third = platform.sign_in().expect(302);
    house.delete(&admin, "/tenant/loginOptions/OAUTH2").expect(204);
    platform.read(&third, "/user/currentUser").expect(401);
    platform.begin("t100").expect(404);
}

#[test]
fn logging_out_says_where_the_provider_ends_its_own_session() {
    let logout = json!({"logoutRequest": {"url": "https://id.example.org/logout"}});
    let platform = Platform::with(logout);
    let signed_in = platform.sign_in().expect(302);
    let (token, repeated) = (
        cookie(&signed_in, "authorization"),
        cookie(&signed_in, "XSRF-TOKEN"),
    );
    let request = platform
        .house
        .stranger("POST", "/user/logout")
        .header("X-XSRF-TOKEN", repeated);
    let request = request.header(COOKIE, format!("authorization={token}"));
    let told = platform.house.send(request, Value::Null).expect(200).json();
    assert_eq!(
        told["url"],
        "https://id.example.org/logout?client_id=holdfast&post_logout_redirect_uri=https%3A%2F%2Flocalhost%2F"
    );
    // Whoever came in otherwise is told nothing.
    let admin = platform.house.admin("t100");
    let plain = platform
        .house
        .stranger("POST", "/user/logout")
        .header(AUTHORIZATION, admin.authorization());
    assert_eq!(platform.house.send(plain, Value::Null).expect(200).text, "");
}
