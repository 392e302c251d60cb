//! The state directory: what the device remembers over restarts, readable by its owner alone. Knows nothing of what is in
//! the files.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Permission bits of others than the owner.
const OTHERS: u32 = 0o077;
/// Largest file that is read.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// The state directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Another agent works in it.
    #[error("another agent works in {0}: one machine is one device; stop it, or give another --state")]
    InUse(PathBuf),
    /// Others may look into it.
    #[error("others may look into {0}, where the private key of the device lies: run `chmod 700` on it")]
    Open(PathBuf),
    /// There is none.
    #[error("there is no device in {0}: make one with `holdfast device connect`")]
    Missing(PathBuf),
    /// A file is too large to be one of the agent's.
    #[error("{0} is larger than any file of the agent")]
    TooLarge(PathBuf),
    /// The system refused.
    #[error("{path}: {source}")]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> StateError {
    let path = path.to_owned();
    move |source| StateError::Io { path, source }
}

/// A state directory that this process works in alone, until the value is dropped.
#[derive(Debug)]
pub struct State {
    root: PathBuf,
    // Closing the file ends the lock, whatever way the process ends.
    _lock: File,
}

impl State {
    /// Takes the directory; makes it if it is missing, for its owner alone.
    pub fn open(root: &Path) -> Result<Self, StateError> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(root)
            .map_err(failed(root))?;
        check_closed(root)?;
        let path = root.join("lock");
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(failed(&path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                root: root.to_owned(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(StateError::InUse(root.to_owned())),
            Err(TryLockError::Error(source)) => Err(failed(&path)(source)),
        }
    }

    /// The directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A file; none if it is not there.
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>, StateError> {
        read(&self.root.join(name))
    }

    /// Replaces a file as a whole: after a crash there is the old content or the new, on the disk, never a part of it.
    pub fn replace(&self, name: &str, content: &[u8]) -> Result<(), StateError> {
        replace(&self.root.join(name), content)
    }

    /// Gives a file the name of another, which it replaces.
    pub fn rename(&self, from: &str, to: &str) -> Result<(), StateError> {
        let (from, to) = (self.root.join(from), self.root.join(to));
        fs::rename(&from, &to).map_err(failed(&from))?;
        sync_directory(&to)
    }

    /// Removes a file; one that is not there is removed.
    pub fn remove(&self, name: &str) -> Result<(), StateError> {
        remove(&self.root.join(name))
    }
}

/// Looks at a state directory without working in it: whether an agent does, and its files.
#[derive(Debug)]
pub struct Look {
    root: PathBuf,
    /// Whether an agent works in it.
    pub is_running: bool,
}

impl Look {
    /// Looks at a directory that is there.
    pub fn at(root: &Path) -> Result<Self, StateError> {
        let path = root.join("lock");
        let lock = match File::open(&path) {
            Ok(lock) => lock,
            Err(source) if source.kind() == io::ErrorKind::NotFound => {
                return Err(StateError::Missing(root.to_owned()));
            }
            Err(source) => return Err(failed(&path)(source)),
        };
        let is_running = match lock.try_lock_shared() {
            Ok(()) => false,
            Err(TryLockError::WouldBlock) => true,
            Err(TryLockError::Error(source)) => return Err(failed(&path)(source)),
        };
        Ok(Self {
            root: root.to_owned(),
            is_running,
        })
    }

    /// The directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A file; none if it is not there.
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>, StateError> {
        read(&self.root.join(name))
    }
}

/// The private key is in it: nobody else may look.
fn check_closed(root: &Path) -> Result<(), StateError> {
    let about = fs::metadata(root).map_err(failed(root))?;
    match about.permissions().mode() & OTHERS {
        0 => Ok(()),
        _ => Err(StateError::Open(root.to_owned())),
    }
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, StateError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(source) if source.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(failed(path)(source)),
    };
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(failed(path))?;
    match bytes.len() as u64 > FILE_BYTES_MAX {
        true => Err(StateError::TooLarge(path.to_owned())),
        false => Ok(Some(bytes)),
    }
}

fn replace(path: &Path, content: &[u8]) -> Result<(), StateError> {
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(".writing");
    let fresh = PathBuf::from(fresh);
    // Left over by a crash, perhaps with other rights: it must not be re-used.
    remove(&fresh)?;
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&fresh)
        .and_then(|mut file| {
            file.write_all(content)?;
            file.sync_all()
        })
        .map_err(failed(&fresh))?;
    fs::rename(&fresh, path).map_err(failed(path))?;
    sync_directory(path)
}

fn remove(path: &Path) -> Result<(), StateError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(failed(path)(source)),
        _ => Ok(()),
    }
}

fn sync_directory(of: &Path) -> Result<(), StateError> {
    let parent = of.parent().unwrap_or(Path::new("."));
    File::open(parent)
        .and_then(|directory| directory.sync_all())
        .map_err(failed(parent))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("there").permissions().mode() & 0o777
    }

    // R082
    #[test]
    fn only_the_owner_may_look_into_the_directory_and_its_files() {
        let place = tempfile::tempdir().expect("a directory");
        let root = place.path().join("a/b");
        let state = State::open(&root).expect("opened");
        state.replace("identity.pem", b"key").expect("written");
        assert_eq!((mode(&root), mode(&root.join("identity.pem"))), (0o700, 0o600));
        drop(state);
        fs::set_permissions(&root, fs::Permissions::from_mode(0o750)).expect("changed");
        assert!(matches!(State::open(&root), Err(StateError::Open(_))));
    }

    #[test]
    fn one_agent_works_in_a_directory_and_others_see_that_it_does() {
        let place = tempfile::tempdir().expect("a directory");
        let root = place.path().join("state");
        assert!(matches!(Look::at(&root), Err(StateError::Missing(_))));
        let state = State::open(&root).expect("opened");
        assert!(matches!(State::open(&root), Err(StateError::InUse(_))));
        assert!(Look::at(&root).expect("looked").is_running);
        drop(state);
        assert!(!Look::at(&root).expect("looked").is_running);
        State::open(&root).expect("free again");
    }

    #[test]
    fn a_file_is_replaced_as_a_whole_even_over_the_rest_of_a_crash() {
        let place = tempfile::tempdir().expect("a directory");
        let state = State::open(&place.path().join("state")).expect("opened");
        assert_eq!(state.read("x").expect("read"), None);
        fs::write(state.root().join("x.writing"), "half").expect("written");
        state.replace("x", b"one").expect("written");
        state.replace("x", b"two").expect("written");
        state.rename("x", "y").expect("renamed");
        assert_eq!(state.read("x").expect("read"), None);
        assert_eq!(state.read("y").expect("read").as_deref(), Some(&b"two"[..]));
        state.remove("y").expect("removed");
        state.remove("y").expect("removed twice is once");
    }
}
