//! Transactions as types: a read transaction has no way to change a row, and no table opens without a proof.
//!
//! The tenant and the reach come out of the proof; no method takes a tenant.
#![expect(clippy::needless_pass_by_value, reason = "opening a table spends the proof")]

use crate::audit_log::AuditRows;
use crate::catalogue::{CatalogueChanges, CatalogueRows};
use crate::change::{Append, ChangeSet, Epoch, Telemetry};
use crate::fault::StoreFault;
use crate::ids::Ids;
use crate::inventory::{InventoryChanges, InventoryRows};
use crate::measurements::{MeasurementChanges, MeasurementRows};
use crate::projection::{InventoryChange, Projections};
use crate::realm::{RealmChanges, RealmRows};
use crate::rows::{Key, Row, encode};
use crate::view::View;
use audit::record::Record;
use model::ids::{MANAGEMENT, PrincipalId, TenantNumber};
use policy::facts::Principal;
use policy::operation::Operation;
use policy::proof::Allowed;
use policy::tables::{AuditLog, Catalogue, Inventory, Measurements, Read, Realm, Write};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Deref;
use std::sync::Arc;

/// A transaction that only reads.
pub struct ReadTx {
    pub(crate) view: View,
    pub(crate) projections: Arc<Projections>,
}

impl Deref for ReadTx {
    type Target = View;

    fn deref(&self) -> &View {
        &self.view
    }
}

impl ReadTx {
    /// Opens the inventory for reading.
    pub fn inventory<N>(&self, proof: Allowed<N>) -> InventoryRows<'_>
    where
        N: Operation<Table = Inventory, Access = Read>,
    {
        InventoryRows::new(&self.view, Some(&self.projections), proof.tenant(), proof.reach())
    }

    /// Opens the measurements for reading.
    pub fn measurements<N>(&self, proof: Allowed<N>) -> MeasurementRows<'_>
    where
        N: Operation<Table = Measurements, Access = Read>,
    {
        MeasurementRows::new(&self.view, proof.tenant(), proof.reach())
    }

    /// Opens the audit log for reading.
    pub fn audit_log<N>(&self, proof: Allowed<N>) -> AuditRows<'_>
    where
        N: Operation<Table = AuditLog, Access = Read>,
    {
        AuditRows::new(&self.view, proof.tenant())
    }

    /// Opens the realm for reading.
    pub fn realm<N>(&self, proof: Allowed<N>) -> RealmRows<'_>
    where
        N: Operation<Table = Realm, Access = Read>,
    {
        RealmRows::new(&self.view, proof.tenant())
    }

    /// Opens the catalogue of tenants for reading.
    pub fn catalogue<N>(&self, proof: Allowed<N>) -> CatalogueRows<'_>
    where
        N: Operation<Table = Catalogue, Access = Read>,
    {
        assert_eq!(
            proof.tenant(),
            MANAGEMENT,
            "the catalogue belongs to the management tenant"
        );
        CatalogueRows::new(&self.view)
    }
}

/// The begin of a write transaction, before it is known in which tenant: only facts can be read here.
pub struct Opening {
    pub(crate) view: View,
    pub(crate) ids: Arc<Ids>,
}

impl Deref for Opening {
    type Target = View;

    fn deref(&self) -> &View {
        &self.view
    }
}

impl Opening {
    /// The transaction of a principal, in its own tenant.
    pub fn write_as(self, who: &Principal) -> WriteTx {
        self.in_tenant(who.tenant())
    }

    pub(crate) fn in_tenant(self, tenant: TenantNumber) -> WriteTx {
        WriteTx {
            view: self.view,
            ids: self.ids,
            tenant,
            pending: RefCell::default(),
        }
    }
}

/// A transaction that prepares a change set. It never holds the writer; nothing happens until the set is committed.
pub struct WriteTx {
    pub(crate) view: View,
    pub(crate) ids: Arc<Ids>,
    pub(crate) tenant: TenantNumber,
    pub(crate) pending: RefCell<Pending>,
}

/// The parts of a change set that are not rows.
#[derive(Default)]
pub(crate) struct Pending {
    pub(crate) appends: Vec<Append>,
    pub(crate) telemetry: Option<Telemetry>,
    pub(crate) audit: Vec<(TenantNumber, Record)>,
    pub(crate) epochs: BTreeSet<(TenantNumber, Epoch)>,
    pub(crate) inventory: Vec<InventoryChange>,
}

impl Deref for WriteTx {
    type Target = View;

    fn deref(&self) -> &View {
        &self.view
    }
}

impl WriteTx {
    /// Opens the inventory for changes.
    pub fn inventory<N>(&self, proof: Allowed<N>) -> InventoryChanges<'_>
    where
        N: Operation<Table = Inventory, Access = Write>,
    {
        self.must_be_home(&proof);
        InventoryChanges::new(self, proof.tenant(), proof.reach())
    }

    /// Opens the measurements for changes.
    pub fn measurements<N>(&self, proof: Allowed<N>) -> MeasurementChanges<'_>
    where
        N: Operation<Table = Measurements, Access = Write>,
    {
        self.must_be_home(&proof);
        MeasurementChanges::new(self, proof.tenant(), proof.reach())
    }

    /// Opens the realm for changes.
    pub fn realm<N>(&self, proof: Allowed<N>) -> RealmChanges<'_>
    where
        N: Operation<Table = Realm, Access = Write>,
    {
        self.must_be_home(&proof);
        RealmChanges::new(self, proof.tenant())
    }

    /// Opens the catalogue of tenants for changes.
    pub fn catalogue<N>(&self, proof: Allowed<N>) -> CatalogueChanges<'_>
    where
        N: Operation<Table = Catalogue, Access = Write>,
    {
        assert_eq!(
            proof.tenant(),
            MANAGEMENT,
            "the catalogue belongs to the management tenant"
        );
        self.must_be_home(&proof);
        CatalogueChanges::new(self)
    }

    /// Audit records, telemetry and the projection go by the transaction's tenant: a proof of another one has no
    /// business here.
    fn must_be_home<N: Operation>(&self, proof: &Allowed<N>) {
        assert_eq!(
            proof.tenant(),
            self.tenant,
            "a proof of one tenant in the transaction of another"
        );
    }

    /// A record in the log of this transaction's tenant: the door writes one for every operation that is audited.
    pub fn record(&self, record: Record) {
        self.pending.borrow_mut().audit.push((self.tenant, record));
    }

    /// A record in the log of the management tenant: platform matters.
    pub fn record_for_platform(&self, record: Record) {
        self.pending.borrow_mut().audit.push((MANAGEMENT, record));
    }

    /// The record that stands for this command's telemetry; the committer adds counts, ids and digest.
    pub fn record_batch(&self, record: Record, principal: Option<PrincipalId>) {
        self.pending.borrow_mut().telemetry = Some(Telemetry { record, principal });
    }

    /// Whether anything would change. An empty set need not be committed.
    pub fn is_empty(&self) -> bool {
        let pending = self.pending.borrow();
        self.view.writes.borrow().is_empty() && pending.appends.is_empty() && pending.audit.is_empty()
    }

    /// Whether a record was written for the change.
    pub fn is_recorded(&self) -> bool {
        !self.pending.borrow().audit.is_empty()
    }

    pub(crate) fn put<R: Row>(&self, key: &Key, row: &R) -> Result<(), StoreFault> {
        debug_assert_eq!(key.table, R::TABLE);
        self.put_bytes(key, &encode(row)?)
    }

    /// A row that is only a key.
    pub(crate) fn put_index(&self, key: &Key) -> Result<(), StoreFault> {
        self.put_bytes(key, &[])
    }

    fn put_bytes(&self, key: &Key, plain: &[u8]) -> Result<(), StoreFault> {
        let space = key.table.space();
        let sealed = self.view.keys.seal(key.tenant, space, key.bytes(), plain)?;
        self.view
            .writes
            .borrow_mut()
            .insert((space, key.bytes().to_vec()), Some(sealed));
        Ok(())
    }

    pub(crate) fn delete(&self, key: &Key) {
        self.view
            .writes
            .borrow_mut()
            .insert((key.table.space(), key.bytes().to_vec()), None);
    }

    pub(crate) fn moves(&self, tenant: TenantNumber, epoch: Epoch) {
        self.pending.borrow_mut().epochs.insert((tenant, epoch));
    }

    pub(crate) fn finish(self) -> ChangeSet {
        let pending = self.pending.into_inner();
        ChangeSet {
            tenant: self.tenant,
            reads: self.view.reads.map(RefCell::into_inner).unwrap_or_default(),
            writes: self.view.writes.into_inner(),
            appends: pending.appends,
            telemetry: pending.telemetry,
            audit: pending.audit,
            epochs: pending.epochs,
            inventory: pending.inventory,
        }
    }
}
