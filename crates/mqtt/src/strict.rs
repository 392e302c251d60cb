//! The rules of the standard that the library lets pass, checked on the raw packet before it is parsed. Knows the
//! places of fields, not their meaning.

use crate::exchange::Version;
use crate::frame::Frame;
use crate::reason::Disconnect;

/// The types of packets.
pub(crate) mod kind {
    pub(crate) const CONNECT: u8 = 1;
    pub(crate) const PUBLISH: u8 = 3;
    pub(crate) const PUBACK: u8 = 4;
    pub(crate) const PUBREC: u8 = 5;
    pub(crate) const PUBREL: u8 = 6;
    pub(crate) const PUBCOMP: u8 = 7;
    pub(crate) const SUBSCRIBE: u8 = 8;
    pub(crate) const UNSUBSCRIBE: u8 = 10;
    pub(crate) const PINGREQ: u8 = 12;
    pub(crate) const DISCONNECT: u8 = 14;
    pub(crate) const AUTH: u8 = 15;
}

/// The first byte of a CONNECT: its type, and no flags.
pub(crate) const CONNECT_FIRST: u8 = kind::CONNECT << 4;

/// Where the protocol level of a CONNECT stands: behind the name `MQTT` and its length.
const LEVEL_AT: usize = 6;
const FLAGS_AT: usize = 7;

/// What the first packet turns out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum First {
    /// A CONNECT of a version that is spoken.
    Connect(Version),
    /// A CONNECT of another version of MQTT.
    OtherVersion,
    /// Something else.
    NotMqtt,
}

/// Looks at the first packet of a connection (3.1.1 and 5.0: 3.1.0-1, 3.1.2-1, 3.1.2-2).
pub(crate) fn first(frame: &Frame) -> First {
    if frame.first != CONNECT_FIRST {
        return First::NotMqtt;
    }
    if frame.body.starts_with(b"\0\x06MQIsdp") {
        return First::OtherVersion;
    }
    match (frame.body.starts_with(b"\0\x04MQTT"), frame.body.get(LEVEL_AT)) {
        (true, Some(4)) => First::Connect(Version::V3_1_1),
        (true, Some(5)) => First::Connect(Version::V5_0),
        (true, Some(_)) => First::OtherVersion,
        _ => First::NotMqtt,
    }
}

/// The flags of a CONNECT agree with each other (3.1.2-3, 3.1.2-11 to 3.1.2-15).
pub(crate) fn connect_is_sound(frame: &Frame, version: Version) -> bool {
    let Some(flags) = frame.body.get(FLAGS_AT) else {
        return false;
    };
    let (reserved, will, will_qos, will_retain) =
        (flags & 0x01, flags & 0x04 != 0, (flags >> 3) & 0x03, flags & 0x20);
    reserved == 0
        && will_qos != 3
        && (will || (will_qos == 0 && will_retain == 0))
        && length_is_sound(frame, version)
}

/// The fixed header, ids and flags of any later packet.
pub(crate) fn check(frame: &Frame, version: Version) -> Result<(), Disconnect> {
    let body = frame.body.as_slice();
    let flags_expected = match frame.kind() {
        kind::PUBLISH => return check_publish(frame, version),
        // 3.8.1-1, 3.10.1-1, 3.6.1-1
        kind::SUBSCRIBE | kind::UNSUBSCRIBE | kind::PUBREL => 0b0010,
        kind::PUBACK | kind::PUBREC | kind::PUBCOMP | kind::PINGREQ | kind::DISCONNECT => 0,
        // A second CONNECT (3.1.0-2), what only a server sends, and authentication that was never agreed on.
        kind::CONNECT | 2 | 9 | 11 | 13 | kind::AUTH => return Err(Disconnect::Protocol),
        _ => return Err(Disconnect::Malformed),
    };
    let is_sound = frame.flags() == flags_expected
        && length_is_sound(frame, version)
        && match frame.kind() {
            kind::PINGREQ => body.is_empty(),
            kind::DISCONNECT => version == Version::V5_0 || body.is_empty(),
            // Confirmations of 3.1.1 have no reasons.
            kind::PUBACK | kind::PUBREC | kind::PUBREL | kind::PUBCOMP
                if version == Version::V3_1_1 && body.len() != 2 =>
            {
                false
            }
            // 2.3.1-1: no id is 0
            _ => matches!(body, [high, low, ..] if (*high, *low) != (0, 0)),
        };
    if is_sound {
        Ok(())
    } else {
        Err(Disconnect::Malformed)
    }
}

/// QoS 3 (3.3.1-4), a repeated QoS 0 (3.3.1-2), id 0, and a missing length of properties.
fn check_publish(frame: &Frame, version: Version) -> Result<(), Disconnect> {
    let qos = (frame.flags() >> 1) & 0x03;
    let is_repeat = frame.flags() & 0x08 != 0;
    let mut rest = frame.body.as_slice();
    let topic_bytes = match rest {
        [high, low, ..] => usize::from(u16::from_be_bytes([*high, *low])),
        _ => return Err(Disconnect::Malformed),
    };
    rest = rest.get(2 + topic_bytes..).ok_or(Disconnect::Malformed)?;
    if qos > 0 {
        rest = match rest {
            [0, 0, ..] => return Err(Disconnect::Malformed),
            [_, _, rest @ ..] => rest,
            _ => return Err(Disconnect::Malformed),
        };
    }
    let is_sound = qos != 3
        && !(qos == 0 && is_repeat)
        && (version == Version::V3_1_1 || !rest.is_empty())
        && length_is_sound(frame, version);
    if is_sound {
        Ok(())
    } else {
        Err(Disconnect::Malformed)
    }
}

/// 5.0 wants lengths as short as they go (1.5.5-1); 3.1.1 does not say so, and small devices leave room for the
/// length before they know it.
fn length_is_sound(frame: &Frame, version: Version) -> bool {
    version == Version::V3_1_1 || frame.is_length_minimal
}
