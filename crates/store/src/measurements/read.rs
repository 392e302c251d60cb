//! The measurements of a tenant within a reach: their batches, and what is known of a source's streams.

use super::reader::MeasurementReader;
use super::{StreamIdRow, StreamRow, points_key, stream_key, streams_of};
use crate::backend::{Direction, KeyRange};
use crate::fault::StoreFault;
use crate::rows::{Key, Table, last_number32};
use crate::shown::{Shown, Sources};
use crate::view::{View, unless_broken};
use model::ids::{MeasurementId, ObjectId, StreamId, TenantNumber};
use model::measurements::Measurement;
use policy::proof::{Reach, Shows};
use series::batch::Batch;
use series::point::Point;
use series::shape::Entry;
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// A batch as it is stored.
pub(super) struct StoredBatch {
    /// The place of its first point.
    pub(super) first: u32,
    pub(super) batch: Batch,
    /// How much it takes in the store.
    pub(super) bytes: usize,
}

impl StoredBatch {
    /// The point at a place of the stream, if this batch holds it.
    pub(super) fn point(&self, sequence: u32) -> Option<&Point> {
        self.batch.points.get(sequence.checked_sub(self.first)? as usize)
    }
}

/// The measurements of a tenant, to read within a reach.
pub struct MeasurementRows<'t> {
    pub(super) view: &'t View,
    pub(super) tenant: TenantNumber,
    shown: Shown<'t>,
}

impl<'t> MeasurementRows<'t> {
    pub(crate) fn new(view: &'t View, tenant: TenantNumber, reach: &Reach) -> Self {
        let shown = Shown::new(view, tenant, reach);
        Self { view, tenant, shown }
    }

    /// Which measurements of a source are shown, if any.
    pub(super) fn shown(&self, source: ObjectId) -> Result<Option<Shows>, StoreFault> {
        self.shown.of(source)
    }

    /// A stream within reach, and which of its points are.
    pub(super) fn stream(&self, stream: StreamId) -> Result<Option<(StreamRow, Shows)>, StoreFault> {
        let Some(row) = self.view.row::<StreamRow>(&stream_key(self.tenant, stream))? else {
            return Ok(None);
        };
        Ok(self.shown(row.source)?.map(|shows| (row, shows)))
    }

    /// A measurement by its id.
    pub fn measurement(&self, id: MeasurementId) -> Result<Option<Measurement>, StoreFault> {
        Ok(self.reader().measurements(&[id])?.remove(&id))
    }

    /// Reads several, some at a time.
    pub fn reader(&self) -> MeasurementReader<'_, 't> {
        MeasurementReader::new(self)
    }

    pub(super) fn unreadable(&self) -> StoreFault {
        StoreFault::Unreadable {
            tenant: self.tenant,
            table: Table::Points as u8,
        }
    }

    /// The stored batch that holds a place.
    pub(super) fn batch_with(
        &self,
        stream: StreamId,
        sequence: u32,
    ) -> Result<Option<StoredBatch>, StoreFault> {
        let range = KeyRange {
            start: points_key(self.tenant, stream, 0).bytes().to_vec(),
            end: Some(points_key(self.tenant, stream, sequence + 1).bytes().to_vec()),
        };
        let mut found = None;
        self.view.scan_range(
            self.tenant,
            Table::Points,
            &range,
            Direction::Backward,
            |key, sealed| {
                found = last_number32(key).map(|first| (first, sealed.len()));
                Ok(ControlFlow::Break(()))
            },
        )?;
        let Some((first, bytes)) = found else {
            return Ok(None);
        };
        let batch = self.view.row::<Batch>(&points_key(self.tenant, stream, first))?;
        let stored = batch.map(|batch| StoredBatch { first, batch, bytes });
        Ok(stored.filter(|stored| stored.point(sequence).is_some()))
    }

    /// Where to look for measurements, of one source if one is given.
    pub(super) fn sources(&self, source: Option<ObjectId>) -> Result<Sources, StoreFault> {
        self.shown.sources(source.as_ref().map(std::slice::from_ref))
    }

    /// The streams of a source, in order.
    pub(super) fn streams(&self, source: ObjectId) -> Result<Vec<(StreamId, StreamRow)>, StoreFault> {
        let mut ids = BTreeSet::new();
        self.view
            .scan::<StreamIdRow>(&streams_of(self.tenant, source), Direction::Forward, |_, row| {
                ids.insert(row.0);
                Ok(ControlFlow::Continue(()))
            })?;
        let mut streams = Vec::with_capacity(ids.len());
        for id in ids {
            let row = unless_broken(self.view.row::<StreamRow>(&stream_key(self.tenant, id)))?;
            streams.extend(row.flatten().map(|row| (id, row)));
        }
        Ok(streams)
    }

    /// Up to `most` streams of the tenant from this one on, in order.
    pub(super) fn streams_from(
        &self,
        first: StreamId,
        most: usize,
    ) -> Result<Vec<(StreamId, StreamRow)>, StoreFault> {
        let range = KeyRange {
            start: stream_key(self.tenant, first).bytes().to_vec(),
            end: Key::new(self.tenant, Table::Stream).prefix().end,
        };
        let mut streams = Vec::new();
        self.view.scan_range(
            self.tenant,
            Table::Stream,
            &range,
            Direction::Forward,
            |key, sealed| {
                let row = unless_broken(self.view.open(self.tenant, Table::Stream, key, sealed))?;
                streams.extend(last_number32(key).map(StreamId).zip(row));
                Ok(if streams.len() < most {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                })
            },
        )?;
        Ok(streams)
    }

    /// How many entries a source's list of streams has, counted up to a bound.
    pub(super) fn streams_under(&self, of_source: &Key, bound: usize) -> Result<usize, StoreFault> {
        self.view.count_up_to(of_source, bound)
    }

    /// The first places of the first batches of a stream.
    pub(super) fn batches(&self, stream: StreamId, most: usize) -> Result<Vec<u32>, StoreFault> {
        let mut firsts = Vec::new();
        let prefix = Key::new(self.tenant, Table::Points).number32(stream.0);
        self.view.scan_range(
            self.tenant,
            Table::Points,
            &prefix.prefix(),
            Direction::Forward,
            |key, _| {
                if firsts.len() >= most {
                    return Ok(ControlFlow::Break(()));
                }
                firsts.extend(last_number32(key));
                Ok(ControlFlow::Continue(()))
            },
        )?;
        Ok(firsts)
    }

    /// The keys of a source's list of streams.
    pub(super) fn index_keys(&self, source: ObjectId) -> Result<Vec<Key>, StoreFault> {
        let prefix = streams_of(self.tenant, source);
        let mut keys = Vec::new();
        self.view.scan_range(
            self.tenant,
            Table::StreamOf,
            &prefix.prefix(),
            Direction::Forward,
            |key, _| {
                let blind = key
                    .get(key.len().saturating_sub(16)..)
                    .and_then(|tail| tail.try_into().ok());
                keys.extend(blind.map(|blind| prefix.clone().blind(blind)));
                Ok(ControlFlow::Continue(()))
            },
        )?;
        Ok(keys)
    }

    /// The series that a source has sent, by fragment. Where fragments hold more than plain series, so that a stream's
    /// shape does not name them, those of its newest batch count.
    pub fn series_of(&self, source: ObjectId) -> Result<BTreeSet<(String, String)>, StoreFault> {
        let mut found = BTreeSet::new();
        let Some(shows) = self.shown(source)? else {
            return Ok(found);
        };
        for (stream, row) in self.streams(source)? {
            if shows.shows(row.shape.fragments()) {
                let named = row.shape.series();
                let named = named.filter(|(fragment, ..)| shows.cover.has(fragment));
                found.extend(named.map(|(fragment, series, _)| (fragment.to_owned(), series.to_owned())));
            }
            let is_free = row.shape.entries.is_empty()
                || row
                    .shape
                    .entries
                    .iter()
                    .any(|entry| matches!(entry, Entry::Extra { .. }));
            let newest = if is_free {
                self.batch_before_end(stream)?
            } else {
                None
            };
            for point in newest.iter().flat_map(|batch| &batch.points) {
                if !shows.shows(row.fragments(point)) {
                    continue;
                }
                let readings = row.shape.series_of_point(point);
                let readings = readings.filter(|reading| shows.cover.has(reading.fragment));
                found
                    .extend(readings.map(|reading| (reading.fragment.to_owned(), reading.series.to_owned())));
            }
        }
        Ok(found)
    }

    fn batch_before_end(&self, stream: StreamId) -> Result<Option<Batch>, StoreFault> {
        let range = Key::new(self.tenant, Table::Points).number32(stream.0).prefix();
        let mut found = None;
        self.view.scan_range(
            self.tenant,
            Table::Points,
            &range,
            Direction::Backward,
            |key, sealed| {
                found = Some(self.view.open(self.tenant, Table::Points, key, sealed)?);
                Ok(ControlFlow::Break(()))
            },
        )?;
        Ok(found)
    }
}

/// The names of a measurement's fragments; none if it is not there.
pub(crate) fn fragments_of(
    view: &View,
    tenant: TenantNumber,
    id: MeasurementId,
    stream: &StreamRow,
) -> Result<Vec<String>, StoreFault> {
    let (of, sequence) = id.place();
    let rows = MeasurementRows::new(view, tenant, &Reach::Object(stream.source));
    let batch = rows.batch_with(of, sequence)?;
    let point = batch.as_ref().and_then(|batch| batch.point(sequence));
    let names = point.into_iter().flat_map(|point| stream.fragments(point));
    Ok(names.map(str::to_owned).collect())
}
