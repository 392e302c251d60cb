//! Signing in: from a presented credential to a caller. Every way in goes through here, with equal strength.
//!
//! Finding the facts costs the same for everybody; the slow hash runs on a bounded pool of its own; every outcome is
//! recorded, repeats by their count (R096).

mod certificate;
mod found;
mod record;
mod service;
mod ticket;
mod token;

use crate::caller::{Caller, Came, Identity};
use crate::door::Door;
use crate::password_reset::Resets;
use crate::refusal::{FaultId, Invalid, Refusal};
use crate::second_factor::{Codes, FactorDue};
use crate::sessions::Uses;
use crate::setup::Redemptions;
use crate::windows::Windows;
use crate::world::World;
use audit::record::Record;
pub use authn::basic::BasicCredential;
use authn::pepper::Pepper;
pub use authn::service_key::ServiceKey;
use authn::throttle::AddressPrefix;
use authn::verify::{
    AuthenticationFailure, HashJob, Presented, Purpose, ShownFailure, SignIn, Step, Verified, Verifier,
};
pub use certificate::ShownCertificates;
pub(crate) use found::Found;
use model::limits::{PASSWORD_HASH_QUEUE_MAX, PASSWORD_HASHES_MAX, REFUSED_SIGN_IN_STEP_MILLIS};
use model::names::{Domain, TenantId};
use model::secret::Secret;
pub(crate) use record::remember;
use record::{Crowd, Occasion};
use service::Shown;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use store::shards::Store;
pub(crate) use token::key_of;
pub use token::{Carried, OfferedToken};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How often an attempt waits for another of the same account and address, and how long.
const TURNS_MAX: usize = 40;
const TURN: Duration = Duration::from_millis(25);

/// What a claim is proved with.
pub enum Offered {
    /// A user name, and a password or a key.
    Basic(BasicCredential),
    /// A user name and a password, and perhaps a code of a second factor, to open a session.
    Password(BasicCredential, Option<Secret>),
    /// A key of a service account, which says whose it is.
    Key(ServiceKey),
    /// The token of a session.
    Token(OfferedToken),
    /// A token for notifications.
    Ticket(Secret),
    /// Certificates, shown in a TLS handshake.
    Certificate(ShownCertificates),
    /// The word of an identity provider, which was verified already. No request offers it: a browser comes back with it.
    Provider,
}

impl From<BasicCredential> for Offered {
    fn from(basic: BasicCredential) -> Self {
        Self::Basic(basic)
    }
}

/// A request that wants to be somebody.
pub struct Claim {
    /// The credential.
    pub credential: Offered,
    /// The host name that the request was sent to.
    pub host: Option<Domain>,
    /// Where it came from.
    pub address: IpAddr,
    /// The application that it names.
    pub application: Option<String>,
}

impl Claim {
    /// What it wants to sign in for.
    fn purpose(&self) -> Purpose {
        match self.credential {
            Offered::Password(..) | Offered::Provider => Purpose::Console,
            Offered::Basic(_)
            | Offered::Key(_)
            | Offered::Token(_)
            | Offered::Ticket(_)
            | Offered::Certificate(_) => Purpose::Api,
        }
    }

    /// How it is proved, for the audit log.
    fn way(&self) -> &'static str {
        match &self.credential {
            Offered::Basic(_) => record::BASIC,
            Offered::Password(..) => record::PASSWORD,
            Offered::Key(_) => record::KEY,
            Offered::Token(_) => "a session",
            Offered::Ticket(_) => "a token for notifications",
            Offered::Certificate(_) => record::CERTIFICATE,
            Offered::Provider => "single sign-on",
        }
    }
}

/// What signing in remembers while the program runs.
pub(crate) struct SignIns {
    pub(crate) verifier: Verifier,
    hashing: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    windows: Windows<Occasion, Record>,
    crowds: Windows<Crowd, Record>,
    pub(crate) redemptions: Redemptions,
    pub(crate) codes: Codes,
    pub(crate) resets: Resets,
    pub(crate) uses: Uses,
    default_tenant: std::sync::OnceLock<TenantId>,
}

impl SignIns {
    pub(crate) fn new(store: &Store, world: &Arc<dyn World>) -> Self {
        let pepper = Pepper::new(*store.password_pepper());
        Self {
            verifier: Verifier::new(pepper, &world.random(), &world.random()),
            hashing: Arc::new(Semaphore::new(PASSWORD_HASHES_MAX)),
            queue: Arc::new(Semaphore::new(PASSWORD_HASH_QUEUE_MAX)),
            windows: Windows::new(),
            crowds: Windows::new(),
            redemptions: Redemptions::new(world),
            codes: Codes::new(world),
            resets: Resets::new(world),
            uses: Uses::default(),
            default_tenant: std::sync::OnceLock::new(),
        }
    }

    pub(crate) fn windows(&self) -> &Windows<Occasion, Record> {
        &self.windows
    }

    pub(crate) fn crowds(&self) -> &Windows<Crowd, Record> {
        &self.crowds
    }
}

impl Door {
    /// The tenant of requests that name none and whose host name is no tenant's domain. Set once, at the start.
    pub fn set_default_tenant(&self, tenant: TenantId) {
        // A second call is a programming error of the start-up code; the first one stays.
        let _ = self.0.sign_ins.default_tenant.set(tenant);
    }

    /// Signs in. What a refused caller is told is the same for every reason but a lock-out, and so is when he is told.
    pub async fn sign_in(&self, claim: Claim) -> Result<Caller, Refusal> {
        let world = &self.0.world;
        let arrived = world.monotonic();
        let answer = self.check(claim).await;
        if answer.is_err() {
            told_in_steps(&**world, arrived).await;
        }
        answer
    }

    async fn check(&self, claim: Claim) -> Result<Caller, Refusal> {
        let claim = Arc::new(claim);
        let basic = match &claim.credential {
            Offered::Key(key) => return self.check_key(&claim, Shown { key, named: None }).await,
            Offered::Token(token) => return self.check_token(&claim, token).await,
            Offered::Ticket(token) => return self.check_ticket(&claim, token).await,
            Offered::Certificate(shown) => return self.check_certificate(&claim, shown).await,
            Offered::Provider => return Err(Refusal::NotSignedIn),
            Offered::Basic(basic) | Offered::Password(basic, _) => basic,
        };
        if let Ok(key) = &ServiceKey::parse(basic.password.expose()) {
            let named = Some(basic);
            return self.check_key(&claim, Shown { key, named }).await;
        }
        let looked_up = self.at_once(|| self.0.look_up(&claim, basic));
        let found = Arc::new(looked_up.map_err(|refused| refused.refusal)?);
        match self.verify(&claim, basic, &found).await? {
            Ok(_) => {
                let came = Came {
                    password_due: found.is_password_due(&basic.password, self.0.world.now()),
                    ..Came::default()
                };
                self.admit_with_factor(&claim, &found, came).await
            }
            Err(failure) => Err(match failure.shown() {
                ShownFailure::Refused => Refusal::NotSignedIn,
                ShownFailure::TryLater { retry_after_seconds } => Refusal::LockedOut { retry_after_seconds },
            }),
        }
    }

    pub(crate) async fn admit(&self, claim: &Claim, found: &Found, came: Came) -> Result<Caller, Refusal> {
        self.record_sign_in(claim, found, None).await?;
        caller_of(claim, found, came)
    }

    /// Lets in whoever proved the password, as far as that goes. With a second factor, a session is opened with a code
    /// only, and a password with a request is good for nothing but seeing to the factor (R055, R056).
    async fn admit_with_factor(&self, claim: &Claim, found: &Found, came: Came) -> Result<Caller, Refusal> {
        let Some(due) = found.factor_due else {
            return self.admit(claim, found, came).await;
        };
        let came = Came {
            factor_due: Some(due),
            ..came
        };
        let failure = match (&claim.credential, due) {
            // The code is used up by opening the session, and this sign-in is recorded when it was right.
            (Offered::Password(_, Some(_)), FactorDue::Code) => return caller_of(claim, found, came),
            (Offered::Password(..), FactorDue::Code) => AuthenticationFailure::NoCode,
            (Offered::Password(..), FactorDue::SetUp) => AuthenticationFailure::NoSecondFactor,
            _ => return self.admit(claim, found, came).await,
        };
        self.record_sign_in(claim, found, Some(failure)).await?;
        Err(Refusal::SecondFactor(due))
    }

    /// Verifies the credential; a failure is recorded before it is told.
    async fn verify(
        &self,
        claim: &Arc<Claim>,
        basic: &BasicCredential,
        found: &Arc<Found>,
    ) -> Result<Result<Verified, AuthenticationFailure>, Refusal> {
        let named = found
            .tenant
            .as_ref()
            .map(|tenant| &tenant.id)
            .or(basic.tenant.as_ref());
        for _ in 0..TURNS_MAX {
            let step = self.0.sign_ins.verifier.check_cheap(&SignIn {
                tenant: named,
                presented: Presented::Basic(basic),
                facts: found.stored.as_ref(),
                purpose: claim.purpose(),
                address: AddressPrefix::from(claim.address),
                now_millis: self.0.world.monotonic_millis(),
            });
            match step {
                Step::Done(result) => {
                    if let Err(failure) = result {
                        self.record_sign_in(claim, found, Some(failure)).await?;
                    }
                    return Ok(result);
                }
                Step::NeedsHash(job) => return self.hash(job, claim.clone(), found.clone()).await,
                Step::Wait => tokio::time::sleep(TURN).await,
            }
        }
        Err(Refusal::Busy)
    }

    async fn hash(
        &self,
        job: HashJob,
        claim: Arc<Claim>,
        found: Arc<Found>,
    ) -> Result<Result<Verified, AuthenticationFailure>, Refusal> {
        let place = match self.hash_place() {
            Ok(place) => place,
            Err(refusal) => {
                job.abandon(&self.0.sign_ins.verifier);
                return Err(refusal);
            }
        };
        let door = self.clone();
        // In a task of its own: a client that goes away cannot keep its guess out of the log. They are as many as places.
        let checked = tokio::spawn(async move {
            let outcome = door
                .hash_at(place, move |sign_ins| job.run(&sign_ins.verifier))
                .await?;
            if let Err(failure) = outcome {
                door.record_sign_in(&claim, &found, Some(failure)).await?;
            }
            Ok(outcome)
        });
        checked
            .await
            .map_err(|_| Refusal::Fault(FaultId::report(&"checking a password panicked")))?
    }

    /// Computes one slow hash: few at a time, a bounded number waiting.
    pub(crate) async fn on_hash_pool<T: Send + 'static>(
        &self,
        work: impl FnOnce(&SignIns) -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        self.hash_at(self.hash_place()?, work).await
    }

    fn hash_place(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        self.0
            .sign_ins
            .queue
            .clone()
            .try_acquire_owned()
            .map_err(|_| Refusal::Busy)
    }

    async fn hash_at<T: Send + 'static>(
        &self,
        _place: OwnedSemaphorePermit,
        work: impl FnOnce(&SignIns) -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let hashing = self.0.sign_ins.hashing.clone();
        let Ok(permit) = hashing.acquire_owned().await else {
            return Err(Refusal::Busy);
        };
        let inside = self.0.clone();
        let work = move || {
            // The permit lives as long as the work, also when nobody waits for it any more.
            let _permit = permit;
            work(&inside.sign_ins)
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|_| Refusal::Fault(FaultId::report(&"a password hash panicked")))
    }

    /// Proves a caller's own password once more, as strictly as at sign-in, for changes that a stolen session must not
    /// make. A wrong one counts and is recorded like a wrong sign-in.
    pub(crate) async fn confirm_password(&self, caller: &Caller, password: Secret) -> Result<(), Refusal> {
        let wrong = Refusal::Invalid(Invalid::CurrentPassword);
        let who = caller.identity();
        let parts = BasicCredential::from_parts(who.name.as_str(), password.expose());
        let credential = parts.map_err(|_| wrong.clone())?;
        let basic = BasicCredential {
            tenant: Some(who.tenant_id.clone()),
            ..credential
        };
        let claim = Arc::new(Claim {
            credential: match who.came.session {
                Some(_) => Offered::Password(basic.clone(), None),
                None => Offered::Basic(basic.clone()),
            },
            host: None,
            address: who.address,
            application: who.application.clone(),
        });
        let looked_up = self.at_once(|| self.0.look_up(&claim, &basic));
        let found = Arc::new(looked_up.map_err(|refused| refused.refusal)?);
        let failure = match self.verify(&claim, &basic, &found).await? {
            Ok(verified) if (verified.tenant, verified.principal) == (who.tenant, who.principal) => {
                return Ok(());
            }
            // The caller was deleted and its name given to somebody else in the meantime.
            Ok(_) => return Err(Refusal::NotSignedIn),
            Err(failure) => failure,
        };
        Err(match failure.shown() {
            ShownFailure::Refused => wrong,
            ShownFailure::TryLater { retry_after_seconds } => Refusal::LockedOut { retry_after_seconds },
        })
    }
}

fn caller_of(claim: &Claim, found: &Found, came: Came) -> Result<Caller, Refusal> {
    let (Some(tenant), Some(user)) = (found.tenant.clone(), found.user.clone()) else {
        return Err(Refusal::NotSignedIn);
    };
    Ok(Caller::new(Identity {
        tenant: tenant.number,
        tenant_id: tenant.id,
        principal: user.id,
        name: user.name,
        kind: user.kind,
        epoch: user.epoch,
        address: claim.address,
        application: claim.application.clone(),
        came,
    }))
}

/// Waits until a refusal may be told, of somebody who arrived then.
pub(crate) async fn told_in_steps(world: &dyn World, arrived: Duration) {
    let took = world.monotonic().saturating_sub(arrived);
    world.wait(whole_steps(took).saturating_sub(took)).await;
}

/// When a refusal that is ready after this long is told. How long it took tells whether a record was written, and
/// that is written for each user but only once for all names of one address that nobody has. A hash and a record take
/// far less than a step, so they end in the same one for everybody.
fn whole_steps(took: Duration) -> Duration {
    let step = Duration::from_millis(REFUSED_SIGN_IN_STEP_MILLIS);
    let steps = took.as_nanos() / step.as_nanos() + 1;
    step.saturating_mul(u32::try_from(steps).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_told_at_the_end_of_the_step_in_which_they_are_ready() {
        let step = Duration::from_millis(REFUSED_SIGN_IN_STEP_MILLIS);
        let nanosecond = Duration::from_nanos(1);
        for (took, steps) in [
            (Duration::ZERO, 1),
            (step - nanosecond, 1),
            (step, 2),
            (step * 7 + nanosecond, 8),
        ] {
            assert_eq!(whole_steps(took), step * steps, "{took:?}");
        }
    }
}
