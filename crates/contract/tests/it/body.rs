//! Reading single properties.

use crate::{fault, json};
use contract::body::{array, boolean, id, id_or_self, last_segment, object, require, short_text, shown};
use model::ids::ObjectId;
use model::json::{Json, Object};
use proptest::prelude::*;

fn body(text: &str) -> Object {
    object(json(text)).expect(text)
}

fn check_id(text: &str, expected: Result<Option<u64>, &str>) {
    let found = id::<ObjectId>(&body(text), "id");
    let found = found
        .map(|id| id.map(ObjectId::number))
        .map_err(|bad| fault(&bad));
    assert_eq!(found, expected.map_err(str::to_owned), "{text}");
}

#[test]
fn an_id_is_a_string_or_a_number_in_its_shortest_form() {
    check_id(r#"{"id":"5"}"#, Ok(Some(5)));
    check_id(r#"{"id":5}"#, Ok(Some(5)));
    check_id(r#"{"id":9007199254740991}"#, Ok(Some(9_007_199_254_740_991)));
    check_id(r#"{"id":null}"#, Ok(None));
    check_id("{}", Ok(None));
    for bad in [
        "5.0",
        "5e0",
        "-5",
        "0",
        "9007199254740992",
        r#""05""#,
        r#""""#,
        r#"" 5""#,
        r#""x""#,
    ] {
        check_id(&format!(r#"{{"id":{bad}}}"#), Err("rule of id"));
    }
    for bad in ["true", "[5]", r#"{"id":5}"#] {
        check_id(&format!(r#"{{"id":{bad}}}"#), Err("type of id"));
    }
}

fn check_reference(text: &str, expected: Result<u64, &str>) {
    let found = id_or_self::<ObjectId>(&body(text), "source")
        .map(ObjectId::number)
        .map_err(|bad| fault(&bad));
    assert_eq!(found, expected.map_err(str::to_owned), "{text}");
}

#[test]
fn a_reference_is_by_id_or_by_the_last_segment_of_a_link_whatever_its_host() {
    check_reference(r#"{"id":"5"}"#, Ok(5));
    check_reference(r#"{"id":5,"self":"https://a/inventory/managedObjects/6"}"#, Ok(5));
    check_reference(
        r#"{"self":"https://elsewhere/inventory/managedObjects/6"}"#,
        Ok(6),
    );
    check_reference(
        r#"{"id":null,"self":"/inventory/managedObjects/6/?a=/7#8"}"#,
        Ok(6),
    );
    check_reference(r#"{"self":"6"}"#, Ok(6));
    check_reference("{}", Err("rule of source"));
    check_reference(r#"{"self":null}"#, Err("rule of source"));
    check_reference(r#"{"self":"https://a/"}"#, Err("rule of source"));
    check_reference(
        r#"{"self":"https://a/inventory/managedObjects/x"}"#,
        Err("rule of source"),
    );
    check_reference(r#"{"self":6}"#, Err("type of self"));
    check_reference(r#"{"id":"x","self":"/6"}"#, Err("rule of id"));
}

#[test]
fn what_is_missing_is_named_all_at_once() {
    let body = body(r#"{"a":1,"b":null}"#);
    let missing = require(&body, &["a", "b", "c"]).expect_err("b and c");
    assert_eq!(
        missing.to_string(),
        "Following mandatory fields should be included: b,c"
    );
    assert_eq!(require(&body, &["a"]), Ok(()));
}

#[test]
fn only_an_object_is_a_body() {
    for text in ["null", "5", r#""a""#, "[]", "true"] {
        assert_eq!(
            object(json(text)).map_err(|bad| fault(&bad)),
            Err("not an object".to_owned()),
            "{text}"
        );
    }
}

#[test]
fn a_truth_value_is_no_word_and_no_number() {
    assert_eq!(boolean(&body(r#"{"a":false}"#), "a"), Ok(Some(false)));
    assert_eq!(boolean(&body(r#"{"a":null}"#), "a"), Ok(None));
    for bad in [r#""true""#, "1", "[]"] {
        assert!(
            boolean(&body(&format!(r#"{{"a":{bad}}}"#)), "a").is_err(),
            "{bad}"
        );
    }
}

#[test]
fn limits_hold_at_and_just_over() {
    let texts = |count: usize| {
        [("a", Json::from("ü".repeat(count)))]
            .into_iter()
            .collect::<Object>()
    };
    assert!(
        short_text(&texts(20), "a", 20).is_ok(),
        "characters are counted, not bytes"
    );
    assert!(short_text(&texts(21), "a", 20).is_err());
    assert!(short_text(&body(r#"{"a":"x\ny"}"#), "a", 20).is_err());

    let values = |count: usize| [("a", vec![Json::Null; count])].into_iter().collect::<Object>();
    assert_eq!(
        array(&values(3), "a", 3).map(|found| found.map(<[_]>::len)),
        Ok(Some(3))
    );
    assert_eq!(
        array(&values(4), "a", 3).map_err(|bad| fault(&bad)),
        Err("more than 3 a".to_owned())
    );
}

proptest! {
    #[test]
    fn an_error_never_mirrors_what_was_sent(text in any::<String>()) {
        let shown = shown(&text);
        prop_assert!(shown.chars().count() <= 64 && !shown.chars().any(char::is_control));
    }

    #[test]
    fn a_last_segment_is_one_segment(link in any::<String>()) {
        prop_assert!(!last_segment(&link).contains(['/', '?', '#']));
    }
}
