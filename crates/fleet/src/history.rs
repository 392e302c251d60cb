//! The last 24 hours of a device, told when it is set up: by itself, as all that it sends. How much that is depends on the
//! size of the fleet, so that a large one is loaded in a few minutes.

use crate::documents::{
    self, Inside, alarm, event, firmware, location, mark, measurements, wrong_now, wrongs,
};
use crate::load::is_empty;
use crate::roster::{Behaviour, Device, Kind};
use crate::run::Fleet;
use crate::server::{Line, Trouble, text_at};
use model::time::Timestamp;
use serde_json::{Value, json};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
/// How far back a history goes.
const SPAN: i64 = 24 * HOUR;
/// Readings of all devices together, about.
const READINGS_MAX: i64 = 60_000;
/// Events with places of all devices together, about.
const PLACES_MAX: i64 = 12_000;

/// From when on, and how often, is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Plan {
    now: Timestamp,
    reading_every: i64,
    place_every: i64,
}

impl Plan {
    /// For a fleet of this size.
    pub(crate) fn of(now: Timestamp, devices: usize) -> Self {
        let devices = devices.max(1) as i64;
        // Seven in ten drive.
        let movers = (devices * 7 / 10).max(1);
        Self {
            now,
            reading_every: (SPAN * devices / READINGS_MAX).clamp(5 * MINUTE, HOUR),
            place_every: (SPAN * movers / PLACES_MAX).clamp(5 * MINUTE, 6 * HOUR),
        }
    }

    /// Times from the beginning to the end of what a device has to tell.
    fn times(&self, until: i64, every: i64) -> impl Iterator<Item = i64> + use<> {
        let first = (self.now.millis() - SPAN).div_euclid(every) + 1;
        (first..=until.div_euclid(every)).map(move |step| step * every)
    }
}

/// Tells the history of a device, and marks it as complete. One that an earlier run has begun is not begun again.
pub(crate) async fn tell(
    fleet: &Fleet,
    line: &mut Line,
    plan: &Plan,
    (device, id, seed, is_new): (&Device, &str, u64, bool),
) -> Result<(), Trouble> {
    if device.behaviour == Behaviour::NeverSeen {
        line.speak_as(fleet.service());
        if is_new {
            ask(
                line,
                id,
                json!({ "c8y_Configuration": { "config": "interval=60" } }),
                "Set the configuration",
            )
            .await?;
        }
        return complete(line, device, id, seed).await;
    }
    let own = fleet.device(device)?;
    line.speak_as(&own);
    let begun = !is_new
        && !is_empty(
            line,
            &format!("/measurement/measurements?source={id}&pageSize=1"),
            "measurements",
        )
        .await?;
    if !begun {
        let until = plan.now.millis() - silence(device);
        let inside = Inside::of(device, seed);
        readings(line, plan, (device, id, until), &inside).await?;
        places(line, plan, (id, until), &inside).await?;
        happenings(line, plan, (device, id, until), &inside).await?;
        troubles(fleet, line, plan, (device, id, until), &inside).await?;
        operations(fleet, line, device, id).await?;
        line.speak_as(&own);
    }
    complete(line, device, id, seed).await
}

async fn complete(line: &mut Line, device: &Device, id: &str, seed: u64) -> Result<(), Trouble> {
    let mut change = serde_json::Map::new();
    change.insert(documents::SIMULATED.to_owned(), mark(device, seed, true));
    line.put(&format!("/inventory/managedObjects/{id}"), &Value::Object(change))
        .await?;
    Ok(())
}

/// For how long a device has said nothing.
fn silence(device: &Device) -> i64 {
    let hours = |range| (device.chance.between("silence", 0, range) * HOUR as f64) as i64;
    match device.behaviour {
        Behaviour::Silent => hours((1.0, 18.0)),
        Behaviour::Maintained => hours((0.5, 3.0)),
        Behaviour::Live | Behaviour::NeverSeen => 0,
    }
}

async fn readings(
    line: &mut Line,
    plan: &Plan,
    (device, id, until): (&Device, &str, i64),
    inside: &Inside,
) -> Result<(), Trouble> {
    let at = |millis| measurements(inside, device.kind, id, Timestamp::from_millis(millis));
    let all: Vec<_> = plan.times(until, plan.reading_every).flat_map(at).collect();
    line.post("/measurement/measurements", &json!({ "measurements": all }))
        .await?;
    Ok(())
}

async fn places(
    line: &mut Line,
    plan: &Plan,
    (id, until): (&str, i64),
    inside: &Inside,
) -> Result<(), Trouble> {
    let mut last = None;
    for millis in plan.times(until, plan.place_every) {
        let Some(fix) = inside.fix(millis) else { break };
        // Whoever stands says so once.
        let stands = last.is_some_and(|last| documents::is_near(last, fix.place));
        last = Some(fix.place);
        if !stands {
            line.post(
                "/event/events",
                &location(id, Timestamp::from_millis(millis), fix),
            )
            .await?;
        }
    }
    Ok(())
}

/// Doors, shifts, journeys: what happened beside readings, at most a few a day.
async fn happenings(
    line: &mut Line,
    plan: &Plan,
    (device, id, until): (&Device, &str, i64),
    inside: &Inside,
) -> Result<(), Trouble> {
    const MOST: usize = 8;
    let mut told = 0;
    let mut before = None;
    for millis in plan.times(until, 20 * MINUTE) {
        let (state, kind, texts) = match inside {
            Inside::Container(container, _) => (
                container.is_open(millis),
                "c8y_DoorEvent",
                ["Door closed", "Door opened"],
            ),
            Inside::Machine(machine) => (
                machine.runs(millis),
                "c8y_MachineState",
                ["Machine stopped", "Machine started"],
            ),
            Inside::Truck(truck) => {
                let drives = truck.at(millis).speed > 0.0;
                (drives, "c8y_TripEvent", ["Vehicle stopped", "Vehicle started"])
            }
        };
        let changed = before.is_some_and(|before| before != state);
        before = Some(state);
        let [off, on] = texts;
        if changed && told < MOST && device.kind != Kind::Sensor {
            told += 1;
            let text = if state { on } else { off };
            line.post(
                "/event/events",
                &event(id, Timestamp::from_millis(millis), kind, text),
            )
            .await?;
        }
    }
    Ok(())
}

/// Alarms: those that follow from the readings, and one in four devices has had another.
async fn troubles(
    fleet: &Fleet,
    line: &mut Line,
    plan: &Plan,
    (device, id, until): (&Device, &str, i64),
    inside: &Inside,
) -> Result<(), Trouble> {
    let own = fleet.device(device)?;
    let mut open: Option<String> = None;
    for millis in plan.times(until, 15 * MINUTE) {
        match (wrong_now(inside, millis), &open) {
            (Some(wrong), None) => {
                open = raise(line, &alarm(id, Timestamp::from_millis(millis), wrong)).await?;
            }
            (None, Some(id)) => {
                line.put(&format!("/alarm/alarms/{id}"), &json!({ "status": "CLEARED" }))
                    .await?;
                open = None;
            }
            (Some(_), Some(_)) | (None, None) => {}
        }
    }
    if device.chance.at("trouble", 0) > 0.25 {
        return Ok(());
    }
    let Some(wrong) = device.chance.pick("trouble kind", 0, wrongs(device.kind)) else {
        return Ok(());
    };
    let millis = device
        .chance
        .between("trouble time", 0, ((until - 20 * HOUR) as f64, until as f64)) as i64;
    let raised = raise(line, &alarm(id, Timestamp::from_millis(millis), wrong)).await?;
    let Some(raised) = raised else { return Ok(()) };
    let path = format!("/alarm/alarms/{raised}");
    match device.chance.at("trouble status", 0) {
        chance if chance < 0.45 => {}
        chance if chance < 0.7 => {
            line.speak_as(fleet.service());
            line.put(&path, &json!({ "status": "ACKNOWLEDGED" })).await?;
            line.speak_as(&own);
        }
        _ => drop(line.put(&path, &json!({ "status": "CLEARED" })).await?),
    }
    Ok(())
}

/// Raises an alarm. Of a device that is being maintained, the platform keeps none.
pub(crate) async fn raise(line: &mut Line, alarm: &Value) -> Result<Option<String>, Trouble> {
    let made = line.post("/alarm/alarms", alarm).await?;
    Ok(made.get("id").and_then(Value::as_str).map(str::to_owned))
}

/// Operations: one in three devices was asked for something. Those who are silent still owe it.
async fn operations(fleet: &Fleet, line: &mut Line, device: &Device, id: &str) -> Result<(), Trouble> {
    if device.parent.is_some() || device.chance.at("asked", 0) > 0.33 {
        return Ok(());
    }
    line.speak_as(fleet.service());
    let (what, description, failure) = match device.chance.at("asked for", 0) < 0.5 {
        true => (
            json!({ "c8y_Restart": {} }),
            "Restart the device",
            "The device was in use",
        ),
        false => (
            json!({ "c8y_Firmware": { "name": firmware(device.kind), "version": "2.4.0", "url": "" } }),
            "Update the firmware to 2.4.0",
            "The battery was too low for an update",
        ),
    };
    let operation = ask(line, id, what, description).await?;
    if device.behaviour != Behaviour::Live {
        return Ok(());
    }
    line.speak_as(&fleet.device(device)?);
    let path = format!("/devicecontrol/operations/{operation}");
    line.put(&path, &json!({ "status": "EXECUTING" })).await?;
    let end = match device.chance.at("ended", 0) {
        chance if chance < 0.15 => return Ok(()),
        chance if chance < 0.4 => {
            json!({ "status": "FAILED", "failureReason": failure })
        }
        _ => json!({ "status": "SUCCESSFUL" }),
    };
    line.put(&path, &end).await?;
    Ok(())
}

/// Asks a device for something.
async fn ask(line: &mut Line, id: &str, what: Value, description: &str) -> Result<String, Trouble> {
    let mut operation = json!({ "deviceId": id, "description": description });
    if let (Some(operation), Value::Object(what)) = (operation.as_object_mut(), what) {
        operation.extend(what);
    }
    let made = line.post("/devicecontrol/operations", &operation).await?;
    text_at(&made, "/id")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_larger_fleet_tells_less_of_each_device_and_no_more_than_is_affordable() {
        let now = Timestamp::from_millis(1_700_000_000_000);
        for (devices, readings, places) in [(20, 288, 288), (200, 288, 85), (5_000, 24, 4)] {
            let plan = Plan::of(now, devices);
            assert_eq!(
                plan.times(now.millis(), plan.reading_every).count(),
                readings,
                "{devices}"
            );
            assert_eq!(
                plan.times(now.millis(), plan.place_every).count(),
                places,
                "{devices}"
            );
        }
    }
}
