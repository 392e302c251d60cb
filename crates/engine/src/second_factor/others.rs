//! The second factors of others, and what the tenant demands: for administrators.

use super::KIND;
use crate::desk::{Changing, Reading};
use crate::note::Note;
use crate::refusal::{Invalid, Refusal};
use crate::users::{Authority, change_users, read_users, refuse};
use crate::work::{Command, Query, Then, done};
use model::json::Json;
use model::names::UserName;
use model::time::Timestamp;
use model::users::UserKind;
use policy::operation::Operation;
use policy::operations::second_factor::{
    TenantFactorRead, TenantFactorSet, UserFactorDemand, UserFactorRead, UserFactorRevoke,
};
use policy::operations::users::UserRead;

/// How the second factor of a user stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserFactor {
    /// Whether its owner has turned it on.
    pub is_on: bool,
    /// Whether it is demanded of the user.
    pub is_demanded: bool,
    /// When a code of it was last shown.
    pub last_used: Option<Timestamp>,
}

/// Reads how the second factor of a user stands: one's own, or that of somebody whom one may read.
pub struct ReadUserFactor {
    /// Whose.
    pub name: UserName,
}

impl Query for ReadUserFactor {
    type Operation = UserFactorRead;
    type Answer = UserFactor;

    fn answer(&self, desk: &Reading) -> Result<UserFactor, Refusal> {
        let own = desk.tx.realm(desk.allow::<UserFactorRead>()?);
        let (rows, user) = if self.name == *desk.caller().name() {
            let user = own.user(desk.who().id())?.ok_or(Refusal::NotSignedIn)?;
            (own, user)
        } else {
            let (rows, span) = read_users::<UserRead>(desk)?;
            let user = span.user(&rows, &self.name)?;
            (rows, user)
        };
        let factor = rows.second_factor(user.id)?.unwrap_or_default();
        let is_person = user.kind == UserKind::Person;
        Ok(UserFactor {
            is_on: factor.is_on,
            is_demanded: is_person && (factor.is_enforced || rows.demands_second_factor()?),
            last_used: factor.last_used,
        })
    }
}

/// Demands a second factor of a user, or not any more.
pub struct DemandFactor {
    /// Of whom.
    pub name: UserName,
    /// Whether it is demanded.
    pub demanded: bool,
}

impl Command for DemandFactor {
    type Operation = UserFactorDemand;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let (realm, span) = change_users::<UserFactorDemand>(desk)?;
        let user = span.user(&realm.now(), &self.name)?;
        Authority::of::<UserFactorDemand>(desk).over_user(&user)?;
        // Nobody takes a demand off themselves: a stolen session would.
        if user.id == desk.who().id() && !self.demanded {
            return Err(refuse(desk, UserFactorDemand::INFO.name, "user"));
        }
        if user.kind != UserKind::Person {
            return Err(Refusal::Invalid(Invalid::FactorOfNobody));
        }
        let mut factor = realm.now().second_factor(user.id)?.unwrap_or_default();
        if factor.is_enforced != self.demanded {
            let (before, after) = (Json::Bool(factor.is_enforced), Json::Bool(self.demanded));
            factor.is_enforced = self.demanded;
            realm.put_second_factor(user.id, &factor)?;
            let note = Note::new(KIND, "Second factor demanded", &user.name);
            desk.note(note.change("tfaEnforced", Some(before), Some(after)));
        }
        Ok(done(()))
    }
}

/// Takes the second factor of a user away, who has lost it. It ends every session of that user.
pub struct RevokeFactor {
    /// Whose.
    pub name: UserName,
    /// Whether it is not demanded of that user any more.
    pub lifts_demand: bool,
}

impl Command for RevokeFactor {
    type Operation = UserFactorRevoke;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let (realm, span) = change_users::<UserFactorRevoke>(desk)?;
        let before = span.user(&realm.now(), &self.name)?;
        Authority::of::<UserFactorRevoke>(desk).over_user(&before)?;
        if before.id == desk.who().id() {
            return Err(refuse(desk, UserFactorRevoke::INFO.name, "user"));
        }
        let Some(factor) = realm.now().second_factor(before.id)? else {
            return Ok(done(()));
        };
        let mut left = factor.clone();
        left.is_on = false;
        left.secret = None;
        left.pending = None;
        left.is_enforced &= !self.lifts_demand;
        if left == factor {
            return Ok(done(()));
        }
        realm.put_second_factor(before.id, &left)?;
        realm.delete_recovery_codes(before.id);
        let mut after = before.clone();
        after.epoch += 1;
        realm.update_user(&before, &after)?;
        desk.note(Note::new(KIND, "Second factor revoked", &before.name));
        Ok(done(()))
    }
}

/// What a tenant demands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TenantFactor {
    /// Whether every person must have a second factor.
    pub is_demanded: bool,
}

/// Reads what the tenant demands.
pub struct ReadTenantFactor;

impl Query for ReadTenantFactor {
    type Operation = TenantFactorRead;
    type Answer = TenantFactor;

    fn answer(&self, desk: &Reading) -> Result<TenantFactor, Refusal> {
        let rows = desk.tx.realm(desk.allow::<TenantFactorRead>()?);
        Ok(TenantFactor {
            is_demanded: rows.demands_second_factor()?,
        })
    }
}

/// Says that the tenant's second factors are codes of authenticators, which they are.
pub struct SetTenantFactor;

impl Command for SetTenantFactor {
    type Operation = TenantFactorSet;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let _ = desk.allow::<TenantFactorSet>()?;
        Ok(done(()))
    }
}
