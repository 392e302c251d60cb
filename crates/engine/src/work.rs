//! What the door runs: questions and commands, each bound to the operation that it needs.

use crate::desk::{Changing, Reading};
use crate::refusal::Refusal;
use model::ids::ObjectId;
use policy::operation::Operation;
use store::Receipt;

/// A question: reads, changes nothing.
pub trait Query: Send + Sync + 'static {
    /// The operation that it needs.
    type Operation: Operation;
    /// The answer.
    type Answer: Send + 'static;

    /// Answers from one consistent view. May be asked again on a newer one.
    fn answer(&self, desk: &Reading) -> Result<Self::Answer, Refusal>;
}

/// The answer of a command, once the committer has said what became of it.
pub type Then<A> = Box<dyn FnOnce(Receipt) -> A + Send>;

/// A command: prepares a change set. It has no effect outside of it, because it may be run again after a conflict.
pub trait Command: Send + Sync + 'static {
    /// The operation that it needs.
    type Operation: Operation;
    /// The answer.
    type Answer: Send + 'static;
    /// Whether the change leaves rows behind that the door removes afterwards, in small commits.
    const LEAVES_ROWS: bool = false;
    /// Whether nobody sees the change before a second command completes it, with the record of both.
    const PREPARES: bool = false;

    /// The objects that were heard of by this: of which a message came.
    fn heard_of(&self) -> Vec<ObjectId> {
        Vec::new()
    }

    /// Prepares the changes and says how to answer when they are durable.
    fn change(&self, desk: &Changing) -> Result<Then<Self::Answer>, Refusal>;
}

/// An answer that does not depend on the receipt.
pub fn done<A: Send + 'static>(answer: A) -> Then<A> {
    Box::new(move |_| answer)
}
