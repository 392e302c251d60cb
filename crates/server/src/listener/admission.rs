//! Counts open connections, in total and per address, and refuses those over a cap. Knows nothing of what they do.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The counts of one listener.
pub(crate) struct Admission {
    total_max: usize,
    per_address_max: usize,
    counts: Arc<Mutex<Counts>>,
}

/// Holds no more addresses than there are open connections.
#[derive(Default)]
struct Counts {
    total: usize,
    by_address: HashMap<IpAddr, usize>,
}

impl Admission {
    pub(crate) fn new(total_max: usize, per_address_max: usize) -> Self {
        Self {
            total_max,
            per_address_max,
            counts: Arc::default(),
        }
    }

    /// A place for a connection of this address, until the permit is dropped; nothing when a cap is reached.
    pub(crate) fn admit(&self, address: IpAddr) -> Option<Permit> {
        let source = source_of(address);
        let mut counts = lock(&self.counts);
        let here = counts.by_address.get(&source).copied().unwrap_or(0);
        if counts.total >= self.total_max || here >= self.per_address_max {
            return None;
        }
        counts.total += 1;
        counts.by_address.insert(source, here + 1);
        Some(Permit {
            source,
            counts: Arc::clone(&self.counts),
        })
    }
}

/// What counts as one address: an IPv4 address, also inside IPv6, or the /64 network that one IPv6 host has anyway.
fn source_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// The place of one open connection.
pub(crate) struct Permit {
    source: IpAddr,
    counts: Arc<Mutex<Counts>>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut counts = lock(&self.counts);
        counts.total = counts.total.saturating_sub(1);
        match counts.by_address.get_mut(&self.source) {
            Some(here) if *here > 1 => *here -= 1,
            _ => {
                counts.by_address.remove(&self.source);
            }
        }
    }
}

fn lock(counts: &Mutex<Counts>) -> MutexGuard<'_, Counts> {
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn a_cap_holds_at_the_limit_and_a_place_is_given_back() {
        // R127
        let admission = Admission::new(3, 2);
        let first = admission.admit(address("192.0.2.1"));
        let second = admission.admit(address("::ffff:192.0.2.1"));
        assert!(first.is_some() && second.is_some());
        assert!(
            admission.admit(address("192.0.2.1")).is_none(),
            "two of one address"
        );
        let other = admission.admit(address("192.0.2.2"));
        assert!(other.is_some());
        assert!(admission.admit(address("192.0.2.3")).is_none(), "three in total");
        drop(first);
        assert!(admission.admit(address("192.0.2.1")).is_some());
        drop((second, other));
        let counts = lock(&admission.counts);
        assert_eq!((counts.total, counts.by_address.len()), (0, 0));
    }

    #[test]
    fn the_addresses_of_one_ipv6_network_count_together() {
        let admission = Admission::new(10, 1);
        let _first = admission.admit(address("2001:db8::1")).expect("free");
        assert!(admission.admit(address("2001:db8::2")).is_none());
        assert!(admission.admit(address("2001:db8:0:1::1")).is_some());
    }
}
