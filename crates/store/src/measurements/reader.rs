//! Reading measurements by their ids. Batches that were opened lately stay open, because the next measurement of a list
//! is most often in one of them. It knows no filters and no order.

use super::StreamRow;
use super::read::{MeasurementRows, StoredBatch};
use crate::fault::StoreFault;
use model::ids::{MeasurementId, StreamId};
use model::measurements::Measurement;
use policy::proof::Shows;
use series::point::Point;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What the batches that stay open take as they are stored, in bytes, unless one alone takes more: open, those of plain
/// numbers take some ten times as much.
const OPEN_BYTES_MAX: usize = 1 << 20;
/// Most batches that stay open: each is looked at for every measurement.
const OPEN_BATCHES_MAX: usize = 64;

/// Reads measurements of one snapshot, some at a time.
pub struct MeasurementReader<'r, 't> {
    rows: &'r MeasurementRows<'t>,
    /// The batch used last is in front.
    open: VecDeque<OpenBatch>,
}

/// A batch with the stream that it belongs to.
struct OpenBatch {
    stream: StreamId,
    stored: StoredBatch,
}

impl OpenBatch {
    fn point(&self, stream: StreamId, sequence: u32) -> Option<&Point> {
        (self.stream == stream)
            .then(|| self.stored.point(sequence))
            .flatten()
    }
}

impl<'r, 't> MeasurementReader<'r, 't> {
    pub(super) fn new(rows: &'r MeasurementRows<'t>) -> Self {
        let open = VecDeque::new();
        Self { rows, open }
    }

    /// Those of these measurements that are there and within reach.
    pub fn measurements(
        &mut self,
        ids: &[MeasurementId],
    ) -> Result<BTreeMap<MeasurementId, Measurement>, StoreFault> {
        let wanted: BTreeSet<_> = ids.iter().copied().collect();
        let mut found = BTreeMap::new();
        let mut stream: Option<(StreamId, Option<(StreamRow, Shows)>)> = None;
        for id in wanted {
            let (of, sequence) = id.place();
            if stream.as_ref().is_none_or(|(open, _)| *open != of) {
                stream = Some((of, self.rows.stream(of)?));
            }
            if let Some((_, Some((row, shows)))) = &stream
                && let Some(measurement) = self.measurement(id, sequence, row, shows)?
            {
                found.insert(id, measurement);
            }
        }
        Ok(found)
    }

    fn measurement(
        &mut self,
        id: MeasurementId,
        sequence: u32,
        row: &StreamRow,
        shows: &Shows,
    ) -> Result<Option<Measurement>, StoreFault> {
        let stream = id.place().0;
        let Some(open) = self.batch(stream, sequence)? else {
            return Ok(None);
        };
        let point = open.point(stream, sequence);
        let Some(point) = point.filter(|point| shows.shows(row.fragments(point))) else {
            return Ok(None);
        };
        let joined = row.shape.join(row.source, point);
        let mut document = joined.map_err(|_| self.rows.unreadable())?;
        if shows.strips {
            document.fragments.retain(|name| shows.cover.has(name));
        }
        Ok(Some(Measurement { id, document }))
    }

    /// The batch that holds a place, open and in front.
    fn batch(&mut self, stream: StreamId, sequence: u32) -> Result<Option<&OpenBatch>, StoreFault> {
        let holds = |open: &OpenBatch| open.point(stream, sequence).is_some();
        let opened = match self.open.iter().position(holds) {
            Some(place) => self.open.remove(place),
            None => {
                let stored = self.rows.batch_with(stream, sequence)?;
                stored.map(|stored| OpenBatch { stream, stored })
            }
        };
        let Some(opened) = opened else { return Ok(None) };
        self.open.push_front(opened);
        while self.open.len() > 1 && self.has_too_many() {
            self.open.pop_back();
        }
        Ok(self.open.front())
    }

    fn has_too_many(&self) -> bool {
        let bytes: usize = self.open.iter().map(|open| open.stored.bytes).sum();
        self.open.len() > OPEN_BATCHES_MAX || bytes > OPEN_BYTES_MAX
    }
}
