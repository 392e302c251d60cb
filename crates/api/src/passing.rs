//! What passes by as clients see it: like what is stored, without what only that has: an id, a link, a time of storing.

use crate::call::Call;
use crate::events;
use model::json::{Json, Object};
use model::passing::Passing;

pub(crate) fn show(call: &Call, passing: &Passing) -> Object {
    let mut properties: Vec<(String, Json)> = vec![
        ("source".to_owned(), events::source(call, passing.source).into()),
        ("time".to_owned(), passing.time.to_string().into()),
        ("type".to_owned(), passing.kind.as_str().into()),
    ];
    let text = passing.text.as_deref();
    properties.extend(text.map(|text| ("text".to_owned(), text.into())));
    // Fragments never have the names above: the contract does not take them in.
    let fragments = passing.fragments.iter();
    properties.extend(fragments.map(|(name, value)| (name.to_owned(), value.clone())));
    Object::from_unique(properties)
}
