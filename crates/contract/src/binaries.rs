//! Endpoints of files in the inventory, and what is said of a file beside its content.

use crate::body::BadBody;
use crate::endpoint::{FILE, FILE_ANSWER, Kind, PAGING, Parameter, answer, endpoints, nothing, parameter};
use crate::inventory::new_object;
use model::files::BINARY_PROPERTIES;
use model::inventory::NewManagedObject;
use model::json::Json;
use policy::operations::binaries as does;

const FILTERS: &[Parameter] = &[
    parameter(
        "childAdditionId",
        Kind::Text,
        "Files that have this object as a child addition.",
    ),
    parameter(
        "childAssetId",
        Kind::Text,
        "Files that have this object as a child asset.",
    ),
    parameter(
        "childDeviceId",
        Kind::Text,
        "Files that have this object as a child device.",
    ),
    parameter("ids", Kind::List, "Only these."),
    parameter("owner", Kind::Text, "Owned by this user."),
    parameter(
        "text",
        Kind::Text,
        "With exactly this text as id, type, name, owner or external id.",
    ),
    parameter("type", Kind::Text, "With exactly this type."),
];

endpoints! {
    List = Get "/inventory/binaries" does does::BinaryList {
        query: &[PAGING, FILTERS],
        answer: answer(200, "managedobjectcollection", "ManagedObjectCollection"),
        errors: &[422],
        about: "List files.",
    }
    Create = Post "/inventory/binaries" does does::BinaryCreate {
        body: FILE,
        answer: answer(201, "managedobject", "ManagedObject"),
        errors: &[400, 403, 413, 422],
        about: "Store a file as a managed object; its creator owns it.",
    }
    Read = Get "/inventory/binaries/{id}" does does::BinaryRead {
        answer: FILE_ANSWER,
        errors: &[403, 404, 416],
        about: "Read the content of a file, or one range of its bytes.",
    }
    Replace = Put "/inventory/binaries/{id}" does does::BinaryUpdate {
        body: FILE,
        answer: answer(201, "managedobject", "ManagedObject"),
        errors: &[400, 403, 404, 413, 422],
        about: "Replace the content of a file.",
    }
    Delete = Delete "/inventory/binaries/{id}" does does::BinaryDelete {
        answer: nothing(204),
        errors: &[403, 404, 409],
        about: "Delete a file with its managed object.",
    }
}

/// What a client says of a new file beside its content: a managed object. What tells of the content, the platform says.
pub fn new_binary(object: Json) -> Result<NewManagedObject, BadBody> {
    let mut new = new_object(object)?;
    for name in BINARY_PROPERTIES {
        let _ = new.fragments.remove(name);
    }
    Ok(new)
}
