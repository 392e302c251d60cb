//! Bodies of audit records.

use crate::{fault, json};
use contract::audit::new_record;

/// A good record with one more property, or one in another way: the later of two counts.
fn with(name: &str, value: &str) -> String {
    let mut properties = vec![
        ("type", r#""Inventory""#),
        ("activity", r#""done""#),
        ("text", r#""details""#),
        ("source", r#"{"id":"5"}"#),
        ("time", r#""2026-11-21T07:40:22Z""#),
    ];
    properties.retain(|(property, _)| *property != name);
    properties.push((name, value));
    let properties: Vec<_> = properties
        .iter()
        .map(|(name, value)| format!("\"{name}\":{value}"))
        .collect();
    format!("{{{}}}", properties.join(","))
}

fn check(name: &str, value: &str, expected: Result<&str, &str>) {
    let found = new_record(json(&with(name, value)))
        .map_err(|bad| fault(&bad))
        .map(|record| {
            let severity = record.severity.as_deref().unwrap_or("-");
            format!(
                "{} {} {} {} {severity} {}",
                record.kind, record.activity, record.text, record.source, record.fragments
            )
        });
    assert_eq!(
        found.as_deref(),
        expected.map_err(str::to_owned).as_deref(),
        "{name}: {value}"
    );
}

// R098
#[test]
fn a_record_keeps_what_a_client_may_say() {
    check("severity", r#""MAJOR""#, Ok("Inventory done details 5 MAJOR {}"));
    check(
        "extra",
        r#"{"a":1.0}"#,
        Ok(r#"Inventory done details 5 - {"extra":{"a":1.0}}"#),
    );
    check("source", r#"{"id":7}"#, Ok("Inventory done details 7 - {}"));
    check(
        "source",
        r#"{"self":"https://a/inventory/managedObjects/7"}"#,
        Ok("Inventory done details 7 - {}"),
    );
    check("text", r#""two\nlines""#, Ok("Inventory done two\nlines 5 - {}"));
}

// R098: who and when are the platform's to say.
#[test]
fn what_the_platform_sets_itself_is_ignored_in_a_record() {
    for name in [
        "user",
        "application",
        "creationTime",
        "changes",
        "id",
        "self",
        "count",
    ] {
        check(name, r#""forged""#, Ok("Inventory done details 5 - {}"));
    }
    check("extra", "null", Ok("Inventory done details 5 - {}"));
}

#[test]
fn what_must_be_there_is_asked_for() {
    for name in ["type", "activity", "text", "source", "time"] {
        check(name, "null", Err(&format!("missing {name}")));
    }
    let all = new_record(json("{}")).map_err(|bad| fault(&bad));
    assert_eq!(all, Err("missing activity,source,text,time,type".to_owned()));
}

#[test]
fn wrong_types_and_names_are_refused() {
    for name in ["type", "activity", "text", "time", "severity", "source"] {
        check(name, "5", Err(&format!("type of {name}")));
    }
    check("time", r#""2026-11-21""#, Err("rule of time"));
    check("source", "{}", Err("rule of source"));
    check("source", r#"{"id":"jane"}"#, Err("rule of id"));
    check("a.b", "1", Err("rule of a.b"));
    check("a b", "1", Err("rule of a b"));
}

#[test]
fn texts_are_taken_up_to_their_limits() {
    let text = |letters: usize| format!("\"{}\"", "x".repeat(letters));
    check("type", &text(101), Err("rule of type"));
    check("activity", &text(1_001), Err("rule of activity"));
    check("severity", &text(21), Err("rule of severity"));
    for (name, letters) in [("type", 100), ("activity", 1_000), ("severity", 20)] {
        assert!(
            new_record(json(&with(name, &text(letters)))).is_ok(),
            "{name} with {letters} letters"
        );
    }
    let long = new_record(json(&with("text", &text(10_001)))).expect("details are cut, not refused");
    assert_eq!(long.text.len(), 10_000);
}

// Every name is checked for being a copy when the body is read; to check again here would take time by the square.
#[test]
fn a_record_with_very_many_properties_is_read_in_one_pass() {
    let many: Vec<_> = (0..60_000).map(|number| format!("\"p{number}\":1")).collect();
    let text = with("p", "1").replace("\"p\":1", &many.join(","));
    let record = new_record(json(&text)).expect("a record");
    assert_eq!(record.fragments.len(), 60_000);
}
