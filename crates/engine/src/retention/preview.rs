//! What the rules would remove now, counted before anything is: rule by rule and type by type, in bounded parts, each
//! decided for itself. Data that two rules mean is counted for both.

use super::meant::Meant;
use crate::caller::Caller;
use crate::desk::Reading;
use crate::door::Door;
use crate::refusal::Refusal;
use crate::work::Query;
use model::ids::TenantNumber;
use model::limits::RETENTION_PREVIEW_ROWS_MAX;
use model::retention::{RetainedData, RetentionRule};
use model::time::{Between, Timestamp};
use policy::operations::alarms::AlarmList;
use policy::operations::audit::AuditProve;
use policy::operations::bulk_operations::BulkOperationRead;
use policy::operations::events::EventList;
use policy::operations::measurements::MeasurementList;
use policy::operations::operations::OperationList;
use policy::operations::retention::RetentionPreview;
use policy::proof::{Allowed, SystemReason};
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use store::audit_log::SEGMENT;
use store::documents::{Along, Document, DocumentRows, Next, Place};
use store::measurements;
use tokio::sync::Semaphore;

const REASON: SystemReason = SystemReason::Retention;
/// Rows that one part looks at.
const ROWS_PER_PART: usize = 20_000;

/// What the rules would remove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The time by which data is too old.
    pub at: Timestamp,
    /// Each rule.
    pub rules: Vec<RulePreview>,
    /// Whether everything was counted. If not, there is at least so much.
    pub is_complete: bool,
}

/// What one rule would remove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulePreview {
    /// The rule.
    pub rule: RetentionRule,
    /// Each type of data that it is about, with how much of it.
    pub removes: Vec<(RetainedData, u64)>,
}

/// The rules as they are when counting begins.
struct RulesNow;

impl Query for RulesNow {
    type Operation = RetentionPreview;
    type Answer = (Timestamp, Vec<RetentionRule>);

    fn answer(&self, desk: &Reading) -> Result<Self::Answer, Refusal> {
        let rows = desk.tx.retention(desk.allow::<RetentionPreview>()?);
        Ok((desk.now(), rows.rules()?))
    }
}

/// Who is counting.
pub(crate) struct Previews {
    tenants: Mutex<BTreeSet<TenantNumber>>,
    /// One part at a time, in the order in which they were asked for.
    turns: Semaphore,
}

impl Default for Previews {
    fn default() -> Self {
        Self {
            tenants: Mutex::default(),
            turns: Semaphore::new(1),
        }
    }
}

impl Previews {
    /// The place of a tenant; nothing if somebody of it is counting.
    fn begin(&self, tenant: TenantNumber) -> Option<Counting<'_>> {
        let begun = self.lock().insert(tenant);
        begun.then_some(Counting {
            previews: self,
            tenant,
        })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<TenantNumber>> {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Given back when dropped.
struct Counting<'p> {
    previews: &'p Previews,
    tenant: TenantNumber,
}

impl Drop for Counting<'_> {
    fn drop(&mut self) {
        self.previews.lock().remove(&self.tenant);
    }
}

/// Where counting goes on.
#[derive(Clone, Copy)]
enum At {
    Begin,
    Document(Place),
    Measurement(measurements::Place),
}

/// What a part has counted.
struct Counted {
    count: u64,
    next: Option<At>,
    /// Whether there is more that is not counted.
    is_cut: bool,
}

impl Counted {
    fn part(count: u64, next: Option<At>) -> Self {
        let is_cut = false;
        Self { count, next, is_cut }
    }
}

/// Counts the next part of what a rule means of a type of data.
struct CountPart {
    rule: RetentionRule,
    data: RetainedData,
    now: Timestamp,
    at: At,
}

impl Query for CountPart {
    type Operation = RetentionPreview;
    type Answer = Counted;

    fn answer(&self, desk: &Reading) -> Result<Self::Answer, Refusal> {
        let tenant = desk.allow::<RetentionPreview>()?.tenant();
        let meant = Meant::of(&self.rule.plan, self.data, self.now);
        match self.data {
            RetainedData::Event => {
                let rows = desk.tx.events(Allowed::<EventList>::mint_system(tenant, REASON));
                self.documents(&rows, &meant, |event| meant.event(event))
            }
            RetainedData::Alarm => {
                let rows = desk.tx.alarms(Allowed::<AlarmList>::mint_system(tenant, REASON));
                self.documents(&rows, &meant, |alarm| meant.alarm(alarm))
            }
            RetainedData::Operation => {
                let rows = desk
                    .tx
                    .operations(Allowed::<OperationList>::mint_system(tenant, REASON));
                self.documents(&rows, &meant, |operation| meant.operation(operation))
            }
            RetainedData::Measurement => {
                let rows = desk
                    .tx
                    .measurements(Allowed::<MeasurementList>::mint_system(tenant, REASON));
                self.measurements(&rows, &meant)
            }
            RetainedData::BulkOperation => {
                let rows = desk
                    .tx
                    .bulk_operations(Allowed::<BulkOperationRead>::mint_system(tenant, REASON));
                let all = rows.bulk_operations()?;
                let count = all.iter().filter(|bulk| meant.bulk_operation(bulk)).count();
                Ok(Counted::part(count as u64, None))
            }
            RetainedData::Audit => {
                let rows = desk
                    .tx
                    .audit_log(Allowed::<AuditProve>::mint_system(tenant, REASON));
                // A log that is longer is told as "at least".
                let segments = RETENTION_PREVIEW_ROWS_MAX / 10 / SEGMENT as usize;
                let (count, is_cut) = rows.old_records(meant.before(), segments)?;
                Ok(Counted {
                    is_cut,
                    ..Counted::part(count, None)
                })
            }
        }
    }
}

impl CountPart {
    fn documents<D: Document>(
        &self,
        rows: &DocumentRows<'_, D>,
        meant: &Meant<'_>,
        wants: impl Fn(&D) -> bool,
    ) -> Result<Counted, Refusal> {
        let Between { from, to } = meant.time();
        let along = Along {
            sources: meant.source().map(std::slice::from_ref),
            newest_first: false,
            from,
            to,
            start: match self.at {
                At::Document(place) => Some(place),
                At::Begin | At::Measurement(_) => None,
            },
            rows_max: ROWS_PER_PART,
        };
        let mut count = 0;
        let next = rows.visit(&along, |document| {
            count += u64::from(wants(&document));
            Ok(Next::On)
        })?;
        Ok(Counted::part(count, next.map(At::Document)))
    }

    fn measurements(
        &self,
        rows: &measurements::MeasurementRows<'_>,
        meant: &Meant<'_>,
    ) -> Result<Counted, Refusal> {
        let walk = measurements::Walk {
            filter: &meant.measurements(),
            newest_first: false,
            start: match self.at {
                At::Measurement(place) => Some(place),
                At::Begin | At::Document(_) => None,
            },
            rows_max: ROWS_PER_PART,
        };
        let mut count = 0;
        let next = rows.visit(&walk, |_| {
            count += 1;
            Ok(measurements::Next::On)
        })?;
        Ok(Counted::part(count, next.map(At::Measurement)))
    }
}

impl Door {
    /// Counts what the rules of the caller's tenant would remove now. One at a time for each tenant, because it reads a
    /// lot; those of several tenants take turns.
    pub async fn preview_retention(&self, caller: &Caller) -> Result<Preview, Refusal> {
        let (now, rules) = self.ask(caller, RulesNow).await?;
        let previews = &self.0.previews;
        let _alone = previews.begin(caller.identity().tenant).ok_or(Refusal::Busy)?;
        let mut preview = Preview {
            at: now,
            rules: Vec::new(),
            is_complete: true,
        };
        let mut parts_left = RETENTION_PREVIEW_ROWS_MAX / ROWS_PER_PART;
        for rule in rules {
            let mut removes = Vec::new();
            for data in rule.plan.types() {
                let (mut count, mut at) = (0, Some(At::Begin));
                while let Some(begin) = at {
                    if parts_left == 0 {
                        preview.is_complete = false;
                        break;
                    }
                    parts_left -= 1;
                    let part = CountPart {
                        rule: rule.clone(),
                        data,
                        now,
                        at: begin,
                    };
                    let turn = previews.turns.acquire().await.map_err(|_| Refusal::Busy)?;
                    let counted = self.ask(caller, part).await?;
                    drop(turn);
                    count += counted.count;
                    preview.is_complete &= !counted.is_cut;
                    at = counted.next;
                }
                removes.push((data, count));
            }
            preview.rules.push(RulePreview { rule, removes });
        }
        Ok(preview)
    }
}
