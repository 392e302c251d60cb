//! Writing what was counted in memory: every minute, and when the program stops. A program that is killed forgets what was
//! counted since: at most a minute and the time between two calls.

use super::REASON;
use crate::door::Door;
use crate::refusal::Refusal;
use audit::record::Record;
use model::ids::{ObjectId, TenantNumber};
use model::statistics::{Counts, Day};
use policy::operations::statistics::StatisticsFileCreate;
use policy::proof::Allowed;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use store::statistics::StatisticsChanges;

/// Devices that one commit is about.
const DEVICES_PER_COMMIT: usize = 1_000;
/// How often counts are written.
const EVERY_MILLIS: u64 = 60_000;

/// When usage was last written and measured.
#[derive(Default)]
pub(crate) struct UsageTimes {
    written: AtomicU64,
    /// When each tenant was last looked over, and on which day.
    pub(super) measured: Mutex<BTreeMap<TenantNumber, (Day, u64)>>,
    /// The last month whose file is there.
    pub(super) filed: Mutex<Option<Day>>,
}

impl UsageTimes {
    fn is_due(&self, now: u64) -> bool {
        let due = now.saturating_sub(self.written.load(Ordering::Relaxed)) >= EVERY_MILLIS;
        if due {
            self.written.store(now, Ordering::Relaxed);
        }
        due
    }
}

impl Door {
    /// Writes what was counted, if that is due again, or at once when the program stops. Called every few seconds.
    pub async fn write_usage(&self, at_once: bool) -> Result<(), Refusal> {
        if !self.0.usage.is_due(self.world().monotonic_millis()) && !at_once {
            return Ok(());
        }
        self.in_every_tenant(REASON, |tenant| self.write_usage_of(tenant))
            .await
    }

    async fn write_usage_of(&self, tenant: TenantNumber) -> Result<(), Refusal> {
        let day = Day::of(self.world().now());
        let mut left = self.0.store.take_usage(&writing(tenant));
        while !left.is_empty() {
            let part: Vec<_> = left
                .devices
                .iter()
                .take(DEVICES_PER_COMMIT)
                .map(|(device, count)| (*device, *count))
                .collect();
            let part = Arc::new((left.counts, part));
            let written = part.clone();
            let put = move |rows: &StatisticsChanges<'_>| put(rows, day, &written).map(|()| None);
            if let Err(refusal) = self.commit_statistics(tenant, put).await {
                self.0.store.give_back_usage(tenant, left);
                return Err(refusal);
            }
            left.counts = Counts::default();
            for (device, _) in &part.1 {
                left.devices.remove(device);
            }
        }
        Ok(())
    }

    /// Commits figures with what the audit log is told of them, if anything; once more when a row has moved.
    pub(super) async fn commit_statistics(
        &self,
        tenant: TenantNumber,
        put: impl Fn(&StatisticsChanges<'_>) -> Result<Option<Record>, Refusal> + Send + Sync + 'static,
    ) -> Result<(), Refusal> {
        self.committed(tenant, move |inside| {
            let tx = inside.store.write_for(&writing(tenant))?;
            if let Some(record) = put(&tx.statistics(writing(tenant)))? {
                tx.record(record);
            }
            Ok((tx, ()))
        })
        .await
    }
}

/// The right to write figures of a tenant.
pub(super) fn writing(tenant: TenantNumber) -> Allowed<StatisticsFileCreate> {
    Allowed::mint_system(tenant, REASON)
}

fn put(
    rows: &StatisticsChanges<'_>,
    day: Day,
    (counts, devices): &(Counts, Vec<(ObjectId, u64)>),
) -> Result<(), Refusal> {
    if *counts != Counts::default() {
        rows.add_counts(day, counts)?;
    }
    for (device, count) in devices {
        rows.add_device(day, *device, *count)?;
    }
    Ok(())
}
