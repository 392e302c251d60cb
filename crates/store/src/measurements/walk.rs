//! Walking over measurements within a reach: stream by stream, each from its oldest or from its newest end, looking at
//! as few batches as the times allow and never at more than it may.

use super::read::MeasurementRows;
use super::{StreamHead, StreamRow, head_key, points_key};
use crate::backend::{Direction, KeyRange};
use crate::fault::StoreFault;
use crate::rows::{Table, last_number32};
use crate::shown::Sources;
use crate::view::unless_broken;
use model::ids::{MeasurementId, ObjectId, SEQUENCE_END, StreamId};
use model::measurements::MeasurementFilter;
use model::time::Timestamp;
use policy::proof::Shows;
use series::batch::Batch;
use series::point::{Point, Reading};
use series::shape::Shape;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// How many streams are listed at a time.
const STREAMS_AT_A_TIME: usize = 1_000;

/// A walk to be made.
#[derive(Debug, Clone, Copy)]
pub struct Walk<'f> {
    /// Which measurements are visited.
    pub filter: &'f MeasurementFilter,
    /// Whether each stream is read from its newest end.
    pub newest_first: bool,
    /// Where an earlier walk has stopped.
    pub start: Option<Place>,
    /// How many streams, batches and points it may read; it stops soon after.
    pub rows_max: usize,
}

/// Where a walk has stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    source: ObjectId,
    stream: StreamId,
    /// The batch that comes next.
    batch: u32,
}

/// A measurement as a walk shows it.
pub struct Scan<'p> {
    /// Its id.
    pub id: MeasurementId,
    /// The shape of its stream.
    pub shape: &'p Shape,
    /// The point.
    pub point: &'p Point,
    /// Which of its fragments are shown.
    shows: &'p Shows,
    /// The stream and the first place of the batch that it is stored in.
    pub batch: (StreamId, u32),
}

impl<'p> Scan<'p> {
    /// The numbers of the measurement, in fragments that are shown.
    pub fn readings(&self) -> impl Iterator<Item = Reading<'p>> + use<'p> {
        let shows = self.shows;
        let readings = self.shape.series_of_point(self.point);
        readings.filter(move |reading| shows.cover.has(reading.fragment))
    }
}

/// What a visitor says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Go on.
    On,
    /// Go on; but what lies beyond this time (later, or earlier if the newest come first) is not wanted any more.
    Within(Timestamp),
    /// Enough.
    End,
}

/// How a stream was left.
enum Left {
    Done,
    At(u32),
    End,
}

impl MeasurementRows<'_> {
    /// Visits the measurements within reach that the filter means, in no order across streams and in the order of
    /// arrival within one (the other way round if the newest come first). Gives the place where it stopped if it has
    /// read as many rows as it may.
    pub fn visit(
        &self,
        walk: &Walk<'_>,
        mut visit: impl FnMut(Scan<'_>) -> Result<Next, StoreFault>,
    ) -> Result<Option<Place>, StoreFault> {
        let filter = walk.filter;
        let mut walker = Walker {
            rows: self,
            walk,
            from: filter.from,
            to: filter.to,
            rows_left: walk.rows_max,
            has_moved: false,
        };
        match self.sources(filter.source)? {
            Sources::These(sources) => {
                let begun = walk.start.map(|place| place.source);
                for source in sources
                    .into_iter()
                    .filter(|source| begun.is_none_or(|begun| *source >= begun))
                {
                    let Some(shows) = self.shown(source)? else {
                        continue;
                    };
                    let streams = self.streams(source)?.into_iter();
                    let streams = streams
                        .map(|(stream, row)| (stream, row, shows.clone()))
                        .collect();
                    if let ControlFlow::Break(stopped) = walker.streams(streams, &mut visit)? {
                        return Ok(stopped);
                    }
                }
                Ok(None)
            }
            Sources::All => {
                let mut first = walk.start.map_or(StreamId(0), |place| place.stream);
                loop {
                    let streams = self.streams_from(first, STREAMS_AT_A_TIME)?;
                    let Some((last, _)) = streams.last() else {
                        return Ok(None);
                    };
                    first = StreamId(last.0 + 1);
                    let streams = self.with_what_is_shown(streams)?;
                    if let ControlFlow::Break(stopped) = walker.streams(streams, &mut visit)? {
                        return Ok(stopped);
                    }
                }
            }
        }
    }
}

/// A stream to be walked over, with what of it is shown.
type Shown = (StreamId, StreamRow, Shows);

impl MeasurementRows<'_> {
    /// Those of these streams of which anything is shown.
    fn with_what_is_shown(&self, streams: Vec<(StreamId, StreamRow)>) -> Result<Vec<Shown>, StoreFault> {
        let mut of_source: BTreeMap<ObjectId, Option<Shows>> = BTreeMap::new();
        let mut shown = Vec::with_capacity(streams.len());
        for (stream, row) in streams {
            let shows = match of_source.get(&row.source) {
                Some(shows) => shows,
                None => of_source.entry(row.source).or_insert(self.shown(row.source)?),
            };
            shown.extend(shows.clone().map(|shows| (stream, row, shows)));
        }
        Ok(shown)
    }
}

/// A walk under way.
struct Walker<'w> {
    rows: &'w MeasurementRows<'w>,
    walk: &'w Walk<'w>,
    /// The times that count; the visitor may have narrowed them.
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    rows_left: usize,
    /// Whether anything was read or passed over: every walk gets on, however little it may read.
    has_moved: bool,
}

impl Walker<'_> {
    fn streams(
        &mut self,
        streams: Vec<Shown>,
        visit: &mut impl FnMut(Scan<'_>) -> Result<Next, StoreFault>,
    ) -> Result<ControlFlow<Option<Place>>, StoreFault> {
        for (stream, row, shows) in streams {
            let batch = match self.walk.start {
                Some(place) if place.source == row.source && place.stream > stream => continue,
                Some(place) if place.stream == stream => Some(place.batch),
                _ => None,
            };
            match self.stream(stream, (&row, &shows), batch, visit)? {
                Left::Done => {}
                Left::At(batch) => {
                    return Ok(ControlFlow::Break(Some(Place {
                        source: row.source,
                        stream,
                        batch,
                    })));
                }
                Left::End => return Ok(ControlFlow::Break(None)),
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Walks over one stream, from the batch where an earlier walk has stopped in it.
    fn stream(
        &mut self,
        stream: StreamId,
        (row, shows): (&StreamRow, &Shows),
        begun: Option<u32>,
        visit: &mut impl FnMut(Scan<'_>) -> Result<Next, StoreFault>,
    ) -> Result<Left, StoreFault> {
        if self.is_spent() {
            return Ok(Left::At(begun.unwrap_or(if self.walk.newest_first {
                SEQUENCE_END
            } else {
                0
            })));
        }
        let (rows, filter) = (self.rows, self.walk.filter);
        let head = rows
            .view
            .row_unnoted::<StreamHead>(&head_key(rows.tenant, stream))?;
        let head = head.filter(|head| self.from.is_none_or(|from| head.last_time >= from));
        let Some(head) = head.filter(|_| may_match(&row.shape, filter)) else {
            self.spend(1);
            return Ok(Left::Done);
        };
        let range = self.range(stream, &head, begun)?;
        let direction = if self.walk.newest_first {
            Direction::Backward
        } else {
            Direction::Forward
        };
        let mut left = Left::Done;
        rows.view
            .scan_range(rows.tenant, Table::Points, &range, direction, |key, sealed| {
                let Some(first) = last_number32(key) else {
                    return Ok(ControlFlow::Continue(()));
                };
                if self.is_spent() {
                    left = Left::At(first);
                    return Ok(ControlFlow::Break(()));
                }
                let opened = rows.view.open::<Batch>(rows.tenant, Table::Points, key, sealed);
                let batch = unless_broken(opened)?.unwrap_or_default();
                self.spend(1 + batch.points.len());
                let flow = self.batch((stream, first), (row, shows), &batch, &head, visit)?;
                Ok(match flow {
                    ControlFlow::Continue(()) => ControlFlow::Continue(()),
                    ControlFlow::Break(next) => {
                        left = next;
                        ControlFlow::Break(())
                    }
                })
            })?;
        Ok(left)
    }

    fn batch(
        &mut self,
        place: (StreamId, u32),
        (row, shows): (&StreamRow, &Shows),
        batch: &Batch,
        head: &StreamHead,
        visit: &mut impl FnMut(Scan<'_>) -> Result<Next, StoreFault>,
    ) -> Result<ControlFlow<Left>, StoreFault> {
        let count = batch.points.len();
        for step in 0..count {
            let at = if self.walk.newest_first {
                count - 1 - step
            } else {
                step
            };
            let Some(point) = batch.points.get(at) else { break };
            if self.is_past(point.time, head) {
                return Ok(ControlFlow::Break(Left::Done));
            }
            let Some(id) = MeasurementId::at(place.0, place.1 + at as u32) else {
                continue;
            };
            let scan = Scan {
                id,
                shape: &row.shape,
                point,
                shows,
                batch: place,
            };
            if !self.is_within(point.time)
                || !shows.shows(row.fragments(point))
                || !matches(&scan, self.walk.filter)
            {
                continue;
            }
            match visit(scan)? {
                Next::On => {}
                Next::Within(bound) if self.walk.newest_first => self.from = self.from.max(Some(bound)),
                Next::Within(bound) => self.to = Some(self.to.map_or(bound, |to| to.min(bound))),
                Next::End => return Ok(ControlFlow::Break(Left::End)),
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn spend(&mut self, rows: usize) {
        self.rows_left = self.rows_left.saturating_sub(rows);
        self.has_moved = true;
    }

    fn is_spent(&self) -> bool {
        self.has_moved && self.rows_left == 0
    }

    fn is_within(&self, time: Timestamp) -> bool {
        self.from.is_none_or(|from| time >= from) && self.to.is_none_or(|to| time <= to)
    }

    /// Whether nothing that comes after a point of this time, in the order of the walk, can be wanted.
    fn is_past(&self, time: Timestamp, head: &StreamHead) -> bool {
        if self.walk.newest_first {
            self.from
                .is_some_and(|from| time.plus_millis(head.late_millis_max) < from)
        } else {
            self.to
                .is_some_and(|to| time.plus_millis(-head.late_millis_max) > to)
        }
    }

    /// The batches of a stream in which the wanted times can lie, from where an earlier walk has stopped.
    fn range(&self, stream: StreamId, head: &StreamHead, begun: Option<u32>) -> Result<KeyRange, StoreFault> {
        let late = head.late_millis_max;
        let mut start = match self.from {
            Some(from) => {
                self.halve(stream, head.next, |latest| latest.plus_millis(late) < from)?
                    .0
            }
            None => 0,
        };
        let mut last = match self.to {
            Some(to) => {
                self.halve(stream, head.next, |latest| latest.plus_millis(-late) <= to)?
                    .1
            }
            None => head.next,
        };
        match begun {
            Some(begun) if self.walk.newest_first => last = last.min(begun),
            Some(begun) => start = start.max(begun),
            None => {}
        }
        let key = |place| points_key(self.rows.tenant, stream, place).bytes().to_vec();
        Ok(KeyRange {
            start: key(start),
            end: Some(key(last + 1)),
        })
    }

    /// Two places of a stream, found by halving: about 26 batches are opened at any size. Each batch that was opened was
    /// asked whether `is_before` holds for its latest time. It held for the last batch that begins at or before the
    /// first place (if there is one); it did not hold for the batch that begins at the second place (unless that is the
    /// end). Times need not be in order for that; how little they are out of order, the condition takes into account.
    fn halve(
        &self,
        stream: StreamId,
        end: u32,
        is_before: impl Fn(Timestamp) -> bool,
    ) -> Result<(u32, u32), StoreFault> {
        let rows = self.rows;
        let (mut low, mut high) = (0, end);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            let range = KeyRange {
                start: points_key(rows.tenant, stream, low).bytes().to_vec(),
                end: Some(points_key(rows.tenant, stream, middle + 1).bytes().to_vec()),
            };
            let mut found = None;
            rows.view.scan_range(
                rows.tenant,
                Table::Points,
                &range,
                Direction::Backward,
                |key, sealed| {
                    let opened = rows.view.open::<Batch>(rows.tenant, Table::Points, key, sealed);
                    let latest = unless_broken(opened)?.and_then(|batch| batch.max_time());
                    found = last_number32(key).map(|first| (first, latest));
                    Ok(ControlFlow::Break(()))
                },
            )?;
            match found {
                // A damaged batch says nothing of its neighbours: the rest is read batch by batch.
                Some((_, None)) => break,
                Some((first, Some(latest))) if !is_before(latest) => high = first,
                _ => low = middle,
            }
        }
        Ok((low, high))
    }
}

/// Whether points of this shape can match at all.
fn may_match(shape: &Shape, filter: &MeasurementFilter) -> bool {
    let names_all = !shape.entries.is_empty();
    filter
        .kind
        .as_ref()
        .is_none_or(|kind| shape.kind.as_str() == kind)
        && filter
            .fragment
            .as_ref()
            .is_none_or(|wanted| !names_all || shape.fragments().any(|name| name == wanted))
}

/// Whether what is shown of a measurement matches: a filter finds nothing that is hidden.
fn matches(scan: &Scan<'_>, filter: &MeasurementFilter) -> bool {
    let fragment = filter.fragment.as_deref();
    match &filter.series {
        Some(series) => scan.readings().any(|reading| {
            reading.series == series && fragment.is_none_or(|fragment| reading.fragment == fragment)
        }),
        None => fragment.is_none_or(|fragment| {
            let mut names = scan.shape.fragments().chain(scan.point.rest.names());
            scan.shows.cover.has(fragment) && names.any(|name| name == fragment)
        }),
    }
}
