//! Speaking to the server as one of many: requests with the credentials of whoever acts, sent again only when that can do
//! no harm.

use agent::client::base_url::BaseUrl;
use agent::client::dial::Tcp;
use agent::client::{Answer, Client, ClientError, Request};
use agent::trust::SetupError;
use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode};
use serde_json::Value;
use std::time::Duration;

/// Tries of a request that the server was too busy for.
const TRIES_MAX: usize = 20;
/// Time until the next try, where the server names none.
const AGAIN: Duration = Duration::from_millis(500);

/// A request did not do what it was for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// There is no answer.
    #[error("{0}")]
    NoAnswer(#[from] ClientError),
    /// It cannot be spoken to at all.
    #[error("{0}")]
    Setup(#[from] SetupError),
    /// The server refuses.
    #[error("{method} {path}: the server answered {status}: {message}")]
    Refused {
        /// The verb.
        method: Method,
        /// The path.
        path: String,
        /// The status.
        status: StatusCode,
        /// What it says about it.
        message: String,
    },
    /// An answer without what it must have.
    #[error("{0}: the server's answer has no {1}")]
    Incomplete(String, &'static str),
}

impl Trouble {
    /// Whether the server has answered and says no.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused { .. })
    }

    /// Whether it is there already.
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Refused { status, .. } if *status == StatusCode::CONFLICT)
    }
}

/// A connection to the server, for whoever acts.
pub(crate) struct Line {
    client: Client<Tcp>,
}

impl Line {
    /// A connection that trusts these authorities. Nothing is sent yet.
    pub(crate) fn new(server: &BaseUrl, ca_pem: &[u8], who: HeaderValue) -> Result<Self, Trouble> {
        let client = Client::new(Tcp::to(server), server, ca_pem, who)?;
        Ok(Self { client })
    }

    /// Who acts from here on.
    pub(crate) fn speak_as(&mut self, who: &HeaderValue) {
        self.client.speak_as(who.clone());
    }

    /// Reads.
    pub(crate) async fn get(&mut self, path: &str) -> Result<Value, Trouble> {
        self.ask(Method::GET, path, None).await
    }

    /// Creates. Gives what the server shows of it.
    pub(crate) async fn post(&mut self, path: &str, body: &Value) -> Result<Value, Trouble> {
        self.ask(Method::POST, path, Some(body)).await
    }

    /// Changes.
    pub(crate) async fn put(&mut self, path: &str, body: &Value) -> Result<Value, Trouble> {
        self.ask(Method::PUT, path, Some(body)).await
    }

    async fn ask(&mut self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, Trouble> {
        let request = Request {
            method,
            path: path.to_owned(),
            content_type: body.map(|_| "application/json"),
            body: body.map(|body| Bytes::from(body.to_string())).unwrap_or_default(),
            wants_body: true,
        };
        let mut tries = 0;
        loop {
            tries += 1;
            let answer = self.client.send(&request).await?;
            // Neither was carried out: the server says so before it begins.
            let is_busy = matches!(
                answer.status,
                StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
            );
            if is_busy && tries < TRIES_MAX {
                tokio::time::sleep(answer.retry_after.unwrap_or(AGAIN)).await;
                continue;
            }
            return judged(&request, answer);
        }
    }
}

fn judged(request: &Request, answer: Answer) -> Result<Value, Trouble> {
    if answer.status.is_success() {
        return Ok(answer.body);
    }
    let message = answer
        .body
        .get("message")
        .and_then(Value::as_str)
        .unwrap_or_default();
    Err(Trouble::Refused {
        method: request.method.clone(),
        path: request.path.clone(),
        status: answer.status,
        message: message.to_owned(),
    })
}

/// What was made, if it was not there already.
pub(crate) fn unless_there(made: Result<Value, Trouble>) -> Result<Option<Value>, Trouble> {
    match made {
        Ok(made) => Ok(Some(made)),
        Err(trouble) if trouble.is_conflict() => Ok(None),
        Err(trouble) => Err(trouble),
    }
}

/// The text at a place of an answer; ids that are numbers as text, too.
pub(crate) fn text_at(answer: &Value, place: &'static str) -> Result<String, Trouble> {
    match answer.pointer(place) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Number(number)) => Ok(number.to_string()),
        _ => Err(Trouble::Incomplete(answer.to_string(), place)),
    }
}

/// The members of a list in an answer.
pub(crate) fn list_at<'a>(answer: &'a Value, name: &str) -> &'a [Value] {
    answer
        .get(name)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}
