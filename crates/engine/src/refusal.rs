//! Every way in which a request can be refused. Closed enums: each surface maps them exhaustively to its own codes.

pub use authn::password_rules::WeakPassword;
pub use authn::setup_secret::SetupRefused;
use model::ids::{AuditId, GroupId, MeasurementId, ObjectId};
use model::inventory::ChildKind;
use policy::decide::Denied;
use std::fmt;
use store::fault::{CommitFailed, StoreFault};

/// Why a request was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody, or not who they say.
    NotSignedIn,
    /// Too many wrong attempts: come back later.
    LockedOut {
        /// In this many seconds.
        retry_after_seconds: u64,
    },
    /// More calls than one principal may make: come back later.
    TooOften {
        /// In this many seconds.
        retry_after_seconds: u64,
    },
    /// Signed in, but not allowed.
    Forbidden,
    /// Not there, or not for this caller to know.
    Missing(Missing),
    /// In the way of something that is there already.
    Conflict(Conflict),
    /// Understood, but it makes no sense.
    Invalid(Invalid),
    /// The platform is busy; nothing was changed.
    Busy,
    /// A fault on our side; the log has it under this id.
    Fault(FaultId),
}

/// What was not found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// A managed object.
    Object(ObjectId),
    /// An external id.
    ExternalId {
        /// Its type as sent.
        kind: String,
        /// Its value as sent.
        value: String,
    },
    /// A measurement.
    Measurement(MeasurementId),
    /// An audit record.
    AuditRecord(AuditId),
    /// A user, by the name as sent.
    User(String),
    /// A group.
    Group(GroupId),
    /// A group, by the name as sent.
    GroupNamed(String),
    /// A role, by the name as sent.
    Role(String),
    /// A tenant, by the id as sent.
    Tenant(String),
    /// A managed object without a device user.
    DeviceUser(ObjectId),
}

/// What stands in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    /// The external id is bound.
    ExternalIdTaken,
    /// The user name is taken.
    UserNameTaken,
    /// The group name is taken.
    GroupNameTaken,
    /// The tenant id is taken.
    TenantIdTaken,
    /// The domain is taken.
    DomainTaken,
    /// The object has children: delete them too, or unlink them.
    HasChildren,
    /// The role is held already.
    RoleHeld,
}

/// What makes no sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Invalid {
    /// The object named in the body is not there, or not for this caller to know.
    Source(ObjectId),
    /// The second object is not such a child of the first.
    NotAChild {
        /// The parent.
        parent: ObjectId,
        /// The kind of edge.
        kind: ChildKind,
        /// The other.
        child: ObjectId,
    },
    /// The edge would close a circle.
    Cycle,
    /// The tree would become too deep.
    TooDeep,
    /// The deletion would take too many objects at once.
    CascadeTooLarge,
    /// The document has too many fragments or is too large.
    DocumentTooLarge,
    /// The object has measurements of too many different types.
    TooManyTypes(ObjectId),
    /// The query would read too many rows.
    QueryTooCostly,
    /// A deletion by filter names neither source nor time.
    DeletionUnfiltered,
    /// The owner named is not a user.
    UnknownOwner,
    /// The password breaks a rule.
    Password(WeakPassword),
    /// The current password given is wrong.
    CurrentPassword,
    /// A role or group named is not there.
    UnknownRole,
    /// The first administrator, or oneself, cannot be removed.
    LastAdministrator,
    /// The groups `admins` and `devices` keep their names and cannot be deleted.
    SpecialGroup,
    /// The set-up secret does not fit, has ended or was used.
    SetupSecret(SetupRefused),
    /// The tenant cannot be changed in this way.
    TenantStatus,
    /// The management tenant can be neither suspended nor deleted.
    ManagementTenant,
    /// The proof asked for does not exist: out of the range of the log.
    ProofRange,
    /// The record's `type` is kept for the platform.
    ReservedType,
}

/// The id under which a fault is in the log: random, and all that a client is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FaultId(u64);

impl fmt::Display for FaultId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FaultId {
    /// Writes a fault to the log, once, under a new id.
    pub fn report(fault: &dyn fmt::Display) -> Self {
        let mut bytes = [0; 8];
        // Without randomness the id is 0; the fault is in the log all the same.
        let _ = aws_lc_rs::rand::fill(&mut bytes);
        let id = Self(u64::from_be_bytes(bytes));
        tracing::error!(%id, %fault, "a request failed");
        id
    }
}

impl From<StoreFault> for Refusal {
    fn from(fault: StoreFault) -> Self {
        match fault {
            // The tenant was deleted while the request was under way.
            StoreFault::NoKeys { .. } => Self::NotSignedIn,
            fault => Self::Fault(FaultId::report(&fault)),
        }
    }
}

impl From<CommitFailed> for Refusal {
    fn from(failed: CommitFailed) -> Self {
        match failed {
            CommitFailed::Conflict | CommitFailed::Busy => Self::Busy,
            CommitFailed::Stopped => Self::Fault(FaultId::report(&failed)),
        }
    }
}

impl Refusal {
    /// A refusal of the decision: what is missing must look as if it were not there.
    pub(crate) fn denied(denied: Denied, missing: Missing) -> Self {
        match denied {
            Denied::Forbidden => Self::Forbidden,
            Denied::Missing => Self::Missing(missing),
        }
    }
}
