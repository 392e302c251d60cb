//! How many measurements one second of the program's processor time takes in over HTTPS, singly and in bulks.

use super::place::{Account, Place, Running, now, send};
use super::{Row, Scale, grouped};
use agent::client::Request;
use bytes::Bytes;
use http::Method;
use model::ids::ObjectId;
use model::time::Timestamp;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Connections at the same time, each of a device of its own that is kept open.
pub(super) const CONNECTIONS_MAX: usize = 16;

/// Measurements per request, and connections.
const CASES: [(usize, usize); 3] = [(1, CONNECTIONS_MAX), (100, 4), (1_000, 4)];

pub(super) fn measure(place: &Place, devices: &[Account], scale: &Scale) -> Result<Vec<Row>, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let running = place.serve()?;
    let measured = CASES.iter().map(|(bulk, connections)| {
        let devices = devices.get(..*connections).ok_or("too few devices")?;
        runtime.block_on(with(&running, devices, *bulk, scale.slice))
    });
    measured.collect()
}

async fn with(running: &Running, devices: &[Account], bulk: usize, slice: Duration) -> Result<Row, String> {
    let mut clients = Vec::new();
    for device in devices {
        let source = device.device.ok_or("no device")?;
        let mut client = running.client(device)?;
        // Connected and signed in before the time begins.
        send(&mut client, &post(source, bulk, 0)).await?;
        clients.push((client, source));
    }
    let (begun, before) = (Instant::now(), running.cpu_seconds()?);
    let mut at_work = JoinSet::new();
    for (mut client, source) in clients {
        at_work.spawn(async move {
            let mut requests = 0_u64;
            while begun.elapsed() < slice {
                requests += 1;
                send(&mut client, &post(source, bulk, requests)).await?;
            }
            Ok::<_, String>(requests)
        });
    }
    let mut requests = 0;
    while let Some(done) = at_work.join_next().await {
        requests += done.map_err(|error| error.to_string())??;
    }
    let (seconds, cpu) = (begun.elapsed().as_secs_f64(), running.cpu_seconds()? - before);
    let measurements = requests * bulk as u64;
    let how = if bulk == 1 {
        "single posts".to_owned()
    } else {
        format!("bulks of {bulk}")
    };
    Ok(Row {
        what: format!(
            "measurements of one series over HTTPS, {how}, {} connections",
            devices.len()
        ),
        count: measurements,
        result: format!(
            "{} per CPU-second of the program; {} per second",
            grouped(measurements as f64 / cpu),
            grouped(measurements as f64 / seconds)
        ),
    })
}

/// One request of a device that wants no body back.
fn post(source: ObjectId, bulk: usize, request: u64) -> Request {
    let first = now().millis();
    let one = |place: usize| {
        let time = Timestamp::from_millis(first.saturating_add(i64::try_from(place).unwrap_or_default()));
        let value = (request + place as u64) % 1_000;
        format!(
            r#"{{"source":{{"id":"{source}"}},"time":"{time}","type":"bench","c8y_Temperature":{{"T":{{"value":{value}.5,"unit":"C"}}}}}}"#
        )
    };
    let (content_type, body) = match bulk {
        1 => ("application/vnd.com.nsn.cumulocity.measurement+json", one(0)),
        _ => {
            let all: Vec<String> = (0..bulk).map(one).collect();
            let body = format!(r#"{{"measurements":[{}]}}"#, all.join(","));
            (
                "application/vnd.com.nsn.cumulocity.measurementcollection+json",
                body,
            )
        }
    };
    Request {
        method: Method::POST,
        path: "/measurement/measurements".to_owned(),
        content_type: Some(content_type),
        body: Bytes::from(body),
        wants_body: false,
    }
}
