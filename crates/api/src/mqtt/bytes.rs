//! The bytes in the binary messages of a WebSocket, as a stream. Where a message begins or ends means nothing (MQTT 5.0,
//! 6.0.0-4).

use futures_util::{Sink, Stream};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::tungstenite::{Bytes as Content, Error};

/// The longest message that is sent, in bytes.
const MESSAGE_BYTES_MAX: usize = 16 << 10;

/// A WebSocket as a stream of bytes.
pub(super) struct Bytes<S> {
    socket: WebSocketStream<S>,
    /// What came and was not read yet.
    unread: Content,
}

impl<S> Bytes<S> {
    pub(super) fn new(socket: WebSocketStream<S>) -> Self {
        Self {
            socket,
            unread: Content::new(),
        }
    }
}

fn broken(error: Error) -> io::Error {
    match error {
        Error::Io(error) => error,
        other => io::Error::new(io::ErrorKind::InvalidData, other),
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Bytes<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while self.unread.is_empty() {
            match ready!(Pin::new(&mut self.socket).poll_next(context)) {
                Some(Ok(Message::Binary(content))) => self.unread = content,
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                Some(Ok(Message::Text(_))) => {
                    // MQTT 5.0, 6.0.0-1
                    let text = "MQTT is spoken in binary messages";
                    return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, text)));
                }
                Some(Ok(Message::Close(_)) | Err(Error::ConnectionClosed | Error::AlreadyClosed)) | None => {
                    return Poll::Ready(Ok(()));
                }
                Some(Err(error)) => return Poll::Ready(Err(broken(error))),
            }
        }
        let count = self.unread.len().min(buffer.remaining());
        buffer.put_slice(&self.unread.split_to(count));
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Bytes<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut socket = Pin::new(&mut self.socket);
        ready!(socket.as_mut().poll_ready(context)).map_err(broken)?;
        let (first, _) = bytes.split_at(bytes.len().min(MESSAGE_BYTES_MAX));
        let message = Message::Binary(Content::copy_from_slice(first));
        socket.start_send(message).map_err(broken)?;
        Poll::Ready(Ok(first.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context).map_err(broken)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match ready!(Pin::new(&mut self.socket).poll_close(context)) {
            Ok(()) | Err(Error::ConnectionClosed | Error::AlreadyClosed) => Poll::Ready(Ok(())),
            Err(error) => Poll::Ready(Err(broken(error))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::{SinkExt, StreamExt};
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio_tungstenite::tungstenite::protocol::Role;

    #[tokio::test]
    async fn bytes_pass_whatever_messages_they_come_in_and_text_ends_it() {
        let (near, far) = duplex(1 << 20);
        let mut client = WebSocketStream::from_raw_socket(near, Role::Client, None).await;
        let server = WebSocketStream::from_raw_socket(far, Role::Server, None).await;
        let mut server = Bytes::new(server);
        for part in ["a", "", "bc", "d"] {
            let message = Message::Binary(Content::copy_from_slice(part.as_bytes()));
            client.send(message).await.expect("sent");
        }
        client.send(Message::Ping(Content::new())).await.expect("sent");
        let mut read = [0; 4];
        server.read_exact(&mut read).await.expect("read");
        assert_eq!(&read, b"abcd");
        let long = vec![7; MESSAGE_BYTES_MAX + 1];
        server.write_all(&long).await.expect("written");
        server.flush().await.expect("flushed");
        let mut came = Vec::new();
        while came.len() < long.len() {
            match client.next().await.expect("open").expect("a message") {
                Message::Binary(content) => came.extend(content),
                other => assert!(matches!(other, Message::Pong(_)), "{other:?}"),
            }
        }
        assert_eq!(came, long);
        client.send(Message::text("x")).await.expect("sent");
        assert!(server.read_u8().await.is_err());
    }
}
