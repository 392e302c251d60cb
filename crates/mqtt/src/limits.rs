//! What one connection may cost: sizes, counts and times, and the bytes that they come to. Knows no policy: the caller
//! chooses the values, the session keeps to them.

use std::time::Duration;

/// Bytes of a CONNECT, the only packet that is read from somebody who has not signed in.
pub const CONNECT_BYTES_MAX: u32 = 16 * 1024;

/// From the connection to the end of its CONNECT.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Bytes of a topic name or filter.
pub const TOPIC_BYTES_MAX: usize = 1024;

/// Levels of a topic name or filter.
pub const TOPIC_LEVELS_MAX: usize = 64;

/// Bytes of a text that says why something was refused; longer ones are cut.
pub const REASON_BYTES_MAX: usize = 256;

/// Received bytes that may wait because the session cannot go on; more means that the caller reads without being asked.
pub const UNREAD_BYTES_MAX: usize = 32 * 1024;

/// Messages of QoS 2 from a client of 3.1.1, which knows no receive maximum, that may wait to be released.
pub const UNRELEASED_MAX: usize = 1024;

/// Questions to subscribe or unsubscribe that may be open at a time.
pub const REQUESTS_MAX: usize = 8;

/// What the session takes for itself: its own fields, tables that grow by doubling, buffers while a packet is read.
const FIXED_BYTES: usize = 16 * 1024;

/// The most that a session with [`Limits::DEFAULT`] holds, in bytes.
pub const MEMORY_BYTES_MAX: usize = Limits::DEFAULT.memory_bytes_max();

/// The limits of a connection that has signed in. Everything that a client can make grow is bounded by one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one packet from the client, with its header. A longer one ends the connection before it is read.
    pub packet_bytes_max: u32,
    /// Messages of QoS 1 and 2 from the client that may be under way: the receive maximum.
    pub receive_max: u16,
    /// Messages of any QoS that the broker has not yet answered. Beyond, nothing more is read.
    pub unanswered_max: usize,
    /// Bytes of topics and payloads of those messages. Beyond, nothing more is read.
    pub unanswered_bytes_max: usize,
    /// Deliveries of QoS 1 and 2 that the client has not yet confirmed.
    pub in_flight_max: u16,
    /// Deliveries held by the session, those in flight included. Beyond, deliveries are handed back.
    pub queue_messages_max: usize,
    /// Bytes of topics, payloads and properties of those deliveries.
    pub queue_bytes_max: usize,
    /// Bytes handed out but not yet taken by the transport. Beyond, nothing is delivered and nothing more is read.
    pub unsent_bytes_max: usize,
    /// How long a client may leave the transport full.
    pub stall_seconds_max: u16,
    /// Topic aliases in each direction.
    pub topic_alias_max: u16,
    /// Filters in one SUBSCRIBE or UNSUBSCRIBE.
    pub filters_per_packet_max: usize,
    /// Longest keep-alive interval, of every client. Those of version 5.0 are told.
    pub keep_alive_seconds_max: u16,
    /// How long a session may outlive its connection. 0: sessions end with their connections.
    pub session_expiry_seconds_max: u32,
    /// Whether a message may ask to be retained. Version 5.0 clients are told if not.
    pub retain: bool,
}

impl Limits {
    /// For a device: telemetry up, operations down.
    pub const DEFAULT: Self = Self {
        packet_bytes_max: 16 * 1024,
        receive_max: 128,
        unanswered_max: 256,
        unanswered_bytes_max: 64 * 1024,
        in_flight_max: 32,
        queue_messages_max: 128,
        queue_bytes_max: 128 * 1024,
        unsent_bytes_max: 64 * 1024,
        stall_seconds_max: 60,
        topic_alias_max: 8,
        filters_per_packet_max: 32,
        keep_alive_seconds_max: 3600,
        session_expiry_seconds_max: 0,
        retain: false,
    };

    /// The most that a session with these limits holds, in bytes: what it keeps, what it has handed out to be sent, and
    /// what it has handed to the broker and still waits for.
    #[must_use]
    pub const fn memory_bytes_max(&self) -> usize {
        let packet = if self.packet_bytes_max > CONNECT_BYTES_MAX {
            self.packet_bytes_max
        } else {
            CONNECT_BYTES_MAX
        } as usize;
        // A message is taken while there is room, so the last one may go beyond by its own size.
        let unanswered = self.unanswered_bytes_max + packet + self.unanswered_max * (128 + REASON_BYTES_MAX);
        let queue = self.queue_bytes_max + self.queue_messages_max * 512;
        let aliases = 2 * self.topic_alias_max as usize * TOPIC_BYTES_MAX;
        // The same holds for what is sent: one delivery, and the answers to all that is open.
        let answers =
            (self.unanswered_max + self.receive_max as usize + REQUESTS_MAX) * (REASON_BYTES_MAX + 16);
        let unsent = self.unsent_bytes_max + self.queue_bytes_max + answers;
        let will = CONNECT_BYTES_MAX as usize;
        FIXED_BYTES
            + 3 * UNRELEASED_MAX * 4
            + packet
            + UNREAD_BYTES_MAX
            + unanswered
            + queue
            + aliases
            + unsent
            + will
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
