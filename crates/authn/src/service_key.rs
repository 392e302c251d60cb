//! Keys of service accounts (R119): `hfk_<tenant>_<64 hexadecimal digits><8 digits of a check>`.
//!
//! The beginning and the check let scanners of source code and logs recognise a leaked key without asking anybody; the
//! check is the beginning of the SHA-256 of what stands before it. The digits are 256 random bits. Nobody guesses those,
//! so a slow hash would protect nothing and would cost every call of a service some 13 ms: what is stored is one
//! HMAC-SHA256 under the pepper's key, as of every generated secret.
//!
//! It does not know where keys are stored, nor which account one belongs to.

use crate::generated::SecretHash;
use crate::pepper::Pepper;
use crate::verify::AuthenticationFailure;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use model::names::TenantId;
use model::secret::Secret;
use model::service_accounts::{IssuedKey, ServiceAccount};
use model::time::Timestamp;
use std::fmt::Write;
use std::net::IpAddr;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// What every key begins with.
pub const PREFIX: &str = "hfk_";
/// Digits of the random bits.
const DIGITS: usize = 64;
/// Digits of the check.
const CHECK_DIGITS: usize = 8;

/// A key in memory. No `Debug`: it is a secret.
#[derive(Clone)]
pub struct ServiceKey {
    tenant: TenantId,
    text: Secret,
}

/// The text is not a key of a service account, or was damaged on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a key of a service account")]
pub struct BadServiceKey;

impl ServiceKey {
    /// Makes a key of random bytes that are used for nothing else.
    pub fn from_random(bytes: &[u8; DIGITS / 2], tenant: &TenantId) -> Self {
        let mut text = Zeroizing::new(String::with_capacity(
            PREFIX.len() + tenant.as_str().len() + 1 + DIGITS + CHECK_DIGITS,
        ));
        // Writing to a String cannot fail.
        let _ = write!(text, "{PREFIX}{tenant}_");
        for byte in bytes {
            let _ = write!(text, "{byte:02x}");
        }
        let check = check_of(&text);
        text.push_str(&check);
        Self {
            tenant: tenant.clone(),
            text: Secret::new(text.as_str()),
        }
    }

    /// The key of a microservice's user, which its makers may read again: it is made anew of a random seed that is stored,
    /// and of the pepper, which is not stored beside it. So no key can be read out of what is stored.
    pub fn derived(seed: &[u8; DIGITS / 2], pepper: &Pepper, tenant: &TenantId) -> Self {
        let mut message = Zeroizing::new(Vec::with_capacity(DIGITS));
        message.extend_from_slice(b"microservice user ");
        message.extend_from_slice(seed);
        let tag = hmac::sign(pepper.for_generated(), &message);
        let mut bytes = Zeroizing::new([0; DIGITS / 2]);
        bytes.copy_from_slice(tag.as_ref());
        Self::from_random(&bytes, tenant)
    }

    /// Reads a key as it was presented. Whether it was ever issued is not known here.
    pub fn parse(text: &str) -> Result<Self, BadServiceKey> {
        let (body, check) = text
            .len()
            .checked_sub(CHECK_DIGITS)
            .and_then(|place| text.split_at_checked(place))
            .ok_or(BadServiceKey)?;
        let (tenant, digits) = body
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.rsplit_once('_'))
            .ok_or(BadServiceKey)?;
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if digits.len() != DIGITS || !digits.bytes().all(is_digit) || check != check_of(body) {
            return Err(BadServiceKey);
        }
        Ok(Self {
            tenant: tenant.parse().map_err(|_| BadServiceKey)?,
            text: Secret::new(text),
        })
    }

    /// The tenant that it was made for.
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// The text, to hand it out once.
    pub fn secret(&self) -> &Secret {
        &self.text
    }

    /// What is stored of it.
    pub fn hash(&self, pepper: &Pepper) -> [u8; 32] {
        SecretHash::of(self.text.expose(), pepper).bytes()
    }
}

fn check_of(text: &str) -> String {
    let hash = digest(&SHA256, text.as_bytes());
    let mut check = String::with_capacity(CHECK_DIGITS);
    for byte in hash.as_ref().iter().take(CHECK_DIGITS / 2) {
        let _ = write!(check, "{byte:02x}");
    }
    check
}

/// The key of an account with this trace; the comparison takes the same time wherever the first difference is.
pub fn find<'a>(account: &'a ServiceAccount, hash: &[u8; 32]) -> Option<&'a IssuedKey> {
    account.keys.iter().find(|key| key.hash.ct_eq(hash).into())
}

/// Whether a service account comes in with one of its keys, from there and now; `is_enabled` is its user, `is_open` its
/// tenant. Only those who hold the key learn that something else is in the way, and of that only the operator.
pub fn admit(
    account: &ServiceAccount,
    key: &IssuedKey,
    (is_enabled, is_open): (bool, bool),
    address: IpAddr,
    now: Timestamp,
) -> Result<(), AuthenticationFailure> {
    if key.revoked.is_some() {
        return Err(AuthenticationFailure::KeyRevoked);
    }
    if now >= key.expires {
        return Err(AuthenticationFailure::KeyExpired);
    }
    if account.expires.is_some_and(|expires| now >= expires) {
        return Err(AuthenticationFailure::AccountExpired);
    }
    if !is_open {
        return Err(AuthenticationFailure::TenantSuspended);
    }
    if !is_enabled {
        return Err(AuthenticationFailure::Disabled);
    }
    if !account.may_call_from(address) {
        return Err(AuthenticationFailure::AddressNotAllowed);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::password_rules::{WeakPassword, check_new_password};
    use model::ids::{PrincipalId, ServiceKeyId};

    fn key(byte: u8) -> ServiceKey {
        ServiceKey::from_random(&[byte; 32], &"t_100".parse().expect("a tenant id"))
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    // R119
    #[test]
    fn a_key_says_what_it_is_and_reads_back() {
        let made = key(0xab);
        let text = made.secret().expose();
        assert_eq!(text.len(), "hfk_t_100_".len() + 64 + 8);
        assert!(text.starts_with("hfk_t_100_abab"));
        let Ok(read) = ServiceKey::parse(text) else {
            panic!("a key is read");
        };
        assert_eq!(read.tenant().as_str(), "t_100");
        assert_eq!(read.secret().expose(), text);
    }

    #[test]
    fn a_derived_key_is_the_same_again_and_another_for_every_seed_pepper_and_tenant() {
        let tenant: TenantId = "t_100".parse().expect("a tenant id");
        let text = |seed: u8, pepper: u8, tenant: &TenantId| {
            let key = ServiceKey::derived(&[seed; 32], &Pepper::new([pepper; 32]), tenant);
            key.secret().expose().to_owned()
        };
        let once = text(1, 2, &tenant);
        assert_eq!(text(1, 2, &tenant), once);
        assert!(ServiceKey::parse(&once).is_ok());
        let other: TenantId = "t_200".parse().expect("a tenant id");
        for differs in [text(2, 2, &tenant), text(1, 3, &tenant), text(1, 2, &other)] {
            assert_ne!(differs, once);
        }
        assert!(!once.contains(&"01".repeat(32)), "the seed is not the key");
    }

    #[test]
    fn a_text_that_differs_in_any_character_is_no_key() {
        let made = key(0xab);
        let text = made.secret().expose();
        for place in 0..text.len() {
            let mut other = text.as_bytes().to_vec();
            other[place] = if other[place] == b'c' { b'd' } else { b'c' };
            let other = String::from_utf8(other).expect("text");
            assert_eq!(ServiceKey::parse(&other).err(), Some(BadServiceKey), "{other}");
        }
        for other in [
            "",
            "hfk_",
            "abc",
            &text[1..],
            &text[..text.len() - 1],
            &text.to_uppercase(),
            "äöü-äöü-ä",
        ] {
            assert_eq!(ServiceKey::parse(other).err(), Some(BadServiceKey), "{other}");
        }
    }

    #[test]
    fn what_is_stored_is_a_hash_under_the_pepper() {
        let pepper = Pepper::new([7; 32]);
        let made = key(3);
        assert_eq!(made.hash(&pepper), made.hash(&pepper));
        assert_ne!(made.hash(&pepper), key(4).hash(&pepper));
        assert_ne!(made.hash(&pepper), made.hash(&Pepper::new([8; 32])));
        assert_ne!(made.hash(&pepper), [3; 32]);
    }

    #[test]
    fn nobody_may_choose_a_key_as_a_password() {
        let user = "smith".parse().expect("a name");
        let made = key(0xab);
        let text = made.secret().expose();
        assert_eq!(check_new_password(text, &user), Err(WeakPassword::IsServiceKey));
        assert_eq!(check_new_password(&text[1..], &user), Ok(()));
    }

    // R119: the first thing that is in the way is the reason, and nothing is forgiven.
    #[test]
    fn a_key_opens_only_while_everything_fits() {
        let issued = IssuedKey {
            id: ServiceKeyId::new(1).expect("in range"),
            name: "first".to_owned(),
            created: at(0),
            expires: at(1_000),
            revoked: None,
            hash: [0; 32],
        };
        let account = ServiceAccount {
            user: PrincipalId::new(1).expect("in range"),
            description: None,
            project: None,
            addresses: vec!["192.0.2.0/24".parse().expect("a range")],
            expires: Some(at(2_000)),
            keys: Vec::new(),
        };
        let revoked = IssuedKey {
            revoked: Some(at(5)),
            ..issued.clone()
        };
        let long = IssuedKey {
            expires: at(9_000),
            ..issued.clone()
        };
        let (home, mapped, elsewhere) = ("192.0.2.7", "::ffff:192.0.2.7", "192.0.3.7");
        for (key, now, standing, address, expected) in [
            (&issued, 999, (true, true), home, Ok(())),
            (&issued, 999, (true, true), mapped, Ok(())),
            (
                &issued,
                1_000,
                (true, true),
                home,
                Err(AuthenticationFailure::KeyExpired),
            ),
            (&long, 1_999, (true, true), home, Ok(())),
            (
                &long,
                2_000,
                (true, true),
                home,
                Err(AuthenticationFailure::AccountExpired),
            ),
            (
                &revoked,
                10,
                (true, true),
                home,
                Err(AuthenticationFailure::KeyRevoked),
            ),
            (
                &issued,
                10,
                (false, true),
                home,
                Err(AuthenticationFailure::Disabled),
            ),
            (
                &issued,
                10,
                (true, false),
                home,
                Err(AuthenticationFailure::TenantSuspended),
            ),
            (
                &issued,
                10,
                (true, true),
                elsewhere,
                Err(AuthenticationFailure::AddressNotAllowed),
            ),
        ] {
            let address = address.parse().expect("an address");
            assert_eq!(admit(&account, key, standing, address, at(now)), expected);
        }
    }
}
