//! What a device reports of its own security (R097): an event of the type `c8y_SecurityEvent` by a device about itself, or
//! about something that is its own, is an audit record too, in the same commit. The record is the device's word and marked
//! as such: the platform gives it its type and its activity, from a closed list, says who has sent it, and when it came.
//!
//! A device that numbers its events has each of them recorded once, and gaps are told. What it sends beyond a bound is
//! stored as events and counted here.

use crate::alarms::OwnAlarm;
use crate::desk::Changing;
use crate::devices::is_its_own;
use crate::note::Note;
use crate::refusal::{Conflict, Refusal};
use crate::setup::system_record;
use audit::record::{Origin, Record, Severity};
use model::alarms::Severity as AlarmSeverity;
use model::device_reports::{Numbered, Recorded, ReportLog};
use model::events::NewEvent;
use model::ids::ObjectId;
use model::json::{Json, Object};
use model::limits::{DEVICE_LOG_NAME_CHARS_MAX, DEVICE_REPORT_TEXT_CHARS_MAX, DEVICE_REPORTS_PER_HOUR_MAX};
use model::users::UserKind;
use policy::proof::SystemReason;
use store::events::EventChanges;

/// The type of the events, and the fragment in them that says more.
const EVENT: &str = "c8y_SecurityEvent";
/// The type of the records. No client may write records of this type in any other way.
const RECORD: &str = "DeviceSecurity";
/// The alarm about events that have not come.
const ALARM: &str = "holdfast_SecurityEventsMissing";
const REASON: SystemReason = SystemReason::DeviceReport;

/// What devices report, by the word for it: what the record calls it, and how important it is.
const KINDS: [(&str, &str, Severity); 10] = [
    ("login", "Device reports a log-in", Severity::Information),
    (
        "loginFailed",
        "Device reports a refused log-in",
        Severity::Warning,
    ),
    (
        "command",
        "Device reports a command with raised rights",
        Severity::Warning,
    ),
    (
        "configuration",
        "Device reports a changed configuration",
        Severity::Warning,
    ),
    ("restart", "Device reports a restart", Severity::Information),
    (
        "listener",
        "Device reports an unexpected listener",
        Severity::Warning,
    ),
    ("operation", "Device reports an operation", Severity::Information),
    ("agent", "Device reports on its agent", Severity::Information),
    ("usb", "Device reports a change at its ports", Severity::Warning),
    ("tamper", "Device reports tampering", Severity::Critical),
];
const OTHER: (&str, Severity) = ("Device reports an event", Severity::Information);

/// What an event of the type says.
struct Report<'e> {
    event: &'e NewEvent,
    kind: Option<&'e str>,
    /// The numbering and the number in it.
    place: Option<(&'e str, u64)>,
}

/// Records an event that is about to be stored, if it is such a report. An event that has come before is refused.
pub(super) fn record(desk: &Changing, rows: &EventChanges<'_>, event: &NewEvent) -> Result<(), Refusal> {
    let who = desk.who();
    if who.kind() != UserKind::Device || event.kind.as_str() != EVENT || !is_about_own(desk, event.source)? {
        return Ok(());
    }
    let report = Report::of(event);
    let mut reports = rows.reports(who.id())?;
    if let Some((log, number)) = report.place {
        let numbered = reports.take(log, number);
        tell(desk, event.source, &numbered, &mut reports)?;
    }
    if has_room(desk, event.source, &mut reports) {
        desk.tx.record(report.record(desk));
    }
    Ok(rows.put_reports(who.id(), &reports)?)
}

/// Whether there is room in this hour for one more record about a device's reports; what had none is counted.
fn has_room(desk: &Changing, source: ObjectId, reports: &mut ReportLog) -> bool {
    match reports.count(desk.now()) {
        Recorded::Singly { passed_over } => {
            if passed_over > 0 {
                desk.tx.record(counted(desk, source, passed_over));
            }
            true
        }
        Recorded::Counted { is_first } => {
            if is_first {
                let text = format!(
                    "The device has reported {DEVICE_REPORTS_PER_HOUR_MAX} events in this hour: further ones are stored \
                     as events and counted here"
                );
                desk.tx
                    .record(said(desk, source, "Too many security events", text));
            }
            false
        }
    }
}

/// Whether the object is the device's own: a device that was granted rights on others records nothing about them.
fn is_about_own(desk: &Changing, source: ObjectId) -> Result<bool, Refusal> {
    match desk.tx.object_facts(desk.who(), source)? {
        Some(facts) => is_its_own(desk, &facts),
        None => Ok(false),
    }
}

impl<'e> Report<'e> {
    fn of(event: &'e NewEvent) -> Self {
        let said = match event.fragments.get(EVENT) {
            Some(Json::Object(said)) => Some(said),
            _ => None,
        };
        let text = |name| said?.get(name)?.as_str();
        let number = said
            .and_then(|said| said.get("sequence"))
            .and_then(|number| number.to_string().parse().ok());
        let is_name = |name: &&str| !name.is_empty() && name.chars().count() <= DEVICE_LOG_NAME_CHARS_MAX;
        Self {
            event,
            kind: text("kind"),
            place: text("log").filter(is_name).zip(number),
        }
    }

    /// The record, as the device's word.
    fn record(&self, desk: &Changing) -> Record {
        let known = KINDS.iter().find(|(kind, ..)| Some(*kind) == self.kind);
        let (activity, severity) = known.map_or(OTHER, |(_, activity, severity)| (*activity, *severity));
        let mut said = Object::new();
        if let Some((kind, ..)) = known {
            said.set("kind", *kind);
        }
        if let Some((log, number)) = self.place {
            said.set("log", plain(log, DEVICE_LOG_NAME_CHARS_MAX));
            said.set("sequence", Json::from(number));
        }
        let text = plain(&self.event.text, DEVICE_REPORT_TEXT_CHARS_MAX);
        let note = Note {
            severity,
            client_time: Some(self.event.time),
            extra: [(EVENT, Json::Object(said))].into_iter().collect(),
            ..Note::new(RECORD, activity, self.event.source).text(format!("The device reports: {text}"))
        };
        Record {
            origin: Origin::Client,
            ..desk.record_of(note)
        }
    }
}

/// Text of a device on one line, and no longer than this.
fn plain(text: &str, chars_max: usize) -> String {
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    plain.take(chars_max).collect()
}

/// What the number of an event says about others.
fn tell(
    desk: &Changing,
    source: ObjectId,
    numbered: &Numbered,
    reports: &mut ReportLog,
) -> Result<(), Refusal> {
    let alarm = OwnAlarm {
        tenant: desk.who().tenant(),
        source,
        kind: ALARM,
        reason: REASON,
    };
    let text = match numbered {
        Numbered::Next | Numbered::Late { is_complete: false } => return Ok(()),
        Numbered::Known => return Err(Refusal::Conflict(Conflict::Reported)),
        Numbered::Late { is_complete: true } => return alarm.clear(&desk.world, &desk.tx),
        Numbered::After { first, last } => format!(
            "Security events {first} to {last} of the device have not come: they were taken away on it, or lost"
        ),
        Numbered::Anew => {
            "The device numbers its security events anew: what it has not sent of those before is lost"
                .to_owned()
        }
    };
    // A device that leaves out every second number fills no log with that.
    if !has_room(desk, source, reports) {
        return Ok(());
    }
    let since = (AlarmSeverity::Major, desk.now());
    alarm.raise(&desk.world, &desk.tx, since, &text)?;
    desk.tx
        .record(said(desk, source, "Security events missing", text));
    Ok(())
}

/// What the platform has to say about the reports of a device.
fn said(desk: &Changing, source: ObjectId, activity: &str, text: String) -> Record {
    let record = system_record(
        &desk.world,
        REASON,
        (RECORD, activity, text),
        Some(source.to_string()),
    );
    Record {
        severity: Severity::Major,
        ..record
    }
}

/// The record that stands for those that got none.
fn counted(desk: &Changing, source: ObjectId, count: u64) -> Record {
    let text = format!("{count} security events of the device were stored and not recorded one by one");
    Record {
        count,
        ..said(desk, source, "Security events counted", text)
    }
}
