//! The public keys of a provider (RFC 7517, RFC 7518, RFC 8037), as far as they can sign what is taken here. A key is used
//! with one algorithm only, which is its own.

use super::json::strict_object;
use aws_lc_rs::digest;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::json::{Json, Object};
use model::limits::{IDENTITY_ANSWER_BYTES_MAX, IDENTITY_KEYS_MAX};

/// The algorithms that are taken. None of them is symmetric, and "none" is none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Rs256,
    Ps256,
    Es256,
    Es384,
    EdDsa,
}

impl Algorithm {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "RS256" => Self::Rs256,
            "PS256" => Self::Ps256,
            "ES256" => Self::Es256,
            "ES384" => Self::Es384,
            "EdDSA" | "Ed25519" => Self::EdDsa,
            _ => return None,
        })
    }

    /// The hash that goes with it.
    pub(super) fn digest(self) -> &'static digest::Algorithm {
        match self {
            Self::Rs256 | Self::Ps256 | Self::Es256 => &digest::SHA256,
            Self::Es384 => &digest::SHA384,
            Self::EdDsa => &digest::SHA512,
        }
    }
}

/// What a provider sent in place of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadKeys {
    /// No set of keys, or too many of them.
    #[error("not a set of keys that can be read")]
    Form,
    /// No key in it can sign what is taken here.
    #[error("no key in it can be used: RSA, P-256, P-384 or Ed25519, to sign, is expected")]
    NoKey,
}

/// The keys of one provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderKeys(Vec<ProviderKey>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ProviderKey {
    id: Option<String>,
    algorithm: Algorithm,
    public: Public,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Public {
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    /// A point, or the bytes of an Ed25519 key.
    Bytes(Vec<u8>),
}

impl ProviderKeys {
    /// The keys in a set (RFC 7517, section 5). Keys of other kinds, and for other uses, are left out.
    pub fn parse(bytes: &[u8]) -> Result<Self, BadKeys> {
        if bytes.len() > IDENTITY_ANSWER_BYTES_MAX {
            return Err(BadKeys::Form);
        }
        let set = strict_object(bytes).ok_or(BadKeys::Form)?;
        let list = set.get("keys").and_then(Json::as_array).ok_or(BadKeys::Form)?;
        if list.len() > IDENTITY_KEYS_MAX {
            return Err(BadKeys::Form);
        }
        let keys = list.iter().filter_map(|key| ProviderKey::read(key.as_object()?));
        let keys: Vec<_> = keys.collect();
        match keys.is_empty() {
            true => Err(BadKeys::NoKey),
            false => Ok(Self(keys)),
        }
    }

    /// The keys with this id and algorithm. A token that names no key is only taken where there is no choice.
    pub(super) fn fitting<'k>(
        &'k self,
        id: Option<&'k str>,
        algorithm: Algorithm,
    ) -> impl Iterator<Item = &'k ProviderKey> {
        let is_only = self.0.len() == 1;
        self.0.iter().filter(move |key| {
            let is_named = match id {
                Some(id) => key.id.as_deref() == Some(id),
                None => is_only,
            };
            is_named && key.algorithm == algorithm
        })
    }
}

impl ProviderKey {
    fn read(key: &Object) -> Option<Self> {
        let word = |name: &str| key.get(name).and_then(Json::as_str);
        let part = |name: &str| URL_SAFE_NO_PAD.decode(word(name)?).ok();
        let verifies = match key.get("key_ops") {
            None => true,
            Some(uses) => uses.as_array()?.iter().any(|one| one.as_str() == Some("verify")),
        };
        if !verifies || word("use").is_some_and(|purpose| purpose != "sig") {
            return None;
        }
        let named = match key.get("alg") {
            None => None,
            Some(name) => Some(Algorithm::named(name.as_str()?)?),
        };
        let (usual, public) = match (word("kty")?, word("crv")) {
            ("RSA", _) => (
                Algorithm::Rs256,
                Public::Rsa {
                    n: part("n")?,
                    e: part("e")?,
                },
            ),
            ("EC", Some("P-256")) => (Algorithm::Es256, point(&part("x")?, &part("y")?, 32)?),
            ("EC", Some("P-384")) => (Algorithm::Es384, point(&part("x")?, &part("y")?, 48)?),
            ("OKP", Some("Ed25519")) => {
                let x = part("x").filter(|x| x.len() == 32)?;
                (Algorithm::EdDsa, Public::Bytes(x))
            }
            _ => return None,
        };
        let algorithm = named.unwrap_or(usual);
        let fits = algorithm == usual || (usual, algorithm) == (Algorithm::Rs256, Algorithm::Ps256);
        fits.then(|| Self {
            id: word("kid").map(str::to_owned),
            algorithm,
            public,
        })
    }

    /// Whether this key signed these bytes.
    pub(super) fn verifies(&self, signed: &[u8], signature: &[u8]) -> bool {
        match (&self.public, self.algorithm) {
            (Public::Rsa { n, e }, algorithm) => {
                let parameters = match algorithm {
                    Algorithm::Ps256 => &RSA_PSS_2048_8192_SHA256,
                    _ => &RSA_PKCS1_2048_8192_SHA256,
                };
                let key = RsaPublicKeyComponents { n, e };
                key.verify(parameters, signed, signature).is_ok()
            }
            (Public::Bytes(point), Algorithm::Es256) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                    .verify(signed, signature)
                    .is_ok()
            }
            (Public::Bytes(point), Algorithm::Es384) => {
                UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, point)
                    .verify(signed, signature)
                    .is_ok()
            }
            (Public::Bytes(key), Algorithm::EdDsa) => UnparsedPublicKey::new(&ED25519, key)
                .verify(signed, signature)
                .is_ok(),
            (Public::Bytes(_), Algorithm::Rs256 | Algorithm::Ps256) => false,
        }
    }
}

/// An uncompressed point (SEC 1, 2.3.3).
fn point(x: &[u8], y: &[u8], bytes: usize) -> Option<Public> {
    let fits = x.len() == bytes && y.len() == bytes;
    fits.then(|| Public::Bytes([&[4], x, y].concat()))
}
