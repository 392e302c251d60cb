//! Bodies, answers and errors.

use super::{error_in_words, errors_of};
use crate::endpoint::{ANY_MEDIA, Body, Declaration, FORM_MEDIA, Method};
use crate::endpoints::Endpoint;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// What a file is answered as, if it was sent without a type.
const FILE_MEDIA: &str = "application/octet-stream";

/// In what else these lists and values are answered, to those who accept it.
const ALSO: [(&str, &[&str]); 3] = [
    ("/inventory/managedObjects/{id}/availability", &["text/plain"]),
    (
        "/audit/auditRecords",
        &["text/csv", "application/vnd.ms-excel", "application/xlsx"],
    ),
    (
        "/measurement/measurements",
        &[
            "text/csv",
            "application/vnd.ms-excel",
            "application/xlsx",
            "application/json-stream",
        ],
    ),
];

/// The whole media type of a short one; one with a slash is whole already.
pub fn media_of(short: &str) -> String {
    if short.contains('/') {
        return short.to_owned();
    }
    format!("application/vnd.com.nsn.cumulocity.{short}+json")
}

/// The body of a request.
pub(super) fn request(body: &Body) -> Value {
    let content = content_of_body(body);
    json!({ "required": true, "content": content, "x-bytes-max": body.bytes_max })
}

/// A body that comes in several media types has the schema of each; plain JSON may be any of them, as its shape tells.
fn content_of_body(body: &Body) -> Map<String, Value> {
    // A whole media type says nothing about what is in it.
    let own = |media: &&str| !media.contains('/');
    let of_media = |media: &str| {
        Some(media)
            .filter(own)
            .and_then(schema_of_media)
            .unwrap_or(body.schema)
    };
    let mut content = Map::new();
    if body.is_file() {
        for media in body.media {
            let is_any = *media == ANY_MEDIA;
            let schema = if is_any { json!({}) } else { named(body.schema) };
            content.insert((*media).to_owned(), json!({ "schema": schema }));
        }
        return content;
    }
    if body.is_form() {
        content.insert(FORM_MEDIA.to_owned(), json!({ "schema": named(body.schema) }));
        return content;
    }
    for media in body.media {
        let schema = match media.starts_with("text/") {
            true => json!({ "type": "string" }),
            false => named(of_media(media)),
        };
        content.insert(media_of(media), json!({ "schema": schema }));
    }
    let distinct: BTreeSet<_> = body.media.iter().map(|media| of_media(media)).collect();
    let plain = match distinct.len() > 1 && distinct.contains(body.schema) {
        true => json!({ "anyOf": distinct.into_iter().map(named).collect::<Vec<_>>() }),
        false => named(body.schema),
    };
    content.insert("application/json".to_owned(), json!({ "schema": plain }));
    content
}

/// The schema that belongs to one of the API's own media types: the one in which it is answered.
pub fn schema_of_media(media: &str) -> Option<&'static str> {
    Endpoint::all()
        .map(|endpoint| endpoint.declaration().answer)
        .find(|answer| answer.media == Some(media))
        .and_then(|answer| answer.schema)
}

fn named(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

/// The answers of an endpoint by status.
pub(super) fn responses(declaration: &Declaration) -> Value {
    let mut responses = Map::new();
    responses.insert(declaration.answer.status.to_string(), success(declaration));
    for status in errors_of(declaration) {
        let place = format!("#/components/responses/{}", error_name(status));
        responses.insert(status.to_string(), json!({ "$ref": place }));
    }
    Value::Object(responses)
}

/// Whether what is sent in one of several media types is answered in the same: one for one, many for many.
pub fn is_answered_as_sent(declaration: &Declaration) -> bool {
    let (body, answer) = (declaration.body, declaration.answer.media);
    body.is_some_and(|body| body.media.len() > 1 && body.media.iter().any(|media| answer == Some(media)))
}

fn content_of_answer(media: &str, schema: Option<&str>) -> Map<String, Value> {
    let schema = match schema {
        Some(schema) => json!({ "schema": named(schema) }),
        None if media.starts_with("text/") => json!({ "schema": { "type": "string" } }),
        None => json!({}),
    };
    let mut content = Map::new();
    if !media.contains('/') {
        content.insert("application/json".to_owned(), schema.clone());
    }
    if media == FILE_MEDIA {
        // A file is answered with the type that it was sent with.
        content.insert(ANY_MEDIA.to_owned(), json!({}));
    }
    content.insert(media_of(media), schema);
    content
}

fn success(declaration: &Declaration) -> Value {
    let answer = declaration.answer;
    let about = match (answer.status, answer.media) {
        (201, _) => "Created.",
        (_, Some(_)) => "Done; this is the answer.",
        (_, None) => "Done; there is no body.",
    };
    let mut response = Map::new();
    response.insert("description".to_owned(), about.into());
    if let Some(media) = answer.media {
        let mut content = match &declaration.body {
            Some(body) if is_answered_as_sent(declaration) => content_of_body(body),
            _ => content_of_answer(media, answer.schema),
        };
        let is_read = declaration.method == Method::Get;
        let others = ALSO
            .iter()
            .filter(|(path, _)| is_read && *path == declaration.path);
        for media in others.flat_map(|(_, media)| *media) {
            content.extend(content_of_answer(media, None));
        }
        response.insert("content".to_owned(), content.into());
    }
    if answer.status == 201 {
        let location = json!({ "Location": { "$ref": "#/components/headers/Location" } });
        response.insert("headers".to_owned(), location);
    }
    Value::Object(response)
}

/// Every error that is declared anywhere, by name.
pub(super) fn errors() -> Map<String, Value> {
    let statuses: BTreeSet<u16> = Endpoint::all()
        .flat_map(|endpoint| errors_of(&endpoint.declaration()))
        .collect();
    statuses
        .into_iter()
        .map(|status| (error_name(status), error(status)))
        .collect()
}

fn error(status: u16) -> Value {
    let mut response = json!({
        "description": error_in_words(status),
        "content": { media_of("error"): { "schema": named("Error") } },
    });
    let header = match status {
        401 => "WWW-Authenticate",
        429 | 503 => "Retry-After",
        _ => return response,
    };
    if let Value::Object(members) = &mut response {
        let place = format!("#/components/headers/{header}");
        members.insert("headers".to_owned(), json!({ header: { "$ref": place } }));
    }
    response
}

fn error_name(status: u16) -> String {
    format!("Error{status}")
}

/// The headers of answers.
pub(super) fn headers() -> Value {
    json!({
        "Location": {
            "description": "Where what was created can be read.",
            "schema": { "type": "string", "format": "uri-reference" },
        },
        "Retry-After": {
            "description": "Seconds to wait.",
            "schema": { "type": "integer", "minimum": 0 },
        },
        "WWW-Authenticate": {
            "description": "How to sign in; a console that sends `UseXBasic` is told `XBasic`, so that no browser asks.",
            "schema": { "type": "string" },
        },
    })
}
