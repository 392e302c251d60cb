//! This machine as a device: enrols itself once, then measures, sends, obeys and watches until it is told to stop.
//!
//! Each of these runs by itself. Between them lie the queue on the disk, which everything goes through that the server
//! is to have, and the connection, which is made again and again. What is remembered is in one state directory.

mod connected;
mod connecting;
pub(crate) mod documents;
mod enrolled;
mod renewing;
pub(crate) mod session;
mod standing;
mod status;

pub use enrolled::{Home, Said};
pub use standing::Standing;
pub use status::Status;

use crate::client::backoff::Backoff;
use crate::client::dial::{Dial, Tcp};
use crate::enrolment::NotEnrolled;
use crate::machine::Machine;
use crate::operations::{Carrying, Ledger, Policy};
use crate::queue::{Lane, QUEUE_BYTES_MAX, Queue, QueueError};
use crate::readings::{Fragments, Sampler};
use crate::rest::Rest;
use crate::state::{State, StateError};
use crate::trust::SetupError;
use crate::watch::{Report, Watch, boot_id};
use connecting::Connecting;
use documents::Device;
use model::names::{Label, TenantId};
use model::registration::DeviceId;
use model::secret::Secret;
use model::time::Timestamp;
use renewing::Renewing;
use session::Session;
use standing::Note;
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior};

/// The directory of the queue.
const QUEUE: &str = "queue";
/// Operations that wait to be carried out.
const ASKED_MAX: usize = 64;
/// How often the machine is looked at.
const WATCH_EVERY: Duration = Duration::from_secs(10);

/// A clock.
pub(crate) type Moment = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What the agent is to be and to do.
pub struct AgentOptions {
    /// Where everything is remembered.
    pub state: PathBuf,
    /// Which device this is, and where it belongs.
    pub said: Said,
    /// The tenant, if the server is not asked under the tenant's own host name. Only needed for the first certificate.
    pub tenant: Option<TenantId>,
    /// The one-time password. Only needed as long as the device has no certificate.
    pub one_time_password: Option<Secret>,
    /// The name of the device; see [`Machine::host_name`].
    pub name: Label,
    /// The time between two measurements.
    pub period: Duration,
    /// What the device lets itself be asked for.
    pub policy: Policy,
    /// Files that are watched for changes, beside those that always are.
    pub watched: Vec<PathBuf>,
}

/// The agent cannot begin, or cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// What is trusted cannot be used.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The state directory.
    #[error(transparent)]
    State(#[from] StateError),
    /// The queue.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// No certificate.
    #[error(transparent)]
    NotEnrolled(#[from] NotEnrolled),
    /// Something must be said the first time.
    #[error("{0} is needed the first time")]
    Unsaid(&'static str),
    /// The state is another device's.
    #[error("the state directory is that of the device {0}: one state directory is one device")]
    OtherDevice(DeviceId),
    /// A file of the state directory cannot be read.
    #[error("{0} in the state directory is damaged: remove the directory and register the device anew")]
    Damaged(&'static str),
    /// A defect: taking the readings ended with a panic.
    #[error("looking at this machine failed: this is a defect of the program, please report it")]
    Sampler,
}

/// Runs until `shutdown` ends. An absent or failing server is waited for, for ever.
pub async fn run(options: AgentOptions, shutdown: impl Future<Output = ()>) -> Result<(), AgentError> {
    let mut sampler = Sampler::of_this_machine(Instant::now());
    let world = World {
        https: |home: &Home| Tcp::to(&home.server),
        mqtt: |home: &Home| Tcp::at(&home.mqtt),
        sample: move || sampler.sample(Instant::now()),
        now: Arc::new(wall_clock),
        random: random_number,
        root: PathBuf::from("/"),
        machine: Machine::this(),
    };
    run_in(world, options, shutdown).await
}

/// What the agent takes from outside, so that tests can give it.
struct World<H, M, S> {
    https: H,
    mqtt: M,
    sample: S,
    now: Moment,
    random: fn() -> u64,
    root: PathBuf,
    machine: Machine,
}

async fn run_in<H, M, D, E, S>(
    world: World<H, M, S>,
    options: AgentOptions,
    shutdown: impl Future<Output = ()>,
) -> Result<(), AgentError>
where
    H: Fn(&Home) -> D,
    M: Fn(&Home) -> E,
    D: Dial + Clone,
    E: Dial,
    S: FnMut() -> Fragments + Send + 'static,
{
    tokio::pin!(shutdown);
    let state = Arc::new(State::open(&options.state)?);
    let home = Home::of(&state, options.said)?;
    let rest = Rest {
        dial: (world.https)(&home),
        server: home.server.clone(),
        ca_pem: home.ca_pem.clone(),
        device: home.device.clone(),
    };
    if enrolled::identities(&state)?.is_none() {
        let password = options
            .one_time_password
            .ok_or(AgentError::Unsaid("--one-time-password-file"))?;
        tokio::select! {
            () = shutdown.as_mut() => return Ok(()),
            enrolled = enrolled::first_certificate(&state, &rest, (options.tenant.as_ref(), &password), world.random) => enrolled?,
        }
    }
    home.keep(&state)?;
    let queue = Arc::new(Queue::open(&state.root().join(QUEUE), QUEUE_BYTES_MAX)?);
    let report = Report::open(
        Arc::clone(&state),
        Arc::clone(&queue),
        world.now.clone(),
        (world.random)(),
    )?;
    let (session, wishes) = Session::new();
    let (asking, asked) = mpsc::channel(ASKED_MAX);
    let mut sample = world.sample;
    let measured = sample().keys().cloned().collect();
    let watch = watch(&world.root, options.watched, &options.policy, &report, &home);
    let renewing = Renewing {
        state: Arc::clone(&state),
        rest: rest.clone(),
        session: session.clone(),
        now: world.now.clone(),
    };
    let device = Device {
        id: home.device.clone(),
        name: options.name,
        machine: world.machine,
        operations: options.policy.supported(),
        logs: options.policy.logs.keys().cloned().collect(),
        configurations: options.policy.configurations.keys().cloned().collect(),
    };
    let carrying = Carrying {
        ledger: Ledger::open(Arc::clone(&state), (world.now)())?,
        policy: options.policy,
        queue: Arc::clone(&queue),
        rest,
        session,
        report: report.clone(),
        now: world.now.clone(),
        boot: boot_id(&world.root).unwrap_or_default(),
    };
    let connecting = Connecting {
        dial: (world.mqtt)(&home),
        home,
        device,
        measured,
        state: Arc::clone(&state),
        queue: Arc::clone(&queue),
        wishes,
        asked: asking,
        note: Note {
            state,
            now: world.now.clone(),
            last: Standing::default(),
        },
        now: world.now.clone(),
        random: world.random,
        backoff: Backoff::default(),
        anew: Vec::new(),
    };
    let mut looking = Looking {
        watch: Some(watch),
        task: None,
    };
    report.note(
        "agent",
        concat!("the agent has started, version ", env!("CARGO_PKG_VERSION")),
    );
    let ended = tokio::select! {
        ended = connecting.run(shutdown.as_mut()) => ended,
        error = take_readings(sample, options.period, &world.now, &queue) => Err(error),
        error = looking.run() => Err(error),
        never = renewing.run() => match never {},
        // Whoever carries out operations ends only when nobody can ask any more.
        () = carrying.run(asked) => Ok(()),
    };
    looking.finish().await;
    ended
}

fn watch(root: &Path, mut watched: Vec<PathBuf>, policy: &Policy, report: &Report, home: &Home) -> Watch {
    watched.extend(policy.configurations.values().cloned());
    Watch::new(root, watched, report.clone(), documents::inventory(&home.device))
}

/// Puts one reading per period into the queue. Ends only when readings cannot be taken any more.
async fn take_readings<S>(mut sample: S, period: Duration, now: &Moment, queue: &Queue) -> AgentError
where
    S: FnMut() -> Fragments + Send + 'static,
{
    let mut ticks = tokio::time::interval_at(Instant::now() + period, period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        let time = now();
        // Sensors behind slow buses can take long: not on a thread that others wait for.
        let taken = tokio::task::spawn_blocking(move || {
            let fragments = sample();
            (sample, fragments)
        });
        let Ok((again, fragments)) = taken.await else {
            return AgentError::Sampler;
        };
        sample = again;
        if fragments.is_empty() {
            continue;
        }
        if let Err(error) = queue.push(Lane::Readings, time, &documents::measurement(time, fragments)) {
            tracing::error!(%error, "a reading could not be kept and is lost");
        }
    }
}

/// Looks at the machine again and again, on a thread that nobody waits for.
struct Looking {
    watch: Option<Watch>,
    task: Option<JoinHandle<Watch>>,
}

impl Looking {
    /// Ends only when the machine cannot be looked at any more.
    async fn run(&mut self) -> AgentError {
        let mut ticks = tokio::time::interval(WATCH_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            ticks.tick().await;
            if let Some(mut watch) = self.watch.take() {
                self.task = Some(tokio::task::spawn_blocking(move || {
                    watch.look();
                    watch
                }));
            }
            self.finish().await;
            if self.watch.is_none() {
                return AgentError::Sampler;
            }
        }
    }

    /// Waits for a look that has begun: it writes into the state directory.
    async fn finish(&mut self) {
        if let Some(task) = self.task.as_mut() {
            self.watch = task.await.ok();
            self.task = None;
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a device has its own clock: this is the only place that reads it"
)]
fn wall_clock() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

fn random_number() -> u64 {
    let mut bytes = [0; 8];
    // Without random numbers the waits are merely not spread.
    let _ = aws_lc_rs::rand::fill(&mut bytes);
    u64::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests;
