//! What the platform does by itself in one tenant after the other: a fault in one holds up no other.
//!
//! It does not know what is done there.

use crate::door::Door;
use crate::refusal::Refusal;
use model::ids::{MANAGEMENT, TenantNumber};
use model::tenants::{Tenant, TenantStatus};
use policy::operations::tenants::TenantRead;
use policy::proof::{Allowed, SystemReason};

/// The first reason why something was not done. That there was no room for it is told only if there is no other reason: it
/// passes by itself.
pub(crate) fn first_reason(first: Result<(), Refusal>, next: Result<(), Refusal>) -> Result<(), Refusal> {
    match (first, next) {
        (Ok(()) | Err(Refusal::Busy), Err(refusal)) => Err(refusal),
        (first, _) => first,
    }
}

/// Does the same with each, whatever comes of the others: what it comes to where it succeeds, and the first reason why it
/// did not.
pub(crate) async fn for_each<I, T, F>(
    all: impl IntoIterator<Item = I>,
    act: impl Fn(I) -> F,
) -> (Vec<T>, Result<(), Refusal>)
where
    F: Future<Output = Result<T, Refusal>>,
{
    let (mut done, mut outcome) = (Vec::new(), Ok(()));
    for one in all {
        match act(one).await {
            Ok(came) => done.push(came),
            Err(refusal) => outcome = first_reason(outcome, Err(refusal)),
        }
    }
    (done, outcome)
}

impl Door {
    /// Does in every tenant what the platform has put off. What fails in one holds up no other; the first reason is told.
    pub(crate) async fn in_every_tenant<F>(
        &self,
        reason: SystemReason,
        act: impl Fn(TenantNumber) -> F,
    ) -> Result<(), Refusal>
    where
        F: Future<Output = Result<(), Refusal>>,
    {
        self.gathered_in_every_tenant(reason, act).await.1
    }

    /// The same, with what it comes to in each.
    pub(crate) async fn gathered_in_every_tenant<T, F>(
        &self,
        reason: SystemReason,
        act: impl Fn(TenantNumber) -> F,
    ) -> (Vec<T>, Result<(), Refusal>)
    where
        F: Future<Output = Result<T, Refusal>>,
    {
        self.in_those(reason, |_| true, act).await
    }

    /// The same in every tenant that is not suspended.
    pub(crate) async fn in_every_active_tenant<T, F>(
        &self,
        reason: SystemReason,
        act: impl Fn(TenantNumber) -> F,
    ) -> (Vec<T>, Result<(), Refusal>)
    where
        F: Future<Output = Result<T, Refusal>>,
    {
        let is_active = |tenant: &Tenant| tenant.status == TenantStatus::Active;
        self.in_those(reason, is_active, act).await
    }

    async fn in_those<T, F>(
        &self,
        reason: SystemReason,
        are_meant: impl Fn(&Tenant) -> bool,
        act: impl Fn(TenantNumber) -> F,
    ) -> (Vec<T>, Result<(), Refusal>)
    where
        F: Future<Output = Result<T, Refusal>>,
    {
        match self.served_tenants(reason).await {
            Ok(tenants) => {
                let meant = tenants.into_iter().filter(are_meant);
                for_each(meant, |tenant| act(tenant.number)).await
            }
            Err(refusal) => (Vec::new(), Err(refusal)),
        }
    }

    /// Every tenant in which the platform can do what it has put off. Where the storage is not available, that waits.
    pub(crate) async fn served_tenants(&self, reason: SystemReason) -> Result<Vec<Tenant>, Refusal> {
        let inside = self.0.clone();
        let tenants = self.work(move || {
            let proof = Allowed::<TenantRead>::mint_system(MANAGEMENT, reason);
            Ok(inside.store.read(MANAGEMENT)?.catalogue(proof).tenants()?)
        });
        let mut tenants = tenants.await.map_err(|refused| refused.refusal)?;
        let is_served = |number| self.0.store.check_available(number).is_ok();
        tenants.retain(|tenant| tenant.status.is_there() && is_served(tenant.number));
        Ok(tenants)
    }
}
