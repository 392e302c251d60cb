//! Events: something that happened at a source at one time, told in words and fragments.

use crate::files::{File, IS_BINARY};
use crate::ids::{EventId, ObjectId};
use crate::json::{Json, Object};
use crate::names::Label;
use crate::time::{Between, Timestamp};
use serde::{Deserialize, Serialize};

/// Properties of an event that are not fragments.
pub const STANDARD_PROPERTIES: [&str; 8] = [
    "id",
    "self",
    "source",
    "time",
    "type",
    "text",
    "creationTime",
    "lastUpdated",
];

/// An event as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its identifier.
    pub id: EventId,
    /// The managed object that it is about.
    pub source: ObjectId,
    /// When it happened, as the client says.
    pub time: Timestamp,
    /// Its type.
    pub kind: Label,
    /// What happened, in words.
    pub text: String,
    /// When it was stored.
    pub created: Timestamp,
    /// When it was last changed.
    pub updated: Timestamp,
    /// Everything else, as it was sent.
    pub fragments: Object,
    /// The file that is attached to it; shown as [`crate::files::IS_BINARY`].
    pub attachment: Option<File>,
}

impl Event {
    /// Whether it has this fragment; an attachment shows as one.
    pub fn has(&self, fragment: &str) -> bool {
        self.fragments.contains(fragment) || (fragment == IS_BINARY && self.attachment.is_some())
    }
}

/// An event as a client sends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// The managed object that it is about.
    pub source: ObjectId,
    /// When it happened.
    pub time: Timestamp,
    /// Its type.
    pub kind: Label,
    /// What happened, in words.
    pub text: String,
    /// Everything else.
    pub fragments: Object,
}

/// A partial update: what is absent stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventUpdate {
    /// Other words.
    pub text: Option<String>,
    /// Fragments to set; `Json::Null` removes one.
    pub fragments: Vec<(String, Json)>,
}

/// Which events; every part narrows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventFilter {
    /// With exactly this type.
    pub kind: Option<String>,
    /// With this fragment.
    pub fragment: Option<String>,
    /// Whose fragment, named beside it, is exactly this text.
    pub value: Option<String>,
    /// Happened between these times.
    pub time: Between,
    /// Stored between these times.
    pub created: Between,
    /// Last changed between these times.
    pub updated: Between,
}

impl EventFilter {
    /// Whether the event is meant.
    pub fn wants(&self, event: &Event) -> bool {
        let has_value = |fragment: &str| {
            let value = event.fragments.get(fragment).and_then(Json::as_str);
            self.value.as_deref().is_none_or(|wanted| value == Some(wanted))
        };
        self.kind
            .as_deref()
            .is_none_or(|kind| event.kind.as_str() == kind)
            && self
                .fragment
                .as_deref()
                .is_none_or(|name| event.has(name) && has_value(name))
            && self.time.has(event.time)
            && self.created.has(event.created)
            && self.updated.has(event.updated)
    }
}
