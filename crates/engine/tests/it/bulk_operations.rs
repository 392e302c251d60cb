//! A crash at any call of the engine below while a bulk operation begins and asks its devices: none is asked twice, and
//! after a new start none is left out.

use crate::scene::{FakeWorld, new_tenant, tenant_id, user_name};
use engine::door::Door;
use engine::setup::{FirstAdmin, create_tenant, ensure_management};
use engine::world::World;
use model::bulk_operations::{BulkOperation, BulkStatus, BulkTarget, NewBulkOperation};
use model::ids::{BulkOperationId, ObjectId, PrincipalId, TenantNumber};
use model::inventory::{ChildKind, ManagedObject};
use model::json::{Json, Object};
use policy::decide::{Target, decide};
use policy::operations::bulk_operations::{BulkOperationCreate, BulkOperationRead};
use policy::operations::inventory::{ChildLink, InventoryCreate};
use policy::operations::operations::OperationList;
use policy::proof::{Allowed, SystemReason};
use std::collections::BTreeSet;
use std::sync::Arc;
use store::backend::Backend;
use store::backend::faulty::{FaultyBackend, Stop};
use store::backend::memory::MemoryBackend;
use store::documents::{Along, Next};
use store::keyring::Keyring;
use store::master_key::MasterKey;
use store::shards::Store;

const DEVICES: usize = 4;

/// A platform whose engines and keyring outlive a crash, with a bulk operation that is due.
struct Machine {
    engines: [Arc<dyn Backend>; 2],
    master: MasterKey,
    world: Arc<FakeWorld>,
    directory: tempfile::TempDir,
    bulk: Option<(TenantNumber, BulkOperationId)>,
}

impl Machine {
    fn new() -> Self {
        let mut machine = Self {
            engines: std::array::from_fn(|_| Arc::new(MemoryBackend::new()) as Arc<dyn Backend>),
            master: MasterKey::random(),
            world: Arc::new(FakeWorld::new()),
            directory: tempfile::tempdir().expect("a directory"),
            bulk: None,
        };
        drop(Keyring::create(&machine.directory.path().join("keyring"), &machine.master).expect("a keyring"));
        let store = machine.open(machine.engines.clone()).expect("a store");
        let root = FirstAdmin {
            name: user_name("root"),
            password: None,
            email: None,
        };
        let world: Arc<dyn World> = machine.world.clone();
        ensure_management(&store, &world, root).expect("makes the platform");
        create_tenant(&store, &world, &new_tenant("t5", None)).expect("makes a tenant");
        machine.bulk = Some(machine.plan(&store));
        machine
    }

    fn open(&self, [catalogue, tenants]: [Arc<dyn Backend>; 2]) -> Option<Store> {
        let keyring = Keyring::open(&self.directory.path().join("keyring"), &self.master).expect("a keyring");
        Store::start(catalogue, &[tenants], keyring).ok()
    }

    /// A group of agents, and a bulk operation on it by the tenant's administrator.
    fn plan(&self, store: &Store) -> (TenantNumber, BulkOperationId) {
        let found = store.catalogue().expect("a view").tenant_by_id(&tenant_id("t5"));
        let tenant = found.expect("reads").expect("the tenant");
        let facts = store
            .view(tenant.number)
            .expect("a view")
            .sign_in_facts(&tenant, &user_name("admin"));
        let admin = facts.expect("reads").expect("an administrator").user.id;
        let group = self.object(store, tenant.number, admin, &["c8y_IsDeviceGroup"]);
        for _ in 0..DEVICES {
            let device = self.object(
                store,
                tenant.number,
                admin,
                &["c8y_IsDevice", "com_cumulocity_model_Agent"],
            );
            let view = store.view(tenant.number).expect("a view");
            let who = view
                .principal(tenant.number, admin)
                .expect("reads")
                .expect("somebody")
                .principal;
            let end = |id| {
                let facts = view.object_facts(&who, id).expect("reads").expect("the object");
                decide::<ChildLink>(&who, Target::Object(&facts)).expect("allowed")
            };
            let tx = store.write_as(&who).expect("a transaction");
            let linked = tx
                .inventory(end(group))
                .link(group, ChildKind::Asset, &end(device));
            linked.expect("stored").expect("linked");
            store.commit_blocking(tx).expect("durable");
        }
        let proof = || Allowed::<BulkOperationCreate>::mint_system(tenant.number, SystemReason::Setup);
        let tx = store.write_for(&proof()).expect("a transaction");
        let rows = tx.bulk_operations(proof());
        let now = self.world.now();
        let bulk = BulkOperation {
            id: rows.new_id().expect("an id"),
            creator: admin,
            plan: NewBulkOperation {
                target: BulkTarget::Group(group),
                start: now,
                ramp_millis: 0,
                description: None,
                fragments: fragments(&["c8y_Restart"]),
                more: Object::new(),
            },
            status: BulkStatus::Active,
            next: now,
            created: now,
        };
        rows.put(&bulk).expect("stored");
        store.commit_blocking(tx).expect("durable");
        (tenant.number, bulk.id)
    }

    fn object(&self, store: &Store, tenant: TenantNumber, owner: PrincipalId, names: &[&str]) -> ObjectId {
        let proof = || Allowed::<InventoryCreate>::mint_system(tenant, SystemReason::Setup);
        let tx = store.write_for(&proof()).expect("a transaction");
        let rows = tx.inventory(proof());
        let id = rows.new_id().expect("an id");
        let now = self.world.now();
        let object = ManagedObject {
            id,
            owner,
            name: None,
            kind: None,
            project: None,
            created: now,
            updated: now,
            fragments: fragments(names),
        };
        rows.create(object).expect("stored");
        store.commit_blocking(tx).expect("durable");
        id
    }

    /// Goes on with the bulk operation until there is nothing to do, or the engines stop.
    fn advance(&self, store: Store) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let world: Arc<dyn World> = self.world.clone();
        let door = Door::new(store, world);
        // What stops it is told, and is no matter here.
        let _ = runtime.block_on(door.advance_bulk_operations());
    }

    /// The devices that were asked, and where the bulk operation stands.
    fn look(&self) -> (Vec<ObjectId>, BulkStatus) {
        let store = self.open(self.engines.clone()).expect("starts again");
        let (tenant, id) = self.bulk.expect("a bulk operation");
        let tx = store.read(tenant).expect("a view");
        let rows = tx.operations(Allowed::<OperationList>::mint_system(tenant, SystemReason::Setup));
        let along = Along {
            sources: None,
            newest_first: false,
            from: None,
            to: None,
            start: None,
            rows_max: 1_000,
        };
        let mut asked = Vec::new();
        let stopped = rows.visit(&along, |operation| {
            assert_eq!(operation.bulk, Some(id));
            asked.push(operation.device);
            Ok(Next::On)
        });
        assert_eq!(stopped.expect("reads"), None);
        let proof = Allowed::<BulkOperationRead>::mint_system(tenant, SystemReason::Setup);
        let bulk = tx.bulk_operations(proof).bulk_operation(id).expect("reads");
        (asked, bulk.expect("the bulk operation").status)
    }
}

fn fragments(names: &[&str]) -> Object {
    names
        .iter()
        .map(|name| (*name, Json::Object(Object::new())))
        .collect()
}

// R006, R139: exactly once for each device, wherever the program stops.
#[test]
fn a_crash_at_any_call_asks_no_device_twice_and_leaves_none_out() {
    for after_commit in [false, true] {
        for at_call in 1.. {
            let machine = Machine::new();
            let stop = Stop {
                at_call,
                after_commit,
            };
            let [catalogue, tenants] = machine.engines.clone();
            let faulty = Arc::new(FaultyBackend::new(catalogue, stop));
            let beside: Arc<dyn Backend> = Arc::new(faulty.beside(tenants));
            if let Some(store) = machine.open([faulty.clone(), beside]) {
                machine.advance(store);
            }
            let stopped = faulty.calls() >= at_call;
            let (asked, _) = machine.look();
            assert!(asked.len() <= DEVICES, "call {at_call}: {asked:?}");
            machine.advance(machine.open(machine.engines.clone()).expect("starts again"));
            let (asked, status) = machine.look();
            let distinct: BTreeSet<_> = asked.iter().collect();
            assert_eq!(
                (asked.len(), distinct.len()),
                (DEVICES, DEVICES),
                "call {at_call}"
            );
            assert_eq!(status, BulkStatus::Completed, "call {at_call}");
            if !stopped {
                break;
            }
        }
    }
}
