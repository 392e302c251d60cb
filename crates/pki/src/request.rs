//! A device's request for a certificate (PKCS #10, RFC 2986). Taken from it are the key, which must be shown to be the
//! device's by a signature, and the name, to be compared. Everything else that it asks for is not looked at.
//! The device's own program writes its request here too.

use crate::key::{KeyError, PrivateKey};
use crate::public_key::{PublicKey, WeakKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, DistinguishedName, DnType};
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::prelude::FromDer;

/// Largest request, in bytes of its text.
pub const REQUEST_BYTES_MAX: usize = 16 << 10;

/// A request that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadRequest {
    /// It cannot be read.
    #[error("a certificate request (PKCS #10) is expected: as base64, in PEM form, or as it is")]
    Unreadable,
    /// Its key.
    #[error(transparent)]
    Key(#[from] WeakKey),
    /// It is not signed with its own key.
    #[error("the request is not signed with its own key, or in a way that is not taken: use SHA-256")]
    Signature,
    /// Its subject has not one common name.
    #[error("the subject of the request must have one common name")]
    Name,
}

/// A request whose sender holds the key in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateRequest {
    /// The key.
    pub key: PublicKey,
    /// The common name that it gives itself.
    pub name: String,
}

impl CertificateRequest {
    /// Reads a request: base64 on any number of lines, PEM, or DER.
    ///
    /// # Errors
    /// With the first thing that is wrong.
    pub fn read(bytes: &[u8]) -> Result<Self, BadRequest> {
        if bytes.len() > REQUEST_BYTES_MAX {
            return Err(BadRequest::Unreadable);
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::from_der(&from_text(text)?),
            Err(_) => Self::from_der(bytes),
        }
    }

    fn from_der(der: &[u8]) -> Result<Self, BadRequest> {
        let (rest, request) = X509CertificationRequest::from_der(der).map_err(|_| BadRequest::Unreadable)?;
        if !rest.is_empty() {
            return Err(BadRequest::Unreadable);
        }
        let info = &request.certification_request_info;
        let key = PublicKey::of(&info.subject_pki)?;
        let method = request.signature_algorithm.algorithm.to_id_string();
        if !key.has_signed_by(&method, info.raw, &request.signature_value.data) {
            return Err(BadRequest::Signature);
        }
        let mut names = info.subject.iter_common_name();
        let (Some(name), None) = (names.next(), names.next()) else {
            return Err(BadRequest::Name);
        };
        let name = name.as_str().map_err(|_| BadRequest::Name)?.to_owned();
        Ok(Self { key, name })
    }
}

/// A request of the holder of this key for a certificate with this common name, in DER.
///
/// # Errors
/// When the cryptographic library refuses the key, which a key made by this crate never meets.
pub fn request(key: &PrivateKey, name: &str) -> Result<Vec<u8>, KeyError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    let made = params.serialize_request(&key.pair()?);
    Ok(made.map_err(|_| KeyError::Generation)?.der().to_vec())
}

fn from_text(text: &str) -> Result<Vec<u8>, BadRequest> {
    let body: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("-----"))
        .flat_map(str::split_ascii_whitespace)
        .collect();
    STANDARD.decode(body).map_err(|_| BadRequest::Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_as_it_was_meant() {
        let key = PrivateKey::generate().expect("generated");
        let made = request(&key, "SN-1").expect("made");
        let read = CertificateRequest::read(&made).expect("read");
        assert_eq!(read.name, "SN-1");
        let text = STANDARD.encode(&made);
        assert_eq!(CertificateRequest::read(text.as_bytes()), Ok(read));
        let mut other = made;
        let last = other.len() - 1;
        other[last] ^= 1;
        assert!(CertificateRequest::read(&other).is_err());
    }
}
