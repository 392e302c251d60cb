//! The bodies of requests as domain values: the same that come out of bodies of the REST API.

use super::{Action, Request};
use crate::arguments::parsed;
use crate::device::{AlarmRow, EventRow, MeasurementRow};
use crate::fault::Fault;
use crate::values::{LABEL, SEVERITY, TIME, ValueType, time};
use model::alarms::AlarmUpdate;
use model::files::IS_BINARY;
use model::inventory::{COMPUTED_PROPERTIES, ManagedObjectUpdate, NewManagedObject};
use model::json::{Json, Object};
use model::operations::OperationUpdate;
use model::{alarms, events, inventory, measurements, operations};
use std::str::FromStr;

/// What a request does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Nothing: it reads the object that it is about.
    Nothing,
    /// Changes an object.
    UpdateObject(ManagedObjectUpdate),
    /// Creates an object.
    CreateObject(NewManagedObject),
    /// Stores a measurement.
    CreateMeasurement(MeasurementRow),
    /// Stores an event.
    CreateEvent(EventRow),
    /// Raises an alarm.
    CreateAlarm(AlarmRow),
    /// Changes an alarm.
    UpdateAlarm(AlarmUpdate),
    /// Changes an operation.
    UpdateOperation(OperationUpdate),
}

impl Request {
    /// What it does. Properties that the platform sets itself are ignored where the REST API ignores them, and refused where
    /// it refuses them.
    pub fn change(&self) -> Result<Change, Fault> {
        let body = &self.body;
        Ok(match self.action {
            Action::ReadObject => Change::Nothing,
            Action::UpdateObject => Change::UpdateObject(ManagedObjectUpdate {
                name: label(body, "name")?.map(Some),
                kind: label(body, "type")?.map(Some),
                owner: member(body, "owner", "a user name")?,
                fragments: fragments(body, is_of_object).into_iter().collect(),
            }),
            Action::CreateObject => Change::CreateObject(NewManagedObject {
                name: label(body, "name")?,
                kind: label(body, "type")?,
                owner: member(body, "owner", "a user name")?,
                fragments: fragments(body, is_of_object),
            }),
            Action::CreateMeasurement => Change::CreateMeasurement(MeasurementRow {
                time: time_of(body)?,
                kind: label(body, "type")?.ok_or(Fault::missing("type"))?,
                fragments: fragments(body, |name| measurements::STANDARD_PROPERTIES.contains(&name)),
            }),
            Action::CreateEvent => Change::CreateEvent(EventRow {
                time: time_of(body)?,
                kind: label(body, "type")?.ok_or(Fault::missing("type"))?,
                text: text(body, "text")?.ok_or(Fault::missing("text"))?,
                fragments: fragments(body, |name| {
                    events::STANDARD_PROPERTIES.contains(&name) || name == IS_BINARY
                }),
            }),
            Action::CreateAlarm => Change::CreateAlarm(AlarmRow {
                time: time_of(body)?,
                kind: label(body, "type")?.ok_or(Fault::missing("type"))?,
                text: text(body, "text")?.ok_or(Fault::missing("text"))?,
                severity: member(body, "severity", SEVERITY)?.ok_or(Fault::missing("severity"))?,
                status: member(body, "status", ValueType::AlarmStatus.expected())?,
                fragments: fragments(body, is_of_alarm),
            }),
            Action::UpdateAlarm => Change::UpdateAlarm(alarm_update(body)?),
            Action::UpdateOperation => {
                let status = member(body, "status", ValueType::OperationStatus.expected())?;
                let is_own = |name: &str| operations::STANDARD_PROPERTIES.contains(&name);
                Change::UpdateOperation(OperationUpdate {
                    status: status.ok_or(Fault::missing("status"))?,
                    failure_reason: text(body, "failureReason")?,
                    description: text(body, "description")?,
                    fragments: fragments(body, is_own).into_iter().collect(),
                })
            }
        })
    }
}

/// Properties that a change of an alarm may not name.
const FIXED: [&str; 6] = [
    "type",
    "time",
    "count",
    "creationTime",
    "lastUpdated",
    "firstOccurrenceTime",
];

fn alarm_update(body: &Object) -> Result<AlarmUpdate, Fault> {
    if let Some(fixed) = FIXED.into_iter().find(|name| body.contains(name)) {
        return Err(Fault::NotAllowed(fixed.into()));
    }
    Ok(AlarmUpdate {
        source: None,
        text: text(body, "text")?,
        severity: member(body, "severity", SEVERITY)?,
        status: member(body, "status", ValueType::AlarmStatus.expected())?,
        fragments: fragments(body, is_of_alarm).into_iter().collect(),
    })
}

fn is_of_object(name: &str) -> bool {
    inventory::STANDARD_PROPERTIES.contains(&name) || COMPUTED_PROPERTIES.contains(&name)
}

fn is_of_alarm(name: &str) -> bool {
    alarms::STANDARD_PROPERTIES.contains(&name)
}

fn fragments(body: &Object, is_own: impl Fn(&str) -> bool) -> Object {
    let mut fragments = body.clone();
    fragments.retain(|name| !is_own(name));
    fragments
}

fn text(body: &Object, name: &'static str) -> Result<Option<String>, Fault> {
    match body.get(name) {
        None => Ok(None),
        Some(Json::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Fault::wrong(name, "text")),
    }
}

fn member<T: FromStr>(body: &Object, name: &'static str, expected: &'static str) -> Result<Option<T>, Fault> {
    let text = text(body, name)?;
    text.map(|text| parsed(&text, name, expected)).transpose()
}

fn label(body: &Object, name: &'static str) -> Result<Option<model::names::Label>, Fault> {
    member(body, name, LABEL)
}

fn time_of(body: &Object) -> Result<model::time::Timestamp, Fault> {
    let text = text(body, "time")?.ok_or(Fault::missing("time"))?;
    time(&text).ok_or(Fault::wrong("time", TIME))
}
