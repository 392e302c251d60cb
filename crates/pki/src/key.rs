//! Private keys: ECDSA on P-256, held in memory that is wiped, in types that cannot be printed.
//!
//! This module does not know where a key is kept.

use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use zeroize::Zeroizing;

/// A key could not be made or read. The text of the key is never part of the error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The cryptographic library could not make a key.
    #[error("no key could be generated: the cryptographic library reported a failure")]
    Generation,
    /// The text is not an unencrypted private key in PEM form.
    #[error("not a private key: one unencrypted PEM block of PKCS #8 is expected")]
    Unreadable,
    /// A key of another kind than ECDSA P-256.
    #[error("the key is of another kind: ECDSA on the curve P-256 is expected")]
    OtherKind,
}

/// An ECDSA P-256 private key. No `Debug`, no `Serialize`; wiped when dropped.
pub struct PrivateKey {
    der: Zeroizing<Vec<u8>>,
}

impl PrivateKey {
    /// A new key.
    ///
    /// # Errors
    /// When the cryptographic library fails.
    pub fn generate() -> Result<Self, KeyError> {
        let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(|_| KeyError::Generation)?;
        Ok(Self {
            der: Zeroizing::new(pair.serialize_der()),
        })
    }

    /// Reads a key from PEM text.
    ///
    /// # Errors
    /// When the text is not one, or is a key of another kind.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(text.as_bytes()).map_err(|_| KeyError::Unreadable)?;
        KeyPair::try_from(&der).map_err(|_| KeyError::Unreadable)?;
        let key = Self {
            der: Zeroizing::new(der.secret_pkcs8_der().to_vec()),
        };
        key.pair().map_err(|_| KeyError::OtherKind)?;
        Ok(key)
    }

    /// The key as PEM text (PKCS #8, RFC 5958), wiped when dropped.
    ///
    /// # Errors
    /// When the cryptographic library refuses the key, which a key made by this type never meets.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        Ok(Zeroizing::new(self.pair()?.serialize_pem()))
    }

    /// The key for the TLS library.
    pub fn to_der(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.der.to_vec()))
    }

    pub(crate) fn pair(&self) -> Result<KeyPair, KeyError> {
        let der = PrivatePkcs8KeyDer::from(self.der.as_slice());
        KeyPair::from_pkcs8_der_and_sign_algo(&der, &PKCS_ECDSA_P256_SHA256).map_err(|_| KeyError::Unreadable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_back_from_its_pem_text() {
        let key = PrivateKey::generate().expect("generated");
        let text = key.to_pem().expect("written");
        assert!(text.starts_with("-----BEGIN PRIVATE KEY-----"));
        let again = PrivateKey::from_pem(&text).expect("read");
        assert!(key.to_der() == again.to_der());
    }

    #[test]
    fn two_keys_are_never_the_same() {
        let [first, second] = [(); 2].map(|()| PrivateKey::generate().expect("generated").to_der());
        assert!(first != second);
    }

    #[test]
    fn text_that_is_no_p256_key_is_refused() {
        let p384 = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).expect("generated");
        for (text, expected) in [
            (String::new(), KeyError::Unreadable),
            ("not PEM".to_owned(), KeyError::Unreadable),
            (
                "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n".to_owned(),
                KeyError::Unreadable,
            ),
            (p384.serialize_pem(), KeyError::OtherKind),
        ] {
            assert_eq!(PrivateKey::from_pem(&text).err(), Some(expected));
        }
    }
}
