//! Second factors: setting one's own up, showing codes of it, and what administrators see and do (R056).
//!
//! Who must show a second factor and has not may do nothing but set it up, or show a code. A secret is shown to its owner
//! once, when it is made; it counts when a code has shown that the authenticator has it. Nobody turns their own off: what
//! a stolen session could do, a thief would. An administrator takes away a factor that was lost, and never reads it.

mod others;
mod prove;
mod recovery;

pub use authn::totp::{TotpCode, TotpSecret};
pub use others::{
    DemandFactor, ReadTenantFactor, ReadUserFactor, RevokeFactor, SetTenantFactor, TenantFactor, UserFactor,
};
pub(crate) use prove::{Codes, ShownCode};
pub use recovery::{ReadRecoveryCodes, RecoveryCodesLeft};
pub use store::second_factor::FactorDue;

use crate::caller::Caller;
use crate::desk::{Changing, Reading};
use crate::door::Door;
use crate::note::Note;
use crate::refusal::{Conflict, Invalid, Missing, Refusal};
use crate::sessions::check_fresh;
use crate::work::{Command, Query, Then, done};
use policy::operation::{Operation, OperationInfo};
use policy::operations::second_factor::{
    OwnFactorDrop, OwnFactorProve, OwnFactorRead, OwnFactorSetUp, OwnFactorSwitch,
};
use policy::operations::sessions::SessionEnd;
use recovery::is_proven_just_now;
use store::second_factor::FactorSecret;

/// What audit records call a second factor.
const KIND: &str = "User";

/// Who came in with the password alone, and has more to show, may see to that, and leave: whether this is such a caller.
pub(crate) fn check_due(caller: &Caller, operation: OperationInfo) -> Result<bool, Refusal> {
    let Some(due) = caller.identity().came.factor_due else {
        return Ok(false);
    };
    const LEFT: [&str; 4] = [
        OwnFactorRead::INFO.name,
        OwnFactorProve::INFO.name,
        OwnFactorSwitch::INFO.name,
        SessionEnd::INFO.name,
    ];
    const FOR_SET_UP: [&str; 2] = [OwnFactorSetUp::INFO.name, OwnFactorDrop::INFO.name];
    let sets_up = due == FactorDue::SetUp && FOR_SET_UP.contains(&operation.name);
    match sets_up || LEFT.contains(&operation.name) {
        true => Ok(true),
        false => Err(Refusal::SecondFactor(due)),
    }
}

/// How one's own second factor stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnFactor {
    /// Whether it is turned on.
    pub is_on: bool,
    /// Whether somebody else demands it.
    pub is_demanded: bool,
}

/// Reads how one's own second factor stands. Who never had one is told so.
pub struct ReadOwnFactor;

impl Query for ReadOwnFactor {
    type Operation = OwnFactorRead;
    type Answer = OwnFactor;

    fn answer(&self, desk: &Reading) -> Result<OwnFactor, Refusal> {
        let rows = desk.tx.realm(desk.allow::<OwnFactorRead>()?);
        let factor = rows.second_factor(desk.who().id())?;
        let factor = factor.ok_or(Refusal::Missing(Missing::SecondFactor))?;
        Ok(OwnFactor {
            is_on: factor.is_on,
            is_demanded: factor.is_enforced || rows.demands_second_factor()?,
        })
    }
}

impl Door {
    /// Makes a secret for the caller's second factor, and shows it this once. A session that is not fresh may be a stolen
    /// one: its thief would lock the owner out.
    pub async fn set_up_factor(&self, caller: &Caller) -> Result<TotpSecret, Refusal> {
        check_fresh(caller, self.0.world.now())?;
        let secret = self.0.world.random();
        self.run(caller, SetUpFactor(FactorSecret(secret))).await?;
        Ok(TotpSecret::new(secret))
    }
}

/// Keeps a new secret, until a code of it is shown.
struct SetUpFactor(FactorSecret);

impl Command for SetUpFactor {
    type Operation = OwnFactorSetUp;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let realm = desk.tx.realm(desk.allow::<OwnFactorSetUp>()?);
        let who = desk.who().id();
        let mut factor = realm.now().second_factor(who)?.unwrap_or_default();
        // Who has lost the authenticator asks an administrator: a password and a found recovery code replace none.
        if factor.secret.is_some() && !is_proven_just_now(desk, &realm.now())? {
            return Err(Refusal::StaleSession);
        }
        factor.pending = Some(self.0.clone());
        realm.put_second_factor(who, &factor)?;
        desk.note(Note::new(KIND, "Second factor begun", desk.caller().name()));
        Ok(done(()))
    }
}

/// Turns one's own second factor on, or asks to turn it off, which nobody does.
pub struct SwitchFactor {
    /// Whether it is to be on.
    pub on: bool,
}

impl Command for SwitchFactor {
    type Operation = OwnFactorSwitch;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let realm = desk.tx.realm(desk.allow::<OwnFactorSwitch>()?);
        let who = desk.who().id();
        let factor = realm.now().second_factor(who)?;
        let mut factor = factor.ok_or(Refusal::Missing(Missing::SecondFactor))?;
        if factor.is_on == self.on {
            return Ok(done(()));
        }
        if !self.on {
            return Err(Refusal::Invalid(Invalid::FactorStays));
        }
        if factor.secret.is_none() && factor.pending.is_none() {
            return Err(Refusal::Conflict(Conflict::NoFactorSecret));
        }
        factor.is_on = true;
        realm.put_second_factor(who, &factor)?;
        desk.note(Note::new(KIND, "Second factor turned on", desk.caller().name()));
        Ok(done(()))
    }
}

/// Gives up a secret of which no code was shown yet. One that counts stays.
pub struct DropFactor;

impl Command for DropFactor {
    type Operation = OwnFactorDrop;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let realm = desk.tx.realm(desk.allow::<OwnFactorDrop>()?);
        let who = desk.who().id();
        let factor = realm.now().second_factor(who)?;
        let mut factor = factor.ok_or(Refusal::Missing(Missing::SecondFactor))?;
        if factor.pending.is_none() {
            return Err(match factor.secret {
                Some(_) => Refusal::Invalid(Invalid::FactorStays),
                None => Refusal::Missing(Missing::SecondFactor),
            });
        }
        factor.pending = None;
        realm.put_second_factor(who, &factor)?;
        desk.note(Note::new(KIND, "Second factor given up", desk.caller().name()));
        Ok(done(()))
    }
}
