//! Cookies of sessions: reading them out of a request, and setting and removing them.
//!
//! `authorization` has the token; no script can read it, and it goes only to this origin over TLS, never with a request
//! that another site caused. `XSRF-TOKEN` has what a page must repeat in a header, so pages can read it.

use crate::answer::Answer;
use engine::sessions::OpenedSession;
use engine::sign_in::{Carried, Offered, OfferedToken};
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, Method, request::Parts};
use model::limits::SIGN_ON_SECONDS;
use model::secret::Secret;

const TOKEN: &str = "authorization";
const REPEATED: &str = "XSRF-TOKEN";
const REPEATS: &str = "x-xsrf-token";
/// Sent back whatever the page, but never by another site; gone when the browser forgets its cookies for this origin.
const EVERYWHERE: &str = "Path=/; Secure; SameSite=Strict";

/// The session that a request offers by its cookie. With two cookies of this name, one may be somebody else's: neither
/// counts.
pub(crate) fn offered(parts: &Parts) -> Option<Offered> {
    let token = only(&parts.headers, TOKEN)?;
    let mut repeated = parts.headers.get_all(REPEATS).iter();
    let repeated = match (repeated.next(), repeated.next()) {
        (Some(one), None) => one.to_str().ok(),
        _ => None,
    };
    Some(Offered::Token(OfferedToken {
        token: Secret::new(token),
        carried: Carried::Cookie {
            reads: matches!(parts.method, Method::GET | Method::HEAD),
            repeated: repeated.map(Secret::new),
        },
    }))
}

/// Whether a request has a session's cookie.
pub(crate) fn is_there(headers: &HeaderMap) -> bool {
    all(headers, TOKEN).next().is_some()
}

fn only<'h>(headers: &'h HeaderMap, name: &'h str) -> Option<&'h str> {
    let mut values = all(headers, name);
    values.next().filter(|_| values.next().is_none())
}

/// The values of the cookies of this name. Over HTTP/2 cookies may come in several headers.
fn all<'h>(headers: &'h HeaderMap, name: &'h str) -> impl Iterator<Item = &'h str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|cookie| cookie.split_once('='))
        .filter(move |(own, _)| own.trim() == name)
        .map(|(_, value)| value.trim())
}

/// Sets the cookies of a session.
pub(crate) fn set(answer: Answer, session: &OpenedSession) -> Answer {
    let life = session
        .cookie_seconds
        .map_or(String::new(), |seconds| format!("; Max-Age={seconds}"));
    let repeated = session.xsrf.as_ref().map_or("", Secret::expose);
    let token = session.token.expose();
    answer
        .with(
            SET_COOKIE,
            format!("{TOKEN}={token}{life}; {EVERYWHERE}; HttpOnly"),
        )
        .with(SET_COOKIE, format!("{REPEATED}={repeated}{life}; {EVERYWHERE}"))
}

/// Removes them.
pub(crate) fn remove(answer: Answer) -> Answer {
    answer
        .with(SET_COOKIE, format!("{TOKEN}=; Max-Age=0; {EVERYWHERE}; HttpOnly"))
        .with(SET_COOKIE, format!("{REPEATED}=; Max-Age=0; {EVERYWHERE}"))
}

/// A browser that was sent to an identity provider. It must come along when the provider sends the browser back, so it is
/// not `Strict`; the prefix keeps every other host from setting it (RFC 6265bis, 4.1.3.2).
const JOURNEY: &str = "__Host-sign-on";
const BACK_AGAIN: &str = "Path=/; Secure; HttpOnly; SameSite=Lax";

/// What a browser carries that was sent to an identity provider. Of two, neither counts.
pub(crate) fn journey(headers: &HeaderMap) -> Option<Secret> {
    only(headers, JOURNEY).map(Secret::new)
}

/// Marks a browser that is sent to an identity provider.
pub(crate) fn set_journey(answer: Answer, value: &Secret) -> Answer {
    let value = value.expose();
    answer.with(
        SET_COOKIE,
        format!("{JOURNEY}={value}; Max-Age={SIGN_ON_SECONDS}; {BACK_AGAIN}"),
    )
}

/// It has come back.
pub(crate) fn forget_journey(answer: Answer) -> Answer {
    answer.with(SET_COOKIE, format!("{JOURNEY}=; Max-Age=0; {BACK_AGAIN}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn headers(lines: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(COOKIE, HeaderValue::from_str(line).expect("a header"));
        }
        headers
    }

    #[test]
    fn the_one_cookie_is_found_and_of_two_neither() {
        for (lines, expected) in [
            (&["authorization=a.b.c"][..], Some("a.b.c")),
            (&["x=1; authorization=a.b.c ;y=2"], Some("a.b.c")),
            (&["x=1", "authorization=a.b.c"], Some("a.b.c")),
            (&["authorization=a; authorization=b"], None),
            (&["authorization=a", "authorization=a"], None),
            (&["Authorization=a"], None),
            (&["xauthorization=a; authorization2=b; authorization"], None),
            (&[""], None),
            (&[], None),
        ] {
            assert_eq!(only(&headers(lines), TOKEN), expected, "{lines:?}");
        }
    }
}
