//! Showing a code: at the set-up, and at every sign-in after it. Each code is good once, whichever request comes first;
//! wrong ones are counted, slowed down and recorded like wrong passwords, in counts of their own.

use super::{KIND, TotpCode, TotpSecret, recovery};
use crate::caller::Caller;
use crate::desk::Changing;
use crate::door::Door;
use crate::note::Note;
use crate::refusal::{FaultId, Invalid, Refusal};
use crate::sessions::OpenedSession;
use crate::work::{Command, Then, done};
use crate::world::World;
use authn::recovery_code::{RecoveryCode, RecoveryHash};
use authn::throttle::{Account, Refusal as Throttled, Throttle};
use authn::verified_cache::{CredentialVersion, VerifiedCache};
use model::ids::PrincipalId;
use model::sessions::UserAgent;
use model::time::Timestamp;
use policy::operation::Operation;
use policy::operations::second_factor::OwnFactorProve;
use std::sync::Arc;
use store::realm::RealmChanges;
use store::second_factor::{FactorSecret, SecondFactor};

/// The answer to a code that is not good.
pub(super) const WRONG: Refusal = Refusal::Invalid(Invalid::FactorCode);

/// Slows guessing of codes down.
pub(crate) struct Codes {
    throttle: Throttle,
    guesses: VerifiedCache,
}

impl Codes {
    pub(crate) fn new(world: &Arc<dyn World>) -> Self {
        Self {
            throttle: Throttle::of_codes(&world.random()),
            guesses: VerifiedCache::new(&world.random()),
        }
    }
}

/// A code that is shown at a sign-in, after the right password. It is used up in the commit of what it opens, so that
/// neither happens without the other.
#[derive(Clone, Copy)]
pub(crate) enum ShownCode {
    /// A code of the authenticator.
    Code(TotpCode),
    /// A recovery code.
    Recovery(RecoveryHash),
}

impl ShownCode {
    /// Uses the code up. A new secret is proven in a session, where its owner sees it.
    pub(crate) fn spend(
        self,
        realm: &RealmChanges<'_>,
        caller: &Caller,
        now: Timestamp,
    ) -> Result<Note, Refusal> {
        let who = caller.identity();
        match self {
            Self::Code(code) => {
                spend_again(realm, who.principal, code, now)?;
                Ok(Note::new("UserAuthentication", "Second factor shown", &who.name))
            }
            Self::Recovery(hash) => recovery::spend(realm, caller, hash),
        }
    }
}

/// What a code was good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spent {
    /// To show the second factor.
    Again,
    /// To show that the authenticator has a new secret, which counts from now on.
    First,
}

impl Door {
    /// Shows a code of the caller's own second factor. A caller who came in with a cookie gets a session in which this is
    /// known.
    pub async fn prove_factor(
        &self,
        caller: &Caller,
        code: TotpCode,
        agent: Option<UserAgent>,
    ) -> Result<Option<OpenedSession>, Refusal> {
        self.gate(caller, OwnFactorProve::INFO).await?;
        let (door, who) = (self.clone(), caller.clone());
        self.guess_code(caller, async move { door.run(&who, ProveFactor(code)).await })
            .await?;
        if !caller.has_cookie() {
            return Ok(None);
        }
        let session = self
            .renew_session(caller, caller.identity().epoch, true, agent)
            .await;
        Ok(session.ok())
    }

    /// Opens something with a code that is shown at a sign-in: of the authenticator, or a recovery code. What opens it
    /// uses the code up.
    pub(crate) async fn open_with_code<T, F>(
        &self,
        caller: &Caller,
        code: &str,
        open: impl FnOnce(ShownCode) -> F,
    ) -> Result<T, Refusal>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Refusal>> + Send + 'static,
    {
        let pepper = self.0.sign_ins.verifier.pepper();
        let of_authenticator = code.parse().ok().map(ShownCode::Code);
        let shown = of_authenticator
            .or_else(|| RecoveryCode::parse(code).map(|code| ShownCode::Recovery(code.hash(pepper))));
        let Some(shown) = shown else {
            self.record_wrong_code(caller).await?;
            return Err(Refusal::WrongCode);
        };
        match self.guess_code(caller, open(shown)).await {
            Err(WRONG) => Err(Refusal::WrongCode),
            opened => opened,
        }
    }

    /// Makes one attempt, if it may be made now, and counts how it ended.
    pub(super) async fn guess_code<T: Send + 'static>(
        &self,
        caller: &Caller,
        attempt: impl Future<Output = Result<T, Refusal>> + Send + 'static,
    ) -> Result<T, Refusal> {
        let Codes { throttle, guesses } = &self.0.sign_ins.codes;
        let who = caller.identity();
        let account = Account {
            tenant: Some(&who.tenant_id),
            user: &who.name,
        };
        // A code that is wrong now may be right in the next step: none is remembered.
        let guess = guesses.guess(CredentialVersion::default(), "");
        let now = self.0.world.monotonic_millis();
        let leave = throttle.before(account, who.address.into(), guess, now);
        let leave = leave.map_err(|throttled| Refusal::LockedOut {
            retry_after_seconds: match throttled {
                Throttled::RetryAfter { seconds } => seconds,
                Throttled::Busy | Throttled::SameAgain => 1,
            },
        })?;
        let (door, caller) = (self.clone(), caller.clone());
        // In a task of its own: a client that goes away cannot keep its guess uncounted or out of the log.
        let guessed = tokio::spawn(async move {
            let result = attempt.await;
            let throttle = &door.0.sign_ins.codes.throttle;
            let now = door.0.world.monotonic_millis();
            match &result {
                Ok(_) => throttle.succeeded(&leave, now),
                Err(WRONG) => {
                    throttle.refused(&leave, now);
                    door.record_wrong_code(&caller).await?;
                }
                Err(_) => throttle.abandoned(&leave, now),
            }
            result
        });
        guessed
            .await
            .map_err(|_| Refusal::Fault(FaultId::report(&"checking a code panicked")))?
    }

    async fn record_wrong_code(&self, caller: &Caller) -> Result<(), Refusal> {
        let note = Note::new("UserAuthentication", "Second factor refused", caller.name())
            .text("A wrong code of a second factor was refused");
        self.record_guess_by(caller, note, "wrong code").await
    }
}

/// Shows a code of one's own second factor.
struct ProveFactor(TotpCode);

impl Command for ProveFactor {
    type Operation = OwnFactorProve;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let realm = desk.tx.realm(desk.allow::<OwnFactorProve>()?);
        let note = match spend(&realm, desk.who().id(), self.0, desk.now())? {
            Spent::Again => Note::new("UserAuthentication", "Second factor shown", desk.caller().name()),
            Spent::First => Note::new(KIND, "Second factor set up", desk.caller().name()),
        };
        desk.note(note);
        Ok(done(()))
    }
}

/// Uses a code of the authenticator up, and of no new secret.
pub(super) fn spend_again(
    realm: &RealmChanges<'_>,
    user: PrincipalId,
    code: TotpCode,
    now: Timestamp,
) -> Result<(), Refusal> {
    match spend(realm, user, code, now)? {
        Spent::Again => Ok(()),
        Spent::First => Err(WRONG),
    }
}

/// Uses a code up. A code of a secret that counts shows the factor; one of a new secret makes that the one that counts.
fn spend(
    realm: &RealmChanges<'_>,
    user: PrincipalId,
    code: TotpCode,
    now: Timestamp,
) -> Result<Spent, Refusal> {
    let mut factor = realm.now().second_factor(user)?.ok_or(WRONG)?;
    let last = factor.last_step;
    let step_of = |secret: &Option<FactorSecret>| {
        let secret = TotpSecret::new(secret.as_ref()?.0);
        secret.step_of(code, now, last)
    };
    let (step, spent) = match (step_of(&factor.secret), step_of(&factor.pending)) {
        (Some(step), _) => (step, Spent::Again),
        (None, Some(step)) => (step, Spent::First),
        (None, None) => return Err(WRONG),
    };
    if spent == Spent::First {
        factor.secret = factor.pending.take();
        // They belonged to the authenticator before.
        realm.delete_recovery_codes(user);
    }
    let factor = SecondFactor {
        last_step: Some(step),
        last_used: Some(now),
        ..factor
    };
    realm.put_second_factor(user, &factor)?;
    Ok(spent)
}
