//! The table behind `GET /measurement/measurements/series`: one row per time, one column per series, and in each cell
//! the least and the greatest value, and what all of them come to. Built in one pass over readings in any order, in
//! bounded memory.
//!
//! It does not know which readings the caller may see: only those may be given to it.

use crate::point::Reading;
use crate::totals::Totals;
use crate::value::Value;
use model::limits::{JSON_VALUES_MAX, SERIES_VALUES_MAX};
use model::time::Timestamp;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How wide the rows are. Intervals are counted from 1970 in UTC, so days, hours and minutes begin at full ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aggregation {
    width_millis: i64,
}

impl Aggregation {
    /// `DAILY`
    pub const DAILY: Self = Self {
        width_millis: 86_400_000,
    };
    /// `HOURLY`
    pub const HOURLY: Self = Self {
        width_millis: 3_600_000,
    };
    /// `MINUTELY`
    pub const MINUTELY: Self = Self { width_millis: 60_000 };

    /// Intervals of this many seconds; nothing if there are none.
    pub fn every(seconds: u32) -> Option<Self> {
        Self::every_millis(i64::from(seconds) * 1_000)
    }

    /// Intervals of this many milliseconds; nothing if there are none.
    pub fn every_millis(width_millis: i64) -> Option<Self> {
        (width_millis > 0).then_some(Self { width_millis })
    }

    /// The narrowest intervals of which no more than this many touch a range of times; nothing for fewer than two, since
    /// intervals begin where they begin and even a short range can touch two.
    pub fn at_most(buckets: u32, from: Timestamp, to: Timestamp) -> Option<Self> {
        let range = to.millis().saturating_sub(from.millis()).max(0);
        let whole = i64::from(buckets).checked_sub(1).filter(|whole| *whole > 0)?;
        Self::every_millis(range / whole + 1)
    }

    /// How wide an interval is, in milliseconds.
    pub fn millis(self) -> i64 {
        self.width_millis
    }

    /// The begin of the interval that a time falls into.
    pub fn bucket(self, time: Timestamp) -> Timestamp {
        let width = self.width_millis;
        Timestamp::from_millis(time.millis().div_euclid(width) * width)
    }
}

/// What table is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TableOptions {
    /// Rows of this width; one row per time if absent.
    pub aggregation: Option<Aggregation>,
    /// `revert`: the newest row first.
    pub newest_first: bool,
}

/// The answer. Columns are sorted by fragment, then series, so that their order does not depend on what was sent
/// first; a column is there only if a row has a value in it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// What the cells of a row are, by their place.
    pub columns: Vec<Column>,
    /// One row per time or bucket, oldest first unless asked otherwise.
    pub rows: Vec<Row>,
    /// Whether later rows (in the order of the answer) were left out because there were too many values.
    pub truncated: bool,
}

/// One series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The fragment: `type` in the answer.
    pub fragment: String,
    /// The series: `name` in the answer.
    pub series: String,
    /// The unit that came first in the order of the answer, if any was sent.
    pub unit: Option<String>,
}

/// The values of one time or bucket.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The time of the readings, or the begin of the bucket.
    pub time: Timestamp,
    /// One per column. Missing trailing values are cut off; a missing one before the last is nothing (`{}` in the
    /// answer).
    pub cells: Vec<Option<Range>>,
}

/// The values of one series in one row: the least and the greatest by the text that was sent, and what they come to.
#[derive(Debug, Clone, PartialEq)]
pub struct Range {
    /// The least value.
    pub min: Value,
    /// The greatest value; equal to `min` if there was only one.
    pub max: Value,
    /// What they come to. In the last digits it depends on the order in which they were read.
    pub totals: Totals,
}

impl Range {
    fn of(value: Value) -> Self {
        Self {
            totals: Totals::of(value.as_f64()),
            min: value.clone(),
            max: value,
        }
    }

    fn widen(&mut self, value: Value) {
        self.totals.add(value.as_f64());
        if value.compare(&self.min) == Ordering::Less {
            self.min = value;
        } else if value.compare(&self.max) == Ordering::Greater {
            self.max = value;
        }
    }

    fn join(&mut self, other: Self) {
        self.totals.join(&other.totals);
        if other.min.compare(&self.min) == Ordering::Less {
            self.min = other.min;
        }
        if other.max.compare(&self.max) == Ordering::Greater {
            self.max = other.max;
        }
    }
}

/// The table of these readings.
pub fn table<'a>(
    options: TableOptions,
    readings: impl IntoIterator<Item = (Timestamp, Reading<'a>)>,
) -> Table {
    let mut builder = TableBuilder::new(options);
    for (time, reading) in readings {
        builder.add(time, reading);
    }
    builder.finish()
}

/// A series by name; the order is that of the columns.
type Name = (String, String);

struct Unit {
    text: Option<String>,
    /// When the reading with this unit was taken.
    time: Timestamp,
}

/// A table that is being built, for callers that read point by point. Holds at most the values of the answer: the
/// first [`SERIES_VALUES_MAX`] without aggregation, the first [`JSON_VALUES_MAX`] with it, in whole rows.
pub struct TableBuilder {
    options: TableOptions,
    values_max: usize,
    values: usize,
    rows: BTreeMap<Timestamp, BTreeMap<Arc<Name>, Range>>,
    /// By fragment and series: the name that rows share, and the unit.
    columns: BTreeMap<String, BTreeMap<String, (Arc<Name>, Unit)>>,
    /// Rows from here on (in the order of the answer) are left out.
    cut: Option<Timestamp>,
    truncated: bool,
}

impl TableBuilder {
    /// A table without rows.
    pub fn new(options: TableOptions) -> Self {
        let values_max = match options.aggregation {
            None => SERIES_VALUES_MAX,
            Some(_) => JSON_VALUES_MAX,
        };
        Self {
            options,
            values_max,
            values: 0,
            rows: BTreeMap::new(),
            columns: BTreeMap::new(),
            cut: None,
            truncated: false,
        }
    }

    /// Whether readings at this time, and all that follow it in the order of the answer, can no longer change the
    /// table: a caller that reads in that order may stop.
    pub fn is_past_end(&self, time: Timestamp) -> bool {
        let row = self.row_time(time);
        self.cut
            .is_some_and(|cut| row == cut || self.comes_first(cut, row))
    }

    /// Takes in one reading. The order in which readings come does not matter.
    pub fn add(&mut self, time: Timestamp, reading: Reading<'_>) {
        if self.is_past_end(time) {
            return;
        }
        let name = self.column(time, (reading.fragment, reading.series), reading.unit);
        let row = self.rows.entry(self.row_time(time)).or_default();
        match row.get_mut(&name) {
            Some(range) => range.widen(reading.value),
            None => {
                row.insert(name, Range::of(reading.value));
                self.values += 1;
                self.keep_to_limit();
            }
        }
    }

    fn put(&mut self, row: Timestamp, name: Arc<Name>, range: Range) {
        let row = self.rows.entry(row).or_default();
        match row.get_mut(&name) {
            Some(known) => known.join(range),
            None => {
                row.insert(name, range);
                self.values += 1;
                self.keep_to_limit();
            }
        }
    }

    /// Takes in a table of other readings that was built with the same options.
    pub fn join(&mut self, other: Self) {
        let mut units = BTreeMap::new();
        for (name, unit) in other.columns.into_values().flat_map(BTreeMap::into_values) {
            units.insert(name, unit);
        }
        for (time, ranges) in other.rows {
            for (name, range) in ranges {
                if self.is_past_end(time) {
                    break;
                }
                let (fragment, series) = name.as_ref();
                let unit = units.get(&name);
                let seen = unit.map_or(time, |unit| unit.time);
                let name = self.column(
                    seen,
                    (fragment, series),
                    unit.and_then(|unit| unit.text.as_deref()),
                );
                self.put(time, name, range);
            }
        }
        if let Some(cut) = other.cut {
            self.cut_at(cut);
        }
        self.truncated |= other.truncated;
    }

    /// Leaves out rows from this one on: who built a part of the table has not read further.
    fn cut_at(&mut self, cut: Timestamp) {
        let is_left_out = |time: Timestamp| time == cut || self.comes_first(cut, time);
        let over: Vec<_> = self
            .rows
            .keys()
            .copied()
            .filter(|time| is_left_out(*time))
            .collect();
        for _ in over {
            self.drop_last_row();
        }
        if self.cut.is_none_or(|known| self.comes_first(cut, known)) {
            self.cut = Some(cut);
        }
    }

    /// The finished table.
    pub fn finish(mut self) -> Table {
        self.keep_cells_to_limit();
        let places = self.places();
        let mut columns = Vec::new();
        for (name, unit) in self.columns.into_values().flat_map(BTreeMap::into_values) {
            let (fragment, series) = name.as_ref().clone();
            columns.push(Column {
                fragment,
                series,
                unit: unit.text,
            });
        }
        let row = |(time, ranges): (Timestamp, BTreeMap<Arc<Name>, Range>)| {
            let mut cells = Vec::new();
            for (name, range) in ranges {
                // Names come in the order of their places, so a row only ever grows at its end.
                cells.resize(places.get(&name).copied().unwrap_or_default(), None);
                cells.push(Some(range));
            }
            Row { time, cells }
        };
        let mut rows: Vec<_> = self.rows.into_iter().map(row).collect();
        if self.options.newest_first {
            rows.reverse();
        }
        Table {
            columns,
            rows,
            truncated: self.truncated,
        }
    }

    /// The place of each column in the table.
    fn places(&self) -> BTreeMap<Arc<Name>, usize> {
        let names = self.columns.values().flat_map(BTreeMap::values);
        names
            .enumerate()
            .map(|(place, (name, _))| (Arc::clone(name), place))
            .collect()
    }

    /// Leaves out the last rows while the table would have too many cells. A row is as long as the place of its last
    /// value, so a few wide readings among many narrow ones would make a table of many times what it is made of.
    fn keep_cells_to_limit(&mut self) {
        let places = self.places();
        let length = |ranges: &BTreeMap<Arc<Name>, Range>| {
            let last = ranges.last_key_value();
            last.and_then(|(name, _)| places.get(name))
                .map_or(0, |place| place + 1)
        };
        let mut lengths: Vec<_> = self.rows.values().map(length).collect();
        if self.options.newest_first {
            lengths.reverse();
        }
        let mut cells = 0;
        let fitting = lengths.iter().take_while(|length| {
            cells += *length;
            cells <= JSON_VALUES_MAX
        });
        let fitting = fitting.count();
        // Whoever holds a name keeps its column.
        drop(places);
        // No row alone is over the limit: it has no more places than there are values.
        for _ in fitting..lengths.len() {
            self.truncated = true;
            self.drop_last_row();
        }
    }

    fn row_time(&self, time: Timestamp) -> Timestamp {
        self.options
            .aggregation
            .map_or(time, |aggregation| aggregation.bucket(time))
    }

    fn comes_first(&self, one: Timestamp, other: Timestamp) -> bool {
        if self.options.newest_first {
            one > other
        } else {
            one < other
        }
    }

    /// The shared name of a reading's column, which is begun if it is not there yet.
    fn column(&mut self, time: Timestamp, (fragment, series): (&str, &str), unit: Option<&str>) -> Arc<Name> {
        let newest_first = self.options.newest_first;
        let known = self
            .columns
            .get_mut(fragment)
            .and_then(|columns| columns.get_mut(series));
        if let Some((name, known)) = known {
            let earlier = if newest_first {
                time > known.time
            } else {
                time < known.time
            };
            // The larger of two units at one time, so that the order of arrival does not matter.
            let preferred = earlier || (time == known.time && unit > known.text.as_deref());
            if unit.is_some() && (known.text.is_none() || preferred) {
                *known = Unit {
                    text: unit.map(str::to_owned),
                    time,
                };
            }
            return Arc::clone(name);
        }
        let name = Arc::new((fragment.to_owned(), series.to_owned()));
        let unit = Unit {
            text: unit.map(str::to_owned),
            time,
        };
        let columns = self.columns.entry(fragment.to_owned()).or_default();
        columns.insert(series.to_owned(), (Arc::clone(&name), unit));
        name
    }

    /// Leaves out the last rows while there are too many values. Rows stay whole, so that a client can go on from the
    /// time of the last row; only a first row that is too long by itself loses its last columns.
    fn keep_to_limit(&mut self) {
        while self.values > self.values_max {
            self.truncated = true;
            if self.rows.len() > 1 {
                self.drop_last_row();
            } else {
                self.drop_last_cell();
            }
        }
    }

    fn drop_last_row(&mut self) {
        let last = if self.options.newest_first {
            self.rows.pop_first()
        } else {
            self.rows.pop_last()
        };
        if let Some((time, ranges)) = last {
            self.cut = Some(time);
            self.values -= ranges.len();
            for (name, _) in ranges {
                self.forget_if_unused(&name);
            }
        }
    }

    fn drop_last_cell(&mut self) {
        let Some(mut row) = self.rows.first_entry() else {
            return;
        };
        if let Some((name, _)) = row.get_mut().pop_last() {
            self.values -= 1;
            self.forget_if_unused(&name);
        }
    }

    /// Keeps memory bounded by the values kept, however many series a source has ever had.
    fn forget_if_unused(&mut self, name: &Arc<Name>) {
        // Two holders: the column itself and the caller.
        if Arc::strong_count(name) > 2 {
            return;
        }
        let (fragment, series) = name.as_ref();
        if let Some(columns) = self.columns.get_mut(fragment) {
            columns.remove(series);
            if columns.is_empty() {
                self.columns.remove(fragment);
            }
        }
    }
}

#[cfg(test)]
mod tests;
