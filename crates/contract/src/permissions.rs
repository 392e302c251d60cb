//! Endpoints of permissions on objects and fragments: inventory roles that are assigned, and permissions given one by
//! one, from the side of users and groups and from the side of objects.

mod bodies;

pub use bodies::{
    AssignmentChange, ByObject, NewAssignment, OwnersChange, RoleNamed, assignment_change,
    device_permissions, new_assignment, owners_change, rules,
};

use crate::endpoint::{Answer, Body, answer, endpoints, nothing};
use model::limits::BODY_BYTES_MAX;
use policy::operations::permissions as does;

const ASSIGNMENT: Body = Body {
    media: &["inventoryassignment"],
    schema: "InventoryAssignment",
    bytes_max: BODY_BYTES_MAX,
};
const RULES: Body = Body {
    media: &["text/plain"],
    schema: "PermissionRules",
    bytes_max: BODY_BYTES_MAX,
};

const fn plain(schema: &'static str) -> Answer {
    answer(200, "application/json", schema)
}

endpoints! {
    ListOfUser = Get "/user/{tenantId}/users/{userId}/roles/inventory" does does::PermissionRead {
        answer: answer(200, "inventoryassignmentcollection", "InventoryAssignmentCollection"),
        errors: &[403, 404],
        about: "List the inventory roles that a user was assigned.",
    }
    AssignToUser = Post "/user/{tenantId}/users/{userId}/roles/inventory" does does::PermissionChange {
        body: ASSIGNMENT,
        answer: answer(200, "inventoryassignment", "InventoryAssignment"),
        errors: &[400, 403, 404, 412, 413, 422],
        about: "Assign inventory roles on an object, or on every object (`*`), to a user.",
    }
    ReadOfUser = Get "/user/{tenantId}/users/{userId}/roles/inventory/{id}" does does::PermissionRead {
        answer: answer(200, "inventoryassignment", "InventoryAssignment"),
        errors: &[403, 404],
        about: "Read an assignment of inventory roles to a user.",
    }
    ChangeOfUser = Put "/user/{tenantId}/users/{userId}/roles/inventory/{id}" does does::PermissionChange {
        body: ASSIGNMENT,
        answer: answer(200, "inventoryassignment", "InventoryAssignment"),
        errors: &[400, 403, 404, 412, 413, 422],
        about: "Change the inventory roles of an assignment to a user.",
    }
    UnassignOfUser = Delete "/user/{tenantId}/users/{userId}/roles/inventory/{id}" does does::PermissionChange {
        answer: nothing(204),
        errors: &[403, 404, 412, 422],
        about: "Take an assignment of inventory roles from a user.",
    }
    ListOfGroup = Get "/user/{tenantId}/groups/{groupId}/roles/inventory" does does::PermissionRead {
        answer: answer(200, "inventoryassignmentcollection", "InventoryAssignmentCollection"),
        errors: &[403, 404],
        about: "List the inventory roles that a group was assigned.",
    }
    AssignToGroup = Post "/user/{tenantId}/groups/{groupId}/roles/inventory" does does::PermissionChange {
        body: ASSIGNMENT,
        answer: answer(200, "inventoryassignment", "InventoryAssignment"),
        errors: &[400, 403, 404, 412, 413, 422],
        about: "Assign inventory roles on an object, or on every object (`*`), to a group.",
    }
    ReadOfGroup = Get "/user/{tenantId}/groups/{groupId}/roles/inventory/{id}" does does::PermissionRead {
        answer: answer(200, "inventoryassignment", "InventoryAssignment"),
        errors: &[403, 404],
        about: "Read an assignment of inventory roles to a group.",
    }
    ChangeOfGroup = Put "/user/{tenantId}/groups/{groupId}/roles/inventory/{id}" does does::PermissionChange {
        body: ASSIGNMENT,
        answer: answer(200, "inventoryassignment", "InventoryAssignment"),
        errors: &[400, 403, 404, 412, 413, 422],
        about: "Change the inventory roles of an assignment to a group.",
    }
    UnassignOfGroup = Delete "/user/{tenantId}/groups/{groupId}/roles/inventory/{id}" does does::PermissionChange {
        answer: nothing(204),
        errors: &[403, 404, 412, 422],
        about: "Take an assignment of inventory roles from a group.",
    }
    RulesOfUser = Get "/user/{tenantId}/users/{userId}/permissions" does does::PermissionRead {
        answer: plain("PermissionRules"),
        errors: &[403, 404],
        about: "List the permissions that a user was given one by one; as `text/plain`, one in each line.",
    }
    ReplaceRulesOfUser = Put "/user/{tenantId}/users/{userId}/permissions" does does::PermissionChange {
        body: RULES,
        answer: plain("PermissionRules"),
        errors: &[400, 403, 404, 412, 413, 422],
        about: "Replace the permissions that a user was given one by one.",
    }
    RulesOfGroup = Get "/user/{tenantId}/groups/{groupId}/permissions" does does::PermissionRead {
        answer: plain("PermissionRules"),
        errors: &[403, 404],
        about: "List the permissions that a group was given one by one; as `text/plain`, one in each line.",
    }
    ReplaceRulesOfGroup = Put "/user/{tenantId}/groups/{groupId}/permissions" does does::PermissionChange {
        body: RULES,
        answer: plain("PermissionRules"),
        errors: &[400, 403, 404, 412, 413, 422],
        about: "Replace the permissions that a group was given one by one.",
    }
    ReadOnObject = Get "/user/devicePermissions/{id}" does does::PermissionRead {
        answer: plain("DevicePermissionOwners"),
        errors: &[403, 404],
        about: "List the users and groups that were given permissions on an object one by one.",
    }
    ChangeOnObject = Put "/user/devicePermissions/{id}" does does::PermissionChange {
        body: Body { media: &[], schema: "UpdatedDevicePermissions", bytes_max: BODY_BYTES_MAX },
        answer: nothing(200),
        errors: &[400, 403, 404, 412, 413, 422],
        about: "Replace the permissions of the users and groups named on an object; others keep theirs.",
    }
}
