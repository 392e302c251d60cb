//! The topics of JSON over MQTT: what is done with the body, which is as in the REST API.

use super::{BadTopic, External};
use model::ids::{AlarmId, EventId, MeasurementId};
use std::fmt;
use std::str::FromStr;

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JsonTopic {
    /// `measurement/measurements/create`
    CreateMeasurement,
    /// `measurement/measurements/createBulk`
    CreateMeasurements,
    /// `measurement/measurements/delete/<id>`
    DeleteMeasurement(MeasurementId),
    /// `event/events/create`
    CreateEvent,
    /// `event/events/createBulk`
    CreateEvents,
    /// `event/events/update/<id>`
    UpdateEvent(EventId),
    /// `event/events/delete/<id>`
    DeleteEvent(EventId),
    /// `alarm/alarms/create`
    CreateAlarm,
    /// `alarm/alarms/createBulk`
    CreateAlarms,
    /// `alarm/alarms/update/<id>`
    UpdateAlarm(AlarmId),
    /// `inventory/managedObjects/create`
    CreateObject,
    /// `inventory/managedObjects/update/<external id>`
    UpdateObject(External),
    /// `inventory/managedObjects/<id>/childDevices/create`
    CreateChild(External),
}

impl FromStr for JsonTopic {
    type Err = BadTopic;

    fn from_str(text: &str) -> Result<Self, BadTopic> {
        fn id<T: FromStr>(text: &str) -> Result<T, BadTopic> {
            text.parse().map_err(|_| BadTopic)
        }
        let levels: Vec<_> = text.split('/').collect();
        Ok(match levels.as_slice() {
            ["measurement", "measurements", rest @ ..] => match rest {
                ["create"] => Self::CreateMeasurement,
                ["createBulk"] => Self::CreateMeasurements,
                ["delete", measurement] => Self::DeleteMeasurement(id(measurement)?),
                _ => return Err(BadTopic),
            },
            ["event", "events", rest @ ..] => match rest {
                ["create"] => Self::CreateEvent,
                ["createBulk"] => Self::CreateEvents,
                ["update", event] => Self::UpdateEvent(id(event)?),
                ["delete", event] => Self::DeleteEvent(id(event)?),
                _ => return Err(BadTopic),
            },
            ["alarm", "alarms", rest @ ..] => match rest {
                ["create"] => Self::CreateAlarm,
                ["createBulk"] => Self::CreateAlarms,
                ["update", alarm] => Self::UpdateAlarm(id(alarm)?),
                _ => return Err(BadTopic),
            },
            ["inventory", "managedObjects", rest @ ..] => match rest {
                ["create"] => Self::CreateObject,
                ["update", object] => Self::UpdateObject(object.parse()?),
                [parent, "childDevices", "create"] => Self::CreateChild(parent.parse()?),
                _ => return Err(BadTopic),
            },
            _ => return Err(BadTopic),
        })
    }
}

impl fmt::Display for JsonTopic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateMeasurement => f.write_str("measurement/measurements/create"),
            Self::CreateMeasurements => f.write_str("measurement/measurements/createBulk"),
            Self::DeleteMeasurement(id) => write!(f, "measurement/measurements/delete/{id}"),
            Self::CreateEvent => f.write_str("event/events/create"),
            Self::CreateEvents => f.write_str("event/events/createBulk"),
            Self::UpdateEvent(id) => write!(f, "event/events/update/{id}"),
            Self::DeleteEvent(id) => write!(f, "event/events/delete/{id}"),
            Self::CreateAlarm => f.write_str("alarm/alarms/create"),
            Self::CreateAlarms => f.write_str("alarm/alarms/createBulk"),
            Self::UpdateAlarm(id) => write!(f, "alarm/alarms/update/{id}"),
            Self::CreateObject => f.write_str("inventory/managedObjects/create"),
            Self::UpdateObject(id) => write!(f, "inventory/managedObjects/update/{id}"),
            Self::CreateChild(id) => write!(f, "inventory/managedObjects/{id}/childDevices/create"),
        }
    }
}
