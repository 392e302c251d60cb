//! What the HTTPS listener serves: the console under `/ui/`, the API everywhere else.
//!
//! Everything of this host has one origin: the console, the API, files that people have stored, applications that somebody
//! has uploaded. Only the console's own files may run in it. It knows no route of the API and no file of the console.

use api::ApiBody;
use api::http::Api;
use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, STRICT_TRANSPORT_SECURITY, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use std::net::IpAddr;
use std::sync::Arc;
use ui::console::{self, Wanted};

/// The console and the API.
#[derive(Clone)]
pub struct Site {
    api: Api,
    /// The host of the configured address: what a browser has asked when a proxy in between names another.
    configured_host: Option<Arc<str>>,
}

impl Site {
    /// `base_url` is the address under which browsers reach this program, where it is configured.
    pub fn new(api: Api, base_url: Option<&str>) -> Self {
        let host = base_url.and_then(|url| url.strip_prefix("https://"));
        let host = host.and_then(|rest| rest.split('/').next());
        Self {
            api,
            configured_host: host.map(Arc::from),
        }
    }

    /// Answers one request.
    pub async fn handle(&self, request: Request<Incoming>, peer: IpAddr) -> Response<ApiBody> {
        if console::is_here(request.uri().path()) {
            let hosts: Vec<&str> = host_of(&request)
                .into_iter()
                .chain(self.configured_host.as_deref())
                .collect();
            let answer = console::answer(&Wanted {
                method: request.method(),
                path: request.uri().path(),
                headers: request.headers(),
                hosts: &hosts,
            });
            return answer.map(whole);
        }
        if is_to_run_here(request.headers()) {
            return no_code();
        }
        self.api.handle(request, peer).await
    }
}

/// The host, with its port, that was asked for.
fn host_of<B>(request: &Request<B>) -> Option<&str> {
    let authority = request.uri().authority().map(http::uri::Authority::as_str);
    authority.or_else(|| request.headers().get(HOST)?.to_str().ok())
}

/// What a browser fetches to run it, or to style with it, in the page that asks (`Sec-Fetch-Dest`).
const CODE: [&str; 9] = [
    "audioworklet",
    "embed",
    "object",
    "paintworklet",
    "script",
    "serviceworker",
    "sharedworker",
    "style",
    "worker",
];

/// Whether a page of this origin asks for code that is not the console's. The console's policy forbids that already; this
/// is for where the policy has no words for the host, and for a mistake in a page. A hosted application is nobody's origin,
/// so its own scripts are not meant, and programs send no such headers. (Fetch Metadata, W3C.)
fn is_to_run_here(headers: &HeaderMap) -> bool {
    let is = |name: &str, values: &[&str]| {
        let mut said = headers.get_all(name).iter();
        said.any(|value| values.iter().any(|one| value.as_bytes() == one.as_bytes()))
    };
    is("sec-fetch-site", &["same-origin", "same-site"]) && is("sec-fetch-dest", &CODE)
}

fn no_code() -> Response<ApiBody> {
    let mut answer = Response::new(whole(Bytes::from_static(
        b"Only files of the console run in its origin.\n",
    )));
    *answer.status_mut() = StatusCode::FORBIDDEN;
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ),
        (CONTENT_TYPE, "text/plain;charset=UTF-8"),
        (STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (VARY, "sec-fetch-dest, sec-fetch-site"),
    ] {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    answer
}

fn whole(bytes: Bytes) -> ApiBody {
    Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(site: Option<&'static str>, dest: Option<&'static str>, expected: bool) {
        let mut headers = HeaderMap::new();
        for (name, value) in [("sec-fetch-site", site), ("sec-fetch-dest", dest)] {
            if let Some(value) = value {
                headers.insert(name, HeaderValue::from_static(value));
            }
        }
        assert_eq!(is_to_run_here(&headers), expected, "{site:?} {dest:?}");
    }

    #[test]
    fn a_page_of_this_origin_gets_no_code_that_is_not_the_consoles() {
        for dest in CODE {
            check(Some("same-origin"), Some(dest), true);
        }
        check(Some("same-site"), Some("script"), true);
    }

    #[test]
    fn data_programs_and_hosted_applications_are_not_meant() {
        for dest in ["empty", "image", "document", "websocket"] {
            check(Some("same-origin"), Some(dest), false);
        }
        check(Some("cross-site"), Some("script"), false);
        check(Some("none"), Some("document"), false);
        check(None, None, false);
        check(None, Some("script"), false);
    }

    #[test]
    fn the_host_is_that_of_the_request_whatever_the_version_of_http() {
        let in_target = Request::get("https://a.example:8443/ui/")
            .body(())
            .expect("a request");
        assert_eq!(host_of(&in_target), Some("a.example:8443"));
        let in_header = Request::get("/ui/")
            .header(HOST, "b.example")
            .body(())
            .expect("a request");
        assert_eq!(host_of(&in_header), Some("b.example"));
        assert_eq!(host_of(&Request::get("/ui/").body(()).expect("a request")), None);
    }
}
