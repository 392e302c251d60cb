//! Measurements to be taken away: as a table of values, one row per series, or as one long list; made while they are sent.

use super::{filter, show_at};
use crate::answer::{Answer, Cut};
use crate::call::Call;
use crate::media;
use crate::pieces;
use crate::problem::Problem;
use crate::table::{self, Cell, Form, Head};
use crate::units;
use bytes::Bytes;
use engine::measurements::{ExportChunk, ExportMeasurements, ExportPlace, System, ValueRow};
use model::json::Json;

const HEAD: Head = Head {
    name: "measurements",
    columns: &[
        "time",
        "source",
        "device_name",
        "fragment.series",
        "value",
        "unit",
    ],
};

/// A table. The first chunk is asked for before anything is sent, so a refusal is still a refusal.
pub(super) async fn table(call: Call, form: Form) -> Result<Answer, Problem> {
    let question = question(&call)?;
    let units = units::wanted(&call)?;
    let first = first(&call, question.as_ref()).await?;
    let rows = move |chunk: ExportChunk| {
        let rows = chunk.rows().map(|row| cells(row, units)).collect();
        (rows, following(question.as_ref(), chunk.next))
    };
    table::answer(call, form, &HEAD, first, rows).map_err(|Cut| Problem::body_incomplete())
}

/// The list in its usual shape, with everything on one page.
pub(super) async fn stream(call: Call) -> Result<Answer, Problem> {
    let question = question(&call)?;
    let units = units::wanted(&call)?;
    let first = first(&call, question.as_ref()).await?;
    let mut count = 0_usize;
    let end = |count: usize| format!(r#"],"statistics":{{"currentPage":1,"pageSize":{count}}}}}"#);
    let own = Json::String(call.link(call.path()));
    let mut head = format!(r#"{{"self":{own},"measurements":["#);
    if first.is_none() {
        head.push_str(&end(0));
    }
    let origin = call.origin.clone();
    let part = move |chunk: ExportChunk| {
        let mut text = String::new();
        for measurement in &chunk.measurements {
            if count > 0 {
                text.push(',');
            }
            text.push_str(&show_at(&origin, measurement, units).to_string());
            count += 1;
        }
        let next = following(question.as_ref(), chunk.next);
        if next.is_none() {
            text.push_str(&end(count));
        }
        (Ok(Bytes::from(text)), next)
    };
    Ok(pieces::answer(
        call,
        media::STREAM,
        Some(head.into()),
        first,
        part,
    ))
}

/// What to ask for; nothing if nothing can match.
fn question(call: &Call) -> Result<Option<ExportMeasurements>, Problem> {
    let revert = call.flag("revert", false)?;
    let question = |filter| ExportMeasurements {
        filter,
        revert,
        after: None,
    };
    Ok(filter(call)?.map(question))
}

async fn first(call: &Call, question: Option<&ExportMeasurements>) -> Result<Option<ExportChunk>, Problem> {
    match question {
        Some(question) => call.ask(question.clone()).await.map(Some),
        None => Ok(None),
    }
}

fn following(question: Option<&ExportMeasurements>, next: Option<ExportPlace>) -> Option<ExportMeasurements> {
    Some(ExportMeasurements {
        after: Some(next?),
        ..question?.clone()
    })
}

fn cells(row: ValueRow, units: Option<System>) -> Vec<Cell> {
    let (value, unit) = units::value(units, (row.value, row.unit));
    vec![
        Cell::Text(row.time.to_string()),
        Cell::Text(row.source.to_string()),
        Cell::Text(row.device_name.unwrap_or_default()),
        Cell::Text(format!("{}.{}", row.fragment, row.series)),
        Cell::Number(value),
        Cell::Text(unit.unwrap_or_default()),
    ]
}
