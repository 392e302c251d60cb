//! One measurement without what its shape already says: time, numbers, and properties that are no plain series.
//!
//! A point means nothing without the shape that it was split from.

use crate::value::Value;
use model::json::{Json, Object};
use model::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What differs between measurements of one shape.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// When it was taken.
    pub time: Timestamp,
    /// The numbers of all series, in the order of the shape.
    pub values: Vec<Value>,
    /// The values of the shape's extra properties, in the order of the shape.
    pub extras: Vec<Json>,
    /// Properties that the shape does not name; they follow those that it names.
    pub rest: Object,
}

/// One number of a measurement with the names under which the API shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading<'a> {
    /// The fragment, for example `c8y_Temperature`.
    pub fragment: &'a str,
    /// The series inside it, for example `T`.
    pub series: &'a str,
    /// The unit, if one was sent.
    pub unit: Option<&'a str>,
    /// The number.
    pub value: Value,
}
