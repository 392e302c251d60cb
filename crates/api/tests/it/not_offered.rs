//! Endpoints of the REST API that are not offered: whoever is signed in reads why.

use contract::refused;
use serde_json::Value;
use testkit::house::House;

#[test]
fn every_endpoint_that_is_not_offered_says_so_with_its_reason() {
    let house = House::new();
    let admin = house.admin("t100");
    for refused in refused::all() {
        let mut path = String::new();
        let mut parts = refused.path.split(['{', '}']);
        while let Some(text) = parts.next() {
            path.push_str(text);
            path.push_str(parts.next().map_or("", |_| "17"));
        }
        for method in refused
            .method
            .map_or(vec!["GET", "POST", "PUT", "DELETE"], |one| vec![one])
        {
            let reply = house.call(&admin, method, &path, Value::Null);
            let status = reply.status.as_u16();
            assert!([404, 405].contains(&status), "{method} {path}: {status}");
            let said = reply.json();
            let message = said["message"].as_str().expect("a message");
            assert!(message.ends_with(refused.reason), "{method} {path}: {message}");
            assert!(message.contains("is not offered here"), "{message}");
            assert!(said["error"].is_string(), "{said}");
            assert_eq!(
                status == 405,
                reply.headers.contains_key("allow"),
                "{method} {path}"
            );
            // Strangers are told nothing of paths.
            let stranger = house.send(house.stranger(method, &path), Value::Null);
            assert!(!stranger.expect(401).text.contains("offered"));
        }
    }
}

#[test]
fn what_lies_beside_it_is_there() {
    let house = House::new();
    let admin = house.admin("t100");
    let own = "/tenant/tenants/t100/applications";
    house.get(&admin, own).expect(200);
    house.get(&admin, &format!("{own}/restricted-roles")).expect(200);
    let missing = house.get(&admin, "/application/applications/17/binaries/18");
    assert!(!missing.expect(404).text.contains("not offered"));
    let deep = house
        .get(&admin, "/service/svc/a/b/c?x=1")
        .expect(404)
        .text
        .contains("not offered");
    assert!(deep);
}
