//! THE LISTENER: takes connections, speaks TLS and then HTTP/1.1 or HTTP/2, and hands requests to a service.
//!
//! It knows no route, principal or storage. Cheap refusals come first: caps before TLS, time limits on everything a
//! stranger could make it wait for.

mod activity;
mod admission;
mod connection;
mod mqtts;

pub use connection::ConnectionInfo;
pub use mqtts::MqttListener;

use admission::Admission;
use connection::Shared;
use http::{Request, Response};
use hyper::body::{Body, Incoming};
use model::limits;
use rustls::ServerConfig;
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// Limits of one listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListenerLimits {
    /// Open connections.
    pub connections_max: usize,
    /// Open connections of one address (IPv6: of one /64 network).
    pub connections_per_address_max: usize,
    /// For the TLS handshake.
    pub handshake: Duration,
    /// For the head of a request to arrive, and for the first request of a connection to begin.
    pub header_read: Duration,
    /// An HTTP/2 connection without an open request is closed after this; one of HTTP/1.1 already after `header_read`,
    /// because the head of its next request may begin at once.
    pub idle: Duration,
    /// A connection is cut off when its peer takes nothing, for so long, of what is ready for it.
    pub write_stalled: Duration,
    /// For open requests to end when the listener stops.
    pub drain: Duration,
}

impl Default for ListenerLimits {
    fn default() -> Self {
        Self {
            connections_max: limits::CONNECTIONS_MAX,
            connections_per_address_max: limits::CONNECTIONS_PER_ADDRESS_MAX,
            handshake: Duration::from_secs(limits::TLS_HANDSHAKE_SECONDS_MAX),
            header_read: Duration::from_secs(limits::HEADER_READ_SECONDS_MAX),
            idle: Duration::from_secs(limits::IDLE_SECONDS_MAX),
            write_stalled: Duration::from_secs(limits::WRITE_STALLED_SECONDS_MAX),
            drain: Duration::from_secs(limits::DRAIN_SECONDS_MAX),
        }
    }
}

impl From<crate::config::Limits> for ListenerLimits {
    fn from(configured: crate::config::Limits) -> Self {
        Self {
            connections_max: configured.connections_max,
            connections_per_address_max: configured.connections_per_address_max,
            drain: Duration::from_secs(configured.drain_seconds_max),
            ..Self::default()
        }
    }
}

impl ListenerLimits {
    /// For MQTT, where connections stay open and many devices may have one address: as many as the broker serves, with
    /// those that have not signed in yet.
    pub fn for_mqtt(configured: crate::config::Limits) -> Self {
        Self {
            connections_max: limits::MQTT_CONNECTIONS_MAX + limits::MQTT_STRANGERS_MAX,
            connections_per_address_max: limits::MQTT_CONNECTIONS_PER_ADDRESS_MAX,
            ..Self::from(configured)
        }
    }
}

/// How the connections ended when the listener stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drained {
    /// Connections whose requests were still open when the time was over.
    pub cut: usize,
}

/// A bound HTTPS listener.
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    tls: Arc<ServerConfig>,
    limits: ListenerLimits,
}

impl Listener {
    /// Binds the address. Clients can connect from now on; they are answered once [`Listener::serve`] runs.
    ///
    /// # Errors
    /// When the address is taken or not allowed.
    pub async fn bind(
        address: SocketAddr,
        tls: Arc<ServerConfig>,
        limits: ListenerLimits,
    ) -> io::Result<Self> {
        let socket = TcpListener::bind(address).await?;
        let address = socket.local_addr()?;
        Ok(Self {
            socket,
            address,
            tls,
            limits,
        })
    }

    /// The address with the real port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` ends; then takes no more connections and lets open requests end within the drain limit.
    pub async fn serve<S, F, B>(self, service: S, stop: impl Future<Output = ()>) -> Drained
    where
        S: Fn(Request<Incoming>, ConnectionInfo) -> F + Send + Sync + 'static,
        F: Future<Output = Response<B>> + Send + 'static,
        B: Body<Data: Send + Unpin, Error: Into<Box<dyn Error + Send + Sync>>> + Send + Unpin + 'static,
    {
        let admission = Admission::new(
            self.limits.connections_max,
            self.limits.connections_per_address_max,
        );
        let shared = Arc::new(Shared {
            service,
            acceptor: TlsAcceptor::from(self.tls),
            limits: self.limits,
        });
        let (stopping, stopped) = watch::channel(false);
        let mut connections = JoinSet::new();
        let mut failures = 0;
        let mut stop = std::pin::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                Some(ended) = connections.join_next() => report(ended),
                accepted = accept(&self.socket, &mut failures) => {
                    let Some((stream, peer)) = accepted else { continue };
                    // Over a cap the connection is closed before any work was done for it (R127).
                    let Some(permit) = admission.admit(peer.ip()) else { continue };
                    let (shared, stopped) = (Arc::clone(&shared), stopped.clone());
                    connections.spawn(async move {
                        connection::run(&shared, stream, peer, stopped).await;
                        drop(permit);
                    });
                }
            }
        }
        drop(self.socket);
        // Nobody listens when no connection is open.
        let _ = stopping.send(true);
        drain(connections, self.limits.drain).await
    }
}

/// The next connection; nothing when taking one failed, after a pause if the system is short of something.
async fn accept(socket: &TcpListener, failures: &mut u32) -> Option<(TcpStream, SocketAddr)> {
    // The pause comes before the next try, not after the failure: a future dropped in between must not skip it.
    if *failures > 0 {
        tokio::time::sleep(pause_after(*failures)).await;
    }
    match socket.accept().await {
        Ok(accepted) => {
            *failures = 0;
            Some(accepted)
        }
        Err(error) if is_of_one_connection(&error) => None,
        Err(error) => {
            *failures = failures.saturating_add(1);
            tracing::warn!(%error, failures, "no connection can be taken now");
            None
        }
    }
}

/// Whether an error of accepting concerns only the connection that was about to be taken.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
    )
}

/// How long to wait after so many failures in a row, so that a shortage (of open files, for example) does not become
/// a busy loop (R129): 50 ms, doubled each time, at most 1 s.
fn pause_after(failures: u32) -> Duration {
    Duration::from_millis(50u64.saturating_mul(1 << failures.saturating_sub(1).min(10)))
        .min(Duration::from_secs(1))
}

async fn drain(mut connections: JoinSet<()>, limit: Duration) -> Drained {
    let all_ended = async {
        while let Some(ended) = connections.join_next().await {
            report(ended);
        }
    };
    // Whether the time was enough shows in what is left.
    let _ = tokio::time::timeout(limit, all_ended).await;
    let cut = connections.len();
    connections.shutdown().await;
    Drained { cut }
}

fn report(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!(%error, "a connection ended by a fault of this program");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // R127
    #[test]
    fn the_listener_for_mqtt_takes_as_many_as_the_broker_serves() {
        let of_https = ListenerLimits::default();
        let configured = crate::config::Limits {
            connections_max: of_https.connections_max,
            connections_per_address_max: of_https.connections_per_address_max,
            drain_seconds_max: 7,
        };
        let of_mqtt = ListenerLimits::for_mqtt(configured);
        assert!(of_mqtt.connections_max > limits::MQTT_CONNECTIONS_MAX);
        assert!(of_mqtt.connections_per_address_max >= limits::MQTT_CONNECTIONS_PER_PRINCIPAL_MAX);
        assert_eq!(of_mqtt.drain, Duration::from_secs(7));
    }

    #[test]
    fn pauses_grow_and_stay_below_a_second() {
        // R129
        for (failures, millis) in [
            (1, 50),
            (2, 100),
            (3, 200),
            (5, 800),
            (6, 1_000),
            (u32::MAX, 1_000),
        ] {
            assert_eq!(pause_after(failures), Duration::from_millis(millis), "{failures}");
        }
    }

    #[test]
    fn only_errors_of_the_listener_make_it_pause() {
        let of_one = io::Error::from(io::ErrorKind::ConnectionAborted);
        let of_all = io::Error::from_raw_os_error(rustix::io::Errno::MFILE.raw_os_error());
        assert!(is_of_one_connection(&of_one));
        assert!(!is_of_one_connection(&of_all));
    }
}
