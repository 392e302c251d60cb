//! `holdfast serve`: the platform behind its HTTPS listener, until a signal asks it to stop.

use crate::config::Config;
use crate::data_dir::Layout;
use crate::exit::Exit;
use crate::listener::{ConnectionInfo, Listener, ListenerLimits};
use crate::platform::{FirstTenant, Platform, PlatformError, Shown};
use crate::signals::{ReloadSignal, StopSignals};
use crate::tls::{self, CertificateSource, CertificateWatcher, TlsError};
use crate::{clock, ready};
use api::http::{Api, ApiOptions, BadRoutes};
use engine::door::Door;
use engine::refusal::Refusal;
use std::future::Future;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::time::Duration;

/// How often the door is asked to do what it has put off.
const CHORES_EVERY: Duration = Duration::from_secs(10);
/// How often bulk operations are asked what they have to do: the finest step in which they are spread over time.
const BULK_EVERY: Duration = Duration::from_secs(1);

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
        show_secrets(&platform.set_up(first)?, out)?;
    }
    serve(config, &platform, out, |_, _| Ok(None::<std::future::Ready<()>>))
}

/// Shows one-time secrets: this is the only time.
pub(super) fn show_secrets(secrets: &[Shown], out: &mut impl Write) -> Result<(), ServeError> {
    for Shown { tenant, user, secret } in secrets {
        writeln!(
            out,
            "set-up secret of {tenant}/{user}, shown only now, good for 24 hours: {}",
            secret.expose()
        )
        .map_err(ServeError::io("output"))?;
    }
    Ok(())
}

/// What a command that serves may add: something that runs beside the listener until it stops.
pub(super) struct Running<'p> {
    pub(super) address: SocketAddr,
    pub(super) layout: &'p Layout,
    pub(super) stopped: tokio::sync::watch::Receiver<bool>,
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
        let watching = tokio::spawn(watcher.run(hangup));
        let chores = tokio::spawn(chores(platform.door.clone()));
        let bulk = tokio::spawn(bulk_operations(platform.door.clone()));
        let subscribers = tokio::spawn(subscribers(api.clone()));
        let slow = tokio::spawn(slow_chores(platform.door.clone()));
        let (stop, stopped) = tokio::sync::watch::channel(false);
        ready::announce(out, listener.address()).map_err(ServeError::io("output"))?;
        let running = Running {
            address: listener.address(),
            layout: &platform.layout,
            stopped: stopped.clone(),
        };
        let beside = beside(&running, out)?.map(tokio::spawn);

        let waiting = api.clone();
        let service = move |request, info: ConnectionInfo| {
            let api = api.clone();
            async move { api.handle(request, info.peer.ip()).await }
        };
        let until = async move {
            let signal = signals.next().await;
            tracing::info!(signal, "stopping: open requests are finished first");
            waiting.stop();
            let _ = stop.send(true);
        };
        let drained = listener.serve(service, until).await;
        if drained.cut > 0 {
            tracing::warn!(
                connections = drained.cut,
                "cut connections that did not end in time"
            );
        }
        if let Some(beside) = beside {
            // It has seen the stop; if it panicked, that was reported.
            let _ = beside.await;
        }
        watching.abort();
        chores.abort();
        bulk.abort();
        subscribers.abort();
        slow.abort();
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
/// about silent devices, times of last messages, counted usage.
async fn chores(door: Door) {
    let mut ticks = tokio::time::interval(CHORES_EVERY);
    loop {
        ticks.tick().await;
        for done in [
            door.close_windows(false).await,
            door.finish_deletions().await,
            door.check_availability().await,
            door.write_last_messages(false).await,
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
        ] {
            match done {
                Ok(()) | Err(Refusal::Busy) => {}
                Err(refusal) => tracing::error!(?refusal, "slow work failed; it is tried again"),
            }
        }
    }
}
