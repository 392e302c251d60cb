//! Operations on the options of a tenant, and on the platform's own settings as far as tenants may know them.

use crate::operation::{Need, operations};
use model::roles::Role;

const READ: Need = Need::AnyRole(&[Role::OptionManagementRead]);
const ADMIN: Need = Need::AnyRole(&[Role::OptionManagementAdmin]);
const TENANT_ADMIN: Need = Need::AnyRole(&[Role::TenantAdmin, Role::TenantManagementAdmin]);

operations! {
    /// List and read options; secret ones without their values.
    OptionRead = "option_read" { Read Options, need: READ, audit: Quiet, rate: Read }
    /// Set or delete options. Some of them change what others may do.
    OptionAdmin = "option_admin" { Write Options, need: ADMIN, audit: Each, rate: Write }
    /// Read which origins of web pages a tenant allows, to tell their browsers.
    AllowedOriginsRead = "allowed_origins_read" { Read Options, need: Need::Public, audit: Quiet, rate: Read }
    /// Lock an option of the management tenant, or unlock it.
    OptionLock = "option_lock" {
        Write Options, need: Need::PlatformRole(&[Role::OptionManagementAdmin]), by: People, audit: Each, rate: Write
    }
    /// Read an option about how users sign in.
    SecurityOptionRead = "security_option_read" { Read Options, need: TENANT_ADMIN, audit: Quiet, rate: Read }
    /// Set one.
    SecurityOptionSet = "security_option_set" {
        Write Options, need: TENANT_ADMIN, by: People, audit: Each, rate: Write
    }
    /// Read the platform's settings.
    SystemOptionRead = "system_option_read" { Read Nothing, need: Need::SignedIn, audit: Quiet, rate: Read }
    /// Read those settings that would help an attacker.
    SecuredOptionRead = "secured_option_read" { Read Nothing, need: ADMIN, audit: Quiet, rate: Read }
}
