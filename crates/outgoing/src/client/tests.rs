//! Against a real server on the loopback: whom it asks, whom it believes, and what it bounds.

use super::*;
use crate::roots_in;
use model::secret::Secret;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls_pki_types::PrivateKeyDer;
use std::sync::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// A server that writes down what it is sent and answers with one text.
struct Server {
    port: u16,
    roots: RootCertStore,
    seen: Arc<Mutex<Vec<String>>>,
}

async fn server(answer: Vec<u8>) -> Server {
    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new(Vec::new()).expect("no names");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = params.self_signed(&key).expect("an authority");
    let issuer = Issuer::from_params(&params, &key);
    let own = KeyPair::generate().expect("a key");
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let leaf = CertificateParams::new(names).expect("names");
    let leaf = leaf.signed_by(&own, &issuer).expect("a certificate");
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(
            vec![leaf.der().clone()],
            PrivateKeyDer::try_from(own.serialize_der()).expect("a key"),
        )
        .expect("a configuration");
    let mut roots = RootCertStore::empty();
    roots.add(authority.der().clone()).expect("a root");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (log, acceptor) = (seen.clone(), TlsAcceptor::from(Arc::new(config)));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut bytes = vec![0; 8_192];
            let read = stream.read(&mut bytes).await.unwrap_or(0);
            let text = String::from_utf8_lossy(&bytes[..read]).into_owned();
            log.lock().expect("unpoisoned").push(text);
            let _ = stream.write_all(&answer).await;
            let _ = stream.shutdown().await;
        }
    });
    Server { port, roots, seen }
}

fn ok(body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn ask(url: &str) -> Ask {
    Ask {
        url: url.parse().expect(url),
        form: None,
        authorization: None,
    }
}

fn loopback() -> Reach {
    Reach::with(vec![
        "127.0.0.0/8".parse().expect("a range"),
        "::1".parse().expect("a range"),
    ])
}

impl Server {
    fn client(&self, reach: Reach) -> Outgoing {
        Outgoing::new(self.roots.clone(), reach).expect("a client")
    }

    fn url(&self, path: &str) -> String {
        format!("https://127.0.0.1:{}{path}", self.port)
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().expect("unpoisoned").clone()
    }
}

#[tokio::test]
async fn a_form_is_sent_with_its_credential_and_the_answer_comes_back() {
    let server = server(ok(b"{}")).await;
    let asked = Ask {
        form: Some(Secret::new("a=b")),
        authorization: Some(Secret::new("Basic eA==")),
        ..ask(&server.url("/token?x=1"))
    };
    assert_eq!(server.client(loopback()).ask(asked).await, Ok(b"{}".to_vec()));
    let seen = server.seen().join("");
    let lower = seen.to_ascii_lowercase();
    assert!(seen.starts_with("POST /token?x=1 HTTP/1.1\r\n"), "{seen}");
    assert!(
        lower.contains("authorization: basic ea==") && seen.ends_with("a=b"),
        "{seen}"
    );
    assert!(
        lower.contains(&format!("host: 127.0.0.1:{}", server.port)),
        "{seen}"
    );
}

// R052, R057: what is not public is not even connected to, however it is written.
#[tokio::test]
async fn nobody_in_a_private_network_is_asked_unless_the_operator_allows_it() {
    let server = server(ok(b"secret")).await;
    let client = server.client(Reach::default());
    for host in [
        "127.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "localhost",
        "0.0.0.0",
        "169.254.169.254",
        "10.0.0.1",
    ] {
        let asked = client.ask(ask(&format!("https://{host}:{}/", server.port))).await;
        assert_eq!(asked, Err(Unreachable::NotAllowed), "{host}");
    }
    assert!(server.seen().is_empty());
    let other = server.client(Reach::with(vec!["10.0.0.0/8".parse().expect("a range")]));
    assert_eq!(
        other.ask(ask(&server.url("/"))).await,
        Err(Unreachable::NotAllowed)
    );
}

// R057
#[tokio::test]
async fn whoever_does_not_prove_its_name_gets_no_request() {
    let asked_of = server(ok(b"{}")).await;
    let stranger = server(ok(b"{}")).await;
    let client = Outgoing::new(stranger.roots.clone(), loopback()).expect("a client");
    assert_eq!(
        client.ask(ask(&asked_of.url("/"))).await,
        Err(Unreachable::NotTrusted)
    );
    let nobody = Outgoing::new(RootCertStore::empty(), loopback()).expect("a client");
    assert_eq!(
        nobody.ask(ask(&asked_of.url("/"))).await,
        Err(Unreachable::NotTrusted)
    );
    let other_name = format!("https://127.0.0.2:{}/", asked_of.port);
    let asked = asked_of.client(loopback()).ask(ask(&other_name)).await;
    assert!(
        matches!(asked, Err(Unreachable::NotTrusted | Unreachable::NoConnection)),
        "{asked:?}"
    );
    assert!(asked_of.seen().is_empty());
}

// R052: an answer that leads elsewhere leads nowhere.
#[tokio::test]
async fn other_statuses_are_no_answers_and_nothing_is_followed() {
    let elsewhere =
        server(b"HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1/\r\nContent-Length: 0\r\n\r\n".to_vec())
            .await;
    let asked = elsewhere.client(loopback()).ask(ask(&elsewhere.url("/"))).await;
    assert_eq!(asked, Err(Unreachable::Status(302)));
    assert_eq!(elsewhere.seen().len(), 1);
}

#[tokio::test]
async fn answers_are_bounded_and_must_be_whole() {
    let large = server(ok(&vec![b' '; IDENTITY_ANSWER_BYTES_MAX + 1])).await;
    let asked = large.client(loopback()).ask(ask(&large.url("/"))).await;
    assert_eq!(asked, Err(Unreachable::TooLarge));
    let cut = server(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}".to_vec()).await;
    let asked = cut.client(loopback()).ask(ask(&cut.url("/"))).await;
    assert_eq!(asked, Err(Unreachable::NoConnection));
    let other = server(b"SSH-2.0-x\r\n".to_vec()).await;
    let asked = other.client(loopback()).ask(ask(&other.url("/"))).await;
    assert_eq!(asked, Err(Unreachable::NoConnection));
}

#[test]
fn a_file_without_certificates_gives_no_trust() {
    let missing = roots_in(std::path::Path::new("/nonexistent/ca.pem"));
    assert!(missing.is_err());
    let own_source = roots_in(std::path::Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/Cargo.toml"
    )));
    assert!(own_source.is_err());
}
