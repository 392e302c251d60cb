//! What is refused by its head alone, before anything of a body is looked at.

use http::header::{AUTHORIZATION, CONTENT_ENCODING};
use serde_json::json;
use testkit::house::House;

// R049: a proxy and the program must never take different callers from one request.
#[test]
fn two_credentials_are_none() {
    let house = House::new();
    let (admin, stranger) = (house.admin("t100"), house.admin("t200"));
    for second in [
        admin.authorization(),
        stranger.authorization(),
        "Basic eDp5".to_owned(),
    ] {
        let request = house
            .request(&admin, "GET", "/platform")
            .header(AUTHORIZATION, second);
        house.send(request, json!(null)).expect(401);
    }
    house.get(&admin, "/platform").expect(200);
}

#[test]
fn an_encoded_body_is_refused_and_not_taken_for_plain() {
    let house = House::new();
    let request = house
        .request(&house.admin("t100"), "POST", "/inventory/managedObjects")
        .header(CONTENT_ENCODING, "gzip");
    house.send(request, json!({"name": "x"})).expect(415);
    let list = house
        .get(
            &house.admin("t100"),
            "/inventory/managedObjects?withTotalElements=true",
        )
        .expect(200);
    assert_eq!(list.json()["statistics"]["totalElements"], 0);
}
