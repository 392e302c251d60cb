//! How many bytes the contents of all files of a tenant have. Counted by the committer, which alone knows the order of
//! commits: so it is exact, and files that come in together do not conflict.

use crate::backend::WriteTransaction;
use crate::commit::{put_row, row_in};
use crate::fault::StoreFault;
use crate::keys::Keys;
use crate::rows::{Key, Table, rows};
use crate::transaction::WriteTx;
use crate::view::View;
use model::ids::TenantNumber;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Bytes that come or go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SpaceMove {
    /// More, or fewer when it is negative.
    bytes: i64,
    /// If more come: how many there may be then.
    most: u64,
}

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Space {
    bytes: u64,
}
rows!(Space => BlobSpace);

fn key(tenant: TenantNumber) -> Key {
    Key::new(tenant, Table::BlobSpace)
}

/// How many there are in this view. Not noted as read: the committer counts for itself.
pub(super) fn used(view: &View, tenant: TenantNumber) -> Result<u64, StoreFault> {
    let space = view.row_unnoted::<Space>(&key(tenant))?;
    Ok(space.unwrap_or_default().bytes)
}

/// Notes that so many bytes come or go with this transaction.
pub(super) fn moves(tx: &WriteTx, bytes: i64, most: u64) {
    let mut pending = tx.pending.borrow_mut();
    let before = pending.space.map_or(0, |space| space.bytes);
    pending.space = Some(SpaceMove {
        bytes: before + bytes,
        most,
    });
}

/// What a group of commits does to the counts.
#[derive(Default)]
pub(crate) struct Spaces {
    spaces: BTreeMap<TenantNumber, Space>,
}

impl Spaces {
    /// Loads the count; says whether there is room.
    pub(crate) fn prepare(
        &mut self,
        tx: &dyn WriteTransaction,
        keys: &Keys,
        tenant: TenantNumber,
        moved: SpaceMove,
    ) -> Result<bool, StoreFault> {
        let space = match self.spaces.entry(tenant) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(vacant) => *vacant.insert(row_in(tx, keys, &key(tenant))?.unwrap_or_default()),
        };
        Ok(moved.bytes <= 0 || space.after(moved) <= moved.most)
    }

    /// Counts.
    pub(crate) fn apply(
        &mut self,
        tx: &mut dyn WriteTransaction,
        keys: &Keys,
        tenant: TenantNumber,
        moved: SpaceMove,
    ) -> Result<(), StoreFault> {
        let space = self.spaces.entry(tenant).or_default();
        space.bytes = space.after(moved);
        put_row(tx, keys, &key(tenant), space)
    }
}

impl Space {
    fn after(self, moved: SpaceMove) -> u64 {
        self.bytes.saturating_add_signed(moved.bytes)
    }
}
