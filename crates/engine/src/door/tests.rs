//! What the door records when clients go away, or come from everywhere.

use super::*;
use crate::password_reset::{AskReset, Mailer, NotSent, ResetMail};
use crate::setup::{FirstAdmin, NewTenant, create_tenant, ensure_management, system_record};
use crate::sign_in::{BasicCredential, Claim};
use crate::windows::Counted;
use model::ids::MANAGEMENT;
use model::json::Object;
use model::limits::DENIAL_WINDOWS_MAX;
use model::time::Timestamp;
use policy::operations::audit::AuditProve;
use policy::operations::users::UserUpdate;
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
    /// What happens when randomness is next asked for.
    meanwhile: Arc<Mutex<Option<Meanwhile>>>,
}

type Meanwhile = Box<dyn FnOnce() + Send>;

impl World for StillWorld {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000)
    }

    fn monotonic_millis(&self) -> u64 {
        0
    }

    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
        let meanwhile = self.meanwhile.lock().expect("a lock").take();
        meanwhile.into_iter().for_each(|happens| happens());
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
    let world = StillWorld {
        waits_forever: true,
        ..StillWorld::default()
    };
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
        let nobody = (None, String::new());
        let key = (MANAGEMENT, nobody, elsewhere(number), "login failed");
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

/// Keeps what would be sent.
struct Post(tokio::sync::mpsc::Sender<ResetMail>);

impl Mailer for Post {
    fn send(&self, mail: ResetMail) -> Pin<Box<dyn Future<Output = Result<(), NotSent>> + Send + '_>> {
        self.0.try_send(mail).expect("the test looks at it");
        Box::pin(std::future::ready(Ok(())))
    }
}

/// A tenant whose first administrator has a mail address.
fn tenant_with_mail(door: &Door) -> TenantNumber {
    let tenant = NewTenant {
        id: Some("alpha".parse().expect("an id")),
        domain: "alpha.example.org".parse().expect("a domain"),
        company: "Alpha".to_owned(),
        admin: FirstAdmin {
            name: "admin".parse().expect("a name"),
            password: None,
            email: Some("admin@example.org".to_owned()),
        },
        contact_name: None,
        contact_phone: None,
        custom_properties: Object::new(),
    };
    create_tenant(door.store(), door.world(), &tenant).expect("a tenant");
    let catalogue = door.store().catalogue().expect("a view");
    let found = catalogue.tenant_by_id(&"alpha".parse().expect("an id"));
    found.expect("readable").expect("the tenant").number
}

/// Changes the users of a tenant.
fn change_users(door: &Door, tenant: TenantNumber) {
    let proof = Allowed::<UserUpdate>::mint_system(tenant, SystemReason::Setup);
    let tx = door.store().write_for(&proof).expect("a transaction");
    let realm = tx.realm(proof);
    for before in realm.now().users().expect("readable") {
        let mut after = before.clone();
        after.phone = Some("1".to_owned());
        realm.update_user(&before, &after).expect("stored");
    }
    door.store().commit_blocking(tx).expect("durable");
}

// R115: nobody outside holds up the platform's own changes, nor is held up by them.
#[test]
fn who_asks_for_a_new_password_takes_turns_with_the_tenant_that_is_meant() {
    let runtime = runtime();
    let world = StillWorld::default();
    let meanwhile = world.meanwhile.clone();
    let (door, _directory) = door_in(&runtime, world);
    let tenant = tenant_with_mail(&door);
    let (sent, mut arrived) = tokio::sync::mpsc::channel(1);
    door.set_mailer(Arc::new(Post(sent)));
    let other = door.clone();
    // The first attempt meets a conflict.
    *meanwhile.lock().expect("a lock") = Some(Box::new(move || change_users(&other, tenant)));
    let mail = runtime.block_on(async {
        let _turn = door.0.turns.of(MANAGEMENT).await.expect("a turn");
        door.ask_reset(AskReset {
            email: "admin@example.org".to_owned(),
            tenant: Some("alpha".parse().expect("an id")),
            host: None,
            address: IpAddr::from([203, 0, 113, 1]),
        });
        tokio::time::timeout(Duration::from_secs(10), arrived.recv()).await
    });
    assert!(
        meanwhile.lock().expect("a lock").is_none(),
        "there was a conflict"
    );
    assert!(matches!(mail, Ok(Some(_))));
}
