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
use model::ids::ObjectId;
use model::inventory::{ACTIVE_ALARMS, AVAILABILITY, CONNECTION, ManagedObject};
use model::json::Object;
use model::time::Timestamp;
use policy::operations::alarms::AlarmList;
use policy::operations::inventory::InventoryRead;
use store::inventory::InventoryRows;

/// A device counts as connected for so long after its last message: over a connection that it keeps open it reports at
/// least as often.
const CONNECTED_MILLIS: i64 = 60_000;

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
    if let Some(minutes) = object.response_interval() {
        let last = rows.last_message(object)?;
        let state = State::of(minutes, last.unwrap_or(object.created), desk.now());
        computed.push((AVAILABILITY, show_availability(state, last)));
        computed.push((CONNECTION, show_connection(state, last, desk.now())));
    }
    Ok(computed)
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
    let word = match state {
        State::Available => "AVAILABLE",
        State::Unavailable => "UNAVAILABLE",
        State::Maintained => "MAINTENANCE",
    };
    let mut shown: Object = [("status", word)].into_iter().collect();
    if let Some(last) = last {
        shown.set("lastMessage", last.to_string());
    }
    shown
}

fn show_connection(state: State, last: Option<Timestamp>, now: Timestamp) -> Object {
    let is_recent = last.is_some_and(|last| now <= last.plus_millis(CONNECTED_MILLIS));
    let word = match (state, is_recent) {
        (State::Maintained, _) => "MAINTENANCE",
        (_, true) => "CONNECTED",
        (_, false) => "DISCONNECTED",
    };
    [("status", word)].into_iter().collect()
}

/// Reads when an object was last heard of.
pub struct ReadLastMessage(pub ObjectId);

impl Query for ReadLastMessage {
    type Operation = InventoryRead;
    type Answer = Timestamp;

    fn answer(&self, desk: &Reading) -> Result<Timestamp, Refusal> {
        let rows = desk.tx.inventory(desk.allow_on::<InventoryRead>(self.0)?);
        let missing = || Refusal::Missing(Missing::Object(self.0));
        let object = rows.object(self.0)?.ok_or_else(missing)?;
        rows.last_message(&object)?
            .ok_or(Refusal::Missing(Missing::LastMessage(self.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
