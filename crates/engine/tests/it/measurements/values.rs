//! The values in measurements: as series, as a table of values, and by their names.

use super::{READ_AND_WRITE, at, member, of, reading, store};
use crate::house::House;
use engine::measurements::{
    ExportMeasurements, ReadSeries, ReadSeriesPart, SupportedMeasurements, SupportedSeries,
};
use model::json::Object;
use model::measurements::MeasurementFilter;
use series::aggregate::{Aggregation, TableBuilder, TableOptions};
use std::sync::Arc;

#[test]
fn series_have_gaps_where_nothing_was_measured() {
    let house = House::new();
    let who = house.person("alpha", "ann", READ_AND_WRITE);
    let source = house.object(&who, "meter");
    let mut humid = reading(source, 20, "20.0");
    humid.fragments = [(
        "c8y_Humidity",
        [("H", member("50", Some("%")))].into_iter().collect::<Object>(),
    )]
    .into_iter()
    .collect();
    store(
        &house,
        &who,
        vec![reading(source, 30, "19.50"), reading(source, 10, "21.5"), humid],
    );
    let read = |aggregation, revert, series: &[(&str, &str)]| {
        let series = series
            .iter()
            .map(|(fragment, series)| (fragment.to_string(), series.to_string()))
            .collect();
        let ask = ReadSeries {
            source,
            from: at(0),
            to: at(60),
            series,
            aggregation,
            revert,
        };
        house.series(&who, ask).expect("a table")
    };
    let cells = |table: &series::aggregate::Table| -> Vec<Vec<String>> {
        let shown = |cell: &Option<series::aggregate::Range>| {
            cell.as_ref()
                .map_or("-".to_owned(), |range| format!("{}..{}", range.min, range.max))
        };
        table
            .rows
            .iter()
            .map(|row| row.cells.iter().map(shown).collect())
            .collect()
    };
    let table = read(None, false, &[]);
    assert_eq!(
        cells(&table),
        [vec!["-", "21.5..21.5"], vec!["50..50"], vec!["-", "19.50..19.50"]]
    );
    let names: Vec<_> = table
        .columns
        .iter()
        .map(|column| (column.series.as_str(), column.unit.as_deref()))
        .collect();
    assert_eq!(names, [("H", Some("%")), ("T", Some("C"))]);
    let newest = read(None, true, &[("c8y_Temperature", "T")]);
    assert_eq!(cells(&newest), [["19.50..19.50"], ["21.5..21.5"]]);
    let hourly = read(
        Some(Aggregation::HOURLY),
        false,
        &[("c8y_Temperature", "T"), ("c8y_Humidity", "H")],
    );
    assert_eq!(cells(&hourly), [["50..50", "19.50..21.5"]]);
}

#[test]
fn a_long_series_is_cut_off_and_says_so() {
    let house = House::new();
    let who = house.person("alpha", "ann", READ_AND_WRITE);
    let source = house.object(&who, "meter");
    for part in 0..2 {
        store(
            &house,
            &who,
            (0..3_000)
                .map(|second| reading(source, part * 3_000 + second, "1"))
                .collect(),
        );
    }
    for (revert, first, last) in [(false, 0, 4_999), (true, 5_999, 1_000)] {
        let ask = ReadSeries {
            source,
            from: at(0),
            to: at(9_999),
            series: Vec::new(),
            aggregation: None,
            revert,
        };
        let table = house.series(&who, ask).expect("a table");
        assert!(table.truncated);
        assert_eq!(
            (table.rows.len(), table.rows[0].time, table.rows[4_999].time),
            (5_000, at(first), at(last))
        );
    }
}

#[test]
fn series_that_are_read_in_parts_say_what_they_say_in_one() {
    let house = House::new();
    let who = house.person("alpha", "ann", READ_AND_WRITE);
    let source = house.object(&who, "meter");
    for part in 0..7 {
        let readings = (0..30).map(|second| reading(source, part * 30 + second, &format!("{}", second % 7)));
        store(&house, &who, readings.collect());
    }
    for revert in [false, true] {
        let asked = ReadSeries {
            source,
            from: at(5),
            to: at(200),
            series: Vec::new(),
            aggregation: Aggregation::every(13),
            revert,
        };
        let whole = house.series(&who, asked.clone()).expect("a table");
        let mut joined = TableBuilder::new(TableOptions {
            aggregation: asked.aggregation,
            newest_first: revert,
        });
        let (asked, mut start, mut parts) = (Arc::new(asked), None, 0);
        loop {
            let part = ReadSeriesPart {
                asked: Arc::clone(&asked),
                start,
                rows_max: 40,
            };
            let part = house.ask(&who, part).expect("a part");
            joined.join(part.table);
            parts += 1;
            match part.next {
                Some(next) => start = Some(next),
                None => break,
            }
        }
        assert!(parts > 2, "{parts}");
        let joined = joined.finish();
        let counts = |table: &series::aggregate::Table| -> Vec<(i64, u64, String)> {
            let row = |row: &series::aggregate::Row| {
                let range = row.cells[0].clone().expect("a value");
                (
                    row.time.millis(),
                    range.totals.count(),
                    format!("{}..{}", range.min, range.max),
                )
            };
            table.rows.iter().map(row).collect()
        };
        assert_eq!(counts(&joined), counts(&whole));
        assert_eq!(counts(&whole).iter().map(|(_, count, _)| count).sum::<u64>(), 196);
    }
}

#[test]
fn a_table_of_values_comes_in_chunks_that_leave_nothing_out() {
    let house = House::new();
    let who = house.person("alpha", "ann", READ_AND_WRITE);
    let source = house.object(&who, "meter \"7\"");
    store(
        &house,
        &who,
        (0..2_500)
            .map(|second| reading(source, second / 2, "1.10"))
            .collect(),
    );
    for revert in [false, true] {
        let filter = MeasurementFilter {
            from: Some(at(0)),
            ..of(source)
        };
        let (mut rows, mut after, mut chunks) = (Vec::new(), None, 0);
        loop {
            let chunk = house
                .ask(
                    &who,
                    ExportMeasurements {
                        filter: filter.clone(),
                        revert,
                        after,
                    },
                )
                .expect("a chunk");
            rows.extend(chunk.rows());
            chunks += 1;
            match chunk.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        assert_eq!((rows.len(), chunks), (2_500, 3));
        assert!(rows.is_sorted_by(|left, right| if revert {
            left.time >= right.time
        } else {
            left.time <= right.time
        }));
        let row = &rows[0];
        assert_eq!(
            (row.value.as_str(), row.unit.as_deref(), row.source),
            ("1.10", Some("C"), source)
        );
        assert_eq!(
            (row.fragment.as_str(), row.series.as_str()),
            ("c8y_Temperature", "T")
        );
        assert_eq!(row.device_name.as_deref(), Some("meter \"7\""));
    }
}

#[test]
fn what_an_object_supports_is_what_it_has_sent() {
    let house = House::new();
    let who = house.person("alpha", "ann", READ_AND_WRITE);
    let source = house.object(&who, "meter");
    let mut mixed = reading(source, 1, "1");
    let mut fragment: Object = [("H", member("50", None))].into_iter().collect();
    fragment.set("ok", true);
    mixed.fragments.set("c8y_Humidity", fragment);
    mixed.fragments.set("note", "no series");
    store(&house, &who, vec![reading(source, 0, "1"), mixed]);
    let fragments = house
        .ask(&who, SupportedMeasurements { object: source })
        .expect("names");
    assert_eq!(fragments, ["c8y_Humidity", "c8y_Temperature"]);
    let series = house
        .ask(&who, SupportedSeries { object: source })
        .expect("names");
    assert_eq!(series, ["c8y_Humidity.H", "c8y_Temperature.T"]);
}
