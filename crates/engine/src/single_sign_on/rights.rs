//! Which rights somebody has by what the provider says: groups and inventory roles, by the tenant's mappings.

use crate::note::Note;
use crate::refusal::{Invalid, Refusal};
use crate::users::keep_an_administrator;
use model::grants::{Assignment, Subject};
use model::ids::{GroupId, InventoryRoleId, ObjectId};
use model::json::{Json, Object};
use model::limits::{ASSIGNMENT_ROLES_MAX, ASSIGNMENTS_MAX};
use model::permissions::Select;
use model::single_sign_on::{Assigning, SignOn};
use model::users::User;
use std::collections::{BTreeMap, BTreeSet};
use store::realm::RealmChanges;

/// What the mappings give, and what they could.
pub(super) struct Mapped {
    /// Whether any mapping holds.
    pub(super) holds: bool,
    groups: BTreeSet<GroupId>,
    roles: BTreeMap<ObjectId, BTreeSet<InventoryRoleId>>,
    named_groups: BTreeSet<GroupId>,
    named_roles: BTreeSet<(ObjectId, InventoryRoleId)>,
    keeps_others: bool,
}

impl Mapped {
    /// By what is said of somebody.
    pub(super) fn of(settings: &SignOn, claims: &Object) -> Self {
        let mut mapped = Self {
            holds: false,
            groups: BTreeSet::new(),
            roles: BTreeMap::new(),
            named_groups: BTreeSet::new(),
            named_roles: BTreeSet::new(),
            keeps_others: settings.assigning == Assigning::Named,
        };
        for mapping in &settings.mappings {
            mapped.named_groups.extend(&mapping.groups);
            if mapping.when.holds(claims) {
                mapped.holds = true;
                mapped.groups.extend(&mapping.groups);
            }
        }
        for mapping in &settings.inventory_mappings {
            let holds = mapping.when.holds(claims);
            mapped.holds |= holds;
            for (object, roles) in &mapping.roles {
                mapped
                    .named_roles
                    .extend(roles.iter().map(|role| (*object, *role)));
                if holds {
                    mapped.roles.entry(*object).or_default().extend(roles);
                }
            }
        }
        mapped
    }

    fn manages(&self, group: GroupId) -> bool {
        !self.keeps_others || self.named_groups.contains(&group)
    }

    fn manages_role(&self, object: Select<ObjectId>, role: InventoryRoleId) -> bool {
        match object {
            _ if !self.keeps_others => true,
            Select::One(object) => self.named_roles.contains(&(object, role)),
            Select::All => false,
        }
    }

    /// The user with the groups that it has by the mappings. The last administrator stays one.
    pub(super) fn with_groups(&self, realm: &RealmChanges<'_>, before: &User) -> Result<User, Refusal> {
        let rows = realm.now();
        let mut after = before.clone();
        after.groups.retain(|group| !self.manages(*group));
        for group in &self.groups {
            // One that was deleted since gives nothing.
            if rows.group(*group)?.is_some() {
                after.groups.insert(*group);
            }
        }
        let loses = before.groups.difference(&after.groups).next().is_some();
        if loses && let Err(refusal) = keep_an_administrator(&rows, before) {
            match refusal {
                Refusal::Invalid(Invalid::LastAdministrator) => after.groups.extend(&before.groups),
                other => return Err(other),
            }
        }
        Ok(after)
    }

    /// Gives a user the inventory roles that it has by the mappings, and takes those that it has not: a note if anything
    /// changed.
    pub(super) fn assign(&self, realm: &RealmChanges<'_>, user: &User) -> Result<Option<Note>, Refusal> {
        let mut wanted = self.roles.clone();
        let mut changes = Vec::new();
        let before = realm.now().assignments(Subject::User(user.id))?;
        let mut count = before.len();
        for assignment in before {
            let mut after = assignment.clone();
            let mut own = match assignment.object {
                Select::One(object) => wanted.remove(&object).unwrap_or_default(),
                Select::All => BTreeSet::new(),
            };
            after
                .roles
                .retain(|role| own.remove(role) || !self.manages_role(assignment.object, *role));
            if let Select::One(object) = assignment.object {
                wanted.entry(object).or_default().extend(own);
            }
            if after.roles == assignment.roles {
                continue;
            }
            changes.push(describe(&after));
            match after.roles.is_empty() {
                true => {
                    realm.delete_assignment(&assignment)?;
                    count -= 1;
                }
                false => realm.put_assignment(&after)?,
            }
        }
        for (object, roles) in wanted {
            let mut there = Vec::new();
            for role in roles {
                if realm.now().inventory_role(role)?.is_some() {
                    there.push(role);
                }
            }
            there.truncate(ASSIGNMENT_ROLES_MAX);
            if there.is_empty() || count >= ASSIGNMENTS_MAX {
                continue;
            }
            count += 1;
            let assignment = Assignment {
                id: realm.new_assignment()?,
                subject: Subject::User(user.id),
                object: Select::One(object),
                roles: there,
            };
            realm.put_assignment(&assignment)?;
            changes.push(describe(&assignment));
        }
        let note = || {
            Note::new("User", "Inventory roles of user changed", &user.name).text(format!(
                "By the mappings of single sign-on: {}",
                changes.join("; ")
            ))
        };
        Ok((!changes.is_empty()).then(note))
    }
}

fn describe(assignment: &Assignment) -> String {
    let roles: Vec<_> = assignment.roles.iter().map(ToString::to_string).collect();
    let object = model::permissions::object_text(assignment.object);
    format!("on {object} the roles [{}]", roles.join(", "))
}

/// What changed of a user, as a note says it.
pub(super) fn groups_text(user: &User) -> Json {
    let groups: Vec<_> = user.groups.iter().map(ToString::to_string).collect();
    Json::from(groups.join(", "))
}
