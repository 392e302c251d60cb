//! Retention rules: which data of a tenant is removed when it has become too old.
//!
//! Rules are independent: what any of them means is removed. A filter that a type of data cannot be asked for leaves that
//! type out, so that no rule means more than it says.

use crate::ids::{ObjectId, RetentionRuleId};
use crate::limits::{AUDIT_RETENTION_DAYS_MIN, RETENTION_DAYS_MAX};
use crate::time::Timestamp;
use crate::words::words;
use serde::{Deserialize, Serialize};

/// Stands for everything where a rule could narrow.
pub const ANY: &str = "*";

words! {
    /// A type of data that becomes too old.
    RetainedData, BadRetainedData: "a type of data" {
        /// Alarms: those that are cleared.
        Alarm = "ALARM",
        /// Records of the audit log.
        Audit = "AUDIT",
        /// Bulk operations: those that have nothing more to create.
        BulkOperation = "BULK_OPERATION",
        /// Events, with what is attached to them.
        Event = "EVENT",
        /// Measurements.
        Measurement = "MEASUREMENT",
        /// Operations.
        Operation = "OPERATION",
    }
}

impl RetainedData {
    /// Whether rules may narrow it by a fragment.
    pub fn has_fragments(self) -> bool {
        matches!(
            self,
            Self::BulkOperation | Self::Event | Self::Measurement | Self::Operation
        )
    }

    /// Whether rules may narrow it by a type. The audit log is kept or removed as a whole.
    pub fn has_types(self) -> bool {
        matches!(self, Self::Alarm | Self::Event | Self::Measurement)
    }

    /// Whether rules may narrow it by a source.
    pub fn has_sources(self) -> bool {
        self != Self::Audit
    }
}

/// What a client says of a rule. Nothing in a filter stands for everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionPlan {
    /// Of this type.
    pub data: Option<RetainedData>,
    /// With this fragment.
    pub fragment: Option<String>,
    /// Of this type, as the data itself says.
    pub kind: Option<String>,
    /// About this object, and not about what hangs below it.
    pub source: Option<ObjectId>,
    /// So many days may it be old.
    pub days: u32,
    /// Whether the tenant may change the rule. Only the management tenant says no.
    pub editable: bool,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionRule {
    /// Its identifier.
    pub id: RetentionRuleId,
    /// What it says.
    pub plan: RetentionPlan,
}

/// A rule that makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadRetention {
    /// The age is out of range.
    #[error("the age must be a whole number of days from 1 to {RETENTION_DAYS_MAX}")]
    Days,
    /// Records of the audit log are kept longer.
    #[error("records of the audit log are kept for at least {AUDIT_RETENTION_DAYS_MIN} days")]
    AuditDays,
    /// This type of data has no such property: the rule would mean more than it says.
    #[error("data of type {} cannot be narrowed by {filter}", .data.word())]
    Filter {
        /// The type of data.
        data: RetainedData,
        /// The property in the body.
        filter: &'static str,
    },
}

impl RetentionPlan {
    /// What every new tenant starts with: everything for so many days.
    pub fn everything_for(days: u32) -> Self {
        Self {
            data: None,
            fragment: None,
            kind: None,
            source: None,
            days,
            editable: true,
        }
    }

    /// Refuses a rule that cannot be kept as it is written.
    pub fn check(&self) -> Result<(), BadRetention> {
        if !(1..=RETENTION_DAYS_MAX).contains(&self.days) {
            return Err(BadRetention::Days);
        }
        let Some(data) = self.data else { return Ok(()) };
        if let Some(filter) = self.filter_beyond(data) {
            return Err(BadRetention::Filter { data, filter });
        }
        if data == RetainedData::Audit && self.days < AUDIT_RETENTION_DAYS_MIN {
            return Err(BadRetention::AuditDays);
        }
        Ok(())
    }

    /// The first filter of the rule that data of this type cannot be asked for.
    fn filter_beyond(&self, data: RetainedData) -> Option<&'static str> {
        [
            ("fragmentType", self.fragment.is_some() && !data.has_fragments()),
            ("type", self.kind.is_some() && !data.has_types()),
            ("source", self.source.is_some() && !data.has_sources()),
        ]
        .into_iter()
        .find_map(|(name, is_beyond)| is_beyond.then_some(name))
    }

    /// The types of data that it is about, in the order in which they are removed.
    pub fn types(&self) -> impl Iterator<Item = RetainedData> {
        RetainedData::ALL
            .iter()
            .copied()
            .filter(|data| self.data.is_none_or(|only| only == *data) && self.filter_beyond(*data).is_none())
    }

    /// Data of this type is too old if it is older than this. The audit log has a least age of its own.
    pub fn before(&self, data: RetainedData, now: Timestamp) -> Timestamp {
        const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;
        let days = match data {
            RetainedData::Audit => self.days.max(AUDIT_RETENTION_DAYS_MIN),
            _ => self.days,
        };
        now.plus_millis(-DAY_MILLIS * i64::from(days))
    }
}

/// A partial update of a rule: what is absent stays, and `None` in a filter stands for everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RetentionUpdate {
    /// Of this type.
    pub data: Option<Option<RetainedData>>,
    /// With this fragment.
    pub fragment: Option<Option<String>>,
    /// Of this type, as the data itself says.
    pub kind: Option<Option<String>>,
    /// About this object.
    pub source: Option<Option<ObjectId>>,
    /// So many days may it be old.
    pub days: Option<u32>,
    /// Whether the tenant may change the rule.
    pub editable: Option<bool>,
}

impl RetentionUpdate {
    /// The plan as it is with the update.
    pub fn applied_to(&self, before: &RetentionPlan) -> RetentionPlan {
        RetentionPlan {
            data: self.data.unwrap_or(before.data),
            fragment: self.fragment.clone().unwrap_or_else(|| before.fragment.clone()),
            kind: self.kind.clone().unwrap_or_else(|| before.kind.clone()),
            source: self.source.unwrap_or(before.source),
            days: self.days.unwrap_or(before.days),
            editable: self.editable.unwrap_or(before.editable),
        }
    }
}

/// How far a rule has come in a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleProgress {
    /// The rule, as it was when the run began. A rule that is changed meanwhile is left alone from then on.
    pub rule: RetentionRule,
    /// The types of data that it is about, each with how much of it was removed.
    pub removed: Vec<(RetainedData, u64)>,
    /// How many of these types are done.
    pub done: usize,
}

impl RuleProgress {
    /// The type of data that comes next; nothing if all are done.
    pub fn next(&self) -> Option<RetainedData> {
        self.removed.get(self.done).map(|(data, _)| *data)
    }

    /// How much was removed in all.
    pub fn total(&self) -> u64 {
        self.removed.iter().map(|(_, count)| count).sum()
    }
}

/// A run of all rules of a tenant: the one under way, or the last one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionRun {
    /// When it began. What is too old, is so by this time.
    pub begun: Timestamp,
    /// When it ended; nothing while it is under way.
    pub ended: Option<Timestamp>,
    /// Whether somebody asked for it; else it is the daily one.
    pub on_demand: bool,
    /// How far each rule has come.
    pub rules: Vec<RuleProgress>,
}

impl RetentionRun {
    /// A run of these rules.
    pub fn of(rules: Vec<RetentionRule>, begun: Timestamp, on_demand: bool) -> Self {
        let begin = |rule: RetentionRule| RuleProgress {
            removed: rule.plan.types().map(|data| (data, 0)).collect(),
            rule,
            done: 0,
        };
        Self {
            begun,
            ended: None,
            on_demand,
            rules: rules.into_iter().map(begin).collect(),
        }
    }

    /// How much was removed in all.
    pub fn total(&self) -> u64 {
        self.rules.iter().map(RuleProgress::total).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(data: Option<RetainedData>) -> RetentionPlan {
        RetentionPlan {
            data,
            ..RetentionPlan::everything_for(400)
        }
    }

    #[test]
    fn a_filter_leaves_out_the_types_that_cannot_be_asked_for_it() {
        use RetainedData::{Alarm, BulkOperation, Event, Measurement, Operation};
        let types = |plan: RetentionPlan| plan.types().collect::<Vec<_>>();
        assert_eq!(types(plan(None)), RetainedData::ALL);
        let fragment = Some("c8y_T".to_owned());
        let with_fragment = RetentionPlan {
            fragment: fragment.clone(),
            ..plan(None)
        };
        assert_eq!(
            types(with_fragment),
            [BulkOperation, Event, Measurement, Operation]
        );
        let of_type = RetentionPlan {
            kind: Some("t".to_owned()),
            ..plan(None)
        };
        assert_eq!(types(of_type.clone()), [Alarm, Event, Measurement]);
        let both = RetentionPlan { fragment, ..of_type };
        assert_eq!(types(both), [Event, Measurement]);
        let of_source = RetentionPlan {
            source: ObjectId::new(7),
            ..plan(None)
        };
        assert_eq!(
            types(of_source),
            [Alarm, BulkOperation, Event, Measurement, Operation]
        );
        assert_eq!(types(plan(Some(Event))), [Event]);
    }

    #[test]
    fn a_rule_that_would_mean_more_than_it_says_is_refused() {
        let fragment = Some("c8y_T".to_owned());
        let narrowed = RetentionPlan {
            fragment,
            ..plan(Some(RetainedData::Alarm))
        };
        let filter = "fragmentType";
        let data = RetainedData::Alarm;
        assert_eq!(narrowed.check(), Err(BadRetention::Filter { data, filter }));
        for days in [0, RETENTION_DAYS_MAX + 1] {
            assert_eq!(
                RetentionPlan::everything_for(days).check(),
                Err(BadRetention::Days)
            );
        }
    }

    // R099: no rule makes the audit log shorter than its least age, not even one for everything.
    #[test]
    fn the_audit_log_has_a_least_age_of_its_own() {
        let short = RetentionPlan {
            days: AUDIT_RETENTION_DAYS_MIN - 1,
            ..plan(Some(RetainedData::Audit))
        };
        assert_eq!(short.check(), Err(BadRetention::AuditDays));
        let now = Timestamp::from_millis(1_000 * 86_400_000);
        let all = RetentionPlan::everything_for(1);
        assert_eq!(all.check(), Ok(()));
        let days = |data| (now.millis() - all.before(data, now).millis()) / 86_400_000;
        assert_eq!(days(RetainedData::Audit), i64::from(AUDIT_RETENTION_DAYS_MIN));
        assert_eq!(days(RetainedData::Event), 1);
        for kind in [Some("t".to_owned()), None] {
            let source = kind.is_none().then(|| ObjectId::new(7)).flatten();
            let narrowed = RetentionPlan {
                kind,
                source,
                ..plan(Some(RetainedData::Audit))
            };
            assert!(matches!(narrowed.check(), Err(BadRetention::Filter { .. })));
        }
    }
}
