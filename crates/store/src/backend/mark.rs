//! The number of the last acknowledged commit, kept in a small file beside the engine's own files. An engine that comes
//! back with an older state than it has acknowledged has lost data, however sound its files look to itself.
//!
//! The file is written after the engine has synced a commit and before the caller hears of it, without a sync of its
//! own. So it is never ahead of the truth, which makes every alarm a real one. It outlives a crash of the process; after
//! a loss of power it may be some seconds behind, and the commits of those seconds are not covered. It is synced when
//! the engine is opened and closed. The lock on it keeps a second process out.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::BackendError;

const FILE: &str = "acknowledged";

/// Two slots are written in turn, so that a torn write leaves the other. Each holds the number and its complement.
const SLOT_BYTES: u64 = 512;

/// The open, locked file.
pub(super) struct Mark {
    path: PathBuf,
    file: File,
    acknowledged: u64,
}

impl Mark {
    /// Opens or creates the file in `directory`, which is created too. `engine` is a file that exists once the engine
    /// does: an engine without its mark has lost it.
    ///
    /// # Errors
    /// `InUse` when somebody holds it; `Damaged` when it is unreadable or missing.
    pub(super) fn open(directory: &Path, engine: &Path) -> Result<Self, BackendError> {
        let path = directory.join(FILE);
        let failed = |error: std::io::Error| BackendError::Failed(format!("{}: {error}", path.display()));
        if !path.try_exists().map_err(failed)? {
            if engine.try_exists().map_err(failed)? {
                return Err(BackendError::damaged(&path, "the file is missing"));
            }
            create(directory, &path).map_err(failed)?;
        }
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(BackendError::InUse {
                    directory: directory.to_owned(),
                });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let newest = slot(&file, 0).max(slot(&file, 1));
        let acknowledged = newest.ok_or_else(|| BackendError::damaged(&path, "it holds no number"))?;
        Ok(Self {
            path,
            file,
            acknowledged,
        })
    }

    /// The number of the last commit that is known to have been acknowledged when the file was opened.
    pub(super) fn acknowledged(&self) -> u64 {
        self.acknowledged
    }

    /// Compares with what the engine came back with. A commit more than acknowledged is right: the process may have
    /// ended between the two.
    pub(super) fn verify(&self, directory: &Path, recovered: u64) -> Result<(), BackendError> {
        let acknowledged = self.acknowledged;
        if recovered < acknowledged {
            let detail = format!("it holds {recovered} commits, but {acknowledged} were acknowledged");
            return Err(BackendError::damaged(directory, detail));
        }
        self.acknowledge(recovered)?;
        self.file.sync_data().map_err(|error| self.failed(&error))
    }

    /// Notes a commit that the engine has synced.
    pub(super) fn acknowledge(&self, commit: u64) -> Result<(), BackendError> {
        let at = (commit % 2) * SLOT_BYTES;
        self.file
            .write_all_at(&encode(commit), at)
            .map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &std::io::Error) -> BackendError {
        BackendError::Failed(format!("{}: {error}", self.path.display()))
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        // Nothing is lost by a failure here: the number is only older than it could be.
        let _ = self.file.sync_data();
    }
}

/// Writes the file under another name first: a crash leaves either none or a whole one.
fn create(directory: &Path, path: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(directory)?;
    let new = path.with_extension("new");
    let file = File::create(&new)?;
    file.write_all_at(&encode(0), 0)?;
    file.set_len(2 * SLOT_BYTES)?;
    file.sync_all()?;
    std::fs::rename(&new, path)?;
    File::open(directory)?.sync_all()
}

fn encode(commit: u64) -> [u8; 16] {
    ((u128::from(commit) << 64) | u128::from(!commit)).to_be_bytes()
}

fn slot(file: &File, index: u64) -> Option<u64> {
    let mut bytes = [0; 16];
    file.read_exact_at(&mut bytes, index * SLOT_BYTES).ok()?;
    let both = u128::from_be_bytes(bytes);
    let commit = u64::try_from(both >> 64).ok()?;
    (encode(commit) == bytes).then_some(commit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reopened(directory: &Path) -> Result<u64, BackendError> {
        Mark::open(directory, &directory.join("engine")).map(|mark| mark.acknowledged())
    }

    #[test]
    fn the_last_number_comes_back() {
        let directory = tempfile::tempdir().unwrap();
        let mark = Mark::open(directory.path(), &directory.path().join("engine")).unwrap();
        for commit in 1..=7 {
            mark.acknowledge(commit).unwrap();
        }
        drop(mark);
        assert_eq!(reopened(directory.path()), Ok(7));
    }

    #[test]
    fn a_torn_slot_leaves_the_number_before() {
        let directory = tempfile::tempdir().unwrap();
        let mark = Mark::open(directory.path(), &directory.path().join("engine")).unwrap();
        mark.acknowledge(6).unwrap();
        mark.file.write_all_at(&[9; 5], SLOT_BYTES).unwrap();
        drop(mark);
        assert_eq!(reopened(directory.path()), Ok(6));
    }

    #[test]
    fn fewer_commits_than_acknowledged_are_damage_and_more_are_not() {
        let directory = tempfile::tempdir().unwrap();
        let mark = Mark::open(directory.path(), &directory.path().join("engine")).unwrap();
        mark.acknowledge(3).unwrap();
        drop(mark);
        let mark = Mark::open(directory.path(), &directory.path().join("engine")).unwrap();
        assert!(matches!(
            mark.verify(directory.path(), 2),
            Err(BackendError::Damaged { .. })
        ));
        assert_eq!(mark.verify(directory.path(), 4), Ok(()));
        drop(mark);
        assert_eq!(reopened(directory.path()), Ok(4));
    }

    #[test]
    fn an_engine_without_its_mark_is_damaged() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("engine"), b"rows").unwrap();
        assert!(matches!(
            reopened(directory.path()),
            Err(BackendError::Damaged { .. })
        ));
    }
}
