//! Long answers made while they are sent. Every chunk passes the door again, so a right that is withdrawn ends the answer,
//! and a slow client holds neither a snapshot nor a thread. It does not know what the chunks hold.

use crate::answer::{Answer, Cut};
use crate::call::Call;
use bytes::Bytes;
use engine::work::Query;
use tokio::sync::mpsc;

/// Chunks that wait for a slow client.
const CHUNKS_WAITING: usize = 2;

/// An answer of `head`, the first chunk, and those that follow it. `part` turns a chunk into its bytes and the question
/// for the next one; nothing for the last.
///
/// The caller has asked for the first chunk already, so that a refusal is still a refusal; without one the head is all.
pub(crate) fn answer<Q: Query>(
    call: Call,
    media: &'static str,
    head: Option<Bytes>,
    first: Option<Q::Answer>,
    part: impl FnMut(Q::Answer) -> (Result<Bytes, Cut>, Option<Q>) + Send + 'static,
) -> Answer {
    let (sender, pieces) = mpsc::channel(CHUNKS_WAITING);
    if let Some(head) = head {
        // The channel is empty, so the head finds its place.
        let _ = sender.try_send(Ok(head));
    }
    if let Some(first) = first {
        tokio::spawn(send(call, first, part, sender));
    }
    Answer::pieces(media, pieces)
}

async fn send<Q: Query>(
    call: Call,
    first: Q::Answer,
    mut part: impl FnMut(Q::Answer) -> (Result<Bytes, Cut>, Option<Q>) + Send,
    sender: mpsc::Sender<Result<Bytes, Cut>>,
) {
    let mut chunk = first;
    loop {
        let (piece, next) = part(chunk);
        let is_cut = piece.is_err();
        // A client that has gone ends the work.
        if sender.send(piece).await.is_err() || is_cut {
            return;
        }
        let Some(question) = next else { return };
        chunk = match call.ask(question).await {
            Ok(chunk) => chunk,
            Err(_) => {
                let _ = sender.send(Err(Cut)).await;
                return;
            }
        };
    }
}
