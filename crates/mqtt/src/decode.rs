//! From the frames of a connected client to packets, with the parsers of the library between the checks before
//! (`strict`) and after. Knows no state of the connection.

mod connect;
mod properties;

pub(crate) use connect::hello;

use crate::exchange::{RetainHandling, Subscription, Version};
use crate::frame::Frame;
use crate::message::Qos;
use crate::packet::{Packet, Publish};
use crate::reason::Disconnect;
use crate::strict::{self, kind};
use crate::topic::TopicFilter;
use mqtt_protocol_core::mqtt::packet::{self as wire, Property, v3_1_1, v5_0};
use mqtt_protocol_core::mqtt::result_code::MqttError;
use std::sync::Arc;

/// Reads a packet of a connected client. `filters_max` bounds a SUBSCRIBE.
pub(crate) fn packet(frame: Frame, version: Version, filters_max: usize) -> Result<Packet, Disconnect> {
    strict::check(&frame, version)?;
    let body = frame.body.as_slice();
    match (frame.kind(), version) {
        (kind::PUBLISH, _) => publish(frame, version).map(Packet::Publish),
        (kind::SUBSCRIBE, _) => subscribe(body, version, filters_max),
        (kind::UNSUBSCRIBE, _) => unsubscribe(body, version, filters_max),
        (kind::DISCONNECT, _) => disconnect(body, version),
        (kind::PINGREQ, _) => Ok(Packet::PingReq),
        (of, Version::V3_1_1) => confirmation_3_1_1(of, body),
        (of, Version::V5_0) => confirmation_5(of, body),
    }
}

/// Whoever is wrong in a way that the library names is told so; everything else is malformed.
pub(crate) fn fault(error: MqttError) -> Disconnect {
    match error {
        MqttError::ProtocolError => Disconnect::Protocol,
        _ => Disconnect::Malformed,
    }
}

/// Runs a parser of the library, which must use up all of the body.
pub(crate) fn exact<T>(
    body: &[u8],
    parse: impl FnOnce(&[u8]) -> Result<(T, usize), MqttError>,
) -> Result<T, Disconnect> {
    match parse(body) {
        Ok((packet, used)) if used == body.len() => Ok(packet),
        Ok(_) => Err(Disconnect::Malformed),
        Err(error) => Err(fault(error)),
    }
}

pub(crate) const fn qos(of: wire::Qos) -> Qos {
    match of {
        wire::Qos::AtMostOnce => Qos::AtMostOnce,
        wire::Qos::AtLeastOnce => Qos::AtLeastOnce,
        wire::Qos::ExactlyOnce => Qos::ExactlyOnce,
    }
}

fn publish(frame: Frame, version: Version) -> Result<Publish, Disconnect> {
    let (flags, body): (u8, Arc<[u8]>) = (frame.flags(), frame.body.into());
    match version {
        Version::V3_1_1 => {
            let (packet, _) = v3_1_1::Publish::parse(flags, body).map_err(fault)?;
            Ok(Publish {
                id: packet.packet_id().unwrap_or(0),
                is_repeat: packet.dup(),
                topic: packet.topic_name().to_owned(),
                alias: None,
                payload: packet.payload().as_slice().to_vec(),
                qos: qos(packet.qos()),
                retain: packet.retain(),
                properties: crate::message::Properties::default(),
            })
        }
        Version::V5_0 => {
            let (packet, _) = v5_0::Publish::parse(flags, body).map_err(fault)?;
            let mut alias = None;
            for property in packet.props() {
                match property {
                    Property::TopicAlias(value) => alias = Some(value.val()),
                    // 3.3.4-6: only a server sends it
                    Property::SubscriptionIdentifier(_) => return Err(Disconnect::Protocol),
                    _ => {}
                }
            }
            Ok(Publish {
                id: packet.packet_id().unwrap_or(0),
                is_repeat: packet.dup(),
                topic: packet.topic_name().to_owned(),
                alias,
                payload: packet.payload().as_slice().to_vec(),
                qos: qos(packet.qos()),
                retain: packet.retain(),
                properties: properties::of_message(packet.props())?,
            })
        }
    }
}

fn subscribe(body: &[u8], version: Version, filters_max: usize) -> Result<Packet, Disconnect> {
    let (id, entries, identifier) = match version {
        Version::V3_1_1 => {
            let packet = exact(body, v3_1_1::Subscribe::parse)?;
            // The upper six bits of the options are reserved (3.8.3-4).
            if packet
                .entries()
                .iter()
                .any(|entry| entry.sub_opts().to_buffer()[0] > 2)
            {
                return Err(Disconnect::Malformed);
            }
            (packet.packet_id(), packet.entries().to_vec(), None)
        }
        Version::V5_0 => {
            let packet = exact(body, v5_0::Subscribe::parse)?;
            properties::check_texts(packet.props())?;
            let identifier = packet.props().iter().find_map(|property| match property {
                Property::SubscriptionIdentifier(value) => Some(value.val()),
                _ => None,
            });
            (packet.packet_id(), packet.entries().to_vec(), identifier)
        }
    };
    if entries.len() > filters_max {
        return Err(Disconnect::QuotaExceeded);
    }
    let filters = entries
        .iter()
        .map(|entry| subscription(entry, version, identifier))
        .collect::<Result<_, _>>()?;
    Ok(Packet::Subscribe { id, filters })
}

fn subscription(
    entry: &wire::SubEntry,
    version: Version,
    identifier: Option<u32>,
) -> Result<Subscription, Disconnect> {
    let filter = TopicFilter::parse(entry.topic_filter()).map_err(|_| Disconnect::TopicFilter)?;
    let options = entry.sub_opts();
    // 3.8.3-4: nobody's own messages are known in a group
    if version == Version::V5_0 && filter.is_shared() && options.nl() {
        return Err(Disconnect::Protocol);
    }
    Ok(Subscription {
        filter,
        qos: qos(options.qos()),
        no_local: options.nl(),
        retain_as_published: options.rap(),
        retain_handling: match options.rh() {
            wire::RetainHandling::SendRetained => RetainHandling::Send,
            wire::RetainHandling::SendRetainedIfNotExists => RetainHandling::SendIfNew,
            wire::RetainHandling::DoNotSendRetained => RetainHandling::Never,
        },
        identifier,
    })
}

fn unsubscribe(body: &[u8], version: Version, filters_max: usize) -> Result<Packet, Disconnect> {
    let (id, entries) = match version {
        Version::V3_1_1 => {
            let packet = exact(body, v3_1_1::Unsubscribe::parse)?;
            (packet.packet_id(), packet.entries().to_vec())
        }
        Version::V5_0 => {
            let packet = exact(body, v5_0::Unsubscribe::parse)?;
            properties::check_texts(packet.props())?;
            (packet.packet_id(), packet.entries().to_vec())
        }
    };
    // 3.10.3-2: from something, at least
    if entries.is_empty() {
        return Err(Disconnect::Protocol);
    }
    if entries.len() > filters_max {
        return Err(Disconnect::QuotaExceeded);
    }
    let filters = entries
        .iter()
        .map(|entry| TopicFilter::parse(entry.as_str()).map_err(|_| Disconnect::TopicFilter))
        .collect::<Result<_, _>>()?;
    Ok(Packet::Unsubscribe { id, filters })
}

fn disconnect(body: &[u8], version: Version) -> Result<Packet, Disconnect> {
    if version == Version::V3_1_1 {
        return Ok(Packet::Disconnect {
            code: 0,
            session_expiry_seconds: None,
        });
    }
    let packet = exact(body, v5_0::Disconnect::parse)?;
    let mut session_expiry_seconds = None;
    for property in packet.props().iter().flatten() {
        match property {
            Property::SessionExpiryInterval(value) => session_expiry_seconds = Some(value.val()),
            // 3.14.2.2.5: of a server only
            Property::ServerReference(_) => return Err(Disconnect::Protocol),
            _ => {}
        }
    }
    if let Some(all) = packet.props() {
        properties::check_texts(all)?;
    }
    let code = packet.reason_code().map_or(0, |code| code as u8);
    Ok(Packet::Disconnect {
        code,
        session_expiry_seconds,
    })
}

fn confirmation_3_1_1(of: u8, body: &[u8]) -> Result<Packet, Disconnect> {
    match of {
        kind::PUBACK => exact(body, v3_1_1::Puback::parse).map(|p| Packet::PubAck {
            id: p.packet_id(),
            code: 0,
        }),
        kind::PUBREC => exact(body, v3_1_1::Pubrec::parse).map(|p| Packet::PubRec {
            id: p.packet_id(),
            code: 0,
        }),
        kind::PUBREL => exact(body, v3_1_1::Pubrel::parse).map(|p| Packet::PubRel { id: p.packet_id() }),
        kind::PUBCOMP => exact(body, v3_1_1::Pubcomp::parse).map(|p| Packet::PubComp { id: p.packet_id() }),
        _ => Err(Disconnect::Malformed),
    }
}

fn confirmation_5(of: u8, body: &[u8]) -> Result<Packet, Disconnect> {
    let texts =
        |all: &Option<wire::Properties>| all.as_ref().map_or(Ok(()), |all| properties::check_texts(all));
    match of {
        kind::PUBACK => {
            let packet = exact(body, v5_0::Puback::parse)?;
            texts(packet.props())?;
            let code = packet.reason_code().map_or(0, |code| code as u8);
            Ok(Packet::PubAck {
                id: packet.packet_id(),
                code,
            })
        }
        kind::PUBREC => {
            let packet = exact(body, v5_0::Pubrec::parse)?;
            texts(packet.props())?;
            let code = packet.reason_code().map_or(0, |code| code as u8);
            Ok(Packet::PubRec {
                id: packet.packet_id(),
                code,
            })
        }
        kind::PUBREL => {
            let packet = exact(body, v5_0::Pubrel::parse)?;
            texts(packet.props())?;
            Ok(Packet::PubRel {
                id: packet.packet_id(),
            })
        }
        kind::PUBCOMP => {
            let packet = exact(body, v5_0::Pubcomp::parse)?;
            texts(packet.props())?;
            Ok(Packet::PubComp {
                id: packet.packet_id(),
            })
        }
        _ => Err(Disconnect::Malformed),
    }
}
