//! `holdfast serve`: the platform behind its HTTPS listener, until a signal asks it to stop.

use crate::config::Config;
use crate::console_links;
use crate::data_dir::Layout;
use crate::exit::Exit;
use crate::listener::{ConnectionInfo, Listener, ListenerLimits, MqttListener};
use crate::platform::{FirstTenant, Platform, PlatformError, Shown};
use crate::signals::{ReloadSignal, StopSignals};
use crate::site::Site;
use crate::tls::{self, CertificateSource, CertificateWatcher, LiveCertificate, TlsError};
use crate::{clock, ready};
use api::PeerCertificates;
use api::http::{Api, ApiOptions, BadRoutes};
use broker::broker::Broker;
use engine::door::Door;
use engine::refusal::Refusal;
use http::Request;
use hyper::body::Incoming;
use std::future::Future;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How often the door is asked to do what it has put off.
const CHORES_EVERY: Duration = Duration::from_secs(10);
/// How long what it is doing may take to its end when the program stops.
const CHORES_END_MAX: Duration = Duration::from_secs(5);
/// How often bulk operations are asked what they have to do: the finest step in which they are spread over time.
const BULK_EVERY: Duration = Duration::from_secs(1);
/// How often sessions are looked at whose time may be over.
const SESSIONS_EVERY: Duration = Duration::from_secs(600);

/// Serving could not begin.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Opening the platform.
    #[error(transparent)]
    Platform(#[from] PlatformError),
    /// The certificate.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The declared routes.
    #[error(transparent)]
    Routes(#[from] BadRoutes),
    /// The listener's address, or the output.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// What the operating system said.
        source: io::Error,
    },
}

impl ServeError {
    /// The exit code: a directory in use has its own.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Platform(PlatformError::DataDir(crate::data_dir::DataDirError::InUse { .. })) => {
                Exit::InUse
            }
            _ => Exit::Failed,
        }
    }

    pub(super) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}

/// Serves. A new data directory is set up first, and its one-time secrets are shown.
pub fn run(config: &Config, out: &mut impl Write) -> Result<Exit, ServeError> {
    let platform = Platform::open(config)?;
    if platform.is_new()? {
        let first = FirstTenant::usual().map_err(PlatformError::from)?;
        show_secrets(&platform.set_up(first)?, config, out)?;
    }
    serve(config, &platform, out, |_, _| Ok(None::<std::future::Ready<()>>))
}

/// Shows one-time secrets, and where they are redeemed in a browser if that is known: this is the only time.
pub(super) fn show_secrets(
    secrets: &[Shown],
    config: &Config,
    out: &mut impl Write,
) -> Result<(), ServeError> {
    let origin = console_links::origin(config, config.https.listen);
    for Shown { tenant, user, secret } in secrets {
        let output = || ServeError::io("output");
        writeln!(
            out,
            "set-up secret of {tenant}/{user}, shown only now, good for 24 hours: {}",
            secret.expose()
        )
        .map_err(output())?;
        if let Some(origin) = &origin {
            let link = console_links::setup(origin, tenant, user, secret);
            writeln!(out, "  or set the password in a browser: {link}").map_err(output())?;
        }
    }
    Ok(())
}

/// What a command that serves may add: something that runs beside the listener until it stops.
pub(super) struct Running<'p> {
    pub(super) address: SocketAddr,
    pub(super) mqtts: SocketAddr,
    pub(super) layout: &'p Layout,
    pub(super) stopped: watch::Receiver<bool>,
}

/// Runs the listener on an open platform. `beside` is called once it serves, with the output; its future runs until
/// the end.
pub(super) fn serve<F, W>(
    config: &Config,
    platform: &Platform,
    out: &mut W,
    beside: impl FnOnce(&Running<'_>, &mut W) -> Result<Option<F>, ServeError>,
) -> Result<Exit, ServeError>
where
    F: Future<Output = ()> + Send + 'static,
    W: Write,
{
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(ServeError::io("could not start the runtime"))?;
    runtime.block_on(async {
        let mut signals =
            StopSignals::install().map_err(ServeError::io("could not take the stop signals"))?;
        let hangup = ReloadSignal::install().map_err(ServeError::io("could not take SIGHUP"))?;
        let watcher = CertificateWatcher::start(CertificateSource::configured(config), clock::now())?;
        let tls = tls::server_config(config.https.tls_profile, watcher.live())?;
        let api = Api::new(platform.door.clone(), api_options(config))?;
        let listener = Listener::bind(config.https.listen, tls, ListenerLimits::from(config.limits))
            .await
            .map_err(ServeError::io(format!(
                "could not listen on {}",
                config.https.listen
            )))?;
        let broker = Broker::new(platform.door.clone());
        if let Err(refusal) = broker.take_up().await {
            tracing::warn!(?refusal, "wills over MQTT of the run before stay where they are");
        }
        speak_mqtt(&api, &broker);
        let mqtts = mqtt_listener(config, &platform.door, watcher.live()).await?;
        let devices = device_listener(config, watcher.live()).await?;
        let watching = tokio::spawn(watcher.run(hangup));
        let bulk = tokio::spawn(bulk_operations(platform.door.clone()));
        let subscribers = tokio::spawn(subscribers(api.clone()));
        let slow = tokio::spawn(slow_chores(platform.door.clone()));
        let sessions = tokio::spawn(old_sessions(platform.door.clone()));
        let watched = broker.clone();
        let connected = tokio::spawn(async move { watched.watch().await });
        let (stop, stopped) = watch::channel(false);
        let mut chores = tokio::spawn(chores(platform.door.clone(), stopped.clone()));
        let for_devices = devices.as_ref().map(Listener::address);
        ready::announce(out, listener.address(), mqtts.address(), for_devices)
            .map_err(ServeError::io("output"))?;
        let running = Running {
            address: listener.address(),
            mqtts: mqtts.address(),
            layout: &platform.layout,
            stopped: stopped.clone(),
        };
        let beside = beside(&running, out)?.map(tokio::spawn);

        let waiting = api.clone();
        let site = Site::new(api.clone(), config.base_url.as_deref());
        let for_everybody = move |request: Request<Incoming>, info: ConnectionInfo| {
            let site = site.clone();
            async move { site.handle(request, info.peer.ip()).await }
        };
        // The console is not for devices, and no session of a person is begun where certificates are asked for.
        let of_devices = move |mut request: Request<Incoming>, info: ConnectionInfo| {
            let api = api.clone();
            if let Some(chain) = info.certificates {
                request.extensions_mut().insert(PeerCertificates(chain));
            }
            async move { api.handle(request, info.peer.ip()).await }
        };
        let leaving = broker.clone();
        let until = async move {
            let signal = signals.next().await;
            tracing::info!(signal, "stopping: open requests are finished first");
            waiting.stop();
            leaving.stop();
            let _ = stop.send(true);
        };
        let until_too = || {
            let mut stops = stopped.clone();
            async move {
                // The sender lives as long as the other listener; if it is gone, that is a stop too.
                let _ = stops.wait_for(|stopped| *stopped).await;
            }
        };
        let for_devices = async {
            match devices {
                Some(devices) => devices.serve(of_devices, until_too()).await.cut,
                None => 0,
            }
        };
        let (drained, drained_too, cut_of_devices) = tokio::join!(
            listener.serve(for_everybody, until),
            mqtts.serve(broker.clone(), until_too()),
            for_devices
        );
        let cut = drained.cut + drained_too.cut + cut_of_devices;
        if cut > 0 {
            tracing::warn!(connections = cut, "cut connections that did not end in time");
        }
        if let Some(beside) = beside {
            // It has seen the stop; if it panicked, that was reported.
            let _ = beside.await;
        }
        watching.abort();
        // They have seen the stop. Records that they are writing are not begun anew.
        if tokio::time::timeout(CHORES_END_MAX, &mut chores).await.is_err() {
            chores.abort();
        }
        bulk.abort();
        subscribers.abort();
        slow.abort();
        sessions.abort();
        connected.abort();
        broker.settle().await;
        if let Err(refusal) = platform.door.write_usage(true).await {
            tracing::error!(?refusal, "counted usage could not be written");
        }
        if let Err(refusal) = platform.door.write_last_messages(true).await {
            tracing::error!(?refusal, "the times of last messages could not be written");
        }
        if let Err(refusal) = platform.door.close_windows(true).await {
            tracing::error!(
                ?refusal,
                "counted sign-ins and refusals could not be written to the audit log"
            );
        }
        Ok(Exit::Done)
    })
}

/// Lets the broker serve whoever comes over a WebSocket.
fn speak_mqtt(api: &Api, broker: &Broker) {
    let broker = broker.clone();
    api.speak_mqtt(Arc::new(move |stream, address| {
        let broker = broker.clone();
        Box::pin(async move {
            if let Some(arrival) = broker.arrive(address) {
                broker.serve(arrival, stream).await;
            }
        })
    }));
}

/// Any protocol may be named in the handshake (ALPN): what is spoken is MQTT.
async fn mqtt_listener(
    config: &Config,
    door: &Door,
    certificate: Arc<LiveCertificate>,
) -> Result<MqttListener, ServeError> {
    let trust = tls::Trust::InHandshake(door.clone());
    let tls = tls::device_config(config.mqtts.tls_profile, certificate, trust, &[])?;
    let limits = ListenerLimits::for_mqtt(config.limits);
    let bound = MqttListener::bind(config.mqtts.listen, tls, limits).await;
    bound.map_err(ServeError::io(format!(
        "could not listen on {}",
        config.mqtts.listen
    )))
}

/// HTTPS for devices that show certificates, where it is asked for. How much of a chain a client sends in the handshake is
/// its choice, so trust is asked for with the request.
async fn device_listener(
    config: &Config,
    certificate: Arc<LiveCertificate>,
) -> Result<Option<Listener>, ServeError> {
    let Some(devices) = &config.devices else {
        return Ok(None);
    };
    let protocols = [&b"h2"[..], b"http/1.1"];
    let tls = tls::device_config(
        devices.tls_profile,
        certificate,
        tls::Trust::WithRequest,
        &protocols,
    )?;
    let bound = Listener::bind(devices.listen, tls, ListenerLimits::from(config.limits)).await;
    let bound = bound.map_err(ServeError::io(format!("could not listen on {}", devices.listen)));
    Ok(Some(bound?))
}

/// Forgets sessions whose time is over, of people and over MQTT.
async fn old_sessions(door: Door) {
    let mut ticks = tokio::time::interval(SESSIONS_EVERY);
    loop {
        ticks.tick().await;
        for forgotten in [
            door.forget_old_sessions().await,
            door.forget_old_mqtt_sessions().await,
        ] {
            match forgotten {
                Ok(()) | Err(Refusal::Busy) => {}
                Err(refusal) => tracing::error!(?refusal, "old sessions stay; it is tried again"),
            }
        }
    }
}

fn api_options(config: &Config) -> ApiOptions {
    ApiOptions {
        base_url: config.base_url.clone(),
        security_contacts: config.security.contact.clone(),
    }
}

/// Creates the operations of bulk operations.
async fn bulk_operations(door: Door) {
    let mut ticks = tokio::time::interval(BULK_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match door.advance_bulk_operations().await {
            Ok(()) | Err(Refusal::Busy) => {}
            Err(refusal) => tracing::error!(?refusal, "bulk operations do not go on; it is tried again"),
        }
    }
}

/// Sees to it that what happens reaches subscribers, connected or not.
async fn subscribers(api: Api) {
    let mut ticks = tokio::time::interval(CHORES_EVERY);
    loop {
        ticks.tick().await;
        match api.look_after_subscribers().await {
            Ok(()) | Err(Refusal::Busy) => {}
            Err(refusal) => tracing::error!(?refusal, "subscribers wait; it is tried again"),
        }
    }
}

/// What the door does by itself: counted sign-ins and refusals whose windows are over, rows of deleted objects, alarms
/// about silent devices, times of last messages, counted usage, operations that nobody has taken in time.
async fn chores(door: Door, mut stopped: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(CHORES_EVERY);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = stopped.wait_for(|stopped| *stopped) => return,
        }
        for done in [
            door.close_windows(false).await,
            door.finish_deletions().await,
            door.check_availability().await,
            door.write_last_messages(false).await,
            door.expire_operations().await,
            door.write_usage(false).await,
        ] {
            match done {
                Ok(()) | Err(Refusal::Busy) => {}
                Err(refusal) => tracing::error!(?refusal, "put-off work failed; it is tried again"),
            }
        }
    }
}

/// What may take long, apart from what must not wait: what retention removes, how much tenants have, files about months that
/// are over.
async fn slow_chores(door: Door) {
    let mut ticks = tokio::time::interval(CHORES_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        for done in [
            door.run_retention().await,
            door.measure_usage().await,
            door.write_statistics_file().await,
            door.forget_old_certificates().await,
        ] {
            match done {
                Ok(()) | Err(Refusal::Busy) => {}
                Err(refusal) => tracing::error!(?refusal, "slow work failed; it is tried again"),
            }
        }
    }
}
