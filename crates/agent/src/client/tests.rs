//! The client against a real server: trust, re-use of the connection, bounds.

use super::*;
use crate::client::dial::Tcp;
use crate::test_server::{InProcess, Reply, TestServer};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

fn authorization() -> HeaderValue {
    let (tenant, user) = (
        "t100".parse().expect("a tenant"),
        "device_1".parse().expect("a user"),
    );
    basic_authorization(&tenant, &user, &Secret::new("pass:word"))
}

fn client(server: &Arc<TestServer>, url: &str, ca_pem: &[u8]) -> Client<InProcess> {
    let url = url.parse().expect(url);
    Client::new(InProcess(Arc::clone(server)), &url, ca_pem, authorization()).expect("a client")
}

fn get(path: &str) -> Request {
    Request {
        method: Method::GET,
        path: path.to_owned(),
        content_type: None,
        body: Bytes::new(),
        wants_body: true,
    }
}

fn body(text: impl Into<String>) -> Reply {
    Reply {
        body: text.into(),
        ..Reply::default()
    }
}

#[tokio::test]
async fn a_request_over_tcp_carries_the_credentials_and_brings_the_answer_back() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let server = TestServer::new(move |request| {
        log.lock().expect("unpoisoned").push(request.clone());
        Reply {
            retry_after: Some("7"),
            ..body("{\"id\":\"5\"}")
        }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let url = format!(
        "https://localhost:{}",
        listener.local_addr().expect("an address").port()
    );
    let serving = Arc::clone(&server);
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a connection");
        serving.serve(stream).await;
    });
    let base: BaseUrl = url.parse().expect("a URL");
    let mut client = Client::new(Tcp::to(&base), &base, &server.ca_pem, authorization()).expect("a client");
    let answer = client.send(&get("/x")).await.expect("an answer");
    assert_eq!((answer.status, &answer.body["id"]), (StatusCode::OK, &"5".into()));
    assert_eq!(answer.retry_after, Some(Duration::from_secs(7)));
    let seen = seen.lock().expect("unpoisoned");
    assert_eq!(seen[0].path, "/x");
    assert_eq!(seen[0].host.as_deref(), Some(base.authority()));
    assert_eq!(seen[0].accept.as_deref(), Some("application/json"));
    // printf 't100/device_1:pass:word' | base64
    assert_eq!(
        seen[0].authorization.as_deref(),
        Some("Basic dDEwMC9kZXZpY2VfMTpwYXNzOndvcmQ=")
    );
}

// R065, R067, R068, R069
#[tokio::test]
async fn a_server_that_does_not_prove_its_identity_gets_no_request() {
    let handler = |_: &_| -> Reply { panic!("a request was sent") };
    let trusted = TestServer::new(handler);
    let other = TestServer::new(handler);
    let old = TestServer::with_tls("localhost", &[&rustls::version::TLS12], handler);
    for (server, url, ca_pem) in [
        (&trusted, "https://localhost", &other.ca_pem),
        (&trusted, "https://example.org", &trusted.ca_pem),
        (&old, "https://localhost", &old.ca_pem),
    ] {
        let error = client(server, url, ca_pem)
            .send(&get("/"))
            .await
            .expect_err("no trust");
        assert!(matches!(error, ClientError::Untrusted(_)), "{error}");
    }
}

#[tokio::test]
async fn the_connection_is_kept_and_replaced_when_the_server_closes_it() {
    let mut count = 0;
    let server = TestServer::new(move |_| {
        count += 1;
        Reply {
            close: count == 3,
            ..body("1")
        }
    });
    let mut client = client(&server, "https://localhost", &server.ca_pem);
    for connections in [1, 1, 1, 2, 2] {
        client.send(&get("/")).await.expect("an answer");
        assert_eq!(server.connections.load(Ordering::SeqCst), connections);
    }
}

#[tokio::test]
async fn a_request_that_never_left_is_sent_on_a_new_connection() {
    let server = TestServer::new(|_| body("1"));
    let mut client = client(&server, "https://localhost", &server.ca_pem);
    client.send(&get("/")).await.expect("an answer");
    // Lets both ends come to rest, so that the server is the first to run after this.
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    server.hang_up.notify_waiters();
    // Nothing has run since: the client still believes in its connection.
    client.send(&get("/")).await.expect("an answer");
    assert_eq!(server.connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn an_answer_is_read_up_to_its_limit_and_not_a_byte_further() {
    let text = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2));
    let server = TestServer::new(move |request| match request.path.as_str() {
        "/at" => body(text(ANSWER_BYTES_MAX)),
        _ => body(text(ANSWER_BYTES_MAX + 1)),
    });
    let mut client = client(&server, "https://localhost", &server.ca_pem);
    assert!(
        client
            .send(&get("/at"))
            .await
            .expect("an answer")
            .body
            .is_string()
    );
    let error = client.send(&get("/over")).await.expect_err("too large");
    assert!(matches!(error, ClientError::TooLarge), "{error}");
    assert!(client.send(&get("/at")).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_is_given_up() {
    let server = TestServer::new(|_| Reply {
        silent: true,
        ..Reply::default()
    });
    let start = tokio::time::Instant::now();
    let error = client(&server, "https://localhost", &server.ca_pem)
        .send(&get("/"))
        .await
        .expect_err("too slow");
    assert!(matches!(error, ClientError::TooSlow), "{error}");
    assert_eq!(start.elapsed().as_secs(), ANSWER_SECONDS_MAX);
}

#[test]
fn without_a_certificate_to_trust_there_is_no_client() {
    let server = TestServer::new(|_| Reply::default());
    let url = "https://localhost".parse().expect("a URL");
    for pem in [
        "",
        "hello",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
        let made = Client::new(
            InProcess(Arc::clone(&server)),
            &url,
            pem.as_bytes(),
            authorization(),
        );
        assert!(made.is_err(), "{pem:?}");
    }
}

#[test]
fn the_credentials_are_not_shown() {
    assert_eq!(format!("{:?}", authorization()), "Sensitive");
}
