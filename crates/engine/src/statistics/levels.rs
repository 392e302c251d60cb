//! Looking how much a tenant has: its devices and the bytes of its data, three times a day. And forgetting figures that are
//! kept no longer.
//!
//! Everything is read for it, in the background: devices in one go, bytes in parts with a snapshot each, so that a sum is
//! right to what was written meanwhile. One tenant after the other.

use super::REASON;
use crate::door::Door;
use crate::refusal::Refusal;
use model::ids::TenantNumber;
use model::limits::{DEVICE_DAYS_KEPT, USAGE_DAYS_KEPT};
use model::statistics::{Day, Days, Levels};
use policy::operations::inventory::InventoryList;
use policy::operations::statistics::UsageRead;
use policy::proof::Allowed;
use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How often a tenant is looked over.
const EVERY_MILLIS: u64 = 8 * 60 * 60 * 1_000;
/// Rows that one part measures.
const ROWS_PER_PART: usize = 20_000;
/// Figures that one commit forgets.
const FORGOTTEN_PER_COMMIT: usize = 2_000;

impl Door {
    /// Looks over the tenants that it is time for. Called every few seconds.
    pub async fn measure_usage(&self) -> Result<(), Refusal> {
        self.in_every_tenant(REASON, |tenant| self.measure_if_due(tenant))
            .await
    }

    async fn measure_if_due(&self, tenant: TenantNumber) -> Result<(), Refusal> {
        let (today, now) = (Day::of(self.world().now()), self.world().monotonic_millis());
        let known = {
            let measured = self
                .0
                .usage
                .measured
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            measured.get(&tenant).copied()
        };
        let is_done = match known {
            Some((day, at)) => day == today && now.saturating_sub(at) < EVERY_MILLIS,
            // After a restart: what was seen today is still good.
            None => self.has_levels(tenant, today).await?,
        };
        if !is_done {
            let levels = self.look_over(tenant).await?;
            self.commit_statistics(tenant, move |rows| {
                Ok(rows.put_levels(today, levels).map(|()| None)?)
            })
            .await?;
            self.forget_old(tenant, today).await?;
        }
        if !is_done || known.is_none() {
            let mut measured = self
                .0
                .usage
                .measured
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            measured.insert(tenant, (today, now));
        }
        Ok(())
    }

    async fn has_levels(&self, tenant: TenantNumber, today: Day) -> Result<bool, Refusal> {
        let inside = self.0.clone();
        let found = self.work(move || {
            let tx = inside.store.read(tenant)?;
            let rows = tx.statistics(Allowed::<UsageRead>::mint_system(tenant, REASON));
            let only = Days {
                from: Some(today),
                to: Some(today),
            };
            Ok(rows.days(only)?.iter().any(|usage| usage.levels.is_some()))
        });
        found.await.map_err(|refused| refused.refusal)
    }

    async fn look_over(&self, tenant: TenantNumber) -> Result<Levels, Refusal> {
        let inside = self.0.clone();
        let counted = self.work(move || {
            let tx = inside.store.read(tenant)?;
            let objects = tx.inventory(Allowed::<InventoryList>::mint_system(tenant, REASON));
            Ok(objects.count_devices()?.unwrap_or_default())
        });
        let (devices, devices_with_children) = counted.await.map_err(|refused| refused.refusal)?;
        let (mut storage_bytes, mut from) = (0_u64, None);
        loop {
            let inside = self.0.clone();
            let measured = self.work(move || {
                let tx = inside.store.read(tenant)?;
                let rows = tx.statistics(Allowed::<UsageRead>::mint_system(tenant, REASON));
                Ok(rows.storage(from, ROWS_PER_PART)?)
            });
            let (bytes, next) = measured.await.map_err(|refused| refused.refusal)?;
            storage_bytes = storage_bytes.saturating_add(bytes);
            from = next;
            if from.is_none() {
                break;
            }
        }
        Ok(Levels {
            devices,
            devices_with_children,
            storage_bytes,
        })
    }

    async fn forget_old(&self, tenant: TenantNumber, today: Day) -> Result<(), Refusal> {
        let (usage, devices) = (today.plus(-USAGE_DAYS_KEPT), today.plus(-DEVICE_DAYS_KEPT));
        loop {
            let removed = Arc::new(AtomicUsize::new(0));
            let told = removed.clone();
            self.commit_statistics(tenant, move |rows| {
                let count = rows.forget(usage, devices, FORGOTTEN_PER_COMMIT)?;
                told.store(count, Ordering::Relaxed);
                Ok(None)
            })
            .await?;
            if removed.load(Ordering::Relaxed) < FORGOTTEN_PER_COMMIT {
                return Ok(());
            }
        }
    }
}
