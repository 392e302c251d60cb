//! A crash at any call of any shard's engine while a tenant is created or deleted.

use crate::scene::{FakeWorld, PASSWORD, new_tenant, tenant_id, user_name};
use authn::credential::Credential;
use authn::generated::GeneratedSecret;
use authn::pepper::Pepper;
use engine::caller::Caller;
use engine::door::Door;
use engine::refusal::{Conflict, Refusal};
use engine::setup::{FirstAdmin, create_tenant, ensure_management};
use engine::sign_in::{BasicCredential, Claim};
use engine::tenants::finish_deletions;
use engine::world::World;
use model::ids::{MANAGEMENT, ShardNumber, TenantNumber};
use model::tenants::{Tenant, TenantStatus};
use policy::operations::tenants::TenantDelete;
use policy::operations::users::UserUpdate;
use policy::proof::{Allowed, SystemReason};
use std::net::{IpAddr, Ipv4Addr};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use store::backend::faulty::{FaultyBackend, Stop};
use store::backend::memory::MemoryBackend;
use store::backend::{Backend, Direction, KeyRange, Space};
use store::keyring::Keyring;
use store::master_key::MasterKey;
use store::realm::CredentialRow;
use store::shards::Store;
use tokio::runtime::Runtime;

/// A platform whose engines and keyring outlive a "crash": the catalogue's, and those of two shards for tenants.
struct Machine {
    engines: [Arc<dyn Backend>; 3],
    master: MasterKey,
    world: Arc<dyn World>,
    directory: tempfile::TempDir,
}

impl Machine {
    /// With a management tenant and, if wanted, the tenant `t5`.
    fn new(with_tenant: bool) -> Self {
        let machine = Self {
            engines: std::array::from_fn(|_| Arc::new(MemoryBackend::new()) as Arc<dyn Backend>),
            master: MasterKey::random(),
            world: Arc::new(FakeWorld::new()),
            directory: tempfile::tempdir().expect("a directory"),
        };
        let keyring = Keyring::create(&machine.keyring(), &machine.master).expect("a keyring");
        drop(keyring);
        let store = machine.open(machine.engines.clone()).expect("a store");
        let root = FirstAdmin {
            name: user_name("root"),
            password: None,
            email: None,
        };
        ensure_management(&store, &machine.world, root).expect("makes the platform");
        if with_tenant {
            create_tenant(&store, &machine.world, &new_tenant("t5", None)).expect("makes a tenant");
        }
        machine
    }

    fn keyring(&self) -> PathBuf {
        self.directory.path().join("keyring")
    }

    fn open(&self, [catalogue, first, second]: [Arc<dyn Backend>; 3]) -> Option<Store> {
        let keyring = Keyring::open(&self.keyring(), &self.master).expect("the keyring is whole");
        Store::start(catalogue, &[first, second], keyring).ok()
    }

    /// Does the work on engines that stop together at one call; then starts again and looks at `t5`.
    /// Gives whether they stopped within the work.
    fn crash(&self, stop: Stop, work: impl FnOnce(Store, &Arc<dyn World>)) -> (bool, Option<Tenant>, Store) {
        let [catalogue, first, second] = self.engines.clone();
        let faulty = Arc::new(FaultyBackend::new(catalogue, stop));
        let beside = |engine| -> Arc<dyn Backend> { Arc::new(faulty.beside(engine)) };
        if let Some(store) = self.open([faulty.clone(), beside(first), beside(second)]) {
            work(store, &self.world);
        }
        let stopped = faulty.calls() >= stop.at_call;
        let store = self.open(self.engines.clone()).expect("starts again");
        let has_begun = tenant(&store).is_some_and(|tenant| !tenant.status.is_there());
        let finished = finish_deletions(&store, &self.world).expect("finishes");
        assert_eq!(finished, usize::from(has_begun));
        let tenant = tenant(&store);
        if tenant.is_none() {
            assert_eq!(
                self.rows_of_tenants(),
                0,
                "a tenant that is not there has no rows"
            );
        }
        (stopped, tenant, store)
    }

    /// How many rows the shards for tenants hold, besides what each says of itself.
    fn rows_of_tenants(&self) -> usize {
        let mut count = 0;
        for engine in &self.engines[1..] {
            let snapshot = engine.snapshot().expect("a snapshot");
            for space in [Space::Identity, Space::Payload, Space::Audit] {
                let mut visit = |_: &[u8], _: &[u8]| {
                    count += 1;
                    ControlFlow::Continue(())
                };
                let all = KeyRange::prefix(b"");
                snapshot
                    .scan(space, &all, Direction::Forward, &mut visit)
                    .expect("reads");
            }
        }
        count
    }
}

fn tenant(store: &Store) -> Option<Tenant> {
    let catalogue = store.catalogue().expect("a view");
    catalogue.tenant_by_id(&tenant_id("t5")).expect("reads")
}

/// The realm of a tenant can be read and has its groups and its administrator.
fn assert_whole(store: &Store, tenant: &Tenant) {
    let facts = store
        .view(tenant.number)
        .expect("a view")
        .sign_in_facts(tenant, &user_name("admin"))
        .expect("reads");
    let admin = facts.expect("an administrator").user;
    let principal = store
        .view(tenant.number)
        .expect("a view")
        .principal(tenant.number, admin.id)
        .expect("reads");
    assert!(principal.expect("a principal").principal.is_admin());
}

fn numbers_with_keys(machine: &Machine) -> Vec<TenantNumber> {
    Keyring::open(&machine.keyring(), &machine.master)
        .expect("the keyring is whole")
        .tenants()
}

/// Creates `t5` on engines that stop at each call in turn.
fn stop_while_creating(create: impl Fn(Store, &Arc<dyn World>)) {
    for after_commit in [false, true] {
        for at_call in 1.. {
            let machine = Machine::new(false);
            let stop = Stop {
                at_call,
                after_commit,
            };
            let (stopped, tenant, store) = machine.crash(stop, &create);
            match &tenant {
                Some(tenant) => assert_whole(&store, tenant),
                None => {
                    assert_eq!(
                        numbers_with_keys(&machine).len(),
                        1,
                        "no keys without a tenant, call {at_call}"
                    );
                    let again = create_tenant(&store, &machine.world, &new_tenant("t5", None));
                    assert!(again.is_ok(), "call {at_call}");
                }
            }
            if !stopped {
                assert!(tenant.is_some(), "the work was done");
                break;
            }
        }
    }
}

#[test]
fn a_crash_at_any_call_leaves_a_new_tenant_whole_or_absent() {
    // R006
    stop_while_creating(|store, world| {
        let _ = create_tenant(&store, world, &new_tenant("t5", None));
    });
}

#[test]
fn a_crash_at_any_call_leaves_a_tenant_of_an_operator_whole_or_absent() {
    // R006: also when the program goes on after the failed call and tries to undo what it began.
    let (root, runtime) = (root(), runtime());
    stop_while_creating(|store, world| {
        let door = Door::new(store, world.clone());
        let _ = runtime.block_on(door.create_tenant(&root, new_tenant("t5", None)));
    });
}

fn runtime() -> Runtime {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(1).enable_all().build().expect("a runtime")
}

/// The operator, signed in on a platform like the others: identifiers are the same on each.
fn root() -> Caller {
    let machine = Machine::new(false);
    let store = machine.open(machine.engines.clone()).expect("a store");
    let name = user_name("root");
    let secret = GeneratedSecret::from_random(machine.world.random());
    let hash = Credential::Generated(secret.hash(&Pepper::new(*store.password_pepper())));
    let proof = || Allowed::<UserUpdate>::mint_system(MANAGEMENT, SystemReason::Setup);
    let tx = store.write_for(&proof()).expect("a transaction");
    let realm = tx.realm(proof());
    let found = realm.now().user_named(&name).expect("reads").expect("the user");
    let credential = CredentialRow {
        hash: postcard::to_stdvec(&hash).expect("encodes"),
        version: 1,
        changed: machine.world.now(),
    };
    realm.set_credential(found.id, &credential).expect("stored");
    store.commit_blocking(tx).expect("durable");
    let claim = Claim {
        credential: BasicCredential {
            tenant: Some(tenant_id("management")),
            user: name,
            password: secret.secret().clone(),
        }
        .into(),
        host: None,
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        application: None,
    };
    let door = Door::new(store, machine.world.clone());
    runtime().block_on(door.sign_in(claim)).expect("signs in")
}

#[test]
fn a_creation_that_is_refused_leaves_no_keys() {
    let machine = Machine::new(true);
    let store = machine.open(machine.engines.clone()).expect("a store");
    for taken in [new_tenant("t5", None), new_tenant("t5", Some(PASSWORD))] {
        let refused = create_tenant(&store, &machine.world, &taken).map(drop);
        assert_eq!(refused, Err(Refusal::Conflict(Conflict::TenantIdTaken)));
    }
    assert_eq!(numbers_with_keys(&machine).len(), 2);
}

#[test]
fn new_tenants_are_placed_where_the_fewest_lie() {
    let machine = Machine::new(false);
    let store = machine.open(machine.engines.clone()).expect("a store");
    let place = |id: &str| {
        create_tenant(&store, &machine.world, &new_tenant(id, None)).expect("makes a tenant");
        let found = store.catalogue().expect("a view").tenant_by_id(&tenant_id(id));
        found.expect("reads").expect("the tenant").shard
    };
    let places = ["t5", "t6", "t7", "t8"].map(place);
    assert_eq!(places, [1, 2, 1, 2].map(ShardNumber));
    tombstone(&store);
    finish_deletions(&store, &machine.world).expect("finishes");
    assert_eq!(["t9", "t10"].map(place), [1, 1].map(ShardNumber));
}

#[test]
fn a_crash_at_any_call_leaves_a_deleted_tenant_whole_or_gone() {
    // R006, R139
    for after_commit in [false, true] {
        for at_call in 1.. {
            let machine = Machine::new(true);
            let stop = Stop {
                at_call,
                after_commit,
            };
            let (stopped, tenant, store) = machine.crash(stop, |store, world| {
                tombstone(&store);
                let _ = finish_deletions(&store, world);
            });
            match &tenant {
                Some(tenant) => {
                    assert_eq!(tenant.status, TenantStatus::Active, "call {at_call}");
                    assert_whole(&store, tenant);
                }
                None => assert_eq!(
                    numbers_with_keys(&machine).len(),
                    1,
                    "the keys are gone, call {at_call}"
                ),
            }
            if !stopped {
                assert!(tenant.is_none(), "the work was done");
                break;
            }
        }
    }
}

/// What the deletion commits first.
fn tombstone(store: &Store) {
    let proof = Allowed::<TenantDelete>::mint_system(MANAGEMENT, SystemReason::Operator);
    let Ok(tx) = store.write_for(&proof) else { return };
    let catalogue = tx.catalogue(proof);
    let Ok(Some(before)) = catalogue.now().tenant(&tenant_id("t5")) else {
        return;
    };
    let after = Tenant {
        status: TenantStatus::Deleting,
        ..before.clone()
    };
    if catalogue.update(&before, &after).is_ok() {
        let _ = store.commit_blocking(tx);
    }
}
