//! What outlives a connection: subscriptions, and messages of QoS 1 and 2 that are under way. It is stored as one piece; a
//! piece of another version of the program, or one that is too large, is as good as none of it.

use crate::subscriptions::Subscriptions;
use model::limits::{MQTT_SESSION_BYTES_MAX, MQTT_SESSION_RENEWAL_SECONDS_MIN};
use mqtt::session::state::SessionState;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The version of the form in which it is stored.
const FORM: u8 = 1;

/// What is kept of one session.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub(crate) subscriptions: Subscriptions,
    pub(crate) state: SessionState,
}

impl Kept {
    /// Nothing but these subscriptions.
    pub(crate) fn of_subscriptions(subscriptions: Subscriptions) -> Self {
        Self {
            subscriptions,
            state: SessionState::default(),
        }
    }

    /// Its bytes. If these were too many, those of its subscriptions alone: what was under way is lost then, and a client
    /// that repeats a message is understood to send a new one.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let whole = postcard::to_extend(self, vec![FORM]);
        match whole {
            Ok(bytes) if bytes.len() <= MQTT_SESSION_BYTES_MAX => bytes,
            _ => {
                let bare = Self::of_subscriptions(self.subscriptions.clone());
                postcard::to_extend(&bare, vec![FORM]).unwrap_or_default()
            }
        }
    }

    /// What was stored; nothing if it cannot be read.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (form, body) = bytes.split_first()?;
        match *form {
            FORM => postcard::from_bytes(body).ok(),
            _ => None,
        }
    }
}

/// For how long a session is stored while its client is connected, which wants it to outlive the connection by so many
/// seconds: it is not forgotten before it is stored anew.
pub(crate) fn seconds_while_connected(kept_seconds: u32) -> u32 {
    let renewals = u32::try_from(3 * MQTT_SESSION_RENEWAL_SECONDS_MIN).unwrap_or(u32::MAX);
    kept_seconds.max(renewals)
}

/// How long after it was stored a session is stored anew while its client is connected: so that there is time for one more
/// try.
pub(crate) fn renewal_after(kept_seconds: u32) -> Duration {
    Duration::from_secs(u64::from(seconds_while_connected(kept_seconds) / 3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_use_is_stored_anew_twice_before_it_would_be_forgotten_and_not_all_the_time() {
        for (kept_seconds, renewal) in [(1, 60), (60, 60), (180, 60), (86_400, 28_800)] {
            assert_eq!(renewal_after(kept_seconds), Duration::from_secs(renewal));
            let stored = Duration::from_secs(seconds_while_connected(kept_seconds).into());
            assert!(stored >= renewal_after(kept_seconds) * 3, "{kept_seconds}");
        }
    }
}
