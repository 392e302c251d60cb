//! Devices that were disconnected: with their objects, and with those who are let in. Two rows, because the one lies with
//! the payload and goes with its object, and the other keeps the device out whatever becomes of that.

use crate::backend::Direction;
use crate::change::Epoch;
use crate::documents::has_documents_of;
use crate::fault::StoreFault;
use crate::inventory::{InventoryChanges, InventoryRows};
use crate::measurements::has_points_of;
use crate::operations::{OperationChanges, agent_of};
use crate::realm::{RealmChanges, RealmRows};
use crate::rows::{Key, Table, rows};
use crate::transaction::WriteTx;
use crate::view::View;
use model::alarms::Alarm;
use model::disconnection::{BlockedDevice, Disconnection};
use model::events::Event;
use model::ids::{ObjectId, PrincipalId, TenantNumber};
use model::inventory::{ChildKind, ManagedObject};
use model::registration::{DeviceId, ID_TYPE_DEFAULT, IS_AGENT};
use model::tenants::Tenant;
use policy::facts::Principal;
use policy::proof::Reach;
use std::collections::BTreeSet;

rows! {
    Disconnection => DisconnectedDevice,
    BlockedDevice => BlockedDevice,
}

fn object_row(tenant: TenantNumber, object: ObjectId) -> Key {
    Key::new(tenant, Table::DisconnectedDevice).number(object.number())
}

fn blocked_key(view: &View, tenant: TenantNumber, device: &DeviceId) -> Result<Key, StoreFault> {
    let blind = view
        .keys
        .blind_identity(tenant, "blocked-device", device.as_str())?;
    Ok(Key::new(tenant, Table::BlockedDevice).blind(blind))
}

impl InventoryRows<'_> {
    /// That the device of an object was disconnected.
    pub fn disconnection(&self, object: ObjectId) -> Result<Option<Disconnection>, StoreFault> {
        self.view.row(&object_row(self.tenant, object))
    }
}

impl InventoryChanges<'_> {
    /// Keeps that the device of an object within reach was disconnected.
    pub fn put_disconnection(&self, object: &ManagedObject, row: &Disconnection) -> Result<(), StoreFault> {
        self.must_reach(object)?;
        self.tx.put(&object_row(self.tenant, object.id), row)
    }

    /// It is not disconnected any more.
    pub fn end_disconnection(&self, object: &ManagedObject) -> Result<(), StoreFault> {
        self.must_reach(object)?;
        self.tx.delete(&object_row(self.tenant, object.id));
        Ok(())
    }
}

pub(crate) fn forget(tx: &WriteTx, tenant: TenantNumber, object: ObjectId) {
    tx.delete(&object_row(tenant, object));
}

impl OperationChanges<'_> {
    /// Whether a device, or the agent that takes its operations, was disconnected.
    pub fn is_disconnected(&self, device: ObjectId) -> Result<bool, StoreFault> {
        is_disconnected(&self.tx.view, self.tenant, device)
    }
}

fn is_disconnected(view: &View, tenant: TenantNumber, device: ObjectId) -> Result<bool, StoreFault> {
    let agent = agent_of(view, tenant, device)?;
    for object in [Some(device), agent].into_iter().flatten() {
        if view.contains(&object_row(tenant, object))? {
            return Ok(true);
        }
    }
    Ok(false)
}

impl View {
    /// What an object of the principal's tenant hangs below by child devices: ids only.
    pub fn device_parents(&self, who: &Principal, object: ObjectId) -> Result<Vec<ObjectId>, StoreFault> {
        self.rows_of(who).parents(object, ChildKind::Device)
    }

    /// What hangs below it by child devices, with it; nothing if it is more than that. Ids only.
    pub fn devices_below(
        &self,
        who: &Principal,
        object: ObjectId,
        most: usize,
    ) -> Result<Option<BTreeSet<ObjectId>>, StoreFault> {
        self.rows_of(who).with_below(object, &[ChildKind::Device], most)
    }

    /// Whether a device of the principal's tenant, or the agent that takes its operations, was disconnected.
    pub fn is_device_disconnected(&self, who: &Principal, device: ObjectId) -> Result<bool, StoreFault> {
        is_disconnected(self, who.tenant(), device)
    }

    /// The devices and agents that a user of the principal's tenant owns, with the object that has this serial number;
    /// nothing if the user owns more objects than that. Ids only.
    pub fn devices_of_user(
        &self,
        who: &Principal,
        (owner, serial): (PrincipalId, &str),
        most: usize,
    ) -> Result<Option<BTreeSet<ObjectId>>, StoreFault> {
        let owned = Key::new(who.tenant(), Table::ByOwner).number(owner.number());
        if self.count_up_to(&owned, most + 1)? > most {
            return Ok(None);
        }
        let rows = self.rows_of(who);
        let mut devices = BTreeSet::new();
        for id in self
            .index(&owned, Direction::Forward)?
            .into_iter()
            .filter_map(ObjectId::new)
        {
            let object = rows.object(id)?;
            if object.is_some_and(|it| it.is_device() || it.fragments.contains(IS_AGENT)) {
                devices.insert(id);
            }
        }
        let named = rows.external_id(ID_TYPE_DEFAULT, serial)?;
        devices.extend(named.map(|named| named.object));
        Ok(Some(devices))
    }

    /// Whether any measurement, event or alarm of an object of the principal's tenant is left, whoever may see it.
    pub fn has_data(&self, who: &Principal, source: ObjectId) -> Result<bool, StoreFault> {
        let tenant = who.tenant();
        Ok(has_points_of(self, tenant, source)?
            || has_documents_of::<Event>(self, tenant, source)?
            || has_documents_of::<Alarm>(self, tenant, source)?)
    }

    /// The name of an object of the principal's tenant, for those who may change it.
    pub fn device_name(&self, who: &Principal, object: ObjectId) -> Result<Option<String>, StoreFault> {
        let object = self.rows_of(who).object(object)?;
        Ok(object.and_then(|object| object.name).map(|name| name.to_string()))
    }

    fn rows_of(&self, who: &Principal) -> InventoryRows<'_> {
        InventoryRows::new(self, None, who.tenant(), &Reach::Tenant)
    }

    /// Whether a device is kept out of a tenant: what letting one in needs.
    pub fn is_device_blocked(&self, tenant: &Tenant, device: &DeviceId) -> Result<bool, StoreFault> {
        let found = RealmRows::new(self, tenant.number).blocked_device(device)?;
        Ok(found.is_some())
    }
}

impl RealmRows<'_> {
    /// A device that is kept out.
    pub fn blocked_device(&self, device: &DeviceId) -> Result<Option<BlockedDevice>, StoreFault> {
        self.view.row(&blocked_key(self.view, self.tenant, device)?)
    }

    /// Every device that is kept out, in no meaningful order.
    pub fn blocked_devices(&self) -> Result<Vec<BlockedDevice>, StoreFault> {
        self.view.rows(&Key::new(self.tenant, Table::BlockedDevice))
    }
}

impl RealmChanges<'_> {
    /// Keeps a device out from now on.
    pub fn block_device(&self, blocked: &BlockedDevice) -> Result<(), StoreFault> {
        let key = blocked_key(&self.tx.view, self.tenant, &blocked.device)?;
        self.tx.moves(self.tenant, Epoch::Rules);
        self.tx.put(&key, blocked)
    }

    /// Keeps it out no longer.
    pub fn unblock_device(&self, device: &DeviceId) -> Result<(), StoreFault> {
        self.tx.delete(&blocked_key(&self.tx.view, self.tenant, device)?);
        Ok(())
    }

    /// Forgets the credential of a user: nobody signs in with it any more.
    pub fn forget_credential(&self, user: PrincipalId) {
        self.tx.moves(self.tenant, Epoch::Rules);
        self.tx
            .delete(&Key::new(self.tenant, Table::Credential).number(user.number()));
    }
}
