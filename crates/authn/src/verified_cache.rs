//! Remembers for a few minutes which passwords were verified, so that Basic on every request costs a microsecond and
//! not a slow hash (R051). It holds keyed hashes only: no password, and nothing that can be turned back into one
//! without the key, which lives as long as the process.
//!
//! The credential's version is part of what is hashed: after a change of password or epoch nothing is found, at once
//! and without anybody clearing anything.

use crate::table::{Fact, Table, Tag, tag};
use aws_lc_rs::hmac::{self, HMAC_SHA256};
use model::ids::{PrincipalId, TenantNumber};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Credentials remembered at most; beyond it those that end soonest go.
pub const VERIFIED_ENTRIES_MAX: usize = 10_000;
/// How long a verified credential is remembered, in milliseconds. Use does not prolong it.
pub const VERIFIED_MILLIS: u64 = 5 * 60 * 1_000;

/// One password presented for one version of one principal's credential, as a keyed hash.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Guess(Tag);

impl Guess {
    /// For comparing two guesses elsewhere in this crate.
    pub(crate) fn tag(self) -> Tag {
        self.0
    }
}

/// Whose credential, and which version of it. Nobody's is a fixed value, so that unknown users cost the same.
#[derive(Clone, Copy, Default)]
pub struct CredentialVersion {
    tenant: u32,
    principal: u64,
    version: u64,
}

impl CredentialVersion {
    /// The version of a principal's credential; it must change with the credential and with the revocation epoch.
    pub fn of(tenant: TenantNumber, principal: PrincipalId, version: u64) -> Self {
        Self {
            tenant: tenant.0,
            principal: principal.number(),
            version,
        }
    }
}

/// The memory of verified credentials, safe to share between threads.
pub struct VerifiedCache {
    key: hmac::Key,
    verified: Mutex<Table<Expiry>>,
}

#[derive(Clone, Copy)]
struct Expiry(u64);

impl Fact for Expiry {
    fn worth(&self, now_millis: u64) -> Option<(u64, u64)> {
        (self.0 > now_millis).then_some((self.0, 0))
    }
}

impl VerifiedCache {
    /// An empty memory. `key` is random and new for every process.
    pub fn new(key: &[u8; 32]) -> Self {
        Self {
            key: hmac::Key::new(HMAC_SHA256, key),
            verified: Mutex::new(Table::new(VERIFIED_ENTRIES_MAX)),
        }
    }

    /// The keyed hash of a presented password.
    pub fn guess(&self, whose: CredentialVersion, password: &str) -> Guess {
        let CredentialVersion {
            tenant,
            principal,
            version,
        } = whose;
        let parts: [&[u8]; 4] = [
            &tenant.to_be_bytes(),
            &principal.to_be_bytes(),
            &version.to_be_bytes(),
            password.as_bytes(),
        ];
        Guess(tag(&self.key, &parts))
    }

    /// Whether this very guess was verified a short while ago. `now_millis` is monotonic.
    ///
    /// Tell nobody the answer before the throttle has let the caller in: it is a test of a password without its cost.
    pub fn contains(&self, guess: Guess, now_millis: u64) -> bool {
        self.lock().get(guess.0, now_millis).is_some()
    }

    /// Remembers a guess that was right.
    pub fn remember(&self, guess: Guess, now_millis: u64) {
        self.lock().put(
            guess.0,
            Expiry(now_millis.saturating_add(VERIFIED_MILLIS)),
            now_millis,
        );
    }

    fn lock(&self) -> MutexGuard<'_, Table<Expiry>> {
        // No code that can panic runs under the lock.
        self.verified.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whose(tenant: u32, principal: u64, version: u64) -> CredentialVersion {
        CredentialVersion::of(
            TenantNumber(tenant),
            PrincipalId::new(principal).expect("in range"),
            version,
        )
    }

    #[test]
    fn only_the_same_password_of_the_same_version_of_the_same_principal_is_remembered() {
        // R051: a changed password or epoch misses at once. R007: smith of A is not smith of B.
        let cache = VerifiedCache::new(&[1; 32]);
        cache.remember(cache.guess(whose(1, 2, 3), "secret"), 0);
        for (of, password, expected) in [
            (whose(1, 2, 3), "secret", true),
            (whose(1, 2, 4), "secret", false),
            (whose(1, 3, 3), "secret", false),
            (whose(2, 2, 3), "secret", false),
            (whose(1, 2, 3), "Secret", false),
            (CredentialVersion::default(), "secret", false),
        ] {
            assert_eq!(cache.contains(cache.guess(of, password), 0), expected);
        }
    }

    #[test]
    fn a_verified_credential_is_forgotten_after_its_time_even_if_it_is_used() {
        let cache = VerifiedCache::new(&[1; 32]);
        let guess = cache.guess(whose(1, 2, 3), "secret");
        cache.remember(guess, 1_000);
        assert!(cache.contains(guess, 1_000 + VERIFIED_MILLIS - 1));
        assert!(!cache.contains(guess, 1_000 + VERIFIED_MILLIS));
    }

    #[test]
    fn more_credentials_than_fit_push_the_oldest_out_and_the_newest_stays() {
        let cache = VerifiedCache::new(&[1; 32]);
        let guesses: Vec<_> = (1..=3 * VERIFIED_ENTRIES_MAX as u64)
            .map(|n| cache.guess(whose(1, n, 1), "x"))
            .collect();
        for (now, guess) in guesses.iter().enumerate() {
            cache.remember(*guess, now as u64);
            assert!(cache.contains(*guess, now as u64));
        }
        let now = guesses.len() as u64;
        let kept = guesses
            .iter()
            .filter(|guess| cache.contains(**guess, now))
            .count();
        assert!(kept <= VERIFIED_ENTRIES_MAX, "{kept}");
        assert!(!cache.contains(guesses[0], now));
    }
}
