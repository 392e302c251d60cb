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

/// A role that a microservice defines for its own users: a name, which opens nothing of the platform. It cannot be that of a
/// role of the platform.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ApplicationRole(Box<str>);

impl ApplicationRole {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ApplicationRole {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        const ENDINGS: [&str; 4] = ["_READ", "_ADMIN", "_CREATE", "_UPDATE"];
        let is_plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
        let name = text.strip_prefix("ROLE_");
        let name = name.and_then(|name| ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)));
        let fits =
            text.len() <= 100 && name.is_some_and(|name| !name.is_empty()) && text.bytes().all(is_plain);
        match fits && text.parse::<Role>().is_err() {
            true => Ok(Self(text.into())),
            false => Err(UnknownRole),
        }
    }
}

impl fmt::Display for ApplicationRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A role as user management names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum AnyRole {
    /// One of the platform's.
    Platform(Role),
    /// One that a microservice defines.
    Application(ApplicationRole),
}

impl AnyRole {
    /// The name that clients use.
    pub fn name(&self) -> &str {
        match self {
            Self::Platform(role) => role.name(),
            Self::Application(role) => role.as_str(),
        }
    }
}

impl From<Role> for AnyRole {
    fn from(role: Role) -> Self {
        Self::Platform(role)
    }
}

impl FromStr for AnyRole {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        match text.parse() {
            Ok(role) => Ok(Self::Platform(role)),
            Err(UnknownRole) => text.parse().map(Self::Application),
        }
    }
}

impl fmt::Display for AnyRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_of_an_application_is_named_like_one_and_is_none_of_the_platform() {
        for name in [
            "ROLE_SMARTRULE_READ",
            "ROLE_A_1_ADMIN",
            "ROLE_X_CREATE",
            "ROLE_READ_UPDATE",
        ] {
            assert!(name.parse::<ApplicationRole>().is_ok(), "{name}");
        }
        let long = format!("ROLE_{}_READ", "A".repeat(91));
        for name in [
            "ROLE_READ",
            "ROLE__READ",
            "SMARTRULE_READ",
            "ROLE_a_READ",
            "ROLE_A",
            "ROLE_A-B_READ",
            "",
            &long,
        ] {
            assert_eq!(name.parse::<ApplicationRole>(), Err(UnknownRole), "{name}");
        }
        for role in Role::ALL {
            assert_eq!(role.name().parse::<ApplicationRole>(), Err(UnknownRole));
            assert_eq!(role.name().parse(), Ok(AnyRole::Platform(*role)));
        }
    }

    #[test]
    fn every_role_is_found_by_its_name_and_no_other() {
        for role in Role::ALL {
            assert_eq!(role.name().parse(), Ok(*role));
        }
        assert_eq!("role_audit_read".parse::<Role>(), Err(UnknownRole));
        assert_eq!("".parse::<Role>(), Err(UnknownRole));
    }
}
