//! TLS of the listeners to which devices come: a client may show a certificate, and is asked for one without a list of
//! names, because a long one is more than small clients take (R068).
//!
//! Here it is proved that the client holds the key, and that what it shows has bounds. Whether anybody trusts it is asked of
//! the platform: in the handshake, so that the client is told there with the alert that it understands; and for the caller
//! once more. No session is resumed, so no certificate is spared that.

use super::{TlsError, provider, versions};
use crate::config::TlsProfile;
use engine::certificates::Chain;
use engine::door::Door;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{NoServerSessionStorage, ResolvesServerCert};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, OtherError, ServerConfig,
    ServerConnection, SignatureScheme,
};
use std::fmt;
use std::io;
use std::sync::Arc;

/// When it is asked whether anybody trusts what a client shows.
#[derive(Clone)]
pub enum Trust {
    /// In the handshake, of this platform.
    InHandshake(Door),
    /// When a request says more of the chain than the handshake.
    WithRequest,
}

/// The TLS settings of a listener for devices that speaks these protocols (ALPN), or any if there are none.
///
/// # Errors
/// When the TLS library refuses them.
pub fn device_config(
    profile: TlsProfile,
    certificate: Arc<dyn ResolvesServerCert>,
    trust: Trust,
    protocols: &[&[u8]],
) -> Result<Arc<ServerConfig>, TlsError> {
    let provider = Arc::new(provider());
    let verifier = Verifier {
        methods: provider.signature_verification_algorithms,
        trust,
    };
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions(profile))?
        .with_client_cert_verifier(Arc::new(verifier))
        .with_cert_resolver(certificate);
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    config.max_early_data_size = 0;
    config.require_ems = true;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}

/// What the client of a connection has shown, and has proved to hold the key of; nothing if it has shown nothing.
pub fn shown(connection: &ServerConnection) -> Option<Chain> {
    connection.peer_certificates().and_then(read)
}

/// What a client has shown whose handshake was refused because nobody trusts it: for the audit log.
pub fn refused(error: &io::Error) -> Option<Chain> {
    let error = error.get_ref()?.downcast_ref::<Error>()?;
    let Error::InvalidCertificate(CertificateError::Other(OtherError(inside))) = error else {
        return None;
    };
    let refused = inside.downcast_ref::<NotTrusted>();
    refused.map(|NotTrusted(chain)| chain.clone())
}

fn read(certificates: &[CertificateDer<'_>]) -> Option<Chain> {
    Chain::from_ders(certificates).ok()
}

struct Verifier {
    methods: WebPkiSupportedAlgorithms,
    trust: Trust,
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verifier")
    }
}

/// The chain leads to nothing that anybody trusts.
#[derive(Debug, thiserror::Error)]
#[error("nobody trusts the certificate of the client")]
struct NotTrusted(Chain);

impl ClientCertVerifier for Verifier {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        own: &CertificateDer<'_>,
        above: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let all: Vec<&[u8]> = std::iter::once(own).chain(above).map(AsRef::as_ref).collect();
        let chain = Chain::from_ders(&all);
        let chain = chain.map_err(|_| Error::InvalidCertificate(CertificateError::BadEncoding))?;
        match &self.trust {
            Trust::InHandshake(door) if !door.is_trusted(&chain) => {
                // The alert for it is certificate_unknown.
                let reason = OtherError(Arc::new(NotTrusted(chain)));
                Err(Error::InvalidCertificate(CertificateError::Other(reason)))
            }
            Trust::InHandshake(_) | Trust::WithRequest => Ok(ClientCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.methods)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.methods)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.methods.supported_schemes()
    }
}
