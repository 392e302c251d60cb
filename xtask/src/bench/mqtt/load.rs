//! The load on one broker, whichever it is, and what it costs the broker.

use super::super::{Row, grouped};
use super::Scale;
use super::client::{Connection, Dialer, message};
use crate::bench::place::{processor_seconds, resident_bytes};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Connections that are made side by side.
const DIALERS: usize = 8;

/// What is measured.
pub(super) trait Broker {
    fn name(&self) -> &'static str;
    fn address(&self) -> SocketAddr;
    /// The process that serves; with its children it is the broker.
    fn process(&self) -> u32;
    /// What the client with this number shows.
    fn login(&self, number: usize) -> Result<Login, String>;
}

/// What a client shows, and where it publishes.
#[derive(Clone)]
pub(super) struct Login {
    pub(super) client_id: String,
    pub(super) user: String,
    pub(super) password: String,
    pub(super) topic: String,
}

/// All that is measured of one broker.
pub(super) async fn measure(broker: &dyn Broker, tls: &Path, scale: &Scale) -> Result<Vec<Row>, String> {
    let dialer = Dialer::new(broker.address(), &tls.join("ca.pem"))?;
    let most = scale
        .senders
        .iter()
        .map(|(count, _)| *count)
        .max()
        .unwrap_or_default();
    let logins: Result<Vec<_>, _> = (0..most.max(scale.idle))
        .map(|number| broker.login(number))
        .collect();
    let logins: Arc<[Login]> = logins?.into();
    // Everybody once: what a broker keeps of those it knows it has now.
    let before = resident_bytes(broker.process())?;
    let all = connect(&dialer, &logins, logins.len()).await?;
    for connection in all {
        connection.leave().await?;
    }
    let mut rows = vec![connections(broker, &dialer, &logins, scale).await?];
    rows.push(idle(broker, &dialer, &logins, scale, before).await?);
    for (count, window) in scale.senders {
        rows.push(messages(broker, &dialer, &logins, count, window, scale.slice).await?);
    }
    Ok(rows)
}

async fn connect(dialer: &Dialer, logins: &Arc<[Login]>, count: usize) -> Result<Vec<Connection>, String> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut at_work = JoinSet::new();
    for _ in 0..DIALERS {
        let (dialer, logins, next) = (dialer.clone(), logins.clone(), next.clone());
        at_work.spawn(async move {
            let mut made = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(login) = logins.get(number).filter(|_| number < count) else {
                    return Ok::<_, String>(made);
                };
                made.push(dialer.connect(number, login).await?);
            }
        });
    }
    let mut all = Vec::new();
    while let Some(done) = at_work.join_next().await {
        all.extend(done.map_err(|error| error.to_string())??);
    }
    Ok(all)
}

/// Connections that are made and left, one after the other by each of a few.
async fn connections(
    broker: &dyn Broker,
    dialer: &Dialer,
    logins: &Arc<[Login]>,
    scale: &Scale,
) -> Result<Row, String> {
    let (begun, before) = (Instant::now(), processor_seconds(broker.process())?);
    let mut at_work = JoinSet::new();
    for first in 0..DIALERS {
        let (dialer, logins, slice) = (dialer.clone(), logins.clone(), scale.slice);
        at_work.spawn(async move {
            let mut made = 0_usize;
            for number in (first..logins.len()).step_by(DIALERS).cycle() {
                if begun.elapsed() >= slice {
                    break;
                }
                let login = logins.get(number).ok_or("no login")?;
                dialer.connect(number, login).await?.leave().await?;
                made += 1;
            }
            Ok::<_, String>(made)
        });
    }
    let made = sum(at_work).await?;
    let (seconds, cpu) = (
        begun.elapsed().as_secs_f64(),
        processor_seconds(broker.process())? - before,
    );
    Ok(Row {
        what: format!("connections with a full TLS handshake: {}", broker.name()),
        count: made as u64,
        result: format!(
            "{} per CPU-second of the broker; {} per second",
            grouped(made as f64 / cpu),
            grouped(made as f64 / seconds)
        ),
    })
}

async fn idle(
    broker: &dyn Broker,
    dialer: &Dialer,
    logins: &Arc<[Login]>,
    scale: &Scale,
    at_first: u64,
) -> Result<Row, String> {
    let open = connect(dialer, logins, scale.idle).await?;
    let bytes = resident_bytes(broker.process())?.saturating_sub(at_first);
    let row = Row {
        what: format!("resident memory of an idle TLS connection: {}", broker.name()),
        count: open.len() as u64,
        result: format!(
            "{:.1} KiB each; all in all {} MiB more than before the first connection",
            bytes as f64 / open.len() as f64 / 1024.0,
            bytes >> 20
        ),
    };
    for connection in open {
        connection.leave().await?;
    }
    Ok(row)
}

async fn messages(
    broker: &dyn Broker,
    dialer: &Dialer,
    logins: &Arc<[Login]>,
    count: usize,
    window: usize,
    slice: Duration,
) -> Result<Row, String> {
    let mut open = connect(dialer, logins, count).await?;
    let topics: Vec<_> = logins.iter().map(|login| login.topic.clone()).collect();
    // The first message makes the device's object.
    for (connection, topic) in open.iter_mut().zip(&topics) {
        connection.send(&message(topic, 1, &row(0))).await?;
        connection.confirmed().await?;
    }
    let (begun, before) = (Instant::now(), processor_seconds(broker.process())?);
    let mut at_work = JoinSet::new();
    for (connection, topic) in open.into_iter().zip(topics) {
        at_work.spawn(send_for(connection, topic, window, begun, slice));
    }
    let sent = sum(at_work).await?;
    let (seconds, cpu) = (
        begun.elapsed().as_secs_f64(),
        processor_seconds(broker.process())? - before,
    );
    Ok(Row {
        what: format!(
            "messages of QoS 1, confirmed; {count} connections, {window} under way on each: {}",
            broker.name()
        ),
        count: sent as u64,
        result: format!(
            "{} per CPU-second of the broker; {} per second",
            grouped(sent as f64 / cpu),
            grouped(sent as f64 / seconds)
        ),
    })
}

/// Sends for a time, so many messages under way, and waits for the confirmations of all.
async fn send_for(
    mut connection: Connection,
    topic: String,
    window: usize,
    begun: Instant,
    slice: Duration,
) -> Result<usize, String> {
    let (mut sent, mut confirmed) = (0_usize, 0_usize);
    loop {
        let mut bytes = Vec::new();
        while sent - confirmed < window && begun.elapsed() < slice {
            let id = u16::try_from(sent % 60_000).unwrap_or_default() + 1;
            bytes.extend(message(&topic, id, &row(sent)));
            sent += 1;
        }
        if !bytes.is_empty() {
            connection.send(&bytes).await?;
        }
        if sent == confirmed {
            connection.leave().await?;
            return Ok(sent);
        }
        confirmed += connection.confirmed().await?;
    }
}

/// A measurement as one row.
fn row(number: usize) -> String {
    format!("200,c8y_Temperature,T,{}.5,C", number % 100)
}

async fn sum(mut at_work: JoinSet<Result<usize, String>>) -> Result<usize, String> {
    let mut sum = 0;
    while let Some(done) = at_work.join_next().await {
        sum += done.map_err(|error| error.to_string())??;
    }
    Ok(sum)
}
