//! Roles: which there are, and giving them to users and groups or taking them away (R010).

use crate::desk::{Changing, Desk, Reading};
use crate::groups::{WrittenGroup, group_in, written as written_group};
use crate::note::Note;
use crate::page::{Listed, Page};
use crate::refusal::{Conflict, Invalid, Missing, Refusal};
use crate::users::{Authority, WrittenUser, allow_people, written as written_user};
use crate::work::{Command, Query, Then, done};
use model::ids::{GroupId, MANAGEMENT};
use model::names::UserName;
use model::roles::Role;
use model::users::ADMINS;
use policy::operations::users::{GroupRead, RoleChange, RoleRead, UserRead};
use std::ops::Deref;
use store::view::View;

/// Whether a role has a meaning in the caller's tenant.
fn exists_here<T: Deref<Target = View>>(desk: &Desk<T>, role: Role) -> bool {
    !role.is_platform_role() || desk.who().tenant() == MANAGEMENT
}

/// Lists the roles that there are.
pub struct FindRoles {
    /// Which part.
    pub page: Page,
}

impl Query for FindRoles {
    type Operation = RoleRead;
    type Answer = Listed<Role>;

    fn answer(&self, desk: &Reading) -> Result<Listed<Role>, Refusal> {
        // Spent at once: roles are part of the program, the realm holds none.
        let _ = desk.tx.realm(allow_people::<RoleRead, _>(desk)?);
        Ok(self.page.of(Role::ALL
            .iter()
            .copied()
            .filter(|role| exists_here(desk, *role))
            .collect()))
    }
}

/// Reads one role by its name, as sent.
pub struct ReadRole {
    /// The name.
    pub name: String,
}

impl Query for ReadRole {
    type Operation = RoleRead;
    type Answer = Role;

    fn answer(&self, desk: &Reading) -> Result<Role, Refusal> {
        let _ = desk.tx.realm(allow_people::<RoleRead, _>(desk)?);
        let role = self.name.parse().ok().filter(|role| exists_here(desk, *role));
        role.ok_or_else(|| Refusal::Missing(Missing::Role(self.name.clone())))
    }
}

/// Lists the roles that a user holds directly.
pub struct RolesOfUser {
    /// Of whom.
    pub user: UserName,
    /// Which part.
    pub page: Page,
}

impl Query for RolesOfUser {
    type Operation = UserRead;
    type Answer = Listed<Role>;

    fn answer(&self, desk: &Reading) -> Result<Listed<Role>, Refusal> {
        let rows = desk.tx.realm(allow_people::<UserRead, _>(desk)?);
        let user = rows
            .user_named(&self.user)?
            .ok_or_else(|| missing_user(&self.user))?;
        Ok(self.page.of(user.roles.into_iter().collect()))
    }
}

/// Lists the roles of a group.
pub struct RolesOfGroup {
    /// Of which.
    pub group: GroupId,
    /// Which part.
    pub page: Page,
}

impl Query for RolesOfGroup {
    type Operation = GroupRead;
    type Answer = Listed<Role>;

    fn answer(&self, desk: &Reading) -> Result<Listed<Role>, Refusal> {
        let rows = desk.tx.realm(allow_people::<GroupRead, _>(desk)?);
        Ok(self
            .page
            .of(group_in(&rows, self.group)?.roles.into_iter().collect()))
    }
}

fn missing_user(name: &UserName) -> Refusal {
    Refusal::Missing(Missing::User(name.to_string()))
}

/// Gives a role to a user. One that it holds already is no conflict.
pub struct GiveRoleToUser {
    /// To whom.
    pub user: UserName,
    /// Which.
    pub role: Role,
}

impl Command for GiveRoleToUser {
    type Operation = RoleChange;
    type Answer = WrittenUser;

    fn change(&self, desk: &Changing) -> Result<Then<WrittenUser>, Refusal> {
        let realm = desk.tx.realm(allow_people::<RoleChange, _>(desk)?);
        let before = realm
            .now()
            .user_named(&self.user)?
            .ok_or_else(|| missing_user(&self.user))?;
        Authority::of::<RoleChange>(desk).over_role(self.role)?;
        let mut after = before.clone();
        if after.roles.insert(self.role) {
            realm.update_user(&before, &after)?;
            let text = format!("{} given to {}", self.role, before.name);
            desk.note(Note::new("User", "Role given to user", &self.user).text(text));
        }
        Ok(done(written_user(desk, &realm.now(), after)?))
    }
}

/// Takes a role from a user, gone with its next request.
pub struct TakeRoleFromUser {
    /// From whom.
    pub user: UserName,
    /// Which.
    pub role: Role,
}

impl Command for TakeRoleFromUser {
    type Operation = RoleChange;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let realm = desk.tx.realm(allow_people::<RoleChange, _>(desk)?);
        let before = realm
            .now()
            .user_named(&self.user)?
            .ok_or_else(|| missing_user(&self.user))?;
        let authority = Authority::of::<RoleChange>(desk);
        authority.over_user(&before)?;
        authority.over_role(self.role)?;
        let mut after = before.clone();
        if !after.roles.remove(&self.role) {
            return Err(Refusal::Missing(Missing::Role(self.role.to_string())));
        }
        realm.update_user(&before, &after)?;
        let text = format!("{} taken from {}", self.role, before.name);
        desk.note(Note::new("User", "Role taken from user", &self.user).text(text));
        Ok(done(()))
    }
}

/// Gives a role to every member of a group.
pub struct GiveRoleToGroup {
    /// To which.
    pub group: GroupId,
    /// Which role.
    pub role: Role,
}

impl Command for GiveRoleToGroup {
    type Operation = RoleChange;
    type Answer = WrittenGroup;

    fn change(&self, desk: &Changing) -> Result<Then<WrittenGroup>, Refusal> {
        let realm = desk.tx.realm(allow_people::<RoleChange, _>(desk)?);
        let before = group_in(&realm.now(), self.group)?;
        let authority = Authority::of::<RoleChange>(desk);
        authority.over_group(&before)?;
        authority.over_role(self.role)?;
        let mut after = before.clone();
        if !after.roles.insert(self.role) {
            return Err(Refusal::Conflict(Conflict::RoleHeld));
        }
        realm.update_group(&before, &after)?;
        let text = format!("{} given to the group {}", self.role, before.name);
        desk.note(Note::new("Group", "Role given to group", self.group).text(text));
        Ok(done(written_group(desk, after)))
    }
}

/// Takes a role from a group. `admins` keeps the role without which nobody could manage users any more.
pub struct TakeRoleFromGroup {
    /// From which.
    pub group: GroupId,
    /// Which role.
    pub role: Role,
}

impl Command for TakeRoleFromGroup {
    type Operation = RoleChange;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let realm = desk.tx.realm(allow_people::<RoleChange, _>(desk)?);
        let before = group_in(&realm.now(), self.group)?;
        let authority = Authority::of::<RoleChange>(desk);
        authority.over_group(&before)?;
        authority.over_role(self.role)?;
        let mut after = before.clone();
        if !after.roles.remove(&self.role) {
            return Err(Refusal::Missing(Missing::Role(self.role.to_string())));
        }
        if before.name.as_str() == ADMINS && self.role == Role::UserManagementAdmin {
            return Err(Refusal::Invalid(Invalid::LastAdministrator));
        }
        realm.update_group(&before, &after)?;
        let text = format!("{} taken from the group {}", self.role, before.name);
        desk.note(Note::new("Group", "Role taken from group", self.group).text(text));
        Ok(done(()))
    }
}
