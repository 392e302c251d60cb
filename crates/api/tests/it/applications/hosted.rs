//! Files of applications for browsers.

use super::zips;
use super::{ALL, create, hosted, upload};
use serde_json::{Value, json};
use testkit::house::{House, Reply};

fn get(house: &House, host: &str, path: &str) -> Reply {
    house.send(house.stranger("GET", path).header("host", host), Value::Null)
}

const T100: &str = "t100.example.org";

fn scene() -> (House, String) {
    let house = House::new();
    let admin = house.admin("t100");
    let id = create(&house, &admin, hosted("pumps"));
    let archive = zips::plain(&[
        ("index.html", "<script src=main.js></script>"),
        ("main.js", "fetch('/inventory')"),
        ("img/a.svg", "<svg/>"),
        ("LICENSE", "words"),
    ]);
    upload(&house, &admin, &format!("{ALL}/{id}/binaries"), &archive, None).expect(201);
    (house, id)
}

#[test]
fn files_come_in_their_types_and_pages_inside_of_an_application_are_its_first() {
    let (house, _) = scene();
    for (path, media, text) in [
        (
            "/apps/pumps/",
            "text/html;charset=UTF-8",
            "<script src=main.js></script>",
        ),
        (
            "/apps/pumps/index.html",
            "text/html;charset=UTF-8",
            "<script src=main.js></script>",
        ),
        (
            "/apps/pumps/main.js",
            "text/javascript;charset=UTF-8",
            "fetch('/inventory')",
        ),
        ("/apps/pumps/img/a.svg", "image/svg+xml", "<svg/>"),
        ("/apps/pumps/LICENSE", "application/octet-stream", "words"),
        (
            "/apps/pumps/device/17",
            "text/html;charset=UTF-8",
            "<script src=main.js></script>",
        ),
    ] {
        let reply = get(&house, T100, path).expect(200);
        assert_eq!(
            (reply.header("content-type"), reply.text.as_str()),
            (media, text),
            "{path}"
        );
    }
    let moved = get(&house, T100, "/apps/pumps").expect(302);
    assert_eq!(moved.header("location"), "/apps/pumps/");
    let tag = get(&house, T100, "/apps/pumps/main.js").header("etag").to_owned();
    let again = house
        .stranger("GET", "/apps/pumps/main.js")
        .header("host", T100)
        .header("if-none-match", &tag);
    assert_eq!(house.send(again, Value::Null).expect(304).text, "");
}

// Decision 0008: whatever is served, its document has an origin that is nobody's.
#[test]
fn every_answer_has_the_policy_that_takes_the_origin_away() {
    let (house, _) = scene();
    for path in [
        "/apps/pumps/",
        "/apps/pumps",
        "/apps/pumps/main.js",
        "/apps/pumps/img/a.svg",
    ] {
        let reply = get(&house, T100, path);
        let policy = reply.header("content-security-policy");
        assert!(policy.starts_with("sandbox allow-scripts"), "{path}: {policy}");
        assert!(!policy.contains("allow-same-origin"), "{path}: {policy}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        assert_eq!(reply.header("access-control-allow-origin"), "*");
        assert!(!reply.headers.contains_key("access-control-allow-credentials"));
        assert!(!reply.headers.contains_key("set-cookie"));
    }
    let worker = house
        .stranger("GET", "/apps/pumps/main.js")
        .header("host", T100)
        .header("service-worker", "script");
    house.send(worker, Value::Null).expect(404);
}

#[test]
fn the_makers_of_an_application_can_only_forbid_more() {
    let (house, id) = scene();
    let admin = house.admin("t100");
    let set = |policy: &str| {
        let body = json!({"contentSecurityPolicy": policy});
        house.put(&admin, &format!("{ALL}/{id}"), body).expect(200);
        get(&house, T100, "/apps/pumps/")
            .header("content-security-policy")
            .to_owned()
    };
    // Behind the comma another policy begins: a browser obeys both.
    let both = set("sandbox allow-same-origin; default-src *");
    let (first, second) = both.split_once(", ").expect("two policies");
    assert!(!first.contains("allow-same-origin") && second.starts_with("sandbox allow-same-origin"));
    let only = set("x\r\nSet-Cookie: a=b");
    assert!(!only.contains("Set-Cookie"));
}

// R008 R115: of one tenant nothing is told to the guests of another.
#[test]
fn whatever_is_not_there_looks_the_same() {
    let (house, id) = scene();
    let nothing = get(&house, T100, "/apps/nothing/").expect(404).text;
    for (host, path) in [
        ("t200.example.org", "/apps/pumps/"),
        ("t200.example.org", "/apps/pumps/main.js"),
        ("nobody.example.org", "/apps/pumps/"),
        (T100, "/apps/pumps/absent.js"),
        (T100, "/apps/pumps@2.0/"),
        (T100, "/apps/pumps/..%2f..%2fetc/passwd.txt"),
        (T100, "/apps/%2e%2e/main.js"),
        (T100, "/apps/public/public-options/options.json"),
    ] {
        let text = get(&house, host, path).expect(404).text;
        assert_eq!(text.replace(host, ""), nothing.replace(T100, ""), "{host}{path}");
    }
    let admin = house.admin("t100");
    house
        .put(
            &house.admin("management"),
            "/tenant/tenants/t100",
            json!({"status": "SUSPENDED"}),
        )
        .expect(200);
    get(&house, T100, "/apps/pumps/").expect(404);
    house
        .put(
            &house.admin("management"),
            "/tenant/tenants/t100",
            json!({"status": "ACTIVE"}),
        )
        .expect(200);
    get(&house, T100, "/apps/pumps/").expect(200);
    house.delete(&admin, &format!("{ALL}/{id}")).expect(204);
    get(&house, T100, "/apps/pumps/").expect(404);
}

#[test]
fn a_version_is_served_by_its_name_or_tag() {
    let house = House::new();
    let admin = house.admin("t100");
    let id = create(&house, &admin, hosted("pumps"));
    for (version, tag) in [("1.0", "stable"), ("2.0", "beta")] {
        let archive = zips::plain(&[("index.html", version)]);
        let said = json!({"version": version, "tags": [tag]});
        upload(
            &house,
            &admin,
            &format!("{ALL}/{id}/versions"),
            &archive,
            Some(said),
        )
        .expect(201);
    }
    for (path, text) in [
        ("pumps", "1.0"),
        ("pumps@2.0", "2.0"),
        ("pumps@beta", "2.0"),
        ("pumps@latest", "1.0"),
    ] {
        assert_eq!(
            get(&house, T100, &format!("/apps/{path}/")).expect(200).text,
            text,
            "{path}"
        );
    }
}

// R008: the management tenant's applications are served where it has subscribed a tenant, and stop at once.
#[test]
fn an_application_of_the_management_tenant_is_served_to_who_is_subscribed() {
    let house = House::new();
    let operator = house.admin("management");
    let mut body = hosted("cockpit");
    body["availability"] = json!("MARKET");
    let id = create(&house, &operator, body);
    let archive = zips::plain(&[("index.html", "<p>cockpit")]);
    upload(&house, &operator, &format!("{ALL}/{id}/binaries"), &archive, None).expect(201);
    get(&house, T100, "/apps/cockpit/").expect(404);
    let at = "/tenant/tenants/t100/applications";
    house
        .post(&operator, at, json!({"application": {"id": id}}))
        .expect(201);
    assert_eq!(get(&house, T100, "/apps/cockpit/").expect(200).text, "<p>cockpit");
    get(&house, "t200.example.org", "/apps/cockpit/").expect(404);
    // The tenant sees it, and cannot change it.
    let admin = house.admin("t100");
    house.get(&admin, &format!("{ALL}/{id}")).expect(200);
    house
        .put(&admin, &format!("{ALL}/{id}"), json!({"name": "x"}))
        .expect(404);
    house.get(&admin, &format!("{ALL}/{id}/binaries")).expect(404);
    house
        .get(&house.admin("t200"), &format!("{ALL}/{id}"))
        .expect(404);
    house.delete(&operator, &format!("{at}/{id}")).expect(204);
    get(&house, T100, "/apps/cockpit/").expect(404);
    house.get(&admin, &format!("{ALL}/{id}")).expect(404);
}
