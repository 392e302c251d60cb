//! What is carried: messages from clients, deliveries to them, wills. Version-independent; knows no packets.

use crate::topic::TopicName;
use serde::{Deserialize, Serialize};

/// How surely a message arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Qos {
    /// At most once: sent and forgotten.
    AtMostOnce = 0,
    /// At least once: confirmed.
    AtLeastOnce = 1,
    /// Exactly once: confirmed in two steps.
    ExactlyOnce = 2,
}

/// What a message of version 5.0 says about itself; empty for 3.1.1. The session hands it on and changes nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Properties {
    /// The payload is UTF-8 text, says the sender; nobody has checked.
    pub is_text: bool,
    /// Seconds after which the message is worthless.
    pub expiry_seconds: Option<u32>,
    /// The media type of the payload.
    pub content_type: Option<String>,
    /// Where an answer is expected.
    pub response_topic: Option<TopicName>,
    /// What an answer repeats.
    pub correlation_data: Option<Vec<u8>>,
    /// Names and values of the application, in order; names may repeat.
    pub user: Vec<(String, String)>,
}

/// A message as a client published it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its topic; an alias has been resolved.
    pub topic: TopicName,
    /// Any bytes.
    pub payload: Vec<u8>,
    /// How surely it is to arrive.
    pub qos: Qos,
    /// Whether the client asks that it be kept for later subscribers.
    pub retain: bool,
    /// Of version 5.0.
    pub properties: Properties,
}

/// What is to be published if the connection ends without a proper farewell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Will {
    /// The message.
    pub message: Message,
    /// Seconds to wait with it: it is not published if the client resumes its session before, and published at once
    /// if the session ends before.
    pub delay_seconds: u32,
}

/// The caller's name for a delivery, repeated when it is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DeliveryId(pub u64);

/// A message for the client. Part of the state of a session that outlives its connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The caller's name for it.
    pub id: DeliveryId,
    /// Its topic.
    pub topic: TopicName,
    /// Any bytes.
    pub payload: Vec<u8>,
    /// How surely it is to arrive: the lower of what was published and what was granted.
    pub qos: Qos,
    /// Whether it had been kept from before the subscription.
    pub retain: bool,
    /// Of version 5.0; not sent to others, but an expiry counts for all.
    pub properties: Properties,
    /// The identifiers of the subscriptions that it belongs to, none being 0.
    pub subscriptions: Vec<u32>,
}

impl Properties {
    /// Bytes of the texts and data in it.
    pub(crate) fn bytes(&self) -> usize {
        let user: usize = self
            .user
            .iter()
            .map(|(name, value)| name.len() + value.len() + 48)
            .sum();
        self.content_type.as_ref().map_or(0, String::len)
            + self
                .response_topic
                .as_ref()
                .map_or(0, |topic| topic.as_str().len())
            + self.correlation_data.as_ref().map_or(0, Vec::len)
            + user
    }
}

impl Message {
    /// Bytes of what the client determines.
    pub(crate) fn bytes(&self) -> usize {
        self.topic.as_str().len() + self.payload.len() + self.properties.bytes()
    }
}

impl Delivery {
    /// Bytes held for it.
    pub(crate) fn bytes(&self) -> usize {
        self.topic.as_str().len()
            + self.payload.len()
            + self.properties.bytes()
            + self.subscriptions.len() * 4
    }
}
