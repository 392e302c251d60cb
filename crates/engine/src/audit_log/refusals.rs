//! The log of refusals: who was refused what, on which objects, when and how often (R043, R096).
//!
//! It is a view of the audit records that refusals leave, and of those that are counted and not written yet. There is no
//! second log.

use super::find::AuditFilter;
use super::span;
use crate::caller::Caller;
use crate::desk::{Denial, Reading};
use crate::door::Door;
use crate::page::{Listed, Page};
use crate::refusal::{Invalid, Refusal};
use crate::work::Query;
use audit::record::{Origin, Outcome, Record};
use model::ids::ObjectId;
use model::json::{Json, Object};
use model::limits::{QUERY_ROWS_MAX, REFUSED_OBJECTS_MAX};
use model::time::Timestamp;
use policy::operations::audit::AuditRead;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use store::audit_log::DISORDER_MILLIS;
use store::backend::Direction;

/// The type of the records.
pub(crate) const KIND: &str = "Security";
/// The fragment of an audit record that says what was refused.
const FRAGMENT: &str = "holdfast_Refusal";
/// How far back is looked unless it is said.
const RECENT_MILLIS: i64 = 7 * 24 * 60 * 60 * 1_000;

/// What a refusal's audit record says beside who and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Details {
    operation: String,
    target: String,
    objects: BTreeSet<ObjectId>,
    first: Timestamp,
    last: Timestamp,
    /// Whether it tells of the repeats of a window, which began at its first time.
    repeats: bool,
}

impl Details {
    /// Of one refusal.
    pub(crate) fn of(denial: Denial, now: Timestamp) -> Self {
        Self {
            operation: denial.operation.to_owned(),
            target: denial.target.to_owned(),
            objects: denial.object.into_iter().collect(),
            first: now,
            last: now,
            repeats: false,
        }
    }

    /// Of the repeats of this refusal, while there are none.
    pub(crate) fn of_repeats(denial: Denial, now: Timestamp) -> Self {
        Self {
            objects: BTreeSet::new(),
            repeats: true,
            ..Self::of(denial, now)
        }
    }

    /// Writes them as a fragment.
    pub(crate) fn write(&self, extra: &mut Object) {
        let mut told: Object = [
            ("operation", self.operation.as_str()),
            ("target", self.target.as_str()),
        ]
        .into_iter()
        .collect();
        let objects = self.objects.iter().map(|object| Json::from(object.to_string()));
        told.set("objects", objects.collect::<Vec<_>>());
        told.set("firstTime", self.first.to_string());
        told.set("lastTime", self.last.to_string());
        told.set("repeated", self.repeats);
        extra.set(FRAGMENT, told);
    }

    /// Adds a refusal to those that a fragment tells of. Of objects only so many are kept: the number of refusals is
    /// exact all the same.
    pub(crate) fn add(extra: &mut Object, denial: Denial, now: Timestamp) {
        let Some(mut details) = Self::read(extra) else {
            return;
        };
        details.last = now;
        details.name(denial.object);
        details.write(extra);
    }

    fn name(&mut self, objects: impl IntoIterator<Item = ObjectId>) {
        for object in objects {
            if self.objects.len() < REFUSED_OBJECTS_MAX {
                self.objects.insert(object);
            }
        }
    }

    fn read(extra: &Object) -> Option<Self> {
        let told = extra.get(FRAGMENT)?.as_object()?;
        let text = |name: &str| told.get(name).and_then(Json::as_str);
        let objects = told.get("objects")?.as_array()?.iter();
        Some(Self {
            operation: text("operation")?.to_owned(),
            target: text("target")?.to_owned(),
            objects: objects.filter_map(|id| id.as_str()?.parse().ok()).collect(),
            first: text("firstTime")?.parse().ok()?,
            last: text("lastTime")?.parse().ok()?,
            repeats: told.get("repeated").and_then(Json::as_bool)?,
        })
    }
}

/// Refusals of one user, operation and kind of target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusalTold {
    /// Who was refused, by the name at that time.
    pub user: String,
    /// Which operation.
    pub operation: String,
    /// What it was aimed at: `object`, `tenant`, or `any` if it was refused before it was said on what.
    pub target: String,
    /// The first and the last time.
    pub first: Timestamp,
    /// The last time.
    pub last: Timestamp,
    /// How often.
    pub count: u64,
    /// Objects on which it happened, some of them if there are many.
    pub objects: Vec<ObjectId>,
}

/// Which refusals are meant; every part narrows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RefusalFilter {
    /// Of this user.
    pub user: Option<String>,
    /// Of this operation.
    pub operation: Option<String>,
    /// At this time or later; the last seven days unless told.
    pub from: Option<Timestamp>,
    /// At this time or earlier.
    pub to: Option<Timestamp>,
}

impl RefusalFilter {
    fn means(&self, user: &str, details: &Details, since: Timestamp) -> bool {
        let is =
            |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
        is(&self.user, user)
            && is(&self.operation, &details.operation)
            && details.last >= since
            && self.to.is_none_or(|to| details.first <= to)
    }
}

/// Asks for refusals; the latest first.
pub(crate) struct FindRefusals {
    filter: RefusalFilter,
    page: Page,
    /// Those that are not written yet.
    open: Vec<(Record, u64)>,
}

impl Door {
    /// The refusals of the caller's tenant; the latest first.
    pub async fn refusals(
        &self,
        caller: &Caller,
        filter: RefusalFilter,
        page: Page,
    ) -> Result<Listed<RefusalTold>, Refusal> {
        let open = self.open_denials(caller);
        self.ask(caller, FindRefusals { filter, page, open }).await
    }
}

impl Query for FindRefusals {
    type Operation = AuditRead;
    type Answer = Listed<RefusalTold>;

    fn answer(&self, desk: &Reading) -> Result<Listed<RefusalTold>, Refusal> {
        let rows = desk.tx.audit_log(desk.allow::<AuditRead>()?);
        let since = self.filter.from.unwrap_or(desk.now().plus_millis(-RECENT_MILLIS));
        let mut sums = Sums::default();
        let mut read = 0;
        // A record of repeats has the time of the first.
        let may_mean = AuditFilter {
            from: Some(since.plus_millis(-DISORDER_MILLIS)),
            kind: Some(KIND.to_owned()),
            // Not by user: of one that sends much, other records are many more.
            ..AuditFilter::default()
        };
        span::visit(&rows, &may_mean, &(0..u64::MAX), Direction::Backward, |stored| {
            read += 1;
            let record = stored.bytes.and_then(|bytes| Record::parse(&bytes).ok());
            if let Some(record) = record.filter(is_refusal) {
                self.take(&mut sums, &record, record.count, since);
            }
            match read > QUERY_ROWS_MAX {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        })?;
        if read > QUERY_ROWS_MAX {
            return Err(Refusal::Invalid(Invalid::QueryTooCostly));
        }
        for (record, count) in &self.open {
            self.take(&mut sums, record, *count, since);
        }
        Ok(self.page.of(sums.finish()))
    }
}

fn is_refusal(record: &Record) -> bool {
    record.outcome == Outcome::Denied && record.origin == Origin::Platform
}

impl FindRefusals {
    fn take(&self, sums: &mut Sums, record: &Record, count: u64, since: Timestamp) {
        if let Some(details) = Details::read(&record.extra)
            && self.filter.means(&record.actor.name, &details, since)
        {
            sums.take(&record.actor.name, details, count);
        }
    }
}

/// Refusals added up by user, operation and kind of target.
#[derive(Default)]
struct Sums {
    by_kind: BTreeMap<(String, String, String), (Details, u64)>,
    /// The windows that were seen: one may have been written after it was told as open.
    windows: BTreeSet<((String, String, String), Timestamp)>,
}

impl Sums {
    fn take(&mut self, user: &str, details: Details, count: u64) {
        let kind = (user.to_owned(), details.operation.clone(), details.target.clone());
        if details.repeats && !self.windows.insert((kind.clone(), details.first)) {
            return;
        }
        let entry = self.by_kind.entry(kind).or_insert_with(|| (details.clone(), 0));
        let (sum, total) = entry;
        *total += count;
        sum.first = sum.first.min(details.first);
        sum.last = sum.last.max(details.last);
        sum.name(details.objects);
    }

    fn finish(self) -> Vec<RefusalTold> {
        let mut told: Vec<_> = self
            .by_kind
            .into_iter()
            .map(|((user, operation, target), (details, count))| RefusalTold {
                user,
                operation,
                target,
                first: details.first,
                last: details.last,
                count,
                objects: details.objects.into_iter().collect(),
            })
            .collect();
        told.sort_by_key(|refusal| Reverse(refusal.last));
        told
    }
}
