//! A small HTTPS client for one server: one connection that is kept, everything bounded.
//!
//! It trusts only the certificates that it was given and speaks TLS 1.3 only (R065, R067). It does not know what is
//! sent, and it never sends a request a second time by itself unless no byte of it had left.

use base64::Engine as _;
use bytes::Bytes;
use http::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderMap, HeaderValue, RETRY_AFTER, USER_AGENT,
};
use http::{Method, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use model::names::{TenantId, UserName};
use model::secret::Secret;
use rustls_pki_types::ServerName;
use std::sync::Arc;
use std::time::Duration;
use tokio_rustls::TlsConnector;
use zeroize::Zeroizing;

pub mod backoff;
pub mod base_url;
pub mod dial;

use crate::trust::{self, SetupError};
use base_url::BaseUrl;
use dial::Dial;

/// A connection with its handshake must stand within this.
const CONNECT_SECONDS_MAX: u64 = 10;
/// An answer must be complete within this.
const ANSWER_SECONDS_MAX: u64 = 30;
/// Largest answer that is read.
const ANSWER_BYTES_MAX: usize = 1 << 20;
const AGENT: &str = concat!("holdfast-agent/", env!("CARGO_PKG_VERSION"));

/// There is no answer. The request may have been carried out unless the connection could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// No connection.
    #[error("the server cannot be reached: {0}")]
    Unreachable(std::io::Error),
    /// No secure connection.
    #[error(
        "the server's identity is not proven: {0}; check its certificate and the CA certificate given here"
    )]
    Untrusted(std::io::Error),
    /// Too slow.
    #[error("the server did not answer in time")]
    TooSlow,
    /// The connection broke, or what came was not HTTP.
    #[error("the connection broke: {0}")]
    Broken(hyper::Error),
    /// The answer's body could not be read to its end.
    #[error("the answer could not be read: {0}")]
    Unreadable(Box<dyn std::error::Error + Send + Sync>),
    /// The answer is larger than any that is expected.
    #[error("the answer is larger than {ANSWER_BYTES_MAX} bytes")]
    TooLarge,
}

/// What is asked of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The verb.
    pub method: Method,
    /// The path, its segments percent-encoded.
    pub path: String,
    /// The media type of the body; also says that there is one.
    pub content_type: Option<&'static str>,
    /// The body.
    pub body: Bytes,
    /// Whether the created object is wanted in the answer, or only a status.
    pub wants_body: bool,
}

/// What the server answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// How long the server asks to be left alone.
    pub retry_after: Option<Duration>,
    /// The body as JSON; null if there is none or it is not JSON.
    pub body: serde_json::Value,
    /// The body as it came.
    pub bytes: Bytes,
}

/// A client of one server as one user.
pub struct Client<D> {
    dial: D,
    tls: TlsConnector,
    server_name: ServerName<'static>,
    host: HeaderValue,
    authorization: HeaderValue,
    connection: Option<SendRequest<Full<Bytes>>>,
}

impl<D: Dial> Client<D> {
    /// A client that trusts the certificates in `ca_pem` and no others. Nothing is sent yet.
    pub fn new(
        dial: D,
        base_url: &BaseUrl,
        ca_pem: &[u8],
        authorization: HeaderValue,
    ) -> Result<Self, SetupError> {
        let server_name =
            ServerName::try_from(base_url.host().to_owned()).map_err(|_| SetupError::BadHost)?;
        let host = HeaderValue::from_str(base_url.authority()).map_err(|_| SetupError::BadHost)?;
        let mut config = trust::config(ca_pem, None)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let tls = TlsConnector::from(Arc::new(config));
        Ok(Self {
            dial,
            tls,
            server_name,
            host,
            authorization,
            connection: None,
        })
    }

    /// From now on it speaks as another user, on the same connection: every request carries who sends it.
    pub fn speak_as(&mut self, authorization: HeaderValue) {
        self.authorization = authorization;
    }

    /// Sends a request and reads the whole answer. Statuses of refusal are answers, not errors.
    pub async fn send(&mut self, request: &Request) -> Result<Answer, ClientError> {
        tokio::time::timeout(Duration::from_secs(ANSWER_SECONDS_MAX), self.exchange(request))
            .await
            .unwrap_or(Err(ClientError::TooSlow))
    }

    /// The connection is taken out and put back only after a whole answer, so what is left over from a request that
    /// failed or was given up is never taken for the answer to the next.
    async fn exchange(&mut self, request: &Request) -> Result<Answer, ClientError> {
        let mut message = self.message(request);
        if let Some(mut kept) = self.connection.take()
            && kept.ready().await.is_ok()
        {
            match kept.try_send_request(message).await {
                Ok(response) => return self.read(kept, response).await,
                // The server had closed the kept connection and the request never left: not a failure yet.
                Err(mut failed) => match failed.take_message() {
                    Some(unsent) => message = unsent,
                    None => return Err(ClientError::Broken(failed.into_error())),
                },
            }
        }
        let mut fresh = self.connect().await?;
        let response = fresh.send_request(message).await.map_err(ClientError::Broken)?;
        self.read(fresh, response).await
    }

    async fn read(
        &mut self,
        connection: SendRequest<Full<Bytes>>,
        response: http::Response<hyper::body::Incoming>,
    ) -> Result<Answer, ClientError> {
        let (head, body) = response.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX)
            .collect()
            .await
            .map_err(|error| {
                if error.is::<LengthLimitError>() {
                    ClientError::TooLarge
                } else {
                    ClientError::Unreadable(error)
                }
            })?;
        self.connection = Some(connection);
        let bytes = body.to_bytes();
        Ok(Answer {
            status: head.status,
            retry_after: retry_after(&head.headers),
            body: serde_json::from_slice(&bytes).unwrap_or_default(),
            bytes,
        })
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, ClientError> {
        let secure = async {
            let stream = self.dial.dial().await.map_err(ClientError::Unreachable)?;
            self.tls
                .connect(self.server_name.clone(), stream)
                .await
                .map_err(ClientError::Untrusted)
        };
        let stream = tokio::time::timeout(Duration::from_secs(CONNECT_SECONDS_MAX), secure)
            .await
            .map_err(|_| ClientError::TooSlow)??;
        let (sender, connection) = handshake(TokioIo::new(stream))
            .await
            .map_err(ClientError::Broken)?;
        tokio::spawn(async move {
            // Ends when the sender is dropped or the server closes; each request hears of errors by itself.
            if let Err(error) = connection.await {
                tracing::debug!(%error, "connection to the server ended");
            }
        });
        Ok(sender)
    }

    fn message(&self, request: &Request) -> http::Request<Full<Bytes>> {
        let mut message = http::Request::new(Full::new(request.body.clone()));
        *message.method_mut() = request.method.clone();
        *message.uri_mut() = request
            .path
            .parse()
            .expect("paths are built from encoded segments");
        let headers = message.headers_mut();
        headers.insert(HOST, self.host.clone());
        headers.insert(AUTHORIZATION, self.authorization.clone());
        headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
        if let Some(content_type) = request.content_type {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        if request.wants_body {
            headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        }
        message
    }
}

/// The Basic credentials of a device user (RFC 7617), marked so that no log shows them.
pub fn basic_authorization(tenant: &TenantId, user: &UserName, secret: &Secret) -> HeaderValue {
    basic(&format!("{tenant}/{user}"), secret)
}

/// Basic credentials without a tenant: the server knows it by its host name.
pub(crate) fn basic(user: &str, secret: &Secret) -> HeaderValue {
    let plain = Zeroizing::new(format!("{user}:{}", secret.expose()));
    let encoded = Zeroizing::new(base64::engine::general_purpose::STANDARD.encode(plain.as_bytes()));
    let text = Zeroizing::new(format!("Basic {}", encoded.as_str()));
    let mut header = HeaderValue::from_str(&text).expect("base64 is visible ASCII");
    header.set_sensitive(true);
    header
}

/// A token as credentials (RFC 6750); none if it could not stand in a header.
pub fn bearer(token: &Secret) -> Option<HeaderValue> {
    let text = Zeroizing::new(format!("Bearer {}", token.expose()));
    let mut header = HeaderValue::from_str(&text).ok()?;
    header.set_sensitive(true);
    Some(header)
}

/// `Retry-After` in seconds; the form with a date is not used between us.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests;
