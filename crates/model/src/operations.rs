//! Operations: what a device is asked to do, and what became of it.

pub mod lent;

use crate::ids::{BulkOperationId, ObjectId, OperationId, PrincipalId};
use crate::json::{Json, Object};
use crate::limits::{OPERATION_HAND_OUTS_MAX, OPERATION_PENDING_SECONDS_DEFAULT};
use crate::limits::{OPERATION_PENDING_SECONDS_MAX, OPERATION_PENDING_SECONDS_MIN};
use crate::time::{Between, Timestamp};
use crate::words::words;
use serde::{Deserialize, Serialize};

/// The fragment of managed objects that makes one an agent: it takes operations, for itself and for the devices behind it.
pub const IS_AGENT: &str = "com_cumulocity_model_Agent";

/// The property of an operation that says until when it may wait: ours, the API knows none. Not a fragment, so that whoever
/// may ask for something may also say until when.
pub const EXPIRY_TIME: &str = "holdfast_ExpiryTime";
/// Why an operation failed that nobody has taken in time.
pub const EXPIRED: &str = "expired";
/// The option that says for how many seconds the operations of a tenant wait; `0`: for ever.
pub const PENDING_SECONDS_OPTION: (&str, &str) = ("device-control", "operation.pending.seconds");

/// Properties of an operation that are not fragments.
pub const STANDARD_PROPERTIES: [&str; 12] = [
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
    "delivery",
    EXPIRY_TIME,
];

/// For how many seconds operations wait by the option of their tenant; nothing: for ever. What makes no sense counts as if
/// it were not there, so that a mistake makes nothing wait for longer.
pub fn pending_seconds(option: Option<&str>) -> Option<u32> {
    let range = OPERATION_PENDING_SECONDS_MIN..=OPERATION_PENDING_SECONDS_MAX;
    match option.map(str::parse) {
        Some(Ok(0)) => None,
        Some(Ok(seconds)) if range.contains(&seconds) => Some(seconds),
        _ => Some(OPERATION_PENDING_SECONDS_DEFAULT),
    }
}

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
    /// Until when it may wait.
    pub expires: Option<Timestamp>,
    /// When it was handed out to its agent, the first time and the latest ones: no proof that the agent has read it.
    pub handed_out: Vec<Timestamp>,
    /// What is asked, and what the device answers, as it was sent.
    pub fragments: Object,
}

impl Operation {
    /// Whether it has waited for longer than it may.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.status == OperationStatus::Pending && self.expires.is_some_and(|expires| expires <= now)
    }

    /// The operation after it was handed out. Where it stands is not changed by that; of many times the first and the latest
    /// are kept.
    pub fn handed_out_at(&self, now: Timestamp) -> Self {
        let mut next = self.clone();
        if next.handed_out.len() >= OPERATION_HAND_OUTS_MAX {
            next.handed_out.remove(1);
        }
        next.handed_out.push(now);
        next
    }
}

/// An operation as a client creates it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOperation {
    /// The device that is asked.
    pub device: ObjectId,
    /// What is asked, in words.
    pub description: Option<String>,
    /// Until when it may wait; nothing: as long as its tenant lets operations wait.
    pub expires: Option<Timestamp>,
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
            expires: None,
            handed_out: Vec::new(),
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

    // R072
    #[test]
    fn an_operation_expires_only_while_it_waits() {
        let at = Timestamp::from_millis;
        for (status, expires, now, expired) in [
            (Pending, Some(10), 9, false),
            (Pending, Some(10), 10, true),
            (Pending, None, i64::MAX, false),
            (Executing, Some(10), 11, false),
            (Failed, Some(10), 11, false),
        ] {
            let mut operation = operation(status);
            operation.expires = expires.map(at);
            assert_eq!(
                operation.is_expired(at(now)),
                expired,
                "{status:?} {expires:?} {now}"
            );
        }
    }

    #[test]
    fn an_option_that_makes_no_sense_lets_nothing_wait_for_longer() {
        let default = Some(OPERATION_PENDING_SECONDS_DEFAULT);
        for (option, seconds) in [
            (None, default),
            (Some("0"), None),
            (Some("3600"), Some(3_600)),
            (Some("1"), default),
            (Some("-1"), default),
            (Some("4294967295"), default),
            (Some("never"), default),
        ] {
            assert_eq!(pending_seconds(option), seconds, "{option:?}");
        }
    }

    #[test]
    fn of_many_times_of_handing_out_the_first_and_the_latest_are_kept() {
        let mut operation = operation(Pending);
        for at in 0..100 {
            operation = operation.handed_out_at(Timestamp::from_millis(at));
        }
        let kept: Vec<_> = operation.handed_out.iter().map(|at| at.millis()).collect();
        assert_eq!(kept.len(), OPERATION_HAND_OUTS_MAX);
        assert_eq!((kept.first(), kept.last()), (Some(&0), Some(&99)));
        assert_eq!(operation.status, Pending);
    }
}
