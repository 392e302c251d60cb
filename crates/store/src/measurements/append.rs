//! Storing measurements: each goes to the stream of its source and shape, which is made when there is none.

use super::{MeasurementChanges, StreamHead, StreamIdRow, StreamRow, head_key, stream_key, streams_of};
use crate::change::Append;
use crate::fault::StoreFault;
use model::ids::{ObjectId, SEQUENCE_END, StreamId};
use model::limits::BULK_MEASUREMENTS_MAX;
use model::measurements::NewMeasurement;
use policy::proof::Reach;
use series::point::Point;
use series::shape::Shape;
use std::collections::{BTreeMap, HashMap};

/// Most streams of one source with a shape of their own; measurements of further shapes share one stream per type.
const SHAPES_PER_SOURCE_MAX: usize = 1_000;
/// Most streams of one source in all: stream numbers are shared by the platform, so no source may use them up.
const STREAMS_PER_SOURCE_MAX: usize = 2 * SHAPES_PER_SOURCE_MAX;
/// Each stream is listed twice under its source: by its shape and by its number.
const ENTRIES_PER_STREAM: usize = 2;

/// The source has sent too many different types of measurements; nothing was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyShapes;

impl MeasurementChanges<'_> {
    /// Appends measurements of one source, at most [`BULK_MEASUREMENTS_MAX`] in a transaction, once per source. The
    /// committer's receipt lists their ids stream by stream; the answer here says which document each of them is (by
    /// its place in `documents`).
    pub fn append(
        &self,
        source: ObjectId,
        documents: &[&NewMeasurement],
    ) -> Result<Result<Vec<usize>, TooManyShapes>, StoreFault> {
        if !self.may_append(source, documents) {
            return Err(StoreFault::Inconsistent {
                tenant: self.tenant,
                what: "measurements that the proof does not reach",
            });
        }
        let mut known = Streams {
            changes: self,
            source,
            by_shape: HashMap::new(),
            count: None,
        };
        let mut streams: BTreeMap<StreamId, (Vec<usize>, Vec<Point>)> = BTreeMap::new();
        for (place, document) in documents.iter().enumerate() {
            debug_assert_eq!(document.source, source);
            let Some((stream, point)) = known.place(document)? else {
                return Ok(Err(TooManyShapes));
            };
            let (places, points) = streams.entry(stream).or_default();
            places.push(place);
            points.push(point);
        }
        let mut order = Vec::with_capacity(documents.len());
        let mut pending = self.tx.pending.borrow_mut();
        for (stream, (places, points)) in streams {
            order.extend(places);
            pending.appends.push(Append {
                stream,
                source,
                points,
            });
        }
        Ok(Ok(order))
    }

    fn may_append(&self, source: ObjectId, documents: &[&NewMeasurement]) -> bool {
        match &self.reach {
            Reach::Tenant => true,
            Reach::Object(object) => *object == source,
            Reach::Part { object, shows } => {
                let is_covered = |document: &&NewMeasurement| shows.shows(document.fragments.names());
                *object == source && documents.iter().all(is_covered)
            }
            Reach::Mine(_) | Reach::Below(_) => false,
        }
    }
}

/// The streams of one source while documents are appended: each shape is looked up once.
struct Streams<'a, 't> {
    changes: &'a MeasurementChanges<'t>,
    source: ObjectId,
    by_shape: HashMap<Shape, StreamId>,
    /// How many streams the source has, those of this transaction included; counted when first needed.
    count: Option<usize>,
}

impl Streams<'_, '_> {
    /// The stream of a document and what of it is stored there; nothing if the source has too many streams.
    fn place(&mut self, document: &NewMeasurement) -> Result<Option<(StreamId, Point)>, StoreFault> {
        let (shape, point) = Shape::split(document);
        if let Some(stream) = self.of_shape(shape, SHAPES_PER_SOURCE_MAX)? {
            return Ok(Some((stream, point)));
        }
        let (shape, point) = Shape::split_generic(document);
        let stream = self.of_shape(shape, STREAMS_PER_SOURCE_MAX)?;
        Ok(stream.map(|stream| (stream, point)))
    }

    /// The stream of a shape; a new one if there is none with room and the source has fewer than `most`.
    fn of_shape(&mut self, shape: Shape, most: usize) -> Result<Option<StreamId>, StoreFault> {
        if let Some(stream) = self.by_shape.get(&shape) {
            return Ok(Some(*stream));
        }
        let (tx, tenant) = (self.changes.tx, self.changes.tenant);
        let blind = tx.view.keys.blind_payload(tenant, "shape", &shape.key())?;
        let index = streams_of(tenant, self.source).blind(blind);
        let found = tx.view.row::<StreamIdRow>(&index)?.map(|row| row.0);
        let stream = match found {
            Some(stream) if self.has_room(stream)? => stream,
            // A full stream is followed by another of its shape, however many there are.
            None if self.count()? >= most => return Ok(None),
            _ => {
                let stream = tx.ids.stream(tenant)?;
                let row = StreamRow {
                    source: self.source,
                    shape: shape.clone(),
                };
                tx.put(&stream_key(tenant, stream), &row)?;
                tx.put(&index, &StreamIdRow(stream))?;
                // Every stream of a source stays listed under it, also when a newer one takes its place in the index.
                let listed = streams_of(tenant, self.source).blind(listed_as(stream));
                tx.put(&listed, &StreamIdRow(stream))?;
                self.count = self.count.map(|count| count + 1);
                stream
            }
        };
        self.by_shape.insert(shape, stream);
        Ok(Some(stream))
    }

    /// Whether a whole bulk fits behind the end of the stream. Should others have filled it by the time of the commit,
    /// the committer refuses and the command comes again.
    fn has_room(&self, stream: StreamId) -> Result<bool, StoreFault> {
        let key = head_key(self.changes.tenant, stream);
        let head = self.changes.tx.view.row_unnoted::<StreamHead>(&key)?;
        Ok(head.is_none_or(|head| head.next < SEQUENCE_END - BULK_MEASUREMENTS_MAX as u32))
    }

    fn count(&mut self) -> Result<usize, StoreFault> {
        if let Some(count) = self.count {
            return Ok(count);
        }
        let of_source = streams_of(self.changes.tenant, self.source);
        let entries = self
            .changes
            .now()
            .streams_under(&of_source, ENTRIES_PER_STREAM * STREAMS_PER_SOURCE_MAX)?;
        let count = entries / ENTRIES_PER_STREAM;
        self.count = Some(count);
        Ok(count)
    }
}

/// The place of a stream in its source's list: no hash of a shape looks like it but by a chance of 2^-96.
fn listed_as(stream: StreamId) -> [u8; 16] {
    let mut place = [0xff; 16];
    place[12..].copy_from_slice(&stream.0.to_be_bytes());
    place
}
