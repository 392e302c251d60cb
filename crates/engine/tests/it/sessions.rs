//! Sessions as they are kept: when somebody last signed in, what a request does not wait for, and what is forgotten.

use crate::house::House;
use crate::scene::{PASSWORD, Scene, tenant_id, user_name};
use authn::basic::BasicCredential;
use engine::caller::Caller;
use engine::door::Door;
use engine::sessions::{Carrier, OpenSession, OpenedSession, ReadOwnSessions};
use engine::sign_in::{Carried, Claim, Offered, OfferedToken};
use engine::users::DeleteUser;
use engine::version::Expected;
use model::ids::{PrincipalId, TenantNumber};
use model::limits::SESSION_USE_MINUTES;
use model::sessions::SignInWay;
use model::time::Timestamp;
use policy::operations::users::UserUpdate;
use policy::proof::{Allowed, SystemReason};
use std::net::IpAddr;
use std::ops::ControlFlow;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use store::backend::{Backend, Direction, KeyRange, Space};
use store::gifts::SignedIn;
use store::sessions::SessionRow;

const MINUTE_MILLIS: i64 = 60_000;
const HOME: [u8; 4] = [192, 0, 2, 1];
/// The table of open sessions, by the byte in its keys.
const OPEN_SESSIONS: u8 = 133;

/// A scene in which the first sign-ins are recorded, and their repeats are counted.
fn scene_with_smith() -> (Scene, Caller) {
    let scene = Scene::new();
    let smith = scene.add_user(&scene.admin(), "smith", &[]);
    scene.wait(scene.door.close_windows(true)).expect("writes");
    (scene, smith)
}

fn open(scene: &Scene) -> OpenedSession {
    let basic = BasicCredential {
        tenant: Some(tenant_id("t100")),
        ..BasicCredential::from_parts("smith", PASSWORD).expect("a credential")
    };
    let opened = scene.wait(scene.door.open_session(OpenSession {
        basic,
        code: None,
        host: None,
        address: HOME.into(),
        application: None,
        agent: None,
        carrier: Carrier::Header,
    }));
    opened.expect("opened")
}

fn last(scene: &Scene, caller: &Caller) -> Option<SignedIn> {
    scene.ask(caller, ReadOwnSessions).expect("reads").last
}

fn sign_in(scene: &Scene) -> Timestamp {
    scene
        .sign_in_from(HOME, "t100", "smith", PASSWORD)
        .expect("signs in");
    scene.dyn_world().now()
}

// R016
#[test]
fn the_time_of_the_last_sign_in_is_that_of_the_last_and_not_of_its_record() {
    let (scene, smith) = scene_with_smith();
    sign_in(&scene);
    scene.world.pass(MINUTE_MILLIS);
    let at = sign_in(&scene);
    scene.world.pass(10 * MINUTE_MILLIS);
    scene.wait(scene.door.close_windows(false)).expect("writes");
    let way = SignInWay::Basic;
    assert_eq!(last(&scene, &smith), Some(SignedIn { at, way }));
}

// R016
#[test]
fn a_record_that_is_written_later_does_not_hide_a_later_sign_in() {
    let (scene, smith) = scene_with_smith();
    sign_in(&scene);
    sign_in(&scene);
    scene.world.pass(MINUTE_MILLIS);
    open(&scene);
    let (at, way) = (scene.dyn_world().now(), SignInWay::Password);
    assert_eq!(last(&scene, &smith), Some(SignedIn { at, way }));
    scene.world.pass(10 * MINUTE_MILLIS);
    scene.wait(scene.door.close_windows(false)).expect("writes");
    assert_eq!(last(&scene, &smith), Some(SignedIn { at, way }));
}

// R016
#[test]
fn a_sign_in_by_a_clock_that_was_put_back_since_does_not_stay_the_last() {
    let (scene, smith) = scene_with_smith();
    scene.world.pass(24 * 60 * MINUTE_MILLIS);
    sign_in(&scene);
    scene.world.pass(-24 * 60 * MINUTE_MILLIS);
    open(&scene);
    let (at, way) = (scene.dyn_world().now(), SignInWay::Password);
    assert_eq!(last(&scene, &smith), Some(SignedIn { at, way }));
}

// R016, R121
#[test]
fn of_a_deleted_user_nothing_is_kept_by_a_record_that_is_written_later() {
    let (scene, smith) = scene_with_smith();
    let (tenant, id) = smith.numbers();
    sign_in(&scene);
    sign_in(&scene);
    let last = || {
        let proof = Allowed::<UserUpdate>::mint_system(tenant, SystemReason::AuditWindow);
        let tx = scene.door.store().write_for(&proof).expect("a transaction");
        tx.realm(proof).now().last_sign_in(id).expect("reads")
    };
    assert!(last().is_some());
    let name = user_name("smith");
    let expected = Expected::Any;
    scene
        .run(&scene.admin(), DeleteUser { name, expected })
        .expect("deletes");
    scene.wait(scene.door.close_windows(true)).expect("writes");
    assert_eq!(last(), None);
}

// R061: the use of a session is noted, and no request waits for the disk.
#[test]
fn a_request_does_not_wait_until_the_use_of_its_session_is_noted() {
    let (scene, smith) = scene_with_smith();
    let opened = open(&scene);
    let claim = || Claim {
        credential: Offered::Token(OfferedToken {
            token: opened.token.clone(),
            carried: Carried::Header,
        }),
        host: None,
        address: HOME.into(),
        application: None,
    };
    // That sessions are used from there is recorded already.
    scene.wait(scene.door.sign_in(claim())).expect("signed in");
    scene.world.pass(SESSION_USE_MINUTES * MINUTE_MILLIS);
    let is_in = scene.wait(async {
        let signing_in = pin!(scene.door.sign_in(claim()));
        let polled = signing_in.poll(&mut Context::from_waker(Waker::noop()));
        matches!(polled, Poll::Ready(Ok(_)))
    });
    assert!(is_in, "at once");
    let is_noted = async {
        loop {
            let shown = scene.door.ask(&smith, ReadOwnSessions).await.expect("reads");
            if shown.open.iter().any(|one| one.used > one.opened) {
                return;
            }
        }
    };
    let noted =
        scene.wait(async { tokio::time::timeout(std::time::Duration::from_secs(10), is_noted).await });
    assert_eq!(noted, Ok(()));
}

/// Keeps a session that has expired.
fn keep_old(door: &Door, tenant: TenantNumber, user: PrincipalId) {
    let proof = Allowed::<UserUpdate>::mint_system(tenant, SystemReason::Setup);
    let tx = door.store().write_for(&proof).expect("a transaction");
    let (long_ago, address) = (Timestamp::from_millis(1), IpAddr::from(HOME));
    let old = SessionRow {
        id: [1; 16],
        key: [1; 8],
        opened: long_ago,
        way: SignInWay::Password,
        proven: None,
        expires: long_ago,
        address,
        agent: None,
        used: long_ago,
        used_from: address,
    };
    tx.realm(proof)
        .put_open_sessions(user, vec![old])
        .expect("stored");
    door.store().commit_blocking(tx).expect("durable");
}

fn kept(house: &House, tenant: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut prefix = house.tenant(tenant).0.to_be_bytes().to_vec();
    prefix.push(OPEN_SESSIONS);
    let mut found = Vec::new();
    let mut visit = |key: &[u8], value: &[u8]| {
        found.push((key.to_vec(), value.to_vec()));
        ControlFlow::Continue(())
    };
    let (range, way) = (KeyRange::prefix(&prefix), Direction::Forward);
    let snapshot = house.backend.snapshot().expect("a snapshot");
    snapshot
        .scan(Space::Identity, &range, way, &mut visit)
        .expect("readable");
    found
}

#[test]
fn what_is_damaged_in_one_tenant_keeps_no_old_session_of_another() {
    let house = House::new();
    for tenant in ["alpha", "beta"] {
        let (number, user) = house.person(tenant, "smith", &[]).numbers();
        keep_old(&house.door, number, user);
    }
    let [(key, mut value)] = kept(&house, "alpha").try_into().expect("one row");
    value[0] ^= 1;
    let mut tx = house.backend.begin().expect("the writer");
    tx.put(Space::Identity, &key, &value).expect("written");
    tx.commit().expect("durable");
    assert_eq!(kept(&house, "beta").len(), 1);
    assert!(house.tenant("alpha") < house.tenant("beta"));
    assert!(house.wait(house.door.forget_old_sessions()).is_err());
    assert_eq!((kept(&house, "alpha").len(), kept(&house, "beta").len()), (1, 0));
}
