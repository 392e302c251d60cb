//! What an operation needs, once for machines and once for people.

use model::roles::Role;
use policy::operation::{Level, Need, Scope};
use serde_json::{Value, json};

/// The need for machines. `anyRole`: one of these roles is enough. `or`: what else is enough. `otherwise`: what happens
/// without any of them, if it is not a refusal.
pub(super) fn in_json(need: Need) -> Value {
    let mut value = match need {
        Need::Public => json!({ "public": true }),
        Need::SignedIn => json!({ "signedIn": true }),
        Need::AnyRole(roles) => json!({ "anyRole": names(roles) }),
        Need::PlatformRole(roles) => json!({ "anyRole": names(roles), "tenant": "management" }),
        Need::OnObject { scope, level, roles } => json!({
            "anyRole": names(roles),
            "or": exceptions(scope, level),
            "scope": scope_name(scope),
            "level": level_name(level),
        }),
        Need::OverObjects { scope, roles } => json!({
            "anyRole": names(roles),
            "or": exceptions(scope, Level::Read),
            "scope": scope_name(scope),
            "level": level_name(Level::Read),
            "otherwise": "filtered",
        }),
    };
    if let Value::Object(members) = &mut value {
        members.insert("text".to_owned(), in_words(need).into());
    }
    value
}

/// The need for people, to be read after "needs".
pub fn in_words(need: Need) -> String {
    match need {
        Need::Public => "nothing: what is sent proves itself, or is meant for everybody".to_owned(),
        Need::SignedIn => "to be signed in".to_owned(),
        Need::AnyRole(roles) => either(&names(roles)),
        Need::PlatformRole(roles) => format!("{} in the management tenant", either(&names(roles))),
        Need::OnObject { scope, level, roles } => {
            let global = match (scope, level) {
                (Scope::ManagedObject, Level::Read) => ", or the object's fragment c8y_Global",
                _ => "",
            };
            format!("{}, or to own the object{global}", either(&names(roles)))
        }
        Need::OverObjects { scope, roles } => {
            let global = if scope == Scope::ManagedObject {
                " and objects with the fragment c8y_Global"
            } else {
                ""
            };
            format!(
                "{} for all of the tenant; without it, the answer has what the caller owns{global}",
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

fn exceptions(scope: Scope, level: Level) -> Vec<&'static str> {
    match (scope, level) {
        (Scope::ManagedObject, Level::Read) => vec!["owner", "c8y_Global"],
        _ => vec!["owner"],
    }
}

fn scope_name(scope: Scope) -> &'static str {
    match scope {
        Scope::ManagedObject => "MANAGED_OBJECT",
        Scope::Identity => "IDENTITY",
        Scope::Measurement => "MEASUREMENT",
        Scope::Audit => "AUDIT",
    }
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::Read => "READ",
        Level::Admin => "ADMIN",
    }
}
