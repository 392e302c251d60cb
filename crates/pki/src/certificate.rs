//! Certificates as they are kept and shown: PEM text in and out, validity, and when to renew.
//!
//! Reading a certificate here says nothing about whether it is trusted: that is the TLS library's judgement.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::time::Timestamp;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::names::ServerName;
use std::net::IpAddr;

/// Characters of one line of PEM text (RFC 7468 section 2).
const PEM_LINE_CHARS: usize = 64;

/// The text holds no certificate that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a certificate: PEM text with at least one X.509 certificate is expected")]
pub struct BadCertificate;

/// From when to when a certificate is valid, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// First instant.
    pub not_before: Timestamp,
    /// Last instant.
    pub not_after: Timestamp,
}

impl Validity {
    /// Whether `now` lies inside.
    pub fn contains(self, now: Timestamp) -> bool {
        (self.not_before..=self.not_after).contains(&now)
    }

    /// When two thirds of the life have passed: time to renew (R094).
    pub fn renewal(self) -> Timestamp {
        let life = self.not_after.millis().saturating_sub(self.not_before.millis());
        self.not_before.plus_millis(life / 3 * 2)
    }
}

/// One certificate, checked to be readable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    der: CertificateDer<'static>,
    validity: Validity,
}

impl Certificate {
    /// Reads one certificate.
    ///
    /// # Errors
    /// When the bytes are not exactly one certificate.
    pub fn from_der(der: CertificateDer<'static>) -> Result<Self, BadCertificate> {
        let (rest, parsed) = X509Certificate::from_der(&der).map_err(|_| BadCertificate)?;
        if !rest.is_empty() {
            return Err(BadCertificate);
        }
        let validity = Validity {
            not_before: seconds(parsed.validity().not_before.timestamp()),
            not_after: seconds(parsed.validity().not_after.timestamp()),
        };
        Ok(Self { der, validity })
    }

    /// Reads every certificate of a PEM text: the holder's own first, then those above it.
    ///
    /// # Errors
    /// When there is none, or one of them cannot be read.
    pub fn chain_from_pem(text: &str) -> Result<Vec<Self>, BadCertificate> {
        let chain: Vec<Self> = CertificateDer::pem_slice_iter(text.as_bytes())
            .map(|der| Self::from_der(der.map_err(|_| BadCertificate)?))
            .collect::<Result<_, _>>()?;
        if chain.is_empty() {
            Err(BadCertificate)
        } else {
            Ok(chain)
        }
    }

    /// The certificate as PEM text (RFC 7468 section 5).
    pub fn to_pem(&self) -> String {
        let body = STANDARD.encode(&self.der);
        let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
        for (place, character) in body.chars().enumerate() {
            if place > 0 && place % PEM_LINE_CHARS == 0 {
                text.push('\n');
            }
            text.push(character);
        }
        text.push_str("\n-----END CERTIFICATE-----\n");
        text
    }

    /// The encoded certificate.
    pub fn der(&self) -> &CertificateDer<'static> {
        &self.der
    }

    /// From when to when it is valid.
    pub fn validity(&self) -> Validity {
        self.validity
    }

    /// The host names and addresses that it is issued for; names that this crate would not issue are left out.
    pub fn server_names(&self) -> Vec<ServerName> {
        let Ok((_, parsed)) = X509Certificate::from_der(&self.der) else {
            return Vec::new();
        };
        let Ok(Some(extension)) = parsed.subject_alternative_name() else {
            return Vec::new();
        };
        extension
            .value
            .general_names
            .iter()
            .filter_map(server_name)
            .collect()
    }
}

fn server_name(name: &GeneralName<'_>) -> Option<ServerName> {
    match name {
        GeneralName::DNSName(host) => host.parse().ok(),
        GeneralName::IPAddress(bytes) => {
            let address = <[u8; 4]>::try_from(*bytes)
                .map(IpAddr::from)
                .or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from));
            address.ok().map(ServerName::Address)
        }
        _ => None,
    }
}

fn seconds(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds.saturating_mul(1_000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn renewal_is_due_after_two_thirds_of_the_life() {
        // R094
        let validity = Validity {
            not_before: Timestamp::from_millis(1_000),
            not_after: Timestamp::from_millis(31_000),
        };
        assert_eq!(validity.renewal(), Timestamp::from_millis(21_000));
        assert!(validity.contains(Timestamp::from_millis(31_000)));
        assert!(!validity.contains(Timestamp::from_millis(31_001)));
        assert!(!validity.contains(Timestamp::from_millis(999)));
    }

    #[test]
    fn text_without_a_readable_certificate_is_refused() {
        for text in [
            "",
            "hello",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\nAAAA",
        ] {
            assert_eq!(Certificate::chain_from_pem(text), Err(BadCertificate), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_without_a_panic(text in ".{0,200}") {
            // tidy: proves by not panicking
            let _ = Certificate::chain_from_pem(&text);
        }
    }
}
