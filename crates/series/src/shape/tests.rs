//! Shapes and points against random documents, and the cases that a reader asks about.

use super::*;
use model::json::Number;
use model::time::Timestamp;
use proptest::prelude::*;

fn number(text: &str) -> Json {
    Json::Number(Number::parse(text).expect(text))
}

fn object<const N: usize>(members: [(&str, Json); N]) -> Json {
    Json::Object(members.into_iter().collect())
}

fn measurement(fragments: Object) -> NewMeasurement {
    NewMeasurement {
        source: ObjectId::new(7).expect("in range"),
        time: Timestamp::from_millis(1_795_000_000_000),
        kind: "c8y_Room".parse().expect("a label"),
        fragments,
    }
}

/// One plain fragment with two series, a fragment with a stranger in it, an empty one and a bare value.
fn mixed() -> NewMeasurement {
    let temperature = object([
        ("T", object([("value", number("21.50")), ("unit", "C".into())])),
        ("U", object([("unit", "V".into()), ("value", number("-0"))])),
    ]);
    let strange = object([
        (
            "S",
            object([
                ("value", number("1e2")),
                ("unit", "x".into()),
                ("quality", "good".into()),
            ]),
        ),
        ("text", object([("value", "high".into())])),
        ("N", object([("value", number("3")), ("unit", Json::Null)])),
    ]);
    let fragments = [
        ("c8y_T", temperature),
        ("strange", strange),
        ("empty", object([])),
        ("bare", number("5")),
    ];
    measurement(fragments.into_iter().collect())
}

#[test]
fn only_fragments_of_nothing_but_series_enter_the_shape() {
    let (shape, point) = Shape::split(&mixed());
    assert_eq!(
        shape.fragments().collect::<Vec<_>>(),
        ["c8y_T", "strange", "empty", "bare"]
    );
    assert_eq!(
        shape.series().collect::<Vec<_>>(),
        [("c8y_T", "T", Some("C")), ("c8y_T", "U", Some("V"))]
    );
    assert_eq!(
        point.values.iter().map(Value::to_string).collect::<Vec<_>>(),
        ["21.50", "-0"]
    );
    assert_eq!(point.extras.len(), 3);
    assert!(point.rest.is_empty());
}

#[test]
fn measurements_that_differ_only_in_numbers_and_time_share_a_shape() {
    let with = |text| {
        let fragment = object([("T", object([("value", number(text))]))]);
        measurement([("c8y_T", fragment)].into_iter().collect())
    };
    let (first, second) = (Shape::split(&with("1")).0, Shape::split(&with("-2.5e9")).0);
    assert_eq!(first.key(), second.key());
}

#[test]
fn a_unit_its_place_the_order_and_the_type_each_make_another_shape() {
    let value = || ("value", number("1"));
    let unit = |text: &str| ("unit", Json::from(text));
    let series = |member| measurement([("f", object([("s", member)]))].into_iter().collect());
    let two = |first, second| {
        let member = || object([value()]);
        measurement(
            [("f", object([(first, member()), (second, member())]))]
                .into_iter()
                .collect(),
        )
    };
    let mut other_kind = series(object([value()]));
    other_kind.kind = "other".parse().expect("a label");
    let keys: std::collections::BTreeSet<_> = [
        series(object([value()])),
        series(object([value(), unit("C")])),
        series(object([unit("C"), value()])),
        series(object([value(), unit("")])),
        series(object([value(), unit("K")])),
        two("s", "t"),
        two("t", "s"),
        other_kind,
        measurement(Object::new()),
    ]
    .iter()
    .map(|measurement| Shape::split(measurement).0.key())
    .collect();
    assert_eq!(keys.len(), 9);
}

#[test]
fn numbers_in_mixed_fragments_are_series_too() {
    for (shape, point) in [Shape::split(&mixed()), Shape::split_generic(&mixed())] {
        let readings: Vec<_> = shape
            .series_of_point(&point)
            .map(|reading| {
                (
                    reading.fragment,
                    reading.series,
                    reading.unit,
                    reading.value.to_string(),
                )
            })
            .collect();
        assert_eq!(
            readings,
            [
                ("c8y_T", "T", Some("C"), "21.50".to_owned()),
                ("c8y_T", "U", Some("V"), "-0".to_owned()),
                ("strange", "S", Some("x"), "1e2".to_owned()),
                ("strange", "N", None, "3".to_owned()),
            ]
        );
    }
}

#[test]
fn a_point_that_does_not_fit_the_shape_is_an_error_and_not_served() {
    let (shape, point) = Shape::split(&mixed());
    let source = mixed().source;
    let spoiled: [fn(&mut Point); 5] = [
        |point| drop(point.values.pop()),
        |point| {
            point.values.push(Value::Decimal {
                mantissa: 1,
                scale: 0,
            });
        },
        |point| drop(point.extras.pop()),
        |point| point.extras.push(Json::Null),
        |point| point.values[0] = Value::Text("one".into()),
    ];
    for spoil in spoiled {
        let mut point = point.clone();
        spoil(&mut point);
        assert_eq!(shape.join(source, &point), Err(BadPoint), "{point:?}");
    }
}

fn numbers() -> impl Strategy<Value = Json> {
    prop_oneof![
        "-?(0|[1-9][0-9]{0,3})(\\.[0-9]{1,3})?",
        "-?(0|[1-9][0-9]{0,22})(\\.[0-9]{1,22})?([eE][+-]?[0-9]{1,3})?",
    ]
    .prop_map(|text| number(&text))
}

fn scalars() -> impl Strategy<Value = Json> {
    prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        numbers(),
        any::<String>().prop_map(Json::String),
    ]
}

/// Names from a small set, so that `value` and `unit` are met often, in every order and beside others.
fn names() -> impl Strategy<Value = String> {
    prop_oneof![4 => "value|unit|T|U|x", 1 => any::<String>()]
}

fn documents() -> impl Strategy<Value = Json> {
    let series = (numbers(), proptest::option::of("C|%|"), any::<bool>()).prop_map(|(value, unit, first)| {
        let mut members = vec![("value".to_owned(), value)];
        members.extend(unit.map(|unit| ("unit".to_owned(), Json::String(unit))));
        if first {
            members.reverse();
        }
        Json::Object(Object::from_unique(members))
    });
    prop_oneof![2 => series, 1 => scalars()].prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            1 => proptest::collection::vec(inner.clone(), 0..4).prop_map(Json::Array),
            4 => proptest::collection::vec((names(), inner), 0..4)
                .prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
}

fn measurements() -> impl Strategy<Value = NewMeasurement> {
    let fragments = proptest::collection::vec((names(), documents()), 0..6);
    (fragments, -62_135_596_800_000_i64..253_402_300_799_999).prop_map(|(fragments, millis)| NewMeasurement {
        time: Timestamp::from_millis(millis),
        ..measurement(fragments.into_iter().collect())
    })
}

proptest! {
    #[test]
    fn every_measurement_comes_back_exactly_from_its_stored_parts(measurement in measurements()) {
        for (shape, point) in [Shape::split(&measurement), Shape::split_generic(&measurement)] {
            let shape_bytes = postcard::to_allocvec(&shape).expect("encodes");
            let point_bytes = postcard::to_allocvec(&point).expect("encodes");
            let read_shape: Shape = postcard::from_bytes(&shape_bytes).expect("decodes");
            let read_point: Point = postcard::from_bytes(&point_bytes).expect("decodes");
            prop_assert_eq!(read_shape.key(), shape.key());
            let joined = read_shape.join(measurement.source, &read_point).expect("fits");
            prop_assert_eq!(joined.fragments.to_string(), measurement.fragments.to_string());
            prop_assert_eq!(&joined, &measurement);
        }
    }

    #[test]
    fn both_ways_of_splitting_show_the_same_series(measurement in measurements()) {
        let shown = |(shape, point): (Shape, Point)| {
            let mut readings: Vec<_> = shape
                .series_of_point(&point)
                .map(|reading| format!("{reading:?}"))
                .collect();
            readings.sort();
            readings
        };
        prop_assert_eq!(shown(Shape::split(&measurement)), shown(Shape::split_generic(&measurement)));
    }

    #[test]
    fn shapes_are_equal_exactly_when_their_keys_are(one in measurements(), other in measurements()) {
        let (one, other) = (Shape::split(&one).0, Shape::split(&other).0);
        prop_assert_eq!(one == other, one.key() == other.key());
    }
}
