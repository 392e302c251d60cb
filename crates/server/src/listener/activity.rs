//! Counts the open requests of one connection, from the request's arrival to the last byte of its answer, so that a
//! connection on which nothing happens can be told from one that waits for a long answer.

use hyper::body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;

/// The open requests of one connection.
#[derive(Clone)]
pub(crate) struct Activity {
    open: Arc<watch::Sender<usize>>,
}

impl Activity {
    pub(crate) fn new() -> Self {
        Self {
            open: Arc::new(watch::Sender::new(0)),
        }
    }

    /// A request began; it ends when the value is dropped.
    pub(crate) fn begin(&self) -> OpenRequest {
        self.open.send_modify(|open| *open += 1);
        OpenRequest(self.clone())
    }

    /// Ends once no request was open for `first` (before the first request) or `later` (after one).
    pub(crate) async fn quiet(&self, first: Duration, later: Duration) {
        let mut open = self.open.subscribe();
        let mut patience = first;
        // The sender lives as long as `self`, so waiting never fails.
        while open.wait_for(|open| *open == 0).await.is_ok() {
            match timeout(patience, open.changed()).await {
                Ok(_) => patience = later,
                Err(_) => return,
            }
        }
    }
}

/// One open request.
pub(crate) struct OpenRequest(Activity);

impl Drop for OpenRequest {
    fn drop(&mut self) {
        self.0.open.send_modify(|open| *open = open.saturating_sub(1));
    }
}

/// The body of an answer that keeps its request open until it is sent or given up.
pub(crate) struct Counted<B> {
    pub(crate) body: B,
    pub(crate) _open: OpenRequest,
}

impl<B: Body + Unpin> Body for Counted<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
