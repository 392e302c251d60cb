//! What registration remembers while the program runs: in which tenants a device is awaited, who asks how often, and
//! where a file is being worked on. All of it can be lost: it is found again, or begins anew.

use crate::door::Door;
use crate::rates::{Pace, Rates};
use crate::refusal::Refusal;
use authn::security_token::is_same;
use authn::throttle::AddressPrefix;
use model::ids::TenantNumber;
use model::limits::{DEVICE_AGAIN_SECONDS, RATE_POLL_PER_ADDRESS_PER_SECOND};
use model::registration::{Delivery, DeviceId, DeviceRequest, RequestStatus, TokenTrace};
use model::tenants::{Tenant, TenantStatus};
use model::time::Timestamp;
use policy::proof::SystemReason;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Devices that are remembered before all of them are collected anew.
const AWAITED_MAX: usize = 1_000_000;

type Awaited = HashMap<DeviceId, BTreeSet<TenantNumber>>;

/// What is remembered.
#[derive(Default)]
pub(crate) struct Registrations {
    /// In which tenants a device was requested; nothing before somebody has asked. May name too many tenants, never too
    /// few.
    awaited: Mutex<Option<Awaited>>,
    polls: Rates<AddressPrefix>,
    /// What the user that new devices share sends over MQTT.
    messages: Rates<AddressPrefix>,
    uploads: Mutex<BTreeSet<TenantNumber>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Registrations {
    /// Notes that a device was requested: after it is durable, so that whoever collects all of them at the same time
    /// either sees it or waits here.
    pub(super) fn learn(&self, device: DeviceId, tenant: TenantNumber) {
        let mut awaited = lock(&self.awaited);
        match &mut *awaited {
            Some(known) if known.len() < AWAITED_MAX => {
                known.entry(device).or_default().insert(tenant);
            }
            // Most of them are gone: they are collected anew when somebody asks.
            _ => *awaited = None,
        }
    }

    /// Counts a question of an address.
    pub(crate) fn poll(&self, address: AddressPrefix, now_millis: u64) -> Result<(), Refusal> {
        take(&self.polls, address, now_millis)
    }

    /// Counts a connection or a message over MQTT of an address.
    pub(crate) fn message(&self, address: AddressPrefix, now_millis: u64) -> Result<(), Refusal> {
        take(&self.messages, address, now_millis)
    }

    /// The place of the one file of a tenant that is worked on; nothing if it is taken.
    pub(super) fn begin_upload(&self, tenant: TenantNumber) -> Option<UploadPlace<'_>> {
        let begun = lock(&self.uploads).insert(tenant);
        begun.then_some(UploadPlace {
            registrations: self,
            tenant,
        })
    }
}

fn take(rates: &Rates<AddressPrefix>, address: AddressPrefix, now_millis: u64) -> Result<(), Refusal> {
    let pace = Pace::per_second(RATE_POLL_PER_ADDRESS_PER_SECOND);
    let taken = rates.take(address, pace, now_millis);
    taken.map_err(|retry_after_seconds| Refusal::TooOften { retry_after_seconds })
}

/// Given back when dropped.
pub(super) struct UploadPlace<'r> {
    registrations: &'r Registrations,
    tenant: TenantNumber,
}

impl Drop for UploadPlace<'_> {
    fn drop(&mut self) {
        lock(&self.registrations.uploads).remove(&self.tenant);
    }
}

/// Whether a request may still give its device something.
fn may_answer(request: &DeviceRequest, now: Timestamp) -> bool {
    let again = |delivery: Delivery| {
        now.millis().saturating_sub(delivery.at.millis()) <= DEVICE_AGAIN_SECONDS * 1_000
    };
    let is_open = request.status != RequestStatus::Blocked && !request.is_over(now);
    is_open && request.delivered.is_none_or(again)
}

/// Which of several requests for a device counts: one that knows the token that it sends, one that knows of none, one
/// that knows another.
fn rank(request: &DeviceRequest, sent: Option<&TokenTrace>) -> u8 {
    match (&request.expected, sent) {
        (Some(expected), Some(sent)) if is_same(expected, sent) => 0,
        (None, _) => 1,
        (Some(_), _) => 2,
    }
}

impl Door {
    /// The tenant that a device is for which asks at the platform. Any tenant may ask for any serial number, and none must
    /// be able to keep a device from another: so the one that said beforehand which token the device has and sends, else
    /// the one that asked for it first.
    pub(super) async fn tenant_awaiting(
        &self,
        device: &DeviceId,
        token: Option<&TokenTrace>,
    ) -> Result<Option<Tenant>, Refusal> {
        self.collect_awaited().await?;
        let (inside, device, token) = (self.0.clone(), device.clone(), token.cloned());
        let found = self.work(move || {
            let numbers = lock(&inside.registrations.awaited)
                .as_ref()
                .and_then(|awaited| awaited.get(&device).cloned())
                .unwrap_or_default();
            let now = inside.world.now();
            let mut found = Vec::new();
            for number in numbers {
                let tenant = inside.store.catalogue()?.tenant(number)?;
                let Some(tenant) = tenant.filter(|tenant| tenant.status == TenantStatus::Active) else {
                    continue;
                };
                // One whose storage is not available may await it too, so this is a refusal.
                let request = inside.store.view(number)?.requested_device(&tenant, &device)?;
                let request = request.filter(|request| may_answer(request, now));
                found
                    .extend(request.map(|request| (rank(&request, token.as_ref()), request.created, tenant)));
            }
            let first = found
                .into_iter()
                .min_by_key(|(rank, created, tenant)| (*rank, *created, tenant.number));
            Ok(first.map(|(_, _, tenant)| tenant))
        });
        found.await.map_err(|refused| refused.refusal)
    }

    /// Collects what every tenant awaits, once.
    async fn collect_awaited(&self) -> Result<(), Refusal> {
        if lock(&self.0.registrations.awaited).is_some() {
            return Ok(());
        }
        let tenants = self.served_tenants(SystemReason::Registration).await?;
        let inside = self.0.clone();
        let collected = self.work(move || {
            // Held while it is collected: whoever requests a device meanwhile adds it afterwards.
            let mut awaited = lock(&inside.registrations.awaited);
            if awaited.is_some() {
                return Ok(());
            }
            let mut all = Awaited::new();
            for tenant in &tenants {
                let requests = inside.store.view(tenant.number)?.requested_devices(tenant)?;
                for request in requests {
                    all.entry(request.id).or_default().insert(tenant.number);
                }
            }
            *awaited = Some(all);
            Ok(())
        });
        collected.await.map_err(|refused| refused.refusal)
    }
}
