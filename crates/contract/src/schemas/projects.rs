//! Schemas of projects.

use super::shape::{Named, Schema, count, id, link, number, object, own_link, page, text, time};
use crate::projects::DESCRIPTION_CHARS_MAX;
use model::limits::NAME_BYTES_MAX;
use serde_json::json;

/// The schemas.
pub(super) fn schemas() -> Vec<Named> {
    vec![
        ("Project", project()),
        (
            "ProjectCollection",
            page("A page of projects.", "projects", "Project"),
        ),
        ("ProjectReference", reference()),
        ("ProjectMove", moves()),
    ]
}

fn project() -> Schema {
    object(
        "A sandboxed part of the tenant. It is a managed object too, and whoever has permissions on that one is a \
         member: the permissions reach everything in the project. Roles and permissions for the whole tenant do not, \
         but those of the group `admins`. The name must be given when it is created; on change, what is absent stays \
         and null removes.",
        [
            ("id", id("Its identifier, which is that of its managed object.").read_only()),
            own_link(),
            ("name", text("Its name.").at_most(NAME_BYTES_MAX)),
            ("description", text("What it is for.").at_most(DESCRIPTION_CHARS_MAX).or_null()),
            (
                "maxObjects",
                number("At most so many objects may lie in it; one that holds more keeps them.").or_null(),
            ),
            ("objectCount", count("How many objects lie in it.").read_only()),
            ("owner", text("The name of the user who owns its managed object.").read_only()),
            ("creationTime", time("When it was created.").read_only()),
            ("lastUpdated", time("When it was last changed.").read_only()),
        ],
    )
    .example(json!({ "name": "North", "description": "Pumps of the northern plant", "maxObjects": 500 }))
}

fn reference() -> Schema {
    object(
        "A project.",
        [("id", id("Its identifier.")), ("self", link("Where it is read."))],
    )
}

fn moves() -> Schema {
    object(
        "Where a managed object is moved to.",
        [("project", reference().or_null())],
    )
    .required(&["project"])
    .example(json!({ "project": { "id": "5" } }))
}
