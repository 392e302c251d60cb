//! Operations on permissions for objects and fragments: inventory roles, their assignments, and permissions given to
//! users and groups one by one.

use crate::operation::{Need, operations};
use model::roles::Role;

const READ: Need = Need::AnyRole(&[Role::UserManagementRead]);
const ADMIN: Need = Need::AnyRole(&[Role::UserManagementAdmin]);

operations! {
    /// List and read inventory roles.
    InventoryRoleRead = "inventory_role_read" { Read Realm, need: READ, audit: Quiet, rate: Read }
    /// Create, change or delete an inventory role; of one that is assigned nobody changes more than they hold (R010).
    InventoryRoleAdmin = "inventory_role_admin" { Write Realm, need: ADMIN, audit: Each, rate: Write }
    /// Read who was given which permissions and inventory roles.
    PermissionRead = "permission_read" { Read Realm, need: READ, audit: Quiet, rate: Read }
    /// Give permissions and inventory roles to users and groups, or take them away; nobody gives or takes more than they
    /// hold (R010).
    PermissionChange = "permission_change" { Write Realm, need: ADMIN, audit: Each, rate: Write }
}
