//! Series of measurements as a chart asks for them: as many intervals as it has columns, whatever there is.

use crate::alarms::object;
use crate::users::assert_documented;
use serde_json::{Value, json};
use testkit::house::{House, Who};

const DAY: &str = "dateFrom=2026-11-17T00:00:00Z&dateTo=2026-11-17T23:59:59.999Z";

/// A device with one value for each of so many seconds of a day: the second of its minute.
fn meter(house: &House, who: &Who, seconds: u64) -> String {
    let id = object(house, who, json!({"c8y_IsDevice": {}}));
    let one = |second: u64| {
        let (hour, minute, value) = (second / 3_600, second / 60 % 60, second % 60);
        let time = format!("2026-11-17T{hour:02}:{minute:02}:{value:02}Z");
        json!({"source": {"id": id}, "time": time, "type": "t", "c8y_T": {"T": {"value": value, "unit": "C"}}})
    };
    for first in (0..seconds).step_by(5_000) {
        let last = seconds.min(first + 5_000);
        let many: Vec<Value> = (first..last).map(one).collect();
        let body = json!({ "measurements": many });
        house.post(who, "/measurement/measurements", body).expect(201);
    }
    id
}

fn read(house: &House, who: &Who, query: &str) -> Value {
    let path = format!("/measurement/measurements/series?{query}");
    let found = house.get(who, &path).expect(200).json();
    assert_documented("MeasurementSeries", &found);
    found
}

/// Least and greatest value, and how many there are, over all intervals.
fn over_all(found: &Value) -> (f64, f64, u64) {
    let cells: Vec<&Value> = found["values"]
        .as_object()
        .expect("rows")
        .values()
        .map(|row| &row[0])
        .collect();
    let values = |name: &str| -> Vec<f64> {
        cells
            .iter()
            .map(|cell| cell[name].as_f64().unwrap_or_else(|| panic!("{name}: {cell}")))
            .collect()
    };
    let least = values("min").into_iter().fold(f64::INFINITY, f64::min);
    let greatest = values("max").into_iter().fold(f64::NEG_INFINITY, f64::max);
    (least, greatest, values("count").iter().sum::<f64>() as u64)
}

#[test]
fn a_day_of_seconds_fits_the_columns_of_a_chart_and_nothing_is_left_out() {
    let house = House::new();
    let admin = house.admin("t100");
    let id = meter(&house, &admin, 12_000);
    let functions = "aggregationFunction=min,max,avg,count";
    let asked = format!("source={id}&{DAY}&series=c8y_T.T&{functions}");
    // One row for each value is too much for an answer.
    assert_eq!(
        read(&house, &admin, &format!("source={id}&{DAY}"))["truncated"],
        true
    );
    for buckets in [2, 7, 100, 1_000, 10_000] {
        let found = read(&house, &admin, &format!("{asked}&aggregationBuckets={buckets}"));
        let rows = found["values"].as_object().expect("rows").len();
        assert!(rows <= buckets && rows > 0, "{rows} of {buckets}");
        assert_eq!(over_all(&found), (0.0, 59.0, 12_000), "{buckets}");
        assert_eq!(found["truncated"], false);
        assert!(
            found["aggregationInterval"]
                .as_str()
                .expect("a width")
                .starts_with("PT")
        );
    }
    let found = read(&house, &admin, &format!("{asked}&aggregationInterval=PT1M30S"));
    assert_eq!(found["aggregationInterval"], "PT90S");
    assert_eq!(found["values"].as_object().expect("rows").len(), 134);
    let first = &found["values"]["2026-11-17T00:00:00.000Z"][0];
    assert_eq!(
        *first,
        json!({"min": 0.0, "max": 59.0, "avg": 24.5, "count": 90.0})
    );
}

#[test]
fn a_width_that_is_none_is_refused() {
    let house = House::new();
    let admin = house.admin("t100");
    let id = object(&house, &admin, json!({"c8y_IsDevice": {}}));
    for bad in [
        "aggregationInterval=PT0S",
        "aggregationInterval=P1M",
        "aggregationInterval=-PT1S",
        "aggregationBuckets=0",
        "aggregationBuckets=1",
        "aggregationBuckets=10001",
        "aggregationBuckets=x",
        "aggregationFunction=min",
    ] {
        let path = format!("/measurement/measurements/series?source={id}&{DAY}&{bad}");
        house.get(&admin, &path).expect(422);
    }
    // The end before the begin: there is nothing.
    let turned = "dateFrom=2026-11-18T00:00:00Z&dateTo=2026-11-17T00:00:00Z&aggregationBuckets=5";
    let found = read(&house, &admin, &format!("source={id}&{turned}"));
    assert_eq!(found["values"], json!({}));
}

// R015
#[test]
fn intervals_hold_only_what_the_caller_may_read() {
    let house = House::new();
    let admin = house.admin("t100");
    let id = meter(&house, &admin, 120);
    let hidden = json!({"source": {"id": id}, "time": "2026-11-17T00:00:01Z", "type": "t", "c8y_H": {"H": {"value": 999}}});
    house
        .post(&admin, "/measurement/measurements", hidden)
        .expect(201);
    let path = format!("/measurement/measurements/series?source={id}&{DAY}&aggregationBuckets=10");
    let ann = house.person("t100", "ann", &[]);
    house.get(&ann, &path).expect(404);
    house.grant(&ann, &[&format!("{id}, MEASUREMENT, c8y_T, READ")]);
    let found = house.get(&ann, &path).expect(200);
    assert!(
        !found.text.contains("c8y_H") && !found.text.contains("999"),
        "{}",
        found.text
    );
    assert_eq!(found.json()["series"].as_array().map(Vec::len), Some(1));
    let both = house.get(&admin, &path).expect(200).json();
    assert_eq!(both["series"].as_array().map(Vec::len), Some(2));
    house.get(&house.admin("t200"), &path).expect(404);
}
