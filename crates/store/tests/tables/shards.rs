//! Several shards: which are refused at the start, what that means for tenants, and how a suspension reaches another
//! shard.

use crate::gate::block_on;
use crate::world::{
    Keys, Someone, change, create_management, create_tenant_on, filling, object, record, system, tenant_row,
};
use model::ids::{MANAGEMENT, ShardNumber, TenantNumber};
use model::tenants::{Tenant, TenantStatus};
use policy::operations::inventory::InventoryList;
use policy::operations::tenants::{TenantCreate, TenantDelete, TenantRead, TenantUpdate};
use std::sync::Arc;
use store::backend::memory::MemoryBackend;
use store::backend::{Backend, Space};
use store::fault::{CommitFailed, StoreFault};
use store::shards::{OpenError, Shredded, Store};
use store::transaction::WriteTx;

/// A platform with two shards for tenants, `t1` on the first and `t2` on the second.
struct Two {
    keys: Keys,
    engines: [Arc<dyn Backend>; 3],
    admins: [Someone; 2],
}

fn empty() -> Arc<dyn Backend> {
    Arc::new(MemoryBackend::new())
}

impl Two {
    fn new() -> Self {
        let keys = Keys::new();
        let engines = [empty(), empty(), empty()];
        let store = start(&keys, &engines).unwrap();
        create_management(&store).unwrap();
        let admins = [("t1", 1), ("t2", 2)]
            .map(|(id, shard)| create_tenant_on(&store, id, ShardNumber(shard)).unwrap().admin);
        for admin in admins {
            change(&store, admin, |tx| admin.create(tx, object(admin, "o"))).unwrap();
        }
        drop(store);
        Self {
            keys,
            engines,
            admins,
        }
    }

    fn start(&self) -> Store {
        start(&self.keys, &self.engines).unwrap()
    }
}

fn start(keys: &Keys, [catalogue, others @ ..]: &[Arc<dyn Backend>; 3]) -> Result<Store, OpenError> {
    Store::start(catalogue.clone(), others, keys.open())
}

/// Whether a tenant's list can be read and an object be made, or the reason why its shard is refused.
fn works(store: &Store, admin: Someone) -> Result<(), String> {
    let refused = |fault| match fault {
        StoreFault::ShardUnavailable { reason, .. } => reason.to_string(),
        other => panic!("{other}"),
    };
    store.view(admin.tenant).map_err(refused)?;
    change(store, admin, |tx| admin.create(tx, object(admin, "new"))).unwrap();
    Ok(())
}

// R139
#[test]
fn a_shard_that_is_lost_exchanged_or_foreign_is_refused_alone() {
    let stranger = Two::new();
    for (in_place, expected) in [
        (empty(), "shard-02 is missing or empty"),
        (
            stranger.engines[2].clone(),
            "shard-02 belongs to another platform",
        ),
    ] {
        let mut two = Two::new();
        let own = std::mem::replace(&mut two.engines[2], in_place);
        let store = two.start();
        assert_eq!(works(&store, two.admins[0]), Ok(()));
        let reason = works(&store, two.admins[1]).unwrap_err();
        assert!(reason.contains(expected), "{reason}");
        assert_eq!(store.open_shards(), [ShardNumber(1)]);
        drop(store);
        two.engines[2] = own;
        let store = two.start();
        assert_eq!(works(&store, two.admins[1]), Ok(()));
    }
    let mut two = Two::new();
    two.engines.swap(1, 2);
    let store = two.start();
    let reasons = two.admins.map(|admin| works(&store, admin).unwrap_err());
    assert!(reasons[0].contains("shard-01 holds shard 2"), "{reasons:?}");
    assert!(reasons[1].contains("shard-02 holds shard 1"), "{reasons:?}");
}

#[test]
fn without_the_catalogues_own_shard_nothing_starts() {
    let mut two = Two::new();
    two.engines.swap(0, 1);
    let refused = start(&two.keys, &two.engines).map(drop).unwrap_err();
    assert!(matches!(
        refused,
        OpenError::ShardSwapped {
            found: ShardNumber(1),
            expected: ShardNumber(0),
            ..
        }
    ));
    two.engines[0] = empty();
    let refused = start(&two.keys, &two.engines).map(drop).unwrap_err();
    assert!(matches!(refused, OpenError::DataMissing));
}

#[test]
fn fewer_shards_than_are_used_are_refused_and_more_are_made() {
    let two = Two::new();
    let [catalogue, first, second] = two.engines.clone();
    let start = |others: &[Arc<dyn Backend>]| Store::start(catalogue.clone(), others, two.keys.open());
    let refused = start(std::slice::from_ref(&first)).map(drop).unwrap_err();
    assert!(matches!(
        refused,
        OpenError::TooFewShards {
            configured: 1,
            used: ShardNumber(2)
        }
    ));
    let third = empty();
    let store = start(&[first.clone(), second.clone(), third.clone()]).unwrap();
    let admin = create_tenant_on(&store, "t3", ShardNumber(3)).unwrap().admin;
    assert_eq!(works(&store, admin), Ok(()));
    drop(store);
    // One that was made once is not made again.
    let store = start(&[first, second, empty()]).unwrap();
    assert!(works(&store, admin).is_err());
    drop(store);
}

// R115: an answer from the wrong shard would look as if there were nothing.
#[test]
#[should_panic(expected = "a proof of one tenant in the transaction of another")]
fn a_transaction_that_reads_takes_no_proof_of_another_tenant() {
    let two = Two::new();
    let store = two.start();
    let [one, other] = two.admins;
    let foreign = one.allow::<InventoryList>(&one.read(&store)).unwrap();
    let _ = other.read(&store).inventory(foreign);
}

/// A command of this user that was let in: its tenant was seen active, and the rules' version is noted.
fn prepared(store: &Store, who: Someone) -> WriteTx {
    let opening = store.opening(who.tenant).unwrap();
    opening.rules_epoch(who.tenant).unwrap();
    let facts = who.facts(&opening).unwrap();
    let tx = opening.write_as(&facts);
    who.create(&tx, object(who, "late")).unwrap();
    tx
}

fn changed_to(store: &Store, tenant: TenantNumber, status: TenantStatus) -> WriteTx {
    let before = store.catalogue().unwrap().tenant(tenant).unwrap().unwrap();
    let tx = store.write_for(&system::<TenantUpdate>()).unwrap();
    let after = Tenant {
        status,
        ..before.clone()
    };
    tx.catalogue(system::<TenantUpdate>())
        .update(&before, &after)
        .unwrap();
    tx.record(record("status changed"));
    tx
}

// R115: a suspension that is acknowledged lets nothing through that was let in before it, on whichever shard.
#[test]
fn a_command_that_was_let_in_before_a_suspension_is_not_committed_after_it() {
    let two = Two::new();
    let store = two.start();
    let [one, other] = two.admins;
    for status in [TenantStatus::Suspended, TenantStatus::Deleting] {
        let (late, unconcerned) = (prepared(&store, other), prepared(&store, one));
        block_on(store.commit(changed_to(&store, other.tenant, status))).unwrap();
        assert!(matches!(
            block_on(store.commit(late)),
            Err(CommitFailed::Conflict)
        ));
        block_on(store.commit(unconcerned)).unwrap();
        block_on(store.commit(changed_to(&store, other.tenant, TenantStatus::Active))).unwrap();
    }
    // What was committed before stays, and other changes of a tenant fence nothing off.
    let kept = prepared(&store, other);
    let before = store.catalogue().unwrap().tenant(other.tenant).unwrap().unwrap();
    let tx = store.write_for(&system::<TenantUpdate>()).unwrap();
    let after = Tenant {
        company: "Other".to_owned(),
        ..before.clone()
    };
    tx.catalogue(system::<TenantUpdate>())
        .update(&before, &after)
        .unwrap();
    block_on(store.commit(tx)).unwrap();
    block_on(store.commit(kept)).unwrap();
}

// R139: the keys of a deleted tenant do not wait for its shard.
#[test]
fn a_tenant_on_a_refused_shard_loses_its_keys_at_once_and_its_rows_later() {
    let mut two = Two::new();
    let own = std::mem::replace(&mut two.engines[2], empty());
    let tenant = two.admins[1].tenant;
    let store = two.start();
    store
        .commit_blocking(changed_to(&store, tenant, TenantStatus::Deleting))
        .unwrap();
    assert_eq!(
        store.shred(&system::<TenantDelete>(), tenant).unwrap(),
        Shredded::KeysOnly
    );
    assert!(two.keys.open().get(tenant).is_none());
    drop(store);
    two.engines[2] = own;
    let rows = |space| crate::seals::rows(&*two.engines[2], space, tenant, None).len();
    assert!(rows(Space::Payload) > 0);
    let store = two.start();
    assert_eq!(
        store.shred(&system::<TenantDelete>(), tenant).unwrap(),
        Shredded::Whole
    );
    assert_eq!([Space::Identity, Space::Payload, Space::Audit].map(rows), [0; 3]);
}

// R006: a creation that is undone while its realm is being filled leaves nothing.
#[test]
fn what_was_prepared_for_a_tenant_does_not_outlive_its_undone_creation() {
    let two = Two::new();
    let store = two.start();
    let tx = store.write_for(&system::<TenantCreate>()).unwrap();
    let catalogue = tx.catalogue(system::<TenantCreate>());
    let row = Tenant {
        status: TenantStatus::Creating,
        shard: ShardNumber(2),
        ..tenant_row("t9", catalogue.new_number().unwrap())
    };
    catalogue.create(&row).unwrap();
    store.commit_blocking(tx).unwrap();
    store.make_keys(&system::<TenantCreate>(), row.number).unwrap();
    let late = store.write_for(&filling(row.number)).unwrap();
    late.realm(filling(row.number)).begin(&row.id).unwrap();
    assert_eq!(
        store.shred(&system::<TenantDelete>(), row.number).unwrap(),
        Shredded::Whole
    );
    assert!(matches!(store.commit_blocking(late), Err(CommitFailed::Conflict)));
    assert!(crate::seals::rows(&*two.engines[2], Space::Audit, row.number, None).is_empty());
    let tenants = store
        .read(MANAGEMENT)
        .unwrap()
        .catalogue(system::<TenantRead>())
        .tenants();
    assert_eq!(tenants.unwrap().len(), 4);
}
