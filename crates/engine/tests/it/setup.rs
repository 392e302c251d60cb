//! The one-time set-up secret: once, in time, for one user of one tenant, and hard to guess at.

use crate::scene::{PASSWORD, Scene, new_tenant, secret, tenant_id, user_name};
use authn::setup_secret::SetupRefused;
use engine::refusal::{Invalid, Missing, Refusal};
use engine::setup::{Redeem, create_tenant, reset_setup};
use model::limits::{SETUP_ATTEMPTS_MAX, SETUP_SECRET_HOURS};
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
fn too_many_wrong_secrets_end_the_right_one() {
    // R009
    let scene = Scene::new();
    let right = unset(&scene, "t1");
    for attempt in 0..SETUP_ATTEMPTS_MAX {
        // From another address each time, with time for the account's budget.
        scene.world.pass(60_000);
        let host = u8::try_from(attempt + 1).expect("few");
        assert_eq!(
            redeem(&scene, host, "t1", "admin", &format!("wrong-{attempt}")),
            Err(UNKNOWN)
        );
    }
    scene.world.pass(60_000);
    assert_eq!(redeem(&scene, 200, "t1", "admin", right.expose()), Err(UNKNOWN));
    assert_eq!(
        scene.noted("t1", "Set-up secret refused").len(),
        SETUP_ATTEMPTS_MAX as usize
    );
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
