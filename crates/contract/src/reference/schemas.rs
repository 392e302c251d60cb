//! The shapes of bodies on the page: a table of properties for each.

use super::html::{Escaped, prose, table};
use crate::schemas::{all, names_in};
use serde_json::Value;

/// The section with all schemas.
pub(super) fn section() -> String {
    let articles: String = all().iter().map(|(name, schema)| article(name, schema)).collect();
    format!("<section id=\"schemas\"><h2>Schemas</h2>\n{articles}</section>\n")
}

/// A link to a schema.
pub(super) fn link_to(name: &str) -> String {
    format!("<a href=\"#schema-{name}\">{name}</a>", name = Escaped(name))
}

fn article(name: &str, schema: &Value) -> String {
    let properties = schema.get("properties").and_then(Value::as_object);
    let rows: Vec<_> = properties
        .into_iter()
        .flatten()
        .map(|(property, of)| row(schema, property, of))
        .collect();
    let kind = if properties.is_none() {
        format!("<p>{}</p>\n", kind(schema))
    } else {
        String::new()
    };
    let others = match schema.get("additionalProperties") {
        Some(Value::Bool(true)) => {
            "<p>And any further properties, which are kept as they are sent.</p>\n".to_owned()
        }
        Some(others @ Value::Object(_)) => {
            format!("<p>And any further properties: {}.</p>\n", self::kind(others))
        }
        _ => String::new(),
    };
    format!(
        "<article id=\"schema-{name}\"><h3><a href=\"#schema-{name}\"><code>{name}</code></a></h3>\n<p>{about}</p>\n\
         {kind}{properties}{others}{example}</article>\n",
        name = Escaped(name),
        about = about(schema),
        properties = table("Properties", &["Property", "Type", "What it says"], &rows),
        example = example(schema),
    )
}

fn row(schema: &Value, property: &str, of: &Value) -> Vec<String> {
    let required = schema.get("required").and_then(Value::as_array);
    let is_required = required.is_some_and(|names| names.iter().any(|name| name == property));
    let says = |key: &str| of.get(key) == Some(&Value::Bool(true));
    let marks: String = [
        (is_required, "required"),
        (says("readOnly"), "set by the platform"),
        (says("writeOnly"), "never answered"),
    ]
    .into_iter()
    .filter(|(holds, _)| *holds)
    .map(|(_, mark)| format!(" <em>{mark}</em>"))
    .collect();
    vec![
        format!("<code>{}</code>{marks}", Escaped(property)),
        kind(of),
        about(of),
    ]
}

fn about(schema: &Value) -> String {
    let own = schema.get("description").and_then(Value::as_str);
    let of_named = || {
        names_in(schema)
            .first()
            .and_then(|name| all().get(name)?.get("description")?.as_str())
    };
    prose(own.or_else(of_named).unwrap_or_default())
}

/// What kind of value it is, in words.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema.get("$ref").and(names_in(schema).first()) {
        return link_to(name);
    }
    if let Some(choices) = schema.get("anyOf").and_then(Value::as_array) {
        return choices.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        return words
            .iter()
            .filter_map(Value::as_str)
            .map(|word| Escaped(word).to_string())
            .collect::<Vec<_>>()
            .join(", ");
    }
    let is_inline = schema
        .get("properties")
        .and_then(Value::as_object)
        .filter(|properties| !properties.is_empty());
    match (
        schema.get("type").and_then(Value::as_str),
        schema.get("format").and_then(Value::as_str),
    ) {
        (Some("string"), Some("date-time")) => "date and time".to_owned(),
        (Some("string"), Some("uri-reference")) => "link".to_owned(),
        (Some("string"), _) => "text".to_owned(),
        (Some("boolean"), _) => "true or false".to_owned(),
        (Some("integer"), _) => "whole number".to_owned(),
        (Some("array"), _) => format!("list of {}", schema.get("items").map(kind).unwrap_or_default()),
        (Some("object"), _) => is_inline.map_or_else(|| "object".to_owned(), inline),
        (Some(other), _) => Escaped(other).to_string(),
        (None, _) => "any value".to_owned(),
    }
}

/// An object without a name of its own: `{id, self}`.
fn inline(properties: &serde_json::Map<String, Value>) -> String {
    let names: Vec<String> = properties.keys().map(|name| Escaped(name).to_string()).collect();
    format!("<code>{{{}}}</code>", names.join(", "))
}

fn example(schema: &Value) -> String {
    let example = schema
        .get("examples")
        .and_then(Value::as_array)
        .and_then(|examples| examples.first());
    example
        .map(|example| format!("<pre><code>{}</code></pre>\n", Escaped(format!("{example:#}"))))
        .unwrap_or_default()
}
