//! Watched files: whether their content is what it was. Only ordinary files have one: a pipe or a device in the place of
//! a file is as if the file were not there.

use crate::ordinary;
use aws_lc_rs::digest::{Context, SHA256};
use std::collections::BTreeMap;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Bytes of a file whose content is looked at, each time anew. Of what is as long or longer, its length and the time of
/// its last change count too: nobody sets that time without setting the clock.
const FILE_BYTES_MAX: u64 = 16 << 20;
/// What stands for a file that is not there or cannot be read.
const NONE: &str = "";

/// The SHA-256 of each file, in hexadecimal digits; of a long one, of its beginning and what else counts.
pub(super) type Traces = BTreeMap<String, String>;

/// The files as they are.
pub(super) fn traces(files: &[PathBuf]) -> Traces {
    let trace = |file: &PathBuf| (file.display().to_string(), trace(file).unwrap_or(NONE.to_owned()));
    files.iter().map(trace).collect()
}

fn trace(file: &Path) -> Option<String> {
    let (mut file, _) = ordinary::open(file).ok()?;
    let mut rest = file.by_ref().take(FILE_BYTES_MAX);
    let mut context = Context::new(&SHA256);
    let mut buffer = [0; 16 << 10];
    loop {
        let count = rest.read(&mut buffer).ok()?;
        if count == 0 {
            break;
        }
        context.update(buffer.get(..count)?);
    }
    if rest.limit() == 0 {
        let about = file.metadata().ok()?;
        context.update(&about.len().to_be_bytes());
        context.update(&about.ctime().to_be_bytes());
        context.update(&about.ctime_nsec().to_be_bytes());
    }
    let digits = context.finish();
    Some(digits.as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// What is said of the changes. A file that was not watched before has not changed.
pub(super) fn changes<'t>(before: &'t Traces, now: &'t Traces) -> impl Iterator<Item = String> + 't {
    let changed = now
        .iter()
        .filter_map(|(file, now)| Some((file, before.get(file)?, now)));
    changed
        .filter(|(_, before, now)| before != now)
        .map(|(file, before, now)| {
            let start = |trace: &str| trace.chars().take(16).collect::<String>();
            match (before.as_str(), now.as_str()) {
                (NONE, now) => format!("{file} has appeared (SHA-256 {}…)", start(now)),
                (_, NONE) => format!("{file} is not there any more, or cannot be read"),
                (before, now) => format!(
                    "{file} has changed (SHA-256 {}… to {}…)",
                    start(before),
                    start(now)
                ),
            }
        })
}
