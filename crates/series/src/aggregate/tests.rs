//! Tables against small cases, and against a slow reference that sees all readings at once.

use super::*;
use model::json::Number;
use proptest::prelude::*;

/// A reading of series `F.name`, `F.name` being one text.
fn reading<'a>(name: &'a str, unit: Option<&'a str>, text: &str) -> Reading<'a> {
    let (fragment, series) = name.split_once('.').expect("fragment.series");
    Reading {
        fragment,
        series,
        unit,
        value: Value::of(&Number::parse(text).expect(text)),
    }
}

fn time(text: &str) -> Timestamp {
    text.parse().expect(text)
}

/// A table as short text: `time cell cell ...` per row, `-` for a missing cell.
fn show(table: &Table) -> Vec<String> {
    let cell = |cell: &Option<Range>| match cell {
        None => "-".to_owned(),
        Some(range) => format!("{}..{}", range.min, range.max),
    };
    let row = |row: &Row| {
        format!(
            "{} {}",
            row.time,
            row.cells.iter().map(cell).collect::<Vec<_>>().join(" ")
        )
    };
    table.rows.iter().map(row).collect()
}

fn names(table: &Table) -> Vec<(&str, &str, Option<&str>)> {
    table
        .columns
        .iter()
        .map(|column| {
            (
                column.fragment.as_str(),
                column.series.as_str(),
                column.unit.as_deref(),
            )
        })
        .collect()
}

fn three_rows() -> Vec<(Timestamp, Reading<'static>)> {
    vec![
        (time("2026-11-21T10:00:30Z"), reading("b.T", Some("C"), "1.10")),
        (time("2026-11-21T10:00:59.999Z"), reading("a.H", Some("%"), "1e2")),
        (time("2026-11-21T10:01:00Z"), reading("b.T", Some("C"), "-0")),
        (time("2026-11-21T10:01:00Z"), reading("a.H", None, "40")),
        (time("2026-11-21T10:00:30Z"), reading("b.T", Some("C"), "3")),
    ]
}

#[test]
fn without_aggregation_there_is_a_row_per_time_and_values_keep_their_text() {
    let table = table(TableOptions::default(), three_rows());
    assert_eq!(names(&table), [("a", "H", Some("%")), ("b", "T", Some("C"))]);
    assert_eq!(
        show(&table),
        [
            "2026-11-21T10:00:30.000Z - 1.10..3",
            "2026-11-21T10:00:59.999Z 1e2..1e2",
            "2026-11-21T10:01:00.000Z 40..40 -0..-0",
        ]
    );
    assert!(!table.truncated);
}

#[test]
fn buckets_are_full_minutes_hours_and_days_of_utc() {
    let rows = |aggregation| {
        show(&table(
            TableOptions {
                aggregation: Some(aggregation),
                newest_first: false,
            },
            three_rows(),
        ))
    };
    assert_eq!(
        rows(Aggregation::MINUTELY),
        [
            "2026-11-21T10:00:00.000Z 1e2..1e2 1.10..3",
            "2026-11-21T10:01:00.000Z 40..40 -0..-0"
        ]
    );
    assert_eq!(
        rows(Aggregation::HOURLY),
        ["2026-11-21T10:00:00.000Z 40..1e2 -0..3"]
    );
    assert_eq!(
        rows(Aggregation::DAILY),
        ["2026-11-21T00:00:00.000Z 40..1e2 -0..3"]
    );
}

#[test]
fn a_time_before_1970_belongs_to_the_bucket_that_begins_before_it() {
    let bucket = |aggregation: Aggregation, text| aggregation.bucket(time(text)).to_string();
    assert_eq!(
        bucket(Aggregation::DAILY, "1969-12-31T23:59:59.999Z"),
        "1969-12-31T00:00:00.000Z"
    );
    assert_eq!(
        bucket(Aggregation::HOURLY, "1969-12-31T23:59:59.999Z"),
        "1969-12-31T23:00:00.000Z"
    );
    assert_eq!(Aggregation::DAILY.bucket(Timestamp::MIN), Timestamp::MIN);
}

#[test]
fn revert_puts_the_newest_row_first_and_leaves_the_columns_alone() {
    let newest_first = TableOptions {
        aggregation: None,
        newest_first: true,
    };
    let (forward, backward) = (
        table(TableOptions::default(), three_rows()),
        table(newest_first, three_rows()),
    );
    assert_eq!(names(&backward), names(&forward));
    let reversed: Vec<_> = show(&forward).into_iter().rev().collect();
    assert_eq!(show(&backward), reversed);
}

#[test]
fn the_unit_is_the_first_in_the_order_of_the_answer() {
    let readings = || {
        [(1, None), (3, Some("K")), (2, Some("C")), (2, Some("F"))]
            .map(|(millis, unit)| (Timestamp::from_millis(millis), reading("f.s", unit, "1")))
    };
    for (newest_first, expected) in [(false, "F"), (true, "K")] {
        let table = table(
            TableOptions {
                aggregation: None,
                newest_first,
            },
            readings(),
        );
        assert_eq!(names(&table), [("f", "s", Some(expected))]);
    }
}

#[test]
fn the_first_5000_values_are_given_and_one_more_is_cut_off_and_said() {
    let readings = |count: i64| {
        (0..count)
            .map(|millis| (Timestamp::from_millis(millis), reading("f.s", None, "1")))
            .collect::<Vec<_>>()
    };
    let limit = SERIES_VALUES_MAX as i64;
    let full = table(TableOptions::default(), readings(limit));
    assert_eq!((full.rows.len(), full.truncated), (SERIES_VALUES_MAX, false));
    let over = table(TableOptions::default(), readings(limit + 1));
    assert_eq!((over.rows.len(), over.truncated), (SERIES_VALUES_MAX, true));
    assert_eq!(over.rows[0].time.millis(), 0);
    let newest_first = TableOptions {
        aggregation: None,
        newest_first: true,
    };
    let over = table(newest_first, readings(limit + 1));
    assert_eq!((over.rows.len(), over.truncated), (SERIES_VALUES_MAX, true));
    assert_eq!(over.rows[0].time.millis(), limit);
    let daily = TableOptions {
        aggregation: Some(Aggregation::DAILY),
        newest_first: false,
    };
    assert!(!table(daily, readings(limit + 1)).truncated);
}

#[test]
fn a_single_row_with_too_many_series_loses_the_last_columns() {
    let series: Vec<_> = (0..=SERIES_VALUES_MAX)
        .rev()
        .map(|place| format!("f.{place:05}"))
        .collect();
    let readings = series
        .iter()
        .map(|name| (Timestamp::from_millis(0), reading(name, None, "1")));
    let table = table(TableOptions::default(), readings);
    assert!(table.truncated);
    assert_eq!(table.columns.len(), SERIES_VALUES_MAX);
    assert_eq!(table.columns[0].series, "00000");
    assert_eq!(table.rows[0].cells.len(), SERIES_VALUES_MAX);
}

#[test]
fn one_wide_reading_among_many_narrow_ones_does_not_make_a_huge_table() {
    let wide: Vec<_> = (0..2_000).map(|place| format!("a.{place:05}")).collect();
    let mut readings: Vec<_> = wide
        .iter()
        .map(|name| (Timestamp::from_millis(0), reading(name, None, "1")))
        .collect();
    readings.extend(
        (1..2_000).map(|minute| (Timestamp::from_millis(minute * 60_000), reading("z.z", None, "1"))),
    );
    for newest_first in [false, true] {
        let options = TableOptions {
            aggregation: Some(Aggregation::MINUTELY),
            newest_first,
        };
        let table = table(options, readings.clone());
        let cells: usize = table.rows.iter().map(|row| row.cells.len()).sum();
        assert!(cells <= JSON_VALUES_MAX, "{cells}");
        assert!(table.truncated && !table.rows.is_empty());
    }
}

#[test]
fn series_that_only_rows_beyond_the_cut_have_are_neither_shown_nor_kept() {
    let mut builder = TableBuilder::new(TableOptions::default());
    for millis in (0..20_000).rev() {
        let series = format!("f.{millis}");
        builder.add(Timestamp::from_millis(millis), reading(&series, None, "1"));
        assert!(builder.columns.values().map(BTreeMap::len).sum::<usize>() <= SERIES_VALUES_MAX);
    }
    assert!(builder.is_past_end(Timestamp::from_millis(5_000)));
    assert!(!builder.is_past_end(Timestamp::from_millis(4_999)));
    assert_eq!(builder.rows.len(), SERIES_VALUES_MAX);
    // As a table they would have millions of cells, nearly all of them empty.
    let table = builder.finish();
    assert!(table.truncated && table.rows.len() > 100);
    assert_eq!(table.columns.len(), table.rows.len());
}

/// What a table says, worked out slowly: all rows, then as many whole ones from the front as the limit allows.
fn reference(values_max: usize, newest_first: bool, readings: &[(i64, usize, i64)]) -> (Vec<String>, bool) {
    let mut rows: BTreeMap<i64, BTreeMap<usize, Vec<i64>>> = BTreeMap::new();
    for &(millis, series, value) in readings {
        rows.entry(millis)
            .or_default()
            .entry(series)
            .or_default()
            .push(value);
    }
    let mut rows: Vec<_> = rows.into_iter().collect();
    if newest_first {
        rows.reverse();
    }
    let all = rows.len();
    let mut values = 0;
    rows.retain(|(_, row)| {
        values += row.len();
        values <= values_max
    });
    let shown: std::collections::BTreeSet<_> = rows.iter().flat_map(|(_, row)| row.keys().copied()).collect();
    let line = |(millis, row): &(i64, BTreeMap<usize, Vec<i64>>)| {
        let last = row.keys().last().copied().unwrap_or_default();
        let cells = shown
            .iter()
            .filter(|series| **series <= last)
            .map(|series| match row.get(series) {
                None => "-".to_owned(),
                Some(values) => format!(
                    "{}..{}",
                    values.iter().min().unwrap(),
                    values.iter().max().unwrap()
                ),
            });
        format!(
            "{} {}",
            Timestamp::from_millis(*millis),
            cells.collect::<Vec<_>>().join(" ")
        )
    };
    (rows.iter().map(line).collect(), rows.len() < all)
}

proptest! {
    #[test]
    fn no_more_intervals_are_touched_than_were_asked_for(
        from in -1_000_000_i64..1_000_000,
        range in 0_i64..5_000_000,
        buckets in 2_u32..2_000,
    ) {
        let (from, to) = (Timestamp::from_millis(from), Timestamp::from_millis(from + range));
        let width = Aggregation::at_most(buckets, from, to).expect("two or more");
        let touched = (width.bucket(to).millis() - width.bucket(from).millis()) / width.millis() + 1;
        prop_assert!(touched <= i64::from(buckets), "{touched}");
    }

    #[test]
    fn a_table_joined_from_parts_is_the_table_of_all_readings(
        readings in proptest::collection::vec((0_i64..40, 0_usize..4, -9_i64..9), 0..120),
        parts in 1_usize..5,
        newest_first: bool,
        width in proptest::option::of(1_i64..9),
        values_max in 4_usize..60,
    ) {
        let options = TableOptions { aggregation: width.and_then(Aggregation::every_millis), newest_first };
        let build = |readings: &[(i64, usize, i64)]| {
            let mut builder = TableBuilder::new(options);
            builder.values_max = values_max;
            for &(millis, series, value) in readings {
                let (name, unit) = [("a.x", None), ("a.y", Some("C")), ("b.x", None), ("c.x", None)][series];
                builder.add(Timestamp::from_millis(millis), reading(name, unit, &value.to_string()));
            }
            builder
        };
        let whole = build(&readings).finish();
        let mut joined = build(&[]);
        for part in readings.chunks(readings.len().div_ceil(parts).max(1)) {
            joined.join(build(part));
        }
        let joined = joined.finish();
        prop_assert_eq!(show(&joined), show(&whole));
        prop_assert_eq!(names(&joined), names(&whole));
        prop_assert_eq!(joined.truncated, whole.truncated);
        let counts = |table: &Table| -> Vec<u64> {
            let cells = table.rows.iter().flat_map(|row| row.cells.iter().flatten());
            cells.map(|cell| cell.totals.count()).collect()
        };
        prop_assert_eq!(counts(&joined), counts(&whole));
    }

    #[test]
    fn tables_agree_with_the_reference_in_whatever_order_readings_come(
        readings in proptest::collection::vec((0_i64..12, 0_usize..4, -9_i64..9), 0..80),
        newest_first: bool,
        values_max in 4_usize..30,
    ) {
        let mut builder = TableBuilder::new(TableOptions { aggregation: None, newest_first });
        builder.values_max = values_max;
        for &(millis, series, value) in &readings {
            let value = value.to_string();
            builder.add(Timestamp::from_millis(millis), reading(["a.x", "a.y", "b.x", "c.x"][series], None, &value));
        }
        let table = builder.finish();
        prop_assert_eq!((show(&table), table.truncated), reference(values_max, newest_first, &readings));
    }
}
