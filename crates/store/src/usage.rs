//! What tenants use, counted in memory: requests where they come in, data where it is committed. Whoever takes the counts
//! writes them as rows now and then; what was counted since is lost when the program is killed.
//!
//! Requests are counted without a lock, one addition each. Of data, a whole group of commits is added at once, by the
//! writer.

use crate::feed::{Action, Happened, What};
use crate::shards::Store;
use model::ids::{ObjectId, TenantNumber};
use model::limits::USAGE_DEVICES_MAX;
use model::statistics::Counts;
use policy::operation::Operation;
use policy::proof::Allowed;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// What was counted of one tenant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// Of the tenant as a whole.
    pub counts: Counts,
    /// Measurements, events and alarms that were created or changed, by source.
    pub devices: BTreeMap<ObjectId, u64>,
}

impl Tally {
    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.counts == Counts::default() && self.devices.is_empty()
    }

    pub(crate) fn count(&mut self, happened: &[Happened]) {
        let counts = &mut self.counts;
        for Happened { object, what, action } in happened {
            let (count, is_from_device) = match (what, action) {
                (_, Action::Deleted) | (What::PassingMeasurement(_) | What::PassingEvent(_), _) => continue,
                (What::Object, Action::Created) => (&mut counts.inventories_created, false),
                (What::Object, Action::Updated) => (&mut counts.inventories_updated, false),
                (What::Operation(_), Action::Created) => (&mut counts.operations_created, false),
                (What::Operation(_), Action::Updated) => (&mut counts.operations_updated, false),
                (What::Event(_), Action::Created) => (&mut counts.events_created, true),
                (What::Event(_), Action::Updated) => (&mut counts.events_updated, true),
                (What::Alarm(_), Action::Created) => (&mut counts.alarms_created, true),
                (What::Alarm(_), Action::Updated) => (&mut counts.alarms_updated, true),
                (What::Measurement(_), Action::Created | Action::Updated) => {
                    (&mut counts.measurements_created, true)
                }
            };
            *count += 1;
            if is_from_device {
                *self.devices.entry(*object).or_default() += 1;
            }
        }
    }

    pub(crate) fn count_measurements(&mut self, source: ObjectId, count: usize) {
        self.counts.measurements_created += count as u64;
        *self.devices.entry(source).or_default() += count as u64;
    }
}

/// What is counted and not written yet.
#[derive(Default)]
pub(crate) struct Usage {
    requests: Requests,
    stored: Mutex<BTreeMap<TenantNumber, Tally>>,
}

impl Usage {
    /// Adds what a group of commits has done.
    pub(crate) fn add(&self, group: BTreeMap<TenantNumber, Tally>) {
        let mut stored = self.stored();
        for (tenant, more) in group {
            add_to(&mut stored, tenant, more);
        }
    }

    fn take(&self, tenant: TenantNumber) -> Tally {
        let mut tally = self.stored().remove(&tenant).unwrap_or_default();
        tally.counts += &self.requests.take(tenant);
        tally
    }

    /// The tenant is gone.
    pub(crate) fn forget(&self, tenant: TenantNumber) {
        self.take(tenant);
    }

    fn stored(&self) -> MutexGuard<'_, BTreeMap<TenantNumber, Tally>> {
        self.stored.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Devices beyond the limit are not counted for themselves; no tenant takes more than a quarter of it.
fn add_to(stored: &mut BTreeMap<TenantNumber, Tally>, tenant: TenantNumber, more: Tally) {
    let mut room = USAGE_DEVICES_MAX.saturating_sub(stored.values().map(|tally| tally.devices.len()).sum());
    let tally = stored.entry(tenant).or_default();
    tally.counts += &more.counts;
    for (device, count) in more.devices {
        if let Some(known) = tally.devices.get_mut(&device) {
            *known = known.saturating_add(count);
        } else if room > 0 && tally.devices.len() < USAGE_DEVICES_MAX / 4 {
            tally.devices.insert(device, count);
            room -= 1;
        }
    }
}

/// Tenants whose counters lie together.
const TOGETHER: usize = 256;
/// Most places for tenants together. Requests of tenants with a larger number are not counted.
const PLACES: usize = 4_096;

/// Requests of every tenant, counted without a lock: tenants have small numbers, so each has a place of its own.
struct Requests(Box<[OnceLock<Box<[OfTenant]>>]>);

#[derive(Default)]
struct OfTenant {
    all: AtomicU64,
    of_devices: AtomicU64,
}

impl Default for Requests {
    fn default() -> Self {
        Self((0..PLACES).map(|_| OnceLock::new()).collect())
    }
}

impl Requests {
    fn add(&self, tenant: TenantNumber, of_device: bool) {
        let number = tenant.0 as usize;
        let Some(place) = self.0.get(number / TOGETHER) else {
            return;
        };
        let together = place.get_or_init(|| (0..TOGETHER).map(|_| OfTenant::default()).collect());
        if let Some(counter) = together.get(number % TOGETHER) {
            counter.all.fetch_add(1, Ordering::Relaxed);
            counter
                .of_devices
                .fetch_add(u64::from(of_device), Ordering::Relaxed);
        }
    }

    fn take(&self, tenant: TenantNumber) -> Counts {
        let number = tenant.0 as usize;
        let together = self.0.get(number / TOGETHER).and_then(OnceLock::get);
        let counter = together.and_then(|together| together.get(number % TOGETHER));
        let take = |of: fn(&OfTenant) -> &AtomicU64| {
            counter.map_or(0, |counter| of(counter).swap(0, Ordering::Relaxed))
        };
        Counts {
            requests: take(|counter| &counter.all),
            device_requests: take(|counter| &counter.of_devices),
            ..Counts::default()
        }
    }
}

impl Store {
    /// Counts a request of a tenant.
    pub fn count_request(&self, tenant: TenantNumber, of_device: bool) {
        self.followers.usage.requests.add(tenant, of_device);
    }

    /// Takes what was counted of the tenant of a proof, to write it.
    pub fn take_usage<N: Operation>(&self, proof: &Allowed<N>) -> Tally {
        self.followers.usage.take(proof.tenant())
    }

    /// Gives back what could not be written.
    pub fn give_back_usage(&self, tenant: TenantNumber, tally: Tally) {
        self.followers.usage.add(BTreeMap::from([(tenant, tally)]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::ids::{EventId, OperationId};

    const TENANT: TenantNumber = TenantNumber(300);

    fn object(number: u64) -> ObjectId {
        ObjectId::new(number).expect("in range")
    }

    #[test]
    fn what_is_taken_is_counted_once() {
        let usage = Usage::default();
        for of_device in [true, false, true] {
            usage.requests.add(TENANT, of_device);
        }
        usage.requests.add(TenantNumber(u32::MAX), true);
        let counts = usage.take(TENANT).counts;
        assert_eq!((counts.requests, counts.device_requests), (3, 2));
        assert!(usage.take(TENANT).is_empty());
        assert!(usage.take(TenantNumber(301)).is_empty());
    }

    #[test]
    fn operations_are_no_data_of_a_device_and_deletions_are_nothing() {
        let mut tally = Tally::default();
        let event = What::Event(EventId::new(1).expect("an id"));
        let operation = What::Operation(OperationId::new(1).expect("an id"));
        let happened = [
            (What::Object, Action::Created),
            (event, Action::Created),
            (event, Action::Updated),
            (event, Action::Deleted),
            (operation, Action::Created),
        ];
        let happened = happened.map(|(what, action)| Happened {
            object: object(7),
            what,
            action,
        });
        tally.count(&happened);
        tally.count_measurements(object(8), 5);
        let expected = Counts {
            inventories_created: 1,
            events_created: 1,
            events_updated: 1,
            operations_created: 1,
            measurements_created: 5,
            ..Counts::default()
        };
        assert_eq!(tally.counts, expected);
        assert_eq!(tally.devices, BTreeMap::from([(object(7), 2), (object(8), 5)]));
    }

    #[test]
    fn devices_that_wait_are_bounded_and_one_tenant_leaves_room_for_others() {
        let mut stored = BTreeMap::new();
        let devices = (1..=USAGE_DEVICES_MAX as u64).map(|number| (object(number), 1));
        let many = Tally {
            devices: devices.collect(),
            ..Tally::default()
        };
        for number in 0..6 {
            add_to(&mut stored, TenantNumber(number), many.clone());
        }
        let waiting: Vec<_> = stored.values().map(|tally| tally.devices.len()).collect();
        let quarter = USAGE_DEVICES_MAX / 4;
        assert_eq!(waiting, [quarter, quarter, quarter, quarter, 0, 0]);
    }
}
