//! The platform's catalogue: which tenants exist, under which numbers, ids and domains.

use crate::fault::StoreFault;
use crate::realm::RealmChanges;
use crate::rows::{Key, Table, rows};
use crate::transaction::WriteTx;
use crate::view::View;
use model::ids::{MANAGEMENT, TenantNumber};
use model::names::{Domain, TenantId};
use model::tenants::Tenant;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub(crate) struct NumberRow(pub(crate) TenantNumber);

// Ids and domains lie in one table; the blind index separates the two kinds of text.
rows! {
    Tenant => Tenant,
    NumberRow => TenantById,
}

/// The catalogue, to read.
pub struct CatalogueRows<'t> {
    view: &'t View,
}

impl<'t> CatalogueRows<'t> {
    pub(crate) fn new(view: &'t View) -> Self {
        Self { view }
    }

    /// Every tenant, in order of creation.
    pub fn tenants(&self) -> Result<Vec<Tenant>, StoreFault> {
        self.view.rows(&Key::new(MANAGEMENT, Table::Tenant))
    }

    /// A tenant by its id.
    pub fn tenant(&self, id: &TenantId) -> Result<Option<Tenant>, StoreFault> {
        self.view.tenant_by_id(id)
    }

    /// A tenant by its domain.
    pub fn tenant_with_domain(&self, domain: &Domain) -> Result<Option<Tenant>, StoreFault> {
        self.view.tenant_by_domain(domain)
    }
}

/// The catalogue, to change.
pub struct CatalogueChanges<'t> {
    tx: &'t WriteTx,
}

impl<'t> CatalogueChanges<'t> {
    pub(crate) fn new(tx: &'t WriteTx) -> Self {
        Self { tx }
    }

    /// What is there now.
    pub fn now(&self) -> CatalogueRows<'t> {
        CatalogueRows::new(&self.tx.view)
    }

    /// A number for a new tenant, with new keys in the keyring. The keys come first: a crash between the two leaves
    /// keys without a tenant, which the next start removes, and never a tenant without keys (R006).
    pub fn new_tenant(&self) -> Result<TenantNumber, StoreFault> {
        let number = self.tx.ids.tenant()?;
        self.tx.view.keys.keyring().add(number)?;
        Ok(number)
    }

    /// Stores a new tenant; id and domain have been seen free. The realm that comes back is its own, to be filled in
    /// the same commit.
    pub fn create(&self, tenant: &Tenant) -> Result<RealmChanges<'t>, StoreFault> {
        self.put_indexes(tenant)?;
        self.tx.put(&tenant_key(tenant.number), tenant)?;
        Ok(RealmChanges::new(self.tx, tenant.number))
    }

    /// Stores a changed tenant; id and number stay.
    pub fn update(&self, before: &Tenant, tenant: &Tenant) -> Result<(), StoreFault> {
        if before.domain != tenant.domain {
            self.tx.delete(&self.domain_key(&before.domain));
            self.put_indexes(tenant)?;
        }
        self.tx.put(&tenant_key(tenant.number), tenant)
    }

    fn put_indexes(&self, tenant: &Tenant) -> Result<(), StoreFault> {
        let number = NumberRow(tenant.number);
        let blind = self.tx.view.keys.blind_catalogue("tenant-id", tenant.id.as_str());
        self.tx
            .put(&Key::new(MANAGEMENT, Table::TenantById).blind(blind), &number)?;
        self.tx.put(&self.domain_key(&tenant.domain), &number)
    }

    fn domain_key(&self, domain: &Domain) -> Key {
        let blind = self
            .tx
            .view
            .keys
            .blind_catalogue("tenant-domain", domain.as_str());
        Key::new(MANAGEMENT, Table::TenantById).blind(blind)
    }

    /// Frees the id and domain of a tenant whose deletion is complete and removes it from the catalogue.
    pub fn forget(&self, tenant: &Tenant) {
        let blind = self.tx.view.keys.blind_catalogue("tenant-id", tenant.id.as_str());
        self.tx
            .delete(&Key::new(MANAGEMENT, Table::TenantById).blind(blind));
        self.tx.delete(&self.domain_key(&tenant.domain));
        self.tx.delete(&tenant_key(tenant.number));
    }
}

fn tenant_key(number: TenantNumber) -> Key {
    Key::new(MANAGEMENT, Table::Tenant).number32(number.0)
}
