//! What somebody cannot do who has stolen a session and knows no password: make the account their own.

use super::{PASSWORD, token, with_token};
use http::header::CONTENT_TYPE;
use model::limits::FRESH_SESSION_SECONDS;
use serde_json::{Value, json};
use testkit::house::{House, Reply};

const OWN: &str = "/user/currentUser";
const SELF: &str = "/user/t100/users/admin";

fn put(house: &House, token: &str, path: &str, body: Value) -> Reply {
    let request = with_token(house, token, "PUT", path).header(CONTENT_TYPE, "application/json");
    house.send(request, body)
}

/// A house, and a token of its administrator's session that was opened some time ago.
fn stolen() -> (House, String) {
    let house = House::new();
    let token = token(&house, &house.admin("t100"));
    let seconds = i64::try_from(FRESH_SESSION_SECONDS).expect("small");
    house.world.advance_millis(seconds * 1_000 + 1);
    (house, token)
}

// R012
#[test]
fn a_stolen_session_sets_no_password_of_its_owner() {
    let (house, token) = stolen();
    let admin = house.admin("t100");
    let guess = json!({"currentUserPassword": "not it", "newPassword": PASSWORD});
    for (path, body) in [
        (OWN.to_owned(), json!({"password": PASSWORD})),
        (SELF.to_owned(), json!({"password": PASSWORD, "firstName": "Eve"})),
        (format!("{OWN}/password"), json!({"newPassword": PASSWORD})),
        (format!("{OWN}/password"), guess.clone()),
        (format!("{SELF}/password"), json!({"newPassword": PASSWORD})),
        (format!("{SELF}/password"), guess),
    ] {
        let refused = put(&house, &token, &path, body).status.as_u16();
        assert_eq!(refused, 422, "{path}");
    }
    let own = house.get(&admin, OWN).expect(200).json();
    assert_ne!(own["firstName"], "Eve");
}

// R012: a token for a new password is sent to the mail address.
#[test]
fn a_stolen_session_does_not_change_where_its_owners_mail_goes() {
    let (house, stolen) = stolen();
    let admin = house.admin("t100");
    let eve = json!({"email": "eve@example.org", "lastName": "Doe"});
    for path in [OWN, SELF] {
        let (error, message) = put(&house, &stolen, path, eve.clone()).expect(403).error();
        assert_eq!(error, "security/Forbidden");
        assert!(message.contains("sign in again"), "{message}");
    }
    // Whoever shows the password, now or just before, is the owner.
    let own = json!({"email": "admin@example.org"});
    house.put(&admin, OWN, own).expect(200);
    let fresh = token(&house, &admin);
    for (path, email) in [(OWN, "one@example.org"), (SELF, "two@example.org")] {
        let changed = put(&house, &fresh, path, json!({ "email": email })).expect(200);
        assert_eq!(changed.json()["email"], email);
    }
    // Clients send back what they have read, with what they change of it.
    let same = json!({"email": "two@example.org", "lastName": "Doe", "phone": "+49301"});
    for path in [OWN, SELF] {
        put(&house, &stolen, path, same.clone()).expect(200);
    }
    for email in [json!(""), Value::Null] {
        let refused = put(&house, &stolen, OWN, json!({ "email": email }))
            .status
            .as_u16();
        assert!([403, 422].contains(&refused), "{email}: {refused}");
    }
}

#[test]
fn administrators_change_what_others_have_in_any_session() {
    let (house, token) = stolen();
    let joe = json!({"userName": "joe", "email": "joe@example.org", "password": "five Wooden bridges 2"});
    house
        .post(&house.admin("t100"), "/user/t100/users", joe)
        .expect(201);
    let changed = json!({"email": "joe@example.com", "password": PASSWORD});
    put(&house, &token, "/user/t100/users/joe", changed).expect(200);
    let joe = testkit::house::Who::new("t100", "joe", PASSWORD);
    assert_eq!(
        house.get(&joe, OWN).expect(200).json()["email"],
        "joe@example.com"
    );
}
