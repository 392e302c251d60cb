//! Reading domain values out of JSON bodies, with errors that name the property and never repeat its value.

use model::json::{Json, Object};
use model::names::{FragmentName, Label};
use model::permissions::BadPermission;
use model::time::Timestamp;
use std::fmt;
use std::str::FromStr;

/// What is wrong with a body that is JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadBody {
    /// It is not an object.
    NotAnObject,
    /// Properties that must be there are not.
    Missing(Vec<&'static str>),
    /// A property is not of the type that it must have.
    WrongType {
        /// The property.
        property: String,
        /// What is expected.
        expected: &'static str,
    },
    /// A property breaks a rule.
    Rule {
        /// The property.
        property: String,
        /// The rule.
        rule: &'static str,
    },
    /// A property cannot be given here.
    NotAllowed {
        /// The property.
        property: &'static str,
    },
    /// A property holds a permission that is not understood.
    Permission {
        /// The property.
        property: &'static str,
        /// What is wrong.
        bad: BadPermission,
    },
    /// Lines, or entries of a list, that are no rules: each with its number.
    Rules(Vec<(usize, BadPermission)>),
    /// More elements than the limit.
    TooMany {
        /// The property.
        property: &'static str,
        /// The limit.
        most: usize,
    },
}

impl fmt::Display for BadBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnObject => f.write_str("The body must be a JSON object."),
            Self::Missing(names) => {
                write!(
                    f,
                    "Following mandatory fields should be included: {}",
                    names.join(",")
                )
            }
            Self::WrongType { property, expected } => {
                write!(f, "The property '{property}' must be {expected}.")
            }
            Self::Rule { property, rule } => write!(f, "The property '{property}' is not valid: {rule}."),
            Self::NotAllowed { property } => write!(f, "The property '{property}' cannot be set here."),
            Self::Permission { property, bad } => {
                write!(
                    f,
                    "The property '{property}' is not valid: {bad}. Nothing was stored."
                )
            }
            Self::Rules(faults) => {
                let faults: Vec<_> = faults
                    .iter()
                    .map(|(number, bad)| format!("line {number}: {bad}"))
                    .collect();
                write!(f, "Nothing was stored; {}.", faults.join("; "))
            }
            Self::TooMany { property, most } => write!(f, "'{property}' has more than {most} entries."),
        }
    }
}

/// The object of a body.
pub fn object(json: Json) -> Result<Object, BadBody> {
    match json {
        Json::Object(object) => Ok(object),
        _ => Err(BadBody::NotAnObject),
    }
}

/// Names of properties that a client chose, shortened so that an error stays an error and not a mirror.
pub fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(64).collect()
}

fn wrong(property: &str, expected: &'static str) -> BadBody {
    BadBody::WrongType {
        property: shown(property),
        expected,
    }
}

/// Refuses a body in which one of these is not there (or null).
pub fn require(object: &Object, names: &[&'static str]) -> Result<(), BadBody> {
    let is_missing = |name: &&&'static str| matches!(object.get(name), None | Some(Json::Null));
    let missing: Vec<_> = names.iter().filter(is_missing).copied().collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(BadBody::Missing(missing))
    }
}

/// A text property, if it is there and not null.
pub fn text<'o>(object: &'o Object, name: &str) -> Result<Option<&'o str>, BadBody> {
    match object.get(name) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) => Ok(Some(text)),
        Some(_) => Err(wrong(name, "a string")),
    }
}

/// A text property of at most this many characters, without control characters.
pub fn short_text(object: &Object, name: &str, chars_max: usize) -> Result<Option<String>, BadBody> {
    let Some(text) = text(object, name)? else {
        return Ok(None);
    };
    if text.chars().count() > chars_max || text.chars().any(char::is_control) {
        return Err(BadBody::Rule {
            property: shown(name),
            rule: "too long, or with control characters",
        });
    }
    Ok(Some(text.to_owned()))
}

/// A truth value, if it is there and not null.
pub fn boolean(object: &Object, name: &str) -> Result<Option<bool>, BadBody> {
    match object.get(name) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::Bool(value)) => Ok(Some(*value)),
        Some(_) => Err(wrong(name, "true or false")),
    }
}

/// A property that is itself an object, if it is there and not null.
pub fn member<'o>(object: &'o Object, name: &str) -> Result<Option<&'o Object>, BadBody> {
    match object.get(name) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::Object(member)) => Ok(Some(member)),
        Some(_) => Err(wrong(name, "an object")),
    }
}

/// A property that is an array, if it is there and not null.
pub fn array<'o>(object: &'o Object, name: &'static str, most: usize) -> Result<Option<&'o [Json]>, BadBody> {
    match object.get(name) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::Array(values)) if values.len() > most => Err(BadBody::TooMany { property: name, most }),
        Some(Json::Array(values)) => Ok(Some(values)),
        Some(_) => Err(wrong(name, "an array")),
    }
}

/// A text property of a kind that is made by parsing.
pub fn parsed<T: FromStr>(object: &Object, name: &str, rule: &'static str) -> Result<Option<T>, BadBody> {
    let Some(text) = text(object, name)? else {
        return Ok(None);
    };
    text.parse().map(Some).map_err(|_| BadBody::Rule {
        property: shown(name),
        rule,
    })
}

/// The length of a date without a time of day, `2026-11-21`, which is no time.
const DATE_ALONE: usize = 10;

/// A label (name, type).
pub fn label(object: &Object, name: &str) -> Result<Option<Label>, BadBody> {
    parsed(
        object,
        name,
        "at most 1,000 bytes and no control characters are allowed",
    )
}

/// A date and time. One without an offset is taken as UTC: the Python client sends its own times so.
pub fn time(object: &Object, name: &str) -> Result<Option<Timestamp>, BadBody> {
    let Some(text) = text(object, name)? else {
        return Ok(None);
    };
    let time = Timestamp::from_query(text)
        .ok()
        .filter(|_| text.len() > DATE_ALONE);
    time.map(Some).ok_or_else(|| BadBody::Rule {
        property: shown(name),
        rule: "a date and time with an offset is expected, for example 2026-11-21T07:40:22.219Z",
    })
}

/// Refuses a name that no fragment or series can have.
pub fn check_fragment_name(name: &str) -> Result<(), BadBody> {
    match name.parse::<FragmentName>() {
        Ok(_) => Ok(()),
        Err(bad) => Err(BadBody::Rule {
            property: shown(name),
            rule: bad.0,
        }),
    }
}

/// An identifier, written as a string or as a number (clients do both).
pub fn id<T: FromStr>(object: &Object, name: &str) -> Result<Option<T>, BadBody> {
    let text = match object.get(name) {
        None | Some(Json::Null) => return Ok(None),
        Some(Json::String(text)) => text.as_str(),
        Some(Json::Number(number)) => number.text(),
        Some(_) => return Err(wrong(name, "an identifier")),
    };
    text.parse().map(Some).map_err(|_| BadBody::Rule {
        property: shown(name),
        rule: "not an identifier",
    })
}

/// The last segment of a link or path.
pub fn last_segment(link: &str) -> &str {
    let path = link.split(['?', '#']).next().unwrap_or_default();
    path.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

/// An identifier by `id` or, in the older style, by the last segment of `self`.
pub fn id_or_self<T: FromStr>(object: &Object, property: &str) -> Result<T, BadBody> {
    if let Some(id) = id(object, "id")? {
        return Ok(id);
    }
    let link = text(object, "self")?
        .map(last_segment)
        .and_then(|segment| segment.parse().ok());
    link.ok_or(BadBody::Rule {
        property: shown(property),
        rule: "it needs the id of what it refers to",
    })
}
