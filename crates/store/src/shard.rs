//! The store as a whole: opens an engine with its keys, gives transactions, commits change sets.

use crate::backend::fjall::FjallBackend;
use crate::backend::memory::MemoryBackend;
use crate::backend::redb::RedbBackend;
use crate::backend::{Backend, BackendError, Direction, KeyRange, Space, WriteTransaction};
use crate::change::Receipt;
use crate::commit::{CommitCounts, Committer, put_row, row_in};
use crate::fault::{CommitFailed, StoreFault};
use crate::ids::Ids;
use crate::keyring::{Keyring, KeyringError};
use crate::keys::Keys;
use crate::master_key::{MasterKey, MasterKeyError, MasterKeySource};
use crate::migrate;
use crate::projection::Projections;
use crate::rows::{Key, Table, rows};
use crate::transaction::{Opening, ReadTx, WriteTx};
use crate::view::View;
use model::ids::{MANAGEMENT, TenantNumber};
use model::tenants::TenantStatus;
use policy::facts::Principal;
use policy::operation::Operation;
use policy::operations::tenants::TenantDelete;
use policy::proof::Allowed;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Which engine keeps the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A log-structured engine: the default.
    Fjall,
    /// A copy-on-write tree in one file.
    Redb,
}

/// Where the parts of a store lie.
#[derive(Debug, Clone)]
pub struct Places {
    /// The engine's own directory.
    pub engine_directory: PathBuf,
    /// The keyring file; never inside the engine's directory.
    pub keyring: PathBuf,
    /// The master key.
    pub master_key: MasterKeySource,
}

/// The store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The engine.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// The keyring.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// The master key.
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    /// A row that is read at start.
    #[error(transparent)]
    Fault(#[from] StoreFault),
    /// The data is of a version that this program does not read.
    #[error("the data has format {found}, this program reads format {known}: use the version that wrote it")]
    Format {
        /// In the data.
        found: u32,
        /// In the program.
        known: u32,
    },
    /// The keyring does not belong to the data, or the row that says so is damaged.
    #[error(
        "the data does not open with this keyring: it belongs to other data, or the data is damaged. Nothing was \
         changed. Put the keyring of this data back"
    )]
    KeyringForeign,
    /// An older keyring was put back: keys that were made since are missing in it, keys that were destroyed are back.
    #[error(
        "the keyring has generation {found}, but this data was written with generation {needed}: an older copy was put \
         in its place. Nothing was changed. Put the newest keyring back"
    )]
    KeyringOld {
        /// In the keyring.
        found: u64,
        /// In the data.
        needed: u64,
    },
    /// The keyring is in use, but there is no data: starting would look like a new platform and lose the old one's keys.
    #[error(
        "the keyring has keys of tenants, but there is no data for them: is the data directory mounted? To begin anew, \
         move the keyring away"
    )]
    DataMissing,
    /// The engine has data but its keyring is gone.
    #[error("{} is missing, but there is data that needs it: restore the keyring from its backup", .0.display())]
    KeyringLost(PathBuf),
    /// A thread or directory could not be made.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// What the operating system said.
        source: std::io::Error,
    },
}

#[derive(Serialize, Deserialize)]
struct FormatRow {
    format: u32,
    /// The keyring's generation as of the last commit: an older keyring put back shows.
    keyring_generation: u64,
}
rows!(FormatRow => Format);

/// The store.
pub struct Store {
    backend: Arc<dyn Backend>,
    keys: Arc<Keys>,
    ids: Arc<Ids>,
    projections: Arc<Projections>,
    committer: Committer,
}

impl Store {
    /// Opens the store, or makes a new one where there is none.
    pub fn open(engine: Engine, places: &Places) -> Result<Self, OpenError> {
        let directory = &places.engine_directory;
        let has_engine = has_entries(directory)?;
        let is_new = !has_engine && !places.keyring.exists();
        let io = |what: &str, source| OpenError::Io {
            what: format!("{what} {}", directory.display()),
            source,
        };
        let keyring = if is_new {
            Keyring::create(&places.keyring, &places.master_key.load_or_create()?)?
        } else if places.keyring.exists() {
            Keyring::open(&places.keyring, &places.master_key.load()?)?
        } else {
            return Err(OpenError::KeyringLost(places.keyring.clone()));
        };
        if !has_engine && keyring.generation() > FIRST_GENERATION {
            // Before an engine is made where one is missing.
            return Err(OpenError::DataMissing);
        }
        std::fs::create_dir_all(directory).map_err(|source| io("could not make", source))?;
        let backend: Arc<dyn Backend> = match engine {
            Engine::Fjall => Arc::new(FjallBackend::open(directory)?),
            Engine::Redb => Arc::new(RedbBackend::open(directory)?),
        };
        Self::start(backend, keyring)
    }

    /// A store in memory with a keyring in a directory: for tests.
    pub fn in_memory(keyring: &Path) -> Result<Self, OpenError> {
        let keyring = Keyring::create(keyring, &MasterKey::random())?;
        Self::start(Arc::new(MemoryBackend::new()), keyring)
    }

    /// A store on an engine that is open already, with its keyring.
    pub fn start(backend: Arc<dyn Backend>, keyring: Keyring) -> Result<Self, OpenError> {
        let keys = Arc::new(Keys::new(keyring));
        let generation = check_format(&*backend, &keys)?;
        let projections = Arc::new(Projections::default());
        let committer = Committer::start(backend.clone(), keys.clone(), projections.clone(), generation)
            .map_err(|source| OpenError::Io {
                what: "could not start the writer".into(),
                source,
            })?;
        let ids = Arc::new(Ids::new(backend.clone(), keys.clone()));
        Ok(Self {
            backend,
            keys,
            ids,
            projections,
            committer,
        })
    }

    /// A consistent view without a proof: for signing in and for facts.
    pub fn view(&self) -> Result<View, StoreFault> {
        if self.committer.is_stopped() {
            return Err(StoreFault::Stopped);
        }
        Ok(View::new(self.backend.snapshot()?, self.keys.clone(), false))
    }

    /// A transaction that only reads.
    pub fn read(&self) -> Result<ReadTx, StoreFault> {
        Ok(ReadTx {
            view: self.view()?,
            projections: self.projections.clone(),
        })
    }

    /// A transaction of a principal that prepares changes in its own tenant.
    pub fn write_as(&self, who: &Principal) -> Result<WriteTx, StoreFault> {
        Ok(self.opening()?.write_as(who))
    }

    /// A view for a command whose principal is not read yet: what is read here is noted for the command.
    pub fn opening(&self) -> Result<Opening, StoreFault> {
        if self.committer.is_stopped() {
            return Err(StoreFault::Stopped);
        }
        Ok(Opening {
            view: View::new(self.backend.snapshot()?, self.keys.clone(), true),
            ids: self.ids.clone(),
        })
    }

    /// A transaction in the tenant of a proof: for public operations and the platform's own work.
    pub fn write_for<N: Operation>(&self, proof: &Allowed<N>) -> Result<WriteTx, StoreFault> {
        Ok(self.opening()?.in_tenant(proof.tenant()))
    }

    /// Hands the changes to the writer; the answer comes when they are durable. Nothing is acknowledged before.
    pub async fn commit(&self, tx: WriteTx) -> Result<Receipt, CommitFailed> {
        let answer = self.committer.submit(tx.finish())?;
        answer.await.unwrap_or(Err(CommitFailed::Stopped))
    }

    /// The same for callers without a runtime: start-up and offline commands.
    pub fn commit_blocking(&self, tx: WriteTx) -> Result<Receipt, CommitFailed> {
        let answer = self.committer.submit(tx.finish())?;
        answer.blocking_recv().unwrap_or(Err(CommitFailed::Stopped))
    }

    /// How many commits shared how many syncs.
    pub fn commit_counts(&self) -> &CommitCounts {
        &self.committer.counts
    }

    /// The secret that goes into every password hash.
    pub fn password_pepper(&self) -> &[u8; 32] {
        self.keys.platform().password_pepper.expose()
    }

    /// Destroys the keys of a tenant whose deletion is committed: whatever is left of its rows can never be read
    /// again. Then removes the rows themselves. May be repeated.
    pub fn shred(&self, _proof: &Allowed<TenantDelete>, tenant: TenantNumber) -> Result<(), StoreFault> {
        let row = self.view()?.tenant(tenant)?;
        if tenant == MANAGEMENT || row.is_some_and(|row| row.status != TenantStatus::Deleting) {
            return Err(StoreFault::OutOfReach {
                tenant,
                what: "a tenant that is not being deleted",
            });
        }
        self.destroy_keys(tenant)?;
        self.projections.forget(tenant);
        self.remove_rows(tenant)
    }

    /// Holds the write transaction meanwhile, so that no group commit loses its keys half-way.
    fn destroy_keys(&self, tenant: TenantNumber) -> Result<(), StoreFault> {
        let mut tx = self.backend.begin()?;
        self.keys.keyring().destroy(tenant)?;
        put_format(&mut *tx, &self.keys, self.keys.keyring().generation())?;
        Ok(tx.commit()?)
    }

    fn remove_rows(&self, tenant: TenantNumber) -> Result<(), StoreFault> {
        const ROWS_PER_COMMIT: usize = 1_000;
        for space in OF_TENANTS {
            loop {
                let keys = self.some_keys(space, tenant, ROWS_PER_COMMIT)?;
                if keys.is_empty() {
                    break;
                }
                let mut tx = self.backend.begin()?;
                for key in &keys {
                    tx.delete(space, key)?;
                }
                tx.commit()?;
            }
        }
        Ok(())
    }

    /// The first keys of a tenant's rows in a space, at most so many.
    fn some_keys(&self, space: Space, tenant: TenantNumber, most: usize) -> Result<Vec<Vec<u8>>, StoreFault> {
        let range = KeyRange::prefix(&tenant.0.to_be_bytes());
        let mut keys = Vec::new();
        self.backend
            .snapshot()?
            .scan(space, &range, Direction::Forward, &mut |key, _| {
                keys.push(key.to_vec());
                if keys.len() < most {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            })?;
        Ok(keys)
    }

    /// Destroys the keys of tenants that the catalogue does not know: left by a crash during their creation, or by a
    /// creation that was refused. Such a tenant has no rows; keys of one that has rows are kept, for then it is the
    /// catalogue that has lost something. Only before the first request: a tenant that is being created has keys first.
    pub fn remove_orphaned_keys(&self) -> Result<(), StoreFault> {
        let known = self.view()?.tenant_numbers()?;
        for tenant in self.keys.keyring().tenants() {
            if tenant == MANAGEMENT || known.contains(&tenant) {
                continue;
            }
            let mut has_rows = false;
            for space in OF_TENANTS {
                has_rows |= !self.some_keys(space, tenant, 1)?.is_empty();
            }
            if has_rows {
                tracing::error!(
                    tenant = tenant.0,
                    "a tenant has keys and rows, but is not in the catalogue"
                );
            } else {
                tracing::warn!(tenant = tenant.0, "removing keys that were left without a tenant");
                self.destroy_keys(tenant)?;
            }
        }
        Ok(())
    }
}

/// Where tenants have rows of their own.
const OF_TENANTS: [Space; 3] = [Space::Identity, Space::Payload, Space::Audit];

fn has_entries(directory: &Path) -> Result<bool, OpenError> {
    match std::fs::read_dir(directory) {
        Ok(mut entries) => Ok(entries.next().is_some()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(OpenError::Io {
            what: format!("could not read {}", directory.display()),
            source,
        }),
    }
}

/// The generation of a keyring with the keys of the management tenant only: made, and added to once.
const FIRST_GENERATION: u64 = 2;

/// Refuses data of another format and a keyring that is not the newest of this data; makes the keys of the management
/// tenant where there is no data yet. Gives the keyring's generation, which is stored then.
fn check_format(backend: &dyn Backend, keys: &Keys) -> Result<u64, OpenError> {
    let mut tx = backend.begin()?;
    let keyring = keys.keyring();
    let stored = match row_in::<FormatRow>(&*tx, keys, &Key::new(MANAGEMENT, Table::Format)) {
        Err(StoreFault::Broken { .. }) => return Err(OpenError::KeyringForeign),
        stored => stored?,
    };
    match stored {
        Some(row) if row.keyring_generation > keyring.generation() => {
            let (found, needed) = (keyring.generation(), row.keyring_generation);
            return Err(OpenError::KeyringOld { found, needed });
        }
        None if keyring.generation() > FIRST_GENERATION => return Err(OpenError::DataMissing),
        // The first start, or a crash in the middle of it.
        None if keyring.get(MANAGEMENT).is_none() => drop(keyring.add(MANAGEMENT)?),
        Some(row) => migrate::run(row.format, migrate::STEPS, &mut *tx, keys)?,
        // A first start that had come as far as the keys.
        None => {}
    }
    let generation = keyring.generation();
    put_format(&mut *tx, keys, generation)?;
    tx.commit()?;
    Ok(generation)
}

/// Writes the format and the keyring's generation.
pub(crate) fn put_format(
    tx: &mut dyn WriteTransaction,
    keys: &Keys,
    keyring_generation: u64,
) -> Result<(), StoreFault> {
    let row = FormatRow {
        format: migrate::FORMAT,
        keyring_generation,
    };
    put_row(tx, keys, &Key::new(MANAGEMENT, Table::Format), &row)
}
