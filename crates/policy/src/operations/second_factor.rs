//! Operations on second factors: one's own, those of others, and what the tenant demands. A secret is shown to its owner
//! once; nobody reads it.

use crate::operation::{Need, operations};
use model::roles::Role;

const MANAGE: Need = Need::OnUsers {
    all: &[Role::UserManagementAdmin],
    below: &[Role::UserManagementCreate],
};
// One's own, or those that one may read.
const READ: Need = Need::AnyRole(&[
    Role::UserManagementOwnRead,
    Role::UserManagementRead,
    Role::UserManagementCreate,
]);
const TENANT_READ: Need = Need::AnyRole(&[
    Role::UserManagementOwnRead,
    Role::UserManagementRead,
    Role::TenantManagementRead,
]);
const TENANT_ADMIN: Need = Need::AnyRole(&[Role::TenantAdmin, Role::TenantManagementAdmin]);

operations! {
    /// See whether one's own second factor is on.
    OwnFactorRead = "own_factor_read" { Read Realm, need: Need::SignedIn, by: People, audit: Quiet, rate: Read }
    /// Get a secret for one's own second factor, shown this once (R056).
    OwnFactorSetUp = "own_factor_set_up" { Write Realm, need: Need::SignedIn, by: People, audit: Each, rate: Secret }
    /// Show a code of one's own second factor; each is good once.
    OwnFactorProve = "own_factor_prove" { Write Realm, need: Need::SignedIn, by: People, audit: Each, rate: Secret }
    /// Turn one's own second factor on. Nobody turns their own off.
    OwnFactorSwitch = "own_factor_switch" { Write Realm, need: Need::SignedIn, by: People, audit: Each, rate: Write }
    /// Give up a secret of which no code was shown yet.
    OwnFactorDrop = "own_factor_drop" { Write Realm, need: Need::SignedIn, by: People, audit: Each, rate: Write }
    /// See how many of one's own recovery codes are left.
    OwnRecoveryRead = "own_recovery_read" { Read Realm, need: Need::SignedIn, by: People, audit: Quiet, rate: Read }
    /// Get new recovery codes, shown this once; the old ones are void (R056).
    OwnRecoveryMake = "own_recovery_make" { Write Realm, need: Need::SignedIn, by: People, audit: Each, rate: Secret }
    /// See whether a user has a second factor.
    UserFactorRead = "user_factor_read" { Read Realm, need: READ, audit: Quiet, rate: Read }
    /// Demand a second factor of a user, or not any more.
    UserFactorDemand = "user_factor_demand" { Write Realm, need: MANAGE, by: People, audit: Each, rate: Write }
    /// Take a user's second factor away, never one's own.
    UserFactorRevoke = "user_factor_revoke" { Write Realm, need: MANAGE, by: People, audit: Each, rate: Write }
    /// See what the tenant demands.
    TenantFactorRead = "tenant_factor_read" { Read Realm, need: TENANT_READ, audit: Quiet, rate: Read }
    /// Say which kind of second factors the tenant has: there is one.
    TenantFactorSet = "tenant_factor_set" { Write Realm, need: TENANT_ADMIN, by: People, audit: Each, rate: Write }
}
