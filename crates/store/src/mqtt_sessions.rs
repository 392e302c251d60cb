//! Sessions over MQTT that outlive their connections, as rows of the payload part: what is in one is the broker's own
//! affair. They are found by whose they are and by the keyed hash of the device.

use crate::backend::Direction;
use crate::fault::StoreFault;
use crate::rows::{Key, Table, rows};
use crate::transaction::WriteTx;
use crate::view::View;
use model::ids::{PrincipalId, TenantNumber};
use model::registration::DeviceId;
use model::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;

/// A session that is kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptSession {
    /// Whose it is.
    pub principal: PrincipalId,
    /// The device that the principal speaks for.
    pub device: DeviceId,
    /// Until when it is kept.
    pub expires: Timestamp,
    /// What the broker wants to find again.
    pub content: Vec<u8>,
}
rows!(KeptSession => MqttSession);

fn of_principal(tenant: TenantNumber, principal: PrincipalId) -> Key {
    Key::new(tenant, Table::MqttSession).number(principal.number())
}

fn key_of(
    view: &View,
    tenant: TenantNumber,
    principal: PrincipalId,
    device: &DeviceId,
) -> Result<Key, StoreFault> {
    let blind = view
        .keys
        .blind_payload(tenant, "mqtt-session", device.as_str().as_bytes())?;
    Ok(of_principal(tenant, principal).blind(blind))
}

/// The kept sessions of a tenant, to read.
pub struct MqttSessionRows<'t> {
    view: &'t View,
    tenant: TenantNumber,
}

impl<'t> MqttSessionRows<'t> {
    pub(crate) fn new(view: &'t View, tenant: TenantNumber) -> Self {
        Self { view, tenant }
    }

    /// A session.
    pub fn session(
        &self,
        principal: PrincipalId,
        device: &DeviceId,
    ) -> Result<Option<KeptSession>, StoreFault> {
        self.view.row(&key_of(self.view, self.tenant, principal, device)?)
    }

    /// How many there are of a principal, counted up to a bound.
    pub fn count_of(&self, principal: PrincipalId, bound: usize) -> Result<usize, StoreFault> {
        self.view
            .count_up_to(&of_principal(self.tenant, principal), bound)
    }

    /// How many there are.
    pub fn count(&self) -> Result<usize, StoreFault> {
        self.view.count(&Key::new(self.tenant, Table::MqttSession))
    }

    /// Whose sessions are over at this time: so many at most.
    pub fn over(&self, now: Timestamp, at_most: usize) -> Result<Vec<(PrincipalId, DeviceId)>, StoreFault> {
        let mut over = Vec::new();
        let all = Key::new(self.tenant, Table::MqttSession);
        self.view
            .scan::<KeptSession>(&all, Direction::Forward, |_, kept| {
                if kept.expires <= now {
                    over.push((kept.principal, kept.device));
                }
                Ok(match over.len() < at_most {
                    true => ControlFlow::Continue(()),
                    false => ControlFlow::Break(()),
                })
            })?;
        Ok(over)
    }
}

/// The kept sessions of a tenant, to change.
pub struct MqttSessionChanges<'t> {
    tx: &'t WriteTx,
    tenant: TenantNumber,
}

impl<'t> MqttSessionChanges<'t> {
    pub(crate) fn new(tx: &'t WriteTx, tenant: TenantNumber) -> Self {
        Self { tx, tenant }
    }

    /// What is there now.
    pub fn now(&self) -> MqttSessionRows<'t> {
        MqttSessionRows::new(&self.tx.view, self.tenant)
    }

    /// Keeps a session in place of what was kept of it.
    pub fn keep(&self, session: &KeptSession) -> Result<(), StoreFault> {
        let key = key_of(&self.tx.view, self.tenant, session.principal, &session.device)?;
        self.tx.put(&key, session)
    }

    /// Forgets a session.
    pub fn forget(&self, principal: PrincipalId, device: &DeviceId) -> Result<(), StoreFault> {
        let key = key_of(&self.tx.view, self.tenant, principal, device)?;
        self.tx.delete(&key);
        Ok(())
    }
}
