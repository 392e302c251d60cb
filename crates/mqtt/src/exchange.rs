//! What goes into a session and what comes out of it. Values only.

use crate::limits::Limits;
use crate::message::{Delivery, DeliveryId, Message, Qos, Will};
use crate::reason::{ConnectRefusal, Disconnect, PublishRefusal, SubscribeRefusal, Unsubscribed};
use crate::session::state::SessionState;
use crate::topic::TopicFilter;
use std::fmt;

/// The versions that are spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Version {
    /// MQTT 3.1.1, protocol level 4.
    V3_1_1,
    /// MQTT 5.0.
    V5_0,
}

/// A question about a message, by its place in this connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublishHandle(pub(crate) u64);

/// A question about subscriptions, by its place in this connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestHandle(pub(crate) u64);

/// What happens to a session.
#[derive(Debug)]
pub enum Input<'a> {
    /// Bytes of the client, in any portions. To be read only while [`wants_bytes`](crate::session::Session::wants_bytes).
    Bytes(&'a [u8]),
    /// The transport has taken so many of the bytes that it was given.
    Sent(usize),
    /// The client may connect.
    Accepted(Box<Accepted>),
    /// The client may not connect. The text is for clients of 5.0.
    Refused(ConnectRefusal, Option<String>),
    /// What became of a message. Every message is to be answered, also one of QoS 0; in any order.
    Published(PublishHandle, PublishAnswer),
    /// What was known of a message of QoS 2 is forgotten, for good.
    Released(u16),
    /// What became of a wish to subscribe: the granted QoS or a refusal for each filter, in order.
    Subscribed(RequestHandle, Vec<Result<Qos, SubscribeRefusal>>),
    /// What became of a wish to unsubscribe, for each filter, in order.
    Unsubscribed(RequestHandle, Vec<Unsubscribed>),
    /// A message for the client.
    Deliver(Box<Delivery>),
    /// The connection is to end. The text is for clients of 5.0.
    Disconnect(Disconnect, Option<String>),
    /// Only time has passed.
    Time,
    /// The transport is closed or broken.
    Closed,
}

/// The terms of a connection.
#[derive(Debug, Default)]
pub struct Accepted {
    /// What it may cost.
    pub limits: Limits,
    /// The client id that the client was given, if it had asked for one.
    pub client_id: Option<String>,
    /// The state of its earlier session, if there is one. A clean start leaves it aside.
    pub resumed: Option<SessionState>,
    /// Whether the broker keeps anything of messages of QoS 2, and is asked to forget it: see [`Output::Release`].
    pub asks_releases: bool,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublishAnswer {
    /// It is safe: the client may forget it.
    Accepted,
    /// It is safe, and nobody follows its topic.
    NoSubscribers,
    /// It is refused. The text is for clients of 5.0.
    Refused(PublishRefusal, Option<String>),
    /// It is done in part, and the rest could not be done now: the connection ends for this reason, and the client sends it
    /// again. Refused, it would be over for a client of 5.0.
    Again(Disconnect),
}

impl PublishAnswer {
    /// For which reason the connection ends with it, instead of a confirmation. The client sends the message again, and all
    /// that came behind it: nothing of that may take effect before, also if the connection has ended already.
    #[must_use]
    pub fn ends(&self, version: Version) -> Option<Disconnect> {
        match (self, version) {
            (Self::Again(end), _) => Some(*end),
            (Self::Refused(why, _), Version::V3_1_1) => why.ends_3_1_1(),
            (Self::Accepted | Self::NoSubscribers | Self::Refused(..), _) => None,
        }
    }
}

/// What a session asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Output {
    /// Bytes for the client; to be reported with [`Input::Sent`] once the transport has them.
    Send(Vec<u8>),
    /// May this client connect? Answered by [`Input::Accepted`] or [`Input::Refused`].
    Connect(Box<Connect>),
    /// What becomes of this message? Answered by [`Input::Published`]; it is confirmed only then.
    Publish(PublishHandle, Box<Message>),
    /// The client forgets a message of QoS 2 by this number, and may use the number for another. Answered by
    /// [`Input::Released`], and confirmed only then.
    Release(u16),
    /// May the client follow these? Answered by [`Input::Subscribed`].
    Subscribe(RequestHandle, Vec<Subscription>),
    /// The client follows these no longer. Answered by [`Input::Unsubscribed`].
    Unsubscribe(RequestHandle, Vec<TopicFilter>),
    /// A delivery has come to its end.
    Settled(DeliveryId, Settlement),
    /// There is no room for this delivery; it is not held. [`Output::Room`] follows when there is.
    NoRoom(DeliveryId),
    /// Deliveries are taken again.
    Room,
    /// The connection is over: send what there is to send, then close. Comes once, and last.
    End(Box<End>),
}

/// A client that wants to connect.
#[derive(PartialEq, Eq)]
pub struct Connect {
    /// The version that it speaks.
    pub version: Version,
    /// Its client id; empty if it asks to be given one.
    pub client_id: String,
    /// The user name.
    pub user_name: Option<String>,
    /// The password.
    pub password: Option<Password>,
    /// What is to be published if it vanishes. To be authorised like a message.
    pub will: Option<Will>,
    /// Whether an earlier session is to be forgotten.
    pub clean_start: bool,
    /// The keep-alive interval that it asks for; 0 for none.
    pub keep_alive_seconds: u16,
    /// How long it wants the session to outlive the connection; `u32::MAX` for ever.
    pub session_expiry_seconds: u32,
    /// Names and values of the application.
    pub user_properties: Vec<(String, String)>,
}

/// A password as it was sent. Shows itself to nobody but [`reveal`](Self::reveal).
#[derive(PartialEq, Eq)]
pub struct Password(pub(crate) Vec<u8>);

impl Password {
    /// The bytes.
    #[must_use]
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Connect {
    /// Everything but the password and what belongs to the application.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connect")
            .field("version", &self.version)
            .field("client_id", &self.client_id)
            .field("clean_start", &self.clean_start)
            .field("keep_alive_seconds", &self.keep_alive_seconds)
            .finish_non_exhaustive()
    }
}

/// One filter of a SUBSCRIBE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// What to follow; never a shared one.
    pub filter: TopicFilter,
    /// The most that the client wants.
    pub qos: Qos,
    /// Not the client's own messages.
    pub no_local: bool,
    /// Whether deliveries keep the mark of being retained.
    pub retain_as_published: bool,
    /// Which retained messages are wanted.
    pub retain_handling: RetainHandling,
    /// A number that deliveries of this subscription are to bear.
    pub identifier: Option<u32>,
}

/// Which retained messages a subscriber wants at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetainHandling {
    /// All, at every SUBSCRIBE.
    Send,
    /// All, if the subscription is new.
    SendIfNew,
    /// None.
    Never,
}

/// How a delivery came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settlement {
    /// The client has confirmed it; for QoS 0: it has been handed to the transport.
    Delivered,
    /// The client has refused it, with this reason code.
    Refused(u8),
    /// It is longer than the packets that the client takes.
    TooLarge,
    /// Its time was over before it could be sent.
    Expired,
}

/// How a connection ended.
#[derive(Debug, PartialEq, Eq)]
pub struct End {
    /// Why.
    pub cause: Cause,
    /// What is to be published now, or after its delay.
    pub will: Option<Will>,
    /// How long the session lives on; 0: it is over too.
    pub session_expiry_seconds: u32,
}

/// Why a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The client said good-bye.
    Farewell,
    /// The client said good-bye and wants its will to be published.
    FarewellWithWill,
    /// The transport was closed, without a good-bye.
    Closed,
    /// No CONNECT in time.
    ConnectTimeout,
    /// The first packet is no MQTT CONNECT.
    NotMqtt,
    /// The client was refused.
    Refused(ConnectRefusal),
    /// The server ended it.
    Disconnected(Disconnect),
}
