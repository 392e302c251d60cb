//! Who the device is: its private key, made here and never leaving the machine, and the certificate that it was given for
//! it. Both lie in one file, so that they are replaced together or not at all.

use pki::certificate::{BadCertificate, Certificate, Validity};
use pki::key::{KeyError, PrivateKey};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

/// The file holds no identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadIdentity {
    /// No text.
    #[error("it is not text")]
    NoText,
    /// The key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The certificate.
    #[error(transparent)]
    Certificate(#[from] BadCertificate),
}

/// A key and the certificate for it, with those above it.
pub struct Identity {
    key: PrivateKey,
    chain: Vec<Certificate>,
}

impl Identity {
    /// A key with the certificates that were given for it, the device's own first. None without a certificate.
    pub(crate) fn new(key: PrivateKey, chain: Vec<Certificate>) -> Option<Self> {
        (!chain.is_empty()).then_some(Self { key, chain })
    }

    /// Reads the file.
    pub(crate) fn from_pem(bytes: &[u8]) -> Result<Self, BadIdentity> {
        let text = std::str::from_utf8(bytes).map_err(|_| BadIdentity::NoText)?;
        Ok(Self {
            key: PrivateKey::from_pem(text)?,
            chain: Certificate::chain_from_pem(text)?,
        })
    }

    /// The file.
    pub(crate) fn to_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        let mut text = self.key.to_pem()?;
        for certificate in &self.chain {
            text.push_str(&certificate.to_pem());
        }
        Ok(text)
    }

    /// From when to when the device's own certificate is valid.
    pub fn validity(&self) -> Validity {
        // There is at least one: nobody makes an identity without.
        let first = self.chain.first().expect("an identity has a certificate");
        first.validity()
    }

    pub(crate) fn chain_der(&self) -> Vec<CertificateDer<'static>> {
        self.chain.iter().map(|one| one.der().clone()).collect()
    }

    pub(crate) fn key_der(&self) -> PrivateKeyDer<'static> {
        self.key.to_der()
    }
}
