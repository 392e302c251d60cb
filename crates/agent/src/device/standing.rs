//! How the device stands, in a file for whoever asks while the agent runs: whether it is connected, since when, and what
//! the trouble is.

use super::Moment;
use crate::state::State;
use model::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The file.
pub(super) const FILE: &str = "status.json";

/// What is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Standing {
    /// Whether the device is let in just now.
    pub connected: bool,
    /// Since when it is, or is not.
    pub since: Option<Timestamp>,
    /// Why it is not.
    pub problem: Option<String>,
}

/// Writes it down.
pub(super) struct Note {
    pub(super) state: Arc<State>,
    pub(super) now: Moment,
    pub(super) last: Standing,
}

impl Note {
    /// The device is let in, or it is not for this reason.
    pub(super) fn put(&mut self, connected: bool, problem: Option<&str>) {
        if self.last.since.is_some()
            && self.last.connected == connected
            && self.last.problem.as_deref() == problem
        {
            return;
        }
        let is_same = self.last.connected == connected && self.last.since.is_some();
        self.last = Standing {
            connected,
            since: if is_same {
                self.last.since
            } else {
                Some((self.now)())
            },
            problem: problem.map(str::to_owned),
        };
        let text = serde_json::to_vec(&self.last).expect("it has only texts");
        if let Err(error) = self.state.replace(FILE, &text) {
            tracing::warn!(%error, "how the device stands could not be written down");
        }
    }
}
