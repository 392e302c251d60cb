//! Room in memory for request bodies: so much for all together, and of that only a share for each tenant and each caller,
//! so that nobody can take the room of everybody else with bodies that come slowly. It knows nothing of HTTP.

use engine::caller::Caller;
use engine::refusal::Refusal;
use model::ids::{PrincipalId, TenantNumber};
use model::limits::{
    BODY_BYTES_IN_FLIGHT_MAX, BODY_BYTES_IN_FLIGHT_PER_CALLER_MAX, BODY_BYTES_IN_FLIGHT_PER_TENANT_MAX,
};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The room of one installation.
#[derive(Default)]
pub(crate) struct Room(Arc<Mutex<Taken>>);

/// Holds no more shares than twice the number of bodies that are open.
#[derive(Debug, Default)]
struct Taken {
    bytes: usize,
    by_share: HashMap<Share, usize>,
}

/// Who has a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Share {
    Tenant(TenantNumber),
    Principal(TenantNumber, PrincipalId),
    /// All who are not signed in.
    Strangers,
    /// Who is not signed in, by an IPv4 address or an IPv6 network (/64).
    Address(IpAddr),
}

impl Room {
    /// Takes room for a body, until the value is dropped. Over the caller's own share it is refused as too much at once,
    /// over that of its tenant or of everybody as busy.
    pub(crate) fn take(
        &self,
        caller: Option<&Caller>,
        address: IpAddr,
        bytes: usize,
    ) -> Result<Place, Refusal> {
        let (own, common) = match caller {
            Some(caller) => {
                let (tenant, principal) = caller.numbers();
                (Share::Principal(tenant, principal), Share::Tenant(tenant))
            }
            None => (Share::Address(network_of(address)), Share::Strangers),
        };
        self.take_of(own, common, bytes)
    }

    fn take_of(&self, own: Share, common: Share, bytes: usize) -> Result<Place, Refusal> {
        let mut place = Place {
            own,
            common,
            bytes: 0,
            taken: Arc::clone(&self.0),
        };
        place.grow_to(bytes)?;
        Ok(place)
    }
}

/// Room that is taken.
#[derive(Debug)]
pub(crate) struct Place {
    own: Share,
    common: Share,
    bytes: usize,
    taken: Arc<Mutex<Taken>>,
}

impl Place {
    /// Takes more, if it is not as large already. Refused like [`Room::take`]; what was taken before stays so.
    pub(crate) fn grow_to(&mut self, bytes: usize) -> Result<(), Refusal> {
        let Some(more) = bytes.checked_sub(self.bytes).filter(|more| *more > 0) else {
            return Ok(());
        };
        let mut taken = lock(&self.taken);
        let with_more = |so_far: usize| so_far.saturating_add(more);
        let of = |share| with_more(taken.by_share.get(&share).copied().unwrap_or(0));
        if of(self.own) > BODY_BYTES_IN_FLIGHT_PER_CALLER_MAX {
            return Err(Refusal::TooOften {
                retry_after_seconds: 1,
            });
        }
        if of(self.common) > BODY_BYTES_IN_FLIGHT_PER_TENANT_MAX
            || with_more(taken.bytes) > BODY_BYTES_IN_FLIGHT_MAX
        {
            return Err(Refusal::Busy);
        }
        taken.bytes += more;
        for share in [self.own, self.common] {
            *taken.by_share.entry(share).or_default() += more;
        }
        self.bytes = bytes;
        Ok(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        taken.bytes = taken.bytes.saturating_sub(self.bytes);
        for share in [self.own, self.common] {
            match taken.by_share.get_mut(&share) {
                Some(bytes) if *bytes > self.bytes => *bytes -= self.bytes,
                _ => {
                    taken.by_share.remove(&share);
                }
            }
        }
    }
}

/// What counts as one stranger: whoever has one address of an IPv6 network (/64) has all of them.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
        v4 @ IpAddr::V4(_) => v4,
    }
}

fn lock(taken: &Mutex<Taken>) -> MutexGuard<'_, Taken> {
    // No code that can panic runs under the lock.
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;
    const TOO_MUCH: Refusal = Refusal::TooOften {
        retry_after_seconds: 1,
    };

    fn take(room: &Room, tenant: u32, principal: u64, bytes: usize) -> Result<Place, Refusal> {
        let tenant = TenantNumber(tenant);
        let own = Share::Principal(tenant, PrincipalId::new(principal + 1).expect("an id"));
        room.take_of(own, Share::Tenant(tenant), bytes)
    }

    #[test]
    fn a_caller_has_its_share_and_not_a_byte_more() {
        // R127
        let room = Room::default();
        let mut all = take(&room, 1, 1, MIB).expect("room");
        all.grow_to(BODY_BYTES_IN_FLIGHT_PER_CALLER_MAX)
            .expect("at the limit");
        let over = all.grow_to(BODY_BYTES_IN_FLIGHT_PER_CALLER_MAX + 1);
        assert_eq!(over, Err(TOO_MUCH));
        assert_eq!(take(&room, 1, 1, 1).err(), Some(TOO_MUCH));
        take(&room, 1, 2, MIB).expect("another of the tenant is not concerned");
        take(&room, 2, 1, MIB).expect("nor is one of another tenant");
        drop(all);
        take(&room, 1, 1, MIB).expect("what was given back can be taken again");
    }

    #[test]
    fn a_tenant_has_its_share_and_so_have_all_together() {
        // R127
        let room = Room::default();
        let fill = |tenant| -> Vec<Place> {
            (0..BODY_BYTES_IN_FLIGHT_PER_TENANT_MAX / BODY_BYTES_IN_FLIGHT_PER_CALLER_MAX)
                .map(|who| take(&room, tenant, who as u64, BODY_BYTES_IN_FLIGHT_PER_CALLER_MAX))
                .collect::<Result<_, _>>()
                .expect("at the limit")
        };
        let first = fill(0);
        assert_eq!(take(&room, 0, 99, 1).err(), Some(Refusal::Busy), "the tenant's");
        let tenants = u32::try_from(BODY_BYTES_IN_FLIGHT_MAX / BODY_BYTES_IN_FLIGHT_PER_TENANT_MAX);
        let others: Vec<_> = (1..tenants.expect("few")).map(fill).collect();
        assert_eq!(take(&room, 99, 99, 1).err(), Some(Refusal::Busy), "everybody's");
        drop(first);
        take(&room, 99, 99, 1).expect("there is room again");
        drop(others);
        let taken = lock(&room.0);
        assert_eq!((taken.bytes, taken.by_share.len()), (0, 0), "nothing is kept");
    }

    #[test]
    fn a_stranger_has_a_share_by_network_and_callers_are_not_concerned() {
        // R127
        let room = Room::default();
        let stranger = |text: &str, bytes| room.take(None, text.parse().expect("an address"), bytes);
        let _first = stranger("2001:db8::1", BODY_BYTES_IN_FLIGHT_PER_CALLER_MAX).expect("at the limit");
        assert_eq!(stranger("2001:db8::2", 1).err(), Some(TOO_MUCH));
        let left = BODY_BYTES_IN_FLIGHT_PER_TENANT_MAX - BODY_BYTES_IN_FLIGHT_PER_CALLER_MAX;
        let _second = stranger("192.0.2.1", left).expect("the rest of the strangers' share");
        assert_eq!(stranger("192.0.2.2", 1).err(), Some(Refusal::Busy));
        take(&room, 1, 1, MIB).expect("who is signed in has room");
    }
}
