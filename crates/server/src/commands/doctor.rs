//! `holdfast doctor`: checks this machine and this configuration, changes nothing, takes no lock.

mod certificate;
mod machine;
mod settings;
mod storage;

use crate::config::Config;
use crate::data_dir::Layout;
use crate::exit::Exit;
use model::time::Timestamp;
use std::fmt;
use std::io::{self, Write};

/// How serious a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// In order.
    Good,
    /// Works, but should be looked at.
    Warning,
    /// Will not work, or is not secure.
    Fault,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Good => "ok",
            Self::Warning => "warning",
            Self::Fault => "FAULT",
        })
    }
}

/// What one check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was checked.
    pub subject: &'static str,
    /// How serious it is.
    pub verdict: Verdict,
    /// What was found, and what to do about it.
    pub message: String,
}

impl Finding {
    fn new(subject: &'static str, verdict: Verdict, message: impl Into<String>) -> Self {
        Self {
            subject,
            verdict,
            message: message.into(),
        }
    }
}

/// Every check, in the order in which it is printed.
pub fn findings(config: &Config, now: Timestamp) -> Vec<Finding> {
    let layout = Layout::new(&config.data_dir);
    let mut findings = machine::findings(config, &layout, now);
    findings.extend(storage::findings(&layout));
    findings.extend(certificate::findings(config, &layout, now));
    findings.extend(settings::findings(config, now));
    findings
}

/// Prints one line per finding.
///
/// # Errors
/// When nobody reads.
pub fn run(config: &Config, now: Timestamp, out: &mut impl Write) -> io::Result<Exit> {
    let findings = findings(config, now);
    for finding in &findings {
        writeln!(
            out,
            "{:<8} {:<16} {}",
            finding.verdict, finding.subject, finding.message
        )?;
    }
    let worst = findings.iter().map(|finding| finding.verdict).max();
    Ok(if worst == Some(Verdict::Fault) {
        Exit::CheckFailed
    } else {
        Exit::Done
    })
}
