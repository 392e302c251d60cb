//! What devices say by static templates: rows as a closed set of domain values. The device that a row is about is named by
//! its topic, not here; whether it may be written to, and what is stored, is decided elsewhere.

mod alarms;
mod events;
mod inventory;
mod lenient;
mod measurements;
mod operations;
mod software;

pub use alarms::AlarmRow;
pub use events::EventRow;
pub use inventory::{new_child, new_device, new_service};
pub use measurements::MeasurementRow;
pub use operations::Outcome;
pub use software::Software;

use crate::arguments::Arguments;
use crate::dialect::{Row, rows};
use crate::fault::{BadMessage, Fault, Refused, shown};
use model::alarms::Severity;
use model::ids::{ObjectId, OperationId};
use model::inventory::{ManagedObjectUpdate, NewManagedObject};
use model::names::{FragmentName, Label};
use model::time::Timestamp;
use std::borrow::Cow;

/// What rows leave out and the platform knows.
#[derive(Debug, Clone, Copy)]
pub struct Context<'c> {
    /// The time of what has none.
    pub now: Timestamp,
    /// The external id of the device that the topic names.
    pub serial: &'c str,
}

/// What a device says in one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceRow {
    /// 100: create the device, if it is not there.
    CreateDevice(NewManagedObject),
    /// 101: create a child device, if it is not there.
    CreateChild {
        /// Its external id, of type `c8y_Serial`.
        id: Label,
        /// The child.
        object: NewManagedObject,
    },
    /// 102: create a service of the device, or change the one that is there.
    CreateService {
        /// Its external id, of type `c8y_Serial`.
        id: Label,
        /// The service, if it is created.
        object: NewManagedObject,
        /// What changes of one that is there: its type and status, not its name.
        update: ManagedObjectUpdate,
    },
    /// 104: the status of the service that the topic names.
    SetServiceStatus(String),
    /// 105: tell the external ids of the children (106).
    ListChildren,
    /// 107, 110 to 116, 118 to 120, 122, 143, 150: change the device.
    Update(ManagedObjectUpdate),
    /// 117: how often the device must be heard of, in minutes; counts only if nothing is set yet. Without a value nothing
    /// is to be done.
    RequireAvailability(Option<i16>),
    /// 121: a device profile is being applied, or was.
    SetProfile {
        /// Whether it was applied in whole.
        executed: bool,
        /// The profile; that of the oldest executing operation when absent.
        profile: Option<ObjectId>,
    },
    /// 123: tell the id of the device (124).
    TellId,
    /// 125: the device is there.
    Heartbeat,
    /// 140: all installed software.
    SetSoftware(Vec<Software>),
    /// 141: more installed software.
    AddSoftware(Vec<Software>),
    /// 142: software that is no longer installed, by name and version.
    RemoveSoftware(Vec<(String, String)>),
    /// 200, 201, 210 to 212: store a measurement.
    Measurement(MeasurementRow),
    /// 301 to 304: raise an alarm.
    Alarm(AlarmRow),
    /// 305: change the severity of the open alarm of this type.
    SetSeverity {
        /// The type.
        kind: Label,
        /// The severity.
        severity: Severity,
    },
    /// 306: clear the alarm of this type: the active one, else the acknowledged one.
    ClearAlarm(Label),
    /// 307: remove fragments of the open alarm of this type.
    RemoveAlarmFragments {
        /// The type.
        kind: Label,
        /// The fragments, at least one.
        fragments: Vec<FragmentName>,
    },
    /// 400, 401: store an event.
    Event(EventRow),
    /// 402: store an event with a position, and change the device's.
    Position {
        /// The event.
        event: EventRow,
        /// The change of the device.
        update: ManagedObjectUpdate,
    },
    /// 407: remove fragments of the latest event of this type.
    RemoveEventFragments {
        /// The type.
        kind: Label,
        /// The fragments.
        fragments: Vec<FragmentName>,
    },
    /// 408: store parameters of the device as an event.
    Parameters {
        /// The event.
        event: EventRow,
        /// Whether it is stored only if it tells something new.
        only_changes: bool,
    },
    /// 500: send the pending operations again.
    SendPending,
    /// 501 to 503: what became of the oldest operation with a fragment: a pending one if it begins, else an executing one.
    OperationWith {
        /// The fragment.
        fragment: FragmentName,
        /// What became of it.
        outcome: Outcome,
    },
    /// 504 to 506: what became of an operation of the device.
    Operation {
        /// The operation.
        id: OperationId,
        /// What became of it.
        outcome: Outcome,
    },
    /// 507: all executing operations with this fragment, or all, have failed.
    FailExecuting {
        /// The fragment.
        fragment: Option<FragmentName>,
        /// Why.
        reason: Option<String>,
    },
    /// 600: tell the version of the platform (601).
    TellVersion,
    /// 602: tell the ids of the templates (603).
    TellTemplates,
}

/// The templates that devices send.
pub const DEVICE_TEMPLATES: [u16; 53] = [
    100, 101, 102, 104, 105, 107, 110, 111, 112, 113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 123, 125,
    140, 141, 142, 143, 150, 200, 201, 210, 211, 212, 301, 302, 303, 304, 305, 306, 307, 400, 401, 402, 407,
    408, 500, 501, 502, 503, 504, 505, 506, 507, 600, 602,
];

/// What the rows of a message say, each for itself: one that is refused changes nothing about the others.
pub fn device_rows(
    message: &[u8],
    context: Context<'_>,
) -> Result<Vec<Result<DeviceRow, Refused>>, BadMessage> {
    let rows = rows(message)?;
    Ok(rows.iter().map(|row| device_row(row, context)).collect())
}

/// What one row says.
pub fn device_row(row: &Row<'_>, context: Context<'_>) -> Result<DeviceRow, Refused> {
    let strictly = match &row.fields {
        Ok(fields) => device_fields(fields, context),
        Err(fault) => Err(fault.clone()),
    };
    let said = strictly.or_else(|fault| {
        let fields = lenient::fields(row.bytes).ok_or(fault)?;
        device_fields(&fields, context)
    });
    said.map_err(|fault| Refused {
        row: row.number,
        template: begins_with(row),
        fault,
    })
}

/// What a row begins with, also if it cannot be read.
fn begins_with(row: &Row<'_>) -> String {
    match row.fields.as_deref() {
        Ok([id, ..]) => shown(id),
        _ => {
            let id = row.bytes.split(|byte| *byte == b',').next().unwrap_or_default();
            shown(String::from_utf8_lossy(id).trim())
        }
    }
}

/// The number of a static template: decimal digits.
fn template(id: &str) -> Result<u16, Fault> {
    let is_decimal = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    if !is_decimal {
        return Err(Fault::BadTemplateId);
    }
    id.parse().map_err(|_| Fault::UnknownTemplate)
}

fn device_fields(fields: &[Cow<'_, str>], context: Context<'_>) -> Result<DeviceRow, Fault> {
    let mut arguments = Arguments::new(fields);
    let template = template(arguments.next())?;
    let now = context.now;
    match template {
        100 => inventory::create_device(arguments, context.serial),
        101 => inventory::create_child(arguments),
        102 => inventory::create_service(arguments),
        104 => {
            let status = arguments.required("the status")?;
            Ok(DeviceRow::SetServiceStatus(status.to_owned()))
        }
        105 => Ok(DeviceRow::ListChildren),
        117 => inventory::require_availability(arguments),
        107..=120 | 122 | 143 | 150 => inventory::update(template, arguments, now).map(DeviceRow::Update),
        121 => operations::profile(arguments),
        123 => Ok(DeviceRow::TellId),
        125 => Ok(DeviceRow::Heartbeat),
        140 => software::list(arguments).map(DeviceRow::SetSoftware),
        141 => software::some(arguments).map(DeviceRow::AddSoftware),
        142 => software::removed(arguments).map(DeviceRow::RemoveSoftware),
        200 | 201 | 210..=212 => measurements::read(template, arguments, now).map(DeviceRow::Measurement),
        301..=307 => alarms::read(template, arguments, now),
        400..=402 | 407 | 408 => events::read(template, arguments, now),
        500..=507 => operations::read(template, arguments),
        600 => Ok(DeviceRow::TellVersion),
        602 => Ok(DeviceRow::TellTemplates),
        _ => Err(Fault::UnknownTemplate),
    }
}
