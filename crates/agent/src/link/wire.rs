//! The packets of MQTT 5.0 that a device sends and gets, in the format of the library `mqtt-protocol-core`. Knows no
//! connection and no state.

use super::LinkError;
use mqtt_protocol_core::mqtt::packet::{
    MaximumPacketSize, Property, Qos, SubEntry, SubOpts, TopicAliasMaximum, v5_0,
};
use mqtt_protocol_core::mqtt::result_code::MqttError;
use std::sync::Arc;
use std::time::Duration;

/// The longest packet that the device takes; the server is told.
pub(super) const PACKET_BYTES_MAX: u32 = 64 << 10;
/// Messages that may be under way when the server does not say how many (OASIS MQTT 5.0, 3.2.2.3.3).
const RECEIVE_MAX_DEFAULT: u16 = u16::MAX;

/// What a device says of itself when it connects.
pub(crate) struct Hello<'h> {
    pub(crate) client_id: &'h str,
    pub(crate) keep_alive_seconds: u16,
    /// Topic and payload of what is published if the device vanishes.
    pub(crate) will: (&'h str, &'h str),
}

/// The terms of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Terms {
    /// Messages that may be under way.
    pub(crate) receive_max: u16,
    /// The longest packet that the server takes.
    pub(crate) packet_bytes_max: u32,
    /// Something is to be heard of the device at least this often.
    pub(crate) keep_alive: Duration,
}

/// A packet from the server. Codes are those of MQTT 5.0, section 2.4: from 0x80 on they are failures.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Incoming {
    Accepted(Terms),
    NotAccepted {
        code: u8,
        text: String,
    },
    Message {
        topic: String,
        payload: Vec<u8>,
        /// To be confirmed with this number; none for QoS 0.
        id: Option<u16>,
    },
    /// The server has taken a message, or refused it.
    Confirmed {
        id: u16,
        code: u8,
    },
    Subscribed {
        codes: Vec<u8>,
    },
    Pong,
    Goodbye {
        code: u8,
        text: String,
    },
}

pub(super) fn connect(hello: &Hello<'_>) -> Result<Vec<u8>, MqttError> {
    let (topic, payload) = hello.will;
    let properties = vec![
        Property::MaximumPacketSize(MaximumPacketSize::new(PACKET_BYTES_MAX)?),
        Property::TopicAliasMaximum(TopicAliasMaximum::new(0)?),
    ];
    let packet = v5_0::Connect::builder()
        .client_id(hello.client_id)?
        .clean_start(true)
        .keep_alive(hello.keep_alive_seconds)
        .will_message(topic, payload, Qos::AtLeastOnce, false)?
        .props(properties)
        .build()?;
    Ok(packet.to_continuous_buffer())
}

/// A message of QoS 1 with this number; of QoS 0 without.
pub(super) fn publish(topic: &str, payload: &[u8], id: Option<u16>) -> Result<Vec<u8>, MqttError> {
    let qos = match id {
        Some(_) => Qos::AtLeastOnce,
        None => Qos::AtMostOnce,
    };
    let packet = v5_0::Publish::builder()
        .topic_name(topic)?
        .qos(qos)
        .packet_id(id)
        .payload(payload)
        .build()?;
    Ok(packet.to_continuous_buffer())
}

pub(super) fn subscribe(filters: &[&str], id: u16) -> Result<Vec<u8>, MqttError> {
    let entry = |filter: &&str| SubEntry::new(*filter, SubOpts::new().set_qos(Qos::AtLeastOnce));
    let packet = v5_0::Subscribe::builder()
        .packet_id(id)
        .entries(filters.iter().map(entry).collect::<Result<Vec<_>, _>>()?)
        .build()?;
    Ok(packet.to_continuous_buffer())
}

pub(super) fn confirm(id: u16) -> Result<Vec<u8>, MqttError> {
    Ok(v5_0::Puback::builder()
        .packet_id(id)
        .build()?
        .to_continuous_buffer())
}

pub(super) fn ping() -> Vec<u8> {
    v5_0::Pingreq::new().to_continuous_buffer()
}

pub(super) fn goodbye() -> Result<Vec<u8>, MqttError> {
    Ok(v5_0::Disconnect::builder().build()?.to_continuous_buffer())
}

/// Takes the first whole packet away from what has come; none if it is not complete.
pub(super) fn take(bytes: &mut Vec<u8>, asked: u16) -> Result<Option<Incoming>, LinkError> {
    let Some((first, rest)) = bytes.split_first() else {
        return Ok(None);
    };
    let mut length = 0_usize;
    let mut digits = 0;
    loop {
        let Some(digit) = rest.get(digits) else {
            return Ok(None);
        };
        length |= usize::from(digit & 0x7f) << (7 * digits);
        digits += 1;
        if digit & 0x80 == 0 {
            break;
        }
        if digits == 4 {
            return Err(LinkError::NotMqtt);
        }
    }
    let whole = 1 + digits + length;
    if whole > PACKET_BYTES_MAX as usize {
        return Err(LinkError::NotMqtt);
    }
    let Some(body) = bytes.get(1 + digits..whole) else {
        return Ok(None);
    };
    let packet = read(*first, body, asked).map_err(|_| LinkError::NotMqtt)?;
    bytes.drain(..whole);
    Ok(Some(packet))
}

fn read(first: u8, body: &[u8], asked: u16) -> Result<Incoming, MqttError> {
    match first {
        0x20 => Ok(accepted(&v5_0::Connack::parse(body)?.0, asked)),
        0x30..=0x3f => {
            let (packet, _) = v5_0::Publish::parse(first & 0x0f, Arc::from(body))?;
            Ok(Incoming::Message {
                topic: packet.topic_name().to_owned(),
                payload: packet.payload().as_slice().to_vec(),
                id: packet.packet_id(),
            })
        }
        0x40 => {
            let (packet, _) = v5_0::Puback::parse(body)?;
            Ok(Incoming::Confirmed {
                id: packet.packet_id(),
                code: packet.reason_code().map_or(0, |code| code as u8),
            })
        }
        0x90 => {
            let (packet, _) = v5_0::Suback::parse(body)?;
            let codes = packet.reason_codes();
            Ok(Incoming::Subscribed {
                codes: codes.into_iter().map(|code| code as u8).collect(),
            })
        }
        0xd0 => Ok(Incoming::Pong),
        0xe0 => {
            let (packet, _) = v5_0::Disconnect::parse(body)?;
            Ok(Incoming::Goodbye {
                code: packet.reason_code().map_or(0, |code| code as u8),
                text: packet.props().as_ref().map(|all| reason(all)).unwrap_or_default(),
            })
        }
        _ => Err(MqttError::ProtocolError),
    }
}

fn accepted(packet: &v5_0::Connack, asked: u16) -> Incoming {
    let code = packet.reason_code() as u8;
    let properties = packet.props();
    if code != 0 {
        let text = reason(properties);
        return Incoming::NotAccepted { code, text };
    }
    let mut terms = Terms {
        receive_max: RECEIVE_MAX_DEFAULT,
        packet_bytes_max: u32::MAX,
        keep_alive: Duration::from_secs(u64::from(asked)),
    };
    for property in properties {
        match property {
            Property::ReceiveMaximum(value) => terms.receive_max = value.val().max(1),
            Property::MaximumPacketSize(value) => terms.packet_bytes_max = value.val(),
            Property::ServerKeepAlive(value) => {
                terms.keep_alive = Duration::from_secs(u64::from(value.val()));
            }
            _ => {}
        }
    }
    Incoming::Accepted(terms)
}

/// What the server says in words; cut to what fits a line of a log.
fn reason(properties: &[Property]) -> String {
    const CHARS_MAX: usize = 256;
    let text = properties.iter().find_map(|property| match property {
        Property::ReasonString(text) => Some(text.val()),
        _ => None,
    });
    let shown = |c: &char| !c.is_control();
    text.unwrap_or_default()
        .chars()
        .filter(shown)
        .take(CHARS_MAX)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn packets_are_taken_one_by_one_and_only_when_they_are_complete() {
        let accepted = [0x20, 0x03, 0, 0, 0];
        let message = [0x32, 0x0a, 0, 3, b's', b'/', b'e', 0, 7, 0, b'h', b'i'];
        let all = [&accepted[..], &message, &[0xd0, 0]].concat();
        let terms = Terms {
            receive_max: u16::MAX,
            packet_bytes_max: u32::MAX,
            keep_alive: Duration::from_secs(60),
        };
        let mut bytes = Vec::new();
        let mut taken = Vec::new();
        for byte in all {
            bytes.push(byte);
            taken.extend(take(&mut bytes, 60).expect("packets"));
        }
        let expected = [
            Incoming::Accepted(terms),
            Incoming::Message {
                topic: "s/e".to_owned(),
                payload: b"hi".to_vec(),
                id: Some(7),
            },
            Incoming::Pong,
        ];
        assert_eq!(taken, expected);
        assert!(bytes.is_empty());
    }

    #[test]
    fn a_packet_longer_than_agreed_ends_it_before_it_has_come() {
        let mut bytes = vec![0x30, 0xff, 0xff, 0xff, 0x7f];
        assert!(matches!(take(&mut bytes, 60), Err(LinkError::NotMqtt)));
        let mut bytes = vec![0x30, 0xff, 0xff, 0xff, 0xff, 0x01];
        assert!(matches!(take(&mut bytes, 60), Err(LinkError::NotMqtt)));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused_without_a_panic(
            first in prop::sample::select(vec![0x20_u8, 0x30, 0x32, 0x34, 0x40, 0x90, 0xd0, 0xe0, 0xf0]),
            body in prop::collection::vec(any::<u8>(), 0..100),
        ) {
            // tidy: proves by not panicking
            let mut bytes = [vec![first, body.len() as u8], body].concat();
            let _ = take(&mut bytes, 60);
        }
    }
}
