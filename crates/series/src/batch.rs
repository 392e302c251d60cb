//! Points of one stream that are stored together, in a compact form: times as steps from the point before.
//!
//! The form is given to serde; which binary format writes it, and how it is sealed, belongs to the store.

use crate::point::Point;
use crate::value::Value;
use model::json::{Json, Object};
use model::time::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Points of one shape and source, in the order in which they were accepted (not that of their times).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Batch {
    /// The points.
    pub points: Vec<Point>,
}

impl Batch {
    /// The earliest time; nothing if there is no point.
    pub fn min_time(&self) -> Option<Timestamp> {
        self.points.iter().map(|point| point.time).min()
    }

    /// The latest time; nothing if there is no point.
    pub fn max_time(&self) -> Option<Timestamp> {
        self.points.iter().map(|point| point.time).max()
    }
}

/// A point as it is written: the time is the step in milliseconds from the point before, the first from 1970.
#[derive(Serialize)]
struct RowOut<'a> {
    step_millis: i64,
    values: &'a [Value],
    extras: &'a [Json],
    rest: &'a Object,
}

#[derive(Deserialize)]
struct RowIn {
    step_millis: i64,
    values: Vec<Value>,
    extras: Vec<Json>,
    rest: Object,
}

impl Serialize for Batch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut last = 0;
        serializer.collect_seq(self.points.iter().map(|point| {
            let millis = point.time.millis();
            // Cannot overflow: both are times of the years 1 to 9999.
            let step_millis = millis - std::mem::replace(&mut last, millis);
            RowOut {
                step_millis,
                values: &point.values,
                extras: &point.extras,
                rest: &point.rest,
            }
        }))
    }
}

impl<'de> Deserialize<'de> for Batch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rows = Vec::<RowIn>::deserialize(deserializer)?;
        let mut points = Vec::with_capacity(rows.len());
        let mut last = 0_i64;
        for RowIn {
            step_millis,
            values,
            extras,
            rest,
        } in rows
        {
            let time = last
                .checked_add(step_millis)
                .map(|millis| (millis, Timestamp::from_millis(millis)))
                .filter(|(millis, time)| time.millis() == *millis)
                .map(|(_, time)| time)
                .ok_or_else(|| D::Error::custom("the time of a stored point is out of range"))?;
            last = time.millis();
            points.push(Point {
                time,
                values,
                extras,
                rest,
            });
        }
        Ok(Self { points })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::json::Number;
    use proptest::prelude::*;

    fn point(millis: i64, text: &str) -> Point {
        Point {
            time: Timestamp::from_millis(millis),
            values: vec![Value::of(&Number::parse(text).expect(text))],
            extras: vec![],
            rest: Object::new(),
        }
    }

    #[test]
    fn a_reading_a_second_takes_about_nine_bytes() {
        let points = (0..1_000)
            .map(|second| point(1_795_000_000_000 + second * 1_000, "21.57"))
            .collect();
        let bytes = postcard::to_allocvec(&Batch { points }).expect("encodes");
        assert!(bytes.len() < 10_000, "{} bytes", bytes.len());
    }

    #[test]
    fn the_span_covers_points_in_any_order() {
        let batch = Batch {
            points: [30, -10, 20].map(|millis| point(millis, "1")).to_vec(),
        };
        assert_eq!(batch.min_time(), Some(Timestamp::from_millis(-10)));
        assert_eq!(batch.max_time(), Some(Timestamp::from_millis(30)));
        assert_eq!(Batch::default().min_time(), None);
        assert_eq!(Batch::default().max_time(), None);
    }

    #[test]
    fn a_time_that_cannot_be_is_an_error_and_not_moved_into_range() {
        for steps in [
            vec![Timestamp::MAX.millis() + 1],
            vec![1, i64::MAX],
            vec![i64::MIN],
        ] {
            // A row is its step and three empty lists: values, extras, rest.
            let rows: Vec<(i64, u8, u8, u8)> = steps.into_iter().map(|step| (step, 0, 0, 0)).collect();
            let bytes = postcard::to_allocvec(&rows).expect("encodes");
            assert!(postcard::from_bytes::<Batch>(&bytes).is_err(), "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn batches_come_back_in_order(
            readings in proptest::collection::vec(
                (Timestamp::MIN.millis()..=Timestamp::MAX.millis(), "-?[1-9][0-9]{0,20}(\\.[0-9]{1,3})?"),
                0..20,
            )
        ) {
            let points = readings.iter().map(|(millis, text)| point(*millis, text)).collect();
            let batch = Batch { points };
            let bytes = postcard::to_allocvec(&batch).expect("encodes");
            let read: Batch = postcard::from_bytes(&bytes).expect("decodes");
            prop_assert_eq!(read, batch);
        }

        #[test]
        fn damaged_bytes_never_make_the_reader_stop_the_program(bytes: Vec<u8>) {
            // tidy: proves by not panicking
            let _ = postcard::from_bytes::<Batch>(&bytes);
        }
    }
}
