//! Connections over MQTT, as far as they concern the platform's state: who may connect as which device, what of a session
//! is kept until the same caller comes back, and whether those who are connected may still act. It knows no packet, and
//! not what is in a session.

mod wills;

pub use wills::{Earlier, NewWill, WaitingWill, WillChange};

use crate::caller::Caller;
use crate::desk::Reading;
use crate::door::{Door, Inside};
use crate::refusal::{Bound, Invalid, Refusal};
use crate::work::Query;
use authn::throttle::AddressPrefix;
use model::ids::{PrincipalId, TenantNumber};
use model::limits::{MQTT_SESSIONS_KEPT_PER_PRINCIPAL_MAX, MQTT_SESSIONS_KEPT_PER_TENANT_MAX};
use model::registration::DeviceId;
use model::users::UserKind;
use policy::operation::OperationInfo;
use policy::operations::mqtt::{MqttConnect, MqttSessionKeep};
use policy::proof::{Allowed, SystemReason};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use store::mqtt_sessions::{KeptSession, ReceivedMessage};
use store::transaction::WriteTx;

const REASON: SystemReason = SystemReason::MqttSession;
/// Sessions that are over which one commit removes.
const OVER_PER_COMMIT: usize = 500;

/// How many sessions every tenant has, about: counted once, and on from there.
#[derive(Default)]
pub(crate) struct KeptCounts(Mutex<HashMap<TenantNumber, usize>>);

impl KeptCounts {
    fn lock(&self) -> MutexGuard<'_, HashMap<TenantNumber, usize>> {
        // No code that can panic runs under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn less(&self, tenant: TenantNumber, sessions: usize) {
        if let Some(count) = self.lock().get_mut(&tenant) {
            *count = count.saturating_sub(sessions);
        }
    }
}

/// A message of QoS 2 of a session that is kept. Of how much of it is done a note goes with each commit of what it changes,
/// so that a repetition does not do it again, whatever happened meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The device of the session.
    pub device: DeviceId,
    /// The number of the message's packet.
    pub packet: u16,
    /// So many of its parts, the first ones, are done with the commit.
    pub parts: u32,
}

/// What is stored of a session, or is left of one that is over.
pub struct Found {
    /// What the broker has kept of it; nothing if it is over.
    pub content: Option<Vec<u8>>,
    /// Messages of QoS 2 that are not released, with how many of their parts are done.
    pub received: Vec<(u16, u32)>,
}

/// What is to be stored of a session.
#[derive(Clone)]
pub struct ToKeep {
    /// What the broker wants to find again.
    pub content: Vec<u8>,
    /// For how long from now on.
    pub seconds: u32,
    /// What becomes of its wills. If it begins anew, what was received before counts no more.
    pub will: WillChange,
}

/// Asks whether the caller may connect as this device, and what was kept of its session. The user of a device may connect
/// as that device, and everybody else may say for which device they speak: what they may then do there is decided by
/// their rights, and no two callers share a session.
pub struct ConnectAs(pub DeviceId);

impl Query for ConnectAs {
    type Operation = MqttConnect;
    type Answer = Option<Found>;

    fn answer(&self, desk: &Reading) -> Result<Option<Found>, Refusal> {
        let proof = desk.allow::<MqttConnect>()?;
        let is_device = desk.who().kind() == UserKind::Device;
        if is_device && self.0.user_name().ok().as_ref() != Some(desk.caller().name()) {
            return Err(desk.refuse::<MqttConnect>("another device"));
        }
        let (rows, who) = (desk.tx.mqtt_sessions(proof), desk.who().id());
        let kept = rows.session(who, &self.0)?;
        let received = rows.received(who, &self.0)?;
        if kept.is_none() && received.is_empty() {
            return Ok(None);
        }
        let goes_on = kept.filter(|kept| kept.expires > desk.now());
        Ok(Some(Found {
            content: goes_on.map(|kept| kept.content),
            received: received.iter().map(|one| (one.packet, one.parts)).collect(),
        }))
    }
}

/// Notes in the change set of a command how far the messages are carried out that it belongs to.
pub(crate) fn note_received(tx: &WriteTx, caller: &Caller) -> Result<(), Refusal> {
    let (tenant, principal) = caller.numbers();
    for of in caller.received() {
        let rows = tx.mqtt_sessions(Allowed::<MqttSessionKeep>::mint_system(tenant, REASON));
        let message = ReceivedMessage {
            packet: of.packet,
            parts: of.parts,
        };
        rows.receive(principal, &of.device, message)?;
    }
    Ok(())
}

impl Door {
    /// Counts a connection or a message like [`Door::meter`]; of the user that all new devices share by where it comes from,
    /// so that nobody who knows what it signs in with can use up the share of the others.
    pub fn meter_mqtt(&self, caller: &Caller, operation: OperationInfo) -> Result<(), Refusal> {
        if caller.kind() != UserKind::Bootstrap {
            return self.meter(caller, operation);
        }
        let address = AddressPrefix::from(caller.identity().address);
        self.0
            .registrations
            .message(address, self.world().monotonic_millis())
    }

    /// Keeps a session of a caller, in place of what was kept of it.
    pub async fn keep_mqtt_session(
        &self,
        caller: &Caller,
        device: &DeviceId,
        kept: ToKeep,
    ) -> Result<(), Refusal> {
        let (tenant, principal) = caller.numbers();
        let now = self.world().now();
        let session = KeptSession {
            principal,
            device: device.clone(),
            expires: now.plus_millis(i64::from(kept.seconds) * 1_000),
            content: kept.content,
        };
        let (caller, will) = (caller.clone(), kept.will);
        let is_new = self
            .commit_sessions(tenant, move |inside, tx| {
                let sessions = tx.mqtt_sessions(Allowed::<MqttSessionKeep>::mint_system(tenant, REASON));
                let is_new = sessions.now().session(principal, &session.device)?.is_none();
                if is_new {
                    inside.check_room(tenant, principal, &sessions.now())?;
                }
                sessions.keep(&session)?;
                if matches!(will, WillChange::BeginsAnew(..)) {
                    sessions.forget_received(principal, &session.device)?;
                }
                wills::change(&sessions, &caller, &session.device, &will, now)?;
                Ok(is_new)
            })
            .await?;
        if is_new {
            *self.0.kept_sessions.lock().entry(tenant).or_default() += 1;
        }
        Ok(())
    }

    /// Commits a change of sessions.
    async fn commit_sessions<T: Send + 'static>(
        &self,
        tenant: TenantNumber,
        change: impl Fn(&Inside, &WriteTx) -> Result<T, Refusal> + Send + Sync + 'static,
    ) -> Result<T, Refusal> {
        self.committed(tenant, move |inside| {
            let proof = Allowed::<MqttSessionKeep>::mint_system(tenant, REASON);
            let tx = inside.store.write_for(&proof)?;
            let changed = change(inside, &tx)?;
            Ok((tx, changed))
        })
        .await
    }

    /// Forgets messages of QoS 2 of a session: their numbers may be used for others.
    pub async fn release_mqtt_messages(
        &self,
        caller: &Caller,
        device: &DeviceId,
        packets: Vec<u16>,
    ) -> Result<(), Refusal> {
        let (tenant, principal) = caller.numbers();
        let device = device.clone();
        self.commit_sessions(tenant, move |_, tx| {
            let rows = tx.mqtt_sessions(Allowed::<MqttSessionKeep>::mint_system(tenant, REASON));
            for packet in &packets {
                rows.release(principal, &device, *packet)?;
            }
            Ok(())
        })
        .await
    }

    /// Forgets what was kept of a session of a caller.
    pub async fn forget_mqtt_session(
        &self,
        caller: &Caller,
        device: &DeviceId,
        will: WillChange,
    ) -> Result<(), Refusal> {
        let ((tenant, principal), now) = (caller.numbers(), self.world().now());
        let (caller, device) = (caller.clone(), device.clone());
        let was_kept = self
            .commit_sessions(tenant, move |_, tx| {
                let rows = tx.mqtt_sessions(Allowed::<MqttSessionKeep>::mint_system(tenant, REASON));
                let was_kept = rows.now().session(principal, &device)?.is_some();
                // Also without a session, something that was received may be left.
                rows.forget(principal, &device)?;
                wills::change(&rows, &caller, &device, &will, now)?;
                Ok(was_kept)
            })
            .await?;
        self.0.kept_sessions.less(tenant, usize::from(was_kept));
        Ok(())
    }

    /// Forgets sessions whose time is over, in every tenant. Called every few minutes. What fails in one tenant holds up no
    /// other; the first reason is told.
    pub async fn forget_old_mqtt_sessions(&self) -> Result<(), Refusal> {
        self.in_every_tenant(REASON, |tenant| self.forget_old_mqtt_sessions_of(tenant))
            .await
    }

    async fn forget_old_mqtt_sessions_of(&self, tenant: TenantNumber) -> Result<(), Refusal> {
        loop {
            let now = self.world().now();
            let forgotten = self
                .commit_sessions(tenant, move |_, tx| {
                    let rows = tx.mqtt_sessions(Allowed::<MqttSessionKeep>::mint_system(tenant, REASON));
                    let over = rows.now().over(now, OVER_PER_COMMIT)?;
                    for (principal, device) in &over {
                        // Read by its key: who takes it up meanwhile is in the way of this commit.
                        rows.now().session(*principal, device)?;
                        rows.forget(*principal, device)?;
                    }
                    Ok(over.len())
                })
                .await?;
            self.0.kept_sessions.less(tenant, forgotten);
            if forgotten < OVER_PER_COMMIT {
                return Ok(());
            }
        }
    }

    /// Which of these callers may still act, with the credentials that they came in with, or may for all that can be found
    /// out now: one look for all of them. `None` when the platform is too busy to say.
    pub async fn still_signed_in(&self, callers: Vec<Caller>) -> Option<Vec<bool>> {
        let inside = self.0.clone();
        let looked = self.work(move || {
            Ok(callers
                .iter()
                .map(|caller| !inside.is_signed_out(caller))
                .collect())
        });
        looked.await.ok()
    }
}

impl Inside {
    fn check_room(
        &self,
        tenant: TenantNumber,
        principal: PrincipalId,
        rows: &store::mqtt_sessions::MqttSessionRows<'_>,
    ) -> Result<(), Refusal> {
        let known = self.kept_sessions.lock().get(&tenant).copied();
        let of_tenant = match known {
            Some(count) => count,
            None => {
                let count = rows.count()?;
                self.kept_sessions.lock().insert(tenant, count);
                count
            }
        };
        let of_principal = rows.count_of(principal, MQTT_SESSIONS_KEPT_PER_PRINCIPAL_MAX)?;
        let is_full = of_tenant >= MQTT_SESSIONS_KEPT_PER_TENANT_MAX
            || of_principal >= MQTT_SESSIONS_KEPT_PER_PRINCIPAL_MAX;
        match is_full {
            true => Err(Refusal::Invalid(Invalid::TooMany(Bound::MqttSessions))),
            false => Ok(()),
        }
    }
}
