//! Properties of the text: nothing panics, and a printed query is the same query.

use model::limits::QUERY_BYTES_MAX;
use proptest::prelude::*;
use query::ast::{Filter, Op, OrderKey, Query, Value};
use query::path::Path;
use query::pattern::{Part, Pattern};

/// Pieces of the language in any order: mostly nonsense, often nearly right.
fn token_soup() -> impl Strategy<Value = String> {
    let token = prop::sample::select(vec![
        "$filter=",
        "$orderby=",
        "$x",
        "(",
        ")",
        ",",
        " ",
        " ",
        " ",
        "'",
        "''",
        "\\",
        "*",
        "not",
        "not ",
        " and ",
        " or ",
        " eq ",
        " ne ",
        " gt ",
        " le ",
        "has(",
        "hasany(",
        "contains(",
        "bygroupid(",
        "isinhierarchyof(",
        "name",
        "a.b",
        "id",
        "_id",
        "1",
        "5.5",
        "5.5d",
        "true",
        "null",
        "'x'",
        "'De*v'",
        "creationTime.date",
        "creationTime",
        "'2020-01-01'",
        " asc",
        " desc",
        "name eq 'x'",
        "a eq 1",
        "has(a)",
        "ü",
        "\u{0}",
        "\n",
        "\"",
    ]);
    prop::collection::vec(token, 0..24).prop_map(|tokens| tokens.concat())
}

fn check(text: &str) {
    match Query::parse(text) {
        Ok(query) => {
            let printed = query.to_string();
            if printed.len() <= QUERY_BYTES_MAX {
                assert_eq!(
                    Query::parse(&printed).as_ref(),
                    Ok(&query),
                    "{text:?} printed as {printed:?}"
                );
            }
        }
        Err(bad) => {
            assert!(bad.position <= text.len(), "{text:?}");
            assert!(text.is_char_boundary(bad.position), "{text:?}");
        }
    }
}

fn path() -> impl Strategy<Value = Path> {
    let name = prop_oneof![
        "[a-zA-Z_]{1,6}",
        prop::sample::select(vec![
            "eq",
            "not",
            "has",
            "and",
            "or",
            "asc",
            "desc",
            "null",
            "id",
            "creationTime",
            "date"
        ])
        .prop_map(str::to_owned),
        "[a '*(),$\\\\\"=!]{1,3}",
    ];
    prop::collection::vec(name, 1..3).prop_map(|names| names.join(".").parse().expect("a path"))
}

fn value(path: &Path) -> BoxedStrategy<Value> {
    if path.is_time() || path.is_id() {
        let time =
            (0i64..1 << 40).prop_map(|millis| Value::Time(model::time::Timestamp::from_millis(millis)));
        return if path.is_time() {
            time.boxed()
        } else {
            Just(Value::Number(7u64.into())).boxed()
        };
    }
    prop_oneof![
        "[ab'*\\\\(\\[\u{fc} ]{0,6}".prop_map(|text| Value::Text(Pattern::with_wildcards(&text))),
        "[ab*'\\\\]{0,4}".prop_map(|text| Value::Text(Pattern::exact(text))),
        "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,3})?(e[+-]?[0-9]{1,2})?"
            .prop_map(|text| Value::Number(model::json::Number::parse(&text).expect("a number"))),
        any::<bool>().prop_map(Value::Bool),
    ]
    .boxed()
}

fn comparison() -> impl Strategy<Value = Filter> {
    let op = prop::sample::select(vec![Op::Eq, Op::Ne, Op::Gt, Op::Ge, Op::Lt, Op::Le]);
    (path(), op).prop_flat_map(|(path, op)| {
        value(&path).prop_map(move |value| Filter::Compare {
            path: path.clone(),
            op,
            value,
        })
    })
}

fn filter() -> impl Strategy<Value = Filter> {
    let custom = || path().prop_filter("has() takes custom fragments", Path::is_custom);
    let ids = || prop::collection::vec((1u64..1 << 53).prop_map(crate::thing::id), 1..3);
    let leaf = prop_oneof![
        comparison(),
        path().prop_map(|path| Filter::Compare {
            path,
            op: Op::Eq,
            value: Value::Null
        }),
        custom().prop_map(Filter::Has),
        prop::collection::vec(custom(), 1..3).prop_map(Filter::HasAny),
        (custom(), "\\PC{0,6}").prop_map(|(path, part)| Filter::Contains {
            path,
            part: Part::of(&part)
        }),
        ids().prop_map(Filter::ByGroup),
        ids().prop_map(Filter::InHierarchyOf),
    ];
    leaf.prop_recursive(5, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Filter::and),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Filter::or),
            inner.prop_map(|filter| Filter::Not(Box::new(filter))),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_text_is_read_or_refused_at_a_place_in_it(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn any_bytes_that_are_text_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn a_soup_of_tokens_is_read_or_refused_and_printed_the_same(text in token_soup()) {
        check(&text);
    }

    #[test]
    fn every_query_is_read_back_as_it_was_printed(
        filter in prop::option::of(filter()),
        order in prop::collection::vec((path(), any::<bool>()), 0..3),
    ) {
        let order = order.into_iter().map(|(path, descending)| OrderKey { path, descending }).collect();
        let query = Query { filter, order };
        let printed = query.to_string();
        if printed.len() <= QUERY_BYTES_MAX {
            prop_assert_eq!(Query::parse(&printed), Ok(query), "{}", printed);
        }
    }
}
