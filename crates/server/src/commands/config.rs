//! `holdfast config show`

use crate::config::{Settings, show};
use std::io::{self, Write};

/// Prints every setting with its origin.
///
/// # Errors
/// When nobody reads.
pub fn run(settings: &Settings, explain: bool, out: &mut impl Write) -> io::Result<()> {
    out.write_all(show(settings, explain).as_bytes())
}
