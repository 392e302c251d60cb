//! The pepper: a random key of the installation that is kept apart from the stored hashes (R051). Whoever steals the
//! hashes alone can test no guess against them. Lost or changed, every stored credential of the installation is void.

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use zeroize::Zeroizing;

/// 32 random bytes, made once at installation and handed in at every start.
pub struct Pepper {
    secret: Zeroizing<[u8; 32]>,
    generated: hmac::Key,
    tokens: hmac::Key,
}

impl Pepper {
    /// Takes the stored bytes in.
    pub fn new(bytes: [u8; 32]) -> Self {
        // One key per purpose: Argon2 gets the bytes, everything else a key derived from them.
        let root = hmac::Key::new(HMAC_SHA256, &bytes);
        let derived = |purpose: &[u8]| hmac::Key::new(HMAC_SHA256, hmac::sign(&root, purpose).as_ref());
        Self {
            secret: Zeroizing::new(bytes),
            generated: derived(b"generated secrets"),
            tokens: derived(b"security tokens"),
        }
    }

    /// The secret input of Argon2 (RFC 9106, section 3.1: `K`).
    pub(crate) fn for_passwords(&self) -> &[u8] {
        self.secret.as_slice()
    }

    /// The key under which generated secrets are hashed.
    pub(crate) fn for_generated(&self) -> &hmac::Key {
        &self.generated
    }

    /// The key under which security tokens of devices are hashed.
    pub(crate) fn for_tokens(&self) -> &hmac::Key {
        &self.tokens
    }
}
