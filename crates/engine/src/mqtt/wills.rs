//! Wills of sessions over MQTT that are kept: so that they are published also when the program ends before them. What is in
//! one is the broker's affair. In whose name it is published is kept as signing in found out, and looked at again when its
//! time has come; nothing that one could sign in with is kept.

use super::REASON;
use crate::caller::{Caller, Came, CertificateTrace, Identity, KeyHash};
use crate::door::{Door, Inside};
use crate::refusal::Refusal;
use model::ids::{PrincipalId, TenantNumber};
use model::registration::DeviceId;
use model::time::Timestamp;
use policy::operations::mqtt::{MqttConnect, MqttSessionKeep};
use policy::proof::Allowed;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use store::mqtt_sessions::{KeptWill, MqttSessionChanges};

/// A will that a session begins with.
#[derive(Clone)]
pub struct NewWill {
    /// By which it is told from others of the same session.
    pub number: u64,
    /// Seconds to wait with it after the client has vanished.
    pub delay_seconds: u32,
    /// What the broker wants to find again.
    pub content: Vec<u8>,
}

/// Wills of earlier connections of a session, by their numbers.
#[derive(Clone, Default)]
pub struct Earlier {
    /// The one that waits.
    pub waiting: Option<u64>,
    /// Those that are published or void, and are still kept because they could not be forgotten.
    pub over: Vec<u64>,
}

/// What becomes of wills when something of their session is stored.
#[derive(Clone)]
pub enum WillChange {
    /// They stay as they are.
    AsItIs,
    /// A connection begins, with this will if it has one. The one that waits is void.
    GoesOn(Earlier, Option<NewWill>),
    /// The same of a session that begins anew: the time of the one that waits has come.
    BeginsAnew(Earlier, Option<NewWill>),
    /// The will of this number is void: the client has said good-bye, or may not act any more.
    Void(u64),
    /// The client has vanished: so many seconds are left for the will of this number.
    Due(u64, u32),
}

/// A will that was left by a session when the program ended.
#[derive(Debug, Clone)]
pub struct WaitingWill {
    /// The tenant of its session.
    pub tenant: TenantNumber,
    /// The caller of its session.
    pub principal: PrincipalId,
    /// The device of its session.
    pub device: DeviceId,
    /// By which it is told from others of the same session.
    pub number: u64,
    /// When it is to be published, in seconds from now on.
    pub seconds: u32,
}

/// How a caller stood when it signed in.
#[derive(Serialize, Deserialize)]
struct Standing {
    epoch: u64,
    address: IpAddr,
    key: Option<[u8; 32]>,
    certificate: Option<[u8; 32]>,
    with_code: bool,
}

impl Standing {
    fn of(caller: &Caller) -> Vec<u8> {
        let identity = caller.identity();
        let standing = Self {
            epoch: identity.epoch,
            address: identity.address,
            key: identity.came.key.map(|KeyHash(hash)| hash),
            certificate: identity.came.certificate.map(|CertificateTrace(trace)| trace),
            with_code: identity.came.with_code,
        };
        postcard::to_stdvec(&standing).unwrap_or_default()
    }
}

/// Changes the wills beside a session.
pub(super) fn change(
    rows: &MqttSessionChanges<'_>,
    caller: &Caller,
    device: &DeviceId,
    change: &WillChange,
    now: Timestamp,
) -> Result<(), Refusal> {
    let (_, principal) = caller.numbers();
    let due = |number, seconds| -> Result<(), Refusal> {
        let due = Some(now.plus_millis(i64::from(seconds) * 1_000));
        match rows.now().will(principal, device, number)? {
            Some(kept) => {
                rows.forget_will(principal, device, number)?;
                Ok(rows.keep_will(&KeptWill { due, ..kept })?)
            }
            None => Ok(()),
        }
    };
    let begin = |will: &NewWill| {
        rows.keep_will(&KeptWill {
            principal,
            device: device.clone(),
            number: will.number,
            delay_seconds: will.delay_seconds,
            due: None,
            standing: Standing::of(caller),
            content: will.content.clone(),
        })
    };
    let forget = |numbers: &[u64]| -> Result<(), Refusal> {
        for number in numbers {
            rows.forget_will(principal, device, *number)?;
        }
        Ok(())
    };
    match change {
        WillChange::AsItIs => {}
        WillChange::GoesOn(earlier, will) => {
            forget(&earlier.over)?;
            forget(earlier.waiting.as_slice())?;
            will.as_ref().map_or(Ok(()), begin)?;
        }
        WillChange::BeginsAnew(earlier, will) => {
            forget(&earlier.over)?;
            if let Some(number) = earlier.waiting {
                due(number, 0)?;
            }
            will.as_ref().map_or(Ok(()), begin)?;
        }
        WillChange::Void(number) => forget(&[*number])?,
        WillChange::Due(number, seconds) => due(*number, *seconds)?,
    }
    Ok(())
}

impl Door {
    /// The wills that were left when the program ended. To be asked for before anybody connects. What fails in one tenant
    /// holds up no other; the first reason is told.
    pub async fn left_mqtt_wills(&self) -> (Vec<WaitingWill>, Result<(), Refusal>) {
        let look = |tenant| self.left_mqtt_wills_of(tenant);
        let (left, outcome) = self.gathered_in_every_tenant(REASON, look).await;
        (left.into_iter().flatten().collect(), outcome)
    }

    async fn left_mqtt_wills_of(&self, tenant: TenantNumber) -> Result<Vec<WaitingWill>, Refusal> {
        let (inside, now) = (self.0.clone(), self.world().now());
        let found = self.work(move || {
            let rows = inside.store.read(tenant)?;
            let rows = rows.mqtt_sessions(Allowed::<MqttConnect>::mint_system(tenant, REASON));
            let mut found = Vec::new();
            rows.each_will(|will| {
                found.push(WaitingWill {
                    tenant,
                    principal: will.principal,
                    seconds: seconds_left(&will, now),
                    device: will.device,
                    number: will.number,
                });
            })?;
            Ok(found)
        });
        found.await.map_err(|refused| refused.refusal)
    }

    /// The content of a will that was left, and in whose name it is published; nothing if it is gone, or if that caller may
    /// not act any more.
    pub async fn left_mqtt_will(&self, of: &WaitingWill) -> Result<Option<(Caller, Vec<u8>)>, Refusal> {
        let (inside, of) = (self.0.clone(), of.clone());
        let found = self.work(move || {
            let rows = inside.store.read(of.tenant)?;
            let sessions = rows.mqtt_sessions(Allowed::<MqttConnect>::mint_system(of.tenant, REASON));
            let Some(kept) = sessions.will(of.principal, &of.device, of.number)? else {
                return Ok(None);
            };
            let caller = inside.caller_of(&of, &kept)?;
            let Some(caller) = caller else { return Ok(None) };
            match inside.still_in(&caller) {
                Ok(()) => Ok(Some((caller, kept.content))),
                Err(Refusal::NotSignedIn) => Ok(None),
                Err(refusal) => Err(refusal.into()),
            }
        });
        found.await.map_err(|refused| refused.refusal)
    }

    /// Forgets a will, if it is kept.
    pub async fn forget_mqtt_will(
        &self,
        (tenant, principal): (TenantNumber, PrincipalId),
        device: &DeviceId,
        number: u64,
    ) -> Result<(), Refusal> {
        let device = device.clone();
        self.commit_sessions(tenant, move |_, tx| {
            let rows = tx.mqtt_sessions(Allowed::<MqttSessionKeep>::mint_system(tenant, REASON));
            Ok(rows.forget_will(principal, &device, number)?)
        })
        .await
    }
}

/// How long a will waits from now on. Of who was connected when the program ended nobody knows since when it is gone.
fn seconds_left(will: &KeptWill, now: Timestamp) -> u32 {
    match will.due {
        None => will.delay_seconds,
        Some(due) => {
            let millis = due.millis().saturating_sub(now.millis()).max(0);
            u32::try_from(millis.unsigned_abs().div_ceil(1_000)).unwrap_or(u32::MAX)
        }
    }
}

impl Inside {
    /// The caller of a will, as it signed in; whether it may still act is to be asked.
    fn caller_of(&self, of: &WaitingWill, kept: &KeptWill) -> Result<Option<Caller>, Refusal> {
        let tenant = self.store.catalogue()?.tenant(of.tenant)?;
        let facts = self.store.view(of.tenant)?.principal(of.tenant, of.principal)?;
        let standing = postcard::from_bytes::<Standing>(&kept.standing).ok();
        let (Some(tenant), Some(facts), Some(standing)) = (tenant, facts, standing) else {
            return Ok(None);
        };
        Ok(Some(Caller::new(Identity {
            tenant: tenant.number,
            tenant_id: tenant.id,
            principal: of.principal,
            name: facts.name,
            kind: facts.principal.kind(),
            epoch: standing.epoch,
            address: standing.address,
            application: None,
            came: Came {
                key: standing.key.map(KeyHash),
                certificate: standing.certificate.map(CertificateTrace),
                with_code: standing.with_code,
                ..Came::default()
            },
        })))
    }
}
