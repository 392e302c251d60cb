//! Bodies of external ids.

use crate::{fault, json};
use contract::identity::new_external_id;
use model::limits::NAME_BYTES_MAX;

fn check(text: &str, expected: Result<(&str, &str), &str>) {
    let found = new_external_id(json(text)).map_err(|bad| fault(&bad));
    let found = found.map(|(kind, value)| (kind.to_string(), value.to_string()));
    let expected = expected
        .map(|(kind, value)| (kind.to_owned(), value.to_owned()))
        .map_err(str::to_owned);
    assert_eq!(found, expected, "{text}");
}

#[test]
fn an_external_id_is_a_type_and_a_value() {
    check(
        r#"{"type":"c8y_Serial","externalId":"a/b ü:1"}"#,
        Ok(("c8y_Serial", "a/b ü:1")),
    );
    check(
        r#"{"type":"t","externalId":"v","managedObject":{"id":"9"},"self":"x"}"#,
        Ok(("t", "v")),
    );
}

#[test]
fn an_external_id_without_one_half_is_refused() {
    check("{}", Err("missing type,externalId"));
    check(r#"{"type":"t"}"#, Err("missing externalId"));
    check(r#"{"type":null,"externalId":"v"}"#, Err("missing type"));
    check(r#"{"type":"","externalId":"v"}"#, Err("missing type"));
    check(r#"{"type":"t","externalId":""}"#, Err("missing externalId"));
}

#[test]
fn wrong_types_are_refused() {
    check("[]", Err("not an object"));
    check(r#"{"type":5,"externalId":"v"}"#, Err("type of type"));
    check(r#"{"type":"t","externalId":5}"#, Err("type of externalId"));
    check(
        r#"{"type":"t","externalId":"a\u0000"}"#,
        Err("rule of externalId"),
    );
}

#[test]
fn both_halves_may_be_as_long_as_the_limit_and_not_longer() {
    let of = |bytes: usize| json(&format!(r#"{{"type":"t","externalId":"{}"}}"#, "v".repeat(bytes)));
    assert!(new_external_id(of(NAME_BYTES_MAX)).is_ok());
    assert!(new_external_id(of(NAME_BYTES_MAX + 1)).is_err());
}
