//! The first engine: fjall, a log-structured merge tree. One database in the directory, one keyspace per space; a commit
//! is one batch across the keyspaces, in one entry of its journal.
//!
//! Only plain keyspaces, batches, point reads, ranges and snapshots are used. Never key-value separation, `clear`, FIFO
//! compaction or ingestion: there the engine has lost data in this year's versions. Its version is pinned.
//!
//! **Durability.** A batch is synced with `SyncData` (fdatasync) before it is acknowledged. That is enough: the journal
//! file is created, sized and synced with its directory before its first use, and fdatasync writes the length of a file
//! that has grown.
//!
//! **What is checked beyond the engine.** Each batch carries the number of the commit, counted without gaps.
//! 1. Before the engine may touch its files, its journals are walked (`fjall/journal.rs`). The engine takes the first
//!    header that it cannot parse for the end of a journal and cuts off what follows; the walk refuses to open when
//!    that would drop acknowledged commits, when a commit is missing in the middle, or when the engine's own sequence
//!    runs backwards.
//! 2. The manifests, which name the tables of a keyspace, are compared with their checksums, which the engine writes and
//!    does not read, and the tables' contents with their size (`fjall/keyspaces.rs`). A changed byte there would make
//!    the engine drop tables, or ask for more memory than there is, which ends the process without a word.
//! 3. A lost version file or keyspace is refused, where the engine would begin anew or tidy away what is left.
//! 4. After the opening, the number of the last commit must not be lower than the mark (`mark.rs`).
//!
//! **What the engine checks.** A checksum per batch in the journal, when it is replayed; one per block of a table, when
//! it is read: damage in a table shows at the read, as [`BackendError::Damaged`], not at the opening.
//!
//! **What nobody here finds.** The whole directory put back to an older state (the audit log above is made for that); a
//! whole table or the oldest journal exchanged for another sound one; damage to the last commits that a loss of power has
//! kept from the mark. Checksums are not keyed: against somebody who rewrites them only the seal above helps. After a
//! loss of power the engine may refuse a batch that was only half written (its checksum is wrong, not its form);
//! nothing acknowledged is in it, but a person has to decide.

mod journal;
mod keyspaces;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use fjall::{
    CompressionType, Database, Guard, Keyspace, KeyspaceCreateOptions, LsmError, PersistMode, Readable as _,
};

use super::mark::Mark;
use super::writer::{Batch, Writer, Writes, storable};
use super::{Backend, BackendError, Direction, KeyRange, PerSpace, Snapshot, Space, Visit, WriteTransaction};

/// The file that tells the engine that a directory is its own.
const VERSION_FILE: &str = "version";
const KEYSPACES: &str = "keyspaces";

/// What all engines of the program have together.
const CACHE_BYTES: u64 = 64 << 20;
const MEMTABLE_BYTES: u64 = 64 << 20;
const THREADS: usize = 4;
const FILES: usize = 900;

/// What one engine has of it. The floors keep it working where there are many.
#[derive(Clone, Copy)]
struct Share {
    cache_bytes: u64,
    /// Of each keyspace, before it is written to a table.
    memtable_bytes: u64,
    threads: usize,
    files: usize,
}

impl Share {
    fn of(engines: u16) -> Self {
        let engines = engines.max(1);
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            cache_bytes: (CACHE_BYTES / u64::from(engines)).max(2 << 20),
            memtable_bytes: (MEMTABLE_BYTES / u64::from(engines)).max(4 << 20),
            threads: (threads.min(THREADS) / usize::from(engines)).max(1),
            files: (FILES / usize::from(engines)).max(32),
        }
    }
}

/// The keyspace of one row, the number of the last commit, which is the first row of every batch.
const COMMIT_KEYSPACE: &str = "commit";
/// Its key, which the journal walk looks for; no other key is like it.
const COMMIT_KEY: [u8; 16] = *b"\xFFcommit-number\xFF\xFF";

/// The engine.
pub struct FjallBackend {
    // Before the writer, which holds the lock: fields are dropped in this order.
    database: Database,
    spaces: Arc<Spaces>,
    commit: Keyspace,
    writer: Writer,
}

struct Spaces {
    keyspaces: PerSpace<Keyspace>,
    directory: Box<Path>,
}

impl FjallBackend {
    /// Opens or creates the engine in a directory.
    ///
    /// # Errors
    /// `InUse` when it is open already; `Damaged` when its files are not sound; `Failed` otherwise.
    pub fn open(directory: &Path) -> Result<Self, BackendError> {
        Self::open_among(directory, 1)
    }

    /// The same, for one of so many engines that divide memory, threads and open files.
    ///
    /// # Errors
    /// As for `open`.
    pub fn open_among(directory: &Path, engines: u16) -> Result<Self, BackendError> {
        let mark = Mark::open(directory, &directory.join(VERSION_FILE))?;
        let seen = check_files(directory, mark.acknowledged())?;
        // A damaged file can make the engine panic.
        let opened = catch_unwind(AssertUnwindSafe(|| {
            open_database(directory, mark.acknowledged(), Share::of(engines))
        }));
        let (database, keyspaces, commit) = opened.unwrap_or_else(|_| {
            // It does not say which; mostly there is one journal, which it reads first.
            Err(BackendError::damaged(
                &journal::only_one(directory).unwrap_or_else(|| directory.to_owned()),
                "the engine could not read its files, this one most likely",
            ))
        })?;
        let recovered = last_commit(&commit, directory)?;
        if seen.is_some_and(|seen| seen != recovered) {
            return Err(BackendError::damaged(
                directory,
                "the engine did not read the end of its journal",
            ));
        }
        mark.verify(directory, recovered)?;
        Ok(Self {
            database,
            spaces: Arc::new(Spaces {
                keyspaces,
                directory: directory.into(),
            }),
            commit,
            writer: Writer::new(recovered, Some(mark)),
        })
    }
}

/// Looks at the files before the engine does. Returns the last commit in the journals, if they hold any.
fn check_files(directory: &Path, acknowledged: u64) -> Result<Option<u64>, BackendError> {
    let version = directory.join(VERSION_FILE);
    if !version.exists() {
        if acknowledged > 0 {
            return Err(BackendError::damaged(&version, "the file is missing"));
        }
        // The engine does not finish a making that was interrupted; its first journal is in the way.
        journal::remove_unused(directory)?;
        return Ok(None);
    }
    keyspaces::check(&directory.join(KEYSPACES), acknowledged)?;
    journal::check(directory, acknowledged)
}

type Opened = (Database, PerSpace<Keyspace>, Keyspace);

fn open_database(directory: &Path, acknowledged: u64, share: Share) -> Result<Opened, BackendError> {
    let failed = |error: fjall::Error| translate(directory, &error);
    let database = Database::builder(directory)
        .cache_size(share.cache_bytes)
        .worker_threads(share.threads)
        .max_cached_files(Some(share.files))
        // Values arrive sealed: there is nothing to compress in them.
        .journal_compression(CompressionType::None)
        .open()
        .map_err(failed)?;
    let open = |name: &str| {
        if acknowledged > 0 && !database.keyspace_exists(name) {
            return Err(BackendError::damaged(
                directory,
                format!("the keyspace {name} is missing"),
            ));
        }
        database
            .keyspace(name, || {
                KeyspaceCreateOptions::default().max_memtable_size(share.memtable_bytes)
            })
            .map_err(failed)
    };
    let commit = open(COMMIT_KEYSPACE)?;
    let keyspaces = PerSpace::try_new(|space| open(space.name()))?;
    Ok((database, keyspaces, commit))
}

fn last_commit(keyspace: &Keyspace, directory: &Path) -> Result<u64, BackendError> {
    let Some(row) = keyspace
        .get(COMMIT_KEY)
        .map_err(|error| translate(directory, &error))?
    else {
        return Ok(0);
    };
    let number = <[u8; 8]>::try_from(&*row);
    let number = number.map_err(|_| BackendError::damaged(directory, "the commit number is not a number"))?;
    Ok(u64::from_be_bytes(number))
}

impl Backend for FjallBackend {
    fn name(&self) -> &'static str {
        "fjall"
    }

    fn snapshot(&self) -> Result<Box<dyn Snapshot>, BackendError> {
        self.latest()
    }

    fn begin(&self) -> Result<Box<dyn WriteTransaction + '_>, BackendError> {
        self.writer.begin(self)
    }
}

impl Batch for FjallBackend {
    fn latest(&self) -> Result<Box<dyn Snapshot>, BackendError> {
        Ok(Box::new(FjallSnapshot {
            view: self.database.snapshot(),
            spaces: Arc::clone(&self.spaces),
        }))
    }

    fn apply(&self, mut writes: Writes, commit: u64) -> Result<(), BackendError> {
        let mut batch = self.database.batch().durability(Some(PersistMode::SyncData));
        batch.insert(&self.commit, COMMIT_KEY, commit.to_be_bytes());
        for space in Space::ALL {
            let keyspace = self.spaces.keyspaces.of(space);
            for (key, value) in std::mem::take(writes.of_mut(space)) {
                match value {
                    Some(value) => batch.insert(keyspace, key, value),
                    None => batch.remove(keyspace, key),
                }
            }
        }
        batch
            .commit()
            .map_err(|error| translate(&self.spaces.directory, &error))
    }
}

struct FjallSnapshot {
    view: fjall::Snapshot,
    spaces: Arc<Spaces>,
}

impl Snapshot for FjallSnapshot {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError> {
        if !storable(key) {
            return Ok(None);
        }
        let value = self.view.get(self.spaces.keyspaces.of(space), key);
        let value = value.map_err(|error| translate(&self.spaces.directory, &error))?;
        Ok(value.map(|value| value.to_vec()))
    }

    fn scan(
        &self,
        space: Space,
        range: &KeyRange,
        direction: Direction,
        visit: Visit<'_>,
    ) -> Result<(), BackendError> {
        let Some(bounds) = range.bounds()? else {
            return Ok(());
        };
        let mut rows = self
            .view
            .range::<&[u8], _>(self.spaces.keyspaces.of(space), bounds);
        loop {
            let row = match direction {
                Direction::Forward => rows.next(),
                Direction::Backward => rows.next_back(),
            };
            let Some(row) = row.map(Guard::into_inner) else {
                return Ok(());
            };
            let (key, value) = row.map_err(|error| translate(&self.spaces.directory, &error))?;
            if visit(&key, &value).is_break() {
                return Ok(());
            }
        }
    }
}

fn translate(directory: &Path, error: &fjall::Error) -> BackendError {
    match error {
        fjall::Error::Locked => BackendError::InUse {
            directory: directory.to_owned(),
        },
        fjall::Error::Io(error) | fjall::Error::Storage(LsmError::Io(error)) => {
            BackendError::from_io(directory, error)
        }
        fjall::Error::Poisoned | fjall::Error::KeyspaceDeleted => BackendError::Failed(error.to_string()),
        // The engine does not say which of its journals it means; mostly there is one.
        fjall::Error::JournalRecovery(_) => BackendError::damaged(
            &journal::only_one(directory).unwrap_or_else(|| directory.to_owned()),
            error.to_string(),
        ),
        _ => BackendError::damaged(directory, error.to_string()),
    }
}
