//! What a server certificate is issued for: host names and addresses, each parsed before it comes near a certificate.

use model::names::Domain;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// Longest host name of the Domain Name System in text form (RFC 1035 section 2.3.4), in bytes.
pub const HOST_BYTES_MAX: usize = 253;
/// Longest label of a host name (RFC 1035 section 2.3.4), in bytes.
pub const LABEL_BYTES_MAX: usize = 63;

/// The text is neither a host name nor an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither a host name nor an IP address")]
pub struct BadServerName(String);

/// A host name or an address that a server is reached by. No wildcards.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServerName {
    /// A host name in lower case.
    Host(Domain),
    /// An address.
    Address(IpAddr),
}

impl FromStr for ServerName {
    type Err = BadServerName;

    fn from_str(text: &str) -> Result<Self, BadServerName> {
        if let Ok(address) = text.parse() {
            return Ok(Self::Address(address));
        }
        let plain = text.len() <= HOST_BYTES_MAX
            && text.split('.').all(|label| label.len() <= LABEL_BYTES_MAX)
            // A name whose last label is a number is an address that did not parse (RFC 1123 section 2.1).
            && !text.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
        match text.to_ascii_lowercase().parse() {
            Ok(host) if plain => Ok(Self::Host(host)),
            _ => Err(BadServerName(text.to_owned())),
        }
    }
}

impl fmt::Display for ServerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(host) => host.fmt(f),
            Self::Address(address) => address.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_name_is_a_plain_host_name_or_an_address() {
        let long = "a".repeat(64);
        for (text, expected) in [
            ("localhost", Some("localhost")),
            ("IoT.Example.ORG", Some("iot.example.org")),
            ("127.0.0.1", Some("127.0.0.1")),
            ("::1", Some("::1")),
            ("999.1.1.1", None),
            ("*.example.org", None),
            ("a b", None),
            ("a\u{0}.example.org", None),
            ("", None),
            (long.as_str(), None),
        ] {
            let shown = text.parse::<ServerName>().ok().map(|name| name.to_string());
            assert_eq!(shown.as_deref(), expected, "{text:?}");
        }
    }
}
