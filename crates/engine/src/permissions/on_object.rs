//! Permissions from the object's side: who was given which on it, one by one (R029, R036).

use super::giving::can_name;
use super::{ByObject, Giving, Holder, give};
use crate::desk::{Changing, Reading};
use crate::groups::{GroupView, group_view};
use crate::refusal::{Invalid, Missing, Refusal};
use crate::users::{UserView, allow_people, view_of};
use crate::version::{Expected, Version};
use crate::work::{Command, Query, Then, done};
use model::grants::Subject;
use model::ids::ObjectId;
use model::permissions::{Permission, Select};
use policy::operations::permissions::{PermissionChange, PermissionRead};
use std::collections::BTreeMap;
use store::realm::RealmRows;

/// Who was given permissions on an object; of each, only these are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermissionsOn {
    /// Users, by ids.
    pub users: Vec<UserView>,
    /// Groups, by ids.
    pub groups: Vec<GroupView>,
    /// Which state this is.
    pub version: Version,
}

/// What each holds on the object: the state that editors of the object change.
fn held_on(
    rows: &RealmRows<'_>,
    object: Select<ObjectId>,
) -> Result<BTreeMap<Subject, Vec<Permission>>, Refusal> {
    let mut held = BTreeMap::new();
    for subject in rows.subjects_on(object)? {
        let permissions = rows.permissions_of_on(subject, object)?;
        if !permissions.is_empty() {
            held.insert(subject, permissions);
        }
    }
    Ok(held)
}

fn missing(object: Select<ObjectId>) -> Result<(), Refusal> {
    match object {
        Select::One(id) => Err(Refusal::Missing(Missing::Object(id))),
        Select::All => Ok(()),
    }
}

/// Reads who was given permissions on an object, or on every object.
pub struct ReadPermissionsOn(pub Select<ObjectId>);

impl Query for ReadPermissionsOn {
    type Operation = PermissionRead;
    type Answer = PermissionsOn;

    fn answer(&self, desk: &Reading) -> Result<PermissionsOn, Refusal> {
        let rows = desk.tx.realm(allow_people::<PermissionRead, _>(desk)?);
        if !can_name(desk, self.0)? {
            missing(self.0)?;
        }
        let held = held_on(&rows, self.0)?;
        let (mut users, mut groups) = (Vec::new(), Vec::new());
        for subject in held.keys() {
            match *subject {
                Subject::User(id) => {
                    if let Some(user) = rows.user(id)? {
                        let mut view = view_of(desk, &rows, user)?;
                        view.permissions.retain(|on, _| *on == self.0);
                        users.push(view);
                    }
                }
                Subject::Group(id) => {
                    if let Some(group) = rows.group(id)? {
                        let mut view = group_view(&rows, group)?;
                        view.permissions.retain(|on, _| *on == self.0);
                        groups.push(view);
                    }
                }
            }
        }
        Ok(PermissionsOn {
            users,
            groups,
            version: Version::of(&rows, &held)?,
        })
    }
}

/// Changes who holds which permissions on an object: those named hold exactly what is said, the others what they held.
pub struct ChangePermissionsOn {
    /// The object, or every object.
    pub object: Select<ObjectId>,
    /// Who is to hold what there; of several entries for the same one the last counts.
    pub holders: Vec<(Holder, Vec<Permission>)>,
    /// The state that is changed.
    pub expected: Expected,
}

impl Command for ChangePermissionsOn {
    type Operation = PermissionChange;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let realm = desk.tx.realm(allow_people::<PermissionChange, _>(desk)?);
        if !can_name(desk, self.object)? {
            missing(self.object)?;
        }
        self.expected
            .check(&realm.now(), &held_on(&realm.now(), self.object)?)?;
        let giving = Giving::of::<PermissionChange>(desk);
        for (holder, permissions) in &self.holders {
            let holder = match holder.find(&realm.now()) {
                Err(Refusal::Missing(_)) => Err(Refusal::Invalid(Invalid::UnknownHolder)),
                found => found,
            }?;
            let wanted = ByObject::from([(self.object, permissions.clone())]);
            give(desk, &giving, &realm, &holder, wanted)?;
        }
        Ok(done(()))
    }
}
