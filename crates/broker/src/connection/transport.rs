//! The bytes of a connection, both ways at once: what is to be sent waits in one buffer, and nothing is read that nobody
//! wants yet.

use model::limits::MQTT_FAREWELL_SECONDS_MAX;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf, split};
use tokio::time::timeout;

/// What is read at once, in bytes.
const READ_BYTES: usize = 4 << 10;
/// What of a client that is sent away is read and thrown away, in bytes.
const UNREAD_BYTES_MAX: usize = 64 << 10;

/// A stream with its buffers.
pub(super) struct Transport<S> {
    reader: ReadHalf<S>,
    writer: WriteHalf<S>,
    incoming: Box<[u8; READ_BYTES]>,
    outgoing: Vec<u8>,
    /// Everything was given to the stream, which may hold it still.
    flushed: bool,
    /// The other end is gone, or takes nothing.
    closed: bool,
}

/// What moved.
pub(super) enum Moved {
    /// So many bytes came.
    In(usize),
    /// So many bytes have gone.
    Out(usize),
    /// The stream holds nothing back.
    Flushed,
    /// Nothing moves any more.
    Closed,
}

impl<S: AsyncRead + AsyncWrite> Transport<S> {
    pub(super) fn new(stream: S) -> Self {
        let (reader, writer) = split(stream);
        Self {
            reader,
            writer,
            incoming: Box::new([0; READ_BYTES]),
            outgoing: Vec::new(),
            flushed: true,
            closed: false,
        }
    }

    /// What came, and the buffer for what is to be sent.
    pub(super) fn received(&mut self, count: usize) -> (&[u8], &mut Vec<u8>) {
        (self.incoming.get(..count).unwrap_or(&[]), &mut self.outgoing)
    }

    /// The buffer for what is to be sent.
    pub(super) fn out(&mut self) -> &mut Vec<u8> {
        &mut self.outgoing
    }

    /// Whether nothing waits to be sent.
    pub(super) fn is_flushed(&self) -> bool {
        self.closed || self.outgoing.is_empty() && self.flushed
    }

    /// Sends nothing more.
    pub(super) fn give_up(&mut self) {
        self.closed = true;
        self.outgoing = Vec::new();
    }

    /// Waits until something moves. Nothing is lost when the wait is given up.
    pub(super) async fn move_on(&mut self, wants_bytes: bool) -> Moved {
        if self.closed {
            return std::future::pending().await;
        }
        if self.outgoing.is_empty() && self.outgoing.capacity() > READ_BYTES {
            // What one large delivery took is not kept by a connection that waits.
            self.outgoing = Vec::new();
        }
        let Self {
            reader,
            writer,
            incoming,
            outgoing,
            flushed,
            ..
        } = self;
        let is_flushed = outgoing.is_empty() && *flushed;
        let moved = tokio::select! {
            read = reader.read(&mut **incoming), if wants_bytes => read.map(Moved::In),
            written = write(writer, outgoing), if !is_flushed => written,
            else => std::future::pending().await,
        };
        match moved {
            Ok(Moved::Out(count)) => {
                outgoing.drain(..count);
                *flushed = false;
            }
            Ok(Moved::Flushed) => *flushed = true,
            Ok(Moved::In(0)) => return Moved::Closed,
            Ok(Moved::In(_) | Moved::Closed) | Err(_) => {}
        }
        moved.unwrap_or_else(|error: io::Error| {
            tracing::debug!(%error, "a connection over MQTT broke");
            Moved::Closed
        })
    }

    /// Says good-bye to the other end.
    pub(super) async fn close(mut self) {
        let farewell = async {
            self.writer.shutdown().await?;
            // What was not read would make the system throw away what was sent last.
            let mut unread = 0;
            while unread < UNREAD_BYTES_MAX {
                match self.reader.read(&mut *self.incoming).await? {
                    0 => break,
                    count => unread += count,
                }
            }
            Ok::<(), io::Error>(())
        };
        // The connection is closed in any case.
        let _ = timeout(Duration::from_secs(MQTT_FAREWELL_SECONDS_MAX), farewell).await;
    }
}

/// Gives the stream bytes, or sees to it that it holds none back.
async fn write<S: AsyncRead + AsyncWrite>(writer: &mut WriteHalf<S>, outgoing: &[u8]) -> io::Result<Moved> {
    if outgoing.is_empty() {
        writer.flush().await?;
        return Ok(Moved::Flushed);
    }
    match writer.write(outgoing).await? {
        0 => Ok(Moved::Closed),
        count => Ok(Moved::Out(count)),
    }
}
