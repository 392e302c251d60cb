//! Deleting events: one by its id, or many by a filter in many small commits. Their attachments go with them.

use super::missing;
use crate::caller::Caller;
use crate::desk::Changing;
use crate::documents::each_of_part;
use crate::door::Door;
use crate::note::Note;
use crate::parts::Part;
use crate::refusal::{Invalid, Refusal};
use crate::work::{Command, Then, done};
use model::events::EventFilter;
use model::ids::{EventId, ObjectId};
use policy::operations::events::{EventDelete, EventDeleteMany};
use store::documents::Place;

/// Deletes one event.
pub struct DeleteEvent(pub EventId);

impl Command for DeleteEvent {
    type Operation = EventDelete;
    type Answer = ();
    /// What was attached to it.
    const LEAVES_ROWS: bool = true;

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let rows = desk.tx.events(desk.allow_on_event::<EventDelete>(self.0)?);
        let event = rows.now().event(self.0)?.ok_or(missing(self.0))?;
        rows.delete(&event)?;
        let text = format!("Event {} deleted", self.0);
        desk.note(Note::new("Event", "Event deleted", event.source).text(text));
        Ok(done(()))
    }
}

/// Deletes the next part of the events that a filter means. [`Door::delete_events`] goes through all.
pub struct DeleteEvents {
    /// About this object; nothing: about any.
    pub source: Option<ObjectId>,
    /// Which: a source or a time must be given.
    pub filter: EventFilter,
    /// Where the part before has ended.
    pub start: Option<Place>,
}

impl Command for DeleteEvents {
    type Operation = EventDeleteMany;
    type Answer = Part<Place>;
    /// What was attached to them.
    const LEAVES_ROWS: bool = true;

    fn change(&self, desk: &Changing) -> Result<Then<Part<Place>>, Refusal> {
        let Self {
            source,
            filter,
            start,
        } = self;
        let rows = desk.tx.events(desk.allow::<EventDeleteMany>()?);
        if source.is_none() && !filter.time.is_bounded() && !filter.created.is_bounded() {
            return Err(Refusal::Invalid(Invalid::DeletionUnfiltered));
        }
        let sources = source.as_ref().map(std::slice::from_ref);
        let part = each_of_part(
            &rows,
            (sources, filter.time),
            *start,
            |event| filter.wants(event),
            |event| Ok(rows.delete(event)?),
        )?;
        if part.count > 0 {
            let about = source.map_or_else(|| "*".to_owned(), |source| source.to_string());
            let text = format!("{} events deleted: {}", part.count, describe(*source, filter));
            desk.note(Note::new("Event", "Events deleted", about).text(text));
        }
        Ok(done(part))
    }
}

/// The filter in words, for the audit log.
fn describe(source: Option<ObjectId>, filter: &EventFilter) -> String {
    let time = |time: Option<model::time::Timestamp>| time.map(|time| time.to_string());
    let parts = [
        ("source", source.map(|source| source.to_string())),
        ("type", filter.kind.clone()),
        ("fragment", filter.fragment.clone()),
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
    /// Deletes every event that the filter means, part by part, each decided and recorded for itself. Gives how many
    /// there were; a refusal on the way leaves what is gone deleted and recorded.
    pub async fn delete_events(
        &self,
        caller: &Caller,
        source: Option<ObjectId>,
        filter: EventFilter,
    ) -> Result<usize, Refusal> {
        let part = |start| DeleteEvents {
            source,
            filter: filter.clone(),
            start,
        };
        self.in_parts(caller, part).await
    }
}
