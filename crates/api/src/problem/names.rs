//! What errors call the areas of the API and what they are about: the names that clients know.

use contract::endpoints::Endpoint;
use contract::permissions;

/// The first part of `error`: the names that clients know.
pub(super) fn area(endpoint: Endpoint) -> &'static str {
    match endpoint {
        Endpoint::Platform(_) => "general",
        Endpoint::Inventory(_) | Endpoint::Projects(_) | Endpoint::Binaries(_) | Endpoint::Software(_) => {
            "inventory"
        }
        Endpoint::Features(_) => "features",
        Endpoint::Identity(_) => "identity",
        Endpoint::Measurements(_) => "measurement",
        Endpoint::Events(_) => "event",
        Endpoint::Alarms(_) => "alarm",
        Endpoint::Audit(_) => "audit",
        Endpoint::Users(_)
        | Endpoint::Explain(_)
        | Endpoint::ServiceAccounts(_)
        | Endpoint::SecondFactor(_)
        | Endpoint::PasswordReset(_)
        | Endpoint::InventoryRoles(_)
        | Endpoint::Permissions(_) => "users",
        Endpoint::Tenants(_)
        | Endpoint::LoginOptions(_)
        | Endpoint::SingleSignOn(_)
        | Endpoint::Certificates(_) => "tenants",
        Endpoint::Operations(_)
        | Endpoint::BulkOperations(_)
        | Endpoint::Registration(_)
        | Endpoint::Disconnection(_) => "devicecontrol",
        Endpoint::Options(_) => "options",
        Endpoint::RemoteAccess(_) => "remoteaccess",
        Endpoint::Sessions(_) => "security",
        Endpoint::Realtime(_) => "realtime",
        Endpoint::Mqtt(_) => "mqtt",
        Endpoint::Notifications(_) => "reliable-notification",
        Endpoint::Applications(_) => "applications",
        Endpoint::Retention(_) => "retention",
        Endpoint::Statistics(_) => "statistics",
    }
}

/// What an endpoint is about, as the text of an error calls it.
pub(super) fn what(endpoint: Endpoint) -> &'static str {
    match endpoint {
        Endpoint::Platform(_) => "resource",
        Endpoint::Inventory(_)
        | Endpoint::Projects(_)
        | Endpoint::RemoteAccess(_)
        | Endpoint::Disconnection(_)
        | Endpoint::Identity(_)
        | Endpoint::Explain(_)
        | Endpoint::Binaries(_)
        | Endpoint::Software(_)
        | Endpoint::Permissions(
            permissions::Endpoint::ReadOnObject | permissions::Endpoint::ChangeOnObject,
        ) => "managedObject",
        Endpoint::Measurements(_) => "measurement",
        Endpoint::Events(_) => "event",
        Endpoint::Alarms(_) => "alarm",
        Endpoint::Audit(_) => "auditRecord",
        Endpoint::Users(_) => "group",
        Endpoint::ServiceAccounts(_) => "serviceKey",
        Endpoint::Tenants(_) => "tenant",
        Endpoint::BulkOperations(_) => "bulkOperation",
        Endpoint::Registration(_) => "newDeviceRequest",
        Endpoint::Certificates(_) => "certificate",
        Endpoint::Operations(_) => "operation",
        Endpoint::Options(_) => "option",
        Endpoint::Retention(_) => "retentionRule",
        Endpoint::Statistics(_) => "statisticsFile",
        Endpoint::Sessions(_) | Endpoint::Realtime(_) | Endpoint::Mqtt(_) => "session",
        Endpoint::Features(_) => "feature",
        Endpoint::SecondFactor(_) => "totpSecret",
        Endpoint::PasswordReset(_) => "token",
        Endpoint::LoginOptions(_) => "loginOption",
        Endpoint::SingleSignOn(_) => "accessMapping",
        Endpoint::Notifications(_) => "subscription",
        Endpoint::Applications(_) => "application",
        Endpoint::InventoryRoles(_) => "inventoryRole",
        Endpoint::Permissions(_) => "inventoryAssignment",
    }
}
