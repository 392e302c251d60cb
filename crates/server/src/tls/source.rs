//! Where the served certificate comes from: files given by the operator, or the platform's own authority.

use crate::config::{Config, GivenCertificate};
use crate::data_dir::{DataDirError, Layout};
use crate::tls::own::{default_names, own_certificate};
use crate::tls::{TlsError, provider, read_text};
use model::time::Timestamp;
use pki::certificate::{Certificate, Validity};
use pki::names::ServerName;
use rustls::sign::CertifiedKey;
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Where the certificate comes from.
#[derive(Debug, Clone)]
pub enum CertificateSource {
    /// Issued by the platform's own authority for these names, renewed by itself.
    Own {
        /// Where the files are.
        layout: Layout,
        /// What it is issued for.
        names: Vec<ServerName>,
    },
    /// Given by the operator, who renews it.
    Given(GivenCertificate),
}

/// A certificate that can be served: chain, key, life.
#[derive(Debug, Clone)]
pub struct ServedCertificate {
    /// For the TLS library.
    pub certified: Arc<CertifiedKey>,
    /// From when to when it is valid.
    pub validity: Validity,
}

impl CertificateSource {
    /// What the configuration asks for. The own certificate is issued for this machine's names, the configured ones,
    /// the host of `base_url` and the address that is listened on.
    pub fn configured(config: &Config) -> Self {
        if let Some(given) = &config.tls.given {
            return Self::Given(given.clone());
        }
        let mut more = config.tls.names.clone();
        let base: Option<http::Uri> = config.base_url.as_ref().and_then(|url| url.parse().ok());
        let host = base.as_ref().and_then(http::Uri::host);
        more.extend(host.and_then(|host| host.trim_matches(['[', ']']).parse().ok()));
        let listen = config.https.listen.ip();
        if !listen.is_unspecified() {
            more.push(ServerName::Address(listen));
        }
        Self::Own {
            layout: Layout::new(&config.data_dir),
            names: default_names(&more),
        }
    }

    /// The files to watch: certificate and key.
    pub fn files(&self) -> [PathBuf; 2] {
        match self {
            Self::Own { layout, .. } => [layout.server_certificate(), layout.server_key()],
            Self::Given(given) => [given.certificate.clone(), given.key.clone()],
        }
    }

    /// The certificate to serve at `now`. The own one is made or renewed when that is due.
    ///
    /// # Errors
    /// When a file is missing or broken, or the certificate is not valid now.
    pub fn load(&self, now: Timestamp) -> Result<ServedCertificate, TlsError> {
        match self {
            Self::Own { layout, names } => own_certificate(layout, names, now),
            Self::Given(given) => {
                let loaded = served(&given.certificate, &given.key)?;
                if loaded.validity.contains(now) {
                    Ok(loaded)
                } else {
                    Err(TlsError::NotValidNow(given.certificate.clone()))
                }
            }
        }
    }

    /// When the platform must act by itself to keep a valid certificate; nothing when that is the operator's duty.
    pub fn renewal(&self, current: Validity) -> Option<Timestamp> {
        match self {
            Self::Own { .. } => Some(current.renewal()),
            Self::Given(_) => None,
        }
    }
}

/// Reads a certificate chain and its key from PEM files and checks that they belong together.
///
/// # Errors
/// When a file is missing, is something else, or the two are not of one pair.
pub fn served(certificate: &Path, key: &Path) -> Result<ServedCertificate, TlsError> {
    let chain =
        Certificate::chain_from_pem(&read_text(certificate)?).map_err(|source| TlsError::Certificate {
            path: certificate.to_owned(),
            source,
        })?;
    let text = Zeroizing::new(std::fs::read(key).map_err(DataDirError::io(key))?);
    let bad_key = || TlsError::Key { path: key.to_owned() };
    let private = PrivateKeyDer::from_pem_slice(&text).map_err(|_| bad_key())?;
    let signing = provider()
        .key_provider
        .load_private_key(private)
        .map_err(|_| bad_key())?;
    let validity = match chain.first() {
        Some(leaf) => leaf.validity(),
        None => return Err(bad_key()),
    };
    let certified = CertifiedKey::new(chain.iter().map(|link| link.der().clone()).collect(), signing);
    certified.keys_match().map_err(|_| TlsError::Mismatch {
        certificate: certificate.to_owned(),
        key: key.to_owned(),
    })?;
    Ok(ServedCertificate {
        certified: Arc::new(certified),
        validity,
    })
}
