//! The addresses from which an account signed in with success since the process began, the latest eight.

use crate::table::{Fact, Tag};

/// Addresses of one account that are remembered.
const KNOWN_PER_ACCOUNT_MAX: usize = 8;

#[derive(Clone, Copy, Default)]
pub(super) struct KnownAddresses {
    /// The latest first.
    addresses: [Option<Tag>; KNOWN_PER_ACCOUNT_MAX],
    last_success_millis: u64,
}

impl KnownAddresses {
    pub(super) fn contains(&self, address: Tag) -> bool {
        self.addresses.contains(&Some(address))
    }

    /// With this address as the latest; the one unused for longest goes if there are too many.
    pub(super) fn with(self, address: Tag, now_millis: u64) -> Self {
        let others = self
            .addresses
            .into_iter()
            .flatten()
            .filter(|&known| known != address);
        let mut latest_first = std::iter::once(address).chain(others);
        let addresses = std::array::from_fn(|_| latest_first.next());
        Self {
            addresses,
            last_success_millis: now_millis,
        }
    }
}

impl Fact for KnownAddresses {
    fn worth(&self, _now_millis: u64) -> Option<(u64, u64)> {
        self.addresses
            .iter()
            .any(Option::is_some)
            .then_some((self.last_success_millis, 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_eight_addresses_are_known() {
        let mut known = KnownAddresses::default();
        for address in [1, 2, 3, 4, 5, 6, 7, 8, 1, 9] {
            known = known.with(address, 0);
        }
        for (address, expected) in [(1, true), (2, false), (3, true), (9, true), (10, false)] {
            assert_eq!(known.contains(address), expected, "{address}");
        }
    }
}
