//! An `https` address, in its parts. No user, no fragment, nothing that two readers could take for different hosts.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Longest address, in bytes.
const BYTES_MAX: usize = 2_000;
const SCHEME: &str = "https://";
const PORT: u16 = 443;

/// The text is no such address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an address like https://id.example.org/path is expected: no user and no fragment")]
pub struct BadUrl;

/// An `https` address (RFC 3986).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpsUrl(String);

impl HttpsUrl {
    /// The whole text, as it was written: issuers are compared by it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn parts(&self) -> (&str, &str) {
        let rest = self.0.get(SCHEME.len()..).unwrap_or_default();
        rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()))
    }

    /// Host and port, as they were written.
    pub fn authority(&self) -> &str {
        self.parts().0
    }

    /// The host alone; an IPv6 address without its brackets.
    pub fn host(&self) -> &str {
        host_and_port(self.authority()).map_or("", |(host, _)| host)
    }

    /// The port.
    pub fn port(&self) -> u16 {
        host_and_port(self.authority()).map_or(PORT, |(_, port)| port)
    }

    /// What is asked of the host: the path and the query.
    pub fn target(&self) -> String {
        match self.parts().1 {
            "" => "/".to_owned(),
            target if target.starts_with('?') => format!("/{target}"),
            target => target.to_owned(),
        }
    }

    /// The address with this behind its path, whether that ends in a slash or not.
    pub fn below(&self, path: &str) -> Option<Self> {
        format!("{}/{path}", self.0.trim_end_matches('/')).parse().ok()
    }
}

fn host_and_port(authority: &str) -> Option<(&str, u16)> {
    let number = |text: &str| {
        text.bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| text.parse().ok())?
    };
    if let Some(rest) = authority.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        let is_address = host.parse::<std::net::Ipv6Addr>().is_ok();
        let port = match rest.strip_prefix(':') {
            Some(port) => number(port)?,
            None if rest.is_empty() => PORT,
            None => return None,
        };
        return is_address.then_some((host, port));
    }
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, number(port)?),
        None => (authority, PORT),
    };
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
    let fits = !host.is_empty() && host.bytes().all(plain) && !host.starts_with('.');
    (fits && port > 0).then_some((host, port))
}

impl FromStr for HttpsUrl {
    type Err = BadUrl;

    fn from_str(text: &str) -> Result<Self, BadUrl> {
        let plain = |b: u8| b.is_ascii_graphic() && !b"#\"<>\\^`{|}".contains(&b);
        if text.len() > BYTES_MAX || !text.starts_with(SCHEME) || !text.bytes().all(plain) {
            return Err(BadUrl);
        }
        let url = Self(text.to_owned());
        host_and_port(url.authority()).ok_or(BadUrl)?;
        Ok(url)
    }
}

impl fmt::Display for HttpsUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_falls_into_its_parts() {
        for (text, host, port, target) in [
            ("https://id.example.org", "id.example.org", 443, "/"),
            (
                "https://id.example.org:8443/a?b=c",
                "id.example.org",
                8443,
                "/a?b=c",
            ),
            ("https://[2001:db8::1]/x", "2001:db8::1", 443, "/x"),
            ("https://[::1]:9/x", "::1", 9, "/x"),
            ("https://10.0.0.1?x=y", "10.0.0.1", 443, "/?x=y"),
        ] {
            let url: HttpsUrl = text.parse().expect(text);
            assert_eq!(
                (url.host(), url.port(), url.target().as_str()),
                (host, port, target),
                "{text}"
            );
        }
    }

    // R057: nothing but https, and no host that another reader would take for a different one.
    #[test]
    fn what_is_no_plain_https_address_is_none() {
        for text in [
            "",
            "https://",
            "http://id.example.org",
            "HTTPS://id.example.org",
            "ftp://id.example.org",
            "https:/id.example.org",
            "https://user@id.example.org/",
            "https://user:secret@id.example.org/",
            "https://id.example.org#fragment",
            "https://id.example.org\\@evil.example/",
            "https://id.example.org:0/",
            "https://id.example.org:99999/",
            "https://id.example.org:/",
            "https://id.example.org:x/",
            "https://.example.org/",
            "https://[::1",
            "https://[zz]/",
            "https://id.example.org/a b",
            "https://id.example.org/\r\nX: y",
            "https://id.exämple.org/",
            "https://id_example%2eorg/",
        ] {
            assert_eq!(text.parse::<HttpsUrl>(), Err(BadUrl), "{text}");
        }
        let long = format!("https://id.example.org/{}", "a".repeat(BYTES_MAX));
        assert_eq!(long.parse::<HttpsUrl>(), Err(BadUrl));
    }

    #[test]
    fn a_path_is_put_below_whether_the_address_ends_in_a_slash_or_not() {
        for text in ["https://id.example.org/realm", "https://id.example.org/realm/"] {
            let url: HttpsUrl = text.parse().expect(text);
            let below = url.below("keys").expect("an address");
            assert_eq!(below.as_str(), "https://id.example.org/realm/keys");
        }
    }
}
