//! What the engine refuses, as the API tells it. The mapping is exhaustive: a new refusal does not compile until it has a
//! status and a text here.

use super::names::area;
use super::{Problem, fault, not_found};
use contract::endpoints::Endpoint;
use engine::flow::Rejected;
use engine::refusal::SetupRefused;
use engine::refusal::{Bound, Conflict, Invalid, Missing, Refusal};
use engine::second_factor::FactorDue;
use model::ids::ObjectId;
use model::limits::{
    APPLICATION_ROLES_HELD_MAX, APPLICATION_SUBSCRIPTIONS_MAX, APPLICATIONS_MAX, ARCHIVES_MAX,
    ASSIGNMENT_ROLES_MAX, ASSIGNMENTS_MAX, BULK_OPEN_MAX, DEVICE_OBJECTS_MAX, FILE_BYTES_MAX,
    GRANTED_OBJECTS_MAX, HIERARCHY_DEPTH_MAX, INVENTORY_ROLE_PERMISSIONS_MAX, INVENTORY_ROLES_MAX,
    MQTT_SESSIONS_KEPT_PER_PRINCIPAL_MAX, NOTIFICATION_SUBSCRIPTIONS_MAX, OPERATIONS_OPEN_PER_DEVICE_MAX,
    PERMISSIONS_ON_OBJECT_MAX, REMOTE_CONFIGURATIONS_MAX, RETENTION_RULES_MAX, SERVICE_KEY_DAYS_MAX,
    SERVICE_KEYS_MAX, SIGN_ON_LINKS_MAX, SIGN_ON_MAPPINGS_MAX, STATISTICS_DAYS_MAX, SUBSCRIBERS_MAX,
    VERSION_TAGS_MAX,
};
use model::operations::EXPIRY_TIME;

/// A tenant's storage comes back when a person has restored it and started the program anew.
const STORAGE_RETRY_SECONDS: u64 = 60;

impl Problem {
    /// The refusal of a request to this endpoint.
    pub(crate) fn refused(endpoint: Endpoint, refusal: Refusal) -> Self {
        let rejected = Some(Rejected::of(&refusal));
        Self {
            rejected,
            ..Self::of_refusal(endpoint, refusal)
        }
    }

    fn of_refusal(endpoint: Endpoint, refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotSignedIn => Self::not_signed_in(false),
            Refusal::LockedOut { retry_after_seconds } => Self {
                retry_after_seconds: Some(retry_after_seconds),
                ..Self::new(
                    429,
                    "security/Too Many Requests",
                    format!("Too many failed attempts. Wait {retry_after_seconds} s and try again."),
                )
            },
            Refusal::TooOften { retry_after_seconds } => Self {
                retry_after_seconds: Some(retry_after_seconds),
                ..Self::new(
                    429,
                    "general/Too Many Requests",
                    format!(
                        "Too many calls. Nothing was changed; wait {retry_after_seconds} s and try again."
                    ),
                )
            },
            Refusal::Forbidden => Self::new(403, "security/Forbidden", "Access is denied."),
            Refusal::NotForDevices => Self::new(
                403,
                "security/Forbidden",
                "Access is denied. Devices may not open objects to every user of the tenant (c8y_Global) unless the \
                 tenant option configuration/acl.global.allow-devices is true.",
            ),
            Refusal::PasswordDue => Self::new(
                403,
                "security/Password Expired",
                "The tenant does not take this password any more. Change it first: PUT /user/currentUser/password.",
            ),
            Refusal::SecondFactor(FactorDue::Code) => Self::more_is_asked_for("TFA TOTP code required."),
            Refusal::SecondFactor(FactorDue::SetUp) => Self::more_is_asked_for("TFA TOTP setup required."),
            Refusal::WrongCode => Self::more_is_asked_for("TFA TOTP code is not valid."),
            Refusal::StaleSession => Self::new(
                403,
                "security/Forbidden",
                "Access is denied. Nothing was changed: sign in again first, this session is too old for it.",
            ),
            Refusal::Missing(missing) => missing_problem(&missing),
            Refusal::Invalid(Invalid::LoginOptionThere) => Self::new(
                400,
                format!("{}/Duplicate", area(endpoint)),
                "This login option is there already. Nothing was changed: PUT changes it.",
            ),
            Refusal::Invalid(Invalid::NotAMicroservice) => Self::new(
                400,
                "applications/Bad Request",
                "Only microservices have a bootstrap user.",
            ),
            Refusal::Invalid(Invalid::FactorCode) => Self::new(
                403,
                "security/Forbidden",
                "Invalid verification code. Nothing was changed.",
            ),
            Refusal::Invalid(Invalid::FactorStays) => Self::new(
                403,
                "security/Forbidden",
                "Cannot deactivate TOTP setup! Whoever administers users can revoke it.",
            ),
            Refusal::Conflict(conflict) => conflict_problem(endpoint, conflict),
            Refusal::Invalid(invalid) => invalid_problem(endpoint, &invalid),
            Refusal::Changed => Self::new(
                412,
                format!("{}/Precondition Failed", area(endpoint)),
                "Somebody else has changed this since it was read. Nothing was changed: read it again.",
            ),
            Refusal::Busy => Self {
                retry_after_seconds: Some(1),
                ..Self::new(
                    503,
                    "general/Service Unavailable",
                    "The platform is busy. Nothing was changed; try again in a moment.",
                )
            },
            Refusal::StorageUnavailable => Self {
                retry_after_seconds: Some(STORAGE_RETRY_SECONDS),
                ..Self::new(
                    503,
                    "general/Service Unavailable",
                    "The storage of this tenant is not available. Nothing was changed; the operator's log names the file.",
                )
            },
            Refusal::Fault(id) => fault(id),
        }
    }
}

fn missing_problem(missing: &Missing) -> Problem {
    match missing {
        Missing::Object(id) => not_found("inventory", "managedObject", &id.to_string()),
        Missing::DeviceUser(id) => not_found("inventory", "device user", &id.to_string()),
        Missing::ExternalId { kind, value } => {
            let (kind, value) = (contract::body::shown(kind), contract::body::shown(value));
            let message = format!("External id not found; external id = ID [type={kind}, value={value}]");
            Problem::new(404, "identity/Not Found", message)
        }
        Missing::Measurement(id) => not_found("measurement", "measurement", &id.to_string()),
        Missing::Event(id) => not_found("event", "event", &id.to_string()),
        Missing::Attachment(id) => Problem::new(
            404,
            "Not Found",
            format!("No file is attached to the event '{id}'."),
        ),
        Missing::Alarm(id) => not_found("alarm", "alarm", &id.to_string()),
        Missing::OfType(kind) => not_found("general", "document of type", kind),
        Missing::Operation(id) => not_found("devicecontrol", "operation", &id.to_string()),
        Missing::BulkOperation(id) => not_found("devicecontrol", "bulkOperation", &id.to_string()),
        Missing::IssuedCertificate => not_found("certificate", "certificate", ""),
        Missing::Authority => Problem::no_authority(),
        Missing::Certificate(name) => not_found("certificate", "certificate", name),
        Missing::DeviceRequest(id) => not_found("devicecontrol", "newDeviceRequest", id),
        Missing::Subscription(id) => not_found("reliable-notification", "subscription", &id.to_string()),
        Missing::Subscriber => Problem::not_subscribed(),
        Missing::AuditRecord(id) => not_found("audit", "auditRecord", &id.to_string()),
        Missing::User(name) => not_found("users", "user", name),
        Missing::Group(id) => not_found("groups", "group", &id.to_string()),
        Missing::GroupNamed(name) => not_found("groups", "group", name),
        Missing::Role(name) => not_found("users", "role", name),
        Missing::Tenant(id) => not_found("security", "tenant", id),
        Missing::InventoryRole(id) => not_found("users", "inventoryRole", &id.to_string()),
        Missing::Assignment(id) => not_found("users", "inventoryAssignment", &id.to_string()),
        Missing::ServiceKey(id) => not_found("users", "serviceKey", &id.to_string()),
        Missing::LastMessage(id) => not_found("inventory", "last message of managedObject", &id.to_string()),
        Missing::RetentionRule(id) => not_found("retention", "retentionRule", &id.to_string()),
        Missing::RetentionRun => Problem::new(
            404,
            "retention/Not Found",
            "The retention rules have not run yet.",
        ),
        Missing::StatisticsFile(id) => not_found("statistics", "statisticsFile", id),
        Missing::Option(name) => not_found("options", "option", name),
        Missing::Application(id) => not_found("applications", "application", id),
        Missing::Archive(id) => not_found("applications", "binary or version", id),
        Missing::HostedFile => Problem::new(
            404,
            "applications/Not Found",
            "There is no such application or file for this host name.",
        ),
        Missing::ResetToken => Problem::new(
            404,
            "users/Not Found",
            "This token is not valid. Nothing was changed: ask for another one.",
        ),
        Missing::Feature(key) => not_found("features", "feature", key),
        Missing::RemoteConfiguration(id) => not_found("remoteaccess", "configuration", &id.to_string()),
        Missing::Decommissioning(id) => not_found("devicecontrol", "decommissioning", &id.to_string()),
        Missing::RemoteSession(id) => not_found("remoteaccess", "session", &id.to_string()),
        Missing::RemoteKey => Problem::new(
            404,
            "remoteaccess/Not Found",
            "This key opens nothing: it is not known, was used, is over or is another device's.",
        ),
        Missing::Session(id) => not_found("users", "session", id),
        Missing::SecondFactor => not_found("users", "totpSecret", "currentUser"),
        Missing::LoginOption(name) => not_found("tenants", "loginOption", name),
        Missing::AccessMapping(id) => not_found("tenants", "accessMapping", &id.to_string()),
    }
}

fn conflict_problem(endpoint: Endpoint, conflict: Conflict) -> Problem {
    let message = match conflict {
        Conflict::ExternalIdTaken => "This external id is bound to an object already.",
        Conflict::UserNameTaken => "A user with this name exists already.",
        Conflict::GroupNameTaken => "A group with this name exists already.",
        Conflict::TenantIdTaken => "A tenant with this id exists already.",
        Conflict::DomainTaken => "A tenant with this domain exists already.",
        Conflict::Attached => {
            let message =
                "A file is attached to this event already. Nothing was stored: replace it with PUT.";
            return Problem::new(409, "Duplicate", message);
        }
        Conflict::Reported => {
            let message =
                "The device has reported the security event with this number before. Nothing was stored.";
            return Problem::new(409, "Duplicate", message);
        }
        Conflict::HasChildren => {
            "The object has children. Nothing was deleted: unlink them first, or delete with cascade=true."
        }
        Conflict::ApplicationNameTaken => "The tenant has an application with this name already.",
        Conflict::ApplicationKeyTaken => "The tenant has an application with this key already.",
        Conflict::ContextPathTaken => "The tenant has an application at this contextPath already.",
        Conflict::RemoteSessions => {
            "There are as many sessions of remote access to this device, of this user or in this tenant as may be: end one first."
        }
        Conflict::DeviceDisconnected => {
            "The device was disconnected and is kept out. Nothing was changed: readmit it first, DELETE \
             /devicecontrol/devices/{id}/disconnection."
        }
        Conflict::DecommissioningBegun => {
            "The device is being taken out of service already, or is too far for this. Nothing was changed."
        }
        Conflict::Decommissioned => {
            "The device is out of service, or its credentials are revoked for that: it does not come back. Nothing was changed."
        }
        Conflict::RemoteAccessOff => {
            "The tenant has turned remote access off (option remoteaccess/session.seconds.max)."
        }
        Conflict::Subscribed => "The tenant is subscribed already, and nothing waits to be granted.",
        Conflict::HasSubscribers => {
            "Other tenants were subscribed to this application. Nothing was deleted: unsubscribe them first, or delete \
             with force=true."
        }
        Conflict::VersionTaken => "The application has this version or tag already. Nothing was stored.",
        Conflict::LatestVersion => {
            "The latest version cannot be deleted or lose that tag. Nothing was changed: give it to another one first."
        }
        Conflict::NoFactorSecret => {
            "There is no secret yet. Nothing was changed: POST /user/currentUser/totpSecret makes one."
        }
        Conflict::RoleHeld => "This role is held already.",
        Conflict::UsersBelow => {
            "There are users below this user. Put them below another one or delete them first."
        }
        Conflict::SubscriptionThere => "Such a subscription exists already.",
        Conflict::ConsumerConnected => {
            "A client of this subscriber is connected already: wait until it has gone, or share the subscriber."
        }
        Conflict::AlarmOpen => "Another alarm of this source and type is not cleared. Nothing was changed.",
        Conflict::BulkBegun => {
            "The bulk operation has begun. Nothing was changed: cancel it and plan another one."
        }
        Conflict::DeviceKeyTaken => {
            "The key belongs to another device. No certificate was issued: make a new key."
        }
        Conflict::AuthorityThere => {
            "The tenant has a certificate authority already. Nothing was changed: renew it."
        }
        Conflict::CertificateThere => {
            "A certificate with this fingerprint is trusted already. Nothing was stored."
        }
        Conflict::DeviceRequestThere => "There is a request for this device already.",
        Conflict::InventoryRoleNameTaken => "An inventory role with this name exists already.",
        Conflict::ProjectNotEmpty => {
            "The project holds objects. Nothing was deleted: move them out or delete them first, or delete with \
             cascade=true."
        }
        Conflict::ProjectFull => {
            "The project holds as many objects as it may (maxObjects). Nothing was stored: delete or move some, or ask \
             for more."
        }
        Conflict::Hangs { object, below } => return hangs(object, below),
    };
    let error = match conflict {
        Conflict::HasChildren | Conflict::ProjectNotEmpty | Conflict::ProjectFull => CONFLICT.to_owned(),
        _ => format!("{}/Duplicate", area(endpoint)),
    };
    Problem::new(409, error, message)
}

const CONFLICT: &str = "inventory/conflict";

fn hangs(object: ObjectId, below: Option<ObjectId>) -> Problem {
    let what = below.map_or("an object that stays where it is".to_owned(), |below| {
        below.to_string()
    });
    let message =
        format!("managedObject {object} hangs below {what}. Nothing was moved: unlink it there first.");
    Problem::new(409, CONFLICT, message)
}

fn invalid_problem(endpoint: Endpoint, invalid: &Invalid) -> Problem {
    let message = match invalid {
        Invalid::Source(id) => format!("The source '{id}' does not exist. Nothing was stored."),
        Invalid::NotAChild { parent, kind, child } => {
            format!("managedObject {child} is not a child of {parent} ({})", kind.container())
        }
        Invalid::Cycle => "The child is the parent itself or above it: the edge would close a circle.".to_owned(),
        Invalid::OtherProject => {
            "The two objects lie in different projects, or one of them in none: no edge leads out of a project. \
             Move one of them first."
                .to_owned()
        }
        Invalid::ProjectPlace => "A project can neither hang below an object nor lie in another project.".to_owned(),
        Invalid::ProjectType => {
            "The type 'c8y_Project' is that of projects: POST /inventory/projects creates one.".to_owned()
        }
        Invalid::UnknownProject(id) => format!("The project '{id}' does not exist. Nothing was moved."),
        Invalid::MoveTooLarge => {
            "The hierarchy below is too large to be moved at once. Nothing was moved: move parts of it first.".to_owned()
        }
        Invalid::TooDeep => "The hierarchy would become too deep.".to_owned(),
        Invalid::CascadeTooLarge => {
            "The hierarchy below is too large to be deleted at once. Nothing was deleted: delete parts of it first."
                .to_owned()
        }
        Invalid::DocumentTooLarge => "The document is too large or has too many fragments. Nothing was stored.".to_owned(),
        Invalid::TooManyTypes(id) => {
            format!("The source '{id}' has measurements of too many different types. Nothing was stored.")
        }
        Invalid::QueryTooCostly => "The query would read too much. Narrow it by type, fragment, owner or ids, or ask for smaller pages.".to_owned(),
        Invalid::NoAgent(id) => {
            format!("The device '{id}' is no agent and hangs below none: nobody would take the operation.")
        }
        Invalid::ExpiryPast => format!("The '{EXPIRY_TIME}' must lie in the future. Nothing was stored."),
        Invalid::NoOperation(status) => {
            format!("The device has no such operation that is {}. Nothing was changed.", status.word())
        }
        Invalid::TooManyOperations => "The device has too many such operations. Nothing was changed: end them one by one.".to_owned(),
        Invalid::UnknownBulkOperation(id) => format!("The bulkOperation '{id}' does not exist. Nothing was stored."),
        Invalid::Decommissioning(reason) => reason.to_string(),
        Invalid::Disconnection(reason) => reason.to_string(),
        Invalid::Registration(reason) => reason.to_string(),
        Invalid::Certificate(reason) => reason.to_string(),
        Invalid::NotIssued(reason) => reason.to_string(),
        Invalid::PossessionWrong => {
            let message = "The code was not signed with the key of the certificate. Nothing was changed.";
            return Problem::new(400, format!("{}/Bad Request", area(endpoint)), message);
        }
        Invalid::ChainNotTrusted => {
            return Problem::new(401, "security/Unauthorized", "Invalid certificate chain!");
        }
        Invalid::Step(step) => format!("Nothing was changed: {step}."),
        Invalid::FileTooLarge => return Problem::body_too_large(FILE_BYTES_MAX as usize),
        Invalid::NoSpaceForFiles => {
            "The files of the tenant take as many bytes as they may. Nothing was stored: delete some first.".to_owned()
        }
        Invalid::SourceStays => "The source of an alarm cannot be changed. Nothing was changed.".to_owned(),
        Invalid::ChangeUnfiltered => "A change of many needs at least one filter. Nothing was changed.".to_owned(),
        Invalid::DeletionUnfiltered => {
            "Deleting needs at least one of source, dateFrom and dateTo (of events also createdFrom and createdTo). \
             Nothing was deleted.".to_owned()
        }
        Invalid::ServiceAccount => {
            "Names that begin with 'service_' are those of service accounts: they are made at \
             /user/{tenantId}/serviceAccounts and have keys instead of a password."
                .to_owned()
        }
        Invalid::ServiceName => "The name of a service account begins with 'service_'.".to_owned(),
        Invalid::BoundToProject => {
            "A service account that is bound to a project belongs to no group. Nothing was changed.".to_owned()
        }
        Invalid::TooManyKeys => format!(
            "The service account has {SERVICE_KEYS_MAX} keys already. Revoke one that is not used any more."
        ),
        Invalid::KeyExpiry => {
            format!("A key must expire in the future, and within {SERVICE_KEY_DAYS_MAX} days.")
        }
        Invalid::UnknownOwner => "The owner named does not exist.".to_owned(),
        Invalid::Password(weak) => weak.to_string(),
        Invalid::LastWayIn => {
            "People would have no way in any more. Nothing was changed: open another one first.".to_owned()
        }
        Invalid::NoContextPath => "A hosted application needs a contextPath that fits.".to_owned(),
        Invalid::NoArchives => "An external application has no binaries: they are somewhere else.".to_owned(),
        Invalid::NotAMicroservice => "Only microservices have a bootstrap user.".to_owned(),
        Invalid::ApplicationType => "The type of an application stays. Nothing was changed.".to_owned(),
        Invalid::NotForOthers => {
            "The application is private. Nothing was changed: set its availability to MARKET first.".to_owned()
        }
        Invalid::UnknownArchive => "The application has no binary of this id. Nothing was changed.".to_owned(),
        Invalid::Archive(bad) => format!("The archive was not kept: {bad}."),
        Invalid::ApplicationUser => {
            "This user comes and goes with its application, and has the roles that were granted to that: subscribe or \
             unsubscribe the tenant. Nothing was changed."
                .to_owned()
        }
        Invalid::FactorCode => "Invalid verification code. Nothing was changed.".to_owned(),
        Invalid::FactorStays => "The second factor stays. Nothing was changed.".to_owned(),
        Invalid::ResetOfNobody => "Only people choose passwords, and not those who come from an identity provider. Nothing was changed.".to_owned(),
        Invalid::ResetTokenExpired => "This token has expired. Nothing was changed: ask for another one.".to_owned(),
        Invalid::FactorOfNobody => "Only people have a second factor. Nothing was changed.".to_owned(),
        Invalid::SignOnSecret => {
            "The clientSecret that is kept was given for another issuer, clientId or tokenRequest.url. Nothing was changed: \
             give clientSecret again."
                .to_owned()
        }
        Invalid::LoginOptionThere => "This login option is there already.".to_owned(),
        Invalid::CurrentPassword => "The current password is not correct. Nothing was changed.".to_owned(),
        Invalid::UnknownRole => "A role or group named does not exist.".to_owned(),
        Invalid::LastAdministrator => {
            "The tenant would be left without an administrator who can sign in. Nothing was changed.".to_owned()
        }
        Invalid::SpecialGroup => "The groups 'admins' and 'devices' keep their names and cannot be deleted.".to_owned(),
        Invalid::SetupSecret(refused) => setup_text(*refused),
        Invalid::TenantStatus => "The tenant cannot be changed in this way now.".to_owned(),
        Invalid::ManagementTenant => "The management tenant can be neither suspended nor deleted.".to_owned(),
        Invalid::ProofRange => "There is no such proof: the log does not have these sizes or records.".to_owned(),
        Invalid::OwnerCycle => "Nobody can be above themselves.".to_owned(),
        Invalid::HierarchyTooDeep => {
            format!("There would be more than {HIERARCHY_DEPTH_MAX} users above one another.")
        }
        Invalid::OwnerHoldsLess => {
            "The user to be above does not hold everything that this user was given. Take it away first.".to_owned()
        }
        Invalid::Retention(bad) => format!("The retention rule is not valid: {bad}. Nothing was stored."),
        Invalid::RetentionEditable => {
            "Only the management tenant makes retention rules that are not editable. Nothing was stored.".to_owned()
        }
        Invalid::StatisticsDays => {
            format!("dateTo must not be before dateFrom, nor more than {STATISTICS_DAYS_MAX} days after it.")
        }
        Invalid::Origins(bad) => format!("The value is {bad}. Nothing was set."),
        Invalid::TooManyOptions => "The tenant has as many options as it may have. Nothing was set.".to_owned(),
        Invalid::UnknownObject(id) => format!("The managedObject '{id}' does not exist. Nothing was stored."),
        Invalid::RulesOnUnknown(rules) => rules_on_unknown(rules),
        Invalid::UnknownInventoryRole => "An inventory role named does not exist. Nothing was stored.".to_owned(),
        Invalid::UnknownHolder => "A user or group named does not exist. Nothing was stored.".to_owned(),
        Invalid::AssignmentObject => {
            "An assignment stays on its object. Nothing was changed: make another one for another object.".to_owned()
        }
        Invalid::TooMany(bound) => too_many(*bound),
        Invalid::ReservedType => "Records of this type are written by the platform only. Nothing was stored.".to_owned(),
    };
    Problem::new(422, format!("{}/Invalid Data", area(endpoint)), message)
}

fn rules_on_unknown(rules: &[(usize, ObjectId)]) -> String {
    const NAMED_MAX: usize = 20;
    let lines = rules.iter().take(NAMED_MAX);
    let lines: Vec<_> = lines
        .map(|(number, id)| format!("line {number}: the managedObject '{id}' does not exist"))
        .collect();
    format!("Nothing was stored; {}.", lines.join("; "))
}

fn too_many(bound: Bound) -> String {
    let (most, what) = match bound {
        Bound::RolePermissions => (INVENTORY_ROLE_PERMISSIONS_MAX, "permissions of an inventory role"),
        Bound::Roles => (INVENTORY_ROLES_MAX, "inventory roles of a tenant"),
        Bound::AssignmentRoles => (ASSIGNMENT_ROLES_MAX, "inventory roles of an assignment"),
        Bound::Assignments => (
            ASSIGNMENTS_MAX,
            "assignments of inventory roles to a user or group",
        ),
        Bound::PermissionsOnObject => (
            PERMISSIONS_ON_OBJECT_MAX,
            "permissions of a user or group on an object",
        ),
        Bound::Applications => (APPLICATIONS_MAX, "applications of a tenant"),
        Bound::DeviceObjects => (DEVICE_OBJECTS_MAX, "managed objects of a device's user"),
        Bound::OpenOperations => (
            OPERATIONS_OPEN_PER_DEVICE_MAX,
            "operations of a device that are not finished",
        ),
        Bound::Archives => (ARCHIVES_MAX, "binaries of an application: delete some first"),
        Bound::Tags => (VERSION_TAGS_MAX, "tags on a version"),
        Bound::Subscriptions => (
            APPLICATION_SUBSCRIPTIONS_MAX,
            "tenants that are subscribed to an application",
        ),
        Bound::OpenBulkOperations => (
            BULK_OPEN_MAX,
            "bulk operations of a tenant that have not asked every device yet",
        ),
        Bound::RemoteConfigurations => (
            REMOTE_CONFIGURATIONS_MAX,
            "configurations of remote access of a device",
        ),
        Bound::SignOnMappings => (
            SIGN_ON_MAPPINGS_MAX,
            "mappings of one kind of an identity provider",
        ),
        Bound::SignOnLinks => (SIGN_ON_LINKS_MAX, "users linked to an identity provider"),
        Bound::ApplicationRoles => (
            APPLICATION_ROLES_HELD_MAX,
            "roles of microservices that a user or group is given",
        ),
        Bound::RetentionRules => (RETENTION_RULES_MAX, "retention rules of a tenant"),
        Bound::MqttSessions => (
            MQTT_SESSIONS_KEPT_PER_PRINCIPAL_MAX,
            "sessions over MQTT of one user that outlive their connections",
        ),
        Bound::NotificationSubscriptions => (
            NOTIFICATION_SUBSCRIPTIONS_MAX,
            "subscriptions to notifications of a tenant",
        ),
        Bound::Subscribers => (SUBSCRIBERS_MAX, "subscribers to notifications of a tenant"),
        Bound::GrantedObjects => (
            GRANTED_OBJECTS_MAX,
            "objects on which a user or group has permissions of its own: group objects, and give permissions on the group",
        ),
    };
    format!("There may be at most {most} {what}. Nothing was stored.")
}

fn setup_text(refused: SetupRefused) -> String {
    refused.to_string()
}
