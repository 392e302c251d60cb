//! A server for tests: real HTTP over real TLS with a certificate of its own, on any stream.
//!
//! [`InProcess`] carries it over memory, so that paused time stays still while a request is under way.

use crate::client::dial::Dial;
use bytes::Bytes;
use http::{Method, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::Value;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;

/// A request as the server saw it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) host: Option<String>,
    pub(crate) accept: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) authorization: Option<String>,
    pub(crate) body: Value,
    /// The body as it came.
    pub(crate) bytes: Vec<u8>,
}

/// What the server answers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) body: String,
    pub(crate) retry_after: Option<&'static str>,
    pub(crate) close: bool,
    /// Never answers at all.
    pub(crate) silent: bool,
}

/// Decides on every request.
type Handler = Box<dyn FnMut(&Seen) -> Reply + Send>;

pub(crate) struct TestServer {
    /// The certificate to trust.
    pub(crate) ca_pem: Vec<u8>,
    pub(crate) connections: AtomicUsize,
    /// Refuses connections while set.
    pub(crate) down: AtomicBool,
    /// Drops every open connection without a word when notified.
    pub(crate) hang_up: Notify,
    tls: TlsAcceptor,
    handler: Mutex<Handler>,
}

impl TestServer {
    pub(crate) fn new(handler: impl FnMut(&Seen) -> Reply + Send + 'static) -> Arc<Self> {
        Self::with_tls("localhost", &[&rustls::version::TLS13], handler)
    }

    pub(crate) fn with_tls(
        name: &str,
        versions: &[&'static rustls::SupportedProtocolVersion],
        handler: impl FnMut(&Seen) -> Reply + Send + 'static,
    ) -> Arc<Self> {
        let made = rcgen::generate_simple_self_signed(vec![name.to_owned()]).expect("a certificate");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        Arc::new(Self::made(
            made.cert.pem(),
            made.cert.der().clone(),
            key,
            versions,
            handler,
        ))
    }

    /// With a certificate that others use too.
    pub(crate) fn of(
        pem: String,
        own: CertificateDer<'static>,
        key: PrivateKeyDer<'static>,
        handler: impl FnMut(&Seen) -> Reply + Send + 'static,
    ) -> Arc<Self> {
        Arc::new(Self::made(pem, own, key, &[&rustls::version::TLS13], handler))
    }

    fn made(
        pem: String,
        own: CertificateDer<'static>,
        key: PrivateKeyDer<'static>,
        versions: &[&'static rustls::SupportedProtocolVersion],
        handler: impl FnMut(&Seen) -> Reply + Send + 'static,
    ) -> Self {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![own], key)
            .expect("a key");
        Self {
            ca_pem: pem.into_bytes(),
            connections: AtomicUsize::new(0),
            down: AtomicBool::new(false),
            hang_up: Notify::new(),
            tls: TlsAcceptor::from(Arc::new(config)),
            handler: Mutex::new(Box::new(handler)),
        }
    }

    /// Serves one connection to its end.
    pub(crate) async fn serve<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
        self: Arc<Self>,
        stream: S,
    ) {
        self.connections.fetch_add(1, Ordering::SeqCst);
        // A client that refuses the certificate ends the handshake: the test looks at the client.
        let Ok(stream) = self.tls.accept(stream).await else {
            return;
        };
        let service = service_fn(|request| self.answer(request));
        let connection =
            hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        tokio::select! {
            _ = connection => (),
            () = self.hang_up.notified() => (),
        }
    }

    async fn answer(
        &self,
        request: http::Request<Incoming>,
    ) -> Result<http::Response<Full<Bytes>>, hyper::Error> {
        let (head, body) = request.into_parts();
        let header = |name: &str| {
            head.headers
                .get(name)
                .map(|value| value.to_str().expect("text").to_owned())
        };
        let bytes = body.collect().await?.to_bytes();
        let seen = Seen {
            path: head.uri.to_string(),
            host: header("host"),
            accept: header("accept"),
            content_type: header("content-type"),
            authorization: header("authorization"),
            method: head.method,
            body: serde_json::from_slice(&bytes).unwrap_or_default(),
            bytes: bytes.to_vec(),
        };
        let reply = (self.handler.lock().expect("no handler panicked"))(&seen);
        if reply.silent {
            std::future::pending::<()>().await;
        }
        let mut response = http::Response::new(Full::new(reply.body.into()));
        *response.status_mut() = reply.status;
        if let Some(seconds) = reply.retry_after {
            response
                .headers_mut()
                .insert("retry-after", http::HeaderValue::from_static(seconds));
        }
        if reply.close {
            response
                .headers_mut()
                .insert("connection", http::HeaderValue::from_static("close"));
        }
        Ok(response)
    }
}

/// Dials a [`TestServer`] through memory.
#[derive(Clone)]
pub(crate) struct InProcess(pub(crate) Arc<TestServer>);

impl Dial for InProcess {
    type Stream = DuplexStream;

    async fn dial(&self) -> io::Result<DuplexStream> {
        if self.0.down.load(Ordering::SeqCst) {
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        let (near, far) = tokio::io::duplex(16 << 10);
        tokio::spawn(Arc::clone(&self.0).serve(far));
        Ok(near)
    }
}
