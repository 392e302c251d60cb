//! The one-time set-up secret: once, in time, for one user of one tenant, and hard to guess at.

use crate::scene::{PASSWORD, Scene, new_tenant, secret, tenant_id, user_name};
use authn::setup_secret::SetupRefused;
use engine::refusal::{Invalid, Missing, Refusal};
use engine::setup::{Redeem, create_tenant, reset_setup};
use model::limits::SETUP_SECRET_HOURS;
use model::secret::Secret;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

const UNKNOWN: Refusal = Refusal::Invalid(Invalid::SetupSecret(SetupRefused::Unknown));
const EXPIRED: Refusal = Refusal::Invalid(Invalid::SetupSecret(SetupRefused::Expired));

/// A tenant without a password, and its secret.
fn unset(scene: &Scene, id: &str) -> Secret {
    let made =
        create_tenant(scene.door.store(), &scene.dyn_world(), &new_tenant(id, None)).expect("makes a tenant");
    made.expect("a secret")
}

fn redeem(scene: &Scene, host: u8, tenant: &str, user: &str, presented: &str) -> Result<(), Refusal> {
    scene.wait(scene.door.redeem_setup(Redeem {
        tenant: tenant_id(tenant),
        user: user_name(user),
        secret: secret(presented),
        password: secret(PASSWORD),
        address: IpAddr::from(Ipv4Addr::new(198, 51, 100, host)),
    }))
}

#[test]
fn a_set_up_secret_opens_its_own_tenant_once() {
    // R009
    let scene = Scene::new();
    let (one, other) = (unset(&scene, "t1"), unset(&scene, "t2"));
    assert_eq!(
        scene.try_sign_in("t1", "admin", PASSWORD).err(),
        Some(Refusal::NotSignedIn)
    );
    for (host, tenant, user, presented) in [
        (1, "t1", "admin", other.expose()),
        (2, "t9", "admin", one.expose()),
        (3, "t1", "root", one.expose()),
        (4, "t100", "admin", one.expose()),
        (5, "management", "root", one.expose()),
        (6, "t1", "admin", "0000-0000"),
    ] {
        assert_eq!(
            redeem(&scene, host, tenant, user, presented),
            Err(UNKNOWN),
            "{tenant} {user}"
        );
    }
    assert_eq!(redeem(&scene, 7, "t1", "admin", one.expose()), Ok(()));
    assert!(scene.try_sign_in("t1", "admin", PASSWORD).is_ok());
    assert_eq!(
        redeem(&scene, 8, "t1", "admin", one.expose()),
        Err(UNKNOWN),
        "it is used"
    );
    assert_eq!(scene.noted("t1", "Set-up secret redeemed").len(), 1);
    assert_eq!(scene.noted("t1", "Set-up secret refused").len(), 2);
    assert_eq!(
        scene.noted("management", "Set-up secret refused").len(),
        5,
        "what fits no tenant, and the used one"
    );
    assert!(!format!("{:?}", scene.records("t1")).contains(one.expose()));
}

#[test]
fn a_set_up_secret_ends_with_its_day() {
    // R009
    let scene = Scene::new();
    let secret = unset(&scene, "t1");
    scene.world.pass(SETUP_SECRET_HOURS * 3_600_000);
    assert_eq!(redeem(&scene, 1, "t1", "admin", secret.expose()), Err(EXPIRED));
    assert_eq!(
        scene.try_sign_in("t1", "admin", PASSWORD).err(),
        Some(Refusal::NotSignedIn)
    );
}

#[test]
fn however_many_guess_wrong_the_right_secret_gets_in_at_once() {
    // R009, R051: who knows a tenant's id cannot take its secret away, nor make its holder wait.
    let scene = Scene::new();
    let right = unset(&scene, "t1");
    let mut waits = Vec::new();
    for host in 1..=200 {
        match redeem(&scene, host, "t1", "admin", &format!("wrong-{host}")) {
            Err(Refusal::LockedOut { retry_after_seconds }) => waits.push(retry_after_seconds),
            answer => assert_eq!(answer, Err(UNKNOWN)),
        }
    }
    assert_eq!(waits, [5; 197], "three are free, the others slow each other down");
    assert_eq!(redeem(&scene, 201, "t1", "admin", right.expose()), Ok(()));
    let used = redeem(&scene, 202, "t1", "admin", right.expose());
    assert_eq!(used, Err(UNKNOWN), "it works once");

    scene.wait(scene.door.close_windows(true)).expect("written");
    let counts: Vec<_> = scene
        .records("t1")
        .iter()
        .filter(|record| record.activity == "Set-up secret refused")
        .map(|record| (record.address.is_some(), record.count))
        .collect();
    let each = (true, 1);
    assert_eq!(
        counts,
        [each, each, each, (false, 1), (false, 196)],
        "R096: all are counted"
    );
}

#[test]
fn who_guessed_wrong_waits_and_gets_in_after_that() {
    // R009, R051
    let scene = Scene::new();
    let right = unset(&scene, "t1");
    for attempt in 0..3 {
        let wrong = redeem(&scene, 1, "t1", "admin", &format!("wrong-{attempt}"));
        assert_eq!(wrong, Err(UNKNOWN));
    }
    let waiting = Err(Refusal::LockedOut {
        retry_after_seconds: 5,
    });
    assert_eq!(redeem(&scene, 1, "t1", "admin", right.expose()), waiting);
    scene.world.pass(5_000);
    assert_eq!(redeem(&scene, 1, "t1", "admin", right.expose()), Ok(()));
}

#[test]
fn guessing_is_slowed_down_alike_for_tenants_that_exist_and_that_do_not() {
    // R009, R051
    let scene = Scene::new();
    unset(&scene, "t1");
    for (host, tenant) in [(1, "t1"), (2, "t9")] {
        let answers: Vec<_> = (0..5)
            .map(|attempt| redeem(&scene, host, tenant, "admin", &format!("wrong-{attempt}")))
            .collect();
        let slowed = Err(Refusal::LockedOut {
            retry_after_seconds: 5,
        });
        let wrong = || Err(UNKNOWN);
        assert_eq!(
            answers,
            [wrong(), wrong(), wrong(), slowed.clone(), slowed],
            "{tenant}"
        );
    }
}

#[test]
fn a_weak_password_costs_no_attempt() {
    // R059
    let scene = Scene::new();
    let right = unset(&scene, "t1");
    let weak = |presented: &str| {
        scene.wait(scene.door.redeem_setup(Redeem {
            tenant: tenant_id("t1"),
            user: user_name("admin"),
            secret: secret(presented),
            password: secret("short"),
            address: IpAddr::from(Ipv4Addr::LOCALHOST),
        }))
    };
    assert!(matches!(
        weak(right.expose()),
        Err(Refusal::Invalid(Invalid::Password(_)))
    ));
    assert!(
        matches!(weak("wrong"), Err(Refusal::Invalid(Invalid::Password(_)))),
        "and tells nothing"
    );
    assert_eq!(redeem(&scene, 1, "t1", "admin", right.expose()), Ok(()));
}

#[test]
fn the_operator_opens_the_set_up_anew_and_the_older_secret_ends() {
    // R009
    let scene = Scene::new();
    let old = unset(&scene, "t1");
    let (store, world) = (scene.door.store(), scene.dyn_world());
    let new = reset_setup(store, &world, &tenant_id("t1"), None).expect("makes a secret");
    assert_eq!(redeem(&scene, 1, "t1", "admin", old.expose()), Err(UNKNOWN));
    assert_eq!(redeem(&scene, 2, "t1", "admin", new.expose()), Ok(()));
    let admin = scene.sign_in("t1", "admin");
    // A lost password: the old one and its sessions end when the new secret is redeemed.
    let again =
        reset_setup(store, &world, &tenant_id("t1"), Some(&user_name("admin"))).expect("makes a secret");
    assert!(scene.ask(&admin, engine::profile::ReadOwn).is_ok());
    assert_eq!(redeem(&scene, 3, "t1", "admin", again.expose()), Ok(()));
    assert_eq!(
        scene.ask(&admin, engine::profile::ReadOwn).err(),
        Some(Refusal::NotSignedIn)
    );
    assert_eq!(scene.noted("t1", "Set-up secret made").len(), 2);
    let unknown = reset_setup(store, &world, &tenant_id("t9"), None).err();
    assert_eq!(unknown, Some(Refusal::Missing(Missing::Tenant("t9".into()))));
}

#[test]
fn every_tenant_gets_a_secret_of_its_own() {
    // R009
    let scene = Scene::new();
    let secrets: BTreeSet<String> = (1..=20)
        .map(|n| unset(&scene, &format!("t{n}")).expose().to_owned())
        .collect();
    assert_eq!(secrets.len(), 20);
}
