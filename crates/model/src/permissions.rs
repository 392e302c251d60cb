//! Permissions on single objects and fragments (R026 to R035), and how they are written: one rule as a line,
//! `10200, MEASUREMENT, c8y_TemperatureMeasurement, READ`, and one permission as the REST API shows it,
//! `MEASUREMENT:c8y_TemperatureMeasurement:READ`.
//!
//! A permission only ever adds. What cannot be read exactly is refused, never taken for something wider. Who holds a
//! permission, and what it comes to, is not known here.

use crate::ids::ObjectId;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Most bytes of a fragment's name in a permission.
pub const FRAGMENT_NAME_BYTES_MAX: usize = 255;

/// Why a permission could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPermission {
    /// Not the four parts of a rule.
    #[error(
        "a rule has four parts: object, scope, fragment, permission, as in `10200, MEASUREMENT, *, READ`"
    )]
    NotARule,
    /// Not the three parts of a permission.
    #[error("a permission has three parts: `MEASUREMENT:c8y_TemperatureMeasurement:READ`")]
    NotAPermission,
    /// The first part of a rule.
    #[error("the object is the id of a managed object, or `*` for every object")]
    Object,
    /// The kind of data.
    #[error("the scope is one of MANAGED_OBJECT, MEASUREMENT, EVENT, ALARM, OPERATION, AUDIT, BINARY or `*`")]
    Scope,
    /// The fragment.
    #[error(
        "the fragment is the exact name of one, of at most 255 bytes and without control characters, or `*`"
    )]
    Fragment,
    /// READ, ADMIN or both.
    #[error("the permission is READ, ADMIN or `*` (CHANGE and ALL are understood as ADMIN and `*`)")]
    Level,
}

/// The kinds of data that permissions are given for (R020, R031).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// Managed objects, their edges and their external ids.
    ManagedObject,
    /// Measurements.
    Measurement,
    /// Events and their attachments.
    Event,
    /// Alarms.
    Alarm,
    /// Operations.
    Operation,
    /// Audit records about the object.
    Audit,
    /// Files.
    Binary,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::ManagedObject,
        Self::Measurement,
        Self::Event,
        Self::Alarm,
        Self::Operation,
        Self::Audit,
        Self::Binary,
    ];

    /// The name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::ManagedObject => "MANAGED_OBJECT",
            Self::Measurement => "MEASUREMENT",
            Self::Event => "EVENT",
            Self::Alarm => "ALARM",
            Self::Operation => "OPERATION",
            Self::Audit => "AUDIT",
            Self::Binary => "BINARY",
        }
    }
}

impl FromStr for Scope {
    type Err = BadPermission;

    fn from_str(text: &str) -> Result<Self, BadPermission> {
        if text == "OPERATIONS" {
            return Ok(Self::Operation);
        }
        let found = Self::ALL.into_iter().find(|scope| scope.name() == text);
        found.ok_or(BadPermission::Scope)
    }
}

/// READ reads; ADMIN creates, changes and deletes, and does not include READ (R019, R035).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Level {
    /// Read.
    Read,
    /// Create, change, delete.
    Admin,
}

impl Level {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Read, Self::Admin];

    /// The name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "READ",
            Self::Admin => "ADMIN",
        }
    }
}

impl FromStr for Level {
    type Err = BadPermission;

    fn from_str(text: &str) -> Result<Self, BadPermission> {
        match text {
            "READ" => Ok(Self::Read),
            "ADMIN" | "CHANGE" => Ok(Self::Admin),
            _ => Err(BadPermission::Level),
        }
    }
}

/// The exact name of a fragment. Names that look alike are different names (R042).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FragmentName(Box<str>);

impl FragmentName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FragmentName {
    type Err = BadPermission;

    fn from_str(text: &str) -> Result<Self, BadPermission> {
        let fits = (1..=FRAGMENT_NAME_BYTES_MAX).contains(&text.len());
        if !fits || text == "*" || text.trim() != text || text.chars().any(char::is_control) {
            return Err(BadPermission::Fragment);
        }
        Ok(Self(text.into()))
    }
}

/// Everything of a kind (`*`), or one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Select<T> {
    /// `*`
    All,
    /// This one.
    One(T),
}

impl<T: PartialEq> Select<T> {
    /// Whether this one is meant.
    pub fn selects(&self, one: &T) -> bool {
        match self {
            Self::All => true,
            Self::One(selected) => selected == one,
        }
    }
}

impl<T> Select<T> {
    fn parse<E>(text: &str, one: impl FnOnce(&str) -> Result<T, E>) -> Result<Self, E> {
        match text {
            "*" => Ok(Self::All),
            text => one(text).map(Self::One),
        }
    }

    fn show(&self, one: impl FnOnce(&T) -> String) -> String {
        match self {
            Self::All => "*".to_owned(),
            Self::One(selected) => one(selected),
        }
    }
}

impl Select<Level> {
    /// Reads `READ`, `ADMIN` or `*`, and the newer names `CHANGE` and `ALL`.
    pub fn level(text: &str) -> Result<Self, BadPermission> {
        if text == "ALL" {
            return Ok(Self::All);
        }
        Self::parse(text, str::parse)
    }
}

/// What may be done, with which fragments of which kind of data. On which objects, and who may, stands elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Permission {
    /// The kind of data; `*` for every kind.
    pub scope: Select<Scope>,
    /// The fragment; `*` for every fragment, and for data without any (R034).
    pub fragment: Select<FragmentName>,
    /// READ, ADMIN or both.
    pub level: Select<Level>,
}

impl Permission {
    /// The permission of these parts, as texts.
    pub fn of_parts(scope: &str, fragment: &str, level: &str) -> Result<Self, BadPermission> {
        Ok(Self {
            scope: Select::parse(scope, str::parse)?,
            fragment: Select::parse(fragment, str::parse)?,
            level: Select::level(level)?,
        })
    }

    /// The scope as the API shows it.
    pub fn scope_text(&self) -> String {
        self.scope.show(|scope| scope.name().to_owned())
    }

    /// The fragment as the API shows it.
    pub fn fragment_text(&self) -> String {
        self.fragment.show(|name| name.as_str().to_owned())
    }

    /// The level as the API shows it.
    pub fn level_text(&self) -> String {
        self.level.show(|level| level.name().to_owned())
    }

    /// Whether it speaks of this kind of data and level, with whichever fragment.
    pub fn is_for(&self, scope: Scope, level: Level) -> bool {
        self.scope.selects(&scope) && self.level.selects(&level)
    }

    /// Whether everything that the other permission allows, this one allows too.
    pub fn includes(&self, other: &Self) -> bool {
        (self.scope == Select::All || self.scope == other.scope)
            && (self.fragment == Select::All || self.fragment == other.fragment)
            && (self.level == Select::All || self.level == other.level)
    }
}

/// `SCOPE:fragment:PERMISSION`. The fragment may hold colons: the scope and the permission cannot.
impl FromStr for Permission {
    type Err = BadPermission;

    fn from_str(text: &str) -> Result<Self, BadPermission> {
        let (scope, rest) = text.split_once(':').ok_or(BadPermission::NotAPermission)?;
        let (fragment, level) = rest.rsplit_once(':').ok_or(BadPermission::NotAPermission)?;
        Self::of_parts(scope, fragment, level)
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scope, fragment, level) = (self.scope_text(), self.fragment_text(), self.level_text());
        write!(f, "{scope}:{fragment}:{level}")
    }
}

/// A permission on one object with what hangs below it, or on every object of the tenant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Rule {
    /// The object; `*` for every object.
    pub object: Select<ObjectId>,
    /// What may be done.
    pub permission: Permission,
}

/// The object as the API and the one-line form write it: its id, or `*`.
pub fn object_text(object: Select<ObjectId>) -> String {
    object.show(ObjectId::to_string)
}

/// Reads an object as [`object_text`] writes it.
pub fn parse_object(text: &str) -> Result<Select<ObjectId>, BadPermission> {
    Select::parse(text, |id| id.parse().map_err(|_| BadPermission::Object))
}

/// `object, SCOPE, fragment, PERMISSION` with any spaces around the parts. The fragment may hold commas: the other
/// parts cannot.
impl FromStr for Rule {
    type Err = BadPermission;

    fn from_str(text: &str) -> Result<Self, BadPermission> {
        let (object, rest) = text.split_once(',').ok_or(BadPermission::NotARule)?;
        let (scope, rest) = rest.split_once(',').ok_or(BadPermission::NotARule)?;
        let (fragment, level) = rest.rsplit_once(',').ok_or(BadPermission::NotARule)?;
        Ok(Self {
            object: parse_object(object.trim())?,
            permission: Permission::of_parts(scope.trim(), fragment.trim(), level.trim())?,
        })
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let permission = &self.permission;
        write!(
            f,
            "{}, {}, {}, {}",
            object_text(self.object),
            permission.scope_text(),
            permission.fragment_text(),
            permission.level_text()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    // R031 R034 R035 R040 R041 R042: every form in use, and what is refused.
    #[test]
    fn a_rule_is_read_exactly_or_refused() {
        for (text, expected) in [
            (
                "10200, MEASUREMENT, c8y_TemperatureMeasurement, READ",
                Ok("10200, MEASUREMENT, c8y_TemperatureMeasurement, READ"),
            ),
            ("10200, MEASUREMENT, *, READ", Ok("10200, MEASUREMENT, *, READ")),
            (
                "10200,OPERATIONS,c8yRestart,ADMIN",
                Ok("10200, OPERATION, c8yRestart, ADMIN"),
            ),
            (" * ,\t*, *, * ", Ok("*, *, *, *")),
            ("7, ALARM, a,b:c, CHANGE", Ok("7, ALARM, a,b:c, ADMIN")),
            ("7, BINARY, *, ALL", Ok("7, BINARY, *, *")),
            ("10200, MEASUREMENTS, *, READ", Err(BadPermission::Scope)),
            ("10200, measurement, *, READ", Err(BadPermission::Scope)),
            ("10200, , *, READ", Err(BadPermission::Scope)),
            ("10200, EVENT, , READ", Err(BadPermission::Fragment)),
            ("10200, EVENT, a\u{0}b, READ", Err(BadPermission::Fragment)),
            ("10200, EVENT, *, read", Err(BadPermission::Level)),
            ("10200, EVENT, *, WRITE", Err(BadPermission::Level)),
            ("10200, EVENT, *,", Err(BadPermission::Level)),
            ("-1, EVENT, *, READ", Err(BadPermission::Object)),
            ("device, EVENT, *, READ", Err(BadPermission::Object)),
            ("10200, EVENT, READ", Err(BadPermission::NotARule)),
            ("", Err(BadPermission::NotARule)),
        ] {
            let read = text.parse::<Rule>().map(|rule| rule.to_string());
            assert_eq!(read, expected.map(str::to_owned), "{text:?}");
        }
    }

    #[test]
    fn a_permission_is_read_exactly_or_refused() {
        for (text, expected) in [
            ("MEASUREMENT:c8y_TemperatureMeasurement:READ", Ok(())),
            ("*:*:*", Ok(())),
            ("EVENT:a:b:ADMIN", Ok(())),
            ("EVENT:READ", Err(BadPermission::NotAPermission)),
            ("EVENT", Err(BadPermission::NotAPermission)),
            ("EVENTS:*:READ", Err(BadPermission::Scope)),
            (":*:READ", Err(BadPermission::Scope)),
            ("EVENT:*:", Err(BadPermission::Level)),
            ("EVENT: x:READ", Err(BadPermission::Fragment)),
        ] {
            let read = text.parse::<Permission>();
            assert_eq!(read.clone().map(drop), expected, "{text:?}");
            if let Ok(permission) = read {
                assert_eq!(permission.to_string(), text);
            }
        }
    }

    fn permissions() -> impl Strategy<Value = Permission> {
        let scope = proptest::sample::select(Scope::ALL.to_vec());
        let level = proptest::sample::select(Level::ALL.to_vec());
        let fragment = "[a-zA-Z_:,]{1,20}".prop_map(|name| name.parse().expect("a name"));
        let one = (
            proptest::option::of(scope),
            proptest::option::of(fragment),
            proptest::option::of(level),
        );
        one.prop_map(|(scope, fragment, level)| Permission {
            scope: scope.map_or(Select::All, Select::One),
            fragment: fragment.map_or(Select::All, Select::One),
            level: level.map_or(Select::All, Select::One),
        })
    }

    proptest! {
        // R040: what is printed is read back as the same, in both forms.
        #[test]
        fn printing_and_reading_are_each_others_inverse(permission in permissions(), object in 1_u64..1000) {
            prop_assert_eq!(permission.to_string().parse::<Permission>(), Ok(permission.clone()));
            let object = if object > 900 { Select::All } else { Select::One(ObjectId::new(object).expect("in range")) };
            let rule = Rule { object, permission };
            prop_assert_eq!(rule.to_string().parse::<Rule>(), Ok(rule));
        }

        #[test]
        fn one_permission_includes_another_when_it_speaks_of_all_that_the_other_does(
            wide in permissions(), narrow in permissions(),
        ) {
            if wide.includes(&narrow) {
                for scope in Scope::ALL {
                    for level in Level::ALL {
                        prop_assert!(!narrow.is_for(scope, level) || wide.is_for(scope, level));
                    }
                }
            }
        }
    }
}
