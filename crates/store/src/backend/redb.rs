//! The second engine: redb, a copy-on-write B-tree in one file, `shard.redb`. It reads faster than the first and writes
//! far more bytes per commit.
//!
//! What it guarantees by itself:
//! - A commit is synced (`Durability::Immediate`) before it is acknowledged. The default one-phase commit is used: after
//!   a crash the newest commit slot whose whole tree has right checksums wins. The two-phase commit is meant against
//!   rows crafted to collide with the checksum, and values here arrive sealed, so nobody outside chooses their bytes.
//! - Every page is verified when the file is opened, so that a file that was changed at rest is refused. This reads the
//!   whole file (about a second per gigabyte), which is why it is not the engine for large shards; it also makes the
//!   "quick repair" mode pointless, which would pay for faster opening with slower commits.
//! - The number of the last commit is a row of each commit and is compared with the mark (`mark.rs`), so that a fall
//!   back to the older commit slot is noticed.
//!
//! What it does not: pages that change under the running process are read without a checksum. There the seal above
//! finds a changed value; a changed inner page can hide rows or end the process, and is found at the next opening.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use redb::{
    Builder, Database, DatabaseError, Durability, Error, ReadOnlyTable, ReadTransaction,
    ReadableDatabase as _, StorageError, TableDefinition,
};

use super::mark::Mark;
use super::writer::{Batch, Writer, Writes};
use super::{Backend, BackendError, Direction, KeyRange, PerSpace, Snapshot, Space, Visit, WriteTransaction};

const FILE: &str = "shard.redb";
/// What all engines of the program have together, and what each has at least.
const CACHE_BYTES: usize = 64 << 20;
const CACHE_BYTES_MIN: usize = 2 << 20;

/// One row: the number of the last commit.
const COMMIT: TableDefinition<'static, (), u64> = TableDefinition::new("commit");

type Table = ReadOnlyTable<&'static [u8], &'static [u8]>;

fn rows(space: Space) -> TableDefinition<'static, &'static [u8], &'static [u8]> {
    TableDefinition::new(space.name())
}

/// The engine.
pub struct RedbBackend {
    // Before the writer, which holds the lock: fields are dropped in this order.
    database: Database,
    writer: Writer,
    file: Arc<Path>,
}

impl RedbBackend {
    /// Opens or creates the engine in a directory.
    ///
    /// # Errors
    /// `InUse` when it is open already; `Damaged` when its files are not sound; `Failed` otherwise.
    pub fn open(directory: &Path) -> Result<Self, BackendError> {
        Self::open_among(directory, 1)
    }

    /// The same, for one of so many engines that divide the memory for caches.
    ///
    /// # Errors
    /// As for `open`.
    pub fn open_among(directory: &Path, engines: u16) -> Result<Self, BackendError> {
        let cache_bytes = (CACHE_BYTES / usize::from(engines.max(1))).max(CACHE_BYTES_MIN);
        let file = directory.join(FILE);
        let mark = Mark::open(directory, &file)?;
        if mark.acknowledged() > 0 && !file.exists() {
            return Err(BackendError::damaged(&file, "the file is missing"));
        }
        // A damaged file can make redb panic.
        let opened = catch_unwind(AssertUnwindSafe(|| {
            if !file.exists() {
                create(directory, &file)?;
            }
            open_file(directory, &file, cache_bytes)
        }));
        let (database, commit) =
            opened.unwrap_or_else(|_| Err(BackendError::damaged(&file, "the engine could not read it")))?;
        mark.verify(&file, commit)?;
        Ok(Self {
            database,
            writer: Writer::new(commit, Some(mark)),
            file: file.into(),
        })
    }
}

/// Makes an empty engine under another name first: redb does not open a file whose making was interrupted.
fn create(directory: &Path, file: &Path) -> Result<(), BackendError> {
    let io = |error: std::io::Error| BackendError::Failed(format!("{}: {error}", file.display()));
    let new = file.with_extension("new");
    if new.exists() {
        std::fs::remove_file(&new).map_err(io)?;
    }
    let database = Builder::new()
        .create(&new)
        .map_err(|error| opening(directory, &new, error))?;
    make_tables(&database).map_err(|error| using(&new, error))?;
    drop(database);
    std::fs::File::open(&new)
        .and_then(|made| made.sync_all())
        .map_err(io)?;
    std::fs::rename(&new, file).map_err(io)?;
    std::fs::File::open(directory)
        .and_then(|directory| directory.sync_all())
        .map_err(io)
}

fn make_tables(database: &Database) -> Result<(), Error> {
    let mut transaction = database.begin_write()?;
    transaction.set_durability(Durability::Immediate)?;
    for space in Space::ALL {
        transaction.open_table(rows(space))?;
    }
    transaction.open_table(COMMIT)?.insert((), 0)?;
    transaction.commit()?;
    Ok(())
}

/// The database and the number of its last commit.
fn open_file(directory: &Path, file: &Path, cache_bytes: usize) -> Result<(Database, u64), BackendError> {
    let database = Builder::new()
        .set_cache_size(cache_bytes)
        .set_check_integrity_on_open(true)
        .open(file)
        .map_err(|error| opening(directory, file, error))?;
    let commit = last_commit(&database).map_err(|error| using(file, error))?;
    Ok((database, commit))
}

fn last_commit(database: &Database) -> Result<u64, Error> {
    let transaction = database.begin_read()?;
    for space in Space::ALL {
        transaction.open_table(rows(space))?;
    }
    let number = transaction.open_table(COMMIT)?.get(())?;
    number
        .map(|number| number.value())
        .ok_or_else(|| Error::Corrupted("no commit number".to_owned()))
}

impl Backend for RedbBackend {
    fn name(&self) -> &'static str {
        "redb"
    }

    fn snapshot(&self) -> Result<Box<dyn Snapshot>, BackendError> {
        self.latest()
    }

    fn begin(&self) -> Result<Box<dyn WriteTransaction + '_>, BackendError> {
        self.writer.begin(self)
    }
}

impl Batch for RedbBackend {
    fn latest(&self) -> Result<Box<dyn Snapshot>, BackendError> {
        let open = || -> Result<RedbSnapshot, Error> {
            let transaction = self.database.begin_read()?;
            let tables = PerSpace::try_new(|space| transaction.open_table(rows(space)))?;
            Ok(RedbSnapshot {
                tables,
                _transaction: transaction,
                file: Arc::clone(&self.file),
            })
        };
        Ok(Box::new(open().map_err(|error| using(&self.file, error))?))
    }

    fn apply(&self, writes: Writes, commit: u64) -> Result<(), BackendError> {
        let write = || -> Result<(), Error> {
            let mut transaction = self.database.begin_write()?;
            transaction.set_durability(Durability::Immediate)?;
            for space in Space::ALL {
                let mut table = transaction.open_table(rows(space))?;
                for (key, value) in writes.of(space) {
                    match value {
                        Some(value) => table.insert(key.as_slice(), value.as_slice())?,
                        None => table.remove(key.as_slice())?,
                    };
                }
            }
            transaction.open_table(COMMIT)?.insert((), commit)?;
            transaction.commit()?;
            Ok(())
        };
        write().map_err(|error| using(&self.file, error))
    }
}

struct RedbSnapshot {
    tables: PerSpace<Table>,
    /// Keeps the pages of the tables from being used again.
    _transaction: ReadTransaction,
    file: Arc<Path>,
}

impl Snapshot for RedbSnapshot {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError> {
        let value = self
            .tables
            .of(space)
            .get(key)
            .map_err(|error| using(&self.file, error.into()))?;
        Ok(value.map(|value| value.value().to_vec()))
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
        let failed = |error: StorageError| using(&self.file, error.into());
        let mut rows = self.tables.of(space).range::<&[u8]>(bounds).map_err(failed)?;
        loop {
            let row = match direction {
                Direction::Forward => rows.next(),
                Direction::Backward => rows.next_back(),
            };
            let Some(row) = row else { return Ok(()) };
            let (key, value) = row.map_err(failed)?;
            if visit(key.value(), value.value()).is_break() {
                return Ok(());
            }
        }
    }
}

fn opening(directory: &Path, file: &Path, error: DatabaseError) -> BackendError {
    match error {
        DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => BackendError::InUse {
            directory: PathBuf::from(directory),
        },
        DatabaseError::RepairAborted | DatabaseError::UpgradeRequired(_) => {
            BackendError::damaged(file, error.to_string())
        }
        other => using(file, other.into()),
    }
}

fn using(file: &Path, error: Error) -> BackendError {
    match error {
        Error::Io(error) => BackendError::from_io(file, &error),
        Error::Corrupted(_)
        | Error::TableDoesNotExist(_)
        | Error::TableTypeMismatch { .. }
        | Error::TableIsMultimap(_)
        | Error::TypeDefinitionChanged { .. } => BackendError::damaged(file, error.to_string()),
        other => BackendError::Failed(format!("{}: {other}", file.display())),
    }
}
