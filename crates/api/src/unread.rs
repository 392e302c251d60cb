//! What is left of a request's body when the answer is known. HTTP/1.1 can go on with the next request only after it, so
//! a small rest is read and thrown away; otherwise the connection is closed, and the client is told so (RFC 9112, 9.6).
//! A client that was told opens another connection; one that was not loses its next request.

use http::header::EXPECT;
use http::request::Parts;
use http::Version;
use http_body::Body;
use http_body_util::{BodyExt, Limited};
use model::limits::{BODY_DISCARD_BYTES_MAX, BODY_DISCARD_SECONDS_MAX};
use std::pin::Pin;
use std::time::Duration;

/// Reads a small rest to its end. Whether the connection must be closed because there is more, or it does not come.
pub(crate) async fn must_close<B>(parts: &Parts, body: Pin<&mut B>) -> bool
where
    B: Body,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    // Streams of HTTP/2 end one by one.
    if body.is_end_stream() || parts.version >= Version::HTTP_2 {
        return false;
    }
    let is_large = body.size_hint().lower() > BODY_DISCARD_BYTES_MAX as u64;
    // Reading would be the "go on" that the client waits for.
    let waits = parts.headers.contains_key(EXPECT);
    if is_large || waits {
        return true;
    }
    let rest = Limited::new(body, BODY_DISCARD_BYTES_MAX).collect();
    let read = tokio::time::timeout(Duration::from_secs(BODY_DISCARD_SECONDS_MAX), rest).await;
    !matches!(read, Ok(Ok(_)))
}
