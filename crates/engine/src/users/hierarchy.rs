//! The hierarchy of user management: who is above a user, and to whom somebody lends the users below it.
//!
//! A user holds no more than the one above it; that is seen to where facts are made. Here the line is kept short and
//! without circles, and nobody gains by a move.

use super::rights::{Authority, allow_people, refuse};
use super::span::{Span, change_users};
use super::{WrittenUser, written};
use crate::desk::Changing;
use crate::note::Note;
use crate::refusal::{Invalid, Missing, Refusal};
use crate::work::{Command, Then, done};
use model::ids::PrincipalId;
use model::json::Json;
use model::limits::HIERARCHY_DEPTH_MAX;
use model::names::UserName;
use model::users::{User, UserKind};
use policy::operation::Operation;
use policy::operations::users::{DelegationChange, OwnerChange};
use store::realm::RealmRows;

/// Puts a user below another one, or below nobody.
pub struct ChangeOwner {
    /// Whom.
    pub user: UserName,
    /// Below whom.
    pub owner: Option<UserName>,
}

impl Command for ChangeOwner {
    type Operation = OwnerChange;
    type Answer = WrittenUser;

    fn change(&self, desk: &Changing) -> Result<Then<WrittenUser>, Refusal> {
        let realm = desk.tx.realm(allow_people::<OwnerChange, _>(desk)?);
        let rows = realm.now();
        let before = user_in(&rows, &self.user)?;
        // Whoever could leave the line that it stands in could take what is withheld from it there.
        if before.id == desk.who().id() {
            return Err(refuse(desk, OwnerChange::INFO.name, "own user"));
        }
        // What it was given may come into force by the move, so all of it is looked at, whoever is above it now.
        let authority = Authority::of::<OwnerChange>(desk);
        authority.over_user(&before)?;
        authority.over_all_given(&rows, &before)?;
        let owner = match &self.owner {
            Some(name) => Some(self.new_owner(desk, &rows, &before, name)?),
            None => None,
        };
        let mut after = before.clone();
        after.owner = owner.as_ref().map(|owner| owner.id);
        if after.owner != before.owner {
            realm.update_user(&before, &after)?;
            let name = |id: Option<PrincipalId>| named(&rows, id);
            let note = Note::new("User", "User owner updated", &before.name);
            desk.note(note.change("owner", name(before.owner)?, name(after.owner)?));
        }
        Ok(done(written(desk, &realm.now(), after)?))
    }
}

impl ChangeOwner {
    /// The user that is to be above: no device, nobody below the user itself, not too far down, and no one who holds less.
    fn new_owner(
        &self,
        desk: &Changing,
        rows: &RealmRows<'_>,
        user: &User,
        name: &UserName,
    ) -> Result<User, Refusal> {
        let unknown = Refusal::Invalid(Invalid::UnknownOwner);
        let owner = rows.user_named(name)?.ok_or_else(|| unknown.clone())?;
        if owner.kind == UserKind::Device {
            return Err(unknown);
        }
        let above = rows.everybody_above(&owner)?;
        if owner.id == user.id || above.contains(&user.id) {
            return Err(Refusal::Invalid(Invalid::OwnerCycle));
        }
        if above.len() + 1 + rows.levels_below(user.id)? > HIERARCHY_DEPTH_MAX {
            return Err(Refusal::Invalid(Invalid::HierarchyTooDeep));
        }
        let facts = desk.tx.principal(desk.who().tenant(), owner.id)?;
        let holds_all = match facts {
            Some(facts) if facts.enabled => {
                super::rights::holds_all_given(&desk.tx, &facts.principal, rows, user)?
            }
            _ => false,
        };
        match holds_all {
            true => Ok(owner),
            false => Err(Refusal::Invalid(Invalid::OwnerHoldsLess)),
        }
    }
}

/// Refuses a user below one that is too far down already.
pub(super) fn check_depth_below(rows: &RealmRows<'_>, owner: PrincipalId) -> Result<(), Refusal> {
    let above = match rows.user(owner)? {
        Some(owner) => rows.everybody_above(&owner)?.len(),
        None => 0,
    };
    if above + 1 > HIERARCHY_DEPTH_MAX {
        return Err(Refusal::Invalid(Invalid::HierarchyTooDeep));
    }
    Ok(())
}

/// Lends the users below somebody to another user manager, or ends that. It lends the way to them and no right: the other
/// one gives and touches no more than it holds itself. What was lent cannot be lent on.
pub struct ChangeDelegation {
    /// To whom.
    pub delegate: UserName,
    /// Whose.
    pub by: Option<UserName>,
}

impl Command for ChangeDelegation {
    type Operation = DelegationChange;
    type Answer = WrittenUser;

    fn change(&self, desk: &Changing) -> Result<Then<WrittenUser>, Refusal> {
        let (realm, span) = change_users::<DelegationChange>(desk)?;
        let rows = realm.now();
        let (delegate, before) = self.find(desk, &rows, &span)?;
        let by = match &self.by {
            Some(name) => Some(self.delegator(desk, &rows, &span, &delegate, name)?),
            None => None,
        };
        if by != before {
            realm.set_delegation(delegate.id, by)?;
            let note = Note::new("User", "User delegation updated", &delegate.name);
            desk.note(note.change("delegatedBy", named(&rows, before)?, named(&rows, by)?));
        }
        Ok(done(written(desk, &realm.now(), delegate)?))
    }
}

impl ChangeDelegation {
    /// The delegate, and by whom it is one already. Whoever lent may end it, even if it does not reach the other one.
    fn find(
        &self,
        desk: &Changing,
        rows: &RealmRows<'_>,
        span: &Span,
    ) -> Result<(User, Option<PrincipalId>), Refusal> {
        let delegate = user_in(rows, &self.delegate)?;
        let before = rows.delegated_by(delegate.id)?;
        let is_own = before == Some(desk.who().id());
        if self.by.is_none() && is_own {
            return Ok((delegate, before));
        }
        if !span.has(rows, &delegate)? {
            return Err(Refusal::Missing(Missing::User(self.delegate.to_string())));
        }
        // Nobody ends what somebody else lent, but those who manage everybody.
        if span.is_below() && before.is_some() && !is_own {
            return Err(refuse(desk, DelegationChange::INFO.name, "delegation"));
        }
        Authority::of::<DelegationChange>(desk).over_user(&delegate)?;
        Ok((delegate, before))
    }

    /// Who lends: anybody, if the caller manages everybody; else only the caller itself.
    fn delegator(
        &self,
        desk: &Changing,
        rows: &RealmRows<'_>,
        span: &Span,
        delegate: &User,
        name: &UserName,
    ) -> Result<PrincipalId, Refusal> {
        let by = rows.user_named(name)?;
        let is_caller = by.as_ref().is_some_and(|by| by.id == desk.who().id());
        if span.is_below() && !is_caller {
            return Err(refuse(desk, DelegationChange::INFO.name, "delegator"));
        }
        let by = by.filter(|by| by.id != delegate.id && by.kind != UserKind::Device);
        match by {
            // It need not manage users yet: what is lent is the way to them, and no right.
            Some(by) if delegate.kind != UserKind::Device => Ok(by.id),
            _ => Err(Refusal::Invalid(Invalid::UnknownOwner)),
        }
    }
}

fn user_in(rows: &RealmRows<'_>, name: &UserName) -> Result<User, Refusal> {
    let missing = || Refusal::Missing(Missing::User(name.to_string()));
    rows.user_named(name)?.ok_or_else(missing)
}

/// The name of somebody, for a note.
fn named(rows: &RealmRows<'_>, id: Option<PrincipalId>) -> Result<Option<Json>, Refusal> {
    let user = match id {
        Some(id) => rows.user(id)?,
        None => None,
    };
    Ok(user.map(|user| Json::from(user.name.as_str())))
}
