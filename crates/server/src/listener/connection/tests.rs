//! Peers that read slowly, and peers that do not read at all, over a stream in memory and with a clock that jumps.

use super::*;
use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::{Frame, SizeHint};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

/// What the stream holds that the peer has not read.
const STREAM_BYTES: usize = 4 << 10;
/// More than everything on the way can hold.
const EXPORT_BYTES: usize = 2 << 20;
const LIMIT: Duration = Duration::from_secs(limits::WRITE_STALLED_SECONDS_MAX);

type TestBody = BoxBody<Bytes, Infallible>;

/// A connection whose requests are all answered with this body; it ends with the time that it took.
fn serve(is_http2: bool, body: fn() -> TestBody) -> (DuplexStream, JoinHandle<Duration>) {
    let (peer, ours) = duplex(STREAM_BYTES);
    let task = tokio::spawn(async move {
        let began = Instant::now();
        let activity = Activity::new();
        let (_stop, stopped) = watch::channel(false);
        let limits = ListenerLimits::default();
        let stream = Sending::new(ours, activity.clone());
        let answer = move |_: Request<Incoming>| async move { Response::new(body()) };
        // How it ended shows on the other side.
        let _ = converse(stream, is_http2, answer, &activity, &limits, stopped).await;
        began.elapsed()
    });
    (peer, task)
}

fn export() -> TestBody {
    Full::new(Bytes::from(vec![b'x'; EXPORT_BYTES])).boxed()
}

/// An export without a known length.
fn endless_export() -> TestBody {
    Pieces(EXPORT_BYTES / 1_000).boxed()
}

struct Pieces(usize);

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let left = self.0.checked_sub(1);
        self.0 = left.unwrap_or(0);
        Poll::Ready(left.map(|_| Ok(Frame::data(Bytes::from_static(&[b'x'; 1_000])))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

#[track_caller]
fn assert_cut_at_the_limit(after: Duration) {
    assert!(after >= LIMIT && after <= LIMIT * 3 / 2, "{after:?}");
}

async fn ask(peer: &mut DuplexStream) {
    let request = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    peer.write_all(request).await.expect("sent");
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_never_reads_its_answer_is_cut_off() {
    // R127
    for body in [export, endless_export] {
        let (mut peer, ended) = serve(false, body);
        ask(&mut peer).await;
        assert_cut_at_the_limit(ended.await.expect("no panic"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_never_reads_its_last_bytes_is_cut_off() {
    // R127
    let (mut peer, ended) = serve(false, || {
        Full::new(Bytes::from_static(&[b'x'; 2 * STREAM_BYTES])).boxed()
    });
    ask(&mut peer).await;
    assert_cut_at_the_limit(ended.await.expect("no panic"));
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_reads_slowly_gets_all_of_it_over_http1() {
    for body in [export, endless_export] {
        let (mut peer, ended) = serve(false, body);
        ask(&mut peer).await;
        let mut buffer = vec![0; STREAM_BYTES];
        let mut exported = 0;
        while exported < EXPORT_BYTES / 1_000 * 1_000 {
            sleep(LIMIT * 3 / 4).await; // tidy: paused time
            let read = peer.read(&mut buffer).await.expect("readable");
            assert!(read > 0, "cut off after {exported} bytes");
            exported += buffer[..read].iter().filter(|byte| **byte == b'x').count();
        }
        drop(peer);
        ended.await.expect("no panic");
    }
}

#[tokio::test(start_paused = true)]
async fn streams_without_room_are_cut_off_and_a_slow_reader_is_not_over_http2() {
    // R127
    for is_slow in [false, true] {
        let (peer, ended) = serve(true, export);
        let (mut client, connection) = hyper::client::conn::http2::Builder::new(TokioExecutor::new())
            .initial_stream_window_size(64 << 10)
            .handshake(TokioIo::new(peer))
            .await
            .expect("HTTP/2");
        // The connection is driven on, and answers every ping.
        tokio::spawn(connection);
        let request = Request::get("https://localhost/").body(Empty::<Bytes>::new());
        let answer = client.send_request(request.expect("a request")).await;
        let mut body = answer.expect("answered").into_body();
        if !is_slow {
            assert_cut_at_the_limit(ended.await.expect("no panic"));
            continue;
        }
        let mut exported = 0;
        while let Some(frame) = body.frame().await {
            exported += frame.expect("not cut").data_ref().map_or(0, Bytes::len);
            // Room is given back by halves of the window.
            sleep(LIMIT / 10).await; // tidy: paused time
        }
        assert_eq!(exported, EXPORT_BYTES);
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_long_in_the_making_is_waited_for() {
    let (mut peer, ended) = serve(false, || {
        Late(Box::pin(sleep(10 * LIMIT))).boxed() // tidy: paused time
    });
    ask(&mut peer).await;
    let mut answer = Vec::new();
    let read = peer.read_to_end(&mut answer).await;
    assert!(read.is_ok() && answer.ends_with(b"0\r\n\r\n"), "{answer:?}");
    assert!(ended.await.expect("no panic") >= 10 * LIMIT);
}

/// A body that ends late and is empty.
struct Late(Pin<Box<tokio::time::Sleep>>);

impl Body for Late {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.as_mut().poll(context).map(|()| None)
    }
}

/// An answer after which the connection goes on as this.
fn goes_on_as(takeover: Takeover) -> Response<TestBody> {
    let answer = Response::builder()
        .status(101)
        .header("connection", "Upgrade")
        .header("upgrade", "echo");
    let mut answer = answer.body(Empty::new().boxed()).expect("an answer");
    answer.extensions_mut().insert(takeover);
    answer
}

/// A connection that goes on as what sends everything back; it ends with the time that it took.
async fn echo() -> (DuplexStream, JoinHandle<Duration>) {
    let (mut peer, ours) = duplex(STREAM_BYTES);
    let task = tokio::spawn(async move {
        let began = Instant::now();
        let activity = Activity::new();
        let (_stop, stopped) = watch::channel(false);
        let stream = Sending::new(ours, activity.clone());
        let answer = move |_: Request<Incoming>| async move {
            goes_on_as(Takeover::new(|stream| async move {
                let (mut reads, mut writes) = tokio::io::split(stream);
                // How it ended shows on the other side.
                let _ = tokio::io::copy(&mut reads, &mut writes).await;
            }))
        };
        let _ = converse(
            stream,
            false,
            answer,
            &activity,
            &ListenerLimits::default(),
            stopped,
        )
        .await;
        began.elapsed()
    });
    let request = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n";
    peer.write_all(request).await.expect("sent");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(peer.read_u8().await.expect("an answer"));
    }
    assert!(head.starts_with(b"HTTP/1.1 101"), "{head:?}");
    (peer, task)
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_goes_on_as_something_else_lasts_as_long_as_that() {
    let (mut peer, ended) = echo().await;
    // Longer than any limit of a connection without requests.
    sleep(10 * LIMIT).await; // tidy: paused time
    peer.write_all(b"hello").await.expect("sent");
    let mut back = [0; 5];
    peer.read_exact(&mut back).await.expect("sent back");
    assert_eq!(&back, b"hello");
    assert!(!ended.is_finished());
    drop(peer);
    assert!(ended.await.expect("no panic") >= 10 * LIMIT);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_takes_nothing_of_what_goes_on_is_cut_off() {
    // R127
    let (mut peer, ended) = echo().await;
    // It sends until what it does not take has filled everything on the way.
    let sends = peer.write_all(&[b'x'; EXPORT_BYTES]);
    assert!(sends.await.is_err(), "it was never cut off");
    assert_cut_at_the_limit(ended.await.expect("no panic"));
}
