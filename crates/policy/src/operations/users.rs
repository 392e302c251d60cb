//! Operations on the users, groups and roles of a tenant's realm.

use crate::operation::{Level, Need, Scope, operations};
use model::roles::Role;

const ADMIN: Need = Need::AnyRole(&[Role::UserManagementAdmin]);
const CREATE: &[Role] = &[Role::UserManagementCreate];
// All users for those who read or administer them; those below them for those who create them.
const READ: Need = Need::OnUsers {
    all: &[Role::UserManagementRead],
    below: CREATE,
};
const MANAGE: Need = Need::OnUsers {
    all: &[Role::UserManagementAdmin],
    below: CREATE,
};
const OWN_READ: Need = Need::AnyRole(&[Role::UserManagementOwnRead, Role::System]);
const OWN_ADMIN: Need = Need::AnyRole(&[Role::UserManagementOwnAdmin]);
// Through a device's managed object: the rights on the object, whatever the rights on users.
const DEVICE_READ: Need = Need::on(Scope::ManagedObject, Level::Read);
const DEVICE_ADMIN: Need = Need::on(Scope::ManagedObject, Level::Admin);

operations! {
    /// List and read users.
    UserRead = "user_read" { Read Realm, need: READ, audit: Quiet, rate: Read }
    /// Create a user.
    UserCreate = "user_create" { Write Realm, need: MANAGE, audit: Each, rate: Write }
    /// Change a user.
    UserUpdate = "user_update" { Write Realm, need: MANAGE, audit: Each, rate: Write }
    /// Delete a user; what it owned stays, owned by nobody who can sign in (R046).
    UserDelete = "user_delete" { Write Realm, need: MANAGE, audit: Each, rate: Write }
    /// Set another user's password.
    UserPassword = "user_password" { Write Realm, need: MANAGE, by: People, audit: Each, rate: Secret }
    /// List and read groups and their members.
    GroupRead = "group_read" { Read Realm, need: READ, audit: Quiet, rate: Read }
    /// Create, change or delete a group.
    GroupAdmin = "group_admin" { Write Realm, need: ADMIN, audit: Each, rate: Write }
    /// Put a user into a group or take it out.
    MembershipChange = "membership_change" { Write Realm, need: MANAGE, audit: Each, rate: Write }
    /// Give a role to a user, or take it away; nobody gives more than they may (R010).
    RoleChange = "role_change" { Write Realm, need: MANAGE, audit: Each, rate: Write }
    /// Give a role to a group, or take it away.
    GroupRoleChange = "group_role_change" { Write Realm, need: ADMIN, audit: Each, rate: Write }
    /// Put a user below another one in the hierarchy of user management, or below nobody.
    OwnerChange = "owner_change" { Write Realm, need: ADMIN, audit: Each, rate: Write }
    /// Lend the users below somebody to another user manager, or take them back.
    DelegationChange = "delegation_change" { Write Realm, need: MANAGE, audit: Each, rate: Write }
    /// Read who holds rights that let one gain others (R016).
    PrivilegedRead = "privileged_read" {
        Read Realm, need: Need::AllRoles(&[Role::UserManagementRead, Role::AuditRead]), audit: Quiet, rate: Read
    }
    /// List the roles that exist.
    RoleRead = "role_read" { Read Realm, need: READ, audit: Quiet, rate: Read }
    /// Read one's own user.
    OwnRead = "own_read" { Read Realm, need: OWN_READ, audit: Quiet, rate: Read }
    /// Change one's own profile (R012).
    OwnUpdate = "own_update" { Write Realm, need: OWN_ADMIN, audit: Each, rate: Write }
    /// Change one's own password.
    OwnPassword = "own_password" { Write Realm, need: OWN_ADMIN, by: People, audit: Each, rate: Secret }
    /// Read the user of a device through the device's managed object.
    DeviceUserRead = "device_user_read" { Read Realm, need: DEVICE_READ, audit: Quiet, rate: Read }
    /// Enable or disable the user of a device.
    DeviceUserUpdate = "device_user_update" { Write Realm, need: DEVICE_ADMIN, audit: Each, rate: Write }
}
