//! Setting a fleet up: groups, devices and people first, so that there is something to see at once; then the history of
//! each device.

use crate::documents::object;
use crate::history;
use crate::roster::{Behaviour, Device};
use crate::run::Fleet;
use crate::server::{Line, Trouble, list_at, text_at, unless_there};
use crate::staff;
use crate::tree::{self, There};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::task::JoinSet;

/// Connections that load at once: enough to share the server's commits, and few beside everybody else's.
const WORKERS: usize = 8;

/// A device that is there.
#[derive(Debug, Clone)]
pub(crate) struct Present {
    pub(crate) device: Device,
    /// The id of its object.
    pub(crate) id: String,
    /// The seed of the fleet.
    pub(crate) seed: u64,
    has_history: bool,
    is_new: bool,
}

/// Makes what is missing. Gives all devices that are to live.
pub(crate) async fn load(fleet: &Arc<Fleet>) -> Result<Vec<Present>, Trouble> {
    let mut line = fleet.line()?;
    let mut there = tree::find(&mut line).await?;
    let seed = there.seed.unwrap_or(fleet.options.seed);
    tree::grow(&mut line, &mut there, seed).await?;

    let devices: Vec<_> = (0..fleet.options.devices)
        .map(|number| Device::of(seed, number))
        .collect();
    let there = Arc::new(there);
    let present = in_parallel(fleet, devices, {
        let there = there.clone();
        move |fleet, line, device| {
            let there = there.clone();
            Box::pin(async move { unless_refused(&device, appear(&fleet, line, &there, device, seed).await) })
        }
    })
    .await?;
    let present: Vec<_> = present.into_iter().flatten().collect();
    settle(&mut line, (*there).clone(), &present, seed).await?;
    staff::admit(&mut line, &fleet.options.tenant, &there.groups).await?;
    tracing::info!(
        devices = present.len(),
        "the simulated fleet is there; its history follows"
    );

    let plan = history::Plan::of(fleet.now(), fleet.options.devices);
    let without: Vec<_> = present.iter().filter(|one| !one.has_history).cloned().collect();
    in_parallel(fleet, without, move |fleet, line, one| {
        Box::pin(async move {
            let told = history::tell(&fleet, line, &plan, (&one.device, &one.id, one.seed, one.is_new)).await;
            unless_refused(&one.device, told).map(drop)
        })
    })
    .await?;
    Ok(present)
}

/// A device that somebody keeps out holds up no other; whoever cannot reach the server need not go on.
fn unless_refused<A>(device: &Device, done: Result<A, Trouble>) -> Result<Option<A>, Trouble> {
    match done {
        Ok(answer) => Ok(Some(answer)),
        Err(trouble) if trouble.is_refusal() => {
            tracing::warn!(device = device.id(), %trouble, "a simulated device could not be set up");
            Ok(None)
        }
        Err(trouble) => Err(trouble),
    }
}

/// The device registers itself, unless it is there. One that was never switched on is registered by the service, for it.
async fn appear(
    fleet: &Fleet,
    line: &mut Line,
    there: &There,
    device: Device,
    seed: u64,
) -> Result<Present, Trouble> {
    let own = fleet.device(&device)?;
    let (id, has_history, is_new) = match there.devices.get(&device.id()) {
        Some((id, has_history)) => (id.clone(), *has_history, false),
        None => {
            let mut object = object(&device, seed, fleet.now());
            match device.behaviour {
                Behaviour::NeverSeen => {
                    object["owner"] = json!(format!("device_{}", device.id()));
                    line.speak_as(fleet.service());
                }
                _ => line.speak_as(&own),
            }
            let made = line.post("/inventory/managedObjects", &object).await?;
            (text_at(&made, "/id")?, false, true)
        }
    };
    if !has_history {
        line.speak_as(if device.behaviour == Behaviour::NeverSeen {
            fleet.service()
        } else {
            &own
        });
        let external = json!({ "type": "c8y_Serial", "externalId": device.id() });
        let bound = line
            .post(&format!("/identity/globalIds/{id}/externalIds"), &external)
            .await;
        unless_there(bound)?;
    }
    Ok(Present {
        device,
        id,
        seed,
        has_history,
        is_new,
    })
}

/// Puts the devices into the tree whose history is not complete: those after it have been put there before.
async fn settle(line: &mut Line, mut there: There, present: &[Present], seed: u64) -> Result<(), Trouble> {
    for one in present {
        there
            .devices
            .insert(one.device.id(), (one.id.clone(), one.has_history));
    }
    let new: Vec<_> = present
        .iter()
        .filter(|one| !one.has_history)
        .map(|one| (one.device, one.id.clone()))
        .collect();
    tree::place(line, &there, seed, &new).await
}

/// What is done with one of many, on a connection of several.
pub(crate) type Work<'l, A> = std::pin::Pin<Box<dyn Future<Output = Result<A, Trouble>> + Send + 'l>>;

/// Does the same with each, several at a time. The answers come in the order of the questions; the first trouble ends all.
pub(crate) async fn in_parallel<T, A, F>(fleet: &Arc<Fleet>, all: Vec<T>, work: F) -> Result<Vec<A>, Trouble>
where
    T: Clone + Send + Sync + 'static,
    A: Send + 'static,
    F: for<'l> Fn(Arc<Fleet>, &'l mut Line, T) -> Work<'l, A> + Send + Sync + 'static,
{
    let (all, work, next) = (Arc::new(all), Arc::new(work), Arc::new(AtomicUsize::new(0)));
    let mut workers = JoinSet::new();
    for _ in 0..WORKERS.min(all.len()) {
        let (all, work, next, fleet) = (all.clone(), work.clone(), next.clone(), fleet.clone());
        workers.spawn(async move {
            let (mut line, mut done) = (fleet.line()?, Vec::new());
            loop {
                let place = next.fetch_add(1, Ordering::Relaxed);
                let Some(one) = all.get(place) else { break };
                done.push((place, work(fleet.clone(), &mut line, one.clone()).await?));
            }
            Ok::<_, Trouble>(done)
        });
    }
    let mut answers = Vec::with_capacity(all.len());
    while let Some(done) = workers.join_next().await {
        // A panic in a worker was reported; the others' answers are not complete without it.
        let done = done.map_err(|_| Trouble::Incomplete("a worker".to_owned(), "answer"))?;
        answers.extend(done?);
    }
    answers.sort_by_key(|(place, _)| *place);
    Ok(answers.into_iter().map(|(_, answer)| answer).collect())
}

/// Whether a page of a list is empty.
pub(crate) async fn is_empty(line: &mut Line, path: &str, name: &str) -> Result<bool, Trouble> {
    let found: Value = line.get(path).await?;
    Ok(list_at(&found, name).is_empty())
}
