//! Contents that nothing refers to: those that still come in, and those whose file is gone. The mark stays until the last
//! piece is gone.

use super::{pieces_of, space};
use crate::backend::Direction;
use crate::fault::StoreFault;
use crate::rows::{Key, Table, last_number, rows};
use crate::transaction::WriteTx;
use crate::view::{View, unless_broken};
use model::files::Blob;
use model::ids::{BlobId, TenantNumber};
use model::time::Timestamp;
use policy::operations::inventory::InventoryDelete;
use policy::proof::Allowed;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;

/// The mark of a loose content.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Loose {
    /// Its length so far.
    pub(super) bytes: u64,
    /// Its pieces so far.
    pub(super) pieces: u32,
    /// When the last of them came; the earliest time of all if it is to be removed at once.
    pub(super) touched: Timestamp,
}
rows!(Loose => LooseBlob);

impl Default for Loose {
    fn default() -> Self {
        Self {
            bytes: 0,
            pieces: 0,
            touched: Timestamp::MIN,
        }
    }
}

pub(super) fn loose_key(tenant: TenantNumber, blob: BlobId) -> Key {
    Key::new(tenant, Table::LooseBlob).number(blob.number())
}

/// Lets go of a content: what has referred to it is removed, or refers to another, in the same transaction.
pub(crate) fn release(tx: &WriteTx, tenant: TenantNumber, content: &Blob) -> Result<(), StoreFault> {
    let loose = Loose {
        bytes: content.length,
        pieces: content.pieces,
        touched: Timestamp::MIN,
    };
    tx.put(&loose_key(tenant, content.id), &loose)
}

/// What was removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemovedBlob {
    /// The content.
    pub blob: BlobId,
    /// How many bytes are gone.
    pub bytes: u64,
}

/// Removes one loose content of which nothing has come since that time; nothing if there is none.
pub fn remove_loose(
    tx: &WriteTx,
    proof: &Allowed<InventoryDelete>,
    before: Timestamp,
) -> Result<Option<RemovedBlob>, StoreFault> {
    let tenant = proof.tenant();
    let marks = Key::new(tenant, Table::LooseBlob);
    let mut found = None;
    let visit = |key: &[u8], sealed: &[u8]| {
        let loose = unless_broken(tx.view.open::<Loose>(tenant, Table::LooseBlob, key, sealed))?;
        if loose.is_some_and(|loose| loose.touched < before) {
            found = last_number(key).and_then(BlobId::new);
        }
        Ok(match found {
            Some(_) => ControlFlow::Break(()),
            None => ControlFlow::Continue(()),
        })
    };
    tx.view.scan_range(
        tenant,
        Table::LooseBlob,
        &marks.prefix(),
        Direction::Forward,
        visit,
    )?;
    match found {
        Some(blob) => discard(tx, proof, blob),
        None => Ok(None),
    }
}

/// Removes a loose content; nothing if it is not loose (any more).
pub fn discard(
    tx: &WriteTx,
    proof: &Allowed<InventoryDelete>,
    blob: BlobId,
) -> Result<Option<RemovedBlob>, StoreFault> {
    let tenant = proof.tenant();
    let mark = loose_key(tenant, blob);
    let Some(loose) = tx.view.row::<Loose>(&mark)? else {
        return Ok(None);
    };
    for number in 0..loose.pieces {
        tx.delete(&pieces_of(tenant, blob).number32(number));
    }
    tx.delete(&mark);
    space::moves(tx, -(loose.bytes as i64), u64::MAX);
    Ok(Some(RemovedBlob {
        blob,
        bytes: loose.bytes,
    }))
}

impl View {
    /// How many bytes the files of a tenant have, and how many contents there are to which nothing refers.
    pub fn file_space(&self, tenant: TenantNumber) -> Result<(u64, usize), StoreFault> {
        let marks = self.index(&Key::new(tenant, Table::LooseBlob), Direction::Forward)?;
        Ok((space::used(self, tenant)?, marks.len()))
    }
}
