//! The program's own log: lines of text to the standard error. What is worth logging is decided elsewhere.

use crate::config::{Log, LogFormat};
use std::io;

/// Starts logging. A second call changes nothing: the first one holds for the process.
pub fn start(log: &Log) {
    let lines = tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_ansi(false)
        .with_max_level(log.level.filter());
    let started = match log.format {
        LogFormat::Compact => lines.compact().try_init(),
        LogFormat::Full => lines.try_init(),
    };
    // Already started: by a test in the same process.
    drop(started);
}
