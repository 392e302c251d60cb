//! The contract as a whole: what bodies are read as, and what the API document and its page say.

mod audit;
mod body;
mod identity;
mod inventory;
mod measurements;
mod openapi;
mod options;
mod reference;
mod schemas;

use contract::body::BadBody;
use model::json::Json;

/// A body from its text, as a client would send it.
fn json(text: &str) -> Json {
    contract::json::parse(text.as_bytes()).expect(text)
}

/// What is wrong, in few words: the kind of fault and the property.
fn fault(bad: &BadBody) -> String {
    match bad {
        BadBody::NotAnObject => "not an object".to_owned(),
        BadBody::Missing(names) => format!("missing {}", names.join(",")),
        BadBody::WrongType { property, .. } => format!("type of {property}"),
        BadBody::Rule { property, .. } => format!("rule of {property}"),
        BadBody::NotAllowed { property } => format!("not allowed {property}"),
        BadBody::TooMany { property, most } => format!("more than {most} {property}"),
        BadBody::Permission { property, .. } => format!("{property} holds no permission"),
        BadBody::Rules(faults) => format!("{} lines are no rules", faults.len()),
    }
}
