//! Members of groups: listing them, adding and removing them, and the groups of a user.

use super::{GroupView, group_view, visible_group};
use crate::desk::{Changing, Reading};
use crate::note::Note;
use crate::page::{Listed, Page};
use crate::refusal::{Missing, Refusal};
use crate::users::{
    Authority, Gifts, Span, UserView, WrittenUser, change_users, keep_an_administrator, read_users, view_of,
    written,
};
use crate::work::{Command, Query, Then, done};
use model::grants::Subject;
use model::ids::GroupId;
use model::names::UserName;
use model::users::User;
use policy::operations::users::{GroupRead, MembershipChange};
use store::gifts::Given;
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
        let (rows, span) = read_users::<GroupRead>(desk)?;
        visible_group(desk, &rows, &span, self.group)?;
        let members = members_in(&rows, &span, self.group, usize::MAX)?;
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
    type Answer = Listed<GroupView>;

    fn answer(&self, desk: &Reading) -> Result<Listed<GroupView>, Refusal> {
        let (rows, span) = read_users::<GroupRead>(desk)?;
        let user = span.user(&rows, &self.user)?;
        let mut groups = Vec::with_capacity(user.groups.len());
        for id in &user.groups {
            groups.extend(rows.group(*id)?);
        }
        self.page.of(groups).try_map(|group| group_view(&rows, group))
    }
}

/// The first members of a group whom the caller reaches, in order of ids.
pub(super) fn members_in(
    rows: &RealmRows<'_>,
    span: &Span,
    group: GroupId,
    most: usize,
) -> Result<Vec<User>, Refusal> {
    let mut members = Vec::new();
    for id in rows.members(group)? {
        if members.len() == most {
            break;
        }
        if let Some(user) = rows.user(id)?
            && span.has(rows, &user)?
        {
            members.push(user);
        }
    }
    Ok(members)
}

/// Puts a user into a group; it holds the group's roles from its next request on (R004), and its sessions end.
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
        let (realm, span) = change_users::<MembershipChange>(desk)?;
        let group = visible_group(desk, &realm.now(), &span, self.group)?;
        let before = span.user(&realm.now(), &self.user)?;
        Authority::of::<MembershipChange>(desk).over_group_for(&group, &before)?;
        let mut after = before.clone();
        if after.groups.insert(group.id) {
            after.epoch += 1;
            let mut gifts = Gifts::new(desk);
            gifts.group(&realm, Subject::User(before.id), &group)?;
            realm.update_user(&before, &after)?;
            let text = format!("{} added to the group {} ({})", before.name, group.name, group.id);
            desk.note(gifts.mark(Note::new("User", "User added to group", &self.user).text(text)));
        }
        Ok(done(written(desk, &realm.now(), after)?))
    }
}

/// Takes a user out of a group; what it held through it is gone with its next request (R005), and its sessions end.
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
        let (realm, span) = change_users::<MembershipChange>(desk)?;
        let group = visible_group(desk, &realm.now(), &span, self.group)?;
        let before = span.user(&realm.now(), &self.user)?;
        Authority::of::<MembershipChange>(desk).over_group(&group)?;
        let mut after = before.clone();
        if !after.groups.remove(&group.id) {
            return Err(Refusal::Missing(Missing::User(self.user.to_string())));
        }
        if group.name.as_str() == model::users::ADMINS {
            keep_an_administrator(&realm.now(), &before)?;
        }
        after.epoch += 1;
        realm.update_user(&before, &after)?;
        realm.end_gift(Subject::User(before.id), &Given::Group(group.id))?;
        let text = format!(
            "{} removed from the group {} ({})",
            before.name, group.name, group.id
        );
        desk.note(Note::new("User", "User removed from group", &self.user).text(text));
        Ok(done(()))
    }
}
