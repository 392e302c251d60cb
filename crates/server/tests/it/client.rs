//! An HTTPS client of the running program: one connection that is kept, every request sent once and never again.

use crate::program::{ADMIN, PASSWORD, Place, Program};
use agent::client::basic_authorization;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue};
use http::{Method, Request};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use model::secret::Secret;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde_json::Value;
use std::error::Error;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// What the program answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Bytes,
}

impl Answer {
    /// The body of an answer that must have this status.
    pub(crate) fn of(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The id of what was made.
    pub(crate) fn id(&self) -> String {
        self.json()["id"].as_str().expect("an id").to_owned()
    }
}

/// There is no answer: whether the request was carried out is not known.
#[derive(Debug)]
pub(crate) struct Lost(
    #[expect(dead_code, reason = "shown when a test expected an answer")] Box<dyn Error + Send + Sync>,
);

impl<E: Error + Send + Sync + 'static> From<E> for Lost {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

/// A client as one user.
pub(crate) struct Client {
    address: SocketAddr,
    tls: TlsConnector,
    authorization: HeaderValue,
    application: Option<&'static str>,
    connection: Option<SendRequest<Full<Bytes>>>,
}

impl Client {
    /// As the administrator.
    pub(crate) fn admin(place: &Place, program: &Program) -> Self {
        Self::new(place, program, ADMIN, PASSWORD)
    }

    /// As `tenant/user`.
    pub(crate) fn new(place: &Place, program: &Program, who: &str, password: &str) -> Self {
        Self {
            address: program.address,
            tls: connector(&place.ca(), b"http/1.1"),
            authorization: authorization(who, password),
            application: None,
            connection: None,
        }
    }

    /// Names the application in every request.
    pub(crate) fn with_application(&mut self, application: &'static str) {
        self.application = Some(application);
    }

    /// Sends one request and reads the whole answer. The request is never sent a second time.
    pub(crate) async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, Lost> {
        let mut connection = match self.connection.take() {
            Some(kept) => kept,
            None => self.connect().await?,
        };
        let bytes = body.map(Value::to_string).unwrap_or_default();
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, self.address.to_string())
            .header(AUTHORIZATION, &self.authorization)
            .header(ACCEPT, "application/json");
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        if let Some(application) = self.application {
            request = request.header("x-cumulocity-application-key", application);
        }
        let request = request.body(Full::from(bytes)).expect("a request");
        connection.ready().await?;
        let response = connection.send_request(request).await?;
        let (parts, body) = response.into_parts();
        let body = body.collect().await?.to_bytes();
        self.connection = Some(connection);
        Ok(Answer {
            status: parts.status.as_u16(),
            body,
        })
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await.expect("an answer")
    }

    pub(crate) async fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, Some(body))
            .await
            .expect("an answer")
    }

    /// The entries of a list, from all of its pages.
    pub(crate) async fn list(&mut self, path: &str, entries: &str) -> Vec<Value> {
        const PAGE: usize = 2_000;
        let mut all = Vec::new();
        for page in 1.. {
            let answer = self
                .get(&format!("{path}&pageSize={PAGE}&currentPage={page}"))
                .await
                .of(200);
            let Value::Array(found) = answer.json()[entries].take() else {
                panic!("{}", answer.text())
            };
            let is_last = found.len() < PAGE;
            all.extend(found);
            if is_last {
                break;
            }
        }
        all
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, Lost> {
        let stream = dial(self.address, &self.tls).await?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // Ends with the sender or the program; the request hears of it by itself.
        tokio::spawn(connection);
        Ok(sender)
    }
}

/// A bare TLS connection, for what the client above does not do.
pub(crate) async fn dial(address: SocketAddr, tls: &TlsConnector) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    tls.connect(address.ip().into(), stream).await
}

/// Trusts one authority.
pub(crate) fn connector(ca: &Path, alpn: &[u8]) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(ca).expect("ca.pem"))
        .expect("a root");
    let mut config = ClientConfig::builder_with_provider(Arc::new(server::tls::provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![alpn.to_vec()];
    TlsConnector::from(Arc::new(config))
}

/// Basic credentials of `tenant/user`.
pub(crate) fn authorization(who: &str, password: &str) -> HeaderValue {
    let (tenant, user) = who.split_once('/').expect("tenant/user");
    let (tenant, user) = (tenant.parse().expect("a tenant"), user.parse().expect("a user"));
    basic_authorization(&tenant, &user, &Secret::new(password))
}
