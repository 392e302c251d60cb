//! Public keys of others: which are strong enough, and whether something was signed with one.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ECDSA_P256_SHA512_ASN1, ECDSA_P384_SHA256_ASN1,
    ECDSA_P384_SHA384_ASN1, ECDSA_P384_SHA512_ASN1, ECDSA_P521_SHA256_ASN1, ECDSA_P521_SHA384_ASN1,
    ECDSA_P521_SHA512_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey, VerificationAlgorithm,
};
use x509_parser::der_parser::asn1_rs::Oid;
use x509_parser::oid_registry::{
    OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_NIST_EC_P384, OID_NIST_EC_P521, OID_PKCS1_RSAENCRYPTION,
    OID_SIG_ED25519,
};
use x509_parser::public_key;
use x509_parser::x509::SubjectPublicKeyInfo;

/// Shortest and longest RSA key, in bits. A longer one costs whoever checks its signatures too much.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2_048..=8_192;

/// The first byte of a point that is written in full (SEC 1, section 2.3.3).
const UNCOMPRESSED: u8 = 4;

/// The key is of a kind that is not taken, or too weak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key must be ECDSA on P-256, P-384 or P-521, Ed25519, or RSA of 2048 to 8192 bits")]
pub struct WeakKey;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    P256,
    P384,
    P521,
    Ed25519,
    Rsa,
}

/// With what is hashed what is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hash {
    Sha256,
    Sha384,
    Sha512,
    /// The method has its own.
    Own,
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
            Some(curve) if *algorithm == OID_KEY_TYPE_EC_PUBLIC_KEY && curve == OID_NIST_EC_P521 => {
                Kind::P521
            }
            _ if *algorithm == OID_SIG_ED25519 => Kind::Ed25519,
            _ if *algorithm == OID_PKCS1_RSAENCRYPTION => Kind::Rsa,
            _ => return Err(WeakKey),
        };
        // One form of a point for one key, so that nobody shows the same key as another.
        let is_point = info.subject_public_key.data.first() == Some(&UNCOMPRESSED);
        if matches!(kind, Kind::P256 | Kind::P384 | Kind::P521) && !is_point {
            return Err(WeakKey);
        }
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

    /// Names the key: SHA-256 over it, however its kind is written.
    pub fn trace(&self) -> [u8; 32] {
        let mut trace = [0; 32];
        trace.copy_from_slice(digest(&SHA256, &self.bits).as_ref());
        trace
    }

    /// Whether the holder of the private key has signed this: with SHA-256, in the form that `openssl dgst -sha256 -sign`
    /// writes; with Ed25519 as that is.
    pub fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let hash = match self.kind {
            Kind::Ed25519 => Hash::Own,
            Kind::P256 | Kind::P384 | Kind::P521 | Kind::Rsa => Hash::Sha256,
        };
        self.is_signature(hash, message, signature)
    }

    /// The same, with the method of this object identifier. SHA-1 is none, nor is a method for keys of another kind.
    pub(crate) fn has_signed_by(&self, method: &str, message: &[u8], signature: &[u8]) -> bool {
        let is_ec = matches!(self.kind, Kind::P256 | Kind::P384 | Kind::P521);
        let hash = match method {
            "1.2.840.113549.1.1.11" if self.kind == Kind::Rsa => Hash::Sha256,
            "1.2.840.113549.1.1.12" if self.kind == Kind::Rsa => Hash::Sha384,
            "1.2.840.113549.1.1.13" if self.kind == Kind::Rsa => Hash::Sha512,
            "1.2.840.10045.4.3.2" if is_ec => Hash::Sha256,
            "1.2.840.10045.4.3.3" if is_ec => Hash::Sha384,
            "1.2.840.10045.4.3.4" if is_ec => Hash::Sha512,
            "1.3.101.112" if self.kind == Kind::Ed25519 => Hash::Own,
            _ => return false,
        };
        self.is_signature(hash, message, signature)
    }

    fn is_signature(&self, hash: Hash, message: &[u8], signature: &[u8]) -> bool {
        let algorithm: &'static dyn VerificationAlgorithm = match (self.kind, hash) {
            (Kind::P256, Hash::Sha256) => &ECDSA_P256_SHA256_ASN1,
            (Kind::P256, Hash::Sha384) => &ECDSA_P256_SHA384_ASN1,
            (Kind::P256, Hash::Sha512) => &ECDSA_P256_SHA512_ASN1,
            (Kind::P384, Hash::Sha256) => &ECDSA_P384_SHA256_ASN1,
            (Kind::P384, Hash::Sha384) => &ECDSA_P384_SHA384_ASN1,
            (Kind::P384, Hash::Sha512) => &ECDSA_P384_SHA512_ASN1,
            (Kind::P521, Hash::Sha256) => &ECDSA_P521_SHA256_ASN1,
            (Kind::P521, Hash::Sha384) => &ECDSA_P521_SHA384_ASN1,
            (Kind::P521, Hash::Sha512) => &ECDSA_P521_SHA512_ASN1,
            (Kind::Rsa, Hash::Sha256) => &RSA_PKCS1_2048_8192_SHA256,
            (Kind::Rsa, Hash::Sha384) => &RSA_PKCS1_2048_8192_SHA384,
            (Kind::Rsa, Hash::Sha512) => &RSA_PKCS1_2048_8192_SHA512,
            (Kind::Ed25519, _) => &ED25519,
            (_, Hash::Own) => return false,
        };
        UnparsedPublicKey::new(algorithm, &self.bits)
            .verify(message, signature)
            .is_ok()
    }
}
