//! Events and alarms of one message, stored together: all, or none. Whoever wants to know which one was refused tries them
//! one by one.

use crate::alarms::RaiseAlarm;
use crate::desk::Changing;
use crate::events::{PassEvent, StoreEvent};
use crate::refusal::Refusal;
use crate::work::{Command, Then, done};
use model::alarms::NewAlarm;
use model::events::NewEvent;
use model::ids::ObjectId;
use policy::operations::alarms::AlarmCreate;
use policy::operations::events::EventCreate;
use std::collections::BTreeSet;

fn distinct(sources: impl Iterator<Item = ObjectId>) -> Vec<ObjectId> {
    sources.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Stores events.
pub struct StoreEvents(pub Vec<NewEvent>);

impl Command for StoreEvents {
    type Operation = EventCreate;
    type Answer = ();

    fn heard_of(&self) -> Vec<ObjectId> {
        distinct(self.0.iter().map(|event| event.source))
    }

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        for event in &self.0 {
            StoreEvent(event.clone()).change(desk).map(drop)?;
        }
        Ok(done(()))
    }
}

/// Tells those who follow of events, and stores none.
pub struct PassEvents(pub Vec<NewEvent>);

impl Command for PassEvents {
    type Operation = EventCreate;
    type Answer = ();

    fn heard_of(&self) -> Vec<ObjectId> {
        distinct(self.0.iter().map(|event| event.source))
    }

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        for event in &self.0 {
            PassEvent(event.clone()).change(desk).map(drop)?;
        }
        Ok(done(()))
    }
}

/// Raises alarms.
pub struct RaiseAlarms(pub Vec<NewAlarm>);

impl Command for RaiseAlarms {
    type Operation = AlarmCreate;
    type Answer = ();

    fn heard_of(&self) -> Vec<ObjectId> {
        distinct(self.0.iter().map(|alarm| alarm.source))
    }

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        for alarm in &self.0 {
            RaiseAlarm(alarm.clone()).change(desk).map(drop)?;
        }
        Ok(done(()))
    }
}
