//! Operations: the entry point of device control, lists, creation, what became of them, deletion.

use crate::answer::Answer;
use crate::call::Call;
use crate::identity;
use crate::paging::Page;
use crate::platform;
use crate::problem::Problem;
use contract::operations::{Endpoint, new_operation, update};
use engine::documents::Written;
use engine::operations::{
    CreateOperation, FindOperations, OperationView, ReadOperation, Targets, UpdateOperation, WrittenOperation,
};
use model::ids::OperationId;
use model::json::{Json, Object};
use model::operations::{EXPIRY_TIME, Operation, OperationFilter};
use model::time::{Between, Timestamp};

pub(crate) async fn handle(endpoint: Endpoint, call: Call) -> Result<Answer, Problem> {
    match endpoint {
        Endpoint::Root => platform::device_control_root(&call).await,
        Endpoint::List => list(&call).await,
        Endpoint::Create => create(call).await,
        Endpoint::DeleteMany => delete_many(&call).await,
        Endpoint::Read => read(&call).await,
        Endpoint::Update => change(call).await,
    }
}

fn link(call: &Call, id: OperationId) -> String {
    call.link(&format!("/devicecontrol/operations/{id}"))
}

/// What a list or deletion means. A name that can be no id is that of nothing: then nothing is meant.
fn meant(call: &Call) -> Result<Option<(Targets, OperationFilter)>, Problem> {
    let filter = OperationFilter {
        status: status(call)?,
        fragment: call.text("fragmentType"),
        bulk: None,
        created: Between {
            from: call.date("dateFrom")?,
            to: call.date("dateTo")?,
        },
    };
    let parsed = |name: &str| call.text(name).map(|text| text.parse().ok());
    let (device, agent) = (parsed("deviceId"), parsed("agentId"));
    let bulk = call.text("bulkOperationId").map(|text| text.parse().ok());
    if device == Some(None) || agent == Some(None) || bulk == Some(None) {
        return Ok(None);
    }
    let targets = Targets {
        device: device.flatten(),
        agent: agent.flatten(),
    };
    let bulk = bulk.flatten();
    Ok(Some((targets, OperationFilter { bulk, ..filter })))
}

fn status(call: &Call) -> Result<Option<model::operations::OperationStatus>, Problem> {
    let expected = "one of PENDING, EXECUTING, SUCCESSFUL and FAILED";
    let bad = |_| Problem::bad_parameter(call, "status", expected);
    call.text("status")
        .map(|text| text.parse().map_err(bad))
        .transpose()
}

async fn list(call: &Call) -> Result<Answer, Problem> {
    let page = Page::of(call)?;
    let revert = call.flag("revert", false)?;
    let (entries, total) = match meant(call)? {
        None => (Vec::new(), page.counts().then_some(0)),
        Some((targets, filter)) => {
            let question = FindOperations {
                targets,
                filter,
                revert,
                page: crate::users::cut(page),
            };
            let found = call.ask(question).await?;
            let of_agent = targets.agent.is_some();
            let entries = found
                .items
                .iter()
                .map(|view| Json::Object(show(call, view, of_agent)));
            (entries.collect(), found.total)
        }
    };
    let envelope = page.envelope(call, "operations", entries, total);
    Ok(Answer::json(200, "operationcollection", &envelope))
}

async fn read(call: &Call) -> Result<Answer, Problem> {
    let view = call.ask(ReadOperation(call.id(0)?)).await?;
    Ok(Answer::json(200, "operation", &show(call, &view, false)))
}

async fn create(mut call: Call) -> Result<Answer, Problem> {
    let body = call.take_body()?;
    let new = new_operation(body).map_err(|bad| Problem::body(&call, &bad))?;
    let (id, object) = show_written(&call, call.run(CreateOperation(new)).await?);
    let answer = Answer::json(201, "operation", &object).at(link(&call, id));
    Ok(answer)
}

async fn change(mut call: Call) -> Result<Answer, Problem> {
    let id = call.id(0)?;
    let body = call.take_body()?;
    let update = update(body).map_err(|bad| Problem::body(&call, &bad))?;
    let (_, object) = show_written(&call, call.run(UpdateOperation { id, update }).await?);
    Ok(Answer::json(200, "operation", &object))
}

/// What was written, as far as the caller may read it (R019).
fn show_written(call: &Call, written: WrittenOperation) -> (OperationId, Object) {
    match written {
        Written::Shown(view) => (view.operation.id, show(call, &view, false)),
        Written::Hidden(id) => {
            let mut object: Object = [("id", id.to_string())].into_iter().collect();
            object.set("self", link(call, id));
            (id, object)
        }
    }
}

pub(crate) fn show(call: &Call, view: &OperationView, with_external_ids: bool) -> Object {
    let operation = &view.operation;
    let mut properties: Vec<(String, Json)> = Vec::with_capacity(12 + operation.fragments.len());
    let mut put = |name: &str, value: Json| properties.push((name.to_owned(), value));
    put("id", operation.id.to_string().into());
    put("self", link(call, operation.id).into());
    put("deviceId", operation.device.to_string().into());
    if let Some(name) = &view.device_name {
        put("deviceName", name.as_str().into());
    }
    if with_external_ids {
        put("deviceExternalIDs", external_ids(call, view).into());
    }
    if let Some(bulk) = operation.bulk {
        put("bulkOperationId", bulk.to_string().into());
    }
    if let Some(description) = &operation.description {
        put("description", description.as_str().into());
    }
    put("status", operation.status.word().into());
    if let Some(reason) = &operation.failure_reason {
        put("failureReason", reason.as_str().into());
    }
    put("creationTime", operation.created.to_string().into());
    if let Some(expires) = operation.expires {
        put(EXPIRY_TIME, expires.to_string().into());
    }
    put("delivery", delivery(operation).into());
    // Fragments never have the names above: the contract does not take them in.
    let fragments = operation.fragments.iter();
    properties.extend(fragments.map(|(name, value)| (name.to_owned(), value.clone())));
    Object::from_unique(properties)
}

/// Whether it was handed out to its agent; apart from where it stands.
fn delivery(operation: &Operation) -> Object {
    const DELIVERED: &str = "DELIVERED";
    let step = |at: &Timestamp| -> Json {
        let step: Object = [("status", DELIVERED.to_owned()), ("time", at.to_string())]
            .into_iter()
            .collect();
        step.into()
    };
    let last = operation.handed_out.last();
    let status = last.map_or("PENDING", |_| DELIVERED);
    let mut shown: Object = [("status", status)].into_iter().collect();
    shown.set("time", last.unwrap_or(&operation.created).to_string());
    shown.set("log", operation.handed_out.iter().map(step).collect::<Vec<_>>());
    shown
}

fn external_ids(call: &Call, view: &OperationView) -> Object {
    let path = format!("/identity/globalIds/{}/externalIds", view.operation.device);
    let shown = view
        .external_ids
        .iter()
        .map(|id| Json::Object(identity::show(call, id)));
    let mut object: Object = [("self", call.link(&path))].into_iter().collect();
    object.set("externalIds", shown.collect::<Vec<_>>());
    object
}

async fn delete_many(call: &Call) -> Result<Answer, Problem> {
    // The decision comes first, also when the filter can match nothing.
    let nothing = || {
        let filter = OperationFilter {
            created: Between {
                from: None,
                to: Some(Timestamp::MIN),
            },
            ..OperationFilter::default()
        };
        (Targets::default(), filter)
    };
    let (targets, filter) = meant(call)?.unwrap_or_else(nothing);
    let deleted = call.door().delete_operations(call.caller()?, targets, filter);
    deleted.await.map_err(call.refused())?;
    Ok(Answer::nothing(204))
}
