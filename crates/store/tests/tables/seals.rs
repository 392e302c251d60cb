//! Values that were changed behind the store's back: refused one by one, while everything else goes on.

use crate::world::{Realm, Someone, World, change, object, record};
use model::ids::{ObjectId, TenantNumber};
use model::inventory::ChildKind;
use policy::operations::audit::AuditCreate;
use policy::proof::{Allowed, SystemReason};
use std::ops::ControlFlow;
use store::backend::{Backend, Direction, KeyRange, Space};
use store::fault::{CommitFailed, StoreFault};
use store::inventory::InventoryRows;
use store::search::Search;

/// The tags of tables in keys: part of the stored format.
const OBJECT: u8 = 42;
const CHILD: u8 = 44;
const LOG_NAME: u8 = 84;

type Row = (Vec<u8>, Vec<u8>);

/// The stored rows of a tenant in a space, by the table's tag if one is given.
pub(crate) fn rows(backend: &dyn Backend, space: Space, tenant: TenantNumber, table: Option<u8>) -> Vec<Row> {
    let mut prefix = tenant.0.to_be_bytes().to_vec();
    prefix.extend(table);
    let mut rows = Vec::new();
    let mut visit = |key: &[u8], value: &[u8]| {
        rows.push((key.to_vec(), value.to_vec()));
        ControlFlow::Continue(())
    };
    let snapshot = backend.snapshot().unwrap();
    snapshot
        .scan(space, &KeyRange::prefix(&prefix), Direction::Forward, &mut visit)
        .unwrap();
    rows
}

pub(crate) fn put(backend: &dyn Backend, space: Space, key: &[u8], value: &[u8]) {
    let mut tx = backend.begin().unwrap();
    tx.put(space, key, value).unwrap();
    tx.commit().unwrap();
}

fn flip(backend: &dyn Backend, space: Space, (key, value): &Row) {
    let mut flipped = value.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    put(backend, space, key, &flipped);
}

fn objects<const N: usize>(world: &World, admin: Someone) -> [ObjectId; N] {
    std::array::from_fn(|_| change(&world.store, admin, |tx| admin.create(tx, object(admin, "o"))).unwrap())
}

fn found(rows: &InventoryRows<'_>, search: &Search) -> Vec<ObjectId> {
    let search = Search {
        take: 100,
        count: true,
        ..search.clone()
    };
    let found = rows.find(&search, &|_| None).unwrap().unwrap();
    assert_eq!(found.total, Some(found.objects.len()));
    found.objects.iter().map(|object| object.id).collect()
}

/// Lists of the whole tenant, of one owner and by id, without the row that is damaged.
fn assert_listed(world: &World, admin: Someone, expected: &[ObjectId], damaged: ObjectId) {
    let tx = admin.read(&world.store);
    let all = expected.iter().copied().chain([damaged]).collect();
    for search in [
        Search::default(),
        Search {
            owner: Some(admin.id),
            ..Search::default()
        },
        Search {
            ids: Some(all),
            ..Search::default()
        },
        Search {
            only_roots: true,
            ..Search::default()
        },
    ] {
        assert_eq!(found(&admin.list(&tx), &search), expected, "{search:?}");
    }
}

// R139
#[test]
fn a_damaged_object_is_refused_and_the_others_are_served() {
    let world = World::new();
    let [one, two] = [world.realms[0].admin, world.realms[1].admin];
    let [first, damaged, last] = objects(&world, one);
    let [elsewhere] = objects(&world, two);
    // Read before the damage: what is answered from memory afterwards is what was sealed.
    let stored = rows(&*world.engines.tenants, Space::Payload, one.tenant, Some(OBJECT));
    flip(&*world.engines.tenants, Space::Payload, &stored[1]);

    let tx = one.read(&world.store);
    assert!(matches!(
        one.list(&tx).object(damaged),
        Err(StoreFault::Broken { .. })
    ));
    assert_eq!(one.list(&tx).object(first).unwrap().unwrap().id, first);
    assert_listed(&world, one, &[first, last], damaged);
    assert_listed(&world, two, &[elsewhere], damaged);
    // From the rows, too: this view is older than the next commit and its projection.
    let older = one.read(&world.store);
    let [new] = objects(&world, one);
    assert_listed(&world, one, &[first, last, new], damaged);
    let ids = Search {
        ids: Some(vec![first, damaged]),
        ..Search::default()
    };
    assert_eq!(found(&one.list(&older), &ids), [first]);
    assert_eq!(found(&one.list(&older), &Search::default()), [first, last]);
}

// R139
#[test]
fn values_that_were_swapped_between_rows_are_refused() {
    let world = World::new();
    let admin = world.realms[0].admin;
    let [left, right, other] = objects(&world, admin);
    let stored = rows(
        &*world.engines.tenants,
        Space::Payload,
        admin.tenant,
        Some(OBJECT),
    );
    put(
        &*world.engines.tenants,
        Space::Payload,
        &stored[0].0,
        &stored[1].1,
    );
    put(
        &*world.engines.tenants,
        Space::Payload,
        &stored[1].0,
        &stored[0].1,
    );
    let tx = admin.read(&world.store);
    for id in [left, right] {
        assert!(matches!(
            admin.list(&tx).object(id),
            Err(StoreFault::Broken { .. })
        ));
    }
    assert_eq!(found(&admin.list(&tx), &Search::default()), [other]);
}

// R139: an edge decides who is shown below whom, so nobody adds one on the disk.
#[test]
fn an_edge_that_was_damaged_or_forged_is_none() {
    let world = World::new();
    let admin = world.realms[0].admin;
    let [parent, damaged, kept, stranger] = objects(&world, admin);
    for child in [damaged, kept] {
        let edge = (parent, ChildKind::Asset, child);
        change(&world.store, admin, |tx| admin.link(tx, edge))
            .unwrap()
            .unwrap();
    }
    let stored = rows(&*world.engines.tenants, Space::Payload, admin.tenant, Some(CHILD));
    flip(&*world.engines.tenants, Space::Payload, &stored[0]);
    let mut forged = stored[1].clone();
    let at = forged.0.len() - 8;
    forged.0[at..].copy_from_slice(&stranger.number().to_be_bytes());
    put(&*world.engines.tenants, Space::Payload, &forged.0, &forged.1);

    let tx = admin.read(&world.store);
    let rows = admin.list(&tx);
    assert_eq!(rows.children(parent, ChildKind::Asset).unwrap(), [kept]);
    assert_eq!(rows.descendants(parent).unwrap(), [kept].into());
    for child in [damaged, stranger] {
        assert!(matches!(
            rows.is_child(parent, ChildKind::Asset, child),
            Err(StoreFault::Broken { .. })
        ));
    }
    let below = Search {
        child_of: Some((ChildKind::Asset, parent)),
        ..Search::default()
    };
    assert_eq!(found(&rows, &below), [kept]);
}

// R139: whichever row of a tenant is damaged, another tenant notices nothing and the writer goes on.
#[test]
fn no_damaged_row_of_one_tenant_disturbs_another() {
    let world = World::new();
    let [one, two] = [world.realms[0].admin, world.realms[1].admin];
    let [group, device] = objects(&world, two);
    change(&world.store, two, |tx| {
        two.link(tx, (group, ChildKind::Asset, device))
    })
    .unwrap()
    .unwrap();
    change(&world.store, two, |tx| two.bind(tx, device, "v")).unwrap();
    let [mine] = objects(&world, one);
    let mut count = 0;
    for space in [Space::Identity, Space::Payload, Space::Audit] {
        for row in rows(&*world.engines.tenants, space, two.tenant, None) {
            flip(&*world.engines.tenants, space, &row);
            // Whatever becomes of it; only the other tenant is looked at.
            let tx = world.store.write_for(&of_platform(&world.realms[1])).unwrap();
            tx.record(record("somebody was refused"));
            let _ = world.store.commit_blocking(tx);
            change(&world.store, one, |tx| {
                one.update(tx, mine, |object| object.name = None)
            })
            .unwrap();
            assert_eq!(
                found(&one.list(&one.read(&world.store)), &Search::default()),
                [mine]
            );
            count += 1;
        }
    }
    assert!(count > 20, "{count} rows");
}

fn of_platform(realm: &Realm) -> Allowed<AuditCreate> {
    Allowed::mint_system(realm.tenant, SystemReason::AuditWindow)
}

// One row names a tenant's audit log. Without it nothing of this tenant is recorded; the others go on.
#[test]
fn a_damaged_name_of_a_log_does_not_stop_the_writer() {
    // Started anew, so that the writer has not read the name yet.
    let world = World::new().restart();
    let [mine, other] = [&world.realms[0], &world.realms[1]];
    let names = rows(
        &*world.engines.tenants,
        Space::Audit,
        other.tenant,
        Some(LOG_NAME),
    );
    flip(&*world.engines.tenants, Space::Audit, &names[0]);

    let tx = world.store.write_for(&of_platform(other)).unwrap();
    tx.record(record("somebody was refused"));
    assert!(matches!(
        world.store.commit_blocking(tx),
        Err(CommitFailed::Conflict)
    ));
    let [id] = objects(&world, mine.admin);
    assert_eq!(
        found(
            &mine.admin.list(&mine.admin.read(&world.store)),
            &Search::default()
        ),
        [id]
    );
}
