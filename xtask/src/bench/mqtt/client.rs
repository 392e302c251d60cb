//! As much of MQTT 3.1.1 as a sender needs: connect, publish with QoS 1, count what is confirmed. Every connection is a
//! full TLS handshake of its own.

use super::load::Login;
use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Connections from one address of this machine, fewer than a server takes from one.
const PER_ADDRESS: usize = 400;

/// How all connections are made.
#[derive(Clone)]
pub(super) struct Dialer {
    tls: TlsConnector,
    to: SocketAddr,
}

impl Dialer {
    /// To a server whose certificate this authority has signed.
    pub(super) fn new(to: SocketAddr, authority: &Path) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        let certificate = CertificateDer::from_pem_file(authority).map_err(|error| error.to_string())?;
        roots.add(certificate).map_err(|error| error.to_string())?;
        let mut config = ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.resumption = Resumption::disabled();
        let tls = TlsConnector::from(Arc::new(config));
        Ok(Self { tls, to })
    }

    /// A connection that the server has accepted.
    pub(super) async fn connect(&self, number: usize, login: &Login) -> Result<Connection, String> {
        let text = |error: std::io::Error| format!("connection {number}: {error}");
        let socket = TcpSocket::new_v4().map_err(text)?;
        let last = u8::try_from(number / PER_ADDRESS + 1).map_err(|error| error.to_string())?;
        let from = IpAddr::V4(Ipv4Addr::new(127, 0, 0, last));
        socket.bind(SocketAddr::new(from, 0)).map_err(text)?;
        let stream = socket.connect(self.to).await.map_err(text)?;
        stream.set_nodelay(true).map_err(text)?;
        let name = ServerName::try_from("localhost").map_err(|error| error.to_string())?;
        let stream = self.tls.connect(name, stream).await.map_err(text)?;
        let mut connection = Connection {
            stream,
            unread: Vec::new(),
        };
        connection.send(&hello(login)).await?;
        match connection.packet().await?.as_slice() {
            [0x20, _, _, 0] => Ok(connection),
            other => Err(format!("connection {number} was refused: {other:?}")),
        }
    }
}

/// A connection of one client.
pub(super) struct Connection {
    stream: TlsStream<TcpStream>,
    unread: Vec<u8>,
}

impl Connection {
    pub(super) async fn send(&mut self, bytes: &[u8]) -> Result<(), String> {
        let sent = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        sent.await.map_err(|error| error.to_string())
    }

    /// Waits until something is confirmed; how many messages were.
    pub(super) async fn confirmed(&mut self) -> Result<usize, String> {
        match self.packet().await?.as_slice() {
            [0x40, ..] => Ok(1),
            other => Err(format!("a confirmation is expected: {other:?}")),
        }
    }

    /// The next packet. Those of interest are short, so that one byte tells their length.
    async fn packet(&mut self) -> Result<Vec<u8>, String> {
        loop {
            if let [_, length, ..] = *self.unread.as_slice() {
                let whole = usize::from(length) + 2;
                if self.unread.len() >= whole {
                    let rest = self.unread.split_off(whole);
                    return Ok(std::mem::replace(&mut self.unread, rest));
                }
            }
            let read = self.stream.read_buf(&mut self.unread).await;
            if read.map_err(|error| error.to_string())? == 0 {
                return Err("the server has closed the connection".to_owned());
            }
        }
    }

    pub(super) async fn leave(mut self) -> Result<(), String> {
        self.send(&[0xE0, 0]).await
    }
}

fn hello(login: &Login) -> Vec<u8> {
    // MQTT 3.1.1, section 3.1: protocol, level 4, user name + password + clean session, ten minutes.
    let mut body = vec![0, 4, b'M', b'Q', b'T', b'T', 4, 0xC2, 0x02, 0x58];
    for text in [&login.client_id, &login.user, &login.password] {
        push_text(&mut body, text);
    }
    framed(0x10, &body)
}

/// A message of QoS 1.
pub(super) fn message(topic: &str, id: u16, payload: &str) -> Vec<u8> {
    let mut body = Vec::new();
    push_text(&mut body, topic);
    body.extend(id.to_be_bytes());
    body.extend(payload.as_bytes());
    framed(0x32, &body)
}

fn push_text(body: &mut Vec<u8>, text: &str) {
    body.extend(u16::try_from(text.len()).unwrap_or_default().to_be_bytes());
    body.extend(text.as_bytes());
}

fn framed(first: u8, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![first];
    let mut length = body.len();
    loop {
        let low = u8::try_from(length % 128).unwrap_or_default();
        length /= 128;
        packet.push(if length > 0 { low | 0x80 } else { low });
        if length == 0 {
            break;
        }
    }
    packet.extend(body);
    packet
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_have_their_length_in_front() {
        assert_eq!(framed(0x32, &[7; 3]), [0x32, 3, 7, 7, 7]);
        assert_eq!(framed(0x32, &[0; 200]).get(..3), Some([0x32, 0xC8, 1].as_slice()));
        assert_eq!(message("t", 5, "x"), [0x32, 6, 0, 1, b't', 0, 5, b'x']);
    }
}
