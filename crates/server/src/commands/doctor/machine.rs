//! Checks of the machine: data directory, free space, open files, clock.

use super::{Finding, Verdict};
use crate::clock;
use crate::config::Config;
use crate::data_dir::Layout;
use model::time::Timestamp;
use rustix::process::{Resource, Rlimit};
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Below this the program is about to stop writing, in bytes.
const FREE_BYTES_MIN: u64 = 1 << 30;
/// Below this somebody should make room, in bytes.
const FREE_BYTES_WANTED: u64 = 10 << 30;
/// Open files that the program needs beside its connections: storage, logs, certificates.
const FILES_BESIDE_CONNECTIONS: u64 = 512;
/// No clock that is right shows a time before this program was written.
const CLOCK_MIN: &str = "2026-01-01T00:00:00Z";
/// How far the clock may lie behind the newest file of the data directory, in milliseconds.
const CLOCK_BEHIND_MILLIS_MAX: i64 = 60_000;

pub(super) fn findings(config: &Config, layout: &Layout, now: Timestamp) -> Vec<Finding> {
    vec![
        data_dir(layout),
        private_files(layout),
        free_space(layout.root()),
        open_files(
            &rustix::process::getrlimit(Resource::Nofile),
            config.limits.connections_max,
        ),
        clock_sanity(now, newest_change(layout)),
    ]
}

fn data_dir(layout: &Layout) -> Finding {
    let found = |verdict, message: String| Finding::new("data directory", verdict, message);
    let shown = layout.root().display();
    match fs::metadata(layout.root()) {
        Ok(about) if !about.is_dir() => found(Verdict::Fault, format!("{shown} is not a directory")),
        Ok(about) => match about.permissions().mode() & 0o077 {
            0 => found(Verdict::Good, format!("{shown} is open to its owner only")),
            others if others & 0o022 != 0 => found(
                Verdict::Fault,
                format!("others may write in {shown}: chmod 700 {shown}"),
            ),
            _ => found(
                Verdict::Warning,
                format!("others may look into {shown}: chmod 700 {shown}"),
            ),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => found(
            Verdict::Warning,
            format!("{shown} is not there yet: holdfast init makes it"),
        ),
        Err(error) => found(Verdict::Fault, format!("{shown}: {error}")),
    }
}

/// Files with keys must be readable by their owner only.
fn private_files(layout: &Layout) -> Finding {
    let files = [
        layout.master_key(),
        layout.authority_key(),
        layout.server_key(),
        layout.keyring(),
    ];
    let open: Vec<String> = files
        .iter()
        .filter(|path| fs::metadata(path).is_ok_and(|about| about.permissions().mode() & 0o077 != 0))
        .map(|path| path.display().to_string())
        .collect();
    if open.is_empty() {
        Finding::new(
            "key files",
            Verdict::Good,
            "no key file of the data directory is open to others",
        )
    } else {
        let open = open.join(" ");
        Finding::new(
            "key files",
            Verdict::Fault,
            format!("open to others: chmod go= {open}"),
        )
    }
}

fn free_space(root: &Path) -> Finding {
    let found = |verdict, message: String| Finding::new("free space", verdict, message);
    // A directory that is not there yet will lie where its nearest parent lies.
    let place = root
        .ancestors()
        .find(|path| path.exists())
        .unwrap_or(Path::new("."));
    match rustix::fs::statvfs(place) {
        Ok(about) => {
            let free = about.f_bavail.saturating_mul(about.f_frsize);
            let shown = format!("{} MiB free at {}", free >> 20, place.display());
            match free {
                ..FREE_BYTES_MIN => found(Verdict::Fault, format!("{shown}: make room")),
                FREE_BYTES_MIN..FREE_BYTES_WANTED => {
                    found(Verdict::Warning, format!("{shown}: make room soon"))
                }
                FREE_BYTES_WANTED.. => found(Verdict::Good, shown),
            }
        }
        Err(error) => found(Verdict::Fault, format!("{}: {error}", place.display())),
    }
}

fn open_files(limit: &Rlimit, connections_max: usize) -> Finding {
    let needed = (connections_max as u64).saturating_add(FILES_BESIDE_CONNECTIONS);
    match limit.current {
        Some(limit) if limit < needed => Finding::new(
            "open files",
            Verdict::Warning,
            format!(
                "{limit} allowed, {needed} needed for limits.connections_max: raise LimitNOFILE or ulimit -n"
            ),
        ),
        Some(limit) => Finding::new(
            "open files",
            Verdict::Good,
            format!("{limit} allowed, {needed} needed"),
        ),
        None => Finding::new("open files", Verdict::Good, "no limit"),
    }
}

fn clock_sanity(now: Timestamp, newest: Option<Timestamp>) -> Finding {
    let too_early = CLOCK_MIN.parse().is_ok_and(|earliest: Timestamp| now < earliest);
    if too_early {
        return Finding::new("clock", Verdict::Fault, format!("it is not {now}: set the clock"));
    }
    if let Some(newest) = newest
        && now.plus_millis(CLOCK_BEHIND_MILLIS_MAX) < newest
    {
        let message = format!("it is {now}, but the data directory was changed at {newest}: set the clock");
        return Finding::new("clock", Verdict::Fault, message);
    }
    Finding::new("clock", Verdict::Good, format!("{now}"))
}

/// When a file at the top of the data directory was last changed.
fn newest_change(layout: &Layout) -> Option<Timestamp> {
    let top = fs::read_dir(layout.root()).ok()?;
    let tls = fs::read_dir(layout.tls()).into_iter().flatten();
    top.chain(tls)
        .filter_map(|entry| entry.ok()?.metadata().ok()?.modified().ok())
        .map(clock::of)
        .max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_behind_the_data_is_a_fault() {
        let now: Timestamp = "2026-11-21T00:00:00Z".parse().expect("a time");
        for (now, newest, expected) in [
            (now, None, Verdict::Good),
            (now, Some(now), Verdict::Good),
            (now, Some(now.plus_millis(60_000)), Verdict::Good),
            (now, Some(now.plus_millis(60_001)), Verdict::Fault),
            (Timestamp::from_millis(0), None, Verdict::Fault),
        ] {
            assert_eq!(clock_sanity(now, newest).verdict, expected, "{now} {newest:?}");
        }
    }

    #[test]
    fn too_few_open_files_for_the_connections_are_a_warning() {
        for (current, expected) in [
            (Some(10_511), Verdict::Warning),
            (Some(10_512), Verdict::Good),
            (None, Verdict::Good),
        ] {
            let limit = Rlimit {
                current,
                maximum: None,
            };
            assert_eq!(open_files(&limit, 10_000).verdict, expected, "{current:?}");
        }
    }
}
