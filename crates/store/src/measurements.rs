//! Measurements as rows: streams of points of one source and shape, appended in small batches.
//!
//! A point has its place in its stream, and its id is that place: no index entry per point. Places are given by the
//! committer ([`StreamEnds`]), so that concurrent posts to one source never conflict. A deleted point leaves a gap; the
//! places of its neighbours stay.

mod append;
mod ends;
mod latest;
mod read;
mod reader;
mod remove;
mod walk;

pub use append::TooManyShapes;
pub(crate) use ends::{StreamEnds, TelemetryDigests};
pub use latest::{Latest, LatestValues};
pub use read::MeasurementRows;
pub(crate) use read::fragments_of;
pub use reader::MeasurementReader;
pub(crate) use remove::{has_points_of, remove_points_of};
pub use walk::{Next, Place, Scan, Walk};

use crate::fault::StoreFault;
use crate::feed::{Action, What};
use crate::rows::{Key, Table, rows};
use crate::transaction::WriteTx;
use model::ids::{MeasurementId, ObjectId, StreamId, TenantNumber};
use model::time::Timestamp;
use policy::proof::Reach;
use serde::{Deserialize, Serialize};
use series::batch::Batch;
use series::point::Point;
use series::shape::Shape;

/// A stream: whose points, of which shape.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StreamRow {
    pub(crate) source: ObjectId,
    pub(crate) shape: Shape,
}

impl StreamRow {
    /// The names of a point's fragments, as permissions speak of them.
    pub(crate) fn fragments<'p>(&'p self, point: &'p Point) -> impl Iterator<Item = &'p str> {
        self.shape.fragments().chain(point.rest.names())
    }
}

#[derive(Serialize, Deserialize)]
struct StreamIdRow(StreamId);

/// The end of a stream.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct StreamHead {
    /// The place of the next point.
    pub(crate) next: u32,
    /// The latest time of any point so far.
    pub(crate) last_time: Timestamp,
    /// By how many milliseconds, at most, a point was older than the latest before it. So no point behind another is
    /// older than that one by more, and none before it newer by more: what lets a time be searched for.
    pub(crate) late_millis_max: i64,
    /// The place of the point with the latest time; of several, of the last.
    pub(crate) latest: u32,
}

rows! {
    StreamRow => Stream,
    StreamIdRow => StreamOf,
    StreamHead => StreamHead,
    Batch => Points,
}

fn stream_key(tenant: TenantNumber, stream: StreamId) -> Key {
    Key::new(tenant, Table::Stream).number32(stream.0)
}

fn streams_of(tenant: TenantNumber, source: ObjectId) -> Key {
    Key::new(tenant, Table::StreamOf).number(source.number())
}

fn head_key(tenant: TenantNumber, stream: StreamId) -> Key {
    Key::new(tenant, Table::StreamHead).number32(stream.0)
}

fn points_key(tenant: TenantNumber, stream: StreamId, first: u32) -> Key {
    Key::new(tenant, Table::Points).number32(stream.0).number32(first)
}

/// The measurements of a tenant, to change.
pub struct MeasurementChanges<'t> {
    tx: &'t WriteTx,
    tenant: TenantNumber,
    reach: Reach,
}

impl<'t> MeasurementChanges<'t> {
    pub(crate) fn new(tx: &'t WriteTx, tenant: TenantNumber, reach: Reach) -> Self {
        Self { tx, tenant, reach }
    }

    /// What is there now, within the reach of this proof.
    pub fn now(&self) -> MeasurementRows<'t> {
        MeasurementRows::new(&self.tx.view, self.tenant, &self.reach)
    }

    /// Deletes one point within reach; says whether it was there.
    pub fn delete(&self, id: MeasurementId) -> Result<bool, StoreFault> {
        let (stream, sequence) = id.place();
        let Some(stored) = self.now().batch_with(stream, sequence)? else {
            return Ok(false);
        };
        Ok(self.delete_where((stream, stored.first), |of| of == id)? > 0)
    }

    /// Deletes the points of one stored batch within reach that `goes` names; says how many there were.
    pub fn delete_where(
        &self,
        (stream, first): (StreamId, u32),
        goes: impl Fn(MeasurementId) -> bool,
    ) -> Result<usize, StoreFault> {
        let Some((row, shows)) = self.now().stream(stream)? else {
            return Ok(0);
        };
        let Some(batch) = self
            .tx
            .view
            .row::<Batch>(&points_key(self.tenant, stream, first))?
        else {
            return Ok(0);
        };
        let mut gone = Vec::new();
        self.replace(stream, first, batch, |place, point| {
            let named = MeasurementId::at(stream, place).filter(|id| goes(*id));
            let goes = named.filter(|_| shows.shows(row.fragments(point)));
            gone.extend(goes);
            goes.is_none()
        })?;
        for id in &gone {
            let what = What::Measurement(*id);
            self.tx.happens(row.source, what, Action::Deleted);
        }
        Ok(gone.len())
    }

    /// Writes a batch again without some of its points, in runs, so that every other point keeps its place.
    fn replace(
        &self,
        stream: StreamId,
        first: u32,
        batch: Batch,
        mut stays: impl FnMut(u32, &Point) -> bool,
    ) -> Result<(), StoreFault> {
        self.tx.delete(&points_key(self.tenant, stream, first));
        let mut run = Batch::default();
        let mut run_first = first;
        for (place, point) in (first..).zip(batch.points) {
            if stays(place, &point) {
                run.points.push(point);
                continue;
            }
            self.put_run(stream, run_first, &std::mem::take(&mut run))?;
            run_first = place + 1;
        }
        self.put_run(stream, run_first, &run)
    }

    fn put_run(&self, stream: StreamId, first: u32, run: &Batch) -> Result<(), StoreFault> {
        if run.points.is_empty() {
            return Ok(());
        }
        self.tx.put(&points_key(self.tenant, stream, first), run)
    }
}
