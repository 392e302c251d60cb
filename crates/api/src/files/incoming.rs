//! The body of a request as it comes, for those who do not want it whole. Each piece of it must come in time, and while it
//! comes it takes room for a few pieces.

use crate::problem::Problem;
use crate::room::Place;
use bytes::{Buf, Bytes};
use contract::form::parameter;
use http::HeaderMap;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http_body::{Body, Frame};
use http_body_util::BodyExt;
use model::limits::{FILE_PIECE_BYTES, FILE_PIECE_SECONDS_MAX};
use std::error::Error;
use std::pin::Pin;
use std::time::Duration;
use tokio::time::Instant;

/// What a file takes in memory while it comes: what is not yet a whole piece, what comes, and what is being stored.
pub(crate) const BYTES_IN_MEMORY: usize = 3 * FILE_PIECE_BYTES;

type Failure = Box<dyn Error + Send + Sync>;

/// A body that comes in.
pub(crate) struct Incoming<'b> {
    body: Pin<Box<dyn Body<Data = Bytes, Error = Failure> + Send + 'b>>,
    /// Its media type, as sent.
    pub(crate) content_type: Option<String>,
    /// The name of the file in it, as sent in a header.
    pub(crate) name: Option<String>,
    /// Its length, if it was announced.
    pub(crate) announced: u64,
    _place: Place,
    deadline: Instant,
    /// Bytes since the deadline was set.
    fresh: usize,
}

impl<'b> Incoming<'b> {
    /// A body that takes this place, which must have room for it.
    pub(crate) fn new<B>(body: B, headers: &HeaderMap, announced: u64, place: Place) -> Self
    where
        B: Body + Send + 'b,
        B::Data: Buf + Send,
        B::Error: Into<Failure>,
    {
        let plain = |frame: Frame<B::Data>| frame.map_data(|mut data| data.copy_to_bytes(data.remaining()));
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let named = |header: &str| parameter(header.split_once(';')?.1, "filename");
        Self {
            body: Box::pin(body.map_frame(plain).map_err(Into::into)),
            content_type: text(CONTENT_TYPE).map(str::to_owned),
            name: text(CONTENT_DISPOSITION).and_then(named),
            announced,
            _place: place,
            deadline: deadline(),
            fresh: 0,
        }
    }

    /// The next bytes; nothing at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        loop {
            let frame = tokio::time::timeout_at(self.deadline, self.body.frame()).await;
            let Some(frame) = frame.map_err(|_| Problem::body_incomplete())? else {
                return Ok(None);
            };
            let frame = frame.map_err(|_| Problem::body_incomplete())?;
            // Trailers are no part of the body.
            let Ok(bytes) = frame.into_data() else { continue };
            self.fresh += bytes.len();
            if self.fresh >= FILE_PIECE_BYTES {
                (self.fresh, self.deadline) = (0, deadline());
            }
            return Ok(Some(bytes));
        }
    }
}

fn deadline() -> Instant {
    Instant::now() + Duration::from_secs(FILE_PIECE_SECONDS_MAX)
}
