//! Walking along a line of documents from its newest or oldest end, over exactly what the reach shows, never at more rows
//! than allowed; times that were asked for are found by halving.

use super::end::LineEnd;
use super::{Document, DocumentRows, document_key, end_key, listed_under, open_under};
use crate::backend::{Direction, KeyRange};
use crate::fault::StoreFault;
use crate::rows::{Table, last_number};
use crate::shown::Sources;
use crate::view::unless_broken;
use model::ids::ObjectId;
use model::time::Timestamp;
use std::ops::ControlFlow;

/// A walk to be made.
#[derive(Debug, Clone)]
pub struct Along<'s> {
    /// Only documents about these objects; nothing: about all of the tenant.
    pub sources: Option<&'s [ObjectId]>,
    /// Whether each line is read from its newest end.
    pub newest_first: bool,
    /// Not before this time.
    pub from: Option<Timestamp>,
    /// Not after this time.
    pub to: Option<Timestamp>,
    /// Where an earlier walk has stopped.
    pub start: Option<Place>,
    /// How many rows it may read; it stops soon after.
    pub rows_max: usize,
}

/// Where a walk has stopped: a line, and the document that comes next in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    source: Option<ObjectId>,
    number: u64,
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

impl<D: Document> DocumentRows<'_, D> {
    /// Visits the documents within reach, line by line, each in the order of ids (the other way round if the newest come
    /// first). Gives the place where it stopped if it has read as many rows as it may.
    pub fn visit(
        &self,
        along: &Along<'_>,
        mut visit: impl FnMut(D) -> Result<Next, StoreFault>,
    ) -> Result<Option<Place>, StoreFault> {
        let mut walker = Walker {
            rows: self,
            lists_open: self.only_open && D::LISTS_OPEN,
            newest_first: along.newest_first,
            from: along.from,
            to: along.to,
            rows_left: along.rows_max.max(1),
        };
        let lines: Vec<Option<ObjectId>> = match self.shown.sources(along.sources)? {
            Sources::These(sources) => sources.into_iter().map(Some).collect(),
            Sources::All => vec![None],
        };
        let begun = along.start.map(|place| place.source);
        for line in lines
            .into_iter()
            .skip_while(|line| begun.is_some_and(|begun| begun != *line))
        {
            let start = along.start.filter(|place| place.source == line);
            if let ControlFlow::Break(stopped) =
                walker.line(line, start.map(|place| place.number), &mut visit)?
            {
                return Ok(stopped);
            }
        }
        Ok(None)
    }
}

/// A walk under way.
struct Walker<'w, D> {
    rows: &'w DocumentRows<'w, D>,
    /// Whether the lists of open ones are walked along.
    lists_open: bool,
    newest_first: bool,
    /// The times that count; the visitor may have narrowed them.
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    rows_left: usize,
}

impl<D: Document> Walker<'_, D> {
    /// Walks along one line. Breaks with the place where the rows ran out, or with nothing when the visitor had enough.
    fn line(
        &mut self,
        source: Option<ObjectId>,
        begun: Option<u64>,
        visit: &mut impl FnMut(D) -> Result<Next, StoreFault>,
    ) -> Result<ControlFlow<Option<Place>>, StoreFault> {
        let rows = self.rows;
        let end = unless_broken(
            rows.view
                .row_unnoted::<LineEnd>(&end_key::<D>(rows.tenant, source)),
        )?
        .flatten();
        // Without a readable end nothing is known of the order: all of the line is looked at.
        let late = end.map_or(i64::MAX / 4, |end| end.late_millis_max);
        let mut next = match begun {
            Some(begun) => Some(begun),
            None => self.first(source, late)?,
        };
        while let Some(number) = next {
            if self.rows_left == 0 {
                return Ok(ControlFlow::Break(Some(Place { source, number })));
            }
            let (numbers, more) = self.some_numbers(source, number)?;
            next = more;
            for number in numbers {
                if self.rows_left == 0 {
                    return Ok(ControlFlow::Break(Some(Place { source, number })));
                }
                self.rows_left -= 1;
                let key = document_key::<D>(rows.tenant, number);
                let Some(document) = unless_broken(rows.view.row_unnoted::<D>(&key))?.flatten() else {
                    continue;
                };
                if self.is_past(document.time(), late) {
                    return Ok(ControlFlow::Continue(()));
                }
                let is_meant = self.is_within(document.time()) && (!rows.only_open || document.is_open());
                if !is_meant || !rows.reaches(&document)? {
                    continue;
                }
                match visit(document)? {
                    Next::On => {}
                    Next::Within(bound) if self.newest_first => self.from = self.from.max(Some(bound)),
                    Next::Within(bound) => self.to = Some(self.to.map_or(bound, |to| to.min(bound))),
                    Next::End => return Ok(ControlFlow::Break(None)),
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn is_within(&self, time: Timestamp) -> bool {
        self.from.is_none_or(|from| time >= from) && self.to.is_none_or(|to| time <= to)
    }

    /// Whether nothing behind a document of this time, in the order of the walk, can be wanted.
    fn is_past(&self, time: Timestamp, late: i64) -> bool {
        if self.newest_first {
            self.from.is_some_and(|from| time.plus_millis(late) < from)
        } else {
            self.to.is_some_and(|to| time.plus_millis(-late) > to)
        }
    }

    /// The key range of a line's ids between two numbers, both included.
    fn range(&self, source: Option<ObjectId>, low: u64, high: u64) -> KeyRange {
        let tenant = self.rows.tenant;
        let key = |number: u64| match source {
            _ if self.lists_open => open_under::<D>(tenant, source).number(number),
            Some(source) => listed_under::<D>(tenant, source).number(number),
            None => document_key::<D>(tenant, number),
        };
        KeyRange {
            start: key(low).bytes().to_vec(),
            end: Some(key(high.saturating_add(1)).bytes().to_vec()),
        }
    }

    /// The next ids of a line from this one on, and where to go on behind them.
    fn some_numbers(
        &self,
        source: Option<ObjectId>,
        from: u64,
    ) -> Result<(Vec<u64>, Option<u64>), StoreFault> {
        const AT_A_TIME: usize = 256;
        let (low, high, direction) = if self.newest_first {
            (0, from, Direction::Backward)
        } else {
            (from, u64::MAX - 1, Direction::Forward)
        };
        let mut numbers = self.numbers(source, (low, high), direction, AT_A_TIME + 1)?;
        let next = (numbers.len() > AT_A_TIME).then(|| numbers.pop()).flatten();
        Ok((numbers, next))
    }

    fn numbers(
        &self,
        source: Option<ObjectId>,
        (low, high): (u64, u64),
        direction: Direction,
        most: usize,
    ) -> Result<Vec<u64>, StoreFault> {
        let table = match source {
            _ if self.lists_open => Table::OpenOf,
            Some(_) => D::OF,
            None => D::TABLE,
        };
        let mut numbers = Vec::new();
        let range = self.range(source, low, high);
        self.rows
            .view
            .scan_range(self.rows.tenant, table, &range, direction, |key, _| {
                numbers.extend(last_number(key));
                Ok(if numbers.len() < most {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                })
            })?;
        Ok(numbers)
    }

    /// Where the walk begins: at the end of the line, or as near to the wanted times as halving finds.
    fn first(&self, source: Option<ObjectId>, late: i64) -> Result<Option<u64>, StoreFault> {
        let whole = (0, u64::MAX - 1);
        let oldest = self.numbers(source, whole, Direction::Forward, 1)?.pop();
        let newest = self.numbers(source, whole, Direction::Backward, 1)?.pop();
        let (Some(oldest), Some(newest)) = (oldest, newest) else {
            return Ok(None);
        };
        // Ids below `low` and above `high` are known not to be wanted.
        let (mut low, mut high) = (oldest, newest);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            let Some(number) = self.numbers(source, (middle, high), Direction::Forward, 1)?.pop() else {
                high = middle;
                continue;
            };
            let key = document_key::<D>(self.rows.tenant, number);
            let Some(document) = unless_broken(self.rows.view.row_unnoted::<D>(&key))?.flatten() else {
                break;
            };
            let time = document.time();
            if self.newest_first {
                // All behind this one are too late: the walk begins before it.
                match self.to.is_some_and(|to| time.plus_millis(-late) > to) {
                    true if number < high => high = number,
                    true => high = middle,
                    false => low = middle,
                }
            } else {
                // All before this one are too early: the walk begins behind it.
                match self.from.is_some_and(|from| time.plus_millis(late) < from) {
                    true => low = number.max(middle),
                    false => high = middle,
                }
            }
        }
        Ok(Some(if self.newest_first { high } else { low }))
    }
}
