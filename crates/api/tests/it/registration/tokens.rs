//! Security tokens: what the device sends, whoever accepts it must know.

use super::{accept, ask, at, bootstrap, device, recorded, request, set_policy, status};
use crate::registration::REQUESTS;
use model::limits::{DEVICE_AGAIN_MAX, DEVICE_AGAIN_SECONDS, DEVICE_TOKENS_WRONG_MAX};
use serde_json::json;
use testkit::house::House;

// R078
#[test]
fn what_is_asked_for_depends_on_the_policy_of_the_tenant() {
    let cases = [
        ("IGNORED", None, None, 200),
        ("IGNORED", Some("t"), None, 200),
        ("IGNORED", Some("t"), Some("x"), 200),
        ("OPTIONAL", None, None, 200),
        ("OPTIONAL", None, Some("x"), 200),
        ("OPTIONAL", Some("t"), Some("t"), 200),
        ("OPTIONAL", Some("t"), Some("x"), 422),
        ("OPTIONAL", Some("t"), None, 422),
        ("REQUIRED", None, None, 422),
        ("REQUIRED", None, Some("x"), 422),
        ("REQUIRED", Some("t"), Some("t"), 200),
        ("REQUIRED", Some("t"), None, 422),
        ("a mistake", None, None, 422),
    ];
    for (policy, sent, given, expected) in cases {
        let house = House::new();
        let (admin, with) = (house.admin("t100"), bootstrap(&house, "t100"));
        set_policy(&house, policy);
        request(&house, &admin, "d");
        ask(&house, &with, "d", sent).expect(404);
        accept(&house, &admin, "d", given).expect(expected);
        let answer = ask(&house, &with, "d", sent);
        let got = answer.status.as_u16();
        assert_eq!(
            got,
            if expected == 200 { 201 } else { 404 },
            "{policy} {sent:?} {given:?}"
        );
    }
}

// R078: guesses are counted, whoever makes them.
#[test]
fn wrong_tokens_block_a_request_until_it_is_made_anew() {
    let house = House::new();
    let (admin, with) = (house.admin("t100"), bootstrap(&house, "t100"));
    request(&house, &admin, "d");
    ask(&house, &with, "d", Some("right")).expect(404);
    for _ in 1..DEVICE_TOKENS_WRONG_MAX {
        accept(&house, &admin, "d", Some("wrong")).expect(422);
        assert_eq!(status(&house, "d"), "PENDING_ACCEPTANCE");
    }
    accept(&house, &admin, "d", Some("wrong")).expect(422);
    assert_eq!(status(&house, "d"), "BLOCKED");
    let (_, message) = accept(&house, &admin, "d", Some("right")).expect(422).error();
    assert!(message.contains("make a new one"), "{message}");
    ask(&house, &with, "d", Some("right")).expect(404);
    house.post(&admin, REQUESTS, json!({"id": "d"})).expect(409);
    let refused = ("Security token refused".to_owned(), "WARNING".to_owned());
    let count = recorded(&house).into_iter().filter(|one| *one == refused).count();
    assert_eq!(count, usize::from(DEVICE_TOKENS_WRONG_MAX));
    house.delete(&admin, &at("d")).expect(204);
    request(&house, &admin, "d");
    ask(&house, &with, "d", Some("right")).expect(404);
    accept(&house, &admin, "d", Some("right")).expect(200);
}

// R078: two claim the same device: only whoever has the token that was accepted gets credentials.
#[test]
fn another_who_asks_for_the_same_device_gets_nothing_and_is_recorded() {
    let house = House::new();
    let (admin, with) = (house.admin("t100"), bootstrap(&house, "t100"));
    request(&house, &admin, "d");
    ask(&house, &with, "d", Some("right")).expect(404);
    for _ in 0..20 {
        ask(&house, &with, "d", Some("other")).expect(404);
        ask(&house, &with, "d", None).expect(404);
    }
    let contested = ("Device contested".to_owned(), "WARNING".to_owned());
    assert_eq!(
        recorded(&house)
            .into_iter()
            .filter(|one| *one == contested)
            .count(),
        1
    );
    accept(&house, &admin, "d", Some("right")).expect(200);
    ask(&house, &with, "d", Some("other")).expect(404);
    ask(&house, &with, "d", None).expect(404);
    ask(&house, &with, "d", Some("right")).expect(201);

    // Guesses after the acceptance would be let in if they were right: they are counted too.
    request(&house, &admin, "e");
    ask(&house, &with, "e", Some("right")).expect(404);
    accept(&house, &admin, "e", Some("right")).expect(200);
    for guess in 0..DEVICE_TOKENS_WRONG_MAX {
        ask(&house, &with, "e", Some(&format!("guess {guess}"))).expect(404);
    }
    assert_eq!(status(&house, "e"), "BLOCKED");
    ask(&house, &with, "e", Some("right")).expect(404);
}

#[test]
fn a_token_that_was_said_beforehand_must_be_sent() {
    let house = House::new();
    let (admin, with) = (house.admin("t100"), bootstrap(&house, "t100"));
    let made = house
        .post(&admin, REQUESTS, json!({"id": "d", "securityToken": "right"}))
        .expect(201);
    assert!(!made.text.contains("right"), "{}", made.text);
    ask(&house, &with, "d", Some("wrong")).expect(404);
    ask(&house, &with, "d", None).expect(404);
    assert_eq!(status(&house, "d"), "WAITING_FOR_CONNECTION");
    ask(&house, &with, "d", Some("right")).expect(404);
    assert_eq!(status(&house, "d"), "PENDING_ACCEPTANCE");
    accept(&house, &admin, "d", None).expect(200);
    ask(&house, &with, "d", Some("right")).expect(201);
}

// R078: delivered once. A device that has missed the answer proves itself by its token, for a short time.
#[test]
fn a_device_with_a_token_that_missed_the_answer_gets_another_password() {
    let house = House::new();
    let (admin, with) = (house.admin("t100"), bootstrap(&house, "t100"));
    let begin = |id: &str| {
        request(&house, &admin, id);
        ask(&house, &with, id, Some("right")).expect(404);
        accept(&house, &admin, id, Some("right")).expect(200);
        device(&ask(&house, &with, id, Some("right")).expect(201).json())
    };
    let read = "/inventory/managedObjects";
    let first = begin("missed");
    ask(&house, &with, "missed", Some("wrong")).expect(404);
    ask(&house, &with, "missed", None).expect(404);
    house.get(&admin, &at("missed")).expect(404);
    let mut last = first;
    for _ in 0..DEVICE_AGAIN_MAX {
        let next = device(&ask(&house, &with, "missed", Some("right")).expect(201).json());
        house.get(&last, read).expect(401);
        last = next;
    }
    ask(&house, &with, "missed", Some("right")).expect(404);
    house.get(&last, read).expect(200);

    let used = begin("used");
    house.get(&used, read).expect(200);
    ask(&house, &with, "used", Some("right")).expect(404);
    house.get(&used, read).expect(200);

    let late = begin("late");
    house.world.advance_millis(1_000 * DEVICE_AGAIN_SECONDS + 1);
    ask(&house, &with, "late", Some("right")).expect(404);
    house.get(&late, read).expect(200);

    let ignored = begin("ignored");
    set_policy(&house, "IGNORED");
    ask(&house, &with, "ignored", None).expect(404);
    ask(&house, &with, "ignored", Some("x")).expect(404);
    house.get(&ignored, read).expect(200);
}
