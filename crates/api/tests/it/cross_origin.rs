//! Web pages of other origins: what a tenant lets them read, and that nothing else comes of it.

use serde_json::{Value, json};
use std::borrow::Borrow;
use testkit::house::{House, Reply, Who};

const T100: &str = "t100.example.org";
const OBJECTS: &str = "/inventory/managedObjects";
const ALLOWED: &str = "access-control-allow-origin";
const CREDENTIALS: &str = "access-control-allow-credentials";

fn allow(house: &House, tenant: &str, list: &str) -> Reply {
    let option = json!({"category": "access.control", "key": "allow.origin", "value": list});
    house.post(&house.admin(tenant), "/tenant/options", option)
}

fn from(house: &House, who: &Who, origin: &str) -> Reply {
    let request = house.request(who, "GET", OBJECTS).header("host", T100);
    house.send(request.header("origin", origin), Value::Null)
}

fn before(house: &House, host: &str, path: &str, origin: &str) -> Reply {
    let request = house.stranger("OPTIONS", path).header("host", host);
    let request = request
        .header("origin", origin)
        .header("access-control-request-method", "DELETE");
    house.send(request, Value::Null)
}

fn shared(reply: impl Borrow<Reply>) -> (Option<String>, bool) {
    let reply = reply.borrow();
    let header = |name: &str| {
        let value = reply.headers.get(name)?.to_str().ok();
        value.map(str::to_owned)
    };
    if let Some(credentials) = header(CREDENTIALS) {
        assert_eq!(credentials, "true");
    }
    (header(ALLOWED), reply.headers.contains_key(CREDENTIALS))
}

fn nobody() -> (Option<String>, bool) {
    (None, false)
}

#[test]
fn without_the_option_pages_of_other_origins_read_nothing() {
    let house = House::new();
    let admin = house.admin("t100");
    for origin in ["https://board.example.org", "null", "https://t200.example.org"] {
        assert_eq!(shared(from(&house, &admin, origin).expect(200)), nobody());
        assert_eq!(
            shared(before(&house, T100, OBJECTS, origin).expect(204)),
            nobody()
        );
    }
    // The platform's own pages need no leave.
    let own = from(&house, &admin, "https://t100.example.org")
        .expect(200)
        .headers
        .contains_key("vary");
    assert!(!own);
}

// Decision 0008: an application comes from nobody's origin, and calls with a credential of its own.
#[test]
fn with_a_star_everybody_reads_and_nobody_with_the_credentials_of_the_browser() {
    let house = House::new();
    let admin = house.admin("t100");
    for list in ["*", "https://board.example.org,*"] {
        allow(&house, "t100", list).expect(200);
        for origin in ["null", "https://board.example.org", "https://evil.example"] {
            let star = (Some("*".to_owned()), false);
            assert_eq!(shared(from(&house, &admin, origin).expect(200)), star, "{origin}");
            let asked = before(&house, T100, OBJECTS, origin).expect(204);
            assert_eq!(shared(&asked), star, "{origin}");
            assert!(
                asked
                    .header("access-control-allow-headers")
                    .contains("authorization")
            );
        }
    }
}

#[test]
fn only_an_origin_that_is_listed_as_it_is_may_use_the_credentials_of_the_browser() {
    let house = House::new();
    let admin = house.admin("t100");
    allow(
        &house,
        "t100",
        "https://board.example.org, https://*.example.com,http://dev.example.org",
    )
    .expect(200);
    let echoed = |origin: &str, credentials| (Some(origin.to_owned()), credentials);
    for (origin, expected) in [
        (
            "https://board.example.org",
            echoed("https://board.example.org", true),
        ),
        ("https://a.example.com", echoed("https://a.example.com", false)),
        ("http://dev.example.org", echoed("http://dev.example.org", false)),
        ("null", nobody()),
        ("https://example.com", nobody()),
        ("https://board.example.org.evil.example", nobody()),
        ("https://evil.example/https://board.example.org", nobody()),
        ("https://BOARD.example.org", nobody()),
        ("http://board.example.org", nobody()),
    ] {
        let reply = from(&house, &admin, origin).expect(200);
        assert_eq!(shared(&reply), expected, "{origin}");
        assert_eq!(reply.header("vary"), "origin");
        assert_eq!(
            shared(before(&house, T100, OBJECTS, origin).expect(204)),
            expected,
            "{origin}"
        );
    }
    let twice = house.request(&admin, "GET", OBJECTS).header("host", T100);
    let twice = twice
        .header("origin", "https://board.example.org")
        .header("origin", "https://evil.example");
    assert_eq!(shared(house.send(twice, Value::Null).expect(200)), nobody());
}

// The question before a request says nothing about tenants, paths, objects or callers, and does nothing.
#[test]
fn the_question_before_a_request_is_answered_alike_for_everything() {
    let house = House::new();
    let admin = house.admin("t100");
    allow(&house, "t100", "https://board.example.org").expect(200);
    let id = house.post(&admin, OBJECTS, json!({})).expect(201).json()["id"].clone();
    let there = format!("{OBJECTS}/{}", id.as_str().expect("an id"));
    let plain = |reply: &Reply| (reply.status, reply.text.clone(), reply.headers.clone());
    let board = "https://board.example.org";
    let first = plain(&before(&house, T100, &there, board));
    for path in [
        "/inventory/managedObjects/999999",
        "/nothing/here",
        "/tenant/tenants/t200",
    ] {
        assert_eq!(plain(&before(&house, T100, path, board)), first, "{path}");
    }
    house.get(&admin, &there).expect(200);
    // Of another tenant's host, and of none, it is the same as where nothing is allowed.
    let closed = plain(&before(&house, "t200.example.org", &there, board));
    assert_eq!(
        plain(&before(&house, "nobody.example.org", &there, board)),
        closed
    );
    assert!(!closed.2.contains_key(ALLOWED));
    // Any other OPTIONS is a request like others.
    house
        .send(
            house.stranger("OPTIONS", &there).header("host", T100),
            Value::Null,
        )
        .expect(401);
}

// A tenant speaks for its own people only.
#[test]
fn what_one_tenant_allows_opens_nothing_of_another_tenants_people() {
    let house = House::new();
    allow(&house, "t100", "https://board.example.org").expect(200);
    let own = from(&house, &house.admin("t100"), "https://board.example.org");
    assert!(shared(own.expect(200)).1);
    let other = from(&house, &house.admin("t200"), "https://board.example.org");
    assert_eq!(shared(other.expect(200)), nobody());
    // Whoever is refused may know that.
    let stranger = house.stranger("GET", OBJECTS).header("host", T100);
    let stranger = house.send(
        stranger.header("origin", "https://board.example.org"),
        Value::Null,
    );
    assert!(shared(stranger.expect(401)).0.is_some());
    // It is withdrawn at once.
    let option = "/tenant/options/access.control/allow.origin";
    house.delete(&house.admin("t100"), option).expect(204);
    let own = from(&house, &house.admin("t100"), "https://board.example.org");
    assert_eq!(shared(own.expect(200)), nobody());
}

#[test]
fn what_is_no_list_of_origins_is_not_stored() {
    let house = House::new();
    let admin = house.admin("t100");
    for list in [
        "null",
        "https://*",
        "https://*.org",
        "board.example.org",
        "https://a.org/",
        "",
        "*,null",
    ] {
        let refused = allow(&house, "t100", list).expect(422);
        assert!(
            refused.text.contains("Nothing was set"),
            "{list} {}",
            refused.text
        );
    }
    let category = json!({"allow.origin": "https://*"});
    house
        .put(&admin, "/tenant/options/access.control", category)
        .expect(422);
    house
        .get(&admin, "/tenant/options/access.control/allow.origin")
        .expect(404);
}
