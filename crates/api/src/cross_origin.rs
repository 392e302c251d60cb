//! Web pages of other origins (the CORS protocol of the Fetch standard): whether they may read an answer. The tenant of the
//! host name decides, by an option; nothing here decides what a caller may do, and a refusal here stops only browsers.
//!
//! A browser asks before it sends what a form could not send. That question is answered alike for every path, without
//! looking at any resource.

use crate::answer::{Answer, ApiBody};
use crate::http::domain_of;
use engine::door::Door;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, HeaderName, ORIGIN, VARY,
};
use http::{HeaderValue, Method, Response, StatusCode, request::Parts};
use model::names::TenantId;
use model::origins::Sharing;

const METHODS: &str = "GET, HEAD, POST, PUT, DELETE";
/// What clients send. None of them carries more than what it is named for.
const SENT: &str = "authorization, content-type, accept, range, if-match, if-none-match, if-range, tfatoken, usexbasic, \
                    x-xsrf-token, x-cumulocity-application-key, x-cumulocity-processing-mode, \
                    x-cumulocity-system-of-units";
const READ: &str = "location, etag, content-disposition, content-range, retry-after";
/// How long a browser remembers the answer: what is withdrawn ends after so many seconds.
const REMEMBERED_SECONDS: &str = "60";

/// A page of another origin, and what it may do.
pub(crate) struct Page {
    origin: HeaderValue,
    sharing: Sharing,
    /// Whose host name was asked.
    tenant: Option<TenantId>,
    asks_before: bool,
}

impl Page {
    /// The page that sent a request, if one of another origin did.
    pub(crate) fn of(door: &Door, parts: &Parts, own: &str) -> Option<Self> {
        let mut origins = parts.headers.get_all(ORIGIN).iter();
        let origin = origins.next()?.clone();
        let asks_before =
            parts.method == Method::OPTIONS && parts.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        let text = match (origin.to_str(), origins.next()) {
            (Ok(text), None) => text,
            _ => "",
        };
        if text == own && !asks_before {
            return None;
        }
        // What cannot be read now allows nobody.
        let allowed = door.allowed_origins(domain_of(parts).as_ref()).ok().flatten();
        let (sharing, tenant) = match allowed {
            Some((tenant, allowed)) if !text.is_empty() => (allowed.sharing(text), Some(tenant)),
            _ => (Sharing::No, None),
        };
        Some(Self {
            sharing,
            tenant,
            asks_before,
            origin,
        })
    }

    /// The answer to the question that a browser asks before a request.
    pub(crate) fn preflight(&self) -> Option<Answer> {
        let answer = self.asks_before.then(|| Answer::nothing(204))?;
        if self.sharing == Sharing::No {
            return Some(answer);
        }
        Some(
            answer
                .with(ACCESS_CONTROL_ALLOW_METHODS, METHODS)
                .with(ACCESS_CONTROL_ALLOW_HEADERS, SENT)
                .with(ACCESS_CONTROL_MAX_AGE, REMEMBERED_SECONDS),
        )
    }

    /// Says on an answer who may read it. A tenant says that about its own people only: with somebody of another tenant, who
    /// came in under this host name, its pages have no business.
    pub(crate) fn mark(&self, response: &mut Response<ApiBody>, caller: Option<&TenantId>) {
        let is_others = caller.is_some_and(|caller| Some(caller) != self.tenant.as_ref());
        let is_taken_over = response.status() == StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        // Files of applications say it themselves.
        if is_taken_over || headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN) {
            return;
        }
        headers.append(VARY, HeaderValue::from_static("origin"));
        if is_others {
            return;
        }
        let mut set = |name: HeaderName, value: &'static str| {
            headers.insert(name, HeaderValue::from_static(value));
        };
        match self.sharing {
            Sharing::No => return,
            Sharing::WithAnybody => set(ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
            Sharing::WithIt => {}
            Sharing::WithItAndCredentials => set(ACCESS_CONTROL_ALLOW_CREDENTIALS, "true"),
        }
        if !self.asks_before {
            set(ACCESS_CONTROL_EXPOSE_HEADERS, READ);
        }
        if self.sharing != Sharing::WithAnybody {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, self.origin.clone());
        }
    }
}
