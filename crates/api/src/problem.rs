//! Errors as the API shows them: `{"error":"<area>/<Kind>","message":"…","info":"…"}` with its own media type.
//!
//! Here is the shape; which there are stand in [`request`], before anything is asked, and in [`refusal`], after.

mod names;
mod refusal;
mod request;

use crate::answer::Answer;
use engine::flow::Rejected;
use engine::refusal::FaultId;
use http::header::{ALLOW, RETRY_AFTER, UPGRADE, WWW_AUTHENTICATE};
use model::json::Object;

/// An error on its way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    status: u16,
    error: String,
    message: String,
    retry_after_seconds: Option<u64>,
    challenge: Option<&'static str>,
    allow: Option<String>,
    /// Why a message was turned away, if it was the door that did it.
    rejected: Option<Rejected>,
}

/// Where more is said.
const INFO: &str = "/api";

impl Problem {
    fn new(status: u16, error: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            status,
            error: error.into(),
            message: message.into(),
            retry_after_seconds: None,
            challenge: None,
            allow: None,
            rejected: None,
        }
    }

    /// Why what came was turned away: as the door said, or else by the status of the answer.
    pub(crate) fn rejected(&self) -> Rejected {
        self.rejected.unwrap_or(match self.status {
            401 => Rejected::SignIn,
            403 | 404 => Rejected::Permission,
            413 | 429 | 503 => Rejected::Limit,
            500.. => Rejected::Fault,
            _ => Rejected::Malformed,
        })
    }

    /// What it says to people.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// The answer.
    pub(crate) fn into_answer(self, origin: &str) -> Answer {
        let mut body = Object::new();
        body.set("error", self.error);
        body.set("message", self.message);
        body.set("info", format!("{origin}{INFO}"));
        let mut answer = Answer::json(self.status, "error", &body);
        if let Some(seconds) = self.retry_after_seconds {
            answer = answer.with(RETRY_AFTER, seconds.to_string());
        }
        if let Some(challenge) = self.challenge {
            answer = answer.with(WWW_AUTHENTICATE, challenge);
        }
        if let Some(allow) = self.allow {
            answer = answer.with(ALLOW, allow);
        }
        if self.status == 426 {
            answer = answer.with(UPGRADE, "websocket");
        }
        answer
    }
}

fn fault(id: FaultId) -> Problem {
    let message = format!(
        "Something failed on our side. What was acknowledged before is safe. Tell the operator this id: {id}"
    );
    Problem::new(500, "general/Internal Server Error", message)
}

fn not_found(area: &str, what: &str, id: &str) -> Problem {
    let message = format!(
        "Finding {what} from database failed : No {what} for id '{}'!",
        contract::body::shown(id)
    );
    Problem::new(404, format!("{area}/Not Found"), message)
}
