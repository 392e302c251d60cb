//! Bulk operations as rows: each with the devices that are still to be asked, those that could not be, and the operations
//! that it has created, listed by where they stand.
//!
//! A device is taken off the list in the same commit that creates its operation: a stop in between leaves both or none.

use crate::backend::Direction;
use crate::fault::StoreFault;
use crate::rows::{Key, Table, last_number, rows};
use crate::transaction::WriteTx;
use crate::view::View;
use model::bulk_operations::{BulkOperation, Progress};
use model::ids::{BulkOperationId, ObjectId, TenantNumber};
use model::operations::{Operation, OperationStatus};
use std::ops::ControlFlow;

rows!(BulkOperation => BulkOperation);

/// What is still to be done, or was not, on a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Task {
    Waiting = 1,
    Refused = 2,
}

fn bulk_key(tenant: TenantNumber, id: BulkOperationId) -> Key {
    Key::new(tenant, Table::BulkOperation).number(id.number())
}

fn open_key(tenant: TenantNumber) -> Key {
    Key::new(tenant, Table::OpenBulk)
}

fn tasks(tenant: TenantNumber, id: BulkOperationId, task: Task) -> Key {
    Key::new(tenant, Table::BulkTask)
        .number(id.number())
        .byte(task as u8)
}

fn created(tenant: TenantNumber, id: BulkOperationId, status: OperationStatus) -> Key {
    let status = match status {
        OperationStatus::Pending => 1,
        OperationStatus::Executing => 2,
        OperationStatus::Successful => 3,
        OperationStatus::Failed => 4,
    };
    Key::new(tenant, Table::BulkCreated)
        .number(id.number())
        .byte(status)
}

/// Where an operation of a bulk operation is listed.
pub(crate) fn listed(tenant: TenantNumber, operation: &Operation) -> Option<Key> {
    let bulk = operation.bulk?;
    Some(created(tenant, bulk, operation.status).number(operation.id.number()))
}

/// The bulk operations of a tenant, to read.
pub struct BulkRows<'t> {
    view: &'t View,
    tenant: TenantNumber,
}

impl<'t> BulkRows<'t> {
    pub(crate) fn new(view: &'t View, tenant: TenantNumber) -> Self {
        Self { view, tenant }
    }

    /// A bulk operation by its id.
    pub fn bulk_operation(&self, id: BulkOperationId) -> Result<Option<BulkOperation>, StoreFault> {
        self.view.row(&bulk_key(self.tenant, id))
    }

    /// Every bulk operation, in order of ids.
    pub fn bulk_operations(&self) -> Result<Vec<BulkOperation>, StoreFault> {
        self.view.rows(&Key::new(self.tenant, Table::BulkOperation))
    }

    /// Those that have something to create, now or later, in order of ids.
    pub fn open(&self) -> Result<Vec<BulkOperationId>, StoreFault> {
        let open = self.view.index(&open_key(self.tenant), Direction::Forward)?;
        Ok(open.into_iter().filter_map(BulkOperationId::new).collect())
    }

    /// How many devices stand where.
    pub fn progress(&self, id: BulkOperationId) -> Result<Progress, StoreFault> {
        let count = |prefix: Key| Ok::<_, StoreFault>(self.view.index(&prefix, Direction::Forward)?.len());
        let of = |status| count(created(self.tenant, id, status));
        let task = |task| count(tasks(self.tenant, id, task));
        Ok(Progress {
            pending: of(OperationStatus::Pending)? + task(Task::Waiting)?,
            executing: of(OperationStatus::Executing)?,
            successful: of(OperationStatus::Successful)?,
            failed: of(OperationStatus::Failed)? + task(Task::Refused)?,
        })
    }

    /// The first devices that are still to be asked, in order of ids, at most so many.
    pub fn waiting(&self, id: BulkOperationId, most: usize) -> Result<Vec<ObjectId>, StoreFault> {
        let prefix = tasks(self.tenant, id, Task::Waiting);
        let mut devices = Vec::new();
        self.view.scan_range(
            self.tenant,
            Table::BulkTask,
            &prefix.prefix(),
            Direction::Forward,
            |key, _| {
                devices.extend(last_number(key).and_then(ObjectId::new));
                Ok(match devices.len() < most {
                    true => ControlFlow::Continue(()),
                    false => ControlFlow::Break(()),
                })
            },
        )?;
        Ok(devices)
    }

    fn devices(&self, id: BulkOperationId, task: Task) -> Result<Vec<ObjectId>, StoreFault> {
        let found = self
            .view
            .index(&tasks(self.tenant, id, task), Direction::Forward)?;
        Ok(found.into_iter().filter_map(ObjectId::new).collect())
    }

    /// The devices on which it has failed: those that could not be asked, then those whose operation failed, as far as
    /// they and their operations are still there.
    pub fn failed(&self, id: BulkOperationId) -> Result<Vec<ObjectId>, StoreFault> {
        let mut failed = self.devices(id, Task::Refused)?;
        let prefix = created(self.tenant, id, OperationStatus::Failed);
        for number in self.view.index(&prefix, Direction::Forward)? {
            let key = Key::new(self.tenant, Table::Operation).number(number);
            let operation = self.view.row_unnoted::<Operation>(&key)?;
            failed.extend(operation.map(|operation| operation.device));
        }
        failed.sort_unstable();
        failed.dedup();
        Ok(failed)
    }
}

/// The bulk operations of a tenant, to change.
pub struct BulkChanges<'t> {
    tx: &'t WriteTx,
    tenant: TenantNumber,
}

impl<'t> BulkChanges<'t> {
    pub(crate) fn new(tx: &'t WriteTx, tenant: TenantNumber) -> Self {
        Self { tx, tenant }
    }

    /// What is there now; the committer refuses the change if a bulk operation that was read moves.
    pub fn now(&self) -> BulkRows<'t> {
        BulkRows::new(&self.tx.view, self.tenant)
    }

    /// A new id of a bulk operation.
    pub fn new_id(&self) -> Result<BulkOperationId, StoreFault> {
        self.tx.ids.bulk_operation(self.tenant)
    }

    /// Stores a new or changed bulk operation.
    pub fn put(&self, bulk: &BulkOperation) -> Result<(), StoreFault> {
        let open = open_key(self.tenant).number(bulk.id.number());
        match bulk.status.is_open() {
            true => self.tx.put_index(&open)?,
            false => self.tx.delete(&open),
        }
        self.tx.put(&bulk_key(self.tenant, bulk.id), bulk)
    }

    /// Notes which devices are to be asked.
    pub fn plan(&self, id: BulkOperationId, devices: &[ObjectId]) -> Result<(), StoreFault> {
        let waiting = tasks(self.tenant, id, Task::Waiting);
        devices
            .iter()
            .try_for_each(|device| self.tx.put_index(&waiting.clone().number(device.number())))
    }

    /// Takes a device off the list; one that could not be asked is noted as such.
    pub fn take(
        &self,
        id: BulkOperationId,
        device: ObjectId,
        could_be_asked: bool,
    ) -> Result<(), StoreFault> {
        let at = |task| tasks(self.tenant, id, task).number(device.number());
        // Read, so that of two who take it only one is committed.
        if !self.tx.view.contains(&at(Task::Waiting))? {
            return Err(StoreFault::Inconsistent {
                tenant: self.tenant,
                what: "a device that is still to be asked",
            });
        }
        self.tx.delete(&at(Task::Waiting));
        match could_be_asked {
            true => Ok(()),
            false => self.tx.put_index(&at(Task::Refused)),
        }
    }

    /// Removes a bulk operation that has nothing more to create, with what is noted of its devices: up to so many notes,
    /// and itself with the last of them. Gives the notes and whether it is gone. Operations that it has created stay.
    pub fn delete(&self, id: BulkOperationId, most: usize) -> Result<(usize, bool), StoreFault> {
        let noted = [
            tasks(self.tenant, id, Task::Waiting),
            tasks(self.tenant, id, Task::Refused),
        ]
        .into_iter()
        .chain(
            OperationStatus::ALL
                .iter()
                .map(|status| created(self.tenant, id, *status)),
        );
        let mut removed = 0;
        for prefix in noted {
            for number in self.tx.view.index(&prefix, Direction::Forward)? {
                if removed == most {
                    return Ok((removed, false));
                }
                self.tx.delete(&prefix.clone().number(number));
                removed += 1;
            }
        }
        self.tx.delete(&open_key(self.tenant).number(id.number()));
        self.tx.delete(&bulk_key(self.tenant, id));
        Ok((removed, true))
    }

    /// Forgets which devices were still to be asked.
    pub fn forget_waiting(&self, id: BulkOperationId) -> Result<(), StoreFault> {
        let waiting = tasks(self.tenant, id, Task::Waiting);
        for device in self.now().waiting(id, usize::MAX)? {
            self.tx.delete(&waiting.clone().number(device.number()));
        }
        Ok(())
    }
}

/// Lists an operation where it stands among those of its bulk operation, and nowhere else.
pub(crate) fn follow(
    tx: &WriteTx,
    tenant: TenantNumber,
    before: Option<&Operation>,
    after: Option<&Operation>,
) -> Result<(), StoreFault> {
    let [before, after] = [before, after].map(|operation| operation.and_then(|one| listed(tenant, one)));
    if before == after {
        return Ok(());
    }
    if let Some(before) = before {
        tx.delete(&before);
    }
    after.map_or(Ok(()), |after| tx.put_index(&after))
}
