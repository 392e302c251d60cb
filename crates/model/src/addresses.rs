//! Ranges of IP addresses, as an allow-list names them: `10.0.0.0/8`, `2001:db8::/32`, or one address.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// The text is not a range of addresses (RFC 4632, RFC 4291).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a range of addresses: expected is 192.0.2.0/24, 2001:db8::/32 or one address, with nothing after the prefix"
)]
pub struct BadRange;

/// All addresses that begin with the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AddressRange {
    /// The first of them.
    first: IpAddr,
    /// How many bits they have in common.
    bits: u8,
}

impl AddressRange {
    /// The rule that [`FromStr`] checks.
    pub const RULE: &str =
        "a range like 192.0.2.0/24 or 2001:db8::/32, or one address, with nothing after the prefix";

    /// Whether an address lies in the range. An IPv4 address that came in the form of IPv6 (`::ffff:192.0.2.1`) is the
    /// IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.first, address.to_canonical()) {
            (IpAddr::V4(first), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0);
                first.to_bits() & mask == address.to_bits() & mask
            }
            (IpAddr::V6(first), IpAddr::V6(address)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.bits)).unwrap_or(0);
                first.to_bits() & mask == address.to_bits() & mask
            }
            _ => false,
        }
    }

    /// Whether bits are set in the address after those that count: then something else was meant.
    fn has_rest(first: IpAddr, bits: u8) -> bool {
        match first {
            IpAddr::V4(first) => first.to_bits().checked_shl(u32::from(bits)).unwrap_or(0) != 0,
            IpAddr::V6(first) => first.to_bits().checked_shl(u32::from(bits)).unwrap_or(0) != 0,
        }
    }
}

impl FromStr for AddressRange {
    type Err = BadRange;

    fn from_str(text: &str) -> Result<Self, BadRange> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let first: IpAddr = address.parse().map_err(|_| BadRange)?;
        // One that is written as IPv6 but means IPv4 would never match: addresses are compared as what they mean.
        if first.to_canonical() != first {
            return Err(BadRange);
        }
        let most = if first.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            None => most,
            Some(bits)
                if bits.bytes().all(|b| b.is_ascii_digit()) && (bits == "0" || !bits.starts_with('0')) =>
            {
                bits.parse().map_err(|_| BadRange)?
            }
            Some(_) => return Err(BadRange),
        };
        if bits > most || Self::has_rest(first, bits) {
            return Err(BadRange);
        }
        Ok(Self { first, bits })
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    // R119
    #[test]
    fn a_range_has_the_addresses_that_begin_with_its_bits_and_no_others() {
        for (range, address, expected) in [
            ("192.0.2.0/24", "192.0.2.255", true),
            ("192.0.2.0/24", "192.0.3.0", false),
            ("192.0.2.0/24", "::ffff:192.0.2.7", true),
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.6", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("::/0", "2001:db8::1", true),
            // What means IPv4 is IPv4, so a range of IPv6 does not have it.
            ("::/0", "::ffff:192.0.2.7", false),
            ("::1", "::1", true),
        ] {
            let range: AddressRange = range.parse().expect("a range");
            assert_eq!(
                range.contains(address.parse().expect("an address")),
                expected,
                "{range} {address}"
            );
        }
    }

    #[test]
    fn what_is_no_range_or_says_more_than_its_prefix_is_refused() {
        for text in [
            "",
            "192.0.2",
            "192.0.2.0/33",
            "192.0.2.1/24",
            "192.0.2.0/",
            "192.0.2.0/+8",
            "192.0.2.0/08",
            "2001:db8::/129",
            "2001:db8::1/32",
            "::ffff:192.0.2.0/120",
            "example.org",
            "192.0.2.0/24 ",
            "192.0.2.0/256",
        ] {
            assert_eq!(text.parse::<AddressRange>(), Err(BadRange), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_range_is_written_as_it_is_read_and_has_its_first_address(address: u128, bits in 0u8..=128) {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
            let first = std::net::Ipv6Addr::from_bits(address & mask);
            prop_assume!(first.to_canonical().is_ipv6());
            let text = format!("{first}/{bits}");
            let range: AddressRange = text.parse().expect("a range");
            prop_assert_eq!(range.to_string(), text);
            prop_assert!(range.contains(first.into()));
        }
    }
}
