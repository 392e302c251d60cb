//! The order of objects.

use crate::thing::Thing;
use proptest::prelude::*;
use query::ast::{OrderKey, Query};
use query::order::{SortKey, compare};
use std::cmp::Ordering;

fn order(text: &str) -> Vec<OrderKey> {
    Query::parse(text).expect(text).order
}

fn sorted(text: &str, mut things: Vec<Thing>) -> Vec<u64> {
    let order = order(text);
    things.sort_by(|left, right| compare(&order, left, right));
    things.iter().map(|thing| thing.id.number()).collect()
}

#[test]
fn numbers_come_before_text_and_what_is_missing_comes_last_either_way() {
    let things = || {
        vec![
            Thing::new(1, r#"{"p":"10"}"#),
            Thing::new(2, r#"{}"#),
            Thing::new(3, r#"{"p":9}"#),
            Thing::new(4, r#"{"p":10.0}"#),
            Thing::new(5, r#"{"p":{"x":1}}"#),
            Thing::new(6, r#"{"p":10}"#),
            Thing::new(7, r#"{"p":null}"#),
            Thing::new(8, r#"{"p":true}"#),
        ]
    };
    assert_eq!(sorted("$orderby=p", things()), [3, 4, 6, 1, 8, 2, 5, 7]);
    assert_eq!(sorted("$orderby=p desc", things()), [8, 1, 4, 6, 3, 2, 5, 7]);
    assert_eq!(sorted("$orderby=p,id desc", things()), [3, 6, 4, 1, 8, 7, 5, 2]);
    assert_eq!(sorted("$orderby=", things()), [1, 2, 3, 4, 5, 6, 7, 8]);
}

#[test]
fn identifiers_times_and_arrays_have_their_own_order() {
    let ids = [100, 20, 3].map(|number| Thing::new(number, "{}"));
    assert_eq!(sorted("$orderby=_id", ids.into()), [3, 20, 100]);
    let times = vec![
        Thing::new(1, r#"{"creationTime":"2020-01-01T00:00:00.000Z"}"#),
        Thing::new(2, r#"{"creationTime":"2020-01-01T00:30:00.000+01:00"}"#),
    ];
    assert_eq!(sorted("$orderby=creationTime.date asc", times), [2, 1]);
    let arrays = || {
        vec![
            Thing::new(1, r#"{"p":[2,[5]]}"#),
            Thing::new(2, r#"{"p":[{"x":0},1,3]}"#),
        ]
    };
    assert_eq!(sorted("$orderby=p", arrays()), [2, 1]);
    assert_eq!(sorted("$orderby=p desc", arrays()), [1, 2]);
}

fn scalar() -> impl Strategy<Value = String> {
    let values = [
        "null",
        "1",
        "1.0",
        "1e1",
        "-2",
        "10",
        "\"\"",
        "\"a\"",
        "\"10\"",
        "true",
        "false",
        "[]",
        "{}",
        "[3,\"b\"]",
    ];
    prop::sample::select(values.to_vec()).prop_map(str::to_owned)
}

proptest! {
    #[test]
    fn the_order_is_total(values in prop::collection::vec((scalar(), scalar()), 3), direction in "(asc|desc)") {
        let order = order(&format!("$orderby=p {direction},q desc"));
        let keys: Vec<_> = values
            .iter()
            .map(|(p, q)| SortKey::of(&order, &Thing::new(1, &format!(r#"{{"p":{p},"q":{q}}}"#))))
            .collect();
        for left in &keys {
            for right in &keys {
                prop_assert_eq!(left.cmp(right), right.cmp(left).reverse());
                prop_assert_eq!(left == right, left.cmp(right) == Ordering::Equal);
                for third in &keys {
                    prop_assert!(!(left <= right && right <= third) || left <= third);
                }
            }
        }
    }
}
