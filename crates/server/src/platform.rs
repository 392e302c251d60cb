//! Opening the platform in a data directory: the lock, the store, the door, and what a first start makes.

use crate::cli::{ADMIN_USER, DEMO_TENANT};
use crate::config::{Config, StorageEngine};
use crate::data_dir::{DataDir, DataDirError, Layout};
use crate::world::SystemWorld;
use engine::door::Door;
use engine::refusal::Refusal;
use engine::setup::{self, FirstAdmin, NewTenant};
use engine::world::World;
use model::json::Object;
use model::names::{BadName, TenantId, UserName};
use model::secret::Secret;
use model::tenants::MANAGEMENT_ID;
use outgoing::{BadRoots, Outgoing, Reach, roots_in, roots_of_system};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::master_key::MasterKeySource;
use store::shards::{Engine, OpenError, Places, Store};

/// The platform could not be opened or set up.
#[derive(Debug, thiserror::Error)]
pub enum PlatformError {
    /// The data directory.
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    /// The store.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// Making a tenant.
    #[error("could not set up: {0}")]
    Setup(String),
    /// The password file.
    #[error("could not read the password from {}: {source}", file.display())]
    PasswordFile {
        /// Which.
        file: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The authorities of identity providers.
    #[error("identity_providers.ca_file: {0}")]
    Authorities(#[from] BadRoots),
    /// A name in the program itself.
    #[error(transparent)]
    Name(#[from] BadName),
}

impl From<Refusal> for PlatformError {
    fn from(refusal: Refusal) -> Self {
        Self::Setup(match refusal {
            Refusal::Invalid(engine::refusal::Invalid::Password(weak)) => weak.to_string(),
            Refusal::Missing(_) => "there is no such user in this tenant".to_owned(),
            Refusal::Conflict(_) => "a tenant with this id or domain is there already".to_owned(),
            Refusal::StorageUnavailable => {
                "the storage of this tenant is not available: `holdfast doctor` names the file".to_owned()
            }
            Refusal::Fault(id) => format!("see the log under {id}"),
            other => format!("{other:?}"),
        })
    }
}

/// An open platform. The lock on the data directory lasts as long as this.
pub struct Platform {
    /// The door.
    pub door: Door,
    /// Where files lie.
    pub layout: Layout,
    _lock: DataDir,
}

/// A secret to be shown once: for which user of which tenant.
pub struct Shown {
    /// The tenant.
    pub tenant: TenantId,
    /// The user.
    pub user: UserName,
    /// The one-time secret.
    pub secret: Secret,
}

/// The first tenant that a start makes.
pub struct FirstTenant {
    /// Its id.
    pub tenant: TenantId,
    /// Its first administrator.
    pub admin: UserName,
    /// The administrator's password; a one-time secret is made without it.
    pub password: Option<Secret>,
}

impl FirstTenant {
    /// What `serve` makes on a new directory.
    pub fn usual() -> Result<Self, BadName> {
        Ok(Self {
            tenant: DEMO_TENANT.parse()?,
            admin: ADMIN_USER.parse()?,
            password: None,
        })
    }
}

impl Platform {
    /// Opens what is there, or makes a new one; finishes what a crash interrupted.
    pub fn open(config: &Config) -> Result<Self, PlatformError> {
        let lock = DataDir::create(&config.data_dir)?;
        let layout = lock.layout().clone();
        let store = open_store(config, &layout)?;
        let world: Arc<dyn World> = Arc::new(SystemWorld::new());
        let door = Door::new(store, world);
        setup::finish_interrupted(&door)?;
        door.ask_outside_by(Arc::new(outgoing(config)?));
        if let Some(tenant) = &config.tenants.default {
            door.set_default_tenant(tenant.clone());
        }
        Ok(Self {
            door,
            layout,
            _lock: lock,
        })
    }

    /// Whether there is no tenant yet, not even the management tenant.
    pub fn is_new(&self) -> Result<bool, PlatformError> {
        let view = self.door.store().catalogue().map_err(OpenError::from)?;
        let id = MANAGEMENT_ID.parse()?;
        Ok(view.tenant_by_id(&id).map_err(OpenError::from)?.is_none())
    }

    /// Makes the management tenant and the first tenant where they are missing; gives the secrets to be shown once.
    pub fn set_up(&self, first: FirstTenant) -> Result<Vec<Shown>, PlatformError> {
        let (store, world) = (self.door.store(), self.door.world());
        let admin: UserName = ADMIN_USER.parse()?;
        let mut shown = Vec::new();
        let of_management = FirstAdmin {
            name: admin.clone(),
            password: None,
            email: None,
        };
        if let Some(secret) = setup::ensure_management(store, world, of_management)? {
            shown.push(Shown {
                tenant: MANAGEMENT_ID.parse()?,
                user: admin,
                secret,
            });
        }
        if self.has_tenant(&first.tenant)? {
            return Ok(shown);
        }
        let new = NewTenant {
            domain: first.tenant.as_str().parse().or_else(|_| "first".parse())?,
            id: Some(first.tenant.clone()),
            company: first.tenant.to_string(),
            admin: FirstAdmin {
                name: first.admin.clone(),
                password: first.password,
                email: None,
            },
            contact_name: None,
            contact_phone: None,
            custom_properties: Object::new(),
        };
        if let Some(secret) = setup::create_tenant(store, world, &new)? {
            shown.push(Shown {
                tenant: first.tenant,
                user: first.admin,
                secret,
            });
        }
        Ok(shown)
    }

    /// Whether a tenant is there.
    pub fn has_tenant(&self, id: &TenantId) -> Result<bool, PlatformError> {
        let view = self.door.store().catalogue().map_err(OpenError::from)?;
        Ok(view.tenant_by_id(id).map_err(OpenError::from)?.is_some())
    }
}

/// By whom identity providers are asked.
fn outgoing(config: &Config) -> Result<Outgoing, PlatformError> {
    let providers = &config.identity_providers;
    let roots = match &providers.ca_file {
        Some(file) => roots_in(file)?,
        None => roots_of_system(),
    };
    let reach = Reach::with(providers.allowed_addresses.clone());
    Outgoing::new(roots, reach).map_err(|error| PlatformError::Setup(error.to_string()))
}

/// Opens the store of a data directory; the caller holds its lock.
pub fn open_store(config: &Config, layout: &Layout) -> Result<Store, OpenError> {
    let engine = match config.storage.engine {
        StorageEngine::Fjall => Engine::Fjall,
        StorageEngine::Redb => Engine::Redb,
    };
    let places = Places {
        engine_directory: layout.engines(),
        shards: config.storage.shards,
        keyring: layout.keyring(),
        master_key: MasterKeySource::File(layout.master_key()),
    };
    Store::open(engine, &places)
}

/// The first line of a password file.
pub fn password_from(file: &Path) -> Result<Secret, PlatformError> {
    let failed = |source| PlatformError::PasswordFile {
        file: file.to_owned(),
        source,
    };
    let text = zeroize::Zeroizing::new(std::fs::read_to_string(file).map_err(failed)?);
    Ok(Secret::new(text.lines().next().unwrap_or_default()))
}
