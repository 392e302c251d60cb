//! Operations on managed objects that are files.

use crate::operation::{Level, Need, Scope, operations, roles_for};
use model::roles::Role;

const CREATORS: &[Role] = &[
    Role::InventoryAdmin,
    Role::BinaryAdmin,
    Role::InventoryCreate,
    Role::BinaryCreate,
];
const LIST: Need = Need::OverObjects {
    scope: Scope::Binary,
    level: Level::Read,
    roles: roles_for(Scope::Binary, Level::Read),
    global: true,
};
/// `c8y_Global` opens an object together with its content (R037).
const READ: Need = Need::OnObject {
    scope: Scope::Binary,
    level: Level::Read,
    roles: roles_for(Scope::Binary, Level::Read),
    global: true,
};
const ADMIN: Need = Need::on(Scope::Binary, Level::Admin);

operations! {
    /// List files.
    BinaryList = "binary_list" { Read Binaries, need: LIST, audit: Quiet, rate: Read }
    /// Read the content of a file.
    BinaryRead = "binary_read" { Read Binaries, need: READ, audit: Quiet, rate: Read }
    /// Store a file as a managed object; its creator owns it (R021).
    BinaryCreate = "binary_create" {
        Write Inventory, need: Need::AnyRole(CREATORS), audit: Each, rate: Write
    }
    /// Replace the content of a file.
    BinaryUpdate = "binary_update" { Write Binaries, need: ADMIN, audit: Each, rate: Write }
    /// Delete a file with its managed object.
    BinaryDelete = "binary_delete" { Write Binaries, need: ADMIN, audit: Each, rate: Write }
}
