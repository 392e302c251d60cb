//! Schemas of the software that is installed on devices.

use super::shape::{Named, list, named, object, page, text};
use model::limits::SOFTWARE_AT_ONCE_MAX;

/// The schemas.
pub(super) fn schemas() -> Vec<Named> {
    let item = object(
        "A piece of software on a device.",
        [
            ("name", text("Its name.")),
            ("version", text("Its version.")),
            ("softwareType", text("Its type.")),
            ("url", text("Where it comes from.")),
        ],
    );
    vec![
        ("SoftwareItem", item.required(&["name", "version"])),
        (
            "SoftwareItems",
            list("Software of a device.", named("SoftwareItem")).items_at_most(SOFTWARE_AT_ONCE_MAX),
        ),
        (
            "SoftwareCollection",
            page(
                "A page of the software of a device.",
                "softwareList",
                "SoftwareItem",
            ),
        ),
    ]
}
