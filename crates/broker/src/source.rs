//! Where a connection comes from, as far as it is counted: the part of an address that stands for one party.

use std::net::{IpAddr, Ipv6Addr};

/// An IPv4 address, also inside IPv6; or an IPv6 network (/64), because whoever has one address of such a network has all of
/// them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Source(IpAddr);

impl From<IpAddr> for Source {
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
            v4 @ IpAddr::V4(_) => v4,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_party_are_one_source() {
        for (one, other, same) in [
            ("192.0.2.1", "192.0.2.2", false),
            ("192.0.2.1", "::ffff:192.0.2.1", true),
            ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", true),
            ("2001:db8:1:2::1", "2001:db8:1:3::1", false),
        ] {
            let source = |text: &str| Source::from(text.parse::<IpAddr>().expect("an address"));
            assert_eq!(source(one) == source(other), same, "{one} {other}");
        }
    }
}
