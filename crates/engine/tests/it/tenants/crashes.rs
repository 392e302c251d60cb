//! A crash at any call of the engine while a tenant is created or deleted.

use crate::scene::{FakeWorld, new_tenant, tenant_id, user_name};
use engine::setup::{FirstAdmin, create_tenant, ensure_management};
use engine::tenants::finish_deletions;
use engine::world::World;
use model::ids::{MANAGEMENT, TenantNumber};
use model::tenants::{Tenant, TenantStatus};
use policy::operations::tenants::TenantDelete;
use policy::proof::{Allowed, SystemReason};
use std::path::PathBuf;
use std::sync::Arc;
use store::backend::Backend;
use store::backend::faulty::{FaultyBackend, Stop};
use store::backend::memory::MemoryBackend;
use store::keyring::Keyring;
use store::master_key::MasterKey;
use store::shard::Store;

/// A platform whose engine and keyring outlive a "crash".
struct Machine {
    inner: Arc<dyn Backend>,
    master: MasterKey,
    world: Arc<dyn World>,
    directory: tempfile::TempDir,
}

impl Machine {
    /// With a management tenant and, if wanted, the tenant `t5`.
    fn new(with_tenant: bool) -> Self {
        let machine = Self {
            inner: Arc::new(MemoryBackend::new()),
            master: MasterKey::random(),
            world: Arc::new(FakeWorld::new()),
            directory: tempfile::tempdir().expect("a directory"),
        };
        let keyring = Keyring::create(&machine.keyring(), &machine.master).expect("a keyring");
        keyring.add(MANAGEMENT).expect("keys");
        let store = Store::start(machine.inner.clone(), keyring).expect("a store");
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

    fn open(&self, backend: Arc<dyn Backend>) -> Option<Store> {
        let keyring = Keyring::open(&self.keyring(), &self.master).expect("the keyring is whole");
        Store::start(backend, keyring).ok()
    }

    /// Does the work on an engine that stops at one call; then starts again and looks at `t5`.
    /// Gives whether the engine stopped within the work.
    fn crash(&self, stop: Stop, work: impl FnOnce(&Store, &Arc<dyn World>)) -> (bool, Option<Tenant>, Store) {
        let faulty = Arc::new(FaultyBackend::new(self.inner.clone(), stop));
        if let Some(store) = self.open(faulty.clone()) {
            work(&store, &self.world);
        }
        let stopped = faulty.calls() >= stop.at_call;
        let store = self.open(self.inner.clone()).expect("starts again");
        finish_deletions(&store, &self.world).expect("finishes");
        let tenant = store
            .view()
            .expect("a view")
            .tenant_by_id(&tenant_id("t5"))
            .expect("reads");
        (stopped, tenant, store)
    }
}

/// The realm of a tenant can be read and has its groups and its administrator.
fn assert_whole(store: &Store, tenant: &Tenant) {
    let facts = store
        .view()
        .expect("a view")
        .sign_in_facts(tenant, &user_name("admin"))
        .expect("reads");
    let admin = facts.expect("an administrator").user;
    let principal = store
        .view()
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

#[test]
fn a_crash_at_any_call_leaves_a_new_tenant_whole_or_absent() {
    // R006
    for after_commit in [false, true] {
        for at_call in 1.. {
            let machine = Machine::new(false);
            let stop = Stop {
                at_call,
                after_commit,
            };
            let (stopped, tenant, store) = machine.crash(stop, |store, world| {
                let _ = create_tenant(store, world, &new_tenant("t5", None));
            });
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
                tombstone(store);
                let _ = finish_deletions(store, world);
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
