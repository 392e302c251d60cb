//! Runs of the retention rules: every tenant once a day (UTC) and when somebody asks, in the background.
//!
//! A run is a row with how far each rule has come. Each commit removes one part of what one rule means of one type of data
//! and moves the row on, so that a stop in between loses nothing and counts nothing twice. Tenants take turns, one commit
//! each. What comes of a rule is recorded when it is done.

use super::meant::Meant;
use super::remove::{At, remove_part};
use super::{KIND, describe};
use crate::door::{Door, Inside};
use crate::every_tenant::{first_reason, for_each};
use crate::refusal::Refusal;
use crate::setup::system_record;
use model::ids::{RetentionRuleId, TenantNumber};
use model::retention::{ANY, RetainedData, RetentionRun, RuleProgress};
use model::statistics::Day;
use model::time::Timestamp;
use policy::operations::retention::{RetentionRead, RetentionStart};
use policy::proof::{Allowed, SystemReason};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use store::transaction::WriteTx;

const REASON: SystemReason = SystemReason::Retention;
/// How long one call goes on before others of the platform's jobs have their turn.
const AT_A_TIME_MILLIS: u64 = 5_000;
/// Left to requests between two rounds of commits.
const PAUSE: Duration = Duration::from_millis(20);

/// Where the removal of a tenant goes on: in which run, by which rule, of which type.
type Place = (Timestamp, RetentionRuleId, RetainedData);

/// Where removals go on. Lost with the program: they then begin again, with less left.
#[derive(Default)]
pub(crate) struct Cursors(Mutex<HashMap<TenantNumber, (Place, At)>>);

impl Cursors {
    fn get(&self, tenant: TenantNumber, place: Place) -> At {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match known.get(&tenant) {
            Some((of, at)) if *of == place => *at,
            _ => At::Begin,
        }
    }

    fn set(&self, tenant: TenantNumber, cursor: Option<(Place, At)>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match cursor {
            Some(cursor) => drop(known.insert(tenant, cursor)),
            None => drop(known.remove(&tenant)),
        }
    }
}

/// One commit of a run, prepared.
struct Step {
    tx: WriteTx,
    cursor: Option<(Place, At)>,
    is_last: bool,
}

impl Door {
    /// Removes what is too old by the rules of its tenant: begins the runs that are due and carries on those that have
    /// begun, for a while. Called every few seconds.
    pub async fn run_retention(&self) -> Result<(), Refusal> {
        // Of a tenant that is suspended nothing is deleted.
        let begin = |tenant| async move { Ok(self.begin_run(tenant).await?.then_some(tenant)) };
        let (begun, mut outcome) = self.in_every_active_tenant(REASON, begin).await;
        let mut open: Vec<_> = begun.into_iter().flatten().collect();
        let end = self.world().monotonic_millis().saturating_add(AT_A_TIME_MILLIS);
        while !open.is_empty() && self.world().monotonic_millis() < end {
            let step = |tenant| async move { Ok(self.step_run(tenant).await?.then_some(tenant)) };
            // One that fails is tried again next time.
            let (left, stepped) = for_each(open, step).await;
            outcome = first_reason(outcome, stepped);
            open = left.into_iter().flatten().collect();
            self.world().wait(PAUSE).await;
        }
        outcome
    }

    /// Begins the run of a tenant if it is due; says whether one is under way. A tenant whose rules never ran begins to
    /// count its days.
    async fn begin_run(&self, tenant: TenantNumber) -> Result<bool, Refusal> {
        let inside = self.0.clone();
        let found = self.work(move || {
            let rows = inside.store.read(tenant)?;
            let rows = rows.retention(Allowed::<RetentionRead>::mint_system(tenant, REASON));
            Ok(rows.run()?)
        });
        let run = found.await.map_err(|refused| refused.refusal)?;
        let today = Day::of(self.world().now());
        match run {
            Some(run) if run.ended.is_none() => return Ok(true),
            Some(run) if Day::of(run.begun) >= today => return Ok(false),
            _ => {}
        }
        let begun = self
            .commit_step(tenant, move |inside| inside.begun(tenant))
            .await?;
        Ok(begun == Some(true))
    }

    /// Makes the next commit of a run; says whether there may be more.
    async fn step_run(&self, tenant: TenantNumber) -> Result<bool, Refusal> {
        let more = self
            .commit_step(tenant, move |inside| inside.next_step(tenant))
            .await?;
        Ok(more == Some(true))
    }

    /// Commits a step, once more when something that it read has moved. Says whether there may be more; nothing if there
    /// was nothing to do.
    async fn commit_step(
        &self,
        tenant: TenantNumber,
        prepare: impl Fn(&Inside) -> Result<Option<Step>, Refusal> + Send + Sync + 'static,
    ) -> Result<Option<bool>, Refusal> {
        let stepped = self.committed(tenant, move |inside| {
            Ok(match prepare(inside)? {
                Some(step) => (Some(step.tx), Some((step.cursor, step.is_last))),
                None => (None, None),
            })
        });
        let Some((cursor, is_last)) = stepped.await? else {
            return Ok(None);
        };
        self.0.retention.set(tenant, cursor);
        Ok(Some(!is_last))
    }
}

impl Inside {
    /// The daily run, begun if it is still due.
    fn begun(&self, tenant: TenantNumber) -> Result<Option<Step>, Refusal> {
        let proof = || Allowed::<RetentionStart>::mint_system(tenant, REASON);
        let tx = self.store.write_for(&proof())?;
        let rows = tx.retention(proof());
        let now = self.world.now();
        let before = rows.now().run()?;
        let is_due = match &before {
            Some(run) => run.ended.is_some() && Day::of(run.begun) < Day::of(now),
            None => true,
        };
        if !is_due {
            return Ok(None);
        }
        // Nothing is removed on the first day: there may be data that nobody has thought about with the rules.
        let rules = match before {
            Some(_) => rows.now().rules()?,
            None => Vec::new(),
        };
        let mut run = RetentionRun::of(rules, now, false);
        if run.rules.is_empty() {
            run.ended = Some(now);
        }
        rows.put_run(&run)?;
        Ok(Some(Step {
            is_last: run.ended.is_some(),
            tx,
            cursor: None,
        }))
    }

    /// The next commit of the run that is under way.
    fn next_step(&self, tenant: TenantNumber) -> Result<Option<Step>, Refusal> {
        let proof = || Allowed::<RetentionStart>::mint_system(tenant, REASON);
        let tx = self.store.write_for(&proof())?;
        let rows = tx.retention(proof());
        let Some(mut run) = rows.now().run()?.filter(|run| run.ended.is_none()) else {
            return Ok(None);
        };
        let begun = run.begun;
        let open = run
            .rules
            .iter_mut()
            .find_map(|progress| Some((progress.next()?, progress)));
        let mut cursor = None;
        match open {
            None => {
                run.ended = Some(self.world.now());
                let text = format!(
                    "Retention ended: {} removed by {} rules",
                    run.total(),
                    run.rules.len()
                );
                if run.total() > 0 || run.on_demand {
                    tx.record(self.told("Retention ended", text, ANY.to_owned()));
                }
            }
            Some((data, progress)) => {
                // A rule that was changed or deleted meanwhile removes nothing more by what it said before.
                let is_same = rows.now().rule(progress.rule.id)?.as_ref() == Some(&progress.rule);
                if is_same {
                    let place = (begun, progress.rule.id, data);
                    let at = self.retention.get(tenant, place);
                    let meant = Meant::of(&progress.rule.plan, data, begun);
                    let part = remove_part(&tx, tenant, (progress.rule.id, data), &meant, at)?;
                    note_removed(progress, part.count);
                    cursor = part.next.map(|at| (place, at));
                    progress.done += usize::from(cursor.is_none());
                } else {
                    progress.done = progress.removed.len();
                }
                if progress.next().is_none() && progress.total() > 0 {
                    let (text, source) = (outcome(progress, is_same), progress.rule.id.to_string());
                    tx.record(self.told("Data removed by retention rule", text, source));
                }
            }
        }
        let is_last = run.ended.is_some();
        rows.put_run(&run)?;
        Ok(Some(Step { tx, cursor, is_last }))
    }

    fn told(&self, activity: &str, text: String, source: String) -> audit::record::Record {
        system_record(&self.world, REASON, (KIND, activity, text), Some(source))
    }
}

fn note_removed(progress: &mut RuleProgress, count: usize) {
    if let Some((_, removed)) = progress.removed.get_mut(progress.done) {
        *removed = removed.saturating_add(count as u64);
    }
}

/// What a rule has removed, in words.
fn outcome(progress: &RuleProgress, is_same: bool) -> String {
    let removed = progress.removed.iter().filter(|(_, count)| *count > 0);
    let removed: Vec<_> = removed
        .map(|(data, count)| format!("{count} {}", data.word()))
        .collect();
    let left = match is_same {
        true => "",
        false => "; the rule was changed meanwhile and removed nothing more",
    };
    format!(
        "{} removed by {}{left}",
        removed.join(", "),
        describe(&progress.rule.plan)
    )
}
