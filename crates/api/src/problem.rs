//! Errors as the API shows them: `{"error":"<area>/<Kind>","message":"…","info":"…"}` with its own media type.
//!
//! The mapping from refusals is exhaustive: a new refusal does not compile until it has a status and a text here.

use crate::answer::Answer;
use crate::call::Call;
use contract::body::BadBody;
use contract::endpoints::Endpoint;
use contract::json::BadJson;
use engine::refusal::SetupRefused;
use engine::refusal::{Conflict, FaultId, Invalid, Missing, Refusal};
use http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use model::json::Object;

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
            Refusal::Missing(missing) => missing_problem(&missing),
            Refusal::Conflict(conflict) => conflict_problem(endpoint, conflict),
            Refusal::Invalid(invalid) => invalid_problem(endpoint, &invalid),
            Refusal::Busy => Self {
                retry_after_seconds: Some(1),
                ..Self::new(
                    503,
                    "general/Service Unavailable",
                    "The platform is busy. Nothing was changed; try again in a moment.",
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
        answer
    }
}

fn fault(id: FaultId) -> Problem {
    let message = format!(
        "Something failed on our side. What was acknowledged before is safe. Tell the operator this id: {id}"
    );
    Problem::new(500, "general/Internal Server Error", message)
}

/// The first part of `error`: the names that clients know.
fn area(endpoint: Endpoint) -> &'static str {
    match endpoint {
        Endpoint::Platform(_) => "general",
        Endpoint::Inventory(_) => "inventory",
        Endpoint::Identity(_) => "identity",
        Endpoint::Measurements(_) => "measurement",
        Endpoint::Audit(_) => "audit",
        Endpoint::Users(_) => "users",
        Endpoint::Tenants(_) => "tenants",
    }
}

fn what(endpoint: Endpoint) -> &'static str {
    match endpoint {
        Endpoint::Platform(_) => "resource",
        Endpoint::Inventory(_) | Endpoint::Identity(_) => "managedObject",
        Endpoint::Measurements(_) => "measurement",
        Endpoint::Audit(_) => "auditRecord",
        Endpoint::Users(_) => "group",
        Endpoint::Tenants(_) => "tenant",
    }
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
        Missing::AuditRecord(id) => not_found("audit", "auditRecord", &id.to_string()),
        Missing::User(name) => not_found("users", "user", name),
        Missing::Group(id) => not_found("groups", "group", &id.to_string()),
        Missing::GroupNamed(name) => not_found("groups", "group", name),
        Missing::Role(name) => not_found("users", "role", name),
        Missing::Tenant(id) => not_found("security", "tenant", id),
    }
}

fn conflict_problem(endpoint: Endpoint, conflict: Conflict) -> Problem {
    let message = match conflict {
        Conflict::ExternalIdTaken => "This external id is bound to an object already.",
        Conflict::UserNameTaken => "A user with this name exists already.",
        Conflict::GroupNameTaken => "A group with this name exists already.",
        Conflict::TenantIdTaken => "A tenant with this id exists already.",
        Conflict::DomainTaken => "A tenant with this domain exists already.",
        Conflict::HasChildren => {
            "The object has children. Nothing was deleted: unlink them first, or delete with cascade=true."
        }
        Conflict::RoleHeld => "This role is held already.",
    };
    let error = match conflict {
        Conflict::HasChildren => "inventory/conflict".to_owned(),
        _ => format!("{}/Duplicate", area(endpoint)),
    };
    Problem::new(409, error, message)
}

fn invalid_problem(endpoint: Endpoint, invalid: &Invalid) -> Problem {
    let message = match invalid {
        Invalid::Source(id) => format!("The source '{id}' does not exist. Nothing was stored."),
        Invalid::NotAChild { parent, kind, child } => {
            format!("managedObject {child} is not a child of {parent} ({})", kind.container())
        }
        Invalid::Cycle => "The child is the parent itself or above it: the edge would close a circle.".to_owned(),
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
        Invalid::DeletionUnfiltered => {
            "Deleting needs at least one of source, dateFrom and dateTo. Nothing was deleted.".to_owned()
        }
        Invalid::UnknownOwner => "The owner named does not exist.".to_owned(),
        Invalid::Password(weak) => weak.to_string(),
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
        Invalid::ReservedType => "Records of this type are written by the platform only. Nothing was stored.".to_owned(),
    };
    Problem::new(422, format!("{}/Invalid Data", area(endpoint)), message)
}

fn setup_text(refused: SetupRefused) -> String {
    refused.to_string()
}
