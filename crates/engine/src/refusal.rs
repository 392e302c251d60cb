//! Every way in which a request can be refused. Closed enums: each surface maps them exhaustively to its own codes.

pub use crate::applications::archive::BadArchive;
pub use crate::certificates::{NotIssued, NotTrusted};
pub use crate::decommissioning::NotTaken;
pub use crate::disconnection::NotDisconnected;
pub use crate::registration::NotRegistered;
pub use authn::password_rules::WeakPassword;
pub use authn::setup_secret::SetupRefused;
use model::ids::{
    AlarmId, AssignmentId, AuditId, BulkOperationId, EventId, GroupId, InventoryRoleId, MeasurementId,
    ObjectId, OperationId, RemoteConfigurationId, RetentionRuleId, ServiceKeyId,
};
use model::inventory::ChildKind;
use model::operations::{BadStep, OperationStatus};
use model::origins::BadOrigins;
use model::retention::BadRetention;
use policy::decide::Denied;
use std::fmt;
use store::fault::{CommitFailed, StoreFault};
use store::second_factor::FactorDue;

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
    /// A device that may not open an object to every user of its tenant (R037).
    NotForDevices,
    /// Signed in with a password that the tenant does not take any more: it must be changed first.
    PasswordDue,
    /// Signed in with the password alone, where a second factor is asked for as well.
    SecondFactor(FactorDue),
    /// The code of the second factor was not good: sign in again.
    WrongCode,
    /// The session is too old for what is to be done: sign in again first.
    StaleSession,
    /// Not there, or not for this caller to know.
    Missing(Missing),
    /// In the way of something that is there already.
    Conflict(Conflict),
    /// Understood, but it makes no sense.
    Invalid(Invalid),
    /// Not in the state any more in which the caller saw it; nothing was changed.
    Changed,
    /// The platform is busy; nothing was changed.
    Busy,
    /// The storage of this tenant is not available; nothing was changed. Others are served, and the log of the start names
    /// the file.
    StorageUnavailable,
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
    /// An event.
    Event(EventId),
    /// A file attached to an event.
    Attachment(EventId),
    /// An alarm.
    Alarm(AlarmId),
    /// A document of this type about an object.
    OfType(String),
    /// An operation.
    Operation(OperationId),
    /// A bulk operation.
    BulkOperation(BulkOperationId),
    /// A certificate that the tenant has issued.
    IssuedCertificate,
    /// A certificate authority of the tenant.
    Authority,
    /// A trusted certificate, by its fingerprint as sent.
    Certificate(String),
    /// A request for a device, or credentials that nobody has granted yet; by the device as sent.
    DeviceRequest(String),
    /// A subscription to notifications.
    Subscription(model::ids::SubscriptionId),
    /// The subscriber of a token.
    Subscriber,
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
    /// A key of a service account.
    ServiceKey(ServiceKeyId),
    /// An open session of a user, by its id.
    Session(String),
    /// An inventory role.
    InventoryRole(InventoryRoleId),
    /// An assignment of inventory roles.
    Assignment(AssignmentId),
    /// A retention rule.
    RetentionRule(RetentionRuleId),
    /// A run of retention rules: there was none yet.
    RetentionRun,
    /// A file of statistics, by the id or month as sent.
    StatisticsFile(String),
    /// An option, by the category and key as sent.
    Option(String),
    /// A login option, by its type as sent.
    LoginOption(String),
    /// A mapping from what an identity provider says to rights.
    AccessMapping(u32),
    /// A feature toggle, by its key as sent.
    Feature(String),
    /// One's own second factor.
    SecondFactor,
    /// A token to set a new password, whatever is wrong with it.
    ResetToken,
    /// The last message of a managed object that was never heard of.
    LastMessage(ObjectId),
    /// An application, by its id as sent.
    Application(String),
    /// An archive of an application, by its id, version or tag as sent.
    Archive(String),
    /// A file of an application, whatever of it is not there.
    HostedFile,
    /// A configuration of remote access.
    RemoteConfiguration(RemoteConfigurationId),
    /// A device that is not taken out of service, or no report of it.
    Decommissioning(ObjectId),
    /// A session of remote access.
    RemoteSession(OperationId),
    /// A key for remote access, whatever is wrong with it.
    RemoteKey,
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
    /// A file is attached to the event already.
    Attached,
    /// The device has reported this security event before.
    Reported,
    /// There is no secret for the second factor yet.
    NoFactorSecret,
    /// The role is held already.
    RoleHeld,
    /// There are users below the user: move or delete them first.
    UsersBelow,
    /// The project holds objects: move or delete them first.
    ProjectNotEmpty,
    /// The project holds as many objects as it may.
    ProjectFull,
    /// What is to be moved hangs below something that stays.
    Hangs {
        /// The object that hangs there.
        object: ObjectId,
        /// Below this, if the caller may know of it.
        below: Option<ObjectId>,
    },
    /// The bulk operation has begun: it can only be cancelled.
    BulkBegun,
    /// The key belongs to another device.
    DeviceKeyTaken,
    /// The tenant has a certificate authority already.
    AuthorityThere,
    /// The certificate is trusted already.
    CertificateThere,
    /// There is a request for this device already.
    DeviceRequestThere,
    /// The name of the inventory role is taken.
    InventoryRoleNameTaken,
    /// Another alarm of this source and type is open.
    AlarmOpen,
    /// A subscription that looks at the same and feeds the same topic is there.
    SubscriptionThere,
    /// A client of this subscriber is connected, and does not share it.
    ConsumerConnected,
    /// The name of the application is taken.
    ApplicationNameTaken,
    /// The key of the application is taken.
    ApplicationKeyTaken,
    /// The path of the application is taken.
    ContextPathTaken,
    /// The tenant is subscribed already, and nothing waits to be granted.
    Subscribed,
    /// Other tenants are subscribed.
    HasSubscribers,
    /// The application has this version or tag already.
    VersionTaken,
    /// The latest version stays until another one is.
    LatestVersion,
    /// There are as many sessions of remote access as may be.
    RemoteSessions,
    /// It is being taken out of service already, or is too far for another way.
    DecommissioningBegun,
    /// The device was disconnected.
    DeviceDisconnected,
    /// The device is out of service for good.
    Decommissioned,
    /// The tenant has turned remote access off.
    RemoteAccessOff,
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
    /// The two ends of the edge lie in different projects.
    OtherProject,
    /// A project can neither hang below something nor lie in another one.
    ProjectPlace,
    /// The type of projects: it comes and goes with a project only.
    ProjectType,
    /// The project named in the body is not there, or not for this caller to know.
    UnknownProject(ObjectId),
    /// The move would take too many objects at once.
    MoveTooLarge,
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
    /// The file is larger than files may be.
    FileTooLarge,
    /// The tenant's files have as many bytes as they may.
    NoSpaceForFiles,
    /// The device is no agent and hangs below none: nobody would take the operation.
    NoAgent(ObjectId),
    /// The time until which an operation may wait is over already.
    ExpiryPast,
    /// No operation of the device that is meant stands there.
    NoOperation(OperationStatus),
    /// The device has more operations that are meant than may end at once.
    TooManyOperations,
    /// The bulk operation named in the body is not there.
    UnknownBulkOperation(BulkOperationId),
    /// The operation cannot come to that status.
    Step(BadStep),
    /// A step of taking a device out of service cannot be taken.
    Decommissioning(NotTaken),
    /// The object cannot be disconnected.
    Disconnection(NotDisconnected),
    /// The device cannot be registered so.
    Registration(NotRegistered),
    /// The certificate is not trusted so.
    Certificate(NotTrusted),
    /// A device gets no certificate.
    NotIssued(NotIssued),
    /// The code was not signed with the key of the certificate.
    PossessionWrong,
    /// The chain of certificates would not be let in.
    ChainNotTrusted,
    /// A deletion by filter names neither source nor time.
    DeletionUnfiltered,
    /// A document stays about its source.
    SourceStays,
    /// A change by filter has no filter.
    ChangeUnfiltered,
    /// The owner named is not a user.
    UnknownOwner,
    /// Service accounts are made apart from other users, and have keys instead of a password.
    ServiceAccount,
    /// The name is not one of a service account.
    ServiceName,
    /// A service account that is bound to a project belongs to no group.
    BoundToProject,
    /// The service account has as many keys as it may.
    TooManyKeys,
    /// A key must expire in the future, and not too far in it.
    KeyExpiry,
    /// The password breaks a rule.
    Password(WeakPassword),
    /// People would have no way in any more.
    LastWayIn,
    /// This login option is there already.
    LoginOptionThere,
    /// The secret of a provider would go to another one than it was given for.
    SignOnSecret,
    /// The current password given is wrong.
    CurrentPassword,
    /// The code of the second factor is not good.
    FactorCode,
    /// Nobody turns their own second factor off.
    FactorStays,
    /// Services and devices have no second factor.
    FactorOfNobody,
    /// Services and devices do not choose passwords, and nobody whom only an identity provider lets in.
    ResetOfNobody,
    /// The token to set a new password was right, and comes too late.
    ResetTokenExpired,
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
    /// The object on which rights are to be given is not there, or not for this caller to know.
    UnknownObject(ObjectId),
    /// The same for several rules, each with its number.
    RulesOnUnknown(Vec<(usize, ObjectId)>),
    /// An inventory role named is not there.
    UnknownInventoryRole,
    /// A user or group that is to be given rights is not there.
    UnknownHolder,
    /// An assignment stays on its object.
    AssignmentObject,
    /// There would be too many of them.
    TooMany(Bound),
    /// Somebody cannot be above itself.
    OwnerCycle,
    /// There would be too many users above one another.
    HierarchyTooDeep,
    /// The user that is to be above does not hold everything that the other one was given.
    OwnerHoldsLess,
    /// An option that the platform itself reads says which origins of web pages are allowed, and this is no list of them.
    Origins(BadOrigins),
    /// The tenant would have more options than it may.
    TooManyOptions,
    /// A hosted application has a path.
    NoContextPath,
    /// An external application has no archives.
    NoArchives,
    /// The application is no microservice.
    NotAMicroservice,
    /// The application is private: no other tenant can be subscribed.
    NotForOthers,
    /// What an application is, stays.
    ApplicationType,
    /// The archive named is none of the application.
    UnknownArchive,
    /// The archive is not kept.
    Archive(BadArchive),
    /// The user is one of a microservice: it comes and goes with that, and has the roles that were granted to it.
    ApplicationUser,
    /// The retention rule cannot be kept as it is written.
    Retention(BadRetention),
    /// Only the management tenant makes retention rules that their tenant cannot change.
    RetentionEditable,
    /// The days of a statistics file end before they begin, or are too many.
    StatisticsDays,
}

/// What there may be only so many of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// Permissions of one inventory role.
    RolePermissions,
    /// Inventory roles of a tenant.
    Roles,
    /// Inventory roles of one assignment.
    AssignmentRoles,
    /// Assignments of one user or group.
    Assignments,
    /// Permissions of one user or group on one object.
    PermissionsOnObject,
    /// Objects on which one user or group has permissions.
    GrantedObjects,
    /// Bulk operations of a tenant that have not created everything yet.
    OpenBulkOperations,
    /// Subscriptions to notifications of a tenant.
    NotificationSubscriptions,
    /// Subscribers of a tenant.
    Subscribers,
    /// Applications of a tenant.
    Applications,
    /// Archives of an application.
    Archives,
    /// Tags on a version.
    Tags,
    /// Tenants that are subscribed to an application.
    Subscriptions,
    /// Retention rules of a tenant.
    RetentionRules,
    /// Roles of microservices that one user or group is given.
    ApplicationRoles,
    /// Mappings of one kind from what an identity provider says to rights.
    SignOnMappings,
    /// Users made here who may come in through an identity provider.
    SignOnLinks,
    /// Sessions over MQTT that outlive their connections.
    MqttSessions,
    /// Configurations of remote access of a device.
    RemoteConfigurations,
    /// Managed objects of a device's own user.
    DeviceObjects,
    /// Operations of a device that are not finished.
    OpenOperations,
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
            StoreFault::ShardUnavailable { .. } => Self::StorageUnavailable,
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
    /// A source that is named in a body and cannot be known is a mistake in the body, whether it exists or not.
    pub(crate) fn of_named_source(self, source: ObjectId) -> Self {
        match self {
            Self::Missing(Missing::Object(_)) => Self::Invalid(Invalid::Source(source)),
            refusal => refusal,
        }
    }

    /// A refusal of the decision: what is missing must look as if it were not there.
    pub(crate) fn denied(denied: Denied, missing: Missing) -> Self {
        match denied {
            Denied::Forbidden => Self::Forbidden,
            Denied::Missing => Self::Missing(missing),
        }
    }
}
