//! Groups of change sets that wait for one sync: what conflicts, what does not, and what a failed write leaves.

use crate::world::{Someone, World, change, object, record};
use audit::record::Record;
use model::ids::ObjectId;
use model::inventory::ChildKind;
use policy::operations::audit::AuditRead;
use policy::operations::users::UserUpdate;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex};
use std::task::{Context, Poll, Waker};
use store::Receipt;
use store::backend::memory::MemoryBackend;
use store::backend::{Backend, BackendError, Snapshot, Space, WriteTransaction};
use store::fault::{CommitFailed, StoreFault};
use store::inventory::LinkRefused;
use store::shard::Store;
use store::transaction::WriteTx;

/// What commits do at the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gate {
    Open,
    /// A commit waits until the gate opens.
    Shut,
    /// A commit stands before the gate.
    Waiting,
    /// Commits fail.
    Failing,
}

/// An engine in memory whose commits wait at a gate, so that a group can gather behind it.
struct GatedBackend {
    inner: MemoryBackend,
    gate: Arc<(Mutex<Gate>, Condvar)>,
}

struct GatedTransaction<'a> {
    inner: Box<dyn WriteTransaction + 'a>,
    gate: &'a (Mutex<Gate>, Condvar),
}

impl Backend for GatedBackend {
    fn name(&self) -> &'static str {
        "gated"
    }

    fn snapshot(&self) -> Result<Box<dyn Snapshot>, BackendError> {
        self.inner.snapshot()
    }

    fn begin(&self) -> Result<Box<dyn WriteTransaction + '_>, BackendError> {
        Ok(Box::new(GatedTransaction { inner: self.inner.begin()?, gate: &self.gate }))
    }
}

impl WriteTransaction for GatedTransaction<'_> {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError> {
        self.inner.get(space, key)
    }

    fn put(&mut self, space: Space, key: &[u8], value: &[u8]) -> Result<(), BackendError> {
        self.inner.put(space, key, value)
    }

    fn delete(&mut self, space: Space, key: &[u8]) -> Result<(), BackendError> {
        self.inner.delete(space, key)
    }

    fn commit(self: Box<Self>) -> Result<(), BackendError> {
        let (gate, moved) = self.gate;
        let mut state = gate.lock().unwrap();
        while matches!(*state, Gate::Shut | Gate::Waiting) {
            *state = Gate::Waiting;
            moved.notify_all();
            state = moved.wait(state).unwrap();
        }
        if *state == Gate::Failing {
            return Err(BackendError::Failed("the disk is full".to_owned()));
        }
        drop(state);
        self.inner.commit()
    }
}

/// A world whose commits can be held back.
struct Held {
    world: World,
    gate: Arc<(Mutex<Gate>, Condvar)>,
}

type Answer<'a> = Pin<Box<dyn Future<Output = Result<Receipt, CommitFailed>> + 'a>>;

impl Held {
    fn new() -> Self {
        let gate = Arc::new((Mutex::new(Gate::Open), Condvar::new()));
        let backend = GatedBackend { inner: MemoryBackend::new(), gate: gate.clone() };
        Self { world: World::on(Arc::new(backend)), gate }
    }

    fn store(&self) -> &Store {
        &self.world.store
    }

    fn admin(&self) -> Someone {
        self.world.realms[0].admin
    }

    fn set(&self, state: Gate) {
        *self.gate.0.lock().unwrap() = state;
        self.gate.1.notify_all();
    }

    fn objects<const N: usize>(&self) -> [ObjectId; N] {
        let admin = self.admin();
        std::array::from_fn(|_| change(self.store(), admin, |tx| admin.create(tx, object(admin, "o"))).unwrap())
    }

    /// A change set that is ready to be committed.
    fn prepared<T>(&self, prepare: impl FnOnce(Someone, &WriteTx) -> Result<T, StoreFault>) -> WriteTx {
        let tx = self.admin().write(self.store()).unwrap();
        prepare(self.admin(), &tx).unwrap();
        tx
    }

    /// Commits these change sets as one group, in this order, behind another one; `then` says what the gate does when
    /// they have gathered.
    fn commit_as_group(&self, sets: Vec<WriteTx>, then: Gate) -> Vec<Result<Receipt, CommitFailed>> {
        let first = self.prepared(|_, tx| {
            tx.record(record("first"));
            Ok(())
        });
        self.set(Gate::Shut);
        let mut first = self.submit(first);
        let (gate, moved) = &*self.gate;
        drop(moved.wait_while(gate.lock().unwrap(), |state| *state != Gate::Waiting).unwrap());
        let answers: Vec<_> = sets.into_iter().map(|set| self.submit(set)).collect();
        self.set(then);
        assert_eq!(block_on(first.as_mut()).is_ok(), then == Gate::Open);
        answers.into_iter().map(|mut answer| block_on(answer.as_mut())).collect()
    }

    /// Puts a change set into the queue.
    fn submit(&self, set: WriteTx) -> Answer<'_> {
        let mut answer: Answer<'_> = Box::pin(self.store().commit(set));
        assert!(matches!(answer.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Pending));
        answer
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// Which of the change sets were committed; all others met a conflict.
fn committed(answers: &[Result<Receipt, CommitFailed>]) -> Vec<bool> {
    let is_committed = |answer: &Result<Receipt, CommitFailed>| match answer {
        Ok(_) => true,
        Err(CommitFailed::Conflict) => false,
        Err(other) => panic!("{other}"),
    };
    answers.iter().map(is_committed).collect()
}

fn rename(id: ObjectId, name: &'static str) -> impl FnOnce(Someone, &WriteTx) -> Result<(), StoreFault> {
    move |admin, tx| admin.update(tx, id, |object| object.name = Some(name.parse().unwrap())).map(|_| ())
}

// R100
#[test]
fn what_waits_together_shares_one_sync() {
    let held = Held::new();
    let objects: [ObjectId; 20] = held.objects();
    let counts = held.store().commit_counts();
    let before = (counts.commits.load(Ordering::Relaxed), counts.syncs.load(Ordering::Relaxed));
    let sets = objects.iter().map(|id| held.prepared(rename(*id, "new"))).collect();
    let answers = held.commit_as_group(sets, Gate::Open);
    assert_eq!(committed(&answers), [true; 20]);
    let after = (counts.commits.load(Ordering::Relaxed), counts.syncs.load(Ordering::Relaxed));
    assert_eq!((after.0 - before.0, after.1 - before.1), (21, 2));
}

#[test]
fn of_two_changes_of_one_object_the_second_conflicts_and_leaves_nothing() {
    let held = Held::new();
    let [id, other] = held.objects();
    let size = || {
        let tx = held.store().read().unwrap();
        tx.audit_log(held.admin().allow::<AuditRead>(&tx).unwrap()).size().unwrap()
    };
    let before = size();
    let sets = vec![
        held.prepared(rename(id, "first")),
        held.prepared(rename(id, "second")),
        held.prepared(rename(other, "third")),
    ];
    assert_eq!(committed(&held.commit_as_group(sets, Gate::Open)), [true, false, true]);
    let tx = held.store().read().unwrap();
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
    let tx = held.store().read().unwrap();
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
    assert!(matches!(admin.bind(&tx, right, "v"), Err(StoreFault::Inconsistent { .. })));
}

// R100: neither alone closes a circle, both together would; over one step and over several.
#[test]
fn links_that_would_close_a_circle_together_are_not_both_made() {
    for kind in ChildKind::ALL {
        let held = Held::new();
        let admin = held.admin();
        let [a, b, c, d] = held.objects();
        change(held.store(), admin, |tx| admin.link(tx, (b, ChildKind::Device, c))).unwrap().unwrap();
        change(held.store(), admin, |tx| admin.link(tx, (d, ChildKind::Asset, a))).unwrap().unwrap();
        let (one, two) = ((a, kind, b), (c, ChildKind::Addition, d));
        let sets = vec![
            held.prepared(|admin, tx| admin.link(tx, one)),
            held.prepared(|admin, tx| admin.link(tx, two)),
        ];
        assert_eq!(committed(&held.commit_as_group(sets, Gate::Open)), [true, false]);
        let again = change(held.store(), admin, |tx| admin.link(tx, two)).unwrap();
        assert_eq!(again, Err(LinkRefused::Cycle));
    }
}

#[test]
fn one_command_cannot_close_a_circle_by_itself_either() {
    let held = Held::new();
    let [a, b, c, d] = held.objects();
    let link = |tx: &WriteTx, up, down| held.admin().link(tx, (up, ChildKind::Asset, down)).unwrap();
    let tx = held.admin().write(held.store()).unwrap();
    assert_eq!(link(&tx, a, b), Ok(()));
    assert_eq!(link(&tx, b, c), Ok(()));
    assert_eq!(link(&tx, c, a), Err(LinkRefused::Cycle));
    // What the command has linked is still watched: somebody who puts `c` above `b` meanwhile comes in between.
    for edge in [(d, ChildKind::Asset, b), (c, ChildKind::Asset, d)] {
        change(held.store(), held.admin(), |tx| held.admin().link(tx, edge)).unwrap().unwrap();
    }
    assert!(matches!(held.store().commit_blocking(tx), Err(CommitFailed::Conflict)));
}

#[test]
fn links_that_have_nothing_to_do_with_each_other_do_not_conflict() {
    let held = Held::new();
    let [gateway, a, b, c, elsewhere] = held.objects();
    let sets = vec![
        held.prepared(|admin, tx| admin.link(tx, (gateway, ChildKind::Device, a))),
        held.prepared(|admin, tx| admin.link(tx, (gateway, ChildKind::Device, b))),
        held.prepared(|admin, tx| admin.link(tx, (elsewhere, ChildKind::Device, c))),
    ];
    assert_eq!(committed(&held.commit_as_group(sets, Gate::Open)), [true, true, true]);
}

#[test]
fn the_tree_gets_no_deeper_than_its_limit_by_joining_two_halves() {
    let held = Held::new();
    let admin = held.admin();
    let most = model::limits::TREE_DEPTH_MAX + 2;
    let ids: Vec<ObjectId> =
        change(held.store(), admin, |tx| (0..most).map(|_| admin.create(tx, object(admin, "o"))).collect()).unwrap();
    let link = |up: usize, down: usize| {
        change(held.store(), admin, |tx| admin.link(tx, (ids[up], ChildKind::Asset, ids[down]))).unwrap()
    };
    let (half, last) = (600, ids.len() - 1);
    change(held.store(), admin, |tx| {
        let link = |up: usize, down: usize| admin.link(tx, (ids[up], ChildKind::Asset, ids[down])).unwrap();
        chain(0..half, &link);
        chain(half..ids.len(), &link);
        Ok(())
    })
    .unwrap();
    assert_eq!(link(half - 1, half), Err(LinkRefused::TooDeep));
    change(held.store(), admin, |tx| admin.unlink(tx, (ids[last - 1], ChildKind::Asset, ids[last]))).unwrap();
    assert_eq!(link(half - 1, half), Ok(()));
    assert_eq!(link(last - 1, last), Err(LinkRefused::TooDeep));
}

/// Makes a chain of these places by joining chains of halves, which walks less than adding one by one.
fn chain(places: std::ops::Range<usize>, link: &impl Fn(usize, usize) -> Result<(), LinkRefused>) {
    if places.len() < 2 {
        return;
    }
    let middle = places.start + places.len() / 2;
    chain(places.start..middle, link);
    chain(middle..places.end, link);
    link(middle - 1, middle).unwrap();
}

// R100: whatever is hung on an object while it is deleted makes the deletion look again, and the other way round.
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
            let tx = held.store().read().unwrap();
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
    assert!(matches!(held.store().commit_blocking(deletion), Err(CommitFailed::Conflict)));
    let tx = held.store().read().unwrap();
    assert_eq!(admin.list(&tx).external_id("c8y_Serial", "v").unwrap().unwrap().object, other);
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

// R130: a failed write acknowledges nobody, and nothing is acknowledged after it.
#[test]
fn a_failed_commit_stops_the_store() {
    let held = Held::new();
    let objects: [ObjectId; 3] = held.objects();
    let late = held.prepared(rename(objects[0], "late"));
    let sets = objects.iter().map(|id| held.prepared(rename(*id, "new"))).collect();
    let answers = held.commit_as_group(sets, Gate::Failing);
    assert!(answers.iter().all(|answer| matches!(answer, Err(CommitFailed::Stopped))));
    held.set(Gate::Open);
    assert!(matches!(held.store().commit_blocking(late), Err(CommitFailed::Stopped)));
    assert!(matches!(held.store().view(), Err(StoreFault::Stopped)));
    assert!(matches!(held.store().read(), Err(StoreFault::Stopped)));

    let world = held.world.restart();
    let tx = world.store.read().unwrap();
    let admin = world.realms[0].admin;
    for id in objects {
        assert_eq!(admin.list(&tx).object(id).unwrap().unwrap().name.unwrap().as_str(), "o");
    }
}

#[test]
fn a_queue_that_is_full_says_busy_and_forgets_nothing() {
    let held = Held::new();
    let mut large: Record = record("large");
    large.text = "x".repeat(10);
    let sets: Vec<WriteTx> = (0..model::limits::COMMIT_QUEUE_MAX)
        .map(|_| held.prepared(|_, tx| Ok(tx.record(large.clone()))))
        .collect();
    let too_many = held.prepared(|_, tx| Ok(tx.record(large.clone())));
    let first = held.prepared(|_, tx| Ok(tx.record(large.clone())));
    held.set(Gate::Shut);
    let mut answers = vec![held.submit(first)];
    let (gate, moved) = &*held.gate;
    drop(moved.wait_while(gate.lock().unwrap(), |state| *state != Gate::Waiting).unwrap());
    answers.extend(sets.into_iter().map(|set| held.submit(set)));
    assert!(matches!(block_on(held.store().commit(too_many)), Err(CommitFailed::Busy)));
    held.set(Gate::Open);
    assert!(answers.into_iter().all(|mut answer| block_on(answer.as_mut()).is_ok()));
}

// A proof for one object changes no other, whatever the behaviour asks for.
#[test]
fn a_proof_does_not_reach_beside_its_object() {
    use policy::operations::identity::ExternalIdCreate;
    use policy::operations::inventory::{ChildLink, InventoryDelete, InventoryUpdate};
    let held = Held::new();
    let admin = held.admin();
    let [mine, other] = held.objects();
    let tx = admin.write(held.store()).unwrap();
    let object = admin.list(&held.store().read().unwrap()).object(other).unwrap().unwrap();
    let beside = |result: Result<(), StoreFault>| assert!(matches!(result, Err(StoreFault::OutOfReach { .. })));

    let rows = tx.inventory(admin.allow_on::<InventoryUpdate>(&tx, mine).unwrap());
    beside(rows.update(&object, object.clone()));
    beside(rows.create(object.clone()));
    assert_eq!(rows.now().object(other).unwrap(), None);
    let rows = tx.inventory(admin.allow_on::<InventoryDelete>(&tx, mine).unwrap());
    beside(rows.delete(&object));
    let rows = tx.inventory(admin.allow_on::<ExternalIdCreate>(&tx, mine).unwrap());
    beside(rows.create_external_id(&crate::world::serial(other, "v")));
    let rows = tx.inventory(admin.allow_on::<ChildLink>(&tx, mine).unwrap());
    let child = admin.allow_on::<ChildLink>(&tx, mine).unwrap();
    beside(rows.link(other, ChildKind::Asset, &child).map(|_| ()));
    assert!(tx.is_empty());
}

// R014
#[test]
#[should_panic(expected = "a proof of one tenant in the transaction of another")]
fn a_transaction_takes_no_proof_of_another_tenant() {
    let world = World::new();
    let [one, two] = [&world.realms[0], &world.realms[1]];
    let tx = one.admin.write(&world.store).unwrap();
    let foreign = two.admin.allow::<policy::operations::inventory::InventoryCreate>(&tx).unwrap();
    let _ = tx.inventory(foreign);
}
