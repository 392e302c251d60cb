//! A platform in memory for tests: the real door over the real store, a clock and randomness that the test holds, two
//! tenants, and users as they are needed.

use authn::basic::BasicCredential;
use authn::credential::Credential;
use authn::generated::GeneratedSecret;
use authn::pepper::Pepper;
use aws_lc_rs::digest::{SHA256, digest};
use engine::caller::Caller;
use engine::door::Door;
use engine::refusal::Refusal;
use engine::setup::{FirstAdmin, NewTenant, create_tenant, ensure_management};
use engine::sign_in::Claim;
use engine::work::{Command, Query};
use engine::world::World;
use model::ids::{ObjectId, TenantNumber};
use model::inventory::NewManagedObject;
use model::json::Object;
use model::roles::Role;
use model::time::Timestamp;
use model::users::{User, UserKind};
use policy::operations::users::UserCreate;
use policy::proof::{Allowed, SystemReason};
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;
use store::backend::Backend;
use store::backend::memory::MemoryBackend;
use store::keyring::Keyring;
use store::master_key::MasterKey;
use store::realm::CredentialRow;
use store::shards::Store;
use tempfile::TempDir;

/// A clock that stands still until it is moved, and randomness that is the same in every run.
pub(crate) struct TestWorld {
    now: AtomicI64,
    draws: AtomicU64,
}

impl TestWorld {
    pub(crate) fn new() -> Self {
        Self {
            now: AtomicI64::new(1_795_000_000_000),
            draws: AtomicU64::new(0),
        }
    }

    pub(crate) fn advance(&self, millis: i64) {
        self.now.fetch_add(millis, Ordering::Relaxed);
    }
}

impl World for TestWorld {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now.load(Ordering::Relaxed))
    }

    fn monotonic_millis(&self) -> u64 {
        self.now.load(Ordering::Relaxed).unsigned_abs()
    }

    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let draw = self.draws.fetch_add(1, Ordering::Relaxed);
            chunk.copy_from_slice(&digest(&SHA256, &draw.to_be_bytes()).as_ref()[..chunk.len()]);
        }
    }

    fn wait(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }
}

/// The platform. Questions and commands block until they are answered, so that tests read from top to bottom.
pub(crate) struct House {
    pub(crate) door: Door,
    pub(crate) world: Arc<TestWorld>,
    /// The rows of the tenants below the store, to damage them.
    pub(crate) backend: Arc<MemoryBackend>,
    runtime: tokio::runtime::Runtime,
    _keyring: TempDir,
}

impl House {
    /// With the tenants `alpha` and `beta`.
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let keyring =
            Keyring::create(&directory.path().join("keyring"), &MasterKey::random()).expect("a keyring");
        keyring.add(model::ids::MANAGEMENT).expect("keys");
        let backend = Arc::new(MemoryBackend::new());
        let tenants: Arc<dyn Backend> = backend.clone();
        let store = Store::start(Arc::new(MemoryBackend::new()), &[tenants], keyring).expect("a store");
        let world = Arc::new(TestWorld::new());
        let as_world: Arc<dyn World> = world.clone();
        let admin = || FirstAdmin {
            name: "admin".parse().expect("a name"),
            password: None,
            email: None,
        };
        ensure_management(&store, &as_world, admin()).expect("the management tenant");
        for id in ["alpha", "beta"] {
            let tenant = NewTenant {
                id: Some(id.parse().expect("an id")),
                domain: format!("{id}.example.org").parse().expect("a domain"),
                company: id.to_owned(),
                admin: admin(),
                contact_name: None,
                contact_phone: None,
                custom_properties: Object::new(),
            };
            create_tenant(&store, &as_world, &tenant).expect("a tenant");
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build();
        let door = Door::new(store, as_world);
        Self {
            door,
            world,
            backend,
            runtime: runtime.expect("a runtime"),
            _keyring: directory,
        }
    }

    pub(crate) fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    pub(crate) fn ask<Q: Query>(&self, caller: &Caller, query: Q) -> Result<Q::Answer, Refusal> {
        self.wait(self.door.ask(caller, query))
    }

    pub(crate) fn series(
        &self,
        caller: &Caller,
        series: engine::measurements::ReadSeries,
    ) -> Result<series::aggregate::Table, Refusal> {
        self.wait(self.door.read_series(caller, series))
    }

    pub(crate) fn run<C: Command>(&self, caller: &Caller, command: C) -> Result<C::Answer, Refusal> {
        self.wait(self.door.run(caller, command))
    }

    pub(crate) fn tenant(&self, id: &str) -> TenantNumber {
        let view = self.door.store().catalogue().expect("a view");
        let tenant = view.tenant_by_id(&id.parse().expect("an id")).expect("readable");
        tenant.expect("the tenant").number
    }

    /// A new person with these roles and nothing else, signed in.
    pub(crate) fn person(&self, tenant: &str, name: &str, roles: &[Role]) -> Caller {
        self.user(tenant, name, UserKind::Person, roles)
    }

    /// A new user, signed in.
    pub(crate) fn user(&self, tenant: &str, name: &str, kind: UserKind, roles: &[Role]) -> Caller {
        let store = self.door.store();
        let secret = GeneratedSecret::from_random(self.door.world().random());
        let proof = Allowed::<UserCreate>::mint_system(self.tenant(tenant), SystemReason::Setup);
        let tx = store.write_for(&proof).expect("a transaction");
        let realm = tx.realm(proof);
        let user = User {
            id: realm.new_principal().expect("an id"),
            name: name.parse().expect("a name"),
            kind,
            enabled: true,
            first_name: None,
            last_name: None,
            display_name: None,
            email: None,
            phone: None,
            newsletter: false,
            custom_properties: Object::new(),
            roles: roles.iter().copied().collect(),
            groups: Default::default(),
            owner: None,
            epoch: 0,
            password_changed: None,
            must_change_password: false,
            first_admin: false,
        };
        let hash = Credential::Generated(secret.hash(&Pepper::new(*store.password_pepper())));
        let hash = postcard::to_stdvec(&hash).expect("encodes");
        realm.create_user(&user).expect("stored");
        let credential = CredentialRow {
            hash,
            version: 1,
            changed: self.world.now(),
        };
        realm.set_credential(user.id, &credential).expect("stored");
        store.commit_blocking(tx).expect("durable");
        let credential = BasicCredential {
            tenant: Some(tenant.parse().expect("an id")),
            user: user.name,
            password: secret.secret().clone(),
        };
        let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let claim = Claim {
            credential: credential.into(),
            host: None,
            address,
            application: None,
        };
        self.wait(self.door.sign_in(claim)).expect("signed in")
    }

    /// A new object that the caller owns.
    pub(crate) fn object(&self, caller: &Caller, name: &str) -> ObjectId {
        let new = NewManagedObject {
            name: Some(name.parse().expect("a name")),
            ..NewManagedObject::default()
        };
        self.run(caller, engine::inventory::CreateObject(new))
            .expect("created")
            .id()
    }
}
