//! Which data of each type a rule means: all that its filters name and that is too old, and nothing else.

use model::alarms::{Alarm, AlarmStatus};
use model::bulk_operations::{BulkOperation, BulkTarget};
use model::events::Event;
use model::ids::ObjectId;
use model::measurements::MeasurementFilter;
use model::operations::Operation;
use model::retention::{RetainedData, RetentionPlan};
use model::time::{Between, Timestamp};

/// What a rule means of one type of data at a time.
#[derive(Clone, Copy)]
pub(super) struct Meant<'p> {
    plan: &'p RetentionPlan,
    before: Timestamp,
}

impl<'p> Meant<'p> {
    pub(super) fn of(plan: &'p RetentionPlan, data: RetainedData, now: Timestamp) -> Self {
        Self {
            plan,
            before: plan.before(data, now),
        }
    }

    /// Data is too old if it is older than this.
    pub(super) fn before(&self) -> Timestamp {
        self.before
    }

    /// The times that walks look at.
    pub(super) fn time(&self) -> Between {
        Between {
            from: None,
            to: Some(self.before.plus_millis(-1)),
        }
    }

    pub(super) fn source(&self) -> Option<&'p ObjectId> {
        self.plan.source.as_ref()
    }

    fn is_old(&self, time: Timestamp) -> bool {
        time < self.before
    }

    fn is_kind(&self, kind: &str) -> bool {
        self.plan.kind.as_deref().is_none_or(|wanted| wanted == kind)
    }

    fn is_about(&self, source: ObjectId) -> bool {
        self.plan.source.is_none_or(|wanted| wanted == source)
    }

    fn has_fragment(&self, has: impl Fn(&str) -> bool) -> bool {
        self.plan.fragment.as_deref().is_none_or(has)
    }

    pub(super) fn event(&self, event: &Event) -> bool {
        self.is_old(event.time)
            && self.is_about(event.source)
            && self.is_kind(event.kind.as_str())
            && self.has_fragment(|fragment| event.has(fragment))
    }

    /// Only those that are cleared, and that were not even raised again since.
    pub(super) fn alarm(&self, alarm: &Alarm) -> bool {
        alarm.status == AlarmStatus::Cleared
            && self.is_old(alarm.created)
            && self.is_old(alarm.time)
            && self.is_about(alarm.source)
            && self.is_kind(alarm.kind.as_str())
    }

    pub(super) fn operation(&self, operation: &Operation) -> bool {
        self.is_old(operation.created)
            && self.is_about(operation.device)
            && self.has_fragment(|fragment| operation.fragments.contains(fragment))
    }

    /// Only those that have nothing more to create. Its source is its group.
    pub(super) fn bulk_operation(&self, bulk: &BulkOperation) -> bool {
        let group = match bulk.plan.target {
            BulkTarget::Group(group) => Some(group),
            BulkTarget::FailedOf(_) => None,
        };
        !bulk.status.is_open()
            && self.is_old(bulk.created)
            && self.plan.source.is_none_or(|wanted| group == Some(wanted))
            && self.has_fragment(|fragment| bulk.plan.fragments.contains(fragment))
    }

    pub(super) fn measurements(&self) -> MeasurementFilter {
        MeasurementFilter {
            source: self.plan.source,
            kind: self.plan.kind.clone(),
            fragment: self.plan.fragment.clone(),
            series: None,
            from: None,
            to: self.time().to,
        }
    }
}
