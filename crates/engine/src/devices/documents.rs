//! Alarms and events that a device knows by their type, and parameters that it tells only when they change.

use crate::alarms::UpdateAlarm;
use crate::desk::Changing;
use crate::events::{StoreEvent, UpdateEvent};
use crate::refusal::{Missing, Refusal};
use crate::work::{Command, Then, done};
use model::alarms::AlarmUpdate;
use model::events::{Event, EventUpdate, NewEvent};
use model::ids::ObjectId;
use model::json::{Json, Object};
use model::limits::DEVICE_LOOK_BACK_MAX;
use model::names::Label;
use policy::operations::alarms::AlarmUpdate as ChangesAlarm;
use policy::operations::events::{EventCreate, EventUpdate as ChangesEvent};
use store::documents::{Along, Next};
use store::events::EventRows;

fn missing(kind: &Label) -> Refusal {
    Refusal::Missing(Missing::OfType(kind.to_string()))
}

/// Changes the open alarm of a source and type: there is one at most, active or acknowledged.
pub struct ChangeOpenAlarm {
    /// The source.
    pub source: ObjectId,
    /// The type.
    pub kind: Label,
    /// What changes.
    pub update: AlarmUpdate,
}

impl Command for ChangeOpenAlarm {
    type Operation = ChangesAlarm;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let rows = desk.tx.alarms(desk.allow_on::<ChangesAlarm>(self.source)?);
        let open = rows.open_alarm(self.source, self.kind.as_str())?;
        let update = UpdateAlarm {
            id: open.ok_or_else(|| missing(&self.kind))?,
            update: self.update.clone(),
        };
        // One that the caller may not know of is not told by its id.
        let changed = update.change(desk).map_err(|refusal| match refusal {
            Refusal::Missing(_) => missing(&self.kind),
            refusal => refusal,
        });
        changed.map(|_| done(()))
    }
}

/// Changes the latest event of a source and type.
pub struct ChangeLatestEvent {
    /// The source.
    pub source: ObjectId,
    /// The type.
    pub kind: Label,
    /// What changes.
    pub update: EventUpdate,
}

impl Command for ChangeLatestEvent {
    type Operation = ChangesEvent;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let rows = desk.tx.events(desk.allow_on::<ChangesEvent>(self.source)?);
        let found = latest(&rows.now(), self.source, |event| event.kind == self.kind)?;
        let update = UpdateEvent {
            id: found.ok_or_else(|| missing(&self.kind))?.id,
            update: self.update.clone(),
        };
        update.change(desk).map(|_| done(()))
    }
}

/// The latest event of a source that is meant, among those that were stored last.
fn latest(
    rows: &EventRows<'_>,
    source: ObjectId,
    is_meant: impl Fn(&Event) -> bool,
) -> Result<Option<Event>, Refusal> {
    let along = Along {
        sources: Some(&[source]),
        newest_first: true,
        from: None,
        to: None,
        start: None,
        rows_max: DEVICE_LOOK_BACK_MAX,
    };
    let mut latest: Option<Event> = None;
    rows.visit(&along, |event| {
        if !is_meant(&event) || latest.as_ref().is_some_and(|latest| event.time <= latest.time) {
            return Ok(Next::On);
        }
        let time = event.time;
        latest = Some(event);
        Ok(Next::Within(time))
    })?;
    Ok(latest)
}

/// What a device tells of its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parameters {
    /// All that it says is stored.
    All,
    /// It is stored only if it differs from what was said before.
    Changed,
}

/// Stores parameters of a device as an event.
pub struct StoreParameters {
    /// The event.
    pub event: NewEvent,
    /// When it is stored.
    pub which: Parameters,
}

impl Command for StoreParameters {
    type Operation = EventCreate;
    type Answer = ();

    fn heard_of(&self) -> Vec<ObjectId> {
        vec![self.event.source]
    }

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let event = &self.event;
        let names: Vec<_> = event.fragments.names().collect();
        let proof = desk.allow_on_with::<EventCreate>(event.source, &names)?;
        let rows = desk.tx.events(proof);
        if self.which == Parameters::Changed && self.is_known(&rows.now())? {
            return Ok(done(()));
        }
        StoreEvent(event.clone()).change(desk).map(|_| done(()))
    }
}

impl StoreParameters {
    /// Whether the latest event of this kind with each of the fragments says the same.
    fn is_known(&self, rows: &EventRows<'_>) -> Result<bool, Refusal> {
        let event = &self.event;
        for (name, value) in event.fragments.iter() {
            let has_it = |before: &Event| before.kind == event.kind && before.fragments.contains(name);
            let before = latest(rows, event.source, has_it)?;
            let said = before.as_ref().and_then(|before| before.fragments.get(name));
            if !said.is_some_and(|said| says(said, value)) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Whether everything in `value` is in `said`, as it is.
fn says(said: &Json, value: &Json) -> bool {
    match (said, value) {
        (Json::Object(said), Json::Object(value)) => {
            let is_said = |(name, value): (&str, &Json)| said.get(name).is_some_and(|said| says(said, value));
            value.iter().all(is_said) && (!value.is_empty() || *said == Object::new())
        }
        (said, value) => said == value,
    }
}
