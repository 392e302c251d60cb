//! Public keys of others: which are strong enough, and whether something was signed with one.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
    VerificationAlgorithm,
};
use x509_parser::der_parser::asn1_rs::Oid;
use x509_parser::oid_registry::{
    OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_NIST_EC_P384, OID_PKCS1_RSAENCRYPTION, OID_SIG_ED25519,
};
use x509_parser::public_key;
use x509_parser::x509::SubjectPublicKeyInfo;

/// Shortest and longest RSA key, in bits. A longer one costs whoever checks its signatures too much.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2_048..=8_192;

/// The key is of a kind that is not taken, or too weak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key must be ECDSA on P-256 or P-384, Ed25519, or RSA of 2048 to 8192 bits")]
pub struct WeakKey;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    P256,
    P384,
    Ed25519,
    Rsa,
}

/// A public key that is strong enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    kind: Kind,
    bits: Vec<u8>,
    encoded: Vec<u8>,
}

impl PublicKey {
    pub(crate) fn of(info: &SubjectPublicKeyInfo<'_>) -> Result<Self, WeakKey> {
        let algorithm = &info.algorithm.algorithm;
        let curve: Option<Oid<'_>> = info
            .algorithm
            .parameters
            .as_ref()
            .and_then(|parameters| parameters.as_oid().ok());
        let kind = match curve {
            Some(curve) if *algorithm == OID_KEY_TYPE_EC_PUBLIC_KEY && curve == OID_EC_P256 => Kind::P256,
            Some(curve) if *algorithm == OID_KEY_TYPE_EC_PUBLIC_KEY && curve == OID_NIST_EC_P384 => {
                Kind::P384
            }
            _ if *algorithm == OID_SIG_ED25519 => Kind::Ed25519,
            _ if *algorithm == OID_PKCS1_RSAENCRYPTION => Kind::Rsa,
            _ => return Err(WeakKey),
        };
        if kind == Kind::Rsa {
            let bits = match info.parsed() {
                Ok(public_key::PublicKey::RSA(key)) => key.key_size(),
                _ => 0,
            };
            if !RSA_BITS.contains(&bits) {
                return Err(WeakKey);
            }
        }
        Ok(Self {
            kind,
            bits: info.subject_public_key.data.to_vec(),
            encoded: info.raw.to_vec(),
        })
    }

    /// The key in its encoded form (`SubjectPublicKeyInfo`).
    pub fn encoded(&self) -> &[u8] {
        &self.encoded
    }

    /// Names the key: SHA-256 over its encoded form.
    pub fn trace(&self) -> [u8; 32] {
        let mut trace = [0; 32];
        trace.copy_from_slice(digest(&SHA256, &self.encoded).as_ref());
        trace
    }

    /// Whether the holder of the private key has signed this: with SHA-256, in the form that `openssl dgst -sha256 -sign`
    /// writes; with Ed25519 as that is.
    pub fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let algorithm: &'static dyn VerificationAlgorithm = match self.kind {
            Kind::P256 => &ECDSA_P256_SHA256_ASN1,
            Kind::P384 => &ECDSA_P384_SHA256_ASN1,
            Kind::Ed25519 => &ED25519,
            Kind::Rsa => &RSA_PKCS1_2048_8192_SHA256,
        };
        UnparsedPublicKey::new(algorithm, &self.bits)
            .verify(message, signature)
            .is_ok()
    }
}
