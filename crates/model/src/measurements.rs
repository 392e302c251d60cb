//! Measurements: what a source reported at one time, as one document of fragments with series.

use crate::ids::{MeasurementId, ObjectId};
use crate::json::Object;
use crate::names::Label;
use crate::time::Timestamp;

/// Properties of a measurement that are not fragments.
pub const STANDARD_PROPERTIES: [&str; 5] = ["id", "self", "source", "time", "type"];

/// A measurement as a client sends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMeasurement {
    /// The managed object that it is about.
    pub source: ObjectId,
    /// When it was taken.
    pub time: Timestamp,
    /// Its type.
    pub kind: Label,
    /// Fragments (`{"T": {"value": 21.5, "unit": "C"}}`) and any other properties, as they were sent.
    pub fragments: Object,
}

/// A stored measurement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measurement {
    /// Its identifier.
    pub id: MeasurementId,
    /// What it says.
    pub document: NewMeasurement,
}

/// Which measurements are meant; every part narrows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MeasurementFilter {
    /// Of this source.
    pub source: Option<ObjectId>,
    /// Of this type.
    pub kind: Option<String>,
    /// With this fragment.
    pub fragment: Option<String>,
    /// With this series (inside the fragment above, if one is given).
    pub series: Option<String>,
    /// Taken at this time or later.
    pub from: Option<Timestamp>,
    /// Taken at this time or earlier.
    pub to: Option<Timestamp>,
}
