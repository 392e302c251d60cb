//! One connection of one client: everything that happens to it, in order. The packets of each concern are in the
//! modules below; here are the order of things, the clock and the end. Knows no socket and nobody else's connection.
//!
//! Times are durations since a moment of the caller's choice that never go backwards.

mod connect;
mod deliver;
mod receive;
mod requests;
pub mod state;

use crate::decode;
use crate::encode;
use crate::exchange::{Cause, End, Input, Output, Version};
use crate::frame::{Frame, FrameFault, FrameReader};
use crate::limits::{CONNECT_BYTES_MAX, CONNECT_TIMEOUT, Limits, UNREAD_BYTES_MAX};
use crate::message::Will;
use crate::packet::{Packet, Wishes};
use crate::reason::Disconnect;
use crate::strict::{self, CONNECT_FIRST, First};
use connect::Kept;
use deliver::Deliveries;
use receive::Received;
use requests::Requests;
use std::time::Duration;

/// The session of one connection.
#[derive(Debug)]
pub struct Session {
    phase: Phase,
    version: Version,
    limits: Limits,
    wishes: Wishes,
    reader: FrameReader,
    /// Bytes that came while the session could not go on.
    unread: Vec<u8>,
    received: Received,
    requests: Requests,
    deliveries: Deliveries,
    will: Option<Will>,
    session_expiry_seconds: u32,
    keep_alive: Option<Duration>,
    /// When the last whole packet came, or the session last kept the client waiting.
    heard_at: Duration,
    /// Bytes handed out that the transport has not yet taken, and since when they are too many.
    unsent: usize,
    stalled_since: Option<Duration>,
    outputs: Vec<Output>,
}

#[derive(Debug)]
enum Phase {
    /// Nothing but a CONNECT may come.
    Silent,
    /// The broker is asked whether the client may connect.
    Asked(Box<Kept>),
    Open,
    Over,
}

impl Session {
    /// A connection that has just been made. Without a CONNECT it ends after [`CONNECT_TIMEOUT`].
    #[must_use]
    pub fn new(now: Duration) -> Self {
        Self {
            phase: Phase::Silent,
            version: Version::V3_1_1,
            limits: Limits::DEFAULT,
            wishes: Wishes::NONE,
            reader: FrameReader::default(),
            unread: Vec::new(),
            received: Received::default(),
            requests: Requests::default(),
            deliveries: Deliveries::default(),
            will: None,
            session_expiry_seconds: 0,
            keep_alive: None,
            heard_at: now,
            unsent: 0,
            stalled_since: None,
            outputs: Vec::new(),
        }
    }

    /// Takes in what has happened and says what is to be done, in this order.
    pub fn handle(&mut self, input: Input<'_>, now: Duration) -> Vec<Output> {
        let was_waiting = self.waits_for_broker();
        self.take_in(input, now);
        if !self.is_over() {
            if self.wants_bytes() {
                let unread = std::mem::take(&mut self.unread);
                self.read(&unread, now);
            }
            self.deliver(now);
            self.watch(now);
            if was_waiting || self.waits_for_broker() {
                // Who is kept waiting is not silent.
                self.heard_at = now;
            }
        }
        std::mem::take(&mut self.outputs)
    }

    /// Whether the transport is to be read. If not, the client has to wait: it has asked for more than is answered, or
    /// does not take what it is sent.
    #[must_use]
    pub fn wants_bytes(&self) -> bool {
        !self.is_over() && !self.waits_for_broker() && !self.is_full()
    }

    /// When [`Input::Time`] is due, whatever else happens.
    #[must_use]
    pub fn wake_at(&self) -> Option<Duration> {
        let silence = match self.phase {
            Phase::Silent => Some(self.heard_at + CONNECT_TIMEOUT),
            Phase::Open if !self.waits_for_broker() => {
                self.keep_alive.map(|interval| self.heard_at + interval)
            }
            Phase::Asked(_) | Phase::Open | Phase::Over => None,
        };
        let stall = self.stalled_since.map(|since| since + self.stall_max());
        silence.into_iter().chain(stall).min()
    }

    /// The version that the client speaks.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// Whether the connection has ended. Answers about messages are still taken in, for the state.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over)
    }

    /// Bytes held, with those handed out and not yet taken or answered. Never more than
    /// [`Limits::memory_bytes_max`].
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        let will = self.will.as_ref().map_or(0, |will| will.message.bytes());
        self.reader.held_bytes()
            + self.unread.capacity()
            + self.received.held_bytes()
            + self.deliveries.held_bytes()
            + self.unsent
            + will
    }

    fn take_in(&mut self, input: Input<'_>, now: Duration) {
        match input {
            Input::Bytes(bytes) => self.take_bytes(bytes, now),
            Input::Sent(count) => self.unsent = self.unsent.saturating_sub(count),
            Input::Accepted(accepted) => self.accept(*accepted, now),
            Input::Refused(why, text) => self.refuse(why, text.as_deref()),
            Input::Published(handle, answer) => self.published(handle, answer),
            Input::Released(id) => self.released(id),
            Input::Subscribed(handle, answers) => self.subscribed(handle, &answers),
            Input::Unsubscribed(handle, answers) => self.unsubscribed(handle, &answers),
            Input::Deliver(delivery) => self.take_delivery(*delivery, now),
            Input::Disconnect(why, text) => self.disconnect(why, text.as_deref()),
            Input::Time => {}
            Input::Closed => self.end(Cause::Closed),
        }
    }

    fn take_bytes(&mut self, bytes: &[u8], now: Duration) {
        if self.is_over() {
            return;
        }
        if self.unread.is_empty() {
            return self.read(bytes, now);
        }
        let all = [std::mem::take(&mut self.unread).as_slice(), bytes].concat();
        self.read(&all, now);
    }

    /// Reads packet by packet, until the bytes are used up or the session has to wait.
    fn read(&mut self, mut bytes: &[u8], now: Duration) {
        // Other protocols are known by their first byte; nothing of them is collected.
        let is_start = matches!(self.phase, Phase::Silent) && self.reader.is_empty();
        if is_start && bytes.first().is_some_and(|first| *first != CONNECT_FIRST) {
            return self.end(Cause::NotMqtt);
        }
        while self.wants_bytes() && !bytes.is_empty() {
            let packet_bytes_max = match self.phase {
                Phase::Open => self.limits.packet_bytes_max,
                Phase::Silent | Phase::Asked(_) | Phase::Over => CONNECT_BYTES_MAX,
            };
            match self.reader.read(&mut bytes, packet_bytes_max) {
                Ok(Some(frame)) => {
                    self.heard_at = now;
                    self.take_frame(frame);
                }
                Ok(None) => return,
                Err(fault) => return self.unreadable(fault),
            }
        }
        if self.is_over() || bytes.is_empty() {
            return;
        }
        if bytes.len() > UNREAD_BYTES_MAX {
            return self.disconnect(Disconnect::QuotaExceeded, None);
        }
        self.unread = bytes.to_vec();
    }

    fn unreadable(&mut self, fault: FrameFault) {
        let why = match fault {
            FrameFault::Length => Disconnect::Malformed,
            FrameFault::TooLarge => Disconnect::PacketTooLarge,
        };
        match self.phase {
            Phase::Silent => self.end(Cause::NotMqtt),
            Phase::Asked(_) | Phase::Open | Phase::Over => self.disconnect(why, None),
        }
    }

    fn take_frame(&mut self, frame: Frame) {
        if matches!(self.phase, Phase::Open) {
            let filters_max = self.limits.filters_per_packet_max;
            return match decode::packet(frame, self.version, filters_max) {
                Ok(packet) => self.take_packet(packet),
                Err(why) => self.disconnect(why, None),
            };
        }
        match strict::first(&frame) {
            First::Connect(version) => self.take_connect(&frame, version),
            First::OtherVersion => self.refuse_version(),
            First::NotMqtt => self.end(Cause::NotMqtt),
        }
    }

    fn take_packet(&mut self, packet: Packet) {
        match packet {
            Packet::Publish(publish) => self.take_publish(publish),
            Packet::PubRel { id } => self.take_release(id),
            Packet::PubAck { id, code } => self.confirmed(id, code),
            Packet::PubRec { id, code } => self.half_confirmed(id, code),
            Packet::PubComp { id } => self.completed(id),
            Packet::Subscribe { id, filters } => self.take_subscribe(id, filters),
            Packet::Unsubscribe { id, filters } => self.take_unsubscribe(id, filters),
            Packet::PingReq => self.send(encode::pingresp()),
            Packet::Disconnect {
                code,
                session_expiry_seconds,
            } => {
                self.take_farewell(code, session_expiry_seconds);
            }
        }
    }

    fn take_farewell(&mut self, code: u8, session_expiry_seconds: Option<u32>) {
        if let Some(seconds) = session_expiry_seconds {
            // 3.14.2-2: what was to end with the connection cannot be kept at its end
            if self.session_expiry_seconds == 0 && seconds != 0 {
                return self.disconnect(Disconnect::Protocol, None);
            }
            self.session_expiry_seconds = seconds.min(self.limits.session_expiry_seconds_max);
        }
        // 3.14.4-3: only a good-bye without a fault makes the will void
        self.end(if code == 0 {
            Cause::Farewell
        } else {
            Cause::FarewellWithWill
        });
    }

    /// What the clock brings to an end.
    fn watch(&mut self, now: Duration) {
        if self.is_over() {
            return;
        }
        self.stalled_since = if self.is_full() {
            self.stalled_since.or(Some(now))
        } else {
            None
        };
        if self
            .stalled_since
            .is_some_and(|since| now >= since + self.stall_max())
        {
            return self.disconnect(Disconnect::QuotaExceeded, None);
        }
        if self.wake_at().is_some_and(|at| now >= at) {
            match self.phase {
                Phase::Silent => self.end(Cause::ConnectTimeout),
                Phase::Asked(_) | Phase::Open | Phase::Over => {
                    self.disconnect(Disconnect::KeepAliveTimeout, None);
                }
            }
        }
    }

    fn stall_max(&self) -> Duration {
        Duration::from_secs(u64::from(self.limits.stall_seconds_max))
    }

    fn is_full(&self) -> bool {
        self.unsent >= self.limits.unsent_bytes_max
    }

    fn waits_for_broker(&self) -> bool {
        match self.phase {
            Phase::Asked(_) => true,
            Phase::Open => self.received.is_full(&self.limits) || self.requests.is_full(),
            Phase::Silent | Phase::Over => false,
        }
    }

    /// Hands bytes out, joined to those before.
    fn send(&mut self, bytes: Vec<u8>) {
        self.unsent += bytes.len();
        if let Some(Output::Send(before)) = self.outputs.last_mut() {
            before.extend_from_slice(&bytes);
        } else {
            self.outputs.push(Output::Send(bytes));
        }
    }

    /// Whether a packet is short enough for the client (3.1.2-24).
    fn fits(&self, bytes: &[u8]) -> bool {
        bytes.len() <= self.wishes.packet_bytes_max as usize
    }

    /// Sends a packet in its long form if the client wants reasons and it fits, otherwise in its short one.
    fn send_with_reason(
        &mut self,
        text: Option<&str>,
        packet: impl Fn(mqtt_protocol_core::mqtt::packet::Properties) -> Option<Vec<u8>>,
    ) {
        let properties = encode::reason(text.filter(|_| self.wishes.reasons));
        let long = packet(properties).filter(|bytes| self.fits(bytes));
        let short = || packet(Vec::new()).filter(|bytes| self.fits(bytes));
        if let Some(bytes) = long.or_else(short) {
            self.send(bytes);
        }
    }

    /// Ends the connection from this side; 5.0 says why.
    fn disconnect(&mut self, why: Disconnect, text: Option<&str>) {
        if matches!(self.phase, Phase::Open) && self.version == Version::V5_0 {
            self.send_with_reason(text, |properties| encode::disconnect_5(why.code_5(), properties));
        }
        self.end(Cause::Disconnected(why));
    }

    /// The end, once. A will counts from the moment on at which the client was let in.
    fn end(&mut self, cause: Cause) {
        if self.is_over() {
            return;
        }
        let will = self.will.take().filter(|_| cause != Cause::Farewell);
        self.phase = Phase::Over;
        self.reader = FrameReader::default();
        self.unread = Vec::new();
        self.stalled_since = None;
        self.requests = Requests::default();
        self.received.forget_connection();
        self.deliveries.forget_connection();
        let session_expiry_seconds = self.session_expiry_seconds;
        self.outputs.push(Output::End(Box::new(End {
            cause,
            will,
            session_expiry_seconds,
        })));
    }
}
