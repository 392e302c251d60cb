//! The MQTT listener: takes connections, speaks TLS, and hands the bytes to the broker. Caps come before the handshake, as
//! for HTTPS.

use super::admission::Admission;
use super::{Drained, ListenerLimits, accept, drain, report};
use crate::tls;
use broker::broker::{Arrival, Broker};
use rustls::ServerConfig;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// A bound MQTT listener.
pub struct MqttListener {
    socket: TcpListener,
    address: SocketAddr,
    acceptor: TlsAcceptor,
    limits: ListenerLimits,
}

impl MqttListener {
    /// Binds the address. Clients can connect from now on; they are answered once [`MqttListener::serve`] runs.
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
            acceptor: TlsAcceptor::from(tls),
            limits,
        })
    }

    /// The address with the real port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` ends; then takes no more connections and lets those that are open end within the drain limit.
    pub async fn serve(self, broker: Broker, stop: impl Future<Output = ()>) -> Drained {
        let admission = Admission::new(
            self.limits.connections_max,
            self.limits.connections_per_address_max,
        );
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
                    let Some(arrival) = broker.arrive(peer.ip()) else { continue };
                    let (broker, acceptor, limits) = (broker.clone(), self.acceptor.clone(), self.limits);
                    connections.spawn(async move {
                        run(&broker, &acceptor, &limits, arrival, stream).await;
                        drop(permit);
                    });
                }
            }
        }
        drop(self.socket);
        drain(connections, self.limits.drain).await
    }
}

/// One connection from its first byte to its last.
async fn run(
    broker: &Broker,
    acceptor: &TlsAcceptor,
    limits: &ListenerLimits,
    arrival: Arrival,
    stream: TcpStream,
) {
    // Packets are written as a whole: waiting for more would only delay them.
    let _ = stream.set_nodelay(true);
    match timeout(limits.handshake, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => {
            let connection = stream.get_ref().1;
            let arrival = arrival
                .with_certificates(tls::shown(connection))
                .to_host(connection.server_name());
            broker.serve(arrival, stream).await;
        }
        Ok(Err(error)) => {
            tracing::debug!(%error, "TLS handshake failed");
            if let Some(chain) = tls::refused(&error) {
                broker.refuse(arrival, chain).await;
            }
        }
        Err(_) => tracing::debug!("TLS handshake took too long"),
    }
}
