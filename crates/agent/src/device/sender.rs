//! Sends what is in the queue, oldest first: one reading as it comes, a backlog in bulk.

use super::documents;
use super::queue::{Queue, Reading};
use super::registration::Registration;
use crate::client::backoff::{Backoff, WAIT_MAX};
use crate::client::dial::Dial;
use crate::client::{Answer, Client, ClientError};
use http::StatusCode;
use model::ids::ObjectId;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

/// Readings in one bulk: a few hundred kilobytes.
pub(super) const BULK_READINGS_MAX: usize = 300;
/// Time between the steps that find out why readings are refused, so that no refusal makes a flood.
const REFUSAL_PAUSE: Duration = Duration::from_secs(1);

/// Why something was not done.
#[derive(Debug)]
pub(super) enum Failure {
    /// It may work later.
    Later {
        /// What happened.
        why: String,
        /// How long the server asks to be left alone.
        asked: Option<Duration>,
    },
    /// The credentials or their rights do not suffice; somebody must act.
    NotAllowed {
        /// 401 or 403.
        status: StatusCode,
    },
    /// The server will never take this request.
    Refused {
        /// The status.
        status: StatusCode,
    },
}

impl Failure {
    /// The failure that an answer without success means.
    pub(super) fn refused(answer: &Answer) -> Self {
        match answer.status {
            status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => Self::NotAllowed { status },
            status @ (StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS) => later(status, answer),
            status if status.is_client_error() => Self::Refused { status },
            status => later(status, answer),
        }
    }
}

fn later(status: StatusCode, answer: &Answer) -> Failure {
    Failure::Later {
        why: format!("the server answered {status}"),
        asked: answer.retry_after,
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        Self::Later {
            why: error.to_string(),
            asked: None,
        }
    }
}

/// The sending half of the agent.
pub(super) struct Sender<D> {
    pub(super) client: Client<D>,
    pub(super) registration: Registration,
    pub(super) queue: Arc<Queue>,
    pub(super) backoff: Backoff,
    pub(super) random: fn() -> u64,
}

/// What is known of the way so far.
#[derive(Default)]
struct Progress {
    /// The device's object, once it is known.
    source: Option<ObjectId>,
    /// Readings up to this one are sent one by one, since a bulk with them was refused.
    singly_through: Option<u64>,
    /// The object under which a single reading was refused: if it is still the device's, the reading is to blame.
    refused_under: Option<ObjectId>,
}

impl<D: Dial> Sender<D> {
    /// Sends for ever.
    pub(super) async fn run(mut self) -> Infallible {
        let mut progress = Progress::default();
        loop {
            self.queue.filled().await;
            match self.send_oldest(&mut progress).await {
                Ok(true) => self.note_success(),
                Ok(false) => tokio::time::sleep(REFUSAL_PAUSE).await,
                Err(failure) => {
                    let wait = self.note_failure(failure);
                    tokio::time::sleep(wait).await;
                }
            }
        }
    }

    /// One step: registers if need be and sends the oldest readings. What was sent, or can never be, leaves the queue.
    /// Says whether something was sent; if not, the next step tries another way.
    async fn send_oldest(&mut self, progress: &mut Progress) -> Result<bool, Failure> {
        let Some(first) = self.queue.oldest(1).pop() else {
            return Ok(false);
        };
        let source = match progress.source {
            Some(source) => source,
            None => {
                let measured: Vec<_> = first.fragments.keys().cloned().collect();
                self.registration.object(&mut self.client, &measured).await?
            }
        };
        progress.source = Some(source);
        let singly = progress
            .singly_through
            .is_some_and(|through| first.sequence <= through);
        let readings = self.queue.oldest(if singly { 1 } else { BULK_READINGS_MAX });
        let Some(last) = readings.last().map(|reading| reading.sequence) else {
            return Ok(false);
        };
        let answer = self.client.send(&documents::measure(source, &readings)).await?;
        if answer.status.is_success() {
            self.queue.remove_through(last);
            progress.refused_under = None;
            return Ok(true);
        }
        match Failure::refused(&answer) {
            Failure::Refused { status } => {
                self.on_refusal(progress, source, &readings, status);
                Ok(false)
            }
            other => Err(other),
        }
    }

    /// The server will not take these readings. Finds out, step by step, whether it is one of many, whether the
    /// device was deleted, or whether the reading itself is at fault, which is then given up.
    fn on_refusal(
        &self,
        progress: &mut Progress,
        source: ObjectId,
        readings: &[Reading],
        status: StatusCode,
    ) {
        match readings {
            [reading] if progress.refused_under == Some(source) => {
                tracing::error!(%status, time = %reading.time, "the server refuses this reading: it is given up");
                self.queue.remove_through(reading.sequence);
                progress.refused_under = None;
            }
            [_] => {
                progress.refused_under = Some(source);
                progress.source = None;
            }
            several => progress.singly_through = several.last().map(|reading| reading.sequence),
        }
    }

    fn note_success(&mut self) {
        let failures = self.backoff.success();
        if failures > 0 {
            tracing::info!(failures, "the server takes readings again");
        }
        let lost = self.queue.take_lost();
        if lost > 0 {
            tracing::warn!(lost, "the oldest readings were lost while the server was away");
        }
    }

    /// Logs a failure and says how long to wait.
    fn note_failure(&mut self, failure: Failure) -> Duration {
        let first = self.backoff == Backoff::default();
        let asked = match &failure {
            Failure::Later { asked, .. } => *asked,
            // Trying often would only lock the account.
            Failure::NotAllowed { .. } | Failure::Refused { .. } => Some(WAIT_MAX),
        };
        let wait = self.backoff.after_failure((self.random)(), asked);
        let seconds = wait.as_secs_f64();
        match failure {
            Failure::Later { why, .. } if first => tracing::warn!(why, seconds, "readings wait to be sent"),
            Failure::Later { why, .. } => tracing::debug!(why, seconds, "readings still wait to be sent"),
            Failure::NotAllowed { status } => tracing::error!(
                %status,
                seconds,
                "the server refuses this device user: check its name, password and rights"
            ),
            Failure::Refused { status } => {
                tracing::error!(%status, seconds, "the server refuses to register this machine as a device");
            }
        }
        wait
    }
}
