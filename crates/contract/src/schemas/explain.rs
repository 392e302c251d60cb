//! Schemas of explanations: effective permissions, holders, previews and refusals.

use super::shape::{
    Named, Schema, any_of, count, id, link, list, named, named_as, object, own_link, page, text, time, truth,
};
use serde_json::json;

/// The schemas.
pub(super) fn schemas() -> Vec<Named> {
    vec![
        ("EffectivePermissions", effective()),
        ("PermittedAction", action()),
        ("PermissionReason", reason()),
        ("PermissionRemedy", remedy()),
        ("HeldRole", held_role()),
        ("HeldRule", held_rule()),
        ("ExplainedGroup", group()),
        ("ExplainedObject", managed_object()),
        ("PermissionHolders", holders()),
        ("PermissionPreviewRequest", preview_request()),
        ("PermissionPreview", preview()),
        ("PermissionChange", change()),
        ("PermissionEffect", effect()),
        (
            "RefusalCollection",
            page("A page of refusals.", "refusals", "RefusalSummary"),
        ),
        ("RefusalSummary", refusal()),
    ]
}

fn effective() -> Schema {
    object(
        "What somebody can do. With an object: `managedObject` and `actions`. Without: `roles` and a page of `rules`.",
        [
            own_link(),
            ("managedObject", named("ExplainedObject")),
            (
                "actions",
                list(
                    "Everything that can be done to the object and its data.",
                    named("PermittedAction"),
                ),
            ),
            ("roles", list("The roles held.", named("HeldRole"))),
            (
                "rules",
                list(
                    "The permissions held on objects and fragments.",
                    named("HeldRule"),
                ),
            ),
            ("next", link("The next page of rules, if this one is full.")),
            ("prev", link("The page of rules before, if there is one.")),
            ("statistics", named("PageStatistics")),
        ],
    )
}

fn action() -> Schema {
    object(
        "An action, and whether and why it is allowed.",
        [
            ("action", text("What: read, update, store and so on.")),
            (
                "operation",
                text("The operation as this document names it, where there is one."),
            ),
            ("scope", text("The kind of data.")),
            ("permission", text("The level.").one_of(&["READ", "ADMIN"])),
            ("allowed", truth("Whether it is allowed.")),
            ("fragments", fragments()),
            (
                "because",
                list(
                    "What it rests on, in the order of the decision.",
                    named("PermissionReason"),
                ),
            ),
            (
                "notEnough",
                list(
                    "Permissions that reach the object and are not enough.",
                    named("HeldRule"),
                ),
            ),
            (
                "wouldGrant",
                named_as("PermissionRemedy", "What would allow it, or the rest of it."),
            ),
        ],
    )
    .required(&["action", "scope", "permission", "allowed", "fragments", "because"])
}

fn fragments() -> Schema {
    let names = list(
        "These fragments and no others; none if it is refused.",
        text("A fragment."),
    );
    any_of(
        "For which fragments it is allowed.",
        [text("Every one.").one_of(&["*"]), names],
    )
}

fn reason() -> Schema {
    object(
        "One thing on which a permission rests.",
        [
            (
                "type",
                text("Which clause.").one_of(&[
                    "role",
                    "owner",
                    "ownerAbove",
                    "permission",
                    "c8y_Global",
                    "lent",
                ]),
            ),
            ("role", named_as("HeldRole", "With `role`.")),
            ("rule", named_as("HeldRule", "With `permission`.")),
            (
                "managedObject",
                named_as(
                    "ExplainedObject",
                    "With `ownerAbove`: the object above that is owned.",
                ),
            ),
            (
                "operationId",
                text("With `lent`: the open operation that names the object for the device to fetch."),
            ),
        ],
    )
    .required(&["type"])
}

fn remedy() -> Schema {
    object(
        "What would allow it: any one of these by itself.",
        [
            ("anyRole", list("One of these roles.", text("A role."))),
            ("rules", list("All of these rules.", text("A rule in one line."))),
            ("ownership", truth("To own the object.")),
            ("c8y_Global", truth("The fragment c8y_Global on the object.")),
        ],
    )
}

fn held_role() -> Schema {
    object(
        "A role, and from where.",
        [
            ("name", text("The role.")),
            ("directly", truth("Whether it was given to the user itself.")),
            (
                "groups",
                list("The groups that give it.", named("ExplainedGroup")),
            ),
            ("ownOnly", truth("Whether it reaches only what its holder owns.")),
        ],
    )
    .required(&["name", "directly", "groups"])
}

fn held_rule() -> Schema {
    object(
        "A permission, and from where.",
        [
            (
                "rule",
                text("In one line; not there if the caller cannot know of the object."),
            ),
            (
                "permission",
                text("Without the object: `MEASUREMENT:c8y_TemperatureMeasurement:READ`."),
            ),
            (
                "managedObject",
                named_as("ExplainedObject", "The object on which it was given."),
            ),
            (
                "inherited",
                truth("Whether it was given on another object, above the one asked about."),
            ),
            (
                "group",
                named_as(
                    "ExplainedGroup",
                    "The group that it was given to; else the user itself.",
                ),
            ),
            (
                "inventoryRole",
                object(
                    "The inventory role that it is part of.",
                    [
                        ("id", count("The inventory role.")),
                        ("name", text("Its name, for those who may read roles.")),
                        ("assignment", count("Its assignment.")),
                    ],
                ),
            ),
        ],
    )
    .required(&["permission"])
}

fn group() -> Schema {
    object(
        "A group.",
        [
            ("id", count("The group.")),
            ("name", text("Its name, for those who may read groups.")),
        ],
    )
    .required(&["id"])
}

fn managed_object() -> Schema {
    object(
        "An object.",
        [
            ("id", id("The managed object.")),
            ("name", text("Its name, if the caller may read it.")),
        ],
    )
    .required(&["id"])
}

fn holders() -> Schema {
    let because = || list("Why.", named("PermissionReason"));
    let holder = |name: &'static str, of: Schema| {
        object(
            "One who can.",
            [
                (name, of),
                ("enabled", truth("Of a user: whether it can sign in.")),
                ("because", because()),
                ("fragments", fragments()),
            ],
        )
    };
    object(
        "Who can do something to an object.",
        [
            own_link(),
            ("owner", text("Whom the object belongs to.")),
            (
                "anyRole",
                list("The roles that allow it on every object.", text("A role.")),
            ),
            (
                "everybody",
                truth("Whether c8y_Global allows it to everybody; who is listed has another reason too."),
            ),
            (
                "groups",
                list(
                    "Groups whose members can, whatever else they hold.",
                    holder("group", named("ExplainedGroup")),
                ),
            ),
            (
                "users",
                list("Users who can.", holder("user", text("The user's name."))),
            ),
            ("next", link("The next page of users, if this one is full.")),
            ("prev", link("The page of users before, if there is one.")),
            ("statistics", named("PageStatistics")),
        ],
    )
}

fn preview_request() -> Schema {
    let rules = |about: &str| list(about, text("A rule in one line.")).items_at_most(200);
    object(
        "Rules to be looked at before they are stored.",
        [
            (
                "subject",
                object(
                    "Whose: one of the two.",
                    [
                        ("user", text("A user's name.")),
                        ("group", count("The id of a group.")),
                    ],
                ),
            ),
            ("rules", rules("Given.")),
            ("remove", rules("Taken away.")),
        ],
    )
    .required(&["subject"])
    .example(json!({
        "subject": { "user": "jane@example.org" },
        "rules": ["10200, MEASUREMENT, c8y_TemperatureMeasurement, READ"]
    }))
}

fn preview() -> Schema {
    let rules = |about: &str| list(about, text("A rule in one line."));
    object(
        "What rules would change. Of rules on every object, and of rules that the caller may not pass on, those objects count that the caller may read.",
        [
            (
                "changes",
                list(
                    "The effects, by kind of data and level.",
                    named("PermissionChange"),
                ),
            ),
            ("notYours", rules("Rules that the caller may not give or take.")),
            (
                "notHeld",
                rules("Rules to be taken away that were not given one by one."),
            ),
        ],
    )
    .required(&["changes", "notYours", "notHeld"])
}

fn change() -> Schema {
    object(
        "The effect on one kind of data and one level.",
        [
            ("scope", text("The kind of data.")),
            ("permission", text("The level.").one_of(&["READ", "ADMIN"])),
            (
                "gained",
                named_as(
                    "PermissionEffect",
                    "Where it would be allowed, or for more fragments.",
                ),
            ),
            (
                "lost",
                named_as(
                    "PermissionEffect",
                    "Where it would be refused, or for fewer fragments.",
                ),
            ),
        ],
    )
    .required(&["scope", "permission", "gained", "lost"])
}

fn effect() -> Schema {
    object(
        "Objects.",
        [
            ("objects", count("How many.")),
            (
                "inherited",
                count("How many of them by inheritance: no rule names them."),
            ),
            (
                "managedObjects",
                list(
                    "The first of them that the caller may read.",
                    named("ExplainedObject"),
                ),
            ),
        ],
    )
    .required(&["objects", "inherited", "managedObjects"])
}

fn refusal() -> Schema {
    let explained = object(
        "An object on which it happened.",
        [
            ("id", id("The managed object.")),
            ("explain", link("Where the user's rights on it are explained.")),
        ],
    );
    object(
        "Refusals of one user, operation and kind of target.",
        [
            ("user", text("Who was refused.")),
            ("operation", text("Which operation, as this document names it.")),
            ("target", text("What it was aimed at: `object`, `tenant`, or `any` if it was refused before that was said.")),
            ("count", count("How often.")),
            ("firstTime", time("The first time.")),
            ("lastTime", time("The last time.")),
            ("managedObjects", list("Objects on which it happened, some of them if there are many.", explained)),
        ],
    )
    .required(&["user", "operation", "target", "count", "firstTime", "lastTime"])
}
