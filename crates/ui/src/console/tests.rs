//! The console as a browser asks for it. The tests know of the embedded files only that there is a page.

use super::*;
use crate::files::FILES;
use http::header::{
    ACCEPT_ENCODING, ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_SECURITY_POLICY, SET_COOKIE,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};

fn ask(method: &Method, path: &str, lines: &[(HeaderName, &str)]) -> Response<Bytes> {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(name.clone(), HeaderValue::from_str(value).expect("a header"));
    }
    answer(&Wanted {
        method,
        path,
        headers: &headers,
        hosts: &["iot.example.org"],
    })
}

fn get(path: &str, lines: &[(HeaderName, &str)]) -> Response<Bytes> {
    ask(&Method::GET, path, lines)
}

fn text_of(answer: &Response<Bytes>, name: HeaderName) -> &str {
    answer
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().expect("text"))
}

#[test]
fn the_place_of_the_console_is_its_page() {
    for path in ["/ui/", "/ui/index.html"] {
        let page = get(path, &[]);
        assert_eq!(page.status(), 200, "{path}");
        assert_eq!(text_of(&page, CONTENT_TYPE), "text/html;charset=UTF-8");
        assert_eq!(text_of(&page, CACHE_CONTROL), "no-cache");
        assert_eq!(text_of(&page, CONTENT_LENGTH), page.body().len().to_string());
        assert!(page.body().to_ascii_lowercase().starts_with(b"<!doctype html>"));
    }
}

#[test]
fn the_start_of_the_host_leads_to_the_console() {
    for path in ["/", "/ui"] {
        assert!(is_here(path));
        let answer = get(path, &[]);
        assert_eq!(
            (answer.status().as_u16(), text_of(&answer, LOCATION)),
            (302, "/ui/"),
            "{path}"
        );
    }
}

#[test]
fn nothing_else_of_the_host_is_the_consoles() {
    for path in [
        "",
        "//",
        "/uix",
        "/UI/",
        "/apps/ui/",
        "/apps/a/../../ui/",
        "/inventory",
        "//ui/",
        "/%75i/",
    ] {
        assert!(!is_here(path), "{path}");
    }
}

// A page in the place of a script that is not there is a grey map and no error.
#[test]
fn what_is_not_a_file_is_not_found_and_never_the_page() {
    for path in [
        "/ui/devices",
        "/ui/assets/",
        "/ui/assets/none.js",
        "/ui/index.html/",
        "/ui//index.html",
        "/ui/../ui/index.html",
        "/ui/assets/../index.html",
        "/ui/%69ndex.html",
        "/ui/INDEX.HTML",
        "/ui/assets/..%2findex.html",
        "/ui/SOURCE.sha256",
    ] {
        let answer = get(path, &[]);
        assert_eq!(answer.status(), 404, "{path}");
        assert_eq!(
            text_of(&answer, CONTENT_TYPE),
            "text/plain;charset=UTF-8",
            "{path}"
        );
        assert_eq!(text_of(&answer, CACHE_CONTROL), "no-store", "{path}");
    }
}

#[test]
fn files_can_only_be_read() {
    for method in [
        Method::POST,
        Method::PUT,
        Method::DELETE,
        Method::OPTIONS,
        Method::TRACE,
    ] {
        for path in ["/", "/ui/", "/ui/none"] {
            let answer = ask(&method, path, &[]);
            assert_eq!(
                (answer.status().as_u16(), text_of(&answer, ALLOW)),
                (405, "GET, HEAD"),
                "{method} {path}"
            );
        }
    }
}

#[test]
fn a_head_is_the_same_answer_without_its_bytes() {
    for path in ["/", "/ui/", "/ui/none"] {
        let (whole, head) = (get(path, &[]), ask(&Method::HEAD, path, &[]));
        assert_eq!(
            (whole.status(), whole.headers()),
            (head.status(), head.headers()),
            "{path}"
        );
        assert!(head.body().is_empty(), "{path}");
    }
}

#[test]
fn whoever_has_a_file_is_told_so() {
    let tag = text_of(&get("/ui/", &[]), ETAG).to_owned();
    for known in [
        tag.clone(),
        format!("W/{tag}"),
        format!("\"x\", {tag}"),
        "*".to_owned(),
    ] {
        let answer = get("/ui/", &[(IF_NONE_MATCH, &known)]);
        assert_eq!(answer.status(), 304, "{known}");
        assert!(answer.body().is_empty());
        assert_eq!(text_of(&answer, ETAG), tag);
        assert!(!text_of(&answer, CONTENT_SECURITY_POLICY).is_empty());
    }
    assert_eq!(get("/ui/", &[(IF_NONE_MATCH, "\"x\"")]).status(), 200);
    assert_eq!(get("/ui/none", &[(IF_NONE_MATCH, "*")]).status(), 404);
}

#[test]
fn each_form_of_a_file_says_what_it_is_and_has_its_own_tag() {
    for file in FILES {
        let path = format!("{PLACE}{}", file.path);
        let mut tags = Vec::new();
        for (accepted, bytes, name) in [
            ("gzip, br", file.brotli, "br"),
            ("gzip", file.gzip, "gzip"),
            ("", Some(file.plain), ""),
        ] {
            let Some(bytes) = bytes else { continue };
            let answer = get(&path, &[(ACCEPT_ENCODING, accepted)]);
            assert_eq!(text_of(&answer, CONTENT_ENCODING), name, "{path}");
            assert_eq!(text_of(&answer, VARY), "accept-encoding", "{path}");
            assert!(answer.body().as_ref() == bytes, "{path}");
            tags.push(text_of(&answer, ETAG).to_owned());
        }
        let count = tags.len();
        tags.dedup();
        assert_eq!(tags.len(), count, "{path}");
    }
}

#[test]
fn only_what_is_named_by_its_content_is_kept_without_asking() {
    for file in FILES {
        let answer = get(&format!("{PLACE}{}", file.path), &[]);
        let is_kept = text_of(&answer, CACHE_CONTROL) == "public, max-age=31536000, immutable";
        assert_eq!(is_kept, file.path.starts_with("assets/"), "{}", file.path);
    }
}

#[test]
fn every_answer_has_the_headers_that_protect_it_and_opens_nothing() {
    for (method, path) in [
        (Method::GET, "/"),
        (Method::GET, "/ui/"),
        (Method::GET, "/ui/none"),
        (Method::POST, "/ui/"),
        (Method::HEAD, "/ui/"),
    ] {
        let answer = ask(&method, path, &[]);
        let policy = text_of(&answer, CONTENT_SECURITY_POLICY);
        assert!(
            policy.contains("script-src https://iot.example.org/ui/assets/;"),
            "{policy}"
        );
        assert_eq!(text_of(&answer, X_CONTENT_TYPE_OPTIONS), "nosniff");
        assert_eq!(text_of(&answer, STRICT_TRANSPORT_SECURITY), "max-age=31536000");
        for name in ["cross-origin-opener-policy", "cross-origin-resource-policy"] {
            assert_eq!(
                text_of(&answer, HeaderName::from_static(name)),
                "same-origin",
                "{path}"
            );
        }
        assert!(!answer.headers().contains_key(ACCESS_CONTROL_ALLOW_ORIGIN));
        assert!(!answer.headers().contains_key(SET_COOKIE));
    }
}

#[test]
fn no_file_of_the_console_becomes_a_service_worker() {
    let mark = [(HeaderName::from_static("service-worker"), "script")];
    for file in FILES {
        assert_eq!(
            get(&format!("{PLACE}{}", file.path), &mark).status(),
            404,
            "{}",
            file.path
        );
    }
}
