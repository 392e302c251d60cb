//! Operations: what a device is asked to do, and what became of it.

use crate::ids::{BulkOperationId, ObjectId, OperationId, PrincipalId};
use crate::json::{Json, Object};
use crate::time::{Between, Timestamp};
use crate::words::words;
use serde::{Deserialize, Serialize};

/// The fragment of managed objects that makes one an agent: it takes operations, for itself and for the devices behind it.
pub const IS_AGENT: &str = "com_cumulocity_model_Agent";

/// Properties of an operation that are not fragments.
pub const STANDARD_PROPERTIES: [&str; 10] = [
    "id",
    "self",
    "deviceId",
    "deviceName",
    "deviceExternalIDs",
    "bulkOperationId",
    "description",
    "status",
    "failureReason",
    "creationTime",
];

words! {
    /// Where an operation stands.
    OperationStatus, BadOperationStatus: "the status of an operation" {
        /// The device has not taken it yet.
        Pending = "PENDING",
        /// The device is at it.
        Executing = "EXECUTING",
        /// It was done.
        Successful = "SUCCESSFUL",
        /// It was not done.
        Failed = "FAILED",
    }
}

impl OperationStatus {
    /// Whether nothing more will become of it.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Successful | Self::Failed)
    }

    /// Whether it may be said next. A device may skip to the end what it does at once, and may say again where it is; what
    /// has begun does not wait again, and what has ended stays so.
    pub fn may_become(self, next: Self) -> bool {
        self == next || (!self.is_final() && next != Self::Pending)
    }
}

/// An operation cannot come from one status to the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an operation that is {} cannot become {}", from.word(), to.word())]
pub struct BadStep {
    /// Where it stands.
    pub from: OperationStatus,
    /// What was said.
    pub to: OperationStatus,
}

/// An operation as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// Its identifier: below 2^32, because old agents keep it in 32 bits.
    pub id: OperationId,
    /// The device that is asked.
    pub device: ObjectId,
    /// Who asks.
    pub creator: PrincipalId,
    /// The bulk operation that it belongs to.
    pub bulk: Option<BulkOperationId>,
    /// What is asked, in words.
    pub description: Option<String>,
    /// Where it stands.
    pub status: OperationStatus,
    /// Why it failed, as the device says.
    pub failure_reason: Option<String>,
    /// When it was created.
    pub created: Timestamp,
    /// When it was last changed.
    pub updated: Timestamp,
    /// What is asked, and what the device answers, as it was sent.
    pub fragments: Object,
}

/// An operation as a client creates it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOperation {
    /// The device that is asked.
    pub device: ObjectId,
    /// What is asked, in words.
    pub description: Option<String>,
    /// What is asked.
    pub fragments: Object,
}

/// What becomes of an operation: what is absent stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationUpdate {
    /// Where it stands now.
    pub status: OperationStatus,
    /// Why it failed; counts only for one that failed.
    pub failure_reason: Option<String>,
    /// Other words for what is asked.
    pub description: Option<String>,
    /// Fragments to set; `Json::Null` removes one.
    pub fragments: Vec<(String, Json)>,
}

impl OperationUpdate {
    /// The operation after this, at this time; the same one if nothing changes. What has ended changes no more: only a
    /// repetition of what was said is taken, because a device that did not hear the answer says it again.
    pub fn apply(&self, operation: &Operation, now: Timestamp) -> Result<Operation, BadStep> {
        let step = BadStep {
            from: operation.status,
            to: self.status,
        };
        if !operation.status.may_become(self.status) {
            return Err(step);
        }
        let mut next = operation.clone();
        next.status = self.status;
        if self.status == OperationStatus::Failed && self.failure_reason.is_some() {
            next.failure_reason.clone_from(&self.failure_reason);
        }
        if self.description.is_some() {
            next.description.clone_from(&self.description);
        }
        for (name, value) in &self.fragments {
            match value {
                Json::Null => drop(next.fragments.remove(name)),
                value => next.fragments.set(name.as_str(), value.clone()),
            }
        }
        if next == *operation {
            return Ok(next);
        }
        if operation.status.is_final() {
            return Err(step);
        }
        next.updated = now;
        Ok(next)
    }
}

/// Which operations; every part narrows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OperationFilter {
    /// In this status.
    pub status: Option<OperationStatus>,
    /// With this fragment.
    pub fragment: Option<String>,
    /// Of this bulk operation.
    pub bulk: Option<BulkOperationId>,
    /// Created between these times.
    pub created: Between,
}

impl OperationFilter {
    /// Whether the operation is meant.
    pub fn wants(&self, operation: &Operation) -> bool {
        self.status.is_none_or(|status| operation.status == status)
            && self
                .fragment
                .as_deref()
                .is_none_or(|name| operation.fragments.contains(name))
            && self.bulk.is_none_or(|bulk| operation.bulk == Some(bulk))
            && self.created.has(operation.created)
    }
}

#[cfg(test)]
mod tests {
    use super::OperationStatus::{Executing, Failed, Pending, Successful};
    use super::*;

    fn operation(status: OperationStatus) -> Operation {
        Operation {
            id: OperationId::new(1).expect("in range"),
            device: ObjectId::new(2).expect("in range"),
            creator: PrincipalId::new(3).expect("in range"),
            bulk: None,
            description: None,
            status,
            failure_reason: None,
            created: Timestamp::from_millis(0),
            updated: Timestamp::from_millis(0),
            fragments: [("c8y_Restart", Json::Object(Object::new()))]
                .into_iter()
                .collect(),
        }
    }

    fn update(status: OperationStatus) -> OperationUpdate {
        OperationUpdate {
            status,
            failure_reason: None,
            description: None,
            fragments: Vec::new(),
        }
    }

    #[test]
    fn every_step_is_allowed_or_not() {
        for (from, to) in [
            (Pending, [true, true, true, true]),
            (Executing, [false, true, true, true]),
            (Successful, [false, false, true, false]),
            (Failed, [false, false, false, true]),
        ] {
            let steps = OperationStatus::ALL.iter().map(|next| from.may_become(*next));
            assert_eq!(steps.collect::<Vec<_>>(), to, "{from:?}");
        }
    }

    #[test]
    fn a_final_operation_takes_a_repetition_and_nothing_else() {
        let now = Timestamp::from_millis(5);
        let failed = OperationUpdate {
            failure_reason: Some("no paper".to_owned()),
            ..update(Failed)
        };
        let ended = failed.apply(&operation(Executing), now).expect("a step");
        assert_eq!((ended.status, ended.updated), (Failed, now));
        assert_eq!(ended.failure_reason.as_deref(), Some("no paper"));
        assert_eq!(failed.apply(&ended, Timestamp::from_millis(9)), Ok(ended.clone()));
        let other = OperationUpdate {
            fragments: vec![("c8y_Restart".to_owned(), Json::Null)],
            ..failed
        };
        let refused = BadStep {
            from: Failed,
            to: Failed,
        };
        assert_eq!(other.apply(&ended, now), Err(refused));
    }

    #[test]
    fn fragments_are_set_and_removed_and_a_reason_is_kept_of_a_failure_only() {
        let now = Timestamp::from_millis(5);
        let update = OperationUpdate {
            status: Successful,
            failure_reason: Some("none".to_owned()),
            description: Some("words".to_owned()),
            fragments: vec![
                ("c8y_Restart".to_owned(), Json::Null),
                ("result".to_owned(), Json::String("ok".to_owned())),
            ],
        };
        let done = update.apply(&operation(Pending), now).expect("a step");
        assert_eq!(done.fragments.names().collect::<Vec<_>>(), ["result"]);
        assert_eq!(
            (done.failure_reason, done.description.as_deref()),
            (None, Some("words"))
        );
    }
}
