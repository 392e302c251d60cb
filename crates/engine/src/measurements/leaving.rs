//! The measurements of deleted objects. The deletion hides them at once; the rows go afterwards in small commits, also
//! after a restart, so that a device with years of data is deleted as fast as a new one.

use crate::desk::Changing;
use crate::door::Door;
use crate::refusal::Refusal;
use crate::setup::system_record;
use model::ids::{MANAGEMENT, ObjectId, TenantNumber};
use model::limits::CONFLICT_RETRIES_MAX;
use model::tenants::TenantStatus;
use policy::operations::measurements::MeasurementDelete;
use policy::operations::tenants::TenantRead;
use policy::proof::{Allowed, SystemReason};
use store::fault::CommitFailed;

/// Batches of points that one commit removes at most.
const BATCHES_PER_COMMIT: usize = 2_000;
/// Commits that are made before a deletion is answered; the rest follows in the background.
const COMMITS_AT_ONCE: usize = 4;

/// Deletes the measurements of an object that is being deleted. Whoever may delete the object may delete its data.
pub(crate) fn delete_all_of(desk: &Changing, source: ObjectId) -> Result<(), Refusal> {
    let proof =
        Allowed::<MeasurementDelete>::mint_system(desk.who().tenant(), SystemReason::DeletedWithObject);
    Ok(desk.tx.measurements(proof).leave(source)?)
}

impl Door {
    /// Removes what deleted objects have left behind, in every tenant. Called at the start and every few seconds.
    pub async fn finish_deletions(&self) -> Result<(), Refusal> {
        let inside = self.0.clone();
        let tenants = self.work(move || {
            let proof = Allowed::<TenantRead>::mint_system(MANAGEMENT, SystemReason::DeletedWithObject);
            Ok(inside.store.read()?.catalogue(proof).tenants()?)
        });
        let tenants = tenants.await.map_err(|refused| refused.refusal)?;
        for tenant in tenants
            .into_iter()
            .filter(|tenant| tenant.status != TenantStatus::Deleting)
        {
            while self.remove_part(tenant.number).await? {}
        }
        Ok(())
    }

    /// Removes the first part of what objects that were just deleted have left. A failure is no failure of their
    /// deletion, which is durable: the rest is removed later.
    pub(crate) async fn begin_removal(&self, tenant: TenantNumber) {
        for _ in 0..COMMITS_AT_ONCE {
            match self.remove_part(tenant).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(refusal) => {
                    tracing::warn!(?refusal, "measurements of deleted objects will be removed later");
                    return;
                }
            }
        }
    }

    /// Removes one part; says whether there was any.
    async fn remove_part(&self, tenant: TenantNumber) -> Result<bool, Refusal> {
        for _ in 0..=CONFLICT_RETRIES_MAX {
            let inside = self.0.clone();
            let prepared = self.work(move || {
                let reason = SystemReason::DeletedWithObject;
                let proof = Allowed::<MeasurementDelete>::mint_system(tenant, reason);
                let tx = inside.store.write_for(&proof)?;
                let Some(removed) = tx.measurements(proof).remove_leaving(BATCHES_PER_COMMIT)? else {
                    return Ok(None);
                };
                let text = format!(
                    "{} batches of measurements removed with their object",
                    removed.batches
                );
                let about = ("Telemetry", "Measurements deleted", text);
                tx.record(system_record(
                    &inside.world,
                    reason,
                    about,
                    Some(removed.source.to_string()),
                ));
                Ok(Some(tx))
            });
            let Some(tx) = prepared.await.map_err(|refused| refused.refusal)? else {
                return Ok(false);
            };
            match self.0.store.commit(tx).await {
                Ok(_) => return Ok(true),
                Err(CommitFailed::Conflict) => tokio::task::yield_now().await,
                Err(failed) => return Err(failed.into()),
            }
        }
        Err(Refusal::Busy)
    }
}
