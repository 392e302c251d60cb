//! Errors as the API shows them: `{"error":"<area>/<Kind>","message":"…","info":"…"}` with its own media type.
//!
//! The mapping from refusals is exhaustive: a new refusal does not compile until it has a status and a text here.

mod names;

use crate::answer::Answer;
use crate::call::Call;
use contract::body::BadBody;
use contract::endpoints::Endpoint;
use contract::form::BadForm;
use contract::json::BadJson;
use engine::refusal::SetupRefused;
use engine::refusal::{Bound, Conflict, FaultId, Invalid, Missing, Refusal};
use http::header::{ALLOW, RETRY_AFTER, UPGRADE, WWW_AUTHENTICATE};
use model::ids::ObjectId;
use model::json::Object;
use model::limits::{
    ASSIGNMENT_ROLES_MAX, ASSIGNMENTS_MAX, BULK_OPEN_MAX, FILE_BYTES_MAX, GRANTED_OBJECTS_MAX,
    HIERARCHY_DEPTH_MAX, INVENTORY_ROLE_PERMISSIONS_MAX, INVENTORY_ROLES_MAX, PERMISSIONS_ON_OBJECT_MAX,
    SERVICE_KEY_DAYS_MAX, SERVICE_KEYS_MAX,
};
use names::{area, what};

/// An error on its way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    status: u16,
    error: String,
    message: String,
    retry_after_seconds: Option<u64>,
    challenge: Option<&'static str>,
    allow: Option<String>,
}

/// Where more is said.
const INFO: &str = "/api";

/// A tenant's storage comes back when a person has restored it and started the program anew.
const STORAGE_RETRY_SECONDS: u64 = 60;

impl Problem {
    fn new(status: u16, error: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            status,
            error: error.into(),
            message: message.into(),
            retry_after_seconds: None,
            challenge: None,
            allow: None,
        }
    }

    /// Not, or wrongly, signed in. A console asks for `XBasic`, so that no browser prompt appears.
    pub(crate) fn not_signed_in(from_console: bool) -> Self {
        let challenge = if from_console {
            "XBasic realm=\"holdfast\""
        } else {
            "Basic realm=\"holdfast\""
        };
        Self {
            challenge: Some(challenge),
            ..Self::new(
                401,
                "security/Unauthorized",
                "Invalid credentials! : Bad credentials",
            )
        }
    }

    /// No endpoint has this path.
    pub(crate) fn unknown_path() -> Self {
        Self::new(
            404,
            "general/Not Found",
            "There is nothing at this path. GET /platform lists the entry points.",
        )
    }

    /// The path has other methods.
    pub(crate) fn other_method(methods: &[&str]) -> Self {
        let methods = methods.join(", ");
        let message = format!("This path does not have this method; it has {methods}.");
        Self {
            allow: Some(methods),
            ..Self::new(405, "general/Method Not Allowed", message)
        }
    }

    /// The request target is too long.
    pub(crate) fn target_too_long() -> Self {
        Self::new(414, "general/URI Too Long", "The path and query are too long.")
    }

    /// The body is larger than this endpoint reads.
    pub(crate) fn body_too_large(most: usize) -> Self {
        let message = format!("The body is larger than {most} bytes. Nothing was stored; send less at once.");
        Self::new(413, "general/Payload Too Large", message)
    }

    /// The body did not arrive.
    pub(crate) fn body_incomplete() -> Self {
        Self::new(
            400,
            "general/Bad Request",
            "The body did not arrive completely. Nothing was stored.",
        )
    }

    /// The body is of another type.
    pub(crate) fn not_json() -> Self {
        Self::new(
            415,
            "general/Unsupported Media Type",
            "The body must be plain JSON: set Content-Type to application/json, and no Content-Encoding.",
        )
    }

    /// The body is a file that a page of another site sends.
    pub(crate) fn other_site() -> Self {
        Self::new(
            403,
            "security/Forbidden",
            "Access is denied. Pages of other sites send no files here: the Origin is another one. Nothing was stored.",
        )
    }

    /// The body is a form that a page of another site sends.
    pub(crate) fn other_sites_form() -> Self {
        Self::new(
            403,
            "security/Forbidden",
            "Access is denied. Pages of other sites sign nobody in here: the Origin is another one.",
        )
    }

    /// The body is no form, or has a field twice.
    pub(crate) fn not_form() -> Self {
        Self::new(
            400,
            "general/Bad Request",
            "The body must be a form in UTF-8 with every field once.",
        )
    }

    /// Two parameters that cannot stand together.
    pub(crate) fn contradiction(call: &Call, one: &str, other: &str) -> Self {
        let message = format!("The parameters '{one}' and '{other}' cannot be given together.");
        Self::new(400, format!("{}/Bad Request", area(call.endpoint)), message)
    }

    /// The endpoint speaks WebSocket, and the request does not ask for it.
    pub(crate) fn no_upgrade() -> Self {
        Self::new(
            426,
            "general/Upgrade Required",
            "This path is a WebSocket for GET: ask for the upgrade over HTTP/1.1 (RFC 6455), or send messages with POST.",
        )
    }

    /// A page of another site has a browser open a WebSocket with the credential that the browser keeps.
    pub(crate) fn other_page() -> Self {
        Self::new(
            403,
            "security/Forbidden",
            "Access is denied. Pages of other sites send their credential inside of the handshake.",
        )
    }

    /// The file does not have the bytes that are asked for.
    pub(crate) fn no_such_range() -> Self {
        Self::new(
            416,
            "general/Range Not Satisfiable",
            "The file does not have the bytes that Range asks for; Content-Range tells its length.",
        )
    }

    /// The body is no form.
    pub(crate) fn form(call: &Call, bad: BadForm) -> Self {
        Self::new(
            400,
            format!("{}/Bad Request", area(call.endpoint)),
            bad.to_string(),
        )
    }

    /// The body is no text in UTF-8.
    pub(crate) fn not_text() -> Self {
        Self::new(
            400,
            "general/Bad Request",
            "The body must be text in UTF-8. Nothing was stored.",
        )
    }

    /// The body is no JSON that is taken in.
    pub(crate) fn json(endpoint: Endpoint, bad: BadJson) -> Self {
        Self::new(400, format!("{}/Bad Request", area(endpoint)), bad.to_string())
    }

    /// The body is JSON, but not what is needed.
    pub(crate) fn body(call: &Call, bad: &BadBody) -> Self {
        let error = match bad {
            BadBody::Missing(_) => "undefined/validationError".to_owned(),
            _ => format!("{}/Invalid Data", area(call.endpoint)),
        };
        Self::new(422, error, bad.to_string())
    }

    /// A parameter is not what it must be.
    pub(crate) fn bad_parameter(call: &Call, name: &str, expected: &str) -> Self {
        let message = format!("The parameter '{name}' must be {expected}.");
        Self::new(422, format!("{}/Invalid Data", area(call.endpoint)), message)
    }

    /// A parameter that must be there is not.
    pub(crate) fn missing_parameters(call: &Call, names: &[&str]) -> Self {
        let message = format!(
            "Following mandatory parameters should be included: {}",
            names.join(",")
        );
        Self::new(422, format!("{}/Invalid Data", area(call.endpoint)), message)
    }

    /// The query is not of the query language.
    pub(crate) fn query(call: &Call, bad: &query::fault::BadQuery) -> Self {
        let message = format!("Find by filter query failed : Query could not be understood. {bad}");
        Self::new(422, format!("{}/Invalid Data", area(call.endpoint)), message)
    }

    /// The path names something by what can be no identifier.
    pub(crate) fn no_such_id(call: &Call, text: &str) -> Self {
        not_found(area(call.endpoint), what(call.endpoint), text)
    }

    /// The refusal of a request to this endpoint.
    pub(crate) fn refused(endpoint: Endpoint, refusal: Refusal) -> Self {
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
            Refusal::Missing(missing) => missing_problem(&missing),
            Refusal::Invalid(Invalid::LoginOptionThere) => Self::new(
                400,
                format!("{}/Duplicate", area(endpoint)),
                "This login option is there already. Nothing was changed: PUT changes it.",
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

    /// The answer.
    pub(crate) fn into_answer(self, origin: &str) -> Answer {
        let mut body = Object::new();
        body.set("error", self.error);
        body.set("message", self.message);
        body.set("info", format!("{origin}{INFO}"));
        let mut answer = Answer::json(self.status, "error", &body);
        if let Some(seconds) = self.retry_after_seconds {
            answer = answer.with(RETRY_AFTER, seconds.to_string());
        }
        if let Some(challenge) = self.challenge {
            answer = answer.with(WWW_AUTHENTICATE, challenge);
        }
        if let Some(allow) = self.allow {
            answer = answer.with(ALLOW, allow);
        }
        if self.status == 426 {
            answer = answer.with(UPGRADE, "websocket");
        }
        answer
    }
}

fn fault(id: FaultId) -> Problem {
    let message = format!(
        "Something failed on our side. What was acknowledged before is safe. Tell the operator this id: {id}"
    );
    Problem::new(500, "general/Internal Server Error", message)
}

fn not_found(area: &str, what: &str, id: &str) -> Problem {
    let message = format!(
        "Finding {what} from database failed : No {what} for id '{}'!",
        contract::body::shown(id)
    );
    Problem::new(404, format!("{area}/Not Found"), message)
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
        Missing::Operation(id) => not_found("devicecontrol", "operation", &id.to_string()),
        Missing::BulkOperation(id) => not_found("devicecontrol", "bulkOperation", &id.to_string()),
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
        Missing::Option(name) => not_found("options", "option", name),
        Missing::LoginOption(name) => not_found("tenants", "loginOption", name),
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
        Conflict::HasChildren => {
            "The object has children. Nothing was deleted: unlink them first, or delete with cascade=true."
        }
        Conflict::RoleHeld => "This role is held already.",
        Conflict::UsersBelow => {
            "There are users below this user. Put them below another one or delete them first."
        }
        Conflict::AlarmOpen => "Another alarm of this source and type is not cleared. Nothing was changed.",
        Conflict::BulkBegun => {
            "The bulk operation has begun. Nothing was changed: cancel it and plan another one."
        }
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
        Invalid::UnknownBulkOperation(id) => format!("The bulkOperation '{id}' does not exist. Nothing was stored."),
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
        Invalid::DelegateManagesNobody => {
            "The user to whom users are to be lent may not manage any: it needs ROLE_USER_MANAGEMENT_CREATE.".to_owned()
        }
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
        Bound::OpenBulkOperations => (
            BULK_OPEN_MAX,
            "bulk operations of a tenant that have not asked every device yet",
        ),
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
