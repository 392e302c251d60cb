//! Counts connections whose client has not signed in yet, in all and by source, and refuses those over a cap. Knows
//! nothing of what they do.

use crate::source::Source;
use model::limits::{MQTT_STRANGERS_MAX, MQTT_STRANGERS_PER_ADDRESS_MAX};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The counts. Holds no more sources than there are strangers.
#[derive(Clone, Default)]
pub(crate) struct Strangers(Arc<Mutex<Counts>>);

#[derive(Default)]
struct Counts {
    total: usize,
    by_source: HashMap<Source, usize>,
}

impl Strangers {
    /// A place for a stranger from this address, until it is dropped; nothing when a cap is reached.
    pub(crate) fn admit(&self, address: IpAddr) -> Option<Stranger> {
        let source = Source::from(address);
        let mut counts = self.lock();
        let here = counts.by_source.get(&source).copied().unwrap_or(0);
        if counts.total >= MQTT_STRANGERS_MAX || here >= MQTT_STRANGERS_PER_ADDRESS_MAX {
            return None;
        }
        counts.total += 1;
        counts.by_source.insert(source, here + 1);
        Some(Stranger {
            source,
            counts: self.clone(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        // No code that can panic runs under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of one stranger.
pub(crate) struct Stranger {
    source: Source,
    counts: Strangers,
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let mut counts = self.counts.lock();
        counts.total = counts.total.saturating_sub(1);
        match counts.by_source.get_mut(&self.source) {
            Some(here) if *here > 1 => *here -= 1,
            _ => {
                counts.by_source.remove(&self.source);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // R127
    #[test]
    fn strangers_are_few_of_one_address_and_a_place_is_given_back() {
        let strangers = Strangers::default();
        let (one, other) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let mut here: Vec<_> = (0..MQTT_STRANGERS_PER_ADDRESS_MAX)
            .map(|_| strangers.admit(one).expect("a place"))
            .collect();
        assert!(strangers.admit(one).is_none());
        assert!(strangers.admit(other).is_some());
        here.pop();
        assert!(strangers.admit(one).is_some());
        drop(here);
        let counts = strangers.lock();
        assert_eq!((counts.total, counts.by_source.len()), (0, 0));
    }

    // R127
    #[test]
    fn the_addresses_of_one_ipv6_network_are_one_source() {
        let strangers = Strangers::default();
        let of_network = |network: u16, host: u16| IpAddr::from([0x2001, 0xdb8, 0, network, 0, 0, 0, host]);
        let _here: Vec<_> = (0..MQTT_STRANGERS_PER_ADDRESS_MAX)
            .map(|host| strangers.admit(of_network(1, u16::try_from(host).expect("few"))))
            .collect();
        assert!(strangers.admit(of_network(1, 9_999)).is_none());
        assert!(strangers.admit(of_network(2, 1)).is_some());
    }
}
