//! The fleet while the demo runs: one device after the other reports, at a rate that does not grow with the fleet.

use crate::documents::{Inside, alarm, location, measurements, position, wrong_now};
use crate::history::raise;
use crate::load::Present;
use crate::roster::Behaviour;
use crate::run::Fleet;
use crate::server::{Line, Trouble, list_at, text_at};
use model::time::Timestamp;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::MissedTickBehavior;

/// Time between two reports: four devices in a second, so that a demo that is left alone fills no disk.
const REPORT_EVERY: Duration = Duration::from_millis(250);
/// Time between two reports of the same device, at least.
const SAME_EVERY: Duration = Duration::from_secs(5);
/// Operations of a device that it takes up at once.
const OPERATIONS_AT_ONCE: usize = 5;

/// After so many reports in a row that were refused, a device is left alone: somebody has deleted it or keeps it out.
const REFUSED_MAX: usize = 3;

/// What a device remembers while it runs.
#[derive(Debug, Default)]
struct Memory {
    /// The alarm that it has raised.
    alarm: Option<String>,
    /// Whether it knows what it was asked for before.
    is_awake: bool,
    /// Operations that it works on.
    working: Vec<String>,
    /// Its reports that were refused, since the last that was not.
    refused: usize,
}

/// Reports until it is stopped. Trouble of one device is told and ends nothing.
pub(crate) async fn live(fleet: &Fleet, devices: Vec<Present>) -> Result<(), Trouble> {
    let live: Vec<_> = devices
        .into_iter()
        .filter(|one| one.device.behaviour == Behaviour::Live)
        .collect();
    if live.is_empty() {
        return Ok(());
    }
    let every = REPORT_EVERY.max(SAME_EVERY / u32::try_from(live.len()).unwrap_or(u32::MAX));
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut line = fleet.line()?;
    let mut memories: HashMap<usize, Memory> = HashMap::new();
    for one in live.iter().cycle() {
        ticks.tick().await;
        let memory = memories.entry(one.device.number).or_default();
        if memory.refused >= REFUSED_MAX {
            continue;
        }
        match report(fleet, &mut line, one, memory).await {
            Ok(()) => memory.refused = 0,
            Err(trouble) => {
                memory.refused += usize::from(trouble.is_refusal());
                tracing::warn!(device = one.device.id(), %trouble, "a simulated device could not report");
            }
        }
    }
    Ok(())
}

async fn report(fleet: &Fleet, line: &mut Line, one: &Present, memory: &mut Memory) -> Result<(), Trouble> {
    let (device, id, now) = (&one.device, one.id.as_str(), fleet.now());
    line.speak_as(&fleet.device(device)?);
    let inside = Inside::of(device, one.seed);
    let read = measurements(&inside, device.kind, id, now);
    line.post("/measurement/measurements", &json!({ "measurements": read }))
        .await?;
    if let Some(fix) = inside.fix(now.millis()) {
        let place = json!({ "c8y_Position": position(fix.place) });
        line.put(&format!("/inventory/managedObjects/{id}"), &place)
            .await?;
        line.post("/event/events", &location(id, now, fix)).await?;
    }
    complain(line, id, (&inside, now), memory).await?;
    obey(line, one, memory).await
}

/// Raises an alarm when something goes wrong, and clears it when it is well again.
async fn complain(
    line: &mut Line,
    id: &str,
    (inside, now): (&Inside, Timestamp),
    memory: &mut Memory,
) -> Result<(), Trouble> {
    match (wrong_now(inside, now.millis()), memory.alarm.take()) {
        (Some(wrong), None) => memory.alarm = raise(line, &alarm(id, now, wrong)).await?,
        (None, Some(alarm)) => {
            line.put(&format!("/alarm/alarms/{alarm}"), &json!({ "status": "CLEARED" }))
                .await?;
        }
        (Some(_), open) => memory.alarm = open,
        (None, None) => {}
    }
    Ok(())
}

/// Takes up what it is asked for, and ends it with its next report.
async fn obey(line: &mut Line, one: &Present, memory: &mut Memory) -> Result<(), Trouble> {
    for operation in std::mem::take(&mut memory.working) {
        let end = json!({ "status": "SUCCESSFUL" });
        line.put(&format!("/devicecontrol/operations/{operation}"), &end)
            .await?;
    }
    let of = |status: &str| {
        format!(
            "/devicecontrol/operations?deviceId={}&status={status}&pageSize={OPERATIONS_AT_ONCE}",
            one.id
        )
    };
    if !memory.is_awake {
        memory.is_awake = true;
        let working = line.get(&of("EXECUTING")).await?;
        memory.working = ids(&working)?;
    }
    let waiting = line.get(&of("PENDING")).await?;
    for operation in ids(&waiting)? {
        line.put(
            &format!("/devicecontrol/operations/{operation}"),
            &json!({ "status": "EXECUTING" }),
        )
        .await?;
        memory.working.push(operation);
    }
    Ok(())
}

fn ids(operations: &Value) -> Result<Vec<String>, Trouble> {
    list_at(operations, "operations")
        .iter()
        .map(|one| text_at(one, "/id"))
        .collect()
}
