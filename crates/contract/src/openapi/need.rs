//! What an operation needs, once for machines and once for people.

use model::roles::Role;
use policy::operation::{By, Level, Need, OperationInfo};
use serde_json::{Value, json};

/// The need for machines. `anyRole`: one of these roles is enough. `or`: what else is enough. `otherwise`: what happens
/// without any of them, if it is not a refusal. `by`: who may at all, if not everybody.
pub(super) fn in_json(operation: OperationInfo) -> Value {
    let mut value = match operation.need {
        Need::Public => json!({ "public": true }),
        Need::SignedIn => json!({ "signedIn": true }),
        Need::OpenToAll => json!({ "signedIn": true, "notForDevices": true }),
        Need::Microservice { bootstrap } => json!({ "microservice": true, "bootstrap": bootstrap }),
        Need::AnyRole(roles) => json!({ "anyRole": names(roles) }),
        Need::AllRoles(roles) => json!({ "allRoles": names(roles) }),
        Need::OnUsers { all, below } => json!({ "anyRole": names(all), "below": names(below) }),
        Need::PlatformRole(roles) => json!({ "anyRole": names(roles), "tenant": "management" }),
        Need::OnObject {
            scope,
            level,
            roles,
            global,
        } => json!({
            "anyRole": names(roles),
            "or": exceptions(global),
            "scope": scope.name(),
            "level": level.name(),
        }),
        Need::OverObjects {
            scope,
            level: Level::Read,
            roles,
            global,
        } => json!({
            "anyRole": names(roles),
            "or": exceptions(global),
            "scope": scope.name(),
            "level": Level::Read.name(),
            "otherwise": "filtered",
        }),
        Need::OverObjects {
            scope,
            level: Level::Admin,
            roles,
            ..
        } => json!({
            "anyRole": names(roles),
            "scope": scope.name(),
            "level": Level::Admin.name(),
        }),
    };
    if let Value::Object(members) = &mut value {
        match operation.by {
            By::Anybody => {}
            By::People => drop(members.insert("by".to_owned(), "people".into())),
            By::Bootstrap => drop(members.insert("by".to_owned(), "bootstrap".into())),
        }
        members.insert("text".to_owned(), in_words(operation).into());
    }
    value
}

/// The need for people, to be read after "needs".
pub fn in_words(operation: OperationInfo) -> String {
    let need = need_in_words(operation.need);
    match operation.by {
        By::Anybody => need,
        By::People => format!("to be a person, and {need}"),
        By::Bootstrap => format!("to be the user with which new devices ask, and {need}"),
    }
}

fn need_in_words(need: Need) -> String {
    match need {
        Need::Public => "nothing: what is sent proves itself, or is meant for everybody".to_owned(),
        Need::SignedIn => "to be signed in".to_owned(),
        Need::OpenToAll => "to be no device, unless the tenant lets devices do it".to_owned(),
        Need::AnyRole(roles)
        | Need::OverObjects {
            level: Level::Admin,
            roles,
            ..
        } => either(&names(roles)),
        Need::Microservice { bootstrap: true } => "to be the bootstrap user of a microservice".to_owned(),
        Need::Microservice { bootstrap: false } => {
            "to be the bootstrap user or a service user of a microservice".to_owned()
        }
        Need::AllRoles(roles) => names(roles).join(" and "),
        Need::OnUsers { all, below } => format!(
            "{}; or {} for the users below the caller and what it may give them",
            either(&names(all)),
            either(&names(below))
        ),
        Need::PlatformRole(roles) => format!("{} in the management tenant", either(&names(roles))),
        Need::OnObject {
            scope,
            level,
            roles,
            global,
        } => {
            let permission = format!("{} {}", scope.name(), level.name());
            let global = if global {
                ", or the object's fragment c8y_Global"
            } else {
                ""
            };
            format!(
                "{}, or to own the object, or the permission {permission} on it or above it{global}",
                either(&names(roles))
            )
        }
        Need::OverObjects {
            scope,
            level: Level::Read,
            roles,
            global,
        } => {
            let permission = format!("{} READ", scope.name());
            let global = if global {
                " and objects with the fragment c8y_Global"
            } else {
                ""
            };
            format!(
                "{} for all of the tenant; without it, what the caller owns or has the permission {permission} \
                 for{global}",
                either(&names(roles))
            )
        }
    }
}

fn names(roles: &[Role]) -> Vec<&'static str> {
    roles.iter().map(|role| role.name()).collect()
}

fn either(names: &[&str]) -> String {
    names.join(" or ")
}

fn exceptions(global: bool) -> Vec<&'static str> {
    let mut exceptions = vec!["owner", "permission"];
    exceptions.extend(global.then_some("c8y_Global"));
    exceptions
}
