//! Devices that are taken out of service, as rows of the identity part: who does what, and what was shown. A row stays when
//! the object is deleted, for it is the report.

use crate::fault::StoreFault;
use crate::realm::{RealmChanges, RealmRows};
use crate::rows::{Key, Table, rows};
use model::decommissioning::Decommissioning;
use model::ids::{ObjectId, TenantNumber};

rows!(Decommissioning => Decommissioning);

fn key(tenant: TenantNumber, object: ObjectId) -> Key {
    Key::new(tenant, Table::Decommissioning).number(object.number())
}

impl RealmRows<'_> {
    /// How far a device is out of service.
    pub fn decommissioning(&self, object: ObjectId) -> Result<Option<Decommissioning>, StoreFault> {
        self.view.row(&key(self.tenant, object))
    }
}

impl RealmChanges<'_> {
    /// Stores how far a device is out of service.
    pub fn put_decommissioning(&self, row: &Decommissioning) -> Result<(), StoreFault> {
        self.tx.put(&key(self.tenant, row.object), row)
    }

    /// It stays in service.
    pub fn end_decommissioning(&self, object: ObjectId) {
        self.tx.delete(&key(self.tenant, object));
    }
}
