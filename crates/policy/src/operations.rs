//! Every operation, one file per resource. A surface can only call what is declared here.

pub mod audit;
pub mod identity;
pub mod inventory;
pub mod measurements;
pub mod platform;
pub mod tenants;
pub mod users;

use crate::operation::OperationInfo;

/// Every operation of every resource.
pub fn all() -> impl Iterator<Item = &'static OperationInfo> {
    [
        audit::ALL,
        identity::ALL,
        inventory::ALL,
        measurements::ALL,
        platform::ALL,
        tenants::ALL,
        users::ALL,
    ]
    .into_iter()
    .flatten()
}

#[cfg(test)]
mod tests {
    use super::all;
    use crate::operation::{AuditClass, Need, RateClass};
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
                ("security_contact", RateClass::Read),
                ("tenant_setup", RateClass::Secret)
            ]
        );
    }
}
