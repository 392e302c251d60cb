//! Events: listing, reading, storing, changing, deleting.

mod attachment;
mod delete;
mod reports;

pub use attachment::{AttachFile, AttachedTo, DeleteAttachment, NewAttachment};
pub use delete::{DeleteEvent, DeleteEvents};

use crate::desk::{Changing, Reading};
use crate::documents::{Sources, Wanted, Written, page};
use crate::inventory::check_size;
use crate::note::Note;
use crate::page::{Listed, Page};
use crate::refusal::{Invalid, Missing, Refusal};
use crate::work::{Command, Query, Then, done};
use audit::record::Change;
use model::events::{Event, EventFilter, EventUpdate, NewEvent};
use model::ids::{EventId, ObjectId};
use model::json::Json;
use model::limits::{DOCUMENT_BYTES_MAX, FRAGMENTS_MAX};
use policy::operations::events::{EventCreate, EventList, EventRead, EventUpdate as Updating};
use store::events::EventRows;

/// What a command may show of an event.
pub type WrittenEvent = Written<Event, EventId>;

fn missing(id: EventId) -> Refusal {
    Refusal::Missing(Missing::Event(id))
}

/// Reads one event.
pub struct ReadEvent(pub EventId);

impl Query for ReadEvent {
    type Operation = EventRead;
    type Answer = Event;

    fn answer(&self, desk: &Reading) -> Result<Event, Refusal> {
        let rows = desk.tx.events(desk.allow_on_event::<EventRead>(self.0)?);
        rows.event(self.0)?.ok_or(missing(self.0))
    }
}

/// Finds events: the newest first, those of one time in the order of their ids.
pub struct FindEvents {
    /// About which objects.
    pub sources: Sources,
    /// Which.
    pub filter: EventFilter,
    /// The oldest first; it counts only together with a time at which they happened or were stored.
    pub revert: bool,
    /// Which part of them.
    pub page: Page,
}

impl Query for FindEvents {
    type Operation = EventList;
    type Answer = Listed<Event>;

    fn answer(&self, desk: &Reading) -> Result<Listed<Event>, Refusal> {
        let sources = self.sources.find::<EventRead>(desk)?;
        let rows = listed(desk, self.sources.only())?;
        let has_range = self.filter.time.is_bounded() || self.filter.created.is_bounded();
        let wanted = Wanted {
            sources: sources.as_deref(),
            newest_first: !(self.revert && has_range),
            time: self.filter.time,
            page: self.page,
        };
        page(
            &rows,
            &wanted,
            |event| self.filter.wants(event),
            |event| &event.fragments,
        )
    }
}

/// The events that a list may show. With one source it is the decision on that object; a source that is not the caller's
/// to know leaves an empty list, as one that does not exist.
fn listed(desk: &Reading, source: Option<ObjectId>) -> Result<EventRows<'_>, Refusal> {
    if let Some(source) = source {
        match desk.allow_on::<EventRead>(source) {
            Ok(proof) => return Ok(desk.tx.events(proof)),
            Err(Refusal::Missing(_) | Refusal::Forbidden) => {}
            Err(refusal) => return Err(refusal),
        }
    }
    Ok(desk.tx.events(desk.allow::<EventList>()?))
}

/// Stores an event.
pub struct StoreEvent(pub NewEvent);

impl Command for StoreEvent {
    type Operation = EventCreate;
    type Answer = WrittenEvent;

    fn heard_of(&self) -> Vec<ObjectId> {
        vec![self.0.source]
    }

    fn change(&self, desk: &Changing) -> Result<Then<WrittenEvent>, Refusal> {
        let new = &self.0;
        let names: Vec<_> = new.fragments.names().collect();
        let proof = desk.allow_on_with::<EventCreate>(new.source, &names);
        let rows = desk
            .tx
            .events(proof.map_err(|refusal| refusal.of_named_source(new.source))?);
        let now = desk.now();
        let event = Event {
            id: rows.new_id()?,
            source: new.source,
            time: new.time,
            kind: new.kind.clone(),
            text: new.text.clone(),
            created: now,
            updated: now,
            fragments: new.fragments.clone(),
            attachment: None,
        };
        check(&event)?;
        reports::record(desk, &rows, new)?;
        rows.create(&event)?;
        Ok(done(written(desk, event)?))
    }
}

/// Tells those who follow of an event, and does not store it. The answer: whether the caller may read it.
pub struct PassEvent(pub NewEvent);

impl Command for PassEvent {
    type Operation = EventCreate;
    type Answer = bool;

    fn heard_of(&self) -> Vec<ObjectId> {
        vec![self.0.source]
    }

    fn change(&self, desk: &Changing) -> Result<Then<bool>, Refusal> {
        let new = &self.0;
        let names: Vec<_> = new.fragments.names().collect();
        let proof = desk.allow_on_with::<EventCreate>(new.source, &names);
        let proof = proof.map_err(|refusal| refusal.of_named_source(new.source))?;
        check_words(&new.text)?;
        check_size(&new.fragments)?;
        // Its record stays.
        let own = desk.allow_on_with::<EventCreate>(new.source, &names)?;
        reports::record(desk, &desk.tx.events(own), new)?;
        desk.tx.passes_by(proof, vec![new.clone().into()])?;
        let shown = desk.shown_on::<EventRead>(new.source)?;
        let may_read = shown.is_some_and(|shows| shows.cover.covers(names));
        Ok(done(may_read))
    }
}

fn check(event: &Event) -> Result<(), Refusal> {
    check_words(&event.text)?;
    check_size(&event.fragments)
}

fn check_words(text: &str) -> Result<(), Refusal> {
    match text.len() > DOCUMENT_BYTES_MAX {
        true => Err(Refusal::Invalid(Invalid::DocumentTooLarge)),
        false => Ok(()),
    }
}

/// What was written, for callers who may read it: ADMIN alone does not let them (R019).
fn written(desk: &Changing, event: Event) -> Result<WrittenEvent, Refusal> {
    let shown = desk.shown_on::<EventRead>(event.source)?;
    Ok(match shown {
        Some(shows) if shows.cover.covers(event.fragments.names()) => Written::Shown(Box::new(event)),
        _ => Written::Hidden(event.id),
    })
}

/// Changes the words and fragments of an event.
pub struct UpdateEvent {
    /// Which.
    pub id: EventId,
    /// What.
    pub update: EventUpdate,
}

impl Command for UpdateEvent {
    type Operation = Updating;
    type Answer = WrittenEvent;

    fn change(&self, desk: &Changing) -> Result<Then<WrittenEvent>, Refusal> {
        let rows = desk.tx.events(desk.allow_on_event::<Updating>(self.id)?);
        let before = rows.now().event(self.id)?.ok_or(missing(self.id))?;
        let mut after = before.clone();
        self.apply(&mut after)?;
        // Whoever may change only some fragments may not add others either.
        let names: Vec<_> = after.fragments.names().collect();
        let _ = desk
            .tx
            .events(desk.allow_on_with::<Updating>(before.source, &names)?);
        if after != before {
            after.updated = desk.now();
            desk.note(describe(&before, &after));
            rows.update(&before, &after)?;
        }
        Ok(done(written(desk, after)?))
    }
}

impl UpdateEvent {
    fn apply(&self, event: &mut Event) -> Result<(), Refusal> {
        // Each one is looked up among the others: no more of them than could be removed and set at once.
        if self.update.fragments.len() > 2 * FRAGMENTS_MAX {
            return Err(Refusal::Invalid(Invalid::DocumentTooLarge));
        }
        if let Some(text) = &self.update.text {
            event.text.clone_from(text);
        }
        for (name, value) in &self.update.fragments {
            match value {
                Json::Null => drop(event.fragments.remove(name)),
                value => event.fragments.set(name.clone(), value.clone()),
            }
        }
        check(event)
    }
}

/// What changed, by names: values may be personal or secret and stay in the event.
fn describe(before: &Event, after: &Event) -> Note {
    let names = before.fragments.names().chain(after.fragments.names());
    let changed = names.filter(|name| before.fragments.get(name) != after.fragments.get(name));
    let changed: std::collections::BTreeSet<_> = changed
        .chain((before.text != after.text).then_some("text"))
        .collect();
    let mut note =
        Note::new("Event", "Event updated", after.source).text(format!("Event {} updated", after.id));
    for name in changed {
        let has = |event: &Event| (name == "text" || event.fragments.contains(name)).then(|| Json::from("…"));
        note.changes.push(Change {
            attribute: name.to_owned(),
            kind: "java.lang.Object".to_owned(),
            previous: has(before),
            new: has(after),
        });
    }
    note
}
