//! Whom the client trusts: the certificates it was given, under TLS 1.3.

use super::SetupError;
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use std::sync::Arc;
use tokio_rustls::TlsConnector;

/// Every certificate in the PEM text is trusted, none of the system's is.
pub(super) fn connector(ca_pem: &[u8]) -> Result<TlsConnector, SetupError> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(ca_pem) {
        let certificate = certificate.map_err(|_| SetupError::NoCertificate)?;
        roots.add(certificate).map_err(SetupError::BadCertificate)?;
    }
    if roots.is_empty() {
        return Err(SetupError::NoCertificate);
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(SetupError::BadCertificate)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}
