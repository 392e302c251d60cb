//! `holdfast completions SHELL`

use crate::cli::Cli;
use clap::CommandFactory;
use clap_complete::Shell;
use std::io::{self, Write};

/// Prints the completion script of a shell.
///
/// # Errors
/// When nobody reads.
pub fn run(shell: Shell, out: &mut impl Write) -> io::Result<()> {
    // Into memory first: the generator panics when its reader goes away.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "holdfast", &mut script);
    out.write_all(&script)
}
