//! Signing in: from a presented credential to a caller. Every way in goes through here, with equal strength.
//!
//! Finding the facts costs the same for everybody; the slow hash runs on a bounded pool of its own; every outcome is
//! recorded, repeats by their count (R096).

use crate::caller::{Caller, Identity, actor_kind};
use crate::door::{Door, Refused};
use crate::refusal::{FaultId, Invalid, Refusal};
use crate::setup::Redemptions;
use crate::windows::{Counted, Windows};
use crate::world::World;
use audit::record::{Actor, ActorKind, Origin, Outcome, Record, Severity};
pub use authn::basic::BasicCredential;
use authn::credential::Credential;
use authn::pepper::Pepper;
use authn::throttle::AddressPrefix;
use authn::verify::{
    AuthenticationFailure, HashJob, Presented, Purpose, ShownFailure, SignIn, Step, StoredCredential,
    Verified, Verifier,
};
use model::ids::{MANAGEMENT, TenantNumber};
use model::json::Object;
use model::limits::{PASSWORD_HASH_QUEUE_MAX, PASSWORD_HASHES_MAX};
use model::names::{Domain, TenantId};
use model::secret::Secret;
use model::tenants::{Tenant, TenantStatus};
use model::users::User;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use store::shard::Store;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How often an attempt waits for another of the same account and address, and how long.
const TURNS_MAX: usize = 40;
const TURN: Duration = Duration::from_millis(25);

/// A request that wants to be somebody.
pub struct Claim {
    /// The credential.
    pub credential: BasicCredential,
    /// The host name that the request was sent to.
    pub host: Option<Domain>,
    /// Where it came from.
    pub address: IpAddr,
    /// The application that it names.
    pub application: Option<String>,
}

/// What repeats: the tenant in whose log it is, the user's name, the address (by its prefix), and how it ended.
type Occasion = (TenantNumber, String, IpAddr, &'static str);

/// The same from any address, for when there are more addresses than windows.
type Crowd = (TenantNumber, String, &'static str);

/// What signing in remembers while the program runs.
pub(crate) struct SignIns {
    pub(crate) verifier: Verifier,
    hashing: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    windows: Windows<Occasion, Record>,
    crowds: Windows<Crowd, Record>,
    pub(crate) redemptions: Redemptions,
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

/// What was found about a claim.
struct Found {
    tenant: Option<Tenant>,
    user: Option<User>,
    stored: Option<StoredCredential>,
}

impl Door {
    /// The tenant of requests that name none and whose host name is no tenant's domain. Set once, at the start.
    pub fn set_default_tenant(&self, tenant: TenantId) {
        // A second call is a programming error of the start-up code; the first one stays.
        let _ = self.0.sign_ins.default_tenant.set(tenant);
    }

    /// Signs in. What a refused caller is told is the same for every reason but a lock-out.
    pub async fn sign_in(&self, claim: Claim) -> Result<Caller, Refusal> {
        let claim = Arc::new(claim);
        let looked_up = self.at_once(|| self.0.look_up(&claim));
        let found = Arc::new(looked_up.map_err(|refused| refused.refusal)?);
        match self.verify(&claim, &found).await? {
            Ok(_) => self.admit(&claim, &found).await,
            Err(failure) => Err(match failure.shown() {
                ShownFailure::Refused => Refusal::NotSignedIn,
                ShownFailure::TryLater { retry_after_seconds } => Refusal::LockedOut { retry_after_seconds },
            }),
        }
    }

    async fn admit(&self, claim: &Claim, found: &Found) -> Result<Caller, Refusal> {
        self.record_sign_in(claim, found, None).await?;
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
        }))
    }

    /// Verifies the credential; a failure is recorded before it is told.
    async fn verify(
        &self,
        claim: &Arc<Claim>,
        found: &Arc<Found>,
    ) -> Result<Result<Verified, AuthenticationFailure>, Refusal> {
        let named = found
            .tenant
            .as_ref()
            .map(|tenant| &tenant.id)
            .or(claim.credential.tenant.as_ref());
        for _ in 0..TURNS_MAX {
            let step = self.0.sign_ins.verifier.check_cheap(&SignIn {
                tenant: named,
                presented: Presented::Basic(&claim.credential),
                facts: found.stored.as_ref(),
                purpose: Purpose::Api,
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
        let claim = Arc::new(Claim {
            credential: BasicCredential {
                tenant: Some(who.tenant_id.clone()),
                ..credential
            },
            host: None,
            address: who.address,
            application: who.application.clone(),
        });
        let looked_up = self.at_once(|| self.0.look_up(&claim));
        let found = Arc::new(looked_up.map_err(|refused| refused.refusal)?);
        let failure = match self.verify(&claim, &found).await? {
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

    /// Records the outcome: in the tenant's log if the user is known there, else in the platform's.
    async fn record_sign_in(
        &self,
        claim: &Claim,
        found: &Found,
        failure: Option<AuthenticationFailure>,
    ) -> Result<(), Refusal> {
        let known = found.tenant.as_ref().zip(found.user.as_ref());
        let tenant = known.map_or(MANAGEMENT, |(tenant, _)| tenant.number);
        let (outcome, word) = match failure {
            None => (Outcome::Success, "login"),
            Some(_) => (Outcome::Failed, "login failed"),
        };
        // A name that belongs to nobody may be a password typed into the wrong field: it is not kept.
        let name = known.map(|(_, user)| user.name.to_string()).unwrap_or_default();
        let text = match failure {
            None => "Signed in with Basic".to_owned(),
            Some(failure) => format!("Sign-in with Basic refused: {failure}"),
        };
        let record = Record {
            time: self.0.world.now(),
            client_time: None,
            actor: Actor {
                principal: known.map(|(_, user)| user.id),
                name: name.clone(),
                kind: known.map_or(ActorKind::Unknown, |(_, user)| actor_kind(user.kind)),
            },
            address: Some(claim.address.to_string()),
            kind: "UserAuthentication".to_owned(),
            activity: if failure.is_none() {
                "User login"
            } else {
                "User login failed"
            }
            .to_owned(),
            text,
            source: None,
            severity: if failure.is_none() {
                Severity::Information
            } else {
                Severity::Warning
            },
            outcome,
            application: claim.application.clone(),
            changes: Vec::new(),
            count: 1,
            origin: Origin::Platform,
            extra: Object::new(),
            batch: None,
            salt: self.0.world.random(),
        };
        self.count_sign_in((tenant, name, prefix(claim.address), word), record)
            .await
    }

    /// Records the first of its window at once and counts its repeats. Failures from more addresses than there are windows
    /// are counted together per user, without an address, so that nobody can fill the log by changing his (R096).
    async fn count_sign_in(&self, key: Occasion, mut record: Record) -> Result<(), Refusal> {
        let now = self.0.world.monotonic_millis();
        let tenant = key.0;
        match self.0.sign_ins.windows.count(key.clone(), record.clone(), now) {
            Counted::Repeat => return Ok(()),
            Counted::NoRoom if record.outcome != Outcome::Success => {}
            Counted::First | Counted::NoRoom => {
                return self
                    .record_first(|inside| &inside.sign_ins.windows, key, record, tenant)
                    .await;
            }
        }
        record.address = None;
        record.application = None;
        record.text = "Refused, from one of more addresses than are counted one by one".to_owned();
        let (_, name, _, word) = key;
        let crowd: Crowd = (tenant, name, word);
        match self.0.sign_ins.crowds.count(crowd.clone(), record.clone(), now) {
            Counted::Repeat => Ok(()),
            Counted::First | Counted::NoRoom => {
                self.record_first(|inside| &inside.sign_ins.crowds, crowd, record, tenant)
                    .await
            }
        }
    }

    /// Records an attempt of somebody unknown in the platform's log: the first of its window at once, repeats by their
    /// count.
    pub(crate) async fn record_stranger(
        &self,
        record: Record,
        address: IpAddr,
        word: &'static str,
    ) -> Result<(), Refusal> {
        self.count_sign_in((MANAGEMENT, String::new(), prefix(address), word), record)
            .await
    }
}

/// Unknown callers are counted by address prefix: IPv6 by its /64.
fn prefix(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
    }
}

impl crate::door::Inside {
    fn look_up(&self, claim: &Claim) -> Result<Found, Refused> {
        let view = self.store.view()?;
        let tenant = match &claim.credential.tenant {
            Some(id) => view.tenant_by_id(id)?,
            None => {
                let by_host = match &claim.host {
                    Some(host) => view.tenant_by_domain(host)?,
                    None => None,
                };
                match (by_host, self.sign_ins.default_tenant.get()) {
                    (Some(tenant), _) => Some(tenant),
                    (None, Some(id)) => view.tenant_by_id(id)?,
                    (None, None) => None,
                }
            }
        };
        let Some(tenant) = tenant else {
            return Ok(Found {
                tenant: None,
                user: None,
                stored: None,
            });
        };
        if tenant.status == TenantStatus::Deleting {
            return Ok(Found {
                tenant: Some(tenant),
                user: None,
                stored: None,
            });
        }
        let facts = view.sign_in_facts(&tenant, &claim.credential.user)?;
        let Some(facts) = facts else {
            return Ok(Found {
                tenant: Some(tenant),
                user: None,
                stored: None,
            });
        };
        let stored = facts.credential.and_then(|row| {
            let credential: Credential = postcard::from_bytes(&row.hash).ok()?;
            Some(StoredCredential {
                tenant: tenant.number,
                principal: facts.user.id,
                kind: facts.user.kind,
                enabled: facts.user.enabled,
                tenant_active: tenant.status == TenantStatus::Active,
                credential,
                // Both only grow, so the pair has a version of its own for every change of either.
                version: row.version.wrapping_mul(1 << 32).wrapping_add(facts.user.epoch),
            })
        });
        Ok(Found {
            tenant: Some(tenant),
            user: Some(facts.user),
            stored,
        })
    }
}
