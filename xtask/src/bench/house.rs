//! The platform inside this process: the real store on the disk, the real door, signed-in callers.

use super::place::{Account, Machine, PASSWORD, Place, TENANT, parsed};
use engine::caller::Caller;
use engine::door::Door;
use engine::inventory::CreateObject;
use engine::setup::ensure_demo_device;
use engine::sign_in::{BasicCredential, Claim};
use engine::world::World;
use model::ids::ObjectId;
use model::inventory::NewManagedObject;
use model::names::{TenantId, UserName};
use model::secret::Secret;
use std::fmt::Display;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use store::master_key::MasterKeySource;
use store::shards::{Engine, Places, Store};
use tokio::runtime::{Builder, Runtime};

/// The platform.
pub(crate) struct House {
    pub(crate) door: Door,
    pub(crate) runtime: Runtime,
}

/// A device with its own user, signed in.
pub(crate) struct Device {
    pub(crate) caller: Caller,
    pub(crate) object: ObjectId,
    pub(crate) account: Account,
}

/// What went wrong, for whoever runs the benchmark.
pub(crate) fn text(error: impl Display) -> String {
    error.to_string()
}

impl House {
    /// Opens the data of a place; the program must not run on it.
    pub(crate) fn open(place: &Place) -> Result<Self, String> {
        Self::open_in(place, Arc::new(Machine::new()))
    }

    /// The same with a clock of its own.
    pub(crate) fn open_in(place: &Place, world: Arc<dyn World>) -> Result<Self, String> {
        let data = place.data();
        let places = Places {
            engine_directory: data.join("engine"),
            shards: 1,
            keyring: data.join("keyring"),
            master_key: MasterKeySource::File(data.join("master.key")),
        };
        let store = Store::open(Engine::Fjall, &places).map_err(text)?;
        let runtime = Builder::new_multi_thread().enable_all().build().map_err(text)?;
        Ok(Self {
            door: Door::new(store, world),
            runtime,
        })
    }

    /// The administrator, signed in.
    pub(crate) fn admin(&self) -> Result<Caller, String> {
        self.sign_in(parsed("admin")?, &Secret::new(PASSWORD))
    }

    /// New devices, each with a user and an object of its own.
    pub(crate) fn devices(&self, count: usize) -> Result<Vec<Device>, String> {
        (0..count).map(|number| self.device(number)).collect()
    }

    /// Users of new devices, which have no object yet.
    pub(crate) fn accounts(&self, count: usize) -> Result<Vec<Account>, String> {
        (0..count).map(|number| self.account(number)).collect()
    }

    fn account(&self, number: usize) -> Result<Account, String> {
        let (store, world) = (self.door.store(), self.door.world());
        let user: UserName = parsed(&format!("device_bench-{number}"))?;
        let secret = ensure_demo_device(store, world, &tenant()?, &user).map_err(|why| format!("{why:?}"))?;
        Ok(Account {
            user,
            secret,
            device: None,
        })
    }

    fn device(&self, number: usize) -> Result<Device, String> {
        let account = self.account(number)?;
        let caller = self.sign_in(account.user.clone(), &account.secret)?;
        let new = CreateObject(NewManagedObject::default());
        let object = self
            .runtime
            .block_on(self.door.run(&caller, new))
            .map_err(|why| format!("{why:?}"))?
            .id();
        Ok(Device {
            caller,
            object,
            account: Account {
                device: Some(object),
                ..account
            },
        })
    }

    /// Somebody of the tenant, signed in.
    pub(crate) fn sign_in(&self, user: UserName, secret: &Secret) -> Result<Caller, String> {
        let credential = BasicCredential {
            tenant: Some(tenant()?),
            user,
            password: secret.clone(),
        };
        let claim = Claim {
            credential: credential.into(),
            host: None,
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            application: None,
        };
        self.runtime
            .block_on(self.door.sign_in(claim))
            .map_err(|why| format!("{why:?}"))
    }
}

/// The measured tenant.
pub(crate) fn tenant() -> Result<TenantId, String> {
    parsed(TENANT)
}
