//! Sign-ins that are under way: a browser was sent to its provider and has not come back. Each is known by a random value
//! that goes there and back, belongs to one browser, and is used once.

use aws_lc_rs::digest::{SHA256, digest};
use model::ids::TenantNumber;
use model::limits::{
    SIGN_ON_SECONDS, SIGN_ONS_MAX, SIGN_ONS_PER_ADDRESS_MAX, SIGN_ONS_PER_NETWORK_MAX,
    SIGN_ONS_PER_TENANT_MAX,
};
use model::secret::Secret;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a random value is kept as, so that nobody who reads the memory can use it.
type Trace = [u8; 32];

pub(super) fn trace(value: &str) -> Trace {
    let mut trace = [0; 32];
    trace.copy_from_slice(digest(&SHA256, value.as_bytes()).as_ref());
    trace
}

/// A sign-in that is under way.
pub(super) struct Journey {
    pub(super) tenant: TenantNumber,
    /// The browser, by the trace of the value in its cookie.
    pub(super) browser: Trace,
    /// What the token must repeat.
    pub(super) nonce: String,
    /// What the code is bound to (RFC 7636).
    pub(super) verifier: Secret,
    /// Where the provider sends the browser back to.
    pub(super) redirect: String,
    /// Where the browser goes in the end.
    pub(super) lands: String,
    /// The provider, and the client there, as they were then.
    pub(super) issuer: String,
    pub(super) client: String,
}

struct Kept {
    journey: Journey,
    number: u64,
    groups: [Group; 3],
    began_millis: u64,
}

/// What a sign-in is counted with. Each group has its own bound, so that nobody's fill those of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Group {
    Address(IpAddr),
    Network(IpAddr),
    Tenant(TenantNumber),
}

impl Group {
    fn all(tenant: TenantNumber, address: IpAddr) -> [Self; 3] {
        [
            Self::Address(prefix(address)),
            Self::Network(network(address)),
            Self::Tenant(tenant),
        ]
    }

    fn most(self) -> usize {
        match self {
            Self::Address(_) => SIGN_ONS_PER_ADDRESS_MAX,
            Self::Network(_) => SIGN_ONS_PER_NETWORK_MAX,
            Self::Tenant(_) => SIGN_ONS_PER_TENANT_MAX,
        }
    }
}

/// All of them, bounded as a whole and for each address, network and tenant.
#[derive(Default)]
pub(super) struct Journeys(Mutex<All>);

#[derive(Default)]
struct All {
    by_state: HashMap<Trace, Kept>,
    /// In the order in which they began.
    in_order: BTreeMap<u64, Trace>,
    by_group: HashMap<Group, BTreeSet<u64>>,
    next: u64,
}

impl Journeys {
    fn all(&self) -> MutexGuard<'_, All> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps one; false if there are too many.
    pub(super) fn begin(&self, state: &str, journey: Journey, address: IpAddr, now_millis: u64) -> bool {
        let mut all = self.all();
        all.forget_old(now_millis);
        let groups = Group::all(journey.tenant, address);
        groups.into_iter().for_each(|group| all.make_room(group));
        if all.by_state.len() >= SIGN_ONS_MAX {
            return false;
        }
        let (number, state) = (all.next, trace(state));
        all.next += 1;
        all.in_order.insert(number, state);
        for group in groups {
            all.by_group.entry(group).or_default().insert(number);
        }
        let kept = Kept {
            journey,
            number,
            groups,
            began_millis: now_millis,
        };
        all.by_state.insert(state, kept);
        true
    }

    /// Takes one out, for good, unless it is over.
    pub(super) fn take(&self, state: &str, now_millis: u64) -> Option<Journey> {
        let mut all = self.all();
        all.forget_old(now_millis);
        all.remove(&trace(state))
    }
}

impl All {
    fn forget_old(&mut self, now_millis: u64) {
        while let Some((number, state)) = self.in_order.first_key_value() {
            let (number, state) = (*number, *state);
            let kept = self.by_state.get(&state);
            if kept.is_some_and(|kept| now_millis.saturating_sub(kept.began_millis) < SIGN_ON_SECONDS * 1_000)
            {
                return;
            }
            self.in_order.remove(&number);
            self.remove(&state);
        }
    }

    /// Makes room for one more in a group that is full: its own oldest is over.
    fn make_room(&mut self, group: Group) {
        let full = self.by_group.get(&group).filter(|own| own.len() >= group.most());
        let oldest = full.and_then(|own| self.in_order.get(own.first()?)).copied();
        if let Some(state) = oldest {
            self.remove(&state);
        }
    }

    fn remove(&mut self, state: &Trace) -> Option<Journey> {
        let kept = self.by_state.remove(state)?;
        self.in_order.remove(&kept.number);
        for group in kept.groups {
            if let Some(own) = self.by_group.get_mut(&group) {
                own.remove(&kept.number);
                if own.is_empty() {
                    self.by_group.remove(&group);
                }
            }
        }
        Some(kept.journey)
    }
}

/// An address by its prefix: whoever has an IPv6 network has many addresses.
pub(super) fn prefix(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        v4 => v4,
    }
}

/// What one holder is given at least, and often more: who has it has many prefixes.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, ..] = v6.segments();
            IpAddr::from([a, b, c, 0, 0, 0, 0, 0])
        }
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            IpAddr::from([a, b, c, 0])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    fn journey(number: u32) -> Journey {
        Journey {
            tenant: TenantNumber(number),
            browser: [0; 32],
            nonce: String::new(),
            verifier: Secret::new(""),
            redirect: String::new(),
            lands: String::new(),
            issuer: String::new(),
            client: String::new(),
        }
    }

    fn address(number: u32) -> IpAddr {
        IpAddr::V4(Ipv4Addr::from_bits(number))
    }

    // R052
    #[test]
    fn a_sign_in_is_used_once_and_within_its_time() {
        let journeys = Journeys::default();
        assert!(journeys.begin("a", journey(1), address(1), 0));
        assert!(journeys.begin("b", journey(2), address(1), 1));
        assert!(journeys.take("c", 2).is_none());
        assert_eq!(journeys.take("a", 2).map(|found| found.tenant.0), Some(1));
        assert!(journeys.take("a", 3).is_none(), "replayed");
        assert!(
            journeys.take("b", 1 + SIGN_ON_SECONDS * 1_000).is_none(),
            "too late"
        );
        let all = journeys.all();
        assert!(all.by_state.is_empty() && all.in_order.is_empty() && all.by_group.is_empty());
    }

    #[test]
    fn one_address_pushes_out_its_own_oldest_only() {
        let journeys = Journeys::default();
        assert!(journeys.begin("other", journey(9), address(9), 0));
        for number in 0..=SIGN_ONS_PER_ADDRESS_MAX {
            assert!(journeys.begin(&number.to_string(), journey(1), address(1), 1));
        }
        assert!(journeys.take("0", 2).is_none());
        assert!(journeys.take("1", 2).is_some());
        assert!(journeys.take("other", 2).is_some());
        assert_eq!(journeys.all().by_state.len(), SIGN_ONS_PER_ADDRESS_MAX - 1);
    }

    #[test]
    fn there_are_only_so_many() {
        let journeys = Journeys::default();
        for number in 0..SIGN_ONS_MAX {
            let from = address(u32::try_from(number).expect("small"));
            let tenant = u32::try_from(number / SIGN_ONS_PER_TENANT_MAX).expect("small");
            assert!(journeys.begin(&number.to_string(), journey(tenant), from, 0));
        }
        assert!(!journeys.begin("more", journey(99), address(u32::MAX), 0));
        assert!(journeys.begin("later", journey(1), address(u32::MAX), SIGN_ON_SECONDS * 1_000));
        assert_eq!(journeys.all().by_state.len(), 1);
    }

    // R120: whoever has a whole IPv6 network has no more of them than that network may have.
    #[test]
    fn one_network_pushes_out_its_own_oldest_only() {
        let journeys = Journeys::default();
        assert!(journeys.begin("other", journey(1), address(9), 0));
        for number in 0..=SIGN_ONS_PER_NETWORK_MAX {
            let part = u16::try_from(number).expect("small");
            let from = IpAddr::from([0x2001, 0xdb8, 7, part, 0, 0, 0, 1]);
            assert!(journeys.begin(&number.to_string(), journey(1), from, 1));
        }
        assert_eq!(journeys.all().by_state.len(), 1 + SIGN_ONS_PER_NETWORK_MAX);
        assert!(journeys.take("0", 2).is_none());
        assert!(journeys.take("1", 2).is_some());
        assert!(journeys.take("other", 2).is_some());
    }

    // R115, R120: sign-ins at one tenant, from wherever, leave room for those at others.
    #[test]
    fn one_tenant_pushes_out_its_own_oldest_only() {
        let journeys = Journeys::default();
        assert!(journeys.begin("other", journey(2), address(0), 0));
        for number in 0..=SIGN_ONS_PER_TENANT_MAX {
            let from = address(u32::try_from(number << 8).expect("small"));
            assert!(journeys.begin(&number.to_string(), journey(1), from, 1));
        }
        assert_eq!(journeys.all().by_state.len(), 1 + SIGN_ONS_PER_TENANT_MAX);
        assert!(journeys.take("0", 2).is_none());
        assert!(journeys.take("other", 2).is_some());
    }
}
