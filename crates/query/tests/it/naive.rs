//! Evaluation against an evaluator that shares nothing with it: queries are generated as trees over a few
//! properties, written by the test with parentheses everywhere, and evaluated by the test on plain values.

use crate::thing::Thing;
use model::ids::ObjectId;
use model::json::Json;
use proptest::prelude::*;
use query::ast::Query;
use query::evaluate::Subject;
use query::path::Path;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// The properties of an object of this test: `n` has integers, `t` has texts, `b` a truth value.
#[derive(Debug, Clone)]
struct Plain {
    n: Vec<i64>,
    t: Option<String>,
    b: Option<bool>,
}

#[derive(Debug, Clone)]
enum Tree {
    NumberIs(&'static str, i64),
    TextIs(String),
    TextBegins(String),
    TextOrder(&'static str, String),
    Truth(bool),
    HasNumber,
    HasAny,
    TextIsNull,
    Not(Box<Tree>),
    And(Vec<Tree>),
    Or(Vec<Tree>),
}

fn ordered<T: PartialOrd>(op: &str, left: &T, right: &T) -> bool {
    match op {
        "eq" => left == right,
        "gt" => left > right,
        "ge" => left >= right,
        "lt" => left < right,
        _ => left <= right,
    }
}

impl Tree {
    fn text(&self) -> String {
        let joined = |trees: &[Self], word: &str| {
            let parts: Vec<_> = trees.iter().map(|tree| format!("({})", tree.text())).collect();
            parts.join(word)
        };
        match self {
            Self::NumberIs("ne", wanted) => format!("f.n ne {wanted}"),
            Self::NumberIs(op, wanted) => format!("f.n {op} {wanted}.0f"),
            Self::TextIs(wanted) => format!("f.t eq '{wanted}'"),
            Self::TextBegins(wanted) => format!("f.t eq '{wanted}*'"),
            Self::TextOrder(op, wanted) => format!("f.t {op} '{wanted}'"),
            Self::Truth(wanted) => format!("f.b eq {wanted}"),
            Self::HasNumber => "has(f.n)".to_owned(),
            Self::HasAny => "hasany(f.t,f.b)".to_owned(),
            Self::TextIsNull => "f.t eq null".to_owned(),
            Self::Not(tree) => format!("not({})", tree.text()),
            Self::And(trees) => joined(trees, " and "),
            Self::Or(trees) => joined(trees, " or "),
        }
    }

    fn holds(&self, plain: &Plain) -> bool {
        let text = plain.t.as_deref();
        match self {
            Self::NumberIs("ne", wanted) => !plain.n.contains(wanted),
            Self::NumberIs(op, wanted) => plain.n.iter().any(|found| ordered(op, found, wanted)),
            Self::TextIs(wanted) => text == Some(wanted),
            Self::TextBegins(wanted) => text.is_some_and(|text| text.starts_with(wanted)),
            Self::TextOrder(op, wanted) => text.is_some_and(|text| ordered(op, &text, &wanted.as_str())),
            Self::Truth(wanted) => plain.b == Some(*wanted),
            Self::HasNumber => !plain.n.is_empty(),
            Self::HasAny => plain.t.is_some() || plain.b.is_some(),
            Self::TextIsNull => plain.t.is_none(),
            Self::Not(tree) => !tree.holds(plain),
            Self::And(trees) => trees.iter().all(|tree| tree.holds(plain)),
            Self::Or(trees) => trees.iter().any(|tree| tree.holds(plain)),
        }
    }
}

/// The object as JSON: one number stands alone, several stand in an array, none is missing.
fn thing(plain: &Plain) -> Thing {
    let mut parts = Vec::new();
    match plain.n.as_slice() {
        [] => {}
        [only] => parts.push(format!(r#""n":{only}"#)),
        several => parts.push(format!(r#""n":{several:?}"#)),
    }
    parts.extend(plain.t.as_ref().map(|text| format!(r#""t":"{text}""#)));
    parts.extend(plain.b.map(|value| format!(r#""b":{value}"#)));
    Thing::new(1, &format!(r#"{{"f":{{{}}}}}"#, parts.join(",")))
}

fn plain() -> impl Strategy<Value = Plain> {
    let numbers = prop::collection::vec(-3i64..4, 0..3);
    (numbers, prop::option::of("[ab]{0,3}"), any::<Option<bool>>()).prop_map(|(n, t, b)| Plain { n, t, b })
}

fn tree() -> impl Strategy<Value = Tree> {
    let op = || prop::sample::select(vec!["eq", "gt", "ge", "lt", "le"]);
    let number_op = prop::sample::select(vec!["eq", "ne", "gt", "ge", "lt", "le"]);
    let leaf = prop_oneof![
        (number_op, -3i64..4).prop_map(|(op, wanted)| Tree::NumberIs(op, wanted)),
        "[ab]{0,3}".prop_map(Tree::TextIs),
        "[ab]{0,2}".prop_map(Tree::TextBegins),
        (op(), "[ab]{0,3}").prop_map(|(op, wanted)| Tree::TextOrder(op, wanted)),
        any::<bool>().prop_map(Tree::Truth),
        Just(Tree::HasNumber),
        Just(Tree::HasAny),
        Just(Tree::TextIsNull),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Tree::And),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Tree::Or),
            inner.prop_map(|tree| Tree::Not(Box::new(tree))),
        ]
    })
}

/// A subject that notes which properties it is asked for.
struct Witness<'a> {
    thing: &'a Thing,
    asked: RefCell<BTreeSet<Path>>,
}

impl Subject for Witness<'_> {
    fn id(&self) -> ObjectId {
        self.thing.id()
    }

    fn visit(&self, path: &Path, visitor: &mut dyn FnMut(&Json)) {
        self.asked.borrow_mut().insert(path.clone());
        self.thing.visit(path, visitor);
    }

    fn is_member_of(&self, group: ObjectId) -> bool {
        self.thing.is_member_of(group)
    }

    fn is_below(&self, root: ObjectId) -> bool {
        self.thing.is_below(root)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_filter_means_what_the_naive_evaluator_says(
        tree in tree(),
        plains in prop::collection::vec(plain(), 1..6),
    ) {
        let text = tree.text();
        let query = Query::parse(&text).expect("is a query");
        for plain in &plains {
            prop_assert_eq!(query.matches(&thing(plain)), tree.holds(plain), "{} of {:?}", text, plain);
        }
    }

    #[test]
    fn no_property_is_read_that_paths_does_not_name(tree in tree(), plain in plain()) {
        let query = Query::parse(&format!("{} $orderby=f.b,g", tree.text())).expect("is a query");
        let thing = thing(&plain);
        let witness = Witness { thing: &thing, asked: RefCell::default() };
        query.matches(&witness);
        query::order::SortKey::of(&query.order, &witness);
        let named = query.paths();
        for path in witness.asked.borrow().iter() {
            prop_assert!(named.contains(path), "{} was read by {}", path, query);
        }
    }
}
