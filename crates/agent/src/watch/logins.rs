//! Who logs in at this machine: from the records that `login` and `sshd` write (`wtmp`, `btmp`), or where there are none,
//! and for what is done with `sudo`, from the lines of `auth.log`. Each is read on from where it was read the last time.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

const WTMP: &str = "var/log/wtmp";
const BTMP: &str = "var/log/btmp";
const AUTH_LOG: &str = "var/log/auth.log";
/// Bytes that are read at once. What is more is read the next time.
const BYTES_AT_ONCE: u64 = 64 << 10;
/// A record of `utmp(5)` as this machine's C library writes it.
const RECORD_BYTES: usize = if cfg!(any(target_arch = "aarch64", target_arch = "riscv64")) {
    400
} else {
    384
};
/// `USER_PROCESS`, and in `btmp` also `LOGIN_PROCESS`.
const USER: i16 = 7;
const LOGIN: i16 = 6;

/// Where a file was read up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    file: u64,
    offset: u64,
}

/// Where each file was read up to.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Places(BTreeMap<String, Place>);

/// What was found.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Logins {
    pub(super) found: Vec<(&'static str, String)>,
    pub(super) has_read_on: bool,
}

/// Reads on.
pub(super) fn look(root: &Path, places: &mut Places) -> Logins {
    let mut logins = Logins::default();
    let has_records = root.join(WTMP).is_file();
    for file in [WTMP, BTMP] {
        let (bytes, has_read_on) =
            places.read_on(root, file, |bytes| bytes.len() - bytes.len() % RECORD_BYTES);
        logins.has_read_on |= has_read_on;
        logins.found.extend(
            bytes
                .chunks_exact(RECORD_BYTES)
                .filter_map(|one| record(one, file)),
        );
    }
    let whole_lines = |bytes: &[u8]| {
        bytes
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |end| end + 1)
    };
    let (bytes, has_read_on) = places.read_on(root, AUTH_LOG, whole_lines);
    logins.has_read_on |= has_read_on;
    let text = String::from_utf8_lossy(&bytes);
    logins
        .found
        .extend(text.lines().filter_map(|one| line(one, has_records)));
    logins
}

impl Places {
    /// What has come to a file since, as far as it is whole, and whether the place has moved. The first time it is read
    /// from its end: what was before the agent is not news.
    fn read_on(&mut self, root: &Path, name: &str, whole: impl Fn(&[u8]) -> usize) -> (Vec<u8>, bool) {
        let nothing = (Vec::new(), false);
        let Some((mut file, number, length)) = open(&root.join(name)) else {
            return nothing;
        };
        let Some(place) = self.0.get(name).copied() else {
            self.0.insert(
                name.to_owned(),
                Place {
                    file: number,
                    offset: length,
                },
            );
            return (Vec::new(), true);
        };
        // Another file under this name, or one that was emptied: it begins anew.
        let is_same = place.file == number && place.offset <= length;
        let offset = if is_same { place.offset } else { 0 };
        let mut bytes = Vec::new();
        let read = file
            .seek(SeekFrom::Start(offset))
            .and_then(|_| file.take(BYTES_AT_ONCE).read_to_end(&mut bytes));
        if read.is_err() {
            return nothing;
        }
        let mut end = whole(&bytes);
        if end == 0 && bytes.len() as u64 == BYTES_AT_ONCE {
            // A line without an end: it is left out rather than waited for.
            end = bytes.len();
        }
        bytes.truncate(end);
        let next = Place {
            file: number,
            offset: offset + end as u64,
        };
        self.0.insert(name.to_owned(), next);
        (bytes, next != place)
    }
}

fn open(path: &Path) -> Option<(File, u64, u64)> {
    let (file, about) = crate::ordinary::open(path).ok()?;
    Some((file, about.ino(), about.len()))
}

/// A record of `utmp(5)`.
fn record(bytes: &[u8], file: &str) -> Option<(&'static str, String)> {
    let text = |from: usize, length: usize| {
        let field = bytes.get(from..from + length)?;
        let end = field.iter().position(|byte| *byte == 0).unwrap_or(length);
        Some(String::from_utf8_lossy(field.get(..end)?).into_owned())
    };
    let kind = i16::from_ne_bytes([*bytes.first()?, *bytes.get(1)?]);
    let (line, user, host) = (text(8, 32)?, text(44, 32)?, text(76, 256)?);
    let from = if host.is_empty() {
        String::new()
    } else {
        format!(" from {host}")
    };
    match (file, kind) {
        (WTMP, USER) => Some(("login", format!("{user} has logged in at {line}{from}"))),
        (BTMP, USER | LOGIN) => Some(("loginFailed", format!("{user} was not let in at {line}{from}"))),
        _ => None,
    }
}

/// A line of `auth.log`.
fn line(line: &str, has_records: bool) -> Option<(&'static str, String)> {
    let about = |from: &str| line.split_once(from).map(|(_, rest)| rest.trim().to_owned());
    if !has_records
        && line.contains("session opened for user")
        && !line.contains("sudo:")
        && !line.contains("CRON")
    {
        return Some((
            "login",
            format!("session opened for user {}", about("session opened for user")?),
        ));
    }
    if line.contains("sudo:") && line.contains("COMMAND=") {
        return Some(("command", format!("sudo: {}", about("sudo:")?)));
    }
    if !has_records && line.contains("Failed password for") {
        return Some((
            "loginFailed",
            format!("Failed password for {}", about("Failed password for")?),
        ));
    }
    None
}
