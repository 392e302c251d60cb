//! Whom the device trusts, and as whom it shows itself: the certificates it was given and its own, under TLS 1.3 only
//! (R065, R067). There is no way to switch the verification off.

use crate::identity::Identity;
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use std::sync::Arc;

/// No secure connection can be made with what was given.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The trusted certificates are no PEM, or there is none among them.
    #[error("no certificate to trust: give the CA certificate of the server as PEM")]
    NoCertificate,
    /// A trusted certificate cannot be used.
    #[error("the CA certificate cannot be used: {0}")]
    BadCertificate(rustls::Error),
    /// The host is no name that a certificate could have.
    #[error("the host of the server is neither a name nor an address")]
    BadHost,
    /// The device's own certificate or key.
    #[error("the certificate of this device cannot be used: {0}")]
    BadIdentity(rustls::Error),
}

/// Every certificate in the PEM text is trusted, none of the system's is. With an identity the device shows its
/// certificate when it is asked for one.
pub(crate) fn config(ca_pem: &[u8], identity: Option<&Identity>) -> Result<ClientConfig, SetupError> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(ca_pem) {
        let certificate = certificate.map_err(|_| SetupError::NoCertificate)?;
        roots.add(certificate).map_err(SetupError::BadCertificate)?;
    }
    if roots.is_empty() {
        return Err(SetupError::NoCertificate);
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(SetupError::BadCertificate)?
        .with_root_certificates(roots);
    match identity {
        None => Ok(config.with_no_client_auth()),
        Some(identity) => config
            .with_client_auth_cert(identity.chain_der(), identity.key_der())
            .map_err(SetupError::BadIdentity),
    }
}
