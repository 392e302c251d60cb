//! The API as a page to read: one HTML document made from the declarations, complete in itself. It has no script and
//! asks for nothing else, so that `default-src 'none'` and the hash of its one style sheet are all it needs (CSP 3).

mod endpoints;
mod html;
mod schemas;

use crate::endpoints::Endpoint;
use crate::openapi::resource_in_words;
use html::Escaped;
use std::sync::LazyLock;

/// The style sheet, to the byte what stands between `<style>` and `</style>`.
pub const STYLE: &str = include_str!("reference/style.css");

/// The page.
pub fn page() -> &'static str {
    static PAGE: LazyLock<String> = LazyLock::new(make);
    &PAGE
}

/// A resource with its endpoints, in the order of the declarations.
type Resource = (&'static str, Vec<Endpoint>);

fn resources() -> Vec<Resource> {
    let mut resources: Vec<Resource> = Vec::new();
    for endpoint in Endpoint::all() {
        match resources.last_mut() {
            Some((name, endpoints)) if *name == endpoint.resource() => endpoints.push(endpoint),
            _ => resources.push((endpoint.resource(), vec![endpoint])),
        }
    }
    resources
}

fn make() -> String {
    let resources = resources();
    let contents: String = resources.iter().map(contents_of).collect();
    let sections: String = resources.iter().map(section).collect();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Holdfast API</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <header><h1>Holdfast API <small>{version}</small></h1>\n\
         <p>Every endpoint, with what it needs and what it leaves in the audit log. The same for machines: \
         <a href=\"/api/openapi.json\">/api/openapi.json</a> (OpenAPI 3.1).</p></header>\n\
         <nav aria-label=\"Contents\">\n{contents}\
         <p><a href=\"#schemas\">Schemas</a></p>\n</nav>\n<main>\n{rules}{sections}{schemas}</main>\n</body>\n</html>\n",
        version = Escaped(env!("CARGO_PKG_VERSION")),
        rules = RULES,
        schemas = schemas::section(),
    )
}

/// What holds for every endpoint.
const RULES: &str = "<section id=\"rules\"><h2>For every endpoint</h2>\n<ul>\n\
    <li>Sign in with Basic: <code>&lt;tenant&gt;/&lt;user&gt;</code> and the password. The tenant may be left out \
    where the host name names it.</li>\n\
    <li>Bodies are JSON, as <code>application/json</code> or in the media type that is shown. A change without an \
    <code>Accept</code> header is answered without a body.</li>\n\
    <li>Times have an offset: <code>2026-11-21T07:40:22.219Z</code>; <code>+</code> is <code>%2B</code> in a \
    link.</li>\n\
    <li>An error is a JSON object with <code>error</code>, <code>message</code> and <code>info</code>. Refusals are in \
    the audit log, whatever the endpoint.</li>\n</ul>\n</section>\n";

fn contents_of((name, endpoints): &Resource) -> String {
    let links: String = endpoints
        .iter()
        .map(|endpoint| endpoints::link(*endpoint))
        .collect();
    format!(
        "<details><summary>{name}</summary>\n<ul>\n<li><a href=\"#{name}\">All of it</a></li>\n{links}</ul></details>\n",
        name = Escaped(name)
    )
}

fn section((name, endpoints): &Resource) -> String {
    let about = endpoints
        .first()
        .map(|endpoint| resource_in_words(*endpoint))
        .unwrap_or_default();
    let articles: String = endpoints
        .iter()
        .map(|endpoint| endpoints::article(*endpoint))
        .collect();
    format!(
        "<section id=\"{name}\"><h2>{name}</h2>\n<p>{about}</p>\n{articles}</section>\n",
        name = Escaped(name),
        about = Escaped(about),
    )
}
