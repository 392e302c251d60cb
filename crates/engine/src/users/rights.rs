//! Who may manage whom: nobody gives, takes away or touches more than they hold themselves (R010), devices manage
//! nobody (R121), and a tenant always keeps an administrator who can sign in.

use crate::desk::{Changing, Denial, Desk};
use crate::refusal::{FaultId, Invalid, Refusal};
use model::ids::GroupId;
use model::names::GroupName;
use model::roles::Role;
use model::users::{ADMINS, DEVICES, Group, User, UserKind};
use policy::operation::Operation;
use policy::proof::Allowed;
use std::ops::Deref;
use std::sync::PoisonError;
use store::realm::RealmRows;
use store::view::View;

/// Decides an operation on other people's data. A device has no way there, whatever roles it was given (R121).
pub(crate) fn allow_people<N: Operation, T: Deref<Target = View>>(
    desk: &Desk<T>,
) -> Result<Allowed<N>, Refusal> {
    let proof = desk.allow::<N>()?;
    match desk.who().kind() {
        UserKind::Device => Err(refuse(desk, N::INFO.name, "people")),
        UserKind::Person | UserKind::Service => Ok(proof),
    }
}

/// A refusal beyond the decision, kept for the audit log like one of the decision.
fn refuse<T>(desk: &Desk<T>, operation: &'static str, target: &'static str) -> Refusal {
    *desk.denied.lock().unwrap_or_else(PoisonError::into_inner) = Some(Denial { operation, target });
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
        let is_admins = group.name.as_str() == ADMINS;
        let within = group.roles.iter().all(|role| self.desk.who().may_grant(*role));
        if within && (!is_admins || self.desk.who().is_admin()) {
            return Ok(());
        }
        Err(refuse(self.desk, self.operation, "group"))
    }

    /// Refuses a user who holds more than the caller: whoever could set such a user's password could become it.
    pub(crate) fn over_user(&self, user: &User) -> Result<(), Refusal> {
        let who = self.desk.who();
        if user.id == who.id() {
            return Ok(());
        }
        let facts = self.desk.tx.principal(who.tenant(), user.id)?;
        let within = facts.is_none_or(|facts| {
            let theirs = facts.principal;
            (who.is_admin() || !theirs.is_admin()) && theirs.effective_roles().all(|role| who.may_grant(role))
        });
        if within {
            return Ok(());
        }
        Err(refuse(self.desk, self.operation, "user"))
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

/// Refuses a change after which nobody could administer the tenant: besides `without` there must be a member of
/// `admins` who is enabled and has a credential. The rows read here are noted, so of two administrators who remove
/// each other at the same time only one succeeds.
pub(crate) fn keep_an_administrator(rows: &RealmRows<'_>, without: &User) -> Result<(), Refusal> {
    let Some(admins) = rows.group_named(&special(ADMINS)?)? else {
        return Ok(());
    };
    if !without.groups.contains(&admins.id) {
        return Ok(());
    }
    for id in rows
        .members(admins.id)?
        .into_iter()
        .filter(|id| *id != without.id)
    {
        let Some(user) = rows.user(id)? else { continue };
        let stays = user.enabled && user.kind != UserKind::Device && user.groups.contains(&admins.id);
        if stays && rows.credential(id)?.is_some() {
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
