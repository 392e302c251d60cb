//! The platform's catalogue: which tenants exist, under which numbers, ids and domains.

use crate::fault::StoreFault;
use crate::rows::{Key, Table, rows};
use crate::transaction::WriteTx;
use crate::view::View;
use model::ids::{MANAGEMENT, TenantNumber};
use model::names::{Domain, TenantId};
use model::tenants::{Tenant, TenantStatus};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub(crate) struct NumberRow(pub(crate) TenantNumber);

// Ids and domains lie in one table; the blind index separates the two kinds of text.
rows! {
    Tenant => Tenant,
    NumberRow => TenantById,
}

/// A view of the catalogue for signing in and for facts: what a request names, and whether it is let in.
pub struct CatalogueView {
    view: View,
}

impl CatalogueView {
    pub(crate) fn new(view: View) -> Self {
        Self { view }
    }

    /// A tenant by its number.
    pub fn tenant(&self, number: TenantNumber) -> Result<Option<Tenant>, StoreFault> {
        self.view.row(&tenant_key(number))
    }

    /// A tenant by its id, as the request names it.
    pub fn tenant_by_id(&self, id: &TenantId) -> Result<Option<Tenant>, StoreFault> {
        CatalogueRows::new(&self.view).tenant(id)
    }

    /// A tenant by the host name of the request.
    pub fn tenant_by_domain(&self, domain: &Domain) -> Result<Option<Tenant>, StoreFault> {
        CatalogueRows::new(&self.view).tenant_with_domain(domain)
    }
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
        self.tenant_through(&id_key(self.view, id))
    }

    /// A tenant by its domain.
    pub fn tenant_with_domain(&self, domain: &Domain) -> Result<Option<Tenant>, StoreFault> {
        self.tenant_through(&domain_key(self.view, domain))
    }

    fn tenant_through(&self, index: &Key) -> Result<Option<Tenant>, StoreFault> {
        match self.view.row::<NumberRow>(index)? {
            Some(found) => self.view.row(&tenant_key(found.0)),
            None => Ok(None),
        }
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

    /// A number for a new tenant.
    pub fn new_number(&self) -> Result<TenantNumber, StoreFault> {
        self.tx.ids.tenant()
    }

    /// Stores a new tenant; id and domain have been seen free.
    pub fn create(&self, tenant: &Tenant) -> Result<(), StoreFault> {
        self.put_indexes(tenant)?;
        self.tx.put(&tenant_key(tenant.number), tenant)
    }

    /// Stores a changed tenant; id, number and shard stay. One that is not let in any more is fenced off with the commit.
    pub fn update(&self, before: &Tenant, tenant: &Tenant) -> Result<(), StoreFault> {
        if before.domain != tenant.domain {
            self.tx.delete(&domain_key(&self.tx.view, &before.domain));
            self.put_indexes(tenant)?;
        }
        if before.status == TenantStatus::Active && tenant.status != TenantStatus::Active {
            self.tx.pending.borrow_mut().fenced_off = Some(tenant.number);
        }
        self.tx.put(&tenant_key(tenant.number), tenant)
    }

    fn put_indexes(&self, tenant: &Tenant) -> Result<(), StoreFault> {
        let (view, number) = (&self.tx.view, NumberRow(tenant.number));
        self.tx.put(&id_key(view, &tenant.id), &number)?;
        self.tx.put(&domain_key(view, &tenant.domain), &number)
    }

    /// Frees the id and domain of a tenant whose deletion is complete and removes it from the catalogue.
    pub fn forget(&self, tenant: &Tenant) {
        let view = &self.tx.view;
        self.tx.delete(&id_key(view, &tenant.id));
        self.tx.delete(&domain_key(view, &tenant.domain));
        self.tx.delete(&tenant_key(tenant.number));
    }
}

fn id_key(view: &View, id: &TenantId) -> Key {
    let blind = view.keys.blind_catalogue("tenant-id", id.as_str());
    Key::new(MANAGEMENT, Table::TenantById).blind(blind)
}

fn domain_key(view: &View, domain: &Domain) -> Key {
    let blind = view.keys.blind_catalogue("tenant-domain", domain.as_str());
    Key::new(MANAGEMENT, Table::TenantById).blind(blind)
}

fn tenant_key(number: TenantNumber) -> Key {
    Key::new(MANAGEMENT, Table::Tenant).number32(number.0)
}
