//! Identifiers: never given twice, on the whole platform, across restarts and crashes.

use crate::world::{Engines, Realm, World, system};
use model::ids::ID_END;
use policy::operations::inventory::InventoryCreate;
use policy::operations::tenants::TenantCreate;
use policy::operations::users::UserCreate;
use std::collections::BTreeSet;
use std::sync::Arc;
use store::backend::faulty::{FaultyBackend, Stop};

/// Takes ids in a tenant without ever committing anything with them.
fn take(world: &World, realm: &Realm, count: usize) -> Vec<u64> {
    let tx = realm.admin.write(&world.store).unwrap();
    let objects = tx.inventory(realm.admin.allow::<InventoryCreate>(&tx).unwrap());
    let users = tx.realm(realm.admin.allow::<UserCreate>(&tx).unwrap());
    let mut ids = Vec::new();
    for _ in 0..count {
        ids.push(objects.new_id().unwrap().number());
        ids.push(users.new_principal().unwrap().number());
        ids.push(users.new_group().unwrap().number());
    }
    ids
}

#[test]
fn no_id_is_given_twice_by_any_tenant_before_or_after_a_restart() {
    let mut world = World::new();
    let mut seen = BTreeSet::new();
    for _ in 0..4 {
        for realm in world.realms.clone() {
            for id in take(&world, &realm, 100) {
                assert!(id < ID_END);
                assert!(seen.insert(id), "{id} was given twice");
            }
        }
        world = world.restart();
    }
}

#[test]
fn threads_that_take_ids_at_the_same_time_get_different_ones() {
    let world = World::new();
    let ids: Vec<u64> = std::thread::scope(|threads| {
        let taking = [0, 1, 0, 1].map(|realm| {
            let world = &world;
            threads.spawn(move || take(world, &world.realms[realm], 200))
        });
        taking
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
}

#[test]
fn tenant_numbers_are_not_given_twice_either() {
    let world = World::new();
    let number = |world: &World| {
        let tx = world.store.write_for(&system::<TenantCreate>()).unwrap();
        tx.catalogue(system::<TenantCreate>()).new_number().unwrap()
    };
    let first = number(&world);
    let world = world.restart();
    assert!(number(&world) > first);
    assert!(world.realms.iter().all(|realm| realm.tenant < first));
}

// A lease that reached the disk without an answer is skipped, not given again.
#[test]
fn a_crash_during_a_lease_gives_no_id_twice() {
    let mut world = World::new();
    let mut seen: BTreeSet<u64> = BTreeSet::new();
    for at_call in 1..80 {
        for after_commit in [false, true] {
            let World {
                store,
                engines,
                keys,
                realms,
            } = world;
            drop(store);
            let stop = Stop {
                at_call,
                after_commit,
            };
            let faulty = FaultyBackend::new(engines.catalogue.clone(), stop);
            let stopping = Engines {
                tenants: Arc::new(faulty.beside(engines.tenants.clone())),
                catalogue: Arc::new(faulty),
            };
            if let Ok(store) = keys.start(&stopping) {
                let admin = realms[0].admin;
                let ids = (0..300).map_while(|_| {
                    let tx = admin.write(&store).ok()?;
                    let rows = tx.inventory(admin.allow::<InventoryCreate>(&tx).ok()?);
                    rows.new_id().ok()
                });
                for id in ids {
                    assert!(seen.insert(id.number()), "{id} was given twice");
                }
            }
            let store = keys.start(&engines).unwrap();
            world = World {
                store,
                engines,
                keys,
                realms,
            };
        }
    }
    assert!(!seen.is_empty());
}
