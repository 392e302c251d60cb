//! Identifiers from leased blocks: unique on the platform, never given twice, without a counter that every request
//! has to write.
//!
//! A block is leased durably before any of its ids is used; what is left of it when the program stops is skipped. Each
//! tenant has blocks of its own, so that an id tells little about how much other tenants create.

use crate::backend::Backend;
use crate::commit::{put_row, row_in};
use crate::fault::StoreFault;
use crate::keys::Keys;
use crate::rows::{Key, Table, rows};
use model::ids::{
    AlarmId, ApplicationId, ArchiveId, AssignmentId, BlobId, BulkOperationId, EventId, GroupId, ID_END,
    InventoryRoleId, MANAGEMENT, OPERATION_END, ObjectId, OperationId, PrincipalId, RemoteConfigurationId,
    RetentionRuleId, STREAM_END, ServiceKeyId, StatisticsFileId, StreamId, SubscriptionId, TenantNumber,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

const BLOCK: u64 = 256;
/// Stream numbers are scarce (2^27): the first block that a tenant gets after a start is small. Of operations too.
const FIRST_STREAMS: u64 = 16;
const FIRST_ID: u64 = 1_000;

/// The next numbers that nobody has leased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Lease {
    next_id: u64,
    next_stream: u32,
    next_tenant: u32,
    next_operation: u64,
}
rows!(Lease => Lease);

#[derive(Default)]
struct Blocks {
    ids: BTreeMap<TenantNumber, Range<u64>>,
    streams: BTreeMap<TenantNumber, Range<u64>>,
    operations: BTreeMap<TenantNumber, Range<u64>>,
}

/// The source of new identifiers.
pub(crate) struct Ids {
    backend: Arc<dyn Backend>,
    keys: Arc<Keys>,
    blocks: Mutex<Blocks>,
}

impl Ids {
    pub(crate) fn new(backend: Arc<dyn Backend>, keys: Arc<Keys>) -> Self {
        Self {
            backend,
            keys,
            blocks: Mutex::default(),
        }
    }

    pub(crate) fn object(&self, tenant: TenantNumber) -> Result<ObjectId, StoreFault> {
        ObjectId::new(self.next_id(tenant)?).ok_or(StoreFault::OutOfIds)
    }

    pub(crate) fn blob(&self, tenant: TenantNumber) -> Result<BlobId, StoreFault> {
        BlobId::new(self.next_id(tenant)?).ok_or(StoreFault::OutOfIds)
    }

    pub(crate) fn principal(&self, tenant: TenantNumber) -> Result<PrincipalId, StoreFault> {
        PrincipalId::new(self.next_id(tenant)?).ok_or(StoreFault::OutOfIds)
    }

    pub(crate) fn group(&self, tenant: TenantNumber) -> Result<GroupId, StoreFault> {
        GroupId::new(self.next_id(tenant)?).ok_or(StoreFault::OutOfIds)
    }

    pub(crate) fn inventory_role(&self, tenant: TenantNumber) -> Result<InventoryRoleId, StoreFault> {
        InventoryRoleId::new(self.next_id(tenant)?).ok_or(StoreFault::OutOfIds)
    }

    pub(crate) fn assignment(&self, tenant: TenantNumber) -> Result<AssignmentId, StoreFault> {
        AssignmentId::new(self.next_id(tenant)?).ok_or(StoreFault::OutOfIds)
    }

    pub(crate) fn service_key(&self, tenant: TenantNumber) -> Result<ServiceKeyId, StoreFault> {
        ServiceKeyId::new(self.next_id(tenant)?).ok_or(StoreFault::OutOfIds)
    }

    pub(crate) fn application(&self, tenant: TenantNumber) -> Result<ApplicationId, StoreFault> {
        ApplicationId::new(self.next_id(tenant)?).ok_or(StoreFault::OutOfIds)
    }

    pub(crate) fn remote_configuration(
        &self,
        tenant: TenantNumber,
    ) -> Result<RemoteConfigurationId, StoreFault> {
        RemoteConfigurationId::new(self.next_id(tenant)?).ok_or(StoreFault::OutOfIds)
    }

    pub(crate) fn archive(&self, tenant: TenantNumber) -> Result<ArchiveId, StoreFault> {
        ArchiveId::new(self.next_id(tenant)?).ok_or(StoreFault::OutOfIds)
    }

    pub(crate) fn stream(&self, tenant: TenantNumber) -> Result<StreamId, StoreFault> {
        let number = self.next(
            tenant,
            |blocks| &mut blocks.streams,
            |lease, is_first| {
                let first = u64::from(lease.next_stream);
                let end = (first + if is_first { FIRST_STREAMS } else { BLOCK }).min(u64::from(STREAM_END));
                lease.next_stream = end as u32;
                first..end
            },
        )?;
        u32::try_from(number)
            .ok()
            .filter(|&n| n < STREAM_END)
            .map(StreamId)
            .ok_or(StoreFault::OutOfIds)
    }

    pub(crate) fn event(&self, tenant: TenantNumber) -> Result<EventId, StoreFault> {
        EventId::new(self.next_id(tenant)?).ok_or(StoreFault::OutOfIds)
    }

    pub(crate) fn alarm(&self, tenant: TenantNumber) -> Result<AlarmId, StoreFault> {
        AlarmId::new(self.next_id(tenant)?).ok_or(StoreFault::OutOfIds)
    }

    pub(crate) fn bulk_operation(&self, tenant: TenantNumber) -> Result<BulkOperationId, StoreFault> {
        BulkOperationId::new(self.next_id(tenant)?).ok_or(StoreFault::OutOfIds)
    }

    pub(crate) fn retention_rule(&self, tenant: TenantNumber) -> Result<RetentionRuleId, StoreFault> {
        RetentionRuleId::new(self.next_id(tenant)?).ok_or(StoreFault::OutOfIds)
    }

    pub(crate) fn statistics_file(&self, tenant: TenantNumber) -> Result<StatisticsFileId, StoreFault> {
        StatisticsFileId::new(self.next_id(tenant)?).ok_or(StoreFault::OutOfIds)
    }

    pub(crate) fn subscription(&self, tenant: TenantNumber) -> Result<SubscriptionId, StoreFault> {
        SubscriptionId::new(self.next_id(tenant)?).ok_or(StoreFault::OutOfIds)
    }

    /// Numbers of operations are scarce (2^32): they have blocks of their own, the first of which is small.
    pub(crate) fn operation(&self, tenant: TenantNumber) -> Result<OperationId, StoreFault> {
        let number = self.next(
            tenant,
            |blocks| &mut blocks.operations,
            |lease, is_first| {
                let first = lease.next_operation;
                let block = if is_first { FIRST_STREAMS } else { BLOCK };
                lease.next_operation = (first + block).min(OPERATION_END);
                first..lease.next_operation
            },
        )?;
        OperationId::new(number).ok_or(StoreFault::OutOfIds)
    }

    /// A number for a new tenant: rare, so leased one by one.
    pub(crate) fn tenant(&self) -> Result<TenantNumber, StoreFault> {
        let mut number = 0;
        self.lease(|lease| {
            number = lease.next_tenant;
            lease.next_tenant += 1;
        })?;
        Ok(TenantNumber(number))
    }

    fn next_id(&self, tenant: TenantNumber) -> Result<u64, StoreFault> {
        self.next(
            tenant,
            |blocks| &mut blocks.ids,
            |lease, _| {
                let first = lease.next_id;
                lease.next_id = lease.next_id.saturating_add(BLOCK).min(ID_END);
                first..lease.next_id
            },
        )
    }

    fn next(
        &self,
        tenant: TenantNumber,
        kind: impl Fn(&mut Blocks) -> &mut BTreeMap<TenantNumber, Range<u64>>,
        take: impl FnOnce(&mut Lease, bool) -> Range<u64>,
    ) -> Result<u64, StoreFault> {
        // A thread that panicked here left whole blocks behind: the worst is a skipped block.
        let mut blocks = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        let of_kind = kind(&mut blocks);
        let is_first = !of_kind.contains_key(&tenant);
        let block = of_kind.entry(tenant).or_default();
        if let Some(number) = block.next() {
            return Ok(number);
        }
        let mut leased = 0..0;
        self.lease(|lease| leased = take(lease, is_first))?;
        *block = leased;
        block.next().ok_or(StoreFault::OutOfIds)
    }

    /// Changes the lease row durably. It is no part of any command: a lease that is not used costs nothing.
    fn lease(&self, change: impl FnOnce(&mut Lease)) -> Result<(), StoreFault> {
        let key = Key::new(MANAGEMENT, Table::Lease);
        let mut tx = self.backend.begin()?;
        let mut lease = row_in::<Lease>(&*tx, &self.keys, &key)?.unwrap_or(Lease {
            next_id: FIRST_ID,
            next_stream: 1,
            next_tenant: MANAGEMENT.0 + 1,
            next_operation: 1,
        });
        change(&mut lease);
        put_row(&mut *tx, &self.keys, &key, &lease)?;
        Ok(tx.commit()?)
    }
}
