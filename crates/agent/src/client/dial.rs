//! How a byte stream to the server is had: over TCP, or in tests within the process.

use super::base_url::{Address, BaseUrl};
use std::io;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

/// Opens streams to one server.
pub trait Dial: Send + Sync + 'static {
    /// The stream.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// Opens one. The caller bounds the time.
    fn dial(&self) -> impl Future<Output = io::Result<Self::Stream>> + Send;
}

/// Dials out over TCP.
#[derive(Debug, Clone)]
pub struct Tcp {
    host: String,
    port: u16,
}

impl Tcp {
    /// To the server of a URL.
    pub fn to(base_url: &BaseUrl) -> Self {
        Self {
            host: base_url.host().to_owned(),
            port: base_url.port(),
        }
    }

    /// To an address.
    pub fn at(address: &Address) -> Self {
        Self {
            host: address.host().to_owned(),
            port: address.port(),
        }
    }
}

impl Dial for Tcp {
    type Stream = TcpStream;

    async fn dial(&self) -> io::Result<TcpStream> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        // Requests are small and whole: waiting to fill packets would only delay them.
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}
