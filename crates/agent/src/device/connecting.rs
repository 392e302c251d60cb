//! Connecting, again and again: with the certificate that the device has, or with the next one, which takes its place as
//! soon as the server has let it in once.

use super::connected::{Around, Connected, Ended};
use super::documents::{self, Device};
use super::enrolled::{Home, IDENTITY, NEXT_IDENTITY, identities};
use super::session::Wish;
use super::standing::Note;
use super::{AgentError, Moment};
use crate::client::backoff::{Backoff, WAIT_MAX};
use crate::client::dial::Dial;
use crate::identity::Identity;
use crate::link::{Hello, KEEP_ALIVE_SECONDS, Link, LinkError};
use crate::operations::Asked;
use crate::queue::{Message, Queue};
use crate::state::State;
use crate::trust;
use rustls_pki_types::ServerName;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// A connection with its handshake must stand within this.
const CONNECT_SECONDS_MAX: u64 = 15;
/// `Session taken over` (OASIS MQTT 5.0, section 2.4).
const TAKEN_OVER: u8 = 0x8e;

/// Why there is no connection.
#[derive(Debug)]
enum Trouble {
    /// It may work later.
    Away(String),
    /// The server is not who it should be.
    Untrusted(String),
    /// The server does not let this device in.
    Refused(String),
}

/// Whoever connects.
pub(super) struct Connecting<D> {
    pub(super) dial: D,
    pub(super) home: Home,
    pub(super) device: Device,
    pub(super) measured: Vec<String>,
    pub(super) state: Arc<State>,
    pub(super) queue: Arc<Queue>,
    pub(super) wishes: mpsc::Receiver<Wish>,
    pub(super) asked: mpsc::Sender<Asked>,
    pub(super) note: Note,
    pub(super) now: Moment,
    pub(super) random: fn() -> u64,
    pub(super) backoff: Backoff,
    /// Whoever waits for the next connection.
    pub(super) anew: Vec<oneshot::Sender<()>>,
}

impl<D: Dial> Connecting<D> {
    /// Runs until it is told to stop.
    pub(super) async fn run(
        mut self,
        mut stop: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<(), AgentError> {
        loop {
            let link = tokio::select! {
                () = stop.as_mut() => return Ok(()),
                link = self.connect() => link?,
            };
            let wait = match link {
                Err(trouble) => self.wait_for(&trouble),
                Ok(link) => match self.talk(link, stop.as_mut()).await {
                    Ended::Stop => return Ok(()),
                    Ended::Anew(granted) => {
                        tracing::info!("the connection is made anew");
                        self.anew.push(granted);
                        continue;
                    }
                    ended => self.wait_after(ended),
                },
            };
            tokio::select! {
                () = stop.as_mut() => return Ok(()),
                () = self.wait(wait) => {}
            }
        }
    }

    /// Waits; who wishes for a new connection gets it with the next one that is made.
    async fn wait(&mut self, wait: Duration) {
        let waiting = tokio::time::sleep(wait);
        tokio::pin!(waiting);
        let mut later = Vec::new();
        loop {
            tokio::select! {
                () = &mut waiting => break,
                Some(wish) = self.wishes.recv() => match wish {
                    Wish::Anew(granted) => self.anew.push(granted),
                    // Who waits for something of the server gives up by itself.
                    other => later.push(other),
                },
            }
        }
    }

    async fn talk(
        &mut self,
        link: Link<TlsStream<D::Stream>>,
        stop: Pin<&mut impl Future<Output = ()>>,
    ) -> Ended {
        tracing::info!(server = %self.home.mqtt, device = %self.home.device, "connected with this device's certificate");
        self.note.put(true, None);
        for granted in self.anew.drain(..) {
            // Whoever has wished for it may be gone.
            let _ = granted.send(());
        }
        if let Err(error) = self.queue.report_lost((self.now)(), documents::lost) {
            tracing::warn!(%error, "how many messages were lost is said later");
        }
        let (kept, readings) = self.queue.waiting();
        if kept + readings > 1 {
            tracing::info!(kept, readings, "sending what has waited");
        }
        let hello: [Message; 2] = documents::hello(&self.device, &self.measured);
        let around = Around {
            device: &self.home.device,
            queue: &self.queue,
            wishes: &mut self.wishes,
            asked: &self.asked,
        };
        let backoff = &mut self.backoff;
        let on_taken = |taken| {
            backoff.success();
            if taken == 1 {
                tracing::info!("the server has taken the first message");
            }
        };
        Connected::new(link, around).run(&hello, stop, on_taken).await
    }

    /// A connection: with the next certificate, if there is one and the server takes it, otherwise with the present one.
    async fn connect(&mut self) -> Result<Result<Link<TlsStream<D::Stream>>, Trouble>, AgentError> {
        let Some((current, next)) = identities(&self.state)? else {
            return Err(AgentError::Damaged(IDENTITY));
        };
        if let Some(next) = next {
            match self.open(&next).await {
                Ok(link) => {
                    self.state.rename(NEXT_IDENTITY, IDENTITY)?;
                    tracing::info!(until = %next.validity().not_after, "the renewed certificate is in use");
                    return Ok(Ok(link));
                }
                Err(Trouble::Refused(why)) => {
                    tracing::error!(
                        why,
                        "the renewed certificate is refused: it is given up, the present one stays"
                    );
                    self.state.remove(NEXT_IDENTITY)?;
                }
                // Nobody knows yet whether it is good.
                Err(trouble) => return Ok(Err(trouble)),
            }
        }
        if current.validity().not_after < (self.now)() {
            let why = format!(
                "the certificate of this device ended at {}: register it anew and connect with a new one-time password",
                current.validity().not_after
            );
            return Ok(Err(Trouble::Refused(why)));
        }
        Ok(self.open(&current).await)
    }

    async fn open(&self, identity: &Identity) -> Result<Link<TlsStream<D::Stream>>, Trouble> {
        let fault = |error: &dyn std::fmt::Display| Trouble::Refused(error.to_string());
        let config = trust::config(&self.home.ca_pem, Some(identity)).map_err(|error| fault(&error))?;
        let name = ServerName::try_from(self.home.mqtt.host().to_owned());
        let name = name.map_err(|_| fault(&trust::SetupError::BadHost))?;
        let hello = Hello {
            client_id: self.home.device.as_str(),
            keep_alive_seconds: KEEP_ALIVE_SECONDS,
            will: documents::WILL,
        };
        let connecting = async {
            let stream = self
                .dial
                .dial()
                .await
                .map_err(|error| Trouble::Away(error.to_string()))?;
            let connector = TlsConnector::from(Arc::new(config));
            let stream = connector
                .connect(name, stream)
                .await
                .map_err(|error| of_tls(&error))?;
            Link::open(stream, &hello).await.map_err(|error| of_link(&error))
        };
        let opened = timeout(Duration::from_secs(CONNECT_SECONDS_MAX), connecting).await;
        opened.unwrap_or_else(|_| Err(Trouble::Away("no connection in time".to_owned())))
    }

    /// Says what the trouble is, and how long to wait.
    fn wait_for(&mut self, trouble: &Trouble) -> Duration {
        let (Trouble::Away(why) | Trouble::Untrusted(why) | Trouble::Refused(why)) = trouble;
        let is_news = self.note.last.problem.as_ref() != Some(why);
        let asked = match trouble {
            Trouble::Away(_) => None,
            // Trying often would change nothing.
            Trouble::Untrusted(_) | Trouble::Refused(_) => Some(WAIT_MAX),
        };
        let wait = self.backoff.after_failure((self.random)(), asked);
        let seconds = wait.as_secs_f64();
        match trouble {
            _ if !is_news => tracing::debug!(why, seconds, "still no connection"),
            Trouble::Away(why) => {
                tracing::warn!(why, seconds, "the server cannot be reached: readings are kept");
            }
            Trouble::Untrusted(why) => tracing::error!(
                why,
                seconds,
                "the server's identity is not proven: nothing is sent; check its certificate and --ca"
            ),
            Trouble::Refused(why) => tracing::error!(
                why,
                seconds,
                "the server refuses this device: was its certificate revoked, or its registration removed?"
            ),
        }
        self.note.put(false, Some(why));
        wait
    }

    fn wait_after(&mut self, ended: Ended) -> Duration {
        match ended {
            Ended::Lost(LinkError::Ended { code: TAKEN_OVER, .. }) => {
                let why = "another connection with the id of this device has taken its place";
                self.wait_for(&Trouble::Refused(why.to_owned()))
            }
            Ended::Lost(error) => self.wait_for(&of_link(&error)),
            Ended::Busy(code) => self.wait_for(&Trouble::Away(format!(
                "it cannot take messages now (code {code:#04x})"
            ))),
            Ended::Queue(error) => self.wait_for(&Trouble::Away(error.to_string())),
            // Those two are no trouble.
            Ended::Stop | Ended::Anew(_) => Duration::ZERO,
        }
    }
}

/// What a failed handshake means: who does not trust whom.
fn of_tls(error: &io::Error) -> Trouble {
    match error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>())
    {
        Some(rustls::Error::AlertReceived(alert)) => {
            Trouble::Refused(format!("it ended the handshake ({alert:?})"))
        }
        Some(fault) => Trouble::Untrusted(fault.to_string()),
        None => Trouble::Away(error.to_string()),
    }
}

/// With TLS 1.3 the server's word about the device's certificate comes only after the handshake.
fn of_link(error: &LinkError) -> Trouble {
    match error {
        LinkError::Broken(error) => match of_tls(error) {
            Trouble::Untrusted(why) => Trouble::Away(why),
            other => other,
        },
        // Not the right ones, not allowed, shut out, or the id is not theirs.
        LinkError::Refused {
            code: 0x85..=0x87 | 0x8a,
            ..
        }
        | LinkError::Ended {
            code: 0x87 | 0x98, ..
        } => Trouble::Refused(error.to_string()),
        other => Trouble::Away(other.to_string()),
    }
}
