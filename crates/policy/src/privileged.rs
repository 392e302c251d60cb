//! Which rights are privileged: by them one can gain others, for oneself or through others (R016).

use crate::facts::Principal;
use crate::operation::{Level, Scope, roles_for};
use crate::rights::Grant;
use model::permissions::Select;
use model::roles::{ApplicationRole, Role};

/// Whether whoever holds this role can gain other rights by it.
pub fn is_privileged(role: Role) -> bool {
    match role {
        // Over users: give, set passwords, act as others.
        Role::UserManagementAdmin
        | Role::UserManagementCreate
        | Role::UserManagementPasswordReset
        // Over tenants, and how one signs in there.
        | Role::TenantAdmin
        | Role::TenantManagementAdmin
        | Role::TenantManagementCreate
        | Role::TenantManagementUpdate
        // Over what the rules themselves depend on, and over programs that act with rights of their own.
        | Role::OptionManagementAdmin
        | Role::ApplicationManagementAdmin
        // Over all devices: a shell on one of them is whatever the device may do.
        | Role::DeviceControlAdmin
        | Role::BulkOperationAdmin
        | Role::RemoteAccessAdmin
        // Over what was recorded.
        | Role::AuditAdmin
        // Over the tree that rights are inherited on.
        | Role::InventoryAdmin
        | Role::ManagedObjectAdmin => true,
        Role::AlarmAdmin
        | Role::AlarmRead
        | Role::ApplicationManagementRead
        | Role::AuditRead
        | Role::BinaryAdmin
        | Role::BinaryCreate
        | Role::BinaryRead
        | Role::BulkOperationRead
        | Role::Device
        | Role::DeviceBootstrap
        | Role::DeviceControlRead
        | Role::EventAdmin
        | Role::EventRead
        | Role::IdentityAdmin
        | Role::IdentityRead
        | Role::InventoryCreate
        | Role::InventoryRead
        | Role::ManagedObjectCreate
        | Role::ManagedObjectRead
        | Role::MeasurementAdmin
        | Role::MeasurementRead
        | Role::Notification2Admin
        | Role::OptionManagementRead
        | Role::RetentionRuleAdmin
        | Role::RetentionRuleRead
        | Role::System
        | Role::TenantManagementRead
        | Role::TenantStatisticsRead
        | Role::UserManagementOwnAdmin
        | Role::UserManagementOwnRead
        | Role::UserManagementRead => false,
    }
}

/// Whether a role of a microservice is counted as privileged: what it opens only the microservice knows, so it goes by the
/// name, as the platform's own roles are named.
pub fn is_privileged_by_name(role: &ApplicationRole) -> bool {
    role.as_str().ends_with("_ADMIN")
}

/// Permissions on every object that come to as much as a privileged role, with where they come from; as far as they are
/// in force.
pub fn everywhere(who: &Principal) -> Vec<&Grant> {
    if !who.home().has(None) {
        return Vec::new();
    }
    let is_privileged = |scope: Scope| {
        roles_for(scope, Level::Admin)
            .iter()
            .any(|role| is_privileged(*role))
    };
    let in_force = |scope| {
        let cover = who.rights().everywhere(scope, Level::Admin);
        is_privileged(scope) && cover.is_some_and(|cover| cover.all)
    };
    let scopes: Vec<Scope> = Scope::ALL.into_iter().filter(|scope| in_force(*scope)).collect();
    let counts = |grant: &&Grant| {
        let permission = &grant.permission;
        grant.object == Select::All
            && permission.fragment == Select::All
            && scopes.iter().any(|scope| permission.is_for(*scope, Level::Admin))
    };
    who.rights().grants().iter().filter(counts).collect()
}

#[cfg(test)]
mod tests {
    use super::{everywhere, is_privileged};
    use crate::facts::{Held, Principal};
    use crate::rights::Rights;
    use model::grants::Subject;
    use model::ids::{ObjectId, PrincipalId, TenantNumber};
    use model::roles::Role;
    use model::users::UserKind;

    fn reported(rules: &[&str], bound_to: Option<ObjectId>) -> Vec<String> {
        let id = PrincipalId::new(1).expect("in range");
        let held = Held {
            rights: Rights::of_rules(Subject::User(id), rules),
            bound_to,
            ..Held::default()
        };
        let who = Principal::from_store(TenantNumber(7), id, UserKind::Person, held);
        everywhere(&who)
            .iter()
            .map(|grant| grant.permission.to_string())
            .collect()
    }

    // R016
    #[test]
    fn roles_over_users_options_and_devices_are_privileged_and_reading_is_not() {
        for role in [
            Role::UserManagementAdmin,
            Role::OptionManagementAdmin,
            Role::DeviceControlAdmin,
        ] {
            assert!(is_privileged(role), "{role}");
        }
        for role in [
            Role::UserManagementRead,
            Role::InventoryRead,
            Role::UserManagementOwnAdmin,
        ] {
            assert!(!is_privileged(role), "{role}");
        }
    }

    // R016: what comes to as much as a privileged role, and nothing else.
    #[test]
    fn permissions_on_every_object_are_reported_where_they_come_to_a_privileged_role() {
        let rules = [
            "*, OPERATION, *, ADMIN",
            "*, OPERATION, *, READ",
            "*, OPERATION, c8y_Restart, ADMIN",
            "7, OPERATION, *, ADMIN",
            "*, MEASUREMENT, *, ADMIN",
        ];
        assert_eq!(reported(&rules, None), ["OPERATION:*:ADMIN"]);
        assert_eq!(reported(&rules[1..], None), Vec::<String>::new());
        assert_eq!(
            reported(&rules, ObjectId::new(5)),
            Vec::<String>::new(),
            "it does not count outside"
        );
        assert_eq!(reported(&["*, *, *, *"], None), ["*:*:*"]);
    }
}
