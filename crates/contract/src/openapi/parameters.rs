//! Parameters of paths and queries.

use crate::endpoint::{Declaration, Kind, Parameter};
use crate::endpoints::Endpoint;
use crate::processing::{HEADER, modes};
use crate::units;
use serde_json::{Value, json};

/// The parameters of an endpoint: those of the path in their order, then those of the query.
pub(super) fn of(resource: &str, declaration: &Declaration) -> Vec<Value> {
    let path = placeholders(resource, declaration.path).into_iter().map(in_path);
    path.chain(declaration.query.iter().copied().flatten().map(in_query))
        .chain(declaration.errors.contains(&412).then(if_match))
        .collect()
}

/// Every change that can find something in another state than expected may say in which it expects it.
fn if_match() -> Value {
    json!({
        "name": "If-Match",
        "in": "header",
        "required": false,
        "description": "The `ETag` of what is changed, as it was read.",
        "schema": { "type": "string" },
    })
}

/// The processing mode, where there is a choice.
pub(super) fn mode(endpoint: Endpoint) -> Option<Value> {
    let words: Vec<_> = modes(endpoint).iter().map(|mode| mode.word()).collect();
    let schema = json!({ "type": "string", "enum": words, "default": "PERSISTENT" });
    (words.len() > 1).then(|| {
        json!({
            "name": HEADER,
            "in": "header",
            "required": false,
            "description": "`PERSISTENT` stores and tells, `QUIESCENT` stores and tells nobody, `TRANSIENT` tells and does not store.",
            "schema": schema,
        })
    })
}

/// The system of units, where values with units are shown.
pub(super) fn units(endpoint: Endpoint) -> Option<Value> {
    units::converts(endpoint).then(|| {
        json!({
            "name": units::HEADER,
            "in": "header",
            "required": false,
            "description": "The system of units in which values are shown; without it, as they were sent.",
            "schema": { "type": "string", "enum": units::SYSTEMS },
        })
    })
}

/// A placeholder of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placeholder<'p> {
    /// Its name, without braces.
    pub name: &'p str,
    /// What it stands for.
    pub about: &'static str,
    /// Whether only decimal identifiers fit.
    pub is_id: bool,
}

/// The placeholders of a path in their order.
pub fn placeholders<'p>(resource: &str, path: &'p str) -> Vec<Placeholder<'p>> {
    let inner = |segment: &'p str| segment.strip_prefix('{')?.strip_suffix('}');
    path.split('/')
        .filter_map(inner)
        .map(|name| explained(resource, name))
        .collect()
}

fn explained<'p>(resource: &str, name: &'p str) -> Placeholder<'p> {
    let (about, is_id) = match (resource, name) {
        ("inventory" | "identity" | "explain" | "binaries", "id") => ("The managed object.", true),
        ("disconnection" | "remote_access", "id") => ("The device.", true),
        (_, "configurationId") => ("The configuration.", true),
        (_, "connectionKey") => (
            "The key with which the device was asked to connect: good once.",
            false,
        ),
        (_, "operationId") => ("The operation that asked the device to connect.", true),
        ("measurements", "id") => ("The measurement.", true),
        ("events", "id") => ("The event.", true),
        ("alarms", "id") => ("The alarm.", true),
        ("operations", "id") => ("The operation.", true),
        ("bulk_operations", "id") => ("The bulk operation.", true),
        ("notifications", "id") => ("The subscription.", true),
        ("projects", "id") => ("The project.", true),
        ("audit", "id") => ("The record.", true),
        ("single_sign_on", "id") => ("The mapping.", true),
        ("retention", "id") => ("The retention rule.", true),
        ("statistics", "id") => ("The file.", true),
        ("statistics", "date") => ("The day, as YYYY-MM-DD; of a month, any of its days.", false),
        ("statistics", "month") => ("Any day of the month, as YYYY-MM-DD.", false),
        ("inventory_roles", "id") => ("The inventory role.", true),
        ("permissions", "id") => (
            "The assignment or managed object; `*` stands for every object.",
            false,
        ),
        ("applications", "name") => ("The application's name.", false),
        ("applications", "version") => ("The version.", false),
        ("applications", "id") | (_, "applicationId") => ("The application.", true),
        (_, "binaryId") => ("The archive.", true),
        (_, "contextPath") => (
            "Where the application is served; with `@` and a version behind it, that one.",
            false,
        ),
        (_, "file") => ("The path of the file, which may have slashes.", false),
        (_, "childId") => ("The child.", true),
        (_, "groupId") => ("The group.", true),
        (_, "type") => ("The type of the external id.", false),
        (_, "externalId") => ("The external id.", false),
        (_, "tenantId") => ("The tenant.", false),
        (_, "userId" | "username") => ("The user's name.", false),
        (_, "fingerprint") => (
            "The fingerprint of the certificate: 40 hexadecimal digits.",
            false,
        ),
        (_, "keyId") => ("The key.", true),
        (_, "sessionId") => ("The session.", false),
        (_, "requestId") => ("The device.", false),
        ("realtime", "kind") => ("The kind of data, in the older addresses.", false),
        (_, "groupName") => ("The group's name.", false),
        (_, "roleId" | "name") => ("The role's name.", false),
        (_, "category") => ("The option's category.", false),
        (_, "key") => ("The option's key.", false),
        (_, "featureKey") => ("The key of the feature.", false),
        (_, "typeOrId") => (
            "The kind of way in: `BASIC`, `OAUTH2_INTERNAL` or `OAUTH2`; case does not matter.",
            false,
        ),
        _ => ("", false),
    };
    Placeholder { name, about, is_id }
}

fn in_path(placeholder: Placeholder<'_>) -> Value {
    let schema = match placeholder.is_id {
        true => json!({ "type": "string", "pattern": "^[1-9][0-9]{0,15}$" }),
        false => json!({ "type": "string", "minLength": 1 }),
    };
    json!({
        "name": placeholder.name,
        "in": "path",
        "required": true,
        "description": placeholder.about,
        "schema": schema,
    })
}

fn in_query(parameter: &Parameter) -> Value {
    let mut value = json!({
        "name": parameter.name,
        "in": "query",
        "required": parameter.required,
        "description": parameter.about,
        "schema": schema(parameter.kind),
    });
    if let (Kind::List, Value::Object(members)) = (parameter.kind, &mut value) {
        members.insert("style".to_owned(), "form".into());
        members.insert("explode".to_owned(), false.into());
    }
    value
}

fn schema(kind: Kind) -> Value {
    match kind {
        Kind::Text => json!({ "type": "string" }),
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Number => json!({ "type": "integer", "minimum": 0 }),
        Kind::Date => json!({
            "type": "string",
            "description": "ISO 8601: a date, or a date with time; without an offset it is UTC.",
            "examples": ["2026-11-21", "2026-11-21T07:40:22.219Z"],
        }),
        Kind::List => json!({ "type": "array", "items": { "type": "string" } }),
    }
}

/// What a parameter takes, in one or two words.
pub fn kind_in_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Bool => "true or false",
        Kind::Number => "number",
        Kind::Date => "date or time",
        Kind::List => "list",
    }
}
