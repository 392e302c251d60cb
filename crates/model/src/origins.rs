//! Origins of web pages (RFC 6454) that a tenant lets read the answers to their requests: an option of the tenant.
//!
//! Without the option there are none. With `*` a page of any origin may, also one whose origin is nobody's (`null`), but
//! never with the credentials that a browser keeps. Only a page whose origin is listed as it is, over TLS and without
//! `*` beside it, may use those.

use crate::limits::{ALLOWED_ORIGINS_MAX, ORIGIN_BYTES_MAX};

/// The option's category.
pub const CATEGORY: &str = "access.control";
/// Its key.
pub const KEY: &str = "allow.origin";

/// The value is no list of origins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "no list of origins: expected are '*', or origins such as https://board.example.org:8443 or https://*.example.org, \
     with commas between them and without a path"
)]
pub struct BadOrigins;

/// The origins that a tenant allows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AllowedOrigins {
    is_any: bool,
    exact: Vec<Origin>,
    /// Those whose host is below this one.
    below: Vec<Origin>,
}

/// What a page of an origin may do with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// Nothing.
    No,
    /// Read it, like pages of any origin.
    WithAnybody,
    /// Read it.
    WithIt,
    /// Read it, also if the browser sent the credentials that it keeps.
    WithItAndCredentials,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Origin {
    is_secure: bool,
    host: String,
    port: u16,
}

impl AllowedOrigins {
    /// Reads the option's value.
    pub fn parse(value: &str) -> Result<Self, BadOrigins> {
        let mut allowed = Self::default();
        for (count, entry) in value.split(',').map(str::trim).enumerate() {
            if count >= ALLOWED_ORIGINS_MAX {
                return Err(BadOrigins);
            }
            if entry == "*" {
                allowed.is_any = true;
                continue;
            }
            let entry = entry.to_ascii_lowercase();
            match entry.split_once("://*.") {
                Some((scheme, rest)) => {
                    let origin = Origin::parse(&format!("{scheme}://{rest}")).ok_or(BadOrigins)?;
                    // Nobody owns all that is below a single label.
                    if !origin.host.contains('.') {
                        return Err(BadOrigins);
                    }
                    allowed.below.push(origin);
                }
                None => allowed.exact.push(Origin::parse(&entry).ok_or(BadOrigins)?),
            }
        }
        Ok(allowed)
    }

    /// What a page of this origin, as a browser names it, may do.
    pub fn sharing(&self, origin: &str) -> Sharing {
        if self.is_any {
            return Sharing::WithAnybody;
        }
        let Some(origin) = Origin::parse(origin) else {
            return Sharing::No;
        };
        let is_below = |of: &Origin| {
            let label = origin.host.strip_suffix(&of.host);
            let label = label.and_then(|label| label.strip_suffix('.'));
            label.is_some_and(|label| !label.is_empty())
                && (of.is_secure, of.port) == (origin.is_secure, origin.port)
        };
        match self.exact.contains(&origin) {
            true if origin.is_secure => Sharing::WithItAndCredentials,
            true => Sharing::WithIt,
            false if self.below.iter().any(is_below) => Sharing::WithIt,
            false => Sharing::No,
        }
    }
}

impl Origin {
    fn parse(text: &str) -> Option<Self> {
        if text.len() > ORIGIN_BYTES_MAX {
            return None;
        }
        let (is_secure, rest) = match text.strip_prefix("https://") {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix("http://")?),
        };
        let (host, port) = match rest.split_once(':') {
            Some((host, port)) => (host, port_of(port)?),
            None => (rest, if is_secure { 443 } else { 80 }),
        };
        let plain = |label: &str| {
            let edges = [label.chars().next(), label.chars().next_back()];
            edges
                .iter()
                .all(|edge| edge.is_some_and(|c| c.is_ascii_alphanumeric()))
                && label
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        host.split('.').all(plain).then(|| Self {
            is_secure,
            host: host.to_owned(),
            port,
        })
    }
}

fn port_of(text: &str) -> Option<u16> {
    let is_plain = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|_| is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sharing(list: &str, origin: &str) -> Sharing {
        AllowedOrigins::parse(list).expect("a list").sharing(origin)
    }

    #[test]
    fn only_what_is_listed_as_it_is_over_tls_may_use_credentials() {
        let list = "https://board.example.org, https://*.example.com,http://dev.example.org:8080";
        for (origin, expected) in [
            ("https://board.example.org", Sharing::WithItAndCredentials),
            ("https://board.example.org:443", Sharing::WithItAndCredentials),
            ("https://a.example.com", Sharing::WithIt),
            ("https://b.a.example.com", Sharing::WithIt),
            ("http://dev.example.org:8080", Sharing::WithIt),
            ("https://example.com", Sharing::No),
            ("https://.example.com", Sharing::No),
            ("https://evilexample.com", Sharing::No),
            ("https://a.example.com.evil.org", Sharing::No),
            ("https://a.example.com:8443", Sharing::No),
            ("http://a.example.com", Sharing::No),
            ("http://board.example.org", Sharing::No),
            ("https://board.example.org:8443", Sharing::No),
            ("https://board.example.org.evil.org", Sharing::No),
            ("https://board.example.org@evil.org", Sharing::No),
            ("https://evil.org/https://board.example.org", Sharing::No),
            ("https://board.example.org/", Sharing::No),
            ("https://board.example.org https://evil.org", Sharing::No),
            ("null", Sharing::No),
            ("", Sharing::No),
        ] {
            assert_eq!(sharing(list, origin), expected, "{origin}");
        }
    }

    #[test]
    fn a_star_is_for_everybody_and_never_with_credentials() {
        for list in ["*", "https://board.example.org,*", "*, https://board.example.org"] {
            for origin in ["https://board.example.org", "null", "https://evil.org"] {
                assert_eq!(sharing(list, origin), Sharing::WithAnybody, "{list} {origin}");
            }
        }
        assert_eq!(AllowedOrigins::default().sharing("null"), Sharing::No);
    }

    #[test]
    fn what_is_no_list_of_origins_is_refused() {
        let long = format!("https://{}.org", "a".repeat(ORIGIN_BYTES_MAX));
        let many = vec!["https://a.org"; ALLOWED_ORIGINS_MAX + 1].join(",");
        for value in [
            "",
            ",",
            "null",
            "example.org",
            "https://",
            "https://*",
            "https://*.org",
            "https://*.",
            "https://a.*.org",
            "https://a.org/",
            "https://a.org/path",
            "https://user@a.org",
            "https://a.org:0",
            "https://a.org:",
            "https://a.org:443:1",
            "https://a..org",
            "https://-a.org",
            "ftp://a.org",
            "https://a.org;https://b.org",
            "https://a.org,",
            &long,
            &many,
        ] {
            assert_eq!(AllowedOrigins::parse(value), Err(BadOrigins), "{value}");
        }
    }
}
