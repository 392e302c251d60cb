//! The platform's own work with the times at which devices were heard of: writing them now and then, raising an alarm
//! about a device that is silent for too long, clearing it when it is back.

use super::State;
use crate::alarms::OwnAlarm;
use crate::caller::Caller;
use crate::door::{Door, Inside};
use crate::refusal::Refusal;
use crate::work::Command;
use model::alarms::Severity;
use model::ids::{ObjectId, TenantNumber};
use policy::operations::alarms::{AlarmCreate, AlarmList};
use policy::operations::inventory::{InventoryList, InventoryUpdate};
use policy::proof::{Allowed, SystemReason};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use store::availability::Watched;
use store::transaction::WriteTx;

const REASON: SystemReason = SystemReason::Availability;
/// The type of the alarm about a device that is silent for too long.
const ALARM_TYPE: &str = "c8y_UnavailabilityAlarm";
const SILENT: &str = "The device has sent nothing within its required interval";
/// Messages that one commit writes.
const MESSAGES_PER_COMMIT: usize = 1_000;
/// Devices that one commit is about.
const DEVICES_PER_COMMIT: usize = 100;
/// How often messages are written: what is forgotten at most when the program is killed.
const MESSAGES_EVERY_MILLIS: u64 = 60_000;

/// When messages were last written.
#[derive(Default)]
pub(crate) struct MessageTimes(AtomicU64);

impl MessageTimes {
    /// Whether it is time again; if so, the time counts from now on.
    fn is_due(&self, now: u64) -> bool {
        let last = self.0.load(Ordering::Relaxed);
        let due = now.saturating_sub(last) >= MESSAGES_EVERY_MILLIS;
        if due {
            self.0.store(now, Ordering::Relaxed);
        }
        due
    }
}

/// A device whose alarm does not fit its state.
#[derive(Clone, Copy)]
struct Turned {
    device: Watched,
    state: State,
}

impl Door {
    /// Notes of which objects a command that has succeeded shows that they are there. What an application does for a
    /// device shows nothing about it.
    pub(crate) fn note_heard<C: Command>(&self, caller: &Caller, command: &C) {
        let identity = caller.identity();
        if identity.application.is_none() {
            let now = self.world().now();
            self.store().heard(identity.tenant, &command.heard_of(), now);
        }
    }

    /// Raises and clears the alarms about devices that are silent for too long or back, in every tenant. Called every few
    /// seconds. What fails in one tenant holds up no other; the first reason is told.
    pub async fn check_availability(&self) -> Result<(), Refusal> {
        self.in_every_tenant(REASON, |tenant| self.check_availability_in(tenant))
            .await
    }

    async fn check_availability_in(&self, tenant: TenantNumber) -> Result<(), Refusal> {
        let turned = self.turned(tenant).await?;
        for part in turned.chunks(DEVICES_PER_COMMIT) {
            let part = part.to_vec();
            self.committed(tenant, move |inside| Ok((inside.turn(tenant, &part)?, ())))
                .await?;
        }
        Ok(())
    }

    /// Writes when objects were last heard of, if that is due again, or at once when the program stops. Called every few
    /// seconds. What fails in one tenant holds up no other; the first reason is told.
    pub async fn write_last_messages(&self, at_once: bool) -> Result<(), Refusal> {
        if !self.0.message_times.is_due(self.world().monotonic_millis()) && !at_once {
            return Ok(());
        }
        self.in_every_tenant(REASON, |tenant| self.write_last_messages_of(tenant))
            .await
    }

    async fn write_last_messages_of(&self, tenant: TenantNumber) -> Result<(), Refusal> {
        let proof = move || Allowed::<InventoryUpdate>::mint_system(tenant, REASON);
        let mut after: Option<ObjectId> = None;
        loop {
            let messages = self.store().unwritten(&proof(), after, MESSAGES_PER_COMMIT);
            let Some((last, _)) = messages.last() else {
                return Ok(());
            };
            after = Some(*last);
            let messages = Arc::new(messages);
            let written = messages.clone();
            self.committed(tenant, move |inside| {
                let tx = inside.store.write_for(&proof())?;
                tx.inventory(proof()).put_last_messages(&messages)?;
                Ok((tx, ()))
            })
            .await?;
            self.store().written(tenant, &written);
        }
    }

    /// The devices of a tenant whose alarm does not fit their state.
    async fn turned(&self, tenant: TenantNumber) -> Result<Vec<Turned>, Refusal> {
        let inside = self.0.clone();
        let found = self.work(move || {
            let tx = inside.store.read(tenant)?;
            let objects = tx.inventory(Allowed::<InventoryList>::mint_system(tenant, REASON));
            let alarms = tx.alarms(Allowed::<AlarmList>::mint_system(tenant, REASON));
            let now = inside.world.now();
            let mut turned = Vec::new();
            for device in objects.watched()? {
                let state = State::of(device.minutes, device.last, now);
                let has_alarm = alarms.open_alarm(device.object, ALARM_TYPE)?.is_some();
                let fits = match state {
                    State::Available => !has_alarm,
                    State::Unavailable => has_alarm,
                    // Nothing is raised about a device that is maintained, and nothing is said by its silence.
                    State::Maintained => true,
                };
                if !fits {
                    turned.push(Turned { device, state });
                }
            }
            Ok(turned)
        });
        found.await.map_err(|refused| refused.refusal)
    }
}

impl Inside {
    /// Raises or clears the alarms of devices, each with its record.
    fn turn(&self, tenant: TenantNumber, devices: &[Turned]) -> Result<WriteTx, Refusal> {
        let proof = || Allowed::<AlarmCreate>::mint_system(tenant, REASON);
        let tx = self.store.write_for(&proof())?;
        for Turned { device, state } in devices {
            // Deleted, or changed since: the next round sees it as it is then.
            if tx.alarms(proof()).response_interval(device.object)? != Some(device.minutes) {
                continue;
            }
            let alarm = OwnAlarm {
                tenant,
                source: device.object,
                kind: ALARM_TYPE,
                reason: REASON,
            };
            match state {
                State::Unavailable => {
                    let since = device.last.plus_millis(i64::from(device.minutes) * 60_000);
                    alarm.raise(&self.world, &tx, (Severity::Major, since), SILENT)?;
                }
                State::Available => alarm.clear(&self.world, &tx)?,
                State::Maintained => {}
            }
        }
        Ok(tx)
    }
}
