//! One endpoint on the page: what it needs, takes and answers.

use super::html::{Escaped, prose, table};
use super::schemas::link_to;
use crate::endpoint::{Body, Declaration};
use crate::endpoints::Endpoint;
use crate::openapi::{
    audit_in_words, error_in_words, errors_of, in_words, is_answered_as_sent, kind_in_words, media_of,
    operation_id, placeholders, rate_name, schema_of_media,
};

/// Its entry in the contents.
pub(super) fn link(endpoint: Endpoint) -> String {
    let declaration = endpoint.declaration();
    format!(
        "<li><a href=\"#{id}\">{method} <span>{path}</span></a></li>\n",
        id = Escaped(operation_id(endpoint)),
        method = method(&declaration),
        path = Escaped(declaration.path),
    )
}

/// All about it.
pub(super) fn article(endpoint: Endpoint) -> String {
    let declaration = endpoint.declaration();
    let body = declaration.body.map(|body| request(&body)).unwrap_or_default();
    format!(
        "<article id=\"{id}\"><h3><a href=\"#{id}\">{method} <code>{path}</code></a></h3>\n<p>{about}</p>\n\
         <dl>\n<dt>Needs</dt><dd>{need}</dd>\n<dt>Audit</dt><dd>{audit}</dd>\n<dt>Rate class</dt><dd>{rate}</dd>\n\
         {body}</dl>\n{parameters}{answers}</article>\n",
        id = Escaped(operation_id(endpoint)),
        method = method(&declaration),
        path = Escaped(declaration.path),
        about = prose(declaration.about),
        need = Escaped(in_words(declaration.operation)),
        audit = Escaped(audit_in_words(declaration.operation.audit)),
        rate = Escaped(rate_name(declaration.operation.rate)),
        parameters = parameters(endpoint.resource(), &declaration),
        answers = answers(&declaration),
    )
}

fn method(declaration: &Declaration) -> String {
    let name = declaration.method.name();
    format!("<b class=\"{}\">{name}</b>", name.to_ascii_lowercase())
}

fn request(body: &Body) -> String {
    if body.is_file() {
        let (form, kib) = (link_to(body.schema), body.bytes_max / 1024);
        return format!(
            "<dt>Body</dt><dd>the bytes of the file in any media type, or {form} as <code>multipart/form-data</code>; at \
             most {kib} KiB</dd>\n"
        );
    }
    let media = |short: &&str| {
        let schema = link_to(schema_of_media(short).unwrap_or(body.schema));
        format!("{schema} as <code>{}</code>, ", Escaped(media_of(short)))
    };
    format!(
        "<dt>Body</dt><dd>{media}or as <code>application/json</code>; at most {kib} KiB</dd>\n",
        media = body.media.iter().map(media).collect::<String>(),
        kib = body.bytes_max / 1024,
    )
}

fn parameters(resource: &str, declaration: &Declaration) -> String {
    let in_path = placeholders(resource, declaration.path)
        .into_iter()
        .map(|placeholder| {
            let kind = if placeholder.is_id { "id" } else { "text" };
            row(placeholder.name, "in the path", kind, placeholder.about)
        });
    let in_query = declaration.query.iter().copied().flatten().map(|parameter| {
        let place = if parameter.required { "must be given" } else { "" };
        row(
            parameter.name,
            place,
            kind_in_words(parameter.kind),
            parameter.about,
        )
    });
    let rows: Vec<_> = in_path.chain(in_query).collect();
    table("Parameters", &["Parameter", "Takes", "What it does"], &rows)
}

fn row(name: &str, place: &str, kind: &str, about: &str) -> Vec<String> {
    let place = if place.is_empty() {
        String::new()
    } else {
        format!(" <em>{}</em>", Escaped(place))
    };
    vec![
        format!("<code>{}</code>{place}", Escaped(name)),
        Escaped(kind).to_string(),
        prose(about),
    ]
}

fn answers(declaration: &Declaration) -> String {
    let answer = declaration.answer;
    let what = match (answer.media, answer.schema) {
        (Some(_), Some(_)) if is_answered_as_sent(declaration) => {
            "In the media type of what was sent.".to_owned()
        }
        (Some(media), Some(schema)) => {
            format!("{} as <code>{}</code>", link_to(schema), Escaped(media_of(media)))
        }
        (Some(media), None) => format!("<code>{}</code>", Escaped(media_of(media))),
        (None, _) => "Done; there is no body.".to_owned(),
    };
    let mut rows = vec![vec![answer.status.to_string(), what]];
    let error = |status: u16| vec![status.to_string(), Escaped(error_in_words(status)).to_string()];
    rows.extend(errors_of(declaration).into_iter().map(error));
    table("Answers", &["Status", "Answer"], &rows)
}
