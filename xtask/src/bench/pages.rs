//! How long a page of many managed objects takes over HTTPS, the first time after a start and then.

use super::house::House;
use super::place::{Place, admin, get, parsed, send};
use super::{Row, Scale, grouped};
use engine::inventory::CreateObject;
use model::inventory::NewManagedObject;
use model::json::{Json, Object};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Clients that fill the inventory together.
const CLIENTS: usize = 200;

/// What is asked, and how it is called.
const PAGES: [(&str, &str); 3] = [
    ("the first page", "/inventory/managedObjects?pageSize=100"),
    (
        "the page in the middle, with the number of pages",
        "/inventory/managedObjects?pageSize=100&withTotalPages=true&currentPage=",
    ),
    (
        "the first page of a query, sorted by name",
        "/inventory/managedObjects?pageSize=100&query=$filter%3D(type%20eq%20'bench_3')%20$orderby%3Dname%20desc",
    ),
];

/// Makes the objects, each in a commit of its own.
pub(super) fn fill(house: &House, scale: &Scale) -> Result<Row, String> {
    let caller = house.admin()?;
    let next = Arc::new(AtomicUsize::new(0));
    let (begun, objects) = (Instant::now(), scale.objects);
    house.runtime.block_on(async {
        let mut at_work = JoinSet::new();
        for _ in 0..CLIENTS {
            let (door, caller, next) = (house.door.clone(), caller.clone(), next.clone());
            at_work.spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= objects {
                        return Ok::<_, String>(());
                    }
                    door.run(&caller, CreateObject(object(number)?))
                        .await
                        .map_err(|why| format!("{why:?}"))?;
                }
            });
        }
        while let Some(done) = at_work.join_next().await {
            done.map_err(|error| error.to_string())??;
        }
        Ok::<_, String>(())
    })?;
    Ok(Row {
        what: format!("managed objects created, each in an audited commit, in process, {CLIENTS} at a time"),
        count: objects as u64,
        result: format!(
            "{} per second",
            grouped(objects as f64 / begun.elapsed().as_secs_f64())
        ),
    })
}

fn object(number: usize) -> Result<NewManagedObject, String> {
    let hardware: Object = [("serialNumber", Json::from(format!("S-{number:08}")))]
        .into_iter()
        .collect();
    let fragments = [
        ("c8y_IsDevice", Json::Object(Object::new())),
        ("c8y_Hardware", Json::Object(hardware)),
    ];
    Ok(NewManagedObject {
        name: Some(parsed(&format!("device {number:08}"))?),
        kind: Some(parsed(&format!("bench_{}", number % 10))?),
        owner: None,
        fragments: fragments.into_iter().collect(),
    })
}

/// Each page on a program that was just started, then again and again.
pub(super) fn measure(place: &Place, scale: &Scale) -> Result<Vec<Row>, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let mut rows = Vec::new();
    for (what, path) in PAGES {
        let path = if path.ends_with('=') {
            format!("{path}{}", scale.objects / 200)
        } else {
            path.to_owned()
        };
        let mut times = runtime.block_on(ask(place, &path, scale.pages))?;
        let first = times.remove(0);
        times.sort_unstable();
        let median = times.get(times.len() / 2).copied().unwrap_or_default();
        rows.push(Row {
            what: format!(
                "a page of 100 of {} managed objects over HTTPS, {what}",
                grouped(scale.objects as f64)
            ),
            count: times.len() as u64,
            result: format!(
                "{} ms the first time after a start, then {} ms (median)",
                millis(first),
                millis(median)
            ),
        });
    }
    Ok(rows)
}

fn millis(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1_000.0)
}

async fn ask(place: &Place, path: &str, times: usize) -> Result<Vec<Duration>, String> {
    let running = place.serve()?;
    let mut client = running.client(&admin()?)?;
    // Connected and signed in before the time begins.
    send(&mut client, &get("/tenant/currentTenant")).await?;
    let mut taken = Vec::new();
    for _ in 0..=times {
        let begun = Instant::now();
        let answer = send(&mut client, &get(path)).await?;
        taken.push(begun.elapsed());
        let found = answer
            .body
            .get("managedObjects")
            .and_then(|list| list.as_array())
            .map_or(0, Vec::len);
        if found != 100 {
            return Err(format!("{path}: {found} objects instead of 100"));
        }
    }
    Ok(taken)
}
