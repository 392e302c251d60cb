//! The hierarchy of user management as rows of the realm: who is below whom, and whose users below are lent to whom.
//!
//! Who is above a user stands in the user itself; here is the way down. What somebody above or below may do is decided
//! elsewhere.

use crate::backend::Direction;
use crate::change::Epoch;
use crate::fault::StoreFault;
use crate::realm::{RealmChanges, RealmRows};
use crate::rows::{Key, Row, Table};
use model::grants::Subject;
use model::ids::{PrincipalId, TenantNumber};
use model::limits::HIERARCHY_DEPTH_MAX;
use model::users::User;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// By whom.
#[derive(Serialize, Deserialize)]
struct DelegationRow(PrincipalId);

impl Row for DelegationRow {
    const TABLE: Table = Table::Delegation;
}

fn below_key(tenant: TenantNumber, owner: PrincipalId) -> Key {
    Key::new(tenant, Table::UserBelow).number(owner.number())
}

fn delegation_key(tenant: TenantNumber, delegate: PrincipalId) -> Key {
    Key::new(tenant, Table::Delegation).number(delegate.number())
}

impl RealmRows<'_> {
    /// The users right below this one, in order of ids.
    pub fn right_below(&self, owner: PrincipalId) -> Result<Vec<PrincipalId>, StoreFault> {
        let below = self
            .view
            .index(&below_key(self.tenant, owner), Direction::Forward)?;
        Ok(below.into_iter().filter_map(PrincipalId::new).collect())
    }

    /// Everybody below this user, at any depth.
    pub fn everybody_below(&self, owner: PrincipalId) -> Result<BTreeSet<PrincipalId>, StoreFault> {
        let mut below = BTreeSet::new();
        let mut waiting = vec![owner];
        while let Some(user) = waiting.pop() {
            let new = self.right_below(user)?;
            waiting.extend(new.into_iter().filter(|user| below.insert(*user)));
        }
        Ok(below)
    }

    /// How many levels of users there are below this one.
    pub fn levels_below(&self, owner: PrincipalId) -> Result<usize, StoreFault> {
        let mut level = self.right_below(owner)?;
        let mut levels = 0;
        while !level.is_empty() && levels <= HIERARCHY_DEPTH_MAX {
            let mut next = Vec::new();
            for user in level {
                next.extend(self.right_below(user)?);
            }
            level = next;
            levels += 1;
        }
        Ok(levels)
    }

    /// Everybody above this user, the nearest first; no more than a hierarchy has levels.
    pub fn everybody_above(&self, user: &User) -> Result<Vec<PrincipalId>, StoreFault> {
        let mut above = Vec::new();
        let mut next = user.owner;
        while let Some(owner) = next.filter(|_| above.len() <= HIERARCHY_DEPTH_MAX) {
            above.push(owner);
            next = self.user(owner)?.and_then(|owner| owner.owner);
        }
        Ok(above)
    }

    /// Whose users below are lent to this user.
    pub fn delegated_by(&self, delegate: PrincipalId) -> Result<Option<PrincipalId>, StoreFault> {
        let row = self
            .view
            .row::<DelegationRow>(&delegation_key(self.tenant, delegate))?;
        Ok(row.map(|row| row.0))
    }
}

impl RealmChanges<'_> {
    /// Keeps the way down in step with a user that is being stored; `before` is who was above it until now.
    pub(crate) fn put_below(&self, before: Option<PrincipalId>, user: &User) -> Result<(), StoreFault> {
        if before == user.owner {
            return Ok(());
        }
        if let Some(owner) = before {
            self.tx
                .delete(&below_key(self.tenant, owner).number(user.id.number()));
        }
        match user.owner {
            Some(owner) => self
                .tx
                .put_index(&below_key(self.tenant, owner).number(user.id.number())),
            None => Ok(()),
        }
    }

    /// Lends somebody's users below to this user, or ends that.
    pub fn set_delegation(&self, delegate: PrincipalId, by: Option<PrincipalId>) -> Result<(), StoreFault> {
        self.tx.moves(self.tenant, Epoch::Rules);
        let key = delegation_key(self.tenant, delegate);
        match by {
            Some(by) => self.tx.put(&key, &DelegationRow(by)),
            None => {
                self.tx.delete(&key);
                Ok(())
            }
        }
    }

    /// Takes a user that is being deleted out of the hierarchy. The caller has seen that nobody is below it.
    pub(crate) fn forget_user(&self, user: &User) {
        if let Some(owner) = user.owner {
            self.tx
                .delete(&below_key(self.tenant, owner).number(user.id.number()));
        }
        self.tx.delete(&delegation_key(self.tenant, user.id));
        self.forget_gifts(Subject::User(user.id));
        self.forget_sign_in(user.id);
    }
}
