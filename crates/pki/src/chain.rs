//! Whether a device's certificate leads to one of the certificates that its tenant trusts (RFC 5280, section 6).
//!
//! Paths are built by the library that TLS uses, with bounds of its own for hostile chains. What it leaves to the caller
//! of the certificate at the end of a path is done here: its time, and how many may lie below it.

use crate::certificate::Certificate;
use crate::trusted::Unfit;
use aws_lc_rs::digest::{SHA256, digest};
use model::certificates::SerialNumber;
use model::limits::{CERTIFICATE_BYTES_MAX, CHAIN_CERTIFICATES_MAX};
use model::time::Timestamp;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm, TrustAnchor, UnixTime};
use std::time::Duration;
use webpki::aws_lc_rs as algorithms;
use webpki::{EndEntityCert, KeyUsage, VerifiedPath, anchor_from_trusted_cert};
use x509_parser::der_parser::asn1_rs::Tag;

/// Signatures that count: no SHA-1, no RSA below 2048 bits.
static SIGNATURES: &[&dyn SignatureVerificationAlgorithm] = &[
    algorithms::ECDSA_P256_SHA256,
    algorithms::ECDSA_P256_SHA384,
    algorithms::ECDSA_P384_SHA256,
    algorithms::ECDSA_P384_SHA384,
    algorithms::ECDSA_P521_SHA256,
    algorithms::ECDSA_P521_SHA384,
    algorithms::ECDSA_P521_SHA512,
    algorithms::ED25519,
    algorithms::RSA_PKCS1_2048_8192_SHA256,
    algorithms::RSA_PKCS1_2048_8192_SHA384,
    algorithms::RSA_PKCS1_2048_8192_SHA512,
    algorithms::RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
    algorithms::RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
    algorithms::RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
];

/// A chain that leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadChain {
    /// No certificates, or not only certificates.
    #[error("certificates in PEM form are expected")]
    Unreadable,
    /// More than are looked at.
    #[error("it has too many certificates, or one that is too large")]
    TooLong,
    /// No path, or none that holds now.
    #[error("it leads to no certificate that is trusted now")]
    Untrusted,
}

/// The certificates that a device shows: its own first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain(Vec<Certificate>);

/// A path that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedPath {
    /// Which of the trusted certificates it leads to, by its place among them.
    pub anchor: usize,
    /// The serial numbers of the device's certificate and those between.
    pub serials: Vec<SerialNumber>,
    /// The first instant at which a certificate of the path, or the one that it leads to, is over.
    pub until: Timestamp,
}

impl Chain {
    /// The chain of these certificates, the device's own first.
    ///
    /// # Errors
    /// When there are none or too many, or one is too large.
    pub fn new(certificates: Vec<Certificate>) -> Result<Self, BadChain> {
        let is_large = |certificate: &Certificate| certificate.der().len() > CERTIFICATE_BYTES_MAX;
        match certificates.len() {
            0 => Err(BadChain::Unreadable),
            length if length > CHAIN_CERTIFICATES_MAX => Err(BadChain::TooLong),
            _ if certificates.iter().any(is_large) => Err(BadChain::TooLong),
            _ => Ok(Self(certificates)),
        }
    }

    /// Reads a chain from PEM text; in a header it is all on one line.
    ///
    /// # Errors
    /// When it is something else, or has more than so many certificates.
    pub fn from_text(text: &str, certificates_max: usize) -> Result<Self, BadChain> {
        // In a header, spaces or tabs stand where the line ends were.
        let text = on_lines(text);
        let mut certificates = Vec::new();
        for der in CertificateDer::pem_slice_iter(text.as_bytes()) {
            if certificates.len() >= certificates_max {
                return Err(BadChain::TooLong);
            }
            let der = der.map_err(|_| BadChain::Unreadable)?;
            certificates.push(Certificate::from_der(der).map_err(|_| BadChain::Unreadable)?);
        }
        Self::new(certificates)
    }

    /// The device's own certificate.
    pub fn leaf(&self) -> Option<&Certificate> {
        self.0.first()
    }

    /// Who signed the certificates in it, as names that people read.
    pub fn issuers(&self) -> Vec<String> {
        let facts = self.0.iter().filter_map(|certificate| certificate.facts().ok());
        facts.map(|facts| facts.issuer).collect()
    }

    /// The names that a trusted certificate can have to which the chain leads: whoever has signed one of its certificates,
    /// and its own, because that may be trusted itself.
    pub fn ends(&self) -> Vec<NameTrace> {
        let leaf = self.leaf().and_then(Certificate::subject_trace);
        let issuers = self.0.iter().filter_map(Certificate::issuer_trace);
        let mut all: Vec<NameTrace> = leaf.into_iter().chain(issuers).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The chain with more certificates behind those that are there.
    ///
    /// # Errors
    /// When these are too many.
    pub fn and(mut self, more: Self) -> Result<Self, BadChain> {
        self.0.extend(more.0);
        Self::new(self.0)
    }

    /// Reads a chain from certificates as TLS hands them over: encoded, the device's own first.
    ///
    /// # Errors
    /// When there are none or too many, or one is too large or none.
    pub fn from_ders<D: AsRef<[u8]>>(ders: &[D]) -> Result<Self, BadChain> {
        let is_large = |der: &D| der.as_ref().len() > CERTIFICATE_BYTES_MAX;
        if ders.len() > CHAIN_CERTIFICATES_MAX || ders.iter().any(is_large) {
            return Err(BadChain::TooLong);
        }
        let read = |der: &D| Certificate::from_der(der.as_ref().to_vec().into());
        let read: Result<Vec<_>, _> = ders.iter().map(read).collect();
        Self::new(read.map_err(|_| BadChain::Unreadable)?)
    }

    /// Finds a path to one of the trusted certificates that holds now.
    ///
    /// # Errors
    /// When there is none.
    pub fn verify(&self, trusted: &[Certificate], now: Timestamp) -> Result<TrustedPath, BadChain> {
        let leaf = self.leaf().ok_or(BadChain::Unreadable)?;
        let is_it = |anchor: &Certificate| anchor.der() == leaf.der();
        if let Some(anchor) = trusted.iter().position(is_it) {
            // Trusted by itself, whatever it may sign: whoever holds its key is the device.
            let holds =
                leaf.check_anchor(now).is_ok() && leaf.validity().contains(now) && leaf.is_for_clients();
            let serials = vec![leaf.serial().map_err(|_| BadChain::Untrusted)?];
            return match holds {
                true => Ok(TrustedPath {
                    anchor,
                    serials,
                    until: leaf.validity().not_after,
                }),
                false => Err(BadChain::Untrusted),
            };
        }
        let usable =
            |anchor: &&Certificate| anchor.check_anchor(now).is_ok() && anchor.validity().contains(now);
        let usable: Vec<&Certificate> = trusted.iter().filter(usable).collect();
        let anchors: Vec<TrustAnchor<'_>> = usable
            .iter()
            .filter_map(|anchor| anchor_from_trusted_cert(anchor.der()).ok())
            .collect();
        let found = self.path_to(&anchors, &usable, now).ok_or(BadChain::Untrusted)?;
        let anchor = trusted.iter().position(|anchor| anchor.der() == found.0.der());
        Ok(TrustedPath {
            anchor: anchor.ok_or(BadChain::Untrusted)?,
            until: found.2.min(found.0.validity().not_after),
            serials: found.1,
        })
    }

    fn path_to<'t>(
        &self,
        anchors: &[TrustAnchor<'_>],
        trusted: &[&'t Certificate],
        now: Timestamp,
    ) -> Option<(&'t Certificate, Vec<SerialNumber>, Timestamp)> {
        let (leaf, between) = self.0.split_first()?;
        leaf.public_key().ok()?;
        let end = EndEntityCert::try_from(leaf.der()).ok()?;
        let between: Vec<CertificateDer<'_>> = between.iter().map(|it| it.der().clone()).collect();
        let at = UnixTime::since_unix_epoch(Duration::from_millis(u64::try_from(now.millis()).ok()?));
        let short = |path: &VerifiedPath<'_>| match end_of(path, trusted) {
            Some(_) => Ok(()),
            None => Err(webpki::Error::PathLenConstraintViolated),
        };
        let usage = KeyUsage::client_auth();
        let path = end
            .verify_for_usage(SIGNATURES, anchors, &between, at, usage, None, Some(&short))
            .ok()?;
        let (mut serials, mut until) = (vec![leaf.serial().ok()?], leaf.validity().not_after);
        for certificate in path.intermediate_certificates() {
            let certificate = Certificate::from_der(certificate.der().into_owned()).ok()?;
            serials.push(certificate.serial().ok()?);
            until = until.min(certificate.validity().not_after);
        }
        Some((end_of(&path, trusted)?, serials, until))
    }
}

/// The certificate at the end of a path, if as many may lie below it as do.
fn end_of<'t>(path: &VerifiedPath<'_>, trusted: &[&'t Certificate]) -> Option<&'t Certificate> {
    let between = path.intermediate_certificates().count();
    let end = path.anchor();
    trusted.iter().copied().find(|certificate| {
        let same = anchor_from_trusted_cert(certificate.der()).is_ok_and(|anchor| anchor == *end);
        same && certificate.path_length().is_none_or(|most| between <= most)
    })
}

/// Names a name: SHA-256 over its encoded form.
pub type NameTrace = [u8; 32];

fn trace_of(bytes: &[u8]) -> [u8; 32] {
    let mut trace = [0; 32];
    trace.copy_from_slice(digest(&SHA256, bytes).as_ref());
    trace
}

impl Certificate {
    /// Names it: SHA-256 over all of it.
    pub fn trace(&self) -> [u8; 32] {
        trace_of(self.der())
    }

    /// Names whose it is.
    pub fn subject_trace(&self) -> Option<NameTrace> {
        Some(trace_of(self.parsed().ok()?.subject().as_raw()))
    }

    /// Names who signed it.
    pub fn issuer_trace(&self) -> Option<NameTrace> {
        Some(trace_of(self.parsed().ok()?.issuer().as_raw()))
    }

    /// Whether it says nothing about what it is for, or that it is for clients.
    fn is_for_clients(&self) -> bool {
        let Ok(parsed) = self.parsed() else { return false };
        match parsed.extended_key_usage() {
            Ok(usage) => usage.is_none_or(|usage| usage.value.client_auth || usage.value.any),
            Err(_) => false,
        }
    }

    /// Its serial number.
    ///
    /// # Errors
    /// When it has none that is one.
    pub fn serial(&self) -> Result<SerialNumber, Unfit> {
        let parsed = self.parsed()?;
        SerialNumber::of_bytes(parsed.raw_serial()).map_err(|_| Unfit::Unreadable)
    }

    /// Whom it is of: its one common name, if that is text that can stand anywhere.
    pub fn common_name(&self) -> Option<String> {
        let parsed = self.parsed().ok()?;
        let mut names = parsed.subject().iter_common_name();
        let (name, None) = (names.next()?, names.next()) else {
            return None;
        };
        let is_text = [Tag::Utf8String, Tag::PrintableString].contains(&name.attr_value().tag());
        let text = name.as_str().ok().filter(|_| is_text)?;
        (!text.is_empty() && !text.chars().any(char::is_control)).then(|| text.to_owned())
    }

    /// How many authorities may lie between it and a device; nothing: any number.
    fn path_length(&self) -> Option<usize> {
        let parsed = self.parsed().ok()?;
        let constraints = parsed.basic_constraints().ok()??;
        constraints.value.path_len_constraint.map(|most| most as usize)
    }
}

/// PEM text with a line of its own for each line of its form.
fn on_lines(text: &str) -> String {
    text.replace("-----BEGIN CERTIFICATE-----", "\n-----BEGIN CERTIFICATE-----\n")
        .replace("-----END CERTIFICATE-----", "\n-----END CERTIFICATE-----\n")
        .split_inclusive(['\n'])
        .map(|line| match line.starts_with("-----") {
            true => line.to_owned(),
            false => line.replace([' ', '\t'], "\n"),
        })
        .collect()
}
