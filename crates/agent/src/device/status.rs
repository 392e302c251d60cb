//! How a device stands, read from its state directory, whether its agent runs or not.

use super::enrolled::{DEVICE, IDENTITY, NEXT_IDENTITY, Remembered};
use super::standing::{self, Standing};
use super::{AgentError, QUEUE};
use crate::identity::Identity;
use crate::queue;
use crate::state::Look;
use model::registration::DeviceId;
use model::time::Timestamp;
use pki::certificate::Validity;
use std::path::Path;

/// What is known of a device.
#[derive(Debug)]
pub struct Status {
    /// Whether its agent runs.
    pub is_running: bool,
    /// Which device, its server, and where it speaks MQTT. None before the device has its first certificate.
    pub home: Option<(DeviceId, String, String)>,
    /// From when to when its certificate is valid.
    pub validity: Option<Validity>,
    /// Whether a renewed certificate waits to be tried.
    pub is_renewing: bool,
    /// What the agent has said last.
    pub standing: Standing,
    /// Messages that wait: what is kept in any case, and readings.
    pub waiting: (usize, usize),
    /// Messages that were given up for want of room and not reported yet.
    pub lost: u64,
}

impl Status {
    /// Reads it.
    pub fn of(root: &Path) -> Result<Self, AgentError> {
        let look = Look::at(root)?;
        let remembered: Option<Remembered> = match look.read(DEVICE)? {
            None => None,
            Some(bytes) => Some(serde_json::from_slice(&bytes).map_err(|_| AgentError::Damaged(DEVICE))?),
        };
        let identity = match look.read(IDENTITY)? {
            None => None,
            Some(bytes) => Some(Identity::from_pem(&bytes).map_err(|_| AgentError::Damaged(IDENTITY))?),
        };
        let standing = look
            .read(standing::FILE)?
            .and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let (kept, readings, lost) = queue::look(&look.root().join(QUEUE))?;
        Ok(Self {
            is_running: look.is_running,
            home: remembered.map(|there| (there.device, there.server, there.mqtt)),
            validity: identity.map(|identity| identity.validity()),
            is_renewing: look.read(NEXT_IDENTITY)?.is_some(),
            standing: standing.unwrap_or_default(),
            waiting: (kept, readings),
            lost,
        })
    }

    /// Whether everything is in order: the agent runs, is connected, and its certificate is valid.
    pub fn is_in_order(&self, now: Timestamp) -> bool {
        let is_valid = self.validity.is_some_and(|validity| validity.contains(now));
        self.is_running && self.standing.connected && is_valid
    }
}
