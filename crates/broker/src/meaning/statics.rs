//! What each row of the static templates does.

use super::Said;
use super::refused::Refused;
use super::rows::{raise_alarms, store_events, store_measurements};
use super::speech::Speech;
use engine::devices::{
    ChangeLatestEvent, ChangeOpenAlarm, ChangeSoftware, EnsureChild, EnsureDevice, Ensured, FindNamed,
    ListChildSerials, Package, Parameters, RequireAvailability, SetProfile, SoftwareChange, StoreParameters,
    StorePosition,
};
use engine::inventory::UpdateObject;
use engine::operations::by_device::{Effects, EndOldest, FailAll, Said as Outcome, SayById, StartOldest};
use model::alarms::{AlarmStatus, AlarmUpdate};
use model::events::EventUpdate;
use model::inventory::{ChildKind, ManagedObjectUpdate, NewManagedObject};
use model::json::Json;
use model::names::{FragmentName, Label};
use model::operations::IS_AGENT;
use model::processing::Processing;
use smartrest::device::{DeviceRow, EventRow, Outcome as Became, Software};
use smartrest::fault::ErrorCode;
use smartrest::outcome;
use smartrest::server::ServerRow;
use smartrest::topic::SubscribeTopic;
use std::sync::Arc;

/// Carries out one row.
pub(super) async fn carry_out(speech: &Speech<'_>, row: DeviceRow, said: &mut Said) -> Result<(), Refused> {
    match row {
        DeviceRow::Measurement(row) => store_measurements(speech, vec![row]).await,
        DeviceRow::Event(row) => store_events(speech, vec![row]).await,
        DeviceRow::Alarm(row) => raise_alarms(speech, vec![row]).await,
        DeviceRow::Position { event, update } => position(speech, event, update).await,
        row if is_of_object(&row) => {
            not_transient(speech)?;
            of_object(speech, row).await
        }
        row => {
            only_stored(speech)?;
            match row {
                DeviceRow::ListChildren
                | DeviceRow::TellId
                | DeviceRow::TellVersion
                | DeviceRow::TellTemplates => {
                    said.check_room()?;
                    let row = answer(speech, &row).await?;
                    said.answer(SubscribeTopic::Static, row.print());
                    Ok(())
                }
                DeviceRow::SendPending => {
                    said.sends_waiting = true;
                    Ok(())
                }
                row => of_documents(speech, row).await,
            }
        }
    }
}

/// Whether a row is about the managed object itself.
fn is_of_object(row: &DeviceRow) -> bool {
    matches!(
        row,
        DeviceRow::CreateDevice(_)
            | DeviceRow::CreateChild { .. }
            | DeviceRow::CreateService { .. }
            | DeviceRow::SetServiceStatus(_)
            | DeviceRow::Update(_)
            | DeviceRow::RequireAvailability(_)
            | DeviceRow::SetProfile { .. }
            | DeviceRow::Heartbeat
            | DeviceRow::SetSoftware(_)
            | DeviceRow::AddSoftware(_)
            | DeviceRow::RemoveSoftware(_)
    )
}

pub(super) fn not_in_this_mode() -> Refused {
    Refused::arguments("it is not processed in this way: see the first letter of the topic")
}

/// What lives by being stored, and told of.
pub(super) fn only_stored(speech: &Speech<'_>) -> Result<(), Refused> {
    match speech.mode {
        Processing::Persistent => Ok(()),
        Processing::Transient | Processing::Quiescent | Processing::Cep => Err(not_in_this_mode()),
    }
}

/// What lives by being stored; nobody need be told.
pub(super) fn not_transient(speech: &Speech<'_>) -> Result<(), Refused> {
    match speech.mode {
        Processing::Persistent | Processing::Quiescent => Ok(()),
        Processing::Transient | Processing::Cep => Err(not_in_this_mode()),
    }
}

async fn of_object(speech: &Speech<'_>, row: DeviceRow) -> Result<(), Refused> {
    match row {
        DeviceRow::CreateDevice(object) => create_device(speech, object).await,
        DeviceRow::CreateChild { id, object } => {
            match ensure(speech, ChildKind::Device, id, object, None).await? {
                Ensured::Created(_) => Ok(()),
                Ensured::There => Err(already_there()),
            }
        }
        DeviceRow::CreateService { id, object, update } => {
            ensure(speech, ChildKind::Addition, id, object, Some(update)).await?;
            Ok(())
        }
        DeviceRow::SetServiceStatus(status) => {
            let update = ManagedObjectUpdate {
                fragments: vec![("status".to_owned(), status.into())],
                ..ManagedObjectUpdate::default()
            };
            let make = move |id| UpdateObject {
                id,
                update: update.clone(),
            };
            speech.on_there(make).await.map(drop)
        }
        DeviceRow::Update(update) => change(speech, update).await,
        DeviceRow::Heartbeat => change(speech, ManagedObjectUpdate::default()).await,
        DeviceRow::RequireAvailability(Some(minutes)) => {
            speech
                .on_data(move |id| RequireAvailability { id, minutes })
                .await
        }
        DeviceRow::SetProfile { executed, profile } => {
            let make = move |device| SetProfile {
                device,
                executed,
                profile,
            };
            speech.on_there(make).await
        }
        DeviceRow::SetSoftware(list) => software(speech, SoftwareChange::All(packages(list))).await,
        DeviceRow::AddSoftware(list) => software(speech, SoftwareChange::Add(packages(list))).await,
        DeviceRow::RemoveSoftware(list) => software(speech, SoftwareChange::Remove(list)).await,
        _ => Ok(()),
    }
}

fn already_there() -> Refused {
    Refused::Told(ErrorCode::NotCreated, "Device already existing".into())
}

/// Row 100. On the topic of a child it creates that, which is no agent.
async fn create_device(speech: &Speech<'_>, mut object: NewManagedObject) -> Result<(), Refused> {
    let ensured = match speech.child {
        Some(child) => {
            object.fragments.remove(IS_AGENT);
            speech
                .creating(|| EnsureChild {
                    parent: speech.itself(),
                    kind: ChildKind::Device,
                    serial: child.clone(),
                    object: object.clone(),
                    update: None,
                })
                .await?
        }
        None => {
            let serial = speech.device.clone();
            speech.run(EnsureDevice { serial, object }).await?
        }
    };
    match ensured {
        Ensured::Created(_) => Ok(()),
        Ensured::There => Err(already_there()),
    }
}

/// A child device or service of the object that the topic names.
async fn ensure(
    speech: &Speech<'_>,
    kind: ChildKind,
    serial: Label,
    object: NewManagedObject,
    update: Option<ManagedObjectUpdate>,
) -> Result<Ensured, Refused> {
    let make = || EnsureChild {
        parent: speech.named(),
        kind,
        serial: serial.clone(),
        object: object.clone(),
        update: update.clone(),
    };
    speech.creating(make).await
}

pub(super) async fn change(speech: &Speech<'_>, update: ManagedObjectUpdate) -> Result<(), Refused> {
    let make = move |id| UpdateObject {
        id,
        update: update.clone(),
    };
    speech.on_data(make).await.map(drop)
}

async fn position(speech: &Speech<'_>, event: EventRow, update: ManagedObjectUpdate) -> Result<(), Refused> {
    not_transient(speech)?;
    let make = move |id| StorePosition {
        event: event.clone().of(id),
        update: update.clone(),
    };
    speech.on_data(make).await
}

fn packages(list: Vec<Software>) -> Vec<Package> {
    let package = |it: Software| Package {
        name: it.name,
        version: it.version,
        kind: it.kind,
        url: it.url,
    };
    list.into_iter().map(package).collect()
}

async fn software(speech: &Speech<'_>, change: SoftwareChange) -> Result<(), Refused> {
    let make = move |device| ChangeSoftware {
        device,
        change: change.clone(),
    };
    speech.on_data(make).await.map(drop)
}

async fn answer(speech: &Speech<'_>, row: &DeviceRow) -> Result<ServerRow, Refused> {
    Ok(match row {
        DeviceRow::ListChildren => ServerRow::Children(speech.ask(ListChildSerials(speech.named())).await?),
        DeviceRow::TellId => ServerRow::Id(speech.ask(FindNamed(speech.named())).await?),
        DeviceRow::TellVersion => ServerRow::Version(env!("CARGO_PKG_VERSION").to_owned()),
        _ => ServerRow::Templates,
    })
}

fn removal(fragments: Vec<FragmentName>) -> Vec<(String, Json)> {
    let gone = |name: FragmentName| (name.as_str().to_owned(), Json::Null);
    fragments.into_iter().map(gone).collect()
}

fn alarm_change() -> AlarmUpdate {
    AlarmUpdate {
        source: None,
        text: None,
        severity: None,
        status: None,
        fragments: Vec::new(),
    }
}

async fn of_documents(speech: &Speech<'_>, row: DeviceRow) -> Result<(), Refused> {
    match row {
        DeviceRow::SetSeverity { kind, severity } => {
            let severity = Some(severity);
            change_alarm(
                speech,
                kind,
                AlarmUpdate {
                    severity,
                    ..alarm_change()
                },
            )
            .await
        }
        DeviceRow::ClearAlarm(kind) => {
            let status = Some(AlarmStatus::Cleared);
            change_alarm(
                speech,
                kind,
                AlarmUpdate {
                    status,
                    ..alarm_change()
                },
            )
            .await
        }
        DeviceRow::RemoveAlarmFragments { kind, fragments } => {
            let fragments = removal(fragments);
            change_alarm(
                speech,
                kind,
                AlarmUpdate {
                    fragments,
                    ..alarm_change()
                },
            )
            .await
        }
        DeviceRow::RemoveEventFragments { kind, fragments } => {
            let update = EventUpdate {
                text: None,
                fragments: removal(fragments),
            };
            let make = move |source| ChangeLatestEvent {
                source,
                kind: kind.clone(),
                update: update.clone(),
            };
            speech.on_there(make).await
        }
        DeviceRow::Parameters { event, only_changes } => {
            let which = match only_changes {
                true => Parameters::Changed,
                false => Parameters::All,
            };
            let make = move |id| StoreParameters {
                event: event.clone().of(id),
                which,
            };
            speech.on_data(make).await
        }
        row => of_operations(speech, row).await,
    }
}

pub(super) async fn change_alarm(
    speech: &Speech<'_>,
    kind: Label,
    update: AlarmUpdate,
) -> Result<(), Refused> {
    let make = move |source| ChangeOpenAlarm {
        source,
        kind: kind.clone(),
        update: update.clone(),
    };
    speech.on_there(make).await
}

async fn of_operations(speech: &Speech<'_>, row: DeviceRow) -> Result<(), Refused> {
    match row {
        DeviceRow::OperationWith {
            fragment,
            outcome: Became::Executing,
        } => {
            let make = move |device| StartOldest {
                device,
                fragment: fragment.as_str().to_owned(),
            };
            speech.on_there(make).await.map(drop)
        }
        DeviceRow::OperationWith { fragment, outcome } => {
            let said = became(outcome);
            let make = move |device| EndOldest {
                device,
                fragment: fragment.as_str().to_owned(),
                said: said.clone(),
            };
            speech.on_there(make).await.map(drop)
        }
        DeviceRow::Operation { id, outcome } => {
            let said = became(outcome);
            let make = move |speaker| SayById {
                speaker,
                id,
                said: said.clone(),
            };
            speech.on_there(make).await
        }
        DeviceRow::FailExecuting { fragment, reason } => {
            let fragment = fragment.map(|name| name.as_str().to_owned());
            let make = move |device| FailAll {
                device,
                fragment: fragment.clone(),
                reason: reason.clone(),
            };
            speech.on_there(make).await.map(drop)
        }
        _ => Ok(()),
    }
}

/// What became of an operation, with what else changes by it.
fn became(outcome: Became) -> Outcome {
    match outcome {
        Became::Executing => Outcome::Executing,
        Became::Failed { reason } => Outcome::Failed(reason),
        Became::Successful { parameters } => Outcome::Successful(Arc::new(move |fragments, now| {
            let done = outcome::done(fragments, &parameters, now);
            Effects {
                operation: done.operation.fragments,
                device: done.device,
            }
        })),
    }
}
