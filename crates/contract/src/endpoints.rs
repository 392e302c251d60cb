//! The one list of all endpoints.

use crate::endpoint::Declaration;
use crate::{
    alarms, applications, audit, binaries, bulk_operations, certificates, disconnection, events, explain,
    features, identity, inventory, inventory_roles, login_options, measurements, mqtt, notifications,
    operations, options, password_reset, permissions, platform, projects, realtime, registration,
    remote_access, retention, second_factor, service_accounts, sessions, single_sign_on, software,
    statistics, tenants, users,
};

macro_rules! resources {
    ($($resource:ident as $module:ident),* $(,)?) => {
        /// An endpoint of any resource.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Endpoint {
            $(#[doc = stringify!($resource)] $resource($module::Endpoint),)*
        }

        impl Endpoint {
            /// Every endpoint.
            pub fn all() -> impl Iterator<Item = Self> {
                std::iter::empty()$(.chain($module::Endpoint::ALL.iter().copied().map(Self::$resource)))*
            }

            /// Its declaration.
            pub fn declaration(self) -> Declaration {
                match self {
                    $(Self::$resource(endpoint) => endpoint.declaration(),)*
                }
            }

            /// The name of the resource.
            pub fn resource(self) -> &'static str {
                match self {
                    $(Self::$resource(_) => stringify!($module),)*
                }
            }
        }
    };
}

resources! {
    Platform as platform,
    Inventory as inventory,
    Identity as identity,
    Measurements as measurements,
    Events as events,
    Alarms as alarms,
    Binaries as binaries,
    Audit as audit,
    Explain as explain,
    Users as users,
    Projects as projects,
    ServiceAccounts as service_accounts,
    Tenants as tenants,
    Sessions as sessions,
    SecondFactor as second_factor,
    PasswordReset as password_reset,
    Features as features,
    LoginOptions as login_options,
    SingleSignOn as single_sign_on,
    Operations as operations,
    BulkOperations as bulk_operations,
    Options as options,
    InventoryRoles as inventory_roles,
    Permissions as permissions,
    Realtime as realtime,
    Mqtt as mqtt,
    Notifications as notifications,
    Applications as applications,
    Registration as registration,
    RemoteAccess as remote_access,
    Certificates as certificates,
    Disconnection as disconnection,
    Retention as retention,
    Software as software,
    Statistics as statistics,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_endpoints_share_a_name_or_a_place() {
        let all: Vec<_> = Endpoint::all()
            .map(|endpoint| (endpoint, endpoint.declaration()))
            .collect();
        let names: BTreeSet<_> = all
            .iter()
            .map(|(endpoint, d)| (endpoint.resource(), d.name))
            .collect();
        let places: BTreeSet<_> = all.iter().map(|(_, d)| (d.method, d.path)).collect();
        assert_eq!((names.len(), places.len()), (all.len(), all.len()));
    }

    #[test]
    fn a_question_never_changes_anything_and_a_change_is_never_a_get() {
        for declaration in Endpoint::all().map(Endpoint::declaration) {
            let is_get = declaration.method == crate::endpoint::Method::Get;
            // Questions that are too long for a path, and the messages of those who follow.
            let asks_by_post = ["rights_preview", "realtime_follow", "certificate_chain_verify"]
                .contains(&declaration.operation.name);
            assert_eq!(
                is_get || asks_by_post,
                !declaration.operation.writes,
                "{} {}",
                declaration.name,
                declaration.path
            );
        }
    }

    // R044: every operation that is declared can be reached, so the document shows its need.
    #[test]
    fn every_public_or_signed_in_operation_has_an_endpoint() {
        let bound: BTreeSet<_> = Endpoint::all().map(|e| e.declaration().operation.name).collect();
        // Decided inside other operations, not endpoints of their own.
        let inner = [
            "inventory_transfer",
            "global_set",
            "notification_subscriber_create",
            "secured_option_read",
            "allowed_origins_read",
            "device_object_create",
            "usage_of_tenant",
            "remote_access_join",
            "mqtt_publish",
            "mqtt_session_keep",
            "collection_read",
        ];
        let missing: Vec<_> = policy::operations::all()
            .map(|operation| operation.name)
            .filter(|name| !bound.contains(name) && !inner.contains(name))
            .collect();
        assert_eq!(missing, Vec::<&str>::new());
    }
}
