//! Configurations of remote access as rows of the payload part: they hang on a device, and go with it.

use crate::backend::Direction;
use crate::fault::StoreFault;
use crate::options::value_of;
use crate::rows::{Key, Table, last_number, rows};
use crate::transaction::{ReadTx, WriteTx};
use crate::view::View;
use model::ids::{ObjectId, RemoteConfigurationId, TenantNumber};
use model::remote_access::{
    IDLE_OPTION, REMOTE_ACCESS_OPTIONS, RemoteConfiguration, RemoteEndpoint, RemoteTimes, SESSION_OPTION,
};
use policy::facts::Principal;
use policy::operation::Operation;
use policy::proof::Allowed;
use policy::tables::{Read, RemoteAccess, Write};
use std::ops::ControlFlow;

rows!(RemoteConfiguration => RemoteConfiguration);

fn of_device(tenant: TenantNumber, device: ObjectId) -> Key {
    Key::new(tenant, Table::RemoteConfiguration).number(device.number())
}

fn key(tenant: TenantNumber, device: ObjectId, id: RemoteConfigurationId) -> Key {
    of_device(tenant, device).number(id.number())
}

impl ReadTx {
    /// Opens the configurations of remote access for reading.
    #[expect(clippy::needless_pass_by_value, reason = "opening a table spends the proof")]
    pub fn remote_access<N>(&self, proof: Allowed<N>) -> RemoteRows<'_>
    where
        N: Operation<Table = RemoteAccess, Access = Read>,
    {
        self.must_be_home(&proof);
        RemoteRows {
            view: &self.view,
            tenant: proof.tenant(),
        }
    }
}

impl WriteTx {
    /// Opens the configurations of remote access for changes.
    #[expect(clippy::needless_pass_by_value, reason = "opening a table spends the proof")]
    pub fn remote_access<N>(&self, proof: Allowed<N>) -> RemoteChanges<'_>
    where
        N: Operation<Table = RemoteAccess, Access = Write>,
    {
        self.must_be_home(&proof);
        RemoteChanges {
            tx: self,
            tenant: proof.tenant(),
        }
    }
}

impl View {
    /// The place of a configuration of a device, without its secrets: what somebody asks a device for who was allowed to.
    pub fn remote_endpoint(
        &self,
        who: &Principal,
        device: ObjectId,
        id: RemoteConfigurationId,
    ) -> Result<Option<RemoteEndpoint>, StoreFault> {
        let found = self.row::<RemoteConfiguration>(&key(who.tenant(), device, id))?;
        Ok(found.map(|found| found.endpoint))
    }

    /// How long sessions may last in a tenant.
    pub fn remote_times(&self, tenant: TenantNumber) -> Result<RemoteTimes, StoreFault> {
        let value = |key| value_of(self, tenant, REMOTE_ACCESS_OPTIONS, key);
        let (session, idle) = (value(SESSION_OPTION)?, value(IDLE_OPTION)?);
        Ok(RemoteTimes::of(session.as_deref(), idle.as_deref()))
    }
}

/// The configurations of a tenant, to read.
pub struct RemoteRows<'t> {
    view: &'t View,
    tenant: TenantNumber,
}

impl RemoteRows<'_> {
    /// A configuration of a device.
    pub fn configuration(
        &self,
        device: ObjectId,
        id: RemoteConfigurationId,
    ) -> Result<Option<RemoteConfiguration>, StoreFault> {
        self.view.row(&key(self.tenant, device, id))
    }

    /// Every configuration of a device, in order of ids.
    pub fn configurations(&self, device: ObjectId) -> Result<Vec<RemoteConfiguration>, StoreFault> {
        self.view.rows(&of_device(self.tenant, device))
    }
}

/// The configurations of a tenant, to change.
pub struct RemoteChanges<'t> {
    tx: &'t WriteTx,
    tenant: TenantNumber,
}

impl<'t> RemoteChanges<'t> {
    /// What is there now; the committer refuses the change if a configuration that was read moves.
    pub fn now(&self) -> RemoteRows<'t> {
        RemoteRows {
            view: &self.tx.view,
            tenant: self.tenant,
        }
    }

    /// A new id.
    pub fn new_id(&self) -> Result<RemoteConfigurationId, StoreFault> {
        self.tx.ids.remote_configuration(self.tenant)
    }

    /// Stores a configuration, new or changed.
    pub fn put(&self, configuration: &RemoteConfiguration) -> Result<(), StoreFault> {
        let key = key(self.tenant, configuration.device, configuration.id);
        self.tx.put(&key, configuration)
    }

    /// Removes one.
    pub fn delete(&self, device: ObjectId, id: RemoteConfigurationId) {
        self.tx.delete(&key(self.tenant, device, id));
    }
}

/// Removes what a device that is deleted has.
pub(crate) fn forget(tx: &WriteTx, tenant: TenantNumber, device: ObjectId) -> Result<(), StoreFault> {
    let prefix = of_device(tenant, device);
    let mut numbers = Vec::new();
    tx.view.scan_range(
        tenant,
        Table::RemoteConfiguration,
        &prefix.prefix(),
        Direction::Forward,
        |key, _| {
            numbers.extend(last_number(key));
            Ok(ControlFlow::Continue(()))
        },
    )?;
    for number in numbers {
        tx.delete(&prefix.clone().number(number));
    }
    Ok(())
}
