//! What open operations name for their devices to fetch, by object: kept from the creation of an operation to its end, or
//! until its device has been at it for a time.
//!
//! What counts is what its creator has named. A device may change its operations, and lends itself nothing by that. Whether
//! the creator may read what it has named, the decision says.

use crate::fault::StoreFault;
use crate::inventory::children_in_rows;
use crate::operations::{OperationChanges, operation_key};
use crate::rows::{Key, Table, rows};
use crate::transaction::WriteTx;
use crate::view::View;
use model::ids::{ObjectId, OperationId, PrincipalId, TenantNumber};
use model::limits::{LENT_BY_MAX, LENT_TO_MAX, LENT_WHILE_EXECUTING_SECONDS};
use model::operations::Operation;
use model::operations::lent::named;
use model::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Which objects an open operation has named since it was created.
#[derive(Serialize, Deserialize)]
struct Names(Vec<ObjectId>);
rows!(Names => OperationNames);

fn names_key(tenant: TenantNumber, operation: OperationId) -> Key {
    Key::new(tenant, Table::OperationNames).number(operation.number())
}

fn lent_under(tenant: TenantNumber, object: ObjectId) -> Key {
    Key::new(tenant, Table::Lent).number(object.number())
}

fn lent_key(tenant: TenantNumber, object: ObjectId, operation: &Operation) -> Key {
    lent_under(tenant, object)
        .number(operation.device.number())
        .number(operation.id.number())
}

/// Keeps what an operation lends, when it comes, changes or goes: from its creation to its end, always the same.
pub(crate) fn follow(
    tx: &WriteTx,
    tenant: TenantNumber,
    before: Option<&Operation>,
    after: Option<&Operation>,
) -> Result<(), StoreFault> {
    let is_open = |operation: &&Operation| !operation.status.is_final();
    match (before.filter(is_open), after.filter(is_open)) {
        (None, Some(new)) if before.is_none() => lend(tx, tenant, new),
        (Some(old), None) => end(tx, tenant, old).map(drop),
        (Some(old), Some(new)) if old.status != new.status => begin(tx, tenant, new),
        _ => Ok(()),
    }
}

fn lend(tx: &WriteTx, tenant: TenantNumber, operation: &Operation) -> Result<(), StoreFault> {
    let names: Vec<_> = named(&operation.fragments).into_iter().collect();
    if names.is_empty() {
        return Ok(());
    }
    for object in &names {
        tx.put_index(&lent_key(tenant, *object, operation))?;
    }
    tx.put(&names_key(tenant, operation.id), &Names(names))
}

/// From when the device has begun, it has a time to fetch what is named: it may never say that it has ended.
fn begin(tx: &WriteTx, tenant: TenantNumber, operation: &Operation) -> Result<(), StoreFault> {
    if !tx.view.contains(&names_key(tenant, operation.id))? {
        return Ok(());
    }
    let until = operation
        .updated
        .plus_millis(i64::from(LENT_WHILE_EXECUTING_SECONDS) * 1_000);
    tx.put_index(&end_key(tenant, until).number(operation.id.number()))
}

fn end_key(tenant: TenantNumber, until: Timestamp) -> Key {
    let millis = u64::try_from(until.millis()).unwrap_or(0);
    Key::new(tenant, Table::LoanEnd).number(millis)
}

impl OperationChanges<'_> {
    /// Ends what operations lend whose devices have had their time for it, a number of them at once; only for a proof that
    /// reaches all. Gives those that were still lending.
    pub fn end_loans(&self, now: Timestamp, most: usize) -> Result<Vec<Operation>, StoreFault> {
        let rows = self.now();
        let mut ended = Vec::new();
        for (until, id) in rows.due(Table::LoanEnd, now, most)? {
            self.tx.delete(&end_key(self.tenant, until).number(id.number()));
            if let Some(operation) = rows.operation(id)?
                && end(self.tx, self.tenant, &operation)?
            {
                ended.push(operation);
            }
        }
        Ok(ended)
    }
}

/// Says whether it had lent anything.
fn end(tx: &WriteTx, tenant: TenantNumber, operation: &Operation) -> Result<bool, StoreFault> {
    let key = names_key(tenant, operation.id);
    let Some(Names(names)) = tx.view.row::<Names>(&key)? else {
        return Ok(false);
    };
    for object in names {
        tx.delete(&lent_key(tenant, object, operation));
    }
    tx.delete(&key);
    Ok(true)
}

/// The open operations that name an object on what a principal owns or what hangs below that: one of each creator.
pub(crate) fn lent_to(
    view: &View,
    tenant: TenantNumber,
    object: ObjectId,
    owner: PrincipalId,
) -> Result<BTreeMap<PrincipalId, OperationId>, StoreFault> {
    let mut loans = BTreeMap::new();
    let lent = lent_under(tenant, object);
    if !view.any(&lent)? {
        return Ok(loans);
    }
    let by_owner = Key::new(tenant, Table::ByOwner).number(owner.number());
    let owned = view.index_after(&by_owner, None, LENT_TO_MAX)?;
    let mut waiting: VecDeque<_> = owned.into_iter().filter_map(ObjectId::new).collect();
    // Each object waits once, and no more than the limit ever do.
    let mut known: BTreeSet<_> = waiting.iter().copied().collect();
    while let Some(device) = waiting.pop_front() {
        let by = view.index_after(&lent.clone().number(device.number()), None, LENT_BY_MAX)?;
        for id in by.into_iter().filter_map(OperationId::new) {
            let operation = view.row::<Operation>(&operation_key(tenant, id))?;
            // The rows end with the operation: this is the same said by the operation itself.
            let open = operation.filter(|one| !one.status.is_final() && one.device == device);
            open.map(|open| loans.entry(open.creator).or_insert(id));
        }
        for (_, child) in children_in_rows(view, tenant, device)? {
            if known.len() < LENT_TO_MAX && known.insert(child) {
                waiting.push_back(child);
            }
        }
    }
    Ok(loans)
}
