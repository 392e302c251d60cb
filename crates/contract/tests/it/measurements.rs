//! Bodies of measurements, one or many.

use crate::{fault, json};
use contract::measurements::{NewMeasurements, new_measurements};
use model::limits::BULK_MEASUREMENTS_MAX;
use model::measurements::NewMeasurement;
use proptest::prelude::*;

fn show(measurement: &NewMeasurement) -> String {
    format!(
        "{} {} {} {}",
        measurement.source, measurement.time, measurement.kind, measurement.fragments
    )
}

fn check(text: &str, expected: Result<&str, &str>) {
    let found = new_measurements(json(text))
        .map_err(|bad| fault(&bad))
        .map(|new| match new {
            NewMeasurements::One(one) => show(&one),
            NewMeasurements::Many(many) => {
                format!("many: {}", many.iter().map(show).collect::<Vec<_>>().join("; "))
            }
        });
    assert_eq!(
        found.as_deref(),
        expected.map_err(str::to_owned).as_deref(),
        "{text}"
    );
}

/// A good measurement with one more property.
fn with(property: &str) -> String {
    format!(r#"{{"source":{{"id":"5"}},"time":"2026-11-21T07:40:22Z","type":"t",{property}}}"#)
}

const SHOWN: &str = "5 2026-11-21T07:40:22.000Z t";

fn check_property(property: &str, expected: Result<&str, &str>) {
    let expected = expected.map(|fragments| format!("{SHOWN} {fragments}"));
    check(&with(property), expected.as_deref().map_err(|text| *text));
}

#[test]
fn a_time_without_an_offset_is_utc() {
    check(
        r#"{"source":{"id":"5"},"time":"2026-11-21T07:40:22","type":"t"}"#,
        Ok("5 2026-11-21T07:40:22.000Z t {}"),
    );
}

#[test]
fn a_measurement_keeps_its_fragments_as_they_were_sent() {
    check_property(
        r#""f":{"T":{"value":21.50,"unit":"C"}}"#,
        Ok(r#"{"f":{"T":{"value":21.50,"unit":"C"}}}"#),
    );
    check_property(
        r#""note":"x","list":[1,2],"flag":true"#,
        Ok(r#"{"note":"x","list":[1,2],"flag":true}"#),
    );
    check_property(r#""gone":null,"id":"9","self":"y""#, Ok("{}"));
}

#[test]
fn the_source_is_named_by_string_number_or_link() {
    for source in [
        r#"{"id":"5"}"#,
        r#"{"id":5}"#,
        r#"{"self":"https://a/inventory/managedObjects/5"}"#,
    ] {
        let text = format!(r#"{{"source":{source},"time":"2026-11-21T08:40:22+01:00","type":"t"}}"#);
        check(&text, Ok("5 2026-11-21T07:40:22.000Z t {}"));
    }
}

#[test]
fn what_must_be_there_is_asked_for() {
    check("{}", Err("missing source,time,type"));
    check(
        r#"{"source":null,"time":null,"type":null}"#,
        Err("missing source,time,type"),
    );
    check(r#"{"source":{"id":"5"},"type":"t"}"#, Err("missing time"));
    check(
        r#"{"source":{},"time":"2026-11-21T07:40:22Z","type":"t"}"#,
        Err("rule of source"),
    );
    check("[]", Err("not an object"));
}

#[test]
fn wrong_types_are_refused() {
    check(
        r#"{"source":"5","time":"2026-11-21T07:40:22Z","type":"t"}"#,
        Err("type of source"),
    );
    check(
        r#"{"source":{"id":true},"time":"2026-11-21T07:40:22Z","type":"t"}"#,
        Err("type of id"),
    );
    check(
        r#"{"source":{"id":"5"},"time":1700000000,"type":"t"}"#,
        Err("type of time"),
    );
    check(
        r#"{"source":{"id":"5"},"time":"2026-11-21","type":"t"}"#,
        Err("rule of time"),
    );
    check(
        r#"{"source":{"id":"5"},"time":"2026-11-21T07:40:22Z","type":7}"#,
        Err("type of type"),
    );
}

#[test]
fn fragments_and_series_have_names_that_can_be_asked_for() {
    check_property(r#""f.g":{}"#, Err("rule of f.g"));
    check_property(r#""f g":{}"#, Err("rule of f g"));
    check_property(r#""f":{"T.1":{"value":1}}"#, Err("rule of T.1"));
    check_property(r#""f":{"T 1":{"value":1}}"#, Err("rule of T 1"));
    // Not a series, so its name is nobody's business.
    check_property(
        r#""f":{"T 1":{"value":"1"},"U.2":3}"#,
        Ok(r#"{"f":{"T 1":{"value":"1"},"U.2":3}}"#),
    );
}

#[test]
fn a_list_of_measurements_without_a_source_beside_it_is_many() {
    let one = with(r#""f":1"#);
    check(
        &format!(r#"{{"measurements":[{one},{one}]}}"#),
        Ok(&format!(r#"many: {SHOWN} {{"f":1}}; {SHOWN} {{"f":1}}"#)),
    );
    check(r#"{"measurements":[]}"#, Ok("many: "));
    check_property(r#""measurements":[1]"#, Ok(r#"{"measurements":[1]}"#));
    check(r#"{"measurements":null}"#, Err("missing source,time,type"));
    check(r#"{"measurements":{}}"#, Err("type of measurements"));
    check(r#"{"measurements":[5]}"#, Err("not an object"));
    check(
        &format!(r#"{{"measurements":[{one},{{}}]}}"#),
        Err("missing source,time,type"),
    );
    check(
        &format!(r#"{{"measurements":[{{"measurements":[{one}]}}]}}"#),
        Err("missing source,time,type"),
    );
}

#[test]
fn many_are_taken_up_to_the_limit() {
    let of = |count: usize| {
        let one = with(r#""f":1"#);
        new_measurements(json(&format!(
            r#"{{"measurements":[{}]}}"#,
            vec![one; count].join(",")
        )))
    };
    assert!(
        matches!(of(BULK_MEASUREMENTS_MAX), Ok(NewMeasurements::Many(many)) if many.len() == BULK_MEASUREMENTS_MAX)
    );
    let refused = of(BULK_MEASUREMENTS_MAX + 1).map_err(|bad| fault(&bad));
    assert_eq!(
        refused,
        Err(format!("more than {BULK_MEASUREMENTS_MAX} measurements"))
    );
}

proptest! {
    #[test]
    fn every_number_of_a_series_comes_through_with_its_text(value in "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?") {
        let fragments = format!(r#"{{"f":{{"T":{{"value":{value}}}}}}}"#);
        let property = fragments.trim_start_matches('{').strip_suffix('}').expect("an object").to_owned();
        let new = new_measurements(json(&with(&property)));
        let NewMeasurements::One(one) = new.expect("a measurement") else { panic!("one was sent") };
        prop_assert_eq!(one.fragments.to_string(), fragments);
    }
}
