//! Inventory roles: named sets of permissions, to be assigned on objects.
//!
//! Whoever changes a role changes what everybody holds to whom it is assigned. So each permission that is added to a role
//! or taken from it, and each of a role that is deleted, must be one that the caller may pass on, on the object of every
//! assignment of the role. A role that is assigned to nobody gives nothing yet: who assigns it is asked then.

use crate::desk::{Changing, Reading};
use crate::note::Note;
use crate::page::{Listed, Page};
use crate::permissions::{Giving, listed};
use crate::refusal::{Bound, Conflict, FaultId, Invalid, Missing, Refusal};
use crate::users::allow_people;
use crate::version::{Expected, Version};
use crate::work::{Command, Query, Then, done};
use model::grants::InventoryRole;
use model::ids::{InventoryRoleId, ObjectId};
use model::json::Json;
use model::limits::{CASCADE_MAX, INVENTORY_ROLE_PERMISSIONS_MAX, INVENTORY_ROLES_MAX};
use model::permissions::{BadPermission, Permission, Select};
use policy::operations::permissions::{InventoryRoleAdmin, InventoryRoleRead};
use std::collections::BTreeSet;
use store::realm::{RealmChanges, RealmRows};

/// An inventory role, with the state that it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleView {
    /// The role.
    pub role: InventoryRole,
    /// Which state this is.
    pub version: Version,
}

fn show(rows: &RealmRows<'_>, role: InventoryRole) -> Result<RoleView, Refusal> {
    let version = Version::of(rows, &role)?;
    Ok(RoleView { role, version })
}

fn role_in(rows: &RealmRows<'_>, id: InventoryRoleId) -> Result<InventoryRole, Refusal> {
    let found = rows.inventory_role(id)?;
    found.ok_or(Refusal::Missing(Missing::InventoryRole(id)))
}

/// Lists inventory roles, in order of ids.
pub struct FindInventoryRoles {
    /// Which part.
    pub page: Page,
}

impl Query for FindInventoryRoles {
    type Operation = InventoryRoleRead;
    type Answer = Listed<InventoryRole>;

    fn answer(&self, desk: &Reading) -> Result<Listed<InventoryRole>, Refusal> {
        let rows = desk.tx.realm(allow_people::<InventoryRoleRead, _>(desk)?);
        Ok(self.page.of(rows.inventory_roles()?))
    }
}

/// Reads one inventory role.
pub struct ReadInventoryRole(pub InventoryRoleId);

impl Query for ReadInventoryRole {
    type Operation = InventoryRoleRead;
    type Answer = RoleView;

    fn answer(&self, desk: &Reading) -> Result<RoleView, Refusal> {
        let rows = desk.tx.realm(allow_people::<InventoryRoleRead, _>(desk)?);
        show(&rows, role_in(&rows, self.0)?)
    }
}

/// An inventory role that was created or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenRole {
    /// Its id.
    pub id: InventoryRoleId,
    /// The role, for those who may read roles (R019).
    pub shown: Option<Box<RoleView>>,
}

fn written(desk: &Changing, realm: &RealmChanges<'_>, role: InventoryRole) -> Result<WrittenRole, Refusal> {
    let id = role.id;
    let shown = match desk.may::<InventoryRoleRead>() {
        true => Some(Box::new(show(&realm.now(), role)?)),
        false => None,
    };
    Ok(WrittenRole { id, shown })
}

fn check_permissions(permissions: &[Permission]) -> Result<(), Refusal> {
    if permissions.len() > INVENTORY_ROLE_PERMISSIONS_MAX {
        return Err(Refusal::Invalid(Invalid::TooMany(Bound::RolePermissions)));
    }
    Ok(())
}

fn check_name(rows: &RealmRows<'_>, name: &str) -> Result<(), Refusal> {
    match rows.inventory_role_named(name)? {
        Some(_) => Err(Refusal::Conflict(Conflict::InventoryRoleNameTaken)),
        None => Ok(()),
    }
}

/// Creates an inventory role.
pub struct CreateInventoryRole {
    /// Its name, unique in the tenant.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What it allows.
    pub permissions: Vec<Permission>,
}

impl Command for CreateInventoryRole {
    type Operation = InventoryRoleAdmin;
    type Answer = WrittenRole;

    fn change(&self, desk: &Changing) -> Result<Then<WrittenRole>, Refusal> {
        let realm = desk.tx.realm(allow_people::<InventoryRoleAdmin, _>(desk)?);
        check_permissions(&self.permissions)?;
        if realm.now().inventory_roles()?.len() >= INVENTORY_ROLES_MAX {
            return Err(Refusal::Invalid(Invalid::TooMany(Bound::Roles)));
        }
        check_name(&realm.now(), &self.name)?;
        let role = InventoryRole {
            id: realm.new_inventory_role()?,
            name: self.name.clone(),
            description: self.description.clone(),
            permissions: self.permissions.clone(),
            version: 1,
        };
        realm.put_inventory_role(None, &role)?;
        let text = format!(
            "Inventory role {} created: {}",
            role.name,
            listed(&role.permissions)
        );
        desk.note(Note::new("InventoryRole", "Inventory role created", role.id).text(text));
        Ok(done(written(desk, &realm, role)?))
    }
}

/// Changes an inventory role: what is absent stays.
pub struct UpdateInventoryRole {
    /// Which.
    pub id: InventoryRoleId,
    /// A new name.
    pub name: Option<String>,
    /// A new description, or its removal.
    pub description: Option<Option<String>>,
    /// What it allows, all of it.
    pub permissions: Option<Vec<Permission>>,
    /// The state that is changed.
    pub expected: Expected,
}

impl Command for UpdateInventoryRole {
    type Operation = InventoryRoleAdmin;
    type Answer = WrittenRole;

    fn change(&self, desk: &Changing) -> Result<Then<WrittenRole>, Refusal> {
        let realm = desk.tx.realm(allow_people::<InventoryRoleAdmin, _>(desk)?);
        let before = role_in(&realm.now(), self.id)?;
        self.expected.check(&realm.now(), &before)?;
        let mut after = before.clone();
        if let Some(name) = self.name.as_ref().filter(|name| **name != before.name) {
            check_name(&realm.now(), name)?;
            after.name.clone_from(name);
        }
        if let Some(description) = &self.description {
            after.description.clone_from(description);
        }
        if let Some(permissions) = &self.permissions {
            check_permissions(permissions)?;
            after.permissions.clone_from(permissions);
        }
        let lost = before
            .permissions
            .iter()
            .filter(|one| !after.permissions.contains(one));
        let gained = after
            .permissions
            .iter()
            .filter(|one| !before.permissions.contains(one));
        check_assigned(desk, &realm, self.id, &lost.chain(gained).collect::<Vec<_>>())?;
        if after != before {
            after.version += 1;
            realm.put_inventory_role(Some(&before), &after)?;
            desk.note(describe(&before, &after));
        }
        Ok(done(written(desk, &realm, after)?))
    }
}

fn describe(before: &InventoryRole, after: &InventoryRole) -> Note {
    let text = |text: &str| Some(Json::from(text));
    let permissions = |role: &InventoryRole| text(&listed(&role.permissions));
    Note::new("InventoryRole", "Inventory role updated", after.id)
        .text(format!("Inventory role {} updated", after.name))
        .change("name", text(&before.name), text(&after.name))
        .change(
            "description",
            before.description.as_deref().and_then(text),
            after.description.as_deref().and_then(text),
        )
        .change("permissions", permissions(before), permissions(after))
}

/// Refuses a change of these permissions of a role if the caller may not pass each of them on wherever the role is
/// assigned.
fn check_assigned(
    desk: &Changing,
    realm: &RealmChanges<'_>,
    id: InventoryRoleId,
    changed: &[&Permission],
) -> Result<(), Refusal> {
    if changed.is_empty() || desk.who().is_admin() {
        return Ok(());
    }
    let assignments = realm.now().assignments_with(id)?;
    let objects: BTreeSet<Select<ObjectId>> = assignments
        .into_iter()
        .map(|assignment| assignment.object)
        .collect();
    let giving = Giving::of::<InventoryRoleAdmin>(desk);
    objects
        .into_iter()
        .try_for_each(|object| giving.check_each(object, changed.iter().copied()))
}

/// Deletes an inventory role; whoever it was assigned to holds it no more.
pub struct DeleteInventoryRole {
    /// Which.
    pub id: InventoryRoleId,
    /// The state that is deleted.
    pub expected: Expected,
}

impl Command for DeleteInventoryRole {
    type Operation = InventoryRoleAdmin;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let realm = desk.tx.realm(allow_people::<InventoryRoleAdmin, _>(desk)?);
        let role = role_in(&realm.now(), self.id)?;
        self.expected.check(&realm.now(), &role)?;
        check_assigned(
            desk,
            &realm,
            self.id,
            &role.permissions.iter().collect::<Vec<_>>(),
        )?;
        let assignments = realm.now().assignments_with(self.id)?.len();
        if assignments > CASCADE_MAX {
            return Err(Refusal::Invalid(Invalid::CascadeTooLarge));
        }
        realm.delete_inventory_role(&role)?;
        let text = format!(
            "Inventory role {} with {assignments} assignments deleted: {}",
            role.name,
            listed(&role.permissions)
        );
        desk.note(Note::new("InventoryRole", "Inventory role deleted", self.id).text(text));
        Ok(done(()))
    }
}

/// The inventory roles that every tenant begins with: name, description and permissions.
const DEFAULTS: [(&str, &str, &[&str]); 4] = [
    ("Reader", "Reads everything", &["*:*:READ"]),
    (
        "Manager",
        "Reads everything; changes objects and alarms, but sends no operations",
        &["*:*:READ", "MANAGED_OBJECT:*:ADMIN", "ALARM:*:ADMIN"],
    ),
    ("Operations: All", "Sends every operation", &["OPERATION:*:ADMIN"]),
    (
        "Operations: Restart Device",
        "Restarts devices",
        &["OPERATION:c8y_Restart:ADMIN"],
    ),
];

/// Gives a new realm the inventory roles that every tenant begins with. They are ordinary roles from then on.
pub(crate) fn create_defaults(realm: &RealmChanges<'_>) -> Result<(), Refusal> {
    for (name, description, permissions) in DEFAULTS {
        let permissions: Result<_, _> = permissions.iter().map(|text| text.parse()).collect();
        let role = InventoryRole {
            id: realm.new_inventory_role()?,
            name: name.to_owned(),
            description: Some(description.to_owned()),
            permissions: permissions.map_err(|bad: BadPermission| Refusal::Fault(FaultId::report(&bad)))?,
            version: 1,
        };
        realm.put_inventory_role(None, &role)?;
    }
    Ok(())
}
