//! Documents as the REST API shows them, without links: what response templates are tried on, and what devices get as JSON.

use engine::inventory::ObjectView;
use model::alarms::Alarm;
use model::events::Event;
use model::ids::ObjectId;
use model::json::{Json, Object};
use model::operations::Operation;

/// The object with this id: a source.
fn reference(id: ObjectId) -> Object {
    [("id", id.to_string())].into_iter().collect()
}

/// Properties first, fragments behind them: these never have the names of those.
fn with(properties: Vec<(&str, Json)>, fragments: &Object) -> Object {
    let fragments = fragments
        .iter()
        .map(|(name, value)| (name.to_owned(), value.clone()));
    let mut shown = Object::new();
    for (name, value) in properties {
        shown.set(name, value);
    }
    for (name, value) in fragments {
        shown.set(name, value);
    }
    shown
}

pub(super) fn object(view: &ObjectView) -> Object {
    let object = &view.object;
    let mut properties = vec![("id", Json::from(object.id.to_string()))];
    if let Some(name) = &object.name {
        properties.push(("name", name.as_str().into()));
    }
    if let Some(kind) = &object.kind {
        properties.push(("type", kind.as_str().into()));
    }
    properties.push(("owner", view.owner.as_str().into()));
    properties.push(("creationTime", object.created.to_string().into()));
    properties.push(("lastUpdated", object.updated.to_string().into()));
    let mut shown = with(properties, &object.fragments);
    for (name, value) in &view.computed {
        shown.set(*name, value.clone());
    }
    shown
}

pub(super) fn event(event: &Event) -> Object {
    let properties = vec![
        ("id", Json::from(event.id.to_string())),
        ("source", reference(event.source).into()),
        ("type", event.kind.as_str().into()),
        ("text", event.text.as_str().into()),
        ("time", event.time.to_string().into()),
        ("creationTime", event.created.to_string().into()),
        ("lastUpdated", event.updated.to_string().into()),
    ];
    with(properties, &event.fragments)
}

pub(super) fn alarm(alarm: &Alarm) -> Object {
    let properties = vec![
        ("id", Json::from(alarm.id.to_string())),
        ("source", reference(alarm.source).into()),
        ("type", alarm.kind.as_str().into()),
        ("text", alarm.text.as_str().into()),
        ("severity", alarm.severity.word().into()),
        ("status", alarm.status.word().into()),
        ("count", alarm.count.into()),
        ("time", alarm.time.to_string().into()),
        ("creationTime", alarm.created.to_string().into()),
        ("lastUpdated", alarm.updated.to_string().into()),
    ];
    with(properties, &alarm.fragments)
}

pub(super) fn operation(operation: &Operation) -> Object {
    let mut properties = vec![
        ("id", Json::from(operation.id.to_string())),
        ("deviceId", operation.device.to_string().into()),
        ("creationTime", operation.created.to_string().into()),
        ("status", operation.status.word().into()),
    ];
    if let Some(bulk) = operation.bulk {
        properties.push(("bulkOperationId", bulk.to_string().into()));
    }
    if let Some(description) = &operation.description {
        properties.push(("description", description.as_str().into()));
    }
    if let Some(reason) = &operation.failure_reason {
        properties.push(("failureReason", reason.as_str().into()));
    }
    properties.push(("delivery", delivery(operation).into()));
    with(properties, &operation.fragments)
}

/// Whether it was handed out to its agent; apart from where it stands.
fn delivery(operation: &Operation) -> Object {
    const DELIVERED: &str = "DELIVERED";
    let step = |at: &model::time::Timestamp| -> Json {
        let step: Object = [("status", DELIVERED.to_owned()), ("time", at.to_string())]
            .into_iter()
            .collect();
        step.into()
    };
    let last = operation.handed_out.last();
    let mut shown = Object::new();
    shown.set("status", last.map_or("PENDING", |_| DELIVERED));
    shown.set("time", last.unwrap_or(&operation.created).to_string());
    shown.set("log", operation.handed_out.iter().map(step).collect::<Vec<_>>());
    shown
}
