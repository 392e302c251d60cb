//! Opening a file whose name was given or is known beforehand, without ever waiting for it: somebody may have put a pipe
//! under that name, and whoever opens one waits until somebody writes.

use rustix::fs::OFlags;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Opens a file to read it, with what is known of it. A link is followed.
///
/// # Errors
/// There is none, it must not be read, or what lies there is no ordinary file.
pub(crate) fn open(path: &Path) -> io::Result<(File, Metadata)> {
    // To open a device can have effects already, so it is looked at first. What lies there now may be another thing when
    // it is opened, so it is opened without waiting and looked at again.
    ordinary(fs::metadata(path)?)?;
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits();
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags.cast_signed())
        .open(path)?;
    let about = ordinary(file.metadata()?)?;
    Ok((file, about))
}

fn ordinary(about: Metadata) -> io::Result<Metadata> {
    match about.is_file() {
        true => Ok(about),
        false => Err(io::Error::other("it is no ordinary file")),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use rustix::fs::{CWD, FileType, Mode, mknodat};

    /// Puts a pipe that nobody writes to under a name.
    pub(crate) fn make_pipe(path: &Path) {
        mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("a pipe");
    }

    #[test]
    fn a_pipe_and_a_directory_are_refused_at_once_and_a_link_to_a_file_is_followed() {
        let place = tempfile::tempdir().expect("a directory");
        let (pipe, file, link) = (
            place.path().join("pipe"),
            place.path().join("file"),
            place.path().join("link"),
        );
        make_pipe(&pipe);
        assert!(open(&pipe).is_err());
        assert!(open(place.path()).is_err());
        assert!(open(Path::new("/dev/null")).is_err());
        fs::write(&file, "four").expect("written");
        std::os::unix::fs::symlink(&file, &link).expect("linked");
        assert_eq!(open(&link).expect("opened").1.len(), 4);
    }
}
