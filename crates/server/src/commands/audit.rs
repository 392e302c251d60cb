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
use engine::audit_log::offline::{self, Log, log_of};
use engine::refusal::Refusal;
use model::names::TenantId;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, Write};
use std::path::{Path, PathBuf};
use store::shards::Store;

/// A checkpoint was kept of a log that is not there.
const NOT_HERE: &str = "a checkpoint of this log was kept, but the log is not here. An older copy was put back, or its \
    tenant was deleted since: the log of the management tenant then has the record of it.";
/// Checkpoints were given, and none of them says anything about the bundle.
const NONE_KEPT: &str = "none of the kept checkpoints is of this log. Nothing is said about the bundle: give one of its \
    own log, or none.";

/// A tenant's shard was refused when the store was opened, which was logged.
const STORAGE_UNAVAILABLE: &str = "the storage of this tenant is not available: the log above names the file";

/// Verifies a bundle, or every log of a data directory. Each kept checkpoint must be of one of the logs, so that a log
/// that is gone as a whole shows.
pub fn verify(
    config: &Config,
    arguments: &AuditVerifyArguments,
    out: &mut impl Write,
) -> Result<Exit, ServeError> {
    let kept = kept_notes(&arguments.checkpoints)?;
    if let Some(file) = &arguments.bundle {
        return verify_one(file, kept, out);
    }
    let lock = DataDir::open(&config.data_dir).map_err(PlatformError::from)?;
    let store = open_store(config, lock.layout()).map_err(PlatformError::from)?;
    let logs = logs(&store, None)?;
    let mut exit = Exit::Done;
    let mut note = |ended| {
        if ended != Exit::Done {
            exit = ended;
        }
    };
    for log in &logs {
        let verified = log.verify(&store, &kept);
        // Of a log that cannot be read, the verification says so.
        let index = verified.as_ref().ok().map(|_| log.check_index(&store));
        note(report(out, log.name(), verified)?);
        let fault = match index {
            Some(Ok(fault)) => fault.map(|fault| fault.to_string()),
            Some(Err(_)) => Some("its index could not be read".to_owned()),
            None => None,
        };
        if let Some(fault) = fault {
            note(report::<&str, _>(out, log.name(), Err(fault))?);
        }
        // What cannot be read is excused by nothing: the verification has said so.
        for expired in log.expired(&store).unwrap_or_default() {
            let (first, last) = (expired.places.start + 1, expired.places.end);
            let line = format!(
                "{}: records {first} to {last} expired by rule {}",
                log.name(),
                expired.rule
            );
            writeln!(out, "{line}").map_err(ServeError::io("output"))?;
        }
    }
    let names: BTreeSet<String> = logs.iter().map(Log::log_name).collect();
    let lost: BTreeSet<&str> = kept
        .iter()
        .map(|note| log_of(note))
        .filter(|name| !names.contains(*name))
        .collect();
    for name in lost {
        note(report::<&str, _>(out, name, Err(NOT_HERE))?);
    }
    Ok(exit)
}

/// A bundle holds one log, a file of kept checkpoints those of many: the others are passed over.
fn verify_one(file: &Path, mut kept: Vec<String>, out: &mut impl Write) -> Result<Exit, ServeError> {
    let unread = |source| ServeError::io(format!("could not read {}", file.display()))(source);
    let what = file.display().to_string();
    let mut input = BufReader::new(File::open(file).map_err(unread)?);
    // Without a name the head is damaged: the verification will say so, whatever is kept.
    if let (Some(name), false) = (log_of_bundle(&mut input).map_err(unread)?, kept.is_empty()) {
        kept.retain(|note| log_of(note) == name);
        if kept.is_empty() {
            return report::<&str, _>(out, &what, Err(NONE_KEPT));
        }
    }
    input.rewind().map_err(unread)?;
    report(
        out,
        &what,
        verify_bundle(
            input,
            &Trust {
                key: None,
                kept: &kept,
            },
        ),
    )
}

/// The log that a bundle says it is of: its second line has the log's key, which begins with the log's name.
fn log_of_bundle(input: &mut impl BufRead) -> io::Result<Option<String>> {
    const BYTES_MAX: u64 = 16 << 10;
    let mut head = Vec::new();
    for _ in 0..2 {
        input.take(BYTES_MAX).read_until(b'\n', &mut head)?;
    }
    let text = String::from_utf8_lossy(&head);
    let key = text.lines().nth(1).and_then(|line| line.strip_prefix("key "));
    Ok(key
        .and_then(|key| key.split_once('+'))
        .map(|(name, _)| name.to_owned()))
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
        let before = notes.len();
        notes.extend(offline::split_notes(&text));
        if notes.len() == before {
            // An empty file would confirm everything.
            return Err(PlatformError::Setup(format!("{} holds no checkpoint", file.display())).into());
        }
    }
    Ok(notes)
}

fn logs(store: &Store, only: Option<&TenantId>) -> Result<Vec<Log>, ServeError> {
    Ok(offline::logs(store, only).map_err(PlatformError::from)?)
}

/// Writes the current checkpoints of all logs, or of one.
pub fn checkpoint(
    config: &Config,
    arguments: &AuditOutArguments,
    out: &mut impl Write,
) -> Result<Exit, ServeError> {
    let lock = DataDir::open(&config.data_dir).map_err(PlatformError::from)?;
    let store = open_store(config, lock.layout()).map_err(PlatformError::from)?;
    let mut file = create(&arguments.out)?;
    let mut exit = Exit::Done;
    for log in logs(&store, arguments.tenant.as_ref())? {
        let note = match log.checkpoint(&store) {
            // The logs of other tenants are there.
            Err(Refusal::StorageUnavailable) => {
                exit = report::<&str, _>(out, log.name(), Err(STORAGE_UNAVAILABLE))?;
                continue;
            }
            note => note.map_err(PlatformError::from)?,
        };
        let done = if note.is_some() {
            "checkpoint written"
        } else {
            "no record yet, so no checkpoint"
        };
        if let Some(note) = note {
            writeln!(file, "{note}").map_err(ServeError::io("output"))?;
        }
        writeln!(out, "{}: {done}", log.name()).map_err(ServeError::io("output"))?;
    }
    file.sync_all().map_err(ServeError::io("output"))?;
    Ok(exit)
}

/// Writes one log as a bundle.
pub fn export(
    config: &Config,
    arguments: &AuditOutArguments,
    out: &mut impl Write,
) -> Result<Exit, ServeError> {
    let lock = DataDir::open(&config.data_dir).map_err(PlatformError::from)?;
    let store = open_store(config, lock.layout()).map_err(PlatformError::from)?;
    let logs = logs(&store, arguments.tenant.as_ref())?;
    let [log] = logs.as_slice() else {
        let text = "name one tenant with --tenant: a bundle holds one log".to_owned();
        return Err(PlatformError::Setup(text).into());
    };
    let mut file = create(&arguments.out)?;
    log.export(&store, &mut file)
        .map_err(|failed| PlatformError::Setup(failed.to_string()))?;
    file.sync_all().map_err(ServeError::io("output"))?;
    writeln!(out, "{}: written to {}", log.name(), arguments.out.display())
        .map_err(ServeError::io("output"))?;
    Ok(Exit::Done)
}

/// A new file; one that is there is not overwritten.
fn create(path: &PathBuf) -> Result<File, ServeError> {
    File::create_new(path).map_err(ServeError::io(format!("could not make {}", path.display())))
}
