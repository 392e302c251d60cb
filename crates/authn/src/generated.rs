//! Secrets that the platform makes itself, for devices and one-time use. They hold at least 128 random bits, so nobody
//! can guess them and a slow hash would protect nothing: one HMAC-SHA256 under the pepper's key is enough. That keeps
//! ten thousand devices that reconnect at once cheap. Text that a person chose never belongs here.

use crate::pepper::Pepper;
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::secret::Secret;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

/// A secret made of 192 random bits: 32 characters of `A-Z a-z 0-9 - _`. Shown once, then only its hash exists.
pub struct GeneratedSecret(Secret);

impl GeneratedSecret {
    /// Makes the text of random bytes that are used for nothing else.
    pub fn from_random(bytes: [u8; 24]) -> Self {
        Self(Secret::new(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// The text, to hand it out once.
    pub fn secret(&self) -> &Secret {
        &self.0
    }

    /// What is stored of it.
    pub fn hash(&self, pepper: &Pepper) -> SecretHash {
        SecretHash::of(self.0.expose(), pepper)
    }
}

/// The stored trace of a generated secret: HMAC-SHA256 under the pepper's key. No `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// Only for text of at least 128 random bits: that is why it is not public.
    pub(crate) fn of(text: &str, pepper: &Pepper) -> Self {
        let tag = hmac::sign(pepper.for_generated(), text.as_bytes());
        let mut hash = [0; 32];
        hash.copy_from_slice(tag.as_ref());
        Self(hash)
    }

    /// Its bytes, for whoever stores it in a form of its own.
    pub(crate) fn bytes(&self) -> [u8; 32] {
        self.0
    }

    /// The hash of no secret, to compare with where there is none.
    pub(crate) fn none() -> Self {
        Self([0; 32])
    }

    /// Whether `text` is the secret; takes the same time wherever the first difference is.
    pub fn matches(&self, text: &str, pepper: &Pepper) -> bool {
        Self::of(text, pepper).0.ct_eq(&self.0).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_secret_is_32_url_safe_characters_and_matches_only_itself() {
        let pepper = Pepper::new([7; 32]);
        let secret = GeneratedSecret::from_random([0xfb; 24]);
        let text = secret.secret().expose();
        assert_eq!(text.len(), 32);
        assert!(
            text.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        );
        let stored = secret.hash(&pepper);
        assert!(stored.matches(text, &pepper));
        assert!(!stored.matches(&text[..31], &pepper));
        assert!(!stored.matches("", &pepper));
        assert!(!stored.matches(text, &Pepper::new([8; 32])));
    }

    #[test]
    fn the_stored_hash_does_not_contain_the_secret() {
        let secret = GeneratedSecret::from_random([3; 24]);
        let bytes = postcard::to_stdvec(&secret.hash(&Pepper::new([7; 32]))).expect("encodes");
        assert_eq!(bytes.len(), 32);
        assert!(
            !bytes
                .windows(8)
                .any(|window| secret.secret().expose().as_bytes().starts_with(window))
        );
    }
}
