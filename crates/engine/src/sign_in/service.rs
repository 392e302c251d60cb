//! Signing in with the key of a service account (R119). The account and its key are read anew for every request, so what
//! was revoked, has expired or was changed is refused at the next one.
//!
//! There is no slow hash and no throttle here: nobody guesses 256 random bits. Whatever has the form of a key is taken as
//! one, whoever is named with it, so that no answer tells which names are services.

use super::{Claim, Found};
use crate::caller::{Caller, Came, KeyHash};
use crate::door::{Door, Inside, Refused};
use crate::refusal::Refusal;
use authn::basic::BasicCredential;
use authn::service_key::{self, ServiceKey};
use authn::verify::{AuthenticationFailure, Purpose};
use model::ids::{PrincipalId, ServiceKeyId, TenantNumber};
use model::tenants::{Tenant, TenantStatus};
use model::time::Timestamp;
use policy::operations::service_accounts::ServiceAccountUpdate;
use policy::proof::{Allowed, SystemReason};
use store::fault::StoreFault;
use store::view::View;

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;

/// A key that was shown, and who else was named with it.
pub(super) struct Shown<'c> {
    pub(super) key: &'c ServiceKey,
    pub(super) named: Option<&'c BasicCredential>,
}

/// A key that fits.
struct Fits {
    tenant: TenantNumber,
    user: PrincipalId,
    key: ServiceKeyId,
    hash: KeyHash,
    last_used: Option<Timestamp>,
}

impl Door {
    pub(super) async fn check_key(&self, claim: &Claim, shown: Shown<'_>) -> Result<Caller, Refusal> {
        let looked_up = self.at_once(|| self.0.look_up_key(claim, &shown));
        let (found, outcome) = looked_up.map_err(|refused| refused.refusal)?;
        // Sessions are for people (R003).
        let outcome = match (claim.purpose(), outcome) {
            (Purpose::Console, Ok(_)) => Err(AuthenticationFailure::NotAPerson),
            (_, outcome) => outcome,
        };
        match outcome {
            Ok(fits) => {
                self.note_use(&fits).await;
                let came = Came {
                    key: Some(fits.hash),
                    ..Came::default()
                };
                self.admit(claim, &found, came).await
            }
            Err(failure) => {
                self.record_sign_in(claim, &found, Some(failure)).await?;
                Err(Refusal::NotSignedIn)
            }
        }
    }

    /// Notes the day on which a key is used, once a day. If that fails, the next use notes it.
    async fn note_use(&self, fits: &Fits) {
        let now = self.0.world.now();
        let is_noted = |day: Timestamp| now.millis() - day.millis() < DAY_MILLIS;
        if fits.last_used.is_some_and(is_noted) {
            return;
        }
        let (inside, tenant, user, key) = (self.0.clone(), fits.tenant, fits.user, fits.key);
        let prepared = self.work(move || {
            let proof = || Allowed::<ServiceAccountUpdate>::mint_system(tenant, SystemReason::AuditWindow);
            let tx = inside.store.write_for(&proof())?;
            let realm = tx.realm(proof());
            // It may be revoked, or its account deleted, since it was looked up.
            let account = realm.now().service_account(user)?;
            if account.is_some_and(|account| account.keys.iter().any(|known| known.id == key)) {
                realm.put_key_used(user, key, now)?;
            }
            Ok(tx)
        });
        if let Ok(tx) = prepared.await {
            let _ = self.0.store.commit(tx).await;
        }
    }
}

impl Inside {
    /// Whose key it is, and whether it opens now and from there. A key that was not issued by the tenant that it names,
    /// or not to the user who is named with it, is nobody's.
    fn look_up_key(
        &self,
        claim: &Claim,
        shown: &Shown<'_>,
    ) -> Result<(Found, Result<Fits, AuthenticationFailure>), Refused> {
        let unknown = || (Found::nobody(), Err(AuthenticationFailure::UnknownKey));
        let tenant = self.store.catalogue()?.tenant_by_id(shown.key.tenant())?;
        let is_there = |status| !matches!(status, TenantStatus::Creating | TenantStatus::Deleting);
        let Some(tenant) = tenant.filter(|tenant| is_there(tenant.status)) else {
            return Ok(unknown());
        };
        let view = self.store.view(tenant.number)?;
        let hash = shown.key.hash(self.sign_ins.verifier.pepper());
        let Some((user, account)) = view.key_holder(&tenant, &hash)? else {
            return Ok(unknown());
        };
        let is_named = shown.named.is_none_or(|named| {
            named.user == user.name && named.tenant.as_ref().is_none_or(|named| *named == tenant.id)
        });
        let Some(key) = service_key::find(&account, &hash).filter(|_| is_named) else {
            return Ok(unknown());
        };
        let standing = (user.enabled, tenant.status == TenantStatus::Active);
        let admitted = service_key::admit(&account, key, standing, claim.address, self.world.now());
        let fits = Fits {
            tenant: tenant.number,
            user: user.id,
            key: key.id,
            hash: KeyHash(hash),
            last_used: view.key_last_used(&tenant, user.id, key.id)?,
        };
        let found = Found {
            tenant: Some(tenant),
            user: Some(user),
            ..Found::nobody()
        };
        Ok((found, admitted.map(|()| fits)))
    }

    /// Whether the key that a caller came in with, if it was one, would still let it in.
    pub(super) fn is_key_good(
        &self,
        view: &View,
        tenant: &Tenant,
        caller: &Caller,
    ) -> Result<bool, StoreFault> {
        let identity = caller.identity();
        let Some(KeyHash(hash)) = identity.came.key else {
            return Ok(true);
        };
        let Some((user, account)) = view.key_holder(tenant, &hash)? else {
            return Ok(false);
        };
        let standing = (user.enabled, tenant.status == TenantStatus::Active);
        let opens =
            |key| service_key::admit(&account, key, standing, identity.address, self.world.now()).is_ok();
        Ok(user.id == identity.principal && service_key::find(&account, &hash).is_some_and(opens))
    }
}
