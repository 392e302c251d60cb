//! What request templates can ask for: the pairs of API and method that SmartREST 2.0 knows, with the values that each must
//! have.

use crate::values::ValueType;

/// A method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `GET`
    Get,
    /// `PUT`
    Put,
    /// `POST`
    Post,
}

impl Method {
    const ALL: [Self; 3] = [Self::Get, Self::Put, Self::Post];

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Put => "PUT",
            Self::Post => "POST",
        }
    }

    /// The method of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.word() == word)
    }
}

/// An API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Api {
    /// `INVENTORY`
    Inventory,
    /// `MEASUREMENT`
    Measurement,
    /// `ALARM`
    Alarm,
    /// `EVENT`
    Event,
    /// `OPERATION`
    Operation,
}

impl Api {
    const ALL: [Self; 5] = [
        Self::Inventory,
        Self::Measurement,
        Self::Alarm,
        Self::Event,
        Self::Operation,
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Inventory => "INVENTORY",
            Self::Measurement => "MEASUREMENT",
            Self::Alarm => "ALARM",
            Self::Event => "EVENT",
            Self::Operation => "OPERATION",
        }
    }

    /// The API of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|api| api.word() == word)
    }

    /// Its resource in the REST API.
    pub fn resource(self) -> &'static str {
        match self {
            Self::Inventory => "/inventory/managedObjects",
            Self::Measurement => "/measurement/measurements",
            Self::Alarm => "/alarm/alarms",
            Self::Event => "/event/events",
            Self::Operation => "/devicecontrol/operations",
        }
    }
}

/// What a request template asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Read an object.
    ReadObject,
    /// Change an object.
    UpdateObject,
    /// Create an object, perhaps with an external id.
    CreateObject,
    /// Store a measurement of the device.
    CreateMeasurement,
    /// Store an event of the device.
    CreateEvent,
    /// Raise an alarm of the device.
    CreateAlarm,
    /// Change the alarm of a type: the active one, else the acknowledged one.
    UpdateAlarm,
    /// Change the operation with a fragment: the executing one, else the pending one.
    UpdateOperation,
}

/// A value that an action must have: its name in the body, if it is there, and its type.
pub(super) type Mandatory = (&'static str, ValueType);

impl Action {
    const ALL: [Self; 8] = [
        Self::ReadObject,
        Self::UpdateObject,
        Self::CreateObject,
        Self::CreateMeasurement,
        Self::CreateEvent,
        Self::CreateAlarm,
        Self::UpdateAlarm,
        Self::UpdateOperation,
    ];

    /// What this method does with this API; nothing if that is not to be had.
    pub fn of(method: Method, api: Api) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|action| (action.method(), action.api()) == (method, api))
    }

    /// Its method.
    pub fn method(self) -> Method {
        match self {
            Self::ReadObject => Method::Get,
            Self::UpdateObject | Self::UpdateAlarm | Self::UpdateOperation => Method::Put,
            Self::CreateObject | Self::CreateMeasurement | Self::CreateEvent | Self::CreateAlarm => {
                Method::Post
            }
        }
    }

    /// Its API.
    pub fn api(self) -> Api {
        match self {
            Self::ReadObject | Self::UpdateObject | Self::CreateObject => Api::Inventory,
            Self::CreateMeasurement => Api::Measurement,
            Self::CreateEvent => Api::Event,
            Self::CreateAlarm | Self::UpdateAlarm => Api::Alarm,
            Self::UpdateOperation => Api::Operation,
        }
    }

    /// Whether it says how an existing object is named.
    pub(super) fn names_object(self) -> bool {
        matches!(self, Self::ReadObject | Self::UpdateObject)
    }

    /// The values that it must have, in the order of templates and rows.
    pub(super) fn mandatory(self) -> &'static [Mandatory] {
        use ValueType::{AlarmStatus, Date, Severity, String};
        match self {
            Self::ReadObject | Self::UpdateObject | Self::CreateObject => &[("externalIdType", String)],
            Self::CreateMeasurement => &[("type", String), ("time", Date)],
            Self::CreateEvent => &[("type", String), ("text", String), ("time", Date)],
            Self::CreateAlarm => &[
                ("type", String),
                ("text", String),
                ("status", AlarmStatus),
                ("severity", Severity),
                ("time", Date),
            ],
            Self::UpdateAlarm => &[("type", String)],
            Self::UpdateOperation => &[("fragment", String)],
        }
    }
}
