//! Exit codes: what scripts may rely on.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: done.
    Done,
    /// 1: the command ran, and what it checked is not in order (`doctor`, `audit verify`).
    CheckFailed,
    /// 2: wrong usage, or a configuration that is refused. Nothing was changed.
    Usage,
    /// 3: the data directory is in use by another process.
    InUse,
    /// 4: anything else: the message says what failed.
    Failed,
    /// 5: the platform refuses this device, or does not prove that it is the right one (`device connect`).
    Refused,
}

/// The table for the help text.
pub const HELP: &str = "Exit codes: 0 done, 1 a check found a fault, 2 wrong usage or configuration, \
3 the data directory is in use, 4 any other failure, 5 the platform refuses this device";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::CheckFailed => 1,
            Exit::Usage => 2,
            Exit::InUse => 3,
            Exit::Failed => 4,
            Exit::Refused => 5,
        })
    }
}
