//! From what the session says to bytes, with the packets of the library. Knows no state of the connection. `None` comes
//! back for what cannot be written, for example a text of more than 65,535 bytes.

use crate::exchange::Version;
use crate::limits::REASON_BYTES_MAX;
use crate::message::{Delivery, Qos};
use mqtt_protocol_core::mqtt::packet::{self as wire, Properties, Property, v3_1_1, v5_0};

/// A message on its way to the client.
pub(crate) struct Publish<'a> {
    pub(crate) delivery: &'a Delivery,
    /// 0 for QoS 0.
    pub(crate) id: u16,
    pub(crate) is_repeat: bool,
    pub(crate) alias: Alias,
    /// What is left of its time.
    pub(crate) expiry_seconds: Option<u32>,
}

/// How the topic is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Alias {
    /// In full.
    None,
    /// In full, and the number stands for it from now on.
    New(u16),
    /// As a number.
    Known(u16),
}

/// What a CONNACK of 5.0 tells about the terms.
#[derive(Debug, Default)]
pub(crate) struct Terms {
    pub(crate) session_expiry_seconds: Option<u32>,
    pub(crate) receive_max: u16,
    pub(crate) retain: bool,
    pub(crate) packet_bytes_max: u32,
    pub(crate) client_id: Option<String>,
    pub(crate) topic_alias_max: u16,
    pub(crate) keep_alive_seconds: Option<u16>,
}

/// The steps with which messages are confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Ack,
    Rec,
    Rel,
    Comp,
}

pub(crate) fn connack_3_1_1(code: u8, is_present: bool) -> Option<Vec<u8>> {
    let packet = v3_1_1::Connack::builder()
        .return_code(code.try_into().ok()?)
        .session_present(is_present)
        .build()
        .ok()?;
    Some(packet.to_continuous_buffer())
}

pub(crate) fn connack_5(code: u8, is_present: bool, properties: Properties) -> Option<Vec<u8>> {
    let packet = v5_0::Connack::builder()
        .reason_code(code.try_into().ok()?)
        .session_present(is_present)
        .props(properties)
        .build()
        .ok()?;
    Some(packet.to_continuous_buffer())
}

impl Terms {
    pub(crate) fn properties(&self) -> Option<Properties> {
        let mut all = vec![
            Property::ReceiveMaximum(wire::ReceiveMaximum::new(self.receive_max).ok()?),
            Property::MaximumPacketSize(wire::MaximumPacketSize::new(self.packet_bytes_max).ok()?),
            Property::SharedSubscriptionAvailable(wire::SharedSubscriptionAvailable::new(0).ok()?),
        ];
        if !self.retain {
            all.push(Property::RetainAvailable(wire::RetainAvailable::new(0).ok()?));
        }
        if self.topic_alias_max > 0 {
            let value = wire::TopicAliasMaximum::new(self.topic_alias_max).ok()?;
            all.push(Property::TopicAliasMaximum(value));
        }
        if let Some(seconds) = self.session_expiry_seconds {
            let value = wire::SessionExpiryInterval::new(seconds).ok()?;
            all.push(Property::SessionExpiryInterval(value));
        }
        if let Some(seconds) = self.keep_alive_seconds {
            all.push(Property::ServerKeepAlive(
                wire::ServerKeepAlive::new(seconds).ok()?,
            ));
        }
        if let Some(id) = &self.client_id {
            let value = wire::AssignedClientIdentifier::new(id).ok()?;
            all.push(Property::AssignedClientIdentifier(value));
        }
        Some(all)
    }
}

/// The text as a property, cut to [`REASON_BYTES_MAX`].
pub(crate) fn reason(text: Option<&str>) -> Properties {
    text.map(cut)
        .filter(|text| !text.is_empty() && !text.contains('\0'))
        .and_then(|text| wire::ReasonString::new(text).ok())
        .map(Property::ReasonString)
        .into_iter()
        .collect()
}

/// As much of a text as is sent.
pub(crate) fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(REASON_BYTES_MAX))
        .unwrap_or("")
}

pub(crate) fn publish(message: &Publish<'_>, version: Version) -> Option<Vec<u8>> {
    let delivery = message.delivery;
    let qos = match delivery.qos {
        Qos::AtMostOnce => wire::Qos::AtMostOnce,
        Qos::AtLeastOnce => wire::Qos::AtLeastOnce,
        Qos::ExactlyOnce => wire::Qos::ExactlyOnce,
    };
    let id = (delivery.qos != Qos::AtMostOnce).then_some(message.id);
    match version {
        Version::V3_1_1 => {
            let packet = v3_1_1::Publish::builder()
                .topic_name(delivery.topic.as_str())
                .ok()?
                .qos(qos)
                .retain(delivery.retain)
                .dup(message.is_repeat)
                .packet_id(id)
                .payload(delivery.payload.as_slice())
                .build()
                .ok()?;
            Some(packet.to_continuous_buffer())
        }
        Version::V5_0 => {
            let topic = match message.alias {
                Alias::Known(_) => "",
                Alias::None | Alias::New(_) => delivery.topic.as_str(),
            };
            let packet = v5_0::Publish::builder()
                .topic_name(topic)
                .ok()?
                .qos(qos)
                .retain(delivery.retain)
                .dup(message.is_repeat)
                .packet_id(id)
                .props(publish_properties(message)?)
                .payload(delivery.payload.as_slice())
                .build()
                .ok()?;
            Some(packet.to_continuous_buffer())
        }
    }
}

fn publish_properties(message: &Publish<'_>) -> Option<Properties> {
    let about = &message.delivery.properties;
    let mut all = Properties::new();
    if about.is_text {
        let value = wire::PayloadFormatIndicator::new(wire::PayloadFormat::String).ok()?;
        all.push(Property::PayloadFormatIndicator(value));
    }
    if let Some(seconds) = message.expiry_seconds {
        all.push(Property::MessageExpiryInterval(
            wire::MessageExpiryInterval::new(seconds).ok()?,
        ));
    }
    if let Alias::New(number) | Alias::Known(number) = message.alias {
        all.push(Property::TopicAlias(wire::TopicAlias::new(number).ok()?));
    }
    if let Some(topic) = &about.response_topic {
        all.push(Property::ResponseTopic(
            wire::ResponseTopic::new(topic.as_str()).ok()?,
        ));
    }
    if let Some(data) = &about.correlation_data {
        all.push(Property::CorrelationData(wire::CorrelationData::new(data).ok()?));
    }
    for (name, value) in &about.user {
        all.push(Property::UserProperty(wire::UserProperty::new(name, value).ok()?));
    }
    for identifier in &message.delivery.subscriptions {
        let value = wire::SubscriptionIdentifier::new(*identifier).ok()?;
        all.push(Property::SubscriptionIdentifier(value));
    }
    if let Some(kind) = &about.content_type {
        all.push(Property::ContentType(wire::ContentType::new(kind).ok()?));
    }
    Some(all)
}

pub(crate) fn step_3_1_1(step: Step, id: u16) -> Option<Vec<u8>> {
    Some(match step {
        Step::Ack => v3_1_1::Puback::builder()
            .packet_id(id)
            .build()
            .ok()?
            .to_continuous_buffer(),
        Step::Rec => v3_1_1::Pubrec::builder()
            .packet_id(id)
            .build()
            .ok()?
            .to_continuous_buffer(),
        Step::Rel => v3_1_1::Pubrel::builder()
            .packet_id(id)
            .build()
            .ok()?
            .to_continuous_buffer(),
        Step::Comp => v3_1_1::Pubcomp::builder()
            .packet_id(id)
            .build()
            .ok()?
            .to_continuous_buffer(),
    })
}

/// A step of 5.0. The short form is used when there is nothing to say.
pub(crate) fn step_5(step: Step, id: u16, code: u8, properties: Properties) -> Option<Vec<u8>> {
    macro_rules! build {
        ($packet:ident) => {{
            let mut builder = v5_0::$packet::builder().packet_id(id);
            if code != 0 || !properties.is_empty() {
                builder = builder.reason_code(code.try_into().ok()?);
            }
            if !properties.is_empty() {
                builder = builder.props(properties);
            }
            Some(builder.build().ok()?.to_continuous_buffer())
        }};
    }
    match step {
        Step::Ack => build!(Puback),
        Step::Rec => build!(Pubrec),
        Step::Rel => build!(Pubrel),
        Step::Comp => build!(Pubcomp),
    }
}

pub(crate) fn suback(id: u16, codes: &[u8], version: Version) -> Option<Vec<u8>> {
    let bytes = match version {
        Version::V3_1_1 => {
            let codes = codes
                .iter()
                .map(|code| (*code).try_into().ok())
                .collect::<Option<Vec<_>>>()?;
            let builder = v3_1_1::Suback::builder().packet_id(id);
            builder.return_codes(codes).build().ok()?.to_continuous_buffer()
        }
        Version::V5_0 => {
            let codes = codes
                .iter()
                .map(|code| (*code).try_into().ok())
                .collect::<Option<Vec<_>>>()?;
            let builder = v5_0::Suback::builder().packet_id(id);
            builder.reason_codes(codes).build().ok()?.to_continuous_buffer()
        }
    };
    Some(bytes)
}

pub(crate) fn unsuback(id: u16, codes: &[u8], version: Version) -> Option<Vec<u8>> {
    let bytes = match version {
        Version::V3_1_1 => v3_1_1::Unsuback::builder()
            .packet_id(id)
            .build()
            .ok()?
            .to_continuous_buffer(),
        Version::V5_0 => {
            let codes = codes
                .iter()
                .map(|code| (*code).try_into().ok())
                .collect::<Option<Vec<_>>>()?;
            let builder = v5_0::Unsuback::builder().packet_id(id);
            builder.reason_codes(codes).build().ok()?.to_continuous_buffer()
        }
    };
    Some(bytes)
}

pub(crate) fn pingresp() -> Vec<u8> {
    v3_1_1::Pingresp::new().to_continuous_buffer()
}

pub(crate) fn disconnect_5(code: u8, properties: Properties) -> Option<Vec<u8>> {
    let mut builder = v5_0::Disconnect::builder().reason_code(code.try_into().ok()?);
    if !properties.is_empty() {
        builder = builder.props(properties);
    }
    Some(builder.build().ok()?.to_continuous_buffer())
}
