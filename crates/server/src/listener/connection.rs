//! One connection from its first byte to its last: TLS handshake, then HTTP/2 or HTTP/1.1 as negotiated (ALPN).

use crate::listener::ListenerLimits;
use crate::listener::activity::{Activity, Counted};
use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use model::limits;
use rustls::ProtocolVersion;
use std::convert::Infallible;
use std::error::Error;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// What a service may know of the connection that a request came over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionInfo {
    /// The other end. An IPv4 address inside IPv6 is given as IPv4.
    pub peer: SocketAddr,
    /// The TLS version that was negotiated.
    pub tls: ProtocolVersion,
}

/// What all connections of a listener share.
pub(crate) struct Shared<S> {
    pub(crate) service: S,
    pub(crate) acceptor: TlsAcceptor,
    pub(crate) limits: ListenerLimits,
}

pub(crate) async fn run<S, F, B>(
    shared: &Shared<S>,
    stream: TcpStream,
    peer: SocketAddr,
    mut stopped: watch::Receiver<bool>,
) where
    S: Fn(Request<Incoming>, ConnectionInfo) -> F + Send + Sync,
    F: Future<Output = Response<B>> + Send + 'static,
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + Unpin + 'static,
{
    let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
    // Answers are written in whole frames: waiting for more would only delay them.
    let _ = stream.set_nodelay(true);
    let handshake = timeout(shared.limits.handshake, shared.acceptor.accept(stream));
    let stream = tokio::select! {
        done = handshake => match done {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return tracing::debug!(%peer, %error, "TLS handshake failed"),
            Err(_) => return tracing::debug!(%peer, "TLS handshake took too long"),
        },
        _ = stopped.wait_for(|stopped| *stopped) => return,
    };
    let session = stream.get_ref().1;
    let is_http2 = session.alpn_protocol() == Some(b"h2");
    let info = ConnectionInfo {
        peer,
        // A finished handshake has a version.
        tls: session.protocol_version().unwrap_or(ProtocolVersion::TLSv1_3),
    };
    let activity = Activity::new();
    let service = service_fn(|request| {
        let open = activity.begin();
        let answer = (shared.service)(request, info);
        async move { Ok::<_, Infallible>(answer.await.map(|body| Counted { body, _open: open })) }
    });
    let limits = &shared.limits;
    let ended = if is_http2 {
        let connection = http2_settings(limits).serve_connection(TokioIo::new(stream), service);
        drive(
            connection,
            |open| open.graceful_shutdown(),
            &activity,
            limits,
            stopped,
        )
        .await
    } else {
        let connection = http1_settings(limits).serve_connection(TokioIo::new(stream), service);
        drive(
            connection,
            |open| open.graceful_shutdown(),
            &activity,
            limits,
            stopped,
        )
        .await
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "connection ended early");
    }
}

/// Drives a connection to its end. When the listener stops, or when nothing happens on it, it is asked to close: open
/// requests may end, new ones are not taken; a peer that then neither asks nor leaves is cut off.
async fn drive<C>(
    connection: C,
    close: impl Fn(Pin<&mut C>),
    activity: &Activity,
    limits: &ListenerLimits,
    mut stopped: watch::Receiver<bool>,
) -> Result<(), hyper::Error>
where
    C: Future<Output = Result<(), hyper::Error>>,
{
    let mut connection = pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => return ended,
        () = activity.quiet(limits.header_read, limits.idle) => {}
        _ = stopped.wait_for(|stopped| *stopped) => {}
    }
    close(connection.as_mut());
    tokio::select! {
        ended = connection.as_mut() => ended,
        () = activity.quiet(limits.header_read, limits.header_read) => Ok(()),
    }
}

fn http1_settings(limits: &ListenerLimits) -> http1::Builder {
    let mut settings = http1::Builder::new();
    settings
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_read)
        .half_close(false)
        // At most 100 headers is the library's default, and faster than the same number set here.
        .max_header_size(limits::HEADER_BYTES_MAX)
        .max_buf_size(limits::HEADER_BYTES_MAX);
    settings
}

fn http2_settings(limits: &ListenerLimits) -> http2::Builder<TokioExecutor> {
    let mut settings = http2::Builder::new(TokioExecutor::new());
    settings
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits::STREAMS_MAX)
        .max_header_list_size(limits::HEADER_BYTES_MAX as u32)
        // A peer that vanished without a word is found by an unanswered ping.
        .keep_alive_interval(limits.header_read)
        .keep_alive_timeout(limits.header_read);
    settings
}
