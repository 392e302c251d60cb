//! What was found out about a request on its way, for what follows the answer: marks for other origins, and the count of
//! messages. It changes nothing about the answer.

use crate::problem::Problem;
use contract::endpoints::Endpoint;
use engine::caller::Caller;
use engine::door::Door;
use engine::flow::{Kind, Protocol};
use model::names::TenantId;

/// What was found out.
#[derive(Default)]
pub(super) struct Seen {
    sender: Option<(Caller, Option<Kind>)>,
}

impl Seen {
    /// Who asks, and for what.
    pub(super) fn caller(&mut self, caller: &Caller, endpoint: Endpoint) {
        let kind = Kind::of(endpoint.declaration().operation);
        self.sender = Some((caller.clone(), kind));
    }

    /// The tenant of whoever asks.
    pub(super) fn tenant(&self) -> Option<&TenantId> {
        self.sender.as_ref().map(|(caller, _)| caller.tenant_id())
    }

    /// Counts the request if it was a message. Who could not sign in was counted there.
    pub(super) fn count<T>(&self, door: &Door, answer: &Result<T, Problem>) {
        let Some((caller, Some(kind))) = &self.sender else {
            return;
        };
        let message = match answer {
            Ok(_) => Ok(*kind),
            Err(problem) => Err(problem.rejected()),
        };
        door.count_message(caller, Protocol::Http, message);
    }
}
