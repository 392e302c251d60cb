//! The one-time set-up secret of a new tenant (R009): there is no default password anywhere; the first administrator
//! is made by whoever holds this secret, once and within its time. Wrong guesses never end it: nobody guesses 128 random
//! bits, and whoever knows a tenant's id could otherwise take its secret away. Destroying a used secret is the store's
//! work, in the transaction that makes the administrator.

use crate::generated::SecretHash;
use crate::pepper::Pepper;
use model::limits::SETUP_SECRET_HOURS;
use model::secret::Secret;
use model::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt::Write;
use zeroize::Zeroizing;

/// Hexadecimal digits of a secret.
const DIGITS: usize = 32;
/// Longest text that is looked at, in bytes: the digits with generous separators.
const PRESENTED_BYTES_MAX: usize = 128;

/// A fresh secret: 128 random bits as eight groups of four hexadecimal digits (`3f9a-01c7-...`). Shown once.
pub struct SetupSecret(Secret);

impl SetupSecret {
    /// Makes the secret of random bytes that are used for nothing else.
    pub fn from_random(bytes: [u8; 16]) -> Self {
        let mut text = Zeroizing::new(String::with_capacity(DIGITS + DIGITS / 4));
        for (place, byte) in bytes.iter().enumerate() {
            let hyphen = if place > 0 && place % 2 == 0 { "-" } else { "" };
            // Writing to a String cannot fail.
            let _ = write!(text, "{hyphen}{byte:02x}");
        }
        Self(Secret::new(text.as_str()))
    }

    /// The text, to show it once.
    pub fn secret(&self) -> &Secret {
        &self.0
    }

    /// What is stored of it, good for [`SETUP_SECRET_HOURS`].
    pub fn stored(&self, pepper: &Pepper, now: Timestamp) -> StoredSetupSecret {
        StoredSetupSecret {
            hash: SecretHash::of(&canonical(self.0.expose()), pepper),
            expires: now.plus_millis(SETUP_SECRET_HOURS * 3_600_000),
        }
    }
}

/// The row of an unused set-up secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredSetupSecret {
    /// The trace of the secret.
    pub hash: SecretHash,
    /// From this time on it is void.
    pub expires: Timestamp,
}

/// Why a set-up secret was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SetupRefused {
    /// It is not the secret, or there is none (any more).
    #[error(
        "this is not a valid set-up secret: check it for typing errors or ask the operator for a new one"
    )]
    Unknown,
    /// It is the right one, too late. Told only to those who hold it.
    #[error("this set-up secret has expired: ask the operator for a new one")]
    Expired,
}

/// Whether `presented` opens the set-up now. Hyphens, white space and case do not matter; `o` is read as `0`, `i` and
/// `l` as `1`. The comparison takes the same time for every wrong text.
pub fn redeem(
    presented: &str,
    stored: Option<&StoredSetupSecret>,
    pepper: &Pepper,
    now: Timestamp,
) -> Result<(), SetupRefused> {
    let stored = stored.ok_or(SetupRefused::Unknown)?;
    let readable = presented.len() <= PRESENTED_BYTES_MAX;
    let text = canonical(if readable { presented } else { "" });
    let right = stored.hash.matches(&text, pepper);
    if !right {
        Err(SetupRefused::Unknown)
    } else if now >= stored.expires {
        Err(SetupRefused::Expired)
    } else {
        Ok(())
    }
}

/// The digits alone, in the one form that is hashed.
fn canonical(text: &str) -> Zeroizing<String> {
    let mut digits = String::with_capacity(PRESENTED_BYTES_MAX);
    digits.extend(text.chars().filter(|c| !c.is_whitespace() && *c != '-').map(|c| {
        match c.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        }
    }));
    Zeroizing::new(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_000_000;
    const DAY: i64 = SETUP_SECRET_HOURS * 3_600_000;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn a_set_up_secret_opens_once_it_is_typed_right_and_in_time() {
        // R009
        let pepper = Pepper::new([7; 32]);
        let fresh = SetupSecret::from_random([0x10, 0xab, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 0xff]);
        assert_eq!(fresh.secret().expose(), "10ab-0102-0304-0506-0708-090a-0b0c-0dff");
        let stored = fresh.stored(&pepper, at(NOW));
        let late = at(NOW + DAY);
        for (presented, now, expected) in [
            ("10ab-0102-0304-0506-0708-090a-0b0c-0dff", at(NOW), Ok(())),
            (" 10AB 0102 0304 0506 0708 090A 0B0C 0DFF\n", at(NOW), Ok(())),
            ("loab0l02030405060708090a0b0c0dff", at(NOW + DAY - 1), Ok(())),
            (
                "10ab-0102-0304-0506-0708-090a-0b0c-0dff",
                late,
                Err(SetupRefused::Expired),
            ),
            (
                "10ab-0102-0304-0506-0708-090a-0b0c-0dfe",
                at(NOW),
                Err(SetupRefused::Unknown),
            ),
            (
                "10ab-0102-0304-0506-0708-090a-0b0c-0dfe",
                late,
                Err(SetupRefused::Unknown),
            ),
            ("10ab-0102", at(NOW), Err(SetupRefused::Unknown)),
            ("", at(NOW), Err(SetupRefused::Unknown)),
        ] {
            assert_eq!(
                redeem(presented, Some(&stored), &pepper, now),
                expected,
                "{presented:?}"
            );
        }
    }

    #[test]
    fn without_a_stored_secret_nothing_opens() {
        // R009: used up means gone
        let pepper = Pepper::new([7; 32]);
        let fresh = SetupSecret::from_random([9; 16]);
        let text = fresh.secret().expose();
        assert_eq!(redeem(text, None, &pepper, at(NOW)), Err(SetupRefused::Unknown));
    }

    #[test]
    fn a_hundred_tenants_get_a_hundred_secrets_that_open_only_their_own() {
        // R009
        let pepper = Pepper::new([7; 32]);
        let secrets: Vec<_> = (0..100).map(|n| SetupSecret::from_random([n; 16])).collect();
        for (a, mine) in secrets.iter().enumerate() {
            let stored = mine.stored(&pepper, at(NOW));
            for (b, other) in secrets.iter().enumerate() {
                assert_eq!(
                    redeem(other.secret().expose(), Some(&stored), &pepper, at(NOW)).is_ok(),
                    a == b
                );
            }
        }
    }

    #[test]
    fn the_row_survives_storage_and_a_huge_text_is_not_read() {
        let pepper = Pepper::new([7; 32]);
        let stored = SetupSecret::from_random([9; 16]).stored(&pepper, at(NOW));
        let bytes = postcard::to_stdvec(&stored).expect("encodes");
        assert!(postcard::from_bytes::<StoredSetupSecret>(&bytes).is_ok_and(|read| read == stored));
        // Rows of older programs end with a count of attempts.
        let older = [bytes, vec![20]].concat();
        assert!(postcard::from_bytes::<StoredSetupSecret>(&older).is_ok_and(|read| read == stored));
        let padded = format!(
            "{}09090909090909090909090909090909",
            "-".repeat(PRESENTED_BYTES_MAX)
        );
        assert_eq!(
            redeem(&padded, Some(&stored), &pepper, at(NOW)),
            Err(SetupRefused::Unknown)
        );
    }
}
