//! Roles: the global permissions of a tenant, by the names that clients know (`ROLE_INVENTORY_READ`).

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// No role of this name exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such role")]
pub struct UnknownRole;

macro_rules! roles {
    ($($name:ident = $text:literal),* $(,)?) => {
        /// A global permission. It reaches the whole tenant of its holder and never beyond it (R025).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Role {
            $(#[doc = $text] $name,)*
        }

        impl Role {
            /// Every role, by name.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The name that clients use.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

roles! {
    AlarmAdmin = "ROLE_ALARM_ADMIN",
    AlarmRead = "ROLE_ALARM_READ",
    ApplicationManagementAdmin = "ROLE_APPLICATION_MANAGEMENT_ADMIN",
    ApplicationManagementRead = "ROLE_APPLICATION_MANAGEMENT_READ",
    AuditAdmin = "ROLE_AUDIT_ADMIN",
    AuditRead = "ROLE_AUDIT_READ",
    BinaryAdmin = "ROLE_BINARY_ADMIN",
    BinaryCreate = "ROLE_BINARY_CREATE",
    BinaryRead = "ROLE_BINARY_READ",
    BulkOperationAdmin = "ROLE_BULK_OPERATION_ADMIN",
    BulkOperationRead = "ROLE_BULK_OPERATION_READ",
    Device = "ROLE_DEVICE",
    DeviceBootstrap = "ROLE_DEVICE_BOOTSTRAP",
    DeviceControlAdmin = "ROLE_DEVICE_CONTROL_ADMIN",
    DeviceControlRead = "ROLE_DEVICE_CONTROL_READ",
    EventAdmin = "ROLE_EVENT_ADMIN",
    EventRead = "ROLE_EVENT_READ",
    IdentityAdmin = "ROLE_IDENTITY_ADMIN",
    IdentityRead = "ROLE_IDENTITY_READ",
    InventoryAdmin = "ROLE_INVENTORY_ADMIN",
    InventoryCreate = "ROLE_INVENTORY_CREATE",
    InventoryRead = "ROLE_INVENTORY_READ",
    ManagedObjectAdmin = "ROLE_MANAGED_OBJECT_ADMIN",
    ManagedObjectCreate = "ROLE_MANAGED_OBJECT_CREATE",
    ManagedObjectRead = "ROLE_MANAGED_OBJECT_READ",
    MeasurementAdmin = "ROLE_MEASUREMENT_ADMIN",
    MeasurementRead = "ROLE_MEASUREMENT_READ",
    Notification2Admin = "ROLE_NOTIFICATION_2_ADMIN",
    OptionManagementAdmin = "ROLE_OPTION_MANAGEMENT_ADMIN",
    OptionManagementRead = "ROLE_OPTION_MANAGEMENT_READ",
    RemoteAccessAdmin = "ROLE_REMOTE_ACCESS_ADMIN",
    RetentionRuleAdmin = "ROLE_RETENTION_RULE_ADMIN",
    RetentionRuleRead = "ROLE_RETENTION_RULE_READ",
    System = "ROLE_SYSTEM",
    TenantAdmin = "ROLE_TENANT_ADMIN",
    TenantManagementAdmin = "ROLE_TENANT_MANAGEMENT_ADMIN",
    TenantManagementCreate = "ROLE_TENANT_MANAGEMENT_CREATE",
    TenantManagementRead = "ROLE_TENANT_MANAGEMENT_READ",
    TenantManagementUpdate = "ROLE_TENANT_MANAGEMENT_UPDATE",
    TenantStatisticsRead = "ROLE_TENANT_STATISTICS_READ",
    UserManagementAdmin = "ROLE_USER_MANAGEMENT_ADMIN",
    UserManagementCreate = "ROLE_USER_MANAGEMENT_CREATE",
    UserManagementOwnAdmin = "ROLE_USER_MANAGEMENT_OWN_ADMIN",
    UserManagementOwnRead = "ROLE_USER_MANAGEMENT_OWN_READ",
    UserManagementPasswordReset = "ROLE_USER_MANAGEMENT_PASSWORD_RESET",
    UserManagementRead = "ROLE_USER_MANAGEMENT_READ",
}

impl Role {
    /// Whether only users of the management tenant may hold it.
    pub fn is_platform_role(self) -> bool {
        matches!(
            self,
            Self::TenantManagementAdmin
                | Self::TenantManagementCreate
                | Self::TenantManagementRead
                | Self::TenantManagementUpdate
        )
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::ALL
            .iter()
            .copied()
            .find(|role| role.name() == text)
            .ok_or(UnknownRole)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_is_found_by_its_name_and_no_other() {
        for role in Role::ALL {
            assert_eq!(role.name().parse(), Ok(*role));
        }
        assert_eq!("role_audit_read".parse::<Role>(), Err(UnknownRole));
        assert_eq!("".parse::<Role>(), Err(UnknownRole));
    }
}
