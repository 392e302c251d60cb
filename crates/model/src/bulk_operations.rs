//! Bulk operations: one operation for each device of a group, begun at a time and spread over time.

use crate::ids::{BulkOperationId, ObjectId, PrincipalId};
use crate::json::Object;
use crate::time::{Between, Timestamp};
use crate::words::words;
use serde::{Deserialize, Serialize};

/// The fragment of managed objects with the query that says which devices belong to a dynamic group.
pub const GROUP_QUERY: &str = "c8y_DeviceQueryString";

/// Properties of a bulk operation that a client does not add by itself.
pub const STANDARD_PROPERTIES: [&str; 10] = [
    "id",
    "self",
    "groupId",
    "failedParentId",
    "startDate",
    "creationRamp",
    "operationPrototype",
    "status",
    "generalStatus",
    "progress",
];

words! {
    /// Where the creation of the single operations stands.
    BulkStatus, BadBulkStatus: "the status of a bulk operation" {
        /// It has not begun.
        Active = "ACTIVE",
        /// They are being created.
        InProgress = "IN_PROGRESS",
        /// All of them are created.
        Completed = "COMPLETED",
        /// It was cancelled.
        Deleted = "DELETED",
    }
}

impl BulkStatus {
    /// Whether there is more to create, now or later.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Active | Self::InProgress)
    }
}

words! {
    /// Where a bulk operation stands for those who look at it.
    GeneralStatus, BadGeneralStatus: "the general status of a bulk operation" {
        /// It has not begun.
        Scheduled = "SCHEDULED",
        /// It has begun and not ended.
        Executing = "EXECUTING",
        /// The same, and something failed.
        ExecutingWithError = "EXECUTING_WITH_ERROR",
        /// Every device has done it.
        Successful = "SUCCESSFUL",
        /// It has ended, and something failed.
        Failed = "FAILED",
        /// It was cancelled.
        Canceled = "CANCELED",
    }
}

/// On which devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BulkTarget {
    /// Those of this group when it begins.
    Group(ObjectId),
    /// Those on which this bulk operation has failed when the new one begins.
    FailedOf(BulkOperationId),
}

/// What a client says of a bulk operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewBulkOperation {
    /// On which devices.
    pub target: BulkTarget,
    /// When it begins.
    pub start: Timestamp,
    /// So many milliseconds lie between the creation of one operation and the next.
    pub ramp_millis: u64,
    /// What is asked, in words.
    pub description: Option<String>,
    /// What is asked.
    pub fragments: Object,
    /// Whatever else the client noted.
    pub more: Object,
}

/// A partial update: what is absent stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BulkOperationUpdate {
    /// On which devices.
    pub target: Option<BulkTarget>,
    /// When it begins.
    pub start: Option<Timestamp>,
    /// The time between two creations, in milliseconds.
    pub ramp_millis: Option<u64>,
    /// What is asked: words and fragments.
    pub prototype: Option<(Option<String>, Object)>,
    /// Other properties to set; `Json::Null` removes one.
    pub more: Vec<(String, crate::json::Json)>,
}

/// A bulk operation as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkOperation {
    /// Its identifier.
    pub id: BulkOperationId,
    /// By whose rights the operations are created: who created it, or changed it last.
    pub creator: PrincipalId,
    /// What was said of it.
    pub plan: NewBulkOperation,
    /// Where it stands.
    pub status: BulkStatus,
    /// When the next operation is to be created.
    pub next: Timestamp,
    /// When it was created.
    pub created: Timestamp,
}

/// How many devices stand where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Asked or still to be asked.
    pub pending: usize,
    /// At it.
    pub executing: usize,
    /// Done.
    pub successful: usize,
    /// Failed, or never asked because that was not allowed.
    pub failed: usize,
}

impl Progress {
    /// All devices.
    pub fn all(self) -> usize {
        self.pending + self.executing + self.successful + self.failed
    }
}

/// What those who look at it are told, from where the creation and the devices stand.
pub fn general_status(status: BulkStatus, progress: Progress) -> GeneralStatus {
    let is_under_way = status == BulkStatus::InProgress || progress.pending + progress.executing > 0;
    match (status, is_under_way, progress.failed > 0) {
        (BulkStatus::Active, _, _) => GeneralStatus::Scheduled,
        (BulkStatus::Deleted, _, _) => GeneralStatus::Canceled,
        (_, true, false) => GeneralStatus::Executing,
        (_, true, true) => GeneralStatus::ExecutingWithError,
        (_, false, false) => GeneralStatus::Successful,
        (_, false, true) => GeneralStatus::Failed,
    }
}

/// Which bulk operations; every part narrows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BulkFilter {
    /// Also those that were cancelled.
    pub with_deleted: bool,
    /// In this general status.
    pub general_status: Option<GeneralStatus>,
    /// That begin between these times.
    pub start: Between,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_general_status_follows_from_creation_and_devices() {
        use BulkStatus::{Active, Completed, Deleted, InProgress};
        let progress = |pending, executing, successful, failed| Progress {
            pending,
            executing,
            successful,
            failed,
        };
        for (status, progress, told) in [
            (Active, progress(0, 0, 0, 0), "SCHEDULED"),
            (InProgress, progress(0, 0, 0, 0), "EXECUTING"),
            (InProgress, progress(1, 0, 3, 0), "EXECUTING"),
            (InProgress, progress(1, 0, 0, 1), "EXECUTING_WITH_ERROR"),
            (Completed, progress(0, 1, 0, 0), "EXECUTING"),
            (Completed, progress(0, 1, 0, 2), "EXECUTING_WITH_ERROR"),
            (Completed, progress(0, 0, 4, 0), "SUCCESSFUL"),
            (Completed, progress(0, 0, 0, 0), "SUCCESSFUL"),
            (Completed, progress(0, 0, 4, 1), "FAILED"),
            (Deleted, progress(1, 1, 1, 1), "CANCELED"),
        ] {
            assert_eq!(
                general_status(status, progress).word(),
                told,
                "{status:?} {progress:?}"
            );
        }
    }
}
