//! CSV: one row per series, made while it is sent. Every chunk passes the door again, so a right that is withdrawn ends
//! the answer, and a slow client holds neither a snapshot nor a thread.

use super::filter;
use crate::answer::{Answer, Cut};
use crate::call::Call;
use crate::pieces;
use crate::problem::Problem;
use bytes::Bytes;
use engine::measurements::{CsvChunk, CsvRow, ReadCsv};

const COLUMNS: [&str; 6] = [
    "time",
    "source",
    "device_name",
    "fragment.series",
    "value",
    "unit",
];
/// Begins the answer. The first chunk is asked for before anything is sent, so a refusal is still a refusal.
pub(super) async fn answer(call: Call) -> Result<Answer, Problem> {
    let revert = call.flag("revert", false)?;
    let head = text([COLUMNS.map(str::to_owned)].into_iter()).map_err(|_| Problem::body_incomplete())?;
    let question = filter(&call)?.map(|filter| ReadCsv {
        filter,
        revert,
        after: None,
    });
    let first = match &question {
        Some(question) => Some(call.ask(question.clone()).await?),
        None => None,
    };
    let part = move |chunk: CsvChunk| {
        let next = question.clone().zip(chunk.next).map(|(question, after)| ReadCsv {
            after: Some(after),
            ..question
        });
        (text(chunk.rows.into_iter().map(cells)).map_err(|_| Cut), next)
    };
    Ok(pieces::answer(call, "text/csv", Some(head), first, part))
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
