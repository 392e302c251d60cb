//! Places that several tenants share: there are only so many, and nobody may take more than are left for the others. So
//! one tenant alone gets half of them, two a third each, and whoever comes late still finds some.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Whether somebody who has `own` places, where `all` of `most` are taken, may have another.
pub(crate) fn may_take(own: usize, all: usize, most: usize) -> bool {
    own < most.saturating_sub(all)
}

/// Places and who has them.
pub(crate) struct Shares<K: Ord> {
    most: usize,
    taken: Mutex<BTreeMap<K, usize>>,
}

/// A place; given back when it is dropped.
pub(crate) struct Place<K: Ord + Copy + 'static> {
    of: K,
    shares: &'static Shares<K>,
}

impl<K: Ord + Copy + 'static> Shares<K> {
    /// So many places, all free.
    pub(crate) const fn new(most: usize) -> Self {
        Self {
            most,
            taken: Mutex::new(BTreeMap::new()),
        }
    }

    /// A place, if there is one for whoever this is.
    pub(crate) fn take(&'static self, of: K) -> Option<Place<K>> {
        let mut taken = self.lock();
        let all = taken.values().sum();
        let own = taken.get(&of).copied().unwrap_or_default();
        may_take(own, all, self.most).then(|| {
            taken.insert(of, own + 1);
            Place { of, shares: self }
        })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<K, usize>> {
        // No code that can panic runs under the lock.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Ord + Copy + 'static> Drop for Place<K> {
    fn drop(&mut self) {
        let mut taken = self.shares.lock();
        match taken.get_mut(&self.of) {
            Some(own) if *own > 1 => *own -= 1,
            _ => drop(taken.remove(&self.of)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_of(shares: &'static Shares<u32>, of: u32) -> Vec<Place<u32>> {
        std::iter::from_fn(|| shares.take(of)).collect()
    }

    // R127
    #[test]
    fn whoever_comes_late_still_finds_a_place() {
        static SHARES: Shares<u32> = Shares::new(256);
        let first = all_of(&SHARES, 1);
        assert_eq!(first.len(), 128, "half for one alone");
        let counts: Vec<_> = (2..8).map(|of| all_of(&SHARES, of)).collect();
        let counted: Vec<_> = counts.iter().map(Vec::len).collect();
        assert_eq!(counted, [64, 32, 16, 8, 4, 2]);
        drop((first, counts));
        assert!(SHARES.lock().is_empty(), "nothing is kept");
        assert_eq!(
            all_of(&SHARES, 9).len(),
            128,
            "what was given back can be taken again"
        );
    }
}
