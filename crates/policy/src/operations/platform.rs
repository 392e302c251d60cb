//! Operations on the interface itself: what it offers and whom to tell about a weakness.

use crate::operation::{Need, operations};
use model::roles::Role;

operations! {
    /// The entry points of the API and its description.
    PlatformRead = "platform_read" { Read Nothing, need: Need::SignedIn, audit: Quiet, rate: Read }
    /// The entry point of the inventory.
    InventoryRootRead = "inventory_root_read" {
        Read Nothing, need: Need::AnyRole(&[Role::InventoryRead, Role::ManagedObjectRead]), audit: Quiet, rate: Read
    }
    /// The entry point of identity.
    IdentityRootRead = "identity_root_read" {
        Read Nothing, need: Need::AnyRole(&[Role::IdentityRead]), audit: Quiet, rate: Read
    }
    /// The entry point of audit.
    AuditRootRead = "audit_root_read" {
        Read Nothing, need: Need::AnyRole(&[Role::AuditRead]), audit: Quiet, rate: Read
    }
    /// The entry point of users.
    UserRootRead = "user_root_read" {
        Read Nothing,
        need: Need::AnyRole(&[Role::UserManagementRead, Role::UserManagementCreate]), audit: Quiet, rate: Read
    }
    /// The entry point of tenants.
    TenantRootRead = "tenant_root_read" {
        Read Nothing, need: Need::PlatformRole(&[Role::TenantManagementRead]), audit: Quiet, rate: Read
    }
    /// See whether the platform answers.
    HealthRead = "health_read" { Read Nothing, need: Need::Public, audit: Quiet, rate: Read }
    /// The operator's contact for reports of weaknesses (RFC 9116).
    SecurityContact = "security_contact" { Read Nothing, need: Need::Public, audit: Quiet, rate: Read }
}
