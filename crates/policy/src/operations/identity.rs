//! Operations on external ids.

use crate::operation::{Level, Need, Scope, operations};
use model::roles::Role;

// External ids are part of their object: a permission on the object serves as well as a role for identities. Only
// `c8y_Global` does not: it opens what the object says of itself, not under which names devices know it.
const READ: Need = Need::OnObject {
    scope: Scope::ManagedObject,
    level: Level::Read,
    roles: &[Role::IdentityRead],
    global: false,
};
const ADMIN: Need = Need::OnObject {
    scope: Scope::ManagedObject,
    level: Level::Admin,
    roles: &[Role::IdentityAdmin],
    global: false,
};

operations! {
    /// Find an object by its external id, or list the external ids of an object.
    ExternalIdRead = "external_id_read" { Read Inventory, need: READ, audit: Quiet, rate: Read }
    /// Bind an external id to an object.
    ExternalIdCreate = "external_id_create" { Write Inventory, need: ADMIN, audit: Each, rate: Write }
    /// Free an external id.
    ExternalIdDelete = "external_id_delete" { Write Inventory, need: ADMIN, audit: Each, rate: Write }
}
