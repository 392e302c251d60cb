//! Audit records as a table, made while it is sent.

use super::{changes, filter, origin_word};
use crate::answer::{Answer, Cut};
use crate::call::Call;
use crate::problem::Problem;
use crate::table::{self, Cell, Form, Head};
use engine::audit_log::{AuditEntry, StreamAuditRecords, StreamChunk};

const HEAD: Head = Head {
    name: "audit-records",
    columns: &[
        "id",
        "creationTime",
        "time",
        "type",
        "activity",
        "text",
        "severity",
        "user",
        "application",
        "source",
        "outcome",
        "actorKind",
        "origin",
        "address",
        "count",
        "changes",
        "fragments",
    ],
};

/// Begins the answer. The first chunk is asked for before anything is sent, so a refusal is still a refusal.
pub(super) async fn answer(call: Call, form: Form) -> Result<Answer, Problem> {
    let question = StreamAuditRecords {
        filter: filter(&call)?,
        revert: call.flag("revert", false)?,
        place: None,
    };
    let first = call.ask(question.clone()).await?;
    let rows = move |chunk: StreamChunk| {
        let next = chunk.next.map(|place| StreamAuditRecords {
            place: Some(place),
            ..question.clone()
        });
        (chunk.records.iter().map(cells).collect(), next)
    };
    table::answer(call, form, &HEAD, Some(first), rows).map_err(|Cut| Problem::body_incomplete())
}

/// One that is damaged in the store has nothing but its id and that it is damaged.
fn cells(entry: &AuditEntry) -> Vec<Cell> {
    let id = Cell::Text(entry.id.to_string());
    let Some(record) = &entry.record else {
        let mut cells = vec![Cell::text(""); HEAD.columns.len()];
        let said = [(0, id), (5, Cell::text(super::DAMAGED))];
        for (place, said) in said {
            if let Some(cell) = cells.get_mut(place) {
                *cell = said;
            }
        }
        return cells;
    };
    let text = |text: &Option<String>| Cell::text(text.as_deref().unwrap_or_default());
    let changes = match record.changes.is_empty() {
        true => String::new(),
        false => changes(record).to_string(),
    };
    let fragments = match record.extra.is_empty() {
        true => String::new(),
        false => record.extra.to_string(),
    };
    vec![
        id,
        Cell::Text(record.time.to_string()),
        Cell::Text(record.client_time.unwrap_or(record.time).to_string()),
        Cell::text(record.kind.as_str()),
        Cell::text(record.activity.as_str()),
        Cell::text(record.text.as_str()),
        Cell::text(record.severity.word()),
        Cell::text(record.actor.name.as_str()),
        text(&record.application),
        text(&record.source),
        Cell::text(record.outcome.word()),
        Cell::text(record.actor.kind.word()),
        Cell::text(origin_word(&record.origin)),
        text(&record.address),
        Cell::Number(record.count.to_string()),
        Cell::Text(changes),
        Cell::Text(fragments),
    ]
}
