//! How the console is asked for: paths, methods, what a browser has already, compressed forms.

use crate::encoding::{Encoding, takes};
use crate::files::{File, find};
use crate::headers::secure;
use bytes::Bytes;
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};

/// Where the console is.
pub const PLACE: &str = "/ui/";
/// Files whose names change with their bytes.
const NAMED_BY_CONTENT: &str = "assets/";

/// A request for something of the console.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'r> {
    /// Its method.
    pub method: &'r Method,
    /// Its path as it came, without the query.
    pub path: &'r str,
    /// Its headers.
    pub headers: &'r HeaderMap,
    /// The host, with its port, that the browser asked for; and others under which it may have asked, where a proxy stands
    /// in between.
    pub hosts: &'r [&'r str],
}

/// Whether a path is the console's: everything below its place, and the start of the host.
pub fn is_here(path: &str) -> bool {
    path == "/" || path == PLACE.trim_end_matches('/') || path.starts_with(PLACE)
}

/// Answers a request. Nothing is decoded, resolved or guessed: what is not a file of the console is not found, and never
/// answered with the page instead.
pub fn answer(wanted: &Wanted<'_>) -> Response<Bytes> {
    let mut answer = match (wanted.method, wanted.path.strip_prefix(PLACE)) {
        (&Method::GET | &Method::HEAD, Some(path)) => file(wanted, path),
        (&Method::GET | &Method::HEAD, None) => elsewhere(),
        _ => other_method(),
    };
    secure(answer.headers_mut(), wanted.hosts);
    if wanted.method == Method::HEAD {
        *answer.body_mut() = Bytes::new();
    }
    answer
}

fn file(wanted: &Wanted<'_>, path: &str) -> Response<Bytes> {
    let path = if path.is_empty() { "index.html" } else { path };
    // The console has no worker that stays between browser and server, and no script may make one of its files that.
    let is_for_good = wanted.headers.contains_key("service-worker");
    let Some(file) = find(path).filter(|_| !is_for_good) else {
        return text(StatusCode::NOT_FOUND, "There is no such file.\n");
    };
    let (encoding, bytes) = form(file, wanted.headers);
    // Each form is a representation of its own, with a tag of its own (RFC 9110, 8.8.3).
    let tag = format!("\"{}-{}\"", file.sha256, encoding.name().unwrap_or("plain"));
    let is_known = knows(wanted.headers, &tag);
    let mut answer = Response::new(if is_known {
        Bytes::new()
    } else {
        Bytes::from_static(bytes)
    });
    if is_known {
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        set(&mut answer, CONTENT_TYPE, file.media);
        set(&mut answer, CONTENT_LENGTH, &bytes.len().to_string());
        if let Some(name) = encoding.name() {
            set(&mut answer, CONTENT_ENCODING, name);
        }
    }
    let kept = match path.starts_with(NAMED_BY_CONTENT) {
        true => "public, max-age=31536000, immutable",
        false => "no-cache",
    };
    set(&mut answer, CACHE_CONTROL, kept);
    set(&mut answer, ETAG, &tag);
    set(&mut answer, VARY, "accept-encoding");
    answer
}

/// The smallest form that the client takes.
fn form(file: &'static File, headers: &HeaderMap) -> (Encoding, &'static [u8]) {
    let small = [(Encoding::Brotli, file.brotli), (Encoding::Gzip, file.gzip)];
    let taken = small.into_iter().find_map(|(encoding, bytes)| {
        let bytes = bytes.filter(|_| takes(headers, encoding))?;
        Some((encoding, bytes))
    });
    taken.unwrap_or((Encoding::Plain, file.plain))
}

/// Whether the client says that it has this form (RFC 9110, 13.1.2).
fn knows(headers: &HeaderMap, tag: &str) -> bool {
    let said = headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok());
    said.flat_map(|value| value.split(','))
        .map(|one| one.trim().trim_start_matches("W/"))
        .any(|one| one == tag || one == "*")
}

/// The console is one folder further.
fn elsewhere() -> Response<Bytes> {
    let mut answer = text(StatusCode::FOUND, "");
    set(&mut answer, LOCATION, PLACE);
    answer
}

fn other_method() -> Response<Bytes> {
    let mut answer = text(
        StatusCode::METHOD_NOT_ALLOWED,
        "These are files: they can be read.\n",
    );
    set(&mut answer, ALLOW, "GET, HEAD");
    answer
}

fn text(status: StatusCode, text: &'static str) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::from_static(text.as_bytes()));
    *answer.status_mut() = status;
    set(&mut answer, CONTENT_TYPE, "text/plain;charset=UTF-8");
    set(&mut answer, CONTENT_LENGTH, &text.len().to_string());
    set(&mut answer, CACHE_CONTROL, "no-store");
    answer
}

fn set(answer: &mut Response<Bytes>, name: HeaderName, value: &str) {
    // Values are constants, numbers and hashes; one that is no header value is left out.
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
}

#[cfg(test)]
mod tests;
