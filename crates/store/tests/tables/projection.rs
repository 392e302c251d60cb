//! The projection: it spares the rows, it is never older or newer than the asking view, and nothing of a deleted tenant
//! stays in it.

use crate::world::{Someone, World, change, object};
use model::ids::ObjectId;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use store::backend::memory::MemoryBackend;
use store::backend::{Backend, BackendError, Direction, KeyRange, Snapshot, Space, Visit, WriteTransaction};
use store::search::Search;
use store::transaction::ReadTx;

/// An engine in memory that counts the rows that scans of the payload show.
#[derive(Default)]
struct CountingBackend {
    inner: MemoryBackend,
    rows: Arc<AtomicUsize>,
}

struct CountingSnapshot {
    inner: Box<dyn Snapshot>,
    rows: Arc<AtomicUsize>,
}

impl Backend for CountingBackend {
    fn name(&self) -> &'static str {
        "counting"
    }

    fn snapshot(&self) -> Result<Box<dyn Snapshot>, BackendError> {
        Ok(Box::new(CountingSnapshot {
            inner: self.inner.snapshot()?,
            rows: self.rows.clone(),
        }))
    }

    fn begin(&self) -> Result<Box<dyn WriteTransaction + '_>, BackendError> {
        self.inner.begin()
    }
}

impl Snapshot for CountingSnapshot {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError> {
        self.inner.get(space, key)
    }

    fn scan(
        &self,
        space: Space,
        range: &KeyRange,
        direction: Direction,
        visit: Visit<'_>,
    ) -> Result<(), BackendError> {
        self.inner.scan(space, range, direction, &mut |key, value| {
            self.rows
                .fetch_add(usize::from(space == Space::Payload), Ordering::Relaxed);
            visit(key, value)
        })
    }
}

struct Counted {
    world: World,
    rows: Arc<AtomicUsize>,
}

impl Counted {
    fn new() -> Self {
        let backend = CountingBackend::default();
        let rows = backend.rows.clone();
        Self {
            world: World::on(Arc::new(backend)),
            rows,
        }
    }

    fn admin(&self) -> Someone {
        self.world.realms[0].admin
    }

    fn read(&self) -> ReadTx {
        self.admin().read(&self.world.store)
    }

    fn create(&self) -> ObjectId {
        let admin = self.admin();
        change(&self.world.store, admin, |tx| {
            admin.create(tx, object(admin, "o"))
        })
        .unwrap()
    }

    /// How many objects a list has, and how many rows were scanned for it.
    fn list(&self, tx: &ReadTx) -> (usize, usize) {
        let before = self.rows.load(Ordering::Relaxed);
        let search = Search {
            take: 100,
            count: true,
            ..Search::default()
        };
        let found = self.admin().list(tx).find(&search, &|_| None).unwrap().unwrap();
        assert_eq!(found.total, Some(found.objects.len()));
        (found.objects.len(), self.rows.load(Ordering::Relaxed) - before)
    }
}

#[test]
fn a_list_reads_rows_once_and_follows_the_commits_from_then_on() {
    let counted = Counted::new();
    counted.create();
    assert_eq!(counted.list(&counted.read()), (1, 1));
    for objects in 2..5 {
        counted.create();
        assert_eq!(counted.list(&counted.read()), (objects, 0));
    }
}

#[test]
fn an_older_view_is_answered_from_its_own_rows() {
    let counted = Counted::new();
    counted.create();
    let older = counted.read();
    counted.create();
    let newer = counted.read();
    assert_eq!(counted.list(&newer), (2, 2));
    assert_eq!(counted.list(&older), (1, 1));
    assert_eq!(counted.list(&newer), (2, 0));
}

// A view that is not the newest any more builds no projection: nobody would ever bring it up to date.
#[test]
fn a_list_from_an_older_view_does_not_leave_an_older_projection() {
    let counted = Counted::new();
    counted.create();
    let older = counted.read();
    counted.create();
    assert_eq!(counted.list(&older), (1, 1));
    let newer = counted.read();
    assert_eq!(counted.list(&newer), (2, 2));
    assert_eq!(counted.list(&newer), (2, 0));
}

#[test]
fn readers_and_writers_at_the_same_time_see_consistent_lists() {
    let counted = Counted::new();
    std::thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                for _ in 0..50 {
                    counted.create();
                }
            });
        }
        for _ in 0..2 {
            threads.spawn(|| {
                let mut most = 0;
                for _ in 0..100 {
                    let tx = counted.read();
                    let (objects, _) = counted.list(&tx);
                    assert!(objects >= most, "a list went back in time");
                    most = objects;
                }
            });
        }
    });
    let tx = counted.read();
    assert_eq!(counted.list(&tx).0, 100);
    assert_eq!(counted.list(&tx), (100, 0));
}
