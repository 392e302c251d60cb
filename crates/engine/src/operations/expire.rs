//! Operations that nobody has taken in time: they fail, so that no old command is carried out when its device comes back
//! (R072). Those that a device has begun and never ends stay as they are, and lend nothing any more.

use super::{expired, updated};
use crate::door::{Door, Inside};
use crate::refusal::Refusal;
use crate::setup::system_record;
use audit::record::Record;
use model::ids::TenantNumber;
use model::limits::OPERATIONS_EXPIRE_AT_ONCE;
use policy::operations::operations::OperationUpdate as Updating;
use policy::proof::{Allowed, SystemReason};
use store::transaction::WriteTx;

const REASON: SystemReason = SystemReason::Expiry;

impl Door {
    /// Ends the operations that have waited for longer than they may, in every tenant. Called every few seconds. What fails
    /// in one tenant holds up no other; the first reason is told.
    pub async fn expire_operations(&self) -> Result<(), Refusal> {
        self.in_every_tenant(REASON, |tenant| self.expire_all(tenant))
            .await
    }

    async fn expire_all(&self, tenant: TenantNumber) -> Result<(), Refusal> {
        while self.expire_some(tenant).await? {}
        Ok(())
    }

    /// Ends the first ones; says whether there were any.
    async fn expire_some(&self, tenant: TenantNumber) -> Result<bool, Refusal> {
        self.committed(tenant, move |inside| {
            let tx = inside.expire(tenant)?;
            let any = !tx.is_empty();
            Ok((tx, any))
        })
        .await
    }
}

impl Inside {
    fn expire(&self, tenant: TenantNumber) -> Result<WriteTx, Refusal> {
        let proof = Allowed::<Updating>::mint_system(tenant, REASON);
        let tx = self.store.write_for(&proof)?;
        let now = self.world.now();
        let rows = tx.operations(proof);
        for id in rows.now().expired(now, OPERATIONS_EXPIRE_AT_ONCE)? {
            let Some(before) = rows.now().operation(id)?.filter(|one| one.is_expired(now)) else {
                continue;
            };
            let after = expired(&before, now);
            rows.update(&before, &after)?;
            let note = updated(&before, &after);
            let about = (note.kind, note.activity, note.text.clone());
            let record = system_record(&self.world, REASON, about, note.source);
            tx.record(Record {
                changes: note.changes,
                ..record
            });
        }
        for operation in rows.end_loans(now, OPERATIONS_EXPIRE_AT_ONCE)? {
            let text = format!(
                "Operation {} has been under way for too long: its device reads no longer what it names",
                operation.id
            );
            let about = ("Operation", "Operation lends no longer", text);
            tx.record(system_record(
                &self.world,
                REASON,
                about,
                Some(operation.id.to_string()),
            ));
        }
        Ok(tx)
    }
}
