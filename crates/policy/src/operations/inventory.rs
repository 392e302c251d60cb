//! Operations on managed objects and their edges.

use crate::operation::{Level, Need, Scope, operations, roles_for};
use model::roles::Role;

const CREATORS: &[Role] = &[
    Role::InventoryAdmin,
    Role::ManagedObjectAdmin,
    Role::InventoryCreate,
    Role::ManagedObjectCreate,
];

const LIST: Need = Need::OverObjects {
    scope: Scope::ManagedObject,
    level: Level::Read,
    roles: roles_for(Scope::ManagedObject, Level::Read),
    global: true,
};
const READ: Need = Need::OnObject {
    scope: Scope::ManagedObject,
    level: Level::Read,
    roles: roles_for(Scope::ManagedObject, Level::Read),
    global: true,
};
const ADMIN: Need = Need::on(Scope::ManagedObject, Level::Admin);
const TRANSFER: Need = Need::AnyRole(roles_for(Scope::ManagedObject, Level::Admin));

/// Devices, and whoever may read every object.
const READERS_OF_COLLECTIONS: &[Role] = &[Role::Device, Role::InventoryRead, Role::ManagedObjectRead];

operations! {
    /// List, count and search managed objects.
    InventoryList = "inventory_list" {
        Read Inventory, need: LIST, audit: Quiet, rate: Read
    }
    /// Read the template collection of a name: what rows of devices mean.
    CollectionRead = "collection_read" {
        Read Inventory, need: Need::AnyRole(READERS_OF_COLLECTIONS), audit: Quiet, rate: Read
    }
    /// Read one managed object, its children and what it supports.
    InventoryRead = "inventory_read" { Read Inventory, need: READ, audit: Quiet, rate: Read }
    /// Create a managed object; its creator owns it (R021).
    InventoryCreate = "inventory_create" {
        Write Inventory, need: Need::AnyRole(CREATORS), audit: Each, rate: Write
    }
    /// Create a managed object as the child of another, by a permission on that one: the new object inherits it.
    InventoryCreateBelow = "inventory_create_below" {
        Write Inventory, need: Need::on(Scope::ManagedObject, Level::Admin), audit: Each, rate: Write
    }
    /// Change a managed object.
    InventoryUpdate = "inventory_update" { Write Inventory, need: ADMIN, audit: Each, rate: Write }
    /// Give a managed object another owner: a right of its own (R046).
    InventoryTransfer = "inventory_transfer" { Write Inventory, need: TRANSFER, audit: Each, rate: Write }
    /// Open a managed object to every user of the tenant: beside the right to create or change it (R037).
    GlobalSet = "global_set" { Write Nothing, need: Need::OpenToAll, audit: Each, rate: Write }
    /// Delete a managed object with its data.
    InventoryDelete = "inventory_delete" { Write Inventory, need: ADMIN, audit: Each, rate: Write }
    /// Make one object the child of another: needed on both ends, so that nobody gains rights by moving (R022).
    ChildLink = "child_link" { Write Inventory, need: ADMIN, audit: Each, rate: Write }
    /// End such an edge: needed on one end.
    ChildUnlink = "child_unlink" { Write Inventory, need: ADMIN, audit: Each, rate: Write }
}
