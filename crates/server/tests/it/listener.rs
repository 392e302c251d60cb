//! The listener against good, slow, greedy and vanished clients.

use crate::served::{BOTH, Served, get, patient, text, whoami};
use bytes::Bytes;
use http::{Request, Response, Version};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use server::config::TlsProfile::Compat;
use server::listener::{ConnectionInfo, Drained, ListenerLimits};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

const SHORT: Duration = Duration::from_millis(100);

/// Reads to the end: the other side closed, or cut the connection off. Returns what came before.
async fn until_closed(stream: &mut (impl AsyncRead + Unpin)) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Being cut off is an error here, and just as much the end.
    let _ = stream.read_to_end(&mut bytes).await;
    bytes
}

#[tokio::test]
async fn both_http_versions_are_served_and_the_service_sees_the_peer() {
    let served = Served::start(Compat, patient(), whoami).await;
    let answer = served
        .http1()
        .await
        .send_request(get("/"))
        .await
        .expect("answered");
    assert_eq!(answer.version(), Version::HTTP_11);
    assert_eq!(
        answer.headers()["content-length"].to_str().ok(),
        Some(&*answer_length(&answer))
    );
    assert!(text(answer).await.starts_with("127.0.0.1:"));
    let answer = served
        .http2()
        .await
        .send_request(get("/"))
        .await
        .expect("answered");
    assert_eq!(answer.version(), Version::HTTP_2);
    assert!(text(answer).await.starts_with("127.0.0.1:"));
}

fn answer_length(answer: &Response<Incoming>) -> String {
    hyper::body::Body::size_hint(answer.body())
        .exact()
        .expect("a known length")
        .to_string()
}

#[tokio::test]
async fn plaintext_is_refused_and_its_request_never_reaches_the_service() {
    // R057, R063
    let served = Served::start(
        Compat,
        patient(),
        |_: Request<Incoming>, _: ConnectionInfo| async {
            unreachable!("a plaintext request was served") as Response<Full<Bytes>>
        },
    )
    .await;
    let mut stream = served.tcp().await;
    let request = b"GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic dXNlcjpwYXNz\r\n\r\n";
    stream.write_all(request).await.expect("sent");
    let answer = until_closed(&mut stream).await;
    // A TLS alert (RFC 8446 section 5.1: content type 21) or nothing, and no HTTP.
    assert!(answer.is_empty() || answer[0] == 21, "{answer:?}");
}

#[tokio::test]
async fn a_handshake_that_does_not_come_is_cut_off() {
    // R127
    let limits = ListenerLimits {
        handshake: SHORT,
        ..patient()
    };
    let served = Served::start(Compat, limits, whoami).await;
    assert!(until_closed(&mut served.tcp().await).await.is_empty());
}

#[tokio::test]
async fn a_client_that_never_finishes_a_request_head_is_cut_off() {
    // R127
    let limits = ListenerLimits {
        header_read: SHORT,
        ..patient()
    };
    let served = Served::start(Compat, limits, whoami).await;
    for (alpn, beginning) in [
        ("http/1.1", &b""[..]),
        ("http/1.1", b"GET / HTTP/1.1\r\nHost: loc"),
        ("h2", b""),
        ("h2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"),
    ] {
        let mut stream = served.tls(alpn, BOTH).await.expect("connected");
        stream.write_all(beginning).await.expect("sent");
        stream.flush().await.expect("sent");
        until_closed(&mut stream).await;
    }
}

#[tokio::test]
async fn an_idle_connection_is_closed_and_a_waiting_request_is_not() {
    let limits = ListenerLimits {
        idle: SHORT,
        header_read: SHORT,
        ..patient()
    };
    for is_http2 in [false, true] {
        let (begun, answer) = gate();
        let served = Served::start(Compat, limits, gated(&begun, &answer)).await;
        let open = ask(&served, is_http2).await;
        begun.notified().await;
        // Opened later than the waiting request, and closed earlier.
        let mut idle = served
            .tls(if is_http2 { "h2" } else { "http/1.1" }, BOTH)
            .await
            .expect("connected");
        until_closed(&mut idle).await;
        answer.notify_one();
        let answer = open
            .await
            .expect("no panic")
            .expect("a long answer is waited for");
        assert_eq!(text(answer).await, "done");
    }
}

#[tokio::test]
async fn too_large_a_head_is_refused() {
    let served = Served::start(Compat, patient(), whoami).await;
    let mut large = get("/");
    large
        .headers_mut()
        .insert("x-large", "a".repeat(70 << 10).parse().expect("a value"));
    let answer = served
        .http1()
        .await
        .send_request(large.clone())
        .await
        .expect("answered");
    assert_eq!(answer.status(), 431);
    let answer = served.http2().await.send_request(large).await.expect("answered");
    assert_eq!(answer.status(), 431);
    let mut many = get("/");
    for number in 0..101 {
        let name = http::HeaderName::try_from(format!("x-{number}")).expect("a name");
        many.headers_mut()
            .insert(name, http::HeaderValue::from_static("a"));
    }
    let answer = served.http1().await.send_request(many).await.expect("answered");
    assert_eq!(answer.status(), 431);
}

#[tokio::test]
async fn a_connection_over_the_cap_is_closed_and_the_place_comes_back() {
    // R127
    let limits = ListenerLimits {
        connections_per_address_max: 2,
        ..patient()
    };
    let served = Served::start(Compat, limits, whoami).await;
    let first = served.tls("http/1.1", BOTH).await.expect("connected");
    let mut second = served.http1().await;
    assert!(until_closed(&mut served.tcp().await).await.is_empty());
    let answer = second
        .send_request(get("/"))
        .await
        .expect("the others are served on");
    assert_eq!(answer.status(), 200);
    drop(first);
    // The server learns of the end a moment later.
    while served.tls("http/1.1", BOTH).await.is_err() {
        tokio::task::yield_now().await;
    }
}

fn gate() -> (Arc<Notify>, Arc<Notify>) {
    (Arc::default(), Arc::default())
}

/// An answer that is still to come.
type Coming = Pin<Box<dyn Future<Output = Response<Full<Bytes>>> + Send>>;

/// A service that says when a request has begun and answers when it is told to.
fn gated(
    begun: &Arc<Notify>,
    answer: &Arc<Notify>,
) -> impl Fn(Request<Incoming>, ConnectionInfo) -> Coming + Send + Sync + use<> {
    let (begun, answer) = (Arc::clone(begun), Arc::clone(answer));
    move |_, _| {
        let (begun, answer) = (Arc::clone(&begun), Arc::clone(&answer));
        Box::pin(async move {
            begun.notify_one();
            answer.notified().await;
            Response::new(Full::from("done"))
        })
    }
}

/// Sends a request and does not wait for its answer.
async fn ask(served: &Served, is_http2: bool) -> JoinHandle<hyper::Result<Response<Incoming>>> {
    if is_http2 {
        let mut client = served.http2().await;
        tokio::spawn(async move { client.send_request(get("/")).await })
    } else {
        let mut client = served.http1().await;
        tokio::spawn(async move { client.send_request(get("/")).await })
    }
}

#[tokio::test]
async fn stopping_finishes_open_requests_and_takes_no_new_connection() {
    for is_http2 in [false, true] {
        let (begun, answer) = gate();
        let served = Served::start(Compat, patient(), gated(&begun, &answer)).await;
        let address = served.address;
        let open = ask(&served, is_http2).await;
        begun.notified().await;
        let idle = served.http1().await;
        let ended = served.stop();
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
        answer.notify_one();
        let response = open
            .await
            .expect("no panic")
            .expect("the open request is answered");
        assert_eq!(text(response).await, "done");
        assert_eq!(ended.await.expect("no panic"), Drained { cut: 0 });
        drop(idle);
    }
}

#[tokio::test]
async fn a_request_that_does_not_end_is_cut_off_when_the_time_is_over() {
    let (begun, never) = gate();
    let limits = ListenerLimits {
        drain: SHORT,
        ..patient()
    };
    let served = Served::start(Compat, limits, gated(&begun, &never)).await;
    let open = ask(&served, false).await;
    begun.notified().await;
    assert_eq!(served.stop().await.expect("no panic"), Drained { cut: 1 });
    assert!(open.await.expect("no panic").is_err());
}

#[tokio::test]
async fn a_panic_in_the_service_ends_one_connection_only() {
    let served = Served::start(
        Compat,
        patient(),
        |request: Request<Incoming>, _: ConnectionInfo| async move {
            assert!(request.uri().path() != "/panic", "asked for");
            Response::new(Full::<Bytes>::from("well"))
        },
    )
    .await;
    let mut other = served.http1().await;
    assert!(served.http1().await.send_request(get("/panic")).await.is_err());
    assert!(served.http2().await.send_request(get("/panic")).await.is_err());
    let answer = other.send_request(get("/")).await.expect("answered");
    assert_eq!(
        &answer.into_body().collect().await.expect("a body").to_bytes()[..],
        b"well"
    );
}
