//! Rules for a password that a person chooses (R059): long enough, short enough, not the user name, not one of those
//! that everybody tries first. No rule about kinds of characters: those make passwords worse. Also the three colours
//! in which the API shows a password's strength.

mod common;

use crate::service_key::ServiceKey;
use model::limits::{BOOTSTRAP_PASSWORD_CHARS_MIN, PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN};
use model::names::UserName;
use model::sessions::PasswordPolicy;
use model::users::BOOTSTRAP_USER;
use serde::{Deserialize, Serialize};

/// Why a new password was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    /// Fewer than [`PASSWORD_CHARS_MIN`] characters.
    #[error("the password is too short: use at least {PASSWORD_CHARS_MIN} characters")]
    TooShort,
    /// Fewer than [`BOOTSTRAP_PASSWORD_CHARS_MIN`] characters, for the user that new devices share.
    #[error(
        "the password of 'devicebootstrap' is in many devices: use at least {BOOTSTRAP_PASSWORD_CHARS_MIN} characters"
    )]
    TooShortToShare,
    /// More than [`PASSWORD_BYTES_MAX`] bytes.
    #[error("the password is too long: use at most {PASSWORD_BYTES_MAX} bytes")]
    TooLong,
    /// A control character: Basic cannot carry it.
    #[error("the password has a control character: use printable characters and spaces")]
    ControlCharacter,
    /// The user name, perhaps with digits or signs around it.
    #[error("the password is the user name: choose something else")]
    IsUserName,
    /// On the list of common passwords, perhaps with digits or signs around it, or one simple run.
    #[error("the password is one of the most common: choose something else")]
    TooCommon,
    /// It has the form of a service account's key, and would be taken for one.
    #[error("the password has the form of a service account's key: choose something else")]
    IsServiceKey,
    /// Not green, where the tenant asks for that.
    #[error(
        "the password is not strong enough for this tenant: it needs more characters, and among them upper case, lower case, a digit and a sign"
    )]
    NotGreen,
}

/// How strong a password is, as the API shows it (`passwordStrength`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PasswordStrength {
    /// `GREEN`: long enough, with upper case, lower case, digit and sign.
    Green,
    /// `YELLOW`: long enough with three of the four kinds, or a phrase of at least 15 characters.
    Yellow,
    /// `RED`: anything else.
    Red,
}

/// Signs that count for a green password.
const SIGNS: &str = "`~!@#$%^&*()_|+-=?;:'\",.<>{}[]\\/";
/// A phrase of this many characters is not red, whatever it is made of.
const PHRASE_CHARS_MIN: usize = 15;

/// Whether a person may choose this password. Spaces and any script are welcome.
pub fn check_new_password(text: &str, user: &UserName) -> Result<(), WeakPassword> {
    if text.len() > PASSWORD_BYTES_MAX {
        return Err(WeakPassword::TooLong);
    }
    if text.chars().count() < PASSWORD_CHARS_MIN {
        return Err(WeakPassword::TooShort);
    }
    if user.as_str() == BOOTSTRAP_USER && text.chars().count() < BOOTSTRAP_PASSWORD_CHARS_MIN {
        return Err(WeakPassword::TooShortToShare);
    }
    if text.chars().any(char::is_control) {
        return Err(WeakPassword::ControlCharacter);
    }
    if ServiceKey::parse(text).is_ok() {
        return Err(WeakPassword::IsServiceKey);
    }
    let lower = text.to_lowercase();
    let bare = lower.trim_matches(|c: char| !c.is_alphabetic());
    let name = user.as_str().to_lowercase();
    let bare_name = name.trim_matches(|c: char| !c.is_alphabetic());
    if lower == name || (!bare_name.is_empty() && bare == bare_name) {
        return Err(WeakPassword::IsUserName);
    }
    if common::is_listed(&lower) || common::is_listed(bare) || is_simple_run(&lower) {
        return Err(WeakPassword::TooCommon);
    }
    Ok(())
}

/// The colour of a password; `green_chars_min` is the operator's `green.min-length`.
pub fn strength(text: &str, green_chars_min: usize) -> PasswordStrength {
    Makeup::of(text).strength(green_chars_min)
}

/// What a password is made of, as far as its colour depends on it. Kept with a password that was hashed, until it is known
/// what its tenant asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Makeup {
    chars: usize,
    kinds: usize,
}

impl Makeup {
    /// That of a password.
    pub fn of(text: &str) -> Self {
        let kinds = [
            text.chars().any(char::is_uppercase),
            text.chars().any(char::is_lowercase),
            text.chars().any(|c| c.is_ascii_digit()),
            text.chars().any(|c| SIGNS.contains(c)),
        ];
        Self {
            chars: text.chars().count(),
            kinds: kinds.into_iter().filter(|&present| present).count(),
        }
    }

    /// The colour.
    pub fn strength(self, green_chars_min: usize) -> PasswordStrength {
        match self.kinds {
            4 if self.chars >= green_chars_min => PasswordStrength::Green,
            3 if self.chars >= green_chars_min => PasswordStrength::Yellow,
            _ if self.chars >= PHRASE_CHARS_MIN => PasswordStrength::Yellow,
            _ => PasswordStrength::Red,
        }
    }

    /// Whether a tenant with this policy takes it (R002).
    pub fn check(self, policy: &PasswordPolicy) -> Result<(), WeakPassword> {
        let is_green = self.strength(policy.green_chars_min) == PasswordStrength::Green;
        if policy.must_be_green && !is_green {
            return Err(WeakPassword::NotGreen);
        }
        Ok(())
    }
}

impl PasswordStrength {
    /// The word of the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Green => "GREEN",
            Self::Yellow => "YELLOW",
            Self::Red => "RED",
        }
    }
}

/// One or two characters over and over (`aaaaaaaa`, `12121212`), or neighbours up or down (`12345678`, `hgfedcba`).
fn is_simple_run(text: &str) -> bool {
    let codes: Vec<i64> = text.chars().map(|c| i64::from(u32::from(c))).collect();
    let steps = |width: usize| {
        let mut steps: Vec<i64> = codes
            .iter()
            .zip(codes.iter().skip(width))
            .map(|(from, to)| to - from)
            .collect();
        steps.dedup();
        steps
    };
    matches!(steps(1).as_slice(), [-1..=1]) || steps(2) == [0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_passwords_are_judged_by_length_and_by_what_others_would_try() {
        // R059
        let longest = "xy z".repeat(PASSWORD_BYTES_MAX / 4);
        let over = format!("{longest}x");
        for (text, expected) in [
            ("tidal-49", Ok(())),
            ("tidal-4", Err(WeakPassword::TooShort)),
            ("åäöåßüéà", Ok(())),
            ("four words with spaces", Ok(())),
            ("🦀🐙🦑🐠🐡🦐🐚🪸", Ok(())),
            ("🦀🐙🦑🐠", Err(WeakPassword::TooShort)),
            (&longest, Ok(())),
            (&over, Err(WeakPassword::TooLong)),
            ("new\nline-and-more", Err(WeakPassword::ControlCharacter)),
            ("Marie.Schmidt", Err(WeakPassword::IsUserName)),
            ("marie.schmidt2026!", Err(WeakPassword::IsUserName)),
            ("password", Err(WeakPassword::TooCommon)),
            ("PASSWORD", Err(WeakPassword::TooCommon)),
            ("Password123456789", Err(WeakPassword::TooCommon)),
            ("!!welcome1!!", Err(WeakPassword::TooCommon)),
            ("holdfast2026", Err(WeakPassword::TooCommon)),
            ("12345678", Err(WeakPassword::TooCommon)),
            ("98765432", Err(WeakPassword::TooCommon)),
            ("zzzzzzzzzzzz", Err(WeakPassword::TooCommon)),
            ("7373737373", Err(WeakPassword::TooCommon)),
            ("1q2w3e4r", Err(WeakPassword::TooCommon)),
        ] {
            let user = "marie.schmidt".parse().expect("a name");
            assert_eq!(check_new_password(text, &user), expected, "{text:?}");
        }
    }

    #[test]
    fn a_user_name_of_digits_does_not_forbid_every_password() {
        let user = "4711".parse().expect("a name");
        assert_eq!(check_new_password("83920174-5", &user), Ok(()));
        let digits = "4711081512".parse().expect("a name");
        assert_eq!(
            check_new_password("4711081512", &digits),
            Err(WeakPassword::IsUserName)
        );
    }

    #[test]
    fn the_colour_follows_length_and_kinds_of_characters() {
        for (text, green_chars_min, expected) in [
            ("Tidal-49", 8, "GREEN"),
            ("Tidal-49", 9, "RED"),
            ("Tidal-4", 8, "RED"),
            ("Tidal\\49", 8, "GREEN"),
            ("tidal-49", 8, "YELLOW"),
            ("tidaltide", 8, "RED"),
            ("four words with spaces", 8, "YELLOW"),
            ("", 8, "RED"),
        ] {
            assert_eq!(strength(text, green_chars_min).name(), expected, "{text:?}");
        }
    }
}
