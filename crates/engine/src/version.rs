//! Which state of something a client has seen, so that nobody overwrites what somebody else has changed since (R029).
//!
//! The state is compared by the behaviour that changes it, in the same transaction: two changes that expect the same
//! state cannot both succeed.

use crate::refusal::Refusal;
use serde::Serialize;
use std::fmt;
use store::states::States;

/// Stands for one state of something, and tells nothing about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version([u8; 16]);

impl Version {
    /// The version of this state.
    pub(crate) fn of(rows: &impl States, state: &impl Serialize) -> Result<Self, Refusal> {
        Ok(Self(rows.digest(state)?))
    }
}

/// 32 hexadecimal digits.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The state in which a change wants to find what it changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Expected {
    /// Any.
    #[default]
    Any,
    /// One of these, by the text of their versions as the client sent them.
    OneOf(Vec<String>),
}

impl Expected {
    /// Refuses a change of something that is no longer in the state that was expected.
    pub(crate) fn check(&self, rows: &impl States, state: &impl Serialize) -> Result<(), Refusal> {
        let Self::OneOf(expected) = self else {
            return Ok(());
        };
        let now = Version::of(rows, state)?.to_string();
        if expected.contains(&now) {
            return Ok(());
        }
        Err(Refusal::Changed)
    }
}
