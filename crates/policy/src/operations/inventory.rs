//! Operations on managed objects and their edges.

use crate::operation::{Level, Need, Scope, operations};
use model::roles::Role;

const READERS: &[Role] = &[Role::InventoryRead, Role::ManagedObjectRead];
const ADMINS: &[Role] = &[Role::InventoryAdmin, Role::ManagedObjectAdmin];
const CREATORS: &[Role] = &[
    Role::InventoryAdmin,
    Role::ManagedObjectAdmin,
    Role::InventoryCreate,
    Role::ManagedObjectCreate,
];

const READ: Need = Need::OnObject {
    scope: Scope::ManagedObject,
    level: Level::Read,
    roles: READERS,
};
const ADMIN: Need = Need::OnObject {
    scope: Scope::ManagedObject,
    level: Level::Admin,
    roles: ADMINS,
};

operations! {
    /// List, count and search managed objects.
    InventoryList = "inventory_list" {
        Read Inventory, need: Need::OverObjects { scope: Scope::ManagedObject, roles: READERS },
        audit: Quiet, rate: Read
    }
    /// Read one managed object, its children and what it supports.
    InventoryRead = "inventory_read" { Read Inventory, need: READ, audit: Quiet, rate: Read }
    /// Create a managed object; its creator owns it (R021).
    InventoryCreate = "inventory_create" {
        Write Inventory, need: Need::AnyRole(CREATORS), audit: Each, rate: Write
    }
    /// Change a managed object.
    InventoryUpdate = "inventory_update" { Write Inventory, need: ADMIN, audit: Each, rate: Write }
    /// Give a managed object another owner: a right of its own (R046).
    InventoryTransfer = "inventory_transfer" { Write Inventory, need: Need::AnyRole(ADMINS), audit: Each, rate: Write }
    /// Delete a managed object with its data.
    InventoryDelete = "inventory_delete" { Write Inventory, need: ADMIN, audit: Each, rate: Write }
    /// Make one object the child of another: needed on both ends, so that nobody gains rights by moving (R022).
    ChildLink = "child_link" { Write Inventory, need: ADMIN, audit: Each, rate: Write }
    /// End such an edge: needed on one end.
    ChildUnlink = "child_unlink" { Write Inventory, need: ADMIN, audit: Each, rate: Write }
}
