//! The system's clock and randomness, in the one place where this program takes them from the system.

use model::time::Timestamp;
use std::time::{SystemTime, UNIX_EPOCH};

/// The time now, by the system's clock.
#[allow(
    clippy::disallowed_methods,
    reason = "everything else is given the time from here"
)]
pub fn now() -> Timestamp {
    of(SystemTime::now())
}

/// A system time, for example of a file.
pub fn of(time: SystemTime) -> Timestamp {
    let millis = match time.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |millis| -millis),
    };
    Timestamp::from_millis(millis)
}

/// The system could not give randomness; nothing secret can be made without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system gave no random bytes")]
pub struct NoRandomness;

/// Random bytes that nobody can guess.
///
/// # Errors
/// When the system has none to give.
pub fn random<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(bytes)
}
