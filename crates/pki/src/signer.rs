//! Where the authority's private key is used: behind a trait, so that it can move to another process or to hardware
//! without a change of the code that issues certificates.
//!
//! A signer does not know what it signs; deciding that is the caller's duty.

use crate::key::{KeyError, PrivateKey};
use rcgen::{KeyPair, PublicKeyData, SigningKey};

/// The signer could not sign; nothing was issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signer of the certificate authority did not sign: check that its key is available")]
pub struct SignerFailed;

/// Signs with ECDSA P-256 and SHA-256.
pub trait Signer: Send + Sync {
    /// The public key: an uncompressed point of the curve (SEC 1 section 2.3.3), 65 bytes.
    fn public_key(&self) -> &[u8];

    /// Hashes and signs a message; the signature is in ASN.1 form (RFC 3279 section 2.2.3).
    ///
    /// # Errors
    /// When the key cannot be used now.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerFailed>;
}

/// A signer whose key lies in the memory of this process.
pub struct LocalSigner {
    pair: KeyPair,
}

impl LocalSigner {
    /// A signer over a key.
    ///
    /// # Errors
    /// When the cryptographic library refuses the key.
    pub fn new(key: &PrivateKey) -> Result<Self, KeyError> {
        Ok(Self { pair: key.pair()? })
    }
}

impl Signer for LocalSigner {
    fn public_key(&self) -> &[u8] {
        self.pair.der_bytes()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerFailed> {
        SigningKey::sign(&self.pair, message).map_err(|_| SignerFailed)
    }
}

/// Lets the certificate writer use any signer.
pub(crate) struct Signing<'a>(pub(crate) &'a dyn Signer);

impl PublicKeyData for Signing<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.0.public_key()
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

impl SigningKey for Signing<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.0.sign(message).map_err(|_| rcgen::Error::RemoteKeyError)
    }
}
