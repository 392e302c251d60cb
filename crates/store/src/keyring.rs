//! The keyring: the keys of the platform and of each tenant, wrapped under the master key, in one small file beside the
//! engine's directory.
//!
//! It knows keys by tenant number; not what they seal.
//!
//! The file is apart from the engine because an engine keeps old versions of what it stores: only here does a destroyed
//! key cease to exist, and with it everything that it sealed (R139). For the same reason backups must not hold this file
//! beside the data. Each change writes a new file, syncs it, renames it over the old one and syncs the directory, so
//! that after a crash at any point there is the old keyring or the new one, complete (R006). The blocks of the old
//! file are free then; what the disk still holds there opens only with the master key.
//!
//! One process at a time: whoever holds the data directory's lock.

pub mod files;
mod format;
mod keys;

pub use format::Damage;
pub use keys::{AuditKeys, IdentityKeys, PayloadKeys, PlatformKeys, TenantKeys};

use crate::master_key::{Fingerprint, MasterKey};
use files::{Disk, Files, Unreplaced};
use format::{Contents, Refusal, Wrapper};
use model::ids::TenantNumber;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Why a keyring was not opened or not changed.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// There is no such file.
    #[error(
        "the keyring {} is missing. Without it no stored data can be read: restore it from your copy",
        file.display()
    )]
    Missing {
        /// The file.
        file: PathBuf,
    },
    /// A keyring is to be created where there is one.
    #[error("there is a keyring already at {}: it is never overwritten", file.display())]
    Exists {
        /// The file.
        file: PathBuf,
    },
    /// Not a byte of it is used.
    #[error(
        "the keyring {} is damaged: {damage}. Nothing was changed. Restore it from your copy",
        file.display()
    )]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        damage: Damage,
    },
    /// Written by a later version of the program.
    #[error(
        "the keyring {} has format {version}, which this program does not know: use the version that wrote it",
        file.display()
    )]
    UnknownVersion {
        /// The file.
        file: PathBuf,
        /// Its format.
        version: u8,
    },
    /// It belongs to another master key.
    #[error(
        "the keyring {} needs the master key with the fingerprint {needed}, but the one given has {given}. Use the \
         master key that belongs to this data (the last line of its file is its fingerprint)",
        file.display()
    )]
    WrongMasterKey {
        /// The file.
        file: PathBuf,
        /// The master key under which it was written.
        needed: Fingerprint,
        /// The master key at hand.
        given: Fingerprint,
    },
    /// The tenant has keys already. They are never replaced: what they sealed would be lost.
    #[error("tenant number {} has keys already", tenant.0)]
    TenantExists {
        /// The tenant.
        tenant: TenantNumber,
    },
    /// An earlier change failed so late that only a fresh start can tell whether it was made.
    #[error("an earlier change of the keyring {} failed half-way: restart the program", file.display())]
    Stopped {
        /// The file.
        file: PathBuf,
    },
    /// Reading or writing failed.
    #[error("the keyring {} cannot be used: {source}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

/// The open keyring. Shared by all threads.
pub struct Keyring {
    files: Arc<dyn Files>,
    file: PathBuf,
    wrapper: Wrapper,
    platform: Arc<PlatformKeys>,
    /// Apart from `written`: nobody who needs a key waits for the disk.
    tenants: RwLock<BTreeMap<TenantNumber, Arc<TenantKeys>>>,
    written: Mutex<Written>,
}

/// What the file holds.
struct Written {
    contents: Contents,
    /// Whether a change failed so late that this may not be so.
    stopped: bool,
}

impl Keyring {
    /// Makes a new keyring with new platform keys and no tenant. Only for a data directory without data.
    ///
    /// # Errors
    /// If there is one already, or it cannot be written.
    pub fn create(file: &Path, master: &MasterKey) -> Result<Self, KeyringError> {
        Self::create_with(Arc::new(Disk), file, master)
    }

    /// Opens the keyring and checks every byte of it. What an interrupted change left behind is removed.
    ///
    /// # Errors
    /// If it is missing, damaged, or belongs to another master key.
    pub fn open(file: &Path, master: &MasterKey) -> Result<Self, KeyringError> {
        Self::open_with(Arc::new(Disk), file, master)
    }

    /// [`Keyring::create`] on other files than the disk's.
    ///
    /// # Errors
    /// As there.
    pub fn create_with(files: Arc<dyn Files>, file: &Path, master: &MasterKey) -> Result<Self, KeyringError> {
        match files.read(file) {
            Ok(_) => return Err(KeyringError::Exists { file: file.into() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => {
                return Err(KeyringError::Io {
                    file: file.into(),
                    source,
                });
            }
        }
        let wrapper = Wrapper::new(master);
        let (platform, wrapped) = wrapper.new_platform();
        let contents = Contents {
            generation: 1,
            platform: wrapped,
            tenants: BTreeMap::new(),
        };
        files::replace(&*files, file, &wrapper.encode(&contents)).map_err(|failure| match failure {
            Unreplaced::Untouched(source) | Unreplaced::Unknown(source) => KeyringError::Io {
                file: file.into(),
                source,
            },
        })?;
        Ok(Self {
            files,
            file: file.into(),
            wrapper,
            platform: platform.into(),
            tenants: RwLock::default(),
            written: Mutex::new(Written {
                contents,
                stopped: false,
            }),
        })
    }

    /// [`Keyring::open`] on other files than the disk's.
    ///
    /// # Errors
    /// As there.
    pub fn open_with(files: Arc<dyn Files>, file: &Path, master: &MasterKey) -> Result<Self, KeyringError> {
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => KeyringError::Missing { file: file.into() },
            _ => KeyringError::Io {
                file: file.into(),
                source,
            },
        };
        let bytes = files.read(file).map_err(failed)?;
        let wrapper = Wrapper::new(master);
        let contents = wrapper
            .decode(&bytes)
            .map_err(|refusal| refused(file, master, refusal))?;

        let damaged = |damage| KeyringError::Damaged {
            file: file.into(),
            damage,
        };
        let platform = wrapper.platform(&contents.platform).map_err(damaged)?;
        let mut tenants = BTreeMap::new();
        for (&tenant, wrapped) in &contents.tenants {
            let keys = wrapper.tenant(tenant, wrapped).map_err(damaged)?;
            tenants.insert(tenant, Arc::new(keys));
        }
        // A crash between rename and sync left this state readable but not durable: nobody may rely on it before.
        files::settle(&*files, file).map_err(|source| KeyringError::Io {
            file: file.into(),
            source,
        })?;
        Ok(Self {
            files,
            file: file.into(),
            wrapper,
            platform: platform.into(),
            tenants: RwLock::new(tenants),
            written: Mutex::new(Written {
                contents,
                stopped: false,
            }),
        })
    }

    /// The keys that belong to no tenant.
    pub fn platform(&self) -> &Arc<PlatformKeys> {
        &self.platform
    }

    /// A tenant's keys; nothing if it has none, or they were destroyed.
    pub fn get(&self, tenant: TenantNumber) -> Option<Arc<TenantKeys>> {
        self.tenants_read().get(&tenant).cloned()
    }

    /// The tenants that have keys, by number. After a crash it may be one whose creation or deletion is not finished, as
    /// its row in the catalogue says.
    pub fn tenants(&self) -> Vec<TenantNumber> {
        self.tenants_read().keys().copied().collect()
    }

    /// Counts the changes. Whoever keeps the highest one seen elsewhere notices when an old file was put back.
    pub fn generation(&self) -> u64 {
        self.written().contents.generation
    }

    /// Makes new keys for a tenant; they are durable on return.
    ///
    /// # Errors
    /// If it has keys already, or the file cannot be written: then it has none.
    pub fn add(&self, tenant: TenantNumber) -> Result<Arc<TenantKeys>, KeyringError> {
        let mut written = self.written();
        if written.contents.tenants.contains_key(&tenant) {
            return Err(KeyringError::TenantExists { tenant });
        }
        let (keys, wrapped) = self.wrapper.new_tenant(tenant);
        let mut changed = written.contents.clone();
        changed.tenants.insert(tenant, wrapped);
        self.replace(&mut written, changed)?;
        let keys = Arc::new(keys);
        self.tenants_write().insert(tenant, Arc::clone(&keys));
        Ok(keys)
    }

    /// Destroys a tenant's keys for ever: nothing that they sealed can be read again, wherever a copy of it is. Whoever
    /// holds the keys in memory now can use them until they are let go. No error if the tenant has no keys, so that an
    /// interrupted deletion can be repeated.
    ///
    /// # Errors
    /// If the file cannot be written: then the keys are still there, or gone after the next start.
    pub fn destroy(&self, tenant: TenantNumber) -> Result<(), KeyringError> {
        let mut written = self.written();
        let mut changed = written.contents.clone();
        if changed.tenants.remove(&tenant).is_none() {
            return Ok(());
        }
        self.replace(&mut written, changed)?;
        self.tenants_write().remove(&tenant);
        Ok(())
    }

    fn replace(&self, written: &mut Written, mut changed: Contents) -> Result<(), KeyringError> {
        if written.stopped {
            return Err(KeyringError::Stopped {
                file: self.file.clone(),
            });
        }
        changed.generation += 1;
        let source = match files::replace(&*self.files, &self.file, &self.wrapper.encode(&changed)) {
            Ok(()) => {
                written.contents = changed;
                return Ok(());
            }
            Err(Unreplaced::Untouched(source)) => source,
            Err(Unreplaced::Unknown(source)) => {
                written.stopped = true;
                source
            }
        };
        Err(KeyringError::Io {
            file: self.file.clone(),
            source,
        })
    }

    // A panic while a lock is held leaves what it guards whole: each change of it is one step.
    fn tenants_read(&self) -> RwLockReadGuard<'_, BTreeMap<TenantNumber, Arc<TenantKeys>>> {
        self.tenants.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn tenants_write(&self) -> RwLockWriteGuard<'_, BTreeMap<TenantNumber, Arc<TenantKeys>>> {
        self.tenants.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn written(&self) -> MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn refused(file: &Path, master: &MasterKey, refusal: Refusal) -> KeyringError {
    let file = file.into();
    match refusal {
        Refusal::Damaged(damage) => KeyringError::Damaged { file, damage },
        Refusal::UnknownVersion(version) => KeyringError::UnknownVersion { file, version },
        Refusal::WrongMasterKey { needed } => KeyringError::WrongMasterKey {
            file,
            needed,
            given: master.fingerprint(),
        },
    }
}
