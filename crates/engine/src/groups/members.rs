//! Members of groups: listing them, adding and removing them, and the groups of a user.

use super::group_in;
use crate::desk::{Changing, Reading};
use crate::note::Note;
use crate::page::{Listed, Page};
use crate::refusal::{Missing, Refusal};
use crate::users::{Authority, UserView, WrittenUser, allow_people, keep_an_administrator, view_of, written};
use crate::work::{Command, Query, Then, done};
use model::ids::GroupId;
use model::names::UserName;
use model::users::{Group, User};
use policy::operations::users::{GroupRead, MembershipChange};
use store::realm::RealmRows;

/// Lists the members of a group.
pub struct FindMembers {
    /// Of which group.
    pub group: GroupId,
    /// Which part.
    pub page: Page,
}

impl Query for FindMembers {
    type Operation = GroupRead;
    type Answer = Listed<UserView>;

    fn answer(&self, desk: &Reading) -> Result<Listed<UserView>, Refusal> {
        let rows = desk.tx.realm(allow_people::<GroupRead, _>(desk)?);
        group_in(&rows, self.group)?;
        let mut members = Vec::new();
        for id in rows.members(self.group)? {
            members.extend(rows.user(id)?);
        }
        self.page.of(members).try_map(|user| view_of(desk, &rows, user))
    }
}

/// Lists the groups of a user.
pub struct GroupsOfUser {
    /// Of whom.
    pub user: UserName,
    /// Which part.
    pub page: Page,
}

impl Query for GroupsOfUser {
    type Operation = GroupRead;
    type Answer = Listed<Group>;

    fn answer(&self, desk: &Reading) -> Result<Listed<Group>, Refusal> {
        let rows = desk.tx.realm(allow_people::<GroupRead, _>(desk)?);
        let user = user_in(&rows, &self.user)?;
        let mut groups = Vec::with_capacity(user.groups.len());
        for id in &user.groups {
            groups.extend(rows.group(*id)?);
        }
        Ok(self.page.of(groups))
    }
}

fn user_in(rows: &RealmRows<'_>, name: &UserName) -> Result<User, Refusal> {
    rows.user_named(name)?
        .ok_or_else(|| Refusal::Missing(Missing::User(name.to_string())))
}

/// Puts a user into a group; it holds the group's roles from its next request on (R004).
pub struct AddMember {
    /// The group.
    pub group: GroupId,
    /// The user.
    pub user: UserName,
}

impl Command for AddMember {
    type Operation = MembershipChange;
    type Answer = WrittenUser;

    fn change(&self, desk: &Changing) -> Result<Then<WrittenUser>, Refusal> {
        let realm = desk.tx.realm(allow_people::<MembershipChange, _>(desk)?);
        let group = group_in(&realm.now(), self.group)?;
        Authority::of::<MembershipChange>(desk).over_group(&group)?;
        let before = user_in(&realm.now(), &self.user)?;
        let mut after = before.clone();
        if after.groups.insert(group.id) {
            realm.update_user(&before, &after)?;
            let text = format!("{} added to the group {} ({})", before.name, group.name, group.id);
            desk.note(Note::new("User", "User added to group", &self.user).text(text));
        }
        Ok(done(written(desk, &realm.now(), after)?))
    }
}

/// Takes a user out of a group; what it held through it is gone with its next request (R005).
pub struct RemoveMember {
    /// The group.
    pub group: GroupId,
    /// The user.
    pub user: UserName,
}

impl Command for RemoveMember {
    type Operation = MembershipChange;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let realm = desk.tx.realm(allow_people::<MembershipChange, _>(desk)?);
        let group = group_in(&realm.now(), self.group)?;
        Authority::of::<MembershipChange>(desk).over_group(&group)?;
        let before = user_in(&realm.now(), &self.user)?;
        let mut after = before.clone();
        if !after.groups.remove(&group.id) {
            return Err(Refusal::Missing(Missing::User(self.user.to_string())));
        }
        if group.name.as_str() == model::users::ADMINS {
            keep_an_administrator(&realm.now(), &before)?;
        }
        realm.update_user(&before, &after)?;
        let text = format!(
            "{} removed from the group {} ({})",
            before.name, group.name, group.id
        );
        desk.note(Note::new("User", "User removed from group", &self.user).text(text));
        Ok(done(()))
    }
}
