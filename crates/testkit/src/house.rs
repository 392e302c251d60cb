//! The house: a management tenant and the tenants `t100` and `t200`, each with its administrator `admin`.
//!
//! Everybody whom the house makes has the same generated secret, which is checked without a slow password hash. Calls
//! block until they are answered, so that tests read from top to bottom.

pub use crate::reply::{Reply, Who};
// For tests of layers that know no store: what goes wrong below them, and what is kept there.
use crate::world::FakeWorld;
use api::ApiBody;
use api::http::{Api, ApiOptions};
use bytes::Bytes;
use engine::door::Door;
use engine::setup::{FirstAdmin, NewTenant, create_tenant, ensure_demo_device, ensure_management};
use engine::world::World;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{Request, Response, request};
use http_body_util::{BodyExt, Full};
use model::grants::Subject;
use model::ids::{GroupId, TenantNumber};
use model::inventory::ManagedObject;
use model::json::Object;
use model::permissions::Rule;
use model::roles::Role;
use model::users::{User, UserKind};
use policy::operations::inventory::InventoryCreate;
use policy::operations::users::UserCreate;
use policy::proof::{Allowed, SystemReason};
use serde_json::Value;
use std::collections::BTreeMap;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use store::backend::Backend;
pub use store::backend::faulty::{FaultyBackend, Stop};
use store::backend::memory::MemoryBackend;
use store::keyring::Keyring;
use store::master_key::MasterKey;
pub use store::notifications::{Subscriber, SubscriberId};
use store::realm::CredentialRow;
use store::shards::Store;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

/// The platform of one test.
pub struct House {
    /// The clock and the randomness.
    pub world: Arc<FakeWorld>,
    /// The door, for what has no endpoint.
    pub door: Door,
    /// The REST surface.
    pub api: Api,
    secret: String,
    credential: CredentialRow,
    runtime: Runtime,
    engines: Engines,
    keys: Keys,
}

/// The engine of the catalogue's shard and that of the one shard for tenants, in memory.
#[derive(Clone)]
pub struct Engines {
    /// Of the catalogue and the management tenant.
    pub catalogue: Arc<dyn Backend>,
    /// Of the other tenants.
    pub tenants: Arc<dyn Backend>,
}

struct Keys {
    directory: TempDir,
    master: MasterKey,
}

impl Keys {
    fn open(&self, engines: &Engines) -> Store {
        let file = self.directory.path().join("keyring");
        let keyring = match file.exists() {
            true => Keyring::open(&file, &self.master),
            false => Keyring::create(&file, &self.master),
        };
        let Engines { catalogue, tenants } = engines.clone();
        Store::start(catalogue, &[tenants], keyring.expect("a keyring")).expect("a store")
    }
}

impl Default for House {
    fn default() -> Self {
        Self::new()
    }
}

impl House {
    /// A new house.
    pub fn new() -> Self {
        let keys = Keys {
            directory: tempfile::tempdir().expect("a temporary directory"),
            master: MasterKey::random(),
        };
        let engines = Engines {
            catalogue: Arc::new(MemoryBackend::new()),
            tenants: Arc::new(MemoryBackend::new()),
        };
        let store = keys.open(&engines);
        let world = Arc::new(FakeWorld::new(1));
        let as_world: Arc<dyn World> = world.clone();
        ensure_management(&store, &as_world, first_admin()).expect("the management tenant");
        for id in ["t100", "t200"] {
            create_tenant(&store, &as_world, &new_tenant(id)).expect("a tenant");
        }
        let (secret, credential) = shared_credential(&store, &as_world);
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let door = Door::new(store, as_world);
        let api = Api::new(door.clone(), ApiOptions::default()).expect("routes");
        let house = Self {
            world,
            door,
            api,
            secret,
            credential,
            runtime,
            engines,
            keys,
        };
        for id in ["management", "t100", "t200"] {
            house.give_credential(id, "admin");
        }
        house
    }

    /// The program stops and comes up again on the same data: nothing that was in memory is there any more. The engines may
    /// be wrapped, so that they fail from then on.
    pub fn restart(&mut self, wrap: impl FnOnce(Engines) -> Engines) {
        self.api.stop();
        let store = self.keys.open(&wrap(self.engines.clone()));
        let world: Arc<dyn World> = self.world.clone();
        self.door = Door::new(store, world);
        self.api = Api::new(self.door.clone(), ApiOptions::default()).expect("routes");
    }

    /// The administrator of a tenant.
    pub fn admin(&self, tenant: &str) -> Who {
        self.who(tenant, "admin")
    }

    /// A new person with these roles and nothing else.
    pub fn person(&self, tenant: &str, name: &str, roles: &[Role]) -> Who {
        self.user(tenant, name, UserKind::Person, roles)
    }

    /// A new device user as a registered device has it: in the group `devices`.
    pub fn device(&self, tenant: &str, name: &str) -> Who {
        let (tenant_id, user) = (
            tenant.parse().expect("a tenant id"),
            name.parse().expect("a user name"),
        );
        let secret = ensure_demo_device(self.door.store(), self.door.world(), &tenant_id, &user)
            .expect("a device user");
        Who::new(tenant, name, secret.expose())
    }

    /// A new user with these roles and nothing else.
    pub fn user(&self, tenant: &str, name: &str, kind: UserKind, roles: &[Role]) -> Who {
        let store = self.door.store();
        let proof = self.proof(tenant);
        let tx = store.write_for(&proof).expect("a transaction");
        let realm = tx.realm(proof);
        let user = User {
            id: realm.new_principal().expect("an id"),
            name: name.parse().expect("a user name"),
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
            groups: [].into(),
            owner: None,
            epoch: 0,
            password_changed: None,
            must_change_password: false,
            first_admin: false,
        };
        realm.create_user(&user).expect("stored");
        store.commit_blocking(tx).expect("durable");
        self.give_credential(tenant, name);
        self.who(tenant, name)
    }

    /// Gives a user these permissions on objects, each written as `10200, MEASUREMENT, *, READ`; on the objects named, no
    /// others stay.
    pub fn grant(&self, who: &Who, rules: &[&str]) {
        let store = self.door.store();
        let proof = self.proof(&who.tenant);
        let tx = store.write_for(&proof).expect("a transaction");
        let realm = tx.realm(proof);
        let user = realm
            .now()
            .user_named(&who.name.parse().expect("a user name"))
            .expect("readable")
            .expect("the user");
        let mut given: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for rule in rules {
            let rule: Rule = rule.parse().expect("a rule");
            given.entry(rule.object).or_default().push(rule.permission);
        }
        for (object, permissions) in given {
            let subject = Subject::User(user.id);
            realm
                .put_permissions(subject, object, permissions)
                .expect("stored");
        }
        store.commit_blocking(tx).expect("durable");
    }

    /// Makes so many objects at once that belong to a user and say nothing.
    pub fn objects_of(&self, who: &Who, count: usize) {
        let store = self.door.store();
        let proof = self.proof(&who.tenant);
        let users = store.write_for(&proof).expect("a transaction");
        let user = users
            .realm(proof)
            .now()
            .user_named(&who.name.parse().expect("a user name"))
            .expect("readable")
            .expect("the user");
        let proof = Allowed::<InventoryCreate>::mint_system(number(store, &who.tenant), SystemReason::Setup);
        let tx = store.write_for(&proof).expect("a transaction");
        let rows = tx.inventory(proof);
        for _ in 0..count {
            let now = self.world.now();
            rows.create(ManagedObject {
                id: rows.new_id().expect("an id"),
                owner: user.id,
                name: None,
                kind: None,
                project: None,
                created: now,
                updated: now,
                fragments: Object::new(),
            })
            .expect("stored");
        }
        store.commit_blocking(tx).expect("durable");
    }

    /// The id of a group by its name.
    pub fn group(&self, tenant: &str, name: &str) -> GroupId {
        let proof = self.proof(tenant);
        let tx = self.door.store().write_for(&proof).expect("a transaction");
        let found = tx
            .realm(proof)
            .now()
            .group_named(&name.parse().expect("a group name"))
            .expect("readable");
        found.expect("the group").id
    }

    /// `GET`.
    pub fn get(&self, who: &Who, path: &str) -> Reply {
        self.call(who, "GET", path, Value::Null)
    }

    /// `POST`.
    pub fn post(&self, who: &Who, path: &str, body: Value) -> Reply {
        self.call(who, "POST", path, body)
    }

    /// `PUT`.
    pub fn put(&self, who: &Who, path: &str, body: Value) -> Reply {
        self.call(who, "PUT", path, body)
    }

    /// `DELETE`.
    pub fn delete(&self, who: &Who, path: &str) -> Reply {
        self.call(who, "DELETE", path, Value::Null)
    }

    /// A request that accepts anything, with a body unless it is `null`.
    pub fn call(&self, who: &Who, method: &str, path: &str, body: Value) -> Reply {
        self.send(self.request(who, method, path).header(ACCEPT, "*/*"), body)
    }

    /// A request of somebody, to be given more headers.
    pub fn request(&self, who: &Who, method: &str, path: &str) -> request::Builder {
        self.stranger(method, path)
            .header(AUTHORIZATION, who.authorization())
    }

    /// A request of nobody.
    pub fn stranger(&self, method: &str, path: &str) -> request::Builder {
        Request::builder().method(method).uri(path)
    }

    /// Sends a request with a JSON body, or with none if it is `null`.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a body is written where it is sent: json!(...)"
    )]
    pub fn send(&self, request: request::Builder, body: Value) -> Reply {
        let json = (!body.is_null()).then(|| body.to_string());
        let request = match &json {
            Some(_) => request.header(CONTENT_TYPE, "application/json"),
            None => request,
        };
        self.send_text(request, json.unwrap_or_default())
    }

    /// Sends a request with any body.
    pub fn send_text(&self, request: request::Builder, body: impl Into<Bytes>) -> Reply {
        let request = request.body(Full::new(body.into())).expect("a request");
        let asked = format!("{} {}", request.method(), request.uri());
        self.wait(async {
            let response: Response<ApiBody> = self.api.handle(request, IpAddr::V4(Ipv4Addr::LOCALHOST)).await;
            let (parts, body) = response.into_parts();
            let bytes = body.collect().await.expect("the whole body").to_bytes();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            Reply {
                status: parts.status,
                headers: parts.headers,
                text,
                asked,
            }
        })
    }

    /// Waits for anything asynchronous.
    pub fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    fn who(&self, tenant: &str, name: &str) -> Who {
        Who::new(tenant, name, &self.secret)
    }

    fn proof(&self, tenant: &str) -> Allowed<UserCreate> {
        Allowed::mint_system(number(self.door.store(), tenant), SystemReason::Setup)
    }

    fn give_credential(&self, tenant: &str, name: &str) {
        let store = self.door.store();
        let proof = self.proof(tenant);
        let tx = store.write_for(&proof).expect("a transaction");
        let realm = tx.realm(proof);
        let user = realm
            .now()
            .user_named(&name.parse().expect("a user name"))
            .expect("readable")
            .expect("the user");
        realm.set_credential(user.id, &self.credential).expect("stored");
        store.commit_blocking(tx).expect("durable");
    }
}

fn number(store: &Store, tenant: &str) -> TenantNumber {
    let found = store
        .catalogue()
        .expect("a view")
        .tenant_by_id(&tenant.parse().expect("a tenant id"));
    found.expect("readable").expect("the tenant").number
}

fn first_admin() -> FirstAdmin {
    FirstAdmin {
        name: "admin".parse().expect("a name"),
        password: None,
        email: None,
    }
}

fn new_tenant(id: &str) -> NewTenant {
    NewTenant {
        id: Some(id.parse().expect("an id")),
        domain: format!("{id}.example.org").parse().expect("a domain"),
        company: format!("Company {id}"),
        admin: first_admin(),
        contact_name: None,
        contact_phone: None,
        custom_properties: Object::new(),
    }
}

/// A generated secret and its row, as a device gets it. The device user that it was made for is deleted again.
fn shared_credential(store: &Store, world: &Arc<dyn World>) -> (String, CredentialRow) {
    let tenant = "management".parse().expect("a tenant id");
    let name = "device_testkit".parse().expect("a user name");
    let secret = ensure_demo_device(store, world, &tenant, &name).expect("a device user");
    let proof = Allowed::<UserCreate>::mint_system(number(store, "management"), SystemReason::Setup);
    let tx = store.write_for(&proof).expect("a transaction");
    let realm = tx.realm(proof);
    let user = realm
        .now()
        .user_named(&name)
        .expect("readable")
        .expect("the user");
    let credential = realm
        .now()
        .credential(user.id)
        .expect("readable")
        .expect("a credential");
    realm.delete_user(&user).expect("deleted");
    store.commit_blocking(tx).expect("durable");
    (secret.expose().to_owned(), credential)
}
