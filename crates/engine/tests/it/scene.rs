//! A platform in memory with a clock that stands still until it is told: the management tenant and the tenant `t100`,
//! each with an administrator. Users are values; every request goes through the door.

use audit::record::Record;
use authn::basic::BasicCredential;
use engine::caller::Caller;
use engine::door::Door;
use engine::refusal::Refusal;
use engine::setup::{self, FirstAdmin, NewTenant};
use engine::sign_in::Claim;
use engine::users::{NewUser, Profile};
use engine::work::{Command, Query};
use engine::world::World;
use model::ids::{GroupId, ObjectId};
use model::inventory::NewManagedObject;
use model::json::Object;
use model::names::{TenantId, UserName};
use model::roles::Role;
use model::secret::Secret;
use model::time::Timestamp;
use policy::operations::audit::AuditRead;
use policy::proof::{Allowed, SystemReason};
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;
use store::shards::Store;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A password that is nobody's user name and on no list.
pub(crate) const PASSWORD: &str = "tidal-49 harbour";

/// A clock and a source of bytes in the test's hands.
pub(crate) struct FakeWorld {
    now_millis: AtomicI64,
    drawn: AtomicU64,
}

impl FakeWorld {
    pub(crate) fn new() -> Self {
        Self {
            now_millis: AtomicI64::new(1_800_000_000_000),
            drawn: AtomicU64::new(1),
        }
    }

    pub(crate) fn pass(&self, millis: i64) {
        self.now_millis.fetch_add(millis, Ordering::SeqCst);
    }
}

impl World for FakeWorld {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now_millis.load(Ordering::SeqCst))
    }

    fn monotonic_millis(&self) -> u64 {
        self.now_millis.load(Ordering::SeqCst).unsigned_abs()
    }

    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            // The mixing step of splitmix64: different bytes each time.
            let mut mixed = self.drawn.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst);
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            let len = chunk.len();
            chunk.copy_from_slice(&(mixed ^ (mixed >> 31)).to_be_bytes()[..len]);
        }
    }

    fn wait(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }
}

/// The platform.
pub(crate) struct Scene {
    pub(crate) door: Door,
    pub(crate) world: Arc<FakeWorld>,
    runtime: Runtime,
    _directory: TempDir,
}

pub(crate) fn tenant_id(text: &str) -> TenantId {
    text.parse().expect("a tenant id")
}

pub(crate) fn user_name(text: &str) -> UserName {
    text.parse().expect("a user name")
}

pub(crate) fn secret(text: &str) -> Secret {
    Secret::new(text)
}

/// A tenant whose first administrator is `admin`.
pub(crate) fn new_tenant(id: &str, password: Option<&str>) -> NewTenant {
    NewTenant {
        id: Some(tenant_id(id)),
        domain: format!("{id}.example.org").parse().expect("a domain"),
        company: format!("Company {id}"),
        admin: FirstAdmin {
            name: user_name("admin"),
            password: password.map(secret),
            email: None,
        },
        contact_name: None,
        contact_phone: None,
        custom_properties: Object::new(),
    }
}

/// A person with these roles and no group.
pub(crate) fn new_user(name: &str, roles: &[Role]) -> NewUser {
    NewUser {
        must_change_password: false,
        name: user_name(name),
        password: Some(secret(PASSWORD)),
        profile: Profile::default(),
        enabled: true,
        roles: roles.iter().copied().collect(),
        groups: [].into(),
    }
}

impl Scene {
    /// The platform with its management tenant and `t100`.
    pub(crate) fn new() -> Self {
        let scene = Self::empty();
        let root = FirstAdmin {
            name: user_name("root"),
            password: Some(secret(PASSWORD)),
            email: None,
        };
        let world = scene.dyn_world();
        setup::ensure_management(scene.door.store(), &world, root).expect("makes the platform");
        scene.add_tenant("t100");
        scene
    }

    /// A platform without any tenant.
    pub(crate) fn empty() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let store = Store::in_memory(&directory.path().join("keyring")).expect("a store");
        Self::on(store, directory)
    }

    pub(crate) fn on(store: Store, directory: TempDir) -> Self {
        let world = Arc::new(FakeWorld::new());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let door = Door::new(store, world.clone());
        Self {
            door,
            world,
            runtime,
            _directory: directory,
        }
    }

    pub(crate) fn dyn_world(&self) -> Arc<dyn World> {
        self.world.clone()
    }

    pub(crate) fn add_tenant(&self, id: &str) {
        let tenant = new_tenant(id, Some(PASSWORD));
        setup::create_tenant(self.door.store(), &self.dyn_world(), &tenant).expect("makes a tenant");
    }

    pub(crate) fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    pub(crate) fn try_sign_in(&self, tenant: &str, user: &str, password: &str) -> Result<Caller, Refusal> {
        self.sign_in_from([192, 0, 2, 1], tenant, user, password)
    }

    pub(crate) fn sign_in_from(
        &self,
        address: [u8; 4],
        tenant: &str,
        user: &str,
        password: &str,
    ) -> Result<Caller, Refusal> {
        let credential = BasicCredential {
            tenant: Some(tenant_id(tenant)),
            ..BasicCredential::from_parts(user, password).expect("a credential")
        };
        let address = IpAddr::from(Ipv4Addr::from(address));
        self.wait(self.door.sign_in(Claim {
            credential: credential.into(),
            host: None,
            address,
            application: None,
        }))
    }

    /// Signed in with [`PASSWORD`].
    pub(crate) fn sign_in(&self, tenant: &str, user: &str) -> Caller {
        self.try_sign_in(tenant, user, PASSWORD).expect("signs in")
    }

    /// The administrator of `t100`.
    pub(crate) fn admin(&self) -> Caller {
        self.sign_in("t100", "admin")
    }

    /// The administrator of the platform.
    pub(crate) fn root(&self) -> Caller {
        self.sign_in("management", "root")
    }

    pub(crate) fn ask<Q: Query>(&self, caller: &Caller, query: Q) -> Result<Q::Answer, Refusal> {
        self.wait(self.door.ask(caller, query))
    }

    pub(crate) fn run<C: Command>(&self, caller: &Caller, command: C) -> Result<C::Answer, Refusal> {
        self.wait(self.door.run(caller, command))
    }

    /// A new person of the caller's tenant, signed in.
    pub(crate) fn add_user(&self, by: &Caller, name: &str, roles: &[Role]) -> Caller {
        self.wait(self.door.create_user(by, new_user(name, roles)))
            .expect("creates a user");
        self.sign_in(by.tenant_id().as_str(), name)
    }

    pub(crate) fn group_id(&self, by: &Caller, name: &str) -> GroupId {
        let query = engine::groups::ReadGroupNamed {
            name: name.to_owned(),
        };
        self.ask(by, query).expect("the group").group.id
    }

    /// A new object of the caller.
    pub(crate) fn add_object(&self, by: &Caller) -> ObjectId {
        let new = NewManagedObject::default();
        self.run(by, engine::inventory::CreateObject(new))
            .expect("creates an object")
            .id()
    }

    /// Every record of a tenant's audit log.
    pub(crate) fn records(&self, tenant: &str) -> Vec<Record> {
        let store = self.door.store();
        let found = store
            .catalogue()
            .expect("a view")
            .tenant_by_id(&tenant_id(tenant))
            .expect("reads");
        let number = found.expect("the tenant").number;
        let proof = Allowed::<AuditRead>::mint_system(number, SystemReason::Operator);
        let tx = store.read(number).expect("a transaction");
        let log = tx.audit_log(proof);
        let bytes = (0..log.size().expect("reads"))
            .map(|place| log.record(place).expect("reads").expect("there").bytes);
        bytes
            .map(|bytes| Record::parse(&bytes.expect("whole")).expect("a record"))
            .collect()
    }

    /// Texts of a tenant's records with this activity.
    pub(crate) fn noted(&self, tenant: &str, activity: &str) -> Vec<String> {
        let records = self
            .records(tenant)
            .into_iter()
            .filter(|record| record.activity == activity);
        records.map(|record| record.text).collect()
    }
}
