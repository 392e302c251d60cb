//! Figures of usage: of a tenant by day and in sum, of its devices, and of every tenant for the management tenant. What is
//! counted and measured is in `count` and `levels`; files with the figures of every tenant are in `file`.
//!
//! Of another tenant the management tenant sees what it is as a whole, never what is in it; each look is recorded.

mod count;
mod devices;
mod file;
mod levels;

pub(crate) use count::UsageTimes;
pub use devices::{DeviceUsage, ReadDeviceUsage};
pub use file::{FindStatisticsFiles, ReadLatestStatistics, ReadStatisticsFile};
pub use store::statistics::Period;

use crate::caller::Caller;
use crate::desk::{Reading, record_of};
use crate::door::Door;
use crate::note::Note;
use crate::page::{Listed, Page};
use crate::refusal::{Missing, Refusal};
use crate::work::Query;
use model::ids::MANAGEMENT;
use model::names::TenantId;
use model::statistics::{DailyUsage, Day, Days, TenantUsage, UsageSummary};
use model::tenants::Tenant;
use policy::operations::statistics::{UsageOfAll, UsageOfTenant, UsageRead, UsageSummary as Summing};
use policy::proof::{Allowed, SystemReason};

const REASON: SystemReason = SystemReason::Statistics;

/// Lists the usage of the caller's tenant by day, the oldest first.
pub struct FindUsage {
    /// On these days.
    pub days: Days,
    /// Which part.
    pub page: Page,
}

impl Query for FindUsage {
    type Operation = UsageRead;
    type Answer = Listed<DailyUsage>;

    fn answer(&self, desk: &Reading) -> Result<Listed<DailyUsage>, Refusal> {
        let rows = desk.tx.statistics(desk.allow::<UsageRead>()?);
        Ok(self.page.of(rows.days(self.days)?))
    }
}

/// Sums up the usage of the caller's tenant.
struct SumUp(Days);

impl Query for SumUp {
    type Operation = Summing;
    type Answer = UsageSummary;

    fn answer(&self, desk: &Reading) -> Result<UsageSummary, Refusal> {
        let rows = desk.tx.statistics(desk.allow::<Summing>()?);
        let days = bounded(self.0, Day::of(desk.now()));
        Ok(UsageSummary::of(days.0, &rows.days(days.1)?))
    }
}

/// The days that a sum is over, with the first of them: the current month up to today, unless told.
fn bounded(days: Days, today: Day) -> (Day, Days) {
    let to = days.to.unwrap_or(today);
    let from = days.from.unwrap_or(to.month());
    let days = Days {
        from: Some(from),
        to: Some(to),
    };
    (from, days)
}

/// Finds a tenant whose usage is asked for.
struct FindTenant(String);

impl Query for FindTenant {
    type Operation = UsageOfTenant;
    type Answer = Tenant;

    fn answer(&self, desk: &Reading) -> Result<Tenant, Refusal> {
        let rows = desk.tx.catalogue(desk.allow::<UsageOfTenant>()?);
        let missing = || Refusal::Missing(Missing::Tenant(self.0.clone()));
        let id: TenantId = self.0.parse().map_err(|_| missing())?;
        let tenant = rows.tenant(&id)?.filter(|tenant| tenant.status.is_there());
        tenant.ok_or_else(missing)
    }
}

/// Finds every tenant whose usage is summed up.
struct FindTenants;

impl Query for FindTenants {
    type Operation = UsageOfAll;
    type Answer = Vec<Tenant>;

    fn answer(&self, desk: &Reading) -> Result<Vec<Tenant>, Refusal> {
        let rows = desk.tx.catalogue(desk.allow::<UsageOfAll>()?);
        let mut tenants = rows.tenants()?;
        tenants.retain(|tenant| tenant.status.is_there());
        Ok(tenants)
    }
}

impl Door {
    /// The usage of one tenant in sum: the caller's own, or, asked by the management tenant, any.
    pub async fn usage_summary(
        &self,
        caller: &Caller,
        tenant: Option<String>,
        days: Days,
    ) -> Result<UsageSummary, Refusal> {
        let other = tenant.filter(|id| id != caller.tenant_id().as_str());
        let Some(other) = other else {
            return self.ask(caller, SumUp(days)).await;
        };
        let tenant = self.ask(caller, FindTenant(other)).await?;
        self.record_look(caller, tenant.id.to_string()).await?;
        self.sum_up(&tenant, days).await
    }

    /// The usage of every tenant in sum, in order of their numbers. A tenant whose storage is not available is left out.
    pub async fn usage_of_all(&self, caller: &Caller, days: Days) -> Result<Vec<TenantUsage>, Refusal> {
        let tenants = self.ask(caller, FindTenants).await?;
        self.record_look(caller, "*".to_owned()).await?;
        self.sums_of(tenants, days).await
    }

    async fn record_look(&self, caller: &Caller, whose: String) -> Result<(), Refusal> {
        let note =
            Note::new("Report", "Usage statistics read", &whose).text(format!("Usage of {whose} read"));
        let record = record_of(&**self.world(), caller, note);
        self.record(record, MANAGEMENT).await
    }

    /// The sums of these tenants, for somebody who was allowed to see them.
    async fn sums_of(&self, tenants: Vec<Tenant>, days: Days) -> Result<Vec<TenantUsage>, Refusal> {
        let mut sums = Vec::with_capacity(tenants.len());
        for tenant in tenants {
            let usage = match self.sum_up(&tenant, days).await {
                Ok(usage) => usage,
                // Deleted meanwhile, or on a shard that is not available.
                Err(Refusal::NotSignedIn | Refusal::StorageUnavailable) => continue,
                Err(refusal) => return Err(refusal),
            };
            sums.push(TenantUsage {
                id: tenant.id,
                domain: tenant.domain,
                company: tenant.company,
                parent: tenant.parent,
                created: tenant.created,
                usage,
            });
        }
        Ok(sums)
    }

    async fn sum_up(&self, tenant: &Tenant, days: Days) -> Result<UsageSummary, Refusal> {
        let (inside, number) = (self.0.clone(), tenant.number);
        let summed = self.work(move || {
            let tx = inside.store.read(number)?;
            let rows = tx.statistics(Allowed::<Summing>::mint_system(number, REASON));
            let (from, days) = bounded(days, Day::of(inside.world.now()));
            Ok(UsageSummary::of(from, &rows.days(days)?))
        });
        summed.await.map_err(|refused| refused.refusal)
    }
}
