//! From the library's properties to ours, with the rules for the texts in them. Knows no packets.

use crate::message::Properties;
use crate::reason::Disconnect;
use crate::topic::TopicName;
use mqtt_protocol_core::mqtt::packet::Property;

/// No text holds a null character (1.5.4-2).
pub(crate) fn check_texts(all: &[Property]) -> Result<(), Disconnect> {
    let has_null = all.iter().any(|property| match property {
        Property::ContentType(text) => text.val().contains('\0'),
        Property::ResponseTopic(text) => text.val().contains('\0'),
        Property::AuthenticationMethod(text) => text.val().contains('\0'),
        Property::ReasonString(text) => text.val().contains('\0'),
        Property::UserProperty(pair) => pair.key().contains('\0') || pair.val().contains('\0'),
        _ => false,
    });
    if has_null {
        Err(Disconnect::Malformed)
    } else {
        Ok(())
    }
}

/// What a message or a will says about itself.
pub(crate) fn of_message(all: &[Property]) -> Result<Properties, Disconnect> {
    check_texts(all)?;
    let mut found = Properties::default();
    for property in all {
        match property {
            Property::PayloadFormatIndicator(value) => found.is_text = value.val() == 1,
            Property::MessageExpiryInterval(value) => found.expiry_seconds = Some(value.val()),
            Property::ContentType(text) => found.content_type = Some(text.val().to_owned()),
            Property::ResponseTopic(text) => {
                // 3.3.2-14: a response topic holds no wildcards
                let topic = TopicName::parse(text.val()).map_err(|_| Disconnect::Protocol)?;
                found.response_topic = Some(topic);
            }
            Property::CorrelationData(data) => found.correlation_data = Some(data.val().to_vec()),
            Property::UserProperty(pair) => found.user.push((pair.key().to_owned(), pair.val().to_owned())),
            _ => {}
        }
    }
    Ok(found)
}
