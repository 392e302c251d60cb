//! The part of a network address that stands for one party: a whole IPv4 address, or the first 64 bits of an IPv6
//! address, because whoever has one address of such a network has all of them.

use std::net::IpAddr;

/// An IPv4 address (/32) or an IPv6 network (/64). An IPv4 address inside IPv6 (`::ffff:a.b.c.d`) is the IPv4 one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressPrefix(Prefix);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Prefix {
    V4([u8; 4]),
    V6([u8; 8]),
}

impl From<IpAddr> for AddressPrefix {
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(v4) => Prefix::V4(v4.octets()),
            IpAddr::V6(v6) => Prefix::V6(((v6.to_bits() >> 64) as u64).to_be_bytes()),
        })
    }
}

impl AddressPrefix {
    /// Its bytes: 4 or 8, so that the two kinds never coincide.
    pub(super) fn bytes(&self) -> &[u8] {
        match &self.0 {
            Prefix::V4(bytes) => bytes,
            Prefix::V6(bytes) => bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_party_share_a_prefix_and_others_do_not() {
        for (one, other, same) in [
            ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
            ("192.0.2.1", "::ffff:192.0.2.1", true),
            ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", true),
            ("2001:db8:1:2::1", "2001:db8:1:3::1", false),
            ("::1", "127.0.0.1", false),
        ] {
            let prefix = |text: &str| AddressPrefix::from(text.parse::<IpAddr>().expect("an address"));
            assert_eq!(prefix(one) == prefix(other), same, "{one} {other}");
        }
    }
}
