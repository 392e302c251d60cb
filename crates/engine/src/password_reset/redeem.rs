//! Setting a new password with a token: once, in time, and as long as the password was not set in another way.

use super::{Mailer, UNKNOWN, said_of};
use crate::door::{Door, Inside, Refused};
use crate::refusal::{FaultId, Invalid, Refusal};
use crate::setup::user_record;
use crate::sign_in::told_in_steps;
use crate::users::{NewCredential, check_password};
use crate::world::World;
use audit::record::{Outcome, Record, Severity};
use authn::generated::SecretHash;
use authn::throttle::{Account, Attempt, Refusal as Throttled, Throttle};
use authn::verified_cache::{CredentialVersion, VerifiedCache};
use model::ids::{MANAGEMENT, PrincipalId, TenantNumber};
use model::limits::RESET_MAILS_MAX;
use model::names::{Domain, TenantId, UserName};
use model::secret::Secret;
use model::users::{User, UserKind};
use policy::decide::decide_public;
use policy::operations::password_reset::ResetRedeem;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use store::realm::RealmChanges;
use store::transaction::WriteTx;
use tokio::sync::Semaphore;

/// What is remembered about tokens while the program runs.
pub(crate) struct Resets {
    throttle: Throttle,
    guesses: VerifiedCache,
    pub(super) mailer: OnceLock<Arc<dyn Mailer>>,
    pub(super) mails: Arc<Semaphore>,
}

impl Resets {
    pub(crate) fn new(world: &Arc<dyn World>) -> Self {
        Self {
            throttle: Throttle::of_long_secrets(&world.random()),
            guesses: VerifiedCache::new(&world.random()),
            mailer: OnceLock::new(),
            mails: Arc::new(Semaphore::new(RESET_MAILS_MAX)),
        }
    }

    /// The leave to show a token once. Guesses are counted by address, whomever they are for.
    fn begin(&self, request: &CheckReset, now_millis: u64) -> Result<Attempt, Throttled> {
        let version = CredentialVersion::default();
        let shown = Secret::new(format!("{}\n{}", request.token.expose(), request.email));
        let guess = self.guesses.guess(version, shown.expose());
        let Ok(user) = "token".parse::<UserName>() else {
            return Err(Throttled::Busy);
        };
        let who = Account {
            tenant: request.tenant.as_ref(),
            user: &user,
        };
        self.throttle
            .before(who, request.address.into(), guess, now_millis)
    }
}

/// A token that is shown.
#[derive(Clone)]
pub struct CheckReset {
    /// Its text.
    pub token: Secret,
    /// The mail address that goes with it.
    pub email: String,
    /// The tenant, if the request names one.
    pub tenant: Option<TenantId>,
    /// The host name that the request was sent to.
    pub host: Option<Domain>,
    /// Where it came from.
    pub address: IpAddr,
}

/// A token, and the password from now on.
pub struct RedeemReset {
    /// The token.
    pub shown: CheckReset,
    /// The password.
    pub password: Secret,
}

/// A token that is good, and whose it is.
struct Good {
    user: UserName,
    tx: Box<WriteTx>,
}

impl Door {
    /// Whether a token would be taken.
    pub async fn check_reset(&self, request: CheckReset) -> Result<(), Refusal> {
        self.guess_token(
            RedeemReset {
                shown: request,
                password: Secret::new(""),
            },
            false,
        )
        .await
    }

    /// Sets a new password and ends the token and every session, in one commit.
    pub async fn redeem_reset(&self, request: RedeemReset) -> Result<(), Refusal> {
        self.guess_token(request, true).await
    }

    async fn guess_token(&self, request: RedeemReset, redeems: bool) -> Result<(), Refusal> {
        let arrived = self.0.world.monotonic();
        let answer = self.guess_uncovered(request, redeems).await;
        if answer.is_err() {
            // How long it took tells whether there is such a tenant, and whether a record was written.
            told_in_steps(&*self.0.world, arrived).await;
        }
        answer
    }

    async fn guess_uncovered(&self, request: RedeemReset, redeems: bool) -> Result<(), Refusal> {
        let now = self.0.world.monotonic_millis();
        let attempt = match self.0.sign_ins.resets.begin(&request.shown, now) {
            Ok(attempt) => attempt,
            Err(Throttled::SameAgain) => return Err(UNKNOWN),
            Err(throttled) => {
                return Err(Refusal::LockedOut {
                    retry_after_seconds: match throttled {
                        Throttled::RetryAfter { seconds } => seconds,
                        Throttled::Busy | Throttled::SameAgain => 1,
                    },
                });
            }
        };
        let door = self.clone();
        // In a task of its own: a client that goes away cannot keep its guess uncounted or out of the log.
        let guessed = tokio::spawn(async move { door.guess_once(Arc::new(request), redeems, attempt).await });
        guessed
            .await
            .map_err(|_| Refusal::Fault(FaultId::report(&"redeeming a token panicked")))?
    }

    async fn guess_once(
        &self,
        request: Arc<RedeemReset>,
        redeems: bool,
        attempt: Attempt,
    ) -> Result<(), Refusal> {
        let result = match redeems {
            true => self.redeem_token(&request).await,
            false => self.attempt_token(&request, None).await.map(drop),
        };
        let (throttle, now) = (&self.0.sign_ins.resets.throttle, self.0.world.monotonic_millis());
        match &result {
            Ok(()) => throttle.succeeded(&attempt, now),
            Err(UNKNOWN) => {
                throttle.failed(&attempt, now);
                let what = (
                    "Password reset refused",
                    "A token to set a new password was refused",
                );
                let record = Record {
                    outcome: Outcome::Failed,
                    severity: Severity::Warning,
                    ..user_record(&self.0.world, None, request.shown.address, what)
                };
                self.record_guess(MANAGEMENT, record, Some(request.shown.address), "token refused")
                    .await?;
            }
            Err(_) => throttle.abandoned(&attempt, now),
        }
        result
    }

    async fn redeem_token(&self, request: &Arc<RedeemReset>) -> Result<(), Refusal> {
        // Without the right token nothing slow is done.
        let user = self.attempt_token(request, None).await?;
        check_password(&request.password, &user)?;
        let credential = Arc::new(self.hash_password(&request.password, &user).await?);
        self.attempt_token(request, Some(credential)).await.map(drop)
    }

    /// Checks the token; with a credential at hand, redeems it. All of it is decided again when another change came first.
    async fn attempt_token(
        &self,
        request: &Arc<RedeemReset>,
        credential: Option<Arc<NewCredential>>,
    ) -> Result<UserName, Refusal> {
        let asked = request.clone();
        let shown = &request.shown;
        let tenant = self
            .meant(shown.tenant.as_ref(), shown.host.as_ref())?
            .ok_or(UNKNOWN)?;
        self.committed(tenant, move |inside| {
            let Good { user, tx } = inside.judge_token(tenant, &asked.shown, credential.as_deref())?;
            Ok((*tx, user))
        })
        .await
    }
}

impl Inside {
    fn judge_token(
        &self,
        tenant: TenantNumber,
        request: &CheckReset,
        credential: Option<&NewCredential>,
    ) -> Result<Good, Refused> {
        let proof = decide_public::<ResetRedeem>(tenant).map_err(|_| Refusal::Forbidden)?;
        let tx = self.store.write_for(&proof)?;
        self.active(&tx, tenant)?.ok_or(UNKNOWN)?;
        let realm = tx.realm(proof);
        let user = self.holder_of(&realm, request)?;
        if let Some(credential) = credential {
            let after = credential.give(&realm, user.clone(), self.world.now())?;
            realm.update_user(&user, &after)?;
            realm.end_password_reset(&user);
            let what = ("Password reset", "A new password was set with a one-time token");
            tx.record(user_record(&self.world, Some(&after), request.address, what));
        }
        Ok(Good {
            user: user.name,
            tx: Box::new(tx),
        })
    }

    /// Whose token it is. That it has expired is told only to whoever has the right one.
    fn holder_of(&self, realm: &RealmChanges<'_>, request: &CheckReset) -> Result<User, Refusal> {
        let (user, secret) = request.token.expose().split_once('.').ok_or(UNKNOWN)?;
        let user: PrincipalId = user.parse().map_err(|_| UNKNOWN)?;
        let row = realm.now().password_reset(user)?.ok_or(UNKNOWN)?;
        let stored: SecretHash =
            postcard::from_bytes(&row.stored).map_err(|error| Refusal::Fault(FaultId::report(&error)))?;
        let user = realm.now().user(user)?.ok_or(UNKNOWN)?;
        let credential = realm.now().credential(user.id)?.map_or(0, |row| row.version);
        let is_right = stored.matches(secret, self.sign_ins.verifier.pepper())
            && said_of(&user).eq_ignore_ascii_case(&request.email)
            && row.credential == credential
            && user.enabled
            && user.kind == UserKind::Person
            && !realm.now().is_made_by_sign_on(user.id)?;
        if !is_right {
            return Err(UNKNOWN);
        }
        match self.world.now() < row.expires {
            true => Ok(user),
            false => Err(Refusal::Invalid(Invalid::ResetTokenExpired)),
        }
    }
}
