//! Permissions on objects and fragments: given to users and groups one by one, or as inventory roles; asked for from the
//! side of whom they were given to and from the side of the object. One store is behind all of it (R029, R036).

mod assignments;
mod fragments;
mod given;
mod giving;
mod on_object;

pub use assignments::{
    AssignRoles, AssignedRoles, ChangeAssignment, FindAssignments, ReadAssignment, RoleNamed, Unassign,
    WrittenAssignment,
};
pub use fragments::{UnknownFragment, UnknownFragments};
pub use given::{GivenRules, NumberedRule, ReadRules, ReplaceRules};
pub(crate) use giving::{Giving, holds_no_more};
pub use on_object::{ChangePermissionsOn, PermissionsOn, ReadPermissionsOn};

use crate::desk::Changing;
use crate::note::Note;
use crate::refusal::{Missing, Refusal};
use crate::users::Authority;
use model::grants::Subject;
use model::ids::{GroupId, ObjectId};
use model::json::Json;
use model::names::UserName;
use model::permissions::{Permission, Select, object_text};
use model::users::{Group, User};
use std::collections::BTreeMap;
use store::realm::{RealmChanges, RealmRows};

/// Permissions that were given one by one, by object, each list in order and without repetition.
pub type ByObject = BTreeMap<Select<ObjectId>, Vec<Permission>>;

/// Who holds permissions, as a request names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// A user.
    User(UserName),
    /// A group: every member holds them.
    Group(GroupId),
}

/// Who holds permissions, as it is stored.
pub(crate) enum Found {
    User(User),
    Group(Group),
}

impl Holder {
    pub(crate) fn find(&self, rows: &RealmRows<'_>) -> Result<Found, Refusal> {
        let (found, missing) = match self {
            Self::User(name) => (
                rows.user_named(name)?.map(Found::User),
                Missing::User(name.to_string()),
            ),
            Self::Group(id) => (rows.group(*id)?.map(Found::Group), Missing::Group(*id)),
        };
        found.ok_or(Refusal::Missing(missing))
    }
}

impl Found {
    pub(crate) fn subject(&self) -> Subject {
        match self {
            Self::User(user) => Subject::User(user.id),
            Self::Group(group) => Subject::Group(group.id),
        }
    }

    /// A note about it; which of the two activities depends on what it is.
    fn note(&self, of_user: &'static str, of_group: &'static str) -> Note {
        match self {
            Self::User(user) => Note::new("User", of_user, &user.name),
            Self::Group(group) => Note::new("Group", of_group, group.id),
        }
    }

    /// Refuses to give to a group that gives more than the caller may give; a user may be given something all the same.
    fn may_be_given(&self, authority: &Authority<'_>) -> Result<(), Refusal> {
        match self {
            Self::User(user) => authority.over_service(user, []),
            Self::Group(group) => authority.over_group(group),
        }
    }

    /// Refuses to take from somebody who holds more than the caller.
    fn may_be_taken_from(&self, authority: &Authority<'_>) -> Result<(), Refusal> {
        match self {
            Self::User(user) => authority.over_user(user),
            Self::Group(group) => authority.over_group(group),
        }
    }
}

/// Gives a holder exactly these permissions, object by object; of objects that are not named it keeps what it has.
/// Refused as a whole if the caller may not give or take any one of them. Every object leaves one record.
pub(crate) fn give(
    desk: &Changing,
    giving: &Giving<'_>,
    realm: &RealmChanges<'_>,
    holder: &Found,
    mut wanted: ByObject,
) -> Result<(), Refusal> {
    wanted.values_mut().for_each(in_order);
    let mut before = realm.now().permissions(holder.subject())?;
    giving.check_counts(&before, &wanted)?;
    for (object, wanted) in wanted {
        let held = before.remove(&object).unwrap_or_default();
        if held == wanted {
            continue;
        }
        giving.check_exchange(holder, object, &held, &wanted)?;
        desk.note(note_of(holder, object, &held, &wanted));
        realm.put_permissions(holder.subject(), object, wanted)?;
    }
    Ok(())
}

/// Gives a holder exactly these permissions and no others.
pub(crate) fn give_exactly(
    desk: &Changing,
    giving: &Giving<'_>,
    realm: &RealmChanges<'_>,
    holder: &Found,
    mut wanted: ByObject,
) -> Result<(), Refusal> {
    for object in realm.now().permissions(holder.subject())?.into_keys() {
        wanted.entry(object).or_default();
    }
    give(desk, giving, realm, holder, wanted)
}

fn note_of(holder: &Found, object: Select<ObjectId>, before: &[Permission], after: &[Permission]) -> Note {
    let text = format!("Device permissions on {} changed", object_text(object));
    holder
        .note(
            "User device permissions updated",
            "Group device permissions updated",
        )
        .text(text)
        .change(
            &object_text(object),
            Some(Json::from(listed(before))),
            Some(Json::from(listed(after))),
        )
}

/// Each permission once, in order.
fn in_order(permissions: &mut Vec<Permission>) {
    permissions.sort();
    permissions.dedup();
}

/// Permissions as one text.
pub(crate) fn listed<'p>(permissions: impl IntoIterator<Item = &'p Permission>) -> String {
    let texts: Vec<_> = permissions.into_iter().map(Permission::to_string).collect();
    texts.join(" ")
}
