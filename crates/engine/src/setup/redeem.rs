//! Redeeming the one-time set-up secret of a tenant (R009). Public: the secret is the proof. An unknown tenant, an unknown
//! user, a wrong secret and a used one get the same answer.
//!
//! Wrong guesses change nothing but the audit log, where repeats are one record with their count. They are slowed down
//! per address, before anything is looked up, and per tenant, after that: so the right secret gets in from any address
//! that did not guess, however many others do.

use super::{commit, open_setup, system_record, user_record};
use crate::door::{Door, Inside};
use crate::refusal::{FaultId, Invalid, Missing, Refusal};
use crate::users::{NewCredential, check_password};
use crate::world::World;
use audit::record::{Outcome, Record, Severity};
use authn::pepper::Pepper;
use authn::setup_secret::{SetupRefused, StoredSetupSecret, redeem};
use authn::throttle::{Account, Attempt, Crowd, Refusal as Throttled, Throttle};
use authn::verified_cache::{CredentialVersion, VerifiedCache};
use model::ids::{MANAGEMENT, TenantNumber};
use model::names::{TenantId, UserName};
use model::secret::Secret;
use model::tenants::TenantStatus;
use model::users::{User, UserKind};
use policy::decide::decide_public;
use policy::operations::tenants::TenantSetup;
use policy::proof::{Allowed, SystemReason};
use std::net::IpAddr;
use std::sync::Arc;
use store::realm::{RealmChanges, SetupSecretRow};
use store::shards::Store;
use store::transaction::WriteTx;

/// A request to set the first password of a tenant's administrator.
pub struct Redeem {
    /// The tenant.
    pub tenant: TenantId,
    /// The user that the secret is for.
    pub user: UserName,
    /// The one-time secret.
    pub secret: Secret,
    /// The password from now on.
    pub password: Secret,
    /// Where the request came from.
    pub address: IpAddr,
}

/// Slows guessing down, per address and per tenant, apart from signing in.
pub(crate) struct Redemptions {
    throttle: Throttle,
    guesses: VerifiedCache,
    crowd: Crowd,
}

impl Redemptions {
    pub(crate) fn new(world: &Arc<dyn World>) -> Self {
        Self {
            throttle: Throttle::of_long_secrets(&world.random()),
            guesses: VerifiedCache::new(&world.random()),
            crowd: Crowd::new(&world.random()),
        }
    }

    /// The leave to guess once.
    fn begin(&self, request: &Redeem, now_millis: u64) -> Result<Attempt, Throttled> {
        let guess = self
            .guesses
            .guess(CredentialVersion::default(), request.secret.expose());
        let who = Account {
            tenant: Some(&request.tenant),
            user: &request.user,
        };
        self.throttle
            .before(who, request.address.into(), guess, now_millis)
    }
}

/// The answer to everything that is not a valid secret for this tenant and user.
const UNKNOWN: Refusal = Refusal::Invalid(Invalid::SetupSecret(SetupRefused::Unknown));
/// What guesses are counted as.
const WORD: &str = "set-up refused";

impl Door {
    /// Sets the password of a tenant's administrator and ends the secret, in one commit.
    pub async fn redeem_setup(&self, request: Redeem) -> Result<(), Refusal> {
        check_password(&request.password, &request.user)?;
        let now = self.0.world.monotonic_millis();
        let attempt = match self.0.sign_ins.redemptions.begin(&request, now) {
            Ok(attempt) => attempt,
            Err(Throttled::SameAgain) => return Err(UNKNOWN),
            Err(Throttled::Busy) => {
                return Err(Refusal::LockedOut {
                    retry_after_seconds: 1,
                });
            }
            Err(Throttled::RetryAfter { seconds }) => {
                // Not looked at, so nobody knows whose log it would belong to.
                let record = failure(&self.0.world, &request, None);
                self.record_guess(MANAGEMENT, record, Some(request.address), WORD)
                    .await?;
                return Err(Refusal::LockedOut {
                    retry_after_seconds: seconds,
                });
            }
        };
        let door = self.clone();
        // In a task of its own: a client that goes away cannot keep its guess uncounted or out of the log.
        let redeemed = tokio::spawn(async move { door.redeem_once(Arc::new(request), attempt).await });
        redeemed
            .await
            .map_err(|_| Refusal::Fault(FaultId::report(&"redeeming a set-up secret panicked")))?
    }

    async fn redeem_once(&self, request: Arc<Redeem>, attempt: Attempt) -> Result<(), Refusal> {
        let Redemptions { throttle, crowd, .. } = &self.0.sign_ins.redemptions;
        let result = self.redeem(&request).await;
        let now = self.0.world.monotonic_millis();
        match &result {
            Ok(()) => {
                throttle.succeeded(&attempt, now);
                crowd.guessed_right(&request.tenant);
            }
            Err(UNKNOWN | Refusal::LockedOut { .. }) => throttle.failed(&attempt, now),
            Err(Refusal::Invalid(_)) => throttle.refused(&attempt, now),
            Err(_) => throttle.abandoned(&attempt, now),
        }
        result
    }

    async fn redeem(&self, request: &Arc<Redeem>) -> Result<(), Refusal> {
        // Without the right secret nothing slow is done.
        self.attempt(request, None).await?;
        let credential = Arc::new(self.hash_password(&request.password, &request.user).await?);
        self.attempt(request, Some(credential)).await
    }

    /// Checks the secret; with a credential at hand, redeems it. All of it is decided again when another change came
    /// first.
    async fn attempt(
        &self,
        request: &Arc<Redeem>,
        credential: Option<Arc<NewCredential>>,
    ) -> Result<(), Refusal> {
        let asked = request.clone();
        // Whose secret it would be is only found out by looking.
        let judged = self.committed(MANAGEMENT, move |inside| {
            Ok(match inside.judge(&asked, credential.as_deref())? {
                Judged::Right(tx) => (Some(*tx), None),
                other => (None, Some(other)),
            })
        });
        match judged.await? {
            Some(Judged::Late(tenant, record)) => {
                self.record_guess(tenant, *record, Some(request.address), WORD)
                    .await?;
                Err(Refusal::Invalid(Invalid::SetupSecret(SetupRefused::Expired)))
            }
            Some(Judged::Wrong(tenant, record)) => Err(self.wrong(request, tenant, *record).await?),
            Some(Judged::Right(_)) | None => Ok(()),
        }
    }

    /// Counts and records a wrong guess; gives the answer to it. While the tenant is guessed at by many they are told to
    /// wait, and are one record.
    async fn wrong(
        &self,
        request: &Redeem,
        tenant: TenantNumber,
        record: Record,
    ) -> Result<Refusal, Refusal> {
        let now = self.0.world.monotonic_millis();
        let crowd = &self.0.sign_ins.redemptions.crowd;
        let (address, answer) = match crowd.guessed_wrong(&request.tenant, now) {
            Ok(()) => (Some(request.address), UNKNOWN),
            Err(retry_after_seconds) => (None, Refusal::LockedOut { retry_after_seconds }),
        };
        self.record_guess(tenant, record, address, WORD).await?;
        Ok(answer)
    }
}

/// What became of a look at the secret. A record comes with the tenant in whose log it belongs: the platform's if there is
/// no such tenant, user or open secret.
enum Judged {
    /// It is not the secret.
    Wrong(TenantNumber, Box<Record>),
    /// It was, and has expired.
    Late(TenantNumber, Box<Record>),
    /// It is. What is to be committed: nothing, without a credential.
    Right(Box<WriteTx>),
}

impl Inside {
    fn judge(&self, request: &Redeem, credential: Option<&NewCredential>) -> Result<Judged, Refusal> {
        let unknown = || {
            let record = failure(&self.world, request, None);
            Ok(Judged::Wrong(MANAGEMENT, Box::new(record)))
        };
        let tenant = self.store.catalogue()?.tenant_by_id(&request.tenant)?;
        let tenant = tenant.filter(|tenant| tenant.status != TenantStatus::Creating);
        let Some(tenant) = tenant else { return unknown() };
        let proof = decide_public::<TenantSetup>(tenant.number).map_err(|_| Refusal::Forbidden)?;
        let tx = self.store.write_for(&proof)?;
        // Noted before the catalogue is read, as for every command: a suspension in between is not overlooked.
        tx.rules_epoch(tenant.number)?;
        let now = self.store.catalogue()?.tenant(tenant.number)?;
        if now.is_none_or(|tenant| tenant.status != TenantStatus::Active) {
            return unknown();
        }
        let realm = tx.realm(proof);
        let Some((row, user)) = open_secret(&realm, &request.user)? else {
            return unknown();
        };
        let stored: StoredSetupSecret =
            postcard::from_bytes(&row.stored).map_err(|error| Refusal::Fault(FaultId::report(&error)))?;
        let pepper = self.sign_ins.verifier.pepper();
        let refused = || Box::new(failure(&self.world, request, Some(&user)));
        match redeem(request.secret.expose(), Some(&stored), pepper, self.world.now()) {
            Ok(()) => {}
            Err(SetupRefused::Expired) => return Ok(Judged::Late(tenant.number, refused())),
            Err(SetupRefused::Unknown) => return Ok(Judged::Wrong(tenant.number, refused())),
        }
        if let Some(credential) = credential {
            let after = credential.give(&realm, user.clone(), self.world.now())?;
            realm.update_user(&user, &after)?;
            realm.end_setup_secret();
            tx.record(success(&self.world, request, &after));
        }
        Ok(Judged::Right(Box::new(tx)))
    }
}

/// The open secret and its user, if it is the one named.
fn open_secret(realm: &RealmChanges<'_>, name: &UserName) -> Result<Option<(SetupSecretRow, User)>, Refusal> {
    let Some(row) = realm.now().setup_secret()? else {
        return Ok(None);
    };
    let user = realm.now().user(row.user)?.filter(|user| user.name == *name);
    Ok(user.map(|user| (row, user)))
}

fn success(world: &Arc<dyn World>, request: &Redeem, user: &User) -> Record {
    let what = (
        "Set-up secret redeemed",
        "The set-up secret was redeemed and a password set",
    );
    user_record(world, Some(user), request.address, what)
}

/// A name that belongs to nobody may be a secret typed into the wrong field: it is not kept.
fn failure(world: &Arc<dyn World>, request: &Redeem, user: Option<&User>) -> Record {
    let what = ("Set-up secret refused", "A set-up secret was refused");
    Record {
        severity: Severity::Warning,
        outcome: Outcome::Failed,
        ..user_record(world, user, request.address, what)
    }
}

/// Opens the set-up anew, by the operator's own hand: a new one-time secret for a person of the tenant, by default its
/// first administrator. An older secret ends; the present password stays until the new secret is redeemed.
pub fn reset_setup(
    store: &Store,
    world: &Arc<dyn World>,
    tenant: &TenantId,
    user: Option<&UserName>,
) -> Result<Secret, Refusal> {
    let found = store
        .catalogue()?
        .tenant_by_id(tenant)?
        .filter(|tenant| tenant.status.is_there());
    let number = found
        .ok_or_else(|| Refusal::Missing(Missing::Tenant(tenant.to_string())))?
        .number;
    let proof = Allowed::<TenantSetup>::mint_system(number, SystemReason::Operator);
    let tx = store.write_for(&proof)?;
    let realm = tx.realm(proof);
    let found = match user {
        Some(name) => realm.now().user_named(name)?,
        None => realm.now().users()?.into_iter().find(|user| user.first_admin),
    };
    let missing = || Refusal::Missing(Missing::User(user.map(ToString::to_string).unwrap_or_default()));
    let found = found
        .filter(|user| user.kind == UserKind::Person)
        .ok_or_else(missing)?;
    let secret = open_setup(&realm, found.id, &Pepper::new(*store.password_pepper()), world)?;
    let text = format!("A new set-up secret was made for {}", found.name);
    let what = ("User", "Set-up secret made", text);
    tx.record(system_record(
        world,
        SystemReason::Operator,
        what,
        Some(found.name.to_string()),
    ));
    commit(store, tx)?;
    Ok(secret)
}
