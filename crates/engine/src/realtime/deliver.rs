//! One delivery: the things that happened, each read as the ordinary question of the caller for it. What the caller may
//! not see, or what is gone by now, is left out without a word.

use super::session::Happening;
use crate::alarms::ReadAlarm;
use crate::desk::Reading;
use crate::events::ReadEvent;
use crate::inventory::{ObjectView, ReadObject, Show};
use crate::measurements::ReadMeasurement;
use crate::operations::{OperationView, ReadOperation};
use crate::refusal::{Invalid, Refusal};
use crate::work::Query;
use model::alarms::Alarm;
use model::events::Event;
use model::ids::{AlarmId, EventId, MeasurementId, ObjectId, OperationId};
use model::json::Object;
use model::limits::REALTIME_BATCH_BYTES_MAX;
use model::measurements::Measurement;
use model::names::FragmentName;
use model::passing::Passing;
use model::realtime::{Channel, Kind};
use policy::operation::Operation;
use policy::operations::alarms::AlarmRead;
use policy::operations::events::{EventList, EventRead};
use policy::operations::inventory::InventoryList;
use policy::operations::measurements::{MeasurementList, MeasurementRead};
use policy::operations::operations::OperationRead;
use policy::operations::realtime::RealtimeFollow;
use policy::proof::Reach;
use store::feed::{Action, Happened, What};

/// One notification.
#[derive(Debug)]
pub struct Delivery {
    /// The how manieth of its session it is, from 1.
    pub number: u64,
    /// The channel that it comes on: always one of an object.
    pub channel: Channel,
    /// What has happened.
    pub action: Action,
    /// To what.
    pub thing: Thing,
}

/// What a notification shows, as the caller may read it now.
#[derive(Debug)]
pub enum Thing {
    /// A managed object. Its children and parents are not read.
    Object(Box<ObjectView>),
    /// A measurement.
    Measurement(Box<Measurement>),
    /// An event.
    Event(Box<Event>),
    /// An alarm.
    Alarm(Box<Alarm>),
    /// An operation.
    Operation(Box<OperationView>),
    /// A measurement or an event that is not stored.
    Passing(Box<Passing>),
    /// Something that was deleted, by its id.
    Gone(u64),
}

impl Thing {
    /// What of it may be large.
    fn fragments(&self) -> Option<&Object> {
        match self {
            Self::Object(view) => Some(&view.object.fragments),
            Self::Measurement(measurement) => Some(&measurement.document.fragments),
            Self::Event(event) => Some(&event.fragments),
            Self::Alarm(alarm) => Some(&alarm.fragments),
            Self::Operation(view) => Some(&view.operation.fragments),
            Self::Passing(passing) => Some(&passing.fragments),
            Self::Gone(_) => None,
        }
    }
}

impl Thing {
    /// Leaves these fragments, beside what every such thing has.
    pub(crate) fn cut(&mut self, fragments: &[FragmentName]) {
        let has = |name: &str| fragments.iter().any(|one| one.as_str() == name);
        match self {
            Self::Object(view) => view.object.fragments.retain(has),
            Self::Measurement(measurement) => measurement.document.fragments.retain(has),
            Self::Event(event) => event.fragments.retain(has),
            Self::Alarm(alarm) => alarm.fragments.retain(has),
            Self::Operation(view) => view.operation.fragments.retain(has),
            Self::Passing(passing) => passing.fragments.retain(has),
            Self::Gone(_) => {}
        }
    }

    /// How large it is in memory, about.
    pub(crate) fn bytes(&self) -> usize {
        self.fragments()
            .map_or(0, |fragments| fragments.to_string().len())
    }
}

/// What a caller is shown of one thing that has happened, on a channel of this object; nothing if it may not see it.
pub(crate) fn shown_of(
    desk: &Reading,
    channel: (Kind, ObjectId),
    happened: Happened,
) -> Result<Option<Thing>, Refusal> {
    let (kind, of) = channel;
    let nothing_seen = Deliver {
        happenings: Vec::new(),
        seen: Vec::new(),
    };
    nothing_seen.read(desk, &Happening { kind, of, happened })
}

/// Asks what of these happenings the caller may see, all from one view.
pub(super) struct Deliver {
    pub(super) happenings: Vec<Happening>,
    /// Objects that were shown to this session before.
    pub(super) seen: Vec<ObjectId>,
}

/// What was delivered, and what did not fit.
pub(super) struct Delivered {
    pub(super) deliveries: Vec<Delivery>,
    pub(super) rest: Vec<Happening>,
}

impl Query for Deliver {
    type Operation = RealtimeFollow;
    type Answer = Delivered;

    fn answer(&self, desk: &Reading) -> Result<Delivered, Refusal> {
        let _ = desk.allow::<RealtimeFollow>()?;
        let (mut deliveries, mut bytes) = (Vec::new(), 0);
        let mut happenings = self.happenings.iter();
        while bytes < REALTIME_BATCH_BYTES_MAX
            && let Some(happening) = happenings.next()
        {
            let Some(thing) = self.read(desk, happening)? else {
                continue;
            };
            bytes += thing.bytes();
            deliveries.push(Delivery {
                number: 0,
                channel: Channel::one(happening.kind, happening.of),
                action: happening.happened.action,
                thing,
            });
        }
        Ok(Delivered {
            deliveries,
            rest: happenings.copied().collect(),
        })
    }
}

impl Deliver {
    fn read(&self, desk: &Reading, happening: &Happening) -> Result<Option<Thing>, Refusal> {
        let happened = &happening.happened;
        if happened.action == Action::Deleted {
            return self.gone(desk, happening);
        }
        // A right from above counts only while the object is below what the channel is named after; it may have moved.
        if !is_below(desk, happening)? {
            return Ok(None);
        }
        match happened.what {
            What::Object => {
                let show = Show::NOTHING;
                let id = happened.object;
                let read = ReadObject { id, show };
                shown(desk, &read, |view| Thing::Object(Box::new(view)))
            }
            What::Measurement(id) => shown(desk, &ReadMeasurement(id), |found| {
                Thing::Measurement(Box::new(found))
            }),
            What::Event(id) => shown(desk, &ReadEvent(id), |found| Thing::Event(Box::new(found))),
            What::Alarm(id) => shown(desk, &ReadAlarm(id), |found| Thing::Alarm(Box::new(found))),
            What::Operation(id) => shown(desk, &ReadOperation(id), |found| {
                Thing::Operation(Box::new(found))
            }),
            What::PassingMeasurement(number) => {
                let proof = desk.allow::<MeasurementList>()?;
                let found = desk.tx.passing_measurement(proof, number)?;
                Ok(found.map(|found| Thing::Passing(Box::new(found))))
            }
            What::PassingEvent(number) => {
                let found = desk.tx.passing_event(desk.allow::<EventList>()?, number)?;
                Ok(found.map(|found| Thing::Passing(Box::new(found))))
            }
        }
    }

    /// Of what is gone nothing can be decided but by what it hung on. Its id is told to who may read all data of this kind
    /// of the source; that of an object to who may read every object of the tenant, or was shown this one before.
    fn gone(&self, desk: &Reading, happening: &Happening) -> Result<Option<Thing>, Refusal> {
        let source = happening.happened.object;
        let (may, id) = match happening.happened.what {
            What::Object => (self.may_miss(desk, source)?, source.number()),
            What::Measurement(id) => (
                reads_all::<MeasurementRead>(desk, source)?,
                MeasurementId::number(id),
            ),
            What::Event(id) => (reads_all::<EventRead>(desk, source)?, EventId::number(id)),
            What::Alarm(id) => (reads_all::<AlarmRead>(desk, source)?, AlarmId::number(id)),
            What::Operation(id) => (reads_all::<OperationRead>(desk, source)?, OperationId::number(id)),
            // What was never stored is not deleted.
            What::PassingMeasurement(_) | What::PassingEvent(_) => return Ok(None),
        };
        Ok(may.then_some(Thing::Gone(id)))
    }

    fn may_miss(&self, desk: &Reading, object: ObjectId) -> Result<bool, Refusal> {
        let reads_all = matches!(desk.allow::<InventoryList>()?.reach(), Reach::Tenant);
        Ok(reads_all || self.seen.contains(&object))
    }
}

/// The answer to an ordinary question; nothing if it is refused, or there is nothing any more.
fn shown<Q: Query>(
    desk: &Reading,
    question: &Q,
    thing: impl FnOnce(Q::Answer) -> Thing,
) -> Result<Option<Thing>, Refusal> {
    match question.answer(desk) {
        Ok(answer) => Ok(Some(thing(answer))),
        Err(Refusal::Missing(_) | Refusal::Forbidden | Refusal::Invalid(Invalid::QueryTooCostly)) => Ok(None),
        Err(refusal) => Err(refusal),
    }
}

/// Whether the caller may read all data of a kind of a source that is there.
fn reads_all<N: Operation>(desk: &Reading, source: ObjectId) -> Result<bool, Refusal> {
    let shown = desk.shown_on::<N>(source)?;
    Ok(shown.is_some_and(|shows| shows.cover.all))
}

/// Whether the source lies, now, below the object that the channel is named after.
fn is_below(desk: &Reading, happening: &Happening) -> Result<bool, Refusal> {
    let source = happening.happened.object;
    let follows_below = matches!(
        happening.kind,
        Kind::EventsWithChildren | Kind::AlarmsWithChildren | Kind::NewOperations
    );
    if !follows_below || happening.of == source {
        return Ok(true);
    }
    let facts = desk.tx.object_facts_in_full(desk.who(), source)?;
    Ok(facts.is_some_and(|facts| facts.line().any(|above| above == happening.of)))
}
