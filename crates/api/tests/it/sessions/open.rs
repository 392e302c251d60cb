//! The open sessions of users: what is shown of them, and who ends which.

use super::*;
use engine::sign_in::{Carried, Claim, Offered, OfferedToken};
use http::header::USER_AGENT;
use model::limits::{OPEN_SESSIONS_MAX, SESSION_USE_MINUTES};
use model::secret::Secret;

const OWN_SESSIONS: &str = "/user/currentUser/sessions";
const OF_JOE: &str = "/user/t100/users/joe/sessions";
const MINUTE_MILLIS: i64 = 60_000;

fn sessions(reply: Reply) -> Vec<Value> {
    let shown = reply.expect(200).json();
    shown["sessions"].as_array().expect("sessions").clone()
}

/// What a token sees of its own user's sessions.
fn seen(house: &House, token: &str) -> Vec<Value> {
    sessions(house.send(with_token(house, token, "GET", OWN_SESSIONS), Value::Null))
}

fn id_of(house: &House, token: &str) -> String {
    let all = seen(house, token);
    let own = all
        .iter()
        .find(|session| session["current"] == true)
        .expect("its own");
    own["id"].as_str().expect("an id").to_owned()
}

fn delete(house: &House, token: &str, path: &str) -> Reply {
    house.send(with_token(house, token, "DELETE", path), Value::Null)
}

// R061
#[test]
fn open_sessions_are_shown_with_when_how_and_from_where_and_never_with_a_token() {
    let house = House::new();
    let (joe, admin) = (house.person("t100", "joe", &OWN), house.admin("t100"));
    let first = token(&house, &joe);
    house.world.advance_millis(MINUTE_MILLIS);
    let request = house
        .stranger("POST", "/tenant/oauth")
        .header(USER_AGENT, "Mozilla/5.0 (X11)");
    let browser = Browser::of(
        &house
            .send_text(request.header(CONTENT_TYPE, FORM), form_of(&joe))
            .expect(200),
    );
    let reply = house.send(browser.request(&house, "GET", OWN_SESSIONS), Value::Null);
    let shown = reply.expect(200);
    assert!(!shown.text.contains(&first) && !shown.text.contains(&browser.token));
    let shown = shown.json();
    assert_eq!(shown["lastSignIn"]["way"], "PASSWORD");
    let [latest, before] = shown["sessions"].as_array().expect("sessions").as_slice() else {
        panic!("two: {shown}");
    };
    assert_eq!(
        (&latest["current"], &before["current"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(latest["creationTime"], shown["lastSignIn"]["time"]);
    assert_eq!(
        (&latest["way"], &latest["address"]),
        (&json!("PASSWORD"), &latest["lastAddress"])
    );
    assert_eq!(latest["userAgent"], "Mozilla/5.0 (X11)");
    assert!(before.get("userAgent").is_none());
    assert_eq!(sessions(house.get(&admin, OF_JOE)).len(), 2);
    assert!(
        sessions(house.get(&admin, OF_JOE))
            .iter()
            .all(|one| one["current"] == false)
    );
    // A password with a request is a sign-in, and no session.
    house.world.advance_millis(6 * MINUTE_MILLIS);
    house.wait(house.door.close_windows(true)).expect("closed");
    house.get(&joe, "/user/currentUser").expect(200);
    let of_joe = house.get(&admin, OF_JOE).expect(200).json();
    assert_eq!(of_joe["lastSignIn"]["way"], "BASIC");
    assert_eq!(of_joe["sessions"].as_array().map(Vec::len), Some(2));
}

#[test]
fn what_a_client_calls_itself_is_kept_cut_to_what_can_be_printed() {
    let house = House::new();
    let joe = house.person("t100", "joe", &OWN);
    let request = house
        .stranger("POST", "/tenant/oauth/token")
        .header(USER_AGENT, "x".repeat(5_000));
    let opened = house
        .send_text(request.header(CONTENT_TYPE, FORM), form_of(&joe))
        .expect(200)
        .json();
    let all = seen(&house, opened["access_token"].as_str().expect("a token"));
    assert_eq!(all[0]["userAgent"].as_str().map(str::len), Some(160));
}

// R061: from the next request on, and for whoever stays.
#[test]
fn an_ended_session_opens_nothing_and_the_others_stay() {
    let house = House::new();
    let (joe, jim) = (
        house.person("t100", "joe", &OWN),
        house.person("t100", "jim", &OWN),
    );
    let (first, second, third) = (token(&house, &joe), token(&house, &joe), token(&house, &joe));
    let of_jim = token(&house, &jim);
    let offered = OfferedToken {
        token: Secret::new(second.as_str()),
        carried: Carried::Header,
    };
    let staying = house.wait(house.door.sign_in(Claim {
        credential: Offered::Token(offered),
        host: None,
        address: [192, 0, 2, 1].into(),
        application: None,
    }));
    let staying = staying.unwrap_or_else(|_| panic!("signed in"));
    let ended = format!("{OWN_SESSIONS}/{}", id_of(&house, &second));
    delete(&house, &of_jim, &ended).expect(404);
    let stays = || {
        house
            .wait(house.door.still_signed_in(vec![staying.clone()]))
            .expect("looked")
    };
    assert_eq!(stays(), [true]);
    delete(&house, &first, &ended).expect(204);
    assert_eq!(stays(), [false]);
    assert_eq!(
        (own(&house, &first), own(&house, &second), own(&house, &third)),
        (200, 401, 200)
    );
    delete(&house, &first, &ended).expect(404);
    for none in ["x", "", &"0".repeat(32), &"F".repeat(32)] {
        delete(&house, &first, &format!("{OWN_SESSIONS}/{none}x")).expect(404);
    }
    delete(&house, &first, OWN_SESSIONS).expect(204);
    assert_eq!((own(&house, &first), own(&house, &third)), (200, 401));
    // One's own too, and with a password all of them.
    delete(
        &house,
        &first,
        &format!("{OWN_SESSIONS}/{}", id_of(&house, &first)),
    )
    .expect(204);
    assert_eq!(own(&house, &first), 401);
    let last = token(&house, &joe);
    house.delete(&joe, OWN_SESSIONS).expect(204);
    assert_eq!((own(&house, &last), own(&house, &of_jim)), (401, 200));
}

// R010, R019: within the reach of user management, and no further.
#[test]
fn who_manages_a_user_ends_its_sessions_and_nobody_else_does() {
    let house = House::new();
    let joe = house.person("t100", "joe", &OWN);
    let (admin, foreign) = (house.admin("t100"), house.admin("t200"));
    let reader = house.person("t100", "reader", &[Role::UserManagementRead]);
    let writer = house.person("t100", "writer", &[Role::UserManagementAdmin]);
    let creator = house.person("t100", "creator", &[Role::UserManagementCreate]);
    let (first, second) = (token(&house, &joe), token(&house, &joe));
    let one = format!("{OF_JOE}/{}", id_of(&house, &first));
    for (who, status) in [
        (&reader, 403),
        (&writer, 403),
        (&creator, 404),
        (&foreign, 404),
        (&joe, 403),
    ] {
        house.get(who, OF_JOE).expect(status);
    }
    for (who, status) in [(&reader, 403), (&creator, 404), (&foreign, 404), (&joe, 403)] {
        house.delete(who, OF_JOE).expect(status);
        house.delete(who, &one).expect(status);
    }
    // A user of another tenant is nobody here, by whatever path.
    house
        .delete(&foreign, "/user/t200/users/joe/sessions")
        .expect(404);
    house.delete(&foreign, &one.replace("t100", "t200")).expect(404);
    assert_eq!((own(&house, &first), own(&house, &second)), (200, 200));
    let of_admin = token(&house, &admin);
    let name = &admin.name;
    house
        .delete(&reader, &format!("/user/t100/users/{name}/sessions"))
        .expect(403);
    house
        .delete(&writer, &format!("/user/t100/users/{name}/sessions"))
        .expect(403);
    assert_eq!(own(&house, &of_admin), 200, "who holds more");
    house.delete(&admin, &one).expect(204);
    assert_eq!((own(&house, &first), own(&house, &second)), (401, 200));
    house.delete(&admin, &one).expect(404);
    house.delete(&admin, OF_JOE).expect(204);
    assert_eq!(own(&house, &second), 401);
    assert_eq!(sessions(house.get(&admin, OF_JOE)), Vec::<Value>::new());
    // The user was not disabled for it.
    house.get(&joe, "/user/currentUser").expect(200);
    assert_eq!(own(&house, &token(&house, &joe)), 200);
    house
        .delete(&creator, "/user/t100/users/nobody/sessions")
        .expect(404);
}

// R010, R019: where somebody signs in from is not for those who hold less.
#[test]
fn sessions_of_who_holds_more_are_not_shown() {
    let house = House::new();
    let admin = house.admin("t100");
    let manages = [Role::UserManagementAdmin, Role::UserManagementRead];
    let manager = house.person("t100", "manager", &manages);
    let equal = house.person("t100", "equal", &manages);
    let of = |who: &Who| format!("/user/t100/users/{}/sessions", who.name);
    token(&house, &admin);
    token(&house, &equal);
    assert_eq!(sessions(house.get(&manager, &of(&equal))).len(), 1);
    assert_eq!(sessions(house.get(&manager, &of(&manager))).len(), 0);
    house.get(&manager, &of(&admin)).expect(403);
    assert_eq!(sessions(house.get(&admin, &of(&manager))).len(), 0);
    assert_eq!(sessions(house.get(&admin, &of(&admin))).len(), 1);
}

#[test]
fn with_more_sessions_than_may_be_the_one_ends_that_was_not_used_for_the_longest_time() {
    let house = House::new();
    let joe = house.person("t100", "joe", &OWN);
    let (unused, used) = (token(&house, &joe), token(&house, &joe));
    house
        .world
        .advance_millis((SESSION_USE_MINUTES + 1) * MINUTE_MILLIS);
    assert_eq!(own(&house, &used), 200);
    let is_noted = || {
        let all = sessions(house.get(&joe, OWN_SESSIONS));
        all.iter().any(|one| one["lastUsed"] != one["creationTime"])
    };
    until_noted(&house, is_noted);
    for _ in 2..OPEN_SESSIONS_MAX {
        // So many calls with a password are let in only over some time.
        house.world.advance_millis(10_000);
        token(&house, &joe);
    }
    assert_eq!(seen(&house, &used).len(), OPEN_SESSIONS_MAX);
    house.world.advance_millis(10_000);
    let last = token(&house, &joe);
    assert_eq!(seen(&house, &used).len(), OPEN_SESSIONS_MAX);
    assert_eq!(
        (own(&house, &unused), own(&house, &used), own(&house, &last)),
        (401, 200, 200)
    );
    // R096
    let log = house.get(&house.admin("t100"), "/audit/auditRecords?pageSize=2000");
    let log = log.expect(200).json();
    let ended = log["auditRecords"].as_array().expect("records").iter();
    let ended: Vec<_> = ended
        .filter(|record| record["activity"] == "Session ended")
        .collect();
    assert_eq!(ended.len(), 1, "{ended:?}");
    assert_eq!(
        (&ended[0]["user"], &ended[0]["source"]["name"]),
        (&json!("joe"), &Value::Null)
    );
    let text = ended[0]["text"].as_str().expect("a text");
    assert!(text.contains("so that there are not too many"), "{text}");
}

/// Waits until the use of a session is noted, for which no request waits.
fn until_noted(house: &House, is_noted: impl Fn() -> bool) {
    let a_while = || async {
        for _ in 0..5_000 {
            tokio::task::yield_now().await;
        }
    };
    let is_soon = (0..100).any(|_| {
        house.wait(a_while());
        is_noted()
    });
    assert!(is_soon, "it is noted");
}

#[test]
fn that_a_session_is_used_is_noted_now_and_then_and_it_ends_by_itself() {
    let house = House::new();
    let joe = house.person("t100", "joe", &OWN);
    let open = token(&house, &joe);
    let used = |house: &House| {
        let all = sessions(house.get(&joe, OWN_SESSIONS));
        all[0]["lastUsed"].as_str().expect("a time").to_owned()
    };
    let first = used(&house);
    house
        .world
        .advance_millis(SESSION_USE_MINUTES * MINUTE_MILLIS - 1_000);
    own(&house, &open);
    assert_eq!(used(&house), first);
    house.world.advance_millis(1_000);
    own(&house, &open);
    until_noted(&house, || used(&house) != first);
    house.world.advance_millis(i64::from(SESSION_SECONDS) * 1_000);
    assert_eq!(sessions(house.get(&joe, OWN_SESSIONS)), Vec::<Value>::new());
    // What was known of it is forgotten.
    house.wait(house.door.forget_old_sessions()).expect("forgotten");
}

#[test]
fn what_ends_all_sessions_of_a_user_or_the_tenant_empties_the_list() {
    let house = House::new();
    let (joe, admin) = (house.person("t100", "joe", &OWN), house.admin("t100"));
    token(&house, &joe);
    house
        .put(&admin, "/user/t100/users/joe", json!({"enabled": false}))
        .expect(200);
    assert_eq!(sessions(house.get(&admin, OF_JOE)), Vec::<Value>::new());
    house
        .put(&admin, "/user/t100/users/joe", json!({"enabled": true}))
        .expect(200);
    token(&house, &joe);
    assert_eq!(sessions(house.get(&admin, OF_JOE)).len(), 1);
    house
        .post(&admin, "/user/logout/t100/allUsers", Value::Null)
        .expect(200);
    assert_eq!(sessions(house.get(&admin, OF_JOE)), Vec::<Value>::new());
}

// R096
#[test]
fn every_end_of_a_session_is_in_the_audit_log() {
    let house = House::new();
    let (joe, admin) = (house.person("t100", "joe", &OWN), house.admin("t100"));
    let (first, _second) = (token(&house, &joe), token(&house, &joe));
    delete(&house, &first, OWN_SESSIONS).expect(204);
    house
        .delete(&admin, &format!("{OF_JOE}/{}", id_of(&house, &first)))
        .expect(204);
    house.delete(&admin, OF_JOE).expect(204);
    let log = house.get(&admin, "/audit/auditRecords?pageSize=2000").expect(200);
    for activity in ["Other sessions ended", "Session ended", "Sessions of user ended"] {
        let is_it = |record: &&Value| record["activity"] == activity;
        let log = log.json();
        let found = log["auditRecords"]
            .as_array()
            .expect("records")
            .iter()
            .filter(is_it)
            .count();
        assert_eq!(found, 1, "{activity}");
    }
    assert!(!log.text.contains(&first));
}
