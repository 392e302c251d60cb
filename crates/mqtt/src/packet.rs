//! The packets that a client may send once it is connected, the same for both versions. Values only.

use crate::exchange::{Connect, Subscription};
use crate::message::{Message, Properties, Qos};
use crate::topic::TopicFilter;

/// A packet from a connected client, checked.
#[derive(Debug)]
pub(crate) enum Packet {
    Publish(Publish),
    PubAck {
        id: u16,
        code: u8,
    },
    PubRec {
        id: u16,
        code: u8,
    },
    PubRel {
        id: u16,
    },
    PubComp {
        id: u16,
    },
    Subscribe {
        id: u16,
        filters: Vec<Subscription>,
    },
    Unsubscribe {
        id: u16,
        filters: Vec<TopicFilter>,
    },
    PingReq,
    Disconnect {
        code: u8,
        session_expiry_seconds: Option<u32>,
    },
}

/// A PUBLISH whose alias has not been resolved.
#[derive(Debug)]
pub(crate) struct Publish {
    /// 0 for QoS 0.
    pub(crate) id: u16,
    pub(crate) is_repeat: bool,
    /// Empty if the alias stands for it.
    pub(crate) topic: String,
    pub(crate) alias: Option<u16>,
    pub(crate) payload: Vec<u8>,
    pub(crate) qos: Qos,
    pub(crate) retain: bool,
    pub(crate) properties: Properties,
}

impl Publish {
    pub(crate) fn into_message(self, topic: crate::topic::TopicName) -> Message {
        Message {
            topic,
            payload: self.payload,
            qos: self.qos,
            retain: self.retain,
            properties: self.properties,
        }
    }
}

/// A CONNECT with what only the session needs.
#[derive(Debug)]
pub(crate) struct Hello {
    pub(crate) connect: Connect,
    pub(crate) wishes: Wishes,
}

/// What a client has asked for about the traffic to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wishes {
    /// Messages of QoS 1 and 2 that may be under way to it.
    pub(crate) receive_max: u16,
    /// The longest packet that it takes.
    pub(crate) packet_bytes_max: u32,
    pub(crate) topic_alias_max: u16,
    /// Whether it wants to read reasons.
    pub(crate) reasons: bool,
}

impl Wishes {
    /// Of a client that cannot say.
    pub(crate) const NONE: Self = Self {
        receive_max: u16::MAX,
        packet_bytes_max: u32::MAX,
        topic_alias_max: 0,
        reasons: true,
    };
}
