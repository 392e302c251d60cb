//! Removing the data of deleted objects: the deletion only marks the source, whatever the number of its measurements,
//! events, alarms and operations; they go afterwards, in small commits.
//!
//! From the mark on the data is out of reach of every proof. The mark stays until the last row is gone, so a stop
//! in between leaves nothing behind. Nothing can be added meanwhile: whoever stores data has read the object, and the
//! committer refuses it because the object has changed.

use crate::alarms::remove_counts_of;
use crate::backend::Direction;
use crate::documents::remove_of;
use crate::fault::StoreFault;
use crate::measurements::remove_points_of;
use crate::rows::{Key, Table};
use crate::transaction::WriteTx;
use crate::view::View;
use model::alarms::Alarm;
use model::events::Event;
use model::ids::{ObjectId, TenantNumber};
use model::operations::Operation;
use policy::operations::inventory::InventoryDelete;
use policy::proof::Allowed;

/// What one step has removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removed {
    /// The object that is gone.
    pub source: ObjectId,
    /// How many stored batches of its points, and documents, this step removes.
    pub rows: usize,
    /// Whether this was the last step for the source.
    pub complete: bool,
}

fn leaving(tenant: TenantNumber) -> Key {
    Key::new(tenant, Table::Leaving)
}

/// Whether the object is deleted and its data is on its way out. A damaged mark counts: what was deleted stays hidden.
pub(crate) fn is_leaving(view: &View, tenant: TenantNumber, source: ObjectId) -> Result<bool, StoreFault> {
    match view.contains(&leaving(tenant).number(source.number())) {
        Err(StoreFault::Broken { .. }) => Ok(true),
        marked => marked,
    }
}

/// Marks the data of an object that is being deleted in this transaction.
pub fn leave(tx: &WriteTx, proof: &Allowed<InventoryDelete>, source: ObjectId) -> Result<(), StoreFault> {
    tx.put_index(&leaving(proof.tenant()).number(source.number()))
}

/// Removes up to `rows_max` rows of the data of one marked object; nothing if none is marked.
pub fn remove(
    tx: &WriteTx,
    proof: &Allowed<InventoryDelete>,
    rows_max: usize,
) -> Result<Option<Removed>, StoreFault> {
    let tenant = proof.tenant();
    // Only what is marked for certain is removed.
    let marked = tx.view.index(&leaving(tenant), Direction::Forward)?;
    let Some(source) = marked.into_iter().find_map(ObjectId::new) else {
        return Ok(None);
    };
    let mut rows = 0;
    for remove_some in [
        remove_points_of,
        remove_of::<Event>,
        remove_of::<Alarm>,
        remove_of::<Operation>,
    ] {
        rows += remove_some(tx, tenant, source, rows_max - rows)?;
        if rows >= rows_max {
            return Ok(Some(Removed {
                source,
                rows,
                complete: false,
            }));
        }
    }
    remove_counts_of(tx, tenant, source);
    tx.delete(&leaving(tenant).number(source.number()));
    Ok(Some(Removed {
        source,
        rows,
        complete: true,
    }))
}
