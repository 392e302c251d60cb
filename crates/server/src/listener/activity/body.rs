//! The body of an answer, handed on in small pieces: between two of them it waits for the peer, and that is seen.

use super::{Activity, HeldUp, Open};
use bytes::{Buf, Bytes};
use hyper::body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// Largest piece, in bytes: a TLS record (RFC 8446, 5.1), which is also the usual frame of HTTP/2.
const PIECE_BYTES_MAX: usize = 16 << 10;

/// A body that keeps its request open until it is sent or given up.
pub(crate) struct Counted<B: Body> {
    body: B,
    /// What is left of the body's last frame.
    rest: Option<B::Data>,
    /// The last piece, until the next one is asked for: the protocol asks when the peer has made room.
    last: Option<HeldUp>,
    activity: Activity,
    _open: Open,
}

impl<B: Body> Counted<B> {
    pub(crate) fn new(body: B, open: Open) -> Self {
        Self {
            body,
            rest: None,
            last: None,
            activity: open.0.clone(),
            _open: open,
        }
    }
}

impl<B: Body<Data: Unpin> + Unpin> Body for Counted<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        self.last = None;
        let frame = match self.rest.take() {
            Some(rest) => Frame::data(rest),
            None => match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                Some(Ok(frame)) => frame,
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            },
        };
        let frame = frame.map_data(|mut data| {
            let piece = data.copy_to_bytes(data.remaining().min(PIECE_BYTES_MAX));
            self.rest = Some(data).filter(Buf::has_remaining);
            piece
        });
        self.last = Some(self.activity.hold_up());
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_none() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let rest = self.rest.as_ref().map_or(0, Buf::remaining) as u64;
        let of_body = self.body.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(of_body.lower() + rest);
        if let Some(upper) = of_body.upper() {
            hint.set_upper(upper + rest);
        }
        hint
    }
}
