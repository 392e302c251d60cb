//! Reading JSON text from outside: bounded in depth and number of values, no key twice, every number by its text.
//!
//! `serde_json` does the lexing; each value is first cut out as raw text, so that numbers keep their digits.

use model::json::{Json, Number, Object};
use model::limits::{JSON_DEPTH_MAX, JSON_VALUES_MAX};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;

/// The text is not JSON that is taken in. The message never repeats what was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadJson {
    /// Not UTF-8.
    NotUtf8,
    /// Not JSON (RFC 8259), or something after it.
    Syntax {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// Nested deeper than the limit.
    TooDeep,
    /// More values than the limit.
    TooManyValues,
    /// An object with the same key twice.
    DuplicateKey,
}

impl fmt::Display for BadJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUtf8 => f.write_str("The body is not UTF-8."),
            Self::Syntax { line, column } => {
                write!(f, "The body is not valid JSON: see line {line}, column {column}.")
            }
            Self::TooDeep => write!(f, "The body is nested deeper than {JSON_DEPTH_MAX} levels."),
            Self::TooManyValues => write!(f, "The body has more than {JSON_VALUES_MAX} values."),
            Self::DuplicateKey => f.write_str("The body has an object with the same key twice."),
        }
    }
}

/// Reads one JSON text.
pub fn parse(bytes: &[u8]) -> Result<Json, BadJson> {
    let text = std::str::from_utf8(bytes).map_err(|_| BadJson::NotUtf8)?;
    check_bounds(bytes)?;
    let raw: &RawValue = serde_json::from_str(text).map_err(|error| syntax(&error))?;
    let refused = Cell::new(None);
    read(raw, &refused).map_err(|error| refused.get().unwrap_or_else(|| syntax(&error)))
}

fn syntax(error: &serde_json::Error) -> BadJson {
    BadJson::Syntax {
        line: error.line(),
        column: error.column(),
    }
}

/// Depth and number of values in one pass over the bytes, before anything is built from them.
fn check_bounds(bytes: &[u8]) -> Result<(), BadJson> {
    let (mut depth, mut values, mut in_string, mut escaped) = (0_usize, 1_usize, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' => values += 1,
            _ => {}
        }
        if depth > JSON_DEPTH_MAX {
            return Err(BadJson::TooDeep);
        }
        if values > JSON_VALUES_MAX {
            return Err(BadJson::TooManyValues);
        }
    }
    Ok(())
}

fn read(raw: &RawValue, refused: &Cell<Option<BadJson>>) -> serde_json::Result<Json> {
    let text = raw.get();
    match text.as_bytes().first() {
        Some(b'{') => {
            let members = Members { refused };
            members
                .read(&mut serde_json::Deserializer::from_str(text))
                .map(Json::Object)
        }
        Some(b'[') => {
            let elements = Elements { refused };
            elements
                .read(&mut serde_json::Deserializer::from_str(text))
                .map(Json::Array)
        }
        Some(b'"') => serde_json::from_str(text).map(Json::String),
        Some(b't') => Ok(Json::Bool(true)),
        Some(b'f') => Ok(Json::Bool(false)),
        Some(b'n') => Ok(Json::Null),
        _ => Number::parse(text)
            .map(Json::Number)
            .ok_or_else(|| serde::de::Error::custom("not a number")),
    }
}

struct Members<'r> {
    refused: &'r Cell<Option<BadJson>>,
}

impl<'r> Members<'r> {
    fn read<'de, D: Deserializer<'de>>(self, deserializer: D) -> Result<Object, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Members<'_> {
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
        let mut properties: Vec<(String, Json)> = Vec::new();
        let mut seen: HashSet<String> = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            let value: &RawValue = map.next_value()?;
            let value = read(value, self.refused).map_err(serde::de::Error::custom)?;
            if !seen.insert(name.clone()) {
                self.refused.set(Some(BadJson::DuplicateKey));
                return Err(serde::de::Error::custom("duplicate key"));
            }
            properties.push((name, value));
        }
        Ok(Object::from_unique(properties))
    }
}

struct Elements<'r> {
    refused: &'r Cell<Option<BadJson>>,
}

impl<'r> Elements<'r> {
    fn read<'de, D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<Json>, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Elements<'_> {
    type Value = Vec<Json>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<Json>, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = seq.next_element::<&RawValue>()? {
            values.push(read(value, self.refused).map_err(serde::de::Error::custom)?);
        }
        Ok(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_digit_and_the_order_of_keys_survive() {
        let text = r#"{"b":1.10,"a":[1e400,12345678901234567890123,-0,{"x":"\u00fc"}],"c":null,"d":true}"#;
        assert_eq!(
            parse(text.as_bytes()).expect("valid").to_string(),
            r#"{"b":1.10,"a":[1e400,12345678901234567890123,-0,{"x":"ü"}],"c":null,"d":true}"#
        );
    }

    #[test]
    fn what_is_not_plain_bounded_json_is_refused() {
        let deep = format!(
            "{}{}",
            "[".repeat(JSON_DEPTH_MAX + 1),
            "]".repeat(JSON_DEPTH_MAX + 1)
        );
        let wide = format!("[{}1]", "1,".repeat(JSON_VALUES_MAX));
        for (text, expected) in [
            (b"{\"a\":1,\"a\":2}".as_slice(), BadJson::DuplicateKey),
            (b"{\"x\":{\"a\":1,\"\\u0061\":2}}", BadJson::DuplicateKey),
            (b"\xff", BadJson::NotUtf8),
            (deep.as_bytes(), BadJson::TooDeep),
            (wide.as_bytes(), BadJson::TooManyValues),
        ] {
            assert_eq!(parse(text), Err(expected));
        }
        for text in [
            "",
            "{",
            "{}x",
            "{\"a\":}",
            "[1,]",
            "01",
            "NaN",
            "'a'",
            "{a:1}",
            "\"\u{1}\"",
            "+1",
        ] {
            assert!(
                matches!(parse(text.as_bytes()), Err(BadJson::Syntax { .. })),
                "{text:?}"
            );
        }
        let just = format!("{}{}", "[".repeat(JSON_DEPTH_MAX), "]".repeat(JSON_DEPTH_MAX));
        assert!(parse(just.as_bytes()).is_ok());
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic_and_what_it_reads_it_reads_again(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(json) = parse(&bytes) {
                prop_assert_eq!(parse(json.to_string().as_bytes()), Ok(json));
            }
        }
    }
}
