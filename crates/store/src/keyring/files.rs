//! The few file operations that the keyring is made of, behind a trait, so that a test can cut the power between any
//! two of them.
//!
//! It does not know what the files hold.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Files, as far as the keyring needs them.
pub trait Files: Send + Sync {
    /// The whole content of a file.
    fn read(&self, file: &Path) -> io::Result<Vec<u8>>;

    /// Makes a new file that only its owner may read and write (0600), with this content. It is durable only after
    /// [`Unsynced::sync`].
    fn create(&self, file: &Path, content: &[u8]) -> io::Result<Box<dyn Unsynced>>;

    /// Gives a file the name of another one, which is then gone, in one step.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file; no error if there is none.
    fn remove(&self, file: &Path) -> io::Result<()>;

    /// Makes what happened to the names in a directory durable.
    fn sync_directory(&self, directory: &Path) -> io::Result<()>;
}

/// A written file whose content a power cut could still take.
pub trait Unsynced {
    /// Makes the content durable.
    fn sync(self: Box<Self>) -> io::Result<()>;
}

impl Unsynced for File {
    fn sync(self: Box<Self>) -> io::Result<()> {
        self.sync_all()
    }
}

/// The real file system.
pub struct Disk;

impl Files for Disk {
    fn read(&self, file: &Path) -> io::Result<Vec<u8>> {
        fs::read(file)
    }

    fn create(&self, file: &Path, content: &[u8]) -> io::Result<Box<dyn Unsynced>> {
        let mut created = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(file)?;
        created.write_all(content)?;
        Ok(Box::new(created))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, file: &Path) -> io::Result<()> {
        match fs::remove_file(file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            done => done,
        }
    }

    fn sync_directory(&self, directory: &Path) -> io::Result<()> {
        File::open(directory)?.sync_all()
    }
}

/// How far a failed [`replace`] came.
pub(super) enum Unreplaced {
    /// The file is certainly still the old one.
    Untouched(io::Error),
    /// It is the old or the new one, complete; which of them, only reading it again can tell.
    Unknown(io::Error),
}

/// Replaces a file's content: all or nothing, whenever the power is cut, and durable on return.
pub(super) fn replace(files: &dyn Files, file: &Path, content: &[u8]) -> Result<(), Unreplaced> {
    let new = new_name(file);
    let written = files
        .remove(&new)
        .and_then(|()| files.create(&new, content))
        .and_then(Unsynced::sync);
    if let Err(error) = written {
        // What cannot be removed now, the next change or start removes.
        let _ = files.remove(&new);
        return Err(Unreplaced::Untouched(error));
    }
    files
        .rename(&new, file)
        .and_then(|()| files.sync_directory(directory(file)))
        .map_err(Unreplaced::Unknown)
}

/// Makes what was read from a file durable, and removes what an interrupted [`replace`] left beside it.
pub(super) fn settle(files: &dyn Files, file: &Path) -> io::Result<()> {
    files.remove(&new_name(file))?;
    files.sync_directory(directory(file))
}

fn new_name(file: &Path) -> PathBuf {
    file.with_added_extension("new")
}

/// The directory that holds a file.
pub(crate) fn directory(file: &Path) -> &Path {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
