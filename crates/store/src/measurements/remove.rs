//! Removing the points of a source whose object is deleted, in small commits.

use super::{MeasurementRows, head_key, points_key, stream_key};
use crate::fault::StoreFault;
use crate::transaction::WriteTx;
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
