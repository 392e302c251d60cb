//! Bundles of audit records, made while they are sent: every chunk passes the door again.

use super::size;
use crate::answer::{Answer, Cut};
use crate::call::Call;
use crate::problem::Problem;
use engine::audit_log::{ExportBundle, ExportChunk};
use model::ids::AuditId;
use tokio::sync::mpsc;

/// Chunks that wait for a slow client.
const CHUNKS_WAITING: usize = 2;

/// Begins the answer; the first chunk is asked for before anything is sent, so a refusal is still a refusal.
pub(super) async fn answer(call: Call) -> Result<Answer, Problem> {
    let first: AuditId = match call.query_id("first")? {
        Some(first) => first,
        None => AuditId::new(1).ok_or_else(|| Problem::bad_parameter(&call, "first", "an identifier"))?,
    };
    let question = ExportBundle {
        first,
        count: size(&call, "count")?,
        kept: Vec::new(),
        cursor: None,
    };
    let chunk = call
        .door()
        .ask(call.caller()?, question.clone())
        .await
        .map_err(call.refused())?;
    let (sender, pieces) = mpsc::channel(CHUNKS_WAITING);
    tokio::spawn(send(call, question, chunk, sender));
    Ok(Answer::pieces("text/plain", pieces))
}

async fn send(
    call: Call,
    question: ExportBundle,
    first: ExportChunk,
    sender: mpsc::Sender<Result<bytes::Bytes, Cut>>,
) {
    let mut chunk = first;
    loop {
        // A client that has gone ends the work.
        if sender.send(Ok(chunk.bytes.into())).await.is_err() {
            return;
        }
        let (Some(cursor), Ok(caller)) = (chunk.next, call.caller()) else {
            return;
        };
        let next = ExportBundle {
            cursor: Some(cursor),
            ..question.clone()
        };
        chunk = match call.door().ask(caller, next).await {
            Ok(chunk) => chunk,
            Err(_) => {
                let _ = sender.send(Err(Cut)).await;
                return;
            }
        };
    }
}
