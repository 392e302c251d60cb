//! How a tenant lets its users in, for how long, and what it asks of passwords (R002, R055).
//!
//! What of it is an option of the tenant is read through a closure, by the option's key: where options lie is not known
//! here. A value that makes no sense is as good as none, and never makes anything longer or weaker than the platform's own.

use crate::limits::{
    DEVICE_TOKEN_SECONDS, DEVICE_TOKEN_SECONDS_MIN, SESSION_SECONDS, SESSION_SECONDS_MIN,
    USER_AGENT_CHARS_MAX,
};
use crate::time::Timestamp;
use crate::users::UserKind;
use serde::{Deserialize, Serialize};

/// The category of the options about passwords.
pub const PASSWORD_OPTIONS: &str = "password";
/// The category of the options about sessions.
pub const SESSION_OPTIONS: &str = "oauth.internal";
/// The category of the options about second factors.
pub const FACTOR_OPTIONS: &str = "two-factor-authentication";
/// The option of it that demands a second factor of every person: `true`, or anything else.
pub const FACTOR_ENFORCED: &str = "enforced";
/// Characters of a green password when the tenant says nothing.
pub const GREEN_CHARS_MIN: usize = 8;
/// No tenant can ask for more: Cumulocity's own clients let nobody type more.
pub const GREEN_CHARS_MAX: usize = 32;

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;

/// What somebody signed in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignInWay {
    /// A password, for a session.
    Password,
    /// A password and a code of the second factor.
    PasswordAndCode,
    /// A password and a recovery code in place of the second factor.
    PasswordAndRecoveryCode,
    /// The word of an identity provider.
    SingleSignOn,
    /// A password with each request.
    Basic,
    /// The key of a service account.
    Key,
    /// A certificate.
    Certificate,
}

impl SignInWay {
    /// Every way.
    pub const ALL: [Self; 7] = [
        Self::Password,
        Self::PasswordAndCode,
        Self::PasswordAndRecoveryCode,
        Self::SingleSignOn,
        Self::Basic,
        Self::Key,
        Self::Certificate,
    ];

    /// Its name where the interface shows it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Password => "PASSWORD",
            Self::PasswordAndCode => "PASSWORD_AND_CODE",
            Self::PasswordAndRecoveryCode => "PASSWORD_AND_RECOVERY_CODE",
            Self::SingleSignOn => "SSO",
            Self::Basic => "BASIC",
            Self::Key => "KEY",
            Self::Certificate => "CERTIFICATE",
        }
    }
}

/// What a client calls itself, as far as it is kept: its first printable characters. Never empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserAgent(String);

impl UserAgent {
    /// What is kept of a text; nothing of one that says nothing.
    pub fn of(text: &str) -> Option<Self> {
        let printable = text.chars().filter(|one| matches!(one, ' '..='~'));
        let kept: String = printable.take(USER_AGENT_CHARS_MAX).collect();
        let kept = kept.trim();
        (!kept.is_empty()).then(|| Self(kept.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// By which means a tenant lets its users in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaysIn {
    /// Whether people may send their password with every request.
    pub basic_for_people: bool,
    /// Whether devices may.
    pub basic_for_devices: bool,
    /// Whether people may open sessions with their password.
    pub sessions: bool,
    /// The life of a session in seconds, if it is to be shorter.
    pub session_seconds: Option<u32>,
    /// Whether sign-in pages offer Basic.
    pub shows_basic: bool,
    /// Whether sign-in pages offer sessions.
    pub shows_sessions: bool,
}

impl Default for WaysIn {
    fn default() -> Self {
        Self {
            basic_for_people: true,
            basic_for_devices: true,
            sessions: true,
            session_seconds: None,
            shows_basic: true,
            shows_sessions: true,
        }
    }
}

impl WaysIn {
    /// Whether principals of this kind may send a password with every request. What a service sends is a key.
    pub fn admit_basic(&self, kind: UserKind) -> bool {
        match kind {
            UserKind::Person => self.basic_for_people,
            UserKind::Device => self.basic_for_devices,
            UserKind::Service | UserKind::Bootstrap => true,
        }
    }

    /// Whether people can get in at all.
    pub fn admit_people(&self) -> bool {
        self.basic_for_people || self.sessions
    }
}

/// What a tenant asks of the passwords of people, at every sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordPolicy {
    /// Whether only green passwords will do.
    pub must_be_green: bool,
    /// Characters of a green one.
    pub green_chars_min: usize,
    /// After so many days a password must be changed.
    pub days_max: Option<i64>,
}

impl PasswordPolicy {
    /// The policy in the options of the category [`PASSWORD_OPTIONS`].
    pub fn of<E>(mut option: impl FnMut(&'static str) -> Result<Option<String>, E>) -> Result<Self, E> {
        let must_be_green = option("enforce.strength")?.as_deref() == Some("true");
        let number = |text: Option<String>| text.and_then(|text| text.trim().parse::<i64>().ok());
        let green = number(option("green.min-length")?).and_then(|chars| usize::try_from(chars).ok());
        let days = number(option("limit.validity")?);
        Ok(Self {
            must_be_green,
            green_chars_min: green
                .unwrap_or(GREEN_CHARS_MIN)
                .clamp(GREEN_CHARS_MIN, GREEN_CHARS_MAX),
            days_max: days.filter(|days| *days > 0),
        })
    }

    /// Whether a password that was set then is too old now. Of one whose day is not known, nothing is said.
    pub fn is_too_old(&self, set: Option<Timestamp>, now: Timestamp) -> bool {
        let age_millis = set.map(|set| now.millis().saturating_sub(set.millis()));
        let limit = self.days_max.map(|days| days.saturating_mul(DAY_MILLIS));
        age_millis.zip(limit).is_some_and(|(age, limit)| age > limit)
    }
}

/// How long what a session consists of lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLife {
    /// A token in a cookie, in seconds.
    pub cookie_token_seconds: u32,
    /// A token in a body, in seconds.
    pub body_token_seconds: u32,
    /// The cookie in the browser, in seconds; nothing: until the browser ends.
    pub cookie_seconds: Option<u32>,
}

impl SessionLife {
    /// What the options of the category [`SESSION_OPTIONS`] and the tenant's ways in leave of [`SESSION_SECONDS`].
    pub fn of<E>(
        ways: &WaysIn,
        mut option: impl FnMut(&'static str) -> Result<Option<String>, E>,
    ) -> Result<Self, E> {
        let mut number = |key| Ok(option(key)?.and_then(|text| text.trim().parse::<i64>().ok()));
        let most = ways.session_seconds.map_or(SESSION_SECONDS, within);
        let life = |wish: Option<i64>| {
            let wish = wish.filter(|seconds| *seconds > 0);
            wish.map_or(most, |seconds| {
                within(u32::try_from(seconds).unwrap_or(u32::MAX)).min(most)
            })
        };
        let cookie_token_seconds = life(number("basic-token.lifespan.seconds")?);
        let body_token_seconds = life(number("body-token.lifespan.seconds")?);
        let cookie = number("basic-user.cookie.lifespan.seconds")?;
        Ok(Self {
            cookie_token_seconds,
            body_token_seconds,
            cookie_seconds: cookie
                .is_none_or(|seconds| seconds >= 0)
                .then(|| life(cookie).min(cookie_token_seconds)),
        })
    }
}

/// How long tokens of devices live, in seconds, by the options of the category [`SESSION_OPTIONS`].
pub fn device_token_seconds<E>(
    mut option: impl FnMut(&'static str) -> Result<Option<String>, E>,
) -> Result<u32, E> {
    let wish = option("device-token.lifespan.seconds")?;
    let wish = wish.and_then(|text| text.trim().parse::<u32>().ok());
    let seconds = wish.unwrap_or(DEVICE_TOKEN_SECONDS);
    Ok(seconds.clamp(DEVICE_TOKEN_SECONDS_MIN, SESSION_SECONDS))
}

fn within(seconds: u32) -> u32 {
    seconds.clamp(SESSION_SECONDS_MIN, SESSION_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    fn options<'o>(
        set: &'o [(&'o str, &'o str)],
    ) -> impl FnMut(&'static str) -> Result<Option<String>, Infallible> + 'o {
        |key| {
            let found = set.iter().find(|(name, _)| *name == key);
            Ok(found.map(|(_, value)| (*value).to_owned()))
        }
    }

    #[test]
    fn of_what_a_client_calls_itself_the_first_printable_characters_are_kept() {
        let long = "x".repeat(USER_AGENT_CHARS_MAX);
        for (text, expected) in [
            ("Mozilla/5.0 (X11) ", Some("Mozilla/5.0 (X11)")),
            ("a\r\n\u{1b}[2Jb\u{202e}ä", Some("a[2Jb")),
            (&format!("{long}y"), Some(long.as_str())),
            (&long, Some(&long)),
            (" \u{7f}", None),
            ("", None),
        ] {
            let kept = UserAgent::of(text);
            assert_eq!(kept.as_ref().map(UserAgent::as_str), expected, "{text:?}");
        }
    }

    // R002: an option can only make a session shorter, whatever it says.
    #[test]
    fn options_only_shorten_a_session() {
        let ways = WaysIn::default();
        for (value, expected) in [
            ("3600", 3_600),
            ("1", SESSION_SECONDS_MIN),
            ("99999999999999", SESSION_SECONDS),
            ("0", SESSION_SECONDS),
            ("-5", SESSION_SECONDS),
            ("soon", SESSION_SECONDS),
        ] {
            let Ok(life) = SessionLife::of(&ways, options(&[("basic-token.lifespan.seconds", value)]));
            assert_eq!(life.cookie_token_seconds, expected, "{value}");
            assert_eq!(life.body_token_seconds, SESSION_SECONDS, "{value}");
        }
        let shorter = WaysIn {
            session_seconds: Some(600),
            ..ways
        };
        let Ok(life) = SessionLife::of(&shorter, options(&[("body-token.lifespan.seconds", "7200")]));
        assert_eq!((life.cookie_token_seconds, life.body_token_seconds), (600, 600));
    }

    #[test]
    fn a_cookie_lives_no_longer_than_its_token_and_on_wish_only_as_long_as_the_browser() {
        let ways = WaysIn::default();
        for (value, expected) in [
            (None, Some(3_600)),
            (Some("600"), Some(600)),
            (Some("999999"), Some(3_600)),
            (Some("-1"), None),
        ] {
            let mut set = vec![("basic-token.lifespan.seconds", "3600")];
            set.extend(value.map(|value| ("basic-user.cookie.lifespan.seconds", value)));
            let Ok(life) = SessionLife::of(&ways, options(&set));
            assert_eq!(life.cookie_seconds, expected, "{value:?}");
        }
    }

    #[test]
    fn a_password_policy_that_makes_no_sense_is_that_of_the_platform() {
        let Ok(none) = PasswordPolicy::of(options(&[]));
        let nonsense = [
            ("enforce.strength", "yes"),
            ("green.min-length", "-3"),
            ("limit.validity", "x"),
        ];
        let Ok(bad) = PasswordPolicy::of(options(&nonsense));
        assert_eq!(bad, none);
        assert_eq!(
            (none.must_be_green, none.green_chars_min, none.days_max),
            (false, 8, None)
        );
        let Ok(some) = PasswordPolicy::of(options(&[
            ("enforce.strength", "true"),
            ("green.min-length", "12"),
            ("limit.validity", "90"),
        ]));
        assert_eq!(
            (some.must_be_green, some.green_chars_min, some.days_max),
            (true, 12, Some(90))
        );
    }

    #[test]
    fn a_password_is_too_old_after_its_days_and_not_before() {
        let policy = PasswordPolicy {
            must_be_green: false,
            green_chars_min: 8,
            days_max: Some(2),
        };
        let at = Timestamp::from_millis;
        assert!(!policy.is_too_old(Some(at(0)), at(2 * DAY_MILLIS)));
        assert!(policy.is_too_old(Some(at(0)), at(2 * DAY_MILLIS + 1)));
        assert!(!policy.is_too_old(None, at(99 * DAY_MILLIS)));
        let never = PasswordPolicy {
            days_max: None,
            ..policy
        };
        assert!(!never.is_too_old(Some(at(0)), at(99 * DAY_MILLIS)));
    }
}
