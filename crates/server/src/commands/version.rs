//! `holdfast version`

use std::io::{self, Write};

/// Prints name and version on one line.
///
/// # Errors
/// When nobody reads.
pub fn run(out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "holdfast {}", env!("CARGO_PKG_VERSION"))
}
