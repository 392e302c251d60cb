//! CSV: one row per series, made while it is sent. Every chunk passes the door again, so a right that is withdrawn ends
//! the answer, and a slow client holds neither a snapshot nor a thread.

use super::filter;
use crate::answer::{Answer, Cut};
use crate::call::Call;
use crate::problem::Problem;
use bytes::Bytes;
use engine::measurements::{CsvChunk, CsvRow, ReadCsv};
use model::measurements::MeasurementFilter;
use tokio::sync::mpsc;

const COLUMNS: [&str; 6] = [
    "time",
    "source",
    "device_name",
    "fragment.series",
    "value",
    "unit",
];
/// Chunks that wait for a slow client.
const CHUNKS_WAITING: usize = 2;

/// Begins the answer. The first chunk is asked for before anything is sent, so a refusal is still a refusal.
pub(super) async fn answer(call: Call) -> Result<Answer, Problem> {
    let revert = call.flag("revert", false)?;
    let (sender, pieces) = mpsc::channel(CHUNKS_WAITING);
    let head = text([COLUMNS.map(str::to_owned)].into_iter()).map_err(|_| Problem::body_incomplete())?;
    // The channel is empty, so the head finds its place.
    let _ = sender.try_send(Ok(head));
    if let Some(filter) = filter(&call)? {
        let question = ReadCsv {
            filter: filter.clone(),
            revert,
            after: None,
        };
        let first = call
            .door()
            .ask(call.caller()?, question)
            .await
            .map_err(call.refused())?;
        tokio::spawn(send(call, filter, revert, first, sender));
    }
    Ok(Answer::pieces("text/csv", pieces))
}

async fn send(
    call: Call,
    filter: MeasurementFilter,
    revert: bool,
    first: CsvChunk,
    sender: mpsc::Sender<Result<Bytes, Cut>>,
) {
    let mut chunk = first;
    loop {
        let piece = text(chunk.rows.into_iter().map(cells)).map_err(|_| Cut);
        let is_cut = piece.is_err();
        // A client that has gone ends the work.
        if sender.send(piece).await.is_err() || is_cut {
            return;
        }
        let (Some(after), Ok(caller)) = (chunk.next, call.caller()) else {
            return;
        };
        let question = ReadCsv {
            filter: filter.clone(),
            revert,
            after: Some(after),
        };
        chunk = match call.door().ask(caller, question).await {
            Ok(chunk) => chunk,
            Err(_) => {
                let _ = sender.send(Err(Cut)).await;
                return;
            }
        };
    }
}

fn cells(row: CsvRow) -> [String; 6] {
    [
        row.time.to_string(),
        row.source.to_string(),
        harmless(row.device_name.unwrap_or_default()),
        harmless(format!("{}.{}", row.fragment, row.series)),
        row.value,
        harmless(row.unit.unwrap_or_default()),
    ]
}

/// A text that a spreadsheet would take for a formula is marked as text.
fn harmless(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text
    }
}

fn text(rows: impl Iterator<Item = [String; 6]>) -> Result<Bytes, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.write_record(&row)?;
    }
    let bytes = writer.into_inner().map_err(|error| error.into_error())?;
    Ok(bytes.into())
}
