//! What the door records when clients go away, or come from everywhere.

use super::*;
use crate::setup::{FirstAdmin, ensure_management, system_record};
use crate::sign_in::{BasicCredential, Claim};
use crate::windows::Counted;
use model::ids::MANAGEMENT;
use model::limits::DENIAL_WINDOWS_MAX;
use model::time::Timestamp;
use policy::operations::audit::AuditProve;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tempfile::TempDir;
use tokio::runtime::Runtime;

#[derive(Default)]
struct StillWorld {
    /// For whoever waits, time does not pass at all.
    waits_forever: bool,
}

impl World for StillWorld {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000)
    }

    fn monotonic_millis(&self) -> u64 {
        0
    }

    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }

    fn wait(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        if self.waits_forever {
            Box::pin(std::future::pending())
        } else {
            Box::pin(std::future::ready(()))
        }
    }
}

fn door(runtime: &Runtime) -> (Door, TempDir) {
    door_in(runtime, StillWorld::default())
}

/// A door before a platform without tenants.
fn door_in(runtime: &Runtime, world: StillWorld) -> (Door, TempDir) {
    let directory = tempfile::tempdir().expect("a directory");
    let store = Store::in_memory(&directory.path().join("keyring")).expect("a store");
    let world: Arc<dyn World> = Arc::new(world);
    let admin = FirstAdmin {
        name: "admin".parse().expect("a name"),
        password: None,
        email: None,
    };
    ensure_management(&store, &world, admin).expect("the management tenant");
    let _inside = runtime.enter();
    (Door::new(store, world), directory)
}

fn runtime() -> Runtime {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().expect("a runtime")
}

/// The records of the management tenant's log.
fn records(door: &Door) -> Vec<Record> {
    let proof = Allowed::<AuditProve>::mint_system(MANAGEMENT, SystemReason::Operator);
    let tx = door.store().read(MANAGEMENT).expect("a view");
    let log = tx.audit_log(proof);
    let stored =
        (0..log.size().expect("readable")).map(|place| log.record(place).expect("readable").expect("there"));
    stored
        .map(|stored| Record::parse(&stored.bytes.expect("whole")).expect("a record"))
        .collect()
}

fn denied(door: &Door) -> Record {
    let what = ("Security", "Access denied", "canary".to_owned());
    system_record(door.world(), SystemReason::AuditWindow, what, None)
}

fn wrong_claim(address: IpAddr) -> Claim {
    Claim {
        credential: BasicCredential::from_parts("nobody", "wrong")
            .expect("a credential")
            .into(),
        host: None,
        address,
        application: None,
    }
}

// R051: a refusal that is ready early waits, recorded, for the time at which every refusal is told.
#[test]
fn a_refused_sign_in_is_recorded_before_it_is_told_and_told_at_a_whole_step() {
    let runtime = runtime();
    let world = StillWorld { waits_forever: true };
    let (door, _directory) = door_in(&runtime, world);
    let before = records(&door).len();
    runtime.block_on(async {
        let answer = door.sign_in(wrong_claim(IpAddr::from([203, 0, 113, 1])));
        let is_written = async {
            while records(&door).len() == before {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            answer = answer => panic!("told at once: {answer:?}"),
            () = is_written => {}
        }
    });
}

// R096: who hangs up at once is recorded all the same.
#[test]
fn a_client_that_goes_away_takes_no_record_with_it() {
    let runtime = runtime();
    let (door, _directory) = door(&runtime);
    let key = (
        MANAGEMENT,
        PrincipalId::new(1).expect("in range"),
        "inventory_read",
        "object",
    );
    let before = records(&door).len();
    runtime.block_on(async {
        let record = denied(&door);
        {
            let recording = door.record_first(|inside| &inside.denials, key, record, MANAGEMENT);
            let polled = pin!(recording).poll(&mut Context::from_waker(Waker::noop()));
            assert_eq!(polled, Poll::Pending);
        }
        let is_written = async {
            while records(&door).len() == before {
                tokio::task::yield_now().await;
            }
        };
        let written = tokio::time::timeout(Duration::from_secs(10), is_written).await;
        assert_eq!(written, Ok(()));
    });
}

// R096: the log is bounded on disk, and nothing is dropped.
#[test]
fn failures_from_ever_new_addresses_do_not_fill_the_log_and_all_are_counted() {
    let runtime = runtime();
    let (door, _directory) = door(&runtime);
    let elsewhere = |number: usize| IpAddr::from((number as u32).to_be_bytes());
    for number in 0..DENIAL_WINDOWS_MAX {
        let key = (MANAGEMENT, String::new(), elsewhere(number), "login failed");
        let counted = door.0.sign_ins.windows().count(key, denied(&door), 0);
        assert_eq!(counted, Counted::First);
    }
    for number in 1..=8 {
        let claim = wrong_claim(IpAddr::from([203, 0, 113, number]));
        assert!(runtime.block_on(door.sign_in(claim)).is_err());
    }
    let failed = || {
        let failed = records(&door)
            .into_iter()
            .filter(|record| record.activity == "User login failed");
        failed
            .map(|record| (record.count, record.address))
            .collect::<Vec<_>>()
    };
    assert_eq!(failed(), [(1, None)]);
    runtime.block_on(door.close_windows(true)).expect("writes");
    assert_eq!(failed(), [(1, None), (7, None)]);
}
