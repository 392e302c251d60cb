//! The API document: OpenAPI 3.1, made from the declarations and from nothing else, so that it cannot differ from what
//! is served. Keys are sorted, so that the same declarations give the same text.

mod content;
mod need;
mod parameters;

pub use content::{is_answered_as_sent, media_of, schema_of_media};
pub use need::in_words;
pub use parameters::{Placeholder, kind_in_words, placeholders};

use crate::endpoint::{Declaration, Method};
use crate::endpoints::Endpoint;
use crate::schemas;
use policy::operation::{AuditClass, Need, RateClass};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// The document.
pub fn document() -> &'static Value {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(make);
    &DOCUMENT
}

/// The document as text: indented, with a line feed at its end.
pub fn text() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| format!("{:#}\n", document()));
    &TEXT
}

/// The name of an endpoint's operation in the document, unique: `inventory_list_child_devices`.
pub fn operation_id(endpoint: Endpoint) -> String {
    let mut id = endpoint.resource().to_owned();
    for letter in endpoint.declaration().name.chars() {
        if letter.is_ascii_uppercase() {
            id.push('_');
        }
        id.push(letter.to_ascii_lowercase());
    }
    id
}

/// What a resource is, in one line.
pub fn resource_in_words(endpoint: Endpoint) -> &'static str {
    match endpoint {
        Endpoint::Platform(_) => "The interface itself: entry points and this document.",
        Endpoint::Inventory(_) => "Managed objects: devices, groups, assets, and the edges between them.",
        Endpoint::Identity(_) => "External ids: the names under which devices know themselves.",
        Endpoint::Measurements(_) => "What devices measure, as documents and as series.",
        Endpoint::Events(_) => "What happened at devices, and files attached to it.",
        Endpoint::Alarms(_) => "What is wrong with devices, until it is cleared.",
        Endpoint::Binaries(_) => "Files in the inventory.",
        Endpoint::Audit(_) => "The audit log: records that nobody can change, and proofs that nobody did.",
        Endpoint::Explain(_) => {
            "Rights explained: what somebody can do and why, who can, what rules would change, what was refused."
        }
        Endpoint::Users(_) => "Users, groups and roles of a tenant, and one's own user.",
        Endpoint::Projects(_) => "Projects: sandboxed parts of a tenant with members of their own.",
        Endpoint::ServiceAccounts(_) => "Service accounts: users for other systems, and their keys.",
        Endpoint::Tenants(_) => "Tenants: separate realms with their own users, data and keys.",
        Endpoint::Sessions(_) => "Sessions: what a password is given for once, and how they end.",
        Endpoint::Features(_) => "Feature toggles, of which there are none.",
        Endpoint::PasswordReset(_) => {
            "Password resets: a new password for those who do not know theirs any more."
        }
        Endpoint::SecondFactor(_) => "Second factors: codes of an authenticator, beside the password.",
        Endpoint::LoginOptions(_) => "Login options: the ways in which a tenant lets its users in.",
        Endpoint::SingleSignOn(_) => {
            "Single sign-on: which rights follow from what the identity provider says."
        }
        Endpoint::InventoryRoles(_) => "Inventory roles: named sets of permissions on objects and fragments.",
        Endpoint::Permissions(_) => "Permissions on objects and fragments: who holds which, and where.",
        Endpoint::BulkOperations(_) => {
            "Bulk operations: one operation for each device of a group, spread over time."
        }
        Endpoint::Operations(_) => "Operations: what devices are asked to do, and what became of it.",
        Endpoint::RemoteAccess(_) => "Remote access: tunnels to what runs at a device, opened by the device.",
        Endpoint::Disconnection(_) => {
            "Disconnection: one device is kept out, let back in, or taken out of service."
        }
        Endpoint::Registration(_) => "Registration: how devices come in, one by one or from a file.",
        Endpoint::Certificates(_) => {
            "Certificates: below which of them devices are let in, and which are revoked."
        }
        Endpoint::Applications(_) => {
            "Applications: what a tenant owns and is subscribed to, and the files that browsers load."
        }
        Endpoint::Realtime(_) => "Realtime notifications: what happens, told while it happens.",
        Endpoint::Mqtt(_) => "MQTT over WebSockets: for clients that have no other way to it.",
        Endpoint::Notifications(_) => {
            "Reliable notifications: what happens, kept for subscribers until they acknowledge it."
        }
        Endpoint::Retention(_) => "Retention rules: which data is removed when it has become too old.",
        Endpoint::Software(_) => "Software that is installed on devices, as they have told it.",
        Endpoint::Statistics(_) => {
            "Usage statistics: what tenants and their devices did, and how much they have."
        }
        Endpoint::Options(_) => {
            "Tenant options: settings of a tenant; and the platform's own, as far as it may know them."
        }
    }
}

/// How it shows in the audit log when it was allowed.
pub fn audit_in_words(class: AuditClass) -> &'static str {
    match class {
        AuditClass::Each => "one record for each request",
        AuditClass::Batch => "one record for each caller and commit, with count and digest",
        AuditClass::Read => "one record for each read",
        AuditClass::Quiet => "nothing when allowed",
    }
}

/// The name of a rate class.
pub fn rate_name(class: RateClass) -> &'static str {
    match class {
        RateClass::Ingest => "ingest",
        RateClass::Read => "read",
        RateClass::Write => "write",
        RateClass::Poll => "poll",
        RateClass::Secret => "secret",
    }
}

/// The name of an audit class.
fn audit_name(class: AuditClass) -> &'static str {
    match class {
        AuditClass::Each => "each",
        AuditClass::Batch => "batch",
        AuditClass::Read => "read",
        AuditClass::Quiet => "quiet",
    }
}

/// Statuses of errors that an endpoint may answer with: its own, and those of every endpoint.
pub fn errors_of(declaration: &Declaration) -> Vec<u16> {
    let signed_in = (declaration.operation.need != Need::Public).then_some(401);
    // Of a processing mode that is not taken.
    let in_mode = (declaration.method != Method::Get).then_some(422);
    let mut statuses: Vec<u16> = declaration
        .errors
        .iter()
        .copied()
        .chain(signed_in)
        .chain(in_mode)
        .chain([429, 500, 503])
        .collect();
    statuses.sort_unstable();
    statuses.dedup();
    statuses
}

/// What the status of an error means.
pub fn error_in_words(status: u16) -> &'static str {
    match status {
        302 => "Elsewhere, as `Location` says.",
        304 => "As `If-None-Match` says.",
        400 => "The body could not be read.",
        401 => "Not signed in, or wrongly.",
        403 => "Signed in, but not allowed.",
        404 => "Not there, or not for this caller to know.",
        409 => "In the way of something that is there already.",
        412 => "Not in the state any more that `If-Match` names; nothing was changed.",
        413 => "The body is too large.",
        415 => "The body is of a media type that is not taken here.",
        416 => "The file does not have the bytes that `Range` asks for.",
        426 => "Only over a WebSocket: ask to change to one.",
        422 => "Understood, but it cannot be done as it was asked.",
        429 => "Too many attempts: wait.",
        500 => "A fault of the platform; the message has the id under which it is logged.",
        503 => "Busy: nothing was changed, try again.",
        _ => "Refused.",
    }
}

fn make() -> Value {
    let schemas: Map<String, Value> = schemas::all()
        .iter()
        .map(|(name, schema)| ((*name).to_owned(), schema.clone()))
        .collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Holdfast",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "The REST interface of Holdfast, a multi-tenant IoT cloud.",
            "description": ABOUT,
            "license": { "name": "Apache License 2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "security": [{ "basicAuth": [] }, { "serviceKey": [] }, { "session": [] }, { "cookie": [], "xsrf": [] }],
        "tags": tags(),
        "paths": paths(),
        "components": {
            "schemas": schemas,
            "responses": content::errors(),
            "headers": content::headers(),
            "securitySchemes": {
                "basicAuth": {
                    "type": "http",
                    "scheme": "basic",
                    "description": "`<tenant>/<user>` and the password; the tenant may be left out where the host name \
                                    names it.",
                },
                "serviceKey": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A key of a service account (`hfk_…`). It may also be sent as the password of the \
                                    account's user.",
                },
                "session": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "The token of a session of a person (`POST /tenant/oauth/token`).",
                },
                "cookie": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "authorization",
                    "description": "The token of a session, as `POST /tenant/oauth` sets it in a browser.",
                },
                "xsrf": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "X-XSRF-TOKEN",
                    "description": "With the cookie, and with every request that is not GET or HEAD: the value of the \
                                    cookie `XSRF-TOKEN`.",
                },
            },
        },
    })
}

const ABOUT: &str = "Every endpoint names what it needs in `x-required-permission`, what it leaves in the audit log \
    in `x-audit` and how it is limited in `x-rate-class`. Its own media types and `application/json` are the same; \
    media types are compared without regard to case. A change without an `Accept` header is answered without a body. \
    Refusals are recorded, whatever the endpoint. Where an endpoint takes `If-Match`, reading the same resource \
    answers an `ETag`: a change that sends it back is refused if somebody else was faster.";

fn tags() -> Vec<Value> {
    let mut tags: Vec<Value> = Vec::new();
    let mut last = "";
    for endpoint in Endpoint::all() {
        if endpoint.resource() != last {
            last = endpoint.resource();
            tags.push(json!({ "name": last, "description": resource_in_words(endpoint) }));
        }
    }
    tags
}

fn paths() -> Map<String, Value> {
    let mut paths = Map::new();
    for endpoint in Endpoint::all() {
        let declaration = endpoint.declaration();
        let path = paths
            .entry(declaration.path)
            .or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(methods) = path {
            methods.insert(
                method_key(declaration.method).to_owned(),
                operation(endpoint, &declaration),
            );
        }
    }
    paths
}

fn method_key(method: Method) -> &'static str {
    match method {
        Method::Get => "get",
        Method::Post => "post",
        Method::Put => "put",
        Method::Delete => "delete",
    }
}

fn operation(endpoint: Endpoint, declaration: &Declaration) -> Value {
    let mut operation = Map::new();
    let mut set = |key: &str, value: Value| operation.insert(key.to_owned(), value);
    set("operationId", operation_id(endpoint).into());
    set("tags", json!([endpoint.resource()]));
    set("summary", declaration.about.into());
    set("description", description(declaration).into());
    set("x-required-permission", need::in_json(declaration.operation));
    set("x-audit", audit_name(declaration.operation.audit).into());
    set("x-rate-class", rate_name(declaration.operation.rate).into());
    set("responses", content::responses(declaration));
    if declaration.operation.need == Need::Public {
        set("security", json!([]));
    }
    let mut parameters = parameters::of(endpoint.resource(), declaration);
    parameters.extend(parameters::mode(endpoint));
    parameters.extend(parameters::units(endpoint));
    if !parameters.is_empty() {
        set("parameters", parameters.into());
    }
    if let Some(body) = &declaration.body {
        set("requestBody", content::request(body));
    }
    Value::Object(operation)
}

fn description(declaration: &Declaration) -> String {
    let operation = declaration.operation;
    let (needs, leaves) = (in_words(operation), audit_in_words(operation.audit));
    format!(
        "{} Needs: {needs}. In the audit log: {leaves}.",
        declaration.about
    )
}
