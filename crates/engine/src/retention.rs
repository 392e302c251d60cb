//! Retention rules: which data is removed when it has become too old, and asking for that. What removes it is in `run`, what
//! would be removed is counted in `preview`.

mod audit;
mod meant;
mod preview;
mod remove;
mod run;

pub(crate) use preview::Previews;
pub use preview::{Preview, RulePreview};
pub(crate) use run::Cursors;

use crate::desk::{Changing, Reading};
use crate::note::Note;
use crate::page::{Listed, Page};
use crate::refusal::{Bound, Invalid, Missing, Refusal};
use crate::work::{Command, Query, Then, done};
use model::ids::{MANAGEMENT, RetentionRuleId, TenantNumber};
use model::json::Json;
use model::limits::{RETENTION_DAYS_DEFAULT, RETENTION_RULES_MAX};
use model::retention::{ANY, RetainedData, RetentionPlan, RetentionRule, RetentionRun, RetentionUpdate};
use policy::operations::retention::{RetentionAdmin, RetentionRead, RetentionStart};
use policy::proof::{Allowed, SystemReason};
use store::transaction::WriteTx;

/// The `type` of the audit records.
const KIND: &str = "RetentionRule";

/// Gives a new tenant its one rule.
pub(crate) fn create_default(tx: &WriteTx, tenant: TenantNumber) -> Result<(), Refusal> {
    let rules = tx.retention(Allowed::<RetentionAdmin>::mint_system(
        tenant,
        SystemReason::Setup,
    ));
    rules.put(&RetentionRule {
        id: rules.new_id()?,
        plan: RetentionPlan::everything_for(RETENTION_DAYS_DEFAULT),
    })?;
    Ok(())
}

fn missing(id: RetentionRuleId) -> Refusal {
    Refusal::Missing(Missing::RetentionRule(id))
}

/// Lists retention rules, in order of ids.
pub struct FindRetentionRules {
    /// Which part.
    pub page: Page,
}

impl Query for FindRetentionRules {
    type Operation = RetentionRead;
    type Answer = Listed<RetentionRule>;

    fn answer(&self, desk: &Reading) -> Result<Listed<RetentionRule>, Refusal> {
        let rows = desk.tx.retention(desk.allow::<RetentionRead>()?);
        Ok(self.page.of(rows.rules()?))
    }
}

/// Reads one retention rule.
pub struct ReadRetentionRule(pub RetentionRuleId);

impl Query for ReadRetentionRule {
    type Operation = RetentionRead;
    type Answer = RetentionRule;

    fn answer(&self, desk: &Reading) -> Result<RetentionRule, Refusal> {
        let rows = desk.tx.retention(desk.allow::<RetentionRead>()?);
        rows.rule(self.0)?.ok_or(missing(self.0))
    }
}

/// Reads how far the run of the rules is that is under way, or how the last one has ended.
pub struct ReadRetentionRun;

impl Query for ReadRetentionRun {
    type Operation = RetentionRead;
    type Answer = RetentionRun;

    fn answer(&self, desk: &Reading) -> Result<RetentionRun, Refusal> {
        let rows = desk.tx.retention(desk.allow::<RetentionRead>()?);
        rows.run()?.ok_or(Refusal::Missing(Missing::RetentionRun))
    }
}

/// A rule that was created or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenRetentionRule {
    /// Its id.
    pub id: RetentionRuleId,
    /// The rule, for those who may read rules (R019).
    pub shown: Option<RetentionRule>,
}

fn written(desk: &Changing, rule: RetentionRule) -> WrittenRetentionRule {
    WrittenRetentionRule {
        id: rule.id,
        shown: desk.may::<RetentionRead>().then_some(rule),
    }
}

/// Refuses a plan that makes no sense, or that only the management tenant may make.
fn check(desk: &Changing, plan: &RetentionPlan) -> Result<(), Refusal> {
    plan.check()
        .map_err(|bad| Refusal::Invalid(Invalid::Retention(bad)))?;
    if !plan.editable && desk.who().tenant() != MANAGEMENT {
        return Err(Refusal::Invalid(Invalid::RetentionEditable));
    }
    Ok(())
}

/// Creates a retention rule.
pub struct CreateRetentionRule(pub RetentionPlan);

impl Command for CreateRetentionRule {
    type Operation = RetentionAdmin;
    type Answer = WrittenRetentionRule;

    fn change(&self, desk: &Changing) -> Result<Then<WrittenRetentionRule>, Refusal> {
        let rules = desk.tx.retention(desk.allow::<RetentionAdmin>()?);
        check(desk, &self.0)?;
        if rules.now().rules()?.len() >= RETENTION_RULES_MAX {
            return Err(Refusal::Invalid(Invalid::TooMany(Bound::RetentionRules)));
        }
        let rule = RetentionRule {
            id: rules.new_id()?,
            plan: self.0.clone(),
        };
        rules.put(&rule)?;
        let text = format!("Retention rule created: {}", describe(&rule.plan));
        desk.note(Note::new(KIND, "Retention rule created", rule.id).text(text));
        Ok(done(written(desk, rule)))
    }
}

/// Changes a retention rule.
pub struct UpdateRetentionRule {
    /// Which.
    pub id: RetentionRuleId,
    /// What.
    pub update: RetentionUpdate,
}

impl Command for UpdateRetentionRule {
    type Operation = RetentionAdmin;
    type Answer = WrittenRetentionRule;

    fn change(&self, desk: &Changing) -> Result<Then<WrittenRetentionRule>, Refusal> {
        let rules = desk.tx.retention(desk.allow::<RetentionAdmin>()?);
        let before = rules.now().rule(self.id)?.ok_or(missing(self.id))?;
        if !before.plan.editable && desk.who().tenant() != MANAGEMENT {
            return Err(Refusal::Forbidden);
        }
        let plan = self.update.applied_to(&before.plan);
        check(desk, &plan)?;
        let after = RetentionRule { id: self.id, plan };
        if after != before {
            rules.put(&after)?;
            let text = format!("Retention rule changed: {}", describe(&after.plan));
            let note = Note::new(KIND, "Retention rule updated", after.id).text(text);
            let told = |plan: &RetentionPlan| Some(Json::from(describe(plan)));
            desk.note(note.change("rule", told(&before.plan), told(&after.plan)));
        }
        Ok(done(written(desk, after)))
    }
}

/// Deletes a retention rule. One that is not editable must be made editable first.
pub struct DeleteRetentionRule(pub RetentionRuleId);

impl Command for DeleteRetentionRule {
    type Operation = RetentionAdmin;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let rules = desk.tx.retention(desk.allow::<RetentionAdmin>()?);
        let rule = rules.now().rule(self.0)?.ok_or(missing(self.0))?;
        if !rule.plan.editable {
            return Err(Refusal::Forbidden);
        }
        rules.delete(self.0);
        let text = format!("Retention rule deleted: {}", describe(&rule.plan));
        desk.note(Note::new(KIND, "Retention rule deleted", self.0).text(text));
        Ok(done(()))
    }
}

/// Lets the rules remove what is too old now. If they are at it already, that run goes on.
pub struct StartRetention;

impl Command for StartRetention {
    type Operation = RetentionStart;
    /// The run, for those who may read it.
    type Answer = Option<RetentionRun>;

    fn change(&self, desk: &Changing) -> Result<Then<Option<RetentionRun>>, Refusal> {
        let rules = desk.tx.retention(desk.allow::<RetentionStart>()?);
        let under_way = rules.now().run()?.filter(|run| run.ended.is_none());
        let run = match under_way {
            Some(run) => run,
            None => {
                let run = RetentionRun::of(rules.now().rules()?, desk.now(), true);
                rules.put_run(&run)?;
                let text = format!("Retention started by {} rules", run.rules.len());
                desk.note(Note::new(KIND, "Retention started", ANY).text(text));
                run
            }
        };
        Ok(done(desk.may::<RetentionRead>().then_some(run)))
    }
}

/// A rule in words, for the audit log.
fn describe(plan: &RetentionPlan) -> String {
    let any = || ANY.to_owned();
    format!(
        "dataType={}, fragmentType={}, type={}, source={}, maximumAge={}, editable={}",
        plan.data.map_or(ANY, RetainedData::word),
        plan.fragment.clone().unwrap_or_else(any),
        plan.kind.clone().unwrap_or_else(any),
        plan.source.map_or_else(any, |source| source.to_string()),
        plan.days,
        plan.editable,
    )
}
