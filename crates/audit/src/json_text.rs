//! Reads JSON text into the domain's JSON values: numbers keep their text, a key that comes twice is refused.
//!
//! It reads what this crate has written (records), so it need not be fast; it must be exact and must survive any
//! bytes. It does not know what a record is.

use model::json::{Json, Number, Object};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::collections::HashSet;
use std::fmt;

/// Deepest nesting that is read. Documents have at most `JSON_DEPTH_MAX` levels; a record wraps them in a few more.
const DEPTH_MAX: usize = 2 * model::limits::JSON_DEPTH_MAX;

/// Why the bytes are not a JSON value that is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BadJson {
    /// Not UTF-8 or not JSON (RFC 8259).
    Syntax,
    /// More nested arrays and objects than are read.
    TooDeep,
    /// An object names a property twice.
    RepeatedKey,
}

/// Reads one JSON value that takes up all the bytes (white space around it is allowed).
pub(crate) fn read(bytes: &[u8]) -> Result<Json, BadJson> {
    let raw: &RawValue = serde_json::from_slice(bytes).map_err(|_| BadJson::Syntax)?;
    value(raw.get(), DEPTH_MAX)
}

/// One value, of which the scan for its end has already checked the syntax.
fn value(text: &str, depth_left: usize) -> Result<Json, BadJson> {
    let depth_below = || depth_left.checked_sub(1).ok_or(BadJson::TooDeep);
    Ok(match text.as_bytes().first() {
        Some(b'{') => object(text, depth_below()?)?,
        Some(b'[') => {
            let depth = depth_below()?;
            let parts: Vec<&RawValue> = plain(text)?;
            let values: Result<_, _> = parts.iter().map(|part| value(part.get(), depth)).collect();
            Json::Array(values?)
        }
        Some(b'"') => Json::String(plain(text)?),
        Some(b't' | b'f') => Json::Bool(plain(text)?),
        Some(b'n') => Json::Null,
        _ => Json::Number(Number::parse(text).ok_or(BadJson::Syntax)?),
    })
}

fn object(text: &str, depth: usize) -> Result<Json, BadJson> {
    let Members(members) = plain(text)?;
    let names: HashSet<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
    if names.len() != members.len() {
        return Err(BadJson::RepeatedKey);
    }
    let properties: Result<_, _> = members
        .into_iter()
        .map(|(name, part)| Ok((name, value(part.get(), depth)?)))
        .collect();
    Ok(Json::Object(Object::from_unique(properties?)))
}

fn plain<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, BadJson> {
    serde_json::from_str(text).map_err(|_| BadJson::Syntax)
}

/// The members of one object with their values still as text, repeated names included.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_text_and_repeated_keys_are_refused() {
        for text in [
            r#"{"a":1.10,"b":[1e400,-0,123456789012345678901234567890],"c":{"a":null}}"#,
            r#"["ü\u0001\\",true,false,{}]"#,
        ] {
            assert_eq!(read(text.as_bytes()).expect(text).to_string(), text);
        }
        for (text, expected) in [
            (r#"{"a":1,"a":1}"#, BadJson::RepeatedKey),
            (r#"{"x":[{"a":1,"\u0061":2}]}"#, BadJson::RepeatedKey),
            ("{", BadJson::Syntax),
            ("[01]", BadJson::Syntax),
            ("nul", BadJson::Syntax),
            (r#""\ud800""#, BadJson::Syntax),
            ("1 1", BadJson::Syntax),
            ("", BadJson::Syntax),
        ] {
            assert_eq!(read(text.as_bytes()), Err(expected), "{text}");
        }
        assert_eq!(read(b"\"\xff\""), Err(BadJson::Syntax));
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(read(nested(DEPTH_MAX).as_bytes()).is_ok());
        assert_eq!(read(nested(DEPTH_MAX + 1).as_bytes()), Err(BadJson::TooDeep));
        assert_eq!(read(nested(100_000).as_bytes()), Err(BadJson::TooDeep));
    }
}
