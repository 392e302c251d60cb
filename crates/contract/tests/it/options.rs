//! Bodies of tenant options.

use crate::{fault, json};
use contract::options::{category_options, new_option, option_value};
use model::limits::OPTIONS_MAX;
use model::options::OptionKey;

fn new(text: &str) -> Result<(String, String), String> {
    let read = new_option(json(text)).map_err(|bad| fault(&bad));
    read.map(|(name, value)| (name.to_string(), value.expose().to_owned()))
}

#[test]
fn an_option_is_a_category_a_key_and_a_text() {
    for (text, expected) in [
        (r#"{"category":"c","key":"k","value":"v"}"#, Ok(("c/k", "v"))),
        (
            r#"{"category":"c","key":"k/l","value":"","self":"x"}"#,
            Ok(("c/k/l", "")),
        ),
        (
            r#"{"category":"c","key":"k","value":"<<Encrypted>>"}"#,
            Ok(("c/k", "<<Encrypted>>")),
        ),
        (r#"{"category":"c","key":"k"}"#, Err("missing value")),
        (r#"{"value":"v"}"#, Err("missing category,key")),
        (
            r#"{"category":"a b","key":"k","value":"v"}"#,
            Err("rule of category"),
        ),
        (r#"{"category":"c","key":"","value":"v"}"#, Err("rule of key")),
        (r#"{"category":"c","key":"k","value":5}"#, Err("type of value")),
        (
            r#"{"category":"c","key":"credentials.k","value":"<<Encrypted>>"}"#,
            Err("rule of value"),
        ),
        ("[]", Err("not an object")),
    ] {
        let expected = expected
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .map_err(str::to_owned);
        assert_eq!(new(text), expected, "{text}");
    }
}

#[test]
fn a_change_is_only_the_value() {
    let key: OptionKey = "credentials.k".parse().expect("a key");
    let read = |text| option_value(json(text), &key).map(|value| value.expose().to_owned());
    let read = |text| read(text).map_err(|bad| fault(&bad));
    assert_eq!(read(r#"{"value":"v","category":"other"}"#), Ok("v".to_owned()));
    assert_eq!(read(r#"{"value":null}"#), Err("missing value".to_owned()));
    assert_eq!(
        read(r#"{"value":"<<Encrypted>>"}"#),
        Err("rule of value".to_owned())
    );
}

#[test]
fn a_category_that_was_read_can_be_sent_back_and_its_secrets_stay() {
    let read = |text: &str| {
        let read = category_options(json(text)).map_err(|bad| fault(&bad))?;
        let read = read.into_iter();
        Ok(read
            .map(|(key, value)| (key.as_str().to_owned(), value.expose().to_owned()))
            .collect())
    };
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    for (text, expected) in [
        (r#"{"a":"1","b":""}"#, Ok(vec![pair("a", "1"), pair("b", "")])),
        (
            r#"{"a":"1","credentials.p":"<<Encrypted>>","credentials.q":"new"}"#,
            Ok(vec![pair("a", "1"), pair("credentials.q", "new")]),
        ),
        ("{}", Ok(vec![])),
        (r#"{"a":null}"#, Err("type of a".to_owned())),
        (r#"{"a":{"b":"c"}}"#, Err("type of a".to_owned())),
        (r#"{"":"v"}"#, Err("rule of ".to_owned())),
        ("[]", Err("not an object".to_owned())),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
    let many = |count: usize| {
        let options: Vec<_> = (0..count).map(|place| format!(r#""k{place}":"v""#)).collect();
        read(&format!("{{{}}}", options.join(","))).map(|options: Vec<_>| options.len())
    };
    assert_eq!(many(OPTIONS_MAX), Ok(OPTIONS_MAX));
    assert_eq!(
        many(OPTIONS_MAX + 1),
        Err(format!("more than {OPTIONS_MAX} options"))
    );
}
