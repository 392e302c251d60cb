//! Answers on their way out: status, media type, body, and the headers that every answer carries.

use crate::media::{Wish, full};
use crate::takeover::Takeover;
use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName,
    HeaderValue, LOCATION, REFERRER_POLICY, SEC_WEBSOCKET_ACCEPT, SET_COOKIE, STRICT_TRANSPORT_SECURITY,
    UPGRADE, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{Response, StatusCode};
use http_body::{Body, Frame};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use model::json::Object;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::mpsc;

/// The body of an answer.
pub type ApiBody = UnsyncBoxBody<Bytes, Cut>;

/// A long answer ended before it was complete: a right was withdrawn or something failed. The connection is cut, so
/// that no client takes the part for the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the answer was cut off before its end")]
pub struct Cut;

/// A body that is made piece by piece while it is sent.
struct Pieces(mpsc::Receiver<Result<Bytes, Cut>>);

impl Body for Pieces {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        self.0
            .poll_recv(context)
            .map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}

/// What a handler answers.
pub(crate) struct Answer {
    status: u16,
    content: Content,
    location: Option<String>,
    headers: Vec<(HeaderName, String)>,
    takeover: Option<Takeover>,
}

enum Content {
    Nothing,
    Json {
        media: &'static str,
        text: String,
    },
    Text {
        media: &'static str,
        bytes: Bytes,
    },
    Pieces {
        media: &'static str,
        pieces: mpsc::Receiver<Result<Bytes, Cut>>,
    },
}

impl Answer {
    /// An answer without a body.
    pub(crate) fn nothing(status: u16) -> Self {
        Self {
            status,
            content: Content::Nothing,
            location: None,
            headers: Vec::new(),
            takeover: None,
        }
    }

    /// A JSON object in one of the API's media types (its short name).
    pub(crate) fn json(status: u16, media: &'static str, object: &Object) -> Self {
        let content = Content::Json {
            media,
            text: object.to_string(),
        };
        Self {
            content,
            ..Self::nothing(status)
        }
    }

    /// A text in a whole media type.
    pub(crate) fn text(media: &'static str, text: impl Into<Bytes>) -> Self {
        Self {
            content: Content::Text {
                media,
                bytes: text.into(),
            },
            ..Self::nothing(200)
        }
    }

    /// A body that is made while it is sent.
    pub(crate) fn pieces(media: &'static str, pieces: mpsc::Receiver<Result<Bytes, Cut>>) -> Self {
        Self {
            content: Content::Pieces { media, pieces },
            ..Self::nothing(200)
        }
    }

    /// The connection goes on as a WebSocket (RFC 6455, 4.2.2).
    pub(crate) fn taken_over(accept: String, takeover: Takeover) -> Self {
        Self {
            takeover: Some(takeover),
            ..Self::nothing(101)
        }
        .with(UPGRADE, "websocket")
        .with(CONNECTION, "Upgrade")
        .with(SEC_WEBSOCKET_ACCEPT, accept)
    }

    /// With a JSON object for a body, whatever it had.
    pub(crate) fn with_json(mut self, object: &Object) -> Self {
        self.content = Content::Json {
            media: "application/json",
            text: object.to_string(),
        };
        self
    }

    /// With another status.
    pub(crate) fn in_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Where the created thing is.
    pub(crate) fn at(mut self, location: impl Into<String>) -> Self {
        self.location = Some(location.into());
        self
    }

    /// With a header more, or one of those that every answer carries set otherwise.
    pub(crate) fn with(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// What was created or changed: with a body only if the client asked for one by an `Accept` header.
    pub(crate) fn only_if_wanted(mut self, wish: Wish) -> Self {
        if wish == Wish::Silent {
            self.content = Content::Nothing;
        }
        self
    }

    /// The response, in the form that the client wishes.
    pub(crate) fn into_response(self, wish: Wish) -> Response<ApiBody> {
        let (media, body, length) = match self.content {
            Content::Nothing => (None, whole(Bytes::new()), Some(0)),
            Content::Json { media, text } => {
                let media = if wish == Wish::Plain && media != "error" {
                    "application/json"
                } else {
                    media
                };
                let length = text.len();
                (Some(media), whole(text.into()), Some(length))
            }
            Content::Text { media, bytes } => (Some(media), whole(bytes.clone()), Some(bytes.len())),
            Content::Pieces { media, pieces } => (Some(media), Pieces(pieces).boxed_unsync(), None),
        };
        let mut response = Response::new(body);
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        for (name, value) in ALWAYS {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let mut set = |name: HeaderName, value: &str| {
            // Values are made of ids, media types and checked names; one that is no header value is left out.
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        };
        if let Some(media) = media {
            set(CONTENT_TYPE, &full(media));
        }
        if let (Some(length), true) = (length, ![101, 204].contains(&self.status)) {
            set(CONTENT_LENGTH, &length.to_string());
        }
        if let Some(location) = &self.location {
            set(LOCATION, location);
        }
        for (name, value) in &self.headers {
            // Of this one header there may be several.
            match HeaderValue::from_str(value) {
                Ok(value) if *name == SET_COOKIE => drop(headers.append(SET_COOKIE, value)),
                Ok(value) => drop(headers.insert(name.clone(), value)),
                Err(_) => {}
            }
        }
        if let Some(takeover) = self.takeover {
            response.extensions_mut().insert(takeover);
        }
        response
    }
}

/// Nothing is kept by caches, framed, sniffed or leaked in a referrer; no script runs from an API answer.
const ALWAYS: [(HeaderName, &str); 6] = [
    (CACHE_CONTROL, "no-store"),
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'",
    ),
    (REFERRER_POLICY, "no-referrer"),
    (STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
];

fn whole(bytes: Bytes) -> ApiBody {
    Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
}
