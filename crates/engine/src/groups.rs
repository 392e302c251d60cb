//! Groups of users ("global roles" in the console): their members share their roles.

mod members;

use members::members_in;

pub use members::{AddMember, FindMembers, GroupsOfUser, RemoveMember};

use crate::desk::{Changing, Desk, Reading};
use crate::note::Note;
use crate::page::{Listed, Page};
use crate::permissions::{ByObject, Found, Giving, give_exactly};
use crate::refusal::{Conflict, Invalid, Missing, Refusal};
use crate::users::{
    Authority, Gifts, Span, allow_people, check_texts, is_special, may_give_group, read_users,
};
use crate::version::{Expected, Version};
use crate::work::{Command, Query, Then, done};
use model::grants::Subject;
use model::ids::GroupId;
use model::json::{Json, Object};
use model::limits::{CASCADE_MAX, GROUP_MEMBERS_SHOWN_MAX, REFERENCES_MAX};
use model::names::GroupName;
use model::roles::{ApplicationRole, Role};
use model::users::{Group, User};
use policy::operations::users::{GroupAdmin, GroupRead};
use std::collections::BTreeSet;
use std::ops::Deref;
use store::application_roles::Defined;
use store::realm::RealmRows;
use store::view::View;

/// Lists groups.
pub struct FindGroups {
    /// Which part.
    pub page: Page,
}

impl Query for FindGroups {
    type Operation = GroupRead;
    type Answer = Listed<GroupView>;

    fn answer(&self, desk: &Reading) -> Result<Listed<GroupView>, Refusal> {
        let (rows, span) = read_users::<GroupRead>(desk)?;
        let mut groups = rows.groups()?;
        groups.retain(|group| is_visible(desk, &span, group));
        let mut room = REFERENCES_MAX;
        let page = self.page.of(groups);
        page.try_map(|group| with_members(&rows, &span, group, &mut room))
    }
}

/// Reads one group.
pub struct ReadGroup {
    /// Which.
    pub id: GroupId,
}

impl Query for ReadGroup {
    type Operation = GroupRead;
    type Answer = GroupView;

    fn answer(&self, desk: &Reading) -> Result<GroupView, Refusal> {
        let (rows, span) = read_users::<GroupRead>(desk)?;
        let group = visible_group(desk, &rows, &span, self.id)?;
        with_members(&rows, &span, group, &mut REFERENCES_MAX.clone())
    }
}

/// Reads one group by its name, as sent.
pub struct ReadGroupNamed {
    /// The name.
    pub name: String,
}

impl Query for ReadGroupNamed {
    type Operation = GroupRead;
    type Answer = GroupView;

    fn answer(&self, desk: &Reading) -> Result<GroupView, Refusal> {
        let (rows, span) = read_users::<GroupRead>(desk)?;
        let found = match self.name.parse::<GroupName>() {
            Ok(name) => rows.group_named(&name)?,
            Err(_) => None,
        };
        let found = found.filter(|group| is_visible(desk, &span, group));
        let group = found.ok_or_else(|| Refusal::Missing(Missing::GroupNamed(self.name.clone())))?;
        with_members(&rows, &span, group, &mut REFERENCES_MAX.clone())
    }
}

pub(crate) fn group_in(rows: &RealmRows<'_>, id: GroupId) -> Result<Group, Refusal> {
    rows.group(id)?.ok_or(Refusal::Missing(Missing::Group(id)))
}

/// Whether the caller sees a group. Those who manage only users below see the groups that they may give, and their own.
fn is_visible<T: Deref<Target = View>>(desk: &Desk<T>, span: &Span, group: &Group) -> bool {
    let who = desk.who();
    !span.is_below() || may_give_group(who, group) || who.groups().contains(&group.id)
}

/// The group with this id, if the caller sees it.
pub(crate) fn visible_group<T: Deref<Target = View>>(
    desk: &Desk<T>,
    rows: &RealmRows<'_>,
    span: &Span,
    id: GroupId,
) -> Result<Group, Refusal> {
    let group = group_in(rows, id)?;
    match is_visible(desk, span, &group) {
        true => Ok(group),
        false => Err(Refusal::Missing(Missing::Group(id))),
    }
}

/// Shows a group with its first members whom the caller reaches, as long as there is room in the answer.
fn with_members(
    rows: &RealmRows<'_>,
    span: &Span,
    group: Group,
    room: &mut usize,
) -> Result<GroupView, Refusal> {
    let members = members_in(rows, span, group.id, GROUP_MEMBERS_SHOWN_MAX.min(*room))?;
    *room = room.saturating_sub(members.len());
    Ok(GroupView {
        members: Some(members),
        ..group_view(rows, group)?
    })
}

/// A group as those see it who may read groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupView {
    /// The group.
    pub group: Group,
    /// Its permissions on objects and fragments, without those of inventory roles.
    pub permissions: ByObject,
    /// The roles of microservices that it was given.
    pub application_roles: BTreeSet<ApplicationRole>,
    /// Its first members, where they are shown with it.
    pub members: Option<Vec<User>>,
    /// Which state of the group and its permissions this is.
    pub version: Version,
}

/// Shows a group.
pub(crate) fn group_view(rows: &RealmRows<'_>, group: Group) -> Result<GroupView, Refusal> {
    group_view_with(rows, group, &rows.defined_roles()?)
}

/// The same where it is known which roles microservices define.
pub(crate) fn group_view_with(
    rows: &RealmRows<'_>,
    group: Group,
    defined: &Defined,
) -> Result<GroupView, Refusal> {
    let application_roles = match defined.is_empty() {
        true => BTreeSet::new(),
        false => rows.application_roles(Subject::Group(group.id), defined)?,
    };
    let permissions = rows.permissions(Subject::Group(group.id))?;
    let version = Version::of(rows, &(&group, &permissions))?;
    Ok(GroupView {
        group,
        permissions,
        application_roles,
        members: None,
        version,
    })
}

/// Refuses a change of a group that is no longer in the state that was expected.
fn check_expected(expected: &Expected, rows: &RealmRows<'_>, group: &Group) -> Result<(), Refusal> {
    let permissions = rows.permissions(Subject::Group(group.id))?;
    expected.check(rows, &(group, &permissions))
}

/// A group that was created or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenGroup {
    /// Its id.
    pub id: GroupId,
    /// The group, for those who may read groups (R019).
    pub shown: Option<Box<GroupView>>,
}

/// What a command answers about the group that it wrote.
pub(crate) fn written(desk: &Changing, rows: &RealmRows<'_>, group: Group) -> Result<WrittenGroup, Refusal> {
    let id = group.id;
    let span = Span::of::<GroupRead, _>(desk, rows)?;
    let shown = match desk.may::<GroupRead>() && !span.is_below() {
        true => Some(Box::new(with_members(
            rows,
            &span,
            group,
            &mut REFERENCES_MAX.clone(),
        )?)),
        false => None,
    };
    Ok(WrittenGroup { id, shown })
}

/// Creates a group.
pub struct CreateGroup {
    /// Its name, unique in the tenant.
    pub name: GroupName,
    /// What it is for.
    pub description: Option<String>,
    /// Whatever else is noted.
    pub custom_properties: Object,
    /// Roles that every member will hold.
    pub roles: BTreeSet<Role>,
}

impl Command for CreateGroup {
    type Operation = GroupAdmin;
    type Answer = WrittenGroup;

    fn change(&self, desk: &Changing) -> Result<Then<WrittenGroup>, Refusal> {
        let realm = desk.tx.realm(allow_people::<GroupAdmin, _>(desk)?);
        check_texts([&self.description], &self.custom_properties)?;
        if realm.now().group_named(&self.name)?.is_some() {
            return Err(Refusal::Conflict(Conflict::GroupNameTaken));
        }
        let authority = Authority::of::<GroupAdmin>(desk);
        self.roles
            .iter()
            .try_for_each(|role| authority.over_role(*role))?;
        let group = Group {
            id: realm.new_group()?,
            name: self.name.clone(),
            description: self.description.clone(),
            custom_properties: self.custom_properties.clone(),
            roles: self.roles.clone(),
        };
        realm.create_group(&group)?;
        let mut gifts = Gifts::new(desk);
        group
            .roles
            .iter()
            .try_for_each(|role| gifts.role(&realm, Subject::Group(group.id), *role))?;
        let roles: Vec<_> = group.roles.iter().map(|role| role.name()).collect();
        let text = format!(
            "Group {} created with the roles [{}]",
            group.name,
            roles.join(", ")
        );
        desk.note(gifts.mark(Note::new("Group", "Group created", group.id).text(text)));
        Ok(done(written(desk, &realm.now(), group)?))
    }
}

/// Changes a group: what is absent stays. Roles and members have operations of their own.
pub struct UpdateGroup {
    /// Which.
    pub id: GroupId,
    /// A new name.
    pub name: Option<GroupName>,
    /// A new description, or its removal.
    pub description: Option<Option<String>>,
    /// Its custom properties, all of them.
    pub custom_properties: Option<Object>,
    /// Its permissions on objects and fragments, all of them.
    pub permissions: Option<ByObject>,
    /// The state that is changed.
    pub expected: Expected,
}

impl Command for UpdateGroup {
    type Operation = GroupAdmin;
    type Answer = WrittenGroup;

    fn change(&self, desk: &Changing) -> Result<Then<WrittenGroup>, Refusal> {
        let realm = desk.tx.realm(allow_people::<GroupAdmin, _>(desk)?);
        let before = group_in(&realm.now(), self.id)?;
        check_expected(&self.expected, &realm.now(), &before)?;
        Authority::of::<GroupAdmin>(desk).over_group(&before)?;
        let mut after = before.clone();
        if let Some(name) = self.name.as_ref().filter(|name| **name != before.name) {
            if is_special(&before) {
                return Err(Refusal::Invalid(Invalid::SpecialGroup));
            }
            if realm.now().group_named(name)?.is_some() {
                return Err(Refusal::Conflict(Conflict::GroupNameTaken));
            }
            after.name = name.clone();
        }
        if let Some(description) = &self.description {
            after.description.clone_from(description);
        }
        if let Some(properties) = &self.custom_properties {
            after.custom_properties.clone_from(properties);
        }
        check_texts([&after.description], &after.custom_properties)?;
        if after != before {
            realm.update_group(&before, &after)?;
            let name = |group: &Group| Some(Json::from(group.name.as_str()));
            desk.note(Note::new("Group", "Group updated", self.id).change(
                "name",
                name(&before),
                name(&after),
            ));
        }
        if let Some(permissions) = &self.permissions {
            let (giving, holder) = (Giving::of::<GroupAdmin>(desk), Found::Group(after.clone()));
            give_exactly(desk, &giving, &realm, &holder, permissions.clone())?;
        }
        Ok(done(written(desk, &realm.now(), after)?))
    }
}

/// Deletes a group; its members lose what they held through it.
pub struct DeleteGroup {
    /// Which.
    pub id: GroupId,
    /// The state that is deleted.
    pub expected: Expected,
}

impl Command for DeleteGroup {
    type Operation = GroupAdmin;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let realm = desk.tx.realm(allow_people::<GroupAdmin, _>(desk)?);
        let group = group_in(&realm.now(), self.id)?;
        check_expected(&self.expected, &realm.now(), &group)?;
        Authority::of::<GroupAdmin>(desk).over_group(&group)?;
        if is_special(&group) {
            return Err(Refusal::Invalid(Invalid::SpecialGroup));
        }
        let members = realm.now().members(self.id)?;
        if members.len() > CASCADE_MAX {
            return Err(Refusal::Invalid(Invalid::CascadeTooLarge));
        }
        for id in &members {
            if let Some(before) = realm.now().user(*id)? {
                let mut after = before.clone();
                after.groups.remove(&self.id);
                realm.update_user(&before, &after)?;
            }
        }
        realm.delete_group(&group)?;
        let text = format!("Group {} with {} members deleted", group.name, members.len());
        desk.note(Note::new("Group", "Group deleted", self.id).text(text));
        Ok(done(()))
    }
}
