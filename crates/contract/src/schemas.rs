//! The shapes of JSON bodies by name, as JSON Schema (draft 2020-12, as OpenAPI 3.1 wants it).
//!
//! They describe what is sent and answered; the reading of bodies is in the files of the resources. Nothing here knows
//! which endpoint uses which shape.

mod alarms;
mod applications;
mod audit;
mod bulk_operations;
mod certificates;
mod disconnection;
mod events;
mod explain;
mod features;
mod identity;
mod inventory;
mod measurements;
mod notifications;
mod operations;
mod options;
mod password_reset;
mod permissions;
mod platform;
mod projects;
mod realtime;
mod registration;
mod remote_access;
mod retention;
mod second_factor;
mod service_accounts;
mod sessions;
mod shape;
mod single_sign_on;
mod software;
mod statistics;
mod tenants;
mod users;

use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Every schema by its name. A schema names another as `{"$ref": "#/components/schemas/<name>"}`.
pub fn all() -> &'static BTreeMap<&'static str, Value> {
    static ALL: LazyLock<BTreeMap<&'static str, Value>> = LazyLock::new(|| {
        [
            platform::schemas(),
            inventory::schemas(),
            identity::schemas(),
            measurements::schemas(),
            disconnection::schemas(),
            events::schemas(),
            alarms::schemas(),
            applications::schemas(),
            audit::schemas(),
            explain::schemas(),
            users::schemas(),
            projects::schemas(),
            service_accounts::schemas(),
            second_factor::schemas(),
            password_reset::schemas(),
            features::schemas(),
            sessions::schemas(),
            single_sign_on::schemas(),
            tenants::schemas(),
            notifications::schemas(),
            operations::schemas(),
            bulk_operations::schemas(),
            options::schemas(),
            permissions::schemas(),
            realtime::schemas(),
            registration::schemas(),
            remote_access::schemas(),
            certificates::schemas(),
            retention::schemas(),
            software::schemas(),
            statistics::schemas(),
        ]
        .into_iter()
        .flatten()
        .map(|(name, schema)| (name, schema.into_value()))
        .collect()
    });
    &ALL
}

/// The names of the schemas that a part of a document refers to, directly.
pub fn names_in(part: &Value) -> Vec<&str> {
    match part {
        Value::Array(values) => values.iter().flat_map(names_in).collect(),
        Value::Object(members) => members
            .iter()
            .flat_map(|(key, value)| match (key.as_str(), value) {
                ("$ref", Value::String(place)) => place.strip_prefix(shape::PLACE).into_iter().collect(),
                _ => names_in(value),
            })
            .collect(),
        _ => Vec::new(),
    }
}
