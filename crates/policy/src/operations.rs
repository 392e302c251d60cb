//! Every operation, one file per resource. A surface can only call what is declared here.

pub mod alarms;
pub mod applications;
pub mod audit;
pub mod binaries;
pub mod bulk_operations;
pub mod certificates;
pub mod disconnection;
pub mod events;
pub mod explain;
pub mod features;
pub mod identity;
pub mod inventory;
pub mod measurements;
pub mod mqtt;
pub mod notifications;
#[expect(
    clippy::module_inception,
    reason = "the resource is called so, and has this file in every layer"
)]
pub mod operations;
pub mod options;
pub mod password_reset;
pub mod permissions;
pub mod platform;
pub mod projects;
pub mod realtime;
pub mod registration;
pub mod remote_access;
pub mod retention;
pub mod second_factor;
pub mod service_accounts;
pub mod sessions;
pub mod statistics;
pub mod tenants;
pub mod users;

use crate::operation::OperationInfo;

/// Every operation of every resource.
pub fn all() -> impl Iterator<Item = &'static OperationInfo> {
    [
        alarms::ALL,
        applications::ALL,
        audit::ALL,
        binaries::ALL,
        bulk_operations::ALL,
        certificates::ALL,
        disconnection::ALL,
        events::ALL,
        explain::ALL,
        features::ALL,
        identity::ALL,
        inventory::ALL,
        measurements::ALL,
        mqtt::ALL,
        notifications::ALL,
        operations::ALL,
        password_reset::ALL,
        permissions::ALL,
        options::ALL,
        platform::ALL,
        projects::ALL,
        realtime::ALL,
        retention::ALL,
        registration::ALL,
        remote_access::ALL,
        second_factor::ALL,
        service_accounts::ALL,
        sessions::ALL,
        statistics::ALL,
        tenants::ALL,
        users::ALL,
    ]
    .into_iter()
    .flatten()
}

#[cfg(test)]
mod tests {
    use super::all;
    use crate::operation::{AuditClass, By, Need, RateClass};
    use std::collections::BTreeSet;

    #[test]
    fn no_two_operations_share_a_name() {
        let names: Vec<_> = all().map(|operation| operation.name).collect();
        let distinct: BTreeSet<_> = names.iter().collect();
        assert_eq!(distinct.len(), names.len());
    }

    #[test]
    fn whatever_changes_something_is_audited() {
        for operation in all().filter(|operation| operation.writes) {
            assert_ne!(operation.audit, AuditClass::Quiet, "{}", operation.name);
        }
    }

    // R003, R119: what a leaked key or a stolen device must never do, whatever roles it has.
    #[test]
    fn credentials_and_service_accounts_are_for_people() {
        let for_people: Vec<_> = all().filter(|o| o.by == By::People).map(|o| o.name).collect();
        assert_eq!(
            for_people,
            [
                "bootstrap_read",
                "bootstrap_renew",
                "subscription_admin",
                "certificate_confirm",
                "feature_switch",
                "feature_switch_for",
                "password_reset_hand_out",
                "option_lock",
                "security_option_set",
                "own_factor_read",
                "own_factor_set_up",
                "own_factor_prove",
                "own_factor_switch",
                "own_factor_drop",
                "own_recovery_read",
                "own_recovery_make",
                "user_factor_demand",
                "user_factor_revoke",
                "tenant_factor_set",
                "service_account_read",
                "service_account_create",
                "service_account_update",
                "service_account_delete",
                "service_key_create",
                "service_key_revoke",
                "own_session_list",
                "own_session_end",
                "sign_on_read",
                "login_option_admin",
                "login_option_restrict",
                "support_access",
                "user_password",
                "own_password",
            ]
        );
    }

    // R049: the public operations are this short list and no other.
    #[test]
    fn only_the_allow_list_is_public() {
        let public: Vec<_> = all()
            .filter(|o| o.need == Need::Public)
            .map(|o| (o.name, o.rate))
            .collect();
        assert_eq!(
            public,
            [
                ("hosted_file_read", RateClass::Read),
                ("authority_read", RateClass::Read),
                ("device_enrol", RateClass::Secret),
                ("password_reset_ask", RateClass::Secret),
                ("password_reset_check", RateClass::Secret),
                ("password_reset_redeem", RateClass::Secret),
                ("allowed_origins_read", RateClass::Read),
                ("health_read", RateClass::Read),
                ("security_contact", RateClass::Read),
                ("session_open", RateClass::Secret),
                ("sign_in_elsewhere", RateClass::Read),
                ("login_option_list", RateClass::Read),
                ("tenant_setup", RateClass::Secret)
            ]
        );
    }
}
