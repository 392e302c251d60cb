//! One connection, from the first message to its end: what waits in the queue goes out, what the server wants comes in.

use super::documents::{HEARTBEAT, OWN_ROWS, RESPONSE_INTERVAL_MINUTES};
use super::session::Wish;
use crate::link::{Incoming, Link, LinkError};
use crate::operations::Asked;
use crate::queue::{Cursor, Message, MessageId, Queue, QueueError};
use model::registration::DeviceId;
use model::secret::Secret;
use std::collections::HashMap;
use std::pin::Pin;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

/// Messages that may be under way; fewer if the server wants fewer.
const UNDER_WAY_MAX: u16 = 32;
/// Operations of the server, tokens, and what it has to say about bad messages.
const FOLLOWED: [&str; 4] = ["devicecontrol/notifications", "s/dat", "s/e", "error"];
/// Tokens that may be waited for at once.
const TOKEN_WISHES_MAX: usize = 16;
/// Reason codes of MQTT 5.0 (section 2.4) that mean: not now. All others from 0x80 on mean: never.
const NOT_NOW: [u8; 2] = [0x80, 0x97];
/// The topic that nothing else is a token on.
const TOKENS: &str = "s/dat";
const TOKEN_ROW: &str = "71,";

/// Why a connection came to its end.
#[derive(Debug)]
pub(super) enum Ended {
    /// The agent is to stop.
    Stop,
    /// It is to be made anew.
    Anew(oneshot::Sender<()>),
    /// It broke.
    Lost(LinkError),
    /// The server cannot take messages now.
    Busy(u8),
    /// The queue cannot be read.
    Queue(QueueError),
}

impl From<LinkError> for Ended {
    fn from(error: LinkError) -> Self {
        Self::Lost(error)
    }
}

/// What the connection works with.
pub(super) struct Around<'a> {
    pub(super) device: &'a DeviceId,
    pub(super) queue: &'a Queue,
    pub(super) wishes: &'a mut mpsc::Receiver<Wish>,
    pub(super) asked: &'a mpsc::Sender<Asked>,
}

enum UnderWay {
    /// Said anew in every session.
    Hello,
    Queued(MessageId),
}

/// What happens next.
enum Next {
    Packet(Incoming),
    Wish(Wish),
    /// Something may wait in the queue.
    Queue,
    /// The server has not heard of the device for long.
    Silence,
    /// Nothing was said of the device for long.
    Beat,
}

/// A connection on which the device is let in.
pub(super) struct Connected<'a, S> {
    link: Link<S>,
    around: Around<'a>,
    cursor: Cursor,
    under_way: HashMap<u16, UnderWay>,
    tokens: Vec<oneshot::Sender<Secret>>,
    sent_all: Vec<oneshot::Sender<()>>,
    /// The greeting has arrived: what waits may be sent.
    follows: bool,
    /// What the server sends arrives.
    is_followed: bool,
    beat_at: Instant,
    /// Messages that the server has taken.
    pub(super) taken: u64,
}

impl<'a, S: AsyncRead + AsyncWrite + Unpin> Connected<'a, S> {
    pub(super) fn new(link: Link<S>, around: Around<'a>) -> Self {
        Self {
            link,
            around,
            cursor: Cursor::default(),
            under_way: HashMap::new(),
            tokens: Vec::new(),
            sent_all: Vec::new(),
            follows: false,
            is_followed: false,
            beat_at: Instant::now() + beat(),
            taken: 0,
        }
    }

    /// Runs until the connection ends, with a good-bye if it is the device that ends it.
    pub(super) async fn run(
        mut self,
        hello: &[Message],
        stop: Pin<&mut impl Future<Output = ()>>,
        on_taken: impl FnMut(u64),
    ) -> Ended {
        let ended = self.talk(hello, stop, on_taken).await;
        if matches!(ended, Ended::Stop | Ended::Anew(_)) {
            self.link.close().await;
        }
        ended
    }

    async fn talk(
        &mut self,
        hello: &[Message],
        mut stop: Pin<&mut impl Future<Output = ()>>,
        mut on_taken: impl FnMut(u64),
    ) -> Ended {
        for message in hello {
            match self.link.publish(&message.topic, &message.payload).await {
                Ok(id) => drop(self.under_way.insert(id, UnderWay::Hello)),
                Err(error) => return error.into(),
            }
        }
        loop {
            if let Err(ended) = self.fill().await {
                return ended;
            }
            let next = match self.next(stop.as_mut()).await {
                Ok(next) => next,
                Err(ended) => return ended,
            };
            let step = match next {
                Next::Packet(packet) => self.take(packet, &mut on_taken).await,
                Next::Wish(wish) => self.grant(wish).await,
                Next::Queue => Ok(()),
                Next::Silence => self.link.keep_alive().await.map_err(Ended::from),
                Next::Beat => self.show_life().await,
            };
            if let Err(ended) = step {
                return ended;
            }
        }
    }

    /// Waits for whatever comes first.
    async fn next(&mut self, stop: Pin<&mut impl Future<Output = ()>>) -> Result<Next, Ended> {
        let (has_room, silence) = (self.follows && self.has_room(), self.link.keep_alive_at());
        Ok(tokio::select! {
            () = stop => return Err(Ended::Stop),
            packet = self.link.next() => Next::Packet(packet?),
            () = self.around.queue.filled(), if has_room => Next::Queue,
            Some(wish) = self.around.wishes.recv() => Next::Wish(wish),
            () = sleep_until(silence) => Next::Silence,
            () = sleep_until(self.beat_at) => Next::Beat,
        })
    }

    /// Sends what waits, as much as may be under way. The greeting comes first: it makes the device exist.
    async fn fill(&mut self) -> Result<(), Ended> {
        while self.follows && self.has_room() {
            let Some((id, message)) = self.around.queue.next(&mut self.cursor).map_err(Ended::Queue)? else {
                break;
            };
            match self.link.publish(&message.topic, &message.payload).await {
                Ok(packet) => drop(self.under_way.insert(packet, UnderWay::Queued(id))),
                Err(LinkError::TooLong) => {
                    tracing::error!(
                        topic = message.topic,
                        "a message is longer than the server takes: it is given up"
                    );
                    self.around.queue.settle(id).map_err(Ended::Queue)?;
                }
                Err(error) => return Err(error.into()),
            }
            self.beat_at = Instant::now() + beat();
        }
        Ok(())
    }

    fn has_room(&self) -> bool {
        self.under_way.len() < usize::from(UNDER_WAY_MAX.min(self.link.terms().receive_max))
    }

    async fn take(&mut self, packet: Incoming, on_taken: &mut impl FnMut(u64)) -> Result<(), Ended> {
        match packet {
            Incoming::Confirmed { id, code } => self.confirmed(id, code, on_taken).await,
            Incoming::Message { topic, payload, id } => {
                self.message(&topic, &payload);
                match id {
                    Some(id) => Ok(self.link.confirm(id).await?),
                    None => Ok(()),
                }
            }
            Incoming::Subscribed { codes } => {
                for (filter, code) in FOLLOWED.iter().zip(codes) {
                    if code >= 0x80 {
                        tracing::warn!(filter, code, "the server does not let this device follow a topic");
                    }
                }
                self.is_followed = true;
                self.ask_token().await
            }
            Incoming::Pong => Ok(()),
            Incoming::Accepted(_) | Incoming::NotAccepted { .. } | Incoming::Goodbye { .. } => {
                Err(LinkError::NotMqtt.into())
            }
        }
    }

    async fn confirmed(&mut self, id: u16, code: u8, on_taken: &mut impl FnMut(u64)) -> Result<(), Ended> {
        let Some(what) = self.under_way.remove(&id) else {
            return Ok(());
        };
        if NOT_NOW.contains(&code) {
            return Err(Ended::Busy(code));
        }
        if code >= 0x80 {
            tracing::error!(code, "the server refuses a message: it is given up");
        }
        if let UnderWay::Queued(message) = what {
            self.around.queue.settle(message).map_err(Ended::Queue)?;
            self.taken += u64::from(code < 0x80);
            on_taken(self.taken);
        }
        let greets = self
            .under_way
            .values()
            .any(|what| matches!(what, UnderWay::Hello));
        if !greets && !self.follows {
            self.follows = true;
            self.link.subscribe(&FOLLOWED).await?;
        }
        self.tell_sent();
        Ok(())
    }

    fn message(&mut self, topic: &str, payload: &[u8]) {
        match topic {
            "devicecontrol/notifications" => {
                for asked in Asked::read(payload, self.around.device) {
                    if self.around.asked.try_send(asked).is_err() {
                        // It still waits at the server, and is handed out again in the next session.
                        tracing::warn!("too many operations at once: the last is left for later");
                    }
                }
            }
            TOKENS => {
                let token = std::str::from_utf8(payload)
                    .ok()
                    .and_then(|row| row.strip_prefix(TOKEN_ROW));
                let token = token.map(|token| Secret::new(token.trim().trim_matches('"')));
                match token {
                    Some(token) => {
                        for wish in self.tokens.drain(..) {
                            // Whoever has wished for it may have given up.
                            let _ = wish.send(token.clone());
                        }
                    }
                    None => tracing::warn!("the server gives no token: {}", shown(payload)),
                }
            }
            // The device exists already: it says who it is in every session.
            _ if payload.starts_with(b"41,100,") => {}
            _ => tracing::warn!(
                topic,
                "the server did not understand a message: {}",
                shown(payload)
            ),
        }
    }

    async fn grant(&mut self, wish: Wish) -> Result<(), Ended> {
        match wish {
            Wish::Anew(granted) => return Err(Ended::Anew(granted)),
            Wish::SentAll(granted) => {
                self.sent_all.push(granted);
                self.tell_sent();
            }
            Wish::Token(granted) => {
                self.tokens.retain(|wish| !wish.is_closed());
                if self.tokens.len() < TOKEN_WISHES_MAX {
                    self.tokens.push(granted);
                    self.ask_token().await?;
                }
            }
        }
        Ok(())
    }

    async fn ask_token(&mut self) -> Result<(), Ended> {
        if self.is_followed && !self.tokens.is_empty() {
            self.link.tell("s/uat", &[]).await?;
        }
        Ok(())
    }

    fn tell_sent(&mut self) {
        if !self.sent_all.is_empty() && self.around.queue.waiting().0 == 0 {
            for wish in self.sent_all.drain(..) {
                let _ = wish.send(());
            }
        }
    }

    /// Only when nothing else was sent for half of the time after which the device counts as unavailable.
    async fn show_life(&mut self) -> Result<(), Ended> {
        self.beat_at = Instant::now() + beat();
        Ok(self.link.tell(OWN_ROWS, HEARTBEAT.as_bytes()).await?)
    }
}

fn beat() -> Duration {
    Duration::from_secs(u64::from(RESPONSE_INTERVAL_MINUTES) * 60 / 2)
}

/// What the server says, for a line of the log.
fn shown(payload: &[u8]) -> String {
    let text = String::from_utf8_lossy(payload);
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(200)
        .collect()
}
