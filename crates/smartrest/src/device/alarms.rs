//! Rows with alarms.

use super::DeviceRow;
use crate::arguments::{Arguments, parsed};
use crate::fault::Fault;
use crate::values::SEVERITY;
use model::alarms::{AlarmStatus, NewAlarm, Severity};
use model::ids::ObjectId;
use model::json::Object;
use model::names::Label;
use model::time::Timestamp;

/// An alarm whose source the topic names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmRow {
    /// When it was raised.
    pub time: Timestamp,
    /// Its type.
    pub kind: Label,
    /// What is wrong, in words.
    pub text: String,
    /// How bad it is.
    pub severity: Severity,
    /// Where it stands; active when absent.
    pub status: Option<AlarmStatus>,
    /// Everything else.
    pub fragments: Object,
}

impl AlarmRow {
    /// The alarm about this source.
    pub fn of(self, source: ObjectId) -> NewAlarm {
        NewAlarm {
            source,
            time: self.time,
            kind: self.kind,
            text: self.text,
            severity: self.severity,
            status: self.status,
            fragments: self.fragments,
        }
    }
}

pub(super) fn read(template: u16, mut arguments: Arguments<'_>, now: Timestamp) -> Result<DeviceRow, Fault> {
    let kind = arguments.label("the type of the alarm")?;
    let severity = match template {
        301 => Severity::Critical,
        302 => Severity::Major,
        303 => Severity::Minor,
        304 => Severity::Warning,
        305 => {
            let severity = parsed(arguments.required("the severity")?, "the severity", SEVERITY)?;
            return Ok(DeviceRow::SetSeverity { kind, severity });
        }
        306 => return Ok(DeviceRow::ClearAlarm(kind)),
        307 => {
            let fragments = arguments.fragments("the fragment")?;
            if fragments.is_empty() {
                return Err(Fault::missing("the fragment"));
            }
            return Ok(DeviceRow::RemoveAlarmFragments { kind, fragments });
        }
        _ => return Err(Fault::UnknownTemplate),
    };
    let text = match arguments.optional() {
        Some(text) => text.to_owned(),
        None => format!("Alarm of type {kind} raised"),
    };
    Ok(DeviceRow::Alarm(AlarmRow {
        time: arguments.time(now)?,
        kind,
        text,
        severity,
        status: None,
        fragments: Object::new(),
    }))
}
