//! Whether devices are heard of: what the platform computes of an object beside what clients store there, and the work
//! that raises an alarm when a device is silent for too long and clears it when it is back.
//!
//! A device is heard of when a measurement, event or alarm about it is stored, or an empty change of it is sent, by
//! anybody but an application. When that was last is kept to the minute across a restart, and exactly in between.

mod watch;

pub(crate) use watch::MessageTimes;

use crate::desk::Reading;
use crate::refusal::{Missing, Refusal};
use crate::work::Query;
use model::alarms::{OpenAlarms, Severity};
use model::disconnection::{DISCONNECTED, Disconnection};
use model::ids::ObjectId;
use model::inventory::{ACTIVE_ALARMS, AVAILABILITY, CONNECTION, ManagedObject};
use model::json::Object;
use model::names::Label;
use model::time::Timestamp;
use policy::operations::alarms::AlarmList;
use policy::operations::inventory::InventoryRead;
use store::inventory::InventoryRows;

/// Where a device stands of which is required that it is heard of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Available,
    Unavailable,
    Maintained,
}

impl State {
    /// The state of a device of which a message must come every so many minutes, and came then.
    fn of(minutes: i16, last: Timestamp, now: Timestamp) -> Self {
        if minutes <= 0 {
            return Self::Maintained;
        }
        match now > last.plus_millis(i64::from(minutes) * 60_000) {
            true => Self::Unavailable,
            false => Self::Available,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Available => "AVAILABLE",
            Self::Unavailable => "UNAVAILABLE",
            Self::Maintained => "MAINTENANCE",
        }
    }
}

/// What the platform computes of an object, by property. Clients cannot store these.
pub type Computed = Vec<(&'static str, Object)>;

/// All that is computed of an object, as the caller may see it. `rows` is where the caller has the object from.
pub(crate) fn computed(
    desk: &Reading,
    rows: &InventoryRows<'_>,
    object: &ManagedObject,
) -> Result<Computed, Refusal> {
    let mut computed = Computed::new();
    if let Some(open) = open_alarms(desk, object)? {
        computed.push((ACTIVE_ALARMS, show_alarms(open)));
    }
    let disconnection = match object.is_device() {
        true => rows.disconnection(object.id)?,
        false => None,
    };
    if let Some(disconnection) = &disconnection {
        computed.push((DISCONNECTED, show_disconnection(disconnection)));
        let gone = [("status", "DISCONNECTED")].into_iter().collect();
        computed.push((CONNECTION, gone));
        if object.response_interval().is_some() {
            let last = rows.last_message(object)?;
            computed.push((AVAILABILITY, show_availability(State::Unavailable, last)));
        }
        return Ok(computed);
    }
    if let Some(minutes) = object.response_interval() {
        let last = rows.last_message(object)?;
        let state = State::of(minutes, last.unwrap_or(object.created), desk.now());
        computed.push((AVAILABILITY, show_availability(state, last)));
        let connection = connection_word(state, last.is_some(), rows.is_reachable(object));
        computed.push((CONNECTION, [("status", connection)].into_iter().collect()));
    }
    Ok(computed)
}

/// By whom it was done is an opaque id here: the object may be shown to many.
fn show_disconnection(disconnection: &Disconnection) -> Object {
    let mut shown = Object::new();
    shown.set("time", disconnection.time.to_string());
    shown.set("by", disconnection.by.to_string());
    shown.set("reason", disconnection.reason.as_str());
    shown
}

/// One of these properties.
pub(crate) fn property(
    desk: &Reading,
    rows: &InventoryRows<'_>,
    object: &ManagedObject,
    name: &str,
) -> Option<Object> {
    let all = computed(desk, rows, object).ok()?;
    all.into_iter()
        .find_map(|(of, value)| (of == name).then_some(value))
}

/// How many alarms of an object are open, for those who may read all of its alarms. A device shows this always, another
/// object while there are any.
fn open_alarms(desk: &Reading, object: &ManagedObject) -> Result<Option<OpenAlarms>, Refusal> {
    if !desk.may::<AlarmList>() {
        return Ok(None);
    }
    let alarms = desk.tx.alarms(desk.allow::<AlarmList>()?);
    let open = alarms.open_alarms(object.id)?;
    Ok(open.filter(|open| object.is_device() || !open.is_empty()))
}

fn show_alarms(open: OpenAlarms) -> Object {
    let count = |severity: &Severity| (severity.counted_as(), u64::from(open.of(*severity)));
    Severity::ALL.iter().map(count).collect()
}

fn show_availability(state: State, last: Option<Timestamp>) -> Object {
    let mut shown: Object = [("status", state.word())].into_iter().collect();
    if let Some(last) = last {
        shown.set("lastMessage", last.to_string());
    }
    shown
}

/// A device counts as connected while something can be sent to it, and as long as it reports in time without that.
fn connection_word(state: State, was_heard: bool, is_reachable: bool) -> &'static str {
    match state {
        State::Maintained => "MAINTENANCE",
        State::Available if was_heard || is_reachable => "CONNECTED",
        State::Unavailable if is_reachable => "CONNECTED",
        State::Available | State::Unavailable => "DISCONNECTED",
    }
}

/// Reads when an object was last heard of.
pub struct ReadAvailability(pub ObjectId);

/// What is known of whether an object is heard of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Availability {
    /// When it was last heard of.
    pub last: Timestamp,
    /// The first of its external ids, in order of type and value.
    pub external_id: Option<Label>,
    /// What is required of it, if anything is.
    pub required: Option<Required>,
}

/// What is required of an object and how it keeps to it: the words of `c8y_Availability` and `c8y_Connection`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Required {
    /// A message every so many minutes.
    pub minutes: i16,
    /// Whether they come.
    pub data: &'static str,
    /// Whether it counts as connected.
    pub connection: &'static str,
}

impl Query for ReadAvailability {
    type Operation = InventoryRead;
    type Answer = Availability;

    fn answer(&self, desk: &Reading) -> Result<Availability, Refusal> {
        let rows = desk.tx.inventory(desk.allow_on::<InventoryRead>(self.0)?);
        let missing = || Refusal::Missing(Missing::Object(self.0));
        let object = rows.object(self.0)?.ok_or_else(missing)?;
        let last = rows
            .last_message(&object)?
            .ok_or(Refusal::Missing(Missing::LastMessage(self.0)))?;
        let required = object.response_interval().map(|minutes| {
            let state = State::of(minutes, last, desk.now());
            Required {
                minutes,
                data: state.word(),
                connection: connection_word(state, true, rows.is_reachable(&object)),
            }
        });
        let ids = rows.external_ids(self.0)?.into_iter();
        let first = ids.min_by(|one, other| (&one.kind, &one.value).cmp(&(&other.kind, &other.value)));
        Ok(Availability {
            last,
            external_id: first.map(|id| id.value),
            required,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_disconnected_when_it_is_silent_and_not_to_be_reached() {
        for (state, was_heard, is_reachable, word) in [
            (State::Available, true, true, "CONNECTED"),
            (State::Available, true, false, "CONNECTED"),
            (State::Available, false, true, "CONNECTED"),
            (State::Available, false, false, "DISCONNECTED"),
            (State::Unavailable, true, true, "CONNECTED"),
            (State::Unavailable, true, false, "DISCONNECTED"),
            (State::Maintained, true, true, "MAINTENANCE"),
            (State::Maintained, false, false, "MAINTENANCE"),
        ] {
            let told = connection_word(state, was_heard, is_reachable);
            assert_eq!(told, word, "{state:?} {was_heard} {is_reachable}");
        }
    }

    #[test]
    fn a_device_is_available_up_to_the_end_of_its_interval_and_maintained_without_one() {
        let at = Timestamp::from_millis;
        for (minutes, last, now, state) in [
            (1, 0, 60_000, State::Available),
            (1, 0, 60_001, State::Unavailable),
            (i16::MAX, 0, 32_767 * 60_000, State::Available),
            (0, 0, 1 << 40, State::Maintained),
            (-5, 0, 0, State::Maintained),
            // A clock that was set back makes nobody unavailable.
            (1, 100_000, 0, State::Available),
        ] {
            assert_eq!(
                State::of(minutes, at(last), at(now)),
                state,
                "{minutes} {last} {now}"
            );
        }
    }
}
