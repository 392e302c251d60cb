//! Schemas of what belongs to no resource: errors, page statistics, entry points.

use super::shape::{Named, Schema, any_object, any_of, count, link, object, own_link, text};
use model::limits::{PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX};

/// The schemas.
pub(super) fn schemas() -> Vec<Named> {
    vec![
        ("Error", error()),
        ("PageStatistics", page_statistics()),
        ("ApiResource", api_resource()),
        ("Health", health()),
    ]
}

fn error() -> Schema {
    object(
        "Why a request was refused.",
        [
            (
                "error",
                text("The area and the kind, with a slash between them: `inventory/Not Found`."),
            ),
            ("message", text("What failed and what to do, for people.")),
            ("info", link("Where to read more.")),
        ],
    )
    .required(&["error", "message"])
}

fn health() -> Schema {
    object(
        "That the platform answers.",
        [("status", text("Always the same.").one_of(&["UP"]))],
    )
    .required(&["status"])
}

fn page_statistics() -> Schema {
    let size = format!("Entries of a page: {PAGE_SIZE_DEFAULT} unless told, {PAGE_SIZE_MAX} at most.");
    object(
        "Where in a list a page is.",
        [
            ("currentPage", count("The number of the page, from 1.")),
            ("pageSize", count(&size)),
            (
                "totalElements",
                count("All entries; only with `withTotalElements=true`."),
            ),
            ("totalPages", count("All pages; only with `withTotalPages=true`.")),
        ],
    )
    .read_only()
    .required(&["currentPage", "pageSize"])
}

/// Entry points differ in their links and are alike in their form.
fn api_resource() -> Schema {
    object(
        "An entry point: links and templates of links by name. A list appears as an object with its own link; \
         `/platform` has one such object for each resource.",
        [own_link()],
    )
    .with_others(any_of(
        "A link, or what has a link of its own.",
        [text("A link, with placeholders in braces."), any_object("An embedded entry point or list.")],
    ))
    .required(&["self"])
}
