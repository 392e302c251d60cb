//! Disconnecting one device, letting it back in, and taking it out of service.

use crate::answer::Answer;
use crate::call::Call;
use crate::paging::Page;
use crate::problem::Problem;
use contract::disconnection::{Endpoint, disconnection, reason, step};
use engine::decommissioning::{
    AbandonDecommissioning, BeginDecommissioning, DecommissioningView, ReadCertificate, ReadDecommissioning,
    StepChange,
};
use engine::disconnection::{
    BlockedView, DisconnectionView, FindBlocked, ReadDisconnection, Readmit, SharedUser, Unblock,
};
use model::decommissioning::{Step, StepState};
use model::ids::ObjectId;
use model::json::{Json, Object};
use model::registration::DeviceId;

const JSON: &str = "application/json";

pub(crate) async fn handle(endpoint: Endpoint, call: Call) -> Result<Answer, Problem> {
    match endpoint {
        Endpoint::Read => read(&call).await,
        Endpoint::Disconnect => disconnect(call).await,
        Endpoint::Readmit => {
            call.run(Readmit(call.id(0)?)).await?;
            Ok(Answer::nothing(204))
        }
        Endpoint::ListBlocked => list(&call).await,
        Endpoint::Unblock => {
            let device: DeviceId = call.id(0)?;
            call.run(Unblock(device)).await?;
            Ok(Answer::nothing(204))
        }
        Endpoint::ReadDecommissioning => decommissioning(&call, 200).await,
        Endpoint::BeginDecommissioning => begin(call).await,
        Endpoint::StepDecommissioning => take_step(call).await,
        Endpoint::AbandonDecommissioning => {
            call.run(AbandonDecommissioning(call.id(0)?)).await?;
            Ok(Answer::nothing(204))
        }
        Endpoint::CompleteDecommissioning => {
            let object = call.id(0)?;
            let completed = call.door().complete_decommissioning(call.caller()?, object).await;
            completed.map_err(call.refused())?;
            decommissioning(&call, 200).await
        }
        Endpoint::ReadCertificate => {
            let bundle = call.ask(ReadCertificate(call.id(0)?)).await?;
            Ok(Answer::text("text/plain", bundle))
        }
    }
}

async fn read(call: &Call) -> Result<Answer, Problem> {
    let found = call.ask(ReadDisconnection(call.id(0)?)).await?;
    Ok(Answer::json(200, JSON, &show(call, &found)))
}

async fn disconnect(mut call: Call) -> Result<Answer, Problem> {
    let object: ObjectId = call.id(0)?;
    let body = call.take_body()?;
    let sent = disconnection(body).map_err(|bad| Problem::body(&call, &bad))?;
    let shared = match sent.cuts_shared {
        true => SharedUser::Cut,
        false => SharedUser::Spared,
    };
    let done = call
        .door()
        .disconnect_device(call.caller()?, object, sent.reason, shared)
        .await;
    done.map_err(call.refused())?;
    read(&call).await
}

fn show(call: &Call, view: &DisconnectionView) -> Object {
    let mut shown = Object::new();
    let place = format!("/devicecontrol/devices/{}/disconnection", view.object);
    shown.set("self", call.link(&place));
    shown.set("deviceId", view.object.to_string());
    shown.set("disconnected", view.done.is_some());
    if let Some((time, by, reason)) = &view.done {
        shown.set("time", time.to_string());
        shown.set("by", by.as_str());
        shown.set("reason", reason.as_str());
    }
    let names = view.devices.iter().map(|device| Json::from(device.as_str()));
    shown.set("devices", names.collect::<Vec<_>>());
    shown.set("sharesUser", view.is_shared);
    let counts = &view.consequences;
    let mut consequences = Object::new();
    for (name, count) in [
        ("users", counts.users),
        ("credentials", counts.credentials),
        ("certificates", counts.certificates),
        ("requests", counts.requests),
        ("oneTimePasswords", counts.one_time_passwords),
        ("pendingOperations", counts.pending),
        ("executingOperations", counts.executing),
    ] {
        consequences.set(name, count as u64);
    }
    shown.set("consequences", consequences);
    let children = view.own_children.iter().map(|id| Json::from(id.to_string()));
    shown.set("ownChildDevices", children.collect::<Vec<_>>());
    shown.set("allOwnChildDevices", view.all_children);
    shown.set("childDevicesThroughIt", view.through as u64);
    shown
}

async fn list(call: &Call) -> Result<Answer, Problem> {
    let page = Page::of(call)?;
    let found = call.ask(FindBlocked(page.cut())).await?;
    let entries = found.items.iter().map(|view| Json::Object(show_blocked(view)));
    let envelope = page.envelope(call, "disconnections", entries.collect(), found.total);
    Ok(Answer::json(200, JSON, &envelope))
}

fn show_blocked(view: &BlockedView) -> Object {
    let blocked = &view.blocked;
    let mut shown = Object::new();
    shown.set("id", blocked.device.as_str());
    shown.set("deviceId", blocked.object.to_string());
    shown.set("time", blocked.time.to_string());
    shown.set("by", view.by.as_str());
    shown.set("reason", blocked.reason.as_str());
    shown
}

async fn begin(mut call: Call) -> Result<Answer, Problem> {
    let object: ObjectId = call.id(0)?;
    let body = call.take_body()?;
    let reason = reason(body).map_err(|bad| Problem::body(&call, &bad))?;
    call.run(BeginDecommissioning { object, reason }).await?;
    let answer = decommissioning(&call, 201).await?;
    Ok(answer.at(call.link(call.path())))
}

async fn take_step(mut call: Call) -> Result<Answer, Problem> {
    let object: ObjectId = call.id(0)?;
    let body = call.take_body()?;
    let sent = step(body).map_err(|bad| Problem::body(&call, &bad))?;
    let change = StepChange {
        step: sent.step,
        is_skipped: sent.is_skipped,
        note: sent.note,
        data: sent.data,
    };
    let taken = call.door().take_step(call.caller()?, object, change).await;
    taken.map_err(call.refused())?;
    decommissioning(&call, 200).await
}

async fn decommissioning(call: &Call, status: u16) -> Result<Answer, Problem> {
    let view = call.ask(ReadDecommissioning(call.id(0)?)).await?;
    Ok(Answer::json(status, JSON, &show_decommissioning(call, &view)))
}

fn show_decommissioning(call: &Call, view: &DecommissioningView) -> Object {
    let state = &view.state;
    let mut shown = Object::new();
    let place = format!("/devicecontrol/devices/{}/decommissioning", state.object);
    shown.set("self", call.link(&place));
    shown.set("deviceId", state.object.to_string());
    if let Some(name) = &state.name {
        shown.set("deviceName", name.as_str());
    }
    let unproven = state.unproven();
    shown.set(
        "status",
        match (state.is_over(), unproven.is_empty()) {
            (false, _) => "OPEN",
            (true, true) => "COMPLETED",
            (true, false) => "COMPLETED_UNPROVEN",
        },
    );
    shown.set("reason", state.reason.as_str());
    shown.set("creationTime", state.begun.to_string());
    let mut names = view.names.iter();
    shown.set("by", names.next().map_or("", String::as_str));
    if let Some(over) = state.over {
        shown.set("completionTime", over.to_string());
    }
    if let Some(data) = state.data {
        shown.set("data", data.word());
    }
    if let Some(wipe) = state.wipe {
        shown.set("wipeOperation", wipe.to_string());
    }
    let steps = Step::ALL.iter().zip(&state.steps).zip(names);
    let steps = steps.map(|((step, state), by)| Json::Object(show_step(*step, state, by)));
    shown.set("steps", steps.collect::<Vec<_>>());
    let unproven = unproven.into_iter().map(|step| Json::from(step.word()));
    shown.set("unproven", unproven.collect::<Vec<_>>());
    if let Some(record) = state.record {
        shown.set("auditRecord", record.to_string());
    }
    shown
}

fn show_step(step: Step, state: &StepState, by: &str) -> Object {
    let mut shown = Object::new();
    shown.set("step", step.word());
    shown.set("outcome", state.outcome.word());
    shown.set("time", state.time.to_string());
    shown.set("by", by);
    if let Some(note) = &state.note {
        shown.set("note", note.as_str());
    }
    shown
}
