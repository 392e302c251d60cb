//! Bundles of audit records, made while they are sent: every chunk passes the door again.

use super::size;
use crate::answer::Answer;
use crate::call::Call;
use crate::pieces;
use crate::problem::Problem;
use engine::audit_log::{ExportBundle, ExportChunk};
use model::ids::AuditId;
use model::limits::AUDIT_KEPT_MAX;

/// Begins the answer; the first chunk is asked for before anything is sent, so a refusal is still a refusal.
pub(super) async fn answer(call: Call) -> Result<Answer, Problem> {
    let first: AuditId = match call.query_id("first")? {
        Some(first) => first,
        None => AuditId::new(1).ok_or_else(|| Problem::bad_parameter(&call, "first", "an identifier"))?,
    };
    let question = ExportBundle {
        first,
        count: size(&call, "count")?,
        kept: kept(&call)?,
        cursor: None,
    };
    let chunk = call.ask(question.clone()).await?;
    let part = move |chunk: ExportChunk| {
        let next = chunk.next.map(|cursor| ExportBundle {
            cursor: Some(cursor),
            ..question.clone()
        });
        (Ok(chunk.bytes.into()), next)
    };
    Ok(pieces::answer(call, "text/plain", None, Some(chunk), part))
}

/// The sizes of checkpoints that the reader has kept.
fn kept(call: &Call) -> Result<Vec<u64>, Problem> {
    let texts = call.list("kept");
    let sizes: Result<Vec<u64>, _> = texts.iter().map(|text| text.parse()).collect();
    match sizes {
        Ok(sizes) if sizes.len() <= AUDIT_KEPT_MAX => Ok(sizes),
        _ => Err(Problem::bad_parameter(call, "kept", "whole numbers, 90 at most")),
    }
}
