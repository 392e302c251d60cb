//! What passes by: data about a managed object that is told to those who follow, and not stored. So it has no id.

use crate::events::NewEvent;
use crate::ids::ObjectId;
use crate::json::Object;
use crate::measurements::NewMeasurement;
use crate::names::Label;
use crate::time::Timestamp;

/// As what it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passed {
    /// A measurement.
    Measurement,
    /// An event.
    Event,
}

/// A document that passes by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passing {
    /// What it is.
    pub what: Passed,
    /// The object that it is about.
    pub source: ObjectId,
    /// When it was taken or happened.
    pub time: Timestamp,
    /// Its type.
    pub kind: Label,
    /// What happened, in words: of events.
    pub text: Option<String>,
    /// Everything else.
    pub fragments: Object,
}

impl From<NewMeasurement> for Passing {
    fn from(new: NewMeasurement) -> Self {
        Self {
            what: Passed::Measurement,
            source: new.source,
            time: new.time,
            kind: new.kind,
            text: None,
            fragments: new.fragments,
        }
    }
}

impl From<NewEvent> for Passing {
    fn from(new: NewEvent) -> Self {
        Self {
            what: Passed::Event,
            source: new.source,
            time: new.time,
            kind: new.kind,
            text: Some(new.text),
            fragments: new.fragments,
        }
    }
}
