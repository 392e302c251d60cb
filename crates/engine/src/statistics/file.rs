//! Files with the figures of every tenant: made by the platform for each month that is over, and by the management tenant
//! for any days. They are kept as figures; how a file is written is known where it is answered.

use super::count::writing;
use super::{REASON, bounded};
use crate::caller::Caller;
use crate::desk::{Changing, Reading};
use crate::door::Door;
use crate::note::Note;
use crate::page::{Listed, Page};
use crate::refusal::{Invalid, Missing, Refusal};
use crate::setup::system_record;
use crate::work::{Command, Query, Then, done};
use model::ids::{MANAGEMENT, StatisticsFileId};
use model::limits::{STATISTICS_DAYS_MAX, STATISTICS_FILES_MAX};
use model::statistics::{Day, Days, StatisticsFile, StatisticsKind, TenantUsage};
use policy::operation::Operation;
use policy::operations::statistics::{StatisticsFileCreate, StatisticsFileRead};
use policy::operations::tenants::TenantRead;
use policy::proof::Allowed;
use std::sync::{Arc, PoisonError};
use store::statistics::{StatisticsChanges, StatisticsRows};

fn missing(what: impl std::fmt::Display) -> Refusal {
    Refusal::Missing(Missing::StatisticsFile(what.to_string()))
}

/// Lists files that have any of these days in them, in order of ids.
pub struct FindStatisticsFiles {
    /// The days.
    pub days: Days,
    /// Which part.
    pub page: Page,
}

impl Query for FindStatisticsFiles {
    type Operation = StatisticsFileRead;
    type Answer = Listed<StatisticsFile>;

    fn answer(&self, desk: &Reading) -> Result<Listed<StatisticsFile>, Refusal> {
        let rows = desk.tx.statistics(desk.allow::<StatisticsFileRead>()?);
        let mut files = rows.files()?;
        let Days { from, to } = self.days;
        files.retain(|file| from.is_none_or(|from| file.to >= from) && to.is_none_or(|to| file.from <= to));
        Ok(self.page.of(files))
    }
}

/// Reads what is in a file.
pub struct ReadStatisticsFile(pub StatisticsFileId);

impl Query for ReadStatisticsFile {
    type Operation = StatisticsFileRead;
    type Answer = Vec<TenantUsage>;

    fn answer(&self, desk: &Reading) -> Result<Vec<TenantUsage>, Refusal> {
        let rows = desk.tx.statistics(desk.allow::<StatisticsFileRead>()?);
        rows.content(self.0)?.ok_or(missing(self.0))
    }
}

/// Reads what is in the last file that the platform has made for a month.
pub struct ReadLatestStatistics(pub Day);

impl Query for ReadLatestStatistics {
    type Operation = StatisticsFileRead;
    type Answer = Vec<TenantUsage>;

    fn answer(&self, desk: &Reading) -> Result<Vec<TenantUsage>, Refusal> {
        let rows = desk.tx.statistics(desk.allow::<StatisticsFileRead>()?);
        let file = of_month(&rows, self.0.month())?.ok_or(missing(self.0))?;
        rows.content(file.id)?.ok_or(missing(self.0))
    }
}

/// The last file of a month, by its first day.
fn of_month(rows: &StatisticsRows<'_>, month: Day) -> Result<Option<StatisticsFile>, Refusal> {
    let files = rows.files()?;
    let is_of = |file: &&StatisticsFile| file.kind == StatisticsKind::Real && file.from == month;
    Ok(files.iter().rev().find(is_of).cloned())
}

/// Stores a file that somebody wanted.
struct Store {
    from: Day,
    to: Day,
    tenants: Vec<TenantUsage>,
}

impl Command for Store {
    type Operation = StatisticsFileCreate;
    type Answer = StatisticsFile;

    fn change(&self, desk: &Changing) -> Result<Then<StatisticsFile>, Refusal> {
        let rows = desk.tx.statistics(desk.allow::<StatisticsFileCreate>()?);
        let file = StatisticsFile {
            id: rows.new_file()?,
            instance: desk.tenant.domain.to_string(),
            generated: desk.now(),
            from: self.from,
            to: self.to,
            kind: StatisticsKind::Test,
        };
        put(&rows, &file, self.tenants.clone())?;
        let text = format!(
            "Usage statistics of every tenant from {} to {}",
            self.from, self.to
        );
        desk.note(Note::new("Report", "Statistics file generated", file.id).text(text));
        Ok(done(file))
    }
}

/// Stores a file. When there are too many, the oldest goes.
fn put(
    rows: &StatisticsChanges<'_>,
    file: &StatisticsFile,
    tenants: Vec<TenantUsage>,
) -> Result<(), Refusal> {
    let files = rows.now().files()?;
    let beyond = (files.len() + 1).saturating_sub(STATISTICS_FILES_MAX);
    // Those of the platform stay as long as there are others.
    let mut oldest: Vec<_> = files
        .iter()
        .map(|file| (file.kind == StatisticsKind::Real, file.id))
        .collect();
    oldest.sort_unstable();
    for (_, id) in oldest.into_iter().take(beyond) {
        rows.delete_file(id);
    }
    Ok(rows.put_file(file, tenants)?)
}

impl Door {
    /// Makes a file with the figures of every tenant from one day to another, both included.
    pub async fn create_statistics_file(
        &self,
        caller: &Caller,
        from: Day,
        to: Day,
    ) -> Result<StatisticsFile, Refusal> {
        // Decided before anything of another tenant is read; and once more where the file is stored.
        self.gate(caller, StatisticsFileCreate::INFO).await?;
        if from > to || from.plus(STATISTICS_DAYS_MAX) < to {
            return Err(Refusal::Invalid(Invalid::StatisticsDays));
        }
        let tenants = self.figures(from, to).await?;
        self.run(caller, Store { from, to, tenants }).await
    }

    /// Makes the file of the month that is over, once. Called every few seconds.
    pub async fn write_statistics_file(&self) -> Result<(), Refusal> {
        let today = Day::of(self.world().now());
        let month = today.month_before();
        if *self.0.usage.filed.lock().unwrap_or_else(PoisonError::into_inner) == Some(month) {
            return Ok(());
        }
        let inside = self.0.clone();
        let begun = self.work(move || {
            let tx = inside.store.read(MANAGEMENT)?;
            let rows = tx.statistics(Allowed::<StatisticsFileRead>::mint_system(MANAGEMENT, REASON));
            let is_there = of_month(&rows, month)?.is_some();
            let tenants = tx.catalogue(Allowed::<TenantRead>::mint_system(MANAGEMENT, REASON));
            let management = tenants
                .tenants()?
                .into_iter()
                .find(|tenant| tenant.number == MANAGEMENT);
            // Of a month before the platform was set up there is nothing to tell.
            let domain = management.filter(|tenant| Day::of(tenant.created) < today.month());
            Ok(domain.filter(|_| !is_there).map(|tenant| tenant.domain))
        });
        let domain = begun.await.map_err(|refused| refused.refusal)?;
        if let Some(domain) = domain {
            let (from, to) = (month, today.month().plus(-1));
            let tenants = Arc::new(self.figures(from, to).await?);
            let (world, generated) = (self.0.world.clone(), self.world().now());
            let store = move |rows: &StatisticsChanges<'_>| {
                let file = StatisticsFile {
                    id: rows.new_file()?,
                    instance: domain.to_string(),
                    generated,
                    from,
                    to,
                    kind: StatisticsKind::Real,
                };
                put(rows, &file, tenants.to_vec())?;
                let text = format!("Usage statistics of every tenant from {from} to {to}");
                let what = ("Report", "Statistics file generated", text);
                Ok(Some(system_record(
                    &world,
                    REASON,
                    what,
                    Some(file.id.to_string()),
                )))
            };
            self.commit_statistics(writing(MANAGEMENT).tenant(), store)
                .await?;
        }
        *self.0.usage.filed.lock().unwrap_or_else(PoisonError::into_inner) = Some(month);
        Ok(())
    }

    /// The figures of every tenant over these days, for somebody who was allowed to see them.
    async fn figures(&self, from: Day, to: Day) -> Result<Vec<TenantUsage>, Refusal> {
        let days = Days {
            from: Some(from),
            to: Some(to),
        };
        let (_, days) = bounded(days, to);
        let inside = self.0.clone();
        let found = self.work(move || {
            let proof = Allowed::<TenantRead>::mint_system(MANAGEMENT, REASON);
            Ok(inside.store.read(MANAGEMENT)?.catalogue(proof).tenants()?)
        });
        let mut tenants = found.await.map_err(|refused| refused.refusal)?;
        tenants.retain(|tenant| tenant.status.is_there());
        self.sums_of(tenants, days).await
    }
}
