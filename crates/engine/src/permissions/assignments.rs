//! Assignments: inventory roles on an object, for a user or group (R026, R027).

use super::{Found, Giving, Holder};
use crate::desk::{Changing, Reading};
use crate::note::Note;
use crate::refusal::{Bound, Invalid, Missing, Refusal};
use crate::users::allow_people;
use crate::version::{Expected, Version};
use crate::work::{Command, Query, Then, done};
use model::grants::{Assignment, InventoryRole};
use model::ids::{AssignmentId, InventoryRoleId, ObjectId};
use model::limits::{ASSIGNMENT_ROLES_MAX, ASSIGNMENTS_MAX};
use model::permissions::{Select, object_text};
use policy::operations::permissions::{PermissionChange, PermissionRead};
use store::realm::{RealmChanges, RealmRows};

/// Inventory roles on an object, with what they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignedRoles {
    /// The assignment.
    pub assignment: Assignment,
    /// Its roles, in order of ids.
    pub roles: Vec<InventoryRole>,
    /// Which state this is.
    pub version: Version,
}

fn show(rows: &RealmRows<'_>, assignment: Assignment) -> Result<AssignedRoles, Refusal> {
    let mut roles = Vec::with_capacity(assignment.roles.len());
    for id in &assignment.roles {
        roles.extend(rows.inventory_role(*id)?);
    }
    let version = Version::of(rows, &assignment)?;
    Ok(AssignedRoles {
        assignment,
        roles,
        version,
    })
}

fn assignment_in(rows: &RealmRows<'_>, holder: &Found, id: AssignmentId) -> Result<Assignment, Refusal> {
    let found = rows.assignment(holder.subject(), id)?;
    found.ok_or(Refusal::Missing(Missing::Assignment(id)))
}

/// Lists the assignments of a user or group.
pub struct FindAssignments(pub Holder);

impl Query for FindAssignments {
    type Operation = PermissionRead;
    type Answer = (Vec<AssignedRoles>, Version);

    fn answer(&self, desk: &Reading) -> Result<Self::Answer, Refusal> {
        let rows = desk.tx.realm(allow_people::<PermissionRead, _>(desk)?);
        let all = rows.assignments(self.0.find(&rows)?.subject())?;
        let version = Version::of(&rows, &all)?;
        let shown = all.into_iter().map(|assignment| show(&rows, assignment));
        Ok((shown.collect::<Result<_, _>>()?, version))
    }
}

/// Reads one assignment.
pub struct ReadAssignment {
    /// Whose.
    pub holder: Holder,
    /// Which.
    pub id: AssignmentId,
}

impl Query for ReadAssignment {
    type Operation = PermissionRead;
    type Answer = AssignedRoles;

    fn answer(&self, desk: &Reading) -> Result<AssignedRoles, Refusal> {
        let rows = desk.tx.realm(allow_people::<PermissionRead, _>(desk)?);
        let holder = self.holder.find(&rows)?;
        show(&rows, assignment_in(&rows, &holder, self.id)?)
    }
}

/// An inventory role, as a request names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoleNamed {
    /// By its id.
    Id(InventoryRoleId),
    /// By its name.
    Name(String),
}

/// The roles that a request names, each once, in order of ids.
fn roles_named(rows: &RealmRows<'_>, named: &[RoleNamed]) -> Result<Vec<InventoryRole>, Refusal> {
    let mut roles: Vec<InventoryRole> = Vec::with_capacity(named.len());
    for named in named {
        let found = match named {
            RoleNamed::Id(id) => rows.inventory_role(*id)?,
            RoleNamed::Name(name) => rows.inventory_role_named(name)?,
        };
        roles.push(found.ok_or(Refusal::Invalid(Invalid::UnknownInventoryRole))?);
    }
    roles.sort_by_key(|role| role.id);
    roles.dedup_by_key(|role| role.id);
    if roles.len() > ASSIGNMENT_ROLES_MAX {
        return Err(Refusal::Invalid(Invalid::TooMany(Bound::AssignmentRoles)));
    }
    Ok(roles)
}

/// An assignment that was made or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenAssignment {
    /// Its id.
    pub id: AssignmentId,
    /// What it is, for those who may read it (R019).
    pub shown: Option<Box<AssignedRoles>>,
}

fn written(
    desk: &Changing,
    realm: &RealmChanges<'_>,
    assignment: Assignment,
) -> Result<WrittenAssignment, Refusal> {
    let id = assignment.id;
    let shown = match desk.may::<PermissionRead>() {
        true => Some(Box::new(show(&realm.now(), assignment)?)),
        false => None,
    };
    Ok(WrittenAssignment { id, shown })
}

fn note(
    holder: &Found,
    done: (&'static str, &'static str),
    object: Select<ObjectId>,
    roles: &[InventoryRole],
) -> Note {
    let roles = roles.iter().map(|role| {
        let permissions = super::listed(&role.permissions);
        format!("{} ({}: {permissions})", role.name, role.id)
    });
    let roles: Vec<_> = roles.collect();
    let text = format!("On {}: {}", object_text(object), roles.join(", "));
    holder.note(done.0, done.1).text(text)
}

/// Assigns inventory roles on an object.
pub struct AssignRoles {
    /// To whom.
    pub holder: Holder,
    /// On which object, with what hangs below it.
    pub object: Select<ObjectId>,
    /// Which.
    pub roles: Vec<RoleNamed>,
    /// The state of the list of assignments that one is added to.
    pub expected: Expected,
}

impl Command for AssignRoles {
    type Operation = PermissionChange;
    type Answer = WrittenAssignment;

    fn change(&self, desk: &Changing) -> Result<Then<WrittenAssignment>, Refusal> {
        let realm = desk.tx.realm(allow_people::<PermissionChange, _>(desk)?);
        let holder = self.holder.find(&realm.now())?;
        let before = realm.now().assignments(holder.subject())?;
        self.expected.check(&realm.now(), &before)?;
        if before.len() >= ASSIGNMENTS_MAX {
            return Err(Refusal::Invalid(Invalid::TooMany(Bound::Assignments)));
        }
        let giving = Giving::of::<PermissionChange>(desk);
        giving.check_object(self.object)?;
        giving.check_holder(&holder, false)?;
        let roles = roles_named(&realm.now(), &self.roles)?;
        let permissions = roles.iter().flat_map(|role| &role.permissions);
        giving.check_each(self.object, permissions)?;
        let assignment = Assignment {
            id: realm.new_assignment()?,
            subject: holder.subject(),
            object: self.object,
            roles: roles.iter().map(|role| role.id).collect(),
        };
        realm.put_assignment(&assignment)?;
        let activity = (
            "Inventory roles assigned to user",
            "Inventory roles assigned to group",
        );
        desk.note(note(&holder, activity, self.object, &roles));
        Ok(done(written(desk, &realm, assignment)?))
    }
}

/// Changes which inventory roles an assignment has. Its object and holder stay.
pub struct ChangeAssignment {
    /// Whose.
    pub holder: Holder,
    /// Which.
    pub id: AssignmentId,
    /// The object as the request repeats it, if it does.
    pub object: Option<Select<ObjectId>>,
    /// The roles from now on.
    pub roles: Vec<RoleNamed>,
    /// The state that is changed.
    pub expected: Expected,
}

impl Command for ChangeAssignment {
    type Operation = PermissionChange;
    type Answer = WrittenAssignment;

    fn change(&self, desk: &Changing) -> Result<Then<WrittenAssignment>, Refusal> {
        let realm = desk.tx.realm(allow_people::<PermissionChange, _>(desk)?);
        let holder = self.holder.find(&realm.now())?;
        let before = assignment_in(&realm.now(), &holder, self.id)?;
        self.expected.check(&realm.now(), &before)?;
        if self.object.is_some_and(|object| object != before.object) {
            return Err(Refusal::Invalid(Invalid::AssignmentObject));
        }
        let roles = roles_named(&realm.now(), &self.roles)?;
        let giving = Giving::of::<PermissionChange>(desk);
        let ids: Vec<_> = roles.iter().map(|role| role.id).collect();
        let taken: Vec<_> = before.roles.iter().filter(|id| !ids.contains(id)).collect();
        giving.check_holder(&holder, !taken.is_empty())?;
        for id in taken {
            let role = realm.now().inventory_role(*id)?;
            giving.check_each(before.object, role.iter().flat_map(|role| &role.permissions))?;
        }
        let given = roles.iter().filter(|role| !before.roles.contains(&role.id));
        giving.check_each(before.object, given.flat_map(|role| &role.permissions))?;
        let after = Assignment {
            roles: ids,
            ..before.clone()
        };
        if after != before {
            realm.put_assignment(&after)?;
            let activity = (
                "Inventory roles of user changed",
                "Inventory roles of group changed",
            );
            desk.note(note(&holder, activity, after.object, &roles));
        }
        Ok(done(written(desk, &realm, after)?))
    }
}

/// Takes an assignment away; its rights end with the next request (R038).
pub struct Unassign {
    /// From whom.
    pub holder: Holder,
    /// Which.
    pub id: AssignmentId,
    /// The state that is taken away.
    pub expected: Expected,
}

impl Command for Unassign {
    type Operation = PermissionChange;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let realm = desk.tx.realm(allow_people::<PermissionChange, _>(desk)?);
        let holder = self.holder.find(&realm.now())?;
        let before = assignment_in(&realm.now(), &holder, self.id)?;
        self.expected.check(&realm.now(), &before)?;
        let shown = show(&realm.now(), before)?;
        let giving = Giving::of::<PermissionChange>(desk);
        giving.check_holder(&holder, true)?;
        let permissions = shown.roles.iter().flat_map(|role| &role.permissions);
        giving.check_each(shown.assignment.object, permissions)?;
        realm.delete_assignment(&shown.assignment)?;
        let activity = (
            "Inventory roles taken from user",
            "Inventory roles taken from group",
        );
        desk.note(note(&holder, activity, shown.assignment.object, &shown.roles));
        Ok(done(()))
    }
}
