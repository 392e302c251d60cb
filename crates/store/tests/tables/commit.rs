//! Groups of change sets that wait for one sync: what conflicts, what does not, and what a failed write leaves.

use crate::gate::{Gate, Held, block_on, committed, rename};
use crate::world::{Someone, change, object, record};
use model::ids::ObjectId;
use model::inventory::ChildKind;
use policy::operations::audit::AuditRead;
use policy::operations::users::UserUpdate;
use std::sync::atomic::Ordering;
use store::fault::{CommitFailed, StoreFault};
use store::transaction::WriteTx;

#[test]
fn what_waits_together_shares_one_sync() {
    let held = Held::new();
    let objects: [ObjectId; 20] = held.objects();
    let counts = held.store().commit_counts(held.admin().tenant).unwrap();
    let before = (
        counts.commits.load(Ordering::Relaxed),
        counts.syncs.load(Ordering::Relaxed),
    );
    let sets = objects
        .iter()
        .map(|id| held.prepared(rename(*id, "new")))
        .collect();
    let answers = held.commit_as_group(sets, Gate::Open);
    assert_eq!(committed(&answers), [true; 20]);
    let after = (
        counts.commits.load(Ordering::Relaxed),
        counts.syncs.load(Ordering::Relaxed),
    );
    assert_eq!((after.0 - before.0, after.1 - before.1), (21, 2));
}

#[test]
fn of_two_changes_of_one_object_the_second_conflicts_and_leaves_nothing() {
    let held = Held::new();
    let [id, other] = held.objects();
    let size = || {
        let tx = held.admin().read(held.store());
        tx.audit_log(held.admin().allow::<AuditRead>(&tx).unwrap())
            .size()
            .unwrap()
    };
    let before = size();
    let sets = vec![
        held.prepared(rename(id, "first")),
        held.prepared(rename(id, "second")),
        held.prepared(rename(other, "third")),
    ];
    assert_eq!(
        committed(&held.commit_as_group(sets, Gate::Open)),
        [true, false, true]
    );
    let tx = held.admin().read(held.store());
    let name = held.admin().list(&tx).object(id).unwrap().unwrap().name;
    assert_eq!(name.unwrap().as_str(), "first");
    // The one before the group, and the two that were committed.
    assert_eq!(size() - before, 3);
}

#[test]
fn of_two_who_bind_one_external_id_exactly_one_wins() {
    let held = Held::new();
    let [left, right] = held.objects();
    let sets = vec![
        held.prepared(|admin, tx| admin.bind(tx, left, "v")),
        held.prepared(|admin, tx| admin.bind(tx, right, "v")),
    ];
    assert_eq!(committed(&held.commit_as_group(sets, Gate::Open)), [true, false]);
    let tx = held.admin().read(held.store());
    let rows = held.admin().list(&tx);
    assert_eq!(rows.external_id("c8y_Serial", "v").unwrap().unwrap().object, left);
    assert!(rows.external_ids(right).unwrap().is_empty());
}

#[test]
fn an_external_id_that_is_taken_is_not_bound_again() {
    let held = Held::new();
    let [left, right] = held.objects();
    let admin = held.admin();
    change(held.store(), admin, |tx| admin.bind(tx, left, "v")).unwrap();
    let tx = admin.write(held.store()).unwrap();
    assert!(matches!(
        admin.bind(&tx, right, "v"),
        Err(StoreFault::Inconsistent { .. })
    ));
}

// Whatever is hung on an object while it is deleted makes the deletion look again, and the other way round.
#[test]
fn nothing_is_hung_on_an_object_that_goes() {
    type Hang = fn(Someone, &WriteTx, ObjectId, ObjectId) -> Result<(), StoreFault>;
    let hangs: [Hang; 4] = [
        |admin, tx, id, _| admin.bind(tx, id, "v"),
        |admin, tx, id, other| admin.link(tx, (id, ChildKind::Addition, other)).map(|_| ()),
        |admin, tx, id, other| admin.link(tx, (other, ChildKind::Device, id)).map(|_| ()),
        |admin, tx, id, _| admin.update(tx, id, |object| object.name = None).map(|_| ()),
    ];
    for hang in hangs {
        for deleted_first in [true, false] {
            let held = Held::new();
            let [id, other] = held.objects();
            let mut sets = vec![
                held.prepared(|admin, tx| admin.delete(tx, id)),
                held.prepared(|admin, tx| hang(admin, tx, id, other)),
            ];
            if !deleted_first {
                sets.reverse();
            }
            assert_eq!(committed(&held.commit_as_group(sets, Gate::Open)), [true, false]);
            if !deleted_first {
                change(held.store(), held.admin(), |tx| held.admin().delete(tx, id)).unwrap();
            }
            let tx = held.admin().read(held.store());
            let rows = held.admin().list(&tx);
            assert_eq!(rows.external_id("c8y_Serial", "v").unwrap(), None);
            for kind in ChildKind::ALL {
                assert!(rows.children(other, kind).unwrap().is_empty());
                assert!(rows.parents(other, kind).unwrap().is_empty());
            }
        }
    }
}

#[test]
fn an_external_id_that_moved_to_another_object_survives_the_deletion_of_the_first() {
    let held = Held::new();
    let admin = held.admin();
    let [id, other] = held.objects();
    change(held.store(), admin, |tx| admin.bind(tx, id, "v")).unwrap();
    let deletion = held.prepared(|admin, tx| admin.delete(tx, id));
    change(held.store(), admin, |tx| admin.free(tx, id, "v")).unwrap();
    change(held.store(), admin, |tx| admin.bind(tx, other, "v")).unwrap();
    assert!(matches!(
        held.store().commit_blocking(deletion),
        Err(CommitFailed::Conflict)
    ));
    let tx = held.admin().read(held.store());
    assert_eq!(
        admin
            .list(&tx)
            .external_id("c8y_Serial", "v")
            .unwrap()
            .unwrap()
            .object,
        other
    );
}

// A right that is withdrawn in a group is gone for whoever comes later in the same group.
#[test]
fn a_change_of_the_rules_stops_commands_behind_it_in_the_same_group() {
    let held = Held::new();
    let admin = held.admin();
    let [id] = held.objects();
    let rules = held.prepared(|admin, tx| {
        let realm = tx.realm(admin.allow::<UserUpdate>(tx)?);
        let before = realm.now().user(held.world.realms[0].users[0].id)?.unwrap();
        let mut after = before.clone();
        after.enabled = false;
        tx.record(record("disabled"));
        realm.update_user(&before, &after)
    });
    // As the door does it: the facts are known for this epoch, and only the epoch is read.
    let behind = held.prepared(|admin, tx| {
        tx.rules_epoch(admin.tenant)?;
        rename(id, "new")(admin, tx)
    });
    let elsewhere = {
        let stranger = held.world.realms[1].admin;
        let tx = stranger.write(held.store()).unwrap();
        tx.rules_epoch(stranger.tenant).unwrap();
        stranger.create(&tx, object(stranger, "o")).unwrap();
        tx
    };
    let answers = held.commit_as_group(vec![rules, behind, elsewhere], Gate::Open);
    assert_eq!(committed(&answers), [true, false, true]);
    assert!(change(held.store(), admin, |tx| rename(id, "new")(admin, tx)).is_ok());
}

// A failed write acknowledges nobody, and nothing is acknowledged after it.
#[test]
fn a_failed_commit_stops_the_store() {
    let held = Held::new();
    let objects: [ObjectId; 3] = held.objects();
    let late = held.prepared(rename(objects[0], "late"));
    let sets = objects
        .iter()
        .map(|id| held.prepared(rename(*id, "new")))
        .collect();
    let answers = held.commit_as_group(sets, Gate::Failing);
    assert!(
        answers
            .iter()
            .all(|answer| matches!(answer, Err(CommitFailed::Stopped)))
    );
    held.set(Gate::Open);
    assert!(matches!(
        held.store().commit_blocking(late),
        Err(CommitFailed::Stopped)
    ));
    assert!(matches!(
        held.store().view(held.admin().tenant),
        Err(StoreFault::Stopped)
    ));
    assert!(matches!(
        held.store().read(held.admin().tenant).map(drop),
        Err(StoreFault::Stopped)
    ));

    let world = held.world.restart();
    let admin = world.realms[0].admin;
    let tx = admin.read(&world.store);
    for id in objects {
        assert_eq!(
            admin
                .list(&tx)
                .object(id)
                .unwrap()
                .unwrap()
                .name
                .unwrap()
                .as_str(),
            "o"
        );
    }
}

#[test]
fn a_queue_that_is_full_says_busy_and_forgets_nothing() {
    let held = Held::new();
    let one = || {
        held.prepared(|_, tx| {
            tx.record(record("one of many"));
            Ok(())
        })
    };
    let sets: Vec<WriteTx> = (0..model::limits::COMMIT_QUEUE_MAX).map(|_| one()).collect();
    let (first, too_many) = (one(), one());
    held.set(Gate::Shut);
    let mut answers = vec![held.submit(first)];
    held.wait_for_a_commit();
    answers.extend(sets.into_iter().map(|set| held.submit(set)));
    assert!(matches!(
        block_on(held.store().commit(too_many)),
        Err(CommitFailed::Busy)
    ));
    held.set(Gate::Open);
    assert!(
        answers
            .into_iter()
            .all(|mut answer| block_on(answer.as_mut()).is_ok())
    );
}
