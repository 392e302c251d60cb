//! What every answer of the console says to the browser. One function, so that no answer can be without it.
//!
//! Files of hosted applications, and files that people have stored, come from this host too. Scripts and styles are
//! therefore allowed from the console's own folder only, which `'self'` could not say.

use http::header::{
    CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderValue};
use std::net::Ipv4Addr;

/// What does not depend on the request. A document in a sandbox, which is what a window opened by a hosted application is,
/// cannot be one with `Cross-Origin-Opener-Policy`: the browser shows an error and not the console.
const ALWAYS: [(HeaderName, &str); 8] = [
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (HeaderName::from_static("origin-agent-cluster"), "?1"),
    (
        HeaderName::from_static("permissions-policy"),
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), \
         midi=(), payment=(), serial=(), usb=()",
    ),
    // Never to another origin. Without any referrer some browsers would not say either from where a request comes.
    (REFERRER_POLICY, "same-origin"),
    (STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
];

/// Sets them. `hosts` are the names, with their ports, under which the browser may have asked.
pub(crate) fn secure(headers: &mut HeaderMap, hosts: &[&str]) {
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // It is made of plain characters, so it is a header value.
    if let Ok(policy) = HeaderValue::from_str(&policy(hosts)) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
}

/// The content security policy (CSP 3, Trusted Types).
fn policy(hosts: &[&str]) -> String {
    let code = code_from(hosts);
    format!(
        "default-src 'none'; script-src {code}; style-src {code}; font-src {code}; worker-src {code}; \
         img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types svelte-trusted-html default"
    )
}

/// Where scripts, styles and fonts may come from. An address instead of a name leaves `'self'`: the grammar of policies
/// has no words for IPv6, and of IPv4 it promises to match 127.0.0.1 alone (CSP 3, 6.7.2.8).
fn code_from(hosts: &[&str]) -> String {
    let mut sources: Vec<String> = Vec::new();
    for host in hosts.iter().filter(|host| is_expressible(host)) {
        let source = format!("https://{host}/ui/assets/");
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    match sources.is_empty() {
        true => "'self'".to_owned(),
        false => sources.join(" "),
    }
}

/// Whether this is a host name, perhaps with a port, and nothing that could end a directive.
fn is_expressible(host: &str) -> bool {
    let (name, port) = host.split_once(':').unwrap_or((host, "443"));
    let is_name = |name: &str| {
        let is_label = |label: &str| {
            !label.is_empty()
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        name.len() <= 253 && name.split('.').all(is_label)
    };
    let is_address = name
        .parse::<Ipv4Addr>()
        .is_ok_and(|address| address != Ipv4Addr::LOCALHOST);
    is_name(name) && !is_address && port.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    // R147
    #[test]
    fn scripts_come_from_the_folder_of_the_console_only() {
        let policy = policy(&["iot.example.org:8443"]);
        for directive in ["script-src", "style-src", "font-src", "worker-src"] {
            let expected = format!("{directive} https://iot.example.org:8443/ui/assets/; ");
            assert!(policy.contains(&expected), "{directive}: {policy}");
        }
        assert!(policy.starts_with("default-src 'none'; "));
        assert!(!policy.contains("unsafe"));
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"));
        assert!(policy.contains("require-trusted-types-for 'script'"));
    }

    #[test]
    fn a_host_that_is_none_changes_no_directive() {
        for host in [
            "",
            ".",
            "a..b",
            "a; script-src *",
            "a'unsafe-inline'",
            "*",
            "*.example.org",
            "a/b",
            "a:99999",
            "a:",
            "a:80:80",
            "[::1]:8443",
            "192.0.2.1:8443",
            "user@host",
            "a\u{fc}",
            "a,b",
        ] {
            assert_eq!(code_from(&[host]), "'self'", "{host:?}");
        }
        assert_eq!(
            code_from(&["a.example", "127.0.0.1:1", "a.example", "bad host"]),
            "https://a.example/ui/assets/ https://127.0.0.1:1/ui/assets/"
        );
    }
}
