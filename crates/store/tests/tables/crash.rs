//! Stops the engine at every call of a scripted workload: after the next start exactly the acknowledged changes are
//! there, and at most the one in flight as a whole; indexes fit their rows, and the audit logs verify.

use crate::naive::{Naive, values};
use crate::world::{Engines, Keys, Realm, World, change, copy, create_tenant, object, system};
use audit::checkpoint::Signed;
use audit::verify::{Body, Verifier, Which};
use model::ids::{MANAGEMENT, ObjectId};
use model::inventory::ChildKind;
use model::names::TenantId;
use model::tenants::{Tenant, TenantStatus};
use policy::operations::audit::AuditRead;
use policy::operations::inventory::InventoryList;
use policy::operations::tenants::{TenantDelete, TenantRead};
use policy::proof::{Allowed, SystemReason};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use store::backend::faulty::{FaultyBackend, Stop};
use store::backend::fjall::FjallBackend;
use store::backend::memory::MemoryBackend;
use store::backend::redb::RedbBackend;
use store::backend::{Backend, Direction, KeyRange, Space};
use store::fault::CommitFailed;
use store::inventory::InventoryRows;
use store::search::Search;
use store::shards::{Shredded, Store};

/// What is there, by names instead of ids: comparable between runs.
#[derive(Debug, Clone, Default, PartialEq)]
struct State {
    inventories: [Vec<String>; 2],
    records: [u64; 3],
    has_third_tenant: bool,
}

const STEPS: usize = 9;

/// One step of the script: a command, committed.
fn step(store: &Store, realms: &[Realm; 2], number: usize) -> Result<(), CommitFailed> {
    let [one, two] = [realms[0].admin, realms[1].admin];
    let find = |name: &str| {
        for realm in realms {
            let tx = store.read(realm.tenant).ok()?;
            let rows = tx.inventory(realm.admin.allow::<InventoryList>(&tx).ok()?);
            if let Some((id, _)) = objects(&rows).into_iter().find(|(_, found)| found == name) {
                return Some(id);
            }
        }
        None
    };
    let find = |name: &str| find(name).ok_or(CommitFailed::Stopped);
    match number {
        0 => change(store, one, |tx| one.create(tx, object(one, "group"))).map(|_| ()),
        1 => change(store, one, |tx| {
            let group = one.create(tx, object(one, "device"))?;
            one.bind(tx, group, "serial")
        }),
        2 => {
            let edge = (find("group")?, ChildKind::Asset, find("device")?);
            change(store, one, |tx| one.link(tx, edge)).map(|_| ())
        }
        3 => change(store, two, |tx| two.create(tx, object(two, "other"))).map(|_| ()),
        4 => {
            let id = find("device")?;
            change(store, one, |tx| {
                one.update(tx, id, |object| object.owner = realms[0].users[0].id)
            })
            .map(|_| ())
        }
        5 => create_tenant(store, "t3")
            .map(|_| ())
            .ok_or(CommitFailed::Stopped),
        6 => {
            let id = find("other")?;
            change(store, two, |tx| two.bind(tx, id, "serial"))
        }
        7 => {
            let id = find("device")?;
            change(store, one, |tx| one.delete(tx, id))
        }
        _ => change(store, one, |tx| one.create(tx, object(one, "last"))).map(|_| ()),
    }
}

/// Every object with its name, one by one from the rows.
fn objects(rows: &InventoryRows<'_>) -> Vec<(ObjectId, String)> {
    let search = Search {
        take: 1_000,
        ..Search::default()
    };
    let found = rows.find(&search, &|_| None);
    let found = found
        .ok()
        .and_then(Result::ok)
        .map(|found| found.objects)
        .unwrap_or_default();
    found
        .iter()
        .map(|object| (object.id, object.name.as_ref().unwrap().to_string()))
        .collect()
}

/// Reads everything, and checks on the way that every index fits.
fn state(store: &Store, realms: &[Realm; 2]) -> State {
    let third: TenantId = "t3".parse().unwrap();
    let read = |place: usize| realms[place].admin.read(store);
    let inventories = [0, 1].map(|place| inventory(&realms[place], &read(place)));
    let records = [0, 1].map(|place| verified(&realms[place], &read(place)));
    let platform = platform_records(store);
    let third = store.catalogue().unwrap().tenant_by_id(&third).unwrap();
    State {
        inventories,
        records: [records[0], records[1], platform],
        has_third_tenant: third.is_some_and(|third| third.status.is_there()),
    }
}

fn inventory(realm: &Realm, tx: &store::transaction::ReadTx) -> Vec<String> {
    let rows = realm.admin.list(tx);
    let mut found = Naive::default();
    for (id, _) in objects(&rows) {
        found.objects.insert(id, rows.object(id).unwrap().unwrap());
    }
    let mut texts = Vec::new();
    let name = |id: ObjectId| found.objects[&id].name.as_ref().unwrap().to_string();
    for (id, object) in &found.objects {
        let owner = realm.users.iter().position(|user| user.id == object.owner);
        let ids = rows.external_ids(*id).unwrap();
        for id in &ids {
            assert_eq!(
                rows.external_id(id.kind.as_str(), id.value.as_str())
                    .unwrap()
                    .as_ref(),
                Some(id)
            );
        }
        texts.push(format!("{} of {owner:?} {:?}", name(*id), values(&ids)));
        for kind in ChildKind::ALL {
            for child in rows.children(*id, kind).unwrap() {
                assert!(rows.parents(child, kind).unwrap().contains(id));
                texts.push(format!("{} {kind:?} {}", name(*id), name(child)));
            }
            assert!(
                rows.parents(*id, kind)
                    .unwrap()
                    .iter()
                    .all(|parent| found.objects.contains_key(parent))
            );
        }
    }
    for user in realm.users.iter().chain([&realm.admin]) {
        let owns = found.objects.values().any(|object| object.owner == user.id);
        assert_eq!(tx.owns_anything(&user.facts(tx).unwrap()).unwrap(), owns);
    }
    // An external id of an object that is not there could never be bound again.
    let bound = rows.external_id("c8y_Serial", "serial").unwrap();
    assert!(bound.is_none_or(|id| found.objects.contains_key(&id.object)));
    texts
}

/// Verifies an audit log record by record against every stored hash and the signed checkpoint; gives its size.
fn verified(realm: &Realm, tx: &store::transaction::ReadTx) -> u64 {
    let log = tx.audit_log(realm.admin.allow::<AuditRead>(tx).unwrap());
    let Some(note) = log.checkpoint().unwrap() else {
        assert_eq!(log.size().unwrap(), 0);
        return 0;
    };
    let mut verifier = Verifier::new();
    verifier
        .expect(
            Which::Own,
            Signed::verify(&note, &log.verifying_key().unwrap()).unwrap(),
        )
        .unwrap();
    for sequence in 0..log.size().unwrap() {
        let record = log.record(sequence).unwrap().unwrap();
        verifier
            .stored(&log, Body::Present(record.bytes.unwrap()))
            .unwrap();
    }
    let verified = verifier.finish(&[]).unwrap();
    assert_eq!(
        verified.checkpoint.unwrap().size,
        verified.size,
        "the checkpoint covers every record"
    );
    assert!(log.record(verified.size).unwrap().is_none());
    verified.size
}

fn platform_records(store: &Store) -> u64 {
    let tx = store.read(MANAGEMENT).unwrap();
    let log = tx.audit_log(Allowed::<AuditRead>::mint_system(
        MANAGEMENT,
        SystemReason::Operator,
    ));
    log.size().unwrap()
}

/// The states before the script and after each step of it.
fn states() -> Vec<State> {
    let world = World::new();
    let mut states = vec![state(&world.store, &world.realms)];
    for number in 0..STEPS {
        step(&world.store, &world.realms, number).unwrap();
        states.push(state(&world.store, &world.realms));
    }
    states
}

/// Runs the script until something fails; gives how many steps were acknowledged.
fn work(store: &Store, realms: &[Realm; 2]) -> usize {
    (0..STEPS)
        .take_while(|number| step(store, realms, *number).is_ok())
        .count()
}

/// Starts again after the stop and compares. Of the step that was not acknowledged all is there, or nothing.
fn check(engines: &Engines, keys: &Keys, realms: &[Realm; 2], states: &[State], acknowledged: usize) {
    let store = keys.start(engines).unwrap();
    let found = state(&store, realms);
    let in_flight = states.get(acknowledged + 1);
    assert!(
        found == states[acknowledged] || Some(&found) == in_flight,
        "after {acknowledged} acknowledged steps: {found:#?}"
    );
    // R006: keys belong to tenants that the catalogue knows, also when their creation was not finished.
    let unfinished = tenants(&store)
        .into_iter()
        .filter(|tenant| !tenant.status.is_there());
    for tenant in unfinished {
        assert_eq!(tenant.status, TenantStatus::Creating);
        let shredded = store.shred(&system::<TenantDelete>(), tenant.number).unwrap();
        assert_eq!(shredded, Shredded::Whole);
    }
    let tenants = 3 + usize::from(found.has_third_tenant);
    drop(store);
    assert_eq!(keys.open().tenants().len(), tenants);
}

fn tenants(store: &Store) -> Vec<Tenant> {
    let tx = store.read(MANAGEMENT).unwrap();
    tx.catalogue(system::<TenantRead>()).tenants().unwrap()
}

fn all_rows(backend: &dyn Backend) -> Vec<(Space, Vec<u8>, Vec<u8>)> {
    let mut rows = Vec::new();
    let snapshot = backend.snapshot().unwrap();
    for space in Space::ALL {
        let everything = KeyRange::prefix(b"");
        let mut visit = |key: &[u8], value: &[u8]| {
            rows.push((space, key.to_vec(), value.to_vec()));
            ControlFlow::Continue(())
        };
        snapshot
            .scan(space, &everything, Direction::Forward, &mut visit)
            .unwrap();
    }
    rows
}

type Rows = Vec<(Space, Vec<u8>, Vec<u8>)>;

/// A prepared world whose engines and keyring are copied for every run.
struct Template {
    catalogue: Rows,
    tenants: Rows,
    world: World,
}

impl Template {
    fn new() -> Self {
        let world = World::new();
        Self {
            catalogue: all_rows(&*world.engines.catalogue),
            tenants: all_rows(&*world.engines.tenants),
            world,
        }
    }

    fn keys(&self) -> Keys {
        let directory = tempfile::tempdir().unwrap();
        copy(self.world.keys.directory.path(), directory.path());
        Keys {
            directory,
            master: self.world.keys.master.clone(),
        }
    }

    fn fill(&self, engines: &Engines) {
        for (backend, rows) in [
            (&engines.catalogue, &self.catalogue),
            (&engines.tenants, &self.tenants),
        ] {
            let mut tx = backend.begin().unwrap();
            for (space, key, value) in rows {
                tx.put(*space, key, value).unwrap();
            }
            tx.commit().unwrap();
        }
    }
}

/// Both engines, made or opened again.
fn open_both(open: &dyn Fn(&Path) -> Arc<dyn Backend>, directory: &Path) -> Engines {
    Engines {
        catalogue: open(&directory.join("catalogue")),
        tenants: open(&directory.join("tenants")),
    }
}

/// The same engines, which stop together.
fn stopping(engines: &Engines, stop: Stop) -> (Engines, Arc<FaultyBackend>) {
    let faulty = Arc::new(FaultyBackend::new(engines.catalogue.clone(), stop));
    let both = Engines {
        catalogue: faulty.clone(),
        tenants: Arc::new(faulty.beside(engines.tenants.clone())),
    };
    (both, faulty)
}

/// How many calls lie between two stops on the engines with files: opening them again takes its time. `STORE_CRASH_EVERY=1`
/// stops at every call.
fn every_on_disk() -> usize {
    std::env::var("STORE_CRASH_EVERY").map_or(23, |text| text.parse().unwrap())
}

/// Runs the script with stops at these calls, on engines that `open` makes and opens again.
fn run(every: usize, open: &dyn Fn(&Path) -> Arc<dyn Backend>, reopens: bool) {
    let (states, template) = (states(), Template::new());
    let calls = {
        let (keys, engines) = (template.keys(), Engines::with(Arc::new(MemoryBackend::new())));
        template.fill(&engines);
        let (both, counting) = stopping(&engines, Stop::NEVER);
        let store = keys.start(&both).unwrap();
        assert_eq!(work(&store, &template.world.realms), STEPS);
        counting.calls()
    };
    for at_call in (1..=calls).step_by(every) {
        for after_commit in [false, true] {
            let (keys, directory) = (template.keys(), tempfile::tempdir().unwrap());
            let mut engines = open_both(open, directory.path());
            template.fill(&engines);
            let stop = Stop {
                at_call,
                after_commit,
            };
            let (both, faulty) = stopping(&engines, stop);
            let acknowledged = match keys.start(&both) {
                Ok(store) => work(&store, &template.world.realms),
                Err(_) => 0,
            };
            drop((both, faulty));
            if reopens {
                for engine in [&engines.catalogue, &engines.tenants] {
                    assert_eq!(Arc::strong_count(engine), 1, "somebody still holds the engine");
                }
                drop(engines);
                engines = open_both(open, directory.path());
            }
            check(&engines, &keys, &template.world.realms, &states, acknowledged);
        }
    }
}

// R006, R099
#[test]
fn a_stop_at_any_call_in_memory_keeps_exactly_the_acknowledged_changes() {
    run(1, &|_| Arc::new(MemoryBackend::new()), false);
}

// R006, R099
#[test]
fn a_stop_with_fjall_keeps_exactly_the_acknowledged_changes() {
    run(
        every_on_disk(),
        &|directory| Arc::new(FjallBackend::open(directory).unwrap()),
        true,
    );
}

// R006, R099
#[test]
fn a_stop_with_redb_keeps_exactly_the_acknowledged_changes() {
    run(
        every_on_disk(),
        &|directory| Arc::new(RedbBackend::open(directory).unwrap()),
        true,
    );
}
