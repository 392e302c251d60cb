//! Deleting tenants: first the tombstone in the catalogue with its audit record, then the keys, then the rows, then the
//! catalogue entry. After the keys are gone nothing of the tenant can be read again, wherever a copy of it is (R139). A
//! start after a crash in between finishes the job.
//!
//! The id is free afterwards. A new tenant of that id has another number, so no key, row or credential of the old one
//! ever belongs to it.

use super::missing;
use crate::caller::Caller;
use crate::desk::Changing;
use crate::door::Door;
use crate::note::Note;
use crate::refusal::{FaultId, Invalid, Refusal};
use crate::setup::system_record;
use crate::work::{Command, Then, done};
use crate::world::World;
use model::ids::MANAGEMENT;
use model::names::TenantId;
use model::tenants::{Tenant, TenantStatus};
use policy::operations::tenants::{TenantDelete, TenantRead};
use policy::proof::{Allowed, SystemReason};
use std::sync::Arc;
use store::shards::{Shredded, Store};
use store::transaction::WriteTx;

/// Without its keys the tenant is gone for everybody; only its id is not free yet.
const ROWS_LEFT: &str =
    "the storage of a deleted tenant is not available: its sealed rows are removed by a later start";

impl Door {
    /// Deletes a tenant for ever. Repeating it is harmless and takes an interrupted deletion up again.
    pub async fn delete_tenant(&self, caller: &Caller, id: TenantId) -> Result<(), Refusal> {
        let tenant = self.run(caller, BeginDeletion { id }).await?;
        let door = self.clone();
        // A task of its own: a client that goes away does not stop it half-way.
        let finished = tokio::spawn(async move { door.finish_deletion(&tenant).await }).await;
        finished.map_err(|_| Refusal::Fault(FaultId::report(&"a deletion panicked")))?
    }

    /// Also undoes a creation that could not be completed.
    pub(super) async fn finish_deletion(&self, tenant: &Tenant) -> Result<(), Refusal> {
        let (inside, number) = (self.0.clone(), tenant.number);
        let shredded = self.work(move || Ok(inside.store.shred(&proof(), number)?)).await;
        if shredded.map_err(|refused| refused.refusal)? == Shredded::KeysOnly {
            tracing::warn!(tenant = %tenant.id, "{ROWS_LEFT}");
            return Ok(());
        }
        let tenant = tenant.clone();
        self.committed(MANAGEMENT, move |inside| {
            Ok((forget(&inside.store, &inside.world, &tenant)?, ()))
        })
        .await
    }
}

fn proof() -> Allowed<TenantDelete> {
    Allowed::mint_system(MANAGEMENT, SystemReason::FinishDeletion)
}

/// Writes the tombstone: from this commit on nobody of the tenant is let in.
struct BeginDeletion {
    id: TenantId,
}

impl Command for BeginDeletion {
    type Operation = TenantDelete;
    type Answer = Tenant;

    fn change(&self, desk: &Changing) -> Result<Then<Tenant>, Refusal> {
        let catalogue = desk.tx.catalogue(desk.allow::<TenantDelete>()?);
        let before = catalogue
            .now()
            .tenant(&self.id)?
            .filter(|tenant| tenant.status != TenantStatus::Creating)
            .ok_or_else(|| missing(&self.id))?;
        if before.number == MANAGEMENT {
            return Err(Refusal::Invalid(Invalid::ManagementTenant));
        }
        let after = Tenant {
            status: TenantStatus::Deleting,
            ..before.clone()
        };
        if after != before {
            catalogue.update(&before, &after)?;
            desk.note(Note::new("Tenant", "Tenant deleted", &self.id));
        }
        Ok(done(after))
    }
}

/// Takes a shredded tenant out of the catalogue; changes nothing if that was done already.
fn forget(store: &Store, world: &Arc<dyn World>, tenant: &Tenant) -> Result<WriteTx, Refusal> {
    let proof = proof();
    let tx = store.write_for(&proof)?;
    let catalogue = tx.catalogue(proof);
    let there = catalogue.now().tenant(&tenant.id)?;
    let Some(there) = there.filter(|there| there.number == tenant.number && !there.status.is_there()) else {
        return Ok(tx);
    };
    catalogue.forget(&there);
    let (reason, activity, text) = match there.status {
        TenantStatus::Creating => (
            SystemReason::UndoCreation,
            "Tenant creation undone",
            format!(
                "What an unfinished creation left of the tenant {} was removed",
                there.id
            ),
        ),
        _ => (
            SystemReason::FinishDeletion,
            "Tenant deletion finished",
            format!("Keys and data of the tenant {} destroyed", there.id),
        ),
    };
    let what = ("Tenant", activity, text);
    tx.record(system_record(world, reason, what, Some(there.id.to_string())));
    Ok(tx)
}

/// Start-up, before anybody is let in: finishes the deletions that a stop interrupted, and undoes creations. Gives the
/// number of tenants removed. What lies on a shard that is not available loses its keys now and its rows later.
pub fn finish_deletions(store: &Store, world: &Arc<dyn World>) -> Result<usize, Refusal> {
    let tenants = {
        let read = Allowed::<TenantRead>::mint_system(MANAGEMENT, SystemReason::FinishDeletion);
        store.read(MANAGEMENT)?.catalogue(read).tenants()?
    };
    let mut finished = 0;
    for tenant in tenants.iter().filter(|tenant| !tenant.status.is_there()) {
        if store.shred(&proof(), tenant.number)? == Shredded::KeysOnly {
            tracing::warn!(tenant = %tenant.id, "{ROWS_LEFT}");
            continue;
        }
        crate::setup::commit(store, forget(store, world, tenant)?)?;
        finished += 1;
    }
    Ok(finished)
}
