//! `holdfast audit ...`: verifying, anchoring and exporting audit logs, offline.
//!
//! A bundle is verified without any server. A data directory is opened under its lock, so the server must be stopped.

use crate::cli::{AuditOutArguments, AuditVerifyArguments};
use crate::commands::serve::ServeError;
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::exit::Exit;
use crate::platform::{PlatformError, open_store};
use audit::bundle::{Trust, verify_bundle};
use engine::audit_log::offline::{self, Log};
use store::shard::Store;
use model::names::TenantId;
use std::fs::File;
use std::io::{BufReader, Write};
use std::path::PathBuf;

/// Verifies a bundle, or every log of a data directory.
pub fn verify(config: &Config, arguments: &AuditVerifyArguments, out: &mut impl Write) -> Result<Exit, ServeError> {
    let kept = kept_notes(&arguments.checkpoints)?;
    if let Some(file) = &arguments.bundle {
        let input = File::open(file).map_err(ServeError::io(format!("could not open {}", file.display())))?;
        return report(out, &file.display().to_string(), verify_bundle(BufReader::new(input), &Trust { key: None, kept: &kept }));
    }
    let lock = DataDir::open(&config.data_dir).map_err(PlatformError::from)?;
    let store = open_store(config, lock.layout()).map_err(PlatformError::from)?;
    let mut exit = Exit::Done;
    for log in logs(&store, None)? {
        let verdict = log.verify(&store, &kept);
        if report(out, log.name(), verdict)? != Exit::Done {
            exit = Exit::CheckFailed;
        }
    }
    Ok(exit)
}

fn report<V: std::fmt::Display, F: std::fmt::Display>(
    out: &mut impl Write,
    what: &str,
    verdict: Result<V, F>,
) -> Result<Exit, ServeError> {
    let (line, exit) = match verdict {
        Ok(verified) => (format!("{what}: ok: {verified}"), Exit::Done),
        Err(fault) => (format!("{what}: FAULT: {fault}"), Exit::CheckFailed),
    };
    writeln!(out, "{line}").map_err(ServeError::io("output"))?;
    Ok(exit)
}

/// Checkpoints that were kept elsewhere: files with one signed note after the other.
fn kept_notes(files: &[PathBuf]) -> Result<Vec<String>, ServeError> {
    let mut notes = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file)
            .map_err(ServeError::io(format!("could not read {}", file.display())))?;
        notes.extend(offline::split_notes(&text));
    }
    Ok(notes)
}

fn logs(store: &Store, only: Option<&TenantId>) -> Result<Vec<Log>, ServeError> {
    Ok(offline::logs(store, only).map_err(PlatformError::from)?)
}

/// Writes the current checkpoints of all logs, or of one.
pub fn checkpoint(config: &Config, arguments: &AuditOutArguments, out: &mut impl Write) -> Result<Exit, ServeError> {
    let lock = DataDir::open(&config.data_dir).map_err(PlatformError::from)?;
    let store = open_store(config, lock.layout()).map_err(PlatformError::from)?;
    let mut file = create(&arguments.out)?;
    for log in logs(&store, arguments.tenant.as_ref())? {
        let Some(note) = log.checkpoint(&store).map_err(PlatformError::from)? else { continue };
        writeln!(file, "{note}").map_err(ServeError::io("output"))?;
        writeln!(out, "{}: checkpoint written", log.name()).map_err(ServeError::io("output"))?;
    }
    file.sync_all().map_err(ServeError::io("output"))?;
    Ok(Exit::Done)
}

/// Writes one log as a bundle.
pub fn export(config: &Config, arguments: &AuditOutArguments, out: &mut impl Write) -> Result<Exit, ServeError> {
    let lock = DataDir::open(&config.data_dir).map_err(PlatformError::from)?;
    let store = open_store(config, lock.layout()).map_err(PlatformError::from)?;
    let logs = logs(&store, arguments.tenant.as_ref())?;
    let [log] = logs.as_slice() else {
        let text = "name one tenant with --tenant: a bundle holds one log".to_owned();
        return Err(PlatformError::Setup(text).into());
    };
    let mut file = create(&arguments.out)?;
    log.export(&store, &mut file).map_err(|failed| PlatformError::Setup(failed.to_string()))?;
    file.sync_all().map_err(ServeError::io("output"))?;
    writeln!(out, "{}: written to {}", log.name(), arguments.out.display())
        .map_err(ServeError::io("output"))?;
    Ok(Exit::Done)
}

/// A new file; one that is there is not overwritten.
fn create(path: &PathBuf) -> Result<File, ServeError> {
    File::create_new(path).map_err(ServeError::io(format!("could not make {}", path.display())))
}
