//! One request on one connection of its own. Nothing is kept between two, so what one host says never reaches another.

use crate::reach::Reach;
use bytes::Bytes;
use engine::single_sign_on::{Ask, Asking, Outside, Unreachable};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue, USER_AGENT};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use model::limits::{IDENTITY_ANSWER_BYTES_MAX, IDENTITY_ANSWER_SECONDS_MAX};
use model::single_sign_on::HttpsUrl;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::ServerName;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

const AGENT: &str = concat!("holdfast/", env!("CARGO_PKG_VERSION"));
const FORM: &str = "application/x-www-form-urlencoded";

/// Asks hosts of others.
#[derive(Clone)]
pub struct Outgoing {
    tls: TlsConnector,
    reach: Reach,
}

impl Outgoing {
    /// Asks what may be reached, and believes who is named by these authorities.
    pub fn new(roots: RootCertStore, reach: Reach) -> Result<Self, rustls::Error> {
        let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            tls: TlsConnector::from(Arc::new(config)),
            reach,
        })
    }

    async fn send(&self, ask: Ask) -> Result<Vec<u8>, Unreachable> {
        let stream = self.connect(&ask.url).await?;
        let broken = |_| Unreachable::NoConnection;
        let (mut sender, connection) = handshake(TokioIo::new(stream)).await.map_err(broken)?;
        // Ends with the request: both are dropped when this returns, whatever became of it.
        let mut connection = std::pin::pin!(connection);
        let answer = async {
            let request = message(&ask)?;
            let (head, body) = sender.send_request(request).await.map_err(broken)?.into_parts();
            // Elsewhere (3xx) is not followed: nobody has looked at where that leads.
            if head.status != StatusCode::OK {
                return Err(Unreachable::Status(head.status.as_u16()));
            }
            let body = Limited::new(body, IDENTITY_ANSWER_BYTES_MAX).collect().await;
            let body = body.map_err(|error| match error.is::<LengthLimitError>() {
                true => Unreachable::TooLarge,
                false => Unreachable::NoConnection,
            })?;
            Ok(body.to_bytes().to_vec())
        };
        let mut answer = std::pin::pin!(answer);
        tokio::select! {
            biased;
            answer = &mut answer => answer,
            // Until its end the connection must be driven; after it, the answer is complete or never will be.
            _ = &mut connection => answer.await,
        }
    }

    async fn connect(&self, url: &HttpsUrl) -> Result<TlsStream<TcpStream>, Unreachable> {
        let address = self.address_of(url).await?;
        let stream = TcpStream::connect(address)
            .await
            .map_err(|_| Unreachable::NoConnection)?;
        let name = ServerName::try_from(url.host().to_owned()).map_err(|_| Unreachable::NotAllowed)?;
        self.tls.connect(name, stream).await.map_err(|error| {
            let untrusted = error.get_ref().is_some_and(|error| error.is::<rustls::Error>());
            match untrusted {
                true => Unreachable::NotTrusted,
                false => Unreachable::NoConnection,
            }
        })
    }

    /// The address to connect to: looked up once. A name with any address that may not be asked is not asked at all, for
    /// it could give the other one next time.
    async fn address_of(&self, url: &HttpsUrl) -> Result<SocketAddr, Unreachable> {
        let found: Vec<SocketAddr> = match url.host().parse::<IpAddr>() {
            Ok(address) => vec![SocketAddr::new(address, url.port())],
            Err(_) => lookup_host((url.host(), url.port()))
                .await
                .map_err(|_| Unreachable::NoConnection)?
                .collect(),
        };
        if found.iter().any(|address| !self.reach.has(address.ip())) {
            return Err(Unreachable::NotAllowed);
        }
        found.first().copied().ok_or(Unreachable::NoConnection)
    }
}

impl Outside for Outgoing {
    fn ask(&self, ask: Ask) -> Asking<'_> {
        Box::pin(async move {
            let most = Duration::from_secs(IDENTITY_ANSWER_SECONDS_MAX);
            let answer = tokio::time::timeout(most, self.send(ask)).await;
            answer.unwrap_or(Err(Unreachable::TooSlow))
        })
    }
}

fn message(ask: &Ask) -> Result<Request<Full<Bytes>>, Unreachable> {
    let secret = |text: &str| {
        let mut value = HeaderValue::from_str(text).map_err(|_| Unreachable::NotAllowed)?;
        value.set_sensitive(true);
        Ok::<_, Unreachable>(value)
    };
    let form = ask
        .form
        .as_ref()
        .map(|form| Bytes::copy_from_slice(form.expose().as_bytes()));
    let has_form = form.is_some();
    let mut message = Request::new(Full::new(form.unwrap_or_default()));
    *message.uri_mut() = ask.url.target().parse().map_err(|_| Unreachable::NotAllowed)?;
    let headers = message.headers_mut();
    headers.insert(HOST, secret(ask.url.authority())?);
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
    if let Some(authorization) = &ask.authorization {
        headers.insert(AUTHORIZATION, secret(authorization.expose())?);
    }
    if has_form {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(FORM));
        *message.method_mut() = Method::POST;
    }
    Ok(message)
}

#[cfg(test)]
mod tests;
