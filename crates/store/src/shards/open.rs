//! Opening the shards of a data directory: which engines there must be, which are new, and which are refused.
//!
//! The catalogue's shard must open, or nothing does. Another shard that does not open is refused alone: its tenants are
//! answered that their storage is not available, all others work (R139).

use super::{Slot, Store};
use crate::backend::Backend;
use crate::backend::BackendError;
use crate::backend::fjall::FjallBackend;
use crate::backend::memory::MemoryBackend;
use crate::backend::redb::RedbBackend;
use crate::catalogue::CatalogueRows;
use crate::fault::StoreFault;
use crate::followers::Followers;
use crate::format::{self, FIRST_GENERATION};
use crate::ids::Ids;
use crate::keyring::{Keyring, KeyringError};
use crate::keys::Keys;
use crate::master_key::{MasterKey, MasterKeyError, MasterKeySource};
use crate::shard::Shard;
use crate::view::View;
use model::ids::ShardNumber;
use std::fs::{self, File};
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
    /// The directory with one directory of engine files per shard: `shard-00` for the catalogue, `shard-01` and so on for
    /// tenants.
    pub engine_directory: PathBuf,
    /// How many shards for tenants there are, at least 1. More than before makes new ones.
    pub shards: u16,
    /// The keyring file; never inside the engines' directory.
    pub keyring: PathBuf,
    /// The master key.
    pub master_key: MasterKeySource,
}

/// The store, or one shard of it, could not be opened.
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
    /// The data is of a version from before there were shards.
    #[error(
        "{} holds data of a version from before the first release, which this program does not read. Nothing was \
         changed. Start with another data directory",
        .0.display()
    )]
    OldLayout(PathBuf),
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
    /// A shard was made once and is not there any more.
    #[error("{} is missing or empty, but a shard was made there: restore it from a backup", .0.display())]
    ShardMissing(PathBuf),
    /// A shard does not open with the keys of this platform.
    #[error(
        "{} belongs to another platform, or is damaged: restore it from a backup of this one",
        .0.display()
    )]
    ShardForeign(PathBuf),
    /// A directory holds another shard than its name says.
    #[error(
        "{} holds shard {found}, not shard {expected}: were directories exchanged? Nothing was changed. Put each back \
         under its own name",
        place.display()
    )]
    ShardSwapped {
        /// The directory.
        place: PathBuf,
        /// What it holds.
        found: ShardNumber,
        /// What it should hold.
        expected: ShardNumber,
    },
    /// Fewer shards are configured than tenants need.
    #[error(
        "{configured} shards for tenants are configured, but there are tenants on shard {used}. Nothing was changed. \
         Configure at least {used}"
    )]
    TooFewShards {
        /// In the configuration.
        configured: u16,
        /// The last shard with tenants.
        used: ShardNumber,
    },
    /// A thread or directory could not be made.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// What the operating system said.
        source: std::io::Error,
    },
}

/// Opens the engine of a shard; told whether one was made there before.
type Open<'a> = &'a dyn Fn(ShardNumber, bool) -> Result<Arc<dyn Backend>, OpenError>;

impl Store {
    /// Opens the store, or makes a new one where there is none.
    pub fn open(engine: Engine, places: &Places) -> Result<Self, OpenError> {
        let directory = &places.engine_directory;
        let old = directory.join("0");
        if old.exists() {
            return Err(OpenError::OldLayout(old));
        }
        let has_others = has_others(directory)?;
        let has_data = has_entries(&directory_of(directory, ShardNumber::CATALOGUE))? || has_others;
        let keyring = if places.keyring.exists() {
            Keyring::open(&places.keyring, &places.master_key.load()?)?
        } else if has_data {
            return Err(OpenError::KeyringLost(places.keyring.clone()));
        } else {
            Keyring::create(&places.keyring, &places.master_key.load_or_create()?)?
        };
        if !has_data && keyring.generation() > FIRST_GENERATION {
            // Before an engine is made where one is missing.
            return Err(OpenError::DataMissing);
        }
        // The catalogue's shard is made before any other: where one is there without it, it is lost.
        let catalogue = open_engine(engine, places, ShardNumber::CATALOGUE, has_others)?;
        let open = |number, is_made| open_engine(engine, places, number, is_made);
        let store = Self::begin(catalogue, keyring, directory, places.shards, &open)?;
        store.keep_reasons(directory);
        Ok(store)
    }

    /// A store in memory with one shard for tenants and a keyring in a directory: for tests.
    pub fn in_memory(keyring: &Path) -> Result<Self, OpenError> {
        let keyring = Keyring::create(keyring, &MasterKey::random())?;
        let engine = || -> Arc<dyn Backend> { Arc::new(MemoryBackend::new()) };
        Self::start(engine(), &[engine()], keyring)
    }

    /// A store on engines that are open already, the catalogue's and those for tenants, with its keyring.
    pub fn start(
        catalogue: Arc<dyn Backend>,
        others: &[Arc<dyn Backend>],
        keyring: Keyring,
    ) -> Result<Self, OpenError> {
        let nowhere = Path::new("");
        let shards = u16::try_from(others.len()).unwrap_or(u16::MAX);
        let open = |number: ShardNumber, _| {
            let backend = others.get(usize::from(number.0).wrapping_sub(1)).cloned();
            backend.ok_or_else(|| OpenError::ShardMissing(directory_of(nowhere, number)))
        };
        Self::begin(catalogue, keyring, nowhere, shards, &open)
    }

    /// Starts with the catalogue's engine; `open` gives the others. `directory` is named when one is refused.
    fn begin(
        catalogue: Arc<dyn Backend>,
        keyring: Keyring,
        directory: &Path,
        shards: u16,
        open: Open<'_>,
    ) -> Result<Self, OpenError> {
        let keys = Arc::new(Keys::new(keyring));
        let number = ShardNumber::CATALOGUE;
        let platform = format::open_catalogue(&*catalogue, &keys, &directory_of(directory, number))?;
        check_enough(&*catalogue, &keys, shards)?;
        // The projections have one budget for all shards.
        let followers = Arc::new(Followers::default());
        let generation = Some(platform.generation);
        let first = Shard::start(number, catalogue.clone(), &keys, &followers, generation)?;
        let mut others = Vec::new();
        for number in (1..=shards).map(ShardNumber) {
            let is_made = number.0 <= platform.shards;
            let shard = open(number, is_made).and_then(|backend| {
                format::open_shard(
                    &*backend,
                    &keys,
                    number,
                    is_made,
                    &directory_of(directory, number),
                )?;
                Shard::start(number, backend, &keys, &followers, None)
            });
            others.push(match shard {
                Ok(shard) => Slot::Open(Box::new(shard)),
                Err(error) if is_made => {
                    tracing::error!(shard = number.0, %error, "a shard is refused; its tenants are not served");
                    Slot::Refused(error.to_string().into())
                }
                // Nobody misses a shard that was to be new: whoever asked for it is told.
                Err(error) => return Err(error),
            });
        }
        if shards > platform.shards {
            format::note_shards(&*catalogue, &keys, shards)?;
        }
        Ok(Self {
            ids: Arc::new(Ids::new(catalogue, keys.clone())),
            catalogue: first,
            others,
            placement: Default::default(),
            keys,
            parents: Arc::default(),
            followers,
        })
    }

    /// Leaves the reason beside each refused shard, for `doctor`, and takes away those that hold no more.
    fn keep_reasons(&self, directory: &Path) {
        for (number, slot) in (1..).map(ShardNumber).zip(&self.others) {
            let note = reason_of(directory, number);
            let kept = match slot {
                Slot::Refused(reason) => fs::write(&note, reason.as_bytes()),
                Slot::Open(_) if note.exists() => fs::remove_file(&note),
                Slot::Open(_) => Ok(()),
            };
            if let Err(error) = kept {
                tracing::warn!(file = %note.display(), %error, "what is known of a shard could not be kept");
            }
        }
    }
}

/// Refuses fewer shards than tenants lie on. Also tenants that are half made or half deleted count.
fn check_enough(catalogue: &dyn Backend, keys: &Arc<Keys>, shards: u16) -> Result<(), OpenError> {
    let view = View::new(catalogue.snapshot()?, keys.clone(), Arc::default(), false);
    let tenants = CatalogueRows::new(&view).tenants()?;
    let used = tenants.iter().map(|tenant| tenant.shard).max();
    match used.filter(|used| used.0 > shards) {
        Some(used) => Err(OpenError::TooFewShards {
            configured: shards,
            used,
        }),
        None => Ok(()),
    }
}

/// The shards that the last start refused, each with the reason: for whoever looks from outside.
pub fn refused_at_last_start(engine_directory: &Path) -> Vec<(ShardNumber, String)> {
    (1..=model::limits::SHARDS_MAX)
        .map(ShardNumber)
        .filter_map(|number| {
            let reason = fs::read_to_string(reason_of(engine_directory, number)).ok()?;
            Some((number, reason))
        })
        .collect()
}

fn directory_of(directory: &Path, shard: ShardNumber) -> PathBuf {
    directory.join(format!("shard-{:02}", shard.0))
}

fn reason_of(directory: &Path, shard: ShardNumber) -> PathBuf {
    directory.join(format!("shard-{:02}.refused", shard.0))
}

/// Opens the engine of a shard, or makes it; where one was made before, none is made again.
fn open_engine(
    engine: Engine,
    places: &Places,
    shard: ShardNumber,
    is_made: bool,
) -> Result<Arc<dyn Backend>, OpenError> {
    let directory = directory_of(&places.engine_directory, shard);
    if !has_entries(&directory)? {
        if is_made {
            return Err(OpenError::ShardMissing(directory));
        }
        make_directory(&directory)?;
    }
    Ok(match engine {
        Engine::Fjall => Arc::new(FjallBackend::open_among(&directory, places.shards)?),
        Engine::Redb => Arc::new(RedbBackend::open_among(&directory, places.shards)?),
    })
}

/// Makes a directory that is still there after a loss of power.
fn make_directory(directory: &Path) -> Result<(), OpenError> {
    let made = fs::create_dir_all(directory).and_then(|()| {
        for above in directory.ancestors().skip(1).take(2) {
            File::open(above)?.sync_all()?;
        }
        Ok(())
    });
    made.map_err(|source| OpenError::Io {
        what: format!("could not make {}", directory.display()),
        source,
    })
}

/// Whether any shard but the catalogue's has a directory with files.
fn has_others(directory: &Path) -> Result<bool, OpenError> {
    for number in (1..=model::limits::SHARDS_MAX).map(ShardNumber) {
        if has_entries(&directory_of(directory, number))? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn has_entries(directory: &Path) -> Result<bool, OpenError> {
    match fs::read_dir(directory) {
        Ok(mut entries) => Ok(entries.next().is_some()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(OpenError::Io {
            what: format!("could not read {}", directory.display()),
            source,
        }),
    }
}
