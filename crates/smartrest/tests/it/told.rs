//! What a row says as one line of text, so that tables of rows stay readable. It decides nothing.

use model::inventory::{ManagedObjectUpdate, NewManagedObject};
use model::json::Object;
use model::names::{FragmentName, Label};
use smartrest::device::{AlarmRow, DeviceRow, EventRow, MeasurementRow, Outcome, Software};

pub(crate) fn label(label: Option<&Label>) -> &str {
    label.map(Label::as_str).unwrap_or("-")
}

pub(crate) fn object(it: &NewManagedObject) -> String {
    format!(
        "{} {} {}",
        label(it.name.as_ref()),
        label(it.kind.as_ref()),
        it.fragments
    )
}

pub(crate) fn update(it: &ManagedObjectUpdate) -> String {
    let fragments: Object = it.fragments.iter().cloned().collect();
    fragments.to_string()
}

pub(crate) fn measurement(it: &MeasurementRow) -> String {
    format!("measurement {} {} {}", it.kind, it.time, it.fragments)
}

pub(crate) fn event(it: &EventRow) -> String {
    format!("event {} {} {} {}", it.kind, it.text, it.time, it.fragments)
}

pub(crate) fn alarm(it: &AlarmRow) -> String {
    let status = it.status.map_or("-", |status| status.word());
    format!(
        "alarm {} {} {status} {} {} {}",
        it.severity.word(),
        it.kind,
        it.text,
        it.time,
        it.fragments
    )
}

fn names(names: &[FragmentName]) -> String {
    names
        .iter()
        .map(FragmentName::as_str)
        .collect::<Vec<_>>()
        .join(" ")
}

fn outcome(it: &Outcome) -> String {
    match it {
        Outcome::Executing => "executing".to_owned(),
        Outcome::Failed { reason } => format!("failed {}", reason.as_deref().unwrap_or("-")),
        Outcome::Successful { parameters } => format!("successful {}", parameters.join("|")),
    }
}

fn software(list: &[Software]) -> String {
    let one = |it: &Software| {
        let kind = it.kind.as_deref().unwrap_or("-");
        format!(
            "{}={} {kind} {}",
            it.name,
            it.version,
            it.url.as_deref().unwrap_or("-")
        )
    };
    list.iter().map(one).collect::<Vec<_>>().join("; ")
}

pub(crate) fn row(row: &DeviceRow) -> String {
    match row {
        DeviceRow::CreateDevice(it) => format!("create {}", object(it)),
        DeviceRow::CreateChild { id, object: it } => format!("child {id} {}", object(it)),
        DeviceRow::CreateService {
            id,
            object: it,
            update: it_is,
        } => {
            format!("service {id} {} or {}", object(it), update(it_is))
        }
        DeviceRow::SetServiceStatus(status) => format!("status {status}"),
        DeviceRow::ListChildren => "children".to_owned(),
        DeviceRow::Update(it) => update(it),
        DeviceRow::RequireAvailability(minutes) => format!("availability {minutes:?}"),
        DeviceRow::SetProfile { executed, profile } => {
            format!(
                "profile {executed} {}",
                profile.map_or("-".to_owned(), |id| id.to_string())
            )
        }
        DeviceRow::TellId => "id".to_owned(),
        DeviceRow::Heartbeat => "heartbeat".to_owned(),
        DeviceRow::SetSoftware(list) => format!("software {}", software(list)),
        DeviceRow::AddSoftware(list) => format!("more software {}", software(list)),
        DeviceRow::RemoveSoftware(list) => {
            let list: Vec<_> = list
                .iter()
                .map(|(name, version)| format!("{name}={version}"))
                .collect();
            format!("less software {}", list.join("; "))
        }
        DeviceRow::Measurement(it) => measurement(it),
        DeviceRow::Alarm(it) => alarm(it),
        DeviceRow::SetSeverity { kind, severity } => format!("severity {kind} {}", severity.word()),
        DeviceRow::ClearAlarm(kind) => format!("clear {kind}"),
        DeviceRow::RemoveAlarmFragments { kind, fragments } => {
            format!("strip alarm {kind}: {}", names(fragments))
        }
        DeviceRow::Event(it) => event(it),
        DeviceRow::Position {
            event: it,
            update: it_is,
        } => format!("{} and {}", event(it), update(it_is)),
        DeviceRow::RemoveEventFragments { kind, fragments } => {
            format!("strip event {kind}: {}", names(fragments))
        }
        DeviceRow::Parameters {
            event: it,
            only_changes,
        } => format!("{} {only_changes}", event(it)),
        DeviceRow::SendPending => "pending".to_owned(),
        DeviceRow::OperationWith {
            fragment,
            outcome: it,
        } => format!("{} {}", fragment.as_str(), outcome(it)),
        DeviceRow::Operation { id, outcome: it } => format!("#{id} {}", outcome(it)),
        DeviceRow::FailExecuting { fragment, reason } => {
            let fragment = fragment.as_ref().map_or("-", FragmentName::as_str);
            format!("fail {fragment} {}", reason.as_deref().unwrap_or("-"))
        }
        DeviceRow::TellVersion => "version".to_owned(),
        DeviceRow::TellTemplates => "templates".to_owned(),
    }
}
