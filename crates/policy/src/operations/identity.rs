//! Operations on external ids.

use crate::operation::{Level, Need, Scope, operations};
use model::roles::Role;

const READ: Need = Need::OnObject {
    scope: Scope::Identity,
    level: Level::Read,
    roles: &[Role::IdentityRead],
};
const ADMIN: Need = Need::OnObject {
    scope: Scope::Identity,
    level: Level::Admin,
    roles: &[Role::IdentityAdmin],
};

operations! {
    /// Find an object by its external id, or list the external ids of an object.
    ExternalIdRead = "external_id_read" { Read Inventory, need: READ, audit: Quiet, rate: Read }
    /// Bind an external id to an object.
    ExternalIdCreate = "external_id_create" { Write Inventory, need: ADMIN, audit: Each, rate: Write }
    /// Free an external id.
    ExternalIdDelete = "external_id_delete" { Write Inventory, need: ADMIN, audit: Each, rate: Write }
}
