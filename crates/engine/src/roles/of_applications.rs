//! Roles that microservices define, given to users and groups of a tenant that is subscribed. They open nothing of the
//! platform: whoever is shown them is the microservice. Nobody gives one that they do not hold, but for members of
//! `admins` (R010).

use crate::desk::{Changing, Desk};
use crate::note::Note;
use crate::refusal::{Bound, Conflict, Invalid, Missing, Refusal};
use crate::users::{Authority, Gifts, check_no_part, refuse};
use model::grants::Subject;
use model::ids::{PrincipalId, TenantNumber};
use model::limits::APPLICATION_ROLES_HELD_MAX;
use model::roles::ApplicationRole;
use model::users::{Group, User};
use policy::facts::Principal;
use policy::operation::Operation;
use policy::operations::users::{GroupRoleChange, RoleChange};
use std::collections::BTreeSet;
use std::ops::Deref;
use store::application_roles::Defined;
use store::gifts::Given;
use store::realm::{RealmChanges, RealmRows};
use store::view::View;

/// The roles of microservices that a user holds, directly or through a group; never more than those above it.
pub(crate) fn effective_application_roles(
    (view, tenant): (&View, TenantNumber),
    rows: &RealmRows<'_>,
    user: &User,
    defined: &Defined,
) -> Result<BTreeSet<ApplicationRole>, Refusal> {
    let is_admin = |above: &User| {
        let facts = view.principal(tenant, above.id).ok().flatten();
        facts.is_some_and(|facts| facts.principal.is_admin())
    };
    Ok(rows.effective_application_roles(user, defined, is_admin)?)
}

/// Which of the roles that are defined the caller could give.
pub(super) fn may_give<T: Deref<Target = View>>(
    desk: &Desk<T>,
    rows: &RealmRows<'_>,
    defined: &Defined,
) -> Result<BTreeSet<ApplicationRole>, Refusal> {
    let who = desk.who();
    if who.is_admin() {
        return Ok(defined.keys().cloned().collect());
    }
    match rows.user(who.id())? {
        Some(own) => effective_application_roles((&desk.tx, who.tenant()), rows, &own, defined),
        None => Ok(BTreeSet::new()),
    }
}

/// Whether somebody could give all roles of microservices that these users and groups were given, in force or not.
pub(crate) fn may_give_those_of(
    view: &View,
    who: &Principal,
    subjects: impl IntoIterator<Item = Subject>,
) -> Result<bool, Refusal> {
    if who.is_admin() {
        return Ok(true);
    }
    let roles = view.application_roles(who)?;
    let own = roles.in_force(who.id())?;
    for subject in subjects {
        if !roles.given_to(subject)?.is_subset(&own) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether somebody could give all roles of microservices that a user of the same tenant holds.
pub(crate) fn holds_those_in_force(view: &View, who: &Principal, user: PrincipalId) -> Result<bool, Refusal> {
    if who.is_admin() {
        return Ok(true);
    }
    let roles = view.application_roles(who)?;
    Ok(roles.in_force(user)?.is_subset(&roles.in_force(who.id())?))
}

/// A change of what one holder has.
pub(super) struct Change<'c> {
    pub(super) desk: &'c Changing,
    pub(super) realm: &'c RealmChanges<'c>,
    pub(super) role: &'c ApplicationRole,
}

impl Change<'_> {
    /// Gives the role to a user. One that it holds already is no conflict.
    pub(super) fn give_to_user(&self, user: &User) -> Result<(), Refusal> {
        let defined = self.check::<RoleChange>()?;
        check_no_part(self.desk, user)?;
        // Below somebody who could not give it, it would count for nothing.
        if let Some(owner) = user.owner {
            let rows = self.realm.now();
            let owner = rows.user(owner)?.filter(|owner| owner.enabled);
            let tenant = self.desk.who().tenant();
            let held = match &owner {
                Some(owner) => effective_application_roles((&self.desk.tx, tenant), &rows, owner, &defined)?,
                None => BTreeSet::new(),
            };
            let facts = match &owner {
                Some(owner) => self.desk.tx.principal(tenant, owner.id)?,
                None => None,
            };
            let is_admin = facts.is_some_and(|facts| facts.principal.is_admin());
            if !is_admin && !held.contains(self.role) {
                return Err(refuse(self.desk, RoleChange::INFO.name, "owner"));
            }
        }
        if let Some(gifts) = self.give(Subject::User(user.id), &defined)? {
            let text = format!("{} given to {}", self.role, user.name);
            let note = Note::new("User", "Role given to user", &user.name).text(text);
            self.desk.note(gifts.mark(note));
        }
        Ok(())
    }

    /// Takes it from a user.
    pub(super) fn take_from_user(&self, user: &User) -> Result<(), Refusal> {
        Authority::of::<RoleChange>(self.desk).over_user(user)?;
        let defined = self.check::<RoleChange>()?;
        self.take(Subject::User(user.id), &defined)?;
        let text = format!("{} taken from {}", self.role, user.name);
        self.desk
            .note(Note::new("User", "Role taken from user", &user.name).text(text));
        Ok(())
    }

    /// Gives it to every member of a group.
    pub(super) fn give_to_group(&self, group: &Group) -> Result<(), Refusal> {
        Authority::of::<GroupRoleChange>(self.desk).over_group(group)?;
        let defined = self.check::<GroupRoleChange>()?;
        let gifts = self
            .give(Subject::Group(group.id), &defined)?
            .ok_or(Refusal::Conflict(Conflict::RoleHeld))?;
        let text = format!("{} given to the group {}", self.role, group.name);
        let note = Note::new("Group", "Role given to group", group.id).text(text);
        self.desk.note(gifts.mark(note));
        Ok(())
    }

    /// Takes it from a group.
    pub(super) fn take_from_group(&self, group: &Group) -> Result<(), Refusal> {
        Authority::of::<GroupRoleChange>(self.desk).over_group(group)?;
        let defined = self.check::<GroupRoleChange>()?;
        self.take(Subject::Group(group.id), &defined)?;
        let text = format!("{} taken from the group {}", self.role, group.name);
        self.desk
            .note(Note::new("Group", "Role taken from group", group.id).text(text));
        Ok(())
    }

    /// Refuses a role that no microservice defines here, and one that the caller could not give.
    fn check<N: Operation>(&self) -> Result<Defined, Refusal> {
        let rows = self.realm.now();
        let defined = rows.defined_roles()?;
        if !defined.contains_key(self.role) {
            return Err(Refusal::Invalid(Invalid::UnknownRole));
        }
        match may_give(self.desk, &rows, &defined)?.contains(self.role) {
            true => Ok(defined),
            false => Err(refuse(self.desk, N::INFO.name, "role")),
        }
    }

    /// Gives it, and notes how; nothing if it is held already.
    fn give(&self, to: Subject, defined: &Defined) -> Result<Option<Gifts<'_>>, Refusal> {
        let mut held = self.realm.now().application_roles(to, defined)?;
        if !held.insert(self.role.clone()) {
            return Ok(None);
        }
        if held.len() > APPLICATION_ROLES_HELD_MAX {
            return Err(Refusal::Invalid(Invalid::TooMany(Bound::ApplicationRoles)));
        }
        // First the note: whoever gives to itself or its own group holds it afterwards.
        let mut gifts = Gifts::new(self.desk);
        gifts.application_role(self.realm, to, self.role)?;
        self.realm.put_application_roles(to, &held, defined)?;
        Ok(Some(gifts))
    }

    fn take(&self, from: Subject, defined: &Defined) -> Result<(), Refusal> {
        let mut held = self.realm.now().application_roles(from, defined)?;
        if !held.remove(self.role) {
            return Err(Refusal::Missing(Missing::Role(self.role.to_string())));
        }
        self.realm.put_application_roles(from, &held, defined)?;
        let given = Given::ApplicationRole(self.role.clone());
        Ok(self.realm.end_gift(from, &given)?)
    }
}
