//! The groups that a new tenant starts with. Three of them are templates for what people do: administrator, standard user
//! and business user (R013); the tenant may change them like any other group. What each may call is in
//! `api/role-templates.txt`, compared with the program by a test.

use super::make_group;
use crate::refusal::Refusal;
use model::ids::GroupId;
use model::roles::Role;
use model::users::{ADMINS, DEVICES};
use store::realm::RealmChanges;

/// A group that a new tenant has.
#[derive(Debug, Clone, Copy)]
pub struct Template {
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub description: &'static str,
    roles: Roles,
}

#[derive(Debug, Clone, Copy)]
enum Roles {
    /// Every role of the tenant, but for those of devices and the platform's own users.
    OfAdministrators,
    /// These.
    These(&'static [Role]),
}

impl Template {
    /// Its roles, in the management tenant or in any other.
    pub fn roles(&self, is_management: bool) -> Vec<Role> {
        const NOT_FOR_ADMINS: [Role; 3] = [Role::Device, Role::DeviceBootstrap, Role::System];
        match self.roles {
            Roles::These(roles) => roles.to_vec(),
            Roles::OfAdministrators => {
                let here = |role: &Role| is_management || !role.is_platform_role();
                let all = Role::ALL.iter().copied().filter(here);
                all.filter(|role| !NOT_FOR_ADMINS.contains(role)).collect()
            }
        }
    }
}

/// What an administrator is.
pub const ADMINISTRATOR: Template = Template {
    name: ADMINS,
    description: "Administrators: everything in this tenant, and to give every right of it",
    roles: Roles::OfAdministrators,
};

/// What a standard user is: no role by which one could gain others. What it may do to devices it is given on these, by
/// inventory roles.
pub const STANDARD_USER: Template = Template {
    name: "Standard User",
    description: "Standard users: see all devices and data, handle alarms and events, add objects of their own",
    roles: Roles::These(&[
        Role::AlarmAdmin,
        Role::AlarmRead,
        Role::BinaryRead,
        Role::BulkOperationRead,
        Role::DeviceControlRead,
        Role::EventAdmin,
        Role::EventRead,
        Role::IdentityRead,
        Role::InventoryCreate,
        Role::InventoryRead,
        Role::MeasurementRead,
        Role::UserManagementOwnAdmin,
        Role::UserManagementOwnRead,
    ]),
};

/// What a business user is: sees, changes nothing.
pub const BUSINESS_USER: Template = Template {
    name: "Business User",
    description: "Business users: see devices and their data, and change nothing",
    roles: Roles::These(&[
        Role::AlarmRead,
        Role::EventRead,
        Role::InventoryRead,
        Role::MeasurementRead,
        Role::UserManagementOwnAdmin,
        Role::UserManagementOwnRead,
    ]),
};

const DEVICES_GROUP: Template = Template {
    name: DEVICES,
    description: "Devices: roles to read reach only what the device owns",
    roles: Roles::These(&[
        Role::Device,
        Role::IdentityRead,
        Role::IdentityAdmin,
        Role::InventoryRead,
        Role::InventoryCreate,
        Role::AlarmRead,
        Role::AuditRead,
        Role::DeviceControlRead,
        Role::EventRead,
        Role::MeasurementRead,
        Role::UserManagementOwnRead,
        Role::UserManagementOwnAdmin,
    ]),
};

const BUSINESS: Template = Template {
    name: "business",
    description: "As other platforms have it: work with all devices and their data",
    roles: Roles::These(&[
        Role::AlarmAdmin,
        Role::AlarmRead,
        Role::AuditRead,
        Role::BulkOperationRead,
        Role::DeviceControlAdmin,
        Role::DeviceControlRead,
        Role::EventAdmin,
        Role::EventRead,
        Role::IdentityAdmin,
        Role::IdentityRead,
        Role::InventoryAdmin,
        Role::InventoryRead,
        Role::MeasurementAdmin,
        Role::MeasurementRead,
        Role::RetentionRuleRead,
        Role::UserManagementOwnAdmin,
        Role::UserManagementOwnRead,
    ]),
};

const READERS: Template = Template {
    name: "readers",
    description: "As other platforms have it: read devices, their data and the audit log",
    roles: Roles::These(&[
        Role::AlarmRead,
        Role::AuditRead,
        Role::DeviceControlRead,
        Role::EventRead,
        Role::IdentityRead,
        Role::InventoryRead,
        Role::MeasurementRead,
        Role::UserManagementOwnRead,
    ]),
};

const GLOBAL_READER: Template = Template {
    name: "Global Reader",
    description: "Read all data",
    roles: Roles::These(&[
        Role::AlarmRead,
        Role::AuditRead,
        Role::DeviceControlRead,
        Role::EventRead,
        Role::IdentityRead,
        Role::InventoryRead,
        Role::MeasurementRead,
    ]),
};

const GLOBAL_MANAGER: Template = Template {
    name: "Global Manager",
    description: "Read and change all data",
    roles: Roles::These(&[
        Role::AlarmAdmin,
        Role::AlarmRead,
        Role::AuditAdmin,
        Role::AuditRead,
        Role::DeviceControlAdmin,
        Role::DeviceControlRead,
        Role::EventAdmin,
        Role::EventRead,
        Role::IdentityAdmin,
        Role::IdentityRead,
        Role::InventoryAdmin,
        Role::InventoryRead,
        Role::MeasurementAdmin,
        Role::MeasurementRead,
    ]),
};

const GLOBAL_USER_MANAGER: Template = Template {
    name: "Global User Manager",
    description: "Manage all users",
    roles: Roles::These(&[Role::UserManagementAdmin, Role::UserManagementRead]),
};

const SHARED_USER_MANAGER: Template = Template {
    name: "Shared User Manager",
    description: "Create users and manage those that one has created",
    roles: Roles::These(&[Role::UserManagementCreate]),
};

/// The groups of a new tenant. The first is that of its first administrator.
pub const TEMPLATES: [Template; 10] = [
    ADMINISTRATOR,
    DEVICES_GROUP,
    BUSINESS,
    READERS,
    STANDARD_USER,
    BUSINESS_USER,
    GLOBAL_READER,
    GLOBAL_MANAGER,
    GLOBAL_USER_MANAGER,
    SHARED_USER_MANAGER,
];

/// Makes the groups of a new tenant. Gives the one of its first administrator.
pub(super) fn make_groups(realm: &RealmChanges<'_>, is_management: bool) -> Result<GroupId, Refusal> {
    let make = |template: &Template| {
        let roles = template.roles(is_management);
        make_group(realm, template.name, template.description, roles)
    };
    let [admins, others @ ..] = &TEMPLATES;
    let admins = make(admins)?;
    for template in others {
        make(template)?;
    }
    Ok(admins)
}

#[cfg(test)]
mod tests {
    use super::*;
    use policy::privileged::is_privileged;

    // R013 R016
    #[test]
    fn standard_and_business_users_hold_nothing_by_which_one_gains_more() {
        for template in [STANDARD_USER, BUSINESS_USER, GLOBAL_READER, READERS] {
            let privileged: Vec<_> = template
                .roles(false)
                .into_iter()
                .filter(|role| is_privileged(*role))
                .collect();
            assert_eq!(privileged, [], "{}", template.name);
        }
    }

    // R013: what a business user sees, a standard user sees; what that one may, an administrator may.
    #[test]
    fn each_template_holds_what_the_smaller_one_holds() {
        let [business, standard, administrator] =
            [BUSINESS_USER, STANDARD_USER, ADMINISTRATOR].map(|template| template.roles(false));
        assert!(business.iter().all(|role| standard.contains(role)));
        assert!(standard.iter().all(|role| administrator.contains(role)));
        assert!(
            business
                .iter()
                .all(|role| { role.name().ends_with("_READ") || *role == Role::UserManagementOwnAdmin })
        );
    }

    // R115
    #[test]
    fn no_template_gives_a_platform_role_outside_of_the_management_tenant() {
        for template in TEMPLATES {
            assert!(!template.roles(false).iter().any(|role| role.is_platform_role()));
        }
        assert!(ADMINISTRATOR.roles(true).contains(&Role::TenantManagementAdmin));
    }
}
