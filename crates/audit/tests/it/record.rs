//! The canonical text of records.

use crate::samples::record;
use audit::record::{Actor, ActorKind, BadRecord, BatchSummary, Change, Origin, Outcome, Record, Severity};
use model::ids::PrincipalId;
use model::json::{Json, Number, Object};
use model::time::Timestamp;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

fn text() -> impl Strategy<Value = String> {
    vec(any::<char>(), 0..12).prop_map(String::from_iter)
}

fn json() -> impl Strategy<Value = Json> {
    let number = "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,5})?([eE][+-]?[0-9]{1,4})?";
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        number.prop_map(|text| Json::Number(Number::parse(&text).expect("the pattern is a number"))),
        text().prop_map(Json::String),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Json::Array),
            vec((text(), inner), 0..5).prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
}

fn time() -> impl Strategy<Value = Timestamp> {
    // `Timestamp` cannot show the last hours of the year 9999.
    (Timestamp::MIN.millis()..Timestamp::MAX.millis() - 86_400_000).prop_map(Timestamp::from_millis)
}

fn actor() -> impl Strategy<Value = Actor> {
    let principal =
        option::of((1u64..1 << 53).prop_map(|number| PrincipalId::new(number).expect("in range")));
    (principal, text(), prop::sample::select(ActorKind::ALL)).prop_map(|(principal, name, kind)| Actor {
        principal,
        name,
        kind,
    })
}

fn change() -> impl Strategy<Value = Change> {
    (text(), text(), option::of(json()), option::of(json())).prop_map(|(attribute, kind, previous, new)| {
        Change {
            attribute,
            kind,
            previous,
            new,
        }
    })
}

fn origin() -> impl Strategy<Value = Origin> {
    prop_oneof![
        Just(Origin::Platform),
        Just(Origin::Client),
        text().prop_map(|reason| Origin::SystemJob { reason })
    ]
}

fn batch() -> impl Strategy<Value = BatchSummary> {
    (any::<u64>(), text(), text(), any::<[u8; 32]>()).prop_map(|(count, first_id, last_id, digest)| {
        BatchSummary {
            count,
            first_id,
            last_id,
            digest,
        }
    })
}

fn any_record() -> impl Strategy<Value = Record> {
    let who = (
        time(),
        option::of(time()),
        actor(),
        option::of(text()),
        any::<[u8; 16]>(),
    );
    let what = (
        text(),
        text(),
        text(),
        option::of(text()),
        option::of(text()),
        any::<u64>(),
    );
    let how = (
        prop::sample::select(Severity::ALL),
        prop::sample::select(Outcome::ALL),
        origin(),
    );
    let extra = vec((text(), json()), 0..4).prop_map(|members| members.into_iter().collect::<Object>());
    let data = (vec(change(), 0..3), extra, option::of(batch()));
    (who, what, how, data).prop_map(|(who, what, how, data)| {
        let (time, client_time, actor, address, salt) = who;
        let (kind, activity, text, source, application, count) = what;
        let (severity, outcome, origin) = how;
        let (changes, extra, batch) = data;
        Record {
            time,
            client_time,
            actor,
            address,
            kind,
            activity,
            text,
            source,
            severity,
            outcome,
            application,
            changes,
            count,
            origin,
            extra,
            batch,
            salt,
        }
    })
}

proptest! {
    // R096, R098
    #[test]
    fn every_record_comes_back_from_one_line_without_characters_that_deceive(record in any_record()) {
        let bytes = record.canonical();
        let text = String::from_utf8(bytes.clone()).expect("UTF-8");
        prop_assert!(!text.chars().any(char::is_control));
        let deceives = text.contains(['\u{2028}', '\u{2029}', '\u{202e}', '\u{2066}', '\u{feff}']);
        prop_assert!(!deceives);
        prop_assert_eq!(Record::parse(&bytes), Ok(record));
    }

    // R099
    #[test]
    fn a_changed_bit_is_refused_or_makes_another_record(record in any_record(), at in any::<prop::sample::Index>()) {
        let mut bytes = record.canonical();
        let bit = at.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Ok(other) = Record::parse(&bytes) {
            prop_assert_ne!(&other, &record);
            prop_assert_eq!(other.canonical(), bytes);
        }
    }

    #[test]
    fn any_bytes_are_survived(bytes in vec(any::<u8>(), 0..200)) {
        prop_assert!(Record::parse(&bytes).is_err());
    }
}

fn full_record() -> Record {
    let number = |text| Json::Number(Number::parse(text).expect("a number"));
    let change = |attribute: &str, previous, new| Change {
        attribute: attribute.to_owned(),
        kind: "number".to_owned(),
        previous,
        new,
    };
    Record {
        client_time: Some(Timestamp::from_millis(0)),
        address: None,
        application: Some("cockpit".to_owned()),
        changes: vec![
            change("limit", Some(number("1.10")), Some(Json::Null)),
            change("added", None, Some(number("1e400"))),
        ],
        origin: Origin::SystemJob {
            reason: "retention".to_owned(),
        },
        extra: [("c8y_Custom", number("12345678901234567890.0"))]
            .into_iter()
            .collect(),
        batch: Some(BatchSummary {
            count: 2,
            first_id: "5".to_owned(),
            last_id: "6".to_owned(),
            digest: [0xab; 32],
        }),
        ..record(3)
    }
}

// R096
#[test]
fn the_text_says_who_what_and_when_in_a_fixed_order() {
    let text = String::from_utf8(full_record().canonical()).expect("UTF-8");
    let expected = concat!(
        r#"{"v":1,"time":"2026-09-21T14:13:20.003Z","clientTime":"1970-01-01T00:00:00.000Z","#,
        r#""actor":{"id":"4","name":"user-3","kind":"person"},"type":"Inventory","#,
        r#""activity":"Managed object deleted","text":"Pump 3 (Jülich) was deleted","source":"10003","#,
        r#""severity":"INFORMATION","outcome":"success","application":"cockpit","changes":["#,
        r#"{"attribute":"limit","type":"number","previous":1.10,"new":null},"#,
        r#"{"attribute":"added","type":"number","new":1e400}],"count":1,"origin":"job","reason":"retention","#,
        r#""extra":{"c8y_Custom":12345678901234567890.0},"batch":{"count":2,"firstId":"5","lastId":"6","#,
        r#""digest":"abababababababababababababababababababababababababababababababab"},"#,
        r#""salt":"03030303030303030303030303030303"}"#,
    );
    assert_eq!(text, expected);
    assert_eq!(Record::parse(text.as_bytes()), Ok(full_record()));
}

// R098
#[test]
fn injected_lines_and_terminal_tricks_are_escaped_not_obeyed() {
    let attack = "x\n{\"v\":1}\r\u{1b}[2J\u{9b}1A\u{85}\u{2028}\u{202e}txt.exe\u{7f}\0";
    let record = Record {
        text: attack.to_owned(),
        ..record(1)
    };
    let text = String::from_utf8(record.canonical()).expect("UTF-8");
    let escaped = r#"x\n{\"v\":1}\r\u001b[2J\u009b1A\u0085\u2028\u202etxt.exe\u007f\u0000"#;
    assert!(text.contains(&format!(r#""text":"{escaped}""#)), "{text}");
    assert_eq!(Record::parse(text.as_bytes()), Ok(record));
}

#[test]
fn only_the_canonical_text_is_a_record() {
    let text = String::from_utf8(full_record().canonical()).expect("UTF-8");
    for (from, to, expected) in [
        ("{\"v\":1,", "{ \"v\":1,", BadRecord::NotCanonical),
        ("\"v\":1,", "\"v\":2,", BadRecord::Version),
        ("\"v\":1,", "", BadRecord::Version),
        ("\"v\":1,", "\"v\":1,\"v\":1,", BadRecord::RepeatedKey),
        ("\"v\":1,", "\"v\":1,\"more\":true,", BadRecord::NotCanonical),
        ("\"limit\"", "\"limi\\u0074\"", BadRecord::NotCanonical),
        ("ü", "\\u00fc", BadRecord::NotCanonical),
        ("\"count\":1,", "\"count\":01,", BadRecord::Syntax),
        ("\"count\":1,", "\"count\":1.0,", BadRecord::Field("count")),
        ("\"count\":1,", "\"count\":\"1\",", BadRecord::Field("count")),
        ("\"id\":\"4\"", "\"id\":\"04\"", BadRecord::Field("id")),
        ("20.003Z", "20.003000Z", BadRecord::NotCanonical),
        ("20.003Z", "20.003+00:00", BadRecord::NotCanonical),
        ("success", "Success", BadRecord::Field("outcome")),
        ("INFORMATION", "INFO", BadRecord::Field("severity")),
        ("\"digest\":\"a", "\"digest\":\"A", BadRecord::Field("digest")),
        ("\"reason\":\"retention\",", "", BadRecord::Field("reason")),
        ("job", "client", BadRecord::NotCanonical),
        ("\"salt\":\"03", "\"salt\":\"", BadRecord::Field("salt")),
    ] {
        assert!(text.contains(from), "{from}");
        let changed = text.replacen(from, to, 1);
        assert_eq!(Record::parse(changed.as_bytes()), Err(expected), "{from} -> {to}");
    }
    for end in [" ", "\n", "{}"] {
        assert!(Record::parse((text.clone() + end).as_bytes()).is_err(), "{end:?}");
    }
}
