//! A connection of MQTT 5.0 to the server, as its client: QoS 0 and 1, every wait bounded. It does not know what the
//! messages mean, and never connects again by itself.

mod wire;

pub(crate) use wire::{Hello, Incoming, Terms};

use std::io;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout};

/// The server must let the device in within this.
const ANSWER_SECONDS_MAX: u64 = 15;
/// The server must take what is sent within this.
const SEND_SECONDS_MAX: u64 = 30;
/// The interval in which something is to be heard of the device, unless the server wants another.
pub(crate) const KEEP_ALIVE_SECONDS: u16 = 60;

/// The connection is over, or was never there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LinkError {
    /// The transport.
    #[error("the connection broke: {0}")]
    Broken(#[from] io::Error),
    /// The server has closed it without a word.
    #[error("the server closed the connection")]
    Closed,
    /// The server does not answer or does not take what is sent.
    #[error("the server did not answer in time")]
    TooSlow,
    /// What came is not MQTT 5.0.
    #[error("what the server sent is not MQTT 5.0")]
    NotMqtt,
    /// A message that cannot be written, or is longer than the server takes.
    #[error("the message does not fit into a packet that the server takes")]
    TooLong,
    /// The server did not let the device in.
    #[error("the server refused the connection (code {code:#04x}): {text}")]
    Refused {
        /// A reason code of MQTT 5.0.
        code: u8,
        /// What the server says.
        text: String,
    },
    /// The server has ended it.
    #[error("the server ended the connection (code {code:#04x}): {text}")]
    Ended {
        /// A reason code of MQTT 5.0.
        code: u8,
        /// What the server says.
        text: String,
    },
}

/// A connection.
pub(crate) struct Link<S> {
    stream: S,
    received: Vec<u8>,
    terms: Terms,
    next_id: u16,
    sent_at: Instant,
    heard_at: Instant,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Link<S> {
    /// Says hello and waits to be let in.
    pub(crate) async fn open(stream: S, hello: &Hello<'_>) -> Result<Self, LinkError> {
        let now = Instant::now();
        let mut link = Self {
            stream,
            received: Vec::new(),
            terms: Terms {
                receive_max: 1,
                packet_bytes_max: u32::MAX,
                keep_alive: Duration::from_secs(u64::from(hello.keep_alive_seconds)),
            },
            next_id: 0,
            sent_at: now,
            heard_at: now,
        };
        let packet = wire::connect(hello).map_err(|_| LinkError::TooLong)?;
        link.send(&packet).await?;
        let answer = timeout(Duration::from_secs(ANSWER_SECONDS_MAX), link.next()).await;
        match answer.map_err(|_| LinkError::TooSlow)?? {
            Incoming::Accepted(terms) => {
                link.terms = terms;
                Ok(link)
            }
            Incoming::NotAccepted { code, text } => Err(LinkError::Refused { code, text }),
            _ => Err(LinkError::NotMqtt),
        }
    }

    /// What the server asks for.
    pub(crate) fn terms(&self) -> Terms {
        self.terms
    }

    /// Sends a message of QoS 1; its number comes back in [`Incoming::Confirmed`].
    pub(crate) async fn publish(&mut self, topic: &str, payload: &[u8]) -> Result<u16, LinkError> {
        let id = self.new_id();
        self.send_message(topic, payload, Some(id)).await?;
        Ok(id)
    }

    /// Sends a message of QoS 0.
    pub(crate) async fn tell(&mut self, topic: &str, payload: &[u8]) -> Result<(), LinkError> {
        self.send_message(topic, payload, None).await
    }

    async fn send_message(&mut self, topic: &str, payload: &[u8], id: Option<u16>) -> Result<(), LinkError> {
        let packet = wire::publish(topic, payload, id).map_err(|_| LinkError::TooLong)?;
        self.send(&packet).await
    }

    /// Asks to be sent what is published under these; the answer is [`Incoming::Subscribed`].
    pub(crate) async fn subscribe(&mut self, filters: &[&str]) -> Result<(), LinkError> {
        let id = self.new_id();
        let packet = wire::subscribe(filters, id).map_err(|_| LinkError::TooLong)?;
        self.send(&packet).await
    }

    /// Confirms a message of the server.
    pub(crate) async fn confirm(&mut self, id: u16) -> Result<(), LinkError> {
        let packet = wire::confirm(id).map_err(|_| LinkError::TooLong)?;
        self.send(&packet).await
    }

    /// When [`keep_alive`](Self::keep_alive) is due.
    pub(crate) fn keep_alive_at(&self) -> Instant {
        self.sent_at + self.terms.keep_alive / 2
    }

    /// Lets the server hear of the device. A server of which nothing was heard for one and a half intervals is gone.
    pub(crate) async fn keep_alive(&mut self) -> Result<(), LinkError> {
        if self.heard_at.elapsed() > self.terms.keep_alive * 3 / 2 {
            return Err(LinkError::TooSlow);
        }
        self.send(&wire::ping()).await
    }

    /// The next packet. May be given up and asked again: nothing is lost.
    pub(crate) async fn next(&mut self) -> Result<Incoming, LinkError> {
        let asked = u16::try_from(self.terms.keep_alive.as_secs()).unwrap_or(KEEP_ALIVE_SECONDS);
        loop {
            if let Some(packet) = wire::take(&mut self.received, asked)? {
                self.heard_at = Instant::now();
                return match packet {
                    Incoming::Goodbye { code, text } => Err(LinkError::Ended { code, text }),
                    packet => Ok(packet),
                };
            }
            if self.stream.read_buf(&mut self.received).await? == 0 {
                return Err(LinkError::Closed);
            }
        }
    }

    /// Says good-bye, so that the server does not publish the will.
    pub(crate) async fn close(mut self) {
        if let Ok(packet) = wire::goodbye()
            && self.send(&packet).await.is_ok()
        {
            // Whether the server still hears it makes no difference to the device.
            let _ = timeout(Duration::from_secs(1), self.stream.shutdown()).await;
        }
    }

    async fn send(&mut self, packet: &[u8]) -> Result<(), LinkError> {
        if packet.len() > self.terms.packet_bytes_max as usize {
            return Err(LinkError::TooLong);
        }
        let sending = async {
            self.stream.write_all(packet).await?;
            self.stream.flush().await
        };
        timeout(Duration::from_secs(SEND_SECONDS_MAX), sending)
            .await
            .map_err(|_| LinkError::TooSlow)??;
        self.sent_at = Instant::now();
        Ok(())
    }

    /// Numbers go round, from 1 on. So few messages are under way that none is met again before its end.
    fn new_id(&mut self) -> u16 {
        self.next_id = self.next_id.checked_add(1).unwrap_or(1);
        self.next_id
    }
}
