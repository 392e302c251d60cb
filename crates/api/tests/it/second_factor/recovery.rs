//! Recovery codes: what they open, how often, and what it takes to get new ones.

use super::*;
use model::limits::RECOVERY_CODES;

const CODES: &str = "/user/currentUser/totpSecret/recoveryCodes";

fn made(reply: Reply) -> Vec<String> {
    let shown = reply.expect(200).json();
    let codes = shown["codes"].as_array().expect("codes").iter();
    codes
        .map(|code| code.as_str().expect("text").to_owned())
        .collect()
}

fn make(house: &House, token: &str, body: Value) -> Reply {
    with_token(house, token, "POST", CODES, body)
}

fn left(house: &House, token: &str) -> u64 {
    let shown = with_token(house, token, "GET", CODES, Value::Null)
        .expect(200)
        .json();
    shown["left"].as_u64().expect("a count")
}

/// Somebody with a second factor and recovery codes, and the session that made them.
fn with_codes(house: &House, who: &Who) -> (Authenticator, String, Vec<String>) {
    let authenticator = set_up(house, who);
    let session = token(house, who, &authenticator.code(house));
    let codes = made(make(house, &session, json!({})));
    house.world.advance_millis(STEP_MILLIS);
    (authenticator, session, codes)
}

#[test]
fn a_recovery_code_opens_one_session_in_place_of_a_code() {
    // R056
    let house = House::new();
    let joe = house.person("t100", "joe", &OWN);
    let (authenticator, session, codes) = with_codes(&house, &joe);
    assert_eq!((codes.len(), left(&house, &session)), (RECOVERY_CODES, 10));
    open(&house, &joe, "/tenant/oauth", &codes[0]).expect(200);
    assert_asks(open(&house, &joe, "/tenant/oauth", &codes[0]), NOT_VALID);
    // However it is typed.
    let typed = codes[1].to_uppercase().replace('-', " ");
    let opened = token(&house, &joe, &typed);
    assert_eq!(left(&house, &opened), 8);
    let sessions = with_token(&house, &opened, "GET", "/user/currentUser/sessions", Value::Null)
        .expect(200)
        .json();
    assert_eq!(sessions["sessions"][0]["way"], "PASSWORD_AND_RECOVERY_CODE");
    with_token(&house, &opened, "GET", "/inventory/managedObjects", Value::Null).expect(200);
    // It opens a session and does nothing else, and the authenticator goes on.
    with_token(&house, &opened, "POST", VERIFY, json!({"code": codes[2]})).expect(422);
    open(&house, &joe, "/tenant/oauth", &authenticator.code(&house)).expect(200);
    let jim = house.person("t100", "jim", &OWN);
    set_up(&house, &jim);
    assert_asks(open(&house, &jim, "/tenant/oauth", &codes[3]), NOT_VALID);
    let wrong_password = Who::new("t100", "joe", "four Wooden bridges 9");
    open(&house, &wrong_password, "/tenant/oauth", &codes[3]).expect(401);
    house.world.advance_millis(60_000);
    open(&house, &joe, "/tenant/oauth", &codes[3]).expect(200);
    let log = house
        .get(&house.admin("t100"), "/audit/auditRecords?pageSize=2000")
        .expect(200);
    assert!(log.text.contains("Recovery codes made: 10"));
    assert!(log.text.contains("left: 9") && log.text.contains("left: 7"));
    assert!(codes.iter().all(|code| !log.text.contains(code.as_str())));
}

#[test]
fn a_code_is_kept_when_the_session_is_not_opened() {
    // R056
    let house = House::new();
    let joe = house.person("t100", "joe", &OWN);
    let (authenticator, session, mut codes) = with_codes(&house, &joe);
    let refused = (0..40).any(|_| {
        let reply = make(&house, &session, json!({}));
        let is_refused = reply.status == 429;
        if !is_refused {
            codes = made(reply);
        }
        is_refused
    });
    assert!(refused, "more than may be in a minute");
    let code = authenticator.code(&house);
    for shown in [&codes[0], &code] {
        open(&house, &joe, "/tenant/oauth", shown).expect(429);
    }
    assert_eq!(left(&house, &session), 10);
    // Whoever it was had the right password.
    let log = house.get(&house.admin("t100"), "/audit/auditRecords?user=joe&pageSize=2000");
    let log = log.expect(200).json();
    let told = |record: &&Value| {
        record["text"] == "The password was right; the code of a second factor was not looked at"
    };
    assert_eq!(
        log["auditRecords"]
            .as_array()
            .expect("records")
            .iter()
            .filter(told)
            .count(),
        1
    );
    house.world.advance_millis(10_000);
    open(&house, &joe, "/tenant/oauth", &code).expect(200);
    open(&house, &joe, "/tenant/oauth", &codes[0]).expect(200);
    assert_eq!(left(&house, &session), 9);
}

#[test]
fn who_has_the_password_alone_uses_up_nothing_of_what_its_owner_may_do() {
    // R056
    let house = House::new();
    let joe = house.person("t100", "joe", &OWN);
    let (authenticator, session, codes) = with_codes(&house, &joe);
    let refused = (0..40).any(|_| house.post(&joe, CODES, json!({})).status == 429);
    assert!(refused, "more than may be in a minute");
    open(&house, &joe, "/tenant/oauth", &authenticator.code(&house)).expect(200);
    open(&house, &joe, "/tenant/oauth", &codes[0]).expect(200);
    made(make(&house, &session, json!({})));
}

#[test]
fn a_new_authenticator_does_not_take_the_place_of_the_old_one_by_signing_in() {
    // R056
    let house = House::new();
    let joe = house.person("t100", "joe", &OWN);
    let (authenticator, session, _) = with_codes(&house, &joe);
    let begun = with_token(&house, &session, "POST", SECRET, Value::Null)
        .expect(200)
        .json();
    let new = Authenticator::of(&begun);
    assert_asks(open(&house, &joe, "/tenant/oauth", &new.code(&house)), NOT_VALID);
    open(&house, &joe, "/tenant/oauth", &authenticator.code(&house)).expect(200);
    assert_eq!(left(&house, &session), 10);
    house.world.advance_millis(STEP_MILLIS);
    with_token(
        &house,
        &session,
        "POST",
        VERIFY,
        json!({"code": new.code(&house)}),
    )
    .expect(204);
    assert_asks(
        open(&house, &joe, "/tenant/oauth", &authenticator.code(&house)),
        NOT_VALID,
    );
}

#[test]
fn who_shows_a_code_is_recorded_as_signed_in_when_it_was_right() {
    // R096
    let house = House::new();
    let joe = house.person("t100", "joe", &OWN);
    let (authenticator, _, codes) = with_codes(&house, &joe);
    house.wait(house.door.close_windows(true)).expect("closed");
    let told = |activity: &str| {
        let log = house.get(&house.admin("t100"), "/audit/auditRecords?pageSize=2000");
        let log = log.expect(200).json();
        let records = log["auditRecords"].as_array().expect("records").iter();
        let is_it = |record: &&Value| {
            record["user"] == "joe"
                && record["activity"] == activity
                && record["text"] != "Signed in with Basic, to see to the second factor only"
        };
        records.filter(is_it).count()
    };
    let before = ["User login", "Session opened"].map(told);
    let wrong = authenticator.wrong_code(&house);
    assert_asks(open(&house, &joe, "/tenant/oauth", &wrong), NOT_VALID);
    assert_eq!(["User login", "Session opened"].map(told), before);
    assert_eq!(told("Second factor refused"), 1);
    open(&house, &joe, "/tenant/oauth", &codes[0]).expect(200);
    assert_eq!(
        ["User login", "Session opened"].map(told),
        before.map(|count| count + 1)
    );
    assert_eq!(told("Recovery code used"), 1);
}

#[test]
fn of_two_sign_ins_with_one_recovery_code_at_the_same_time_one_is_let_in() {
    // R056
    let house = House::new();
    let joe = house.person("t100", "joe", &OWN);
    let (_, session, codes) = with_codes(&house, &joe);
    let statuses: Vec<_> = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| open(&house, &joe, "/tenant/oauth", &codes[0]).status.as_u16()))
            .collect();
        tries
            .into_iter()
            .map(|one| one.join().expect("answered"))
            .collect()
    });
    let let_in = statuses.iter().filter(|status| **status == 200).count();
    assert_eq!(let_in, 1, "{statuses:?}");
    assert_eq!(left(&house, &session), 9);
}

#[test]
fn new_recovery_codes_need_the_authenticator_and_void_the_old_ones() {
    // R056
    let house = House::new();
    let joe = house.person("t100", "joe", &OWN);
    house.post(&joe, CODES, json!({})).expect(409);
    let (authenticator, session, codes) = with_codes(&house, &joe);
    // Who has found one code makes no more of them.
    let found = token(&house, &joe, &codes[0]);
    make(&house, &found, json!({})).expect(403);
    house
        .world
        .advance_millis(i64::try_from(FRESH_SESSION_SECONDS).expect("small") * 1_000);
    make(&house, &session, json!({})).expect(403);
    make(
        &house,
        &session,
        json!({"code": authenticator.wrong_code(&house)}),
    )
    .expect(403);
    make(&house, &session, json!({"code": codes[1]})).expect(422);
    make(&house, &session, json!({"code": 123_456})).expect(422);
    assert_eq!(left(&house, &session), 9);
    house.world.advance_millis(60_000);
    let code = authenticator.code(&house);
    let new = made(make(&house, &session, json!({"code": code})));
    make(&house, &session, json!({"code": code})).expect(403);
    assert_asks(open(&house, &joe, "/tenant/oauth", &codes[1]), NOT_VALID);
    house.world.advance_millis(60_000);
    open(&house, &joe, "/tenant/oauth", &new[0]).expect(200);
}

#[test]
fn neither_a_recovery_code_nor_a_new_password_stands_for_the_authenticator() {
    // R056
    let house = House::new();
    let joe = house.person("t100", "joe", &OWN);
    let (authenticator, _, codes) = with_codes(&house, &joe);
    // Who knows the password and has found a code gets in, and no further.
    let opened = open(&house, &joe, "/tenant/oauth", &codes[0]).expect(200);
    let thief = cookies(&opened);
    as_page(&house, &thief, "POST", SECRET, Value::Null).expect(403);
    let new = json!({"currentUserPassword": joe.password, "newPassword": "five Wooden bridges 2"});
    let renewed = as_page(&house, &thief, "PUT", "/user/currentUser/password", new).expect(200);
    let thief = cookies(&renewed);
    as_page(&house, &thief, "POST", CODES, json!({})).expect(403);
    as_page(&house, &thief, "POST", SECRET, Value::Null).expect(403);
    let own = as_page(&house, &thief, "GET", "/user/currentUser/sessions", Value::Null).expect(200);
    assert_eq!(own.json()["sessions"][0]["way"], "PASSWORD_AND_RECOVERY_CODE");
    // With a code of the authenticator shown in it, the same session goes on as one of its owner.
    let code = json!({"code": authenticator.code(&house)});
    let shown = as_page(&house, &thief, "POST", VERIFY, code).expect(204);
    as_page(&house, &cookies(&shown), "POST", CODES, json!({})).expect(200);
}

#[test]
fn recovery_codes_go_with_the_authenticator_that_they_were_made_for() {
    // R056
    let house = House::new();
    let joe = house.person("t100", "joe", &OWN);
    let (_, session, codes) = with_codes(&house, &joe);
    let made = with_token(&house, &session, "POST", SECRET, Value::Null)
        .expect(200)
        .json();
    assert_eq!(left(&house, &session), 10);
    let new = Authenticator::of(&made);
    with_token(
        &house,
        &session,
        "POST",
        VERIFY,
        json!({"code": new.code(&house)}),
    )
    .expect(204);
    assert_eq!(left(&house, &session), 0);
    assert_asks(open(&house, &joe, "/tenant/oauth", &codes[0]), NOT_VALID);
}

#[test]
fn recovery_codes_go_with_the_factor() {
    // R056
    let house = House::new();
    let (joe, admin) = (house.person("t100", "joe", &OWN), house.admin("t100"));
    let (_, _, codes) = with_codes(&house, &joe);
    house
        .delete(&admin, "/user/t100/users/joe/totpSecret/revoke")
        .expect(204);
    assert_eq!(house.get(&joe, CODES).expect(200).json(), json!({"left": 0}));
    set_up(&house, &joe);
    assert_asks(open(&house, &joe, "/tenant/oauth", &codes[0]), NOT_VALID);
}

#[test]
fn guessing_recovery_codes_is_guessing_codes() {
    // R056
    let house = House::new();
    let joe = house.person("t100", "joe", &OWN);
    let (authenticator, ..) = with_codes(&house, &joe);
    let mut guesses = 0;
    for _ in 0..40 {
        let status = open(&house, &joe, "/tenant/oauth", "aaaa-aaaa-aaaa-aaaa").status;
        guesses += usize::from(status == 401);
        house.world.advance_millis(1_500);
    }
    assert!(guesses <= 6, "{guesses} guesses in a minute");
    open(&house, &joe, "/tenant/oauth", &authenticator.code(&house)).expect(429);
}
