//! Who was given which permissions: inventory roles as named sets, and their assignments to users and groups on
//! objects. Permissions given without a role are kept per user or group and object.

use crate::ids::{AssignmentId, GroupId, InventoryRoleId, ObjectId, PrincipalId};
use crate::permissions::{Permission, Select};
use serde::{Deserialize, Serialize};

/// Who holds permissions (R027).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Subject {
    /// A single user.
    User(PrincipalId),
    /// Every member of a group.
    Group(GroupId),
}

/// A named set of permissions, to be assigned on objects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InventoryRole {
    /// Its identifier.
    pub id: InventoryRoleId,
    /// Its name, unique in the tenant.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What it allows, in the order in which it was given.
    pub permissions: Vec<Permission>,
    /// Raised with every change, so that two editors do not overwrite each other (R029).
    pub version: u64,
}

/// Inventory roles on an object, for one user or group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// Its identifier.
    pub id: AssignmentId,
    /// Who holds them.
    pub subject: Subject,
    /// On which object, with what hangs below it; `*` for every object.
    pub object: Select<ObjectId>,
    /// Which, in order of ids.
    pub roles: Vec<InventoryRoleId>,
}
