//! Operations on service accounts and their keys (R119). For people only: a key that leaked must not make others.

use crate::operation::{Need, operations};
use model::roles::Role;

const READ: Need = Need::AnyRole(&[Role::UserManagementRead]);
const ADMIN: Need = Need::AnyRole(&[Role::UserManagementAdmin]);

operations! {
    /// List and read service accounts and what is known of their keys.
    ServiceAccountRead = "service_account_read" { Read Realm, need: READ, by: People, audit: Quiet, rate: Read }
    /// Create a service account.
    ServiceAccountCreate = "service_account_create" { Write Realm, need: ADMIN, by: People, audit: Each, rate: Write }
    /// Change a service account.
    ServiceAccountUpdate = "service_account_update" { Write Realm, need: ADMIN, by: People, audit: Each, rate: Write }
    /// Delete a service account with its keys; what it owned stays.
    ServiceAccountDelete = "service_account_delete" { Write Realm, need: ADMIN, by: People, audit: Each, rate: Write }
    /// Make a key for a service account.
    ServiceKeyCreate = "service_key_create" { Write Realm, need: ADMIN, by: People, audit: Each, rate: Secret }
    /// Revoke a key of a service account.
    ServiceKeyRevoke = "service_key_revoke" { Write Realm, need: ADMIN, by: People, audit: Each, rate: Write }
}
