//! Every way round the provider is refused: browsers, codes, tokens, keys and providers that are not the right ones (R052).

use super::provider::{ISSUER, base64, query_of};
use super::{Back, Platform, cookie};
use crate::certificates::domain;
use http::header::{COOKIE, HOST, LOCATION, SET_COOKIE};
use model::limits::{IDENTITY_KEYS_AGAIN_SECONDS, IDENTITY_KEYS_SECONDS, SIGN_ON_SECONDS};
use serde_json::{Value, json};

/// Refused, with this in the audit log, and nobody was made or let in.
#[track_caller]
fn refused(platform: &Platform, reply: testkit::house::Reply, what: &str) {
    let reply = reply.expect(401);
    assert!(reply.headers.get("set-cookie").is_none(), "{what}");
    assert_eq!(
        reply.header("www-authenticate"),
        "",
        "{what}: no prompt for a password"
    );
    assert!(platform.user("jane").is_none(), "{what}");
}

// R052: a code of somebody else, in the browser of a victim or the other way round, opens nothing.
#[test]
fn only_the_browser_that_was_sent_away_comes_back() {
    let platform = Platform::new();
    let other = platform.visit("t100");
    for (name, change) in [
        (
            "no cookie",
            (|back: &mut Back| back.cookie.clear()) as fn(&mut Back),
        ),
        ("a cookie of nobody", |back| back.cookie = "AAAA".to_owned()),
        ("no state", |back| back.state.clear()),
        ("a state of nobody", |back| back.state = "AAAA".to_owned()),
    ] {
        let mut back = platform.visit("t100");
        change(&mut back);
        refused(&platform, platform.come_back("t100", &back, ""), name);
    }
    let mut mixed = platform.visit("t100");
    mixed.cookie = other.cookie;
    refused(
        &platform,
        platform.come_back("t100", &mixed, ""),
        "another browser's cookie",
    );
    let mut mixed = platform.visit("t100");
    mixed.code = other.code;
    refused(
        &platform,
        platform.come_back("t100", &mixed, ""),
        "another browser's code",
    );
}

// R052
#[test]
fn a_state_and_a_code_are_good_once_and_for_minutes() {
    let platform = Platform::new();
    let back = platform.visit("t100");
    platform
        .house
        .world
        .advance_millis(SIGN_ON_SECONDS as i64 * 1_000);
    refused(&platform, platform.come_back("t100", &back, ""), "too late");
    let back = platform.visit("t100");
    platform.come_back("t100", &back, "").expect(302);
    platform.come_back("t100", &back, "").expect(401);
    // The same code with a new state: the provider knows that it was used.
    let mut replayed = platform.visit("t100");
    replayed.code = back.code;
    platform.come_back("t100", &replayed, "").expect(401);
}

// R052: mix-up (RFC 9207), and what the provider itself refuses.
#[test]
fn whoever_was_sent_back_by_somebody_else_is_refused() {
    let platform = Platform::new();
    let evil = "&iss=https%3A%2F%2Fevil.example";
    refused(
        &platform,
        platform.come_back("t100", &platform.visit("t100"), evil),
        "another issuer",
    );
    refused(
        &platform,
        platform.come_back("t200", &platform.visit("t100"), ""),
        "another tenant",
    );
    let denied = platform.come_back("t100", &platform.visit("t100"), "&error=access_denied");
    refused(&platform, denied, "the provider refused");
    assert_eq!(platform.provider.asked("/token"), 0, "no code went anywhere");
    let right = format!("&iss={}", "https%3A%2F%2Fid.example.org");
    platform
        .come_back("t100", &platform.visit("t100"), &right)
        .expect(302);
}

#[test]
fn a_provider_that_names_itself_must_do_so() {
    let platform = Platform::bare();
    platform.provider.name_itself();
    platform.set_up("t100", json!({})).expect(200);
    refused(
        &platform,
        platform.come_back("t100", &platform.visit("t100"), ""),
        "no issuer",
    );
    let named = "&iss=https%3A%2F%2Fid.example.org";
    platform
        .come_back("t100", &platform.visit("t100"), named)
        .expect(302);
}

// R052: the claims that count, through the whole way. Signatures and headers: `authn::identity_token`.
#[test]
fn a_token_with_anything_wrong_lets_nobody_in() {
    let platform = Platform::new();
    let seconds = 1_794_960_000;
    for (claim, value) in [
        ("iss", json!("https://evil.example")),
        ("aud", json!("another-client")),
        ("aud", json!(["holdfast", "another-client"])),
        ("azp", json!("another-client")),
        ("exp", json!(seconds - 60)),
        ("nbf", json!(seconds + 600)),
        ("iat", json!(seconds + 600)),
        ("nonce", json!("another sign-in")),
        ("sub", json!("")),
        ("x", json!("x".repeat(17_000))),
    ] {
        platform.provider.say(claim, value.clone());
        refused(&platform, platform.sign_in(), claim);
        platform.provider.say(claim, Value::Null);
        if claim == "sub" {
            platform.provider.say("sub", json!("24400320"));
        }
    }
    for header in [
        r#"{"alg":"none"}"#,
        r#"{"alg":"HS256","kid":"k1"}"#,
        r#"{"alg":"EdDSA","kid":"k2","jku":"https://evil.example/keys"}"#,
        r#"{"alg":"EdDSA","kid":"k1","crit":["exp"]}"#,
    ] {
        platform.provider.head(Some(header));
        refused(&platform, platform.sign_in(), header);
    }
    platform.provider.head(None);
    for answer in [
        json!({}),
        json!({"access_token": "opaque"}),
        json!({"id_token": 1}),
        json!({"id_token": "a.b.c"}),
        json!([]),
        json!({"id_token": format!("{}..", base64(r#"{"alg":"none"}"#))}),
    ] {
        platform.provider.answer(Some(answer.clone()));
        refused(&platform, platform.sign_in(), &answer.to_string());
    }
    platform.provider.answer(None);
    platform.sign_in().expect(302);
}

// R052: failing to reach the provider is no way in, and its keys are not believed for ever.
#[test]
fn a_provider_that_does_not_answer_lets_nobody_in() {
    let platform = Platform::new();
    let back = platform.visit("t100");
    platform.provider.set_down(true);
    refused(&platform, platform.come_back("t100", &back, ""), "down");
    let later = IDENTITY_KEYS_SECONDS as i64 * 1_000;
    platform.house.world.advance_millis(later);
    platform.begin("t100").expect(503);
    platform.provider.set_down(false);
    platform
        .house
        .world
        .advance_millis(IDENTITY_KEYS_AGAIN_SECONDS as i64 * 1_000);
    platform.sign_in().expect(302);
}

#[test]
fn a_new_key_of_the_provider_is_found_and_unknown_ones_are_not_asked_for_again_and_again() {
    let platform = Platform::new();
    platform.sign_in().expect(302);
    platform
        .house
        .world
        .advance_millis(IDENTITY_KEYS_AGAIN_SECONDS as i64 * 1_000);
    platform.provider.rotate("k2", 8);
    platform.sign_in().expect(302);
    assert_eq!(platform.provider.asked("/keys"), 2);
    platform.provider.head(Some(r#"{"alg":"EdDSA","kid":"nobody"}"#));
    for _ in 0..5 {
        platform.sign_in().expect(401);
    }
    assert_eq!(platform.provider.asked("/keys"), 2);
    // The old one is none any more, whatever it is called.
    platform.provider.head(None);
    platform.provider.rotate("k2", 7);
    platform.sign_in().expect(401);
}

#[test]
fn whoever_answers_in_the_place_of_the_provider_must_be_it() {
    let platform = Platform::new();
    platform.provider.call_itself("https://evil.example");
    platform.begin("t100").expect(503);
}

// R052, R115: the tokens of one tenant's provider say nothing in another, even with the same `sub`.
#[test]
fn another_tenants_provider_lets_nobody_in_here() {
    let platform = Platform::new();
    platform.sign_in().expect(302);
    let house = &platform.house;
    let group = json!({"name": "guests"});
    let made = house
        .post(&house.admin("t200"), "/user/t200/groups", group)
        .expect(201)
        .json();
    let mapped = super::staff(&[made["id"].as_u64().expect("a number")]);
    platform.set_up("t200", json!({"onNewUser": mapped})).expect(200);
    // What was begun for one tenant is none of the other's.
    let back = platform.visit("t200");
    platform.come_back("t100", &back, "").expect(401);
    let signed_in = platform
        .come_back("t200", &platform.visit("t200"), "")
        .expect(302);
    let own = platform.read(&signed_in, "/user/currentUser").expect(200).json();
    assert!(own["self"].as_str().expect("a link").contains("currentUser"));
    let token = cookie(&signed_in, "authorization");
    assert!(!token.is_empty());
    let foreign = platform.read(&signed_in, "/user/t100/users");
    assert!([403, 404].contains(&foreign.status.as_u16()), "{}", foreign.text);
    // A group of one tenant is none in another: it could not even be said.
    let foreign = super::staff(&[platform.group("crew") + 1_000_000]);
    house
        .put(
            &house.admin("t200"),
            "/tenant/loginOptions/OAUTH2",
            json!({"onNewUser": foreign}),
        )
        .expect(422);
}

// R115: nobody learns which tenants there are, or which of them have a provider.
#[test]
fn a_tenant_without_a_provider_looks_like_none() {
    let platform = Platform::new();
    let answers = ["t200", "t999", "management", "%2e%2e"].map(|tenant| {
        let reply = platform.begin(tenant).expect(404);
        (reply.status, reply.text)
    });
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

// R052: at the host name of one tenant nobody is signed in to another.
#[test]
fn at_the_host_of_a_tenant_only_its_own_provider_is_begun() {
    let platform = Platform::new();
    let house = &platform.house;
    let at = |host: &str, tenant: &str| {
        let request = house.stranger("GET", &format!("/tenant/oauth?tenant_id={tenant}"));
        house.send(request.header(HOST, domain(house, host)), Value::Null)
    };
    let foreign = at("t200", "t100").expect(404);
    assert_eq!(foreign.text, at("t200", "t999").expect(404).text);
    at("t100", "t100").expect(302);
    at("management", "t100").expect(302);
}

// R052: a link of another site signs nobody in; a page of this one, and an address that was typed, do.
#[test]
fn another_site_sends_a_browser_to_the_sign_in_page_only() {
    let platform = Platform::new();
    let from = |site: &str| {
        let request = platform.house.stranger("GET", "/tenant/oauth?tenant_id=t100");
        let begun = platform
            .house
            .send(request.header("sec-fetch-site", site), Value::Null);
        begun.expect(302)
    };
    let refused = from("cross-site");
    assert_eq!(refused.header(LOCATION.as_str()), "https://localhost/");
    assert!(refused.headers.get(SET_COOKIE).is_none());
    for site in ["same-origin", "same-site", "none"] {
        let to = from(site).header(LOCATION.as_str()).to_owned();
        assert!(
            to.starts_with("https://id.example.org/authorize?"),
            "{site}: {to}"
        );
    }
    // The way back is from the provider's site, always.
    let back = platform.visit("t100");
    let path = format!(
        "/tenant/oauth?tenant_id=t100&state={}&code={}",
        back.state, back.code
    );
    let request = platform
        .house
        .stranger("GET", &path)
        .header("sec-fetch-site", "cross-site");
    let request = request.header(COOKIE, format!("__Host-sign-on={}", back.cookie));
    let signed_in = platform.house.send(request, Value::Null).expect(302);
    platform.read(&signed_in, "/user/currentUser").expect(200);
}

// Nobody is sent to a page of somebody else.
#[test]
fn a_browser_lands_on_this_host_only() {
    let platform = Platform::new();
    for wished in [
        "https://evil.example/",
        "//evil.example",
        "/%5Cevil.example",
        "javascript:alert(1)",
    ] {
        let path = format!("/tenant/oauth?tenant_id=t100&originUri={wished}");
        let begun = platform
            .house
            .send(platform.house.stranger("GET", &path), Value::Null)
            .expect(302);
        let query = query_of(begun.header(LOCATION.as_str()));
        let back = Back {
            state: query["state"].clone(),
            code: platform.provider.code_for(&query),
            cookie: cookie(&begun, "__Host-sign-on"),
        };
        let landed = platform.come_back("t100", &back, "").expect(302);
        assert_eq!(landed.header(LOCATION.as_str()), "https://localhost/", "{wished}");
    }
    assert_eq!(ISSUER, "https://id.example.org");
}
