//! Alarms: something is wrong with a source, of some severity, until it is cleared. A source has at most one open alarm
//! of a type; it counts how often it was raised.

use crate::ids::{AlarmId, ObjectId};
use crate::json::{Json, Object};
use crate::names::Label;
use crate::time::{Between, Timestamp};
use crate::words::words;
use serde::{Deserialize, Serialize};

/// Properties of an alarm that are not fragments.
pub const STANDARD_PROPERTIES: [&str; 12] = [
    "id",
    "self",
    "source",
    "time",
    "type",
    "text",
    "severity",
    "status",
    "count",
    "creationTime",
    "lastUpdated",
    "firstOccurrenceTime",
];

words! {
    /// How bad it is.
    Severity, BadSeverity: "a severity" {
        /// It needs action at once.
        Critical = "CRITICAL",
        /// It needs action soon.
        Major = "MAJOR",
        /// It should be looked at.
        Minor = "MINOR",
        /// It may become worse.
        Warning = "WARNING",
    }
}

impl Severity {
    /// Its name in the counts of open alarms that an object shows.
    pub fn counted_as(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Major => "major",
            Self::Minor => "minor",
            Self::Warning => "warning",
        }
    }
}

words! {
    /// Where it stands.
    AlarmStatus, BadAlarmStatus: "the status of an alarm" {
        /// Nobody has looked at it.
        Active = "ACTIVE",
        /// Somebody is on it.
        Acknowledged = "ACKNOWLEDGED",
        /// It is over.
        Cleared = "CLEARED",
    }
}

impl AlarmStatus {
    /// Whether the alarm still stands.
    pub fn is_open(self) -> bool {
        self != Self::Cleared
    }
}

/// An alarm as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    /// Its identifier.
    pub id: AlarmId,
    /// The managed object that it is about.
    pub source: ObjectId,
    /// When it was last raised, as the client says.
    pub time: Timestamp,
    /// When it was first raised, if more than once.
    pub first_occurrence: Option<Timestamp>,
    /// Its type.
    pub kind: Label,
    /// What is wrong, in words.
    pub text: String,
    /// How bad it is.
    pub severity: Severity,
    /// Where it stands.
    pub status: AlarmStatus,
    /// How often it was raised.
    pub count: u64,
    /// The id that was drawn when it was last raised, its own if that was once: lists go along it.
    pub place: AlarmId,
    /// When it was stored.
    pub created: Timestamp,
    /// When it was last changed.
    pub updated: Timestamp,
    /// Everything else, as it was sent.
    pub fragments: Object,
}

/// An alarm as a client raises it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAlarm {
    /// The managed object that it is about.
    pub source: ObjectId,
    /// When it was raised.
    pub time: Timestamp,
    /// Its type.
    pub kind: Label,
    /// What is wrong, in words.
    pub text: String,
    /// How bad it is.
    pub severity: Severity,
    /// Where it stands; active when absent.
    pub status: Option<AlarmStatus>,
    /// Everything else.
    pub fragments: Object,
}

/// A partial update: what is absent stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlarmUpdate {
    /// The object that it is about, which stays: some clients always send it.
    pub source: Option<ObjectId>,
    /// Other words.
    pub text: Option<String>,
    /// Another severity.
    pub severity: Option<Severity>,
    /// Another status.
    pub status: Option<AlarmStatus>,
    /// Fragments to set; `Json::Null` removes one.
    pub fragments: Vec<(String, Json)>,
}

/// What a tenant wants of the alarms of one type, by an option of that name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlarmMapping {
    /// They are dropped.
    Suppressed,
    /// They get these instead of what was sent.
    Shown {
        /// Their severity, if it is to be another.
        severity: Option<Severity>,
        /// Their words, if they are to be others.
        text: Option<String>,
    },
}

impl AlarmMapping {
    /// The category of such options; the key is the type.
    pub const CATEGORY: &'static str = "alarm.type.mapping";

    /// From `SEVERITY|TEXT`, of which either part may be empty. What is no severity changes none.
    pub fn of(value: &str) -> Self {
        let (severity, text) = value.split_once('|').unwrap_or((value, ""));
        if severity.trim() == "NONE" {
            return Self::Suppressed;
        }
        Self::Shown {
            severity: severity.trim().parse().ok(),
            text: (!text.is_empty()).then(|| text.to_owned()),
        }
    }
}

/// Which alarms; every part narrows, and of a list any one is enough.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlarmFilter {
    /// Of one of these types, if there are any.
    pub kinds: Vec<String>,
    /// Of one of these severities, if there are any.
    pub severities: Vec<Severity>,
    /// Of one of these statuses, if there are any.
    pub statuses: Vec<AlarmStatus>,
    /// Only cleared ones, or only open ones.
    pub resolved: Option<bool>,
    /// Last raised between these times.
    pub time: Between,
    /// Stored between these times.
    pub created: Between,
    /// Last changed between these times.
    pub updated: Between,
}

impl AlarmFilter {
    /// Whether the alarm is meant.
    pub fn wants(&self, alarm: &Alarm) -> bool {
        let any = |kinds: &[String]| kinds.is_empty() || kinds.iter().any(|kind| alarm.kind.as_str() == kind);
        any(&self.kinds)
            && (self.severities.is_empty() || self.severities.contains(&alarm.severity))
            && self.wants_status(alarm.status)
            && self.time.has(alarm.time)
            && self.created.has(alarm.created)
            && self.updated.has(alarm.updated)
    }

    /// Whether only open alarms are meant.
    pub fn is_of_open(&self) -> bool {
        !self.wants_status(AlarmStatus::Cleared)
    }

    fn wants_status(&self, status: AlarmStatus) -> bool {
        (self.statuses.is_empty() || self.statuses.contains(&status))
            && self.resolved.is_none_or(|resolved| resolved != status.is_open())
    }
}

/// How many open alarms there are about an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OpenAlarms([u32; 4]);

impl OpenAlarms {
    /// How many of a severity.
    pub fn of(&self, severity: Severity) -> u32 {
        let [critical, major, minor, warning] = self.0;
        match severity {
            Severity::Critical => critical,
            Severity::Major => major,
            Severity::Minor => minor,
            Severity::Warning => warning,
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The number of a severity, to be changed.
    pub fn of_mut(&mut self, severity: Severity) -> &mut u32 {
        let [critical, major, minor, warning] = &mut self.0;
        match severity {
            Severity::Critical => critical,
            Severity::Major => major,
            Severity::Minor => minor,
            Severity::Warning => warning,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severities_and_statuses_are_read_by_their_exact_words() {
        for severity in Severity::ALL {
            assert_eq!(severity.word().parse(), Ok(*severity));
        }
        for status in AlarmStatus::ALL {
            assert_eq!(status.word().parse(), Ok(*status));
        }
        assert_eq!("critical".parse::<Severity>(), Err(BadSeverity));
        assert_eq!("".parse::<AlarmStatus>(), Err(BadAlarmStatus));
    }

    #[test]
    fn a_mapping_overrides_either_part_or_suppresses() {
        let shown = |severity, text: Option<&str>| AlarmMapping::Shown {
            severity,
            text: text.map(str::to_owned),
        };
        for (value, expected) in [
            (
                "CRITICAL|Pump broken",
                shown(Some(Severity::Critical), Some("Pump broken")),
            ),
            ("|Pump|broken", shown(None, Some("Pump|broken"))),
            ("MINOR|", shown(Some(Severity::Minor), None)),
            ("MINOR", shown(Some(Severity::Minor), None)),
            ("NONE|whatever", AlarmMapping::Suppressed),
            ("NONE", AlarmMapping::Suppressed),
            ("WORSE|x", shown(None, Some("x"))),
            ("", shown(None, None)),
        ] {
            assert_eq!(AlarmMapping::of(value), expected, "{value}");
        }
    }

    #[test]
    fn a_filter_by_resolution_or_status_knows_whether_cleared_alarms_are_meant() {
        use AlarmStatus::{Acknowledged, Active, Cleared};
        for (statuses, resolved, of_open) in [
            (vec![], None, false),
            (vec![], Some(false), true),
            (vec![], Some(true), false),
            (vec![Active, Acknowledged], None, true),
            (vec![Active, Cleared], None, false),
            (vec![Active, Cleared], Some(false), true),
        ] {
            let filter = AlarmFilter {
                statuses,
                resolved,
                ..AlarmFilter::default()
            };
            assert_eq!(filter.is_of_open(), of_open, "{filter:?}");
        }
    }
}
