//! What the device is asked to do, and what it does of it: only what it knows, only within the policy of whoever started
//! the agent, each once, each within its time (R072, R080).

mod ask;
mod carry_out;
mod files;
mod ledger;

pub(crate) use ask::Asked;
pub(crate) use carry_out::Carrying;
pub(crate) use ledger::Ledger;

use std::collections::BTreeMap;
use std::path::PathBuf;

/// What the device lets itself be asked for. What is not allowed here nobody can ask for, whatever their rights are.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Run commands in a shell, with all that the agent's user may do. Off unless somebody says otherwise.
    pub allow_commands: bool,
    /// Restart the machine. Otherwise only the agent's connection is made anew.
    pub allow_reboot: bool,
    /// Files whose lines may be asked for, by the name under which they are known.
    pub logs: BTreeMap<String, PathBuf>,
    /// Files that may be read and replaced, by the name under which they are known.
    pub configurations: BTreeMap<String, PathBuf>,
}

impl Policy {
    /// The operations that the device offers.
    pub(crate) fn supported(&self) -> Vec<&'static str> {
        let offered = [
            (ask::RESTART, true),
            (ask::COMMAND, self.allow_commands),
            (ask::LOG, !self.logs.is_empty()),
            (ask::UPLOAD, !self.configurations.is_empty()),
            (ask::DOWNLOAD, !self.configurations.is_empty()),
        ];
        let offered = offered.into_iter().filter(|(_, is_offered)| *is_offered);
        offered.map(|(fragment, _)| fragment).collect()
    }
}
