//! Who works with the fleet: roles instead of names of persons, and what each of them may. They show what rules do: whole
//! tenants, one region, one site, one fragment, nothing.

/// A person.
#[derive(Debug)]
pub struct Person {
    /// The user name.
    pub name: &'static str,
    /// What is told to whoever starts the demo.
    pub sees: &'static str,
    /// The group of users that gives its roles.
    pub group: &'static str,
    /// Inventory roles that it is assigned, by name, each on an asset by name.
    pub assigned: &'static [(&'static str, &'static str)],
    /// Permissions on an asset by name.
    pub rules: &'static [(&'static str, &'static [&'static str])],
}

/// A group of users that the fleet makes, with its roles.
pub const GROUPS: [(&str, &str, &[&str]); 2] = [
    (
        "Auditors (simulated)",
        "Of the demo: read devices, users and the audit log, and change nothing",
        &[
            "ROLE_AUDIT_READ",
            "ROLE_INVENTORY_READ",
            "ROLE_USER_MANAGEMENT_READ",
            "ROLE_USER_MANAGEMENT_OWN_ADMIN",
        ],
    ),
    (
        PARTNERS,
        "Of the demo: nothing but the own profile; what they see, rules on objects say",
        &["ROLE_USER_MANAGEMENT_OWN_ADMIN"],
    ),
];

const PARTNERS: &str = "Partners (simulated)";

/// An inventory role that the fleet makes: name, description, and permissions as scope, fragment, level.
pub type Role = (&'static str, &'static str, &'static [[&'static str; 3]]);

/// The inventory roles.
pub const ROLES: [Role; 2] = [
    (
        "Haulier (simulated)",
        "Of the demo: see trucks and what they carry, and their data",
        &[
            ["MANAGED_OBJECT", "*", "READ"],
            ["MEASUREMENT", "*", "READ"],
            ["EVENT", "*", "READ"],
            ["ALARM", "*", "READ"],
        ],
    ),
    (
        "Technician (simulated)",
        "Of the demo: see machines and their data, handle alarms, ask devices to restart",
        &[
            ["MANAGED_OBJECT", "*", "READ"],
            ["MEASUREMENT", "*", "READ"],
            ["EVENT", "*", "READ"],
            ["ALARM", "*", "*"],
            ["OPERATION", "*", "READ"],
            ["OPERATION", "c8y_Restart", "ADMIN"],
        ],
    ),
];

/// The people.
pub const PEOPLE: [Person; 7] = [
    Person {
        name: "dispatcher",
        sees: "all devices and data; handles alarms",
        group: "Standard User",
        assigned: &[],
        rules: &[],
    },
    Person {
        name: "controller",
        sees: "all devices and data; changes nothing",
        group: "Business User",
        assigned: &[],
        rules: &[],
    },
    Person {
        name: "auditor",
        sees: "devices, users and the audit log",
        group: "Auditors (simulated)",
        assigned: &[],
        rules: &[],
    },
    Person {
        name: "technician",
        sees: "the plants of Hanover and Linz; may restart their machines",
        group: PARTNERS,
        assigned: &[
            ("Technician (simulated)", "Hanover plant"),
            ("Technician (simulated)", "Linz plant"),
        ],
        rules: &[],
    },
    Person {
        name: "haulier_north",
        sees: "Region North",
        group: PARTNERS,
        assigned: &[("Haulier (simulated)", "Region North")],
        rules: &[],
    },
    Person {
        name: "haulier_south",
        sees: "Region South",
        group: PARTNERS,
        assigned: &[("Haulier (simulated)", "Region South")],
        rules: &[],
    },
    Person {
        name: "consignee",
        sees: "the containers in the cold store of Rotterdam, and of their data the temperature alone",
        group: PARTNERS,
        assigned: &[],
        rules: &[(
            "Rotterdam cold store",
            &[
                "MANAGED_OBJECT:*:READ",
                "MEASUREMENT:c8y_TemperatureMeasurement:READ",
            ],
        )],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::{REGIONS, SITES};
    use model::names::UserName;
    use model::permissions::Permission;
    use model::roles::Role as Global;

    #[test]
    fn every_name_permission_and_place_exists() {
        for person in &PEOPLE {
            assert!(person.name.parse::<UserName>().is_ok());
            let on = person
                .assigned
                .iter()
                .map(|(_, on)| on)
                .chain(person.rules.iter().map(|(on, _)| on));
            for on in on {
                assert!(
                    REGIONS.contains(on) || SITES.iter().any(|site| site.name == *on),
                    "{on}"
                );
            }
            for (role, _) in person.assigned {
                assert!(ROLES.iter().any(|(name, ..)| name == role), "{role}");
            }
            for text in person.rules.iter().flat_map(|(_, texts)| *texts) {
                assert!(text.parse::<Permission>().is_ok(), "{text}");
            }
        }
        for (_, _, permissions) in ROLES {
            for [scope, fragment, level] in permissions {
                assert!(
                    Permission::of_parts(scope, fragment, level).is_ok(),
                    "{scope} {fragment} {level}"
                );
            }
        }
        for name in GROUPS.iter().flat_map(|(_, _, roles)| *roles) {
            assert!(Global::ALL.iter().any(|role| role.name() == *name), "{name}");
        }
    }
}
