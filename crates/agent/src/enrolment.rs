//! How the device gets its certificates: Enrolment over Secure Transport (RFC 7030), the first one for a one-time password,
//! the next ones with what it has. The key is made here and never sent.

use crate::client::dial::Dial;
use crate::client::{Client, ClientError, Request};
use crate::identity::Identity;
use crate::trust::{self, SetupError};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Method, StatusCode};
use model::registration::DeviceId;
use pki::bundle::read_certificates;
use pki::key::{KeyError, PrivateKey};
use pki::request::request;
use std::time::Duration;

/// Asks for the first certificate.
pub(crate) const ENROL: &str = "/.well-known/est/simpleenroll";
/// Asks for another one.
pub(crate) const REENROL: &str = "/.well-known/est/simplereenroll";

/// The device has no certificate.
#[derive(Debug, thiserror::Error)]
pub enum NotEnrolled {
    /// No answer.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The server cannot now.
    #[error("the server answered {status}")]
    Later {
        /// The status.
        status: StatusCode,
        /// How long it asks to be left alone.
        asked: Option<Duration>,
    },
    /// The server does not give this device a certificate.
    #[error("the server gives this device no certificate ({status}): {text}")]
    Refused {
        /// The status.
        status: StatusCode,
        /// What the server says.
        text: String,
    },
    /// The answer is no certificate for this device's key.
    #[error("what the server sent is no certificate for the key of this device")]
    NoCertificate,
    /// A defect of the cryptographic library.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// What is trusted cannot be used.
    #[error(transparent)]
    Setup(#[from] SetupError),
}

impl NotEnrolled {
    /// How long the server asks to be left alone, if trying again makes sense at all.
    pub(crate) fn again(&self) -> Option<Option<Duration>> {
        match self {
            Self::Client(ClientError::Untrusted(_))
            | Self::Refused { .. }
            | Self::NoCertificate
            | Self::Key(_)
            | Self::Setup(_) => None,
            Self::Client(_) => Some(None),
            Self::Later { asked, .. } => Some(*asked),
        }
    }
}

/// Makes a key and asks for a certificate for it, as whoever the client is.
pub(crate) async fn enrol<D: Dial>(
    client: &mut Client<D>,
    path: &str,
    device: &DeviceId,
    ca_pem: &[u8],
) -> Result<Identity, NotEnrolled> {
    let key = PrivateKey::generate()?;
    let body = STANDARD.encode(request(&key, device.as_str())?);
    let asking = Request {
        method: Method::POST,
        path: path.to_owned(),
        content_type: Some("application/pkcs10"),
        body: Bytes::from(body),
        wants_body: false,
    };
    let answer = client.send(&asking).await?;
    match answer.status {
        StatusCode::OK => {}
        status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
            let asked = answer.retry_after;
            return Err(NotEnrolled::Later { status, asked });
        }
        status => {
            let text = answer.body["message"].as_str().unwrap_or("it does not say why");
            return Err(NotEnrolled::Refused {
                status,
                text: text.chars().filter(|c| !c.is_control()).take(256).collect(),
            });
        }
    }
    let text: Vec<u8> = answer
        .bytes
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    let message = STANDARD.decode(text).map_err(|_| NotEnrolled::NoCertificate)?;
    let chain = read_certificates(&message).map_err(|_| NotEnrolled::NoCertificate)?;
    let identity = Identity::new(key, chain).ok_or(NotEnrolled::NoCertificate)?;
    match trust::config(ca_pem, Some(&identity)) {
        Ok(_) => Ok(identity),
        Err(SetupError::BadIdentity(_)) => Err(NotEnrolled::NoCertificate),
        Err(error) => Err(error.into()),
    }
}
