//! What a query says, as types. It knows neither the text that it came from nor the objects that it will be
//! asked of.

use crate::path::Path;
use crate::pattern::{Part, Pattern};
use model::ids::ObjectId;
use model::json::Number;
use model::time::Timestamp;
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// A query: which objects, and in which order. The empty query means every object, in the caller's own order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    /// Which objects; all of them when absent.
    pub filter: Option<Filter>,
    /// By what they are ordered, the most important key first.
    pub order: Vec<OrderKey>,
}

/// One key of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderKey {
    /// The property to order by.
    pub path: Path,
    /// From large to small. Objects without the property come last either way.
    pub descending: bool,
}

/// A condition on one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// All of these hold. Made by [`Filter::and`].
    And(Vec<Filter>),
    /// At least one of these holds. Made by [`Filter::or`].
    Or(Vec<Filter>),
    /// This does not hold.
    Not(Box<Filter>),
    /// The property is there and is not null.
    Has(Path),
    /// At least one of the properties is there and is not null.
    HasAny(Vec<Path>),
    /// A text of the property has this part, in upper or lower case. Not in the published language, whose comparisons
    /// tell cases apart.
    Contains {
        /// The property.
        path: Path,
        /// The part.
        part: Part,
    },
    /// The object is a direct member of at least one of these groups.
    ByGroup(Vec<ObjectId>),
    /// The object is one of these, or anywhere below one of them.
    InHierarchyOf(Vec<ObjectId>),
    /// A property compared with a value.
    Compare {
        /// The property.
        path: Path,
        /// How.
        op: Op,
        /// With what.
        value: Value,
    },
}

/// How a property is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// `eq`: any of the property's values equals.
    Eq,
    /// `ne`: exactly when `eq` does not hold, so also when the property is missing. Not in the published
    /// language.
    Ne,
    /// `gt`
    Gt,
    /// `ge`
    Ge,
    /// `lt`
    Lt,
    /// `le`
    Le,
}

/// What a property is compared with. Values of different kinds are never equal, nor is one of them larger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Text; its wildcards count for `eq` and `ne` only.
    Text(Pattern),
    /// A number, compared exactly ([`crate::decimal`]).
    Number(Number),
    /// A truth value; false is smaller than true.
    Bool(bool),
    /// A point in time, for the properties of [`crate::path::TIME_PATHS`].
    Time(Timestamp),
    /// Nothing: equal to a missing property and to null.
    Null,
}

impl Filter {
    /// That all of these hold; conjunctions among them are spliced in, so that one meaning has one shape.
    pub fn and(filters: Vec<Self>) -> Self {
        let spliced = filters.into_iter().flat_map(|filter| match filter {
            Self::And(inner) => inner,
            other => vec![other],
        });
        one_or(spliced.collect(), Self::And)
    }

    /// That at least one of these holds; disjunctions among them are spliced in.
    pub fn or(filters: Vec<Self>) -> Self {
        let spliced = filters.into_iter().flat_map(|filter| match filter {
            Self::Or(inner) => inner,
            other => vec![other],
        });
        one_or(spliced.collect(), Self::Or)
    }

    /// Every property that the filter reads, so that a caller can judge whether the asker may know them.
    pub fn paths(&self) -> BTreeSet<&Path> {
        let mut paths = BTreeSet::new();
        self.collect_paths(&mut paths);
        paths
    }

    fn collect_paths<'a>(&'a self, paths: &mut BTreeSet<&'a Path>) {
        match self {
            Self::And(filters) | Self::Or(filters) => {
                for filter in filters {
                    filter.collect_paths(paths);
                }
            }
            Self::Not(filter) => filter.collect_paths(paths),
            Self::Has(path) | Self::Contains { path, .. } | Self::Compare { path, .. } => {
                paths.insert(path);
            }
            Self::HasAny(several) => paths.extend(several),
            Self::ByGroup(_) | Self::InHierarchyOf(_) => {}
        }
    }
}

fn one_or(mut filters: Vec<Filter>, several: fn(Vec<Filter>) -> Filter) -> Filter {
    match filters.pop() {
        Some(only) if filters.is_empty() => only,
        Some(last) => {
            filters.push(last);
            several(filters)
        }
        None => several(filters),
    }
}

impl Query {
    /// Every property that the query reads, in its filter or its order: an order betrays values just as a
    /// filter does.
    pub fn paths(&self) -> BTreeSet<&Path> {
        let mut paths = self.filter.as_ref().map(Filter::paths).unwrap_or_default();
        paths.extend(self.order.iter().map(|key| &key.path));
        paths
    }
}

impl Op {
    /// The operator as it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Gt => "gt",
            Self::Ge => "ge",
            Self::Lt => "lt",
            Self::Le => "le",
        }
    }

    /// The operator of this name, in upper or lower case.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Eq, Self::Ne, Self::Gt, Self::Ge, Self::Lt, Self::Le]
            .into_iter()
            .find(|op| op.name().eq_ignore_ascii_case(name))
    }

    /// Whether it holds when the property stands in this order to the value.
    pub fn accepts(self, order: Ordering) -> bool {
        match self {
            Self::Eq => order.is_eq(),
            Self::Ne => order.is_ne(),
            Self::Gt => order.is_gt(),
            Self::Ge => order.is_ge(),
            Self::Lt => order.is_lt(),
            Self::Le => order.is_le(),
        }
    }
}
