//! Some work goes one after the other, tenant by tenant: what has met a conflict, and what is long. When many change the
//! same thing at once, only one of each round is committed; without turns most of the others would run in vain until they
//! are told to come back.
//!
//! Turns are fair. Who waits should hold nothing large. Too many who wait are told to come back.

use crate::refusal::Refusal;
use model::ids::TenantNumber;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Mutex as Lane, OwnedMutexGuard};

/// From so many lanes on, those that nobody uses are given up.
const LANES_KEPT: usize = 256;

/// The turns of all tenants.
pub(crate) struct Turns {
    lanes: Mutex<HashMap<TenantNumber, Arc<Lane<()>>>>,
    waiting_max: usize,
}

/// The turn; it lasts as long as this.
pub(crate) type Turn = OwnedMutexGuard<()>;

impl Turns {
    /// Turns of tenants of whose work so many may wait.
    pub(crate) fn new(waiting_max: usize) -> Self {
        Self {
            lanes: Mutex::default(),
            waiting_max,
        }
    }

    /// Waits for the tenant's turn.
    pub(crate) async fn of(&self, tenant: TenantNumber) -> Result<Turn, Refusal> {
        let lane = self.lane(tenant)?;
        Ok(lane.lock_owned().await)
    }

    fn lane(&self, tenant: TenantNumber) -> Result<Arc<Lane<()>>, Refusal> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if lanes.len() >= LANES_KEPT {
            // Whoever has the turn or waits for it holds the lane too.
            lanes.retain(|_, lane| Arc::strong_count(lane) > 1);
        }
        let lane = lanes.entry(tenant).or_default();
        // The map, and who has the turn.
        match Arc::strong_count(lane) >= self.waiting_max.saturating_add(2) {
            true => Err(Refusal::Busy),
            false => Ok(Arc::clone(lane)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::{Context, Waker};

    const ALPHA: TenantNumber = TenantNumber(1);

    #[tokio::test]
    async fn of_one_tenant_one_has_the_turn_and_so_many_wait_and_others_are_told_to_come_back() {
        let turns = Turns::new(1);
        let first = turns.of(ALPHA).await.expect("a turn");
        let mut second = Box::pin(turns.of(ALPHA));
        let mut context = Context::from_waker(Waker::noop());
        assert!(second.as_mut().poll(&mut context).is_pending());
        assert_eq!(turns.of(ALPHA).await.err(), Some(Refusal::Busy));
        // Another tenant waits for nobody.
        assert!(turns.of(TenantNumber(257)).await.is_ok());
        drop(first);
        assert!(second.await.is_ok());
        assert!(turns.of(ALPHA).await.is_ok());
    }

    #[tokio::test]
    async fn lanes_that_nobody_uses_are_given_up() {
        let turns = Turns::new(1);
        let kept = turns.of(ALPHA).await.expect("a turn");
        for number in 2..2_000 {
            turns.of(TenantNumber(number)).await.expect("a turn");
        }
        assert!(turns.lanes.lock().expect("lanes").len() <= LANES_KEPT);
        assert!(turns.lane(ALPHA).is_ok());
        drop(kept);
    }
}
