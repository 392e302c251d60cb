//! What a behaviour says about itself for the audit log; the door adds who, when and from where.

use audit::record::{Change, Severity};
use model::json::{Json, Object};
use model::time::Timestamp;

/// The part of an audit record that only the behaviour knows.
#[derive(Debug, Clone)]
pub struct Note {
    /// The record's `type`.
    pub(crate) kind: &'static str,
    /// What was done.
    pub(crate) activity: &'static str,
    /// Details.
    pub(crate) text: String,
    /// The thing acted upon.
    pub(crate) source: Option<String>,
    /// How important.
    pub(crate) severity: Severity,
    /// What changed.
    pub(crate) changes: Vec<Change>,
    /// Custom fragments.
    pub(crate) extra: Object,
    /// The time that a client claimed.
    pub(crate) client_time: Option<Timestamp>,
}

impl Note {
    /// A note of an ordinary event.
    pub(crate) fn new(kind: &'static str, activity: &'static str, source: impl std::fmt::Display) -> Self {
        Self {
            kind,
            activity,
            text: activity.to_owned(),
            source: Some(source.to_string()),
            severity: Severity::Information,
            changes: Vec::new(),
            extra: Object::new(),
            client_time: None,
        }
    }

    /// With details.
    pub(crate) fn text(mut self, text: impl Into<String>) -> Self {
        self.text = text.into();
        self
    }

    /// With a property that changed; equal values are no change.
    pub(crate) fn change(mut self, attribute: &str, previous: Option<Json>, new: Option<Json>) -> Self {
        if previous != new {
            let kind = "java.lang.String".to_owned();
            self.changes.push(Change {
                attribute: attribute.to_owned(),
                kind,
                previous,
                new,
            });
        }
        self
    }
}
