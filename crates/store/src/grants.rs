//! Permissions on objects and fragments as rows of the realm: inventory roles, their assignments, and permissions given
//! one by one. One store, asked from the side of users and groups and from the side of objects (R029).
//!
//! What a permission means is decided elsewhere; here it is kept, found and taken away with whom or what it is about.

use crate::backend::Direction;
use crate::change::Epoch;
use crate::fault::StoreFault;
use crate::realm::{RealmChanges, RealmRows};
use crate::rows::{Key, Table, last_number, rows};
use crate::transaction::WriteTx;
use crate::view::View;
use model::grants::{Assignment, InventoryRole, Subject};
use model::ids::{AssignmentId, GroupId, InventoryRoleId, ObjectId, PrincipalId, TenantNumber};
use model::permissions::{Permission, Select};
use policy::rights::{Grant, Origin, Rights};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

/// The permissions of one user or group on one object, given one by one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct PermissionsRow {
    object: Select<ObjectId>,
    permissions: Vec<Permission>,
}

#[derive(Serialize, Deserialize)]
struct RoleIdRow(InventoryRoleId);

rows! {
    PermissionsRow => Permissions,
    Assignment => Assignment,
    InventoryRole => InventoryRole,
    RoleIdRow => InventoryRoleByName,
}

/// The place of "every object" among the numbers of objects, which begin with 1.
const EVERY_OBJECT: u64 = 0;

fn object_number(object: Select<ObjectId>) -> u64 {
    match object {
        Select::All => EVERY_OBJECT,
        Select::One(object) => object.number(),
    }
}

const USER: u8 = 1;
const GROUP: u8 = 2;

fn by_subject(key: Key, subject: Subject) -> Key {
    match subject {
        Subject::User(id) => key.byte(USER).number(id.number()),
        Subject::Group(id) => key.byte(GROUP).number(id.number()),
    }
}

/// The subject at the end of a key of [`on_object`].
fn subject_in(key: &[u8]) -> Option<Subject> {
    let number = last_number(key)?;
    match *key.get(key.len().checked_sub(9)?)? {
        USER => PrincipalId::new(number).map(Subject::User),
        GROUP => GroupId::new(number).map(Subject::Group),
        _ => None,
    }
}

fn permissions_of(tenant: TenantNumber, subject: Subject) -> Key {
    by_subject(Key::new(tenant, Table::Permissions), subject)
}

fn assignments_of(tenant: TenantNumber, subject: Subject) -> Key {
    by_subject(Key::new(tenant, Table::Assignment), subject)
}

/// Who holds permissions or roles on an object. An entry may outlive them: it is only a place to look.
fn on_object(tenant: TenantNumber, object: Select<ObjectId>) -> Key {
    Key::new(tenant, Table::RightsOn).number(object_number(object))
}

fn role_key(tenant: TenantNumber, id: InventoryRoleId) -> Key {
    Key::new(tenant, Table::InventoryRole).number(id.number())
}

/// Every permission of these subjects, as the decision needs them.
pub(crate) fn rights_of(
    view: &View,
    tenant: TenantNumber,
    subjects: impl IntoIterator<Item = Subject>,
) -> Result<Rights, StoreFault> {
    let mut grants = Vec::new();
    let mut roles: BTreeMap<InventoryRoleId, Option<InventoryRole>> = BTreeMap::new();
    for subject in subjects {
        for row in view.rows::<PermissionsRow>(&permissions_of(tenant, subject))? {
            let origin = Origin { subject, role: None };
            grants.extend(row.permissions.into_iter().map(|permission| Grant {
                object: row.object,
                permission,
                origin,
            }));
        }
        for assignment in view.rows::<Assignment>(&assignments_of(tenant, subject))? {
            for id in assignment.roles {
                let role = match roles.get(&id) {
                    Some(role) => role,
                    None => roles.entry(id).or_insert(view.row(&role_key(tenant, id))?),
                };
                let origin = Origin {
                    subject,
                    role: Some((id, assignment.id)),
                };
                let permissions = role.iter().flat_map(|role| &role.permissions);
                grants.extend(permissions.map(|permission| Grant {
                    object: assignment.object,
                    permission: permission.clone(),
                    origin,
                }));
            }
        }
    }
    Ok(Rights::new(grants))
}

/// Takes away every right on an object that is being deleted. Its id is never given again, so a right that is added
/// meanwhile reaches nothing (R039).
pub(crate) fn delete_on(tx: &WriteTx, tenant: TenantNumber, object: ObjectId) -> Result<(), StoreFault> {
    let object = Select::One(object);
    for subject in subjects_on(&tx.view, tenant, object)? {
        tx.delete(&permissions_of(tenant, subject).number(object_number(object)));
        for assignment in tx.view.rows::<Assignment>(&assignments_of(tenant, subject))? {
            if assignment.object == object {
                tx.delete(&assignments_of(tenant, subject).number(assignment.id.number()));
            }
        }
        tx.delete(&by_subject(on_object(tenant, object), subject));
        tx.moves(tenant, Epoch::Rules);
    }
    Ok(())
}

fn subjects_on(
    view: &View,
    tenant: TenantNumber,
    object: Select<ObjectId>,
) -> Result<BTreeSet<Subject>, StoreFault> {
    let mut subjects = BTreeSet::new();
    let prefix = on_object(tenant, object);
    view.scan_range(
        tenant,
        Table::RightsOn,
        &prefix.prefix(),
        Direction::Forward,
        |key, _| {
            subjects.extend(subject_in(key));
            Ok(ControlFlow::Continue(()))
        },
    )?;
    Ok(subjects)
}

impl RealmRows<'_> {
    /// An inventory role by its id.
    pub fn inventory_role(&self, id: InventoryRoleId) -> Result<Option<InventoryRole>, StoreFault> {
        self.view.row(&role_key(self.tenant, id))
    }

    /// An inventory role by its name.
    pub fn inventory_role_named(&self, name: &str) -> Result<Option<InventoryRole>, StoreFault> {
        let blind = self
            .view
            .keys
            .blind_identity(self.tenant, "inventory-role-name", name)?;
        match self
            .view
            .row::<RoleIdRow>(&Key::new(self.tenant, Table::InventoryRoleByName).blind(blind))?
        {
            Some(found) => self.inventory_role(found.0),
            None => Ok(None),
        }
    }

    /// Every inventory role, in order of ids.
    pub fn inventory_roles(&self) -> Result<Vec<InventoryRole>, StoreFault> {
        self.view.rows(&Key::new(self.tenant, Table::InventoryRole))
    }

    /// The permissions that were given to a user or group one by one, by object.
    pub fn permissions(
        &self,
        subject: Subject,
    ) -> Result<BTreeMap<Select<ObjectId>, Vec<Permission>>, StoreFault> {
        let rows = self
            .view
            .rows::<PermissionsRow>(&permissions_of(self.tenant, subject))?;
        Ok(rows
            .into_iter()
            .map(|row| (row.object, row.permissions))
            .collect())
    }

    /// The permissions that were given to a user or group one by one on one object.
    pub fn permissions_of_on(
        &self,
        subject: Subject,
        object: Select<ObjectId>,
    ) -> Result<Vec<Permission>, StoreFault> {
        let key = permissions_of(self.tenant, subject).number(object_number(object));
        let row = self.view.row::<PermissionsRow>(&key)?;
        Ok(row.map(|row| row.permissions).unwrap_or_default())
    }

    /// Who was given permissions or roles on an object itself, or on every object.
    pub fn subjects_on(&self, object: Select<ObjectId>) -> Result<BTreeSet<Subject>, StoreFault> {
        subjects_on(self.view, self.tenant, object)
    }

    /// The inventory roles that a user or group was assigned, in order of ids.
    pub fn assignments(&self, subject: Subject) -> Result<Vec<Assignment>, StoreFault> {
        self.view.rows(&assignments_of(self.tenant, subject))
    }

    /// One assignment of a user or group.
    pub fn assignment(&self, subject: Subject, id: AssignmentId) -> Result<Option<Assignment>, StoreFault> {
        self.view
            .row(&assignments_of(self.tenant, subject).number(id.number()))
    }

    /// The assignments of an inventory role, whoever holds them.
    pub fn assignments_with(&self, role: InventoryRoleId) -> Result<Vec<Assignment>, StoreFault> {
        let mut all = self
            .view
            .rows::<Assignment>(&Key::new(self.tenant, Table::Assignment))?;
        all.retain(|assignment| assignment.roles.contains(&role));
        Ok(all)
    }

    /// Every permission of a user or group, with where it comes from.
    pub fn rights(&self, subjects: impl IntoIterator<Item = Subject>) -> Result<Rights, StoreFault> {
        rights_of(self.view, self.tenant, subjects)
    }
}

impl RealmChanges<'_> {
    /// A new id for an inventory role.
    pub fn new_inventory_role(&self) -> Result<InventoryRoleId, StoreFault> {
        self.tx.ids.inventory_role(self.tenant)
    }

    /// A new id for an assignment.
    pub fn new_assignment(&self) -> Result<AssignmentId, StoreFault> {
        self.tx.ids.assignment(self.tenant)
    }

    /// Stores an inventory role, new or changed; `before` as it was read here. The caller has seen that its name is
    /// free.
    pub fn put_inventory_role(
        &self,
        before: Option<&InventoryRole>,
        role: &InventoryRole,
    ) -> Result<(), StoreFault> {
        if before.is_none_or(|before| before.name != role.name) {
            if let Some(before) = before {
                self.tx.delete(&self.role_name_key(&before.name)?);
            }
            self.tx
                .put(&self.role_name_key(&role.name)?, &RoleIdRow(role.id))?;
        }
        self.tx.moves(self.tenant, Epoch::Rules);
        self.tx.put(&role_key(self.tenant, role.id), role)
    }

    fn role_name_key(&self, name: &str) -> Result<Key, StoreFault> {
        let blind = self
            .tx
            .view
            .keys
            .blind_identity(self.tenant, "inventory-role-name", name)?;
        Ok(Key::new(self.tenant, Table::InventoryRoleByName).blind(blind))
    }

    /// Removes an inventory role, from all its assignments too.
    pub fn delete_inventory_role(&self, role: &InventoryRole) -> Result<(), StoreFault> {
        for mut assignment in self.now().assignments_with(role.id)? {
            assignment.roles.retain(|id| *id != role.id);
            if assignment.roles.is_empty() {
                self.delete_assignment(&assignment)?;
            } else {
                self.put_assignment(&assignment)?;
            }
        }
        self.tx.delete(&self.role_name_key(&role.name)?);
        self.tx.delete(&role_key(self.tenant, role.id));
        self.tx.moves(self.tenant, Epoch::Rules);
        Ok(())
    }

    /// Gives a user or group exactly these permissions on an object; none takes them away.
    pub fn put_permissions(
        &self,
        subject: Subject,
        object: Select<ObjectId>,
        permissions: Vec<Permission>,
    ) -> Result<(), StoreFault> {
        let key = permissions_of(self.tenant, subject).number(object_number(object));
        self.tx.moves(self.tenant, Epoch::Rules);
        if permissions.is_empty() {
            self.tx.delete(&key);
            return self.forget_on(subject, object);
        }
        self.tx
            .put_index(&by_subject(on_object(self.tenant, object), subject))?;
        self.tx.put(&key, &PermissionsRow { object, permissions })
    }

    /// Stores an assignment, new or changed; its object and subject stay.
    pub fn put_assignment(&self, assignment: &Assignment) -> Result<(), StoreFault> {
        let key = assignments_of(self.tenant, assignment.subject).number(assignment.id.number());
        self.tx.moves(self.tenant, Epoch::Rules);
        self.tx.put_index(&by_subject(
            on_object(self.tenant, assignment.object),
            assignment.subject,
        ))?;
        self.tx.put(&key, assignment)
    }

    /// Removes an assignment.
    pub fn delete_assignment(&self, assignment: &Assignment) -> Result<(), StoreFault> {
        let Assignment {
            id, subject, object, ..
        } = *assignment;
        self.tx.moves(self.tenant, Epoch::Rules);
        self.tx
            .delete(&assignments_of(self.tenant, subject).number(id.number()));
        self.forget_on(subject, object)
    }

    /// Takes a subject from the list of an object if it holds nothing there any more.
    fn forget_on(&self, subject: Subject, object: Select<ObjectId>) -> Result<(), StoreFault> {
        let now = self.now();
        let still = !now.permissions_of_on(subject, object)?.is_empty()
            || now
                .assignments(subject)?
                .iter()
                .any(|assignment| assignment.object == object);
        if !still {
            self.tx
                .delete(&by_subject(on_object(self.tenant, object), subject));
        }
        Ok(())
    }

    /// Takes everything away from a user or group that is being deleted.
    pub fn delete_rights_of(&self, subject: Subject) -> Result<(), StoreFault> {
        for object in self.now().permissions(subject)?.into_keys() {
            self.put_permissions(subject, object, Vec::new())?;
        }
        for assignment in self.now().assignments(subject)? {
            self.delete_assignment(&assignment)?;
        }
        Ok(())
    }
}
