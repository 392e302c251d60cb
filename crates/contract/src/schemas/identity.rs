//! Schemas of external ids.

use super::shape::{Named, id, link, list, named, object, own_link, text};
use model::limits::NAME_BYTES_MAX;
use serde_json::json;

/// The schemas.
pub(super) fn schemas() -> Vec<Named> {
    let external_id = object(
        "A name under which a device knows itself, unique in the tenant together with its type.",
        [
            own_link(),
            ("type", text("Its type.").at_least(1).at_most(NAME_BYTES_MAX)),
            (
                "externalId",
                text("The name.").at_least(1).at_most(NAME_BYTES_MAX),
            ),
            (
                "managedObject",
                object(
                    "The object that it names.",
                    [("id", id("Its identifier.")), ("self", link("Where it is read."))],
                )
                .read_only(),
            ),
        ],
    )
    .required(&["type", "externalId"])
    .example(json!({ "type": "c8y_Serial", "externalId": "4711" }));
    let external_ids = object(
        "The external ids of one object.",
        [
            own_link(),
            ("externalIds", list("All of them.", named("ExternalId"))),
        ],
    )
    .required(&["externalIds"]);
    vec![("ExternalId", external_id), ("ExternalIds", external_ids)]
}
