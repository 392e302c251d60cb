//! The data of deleted objects, and contents of files that nothing refers to. The deletion hides them at once; the rows go
//! afterwards in small commits, also after a restart, so that a device with years of data is deleted as fast as a new one.

use crate::desk::Changing;
use crate::door::{Door, Inside};
use crate::refusal::Refusal;
use crate::setup::system_record;
use model::ids::{BlobId, ObjectId, TenantNumber};
use model::limits::FILE_ABANDONED_SECONDS;
use policy::operations::inventory::InventoryDelete;
use policy::proof::{Allowed, SystemReason};
use store::blobs::RemovedBlob;
use store::transaction::WriteTx;

/// Batches of points, and documents, that one commit removes at most.
const ROWS_PER_COMMIT: usize = 2_000;
/// Commits that are made before a deletion is answered; the rest follows in the background.
const COMMITS_AT_ONCE: usize = 4;

/// Deletes the data of an object that is being deleted. Whoever may delete the object may delete its data.
pub(crate) fn delete_data_of(desk: &Changing, source: ObjectId) -> Result<(), Refusal> {
    let proof = Allowed::<InventoryDelete>::mint_system(desk.who().tenant(), SystemReason::DeletedWithObject);
    Ok(store::leaving::leave(&desk.tx, &proof, source)?)
}

impl Door {
    /// Removes what deleted objects have left behind, in every tenant. Called at the start and every few seconds. What fails
    /// in one tenant holds up no other; the first reason is told.
    pub async fn finish_deletions(&self) -> Result<(), Refusal> {
        self.in_every_tenant(SystemReason::DeletedWithObject, |tenant| {
            self.finish_deletions_of(tenant)
        })
        .await
    }

    async fn finish_deletions_of(&self, tenant: TenantNumber) -> Result<(), Refusal> {
        while self.remove_part(tenant).await? {}
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
                    tracing::warn!(?refusal, "the data of deleted objects will be removed later");
                    return;
                }
            }
        }
    }

    /// Removes one part; says whether there was any.
    async fn remove_part(&self, tenant: TenantNumber) -> Result<bool, Refusal> {
        self.remove(tenant, |inside, tx, proof| {
            if let Some(removed) = store::leaving::remove(tx, proof, ROWS_PER_COMMIT)? {
                let text = format!("{} rows of data removed with their object", removed.rows);
                return Ok(Some((text, Some(removed.source.to_string()))));
            }
            let abandoned = inside.world.now().plus_millis(-1_000 * FILE_ABANDONED_SECONDS);
            Ok(store::blobs::remove_loose(tx, proof, abandoned)?.map(of_file))
        })
        .await
    }

    /// Removes what has come of a file that is not to be completed. A failure is logged: it goes later.
    pub(crate) async fn discard(&self, tenant: TenantNumber, blob: BlobId) {
        let removed = self.remove(tenant, move |_, tx, proof| {
            Ok(store::blobs::discard(tx, proof, blob)?.map(of_file))
        });
        if let Err(refusal) = removed.await {
            tracing::warn!(?refusal, "an unfinished file will be removed later");
        }
    }

    /// Removes something, with its record; says whether there was anything.
    async fn remove(&self, tenant: TenantNumber, remove: impl Remove) -> Result<bool, Refusal> {
        self.committed(tenant, move |inside| {
            let reason = SystemReason::DeletedWithObject;
            let proof = Allowed::<InventoryDelete>::mint_system(tenant, reason);
            let tx = inside.store.write_for(&proof)?;
            let Some((text, source)) = remove(inside, &tx, &proof)? else {
                return Ok((None, false));
            };
            let about = ("Telemetry", "Data deleted", text);
            tx.record(system_record(&inside.world, reason, about, source));
            Ok((Some(tx), true))
        })
        .await
    }
}

/// What was removed, in words, and with what it went, if that is known.
type Told = (String, Option<String>);

/// Prepares a removal; nothing if there is nothing to remove.
trait Remove:
    Fn(&Inside, &WriteTx, &Allowed<InventoryDelete>) -> Result<Option<Told>, Refusal> + Send + Sync + 'static
{
}

impl<F> Remove for F where
    F: Fn(&Inside, &WriteTx, &Allowed<InventoryDelete>) -> Result<Option<Told>, Refusal>
        + Send
        + Sync
        + 'static
{
}

fn of_file(removed: RemovedBlob) -> Told {
    (format!("{} bytes of a file removed", removed.bytes), None)
}
