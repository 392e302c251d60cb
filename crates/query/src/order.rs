//! The order of objects by the keys of a query. Equal objects stay as the caller has them if the sort is
//! stable.

use crate::ast::OrderKey;
use crate::decimal;
use crate::evaluate::{Subject, for_each_element, visit};
use crate::path::Path;
use model::json::{Json, Number};
use model::time::Timestamp;
use std::cmp::Ordering;

/// Compares two objects. To sort many, make a [`SortKey`] of each once.
pub fn compare(order: &[OrderKey], left: &dyn Subject, right: &dyn Subject) -> Ordering {
    SortKey::of(order, left).cmp(&SortKey::of(order, right))
}

/// The values of one object by which it is ordered; only keys of the same order are comparable.
///
/// Numbers come before times, times before text, text before truth values; text goes by code points. Of an
/// array the smallest element counts, or the largest if the order is descending. An object without such a
/// value comes last, in either direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortKey(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    scalar: Option<Scalar>,
    descending: bool,
}

#[derive(Debug, Clone)]
enum Scalar {
    Number(Number),
    Time(Timestamp),
    Text(String),
    Bool(bool),
}

impl SortKey {
    /// The values of this object for this order.
    pub fn of(order: &[OrderKey], subject: &dyn Subject) -> Self {
        Self(order.iter().map(|key| Part::of(key, subject)).collect())
    }
}

impl Part {
    fn of(key: &OrderKey, subject: &dyn Subject) -> Self {
        let mut best: Option<Scalar> = None;
        visit(subject, &key.path, &mut |value| {
            for_each_element(value, &mut |element| {
                let Some(found) = Scalar::of(&key.path, element) else {
                    return;
                };
                let is_better = match &best {
                    Some(best) if key.descending => found > *best,
                    Some(best) => found < *best,
                    None => true,
                };
                if is_better {
                    best = Some(found);
                }
            });
        });
        Self {
            scalar: best,
            descending: key.descending,
        }
    }
}

impl Scalar {
    fn of(path: &Path, element: &Json) -> Option<Self> {
        match element {
            Json::Number(number) => Some(Self::Number(number.clone())),
            Json::String(text) => {
                let time = if path.is_time() { text.parse().ok() } else { None };
                Some(time.map_or_else(|| Self::Text(text.clone()), Self::Time))
            }
            Json::Bool(value) => Some(Self::Bool(*value)),
            Json::Null | Json::Array(_) | Json::Object(_) => None,
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Number(_) => 0,
            Self::Time(_) => 1,
            Self::Text(_) => 2,
            Self::Bool(_) => 3,
        }
    }
}

impl Ord for Scalar {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(left), Self::Number(right)) => decimal::compare(left, right),
            (Self::Time(left), Self::Time(right)) => left.cmp(right),
            (Self::Text(left), Self::Text(right)) => left.cmp(right),
            (Self::Bool(left), Self::Bool(right)) => left.cmp(right),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl Ord for Part {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.scalar, &other.scalar) {
            (Some(left), Some(right)) if self.descending => right.cmp(left),
            (Some(left), Some(right)) => left.cmp(right),
            (left, right) => left.is_none().cmp(&right.is_none()),
        }
    }
}

impl Ord for SortKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

// Numbers of equal value are equal whatever their text, so equality follows the order.
impl PartialEq for Scalar {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Scalar {}

impl PartialOrd for Scalar {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialOrd for Part {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialOrd for SortKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
