//! Schemas of operations.

use super::shape::{Named, Schema, id, link, list, named, object, own_link, page, text, time};
use model::operations::{EXPIRY_TIME, OperationStatus};
use serde_json::json;

/// The schemas.
pub(super) fn schemas() -> Vec<Named> {
    vec![
        ("Operation", operation()),
        (
            "OperationCollection",
            page("A page of operations.", "operations", "Operation"),
        ),
    ]
}

fn operation() -> Schema {
    let words: Vec<_> = OperationStatus::ALL.iter().map(|status| status.word()).collect();
    object(
        "What a device is asked to do, and what became of it. Every property that is not listed is a fragment. To \
         create one `deviceId` must be sent, to change one `status`.",
        [
            ("id", id("Its identifier, below 2^32.").read_only()),
            own_link(),
            ("deviceId", id("The device that is asked.")),
            ("deviceName", text("The name of the device, if the caller may see it.").read_only()),
            ("deviceExternalIDs", external_ids().read_only()),
            ("bulkOperationId", id("The bulk operation that it belongs to.").read_only()),
            ("description", text("What is asked, in words.")),
            (
                "status",
                text("Where it stands. PENDING becomes EXECUTING, and that SUCCESSFUL or FAILED, for good.").one_of(&words),
            ),
            ("failureReason", text("Why it failed, as the device says.")),
            ("creationTime", time("When it was created.").read_only()),
            (
                EXPIRY_TIME,
                time("Until when it may wait; then it is FAILED, `expired`. Given at its creation, or by the option of the tenant."),
            ),
            ("delivery", delivery().read_only()),
        ],
    )
    .with_fragments()
    .example(json!({ "deviceId": "5", "description": "Restart", "c8y_Restart": {} }))
}

fn delivery() -> Schema {
    let status = || text("PENDING, or DELIVERED once it was handed out.").one_of(&["PENDING", "DELIVERED"]);
    let step = object(
        "One time of handing out.",
        [("status", status()), ("time", time("When."))],
    );
    object(
        "Whether it was handed out to its agent. It says nothing about what became of it.",
        [
            ("status", status()),
            ("time", time("Since when.")),
            ("log", list("The first time, and the latest ones.", step)),
        ],
    )
}

fn external_ids() -> Schema {
    object(
        "The external ids of the device, as far as the caller may see them; only in lists that name an agent.",
        [
            ("self", link("Where they are read.")),
            ("externalIds", list("The external ids.", named("ExternalId"))),
        ],
    )
}
