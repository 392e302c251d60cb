//! Where the server is: `https://host[:port]`, and `host[:port]` for MQTT.

use http::Uri;
use std::fmt;
use std::str::FromStr;

const HTTPS_PORT: u16 = 443;

/// The text is not the URL of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a server: https://host or https://host:port is expected, without a path, user or query")]
pub struct BadBaseUrl;

/// The origin of a server that speaks HTTPS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl {
    authority: String,
    host: String,
    port: u16,
}

impl BaseUrl {
    /// Host and port as they stood in the URL: the `Host` header.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The host alone; an IPv6 address without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl FromStr for BaseUrl {
    type Err = BadBaseUrl;

    fn from_str(text: &str) -> Result<Self, BadBaseUrl> {
        let uri: Uri = text.parse().map_err(|_| BadBaseUrl)?;
        let authority = uri.authority().ok_or(BadBaseUrl)?;
        let bare =
            matches!(uri.path(), "" | "/") && uri.query().is_none() && !authority.as_str().contains('@');
        // An authority may end in a colon or name a port that is none: both are then taken for a part of the host.
        let port = match authority.port() {
            Some(port) => port.as_u16(),
            None if authority.as_str() == authority.host() => HTTPS_PORT,
            None => return Err(BadBaseUrl),
        };
        if uri.scheme_str() != Some("https") || !bare || authority.host().is_empty() {
            return Err(BadBaseUrl);
        }
        let host = authority
            .host()
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        Ok(Self {
            authority: authority.to_string(),
            host,
            port,
        })
    }
}

/// The port on which a server speaks MQTT over TLS.
const MQTTS_PORT: u16 = 8883;

/// The text is not where a server speaks MQTT.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an address: HOST or HOST:PORT is expected")]
pub struct BadAddress;

/// Where a server speaks MQTT over TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    host: String,
    port: u16,
}

impl Address {
    /// The server's own host, with the usual port.
    pub fn mqtt_of(server: &BaseUrl) -> Self {
        Self {
            host: server.host.clone(),
            port: MQTTS_PORT,
        }
    }

    /// The host alone; an IPv6 address without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl FromStr for Address {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        // Whoever writes the scheme beside it means the same.
        let text = text.strip_prefix("mqtts://").unwrap_or(text);
        let url: BaseUrl = format!("https://{text}").parse().map_err(|_| BadAddress)?;
        let is_bare = url.authority() == text;
        let has_port = text
            .rsplit_once(':')
            .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        is_bare
            .then_some(Self {
                port: if has_port { url.port } else { MQTTS_PORT },
                host: url.host,
            })
            .ok_or(BadAddress)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_origins_are_servers() {
        for (text, expected) in [
            (
                "https://iot.example.org",
                Some(("iot.example.org", "iot.example.org", 443)),
            ),
            (
                "https://iot.example.org:8443/",
                Some(("iot.example.org:8443", "iot.example.org", 8443)),
            ),
            ("https://127.0.0.1:1", Some(("127.0.0.1:1", "127.0.0.1", 1))),
            ("https://[::1]:8443", Some(("[::1]:8443", "::1", 8443))),
            ("http://iot.example.org", None),
            ("https://iot.example.org/path", None),
            ("https://iot.example.org?q", None),
            ("https://user@iot.example.org", None),
            ("https://iot.example.org:99999", None),
            ("https://", None),
            ("iot.example.org", None),
            ("", None),
        ] {
            let url: Option<BaseUrl> = text.parse().ok();
            let parts = url.as_ref().map(|url| (url.authority(), url.host(), url.port()));
            assert_eq!(parts, expected, "{text:?}");
        }
    }

    #[test]
    fn an_address_has_a_host_and_the_usual_port_unless_another_is_said() {
        for (text, expected) in [
            ("iot.example.org", Some("iot.example.org:8883")),
            ("iot.example.org:1", Some("iot.example.org:1")),
            ("mqtts://iot.example.org:443", Some("iot.example.org:443")),
            ("127.0.0.1:8884", Some("127.0.0.1:8884")),
            ("[::1]:8884", Some("[::1]:8884")),
            ("iot.example.org/path", None),
            ("https://iot.example.org", None),
            ("iot.example.org:x", None),
            ("", None),
        ] {
            let address: Option<Address> = text.parse().ok();
            assert_eq!(
                address.map(|address| address.to_string()).as_deref(),
                expected,
                "{text:?}"
            );
        }
    }
}
