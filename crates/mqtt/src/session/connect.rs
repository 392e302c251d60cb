//! The beginning: CONNECT, the broker's answer, CONNACK with the terms.

use super::{Phase, Session};
use crate::decode;
use crate::encode::{self, Terms};
use crate::exchange::{Accepted, Cause, Output, Version};
use crate::frame::Frame;
use crate::limits::Limits;
use crate::message::Will;
use crate::packet::Hello;
use crate::reason::{ConnectRefusal, Disconnect};
use std::time::Duration;

impl Session {
    pub(super) fn take_connect(&mut self, frame: &Frame, version: Version) {
        self.version = version;
        match decode::hello(frame, version) {
            Ok(hello) => self.ask(hello),
            Err(why) => self.send_refusal(why, None),
        }
    }

    /// 3.1.2-2: an unknown version is answered in the way that every client can read.
    pub(super) fn refuse_version(&mut self) {
        self.version = Version::V3_1_1;
        self.send_refusal(ConnectRefusal::UnsupportedVersion, None);
    }

    fn ask(&mut self, hello: Hello) {
        let Hello { connect, wishes } = hello;
        self.wishes = wishes;
        let kept = Kept {
            will: connect.will.clone(),
            clean_start: connect.clean_start,
            keep_alive_seconds: connect.keep_alive_seconds,
            session_expiry_seconds: connect.session_expiry_seconds,
        };
        self.phase = Phase::Asked(Box::new(kept));
        self.outputs.push(Output::Connect(Box::new(connect)));
    }

    pub(super) fn refuse(&mut self, why: ConnectRefusal, text: Option<&str>) {
        if matches!(self.phase, Phase::Asked(_)) {
            self.send_refusal(why, text);
        }
    }

    fn send_refusal(&mut self, why: ConnectRefusal, text: Option<&str>) {
        match self.version {
            Version::V3_1_1 => {
                let packet = why
                    .code_3_1_1()
                    .and_then(|code| encode::connack_3_1_1(code, false));
                if let Some(bytes) = packet {
                    self.send(bytes);
                }
            }
            Version::V5_0 => self.send_with_reason(text, |properties| {
                encode::connack_5(why.code_5(), false, properties)
            }),
        }
        self.end(Cause::Refused(why));
    }

    pub(super) fn accept(&mut self, accepted: Accepted, now: Duration) {
        // Otherwise nobody waits for an answer: the connection has ended meanwhile.
        if !matches!(self.phase, Phase::Asked(_)) {
            return;
        }
        let Phase::Asked(kept) = std::mem::replace(&mut self.phase, Phase::Open) else {
            return;
        };
        if let Some(why) = refused_by_terms(&kept, &accepted.limits, self.version) {
            return self.send_refusal(why, None);
        }
        let expiry = kept
            .session_expiry_seconds
            .min(accepted.limits.session_expiry_seconds_max);
        let keep_alive = keep_alive_seconds(kept.keep_alive_seconds, &accepted.limits);
        let terms = Terms {
            session_expiry_seconds: (expiry != kept.session_expiry_seconds).then_some(expiry),
            receive_max: accepted.limits.receive_max,
            retain: accepted.limits.retain,
            packet_bytes_max: accepted.limits.packet_bytes_max,
            client_id: accepted.client_id,
            topic_alias_max: accepted.limits.topic_alias_max,
            keep_alive_seconds: (keep_alive != kept.keep_alive_seconds).then_some(keep_alive),
        };
        // 3.1.2-4: a clean start leaves nothing of what was
        let resumed = accepted.resumed.filter(|_| !kept.clean_start);
        let packet = match self.version {
            Version::V3_1_1 => encode::connack_3_1_1(0, resumed.is_some()),
            Version::V5_0 => terms
                .properties()
                .and_then(|properties| encode::connack_5(0, resumed.is_some(), properties)),
        };
        let Some(bytes) = packet.filter(|bytes| self.fits(bytes)) else {
            return self.end(Cause::Disconnected(Disconnect::PacketTooLarge));
        };
        self.limits = accepted.limits;
        self.will = kept.will;
        self.session_expiry_seconds = expiry;
        self.keep_alive = (keep_alive > 0).then(|| Duration::from_millis(u64::from(keep_alive) * 1500));
        self.received.ask_releases(accepted.asks_releases);
        self.send(bytes);
        if let Some(state) = resumed {
            self.resume(state, now);
        }
    }
}

/// What of a CONNECT matters after the broker has been asked.
#[derive(Debug)]
pub(super) struct Kept {
    will: Option<Will>,
    clean_start: bool,
    keep_alive_seconds: u16,
    session_expiry_seconds: u32,
}

/// 3.2.2-13: a will that asks for what is not offered is no will.
fn refused_by_terms(kept: &Kept, limits: &Limits, version: Version) -> Option<ConnectRefusal> {
    let asks = kept.will.as_ref().is_some_and(|will| will.message.retain);
    (asks && !limits.retain && version == Version::V5_0).then_some(ConnectRefusal::RetainNotSupported)
}

/// The interval that counts. 5.0 is told if it is a shorter one than it asked for; 3.1.1 cannot be told, and nobody may hold
/// a silent connection for longer on that account.
fn keep_alive_seconds(asked: u16, limits: &Limits) -> u16 {
    match asked {
        0 => limits.keep_alive_seconds_max,
        asked => asked.min(limits.keep_alive_seconds_max),
    }
}
