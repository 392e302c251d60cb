//! Files that go to the server and come from it, by name: the operations say the name, the policy says which file it is.

use super::ask::Lines;
use crate::ordinary;
use model::time::Timestamp;
use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Bytes of a file that are sent or taken.
pub(super) const FILE_BYTES_MAX: u64 = 1 << 20;

/// A whole file, up to the limit; only an ordinary one.
pub(super) fn whole(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let (file, _) = ordinary::open(path)?;
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > FILE_BYTES_MAX {
        true => Err(io::Error::other(format!(
            "it is longer than {FILE_BYTES_MAX} bytes"
        ))),
        false => Ok(bytes),
    }
}

/// The last lines of a log that are asked for, from as much of its end as is read. Times are told only by logs whose
/// lines begin with one (RFC 3339); a line without stands where the one before it stands.
pub(super) fn lines(path: &Path, asked: &Lines) -> io::Result<String> {
    let (mut file, about) = ordinary::open(path)?;
    let start = about.len().saturating_sub(FILE_BYTES_MAX);
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    // The first line is a part of one, unless the file begins there.
    let text = match start {
        0 => text.as_ref(),
        _ => text.split_once('\n').map_or("", |(_, rest)| rest),
    };
    let mut is_in_time = true;
    let mut found: Vec<&str> = Vec::new();
    for line in text.lines() {
        if let Some(time) = time_of(line) {
            is_in_time = asked.from.is_none_or(|from| from <= time) && asked.to.is_none_or(|to| time <= to);
        }
        if is_in_time && line.contains(&asked.text) {
            found.push(line);
        }
    }
    let first = found.len().saturating_sub(asked.count);
    let mut shown = found.get(first..).unwrap_or_default().join("\n");
    shown.push('\n');
    Ok(shown)
}

fn time_of(line: &str) -> Option<Timestamp> {
    line.split_ascii_whitespace().next()?.parse().ok()
}

/// Replaces a file as a whole; who may read it stays as it was. One that is not there is for its owner alone.
pub(super) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let mode = match fs::metadata(path) {
        Ok(about) => about.permissions().mode() & 0o7777,
        Err(error) if error.kind() == io::ErrorKind::NotFound => 0o600,
        Err(error) => return Err(error),
    };
    // A link is followed: the file is replaced, not the link.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(".holdfast-new");
    let fresh = Path::new(&fresh);
    let _ = fs::remove_file(fresh);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(fresh)?;
    file.write_all(content)?;
    file.set_permissions(Permissions::from_mode(mode))?;
    file.sync_all()?;
    fs::rename(fresh, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str, count: usize) -> Lines {
        Lines {
            log: "x".to_owned(),
            from: None,
            to: None,
            text: text.to_owned(),
            count,
        }
    }

    #[test]
    fn the_last_lines_with_the_text_within_the_time_are_shown() {
        let place = tempfile::tempdir().expect("a directory");
        let file = place.path().join("log");
        fs::write(
            &file,
            "2026-01-01T00:00:00Z a1\n  more a2\n2026-01-02T00:00:00Z a3\nb\n2026-01-03T00:00:00Z a4\n",
        )
        .expect("written");
        assert_eq!(
            lines(&file, &asked("a", 2)).expect("read"),
            "2026-01-02T00:00:00Z a3\n2026-01-03T00:00:00Z a4\n"
        );
        let mut some = asked("", 10);
        some.to = Some("2026-01-01T12:00:00Z".parse().expect("a time"));
        assert_eq!(
            lines(&file, &some).expect("read"),
            "2026-01-01T00:00:00Z a1\n  more a2\n"
        );
        some.from = some.to.take();
        assert_eq!(
            lines(&file, &some).expect("read"),
            "2026-01-02T00:00:00Z a3\nb\n2026-01-03T00:00:00Z a4\n"
        );
    }

    #[test]
    fn of_a_long_log_only_the_end_is_read() {
        let place = tempfile::tempdir().expect("a directory");
        let file = place.path().join("log");
        fs::write(&file, "0123456789\n".repeat(200_000)).expect("written");
        let shown = lines(&file, &asked("", 1_000_000)).expect("read");
        assert!(shown.len() as u64 <= FILE_BYTES_MAX);
        assert!(shown.lines().all(|line| line == "0123456789"));
        assert!(whole(&file).is_err());
    }

    #[test]
    fn a_pipe_under_the_name_of_a_file_or_log_is_not_waited_for() {
        let place = tempfile::tempdir().expect("a directory");
        let pipe = place.path().join("log");
        ordinary::tests::make_pipe(&pipe);
        assert!(whole(&pipe).is_err());
        assert!(lines(&pipe, &asked("", 10)).is_err());
    }

    #[test]
    fn a_replaced_file_keeps_who_may_read_it() {
        let place = tempfile::tempdir().expect("a directory");
        let file = place.path().join("conf");
        fs::write(&file, "old").expect("written");
        fs::set_permissions(&file, Permissions::from_mode(0o644)).expect("changed");
        replace(&file, b"new").expect("replaced");
        assert_eq!(whole(&file).expect("read"), b"new");
        assert_eq!(
            fs::metadata(&file).expect("there").permissions().mode() & 0o777,
            0o644
        );
        let fresh = place.path().join("fresh");
        replace(&fresh, b"new").expect("made");
        assert_eq!(
            fs::metadata(&fresh).expect("there").permissions().mode() & 0o777,
            0o600
        );
    }
}
