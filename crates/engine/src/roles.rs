//! Roles: which there are, and giving them to users and groups or taking them away (R010). Beside those of the platform there
//! are those that microservices define for their own users.

mod of_applications;

pub(crate) use of_applications::{effective_application_roles, holds_those_in_force, may_give_those_of};

use crate::desk::{Changing, Desk, Reading};
use crate::groups::{WrittenGroup, group_in, visible_group, written as written_group};
use crate::note::Note;
use crate::page::{Listed, Page};
use crate::refusal::{Conflict, Invalid, Missing, Refusal};
use crate::users::{
    Authority, Gifts, Span, WrittenUser, allow_people, change_users, check_no_part, read_users,
    written as written_user,
};
use crate::work::{Command, Query, Then, done};
use model::grants::Subject;
use model::ids::{GroupId, MANAGEMENT};
use model::names::UserName;
use model::roles::{AnyRole, ApplicationRole, Role};
use model::users::ADMINS;
use of_applications::{Change, may_give};
use policy::operations::users::{GroupRead, GroupRoleChange, RoleChange, RoleRead, UserRead};
use std::collections::BTreeSet;
use std::ops::Deref;
use store::gifts::Given;
use store::realm::{RealmChanges, RealmRows};
use store::view::View;

/// A change of who holds a role of a microservice.
fn of_application<'c>(
    desk: &'c Changing,
    realm: &'c RealmChanges<'c>,
    role: &'c ApplicationRole,
) -> Change<'c> {
    Change { desk, realm, role }
}

/// Whether a role has a meaning in the caller's tenant.
fn exists_here<T: Deref<Target = View>>(desk: &Desk<T>, role: Role) -> bool {
    !role.is_platform_role() || desk.who().tenant() == MANAGEMENT
}

/// Whether the caller sees a role. Those who manage only users below see the roles that they may give.
fn is_visible<T: Deref<Target = View>>(desk: &Desk<T>, span: &Span, role: Role) -> bool {
    exists_here(desk, role) && (!span.is_below() || desk.who().may_grant(role))
}

/// The roles of microservices that the caller sees: those that it may give, where it manages only users below.
fn visible_roles(
    desk: &Reading,
    rows: &RealmRows<'_>,
    span: &Span,
) -> Result<BTreeSet<ApplicationRole>, Refusal> {
    let defined = rows.defined_roles()?;
    match span.is_below() {
        true => may_give(desk, rows, &defined),
        false => Ok(defined.into_keys().collect()),
    }
}

/// What a user or group holds directly: roles of the platform, then those of microservices.
fn held(rows: &RealmRows<'_>, subject: Subject, roles: BTreeSet<Role>) -> Result<Vec<AnyRole>, Refusal> {
    let of_applications = rows.application_roles(subject, &rows.defined_roles()?)?;
    let own = roles.into_iter().map(AnyRole::Platform);
    Ok(own
        .chain(of_applications.into_iter().map(AnyRole::Application))
        .collect())
}

/// Lists the roles that there are.
pub struct FindRoles {
    /// Which part.
    pub page: Page,
}

impl Query for FindRoles {
    type Operation = RoleRead;
    type Answer = Listed<AnyRole>;

    fn answer(&self, desk: &Reading) -> Result<Listed<AnyRole>, Refusal> {
        let (rows, span) = read_users::<RoleRead>(desk)?;
        // Those of the platform are part of the program.
        let own = Role::ALL.iter().filter(|role| is_visible(desk, &span, **role));
        let defined = visible_roles(desk, &rows, &span)?;
        let all = own.copied().map(AnyRole::Platform);
        Ok(self
            .page
            .of(all.chain(defined.into_iter().map(AnyRole::Application)).collect()))
    }
}

/// Reads one role by its name, as sent.
pub struct ReadRole {
    /// The name.
    pub name: String,
}

impl Query for ReadRole {
    type Operation = RoleRead;
    type Answer = AnyRole;

    fn answer(&self, desk: &Reading) -> Result<AnyRole, Refusal> {
        let (rows, span) = read_users::<RoleRead>(desk)?;
        let role = self.name.parse::<AnyRole>().ok();
        let is_there = match &role {
            Some(AnyRole::Platform(role)) => is_visible(desk, &span, *role),
            Some(AnyRole::Application(role)) => visible_roles(desk, &rows, &span)?.contains(role),
            None => false,
        };
        role.filter(|_| is_there)
            .ok_or_else(|| Refusal::Missing(Missing::Role(self.name.clone())))
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
    type Answer = Listed<AnyRole>;

    fn answer(&self, desk: &Reading) -> Result<Listed<AnyRole>, Refusal> {
        let (rows, span) = read_users::<UserRead>(desk)?;
        let user = span.user(&rows, &self.user)?;
        Ok(self.page.of(held(&rows, Subject::User(user.id), user.roles)?))
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
    type Answer = Listed<AnyRole>;

    fn answer(&self, desk: &Reading) -> Result<Listed<AnyRole>, Refusal> {
        let (rows, span) = read_users::<GroupRead>(desk)?;
        let group = visible_group(desk, &rows, &span, self.group)?;
        Ok(self.page.of(held(&rows, Subject::Group(group.id), group.roles)?))
    }
}

/// Gives a role to a user, whose sessions end with it. One that it holds already is no conflict.
pub struct GiveRoleToUser {
    /// To whom.
    pub user: UserName,
    /// Which.
    pub role: AnyRole,
}

impl Command for GiveRoleToUser {
    type Operation = RoleChange;
    type Answer = WrittenUser;

    fn change(&self, desk: &Changing) -> Result<Then<WrittenUser>, Refusal> {
        let (realm, span) = change_users::<RoleChange>(desk)?;
        let before = span.user(&realm.now(), &self.user)?;
        let role = match &self.role {
            AnyRole::Platform(role) => *role,
            AnyRole::Application(role) => {
                of_application(desk, &realm, role).give_to_user(&before)?;
                return Ok(done(written_user(desk, &realm.now(), before)?));
            }
        };
        Authority::of::<RoleChange>(desk).over_role_for(role, &before)?;
        let mut after = before.clone();
        if after.roles.insert(role) {
            after.epoch += 1;
            realm.update_user(&before, &after)?;
            let mut gifts = Gifts::new(desk);
            gifts.role(&realm, Subject::User(before.id), role)?;
            let text = format!("{role} given to {}", before.name);
            desk.note(gifts.mark(Note::new("User", "Role given to user", &self.user).text(text)));
        }
        Ok(done(written_user(desk, &realm.now(), after)?))
    }
}

/// Takes a role from a user, gone with its next request; its sessions end.
pub struct TakeRoleFromUser {
    /// From whom.
    pub user: UserName,
    /// Which.
    pub role: AnyRole,
}

impl Command for TakeRoleFromUser {
    type Operation = RoleChange;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let (realm, span) = change_users::<RoleChange>(desk)?;
        let before = span.user(&realm.now(), &self.user)?;
        let role = match &self.role {
            AnyRole::Platform(role) => *role,
            AnyRole::Application(role) => {
                of_application(desk, &realm, role).take_from_user(&before)?;
                return Ok(done(()));
            }
        };
        let authority = Authority::of::<RoleChange>(desk);
        authority.over_user(&before)?;
        authority.over_role(role)?;
        check_no_part(desk, &before)?;
        let mut after = before.clone();
        if !after.roles.remove(&role) {
            return Err(Refusal::Missing(Missing::Role(role.to_string())));
        }
        after.epoch += 1;
        realm.update_user(&before, &after)?;
        realm.end_gift(Subject::User(before.id), &Given::Role(role))?;
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
    pub role: AnyRole,
}

impl Command for GiveRoleToGroup {
    type Operation = GroupRoleChange;
    type Answer = WrittenGroup;

    fn change(&self, desk: &Changing) -> Result<Then<WrittenGroup>, Refusal> {
        let realm = desk.tx.realm(allow_people::<GroupRoleChange, _>(desk)?);
        let before = group_in(&realm.now(), self.group)?;
        let role = match &self.role {
            AnyRole::Platform(role) => *role,
            AnyRole::Application(role) => {
                of_application(desk, &realm, role).give_to_group(&before)?;
                return Ok(done(written_group(desk, &realm.now(), before)?));
            }
        };
        let authority = Authority::of::<GroupRoleChange>(desk);
        authority.over_group(&before)?;
        authority.over_role(role)?;
        authority.over_services_in(&realm.now(), self.group, role)?;
        let mut after = before.clone();
        if !after.roles.insert(role) {
            return Err(Refusal::Conflict(Conflict::RoleHeld));
        }
        realm.update_group(&before, &after)?;
        let mut gifts = Gifts::new(desk);
        gifts.role(&realm, Subject::Group(self.group), role)?;
        let text = format!("{role} given to the group {}", before.name);
        desk.note(gifts.mark(Note::new("Group", "Role given to group", self.group).text(text)));
        Ok(done(written_group(desk, &realm.now(), after)?))
    }
}

/// Takes a role from a group. `admins` keeps the role without which nobody could manage users any more.
pub struct TakeRoleFromGroup {
    /// From which.
    pub group: GroupId,
    /// Which role.
    pub role: AnyRole,
}

impl Command for TakeRoleFromGroup {
    type Operation = GroupRoleChange;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let realm = desk.tx.realm(allow_people::<GroupRoleChange, _>(desk)?);
        let before = group_in(&realm.now(), self.group)?;
        let role = match &self.role {
            AnyRole::Platform(role) => *role,
            AnyRole::Application(role) => {
                of_application(desk, &realm, role).take_from_group(&before)?;
                return Ok(done(()));
            }
        };
        let authority = Authority::of::<GroupRoleChange>(desk);
        authority.over_group(&before)?;
        authority.over_role(role)?;
        let mut after = before.clone();
        if !after.roles.remove(&role) {
            return Err(Refusal::Missing(Missing::Role(role.to_string())));
        }
        if before.name.as_str() == ADMINS && role == Role::UserManagementAdmin {
            return Err(Refusal::Invalid(Invalid::LastAdministrator));
        }
        realm.update_group(&before, &after)?;
        realm.end_gift(Subject::Group(self.group), &Given::Role(role))?;
        let text = format!("{} taken from the group {}", self.role, before.name);
        desk.note(Note::new("Group", "Role taken from group", self.group).text(text));
        Ok(done(()))
    }
}
