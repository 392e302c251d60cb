//! Certificates that a tenant brings along, to let in the devices below them: read from what is sent, described, and
//! judged before one is kept.

use crate::certificate::{BadCertificate, Certificate};
use crate::public_key::{PublicKey, WeakKey};
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::certificates::{CertificateFacts, Fingerprint};
use model::limits::CERTIFICATE_BYTES_MAX;
use model::time::Timestamp;
use rustls_pki_types::CertificateDer;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::ParsedExtension;
use x509_parser::objects::{oid_registry, oid2abbrev};
use x509_parser::prelude::FromDer;
use x509_parser::x509::{AttributeTypeAndValue, X509Name, X509Version};

/// A certificate that cannot be trusted for devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Not one certificate.
    #[error("one X.509 certificate is expected, in PEM form or as the base64 in it")]
    Unreadable,
    /// Too large.
    #[error("it is larger than {CERTIFICATE_BYTES_MAX} bytes")]
    TooLarge,
    /// Not of version 3.
    #[error("it is not of version 3")]
    Version,
    /// It may not sign others.
    #[error(
        "it is none of an authority: basicConstraints must say CA, and keyUsage, if it is there, keyCertSign"
    )]
    NotAnAuthority,
    /// Its time is over.
    #[error("it has expired")]
    Expired,
    /// Its key.
    #[error(transparent)]
    Key(#[from] WeakKey),
    /// Its signature.
    #[error("it is signed with a method that is not taken: use SHA-256, SHA-384 or SHA-512, or Ed25519")]
    Signature,
    /// It has an extension that must be understood and is not.
    #[error("it has a critical extension that is not known here")]
    Extension,
}

impl From<BadCertificate> for Unfit {
    fn from(_: BadCertificate) -> Self {
        Self::Unreadable
    }
}

/// How certificates may be signed: what it is called, by its object identifier. Whether a signature counts is decided
/// where paths are built; these are known to count.
const SIGNATURES: [(&str, &str); 8] = [
    ("1.2.840.113549.1.1.11", "SHA256withRSA"),
    ("1.2.840.113549.1.1.12", "SHA384withRSA"),
    ("1.2.840.113549.1.1.13", "SHA512withRSA"),
    ("1.2.840.113549.1.1.10", "RSASSA-PSS"),
    ("1.2.840.10045.4.3.2", "SHA256withECDSA"),
    ("1.2.840.10045.4.3.3", "SHA384withECDSA"),
    ("1.2.840.10045.4.3.4", "SHA512withECDSA"),
    ("1.3.101.112", "Ed25519"),
];

impl Certificate {
    /// Reads the one certificate of a text: PEM, on one line as well, or the base64 in it, whatever the line ends.
    ///
    /// # Errors
    /// When it is something else, or more than one, or too large.
    pub fn one_from_text(text: &str) -> Result<Self, Unfit> {
        const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
        const END: &str = "-----END CERTIFICATE-----";
        if text.len() > CERTIFICATE_BYTES_MAX * 2 {
            return Err(Unfit::TooLarge);
        }
        let inside = match text.split_once(BEGIN) {
            Some((_, rest)) => {
                let (inside, behind) = rest.split_once(END).ok_or(Unfit::Unreadable)?;
                if behind.contains(BEGIN) {
                    return Err(Unfit::Unreadable);
                }
                inside
            }
            None => text,
        };
        let body: String = inside.split_ascii_whitespace().collect();
        let der = STANDARD.decode(body).map_err(|_| Unfit::Unreadable)?;
        if der.len() > CERTIFICATE_BYTES_MAX {
            return Err(Unfit::TooLarge);
        }
        Ok(Self::from_der(CertificateDer::from(der))?)
    }

    /// What it says about itself.
    ///
    /// # Errors
    /// Never of a certificate that was read.
    pub fn facts(&self) -> Result<CertificateFacts, BadCertificate> {
        let parsed = self.parsed()?;
        let validity = self.validity();
        let signature = parsed.signature_algorithm.algorithm.to_id_string();
        let known = SIGNATURES.iter().find(|(id, _)| *id == signature);
        Ok(CertificateFacts {
            fingerprint: self.fingerprint(),
            subject: name(parsed.subject()),
            issuer: name(parsed.issuer()),
            serial: parsed.serial.to_string(),
            algorithm: known.map_or(signature.clone(), |(_, name)| (*name).to_owned()),
            version: parsed.version.0 + 1,
            not_before: validity.not_before,
            not_after: validity.not_after,
        })
    }

    /// Its name in the API.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut bytes = [0; 20];
        bytes.copy_from_slice(digest(&SHA1_FOR_LEGACY_USE_ONLY, self.der()).as_ref());
        Fingerprint(bytes)
    }

    /// Its key.
    ///
    /// # Errors
    /// When the key is of a kind that is not taken, or too weak.
    pub fn public_key(&self) -> Result<PublicKey, Unfit> {
        Ok(PublicKey::of(self.parsed()?.public_key())?)
    }

    /// Whether devices below it may be let in.
    ///
    /// # Errors
    /// With the first reason why not.
    pub fn check_anchor(&self, now: Timestamp) -> Result<(), Unfit> {
        let parsed = self.parsed()?;
        if parsed.version != X509Version::V3 {
            return Err(Unfit::Version);
        }
        let may_sign = match parsed.key_usage() {
            Ok(usage) => usage.is_none_or(|usage| usage.value.key_cert_sign()),
            Err(_) => return Err(Unfit::Unreadable),
        };
        if !parsed.is_ca() || !may_sign {
            return Err(Unfit::NotAnAuthority);
        }
        if self.validity().not_after < now || self.validity().not_after < self.validity().not_before {
            return Err(Unfit::Expired);
        }
        PublicKey::of(parsed.public_key())?;
        let signature = parsed.signature_algorithm.algorithm.to_id_string();
        if !SIGNATURES.iter().any(|(id, _)| *id == signature) {
            return Err(Unfit::Signature);
        }
        let is_strange = |extension: &&x509_parser::extensions::X509Extension<'_>| {
            let known = matches!(
                extension.parsed_extension(),
                ParsedExtension::BasicConstraints(_)
                    | ParsedExtension::KeyUsage(_)
                    | ParsedExtension::ExtendedKeyUsage(_)
                    | ParsedExtension::NameConstraints(_)
                    | ParsedExtension::SubjectAlternativeName(_)
            );
            extension.critical && !known
        };
        match parsed.extensions().iter().find(is_strange) {
            Some(_) => Err(Unfit::Extension),
            None => Ok(()),
        }
    }

    pub(crate) fn parsed(&self) -> Result<X509Certificate<'_>, BadCertificate> {
        let (_, parsed) = X509Certificate::from_der(self.der()).map_err(|_| BadCertificate)?;
        Ok(parsed)
    }
}

/// A name as people read it, the most particular part first: `CN=…, O=…, C=…`.
fn name(name: &X509Name<'_>) -> String {
    let mut parts: Vec<String> = name
        .iter_rdn()
        .map(|part| part.iter().map(attribute).collect::<Vec<_>>().join(" + "))
        .collect();
    parts.reverse();
    parts.join(", ")
}

fn attribute(attribute: &AttributeTypeAndValue<'_>) -> String {
    let kind = match oid2abbrev(attribute.attr_type(), oid_registry()) {
        Ok(kind) => kind.to_owned(),
        Err(_) => attribute.attr_type().to_id_string(),
    };
    // Control characters could make a list or a log say something else.
    let value = attribute.as_str().unwrap_or("?");
    let value: String = value
        .chars()
        .map(|c| if c.is_control() { '?' } else { c })
        .collect();
    format!("{kind}={value}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_without_a_panic(text in ".{0,200}", bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            // tidy: proves by not panicking
            let _ = Certificate::one_from_text(&text);
            let _ = Certificate::one_from_text(&STANDARD.encode(bytes));
        }
    }
}
