//! Which authorities hosts of others are believed to be named by: those of the operating system, or those that the operator
//! gives. Without any, nobody is believed.

use rustls::RootCertStore;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use std::io;
use std::path::Path;

/// Where operating systems keep the authorities that they trust.
const OF_SYSTEMS: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// A file has no certificates in it that can be used.
#[derive(Debug, thiserror::Error)]
pub enum BadRoots {
    /// It cannot be read.
    #[error("the file with trusted certificates cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// Something in it is no certificate, or nothing is one.
    #[error(
        "the file with trusted certificates must have certificates in PEM, and nothing else that is marked as one"
    )]
    NoCertificate,
}

/// The certificates in a PEM file: all of them must be usable.
pub fn roots_in(file: &Path) -> Result<RootCertStore, BadRoots> {
    let pem = std::fs::read(file)?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|_| BadRoots::NoCertificate)?;
        roots.add(certificate).map_err(|_| BadRoots::NoCertificate)?;
    }
    match roots.is_empty() {
        true => Err(BadRoots::NoCertificate),
        false => Ok(roots),
    }
}

/// Those that the operating system trusts; of a bundle with something odd in it, the rest. None where there is no bundle.
pub fn roots_of_system() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let pem = OF_SYSTEMS.into_iter().find_map(|file| std::fs::read(file).ok());
    let certificates = CertificateDer::pem_slice_iter(pem.as_deref().unwrap_or_default());
    let (added, odd) = roots.add_parsable_certificates(certificates.flatten());
    tracing::debug!(added, odd, "authorities that the system trusts");
    roots
}
