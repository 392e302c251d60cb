//! Schemas of bulk operations.

use super::shape::{Named, Schema, any_object, count, id, number, object, own_link, page, text, time};
use model::bulk_operations::{BulkStatus, GeneralStatus};
use serde_json::json;

/// The schemas.
pub(super) fn schemas() -> Vec<Named> {
    vec![
        ("BulkOperation", bulk_operation()),
        (
            "BulkOperationCollection",
            page("A page of bulk operations.", "bulkOperations", "BulkOperation"),
        ),
    ]
}

fn bulk_operation() -> Schema {
    let statuses: Vec<_> = BulkStatus::ALL.iter().map(|status| status.word()).collect();
    let general: Vec<_> = GeneralStatus::ALL.iter().map(|status| status.word()).collect();
    object(
        "One operation for each device of a group. To plan one, `operationPrototype`, `startDate`, `creationRamp` and \
         one of `groupId` and `failedParentId` must be sent; other properties are kept as they are.",
        [
            ("id", id("Its identifier.").read_only()),
            own_link(),
            ("groupId", id("Ask the devices of this group, static or dynamic.")),
            ("failedParentId", id("Ask those on which this bulk operation has failed.")),
            ("startDate", time("When it begins, with an offset.")),
            ("creationRamp", number("Seconds between the creation of one operation and the next.")),
            ("operationPrototype", any_object("What each device is asked.")),
            (
                "status",
                text("Where the creation of the operations stands.").one_of(&statuses).read_only(),
            ),
            ("generalStatus", text("Where all of it stands.").one_of(&general).read_only()),
            ("progress", progress().read_only()),
        ],
    )
    .with_fragments()
    .example(json!({
        "groupId": "5",
        "startDate": "2026-11-21T07:40:00.000Z",
        "creationRamp": 15,
        "operationPrototype": { "description": "Restart", "c8y_Restart": {} }
    }))
}

fn progress() -> Schema {
    object(
        "How many devices stand where.",
        [
            ("pending", count("Asked, or still to be asked.")),
            ("failed", count("Failed, or not allowed to be asked.")),
            ("executing", count("At it.")),
            ("successful", count("Done.")),
            ("all", count("All of them.")),
        ],
    )
}
