//! The types of values in rows: text to numbers, times, truth values and the words that templates know.

use crate::fault::Fault;
use model::alarms::{AlarmStatus, Severity};
use model::json::{Json, Number, Object};
use model::operations::OperationStatus;
use model::time::Timestamp;

/// The type of a value that a template of a collection sets, or that row 408 brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueType {
    /// Any text.
    String,
    /// A time; the server's if there is none.
    Date,
    /// A number.
    Number,
    /// A whole number.
    Integer,
    /// A whole number that is not negative.
    Unsigned,
    /// `{}`: nothing is sent for it.
    Flag,
    /// The severity of an alarm.
    Severity,
    /// The status of an alarm.
    AlarmStatus,
    /// The status of an operation.
    OperationStatus,
    /// `true` or `false`: in row 408 only.
    Boolean,
}

impl ValueType {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::String,
        Self::Date,
        Self::Number,
        Self::Integer,
        Self::Unsigned,
        Self::Flag,
        Self::Severity,
        Self::AlarmStatus,
        Self::OperationStatus,
        Self::Boolean,
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::String => "STRING",
            Self::Date => "DATE",
            Self::Number => "NUMBER",
            Self::Integer => "INTEGER",
            Self::Unsigned => "UNSIGNED",
            Self::Flag => "FLAG",
            Self::Severity => "SEVERITY",
            Self::AlarmStatus => "ALARMSTATUS",
            Self::OperationStatus => "OPERATIONSTATUS",
            Self::Boolean => "BOOLEAN",
        }
    }

    /// The type of a word, written exactly so.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// The value of a text; nothing if it is none of this type. An empty time is `now`, as the API says.
    pub fn read(self, text: &str, now: Timestamp) -> Option<Json> {
        let word = |known: bool| known.then(|| text.into());
        match self {
            Self::String => Some(text.into()),
            Self::Date if text.is_empty() => Some(now.to_string().into()),
            Self::Date => time(text).map(|time| time.to_string().into()),
            Self::Number => number(text).map(Json::Number),
            Self::Integer => number(text).filter(is_whole).map(Json::Number),
            Self::Unsigned => number(text)
                .filter(is_whole)
                .filter(is_not_negative)
                .map(Json::Number),
            Self::Flag => Some(Json::Object(Object::new())),
            Self::Severity => word(text.parse::<Severity>().is_ok()),
            Self::AlarmStatus => word(text.parse::<AlarmStatus>().is_ok()),
            Self::OperationStatus => word(text.parse::<OperationStatus>().is_ok()),
            Self::Boolean => boolean(text).map(Json::Bool),
        }
    }

    /// What is expected, for errors.
    pub(crate) fn expected(self) -> &'static str {
        match self {
            Self::String => "text",
            Self::Date => TIME,
            Self::Number => NUMBER,
            Self::Integer => "a whole number",
            Self::Unsigned => "a whole number that is not negative",
            Self::Flag => "nothing",
            Self::Severity => SEVERITY,
            Self::AlarmStatus => "one of ACTIVE, ACKNOWLEDGED and CLEARED",
            Self::OperationStatus => "one of PENDING, EXECUTING, SUCCESSFUL and FAILED",
            Self::Boolean => BOOLEAN,
        }
    }
}

pub(crate) const TIME: &str = "a date and time, for example 2026-11-21T07:40:22.219Z,";
pub(crate) const NUMBER: &str = "a number with a decimal point";
pub(crate) const BOOLEAN: &str = "true or false";
pub(crate) const SEVERITY: &str = "one of CRITICAL, MAJOR, MINOR and WARNING";
pub(crate) const LABEL: &str = "at most 1,000 bytes without control characters";
pub(crate) const FRAGMENT: &str = "a property name without white space and without . , * [ ] ( ) @ $";
pub(crate) const ID: &str = "an identifier";

/// The length of a date without a time of day, which is no time.
const DATE_ALONE: usize = 10;

/// A time. One without an offset is taken as UTC, as in bodies of the REST API.
pub(crate) fn time(text: &str) -> Option<Timestamp> {
    Timestamp::from_query(text)
        .ok()
        .filter(|_| text.len() > DATE_ALONE)
}

/// `true` or `false`, in any letter case.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// A number. Small devices print what JSON does not know: `+5`, `.5`, `5.`, `007`; those become what they mean.
pub(crate) fn number(text: &str) -> Option<Number> {
    Number::parse(text).or_else(|| Number::parse(&plain(text)?))
}

fn plain(text: &str) -> Option<String> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let whole_end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let (whole, rest) = digits.split_at(whole_end);
    if whole.is_empty() && !rest.starts_with('.') {
        return None;
    }
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    // A point alone is no number, and one without digits after it says nothing.
    let rest = if rest == "." && digits.len() > 1 { "" } else { rest };
    Some(format!("{sign}{whole}{rest}"))
}

fn is_whole(number: &Number) -> bool {
    !number.text().contains(['.', 'e', 'E'])
}

fn is_not_negative(number: &Number) -> bool {
    !number.text().starts_with('-')
}

/// A typed value of a parameter, or why not.
pub(crate) fn typed(kind: ValueType, parameter: &str, text: &str, now: Timestamp) -> Result<Json, Fault> {
    let value = kind.read(text, now);
    value.ok_or_else(|| match text {
        "" => Fault::missing(parameter.to_owned()),
        _ => Fault::wrong(parameter.to_owned(), kind.expected()),
    })
}

/// A value as text: nothing becomes empty, and what is made of parts becomes JSON.
pub(crate) fn text_of(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_what_json_knows() {
        for (text, expected) in [
            ("25", Some("25")),
            ("-12.50", Some("-12.50")),
            ("1e3", Some("1e3")),
            ("+5", Some("5")),
            (".5", Some("0.5")),
            ("-.5", Some("-0.5")),
            ("5.", Some("5")),
            ("007", Some("7")),
            ("000", Some("0")),
            ("12345678901234567890.1", Some("12345678901234567890.1")),
            (".", None),
            ("", None),
            ("+-5", None),
            ("--5", None),
            ("1,5", None),
            ("NaN", None),
            ("0x10", None),
            ("5 C", None),
        ] {
            assert_eq!(number(text).as_ref().map(Number::text), expected, "{text:?}");
        }
    }

    #[test]
    fn every_type_takes_its_values_and_no_others() {
        let now = Timestamp::from_millis(0);
        for (kind, good, bad) in [
            (ValueType::String, &["", "x"][..], &[][..]),
            (
                ValueType::Date,
                &["", "2026-11-21T07:40:22+0100", "2026-11-21T07:40:22"],
                &["2026-11-21", "x"],
            ),
            (ValueType::Number, &["1.5", "-1"], &["", "x"]),
            (ValueType::Integer, &["-1", "0"], &["1.0", "", "1e2"]),
            (ValueType::Unsigned, &["1", "0"], &["-1", "1.5", ""]),
            (ValueType::Flag, &["", "x"], &[]),
            (ValueType::Severity, &["MAJOR"], &["major", ""]),
            (ValueType::AlarmStatus, &["CLEARED"], &["PENDING", ""]),
            (ValueType::OperationStatus, &["PENDING"], &["CLEARED", ""]),
            (ValueType::Boolean, &["true", "False"], &["1", ""]),
        ] {
            assert_eq!(ValueType::from_word(kind.word()), Some(kind));
            for text in good {
                assert!(kind.read(text, now).is_some(), "{kind:?} {text:?}");
            }
            for text in bad {
                assert_eq!(kind.read(text, now), None, "{kind:?} {text:?}");
            }
        }
        let time = ValueType::Date.read("2026-11-21T07:40:22+0100", now);
        assert_eq!(time, Some("2026-11-21T06:40:22.000Z".into()));
    }
}
