//! What the headers of a request say about who asks, where and how. Nothing is decided here.

use engine::sign_in::{BasicCredential, Carried, Offered, OfferedToken, ServiceKey};
use http::header::{AUTHORIZATION, CONTENT_LENGTH, HOST, HeaderName};
use http::{HeaderMap, Method, request::Parts};
use model::names::Domain;
use model::secret::Secret;

/// A header that may be repeated, as one list. A value that is no text fits nothing, and is not left out.
pub(super) fn joined(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let values = headers
        .get_all(name)
        .iter()
        .map(|value| value.to_str().unwrap_or_default());
    let values: Vec<_> = values.collect();
    (!values.is_empty()).then(|| values.join(","))
}

/// The name and the one-time password of a device that asks for its first certificate: in exactly one header.
pub(super) fn enrolling(headers: &HeaderMap) -> Option<BasicCredential> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => BasicCredential::from_header(value.as_bytes()).ok(),
        _ => None,
    }
}

/// What an `Authorization` header offers: `Basic` (RFC 7617), or `Bearer` (RFC 6750) with the key of a service account or
/// the token of a session.
pub(crate) fn offered(value: &[u8]) -> Option<Offered> {
    const BEARER: &[u8] = b"Bearer ";
    let bearer = value
        .split_at_checked(BEARER.len())
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case(BEARER));
    match bearer {
        Some((_, text)) => {
            let text = std::str::from_utf8(text.trim_ascii()).ok()?;
            let token = || OfferedToken {
                token: Secret::new(text),
                carried: Carried::Header,
            };
            let key = ServiceKey::parse(text).map(Offered::Key);
            Some(key.unwrap_or_else(|_| Offered::Token(token())))
        }
        None => BasicCredential::from_header(value).ok().map(Offered::Basic),
    }
}

/// The host name that a request was sent to, if it can be a tenant's.
pub(crate) fn domain_of(parts: &Parts) -> Option<Domain> {
    strip_port(host_of(parts)?).to_ascii_lowercase().parse().ok()
}

/// The application that a request names.
pub(crate) fn application_of(parts: &Parts) -> Option<String> {
    header(&parts.headers, "x-cumulocity-application-key").map(contract::body::shown)
}

pub(crate) fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The method; a POST may carry another in `X-HTTP-METHOD`.
pub(super) fn method_of(parts: &Parts) -> &str {
    match header(&parts.headers, "x-http-method") {
        Some(other) if parts.method == Method::POST => other,
        _ => parts.method.as_str(),
    }
}

pub(super) fn host_of(parts: &Parts) -> Option<&str> {
    parts
        .uri
        .authority()
        .map(|authority| authority.as_str())
        .or_else(|| header(&parts.headers, HOST.as_str()))
}

pub(super) fn strip_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !name.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

pub(super) fn announced_length(parts: &Parts) -> Option<usize> {
    header(&parts.headers, CONTENT_LENGTH.as_str())?.parse().ok()
}
