//! Groups of users ("global roles" in the console): their members share their roles.

mod members;

pub use members::{AddMember, FindMembers, GroupsOfUser, RemoveMember};

use crate::desk::{Changing, Reading};
use crate::note::Note;
use crate::page::{Listed, Page};
use crate::refusal::{Conflict, Invalid, Missing, Refusal};
use crate::users::{Authority, allow_people, check_texts, is_special};
use crate::work::{Command, Query, Then, done};
use model::ids::GroupId;
use model::json::{Json, Object};
use model::limits::CASCADE_MAX;
use model::names::GroupName;
use model::roles::Role;
use model::users::Group;
use policy::operations::users::{GroupAdmin, GroupRead};
use std::collections::BTreeSet;
use store::realm::RealmRows;

/// Lists groups.
pub struct FindGroups {
    /// Which part.
    pub page: Page,
}

impl Query for FindGroups {
    type Operation = GroupRead;
    type Answer = Listed<Group>;

    fn answer(&self, desk: &Reading) -> Result<Listed<Group>, Refusal> {
        let rows = desk.tx.realm(allow_people::<GroupRead, _>(desk)?);
        Ok(self.page.of(rows.groups()?))
    }
}

/// Reads one group.
pub struct ReadGroup {
    /// Which.
    pub id: GroupId,
}

impl Query for ReadGroup {
    type Operation = GroupRead;
    type Answer = Group;

    fn answer(&self, desk: &Reading) -> Result<Group, Refusal> {
        let rows = desk.tx.realm(allow_people::<GroupRead, _>(desk)?);
        group_in(&rows, self.id)
    }
}

/// Reads one group by its name, as sent.
pub struct ReadGroupNamed {
    /// The name.
    pub name: String,
}

impl Query for ReadGroupNamed {
    type Operation = GroupRead;
    type Answer = Group;

    fn answer(&self, desk: &Reading) -> Result<Group, Refusal> {
        let rows = desk.tx.realm(allow_people::<GroupRead, _>(desk)?);
        let found = match self.name.parse::<GroupName>() {
            Ok(name) => rows.group_named(&name)?,
            Err(_) => None,
        };
        found.ok_or_else(|| Refusal::Missing(Missing::GroupNamed(self.name.clone())))
    }
}

pub(crate) fn group_in(rows: &RealmRows<'_>, id: GroupId) -> Result<Group, Refusal> {
    rows.group(id)?.ok_or(Refusal::Missing(Missing::Group(id)))
}

/// A group that was created or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenGroup {
    /// Its id.
    pub id: GroupId,
    /// The group, for those who may read groups (R019).
    pub shown: Option<Box<Group>>,
}

/// What a command answers about the group that it wrote.
pub(crate) fn written(desk: &Changing, group: Group) -> WrittenGroup {
    let may_read = desk.may::<GroupRead>();
    WrittenGroup {
        id: group.id,
        shown: may_read.then(|| Box::new(group)),
    }
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
        let roles: Vec<_> = group.roles.iter().map(|role| role.name()).collect();
        let text = format!(
            "Group {} created with the roles [{}]",
            group.name,
            roles.join(", ")
        );
        desk.note(Note::new("Group", "Group created", group.id).text(text));
        Ok(done(written(desk, group)))
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
}

impl Command for UpdateGroup {
    type Operation = GroupAdmin;
    type Answer = WrittenGroup;

    fn change(&self, desk: &Changing) -> Result<Then<WrittenGroup>, Refusal> {
        let realm = desk.tx.realm(allow_people::<GroupAdmin, _>(desk)?);
        let before = group_in(&realm.now(), self.id)?;
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
        Ok(done(written(desk, after)))
    }
}

/// Deletes a group; its members lose what they held through it.
pub struct DeleteGroup {
    /// Which.
    pub id: GroupId,
}

impl Command for DeleteGroup {
    type Operation = GroupAdmin;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let realm = desk.tx.realm(allow_people::<GroupAdmin, _>(desk)?);
        let group = group_in(&realm.now(), self.id)?;
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
