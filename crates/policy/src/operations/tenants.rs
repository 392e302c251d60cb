//! Operations on tenants.

use crate::operation::{Need, operations};
use model::roles::Role;

operations! {
    /// List and read tenants.
    TenantRead = "tenant_read" {
        Read Catalogue, need: Need::PlatformRole(&[Role::TenantManagementRead]), audit: Quiet, rate: Read
    }
    /// Create a tenant with its realm, keys and first administrator (R006, R009).
    TenantCreate = "tenant_create" {
        Write Catalogue,
        need: Need::PlatformRole(&[Role::TenantManagementAdmin, Role::TenantManagementCreate]),
        audit: Each, rate: Write
    }
    /// Change, suspend or activate a tenant.
    TenantUpdate = "tenant_update" {
        Write Catalogue,
        need: Need::PlatformRole(&[Role::TenantManagementAdmin, Role::TenantManagementUpdate]),
        audit: Each, rate: Write
    }
    /// Delete a tenant and destroy its keys.
    TenantDelete = "tenant_delete" {
        Write Catalogue, need: Need::PlatformRole(&[Role::TenantManagementAdmin]), audit: Each, rate: Write
    }
    /// Read what one's own tenant is called.
    CurrentTenantRead = "current_tenant_read" {
        Read Nothing, need: Need::AnyRole(&[Role::UserManagementOwnRead, Role::System]), audit: Quiet, rate: Read
    }
    /// Open the tenant for somebody without an account in it, which nobody does; or keep it closed.
    SupportAccess = "support_access" {
        Write Nothing, need: Need::SignedIn, by: People, audit: Each, rate: Write
    }
    /// Redeem the one-time set-up secret: the secret is the proof.
    TenantSetup = "tenant_setup" { Write Realm, need: Need::Public, audit: Each, rate: Secret }
}
