//! This machine as a device: registers itself once and then sends a measurement every second, for ever.
//!
//! Taking readings and sending them are apart: while the server is away, readings wait in a bounded queue and are sent
//! in bulk when it is back. The queue is in memory only. A reading whose answer was lost is sent again, so the
//! platform may then hold it twice; none is lost unless the queue overflows, which is logged with the count.

use crate::client::backoff::Backoff;
use crate::client::base_url::BaseUrl;
use crate::client::dial::{Dial, Tcp};
use crate::client::{Client, SetupError, basic_authorization};
use crate::machine::Machine;
use crate::readings::{Fragments, Sampler};
use model::names::{Label, TenantId, UserName};
use model::secret::Secret;
use model::time::Timestamp;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::{Instant, MissedTickBehavior};

mod documents;
mod queue;
mod registration;
mod sender;

use documents::Device;
use queue::Queue;
use registration::Registration;
use sender::Sender;

/// The time between two measurements.
const PERIOD: Duration = Duration::from_secs(1);

/// Where to send, as whom, and under which names.
pub struct AgentOptions {
    /// The server.
    pub base_url: BaseUrl,
    /// The only certificates that are trusted, as PEM.
    pub ca_pem: Vec<u8>,
    /// The tenant of the device user.
    pub tenant: TenantId,
    /// The device user.
    pub user: UserName,
    /// Its password.
    pub secret: Secret,
    /// The external id of the device: see [`Machine::external_id`].
    pub external_id: Label,
    /// The name of the device: see [`Machine::host_name`].
    pub name: Label,
}

/// The agent cannot begin, or cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// The options cannot be used.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// A defect: taking the readings ended with a panic.
    #[error("taking the readings of this machine failed: this is a defect of the program, please report it")]
    Sampler,
}

/// Runs until `shutdown` ends. An absent or failing server is waited for, for ever; an error means that the options
/// cannot be used.
pub async fn run(options: AgentOptions, shutdown: impl Future<Output = ()>) -> Result<(), AgentError> {
    let machine = Machine::this();
    let mut sampler = Sampler::of_this_machine(Instant::now());
    let world = World {
        dial: Tcp::to(&options.base_url),
        sample: move || sampler.sample(Instant::now()),
        now: wall_clock,
        random: random_number,
    };
    run_in(world, options, &machine, shutdown).await
}

/// What the agent takes from outside, so that tests can give it.
struct World<D, S, N> {
    dial: D,
    sample: S,
    now: N,
    random: fn() -> u64,
}

async fn run_in<D, S, N>(
    world: World<D, S, N>,
    options: AgentOptions,
    machine: &Machine,
    shutdown: impl Future<Output = ()>,
) -> Result<(), AgentError>
where
    D: Dial,
    S: FnMut() -> Fragments + Send + 'static,
    N: Fn() -> Timestamp,
{
    let authorization = basic_authorization(&options.tenant, &options.user, &options.secret);
    let client = Client::new(world.dial, &options.base_url, &options.ca_pem, authorization)?;
    let device = Device {
        name: options.name,
        external_id: options.external_id,
        model: machine.model.clone(),
        revision: machine.revision.clone(),
    };
    let queue = Arc::new(Queue::default());
    let sender = Sender {
        client,
        registration: Registration::new(device),
        queue: Arc::clone(&queue),
        backoff: Backoff::default(),
        random: world.random,
    };
    tokio::select! {
        () = shutdown => Ok(()),
        error = take_readings(world.sample, world.now, &queue) => Err(error),
        never = sender.run() => match never {},
    }
}

/// Puts one reading per period into the queue. Ends only when readings cannot be taken any more.
async fn take_readings<S>(mut sample: S, now: impl Fn() -> Timestamp, queue: &Queue) -> AgentError
where
    S: FnMut() -> Fragments + Send + 'static,
{
    let mut ticks = tokio::time::interval_at(Instant::now() + PERIOD, PERIOD);
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
        if !fragments.is_empty() {
            queue.push(time, fragments);
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
