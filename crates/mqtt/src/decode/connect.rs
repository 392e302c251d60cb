//! From the frame of a CONNECT to who wants to connect and on which terms. Knows nothing of who may.

use super::{exact, properties, qos};
use crate::exchange::{Connect, Password, Version};
use crate::frame::Frame;
use crate::message::{Message, Properties, Qos, Will};
use crate::packet::{Hello, Wishes};
use crate::reason::{ConnectRefusal, Disconnect};
use crate::strict;
use crate::topic::TopicName;
use mqtt_protocol_core::mqtt::packet::{Property, v3_1_1, v5_0};

/// Reads a CONNECT of a version that is spoken.
pub(crate) fn hello(frame: &Frame, version: Version) -> Result<Hello, ConnectRefusal> {
    if !strict::connect_is_sound(frame, version) {
        return Err(ConnectRefusal::Malformed);
    }
    let hello = match version {
        Version::V3_1_1 => hello_3_1_1(&frame.body)?,
        Version::V5_0 => hello_5(&frame.body)?,
    };
    let texts = [Some(&hello.connect.client_id), hello.connect.user_name.as_ref()];
    if texts.into_iter().flatten().any(|text| text.contains('\0')) {
        return Err(ConnectRefusal::Malformed);
    }
    Ok(hello)
}

fn refusal(fault: Disconnect) -> ConnectRefusal {
    match fault {
        Disconnect::Protocol => ConnectRefusal::Protocol,
        _ => ConnectRefusal::Malformed,
    }
}

fn hello_3_1_1(body: &[u8]) -> Result<Hello, ConnectRefusal> {
    let packet = exact(body, v3_1_1::Connect::parse).map_err(refusal)?;
    // 3.1.3-8: whoever wants a session to be kept must say which one
    if packet.client_id().is_empty() && !packet.clean_session() {
        return Err(ConnectRefusal::ClientId);
    }
    let parts = (packet.will_topic(), packet.will_payload());
    let will = will(
        parts,
        qos(packet.will_qos()),
        packet.will_retain(),
        Properties::default(),
        0,
    )?;
    Ok(Hello {
        connect: Connect {
            version: Version::V3_1_1,
            client_id: packet.client_id().to_owned(),
            user_name: packet.user_name().map(str::to_owned),
            password: packet.password().map(|bytes| Password(bytes.to_vec())),
            will,
            clean_start: packet.clean_session(),
            keep_alive_seconds: packet.keep_alive(),
            session_expiry_seconds: if packet.clean_session() { 0 } else { u32::MAX },
            user_properties: Vec::new(),
        },
        wishes: Wishes::NONE,
    })
}

fn hello_5(body: &[u8]) -> Result<Hello, ConnectRefusal> {
    let packet = exact(body, v5_0::Connect::parse).map_err(refusal)?;
    properties::check_texts(packet.props()).map_err(refusal)?;
    let (wishes, session_expiry_seconds) = wishes(packet.props())?;
    let delay_seconds = packet.will_props().iter().find_map(|property| match property {
        Property::WillDelayInterval(value) => Some(value.val()),
        _ => None,
    });
    let about = properties::of_message(packet.will_props()).map_err(refusal)?;
    let parts = (packet.will_topic(), packet.will_payload());
    let delay_seconds = delay_seconds.unwrap_or(0);
    let will = will(
        parts,
        qos(packet.will_qos()),
        packet.will_retain(),
        about,
        delay_seconds,
    )?;
    let user = properties::of_message(packet.props()).map_err(refusal)?.user;
    Ok(Hello {
        connect: Connect {
            version: Version::V5_0,
            client_id: packet.client_id().to_owned(),
            user_name: packet.user_name().map(str::to_owned),
            password: packet.password().map(|bytes| Password(bytes.to_vec())),
            will,
            clean_start: packet.clean_start(),
            keep_alive_seconds: packet.keep_alive(),
            session_expiry_seconds,
            user_properties: user,
        },
        wishes,
    })
}

/// What the properties ask for, and the session expiry among them.
fn wishes(all: &[Property]) -> Result<(Wishes, u32), ConnectRefusal> {
    let (mut wishes, mut expiry) = (Wishes::NONE, 0);
    let (mut has_method, mut has_data) = (false, false);
    for property in all {
        match property {
            Property::SessionExpiryInterval(value) => expiry = value.val(),
            Property::ReceiveMaximum(value) => wishes.receive_max = value.val(),
            Property::MaximumPacketSize(value) => wishes.packet_bytes_max = value.val(),
            Property::TopicAliasMaximum(value) => wishes.topic_alias_max = value.val(),
            Property::RequestProblemInformation(value) => wishes.reasons = value.val() == 1,
            Property::AuthenticationMethod(_) => has_method = true,
            Property::AuthenticationData(_) => has_data = true,
            _ => {}
        }
    }
    if has_data && !has_method {
        return Err(ConnectRefusal::Protocol);
    }
    if has_method {
        return Err(ConnectRefusal::BadAuthenticationMethod);
    }
    if wishes.receive_max == 0 || wishes.packet_bytes_max == 0 {
        return Err(ConnectRefusal::Protocol);
    }
    Ok((wishes, expiry))
}

fn will(
    parts: (Option<&str>, Option<&[u8]>),
    qos: Qos,
    retain: bool,
    properties: Properties,
    delay_seconds: u32,
) -> Result<Option<Will>, ConnectRefusal> {
    let (Some(topic), Some(payload)) = parts else {
        return Ok(None);
    };
    let topic = TopicName::parse(topic).map_err(|_| ConnectRefusal::TopicName)?;
    let message = Message {
        topic,
        payload: payload.to_vec(),
        qos,
        retain,
        properties,
    };
    Ok(Some(Will {
        message,
        delay_seconds,
    }))
}
