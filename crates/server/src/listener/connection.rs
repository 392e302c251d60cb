//! One connection from its first byte to its last: TLS handshake, then HTTP/2 or HTTP/1.1 as negotiated (ALPN).

use crate::listener::ListenerLimits;
use crate::listener::activity::{Activity, Counted, Sending};
use crate::tls;
use api::Takeover;
use engine::certificates::Chain;
use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use model::limits;
use rustls::ProtocolVersion;
use std::convert::Infallible;
use std::error::Error;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// What a service may know of the connection that a request came over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionInfo {
    /// The other end. An IPv4 address inside IPv6 is given as IPv4.
    pub peer: SocketAddr,
    /// The TLS version that was negotiated.
    pub tls: ProtocolVersion,
    /// The certificates that the other end has shown, and has proved to hold the key of the first; where it is asked for
    /// them.
    pub certificates: Option<Chain>,
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
    B: Body<Data: Send + Unpin, Error: Into<Box<dyn Error + Send + Sync>>> + Send + Unpin + 'static,
{
    let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
    // Answers are written in whole frames: waiting for more would only delay them.
    let _ = stream.set_nodelay(true);
    let activity = Activity::new();
    let stream = Sending::new(stream, activity.clone());
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
        certificates: tls::shown(session),
    };
    let serve = |request| (shared.service)(request, info.clone());
    let ended = converse(stream, is_http2, serve, &activity, &shared.limits, stopped).await;
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "connection ended early");
    }
}

/// Serves the requests of a connection, to its end.
async fn converse<T, S, F, B>(
    stream: T,
    is_http2: bool,
    serve: S,
    activity: &Activity,
    limits: &ListenerLimits,
    stopped: watch::Receiver<bool>,
) -> Result<(), hyper::Error>
where
    T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    S: Fn(Request<Incoming>) -> F,
    F: Future<Output = Response<B>> + Send + 'static,
    B: Body<Data: Send + Unpin, Error: Into<Box<dyn Error + Send + Sync>>> + Send + Unpin + 'static,
{
    let goes_on = GoesOn::default();
    let service = service_fn(|mut request| {
        let open = activity.begin();
        let upgrade = hyper::upgrade::on(&mut request);
        let answer = serve(request);
        let goes_on = goes_on.clone();
        async move {
            let mut answer = answer.await;
            goes_on.note(&mut answer, upgrade);
            Ok::<_, Infallible>(answer.map(|body| Counted::new(body, open)))
        }
    });
    let stream = TokioIo::new(stream);
    if is_http2 {
        let connection = http2_settings(limits).serve_connection(stream, service);
        drive(
            connection,
            |open| open.graceful_shutdown(),
            activity,
            limits,
            stopped,
        )
        .await
    } else {
        let connection = http1_settings(limits)
            .serve_connection(stream, service)
            .with_upgrades();
        drive(
            connection,
            |open| open.graceful_shutdown(),
            activity,
            limits,
            stopped,
        )
        .await?;
        go_on(goes_on, activity, limits).await
    }
}

/// What a connection goes on as when an answer has said so, and the connection for it.
type Next = (Takeover, OnUpgrade);

/// The place for it; at most one answer of a connection says so, and it is the last.
#[derive(Clone, Default)]
struct GoesOn(Arc<Mutex<Option<Next>>>);

impl GoesOn {
    fn note<B>(&self, answer: &mut Response<B>, upgrade: OnUpgrade) {
        if let Some(takeover) = answer.extensions_mut().remove::<Takeover>() {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((takeover, upgrade));
        }
    }
}

/// Goes on as what an answer said, in the place of the HTTP connection: it counts as one connection still, and is cut off
/// when its peer takes nothing of what is sent.
async fn go_on(goes_on: GoesOn, activity: &Activity, limits: &ListenerLimits) -> Result<(), hyper::Error> {
    let next = goes_on.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some((takeover, upgrade)) = next else {
        return Ok(());
    };
    let stream = TokioIo::new(upgrade.await?);
    tokio::select! {
        () = takeover.run(stream) => {}
        () = activity.stalled(limits.write_stalled) => tracing::debug!("the peer takes nothing of what is sent"),
    }
    Ok(())
}

/// Drives a connection to its end; cuts it off, at any time, when its peer takes nothing of its answers.
async fn drive<C>(
    connection: C,
    close: impl Fn(Pin<&mut C>),
    activity: &Activity,
    limits: &ListenerLimits,
    stopped: watch::Receiver<bool>,
) -> Result<(), hyper::Error>
where
    C: Future<Output = Result<(), hyper::Error>>,
{
    tokio::select! {
        ended = until_closed(connection, close, activity, limits, stopped) => ended,
        () = activity.stalled(limits.write_stalled) => {
            tracing::debug!("the peer takes nothing of its answers");
            Ok(())
        }
    }
}

/// When the listener stops, or when nothing happens on a connection, it is asked to close: open requests may end, new ones
/// are not taken; a peer that then neither asks nor leaves is cut off.
async fn until_closed<C>(
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
        // The ping waits behind what was sent before it, and a slow peer is not gone.
        .keep_alive_timeout(limits.write_stalled);
    settings
}

#[cfg(test)]
mod tests;
