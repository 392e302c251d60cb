//! Hashes of passwords that people chose: Argon2id (RFC 9106) with a salt per user and the installation's pepper.
//!
//! The pepper is Argon2's own secret input, not an HMAC around it: the standard defines it for this, it needs no
//! encoding of our own, and the stored text stays a plain PHC string. A hash costs about 13 ms of one core and 19 MiB,
//! so callers bound how many run at once (`limits::PASSWORD_HASHES_MAX`).

use crate::pepper::Pepper;
use argon2::password_hash::{Error, phc};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use model::limits::PASSWORD_BYTES_MAX;
use serde::{Deserialize, Serialize};
use std::hint::black_box;

/// Memory of one hash, in KiB (19 MiB).
const MEMORY_KIB: u32 = 19 * 1024;
/// Passes over the memory.
const PASSES: u32 = 2;
/// Lanes.
const LANES: u32 = 1;

/// A stored hash may ask for up to this much more work than ours: room for a stronger setting of a later version, none
/// for a damaged row that would take the machine's memory.
const WORK_FACTOR_MAX: u32 = 4;

/// A hash in today's settings that belongs to no password that anybody could find.
const NOBODYS_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AQEBAQEBAQEBAQEBAQEBAQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// An Argon2id hash as a PHC string (`$argon2id$v=19$m=19456,t=2,p=1$salt$hash`). Stored sealed; no `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordHash(Box<str>);

/// No hash could be made: the machine has no memory for it, or the password is over [`PASSWORD_BYTES_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the password could not be hashed: it is too long or memory is short")]
pub struct HashFailed;

/// Hashes a new password. `salt` is random and used for nothing else.
pub fn hash(password: &str, salt: [u8; 16], pepper: &Pepper) -> Result<PasswordHash, HashFailed> {
    if password.len() > PASSWORD_BYTES_MAX {
        return Err(HashFailed);
    }
    let argon2 = argon2(pepper).ok_or(HashFailed)?;
    let hash = argon2
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map_err(|_| HashFailed)?;
    Ok(PasswordHash(hash.to_string().into()))
}

/// The work of [`verify`], step by step the same, for a user that does not exist, so that the time of an answer does
/// not tell.
pub fn dummy_verify(password: &str, pepper: &Pepper) -> Result<(), HashFailed> {
    let nobodys = PasswordHash(NOBODYS_HASH.into());
    verify(password, &nobodys, pepper).map(|right| {
        black_box(right);
    })
}

/// Whether this is the password. A stored hash that cannot be read, or asks for absurd work, verifies nothing.
pub fn verify(password: &str, hash: &PasswordHash, pepper: &Pepper) -> Result<bool, HashFailed> {
    let Some(stored) = readable(hash) else {
        return Ok(false);
    };
    if password.len() > PASSWORD_BYTES_MAX {
        return Ok(false);
    }
    match argon2(pepper)
        .ok_or(HashFailed)?
        .verify_password(password.as_bytes(), &stored)
    {
        Ok(()) => Ok(true),
        Err(Error::PasswordInvalid) => Ok(false),
        Err(_) => Err(HashFailed),
    }
}

fn readable(hash: &PasswordHash) -> Option<phc::PasswordHash> {
    let stored = phc::PasswordHash::new(&hash.0).ok()?;
    let params = Params::try_from(&stored).ok()?;
    let complete = stored.salt.is_some() && stored.hash.is_some();
    (complete && stored.algorithm == ARGON2ID_IDENT && is_affordable(&params)).then_some(stored)
}

impl PasswordHash {
    /// Whether the hash was made with other settings than today's; then store a new one after the next success.
    pub fn needs_rehash(&self) -> bool {
        let Ok(parsed) = phc::PasswordHash::new(&self.0) else {
            return true;
        };
        let current = Params::try_from(&parsed)
            .is_ok_and(|it| (it.m_cost(), it.t_cost(), it.p_cost()) == (MEMORY_KIB, PASSES, LANES));
        !current || parsed.algorithm != ARGON2ID_IDENT || parsed.version != Some(Version::V0x13.into())
    }
}

fn argon2(pepper: &Pepper) -> Option<Argon2<'_>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).ok()?;
    Argon2::new_with_secret(
        pepper.for_passwords(),
        Algorithm::Argon2id,
        Version::V0x13,
        params,
    )
    .ok()
}

fn is_affordable(params: &Params) -> bool {
    params.m_cost() <= WORK_FACTOR_MAX * MEMORY_KIB
        && params.t_cost() <= WORK_FACTOR_MAX * PASSES
        && params.p_cost() <= WORK_FACTOR_MAX * LANES
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pepper(byte: u8) -> Pepper {
        Pepper::new([byte; 32])
    }

    #[test]
    fn only_the_same_password_with_the_same_pepper_verifies() {
        // R051: Argon2id, salted and peppered
        let stored = hash("correct horse", [1; 16], &pepper(7)).expect("hashes");
        assert_eq!(verify("correct horse", &stored, &pepper(7)), Ok(true));
        assert_eq!(verify("correct horsf", &stored, &pepper(7)), Ok(false));
        assert_eq!(verify("correct horse", &stored, &pepper(8)), Ok(false));
        assert!(stored.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(!stored.0.contains("correct"));
        assert!(!stored.needs_rehash());
        let salted_otherwise = hash("correct horse", [2; 16], &pepper(7)).expect("hashes");
        assert!(stored != salted_otherwise);
    }

    #[test]
    fn a_hash_survives_storage() {
        let stored = hash("correct horse", [1; 16], &pepper(7)).expect("hashes");
        let bytes = postcard::to_stdvec(&stored).expect("encodes");
        let read: PasswordHash = postcard::from_bytes(&bytes).expect("decodes");
        assert!(read == stored);
    }

    #[test]
    fn a_damaged_foreign_or_absurdly_expensive_hash_verifies_nothing() {
        for text in [
            "",
            "garbage",
            "$argon2id$v=19$m=19456,t=2,p=1$AQEBAQEBAQEBAQEBAQEBAQ",
            "$argon2d$v=19$m=8,t=1,p=1$AQEBAQEBAQEBAQEBAQEBAQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "$argon2id$v=19$m=4000000,t=2,p=1$AQEBAQEBAQEBAQEBAQEBAQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "$argon2id$v=19$m=19456,t=999999,p=1$AQEBAQEBAQEBAQEBAQEBAQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ] {
            let damaged = PasswordHash(text.into());
            assert_eq!(verify("anything", &damaged, &pepper(7)), Ok(false), "{text}");
        }
    }

    #[test]
    fn a_hash_of_other_settings_asks_to_be_made_again() {
        for (text, expected) in [
            (
                "$argon2id$v=19$m=19456,t=2,p=1$AQEBAQEBAQEBAQEBAQEBAQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                false,
            ),
            (
                "$argon2id$v=19$m=8,t=2,p=1$AQEBAQEBAQEBAQEBAQEBAQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                true,
            ),
            (
                "$argon2id$v=19$m=19456,t=3,p=1$AQEBAQEBAQEBAQEBAQEBAQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                true,
            ),
            (
                "$argon2i$v=19$m=19456,t=2,p=1$AQEBAQEBAQEBAQEBAQEBAQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                true,
            ),
            ("garbage", true),
        ] {
            assert_eq!(PasswordHash(text.into()).needs_rehash(), expected, "{text}");
        }
    }

    #[test]
    fn nobodys_hash_asks_for_the_work_of_a_real_one() {
        // R051: equal time for unknown users
        let nobodys = PasswordHash(NOBODYS_HASH.into());
        assert!(!nobodys.needs_rehash());
        assert!(readable(&nobodys).is_some());
        assert_eq!(dummy_verify("anything", &pepper(7)), Ok(()));
    }

    #[test]
    fn a_password_over_the_limit_is_not_hashed() {
        // R051
        let long = "p".repeat(PASSWORD_BYTES_MAX + 1);
        assert!(hash(&long, [1; 16], &pepper(7)).is_err());
    }
}
