//! Whom a user manager reaches: everybody, by a role for all users; or the users below it in the hierarchy of user
//! management, and those below whoever lent them to it (delegation). Whoever is not reached does not exist for it.
//!
//! The tables of the realm are opened together with the span, so that no behaviour gets one without the other.

use super::rights::no_device;
use crate::desk::{Changing, Desk, Reading};
use crate::refusal::{Missing, Refusal};
use model::ids::PrincipalId;
use model::names::UserName;
use model::roles::Role;
use model::users::User;
use policy::operation::{Need, Operation};
use policy::tables::{Read, Realm, Write};
use std::collections::BTreeSet;
use std::ops::Deref;
use store::realm::{RealmChanges, RealmRows};
use store::view::View;

/// Whom the caller reaches with an operation.
#[derive(Debug)]
pub(crate) enum Span {
    /// Everybody.
    Everybody,
    /// Those below one of these, but never the caller itself.
    Below {
        /// The caller, and who lent it the users below.
        heads: BTreeSet<PrincipalId>,
        /// The caller.
        caller: PrincipalId,
    },
}

/// Whether the caller reaches only users below it with this operation.
pub(super) fn reaches_only_below<N: Operation, T: Deref<Target = View>>(desk: &Desk<T>) -> bool {
    match N::INFO.need {
        Need::OnUsers { all, .. } => !desk.who().has_any(all),
        _ => false,
    }
}

/// Opens the realm to read, with whom the caller reaches.
pub(crate) fn read_users<N>(desk: &Reading) -> Result<(RealmRows<'_>, Span), Refusal>
where
    N: Operation<Table = Realm, Access = Read>,
{
    let rows = desk.tx.realm(no_device::<N, _>(desk)?);
    let span = Span::of::<N, _>(desk, &rows)?;
    Ok((rows, span))
}

/// Opens the realm to change it, with whom the caller reaches.
pub(crate) fn change_users<N>(desk: &Changing) -> Result<(RealmChanges<'_>, Span), Refusal>
where
    N: Operation<Table = Realm, Access = Write>,
{
    let realm = desk.tx.realm(no_device::<N, _>(desk)?);
    let span = Span::of::<N, _>(desk, &realm.now())?;
    Ok((realm, span))
}

impl Span {
    /// Whom the caller reaches with an operation that it was allowed, or would be.
    pub(crate) fn of<N: Operation, T: Deref<Target = View>>(
        desk: &Desk<T>,
        rows: &RealmRows<'_>,
    ) -> Result<Self, Refusal> {
        if !reaches_only_below::<N, T>(desk) {
            return Ok(Self::Everybody);
        }
        let caller = desk.who().id();
        let mut heads = BTreeSet::from([caller]);
        if let Some(head) = rows.delegated_by(caller)?
            && may_lend(desk, head)?
        {
            heads.insert(head);
        }
        Ok(Self::Below { heads, caller })
    }

    /// Whether it reaches no more than users below.
    pub(crate) fn is_below(&self) -> bool {
        matches!(self, Self::Below { .. })
    }

    /// Whether it reaches this user.
    pub(crate) fn has(&self, rows: &RealmRows<'_>, user: &User) -> Result<bool, Refusal> {
        match self {
            Self::Everybody => Ok(true),
            Self::Below { caller, .. } if *caller == user.id => Ok(false),
            Self::Below { heads, .. } => {
                let above = rows.everybody_above(user)?;
                Ok(above.iter().any(|user| heads.contains(user)))
            }
        }
    }

    /// The user of this name, if it is reached. One who is not does not exist.
    pub(crate) fn user(&self, rows: &RealmRows<'_>, name: &UserName) -> Result<User, Refusal> {
        if let Some(user) = rows.user_named(name)?
            && self.has(rows, &user)?
        {
            return Ok(user);
        }
        Err(Refusal::Missing(Missing::User(name.to_string())))
    }

    /// Of all users those who are reached, in order of ids.
    pub(crate) fn users(&self, rows: &RealmRows<'_>) -> Result<Vec<User>, Refusal> {
        let Self::Below { heads, caller } = self else {
            return Ok(rows.users()?);
        };
        let mut reached = BTreeSet::new();
        for head in heads {
            reached.extend(rows.everybody_below(*head)?);
        }
        reached.remove(caller);
        let mut users = Vec::with_capacity(reached.len());
        for id in reached {
            users.extend(rows.user(id)?);
        }
        Ok(users)
    }
}

/// Whether somebody has users below to lend: it is enabled, and could manage them itself.
pub(crate) fn may_lend<T: Deref<Target = View>>(desk: &Desk<T>, head: PrincipalId) -> Result<bool, Refusal> {
    const MANAGES: [Role; 2] = [Role::UserManagementCreate, Role::UserManagementAdmin];
    let facts = desk.tx.principal(desk.who().tenant(), head)?;
    Ok(facts.is_some_and(|facts| facts.enabled && facts.principal.has_any(&MANAGES)))
}
