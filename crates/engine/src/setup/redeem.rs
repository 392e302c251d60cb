//! Redeeming the one-time set-up secret of a tenant (R009). Public: the secret is the proof. An unknown tenant, an unknown
//! user, a wrong secret and a used one get the same answer; guessing is slowed down before anything is looked up, and
//! wrong secrets count in the same commit that records them.

use super::{commit, open_setup, system_record};
use crate::caller::actor_kind;
use crate::door::{Door, Inside};
use crate::refusal::{FaultId, Invalid, Missing, Refusal};
use crate::users::{NewCredential, check_password};
use crate::world::World;
use audit::record::{Actor, ActorKind, Origin, Outcome, Record, Severity};
use authn::pepper::Pepper;
use authn::setup_secret::{SetupRefused, StoredSetupSecret, redeem};
use authn::throttle::{Account, Refusal as Throttled, Throttle};
use authn::verified_cache::{CredentialVersion, VerifiedCache};
use model::ids::{PrincipalId, TenantNumber};
use model::json::Object;
use model::limits::CONFLICT_RETRIES_MAX;
use model::names::{TenantId, UserName};
use model::secret::Secret;
use model::tenants::{Tenant, TenantStatus};
use model::users::{User, UserKind};
use policy::decide::decide_public;
use policy::operations::tenants::TenantSetup;
use policy::proof::{Allowed, SystemReason};
use std::net::IpAddr;
use std::sync::Arc;
use store::fault::CommitFailed;
use store::realm::{RealmChanges, SetupSecretRow};
use store::shard::Store;
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

/// Slows guessing down, per address and per tenant and user, apart from signing in.
pub(crate) struct Redemptions {
    throttle: Throttle,
    guesses: VerifiedCache,
}

impl Redemptions {
    pub(crate) fn new(world: &Arc<dyn World>) -> Self {
        Self {
            throttle: Throttle::new(&world.random()),
            guesses: VerifiedCache::new(&world.random()),
        }
    }
}

/// The answer to everything that is not a valid secret for this tenant and user.
const UNKNOWN: Refusal = Refusal::Invalid(Invalid::SetupSecret(SetupRefused::Unknown));

impl Door {
    /// Sets the password of a tenant's administrator and ends the secret, in one commit.
    pub async fn redeem_setup(&self, request: Redeem) -> Result<(), Refusal> {
        check_password(&request.password, &request.user)?;
        let redemptions = &self.0.sign_ins.redemptions;
        let now = || self.0.world.monotonic_millis();
        let who = Account {
            tenant: Some(&request.tenant),
            user: &request.user,
        };
        let guess = redemptions
            .guesses
            .guess(CredentialVersion::default(), request.secret.expose());
        let attempt = match redemptions
            .throttle
            .before(who, request.address.into(), guess, now())
        {
            Ok(attempt) => attempt,
            Err(Throttled::SameAgain) => return Err(UNKNOWN),
            Err(Throttled::Busy) => {
                return Err(Refusal::LockedOut {
                    retry_after_seconds: 1,
                });
            }
            Err(Throttled::RetryAfter { seconds }) => {
                return Err(Refusal::LockedOut {
                    retry_after_seconds: seconds,
                });
            }
        };
        let request = Arc::new(request);
        let result = self.redeem(&request).await;
        match &result {
            Ok(()) => redemptions.throttle.succeeded(&attempt, now()),
            Err(UNKNOWN) => redemptions.throttle.failed(&attempt, now()),
            Err(Refusal::Invalid(_)) => redemptions.throttle.refused(&attempt, now()),
            Err(_) => redemptions.throttle.abandoned(&attempt, now()),
        }
        result
    }

    async fn redeem(&self, request: &Arc<Redeem>) -> Result<(), Refusal> {
        // Without the right secret nothing slow is done.
        self.attempt(request, None).await?;
        let credential = Arc::new(self.hash_password(&request.password, &request.user).await?);
        self.attempt(request, Some(credential)).await
    }

    /// Checks the secret and commits what follows: a wrong one counts down; the right one, with a credential at hand,
    /// is redeemed. All of it is decided again when another change came first.
    async fn attempt(
        &self,
        request: &Arc<Redeem>,
        credential: Option<Arc<NewCredential>>,
    ) -> Result<(), Refusal> {
        for _ in 0..=CONFLICT_RETRIES_MAX {
            let (inside, asked, credential) = (self.0.clone(), request.clone(), credential.clone());
            let prepared = self
                .work(move || Ok(inside.judge(&asked, credential.as_deref())?))
                .await;
            let (tx, answer) = match prepared.map_err(|refused| refused.refusal)? {
                Judged::Unknown(record) => {
                    self.record_stranger(*record, request.address, "set-up refused")
                        .await?;
                    return Err(UNKNOWN);
                }
                Judged::Known(tx, answer) => (tx, answer),
            };
            if tx.is_empty() {
                return answer;
            }
            match self.0.store.commit(*tx).await {
                Ok(_) => return answer,
                Err(CommitFailed::Conflict) => tokio::task::yield_now().await,
                Err(failed) => return Err(failed.into()),
            }
        }
        Err(Refusal::Busy)
    }
}

/// What became of a look at the secret.
enum Judged {
    /// No such tenant, user or open secret: a record for the platform's log.
    Unknown(Box<Record>),
    /// What is to be committed, and the answer when it is.
    Known(Box<WriteTx>, Result<(), Refusal>),
}

impl Inside {
    fn judge(&self, request: &Redeem, credential: Option<&NewCredential>) -> Result<Judged, Refusal> {
        let unknown = || Ok(Judged::Unknown(Box::new(failure(&self.world, request, None))));
        let tenant = self.store.view()?.tenant_by_id(&request.tenant)?;
        let Some(tenant) = tenant else { return unknown() };
        let proof = decide_public::<TenantSetup>(tenant.number).map_err(|_| Refusal::Forbidden)?;
        let tx = self.store.write_for(&proof)?;
        if !is_active(&tx, tenant.number)? {
            return unknown();
        }
        let realm = tx.realm(proof);
        let Some((row, user)) = open_secret(&realm, &request.user)? else {
            return unknown();
        };
        let stored: StoredSetupSecret =
            postcard::from_bytes(&row.stored).map_err(|error| Refusal::Fault(FaultId::report(&error)))?;
        let pepper = self.sign_ins.verifier.pepper();
        let answer = match redeem(request.secret.expose(), Some(&stored), pepper, self.world.now()) {
            Ok(()) => {
                if let Some(credential) = credential {
                    let after = credential.give(&realm, user.clone(), self.world.now())?;
                    realm.update_user(&user, &after)?;
                    realm.end_setup_secret();
                    tx.record(success(&self.world, request, &after));
                }
                Ok(())
            }
            Err(SetupRefused::Expired) => {
                tx.record(failure(&self.world, request, Some(&user)));
                Err(Refusal::Invalid(Invalid::SetupSecret(SetupRefused::Expired)))
            }
            Err(SetupRefused::Unknown | SetupRefused::Exhausted) => {
                count_down(&realm, row.user, stored)?;
                tx.record(failure(&self.world, request, Some(&user)));
                Err(UNKNOWN)
            }
        };
        Ok(Judged::Known(Box::new(tx), answer))
    }
}

/// Whether the tenant lets anybody in; noted, so that a suspension in between is not overlooked.
fn is_active(tx: &WriteTx, tenant: TenantNumber) -> Result<bool, Refusal> {
    let row: Option<Tenant> = tx.tenant(tenant)?;
    Ok(row.is_some_and(|tenant| tenant.status == TenantStatus::Active))
}

/// The open secret and its user, if it is the one named.
fn open_secret(realm: &RealmChanges<'_>, name: &UserName) -> Result<Option<(SetupSecretRow, User)>, Refusal> {
    let Some(row) = realm.now().setup_secret()? else {
        return Ok(None);
    };
    let user = realm.now().user(row.user)?.filter(|user| user.name == *name);
    Ok(user.map(|user| (row, user)))
}

/// One attempt less; after the last one the secret is gone, so that nobody learns that there was one.
fn count_down(realm: &RealmChanges<'_>, user: PrincipalId, stored: StoredSetupSecret) -> Result<(), Refusal> {
    let attempts_left = stored.attempts_left.saturating_sub(1);
    if attempts_left == 0 {
        realm.end_setup_secret();
        return Ok(());
    }
    let stored = super::encode(&StoredSetupSecret {
        attempts_left,
        ..stored
    })?;
    Ok(realm.set_setup_secret(&SetupSecretRow { stored, user })?)
}

fn success(world: &Arc<dyn World>, request: &Redeem, user: &User) -> Record {
    Record {
        activity: "Set-up secret redeemed".to_owned(),
        text: "The set-up secret was redeemed and a password set".to_owned(),
        severity: Severity::Information,
        outcome: Outcome::Success,
        ..failure(world, request, Some(user))
    }
}

/// A name that belongs to nobody may be a secret typed into the wrong field: it is not kept.
fn failure(world: &Arc<dyn World>, request: &Redeem, user: Option<&User>) -> Record {
    Record {
        time: world.now(),
        client_time: None,
        actor: Actor {
            principal: user.map(|user| user.id),
            name: user.map(|user| user.name.to_string()).unwrap_or_default(),
            kind: user.map_or(ActorKind::Unknown, |user| actor_kind(user.kind)),
        },
        address: Some(request.address.to_string()),
        kind: "User".to_owned(),
        activity: "Set-up secret refused".to_owned(),
        text: "A set-up secret was refused".to_owned(),
        source: user.map(|user| user.name.to_string()),
        severity: Severity::Warning,
        outcome: Outcome::Failed,
        application: None,
        changes: Vec::new(),
        count: 1,
        origin: Origin::Platform,
        extra: Object::new(),
        batch: None,
        salt: world.random(),
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
        .view()?
        .tenant_by_id(tenant)?
        .filter(|tenant| tenant.status != TenantStatus::Deleting);
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
