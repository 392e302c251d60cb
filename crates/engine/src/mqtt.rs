//! Connections over MQTT, as far as they concern the platform's state: who may connect as which device, what of a session
//! is kept until the same caller comes back, and whether those who are connected may still act. It knows no packet, and
//! not what is in a session.

use crate::caller::Caller;
use crate::desk::Reading;
use crate::door::{Door, Inside};
use crate::refusal::{Bound, Invalid, Refusal};
use crate::work::Query;
use authn::throttle::AddressPrefix;
use model::ids::{PrincipalId, TenantNumber};
use model::limits::{MQTT_SESSIONS_KEPT_PER_PRINCIPAL_MAX, MQTT_SESSIONS_KEPT_PER_TENANT_MAX};
use model::registration::DeviceId;
use model::time::Timestamp;
use model::users::UserKind;
use policy::operation::OperationInfo;
use policy::operations::mqtt::{MqttConnect, MqttSessionKeep};
use policy::proof::{Allowed, SystemReason};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use store::mqtt_sessions::KeptSession;
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
}

/// Asks whether the caller may connect as this device, and what was kept of its session. The user of a device may connect
/// as that device, and everybody else may say for which device they speak: what they may then do there is decided by
/// their rights, and no two callers share a session.
pub struct ConnectAs(pub DeviceId);

impl Query for ConnectAs {
    type Operation = MqttConnect;
    type Answer = Option<Vec<u8>>;

    fn answer(&self, desk: &Reading) -> Result<Option<Vec<u8>>, Refusal> {
        let proof = desk.allow::<MqttConnect>()?;
        let is_device = desk.who().kind() == UserKind::Device;
        if is_device && self.0.user_name().ok().as_ref() != Some(desk.caller().name()) {
            return Err(desk.refuse::<MqttConnect>("another device"));
        }
        let kept = desk.tx.mqtt_sessions(proof).session(desk.who().id(), &self.0)?;
        Ok(kept
            .filter(|kept| kept.expires > desk.now())
            .map(|kept| kept.content))
    }
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

    /// Keeps a session of a caller for so many seconds from now on, in place of what was kept of it.
    pub async fn keep_mqtt_session(
        &self,
        caller: &Caller,
        device: &DeviceId,
        content: Vec<u8>,
        seconds: u32,
    ) -> Result<(), Refusal> {
        let (tenant, principal) = caller.numbers();
        let expires = self.world().now().plus_millis(i64::from(seconds) * 1_000);
        let session = KeptSession {
            principal,
            device: device.clone(),
            expires,
            content,
        };
        let is_new = self
            .commit_sessions(tenant, move |inside, tx| {
                let sessions = tx.mqtt_sessions(Allowed::<MqttSessionKeep>::mint_system(tenant, REASON));
                let is_new = sessions.now().session(principal, &session.device)?.is_none();
                if is_new {
                    inside.check_room(tenant, principal, &sessions.now())?;
                }
                sessions.keep(&session)?;
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

    /// Forgets what was kept of a session of a caller.
    pub async fn forget_mqtt_session(&self, caller: &Caller, device: &DeviceId) -> Result<(), Refusal> {
        let (tenant, principal) = caller.numbers();
        self.forget_sessions(tenant, &[(principal, device.clone())], None)
            .await
    }

    /// Forgets sessions whose time is over, in every tenant. Called every few minutes.
    pub async fn forget_old_mqtt_sessions(&self) -> Result<(), Refusal> {
        for tenant in self.served_tenants(REASON).await? {
            let tenant = tenant.number;
            loop {
                let (inside, now) = (self.0.clone(), self.world().now());
                let found = self.work(move || {
                    let rows = inside.store.read(tenant)?;
                    let rows = rows.mqtt_sessions(Allowed::<MqttConnect>::mint_system(tenant, REASON));
                    Ok(rows.over(now, OVER_PER_COMMIT)?)
                });
                let over = found.await.map_err(|refused| refused.refusal)?;
                self.forget_sessions(tenant, &over, Some(now)).await?;
                if over.len() < OVER_PER_COMMIT {
                    break;
                }
            }
        }
        Ok(())
    }

    async fn forget_sessions(
        &self,
        tenant: TenantNumber,
        sessions: &[(PrincipalId, DeviceId)],
        over_at: Option<Timestamp>,
    ) -> Result<(), Refusal> {
        let sessions = sessions.to_vec();
        let forgotten = self
            .commit_sessions(tenant, move |_, tx| {
                let rows = tx.mqtt_sessions(Allowed::<MqttSessionKeep>::mint_system(tenant, REASON));
                let mut forgotten = 0;
                for (principal, device) in &sessions {
                    let kept = rows.now().session(*principal, device)?;
                    // It may have been taken up again meanwhile.
                    if kept.is_some_and(|kept| over_at.is_none_or(|at| kept.expires <= at)) {
                        rows.forget(*principal, device)?;
                        forgotten += 1;
                    }
                }
                Ok(forgotten)
            })
            .await?;
        if let Some(count) = self.0.kept_sessions.lock().get_mut(&tenant) {
            *count = count.saturating_sub(forgotten);
        }
        Ok(())
    }

    /// Which of these callers may still act, with the credentials that they came in with: one look for all of them. `None`
    /// when the platform is too busy to say.
    pub async fn still_signed_in(&self, callers: Vec<Caller>) -> Option<Vec<bool>> {
        let inside = self.0.clone();
        let looked = self.work(move || {
            Ok(callers
                .iter()
                .map(|caller| inside.still_in(caller).is_ok())
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
