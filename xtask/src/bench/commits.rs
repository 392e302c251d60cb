//! How many commands become durable per second, and how many share one sync.

use super::house::{Device, House, tenant, text};
use super::place::{now, parsed};
use super::{Row, Scale, grouped};
use engine::measurements::StoreMeasurements;
use model::ids::ObjectId;
use model::json::{Json, Object};
use model::measurements::NewMeasurement;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Clients that each wait for one command before they send the next.
const CLIENTS: [usize; 3] = [1, 10, 200];

pub(super) fn measure(house: &House, devices: &[Device], scale: &Scale) -> Result<Vec<Row>, String> {
    CLIENTS
        .iter()
        .map(|clients| with(house, devices, *clients, scale.slice))
        .collect()
}

fn with(house: &House, devices: &[Device], clients: usize, slice: Duration) -> Result<Row, String> {
    let store = house.door.store();
    let catalogue = store.catalogue().map_err(text)?;
    let measured = catalogue.tenant_by_id(&tenant()?).map_err(text)?;
    let counts = store
        .commit_counts(measured.ok_or("no tenant")?.number)
        .map_err(text)?;
    let read = || {
        (
            counts.commits.load(Ordering::Relaxed),
            counts.syncs.load(Ordering::Relaxed),
        )
    };
    let before = read();
    let begun = Instant::now();
    house.runtime.block_on(async {
        let mut at_work = JoinSet::new();
        for device in devices.iter().cycle().take(clients) {
            let (door, caller, object) = (house.door.clone(), device.caller.clone(), device.object);
            at_work.spawn(async move {
                while begun.elapsed() < slice {
                    let command = StoreMeasurements(vec![measurement(object)?]);
                    door.run(&caller, command)
                        .await
                        .map_err(|why| format!("{why:?}"))?;
                }
                Ok::<_, String>(())
            });
        }
        while let Some(done) = at_work.join_next().await {
            done.map_err(|error| error.to_string())??;
        }
        Ok::<_, String>(())
    })?;
    let seconds = begun.elapsed().as_secs_f64();
    let (commits, syncs) = (read().0 - before.0, read().1 - before.1);
    let per_thousand = 1_000.0 * syncs as f64 / commits.max(1) as f64;
    Ok(Row {
        what: format!("durable commits of one measurement, in process, {clients} at a time"),
        count: commits,
        result: format!(
            "{} per second; {} syncs per 1,000 commits",
            grouped(commits as f64 / seconds),
            grouped(per_thousand)
        ),
    })
}

fn measurement(source: ObjectId) -> Result<NewMeasurement, String> {
    let value: Object = [("value", Json::from(21_u32))].into_iter().collect();
    let series: Object = [("T", Json::Object(value))].into_iter().collect();
    Ok(NewMeasurement {
        source,
        time: now(),
        kind: parsed("bench")?,
        fragments: [("c8y_Temperature", Json::Object(series))].into_iter().collect(),
    })
}
