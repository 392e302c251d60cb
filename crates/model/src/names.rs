//! Names that people and devices choose, each with its own rules, so that a name that exists is a name that is safe
//! to compare, to show and to put into a path.

use crate::limits::{NAME_BYTES_MAX, USER_NAME_CHARS_MAX};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The text breaks a rule of the kind of name that was expected; the rule is in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadName(pub &'static str);

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $rule:expr, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(Box<str>);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = BadName;

            fn from_str(text: &str) -> Result<Self, BadName> {
                let check: fn(&str) -> bool = $check;
                if check(text) { Ok(Self(text.into())) } else { Err(BadName($rule)) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name! {
    /// A tenant as clients name it: `t100`, `management`.
    TenantId,
    "a tenant id has 1 to 32 lower-case letters, digits, hyphens or underscores and begins with a letter",
    |text| {
        text.len() <= 32
            && text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
    }
}

name! {
    /// A tenant's domain, or any host name: lower-case labels of letters, digits and hyphens.
    Domain,
    "a domain has up to 256 lower-case letters, digits, hyphens and dots",
    |text| {
        text.len() <= 256
            && text.split('.').all(|label| {
                !label.is_empty()
                    && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
                    && !label.starts_with('-')
                    && !label.ends_with('-')
            })
    }
}

name! {
    /// A user of one tenant. Compared exactly: case matters, and `smith` of one tenant is nobody in another (R007).
    UserName,
    "a user name has 1 to 1,000 characters, none of them white space, a control character or one of / + $ : \\",
    |text| {
        !text.is_empty()
            && text.chars().count() <= USER_NAME_CHARS_MAX
            && !text.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '/' | '+' | '$' | ':' | '\\'))
            && text != "."
            && text != ".."
    }
}

name! {
    /// A group of users.
    GroupName,
    "a group name has 1 to 254 characters, none of them a control character, and no space at its ends",
    |text| {
        !text.is_empty() && text.chars().count() <= 254 && text.trim() == text && !text.chars().any(char::is_control)
    }
}

name! {
    /// A top-level property of a document: a fragment, or a series inside one.
    FragmentName,
    "a property name has 1 to 1,000 bytes, no white space, no control character and none of . , * [ ] ( ) @ $",
    |text| {
        !text.is_empty()
            && text.len() <= NAME_BYTES_MAX
            && !text.chars().any(|c| {
                c.is_whitespace() || c.is_control()
                    || matches!(c, '.' | ',' | '*' | '[' | ']' | '(' | ')' | '@' | '$')
            })
    }
}

name! {
    /// Free short text that names something: the type or name of an object, half of an external id.
    Label,
    "a name or type has at most 1,000 bytes and no control character",
    |text| text.len() <= NAME_BYTES_MAX && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_rules() {
        for (text, ok) in [
            ("t100", true),
            ("management", true),
            ("T1", false),
            ("1t", false),
            ("", false),
            ("a/b", false),
        ] {
            assert_eq!(text.parse::<TenantId>().is_ok(), ok, "{text:?}");
        }
        for (text, ok) in [
            ("smith", true),
            ("smith@example.org", true),
            ("ünal", true),
            ("a b", false),
            ("a/b", false),
            ("a:b", false),
            ("..", false),
            ("a\u{0}", false),
            ("", false),
        ] {
            assert_eq!(text.parse::<UserName>().is_ok(), ok, "{text:?}");
        }
        for (text, ok) in [
            ("c8y_Restart", true),
            ("a.b", false),
            ("a b", false),
            ("a[0]", false),
            ("", false),
        ] {
            assert_eq!(text.parse::<FragmentName>().is_ok(), ok, "{text:?}");
        }
        for (text, ok) in [
            ("iot.example.org", true),
            ("localhost", true),
            ("-a.b", false),
            ("a..b", false),
            ("A.b", false),
        ] {
            assert_eq!(text.parse::<Domain>().is_ok(), ok, "{text:?}");
        }
    }
}
