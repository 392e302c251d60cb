//! Schemas of inventory roles and of permissions on objects and fragments.

use super::shape::{Named, Schema, any_object, count, list, named, object, own_link, page, text};
use model::limits::{
    ASSIGNMENT_ROLES_MAX, INVENTORY_ROLE_PERMISSIONS_MAX, NAME_BYTES_MAX, PERMISSIONS_ON_OBJECT_MAX,
};
use model::permissions::Scope;
use serde_json::json;

/// The schemas.
pub(super) fn schemas() -> Vec<Named> {
    vec![
        ("InventoryRole", role()),
        (
            "InventoryRoleCollection",
            page("A page of inventory roles.", "roles", "InventoryRole"),
        ),
        ("InventoryAssignment", assignment()),
        ("InventoryAssignmentCollection", assignments()),
        ("DevicePermissions", device_permissions()),
        ("DevicePermissionOwners", owners()),
        ("UpdatedDevicePermissions", owners_change()),
        ("PermissionRules", rules()),
    ]
}

fn scope() -> Schema {
    let mut words: Vec<_> = Scope::ALL.into_iter().map(Scope::name).collect();
    words.push("*");
    text("The kind of data; `*` for every kind.").one_of(&words)
}

fn level() -> Schema {
    text("READ, ADMIN (which does not include READ) or `*` for both; CHANGE and ALL are understood as ADMIN and `*`.")
        .one_of(&["READ", "ADMIN", "*", "CHANGE", "ALL"])
}

fn fragment() -> Schema {
    text("The exact name of a fragment; `*` for every fragment, and for data without any.").at_least(1)
}

fn role() -> Schema {
    let permission = object(
        "A permission.",
        [
            ("id", count("Its place, from 1.").read_only()),
            ("scope", scope()),
            ("type", fragment()),
            ("permission", level()),
        ],
    )
    .required(&["scope", "type", "permission"]);
    object(
        "A named set of permissions, to be assigned on objects. Name and permissions must be given when it is created.",
        [
            ("id", count("Its identifier.").read_only()),
            own_link(),
            ("name", text("Its name, unique in the tenant.").at_least(1).at_most(254)),
            ("description", text("What it is for.").at_most(NAME_BYTES_MAX)),
            (
                "permissions",
                list("What it allows.", permission).items_at_most(INVENTORY_ROLE_PERMISSIONS_MAX),
            ),
        ],
    )
    .example(json!({
        "name": "Restart pumps",
        "permissions": [{ "scope": "OPERATION", "type": "c8y_Restart", "permission": "ADMIN" }],
    }))
}

fn assignment() -> Schema {
    let roles = list(
        "The roles; where they are given, the id or name of each is enough.",
        named("InventoryRole"),
    );
    object(
        "Inventory roles on an object and everything below it by child devices and assets.",
        [
            ("id", count("Its identifier.").read_only()),
            own_link(),
            ("managedObject", text("The object's id, or `*` for every object.")),
            ("roles", roles.items_at_most(ASSIGNMENT_ROLES_MAX)),
        ],
    )
    .example(json!({ "managedObject": "10200", "roles": [{ "id": 1004 }] }))
}

fn assignments() -> Schema {
    object(
        "The assignments of a user or group.",
        [
            own_link(),
            (
                "inventoryAssignments",
                list("The assignments.", named("InventoryAssignment")),
            ),
        ],
    )
    .required(&["inventoryAssignments"])
}

fn device_permissions() -> Schema {
    let each = list("Permissions: `SCOPE:fragment:PERMISSION`.", text("A permission."));
    any_object(
        "Permissions given one by one, by the object's id or `*` for every object. Where it is sent with a user or group, \
         it replaces all of them.",
    )
    .with_others(each.items_at_most(PERMISSIONS_ON_OBJECT_MAX))
    .example(json!({ "10200": ["MEASUREMENT:c8y_TemperatureMeasurement:READ"] }))
}

fn owners() -> Schema {
    object(
        "Who was given permissions on an object one by one, with these permissions and no others.",
        [
            ("users", list("Users.", named("User"))),
            ("groups", list("Groups.", named("Group"))),
        ],
    )
}

fn owners_change() -> Schema {
    let user = object(
        "A user.",
        [
            ("userName", text("Its name.")),
            ("devicePermissions", named("DevicePermissions")),
        ],
    );
    let group = object(
        "A group.",
        [
            ("id", text("Its id, as a string or a number.")),
            ("devicePermissions", named("DevicePermissions")),
        ],
    );
    object(
        "Who is to hold what on the object; an empty list takes everything away.",
        [
            ("users", list("Users.", user.required(&["devicePermissions"]))),
            ("groups", list("Groups.", group.required(&["devicePermissions"]))),
        ],
    )
    .example(json!({
        "users": [{ "userName": "jane", "devicePermissions": { "10200": ["MEASUREMENT:*:READ"] } }]
    }))
}

fn rules() -> Schema {
    let rule = object(
        "A permission on an object and everything below it.",
        [
            ("object", text("The object's id, or `*` for every object.")),
            ("scope", scope()),
            ("fragment", fragment()),
            ("permission", level()),
            (
                "text",
                text(
                    "All of it in one line: `10200, MEASUREMENT, c8y_TemperatureMeasurement, READ`. Read only if nothing else is given.",
                ),
            ),
        ],
    );
    let warning = object(
        "A fragment that is not known, and one that looks like it.",
        [
            ("fragment", text("As it was written, and as it counts.")),
            ("didYouMean", text("What may have been meant.")),
            ("message", text("The same in words.")),
        ],
    );
    object(
        "Permissions that were given one by one, as rules.",
        [
            own_link(),
            ("rules", list("The rules.", rule)),
            (
                "warnings",
                list("Fragments that may have been mistyped.", warning).read_only(),
            ),
        ],
    )
    .required(&["rules"])
    .example(json!({ "rules": [{
        "object": "10200", "scope": "MEASUREMENT", "fragment": "c8y_TemperatureMeasurement", "permission": "READ"
    }] }))
}
