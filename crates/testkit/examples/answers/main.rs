//! Answers questions of access by the real code, for comparison with a model of the rules in another language.
//!
//! Standard input has one JSON text per line, a world with questions; standard output one line for each. Every world is
//! loaded into a store and asked from there: facts, decision and tables are those of the program, so that what is
//! inherited, indexed and listed is tested together with the rules. It knows no rule itself. For development only.

mod ask;
mod load;
mod operations;
mod world;

use engine::setup::{FirstAdmin, ensure_management};
use engine::world::World;
use std::io::{BufRead, Write, stdin, stdout};
use std::sync::Arc;
use store::shards::Store;
use testkit::world::FakeWorld;

/// After so many worlds a new store is begun: every tenant's keys stand in one file, which grows with each.
const WORLDS_PER_STORE: usize = 50;

/// A store for many worlds, each with tenants of its own.
pub(crate) struct Platform {
    store: Store,
    clock: Arc<dyn World>,
    worlds: usize,
    _keyring: tempfile::TempDir,
}

impl Platform {
    fn new() -> Self {
        let keyring = tempfile::tempdir().expect("a temporary directory");
        let store = Store::in_memory(&keyring.path().join("keyring")).expect("a store");
        let clock: Arc<dyn World> = Arc::new(FakeWorld::new(1));
        ensure_management(&store, &clock, first_admin()).expect("the management tenant");
        Self {
            store,
            clock,
            worlds: 0,
            _keyring: keyring,
        }
    }
}

fn first_admin() -> FirstAdmin {
    FirstAdmin {
        name: "admin".parse().expect("a name"),
        password: None,
        email: None,
    }
}

fn main() {
    let mut platform = Platform::new();
    let mut out = stdout().lock();
    for line in stdin().lock().lines() {
        let line = line.expect("a line of text");
        let asked: world::Asked = serde_json::from_str(&line).expect("a world with questions");
        if platform.worlds == WORLDS_PER_STORE {
            platform = Platform::new();
        }
        platform.worlds += 1;
        let tenants = asked.tenants.iter().map(|tenant| load::load(&platform, tenant));
        let answers = ask::answer(&platform.store, &tenants.collect::<Vec<_>>(), &asked);
        let text = serde_json::to_string(&answers).expect("JSON");
        writeln!(out, "{text}").expect("standard output");
        out.flush().expect("standard output");
    }
}
