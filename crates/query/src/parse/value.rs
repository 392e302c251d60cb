//! Values: what a token means when it is compared with a certain property.

use crate::ast::{Op, Value};
use crate::fault::Fault;
use crate::lex::Token;
use crate::path::Path;
use crate::pattern::Pattern;
use model::json::Number;
use model::time::Timestamp;

/// A property as it was written.
pub(super) struct Property {
    pub(super) path: Path,
    /// Written with `.date`: a time must follow. Without it, other text is let through and compared as text.
    dated: bool,
}

impl Property {
    /// The property of this name, if it can be one.
    pub(super) fn named(name: &str) -> Option<Self> {
        let path: Path = name.parse().ok()?;
        let dated = path.is_time() && name.len() > path.as_str().len();
        Some(Self { path, dated })
    }
}

/// The value that a token means.
pub(super) fn read(property: &Property, op: Op, token: Option<&Token<'_>>) -> Result<Value, Fault> {
    let value = match token {
        Some(Token::Word(word)) if !word.starts_with('"') => unquoted(word),
        Some(Token::Text(pattern)) => Value::Text(pattern.clone()),
        _ => return Err(Fault::ExpectedValue),
    };
    match value {
        Value::Null if !matches!(op, Op::Eq | Op::Ne) => Err(Fault::NullOrder),
        Value::Null => Ok(Value::Null),
        Value::Text(text) => fit(property, text),
        _ if property.dated => Err(Fault::ExpectedTime),
        value => Ok(value),
    }
}

/// Text as the property needs it: times and identifiers are written as text, too.
fn fit(property: &Property, text: Pattern) -> Result<Value, Fault> {
    if property.path.is_time() {
        return match text.literal().map(Timestamp::from_query) {
            Some(Ok(time)) => Ok(Value::Time(time)),
            _ if property.dated => Err(Fault::ExpectedTime),
            _ => Ok(Value::Text(text)),
        };
    }
    let digits = text.literal().filter(|_| property.path.is_id()).and_then(integer);
    Ok(digits.map_or(Value::Text(text), Value::Number))
}

fn unquoted(word: &str) -> Value {
    if let Some(number) = integer(word).or_else(|| suffixed(word)) {
        return Value::Number(number);
    }
    match word.to_ascii_lowercase().as_str() {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        "null" => Value::Null,
        _ => Value::Text(Pattern::with_wildcards(word)),
    }
}

fn integer(text: &str) -> Option<Number> {
    let is_whole = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    Number::parse(text).filter(|_| is_whole)
}

fn suffixed(word: &str) -> Option<Number> {
    Number::parse(word.strip_suffix(['f', 'd', 'F', 'D'])?)
}
