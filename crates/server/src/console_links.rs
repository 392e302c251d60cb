//! Addresses of the console, as they are printed for people. It does not know what is behind them.

use crate::config::Config;
use model::names::{TenantId, UserName};
use model::secret::Secret;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Everything but what RFC 3986 calls unreserved.
const VALUE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The address that people open: the configured one, or that of the listener. Nothing if the port is not known yet.
pub fn origin(config: &Config, listening: SocketAddr) -> Option<String> {
    if let Some(base) = &config.base_url {
        return Some(base.trim_end_matches('/').to_owned());
    }
    (listening.port() != 0).then(|| format!("https://{}", reachable(listening)))
}

/// Where the console is.
pub fn console(origin: &str) -> String {
    format!("{origin}{}", ui::console::PLACE)
}

/// Where an administrator sets the first password. The secret stands behind `#`: browsers keep that to themselves, so it
/// comes into no log of a server or proxy.
pub fn setup(origin: &str, tenant: &TenantId, user: &UserName, secret: &Secret) -> String {
    let value = |text: &str| utf8_percent_encode(text, VALUE).to_string();
    format!(
        "{}#/setup?tenant={}&user={}&secret={}",
        console(origin),
        value(tenant.as_str()),
        value(user.as_str()),
        value(secret.expose())
    )
}

/// The address at which this machine reaches the server: its certificate is for the loopback address, not for "any
/// address".
pub fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address.is_ipv4() {
            true => IpAddr::V4(Ipv4Addr::LOCALHOST),
            false => IpAddr::V6(Ipv6Addr::LOCALHOST),
        });
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_up_link_has_its_secret_behind_the_number_sign_only() {
        let [tenant, user] = ["t100", "jane.o'hara&x=#1@example.org"];
        let link = setup(
            "https://iot.example.org",
            &tenant.parse().expect("a tenant"),
            &user.parse().expect("a user"),
            &Secret::new("aaaa-bbbb"),
        );
        let (sent, kept) = link.split_once('#').expect("a fragment");
        assert_eq!(sent, "https://iot.example.org/ui/");
        assert_eq!(
            kept,
            "/setup?tenant=t100&user=jane.o%27hara%26x%3D%231%40example.org&secret=aaaa-bbbb"
        );
    }

    #[test]
    fn any_address_is_opened_at_this_machine() {
        for (listening, expected) in [
            ("0.0.0.0:8443", "127.0.0.1:8443"),
            ("[::]:8443", "[::1]:8443"),
            ("192.0.2.1:443", "192.0.2.1:443"),
        ] {
            let address = reachable(listening.parse().expect("an address"));
            assert_eq!(address.to_string(), expected);
        }
    }
}
