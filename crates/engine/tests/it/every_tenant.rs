//! What the platform does by itself in every tenant, behind one of which no row can be read.

use crate::house::House;
use engine::refusal::Refusal;
use std::ops::ControlFlow;
use store::backend::{Backend, Direction, KeyRange, Space};

const SPACES: [Space; 3] = [Space::Identity, Space::Payload, Space::Audit];
const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;

type Row = (Space, Vec<u8>, Vec<u8>);
type Chore = fn(&House) -> Result<(), Refusal>;

fn rows(house: &House, tenant: &str) -> Vec<Row> {
    let range = KeyRange::prefix(&house.tenant(tenant).0.to_be_bytes());
    let snapshot = house.backend.snapshot().expect("a snapshot");
    let mut found = Vec::new();
    for space in SPACES {
        let note = &mut |key: &[u8], value: &[u8]| {
            found.push((space, key.to_vec(), value.to_vec()));
            ControlFlow::Continue(())
        };
        snapshot
            .scan(space, &range, Direction::Forward, note)
            .expect("read");
    }
    found
}

/// Makes every row of a tenant unreadable.
fn damage(house: &House, tenant: &str) {
    let mut tx = house.backend.begin().expect("the writer");
    for (space, key, _) in rows(house, tenant) {
        tx.put(space, &key, b"damaged").expect("written");
    }
    tx.commit().expect("durable");
}

/// A request in every tenant, of which the figures tell.
fn count_requests(house: &House) {
    for tenant in ["alpha", "beta"] {
        house.door.store().count_request(house.tenant(tenant), false);
    }
}

/// What is called again and again, in every tenant.
const CHORES: [Chore; 3] = [
    |house| house.wait(house.door.run_retention()),
    |house| house.wait(house.door.write_usage(true)),
    |house| house.wait(house.door.measure_usage()),
];

// R139
#[test]
fn no_chore_waits_for_a_tenant_of_which_nothing_can_be_read() {
    for (number, chore) in CHORES.iter().enumerate() {
        let house = House::new();
        for each in CHORES {
            each(&house).expect("the first day");
        }
        house.world.advance(DAY_MILLIS);
        count_requests(&house);
        house.wait(house.door.write_usage(true)).expect("the second day");
        count_requests(&house);
        damage(&house, "alpha");
        assert!(house.tenant("alpha") < house.tenant("beta"));
        let before = rows(&house, "beta");
        assert!(chore(&house).is_err(), "chore {number} tells of it");
        assert_ne!(rows(&house, "beta"), before, "chore {number} is done in beta");
    }
}
