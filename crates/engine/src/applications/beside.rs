//! Applications that are shown beside something else: with a tenant, with a user, with figures of usage. Who may not see
//! applications sees the rest without them, so nothing here refuses.

use super::{ApplicationView, Shelf, management};
use crate::caller::Caller;
use crate::desk::Reading;
use crate::door::{Door, check_due};
use crate::refusal::Refusal;
use crate::work::Query;
use model::applications::Subscription;
use model::ids::{MANAGEMENT, TenantNumber};
use model::names::TenantId;
use model::roles::Role;
use model::users::UserKind;
use policy::operation::Operation;
use policy::operations::applications::{ApplicationUse, SubscriptionRead};
use policy::proof::{Allowed, SystemReason};
use std::collections::{BTreeMap, BTreeSet};
use store::fault::StoreFault;

/// Reads what everybody of the caller's tenant may use, if the caller may know it.
struct ReadUsable;

impl Query for ReadUsable {
    type Operation = ApplicationUse;
    type Answer = Option<Shelf>;

    fn answer(&self, desk: &Reading) -> Result<Option<Shelf>, Refusal> {
        let is_device = matches!(desk.who().kind(), UserKind::Device | UserKind::Bootstrap);
        if is_device || !desk.may::<ApplicationUse>() {
            return Ok(None);
        }
        let rows = desk.tx.applications(desk.allow::<ApplicationUse>()?);
        Ok(Some(Shelf {
            own: rows.applications()?,
            subscriptions: rows.subscriptions()?,
            asked: BTreeSet::new(),
            sees_all: false,
        }))
    }
}

/// Finds out whether the caller may know what other tenants are subscribed to.
struct MayReadOthers;

impl Query for MayReadOthers {
    type Operation = SubscriptionRead;
    type Answer = bool;

    fn answer(&self, desk: &Reading) -> Result<bool, Refusal> {
        let who = desk.who();
        Ok(who.tenant() == MANAGEMENT
            && who.has_any(&[Role::TenantManagementRead])
            && desk.may::<SubscriptionRead>())
    }
}

impl Door {
    /// The applications that everybody of the caller's tenant may use; none for those who may not know.
    pub async fn usable_applications(&self, caller: &Caller) -> Result<Vec<ApplicationView>, Refusal> {
        if check_due(caller, ApplicationUse::INFO).is_err() {
            return Ok(Vec::new());
        }
        let Some(shelf) = self.ask(caller, ReadUsable).await? else {
            return Ok(Vec::new());
        };
        let mut views = self.views_of(caller, shelf).await?;
        views.retain(ApplicationView::is_usable);
        Ok(views)
    }

    /// What these tenants are subscribed to of the management tenant's, as the management tenant sees it. A tenant whose
    /// storage is not available is left out.
    pub async fn applications_of_tenants(
        &self,
        caller: &Caller,
        tenants: impl IntoIterator<Item = &TenantId>,
    ) -> Result<BTreeMap<TenantId, Vec<ApplicationView>>, Refusal> {
        let may =
            check_due(caller, SubscriptionRead::INFO).is_ok() && self.ask(caller, MayReadOthers).await?;
        if !may {
            return Ok(BTreeMap::new());
        }
        let mut numbers = Vec::new();
        for id in tenants {
            let found = self.0.store.catalogue()?.tenant_by_id(id)?;
            let found = found.filter(|tenant| tenant.status.is_there() && tenant.number != MANAGEMENT);
            numbers.extend(found.map(|tenant| (tenant.id, tenant.number)));
        }
        let subscriptions = self.subscriptions_of(numbers).await?;
        let ids: BTreeSet<_> = subscriptions
            .values()
            .flatten()
            .map(|it| it.application)
            .collect();
        let mut applications = BTreeMap::new();
        for application in self.of_management(ids.into_iter().collect()).await? {
            applications.insert(application.id, application);
        }
        let owner = management()?;
        let view = |subscription: Subscription| {
            Some(ApplicationView {
                application: applications.get(&subscription.application)?.clone(),
                owner: owner.clone(),
                is_own: true,
                subscription: Some(subscription),
                has_asked_subscriber: true,
            })
        };
        Ok(subscriptions
            .into_iter()
            .map(|(id, all)| (id, all.into_iter().filter_map(view).collect()))
            .collect())
    }

    async fn subscriptions_of(
        &self,
        tenants: Vec<(TenantId, TenantNumber)>,
    ) -> Result<BTreeMap<TenantId, Vec<Subscription>>, Refusal> {
        let inside = self.0.clone();
        let read = self.work(move || {
            let mut found = BTreeMap::new();
            for (id, number) in tenants {
                let read = || -> Result<_, StoreFault> {
                    let tx = inside.store.read(number)?;
                    let proof = Allowed::<SubscriptionRead>::mint_system(number, SystemReason::Subscription);
                    let mut all = tx.applications(proof).subscriptions()?;
                    all.retain(|subscription| subscription.owner == MANAGEMENT);
                    Ok(all)
                };
                match read() {
                    Ok(all) => drop(found.insert(id, all)),
                    // The start has told of it.
                    Err(StoreFault::ShardUnavailable { .. }) => {}
                    Err(fault) => {
                        tracing::warn!(tenant = %id, %fault, "subscriptions of a tenant could not be read");
                    }
                }
            }
            Ok(found)
        });
        read.await.map_err(|refused| refused.refusal)
    }
}
