//! The broker as the listeners see it: it serves connections, sees to it that nobody stays who may not act any more, and
//! stops. What is on a connection is in `connection`.

use crate::connection;
use crate::meaning::Meaning;
use crate::registry::Registry;
use crate::strangers::{Stranger, Strangers};
use crate::wills::Wills;
use engine::certificates::Chain;
use engine::door::Door;
use engine::refusal::Refusal;
use model::limits::{DRAIN_SECONDS_MAX, MQTT_CHECK_SECONDS};
use model::names::Domain;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

/// All connections over MQTT of the program.
#[derive(Clone)]
pub struct Broker(Arc<Inside>);

pub(crate) struct Inside {
    pub(crate) door: Door,
    pub(crate) meaning: Meaning,
    pub(crate) registry: Registry,
    pub(crate) wills: Wills,
    strangers: Strangers,
    started: Instant,
    stopping: AtomicBool,
    /// Connections that are not done yet.
    pub(crate) open: Count,
    /// Wills that wait for their time, or are being published.
    pub(crate) open_wills: Count,
}

/// The other end of a connection, as far as the transport knows it.
pub(crate) struct Peer {
    pub(crate) address: IpAddr,
    /// What it has shown in the TLS handshake, and has proved to hold the key of.
    pub(crate) certificates: Option<Chain>,
    /// The host name that it has named there.
    pub(crate) host: Option<Domain>,
}

/// A connection that was let come: it holds one of the places for those who have not signed in yet.
pub struct Arrival {
    address: IpAddr,
    certificates: Option<Chain>,
    host: Option<Domain>,
    stranger: Stranger,
}

impl Arrival {
    /// With the certificates that the client has shown in a TLS handshake, in which it has proved to hold the key of the
    /// first one.
    #[must_use]
    pub fn with_certificates(self, certificates: Option<Chain>) -> Self {
        Self { certificates, ..self }
    }

    /// For this host name, which the client has named in the handshake: where several tenants trust its certificate, it says
    /// which one the client means.
    #[must_use]
    pub fn to_host(self, name: Option<&str>) -> Self {
        let host = name.and_then(|name| name.to_ascii_lowercase().parse().ok());
        Self { host, ..self }
    }
}

impl Broker {
    /// A broker before a door. Connections need a runtime with time.
    pub fn new(door: Door) -> Self {
        Self(Arc::new(Inside {
            meaning: Meaning::new(door.clone()),
            door,
            registry: Registry::default(),
            wills: Wills::default(),
            strangers: Strangers::default(),
            started: Instant::now(),
            stopping: AtomicBool::new(false),
            open: Count::default(),
            open_wills: Count::default(),
        }))
    }

    /// Takes up what the sessions of an earlier run of the program have left: their wills. To be called before anybody
    /// connects.
    pub async fn take_up(&self) -> Result<(), Refusal> {
        self.0.take_up_wills().await
    }

    /// First of all, before anything is done for a connection: whether it may come. Nothing if there are too many of its
    /// address, or in all, who have not signed in yet, or if the program stops.
    pub fn arrive(&self, address: IpAddr) -> Option<Arrival> {
        if self.0.is_stopping() {
            return None;
        }
        let address = address.to_canonical();
        let stranger = self.0.strangers.admit(address)?;
        Some(Arrival {
            address,
            certificates: None,
            host: None,
            stranger,
        })
    }

    /// Serves a connection to its end.
    pub async fn serve<S>(&self, arrival: Arrival, stream: S)
    where
        S: AsyncRead + AsyncWrite + Send,
    {
        let peer = Peer {
            address: arrival.address,
            certificates: arrival.certificates,
            host: arrival.host,
        };
        let _open = self.0.open.begin();
        connection::run(self.0.clone(), peer, arrival.stranger, stream).await;
    }

    /// Records who was refused in the handshake already, because nobody trusts the certificates that it has shown: like
    /// everybody whom no credential lets in. Nobody signs in with them, also if somebody has begun to trust them in between:
    /// the handshake ended before the client had to prove that it holds the key.
    pub async fn refuse(&self, arrival: Arrival, chain: Chain) {
        let _open = self.0.open.begin();
        // Who cannot be recorded was refused all the same.
        drop(self.0.door.refuse_certificates(chain, arrival.address).await);
    }

    /// Sees to it, for as long as it is polled, that nobody stays connected who may not act any more.
    pub async fn watch(&self) {
        let mut ticks = interval(Duration::from_secs(MQTT_CHECK_SECONDS));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.check().await;
        }
    }

    /// Ends the connections of callers who may not act any more, or not with the credentials that they came in with: one
    /// look for each tenant.
    pub async fn check(&self) {
        for (_, connected) in self.0.registry.callers() {
            let callers = connected.iter().map(|(_, caller)| caller.clone()).collect();
            // When the platform is busy the next check will tell; what is done until then is decided all the same.
            let Some(may) = self.0.door.still_signed_in(callers).await else {
                continue;
            };
            for ((key, caller), _) in connected.iter().zip(may).filter(|(_, may)| !may) {
                self.0.registry.sign_out(key, caller);
            }
        }
    }

    /// Ends every connection, and lets none come: the program stops. Sessions are stored and wills published while the
    /// connections end.
    pub fn stop(&self) {
        self.0.stopping.store(true, Ordering::Release);
        self.0.registry.stop();
        self.0.wills.publish_all();
    }

    /// Waits until there are no connections.
    pub async fn idle(&self) {
        self.0.open.none().await;
    }

    /// Waits, after the stop, until connections and wills have come to their end, for so long as is usual at a stop.
    pub async fn settle(&self) {
        let done = async {
            self.0.open.none().await;
            self.0.open_wills.none().await;
        };
        // What takes longer is given up: the program stops.
        let _ = timeout(Duration::from_secs(DRAIN_SECONDS_MAX), done).await;
    }

    /// How many clients are connected.
    pub fn connections(&self) -> usize {
        self.0.registry.len()
    }
}

/// How many things are not done yet.
#[derive(Clone, Default)]
pub(crate) struct Count(watch::Sender<usize>);

/// Something that is not done yet, until it is dropped.
pub(crate) struct Open(Count);

impl Count {
    pub(crate) fn begin(&self) -> Open {
        self.0.send_modify(|open| *open += 1);
        Open(self.clone())
    }

    async fn none(&self) {
        let mut open = self.0.subscribe();
        // The sender lives as long as `self`, so waiting never fails.
        let _ = open.wait_for(|open| *open == 0).await;
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.0.send_modify(|open| *open = open.saturating_sub(1));
    }
}

impl Inside {
    /// The time of sessions.
    pub(crate) fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// The moment at which it is this time of sessions.
    pub(crate) fn moment(&self, at: Duration) -> Instant {
        self.started + at
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }
}
