//! Changing the status of alarms, or deleting them, by a filter: in many small commits, of which each touches only what
//! the caller may change.

use super::change::{describe, may_be_open};
use crate::caller::Caller;
use crate::desk::{Changing, Reading};
use crate::documents::{Sources, each_of_part};
use crate::door::Door;
use crate::note::Note;
use crate::parts::Part;
use crate::refusal::{Invalid, Refusal};
use crate::work::{Command, Query, Then, done};
use model::alarms::{Alarm, AlarmFilter, AlarmStatus};
use model::ids::ObjectId;
use policy::operations::alarms::{AlarmDeleteMany, AlarmUpdate, AlarmUpdateMany};
use store::documents::Place;

/// Finds the objects whose alarms are to be changed: what hangs below one goes by the tree as the caller sees it.
pub struct FindSources(pub Sources);

impl Query for FindSources {
    type Operation = AlarmUpdateMany;
    /// Nothing: any object.
    type Answer = Option<Vec<ObjectId>>;

    fn answer(&self, desk: &Reading) -> Result<Self::Answer, Refusal> {
        self.0.find::<AlarmUpdate>(desk)
    }
}

/// Gives the next part of the alarms that a filter means another status. [`Door::update_alarms`] goes through all.
pub struct UpdateAlarms {
    /// About these objects; nothing: about any.
    pub sources: Option<Vec<ObjectId>>,
    /// Which: it must narrow, if the sources do not.
    pub filter: AlarmFilter,
    /// Their status from now on.
    pub status: AlarmStatus,
    /// Where the part before has ended.
    pub start: Option<Place>,
}

impl Command for UpdateAlarms {
    type Operation = AlarmUpdateMany;
    type Answer = Part<Place>;

    fn change(&self, desk: &Changing) -> Result<Then<Part<Place>>, Refusal> {
        let rows = desk.tx.alarms(desk.allow::<AlarmUpdateMany>()?);
        if self.sources.is_none() && self.filter == AlarmFilter::default() {
            return Err(Refusal::Invalid(Invalid::ChangeUnfiltered));
        }
        let rows = rows.only_open(self.filter.is_of_open());
        let part = each_of_part(
            &rows,
            (self.sources.as_deref(), self.filter.time),
            self.start,
            |alarm| alarm.status != self.status && self.filter.wants(alarm),
            |before| {
                let after = Alarm {
                    status: self.status,
                    updated: desk.now(),
                    ..before.clone()
                };
                // One that cannot stand again stays as it is.
                if may_be_open(&rows, before, &after)? {
                    desk.note(describe(before, &after));
                    rows.update(before, &after)?;
                }
                Ok(())
            },
        )?;
        Ok(done(part))
    }
}

/// Deletes the next part of the alarms that a filter means. [`Door::delete_alarms`] goes through all.
pub struct DeleteAlarms {
    /// About these objects; nothing: about any.
    pub sources: Option<Vec<ObjectId>>,
    /// Which: a source or a time must be given.
    pub filter: AlarmFilter,
    /// Where the part before has ended.
    pub start: Option<Place>,
}

impl Command for DeleteAlarms {
    type Operation = AlarmDeleteMany;
    type Answer = Part<Place>;

    fn change(&self, desk: &Changing) -> Result<Then<Part<Place>>, Refusal> {
        let Self { sources, filter, .. } = self;
        let rows = desk.tx.alarms(desk.allow::<AlarmDeleteMany>()?);
        if sources.is_none() && !filter.time.is_bounded() && !filter.created.is_bounded() {
            return Err(Refusal::Invalid(Invalid::DeletionUnfiltered));
        }
        let rows = rows.only_open(filter.is_of_open());
        let part = each_of_part(
            &rows,
            (sources.as_deref(), filter.time),
            self.start,
            |alarm| filter.wants(alarm),
            |alarm| Ok(rows.delete(alarm)?),
        )?;
        if part.count > 0 {
            let about = match sources.as_deref() {
                Some([source]) => source.to_string(),
                _ => "*".to_owned(),
            };
            let text = format!("{} alarms deleted: {}", part.count, tell(filter));
            desk.note(Note::new("Alarm", "Alarms deleted", about).text(text));
        }
        Ok(done(part))
    }
}

/// The filter in words, for the audit log.
fn tell(filter: &AlarmFilter) -> String {
    let time = |time: Option<model::time::Timestamp>| time.map(|time| time.to_string());
    let words = |words: Vec<&str>| (!words.is_empty()).then(|| words.join("+"));
    let parts = [
        ("type", words(filter.kinds.iter().map(String::as_str).collect())),
        (
            "severity",
            words(filter.severities.iter().map(|one| one.word()).collect()),
        ),
        (
            "status",
            words(filter.statuses.iter().map(|one| one.word()).collect()),
        ),
        ("resolved", filter.resolved.map(|resolved| resolved.to_string())),
        ("from", time(filter.time.from)),
        ("to", time(filter.time.to)),
        ("createdFrom", time(filter.created.from)),
        ("createdTo", time(filter.created.to)),
    ];
    let told = parts
        .into_iter()
        .filter_map(|(name, value)| Some(format!("{name}={}", value?)));
    told.collect::<Vec<_>>().join(", ")
}

impl Door {
    /// Gives every alarm that the filter means another status, part by part, each alarm recorded for itself. Gives how
    /// many there were; a refusal on the way leaves what is changed changed and recorded.
    pub async fn update_alarms(
        &self,
        caller: &Caller,
        sources: Sources,
        filter: AlarmFilter,
        status: AlarmStatus,
    ) -> Result<usize, Refusal> {
        let sources = self.ask(caller, FindSources(sources)).await?;
        let part = |start| UpdateAlarms {
            sources: sources.clone(),
            filter: filter.clone(),
            status,
            start,
        };
        self.in_parts(caller, part).await
    }

    /// Deletes every alarm that the filter means, part by part, each decided and recorded for itself. Gives how many there
    /// were; a refusal on the way leaves what is gone deleted and recorded.
    pub async fn delete_alarms(
        &self,
        caller: &Caller,
        sources: Sources,
        filter: AlarmFilter,
    ) -> Result<usize, Refusal> {
        let sources = self.ask(caller, FindSources(sources)).await?;
        let part = |start| DeleteAlarms {
            sources: sources.clone(),
            filter: filter.clone(),
            start,
        };
        self.in_parts(caller, part).await
    }
}
