//! The keyring and the catalogue: which keys may be there, what their destruction means, and what is refused at start.

use crate::seals::{put, rows};
use crate::world::{Engines, Keys, World, change, create_tenant, object, record, system, tenant_row};
use model::ids::{MANAGEMENT, TenantNumber};
use model::inventory::ManagedObject;
use model::tenants::TenantStatus;
use policy::operations::inventory::InventoryCreate;
use policy::operations::tenants::{TenantCreate, TenantDelete, TenantUpdate};
use policy::proof::{Allowed, SystemReason};
use std::sync::Arc;
use store::backend::Space;
use store::backend::memory::MemoryBackend;
use store::fault::{CommitFailed, StoreFault};
use store::keyring::Keyring;
use store::master_key::{MasterKey, MasterKeySource};
use store::search::Search;
use store::shards::{Engine, OpenError, Places, Shredded, Store};

const OF_TENANTS: [Space; 3] = [Space::Identity, Space::Payload, Space::Audit];

/// Marks a tenant for deletion.
fn mark_deleting(store: &Store, id: &str, number: TenantNumber) {
    let tx = store.write_for(&system::<TenantUpdate>()).unwrap();
    let before = store.catalogue().unwrap().tenant(number).unwrap().unwrap();
    assert_eq!(before, tenant_row(id, number));
    let mut after = before.clone();
    after.status = TenantStatus::Deleting;
    tx.catalogue(system::<TenantUpdate>())
        .update(&before, &after)
        .unwrap();
    tx.record(record("Tenant is being deleted"));
    store.commit_blocking(tx).unwrap();
}

fn shred(world: &World, tenant: TenantNumber) {
    let shredded = world.store.shred(&system::<TenantDelete>(), tenant).unwrap();
    assert_eq!(shredded, Shredded::Whole);
}

// R139: what a deleted tenant leaves anywhere can never be read again.
#[test]
fn destroying_the_keys_of_a_tenant_ends_all_of_its_data() {
    let world = World::new();
    let [one, two] = [&world.realms[0], &world.realms[1]];
    for realm in [one, two] {
        change(&world.store, realm.admin, |tx| {
            realm.admin.create(tx, object(realm.admin, "o"))
        })
        .unwrap();
    }
    one.admin
        .list(&one.admin.read(&world.store))
        .find(&Search::default(), &|_| None)
        .unwrap()
        .unwrap();
    let older = one.admin.read(&world.store);
    let stored = OF_TENANTS.map(|space| rows(&*world.engines.tenants, space, one.tenant, None));
    assert!(stored.iter().all(|rows| !rows.is_empty()));

    mark_deleting(&world.store, "t1", one.tenant);
    shred(&world, one.tenant);
    for space in OF_TENANTS {
        assert!(rows(&*world.engines.tenants, space, one.tenant, None).is_empty());
        assert!(!rows(&*world.engines.tenants, space, two.tenant, None).is_empty());
    }
    // A view from before, and rows that come back from a copy of the disk, open no more.
    assert!(matches!(
        older.principal(one.tenant, one.admin.id),
        Err(StoreFault::NoKeys { .. })
    ));
    for (space, rows) in OF_TENANTS.into_iter().zip(stored) {
        for (key, value) in rows {
            put(&*world.engines.tenants, space, &key, &value);
        }
    }
    let view = world.store.view(one.tenant).unwrap();
    assert!(matches!(
        view.principal(one.tenant, one.admin.id),
        Err(StoreFault::NoKeys { .. })
    ));
    // An interrupted deletion is repeated.
    shred(&world, one.tenant);
    change(&world.store, two.admin, |tx| {
        two.admin.create(tx, object(two.admin, "o"))
    })
    .unwrap();
}

#[test]
fn only_a_tenant_that_is_being_deleted_loses_its_keys() {
    let world = World::new();
    for tenant in [MANAGEMENT, world.realms[0].tenant] {
        let refused = world.store.shred(&system::<TenantDelete>(), tenant);
        assert!(matches!(refused, Err(StoreFault::OutOfReach { .. })));
    }
    assert!(
        !rows(
            &*world.engines.tenants,
            Space::Identity,
            world.realms[0].tenant,
            None
        )
        .is_empty()
    );
}

// The keys go between preparing and committing: the command is refused, and the writer goes on for the others. These
// commands have read nothing, so nothing but the keys can tell.
#[test]
fn a_command_whose_keys_are_destroyed_meanwhile_is_refused() {
    let world = World::new();
    let [one, two] = [world.realms[0].admin, world.realms[1].admin];
    // Known to the writer already, so that only the keys are missing.
    change(&world.store, one, |tx| one.create(tx, object(one, "o"))).unwrap();
    let prepare = |records: bool, creates: bool| {
        let proof = || Allowed::<InventoryCreate>::mint_system(one.tenant, SystemReason::Demo);
        let tx = world.store.write_for(&proof()).unwrap();
        if creates {
            let rows = tx.inventory(proof());
            let id = rows.new_id().unwrap();
            rows.create(ManagedObject {
                id,
                ..object(one, "o")
            })
            .unwrap();
        }
        if records {
            tx.record(record("created"));
        }
        tx
    };
    let prepared = [prepare(true, true), prepare(true, false), prepare(false, true)];

    mark_deleting(&world.store, "t1", one.tenant);
    shred(&world, one.tenant);
    for tx in prepared {
        assert!(matches!(
            world.store.commit_blocking(tx),
            Err(CommitFailed::Conflict)
        ));
    }
    assert!(rows(&*world.engines.tenants, Space::Payload, one.tenant, None).is_empty());
    change(&world.store, two, |tx| two.create(tx, object(two, "o"))).unwrap();
}

// R006: keys are made only for a tenant whose row says that it is not complete.
#[test]
fn only_a_tenant_that_is_being_created_gets_keys() {
    let world = World::new();
    let unknown = TenantNumber(77);
    for tenant in [MANAGEMENT, world.realms[0].tenant, unknown] {
        let refused = world.store.make_keys(&system::<TenantCreate>(), tenant);
        assert!(matches!(refused, Err(StoreFault::OutOfReach { .. })));
    }
    assert!(world.keys.open().get(unknown).is_none());
}

#[test]
fn an_older_keyring_is_refused_after_a_tenant_was_created_or_deleted() {
    let world = World::new();
    let copied = std::fs::read(world.keys.file()).unwrap();
    create_tenant(&world.store, "t3").unwrap();
    let world = assert_old_refused(world, &copied);

    let copied = std::fs::read(world.keys.file()).unwrap();
    let tenant = world.realms[0].tenant;
    mark_deleting(&world.store, "t1", tenant);
    shred(&world, tenant);
    let world = assert_old_refused(world, &copied);
    assert!(world.keys.open().get(tenant).is_none());
}

/// Puts an older keyring in place while the store is down; it is refused untouched, and the newest one works again.
fn assert_old_refused(world: World, older: &[u8]) -> World {
    let World {
        store,
        engines,
        keys,
        realms,
    } = world;
    drop(store);
    let newest = std::fs::read(keys.file()).unwrap();
    std::fs::write(keys.file(), older).unwrap();
    let refused = keys.start(&engines).map(|_| ()).unwrap_err();
    assert!(matches!(refused, OpenError::KeyringOld { found, needed } if found < needed));
    assert!(
        refused.to_string().contains("Put the newest keyring back"),
        "{refused}"
    );
    assert_eq!(std::fs::read(keys.file()).unwrap(), older);
    std::fs::write(keys.file(), newest).unwrap();
    let store = keys.start(&engines).unwrap();
    World {
        store,
        engines,
        keys,
        realms,
    }
}

#[test]
fn a_keyring_of_other_data_is_refused_untouched() {
    let world = World::new();
    let other = Keys::new();
    let before = std::fs::read(other.file()).unwrap();
    let refused = other.start(&world.engines).map(|_| ()).unwrap_err();
    assert!(matches!(refused, OpenError::KeyringForeign));
    assert_eq!(std::fs::read(other.file()).unwrap(), before);
}

// A data directory that is not mounted must not look like a first start: the keys would be taken for orphans.
#[test]
fn a_keyring_in_use_without_its_data_is_refused() {
    let world = World::new();
    let before = world.keys.open().tenants();
    let refused = world
        .keys
        .start(&Engines::with(Arc::new(MemoryBackend::new())))
        .map(|_| ())
        .unwrap_err();
    assert!(matches!(refused, OpenError::DataMissing));
    assert_eq!(world.keys.open().tenants(), before);
}

#[test]
fn a_first_start_that_crashed_goes_on_where_it_was() {
    for has_management_keys in [false, true] {
        let keys = Keys::new();
        if has_management_keys {
            keys.open().add(MANAGEMENT).unwrap();
        }
        let store = keys
            .start(&Engines::with(Arc::new(MemoryBackend::new())))
            .unwrap();
        assert_eq!(store.catalogue().unwrap().tenant(MANAGEMENT).unwrap(), None);
        assert_eq!(keys.open().tenants(), [MANAGEMENT]);
    }
}

#[test]
fn a_store_on_a_disk_opens_again_and_misses_its_keyring() {
    for engine in [Engine::Fjall, Engine::Redb] {
        let directory = tempfile::tempdir().unwrap();
        let places = Places {
            engine_directory: directory.path().join("engine"),
            shards: 1,
            keyring: directory.path().join("keyring"),
            master_key: MasterKeySource::File(directory.path().join("master-key")),
        };
        let store = Store::open(engine, &places).unwrap();
        crate::world::create_management(&store).unwrap();
        drop(store);
        let store = Store::open(engine, &places).unwrap();
        assert!(store.catalogue().unwrap().tenant(MANAGEMENT).unwrap().is_some());
        drop(store);

        let keyring = std::fs::read(&places.keyring).unwrap();
        std::fs::remove_file(&places.keyring).unwrap();
        let refused = Store::open(engine, &places).map(|_| ()).unwrap_err();
        assert!(matches!(refused, OpenError::KeyringLost(_)));
        assert!(!places.keyring.exists());
        std::fs::write(&places.keyring, keyring).unwrap();
        Store::open(engine, &places).unwrap();
    }
}

// The master key alone decides who opens the keyring.
#[test]
fn a_keyring_opens_only_with_its_master_key() {
    let keys = Keys::new();
    assert!(Keyring::open(&keys.file(), &MasterKey::random()).is_err());
}
