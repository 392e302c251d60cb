//! TLS of the listeners: versions, cipher suites, and which certificate is served (R063 to R072).
//!
//! Who connects and what they may do is not known here.

mod devices;
mod live;
mod own;
mod source;

pub use devices::{Trust, device_config, refused, shown};
pub use live::{CertificateWatcher, LiveCertificate, Reload};
pub use own::{default_names, own_certificate};
pub use source::{CertificateSource, ServedCertificate, served};

use crate::clock::NoRandomness;
use crate::config::TlsProfile;
use crate::data_dir::DataDirError;
use pki::authority::AuthorityError;
use pki::certificate::BadCertificate;
use pki::key::KeyError;
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::{self, cipher_suite};
use rustls::server::ResolvesServerCert;
use rustls::{ServerConfig, SupportedProtocolVersion, version};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A certificate cannot be made, read or served.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file holds something else.
    #[error("{path}: {source}")]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: BadCertificate,
    },
    /// A key file holds something else.
    #[error(
        "{path}: not a private key that can be served: an unencrypted PEM key (ECDSA, RSA or Ed25519) is expected"
    )]
    Key {
        /// The file.
        path: PathBuf,
    },
    /// Certificate and key are not of one pair.
    #[error("{certificate} and {key} do not belong together")]
    Mismatch {
        /// File of the certificate.
        certificate: PathBuf,
        /// File of the key.
        key: PathBuf,
    },
    /// The certificate is not valid now.
    #[error("{0}: the certificate is expired or not yet valid")]
    NotValidNow(PathBuf),
    /// The own authority's certificate is there without its key.
    #[error(
        "{0} is missing: restore it, or remove ca.pem beside it to make a new authority that every client must trust anew"
    )]
    AuthorityKeyMissing(PathBuf),
    /// The own authority's key cannot be used.
    #[error("{path}: {source}")]
    OwnKey {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: KeyError,
    },
    /// The own authority refused.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] DataDirError),
    /// No randomness for a serial number.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// The TLS library refused the settings.
    #[error("the TLS library refused: {0}")]
    Library(#[from] rustls::Error),
}

/// The cryptography of every TLS connection: AEAD cipher suites with ephemeral key exchange and nothing else.
///
/// The client's order counts: one without AES hardware puts ChaCha20-Poly1305 first and gets it (R070, R071).
pub fn provider() -> CryptoProvider {
    CryptoProvider {
        cipher_suites: vec![
            cipher_suite::TLS13_AES_256_GCM_SHA384,
            cipher_suite::TLS13_AES_128_GCM_SHA256,
            cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
            cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
            cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            cipher_suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
            cipher_suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
            cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            cipher_suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        ],
        ..aws_lc_rs::default_provider()
    }
}

/// The TLS settings of one HTTPS listener.
///
/// # Errors
/// When the TLS library refuses them.
pub fn server_config(
    profile: TlsProfile,
    certificate: Arc<dyn ResolvesServerCert>,
) -> Result<Arc<ServerConfig>, TlsError> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider()))
        .with_protocol_versions(versions(profile))?
        .with_no_client_auth()
        .with_cert_resolver(certificate);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    // Early data could be replayed (R072). It is the default of the library, and must stay so here.
    config.max_early_data_size = 0;
    // A TLS 1.2 session must be bound to its handshake (RFC 7627, R066).
    config.require_ems = true;
    Ok(Arc::new(config))
}

fn versions(profile: TlsProfile) -> &'static [&'static SupportedProtocolVersion] {
    static BOTH: [&SupportedProtocolVersion; 2] = [&version::TLS13, &version::TLS12];
    static LATEST: [&SupportedProtocolVersion; 1] = [&version::TLS13];
    match profile {
        TlsProfile::Compat => &BOTH,
        TlsProfile::Strict => &LATEST,
    }
}

fn read_text(path: &Path) -> Result<String, TlsError> {
    Ok(std::fs::read_to_string(path).map_err(DataDirError::io(path))?)
}
