//! Certificates that were issued and are over leave the list of those that were issued, some time after their end. Their
//! keys stay those of their devices.

use crate::door::Door;
use crate::refusal::Refusal;
use model::ids::TenantNumber;
use model::limits::{ISSUED_KEPT_DAYS, ISSUED_REMOVED_MAX};
use policy::operations::certificates::CertificateAdmin;
use policy::proof::{Allowed, SystemReason};
use store::fault::CommitFailed;

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;

impl Door {
    /// Removes what is over from the lists of issued certificates, some of each tenant. Called now and then. What fails in one
    /// tenant holds up no other; the first reason is told.
    pub async fn forget_old_certificates(&self) -> Result<(), Refusal> {
        self.in_every_tenant(SystemReason::Retention, |tenant| self.forget_old_of(tenant))
            .await
    }

    async fn forget_old_of(&self, tenant: TenantNumber) -> Result<(), Refusal> {
        let inside = self.0.clone();
        let prepared = self.work(move || {
            let proof = || Allowed::<CertificateAdmin>::mint_system(tenant, SystemReason::Retention);
            let end = inside.world.now().plus_millis(-ISSUED_KEPT_DAYS * DAY_MILLIS);
            let tx = inside.store.write_for(&proof())?;
            let realm = tx.realm(proof());
            for issued in realm.now().issued_until(end, ISSUED_REMOVED_MAX)? {
                realm.forget_issued_certificate(&issued)?;
            }
            Ok(tx)
        });
        let tx = prepared.await.map_err(|refused| refused.refusal)?;
        if tx.is_empty() {
            return Ok(());
        }
        match self.0.store.commit(tx).await {
            // One was revoked at the same time: the next call goes on.
            Ok(_) | Err(CommitFailed::Conflict) => Ok(()),
            Err(failed) => Err(failed.into()),
        }
    }
}
