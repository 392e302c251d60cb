//! When sessions that were opened through a provider are over, for good (R052, R061, R120).

use super::{Platform, cookie, staff};
use crate::second_factor::{Authenticator, SECRET, STEP_MILLIS, VERIFY};
use http::header::{ACCEPT, COOKIE};
use model::limits::SESSION_SECONDS;
use serde_json::{Value, json};
use testkit::house::Reply;

const SESSION_MILLIS: i64 = SESSION_SECONDS as i64 * 1_000;
const PLACE: &str = "/tenant/loginOptions/OAUTH2";
const OWN: &str = "/user/currentUser";

/// A change by a page that has the cookies of this answer.
fn as_page(platform: &Platform, came_in: &Reply, path: &str, body: Value) -> Reply {
    let request = platform
        .house
        .stranger("POST", path)
        .header(ACCEPT, "application/json")
        .header("X-XSRF-TOKEN", cookie(came_in, "XSRF-TOKEN"));
    let token = cookie(came_in, "authorization");
    platform
        .house
        .send(request.header(COOKIE, format!("authorization={token}")), body)
}

#[test]
fn a_provider_that_comes_back_brings_no_session_back() {
    let platform = Platform::new();
    let session = platform.sign_in().expect(302);
    platform.read(&session, OWN).expect(200);
    let (house, admin) = (&platform.house, platform.house.admin("t100"));
    house.delete(&admin, PLACE).expect(204);
    let other = json!({"issuer": "https://other.example.org"});
    platform.set_up("t100", other).expect(200);
    platform.read(&session, OWN).expect(401);
}

#[test]
fn another_issuer_or_client_ends_what_the_one_before_has_opened() {
    for other in [
        json!({"issuer": "https://other.example.org", "clientSecret": "another"}),
        json!({"clientId": "other", "clientSecret": "another"}),
    ] {
        let platform = Platform::new();
        let session = platform.sign_in().expect(302);
        platform.change(json!({"buttonName": "Other"})).expect(200);
        platform.read(&session, OWN).expect(200);
        platform.change(other).expect(200);
        platform.read(&session, OWN).expect(401);
    }
}

#[test]
fn a_link_that_is_taken_back_takes_the_session_with_it() {
    let platform = Platform::new();
    let crew = platform.sign_in().expect(302);
    let link = |subject: &str| json!({"linkedUsers": [{"userName": "admin", "subject": subject}]});
    platform.provider.say("sub", json!("the administrator"));
    platform.change(link("the administrator")).expect(200);
    let linked = platform.sign_in().expect(302);
    platform.change(link("the administrator")).expect(200);
    platform.read(&linked, OWN).expect(200);
    platform.change(link("somebody else")).expect(200);
    platform.read(&linked, OWN).expect(401);
    platform.read(&crew, OWN).expect(200);
}

#[test]
fn codes_of_a_second_factor_do_not_prolong_what_a_provider_has_vouched_for() {
    let platform = Platform::new();
    let rights = staff(&[platform.group("admins")]);
    platform.change(json!({"onNewUser": rights})).expect(200);
    let session = platform.sign_in().expect(302);
    let world = &platform.house.world;
    let made = as_page(&platform, &session, SECRET, Value::Null)
        .expect(200)
        .json();
    let authenticator = Authenticator::of(&made);
    let code = || json!({"code": authenticator.code(&platform.house)});
    world.advance_millis(SESSION_MILLIS - 2 * STEP_MILLIS);
    let renewed = as_page(&platform, &session, VERIFY, code()).expect(204);
    platform.read(&renewed, OWN).expect(200);
    world.advance_millis(STEP_MILLIS);
    let renewed = as_page(&platform, &renewed, VERIFY, code()).expect(204);
    platform.read(&renewed, OWN).expect(200);
    world.advance_millis(STEP_MILLIS);
    platform.read(&renewed, OWN).expect(401);
}
