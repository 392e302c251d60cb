//! Names in explanations: of groups, inventory roles and objects, each only as far as the caller may see it.

use super::{ActionTold, Found, RoleTold};
use crate::desk::Reading;
use crate::refusal::Refusal;
use model::grants::Subject;
use model::ids::{AssignmentId, GroupId, InventoryRoleId, ObjectId, OperationId, PrincipalId};
use model::permissions::{Permission, Select};
use model::roles::Role;
use model::users::{DEVICES, Group};
use policy::explain::{Explanation, Reason};
use policy::granting::may_name;
use policy::operations::inventory::InventoryList;
use policy::operations::operations::OperationRead;
use policy::operations::users::GroupRead;
use policy::rights::Grant;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use store::inventory::InventoryRows;
use store::realm::RealmRows;

/// A group, with its name for those who may read groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupTold {
    /// Its id.
    pub id: GroupId,
    /// Its name.
    pub name: Option<String>,
}

/// An object that the caller may know of, with its name if the caller may read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectTold {
    /// Its id.
    pub id: ObjectId,
    /// Its name.
    pub name: Option<String>,
}

/// A permission with where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantTold {
    /// On which object it was given; nothing inside if the caller cannot know of that one.
    pub object: Select<Option<ObjectTold>>,
    /// What it allows.
    pub permission: Permission,
    /// The group that it was given to, if not the user itself.
    pub group: Option<GroupTold>,
    /// The inventory role that it is part of, with its name for those who may read roles, and the assignment.
    pub role: Option<(InventoryRoleId, Option<String>, AssignmentId)>,
    /// Whether the object asked about inherits it from another one.
    pub is_inherited: bool,
}

/// One thing on which a permission rests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// A role.
    Role(RoleTold),
    /// The object is owned.
    Owner,
    /// An object above is owned by the device; nothing if the caller cannot know of that one.
    OwnerAbove(Option<ObjectTold>),
    /// A permission.
    Permission(GrantTold),
    /// `c8y_Global`.
    Global,
    /// An open operation names the object for the device to fetch; nothing if the caller cannot know of that one.
    Lent(Option<OperationId>),
}

/// Names as one caller may see them, in an explanation about somebody. Each is looked up once.
pub(super) struct Names<'d> {
    desk: &'d Reading,
    realm: &'d RealmRows<'d>,
    list: InventoryRows<'d>,
    direct: BTreeSet<Role>,
    groups: Vec<Group>,
    about: Option<PrincipalId>,
    names_groups: bool,
    roles: RefCell<BTreeMap<InventoryRoleId, Option<String>>>,
    objects: RefCell<BTreeMap<ObjectId, Option<ObjectTold>>>,
}

impl<'d> Names<'d> {
    pub(super) fn new(desk: &'d Reading, realm: &'d RealmRows<'d>, about: &Found) -> Result<Self, Refusal> {
        Ok(Self {
            desk,
            realm,
            list: desk.tx.inventory(desk.allow::<InventoryList>()?),
            direct: about.direct_roles(),
            groups: about.groups(realm)?,
            about: match about.subject() {
                Subject::User(id) => Some(id),
                Subject::Group(_) => None,
            },
            names_groups: desk.may::<GroupRead>(),
            roles: RefCell::default(),
            objects: RefCell::default(),
        })
    }

    /// An action on an object.
    pub(super) fn action(&self, object: ObjectId, told: Explanation) -> Result<ActionTold, Refusal> {
        let not_enough = told
            .not_enough
            .iter()
            .map(|grant| self.grant(Some(object), grant));
        Ok(ActionTold {
            action: told.action,
            allowed: told.is_allowed(),
            because: self.reasons(object, &told.because)?,
            not_enough: not_enough.collect::<Result<_, _>>()?,
            fragments: told.fragments,
            remedy: told.remedy,
        })
    }

    /// What an action on an object rests on.
    pub(super) fn reasons(&self, object: ObjectId, reasons: &[Reason]) -> Result<Vec<Why>, Refusal> {
        let told = reasons.iter().map(|reason| {
            Ok(match reason {
                Reason::Role(role) => Why::Role(self.role(*role)),
                Reason::Owner => Why::Owner,
                Reason::OwnerAbove(above) => Why::OwnerAbove(self.object(*above)?),
                Reason::Permission(grant) => Why::Permission(self.grant(Some(object), grant)?),
                Reason::Global => Why::Global,
                Reason::Lent(operation) => Why::Lent(self.operation(*operation)?),
            })
        });
        told.collect()
    }

    fn operation(&self, id: OperationId) -> Result<Option<OperationId>, Refusal> {
        Ok(self.desk.may_on_operation::<OperationRead>(id)?.then_some(id))
    }

    /// A role. The group `devices` gives most roles for own objects only, so it is named when nothing else gives it.
    pub(super) fn role(&self, role: Role) -> RoleTold {
        let directly = self.direct.contains(&role);
        let gives = |group: &&Group| group.roles.contains(&role);
        let is_devices = |group: &&Group| group.name.as_str() == DEVICES;
        let mut groups: Vec<_> = self
            .groups
            .iter()
            .filter(gives)
            .filter(|group| !is_devices(group))
            .collect();
        if !directly && groups.is_empty() {
            groups = self.groups.iter().filter(gives).collect();
        }
        RoleTold {
            role,
            directly,
            groups: groups.into_iter().map(|group| self.group(group)).collect(),
            own_only: false,
        }
    }

    fn group(&self, group: &Group) -> GroupTold {
        GroupTold {
            id: group.id,
            name: self.names_groups.then(|| group.name.to_string()),
        }
    }

    /// A permission that reaches an object, or that is told for itself.
    pub(super) fn grant(&self, reaches: Option<ObjectId>, grant: &Grant) -> Result<GrantTold, Refusal> {
        let through = |id| self.groups.iter().find(|group| group.id == id);
        let role = match grant.origin.role {
            Some((id, assignment)) => Some((id, self.role_name(id)?, assignment)),
            None => None,
        };
        Ok(GrantTold {
            object: match grant.object {
                Select::All => Select::All,
                Select::One(object) => Select::One(self.granted_on(object)?),
            },
            permission: grant.permission.clone(),
            group: match grant.origin.subject {
                Subject::User(_) => None,
                Subject::Group(id) => Some(match through(id) {
                    Some(group) => self.group(group),
                    None => GroupTold { id, name: None },
                }),
            },
            role,
            is_inherited: matches!((grant.object, reaches), (Select::One(on), Some(object)) if on != object),
        })
    }

    fn role_name(&self, id: InventoryRoleId) -> Result<Option<String>, Refusal> {
        if !self.names_groups {
            return Ok(None);
        }
        if let Some(known) = self.roles.borrow().get(&id) {
            return Ok(known.clone());
        }
        let name = self.realm.inventory_role(id)?.map(|role| role.name);
        self.roles.borrow_mut().insert(id, name.clone());
        Ok(name)
    }

    /// The object on which a permission was given: whoever asks about itself learns its id.
    fn granted_on(&self, id: ObjectId) -> Result<Option<ObjectTold>, Refusal> {
        let is_own = self.about == Some(self.desk.who().id());
        let own = || is_own.then_some(ObjectTold { id, name: None });
        Ok(self.object(id)?.or_else(own))
    }

    /// An object, if the caller may know of it.
    pub(super) fn object(&self, id: ObjectId) -> Result<Option<ObjectTold>, Refusal> {
        if let Some(known) = self.objects.borrow().get(&id) {
            return Ok(known.clone());
        }
        let who = self.desk.who();
        let facts = self.desk.tx.object_facts(who, id)?;
        let told = match facts.is_some_and(|facts| may_name(who, &facts)) {
            true => Some(ObjectTold {
                id,
                name: self.name_of(id)?,
            }),
            false => None,
        };
        self.objects.borrow_mut().insert(id, told.clone());
        Ok(told)
    }

    /// An object, if the caller may read it.
    pub(super) fn readable(&self, id: ObjectId) -> Result<Option<ObjectTold>, Refusal> {
        Ok(self.list.listed(id)?.map(|object| ObjectTold {
            id,
            name: object.name.map(|name| name.to_string()),
        }))
    }

    /// The name of an object that the caller may read.
    fn name_of(&self, id: ObjectId) -> Result<Option<String>, Refusal> {
        let object = self.list.listed(id)?;
        Ok(object.and_then(|object| object.name).map(|name| name.to_string()))
    }
}
