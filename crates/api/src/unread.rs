//! What is left of a request's body when the answer is known. In HTTP/1.1 most clients read no answer before they have
//! sent the whole body, and the next request can come only after it. So a rest that is not too large is read and thrown
//! away; otherwise the connection is closed, and the client is told so (RFC 9112, 9.6).

use bytes::Buf;
use http::Version;
use http::header::EXPECT;
use http::request::Parts;
use http_body::Body;
use http_body_util::BodyExt;
use model::limits::{BODY_DISCARD_BYTES_MAX, BODY_DISCARD_SECONDS_MAX};
use std::pin::Pin;
use std::time::Duration;

/// Reads the rest to its end. Whether the connection must be closed because there is more, or it does not come.
pub(crate) async fn must_close<B: Body>(parts: &Parts, body: Pin<&mut B>) -> bool {
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
    let rest = tokio::time::timeout(Duration::from_secs(BODY_DISCARD_SECONDS_MAX), discard(body));
    !matches!(rest.await, Ok(true))
}

/// Reads and throws away. Whether the end came before the limit.
async fn discard<B: Body>(mut body: Pin<&mut B>) -> bool {
    let mut bytes = 0;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return false };
        bytes += frame.data_ref().map_or(0, Buf::remaining);
        if bytes > BODY_DISCARD_BYTES_MAX {
            return false;
        }
    }
    true
}
