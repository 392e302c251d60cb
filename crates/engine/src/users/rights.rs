//! Who may manage whom: nobody gives, takes away or touches more than they hold themselves (R010), devices manage
//! nobody (R121), and a tenant always keeps an administrator who can sign in.

use super::span::reaches_only_below;
use crate::desk::{Changing, Denial, Desk};
use crate::permissions::holds_no_more;
use crate::refusal::{FaultId, Invalid, Refusal};
use crate::roles::{holds_those_in_force, may_give_those_of};
use model::grants::Subject;
use model::ids::GroupId;
use model::names::GroupName;
use model::roles::Role;
use model::users::{ADMINS, DEVICES, Group, User, UserKind};
use policy::facts::{EVERYBODYS_ROLES, Home, Principal};
use policy::operation::Operation;
use policy::proof::Allowed;
use policy::rights::Rights;
use std::ops::Deref;
use std::sync::PoisonError;
use store::realm::RealmRows;
use store::view::View;

/// Decides an operation on other people's data. A device has no way there, whatever roles it was given (R121).
pub(crate) fn allow_people<N: Operation, T: Deref<Target = View>>(
    desk: &Desk<T>,
) -> Result<Allowed<N>, Refusal> {
    let proof = no_device::<N, T>(desk)?;
    match reaches_only_below::<N, T>(desk) {
        // This behaviour asks nobody who is below whom.
        true => Err(refuse(desk, N::INFO.name, "people")),
        false => Ok(proof),
    }
}

/// The same for a behaviour that asks which users the caller reaches.
pub(super) fn no_device<N: Operation, T: Deref<Target = View>>(
    desk: &Desk<T>,
) -> Result<Allowed<N>, Refusal> {
    let proof = desk.allow::<N>()?;
    match desk.who().kind() {
        UserKind::Device | UserKind::Bootstrap => Err(refuse(desk, N::INFO.name, "people")),
        UserKind::Person | UserKind::Service => Ok(proof),
    }
}

/// Whether a role lets its holder manage other users.
pub(crate) fn manages_users(role: Role) -> bool {
    matches!(
        role,
        Role::UserManagementAdmin
            | Role::UserManagementCreate
            | Role::UserManagementPasswordReset
            | Role::UserManagementRead
    )
}

/// A refusal beyond the decision, kept for the audit log like one of the decision.
pub(crate) fn refuse<T>(desk: &Desk<T>, operation: &'static str, target: &'static str) -> Refusal {
    *desk.denied.lock().unwrap_or_else(PoisonError::into_inner) = Some(Denial {
        operation,
        target,
        object: None,
    });
    Refusal::Forbidden
}

/// How far the caller's own rights go when it manages others.
pub(crate) struct Authority<'d> {
    desk: &'d Changing,
    operation: &'static str,
}

impl<'d> Authority<'d> {
    /// For the operation that is being carried out.
    pub(crate) fn of<N: Operation>(desk: &'d Changing) -> Self {
        Self {
            desk,
            operation: N::INFO.name,
        }
    }

    /// Refuses a role that the caller may not give.
    pub(crate) fn over_role(&self, role: Role) -> Result<(), Refusal> {
        if self.desk.who().may_grant(role) {
            return Ok(());
        }
        Err(refuse(self.desk, self.operation, "role"))
    }

    /// Refuses a group that gives more than the caller may give; `admins` is for its own members only.
    pub(crate) fn over_group(&self, group: &Group) -> Result<(), Refusal> {
        let who = self.desk.who();
        let of_group = Subject::Group(group.id);
        if may_give_group(who, group)
            && self.holds_all(&self.desk.tx.rights_of(who, of_group)?)?
            && may_give_those_of(&self.desk.tx, who, [of_group])?
        {
            return Ok(());
        }
        Err(refuse(self.desk, self.operation, "group"))
    }

    /// Refuses a user who holds more than the caller: whoever could set such a user's password could become it.
    pub(crate) fn over_user(&self, user: &User) -> Result<(), Refusal> {
        match holds_as_much(&self.desk.tx, self.desk.who(), user)? {
            true => Ok(()),
            false => Err(refuse(self.desk, self.operation, "user")),
        }
    }

    /// Refuses to give a role to a user below somebody who could not give it (R010).
    pub(crate) fn over_role_for(&self, role: Role, user: &User) -> Result<(), Refusal> {
        self.over_role(role)?;
        self.over_service(user, [role])?;
        self.within_owner(user, |owner| Ok(owner.may_grant(role)))
    }

    /// Refuses a group for a user below somebody who could not give it.
    pub(crate) fn over_group_for(&self, group: &Group, user: &User) -> Result<(), Refusal> {
        self.over_group(group)?;
        self.over_service(user, group.roles.iter().copied())?;
        if self.is_bound(user)? {
            return Err(Refusal::Invalid(Invalid::BoundToProject));
        }
        self.within_owner(user, |owner| {
            let of_group = [Subject::Group(group.id)];
            Ok(may_give_group(owner, group) && may_give_those_of(&self.desk.tx, owner, of_group)?)
        })
    }

    /// Refuses to let a service manage users, unless a member of `admins` says so: its key may leak and would make others
    /// (R119). To one that is bound to a project only such a member gives anything: it counts where what the caller
    /// holds for the whole tenant does not.
    pub(crate) fn over_service(
        &self,
        user: &User,
        roles: impl IntoIterator<Item = Role>,
    ) -> Result<(), Refusal> {
        if user.kind != UserKind::Service {
            return Ok(());
        }
        check_no_part(self.desk, user)?;
        if self.desk.who().is_admin() {
            return Ok(());
        }
        if !roles.into_iter().any(manages_users) && !self.is_bound(user)? {
            return Ok(());
        }
        Err(refuse(self.desk, self.operation, "service"))
    }

    /// The same for a role that a whole group gets.
    pub(crate) fn over_services_in(
        &self,
        rows: &RealmRows<'_>,
        group: GroupId,
        role: Role,
    ) -> Result<(), Refusal> {
        if self.desk.who().is_admin() || !manages_users(role) {
            return Ok(());
        }
        for id in rows.members(group)? {
            if let Some(user) = rows.user(id)? {
                self.over_service(&user, [role])?;
            }
        }
        Ok(())
    }

    fn is_bound(&self, user: &User) -> Result<bool, Refusal> {
        if user.kind != UserKind::Service {
            return Ok(false);
        }
        let facts = self.desk.tx.principal(self.desk.who().tenant(), user.id)?;
        Ok(facts.is_some_and(|facts| matches!(facts.principal.home(), Home::Project(_))))
    }

    fn within_owner(
        &self,
        user: &User,
        may_give: impl Fn(&Principal) -> Result<bool, Refusal>,
    ) -> Result<(), Refusal> {
        let Some(owner) = user.owner else { return Ok(()) };
        let owner = self.desk.tx.principal(self.desk.who().tenant(), owner)?;
        if let Some(owner) = owner.filter(|owner| owner.enabled)
            && may_give(&owner.principal)?
        {
            return Ok(());
        }
        Err(refuse(self.desk, self.operation, "owner"))
    }

    /// Refuses a user who was given more than the caller could give, whether it has come into force or not.
    pub(crate) fn over_all_given(&self, rows: &RealmRows<'_>, user: &User) -> Result<(), Refusal> {
        let rights = rows.rights(subjects_of(user))?;
        if holds_all_given(&self.desk.tx, self.desk.who(), rows, user)? && self.holds_all(&rights)? {
            return Ok(());
        }
        Err(refuse(self.desk, self.operation, "user"))
    }

    /// Whether the caller could give each of these permissions on objects and fragments.
    fn holds_all(&self, theirs: &Rights) -> Result<bool, Refusal> {
        let who = self.desk.who();
        Ok(who.is_admin() || holds_no_more(&self.desk.tx, who, theirs.grants())?)
    }

    /// The groups with these ids, if each is there and within the caller's authority.
    pub(crate) fn groups(
        &self,
        rows: &RealmRows<'_>,
        ids: impl IntoIterator<Item = GroupId>,
    ) -> Result<Vec<Group>, Refusal> {
        let mut groups = Vec::new();
        for id in ids {
            let group = rows.group(id)?.ok_or(Refusal::Invalid(Invalid::UnknownRole))?;
            self.over_group(&group)?;
            groups.push(group);
        }
        Ok(groups)
    }
}

/// Whether somebody holds everything that a user of the same tenant does.
pub(crate) fn holds_as_much(view: &View, who: &Principal, user: &User) -> Result<bool, Refusal> {
    // Nobody below holds more than those above, whatever it was given.
    if user.id == who.id() || view.everybody_above(who, user)?.contains(&who.id()) {
        return Ok(true);
    }
    let facts = view.principal(who.tenant(), user.id)?;
    let Some(theirs) = facts.map(|facts| facts.principal) else {
        return Ok(true);
    };
    let is_bound = matches!(theirs.home(), Home::Project(_));
    // What counts in a project only, one's own roles do not compare with.
    let within = (who.is_admin() || !(theirs.is_admin() || is_bound))
        && theirs
            .effective_roles()
            .all(|role| EVERYBODYS_ROLES.contains(&role) || who.may_grant(role));
    let within = within && (who.is_admin() || holds_no_more(view, who, theirs.rights().grants())?);
    Ok(within && holds_those_in_force(view, who, user.id)?)
}

/// A user and its groups: where its permissions come from.
fn subjects_of(user: &User) -> impl Iterator<Item = Subject> {
    let groups = user.groups.iter().copied().map(Subject::Group);
    groups.chain([Subject::User(user.id)])
}

/// Refuses to change a user of a microservice apart from it: it has exactly the roles that were granted to it.
pub(crate) fn check_no_part(desk: &Changing, user: &User) -> Result<(), Refusal> {
    let facts = desk.tx.principal(desk.who().tenant(), user.id)?;
    match facts.and_then(|facts| facts.principal.acts_for()) {
        Some(_) => Err(Refusal::Invalid(Invalid::ApplicationUser)),
        None => Ok(()),
    }
}

/// Whether somebody could give all roles of the platform that a group has, and membership in it.
pub(crate) fn may_give_group(who: &Principal, group: &Group) -> bool {
    let is_admins = group.name.as_str() == ADMINS;
    group.roles.iter().all(|role| who.may_grant(*role)) && (!is_admins || who.is_admin())
}

/// Whether somebody could give all roles and groups of a user, in force or not. Roles over oneself are nobody's to give.
pub(super) fn holds_all_given(
    view: &View,
    who: &Principal,
    rows: &RealmRows<'_>,
    user: &User,
) -> Result<bool, Refusal> {
    let mut roles = user.roles.iter().filter(|role| !EVERYBODYS_ROLES.contains(role));
    if !roles.all(|role| who.may_grant(*role)) {
        return Ok(false);
    }
    for id in &user.groups {
        if rows.group(*id)?.is_some_and(|group| !may_give_group(who, &group)) {
            return Ok(false);
        }
    }
    may_give_those_of(view, who, subjects_of(user))
}

/// Refuses a change after which nobody could administer the tenant: besides `without` there must be a member of
/// `admins` who is enabled and has a way in: a credential, or an identity at the tenant's provider. The rows read here are noted, so of two administrators who remove
/// each other at the same time only one succeeds.
pub(crate) fn keep_an_administrator(rows: &RealmRows<'_>, without: &User) -> Result<(), Refusal> {
    let Some(admins) = rows.group_named(&special(ADMINS)?)? else {
        return Ok(());
    };
    if !without.groups.contains(&admins.id) {
        return Ok(());
    }
    let (ways, provider) = (rows.ways_in()?, rows.sign_on()?);
    let comes_in = |id| -> Result<bool, Refusal> {
        let is_outside = match &provider {
            Some(provider) => rows
                .outside_identity(id)?
                .is_some_and(|identity| identity.issuer == provider.issuer.as_str()),
            None => false,
        };
        Ok(is_outside || (ways.admit_people() && rows.credential(id)?.is_some()))
    };
    for id in rows
        .members(admins.id)?
        .into_iter()
        .filter(|id| *id != without.id)
    {
        let Some(user) = rows.user(id)? else { continue };
        // One below somebody is an administrator only as long as that one is.
        let stays = user.enabled && user.kind != UserKind::Device && user.owner.is_none();
        let stays = stays && user.groups.contains(&admins.id);
        if stays && comes_in(id)? {
            return Ok(());
        }
    }
    Err(Refusal::Invalid(Invalid::LastAdministrator))
}

/// Whether a group is one that every tenant has and that keeps its name.
pub(crate) fn is_special(group: &Group) -> bool {
    [ADMINS, DEVICES].contains(&group.name.as_str())
}

/// The name of a special group.
pub(crate) fn special(name: &str) -> Result<GroupName, Refusal> {
    name.parse().map_err(|bad| Refusal::Fault(FaultId::report(&bad)))
}
