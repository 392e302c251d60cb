//! Recovery codes: made when a second factor is turned on, and anew on demand; each opens one session in place of a code of
//! the authenticator, and nothing else. Making them needs a code of the authenticator, or a session that was opened with one
//! just now: neither a stolen session nor somebody who has found one recovery code makes more of them.

use super::prove::{WRONG, spend_again};
use super::{KIND, TotpCode};
use crate::caller::Caller;
use crate::desk::{Changing, Reading};
use crate::door::Door;
use crate::note::Note;
use crate::refusal::{Conflict, Refusal};
use crate::work::{Command, Query, Then, done};
use audit::record::Severity;
use authn::recovery_code::{RecoveryCode, RecoveryHash};
use model::limits::{FRESH_SESSION_SECONDS, RECOVERY_CODES};
use model::time::Timestamp;
use policy::operation::Operation;
use policy::operations::second_factor::{OwnRecoveryMake, OwnRecoveryRead};
use store::realm::{RealmChanges, RealmRows};
use store::second_factor::RecoveryCodes;

/// How one's own recovery codes stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecoveryCodesLeft {
    /// How many were not used.
    pub left: usize,
    /// When they were made, if they ever were for this factor.
    pub made: Option<Timestamp>,
}

/// Reads how one's own recovery codes stand.
pub struct ReadRecoveryCodes;

impl Query for ReadRecoveryCodes {
    type Operation = OwnRecoveryRead;
    type Answer = RecoveryCodesLeft;

    fn answer(&self, desk: &Reading) -> Result<RecoveryCodesLeft, Refusal> {
        let rows = desk.tx.realm(desk.allow::<OwnRecoveryRead>()?);
        let codes = rows.recovery_codes(desk.who().id())?;
        Ok(RecoveryCodesLeft {
            left: codes.as_ref().map_or(0, |codes| codes.hashes.len()),
            made: codes.map(|codes| codes.made),
        })
    }
}

impl Door {
    /// Makes recovery codes and shows them this once; all earlier ones are void.
    pub async fn make_recovery_codes(
        &self,
        caller: &Caller,
        code: Option<TotpCode>,
    ) -> Result<Vec<RecoveryCode>, Refusal> {
        self.gate(caller, OwnRecoveryMake::INFO).await?;
        let world = &self.0.world;
        let made: Vec<_> = (0..RECOVERY_CODES)
            .map(|_| RecoveryCode::from_random(world.random()))
            .collect();
        let pepper = self.0.sign_ins.verifier.pepper();
        let hashes = made.iter().map(|code| code.hash(pepper).0).collect();
        let command = MakeRecoveryCodes { hashes, code };
        match code {
            Some(_) => {
                let (door, who) = (self.clone(), caller.clone());
                self.guess_code(caller, async move { door.run(&who, command).await })
                    .await?;
            }
            None => self.run(caller, command).await?,
        }
        Ok(made)
    }
}

struct MakeRecoveryCodes {
    hashes: Vec<[u8; 32]>,
    code: Option<TotpCode>,
}

impl Command for MakeRecoveryCodes {
    type Operation = OwnRecoveryMake;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let realm = desk.tx.realm(desk.allow::<OwnRecoveryMake>()?);
        let (who, now) = (desk.who().id(), desk.now());
        let factor = realm.now().second_factor(who)?;
        if factor.is_none_or(|factor| factor.secret.is_none()) {
            return Err(Refusal::Conflict(Conflict::NoFactorSecret));
        }
        match self.code {
            Some(code) => spend_again(&realm, who, code, now)?,
            None if is_proven_just_now(desk, &realm.now())? => {}
            None => return Err(Refusal::StaleSession),
        }
        let codes = RecoveryCodes {
            made: now,
            hashes: self.hashes.clone(),
        };
        realm.put_recovery_codes(who, &codes)?;
        let text = format!(
            "Recovery codes made: {}; all earlier ones are void",
            codes.hashes.len()
        );
        desk.note(Note::new(KIND, "Recovery codes made", desk.caller().name()).text(text));
        Ok(done(()))
    }
}

/// Whether a code of the authenticator was shown just now in the caller's session.
pub(super) fn is_proven_just_now(desk: &Changing, rows: &RealmRows<'_>) -> Result<bool, Refusal> {
    let Some(session) = desk.caller().identity().came.session else {
        return Ok(false);
    };
    let open = rows.open_sessions(desk.who().id())?;
    let row = open.iter().find(|row| row.id == session.id.0);
    let Some(proven) = row.and_then(|row| row.proven) else {
        return Ok(false);
    };
    let age_millis = desk.now().millis().saturating_sub(proven.millis());
    Ok(u64::try_from(age_millis).unwrap_or(0) <= FRESH_SESSION_SECONDS * 1_000)
}

/// Uses a recovery code up.
pub(super) fn spend(realm: &RealmChanges<'_>, caller: &Caller, hash: RecoveryHash) -> Result<Note, Refusal> {
    let who = caller.identity();
    let mut codes = realm.now().recovery_codes(who.principal)?.ok_or(WRONG)?;
    let place = hash.place_in(&codes.hashes).ok_or(WRONG)?;
    codes.hashes.remove(place);
    realm.put_recovery_codes(who.principal, &codes)?;
    let text = format!(
        "A recovery code was used in place of the second factor; left: {}",
        codes.hashes.len()
    );
    let note = Note::new("UserAuthentication", "Recovery code used", &who.name).text(text);
    Ok(Note {
        severity: Severity::Warning,
        ..note
    })
}
