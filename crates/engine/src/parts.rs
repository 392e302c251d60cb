//! Work on everything that a filter means, in many small commits, each decided and recorded for itself.

use crate::caller::Caller;
use crate::door::Door;
use crate::refusal::Refusal;
use crate::work::Command;

/// What one part has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part<P> {
    /// How many were meant, and are changed or gone.
    pub count: usize,
    /// Where the next part begins; nothing if this was the last.
    pub next: Option<P>,
}

impl Door {
    /// Runs part after part, each made from the place where the one before has ended. Gives how many were meant; a
    /// refusal on the way leaves what is done, and recorded.
    pub(crate) async fn in_parts<P, C: Command<Answer = Part<P>>>(
        &self,
        caller: &Caller,
        part: impl Fn(Option<P>) -> C,
    ) -> Result<usize, Refusal> {
        let (mut count, mut start) = (0, None);
        loop {
            let done = self.run(caller, part(start)).await?;
            count += done.count;
            match done.next {
                Some(next) => start = Some(next),
                None => return Ok(count),
            }
        }
    }
}

impl<P> Part<P> {
    /// The same part with the place where the next one begins in another form.
    pub(crate) fn map<Q>(self, place: impl FnOnce(P) -> Q) -> Part<Q> {
        Part {
            count: self.count,
            next: self.next.map(place),
        }
    }
}
