//! Alarms: listing, counting, reading, raising, changing, deleting.

mod change;
mod many;
mod own;
mod raise;

pub use change::UpdateAlarm;
pub use many::{DeleteAlarms, FindSources, UpdateAlarms};
pub(crate) use own::OwnAlarm;
pub(crate) use raise::new_alarm;
pub use raise::{RaiseAlarm, Raised};

use crate::desk::{Changing, Reading};
use crate::documents::{Sources, Wanted, Written, page};
use crate::inventory::check_size;
use crate::page::{Listed, Page};
use crate::refusal::{Invalid, Missing, Refusal};
use crate::work::Query;
use model::alarms::{Alarm, AlarmFilter};
use model::ids::{AlarmId, ObjectId};
use model::json::Object;
use model::limits::DOCUMENT_BYTES_MAX;
use policy::operations::alarms::{AlarmList, AlarmRead};
use store::alarms::AlarmRows;

/// What a command may show of an alarm.
pub type WrittenAlarm = Written<Alarm, AlarmId>;

fn missing(id: AlarmId) -> Refusal {
    Refusal::Missing(Missing::Alarm(id))
}

/// Reads one alarm.
pub struct ReadAlarm(pub AlarmId);

impl Query for ReadAlarm {
    type Operation = AlarmRead;
    type Answer = Alarm;

    fn answer(&self, desk: &Reading) -> Result<Alarm, Refusal> {
        let rows = desk.tx.alarms(desk.allow_on_alarm::<AlarmRead>(self.0)?);
        rows.alarm(self.0)?.ok_or(missing(self.0))
    }
}

/// Finds alarms: those raised last first.
pub struct FindAlarms {
    /// About which objects.
    pub sources: Sources,
    /// Which.
    pub filter: AlarmFilter,
    /// Which part of them.
    pub page: Page,
}

impl Query for FindAlarms {
    type Operation = AlarmList;
    type Answer = Listed<Alarm>;

    fn answer(&self, desk: &Reading) -> Result<Listed<Alarm>, Refusal> {
        let sources = self.sources.find::<AlarmRead>(desk)?;
        let rows = listed(desk, self.sources.only())?.only_open(self.filter.is_of_open());
        let wanted = Wanted {
            sources: sources.as_deref(),
            newest_first: true,
            time: self.filter.time,
            page: self.page,
        };
        page(
            &rows,
            &wanted,
            |alarm| self.filter.wants(alarm),
            |alarm| &alarm.fragments,
        )
    }
}

/// Counts alarms, exactly.
pub struct CountAlarms {
    /// About which objects.
    pub sources: Sources,
    /// Which.
    pub filter: AlarmFilter,
}

impl Query for CountAlarms {
    type Operation = AlarmList;
    type Answer = usize;

    fn answer(&self, desk: &Reading) -> Result<usize, Refusal> {
        let find = FindAlarms {
            sources: self.sources,
            filter: self.filter.clone(),
            page: Page {
                skip: 0,
                take: 0,
                count: true,
            },
        };
        Ok(find.answer(desk)?.total.unwrap_or_default())
    }
}

/// The alarms that a list may show. With one source it is the decision on that object; a source that is not the caller's
/// to know leaves an empty list, as one that does not exist.
fn listed(desk: &Reading, source: Option<ObjectId>) -> Result<AlarmRows<'_>, Refusal> {
    if let Some(source) = source {
        match desk.allow_on::<AlarmRead>(source) {
            Ok(proof) => return Ok(desk.tx.alarms(proof)),
            Err(Refusal::Missing(_) | Refusal::Forbidden) => {}
            Err(refusal) => return Err(refusal),
        }
    }
    Ok(desk.tx.alarms(desk.allow::<AlarmList>()?))
}

fn check(text: &str, fragments: &Object) -> Result<(), Refusal> {
    if text.len() > DOCUMENT_BYTES_MAX {
        return Err(Refusal::Invalid(Invalid::DocumentTooLarge));
    }
    check_size(fragments)
}

/// What was written, for callers who may read it: ADMIN alone does not let them (R019).
fn written(desk: &Changing, alarm: Alarm) -> Result<WrittenAlarm, Refusal> {
    let shown = desk.shown_on::<AlarmRead>(alarm.source)?;
    Ok(match shown {
        Some(shows) if shows.cover.covers(alarm.fragments.names()) => Written::Shown(Box::new(alarm)),
        _ => Written::Hidden(alarm.id),
    })
}
