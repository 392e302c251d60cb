//! Sessions over MQTT that outlive their connections, as rows of the payload part: what is in one is the broker's own
//! affair. They are found by whose they are and by the keyed hash of the device. Beside a session lie what was received in
//! it and is not released yet, its will, and wills of sessions before it that are not published yet.

use crate::backend::Direction;
use crate::fault::StoreFault;
use crate::rows::{Key, Table, rows};
use crate::transaction::WriteTx;
use crate::view::{View, unless_broken};
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

/// A message of QoS 2 of which something has taken effect, until it is released. It is in the commits of what it changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceivedMessage {
    /// The number of its packet.
    pub packet: u16,
    /// So many of its parts, the first ones, are done.
    pub parts: u32,
}

/// What is to be published if the client of a session vanishes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptWill {
    /// Whose it is.
    pub principal: PrincipalId,
    /// The device that the principal speaks for.
    pub device: DeviceId,
    /// By which it is told from the will before and the one after.
    pub number: u64,
    /// Seconds to wait with it after the client has vanished.
    pub delay_seconds: u32,
    /// When it is to be published, if the client has vanished.
    pub due: Option<Timestamp>,
    /// In whose name it is published, as signing in found out.
    pub standing: Vec<u8>,
    /// The message.
    pub content: Vec<u8>,
}
rows!(KeptSession => MqttSession, ReceivedMessage => MqttReceived, KeptWill => MqttWill);

fn of_principal(tenant: TenantNumber, table: Table, principal: PrincipalId) -> Key {
    Key::new(tenant, table).number(principal.number())
}

fn key_of(
    view: &View,
    tenant: TenantNumber,
    table: Table,
    principal: PrincipalId,
    device: &DeviceId,
) -> Result<Key, StoreFault> {
    let blind = view
        .keys
        .blind_payload(tenant, "mqtt-session", device.as_str().as_bytes())?;
    Ok(of_principal(tenant, table, principal).blind(blind))
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
        self.view.row(&self.key(Table::MqttSession, principal, device)?)
    }

    /// Messages that were received in a session and are not released yet.
    pub fn received(
        &self,
        principal: PrincipalId,
        device: &DeviceId,
    ) -> Result<Vec<ReceivedMessage>, StoreFault> {
        let mut received = Vec::new();
        let prefix = self.key(Table::MqttReceived, principal, device)?;
        self.view
            .scan::<ReceivedMessage>(&prefix, Direction::Forward, |_, one| {
                received.push(one);
                Ok(ControlFlow::Continue(()))
            })?;
        Ok(received)
    }

    /// The will of this number of a session.
    pub fn will(
        &self,
        principal: PrincipalId,
        device: &DeviceId,
        number: u64,
    ) -> Result<Option<KeptWill>, StoreFault> {
        Ok(self.find_will(principal, device, number)?.map(|(_, will)| will))
    }

    /// The same with its key. Before wills had their numbers in their keys, a session had one.
    fn find_will(
        &self,
        principal: PrincipalId,
        device: &DeviceId,
        number: u64,
    ) -> Result<Option<(Key, KeptWill)>, StoreFault> {
        let without_number = self.key(Table::MqttWill, principal, device)?;
        let key = without_number.clone().number(number);
        if let Some(will) = self.view.row(&key)? {
            return Ok(Some((key, will)));
        }
        let only = unless_broken(self.view.row::<KeptWill>(&without_number))?.flatten();
        let only = only.filter(|will| will.number == number);
        Ok(only.map(|will| (without_number, will)))
    }

    /// Looks at all wills. One that cannot be read is reported and passed over.
    pub fn each_will(&self, mut visit: impl FnMut(KeptWill)) -> Result<(), StoreFault> {
        let (tenant, table) = (self.tenant, Table::MqttWill);
        let all = Key::new(tenant, table).prefix();
        self.view
            .scan_range(tenant, table, &all, Direction::Forward, |key, sealed| {
                if let Some(will) = unless_broken(self.view.open(tenant, table, key, sealed))? {
                    visit(will);
                }
                Ok(ControlFlow::Continue(()))
            })
    }

    fn key(&self, table: Table, principal: PrincipalId, device: &DeviceId) -> Result<Key, StoreFault> {
        key_of(self.view, self.tenant, table, principal, device)
    }

    /// How many there are of a principal, counted up to a bound.
    pub fn count_of(&self, principal: PrincipalId, bound: usize) -> Result<usize, StoreFault> {
        self.view
            .count_up_to(&of_principal(self.tenant, Table::MqttSession, principal), bound)
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
        let key = self.key(Table::MqttSession, session.principal, &session.device)?;
        self.tx.put(&key, session)
    }

    /// Forgets a session, if it is kept, and what was received in it.
    pub fn forget(&self, principal: PrincipalId, device: &DeviceId) -> Result<(), StoreFault> {
        self.tx.delete(&self.key(Table::MqttSession, principal, device)?);
        self.forget_received(principal, device)
    }

    /// Notes how far a message is carried out.
    pub fn receive(
        &self,
        principal: PrincipalId,
        device: &DeviceId,
        message: ReceivedMessage,
    ) -> Result<(), StoreFault> {
        let key = self.key(Table::MqttReceived, principal, device)?;
        self.tx.put(&key.number32(message.packet.into()), &message)
    }

    /// Forgets a message that was received, if there is one of this number.
    pub fn release(&self, principal: PrincipalId, device: &DeviceId, packet: u16) -> Result<(), StoreFault> {
        let key = self.key(Table::MqttReceived, principal, device)?;
        let key = key.number32(packet.into());
        if self.tx.view.row::<ReceivedMessage>(&key)?.is_some() {
            self.tx.delete(&key);
        }
        Ok(())
    }

    /// Forgets all that was received in a session.
    pub fn forget_received(&self, principal: PrincipalId, device: &DeviceId) -> Result<(), StoreFault> {
        let prefix = self.key(Table::MqttReceived, principal, device)?;
        for message in self.now().received(principal, device)? {
            self.tx.delete(&prefix.clone().number32(message.packet.into()));
        }
        Ok(())
    }

    /// Keeps a will, beside others of its session that wait to be published.
    pub fn keep_will(&self, will: &KeptWill) -> Result<(), StoreFault> {
        let key = self.key(Table::MqttWill, will.principal, &will.device)?;
        self.tx.put(&key.number(will.number), will)
    }

    /// Forgets the will of this number of a session, if it is kept.
    pub fn forget_will(
        &self,
        principal: PrincipalId,
        device: &DeviceId,
        number: u64,
    ) -> Result<(), StoreFault> {
        if let Some((key, _)) = self.now().find_will(principal, device, number)? {
            self.tx.delete(&key);
        }
        Ok(())
    }

    fn key(&self, table: Table, principal: PrincipalId, device: &DeviceId) -> Result<Key, StoreFault> {
        key_of(&self.tx.view, self.tenant, table, principal, device)
    }
}
