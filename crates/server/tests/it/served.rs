//! A listener under test and clients for it, as values.

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::{ClientConfig, ProtocolVersion, RootCertStore, SupportedProtocolVersion, version};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use server::clock;
use server::config::TlsProfile;
use server::data_dir::Layout;
use server::listener::{ConnectionInfo, Drained, Listener, ListenerLimits};
use server::tls::{CertificateSource, CertificateWatcher, default_names, server_config};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// A running listener with the own certificate of a fresh data directory.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    pub(crate) layout: Layout,
    pub(crate) watcher: CertificateWatcher,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Drained>,
    _dir: TempDir,
}

/// Limits that no good client meets, short enough for tests that wait for one of them.
pub(crate) fn patient() -> ListenerLimits {
    ListenerLimits {
        drain: Duration::from_secs(30),
        ..ListenerLimits::default()
    }
}

/// Answers with the peer's address.
pub(crate) async fn whoami(_: Request<Incoming>, info: ConnectionInfo) -> Response<Full<Bytes>> {
    Response::new(Full::from(info.peer.to_string()))
}

impl Served {
    pub(crate) async fn start<S, F>(profile: TlsProfile, limits: ListenerLimits, service: S) -> Self
    where
        S: Fn(Request<Incoming>, ConnectionInfo) -> F + Send + Sync + 'static,
        F: Future<Output = Response<Full<Bytes>>> + Send + 'static,
    {
        let dir = tempfile::tempdir().expect("a directory");
        let layout = Layout::new(dir.path());
        let source = CertificateSource::Own {
            layout: layout.clone(),
            names: default_names(&[]),
        };
        let watcher = CertificateWatcher::start(source, clock::now()).expect("a certificate");
        let tls = server_config(profile, watcher.live()).expect("settings");
        let listener = Listener::bind("127.0.0.1:0".parse().expect("an address"), tls, limits)
            .await
            .expect("bound");
        let address = listener.address();
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(listener.serve(service, async {
            let _ = stopped.await;
        }));
        Self {
            address,
            layout,
            watcher,
            stop,
            task,
            _dir: dir,
        }
    }

    pub(crate) async fn tcp(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("connected")
    }

    /// A TLS connection of a client that trusts `ca.pem`.
    pub(crate) async fn tls(&self, alpn: &str, versions: Versions) -> io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        let root = CertificateDer::from_pem_file(self.layout.authority_certificate()).expect("ca.pem");
        roots.add(root).expect("a root");
        let mut config = ClientConfig::builder_with_provider(Arc::new(server::tls::provider()))
            .with_protocol_versions(versions)
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![alpn.as_bytes().to_vec()];
        let name = "localhost".try_into().expect("a name");
        TlsConnector::from(Arc::new(config))
            .connect(name, self.tcp().await)
            .await
    }

    pub(crate) async fn http1(&self) -> http1::SendRequest<Empty<Bytes>> {
        let stream = self.tls("http/1.1", BOTH).await.expect("connected");
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.expect("HTTP/1.1");
        tokio::spawn(connection);
        sender
    }

    pub(crate) async fn http2(&self) -> http2::SendRequest<Empty<Bytes>> {
        let stream = self.tls("h2", BOTH).await.expect("connected");
        let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .expect("HTTP/2");
        tokio::spawn(connection);
        sender
    }

    /// Asks it to stop and hands out the end.
    pub(crate) fn stop(self) -> JoinHandle<Drained> {
        self.stop.send(()).expect("it runs");
        self.task
    }
}

pub(crate) type Versions = &'static [&'static SupportedProtocolVersion];
pub(crate) const BOTH: Versions = &[&version::TLS13, &version::TLS12];
pub(crate) const ONLY_12: Versions = &[&version::TLS12];
pub(crate) const ONLY_13: Versions = &[&version::TLS13];

pub(crate) fn version_of(stream: &TlsStream<TcpStream>) -> Option<ProtocolVersion> {
    stream.get_ref().1.protocol_version()
}

pub(crate) fn get(path: &str) -> Request<Empty<Bytes>> {
    Request::get(format!("https://localhost{path}"))
        .header("host", "localhost")
        .body(Empty::new())
        .expect("a request")
}

pub(crate) async fn text(response: Response<Incoming>) -> String {
    let bytes = response.into_body().collect().await.expect("a body").to_bytes();
    String::from_utf8(bytes.to_vec()).expect("text")
}
