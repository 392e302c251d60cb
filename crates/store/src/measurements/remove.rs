//! Removing the points of a source whose object is deleted, in small commits; and whether any are left.

use super::{MeasurementRows, head_key, points_key, stream_key};
use crate::fault::StoreFault;
use crate::transaction::WriteTx;
use crate::view::View;
use model::ids::{ObjectId, TenantNumber};
use policy::proof::Reach;

/// Removes up to `most` stored batches of a source's points, and its streams with the last of them; says how many.
pub(crate) fn remove_points_of(
    tx: &WriteTx,
    tenant: TenantNumber,
    source: ObjectId,
    most: usize,
) -> Result<usize, StoreFault> {
    let rows = MeasurementRows::new(&tx.view, tenant, &Reach::Object(source));
    let streams = rows.streams(source)?;
    let mut batches = 0;
    for (stream, _) in &streams {
        let firsts = rows.batches(*stream, most - batches)?;
        batches += firsts.len();
        for first in firsts {
            tx.delete(&points_key(tenant, *stream, first));
        }
        if batches >= most {
            return Ok(batches);
        }
    }
    for (stream, _) in streams {
        tx.delete(&head_key(tenant, stream));
        tx.delete(&stream_key(tenant, stream));
    }
    for key in rows.index_keys(source)? {
        tx.delete(&key);
    }
    Ok(batches)
}

/// Whether any point of a source is left.
pub(crate) fn has_points_of(view: &View, tenant: TenantNumber, source: ObjectId) -> Result<bool, StoreFault> {
    let rows = MeasurementRows::new(view, tenant, &Reach::Object(source));
    for (stream, _) in rows.streams(source)? {
        if !rows.batches(stream, 1)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}
