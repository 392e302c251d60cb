//! Schemas of managed objects and the edges between them.

use super::shape::{
    Named, Schema, any_object, any_of, count, id, link, list, named, named_as, number, object, own_link,
    page, text, time, truth,
};
use model::limits::{NAME_BYTES_MAX, REFERENCES_MAX, USER_NAME_CHARS_MAX};
use serde_json::json;

/// The schemas.
pub(super) fn schemas() -> Vec<Named> {
    vec![
        ("ManagedObject", managed_object()),
        (
            "ManagedObjectCollection",
            page("A page of managed objects.", "managedObjects", "ManagedObject"),
        ),
        ("ReferencedObject", referenced_object()),
        ("Reference", reference()),
        ("References", references()),
        ("ReferenceCollection", reference_collection()),
        ("ChildBody", child_body()),
        ("ManagedObjectUser", user()),
        ("Supported", supported()),
        ("Availability", last_heard()),
        ("Count", count("How many there are.")),
    ]
}

fn managed_object() -> Schema {
    object(
        "A device, a group, an asset or any other thing. Every property that is not listed is a fragment: any JSON \
         value, given back as it was sent. On change, what is absent stays and null removes; a body that is empty \
         or has nothing but an id is the heartbeat of a device and answered with the id alone.",
        [
            ("id", id("Its identifier.").read_only()),
            own_link(),
            ("name", text("Its name.").at_most(NAME_BYTES_MAX)),
            ("type", text("Its type.").at_most(NAME_BYTES_MAX)),
            (
                "owner",
                text("The name of the user who owns it: the creator, unless a caller who may change every object says \
                      otherwise.")
                .at_most(USER_NAME_CHARS_MAX),
            ),
            ("creationTime", time("When it was created.").read_only()),
            ("lastUpdated", time("When it was last changed.").read_only()),
            ("childDevices", named_as("References", "The devices below it.").read_only()),
            ("childAssets", named_as("References", "The assets below it.").read_only()),
            ("childAdditions", named_as("References", "What else belongs to it.").read_only()),
            ("deviceParents", named_as("References", "Whose child device it is.").read_only()),
            ("assetParents", named_as("References", "Whose child asset it is.").read_only()),
            ("additionParents", named_as("References", "Whose addition it is.").read_only()),
            ("c8y_IsDevice", any_object("There if it is a device.")),
            ("c8y_IsDeviceGroup", any_object("There if it is a group of devices.")),
            ("c8y_Global", any_object("There if every user of the tenant may read it.")),
            (
                "c8y_Project",
                named_as("ProjectReference", "The project that it lies in, if it lies in one.").read_only(),
            ),
            (
                "c8y_RequiredAvailability",
                object(
                    "That it must be heard of.",
                    [(
                        "responseInterval",
                        number("In how many minutes at least once; while it is 0 or less, the object is maintained."),
                    )],
                ),
            ),
            ("c8y_Availability", availability().read_only()),
            ("c8y_Connection", connection().read_only()),
            ("c8y_ActiveAlarmsStatus", open_alarms().read_only()),
            (
                "c8y_LatestMeasurements",
                any_object(
                    "With `withLatestValues=true`: the latest value of each series with its unit and time, by fragment \
                     and series.",
                )
                .read_only(),
            ),
            ("c8y_DeviceTypes", list("What kinds of device it is.", text("A kind."))),
            ("c8y_SupportedOperations", list("The operations that it carries out.", text("A fragment."))),
        ],
    )
    .with_fragments()
    .example(json!({
        "name": "Pump 7",
        "type": "acme_Pump",
        "c8y_IsDevice": {},
        "c8y_Hardware": { "model": "P200", "serialNumber": "4711" }
    }))
}

fn last_heard() -> Schema {
    object(
        "Whether an object is heard of. What is required of it, and whether it keeps to it, is null if nothing is.",
        [
            ("deviceId", id("The object.")),
            ("externalId", text("Its first external id.").or_null()),
            ("lastMessage", time("When it was last heard of.")),
            ("interval", text("How often a message must come, for example `10 minutes`.").or_null()),
            ("dataStatus", text("Whether they come: AVAILABLE, UNAVAILABLE or MAINTENANCE.").or_null()),
            (
                "connectionStatus",
                text("Whether it counts as connected: CONNECTED, DISCONNECTED or MAINTENANCE.").or_null(),
            ),
        ],
    )
    .required(&["deviceId", "lastMessage"])
}

fn availability() -> Schema {
    object(
        "Whether it is heard of as it must be; there if that is asked for.",
        [
            (
                "status",
                text("Its state.").one_of(&["AVAILABLE", "UNAVAILABLE", "MAINTENANCE"]),
            ),
            ("lastMessage", time("When it was last heard of, if it ever was.")),
        ],
    )
}

fn connection() -> Schema {
    let states = ["CONNECTED", "DISCONNECTED", "MAINTENANCE"];
    object(
        "Whether it was heard of within the last minute; there if it must be heard of.",
        [("status", text("Its state.").one_of(&states))],
    )
}

fn open_alarms() -> Schema {
    object(
        "How many alarms about it are not cleared, for those who may read all of them.",
        [
            ("critical", count("Critical ones.")),
            ("major", count("Major ones.")),
            ("minor", count("Minor ones.")),
            ("warning", count("Warnings.")),
        ],
    )
}

fn referenced_object() -> Schema {
    object(
        "The object at the other end of an edge: its id when it is sent; id, name and link inside another object; \
         with all its properties in lists of children.",
        [
            ("id", id("Its identifier.")),
            ("self", link("Where it is read; instead of the id when it is sent, its last segment counts.")),
            ("name", text("Its name; absent with `skipChildrenNames=true`.")),
            ("type", text("Of a group that an object is in, with `withGroups=true`: its type.")),
        ],
    )
    .with_fragments()
}

fn reference() -> Schema {
    object(
        "An edge to another object.",
        [own_link(), ("managedObject", named("ReferencedObject"))],
    )
    .required(&["managedObject"])
    .example(json!({ "managedObject": { "id": "5" } }))
}

fn references() -> Schema {
    object(
        "Edges of one kind.",
        [
            own_link(),
            ("references", list("The edges.", named("Reference"))),
            (
                "count",
                count("How many there are; only with `withChildrenCount=true`, and if there are any."),
            ),
        ],
    )
    .required(&["references"])
}

fn reference_collection() -> Schema {
    let edges = list("The edges of this page.", named("Reference")).items_at_most(REFERENCES_MAX);
    object(
        "A page of edges; when it is sent, the edges alone.",
        [
            own_link(),
            ("next", link("The next page, if this one is full.").read_only()),
            ("prev", link("The page before, if there is one.").read_only()),
            ("references", edges),
            ("statistics", named("PageStatistics")),
        ],
    )
    .required(&["references"])
    .example(
        json!({ "references": [{ "managedObject": { "id": "5" } }, { "managedObject": { "id": "6" } }] }),
    )
}

fn child_body() -> Schema {
    any_of(
        "What becomes a child: one existing object, several, or one that is created here.",
        ["Reference", "ReferenceCollection", "ManagedObject"].map(named),
    )
}

fn user() -> Schema {
    object(
        "The user with which a device signs in.",
        [
            own_link(),
            ("userName", text("Its name.").read_only()),
            ("enabled", truth("Whether it may sign in.")),
        ],
    )
}

fn supported() -> Schema {
    object(
        "What the measurements of an object consist of; each endpoint answers with its own of the two.",
        [
            (
                "c8y_SupportedMeasurements",
                list("The fragments.", text("A fragment.")),
            ),
            (
                "c8y_SupportedSeries",
                list(
                    "The series.",
                    text("Fragment and series, with a dot between them."),
                ),
            ),
        ],
    )
}
