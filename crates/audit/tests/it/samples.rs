//! Records, logs and keys to test with. Everything is made from numbers, so a test says all that matters.

use audit::checkpoint::{Signed, SigningKey};
use audit::log::{Frontier, Hash, Nodes, leaf_hash};
use audit::record::{Actor, ActorKind, Origin, Outcome, Record, Severity};
use model::ids::PrincipalId;
use model::json::Object;
use model::time::Timestamp;
use std::collections::BTreeMap;

pub(crate) fn record(number: u64) -> Record {
    Record {
        time: Timestamp::from_millis(1_790_000_000_000 + i64::try_from(number).expect("small")),
        client_time: None,
        actor: Actor {
            principal: PrincipalId::new(number % 7 + 1),
            name: format!("user-{}", number % 7),
            kind: ActorKind::Person,
        },
        address: Some("192.0.2.17".to_owned()),
        kind: "Inventory".to_owned(),
        activity: "Managed object deleted".to_owned(),
        text: format!("Pump {number} (Jülich) was deleted"),
        source: Some((number + 10_000).to_string()),
        severity: Severity::Information,
        outcome: Outcome::Success,
        application: None,
        changes: Vec::new(),
        count: 1,
        origin: Origin::Platform,
        extra: Object::new(),
        batch: None,
        salt: [u8::try_from(number % 251).expect("below 251"); 16],
    }
}

pub(crate) fn signing_key(name: &str) -> SigningKey {
    SigningKey::from_seed(name.parse().expect("a name"), &[7; 32]).expect("a seed is always a key")
}

/// A log in memory: what a store would keep.
#[derive(Clone, Default)]
pub(crate) struct Log {
    pub(crate) bodies: Vec<Vec<u8>>,
    pub(crate) nodes: BTreeMap<(u8, u64), Hash>,
    pub(crate) edge: Frontier,
}

impl Log {
    pub(crate) fn of(bodies: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let mut log = Self::default();
        for body in bodies {
            for node in log.edge.append(leaf_hash(&body)) {
                assert!(
                    log.nodes.insert((node.level, node.index), node.hash).is_none(),
                    "a node is made once"
                );
            }
            log.bodies.push(body);
        }
        log
    }

    pub(crate) fn of_records(count: u64) -> Self {
        Self::of((0..count).map(|number| record(number).canonical()))
    }

    pub(crate) fn signed(&self, key: &SigningKey, size: u64) -> Signed {
        let root = audit::log::root_at(self, size).expect("within the log");
        key.sign(size, root, Timestamp::from_millis(1_790_000_100_000))
    }
}

/// The node is not stored.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NoNode;

impl Nodes for Log {
    type Error = NoNode;

    fn node(&self, level: u8, index: u64) -> Result<Hash, NoNode> {
        self.nodes.get(&(level, index)).copied().ok_or(NoNode)
    }
}
