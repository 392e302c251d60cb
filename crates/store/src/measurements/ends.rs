//! Appending points: the committer's part. It alone gives places, because it alone knows the order of commits.

use super::{StreamHead, head_key, points_key};
use crate::backend::WriteTransaction;
use crate::change::{Append, Telemetry};
use crate::commit::row_in;
use crate::fault::StoreFault;
use crate::keys::Keys;
use crate::rows::encode;
use audit::record::{BatchSummary, Record};
use aws_lc_rs::digest::{Context, SHA256};
use model::ids::{MeasurementId, PrincipalId, SEQUENCE_END, StreamId, TenantNumber};
use model::time::Timestamp;
use series::batch::Batch;
use std::collections::BTreeMap;

/// What one append became.
pub(crate) struct Appended {
    /// The points' ids, in order.
    pub(crate) ids: Vec<MeasurementId>,
    /// The batch as it was stored, before sealing.
    bytes: Vec<u8>,
}

/// The ends of the streams that a group commit appends to.
#[derive(Default)]
pub(crate) struct StreamEnds {
    heads: BTreeMap<(TenantNumber, StreamId), StreamHead>,
}

impl StreamEnds {
    /// Loads the end of the stream and says whether the points fit behind it.
    pub(crate) fn prepare(
        &mut self,
        tx: &dyn WriteTransaction,
        keys: &Keys,
        tenant: TenantNumber,
        append: &Append,
    ) -> Result<bool, StoreFault> {
        if !keys.has(tenant) {
            return Ok(false);
        }
        let place = (tenant, append.stream);
        let head = match self.heads.get(&place) {
            Some(head) => *head,
            None => {
                let stored = row_in(tx, keys, &head_key(tenant, append.stream))?;
                let empty = StreamHead {
                    next: 0,
                    last_time: Timestamp::MIN,
                    late_millis_max: 0,
                    latest: 0,
                };
                *self.heads.entry(place).or_insert(stored.unwrap_or(empty))
            }
        };
        Ok(append.points.len() < (SEQUENCE_END - head.next) as usize)
    }

    /// Writes the points as one batch and moves the end of the stream.
    pub(crate) fn append(
        &mut self,
        tx: &mut dyn WriteTransaction,
        keys: &Keys,
        tenant: TenantNumber,
        append: Append,
    ) -> Result<Appended, StoreFault> {
        let head = self
            .heads
            .get_mut(&(tenant, append.stream))
            .ok_or(StoreFault::Inconsistent {
                tenant,
                what: "the end of a stream",
            })?;
        let first = head.next;
        let batch = Batch {
            points: append.points,
        };
        for (place, point) in (first..).zip(&batch.points) {
            if point.time < head.last_time {
                let late = head.last_time.millis() - point.time.millis();
                head.late_millis_max = head.late_millis_max.max(late);
            } else {
                head.last_time = point.time;
                head.latest = place;
            }
        }
        head.next += batch.points.len() as u32;
        let ids = (first..head.next)
            .filter_map(|place| MeasurementId::at(append.stream, place))
            .collect();
        let bytes = encode(&batch)?;
        put_plain(tx, keys, &points_key(tenant, append.stream, first), &bytes)?;
        put_plain(tx, keys, &head_key(tenant, append.stream), &encode(&*head)?)?;
        Ok(Appended { ids, bytes })
    }
}

fn put_plain(
    tx: &mut dyn WriteTransaction,
    keys: &Keys,
    key: &crate::rows::Key,
    plain: &[u8],
) -> Result<(), StoreFault> {
    let space = key.table.space();
    let sealed = keys.seal(key.tenant, space, key.bytes(), plain)?;
    Ok(tx.put(space, key.bytes(), &sealed)?)
}

/// One principal's telemetry in a group commit: count, first and last id, digest of the stored batches.
pub(crate) struct TelemetryDigest {
    record: Record,
    digest: Context,
    count: u64,
    first: Option<u64>,
    last: Option<u64>,
}

impl TelemetryDigest {
    pub(crate) fn add(&mut self, appended: &Appended) {
        self.digest.update(&(appended.bytes.len() as u64).to_be_bytes());
        self.digest.update(&appended.bytes);
        self.count += appended.ids.len() as u64;
        self.first = self.first.or(appended.ids.first().map(|id| id.number()));
        self.last = appended.ids.last().map(|id| id.number()).or(self.last);
    }

    /// Adds a document that was written, by the hash of what it says.
    pub(crate) fn add_document(&mut self, number: u64, hash: &[u8; 32]) {
        self.digest.update(hash);
        self.count += 1;
        self.first = self.first.or(Some(number));
        self.last = Some(number);
    }
}

/// The telemetry of a group commit, by tenant and principal: one audit record each.
#[derive(Default)]
pub(crate) struct TelemetryDigests {
    principals: BTreeMap<(TenantNumber, Option<PrincipalId>, bool), TelemetryDigest>,
}

impl TelemetryDigests {
    pub(crate) fn of(&mut self, tenant: TenantNumber, telemetry: Telemetry) -> &mut TelemetryDigest {
        self.principals
            .entry((tenant, telemetry.principal, telemetry.passes))
            .or_insert_with(|| TelemetryDigest {
                record: telemetry.record,
                digest: Context::new(&SHA256),
                count: 0,
                first: None,
                last: None,
            })
    }

    pub(crate) fn into_records(self) -> impl Iterator<Item = (TenantNumber, Record)> {
        self.principals
            .into_iter()
            .filter_map(|((tenant, _, _), telemetry)| {
                let mut record = telemetry.record;
                let digest = telemetry.digest.finish();
                record.count = telemetry.count;
                record.batch = Some(BatchSummary {
                    count: telemetry.count,
                    first_id: telemetry.first?.to_string(),
                    last_id: telemetry.last?.to_string(),
                    digest: digest.as_ref().try_into().ok()?,
                });
                Some((tenant, record))
            })
    }
}
