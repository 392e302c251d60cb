//! What outlives a connection: subscriptions, and messages of QoS 1 and 2 that are under way. It is stored as one piece; a
//! piece of another version of the program, or one that is too large, is as good as none of it.

use crate::subscriptions::Subscriptions;
use model::limits::MQTT_SESSION_BYTES_MAX;
use mqtt::session::state::SessionState;
use serde::{Deserialize, Serialize};

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
