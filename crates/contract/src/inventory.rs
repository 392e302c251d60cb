//! Endpoints of managed objects, and what their bodies say.

use crate::body::{BadBody, array, check_fragment_name, id_or_self, label, member, object, parsed};
use crate::endpoint::{Answer, Body, Kind, PAGING, Parameter, answer, endpoints, nothing, parameter};
use model::ids::ObjectId;
use model::inventory::{COMPUTED_PROPERTIES, ManagedObjectUpdate, NewManagedObject, STANDARD_PROPERTIES};
use model::json::{Json, Object};
use model::limits::{BODY_BYTES_MAX, REFERENCES_MAX};
use model::names::UserName;
use policy::operations::{inventory as does, measurements as data_does, users as user_does};

const SHOW: &[Parameter] = &[
    parameter(
        "skipChildrenNames",
        Kind::Bool,
        "Leave the names of children out.",
    ),
    parameter(
        "withChildren",
        Kind::Bool,
        "Whether children are listed: true unless told.",
    ),
    parameter("withChildrenCount", Kind::Bool, "Whether children are counted."),
    parameter("withParents", Kind::Bool, "Whether parents are listed."),
];
const MORE: &[Parameter] = &[
    parameter(
        "withGroups",
        Kind::Bool,
        "Whether the groups that an object is in are listed among its asset parents, with their types.",
    ),
    parameter(
        "withLatestValues",
        Kind::Bool,
        "Whether the latest value of each series is shown, as far as the caller may read the measurements.",
    ),
];
const FILTERS: &[Parameter] = &[
    parameter(
        "childAdditionId",
        Kind::Text,
        "Objects that have this one as a child addition.",
    ),
    parameter(
        "childAssetId",
        Kind::Text,
        "Objects that have this one as a child asset.",
    ),
    parameter(
        "childDeviceId",
        Kind::Text,
        "Objects that have this one as a child device.",
    ),
    parameter("fragmentType", Kind::Text, "With this fragment."),
    parameter("ids", Kind::List, "Only these."),
    parameter("owner", Kind::Text, "Owned by this user."),
    parameter("project", Kind::Text, "Lying in this project."),
    parameter(
        "text",
        Kind::Text,
        "With exactly this text as id, type, name, owner or external id.",
    ),
    parameter("type", Kind::Text, "With exactly this type."),
];
const SEARCH: &[Parameter] = &[
    parameter(
        "onlyRoots",
        Kind::Bool,
        "Without a parent that the caller can see.",
    ),
    parameter(
        "q",
        Kind::Text,
        "A query over devices; the other filters are ignored. As in `query`.",
    ),
    parameter(
        "query",
        Kind::Text,
        "A query; the other filters are ignored. Comparisons tell upper and lower case apart; beside the published \
         functions, `contains(name,'pump')` finds a part of a text whatever its case, four times at most in a query.",
    ),
];
const QUERY: &[Parameter] = &[parameter("query", Kind::Text, "A query.")];
const DELETION: &[Parameter] = &[
    parameter("cascade", Kind::Bool, "With everything below a device or group."),
    parameter("forceCascade", Kind::Bool, "With everything below anything."),
    parameter("withDeviceUser", Kind::Bool, "With the user of the device."),
];
const OBJECT_BODY: Body = Body {
    media: &["managedobject"],
    schema: "ManagedObject",
    bytes_max: BODY_BYTES_MAX,
};
const CHILD_BODY: Body = Body {
    media: &[
        "managedobjectreference",
        "managedobjectreferencecollection",
        "managedobject",
    ],
    schema: "ChildBody",
    bytes_max: BODY_BYTES_MAX,
};
const REFERENCES_BODY: Body = Body {
    media: &["managedobjectreferencecollection"],
    schema: "ReferenceCollection",
    bytes_max: BODY_BYTES_MAX,
};
const PLAIN_SERIES: Answer = Answer {
    status: 200,
    media: Some("application/json"),
    schema: Some("Supported"),
};
const COUNT: Answer = Answer {
    status: 200,
    media: Some("application/json"),
    schema: Some("Count"),
};

endpoints! {
    List = Get "/inventory/managedObjects" does does::InventoryList {
        query: &[PAGING, FILTERS, SEARCH, SHOW, MORE],
        answer: answer(200, "managedobjectcollection", "ManagedObjectCollection"),
        errors: &[422],
        about: "List, filter and search managed objects.",
    }
    Create = Post "/inventory/managedObjects" does does::InventoryCreate {
        body: OBJECT_BODY,
        answer: answer(201, "managedobject", "ManagedObject"),
        errors: &[400, 403, 413, 422],
        about: "Create a managed object; its creator owns it.",
    }
    Count = Get "/inventory/managedObjects/count" does does::InventoryList {
        query: &[FILTERS, SEARCH],
        answer: COUNT,
        errors: &[422],
        about: "Count managed objects, exactly.",
    }
    Read = Get "/inventory/managedObjects/{id}" does does::InventoryRead {
        query: &[SHOW, MORE],
        answer: answer(200, "managedobject", "ManagedObject"),
        errors: &[403, 404, 422],
        about: "Read a managed object.",
    }
    Update = Put "/inventory/managedObjects/{id}" does does::InventoryUpdate {
        body: OBJECT_BODY,
        answer: answer(200, "managedobject", "ManagedObject"),
        errors: &[400, 403, 404, 412, 413, 422],
        about: "Change properties of a managed object; null removes one.",
    }
    Delete = Delete "/inventory/managedObjects/{id}" does does::InventoryDelete {
        query: &[DELETION],
        answer: nothing(204),
        errors: &[403, 404, 409, 412, 422],
        about: "Delete a managed object with its data.",
    }
    SupportedMeasurements = Get "/inventory/managedObjects/{id}/supportedMeasurements" does data_does::MeasurementNames {
        answer: PLAIN_SERIES,
        errors: &[403, 404],
        about: "The fragments of an object's measurements.",
    }
    LastMessage = Get "/inventory/managedObjects/{id}/availability" does does::InventoryRead {
        answer: Answer { status: 200, media: Some("application/json"), schema: Some("Availability") },
        errors: &[403, 404],
        about: "When an object was last heard of, by itself as text unless plain JSON is accepted; 404 if it never was.",
    }
    Kpis = Get "/inventory/managedObjects/{id}/kpis" does does::InventoryRead {
        query: &[PAGING],
        answer: answer(200, "managedobjectcollection", "ManagedObjectCollection"),
        errors: &[403, 404, 422],
        about: "List the objects with `c8y_Kpi` that are about a series of the object.",
    }
    SupportedSeries = Get "/inventory/managedObjects/{id}/supportedSeries" does data_does::MeasurementNames {
        answer: PLAIN_SERIES,
        errors: &[403, 404],
        about: "The series of an object's measurements.",
    }
    ReadDeviceUser = Get "/inventory/managedObjects/{id}/user" does user_does::DeviceUserRead {
        answer: answer(200, "managedobjectuser", "ManagedObjectUser"),
        errors: &[403, 404],
        about: "Read the user of a device.",
    }
    UpdateDeviceUser = Put "/inventory/managedObjects/{id}/user" does user_does::DeviceUserUpdate {
        body: Body { media: &["managedobjectuser"], schema: "ManagedObjectUser", bytes_max: BODY_BYTES_MAX },
        answer: answer(200, "managedobjectuser", "ManagedObjectUser"),
        errors: &[400, 403, 404, 413, 422],
        about: "Enable or disable the user of a device.",
    }
    ListChildDevices = Get "/inventory/managedObjects/{id}/childDevices" does does::InventoryRead {
        query: &[PAGING, QUERY, SHOW],
        answer: answer(200, "managedobjectreferencecollection", "ReferenceCollection"),
        errors: &[403, 404, 422],
        about: "List the child devices of an object.",
    }
    AddChildDevices = Post "/inventory/managedObjects/{id}/childDevices" does does::ChildLink {
        body: CHILD_BODY,
        answer: answer(201, "managedobjectreference", "Reference"),
        errors: &[400, 403, 404, 413, 422],
        about: "Add child devices: existing ones, several, or one to be created.",
    }
    RemoveChildDevices = Delete "/inventory/managedObjects/{id}/childDevices" does does::ChildUnlink {
        body: REFERENCES_BODY,
        answer: nothing(204),
        errors: &[400, 403, 404, 413, 422],
        about: "Remove several child devices from an object; they are not deleted.",
    }
    ReadChildDevice = Get "/inventory/managedObjects/{id}/childDevices/{childId}" does does::InventoryRead {
        answer: answer(200, "managedobjectreference", "Reference"),
        errors: &[403, 404, 422],
        about: "Read a child device.",
    }
    RemoveChildDevice = Delete "/inventory/managedObjects/{id}/childDevices/{childId}" does does::ChildUnlink {
        answer: nothing(204),
        errors: &[403, 404, 422],
        about: "Remove a child device from an object; it is not deleted.",
    }
    ListChildAssets = Get "/inventory/managedObjects/{id}/childAssets" does does::InventoryRead {
        query: &[PAGING, QUERY, SHOW],
        answer: answer(200, "managedobjectreferencecollection", "ReferenceCollection"),
        errors: &[403, 404, 422],
        about: "List the child assets of an object.",
    }
    AddChildAssets = Post "/inventory/managedObjects/{id}/childAssets" does does::ChildLink {
        body: CHILD_BODY,
        answer: answer(201, "managedobjectreference", "Reference"),
        errors: &[400, 403, 404, 413, 422],
        about: "Add child assets: existing ones, several, or one to be created.",
    }
    RemoveChildAssets = Delete "/inventory/managedObjects/{id}/childAssets" does does::ChildUnlink {
        body: REFERENCES_BODY,
        answer: nothing(204),
        errors: &[400, 403, 404, 413, 422],
        about: "Remove several child assets from an object; they are not deleted.",
    }
    ReadChildAsset = Get "/inventory/managedObjects/{id}/childAssets/{childId}" does does::InventoryRead {
        answer: answer(200, "managedobjectreference", "Reference"),
        errors: &[403, 404, 422],
        about: "Read a child asset.",
    }
    RemoveChildAsset = Delete "/inventory/managedObjects/{id}/childAssets/{childId}" does does::ChildUnlink {
        answer: nothing(204),
        errors: &[403, 404, 422],
        about: "Remove a child asset from an object; it is not deleted.",
    }
    ListChildAdditions = Get "/inventory/managedObjects/{id}/childAdditions" does does::InventoryRead {
        query: &[PAGING, QUERY, SHOW],
        answer: answer(200, "managedobjectreferencecollection", "ReferenceCollection"),
        errors: &[403, 404, 422],
        about: "List the child additions of an object.",
    }
    AddChildAdditions = Post "/inventory/managedObjects/{id}/childAdditions" does does::ChildLink {
        body: CHILD_BODY,
        answer: answer(201, "managedobjectreference", "Reference"),
        errors: &[400, 403, 404, 413, 422],
        about: "Add child additions: existing ones, several, or one to be created.",
    }
    RemoveChildAdditions = Delete "/inventory/managedObjects/{id}/childAdditions" does does::ChildUnlink {
        body: REFERENCES_BODY,
        answer: nothing(204),
        errors: &[400, 403, 404, 413, 422],
        about: "Remove several child additions from an object; they are not deleted.",
    }
    ReadChildAddition = Get "/inventory/managedObjects/{id}/childAdditions/{childId}" does does::InventoryRead {
        answer: answer(200, "managedobjectreference", "Reference"),
        errors: &[403, 404, 422],
        about: "Read a child addition.",
    }
    RemoveChildAddition = Delete "/inventory/managedObjects/{id}/childAdditions/{childId}" does does::ChildUnlink {
        answer: nothing(204),
        errors: &[403, 404, 422],
        about: "Remove a child addition from an object; it is not deleted.",
    }
}

/// Properties of a body that are the platform's own: read by name or ignored, never stored as fragments.
fn is_own(name: &str) -> bool {
    STANDARD_PROPERTIES.contains(&name) || COMPUTED_PROPERTIES.contains(&name)
}

/// A managed object as a client sends it. What the platform sets itself (`id`, `self`, times, children) is ignored.
pub fn new_object(body: Json) -> Result<NewManagedObject, BadBody> {
    let body = object(body)?;
    let mut new = NewManagedObject {
        name: label(&body, "name")?,
        kind: label(&body, "type")?,
        owner: parsed::<UserName>(&body, "owner", "not a user name")?,
        fragments: Object::new(),
    };
    let mut fragments = Vec::new();
    for (name, value) in body {
        if !is_own(&name) && value != Json::Null {
            check_fragment_name(&name)?;
            fragments.push((name, value));
        }
    }
    new.fragments = Object::from_unique(fragments);
    Ok(new)
}

/// A partial update of a managed object. An empty one, or one with nothing but an id, is a heartbeat.
pub fn update(body: Json) -> Result<ManagedObjectUpdate, BadBody> {
    let body = object(body)?;
    let removes = |name: &str| body.get(name) == Some(&Json::Null);
    let mut update = ManagedObjectUpdate {
        name: if removes("name") {
            Some(None)
        } else {
            label(&body, "name")?.map(Some)
        },
        kind: if removes("type") {
            Some(None)
        } else {
            label(&body, "type")?.map(Some)
        },
        owner: parsed::<UserName>(&body, "owner", "not a user name")?,
        fragments: Vec::new(),
    };
    for (name, value) in body {
        if !is_own(&name) {
            check_fragment_name(&name)?;
            update.fragments.push((name, value));
        }
    }
    Ok(update)
}

/// What a client adds as children.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewChildren {
    /// One existing object.
    One(ObjectId),
    /// Several existing objects.
    Many(Vec<ObjectId>),
    /// One that is created here.
    Created(NewManagedObject),
}

/// Children from a body: its shape tells which of the three it is, so that plain `application/json` works too.
pub fn new_children(body: Json, media: Option<&str>) -> Result<NewChildren, BadBody> {
    let body = object(body)?;
    if media == Some("managedobject") {
        return new_object(Json::Object(body)).map(NewChildren::Created);
    }
    if let Some(references) = references(&body)? {
        return Ok(NewChildren::Many(references));
    }
    if let Some(child) = member(&body, "managedObject")? {
        return id_or_self(child, "managedObject").map(NewChildren::One);
    }
    // A reference without its object is a mistake, not an object that happens to have such a fragment.
    if media.is_some() || body.contains("managedObject") || body.contains("references") {
        return Err(BadBody::Missing(vec!["managedObject"]));
    }
    new_object(Json::Object(body)).map(NewChildren::Created)
}

/// The references of a body with several.
pub fn references(body: &Object) -> Result<Option<Vec<ObjectId>>, BadBody> {
    let Some(references) = array(body, "references", REFERENCES_MAX)? else {
        return Ok(None);
    };
    let one = |reference: &Json| {
        let child = reference
            .as_object()
            .map(|reference| member(reference, "managedObject"));
        match child {
            Some(Ok(Some(child))) => id_or_self(child, "managedObject"),
            Some(Err(bad)) => Err(bad),
            _ => Err(BadBody::Missing(vec!["managedObject"])),
        }
    };
    references.iter().map(one).collect::<Result<_, _>>().map(Some)
}
