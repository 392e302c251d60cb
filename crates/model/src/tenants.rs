//! Tenants: separate realms with their own users, data and keys.

use crate::ids::{ShardNumber, TenantNumber};
use crate::json::Object;
use crate::names::{Domain, TenantId};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The management tenant's id as clients write it.
pub const MANAGEMENT_ID: &str = "management";

/// Whether a tenant's users and devices are let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TenantStatus {
    /// It is being made: its id and domain are taken, and nobody sees it yet.
    Creating,
    /// They are.
    Active,
    /// Every access is refused; nothing is deleted.
    Suspended,
    /// It is being deleted: its keys are destroyed or about to be.
    Deleting,
}

impl TenantStatus {
    /// Whether there is a tenant for anybody to see: it is made, and its deletion has not begun.
    pub fn is_there(self) -> bool {
        matches!(self, Self::Active | Self::Suspended)
    }
}

/// A tenant as the catalogue knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    /// Its number in keys.
    pub number: TenantNumber,
    /// Where its rows lie. It never changes.
    pub shard: ShardNumber,
    /// Its id as clients write it.
    pub id: TenantId,
    /// Its domain, by which a request without a tenant prefix finds it.
    pub domain: Domain,
    /// The company behind it.
    pub company: String,
    /// The name of its first administrator.
    pub admin_name: Option<String>,
    /// The e-mail address of its first administrator.
    pub admin_email: Option<String>,
    /// Whom to call.
    pub contact_name: Option<String>,
    /// And where.
    pub contact_phone: Option<String>,
    /// Whatever else the operator noted.
    pub custom_properties: Object,
    /// Whether it may create tenants of its own.
    pub allow_create_tenants: bool,
    /// The tenant that created it; none for the management tenant.
    pub parent: Option<TenantId>,
    /// When it was created.
    pub created: Timestamp,
    /// Whether it is active.
    pub status: TenantStatus,
}
