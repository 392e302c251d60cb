//! Options of a tenant: settings by category and key, some of which change how the platform decides.
//!
//! A category and a key name an option; what its value means is known where it is used.

use crate::limits::{OPTION_CATEGORY_BYTES_MAX, OPTION_KEY_BYTES_MAX, OPTION_VALUE_BYTES_MAX};
use crate::names::BadName;
use crate::secret::Secret;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Keys that begin with it are secret: their values are taken in and never shown again.
pub const SECRET_KEY_PREFIX: &str = "credentials.";
/// `true`: measurements are shown without the fragments that are not covered, instead of being hidden (R033).
pub const ONLY_ACCESSIBLE_FRAGMENTS: Switch = Switch {
    category: "configuration",
    key: "acl.measurement.only-accessible-fragments",
};
/// `true`: devices may open objects to every user of the tenant (R037).
pub const GLOBAL_BY_DEVICES: Switch = Switch {
    category: "configuration",
    key: "acl.global.allow-devices",
};

/// An option that the platform itself reads: on when its value is exactly `true`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Switch {
    /// Its category.
    pub category: &'static str,
    /// Its key.
    pub key: &'static str,
}

impl Switch {
    /// Whether this value turns it on. Everything else leaves it off, so that a mistake opens nothing.
    pub fn is_on(value: &str) -> bool {
        value == "true"
    }
}

/// A group of options.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Category(Box<str>);

impl Category {
    /// What a category may be, for people.
    pub const RULE: &'static str = "1 to 255 bytes, without white space, control characters and $ & + , / : ; = ? @ \" < > # % { } | \\ ^ ~ [ ] `";

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Category {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        const FORBIDDEN: &str = "$&+,/:;=?@\"<>#%{}|\\^~[]`";
        let fits = (1..=OPTION_CATEGORY_BYTES_MAX).contains(&text.len());
        let is_forbidden = |c: char| c.is_whitespace() || c.is_control() || FORBIDDEN.contains(c);
        if !fits || text.chars().any(is_forbidden) {
            return Err(BadName(Self::RULE));
        }
        Ok(Self(text.into()))
    }
}

/// One option of a category.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OptionKey(Box<str>);

impl OptionKey {
    /// What a key may be, for people.
    pub const RULE: &'static str = "1 to 255 bytes, without control characters";

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the value is a secret.
    pub fn is_secret(&self) -> bool {
        self.0.starts_with(SECRET_KEY_PREFIX)
    }
}

impl FromStr for OptionKey {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let fits = (1..=OPTION_KEY_BYTES_MAX).contains(&text.len());
        if !fits || text.chars().any(char::is_control) {
            return Err(BadName(Self::RULE));
        }
        Ok(Self(text.into()))
    }
}

/// The full name of an option.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OptionName {
    /// Its category.
    pub category: Category,
    /// Its key.
    pub key: OptionKey,
}

impl fmt::Display for OptionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.category.as_str(), self.key.as_str())
    }
}

/// The value of an option on its way in: nothing shows it before it is known whether it is a secret.
pub struct OptionValue(Secret);

impl OptionValue {
    /// What a value may be, for people.
    pub const RULE: &'static str = "at most 16,384 bytes";

    /// A value, unless it is too long.
    pub fn new(text: Secret) -> Result<Self, BadName> {
        if text.expose().len() > OPTION_VALUE_BYTES_MAX {
            return Err(BadName(Self::RULE));
        }
        Ok(Self(text))
    }

    /// The text itself. Each call is a place to look at in a review.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// An option as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantOption {
    /// Its name.
    pub name: OptionName,
    /// Its value; nothing if that is a secret.
    pub value: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn categories_and_keys_keep_their_rules() {
        for (text, ok) in [
            ("configuration", true),
            ("access.control", true),
            ("two-factor-authentication", true),
            ("", false),
            ("a b", false),
            ("a/b", false),
            ("a%2Fb", false),
            ("a\u{0}", false),
            ("a`", false),
        ] {
            assert_eq!(text.parse::<Category>().is_ok(), ok, "{text:?}");
        }
        for (text, ok) in [
            ("temp too high", true),
            ("a/b", true),
            ("", false),
            ("a\n", false),
        ] {
            assert_eq!(text.parse::<OptionKey>().is_ok(), ok, "{text:?}");
        }
        let category = |bytes| "c".repeat(bytes).parse::<Category>().is_ok();
        let (most, key_most) = (OPTION_CATEGORY_BYTES_MAX, OPTION_KEY_BYTES_MAX);
        assert_eq!((category(most), category(most + 1)), (true, false));
        let key = |bytes| "k".repeat(bytes).parse::<OptionKey>().is_ok();
        assert_eq!((key(key_most), key(key_most + 1)), (true, false));
        let value = |bytes| OptionValue::new(Secret::new("v".repeat(bytes))).is_ok();
        let most = OPTION_VALUE_BYTES_MAX;
        assert_eq!((value(0), value(most), value(most + 1)), (true, true, false));
    }

    #[test]
    fn only_keys_with_the_prefix_are_secret() {
        for (text, secret) in [
            ("credentials.password", true),
            ("credentials.", true),
            ("credentials", false),
            ("my.credentials.password", false),
        ] {
            assert_eq!(
                text.parse::<OptionKey>().map(|key| key.is_secret()),
                Ok(secret),
                "{text:?}"
            );
        }
    }

    // R033, R037: a value that is nearly right turns nothing on.
    #[test]
    fn a_switch_is_on_only_when_its_value_is_exactly_true() {
        for (value, on) in [
            ("true", true),
            ("TRUE", false),
            (" true", false),
            ("1", false),
            ("", false),
        ] {
            assert_eq!(Switch::is_on(value), on, "{value:?}");
        }
    }
}
