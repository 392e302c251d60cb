//! Removing the points of deleted objects: the deletion only marks the source, whatever the number of its points; what
//! hangs on it goes afterwards, in small commits.
//!
//! From the mark on the points are out of reach of every proof. The mark stays until the last row is gone, so a stop
//! in between leaves nothing behind. Nothing can be appended meanwhile: whoever stores a measurement has read the
//! object, and the committer refuses it because the object has changed.

use super::{MeasurementChanges, head_key, points_key, stream_key};
use crate::backend::Direction;
use crate::fault::StoreFault;
use crate::rows::{Key, Table, last_number};
use crate::view::View;
use model::ids::{ObjectId, TenantNumber};
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// What one step has removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removed {
    /// The object that is gone.
    pub source: ObjectId,
    /// How many stored batches of its points this step removes.
    pub batches: usize,
    /// Whether this was the last step for the source.
    pub complete: bool,
}

fn leaving(tenant: TenantNumber) -> Key {
    Key::new(tenant, Table::Leaving)
}

/// Whether the object is deleted and its points are on their way out.
pub(super) fn is_leaving(view: &View, tenant: TenantNumber, source: ObjectId) -> Result<bool, StoreFault> {
    view.contains(&leaving(tenant).number(source.number()))
}

/// Every such object. A damaged mark counts: what was deleted stays hidden.
pub(super) fn all_leaving(view: &View, tenant: TenantNumber) -> Result<BTreeSet<ObjectId>, StoreFault> {
    let mut marked = BTreeSet::new();
    view.scan_range(
        tenant,
        Table::Leaving,
        &leaving(tenant).prefix(),
        Direction::Forward,
        |key, _| {
            marked.extend(last_number(key).and_then(ObjectId::new));
            Ok(ControlFlow::Continue(()))
        },
    )?;
    Ok(marked)
}

impl MeasurementChanges<'_> {
    /// Marks the points of an object that is being deleted in this transaction.
    pub fn leave(&self, source: ObjectId) -> Result<(), StoreFault> {
        self.tx.put_index(&leaving(self.tenant).number(source.number()))
    }

    /// Removes up to `batches_max` batches of one marked object; nothing if none is marked.
    pub fn remove_leaving(&self, batches_max: usize) -> Result<Option<Removed>, StoreFault> {
        // Only what is marked for certain is removed.
        let marked = self.tx.view.index(&leaving(self.tenant), Direction::Forward)?;
        let Some(source) = marked.into_iter().find_map(ObjectId::new) else {
            return Ok(None);
        };
        let streams = self.now().streams(source)?;
        let mut batches = 0;
        for (stream, _) in &streams {
            let firsts = self.now().batches(*stream, batches_max - batches)?;
            batches += firsts.len();
            for first in firsts {
                self.tx.delete(&points_key(self.tenant, *stream, first));
            }
            if batches >= batches_max {
                return Ok(Some(Removed {
                    source,
                    batches,
                    complete: false,
                }));
            }
        }
        for (stream, _) in streams {
            self.tx.delete(&head_key(self.tenant, stream));
            self.tx.delete(&stream_key(self.tenant, stream));
        }
        for key in self.now().index_keys(source)? {
            self.tx.delete(&key);
        }
        self.tx.delete(&leaving(self.tenant).number(source.number()));
        Ok(Some(Removed {
            source,
            batches,
            complete: true,
        }))
    }
}
