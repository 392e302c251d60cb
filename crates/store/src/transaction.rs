//! Transactions as types: a read transaction has no way to change a row, and no table opens without a proof.
//!
//! The tenant and the reach come out of the proof; no method takes a tenant.
#![expect(clippy::needless_pass_by_value, reason = "opening a table spends the proof")]

use crate::alarms::{AlarmChanges, AlarmRows};
use crate::applications::ApplicationRows;
use crate::audit_log::AuditRows;
use crate::binaries::{BinaryChanges, BinaryRows};
use crate::blobs::SpaceMove;
use crate::bulk_operations::{BulkChanges, BulkRows};
use crate::catalogue::{CatalogueChanges, CatalogueRows};
use crate::change::{Append, ChangeSet, Epoch, Telemetry};
use crate::documents::LineMove;
use crate::events::{EventChanges, EventRows};
use crate::fault::StoreFault;
use crate::feed::{Action, Happened, What};
use crate::followers::Followers;
use crate::ids::Ids;
use crate::inventory::{InventoryChanges, InventoryRows};
use crate::measurements::{MeasurementChanges, MeasurementRows};
use crate::mqtt_sessions::{MqttSessionChanges, MqttSessionRows};
use crate::notifications::{Farewell, NotificationChanges, NotificationRows};
use crate::operations::{OperationChanges, OperationRows};
use crate::options::{OptionChanges, OptionRows};
use crate::projection::InventoryChange;
use crate::realm::{RealmChanges, RealmRows};
use crate::retention::{RetentionChanges, RetentionRows};
use crate::rows::{Key, Row, encode};
use crate::statistics::{StatisticsChanges, StatisticsRows};
use crate::view::View;
use audit::record::Record;
use aws_lc_rs::digest::{SHA256, digest};
use model::ids::{MANAGEMENT, ObjectId, PrincipalId, ShardNumber, TenantNumber};
use model::passing::Passing;
use policy::facts::Principal;
use policy::operation::Operation;
use policy::proof::Allowed;
use policy::tables::{
    Alarms, Applications, AuditLog, Binaries, BulkOperations, Catalogue, Events, Inventory, Measurements,
    MqttSessions, Notifications, Operations, Options, Read, Realm, Retention, Statistics, Write,
};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Deref;
use std::sync::Arc;

/// A transaction that only reads, in one tenant.
pub struct ReadTx {
    pub(crate) view: View,
    pub(crate) followers: Arc<Followers>,
    pub(crate) tenant: TenantNumber,
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
        self.must_be_home(&proof);
        InventoryRows::new(
            &self.view,
            Some(&self.followers.projections),
            proof.tenant(),
            proof.reach(),
        )
        .with_heard(&self.followers.heard)
    }

    /// Opens the measurements for reading.
    pub fn measurements<N>(&self, proof: Allowed<N>) -> MeasurementRows<'_>
    where
        N: Operation<Table = Measurements, Access = Read>,
    {
        self.must_be_home(&proof);
        MeasurementRows::new(&self.view, proof.tenant(), proof.reach())
    }

    /// Opens the managed objects that are files, for reading.
    pub fn binaries<N>(&self, proof: Allowed<N>) -> BinaryRows<'_>
    where
        N: Operation<Table = Binaries, Access = Read>,
    {
        self.must_be_home(&proof);
        BinaryRows::new(
            &self.view,
            Some(&self.followers.projections),
            proof.tenant(),
            proof.reach(),
        )
    }

    /// Opens the events for reading.
    pub fn events<N>(&self, proof: Allowed<N>) -> EventRows<'_>
    where
        N: Operation<Table = Events, Access = Read>,
    {
        self.must_be_home(&proof);
        EventRows::new(&self.view, proof.tenant(), proof.reach())
    }

    /// Opens the alarms for reading.
    pub fn alarms<N>(&self, proof: Allowed<N>) -> AlarmRows<'_>
    where
        N: Operation<Table = Alarms, Access = Read>,
    {
        self.must_be_home(&proof);
        AlarmRows::new(&self.view, proof.tenant(), proof.reach())
    }

    /// Opens the operations for reading.
    pub fn operations<N>(&self, proof: Allowed<N>) -> OperationRows<'_>
    where
        N: Operation<Table = Operations, Access = Read>,
    {
        self.must_be_home(&proof);
        OperationRows::new(&self.view, proof.tenant(), proof.reach())
    }

    /// Opens the bulk operations for reading.
    pub fn bulk_operations<N>(&self, proof: Allowed<N>) -> BulkRows<'_>
    where
        N: Operation<Table = BulkOperations, Access = Read>,
    {
        self.must_be_home(&proof);
        BulkRows::new(&self.view, proof.tenant())
    }

    /// Opens subscriptions, subscribers and what waits for them, for reading.
    pub fn notifications<N>(&self, proof: Allowed<N>) -> NotificationRows<'_>
    where
        N: Operation<Table = Notifications, Access = Read>,
    {
        self.must_be_home(&proof);
        NotificationRows::new(&self.view, proof.tenant())
    }

    /// Opens the kept sessions over MQTT for reading.
    pub fn mqtt_sessions<N>(&self, proof: Allowed<N>) -> MqttSessionRows<'_>
    where
        N: Operation<Table = MqttSessions, Access = Read>,
    {
        self.must_be_home(&proof);
        MqttSessionRows::new(&self.view, proof.tenant())
    }

    /// Opens the audit log for reading.
    pub fn audit_log<N>(&self, proof: Allowed<N>) -> AuditRows<'_>
    where
        N: Operation<Table = AuditLog, Access = Read>,
    {
        self.must_be_home(&proof);
        AuditRows::new(&self.view, proof.tenant())
    }

    /// Opens the realm for reading.
    pub fn realm<N>(&self, proof: Allowed<N>) -> RealmRows<'_>
    where
        N: Operation<Table = Realm, Access = Read>,
    {
        self.must_be_home(&proof);
        RealmRows::new(&self.view, proof.tenant())
    }

    /// Opens the applications for reading.
    pub fn applications<N>(&self, proof: Allowed<N>) -> ApplicationRows<'_>
    where
        N: Operation<Table = Applications, Access = Read>,
    {
        self.must_be_home(&proof);
        ApplicationRows::new(&self.view, proof.tenant())
    }

    /// Opens the options for reading.
    pub fn options<N>(&self, proof: Allowed<N>) -> OptionRows<'_>
    where
        N: Operation<Table = Options, Access = Read>,
    {
        OptionRows::new(&self.view, proof.tenant())
    }

    /// Opens the retention rules for reading.
    pub fn retention<N>(&self, proof: Allowed<N>) -> RetentionRows<'_>
    where
        N: Operation<Table = Retention, Access = Read>,
    {
        self.must_be_home(&proof);
        RetentionRows::new(&self.view, proof.tenant())
    }

    /// Opens the figures of usage for reading.
    pub fn statistics<N>(&self, proof: Allowed<N>) -> StatisticsRows<'_>
    where
        N: Operation<Table = Statistics, Access = Read>,
    {
        self.must_be_home(&proof);
        StatisticsRows::new(&self.view, proof.tenant())
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
        self.must_be_home(&proof);
        CatalogueRows::new(&self.view)
    }

    /// Another tenant may lie on another shard: here it would look as if it had no rows.
    pub(crate) fn must_be_home<N: Operation>(&self, proof: &Allowed<N>) {
        assert_eq!(
            proof.tenant(),
            self.tenant,
            "a proof of one tenant in the transaction of another"
        );
    }
}

/// The begin of a write transaction in a tenant, before it is known for whom: only facts can be read here.
pub struct Opening {
    pub(crate) view: View,
    pub(crate) ids: Arc<Ids>,
    pub(crate) shard: ShardNumber,
    pub(crate) tenant: TenantNumber,
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
        assert_eq!(
            who.tenant(),
            self.tenant,
            "a principal of one tenant in the transaction of another"
        );
        self.begin()
    }

    pub(crate) fn begin(self) -> WriteTx {
        WriteTx {
            view: self.view,
            ids: self.ids,
            shard: self.shard,
            tenant: self.tenant,
            pending: RefCell::default(),
        }
    }
}

/// A transaction that prepares a change set. It never holds the writer; nothing happens until the set is committed.
pub struct WriteTx {
    pub(crate) view: View,
    pub(crate) ids: Arc<Ids>,
    pub(crate) shard: ShardNumber,
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
    pub(crate) lines: Vec<LineMove>,
    pub(crate) space: Option<SpaceMove>,
    pub(crate) happened: Vec<Happened>,
    pub(crate) farewells: Vec<Farewell>,
    pub(crate) documents: Vec<(u64, [u8; 32])>,
    pub(crate) passing: Vec<Passing>,
    pub(crate) is_quiet: bool,
    /// The tenant that is not let in any more: commands of it that are under way are to be fenced off.
    pub(crate) fenced_off: Option<TenantNumber>,
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
        InventoryChanges::new(self, proof.tenant(), proof.reach().clone())
    }

    /// Opens the measurements for changes.
    pub fn measurements<N>(&self, proof: Allowed<N>) -> MeasurementChanges<'_>
    where
        N: Operation<Table = Measurements, Access = Write>,
    {
        self.must_be_home(&proof);
        MeasurementChanges::new(self, proof.tenant(), proof.reach().clone())
    }

    /// Opens the managed objects that are files, for changes.
    pub fn binaries<N>(&self, proof: Allowed<N>) -> BinaryChanges<'_>
    where
        N: Operation<Table = Binaries, Access = Write>,
    {
        self.must_be_home(&proof);
        BinaryChanges::new(self, proof.tenant(), proof.reach().clone())
    }

    /// Opens the events for changes.
    pub fn events<N>(&self, proof: Allowed<N>) -> EventChanges<'_>
    where
        N: Operation<Table = Events, Access = Write>,
    {
        self.must_be_home(&proof);
        EventChanges::new(self, proof.tenant(), proof.reach().clone())
    }

    /// Opens the alarms for changes.
    pub fn alarms<N>(&self, proof: Allowed<N>) -> AlarmChanges<'_>
    where
        N: Operation<Table = Alarms, Access = Write>,
    {
        self.must_be_home(&proof);
        AlarmChanges::new(self, proof.tenant(), proof.reach().clone())
    }

    /// Opens the operations for changes.
    pub fn operations<N>(&self, proof: Allowed<N>) -> OperationChanges<'_>
    where
        N: Operation<Table = Operations, Access = Write>,
    {
        self.must_be_home(&proof);
        OperationChanges::new(self, proof.tenant(), proof.reach().clone())
    }

    /// Opens the bulk operations for changes.
    pub fn bulk_operations<N>(&self, proof: Allowed<N>) -> BulkChanges<'_>
    where
        N: Operation<Table = BulkOperations, Access = Write>,
    {
        self.must_be_home(&proof);
        BulkChanges::new(self, proof.tenant())
    }

    /// Opens subscriptions, subscribers and what waits for them, for changes.
    pub fn notifications<N>(&self, proof: Allowed<N>) -> NotificationChanges<'_>
    where
        N: Operation<Table = Notifications, Access = Write>,
    {
        self.must_be_home(&proof);
        NotificationChanges::new(self, proof.tenant())
    }

    /// Opens the kept sessions over MQTT for changes.
    pub fn mqtt_sessions<N>(&self, proof: Allowed<N>) -> MqttSessionChanges<'_>
    where
        N: Operation<Table = MqttSessions, Access = Write>,
    {
        self.must_be_home(&proof);
        MqttSessionChanges::new(self, proof.tenant())
    }

    /// Opens the realm for changes.
    pub fn realm<N>(&self, proof: Allowed<N>) -> RealmChanges<'_>
    where
        N: Operation<Table = Realm, Access = Write>,
    {
        self.must_be_home(&proof);
        RealmChanges::new(self, proof.tenant())
    }

    /// Opens the options for changes.
    pub fn options<N>(&self, proof: Allowed<N>) -> OptionChanges<'_>
    where
        N: Operation<Table = Options, Access = Write>,
    {
        self.must_be_home(&proof);
        OptionChanges::new(self, proof.tenant())
    }

    /// Opens the retention rules for changes.
    pub fn retention<N>(&self, proof: Allowed<N>) -> RetentionChanges<'_>
    where
        N: Operation<Table = Retention, Access = Write>,
    {
        self.must_be_home(&proof);
        RetentionChanges::new(self, proof.tenant())
    }

    /// Opens the figures of usage for changes.
    pub fn statistics<N>(&self, proof: Allowed<N>) -> StatisticsChanges<'_>
    where
        N: Operation<Table = Statistics, Access = Write>,
    {
        self.must_be_home(&proof);
        StatisticsChanges::new(self, proof.tenant())
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
    pub(crate) fn must_be_home<N: Operation>(&self, proof: &Allowed<N>) {
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

    /// The record that stands for this command's telemetry; the committer adds counts, ids and digest.
    pub fn record_batch(&self, record: Record, principal: Option<PrincipalId>) {
        let mut pending = self.pending.borrow_mut();
        let passes = !pending.passing.is_empty();
        pending.telemetry = Some(Telemetry {
            record,
            principal,
            passes,
        });
    }

    /// Nobody is told what it does.
    pub fn keep_quiet(&self) {
        self.pending.borrow_mut().is_quiet = true;
    }

    /// Whether anything would change. An empty set need not be committed.
    pub fn is_empty(&self) -> bool {
        let pending = self.pending.borrow();
        self.view.writes.borrow().is_empty()
            && pending.appends.is_empty()
            && pending.passing.is_empty()
            && pending.audit.is_empty()
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

    /// Notes what a document says, for the record that stands for this command's telemetry.
    pub(crate) fn tells_of(&self, number: u64, plain: &[u8]) {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, plain).as_ref());
        self.pending.borrow_mut().documents.push((number, hash));
    }

    /// Tells those who follow the tenant, once it is durable.
    pub(crate) fn happens(&self, object: ObjectId, what: What, action: Action) {
        let happened = Happened { object, what, action };
        self.pending.borrow_mut().happened.push(happened);
    }

    /// Tells the topics that were fed with what becomes of an object that it is gone.
    pub(crate) fn says_farewell(&self, farewell: Farewell) {
        self.pending.borrow_mut().farewells.push(farewell);
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
            lines: pending.lines,
            space: pending.space,
            happened: pending.happened,
            farewells: pending.farewells,
            documents: pending.documents,
            passing: pending.passing,
            is_quiet: pending.is_quiet,
        }
    }
}
