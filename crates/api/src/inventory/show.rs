//! Managed objects in the shape of the API: always with their six containers, empty or not.

use super::link;
use crate::call::Call;
use crate::units;
use engine::inventory::{LatestValues, ObjectView, References};
use model::ids::ObjectId;
use model::inventory::{ChildKind, IS_DEVICE_GROUP, PROJECT};
use model::json::{Json, Object};

/// What shows the latest values.
const LATEST: &str = "c8y_LatestMeasurements";

/// An object as the caller sees it.
pub(crate) fn show_object(call: &Call, view: &ObjectView, with_names: bool) -> Object {
    let object = &view.object;
    let mut shown = Object::new();
    shown.set("id", object.id.to_string());
    shown.set("self", link(call, object.id));
    if let Some(name) = &object.name {
        shown.set("name", name.as_str());
    }
    if let Some(kind) = &object.kind {
        shown.set("type", kind.as_str());
    }
    shown.set("owner", view.owner.as_str());
    shown.set("creationTime", object.created.to_string());
    shown.set("lastUpdated", object.updated.to_string());
    for (kind, references) in ChildKind::ALL.into_iter().zip(&view.children) {
        shown.set(
            kind.container(),
            container(call, object.id, kind.container(), references, with_names),
        );
    }
    for (kind, references) in ChildKind::ALL.into_iter().zip(&view.parents) {
        let name = kind.parent_container();
        shown.set(name, container(call, object.id, name, references, with_names));
    }
    if let Some(project) = object.project {
        let mut reference: Object = [("id", project.to_string())].into_iter().collect();
        reference.set("self", crate::projects::link(call, project));
        shown.set(PROJECT, reference);
    }
    for (name, value) in &view.computed {
        shown.set(*name, value.clone());
    }
    if let Some(latest) = &view.latest {
        shown.set(LATEST, show_latest(call, latest));
    }
    for (name, value) in object.fragments.iter() {
        // Fragments cannot have the names above: the contract does not take them in.
        shown.set(name, value.clone());
    }
    shown
}

/// The latest values by fragment and series, in the system of units that was asked for.
fn show_latest(call: &Call, latest: &LatestValues) -> Json {
    let system = units::wanted(call).ok().flatten();
    let mut fragments = Object::new();
    let mut last: Option<(&str, Object)> = None;
    let mut put = |(name, series): (&str, Object)| {
        fragments.set(name, units::fragment(system, &Json::Object(series)));
    };
    for ((fragment, name), latest) in latest {
        let Ok(value) = latest.value.number() else {
            continue;
        };
        let mut shown: Object = [("value", Json::Number(value))].into_iter().collect();
        if let Some(unit) = &latest.unit {
            shown.set("unit", unit.as_str());
        }
        shown.set("time", latest.time.to_string());
        match &mut last {
            Some((of, series)) if *of == fragment => series.set(name.as_str(), shown),
            _ => {
                let begun: Object = [(name.as_str(), shown)].into_iter().collect();
                last.replace((fragment, begun)).into_iter().for_each(&mut put);
            }
        }
    }
    last.into_iter().for_each(put);
    Json::Object(fragments)
}

fn container(call: &Call, of: ObjectId, name: &str, references: &References, with_names: bool) -> Json {
    let base = format!("{}/{name}", link(call, of));
    let entry = |reference: &engine::inventory::Reference| {
        let mut target: Object = [("id", reference.id.to_string())].into_iter().collect();
        if let (Some(name), true) = (&reference.name, with_names) {
            target.set("name", name.as_str());
        }
        if let Some(kind) = &reference.group {
            if let Some(kind) = kind {
                target.set("type", kind.as_str());
            }
            target.set(IS_DEVICE_GROUP, Object::new());
        }
        target.set("self", link(call, reference.id));
        let mut entry: Object = [("managedObject", target)].into_iter().collect();
        entry.set("self", format!("{base}/{}", reference.id));
        Json::Object(entry)
    };
    let mut container = Object::new();
    container.set("self", base.clone());
    container.set(
        "references",
        references.references.iter().map(entry).collect::<Vec<_>>(),
    );
    if let Some(count) = references.count.filter(|count| *count > 0) {
        container.set("count", count);
    }
    Json::Object(container)
}

/// A reference with its whole object, as lists of children have it.
pub(super) fn reference(
    call: &Call,
    parent: ObjectId,
    kind: ChildKind,
    child: ObjectId,
    object: Object,
) -> Object {
    let mut entry = Object::new();
    entry.set(
        "self",
        format!("{}/{}/{child}", link(call, parent), kind.container()),
    );
    entry.set("managedObject", object);
    entry
}
