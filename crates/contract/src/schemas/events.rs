//! Schemas of events and of files.

use super::shape::{Named, Schema, any_object, count, id, link, object, own_link, page, text, time};
use model::limits::{FILE_NAME_CHARS_MAX, NAME_BYTES_MAX};
use serde_json::json;

/// The schemas.
pub(super) fn schemas() -> Vec<Named> {
    vec![
        ("Event", event()),
        ("EventCollection", page("A page of events.", "events", "Event")),
        ("EventBinary", event_binary()),
        ("FileForm", file_form()),
    ]
}

fn event() -> Schema {
    object(
        "What happened at a source at one time. Every property that is not listed is a fragment.",
        [
            ("id", id("Its identifier.").read_only()),
            own_link(),
            (
                "source",
                object(
                    "The managed object that it is about, by its id.",
                    [("id", id("Its identifier.")), ("self", link("Where it is read."))],
                ),
            ),
            ("time", time("When it happened, with an offset.")),
            ("type", text("Its type.").at_most(NAME_BYTES_MAX)),
            ("text", text("What happened, in words.")),
            ("creationTime", time("When it was stored.").read_only()),
            ("lastUpdated", time("When it was last changed.").read_only()),
            (
                "c8y_IsBinary",
                object(
                    "The file that is attached to it.",
                    [
                        ("name", text("Its name.")),
                        ("length", count("Its length in bytes.")),
                        ("type", text("Its media type.")),
                    ],
                )
                .read_only(),
            ),
        ],
    )
    .with_fragments()
    .example(json!({
        "source": { "id": "5" },
        "time": "2026-11-21T07:40:22.219Z",
        "type": "c8y_DoorEvent",
        "text": "The door was opened",
        "c8y_Door": { "number": 3 }
    }))
}

fn event_binary() -> Schema {
    object(
        "The file that is attached to an event.",
        [
            ("name", text("Its name.").at_most(FILE_NAME_CHARS_MAX)),
            ("type", text("Its media type.")),
            ("source", id("The event.").read_only()),
            own_link(),
        ],
    )
}

fn file_form() -> Schema {
    object(
        "A file with what is said of it.",
        [
            (
                "object",
                any_object(
                    "What is said of the file, as JSON: its `name` and `type`; for a file of the inventory, the properties \
                     of its managed object.",
                ),
            ),
            ("file", text("The file.").with_binary_content()),
        ],
    )
    .required(&["file"])
}
