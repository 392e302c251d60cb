//! Sessions with a clock that jumps: who waits, for how long, and what ends it.

use super::hub::Hub;
use super::session::Happening;
use super::*;
use crate::caller::{Came, Identity};
use crate::setup::{FirstAdmin, ensure_management};
use crate::world::World;
use model::ids::{MANAGEMENT, ObjectId};
use model::limits::{
    REALTIME_CHANNELS_MAX, REALTIME_IDLE_SECONDS_MAX, REALTIME_SESSIONS_PER_PRINCIPAL_MAX,
    REALTIME_WAITING_MAX,
};
use model::realtime::Kind;
use model::time::Timestamp;
use model::users::{User, UserKind};
use policy::operations::users::UserUpdate;
use policy::proof::SystemReason;
use store::feed::{Happened, What};
use store::shards::Store;
use tempfile::TempDir;
use tokio::time::Instant;

/// Randomness that never repeats, and a clock that stands still: waiting is on the runtime's clock.
#[derive(Default)]
struct CountingWorld(AtomicU64);

impl World for CountingWorld {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000)
    }

    fn monotonic_millis(&self) -> u64 {
        0
    }

    fn fill(&self, bytes: &mut [u8]) {
        let count = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        for (byte, count) in bytes.iter_mut().rev().zip(count.iter().rev()) {
            *byte = *count;
        }
    }
}

struct Platform {
    realtime: Realtime,
    door: Door,
    admin: User,
    _directory: TempDir,
}

impl Platform {
    /// Built on a thread of its own: setting up waits, and the thread of a test must not.
    fn new() -> Self {
        std::thread::spawn(Self::build).join().expect("a platform")
    }

    fn build() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let store = Store::in_memory(&directory.path().join("keyring")).expect("a store");
        let world: Arc<dyn World> = Arc::new(CountingWorld::default());
        let admin = FirstAdmin {
            name: "admin".parse().expect("a name"),
            password: None,
            email: None,
        };
        ensure_management(&store, &world, admin).expect("the management tenant");
        let door = Door::new(store, world);
        let admin = user(&door);
        Self {
            realtime: Realtime::new(door.clone()),
            door,
            admin,
            _directory: directory,
        }
    }

    /// The administrator, as if signed in with a credential of this age.
    fn caller(&self, epoch: u64) -> Caller {
        Caller::new(Identity {
            tenant: MANAGEMENT,
            tenant_id: "management".parse().expect("an id"),
            principal: self.admin.id,
            name: self.admin.name.clone(),
            kind: UserKind::Person,
            epoch,
            address: [127, 0, 0, 1].into(),
            application: None,
            came: Came::default(),
        })
    }

    async fn begin(&self) -> Arc<Session> {
        let caller = self.caller(self.admin.epoch);
        self.realtime.begin(&caller).await.expect("a session")
    }

    async fn disable(&self) {
        let proof = || Allowed::<UserUpdate>::mint_system(MANAGEMENT, SystemReason::Operator);
        let tx = self.door.store().write_for(&proof()).expect("a transaction");
        let mut after = self.admin.clone();
        after.enabled = false;
        tx.realm(proof())
            .update_user(&self.admin, &after)
            .expect("stored");
        self.door.store().commit(tx).await.expect("durable");
    }
}

fn user(door: &Door) -> User {
    let proof = || Allowed::<UserUpdate>::mint_system(MANAGEMENT, SystemReason::Operator);
    let tx = door.store().write_for(&proof()).expect("a transaction");
    let found = tx
        .realm(proof())
        .now()
        .user_named(&"admin".parse().expect("a name"));
    found.expect("readable").expect("the user")
}

fn object(number: u64) -> ObjectId {
    ObjectId::new(number).expect("an id")
}

fn updated(number: u64) -> Happened {
    Happened {
        object: object(number),
        what: What::Object,
        action: Action::Updated,
    }
}

fn happening(number: u64) -> Happening {
    Happening {
        kind: Kind::Objects,
        of: object(number),
        happened: updated(number),
    }
}

const LONG: Duration = Duration::from_secs(REALTIME_WAIT_SECONDS_MAX);

#[tokio::test(start_paused = true)]
async fn who_waits_for_nothing_is_let_go_in_time_and_never_waits_longer_than_allowed() {
    let platform = Platform::new();
    let session = platform.begin().await;
    for (patience, waits) in [
        (Duration::ZERO, Duration::ZERO),
        (LONG / 2, LONG / 2),
        (10 * LONG, LONG),
    ] {
        let began = Instant::now();
        assert!(matches!(
            platform.realtime.next(&session, patience).await,
            Next::Nothing
        ));
        assert_eq!(began.elapsed().as_secs(), waits.as_secs());
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_that_nobody_asks_ends_and_one_that_is_waited_for_does_not() {
    // R127
    let platform = Platform::new();
    let (idle, asked) = (platform.begin().await, platform.begin().await);
    for _ in 0..=REALTIME_IDLE_SECONDS_MAX.div_ceil(REALTIME_WAIT_SECONDS_MAX) {
        assert!(matches!(
            platform.realtime.next(&asked, LONG).await,
            Next::Nothing
        ));
    }
    assert_eq!((idle.over(), asked.over()), (Some(Over::Idle), None));
    assert!(platform.realtime.session(idle.caller(), &idle.id()).is_none());
    assert_eq!(platform.realtime.sessions(), 1);
}

#[tokio::test]
async fn a_user_that_is_disabled_is_let_go_within_five_seconds() {
    // R050
    let platform = Platform::new();
    let session = platform.begin().await;
    platform.disable().await;
    // Only now: while a commit is waited for, a paused clock would run ahead.
    tokio::time::pause();
    let began = Instant::now();
    let next = platform.realtime.next(&session, LONG).await;
    assert!(matches!(next, Next::Over(Over::SignedOut)), "{next:?}");
    assert!(began.elapsed() <= Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(platform.realtime.sessions(), 0);
    let again = platform.realtime.begin(session.caller()).await;
    assert_eq!(again.err(), Some(Refusal::NotSignedIn));
}

#[tokio::test(start_paused = true)]
async fn a_session_is_only_that_of_its_caller_and_credential() {
    // R050
    let platform = Platform::new();
    let session = platform.begin().await;
    let same = platform.caller(platform.admin.epoch);
    assert!(platform.realtime.session(&same, &session.id()).is_some());
    let since_another_password = platform.caller(platform.admin.epoch + 1);
    assert!(
        platform
            .realtime
            .session(&since_another_password, &session.id())
            .is_none()
    );
    let other: ClientId = "00000000000000000000000000000bad".parse().expect("an id");
    assert!(platform.realtime.session(&same, &other).is_none());
}

#[tokio::test(start_paused = true)]
async fn only_the_latest_who_waits_is_told() {
    let platform = Platform::new();
    let session = platform.begin().await;
    let first = tokio::spawn({
        let (realtime, session) = (platform.realtime.clone(), session.clone());
        async move { realtime.next(&session, LONG).await }
    });
    tokio::task::yield_now().await;
    let began = Instant::now();
    let second = platform.realtime.next(&session, LONG);
    let (first, second) = tokio::join!(
        async { (first.await.expect("no panic"), began.elapsed()) },
        second
    );
    assert!(matches!(first, (Next::Nothing, after) if after < Duration::from_secs(1)));
    assert!(matches!(second, Next::Nothing));
    assert!(began.elapsed() >= LONG);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_told_to_the_end_waits_on_in_its_place() {
    let platform = Platform::new();
    let session = platform.begin().await;
    (1..=3).for_each(|number| assert!(session.push(happening(number))));
    for _ in 0..2 {
        // Taken, and given up before it was told: as when a client goes away.
        let turn = session.begin_turn();
        let Taken::These(batch) = turn.take() else {
            panic!("nothing waits")
        };
        let numbers: Vec<_> = batch.happenings().iter().map(|h| h.of.number()).collect();
        assert_eq!(numbers, [1, 2, 3]);
        assert!(matches!(turn.take(), Taken::Nothing));
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_is_too_slow_holds_so_much_memory_and_no_more() {
    // R127
    let platform = Platform::new();
    let (slow, quick) = (platform.begin().await, platform.begin().await);
    let hub = Hub::new(MANAGEMENT);
    for session in [&slow, &quick] {
        hub.add(session).expect("room");
        hub.subscribe(session, Channel::all(Kind::Objects)).expect("room");
    }
    let most = REALTIME_WAITING_MAX as u64;
    for number in 1..=most + 1 {
        if number == most {
            let turn = quick.begin_turn();
            while let Taken::These(batch) = turn.take() {
                batch.give_up();
            }
        }
        hub.hand_out(&[updated(number)], &HashMap::new());
        // The same once more adds nothing.
        hub.hand_out(&[updated(number)], &HashMap::new());
    }
    assert_eq!((slow.over(), quick.over()), (Some(Over::Slow), None));
    assert!(hub.session(&slow.id()).is_none());
    assert!(matches!(
        platform.realtime.next(&slow, LONG).await,
        Next::Over(Over::Slow)
    ));
    assert!(matches!(quick.begin_turn().take(), Taken::These(_)));
}

#[tokio::test(start_paused = true)]
async fn what_happens_below_is_told_to_those_above_and_once() {
    let platform = Platform::new();
    let session = platform.begin().await;
    let hub = Hub::new(MANAGEMENT);
    hub.add(&session).expect("room");
    let channels = [
        Channel::one(Kind::AlarmsWithChildren, object(9)),
        Channel::all(Kind::Alarms),
        Channel::one(Kind::Alarms, object(5)),
        Channel::one(Kind::Events, object(5)),
        Channel::one(Kind::NewOperations, object(9)),
    ];
    for channel in channels {
        hub.subscribe(&session, channel).expect("room");
    }
    let raised = Happened {
        object: object(5),
        what: What::Alarm("77".parse().expect("an id")),
        action: Action::Created,
    };
    let asked = Happened {
        what: What::Operation("78".parse().expect("an id")),
        ..raised
    };
    let done = Happened {
        action: Action::Updated,
        ..asked
    };
    let above = HashMap::from([(object(5), vec![object(8), object(9)])]);
    assert_eq!(hub.asks_above(&[raised, updated(3)]), [object(5)]);
    hub.hand_out(&[raised, asked, done], &above);
    let Taken::These(batch) = session.begin_turn().take() else {
        panic!("nothing waits")
    };
    let told: Vec<_> = batch
        .happenings()
        .iter()
        .map(|h| (h.kind, h.of.number()))
        .collect();
    let expected = [
        (Kind::Alarms, 5),
        (Kind::AlarmsWithChildren, 9),
        (Kind::NewOperations, 9),
    ];
    assert_eq!(told, expected);
    batch.give_up();
    channels
        .into_iter()
        .for_each(|channel| hub.unsubscribe(&session, channel));
    hub.hand_out(&[raised], &above);
    assert!(matches!(session.begin_turn().take(), Taken::Nothing));
}

#[tokio::test(start_paused = true)]
async fn sessions_and_subscriptions_are_as_many_as_they_may_be() {
    // R127
    let platform = Platform::new();
    let first = platform.begin().await;
    for number in 1..=REALTIME_CHANNELS_MAX as u64 {
        let channel = Channel::one(Kind::Events, object(number));
        platform.realtime.subscribe(&first, channel).expect("room");
    }
    let again = Channel::one(Kind::Events, object(1));
    assert_eq!(platform.realtime.subscribe(&first, again), Ok(()));
    let further = Channel::all(Kind::Events);
    assert_eq!(platform.realtime.subscribe(&first, further), Err(TooManyChannels));
    for _ in 0..REALTIME_SESSIONS_PER_PRINCIPAL_MAX {
        platform.begin().await;
    }
    assert_eq!(first.over(), Some(Over::Replaced));
    assert_eq!(platform.realtime.sessions(), REALTIME_SESSIONS_PER_PRINCIPAL_MAX);
}

#[tokio::test(start_paused = true)]
async fn when_the_program_stops_nobody_waits_any_more() {
    let platform = Platform::new();
    let session = platform.begin().await;
    platform.realtime.stop();
    platform.realtime.stopped().await;
    assert!(matches!(
        platform.realtime.next(&session, LONG).await,
        Next::Over(Over::Stopping)
    ));
    assert_eq!(
        platform.realtime.begin(session.caller()).await.err(),
        Some(Refusal::Busy)
    );
}

#[test]
fn the_id_of_a_session_reads_back_and_nothing_else_does() {
    let id = ClientId::from_random([0xa7; 16]);
    assert!(id.to_string().parse::<ClientId>().is_ok_and(|read| read == id));
    for text in ["", "a7", &"A7".repeat(16), &"a7".repeat(17), &"+7".repeat(16)] {
        assert!(text.parse::<ClientId>().is_err(), "{text}");
    }
}
