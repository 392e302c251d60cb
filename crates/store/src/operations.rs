//! Operations as rows: documents about a device, in order of their creation.

use crate::backend::Direction;
use crate::bulk_operations;
use crate::change::Epoch;
use crate::documents::{Document, DocumentChanges, DocumentRows, Lines, about, open_under};
use crate::fault::StoreFault;
use crate::feed::{Followed, What};
use crate::inventory::{descendants, line_by, object_key};
use crate::lent;
use crate::options::value_of;
use crate::rows::{Key, Table, last_number, rows};
use crate::seal::RowVersion;
use crate::shards::Store;
use crate::transaction::WriteTx;
use crate::view::View;
use model::ids::{ObjectId, OperationId, TenantNumber};
use model::inventory::{ChildKind, ManagedObject};
use model::limits::SOURCES_BELOW_MAX;
use model::operations::{IS_AGENT, Operation, OperationStatus, PENDING_SECONDS_OPTION, pending_seconds};
use model::time::Timestamp;
use policy::facts::{ObjectFacts, Principal};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

rows!(Operation => Operation);

impl Lines for Operation {
    const OF: Table = Table::OperationOf;
    const LINE: u8 = 3;
    // Those that wait: a device that asks for them walks over nothing that has ended.
    const LISTS_OPEN: bool = true;
    const IS_LISTED_ELSEWHERE: bool = true;
}

impl Document for Operation {
    fn number(&self) -> u64 {
        self.id.number()
    }

    fn what(&self) -> What {
        What::Operation(self.id)
    }

    fn source(&self) -> ObjectId {
        self.device
    }

    fn time(&self) -> Timestamp {
        self.created
    }

    fn is_open(&self) -> bool {
        self.status == OperationStatus::Pending
    }

    fn follow(
        changes: &OperationChanges<'_>,
        before: Option<&Self>,
        after: Option<&Self>,
    ) -> Result<(), StoreFault> {
        keep_listed(changes.tx, changes.tenant, before, after)?;
        lent::follow(changes.tx, changes.tenant, before, after)?;
        bulk_operations::follow(changes.tx, changes.tenant, before, after)
    }

    fn forget(&self, tx: &WriteTx, tenant: TenantNumber) -> Result<(), StoreFault> {
        keep_listed(tx, tenant, Some(self), None)?;
        lent::follow(tx, tenant, Some(self), None)?;
        bulk_operations::follow(tx, tenant, Some(self), None)
    }

    fn fragments(&self) -> impl Iterator<Item = &str> {
        self.fragments.names()
    }
}

pub(crate) fn operation_key(tenant: TenantNumber, id: OperationId) -> Key {
    Key::new(tenant, Table::Operation).number(id.number())
}

/// Where an operation is listed that waits, and may not for ever.
fn expiry_key(tenant: TenantNumber, operation: &Operation) -> Option<Key> {
    let expires = operation.expires.filter(|_| operation.is_open())?;
    let millis = u64::try_from(expires.millis()).unwrap_or(0);
    let key = Key::new(tenant, Table::OperationExpiry);
    Some(key.number(millis).number(operation.number()))
}

/// Where those are listed that a device is at.
fn begun_under(tenant: TenantNumber, device: ObjectId) -> Key {
    Key::new(tenant, Table::OperationBegun).number(device.number())
}

fn begun_key(tenant: TenantNumber, operation: &Operation) -> Option<Key> {
    let is_begun = operation.status == OperationStatus::Executing;
    is_begun.then(|| begun_under(tenant, operation.device).number(operation.number()))
}

/// Keeps an operation that comes, changes or goes in the lists by where it stands.
fn keep_listed(
    tx: &WriteTx,
    tenant: TenantNumber,
    before: Option<&Operation>,
    after: Option<&Operation>,
) -> Result<(), StoreFault> {
    for key in [expiry_key, begun_key] {
        let (before, after) = (
            before.and_then(|one| key(tenant, one)),
            after.and_then(|one| key(tenant, one)),
        );
        if before == after {
            continue;
        }
        if let Some(before) = before {
            tx.delete(&before);
        }
        if let Some(after) = after {
            tx.put_index(&after)?;
        }
    }
    Ok(())
}

/// The operations of a tenant, to read within a reach.
pub type OperationRows<'t> = DocumentRows<'t, Operation>;
/// The operations of a tenant, to change.
pub type OperationChanges<'t> = DocumentChanges<'t, Operation>;

impl OperationRows<'_> {
    /// An operation within reach, by its id.
    pub fn operation(&self, id: OperationId) -> Result<Option<Operation>, StoreFault> {
        self.document(id.number())
    }

    /// The operations that wait and whose time is over, the first ones; only for a proof that reaches all of them.
    pub fn expired(&self, now: Timestamp, most: usize) -> Result<Vec<OperationId>, StoreFault> {
        let due = self.due(Table::OperationExpiry, now, most)?;
        Ok(due.into_iter().map(|(_, id)| id).collect())
    }

    /// What is listed in a table by time, up to now, the first of it.
    pub(crate) fn due(
        &self,
        table: Table,
        now: Timestamp,
        most: usize,
    ) -> Result<Vec<(Timestamp, OperationId)>, StoreFault> {
        let (all, mut found) = (Key::new(self.tenant, table), Vec::new());
        let skip = all.bytes().len();
        self.view.scan_range(
            self.tenant,
            all.table,
            &all.prefix(),
            Direction::Forward,
            |key, _| {
                let at = key.get(skip..skip + 8).and_then(last_number);
                let at = at
                    .and_then(|at| i64::try_from(at).ok())
                    .map(Timestamp::from_millis);
                let Some(at) = at.filter(|at| *at <= now && found.len() < most) else {
                    return Ok(ControlFlow::Break(()));
                };
                found.extend(last_number(key).and_then(OperationId::new).map(|id| (at, id)));
                Ok(ControlFlow::Continue(()))
            },
        )?;
        Ok(found)
    }
}

impl OperationRows<'_> {
    /// The operations of a device that wait, or that it is at, by their ids in order, within reach or not.
    pub fn of_device(
        &self,
        device: ObjectId,
        status: OperationStatus,
    ) -> Result<Vec<OperationId>, StoreFault> {
        open_on(self.view, self.tenant, device, status, usize::MAX)
    }
}

impl OperationChanges<'_> {
    /// A new operation id.
    pub fn new_id(&self) -> Result<OperationId, StoreFault> {
        self.tx.ids.operation(self.tenant)
    }

    /// Whether a device is an agent or hangs below one by child devices: somebody takes its operations.
    pub fn has_agent(&self, device: ObjectId) -> Result<bool, StoreFault> {
        Ok(agent_of(&self.tx.view, self.tenant, device)?.is_some())
    }

    /// For how many seconds operations of this tenant wait; nothing: for ever.
    pub fn pending_seconds(&self) -> Result<Option<u32>, StoreFault> {
        let (category, key) = PENDING_SECONDS_OPTION;
        let option = value_of(&self.tx.view, self.tenant, category, key)?;
        Ok(pending_seconds(option.as_deref()))
    }

    /// The operations of a device that wait, or that it is at, by their ids in order, within reach or not.
    pub fn of_device(
        &self,
        device: ObjectId,
        status: OperationStatus,
    ) -> Result<Vec<OperationId>, StoreFault> {
        self.first_of_device(device, status, usize::MAX)
    }

    /// The first of them, and no more than so many are looked at.
    pub fn first_of_device(
        &self,
        device: ObjectId,
        status: OperationStatus,
        most: usize,
    ) -> Result<Vec<OperationId>, StoreFault> {
        open_on(&self.tx.view, self.tenant, device, status, most)
    }
}

/// The first operations of a device that wait, or that it is at, by their ids in order.
fn open_on(
    view: &View,
    tenant: TenantNumber,
    device: ObjectId,
    status: OperationStatus,
    most: usize,
) -> Result<Vec<OperationId>, StoreFault> {
    match status {
        OperationStatus::Pending => waiting_on(view, tenant, Some(device), None, most),
        OperationStatus::Executing => {
            let found = view.index_after(&begun_under(tenant, device), None, most)?;
            Ok(found.into_iter().filter_map(OperationId::new).collect())
        }
        OperationStatus::Successful | OperationStatus::Failed => Ok(Vec::new()),
    }
}

/// Who takes the operations of a device: itself, or the nearest above it by child devices that is an agent (R100).
pub(crate) fn agent_of(
    view: &View,
    tenant: TenantNumber,
    device: ObjectId,
) -> Result<Option<ObjectId>, StoreFault> {
    if is_agent(view, tenant, device)? {
        return Ok(Some(device));
    }
    for above in line_by(view, tenant, device, &[ChildKind::Device])? {
        if is_agent(view, tenant, above)? {
            return Ok(Some(above));
        }
    }
    Ok(None)
}

fn is_agent(view: &View, tenant: TenantNumber, object: ObjectId) -> Result<bool, StoreFault> {
    let object = view.row::<ManagedObject>(&object_key(tenant, object))?;
    Ok(object.is_some_and(|object| object.fragments.contains(IS_AGENT)))
}

/// The first operations that wait on an object behind this one, by their ids in order; of the whole tenant, if there is no
/// object.
fn waiting_on(
    view: &View,
    tenant: TenantNumber,
    device: Option<ObjectId>,
    after: Option<OperationId>,
    most: usize,
) -> Result<Vec<OperationId>, StoreFault> {
    let found = view.index_after(
        &open_under::<Operation>(tenant, device),
        after.map(OperationId::number),
        most,
    )?;
    Ok(found.into_iter().filter_map(OperationId::new).collect())
}

impl Store {
    /// Who takes the operations of each of these devices: for those who follow what happens to them. Ids only.
    pub fn agents_of(
        &self,
        followed: Followed,
        devices: &BTreeSet<ObjectId>,
    ) -> Result<BTreeMap<ObjectId, ObjectId>, StoreFault> {
        let tenant = followed.tenant();
        let view = self.view(tenant)?;
        let mut agents = BTreeMap::new();
        for device in devices {
            agents.extend(agent_of(&view, tenant, *device)?.map(|agent| (*device, agent)));
        }
        Ok(agents)
    }

    /// What moves with every change of the rules or of child edges of a tenant that somebody follows: with either, operations
    /// may come to another agent.
    pub fn routes(&self, followed: Followed) -> Result<Routes, StoreFault> {
        let tenant = followed.tenant();
        let view = self.view(tenant)?;
        Ok(Routes([
            view.version(&Epoch::Rules.key(tenant))?,
            view.version(&Epoch::Tree.key(tenant))?,
        ]))
    }
}

/// The version of what decides to whom operations come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routes([Option<RowVersion>; 2]);

impl View {
    /// Who takes the operations of a device of the principal's tenant.
    pub fn agent_of(&self, who: &Principal, device: ObjectId) -> Result<Option<ObjectId>, StoreFault> {
        agent_of(self, who.tenant(), device)
    }

    /// Whether an object of the principal's tenant is this one, or hangs below it by this kind of edges.
    pub fn hangs_below(
        &self,
        who: &Principal,
        object: ObjectId,
        above: ObjectId,
        kind: ChildKind,
    ) -> Result<bool, StoreFault> {
        Ok(object == above || line_by(self, who.tenant(), object, &[kind])?.contains(&above))
    }

    /// The first operations behind this one that wait for an agent of the principal's tenant: for itself, and for what hangs
    /// below it by child devices as far as no other agent takes it. Ids in order, and at most so many; each is still to be
    /// decided.
    pub fn waiting_for(
        &self,
        who: &Principal,
        agent: ObjectId,
        after: Option<OperationId>,
        most: usize,
    ) -> Result<Vec<OperationId>, StoreFault> {
        let tenant = who.tenant();
        let below = descendants(self, tenant, agent, &[ChildKind::Device], SOURCES_BELOW_MAX)?;
        let mut found = BTreeSet::new();
        // Where an agent has more below it than can be looked at, what waits in the tenant is looked at instead.
        let devices: Vec<_> = match below {
            Some(below) => below.into_iter().chain([agent]).map(Some).collect(),
            None => vec![None],
        };
        for device in devices {
            found.extend(waiting_on(self, tenant, device, after, most)?);
            while found.len() > most {
                found.pop_last();
            }
        }
        Ok(found.into_iter().take(most).collect())
    }

    /// The device of an operation, and the names of the operation's fragments.
    pub fn operation_facts(
        &self,
        who: &Principal,
        id: OperationId,
    ) -> Result<Option<(ObjectFacts, Vec<String>)>, StoreFault> {
        self.piece_facts(who, about::<Operation>(self, who.tenant(), id.number())?)
    }
}
