//! The rule of the throttle, played through with a clock made of numbers.

use super::*;
use crate::verified_cache::{CredentialVersion, VerifiedCache};
use std::net::IpAddr;

const HOME: &str = "192.0.2.1";
const ELSEWHERE: &str = "198.51.100.9";

/// A throttle, a clock and the tries of one test.
struct Scene {
    throttle: Throttle,
    guesses: VerifiedCache,
    now_millis: u64,
    tries: u64,
}

impl Scene {
    fn new() -> Self {
        let (throttle, guesses) = (Throttle::new(&[1; 32]), VerifiedCache::new(&[2; 32]));
        Self {
            throttle,
            guesses,
            now_millis: 1_000_000,
            tries: 0,
        }
    }

    fn ask(&self, tenant: &str, user: &str, address: &str, password: &str) -> Result<Attempt, Refusal> {
        let (tenant, user) = (tenant.parse().expect("a tenant"), user.parse().expect("a user"));
        let guess = self.guesses.guess(CredentialVersion::default(), password);
        let who = Account {
            tenant: Some(&tenant),
            user: &user,
        };
        self.throttle.before(who, prefix(address), guess, self.now_millis)
    }

    /// A wrong password, different every time.
    fn fail(&mut self, tenant: &str, user: &str, address: &str) -> Result<(), Refusal> {
        self.tries += 1;
        let attempt = self.ask(tenant, user, address, &format!("wrong {}", self.tries))?;
        self.throttle.failed(&attempt, self.now_millis);
        Ok(())
    }

    fn succeed(&self, tenant: &str, user: &str, address: &str) -> Result<(), Refusal> {
        let attempt = self.ask(tenant, user, address, "right")?;
        self.throttle.succeeded(&attempt, self.now_millis);
        Ok(())
    }

    fn pass(&self, user: &str, address: &str) -> Result<(), Refusal> {
        let (tenant, user) = ("a".parse().expect("a tenant"), user.parse().expect("a user"));
        let who = Account {
            tenant: Some(&tenant),
            user: &user,
        };
        self.throttle.pass(who, prefix(address), self.now_millis)
    }

    /// One failure each from so many addresses of different networks; says how many were let through to the hash.
    fn spray(&mut self, user: &str, addresses: u64) -> usize {
        (0..addresses)
            .filter(|n| {
                self.fail("a", user, &format!("2001:db8:{:x}:{:x}::1", n >> 16, n & 0xffff))
                    .is_ok()
            })
            .count()
    }
}

fn prefix(address: &str) -> AddressPrefix {
    address.parse::<IpAddr>().expect("an address").into()
}

fn retry_after(seconds: u64) -> Result<(), Refusal> {
    Err(Refusal::RetryAfter { seconds })
}

#[test]
fn failures_of_one_pair_wait_longer_and_longer() {
    let mut scene = Scene::new();
    scene
        .succeed("a", "smith", HOME)
        .expect("known, so that only the pair counts");
    for _ in 0..3 {
        assert_eq!(scene.fail("a", "smith", HOME), Ok(()));
    }
    for wait in [5, 10, 20, 40, 80, 160, 300, 300] {
        assert_eq!(scene.fail("a", "smith", HOME), retry_after(wait));
        scene.now_millis += wait * 1_000 - 1;
        assert_eq!(scene.fail("a", "smith", HOME), retry_after(1));
        scene.now_millis += 1;
        assert_eq!(scene.fail("a", "smith", HOME), Ok(()));
    }
}

#[test]
fn a_success_or_half_an_hour_wipes_the_failures_of_a_pair() {
    let mut scene = Scene::new();
    for wipe_by_success in [true, false] {
        for _ in 0..3 {
            assert_eq!(scene.fail("a", "smith", HOME), Ok(()));
        }
        assert_eq!(scene.fail("a", "smith", HOME), retry_after(5));
        if wipe_by_success {
            scene.now_millis += 5_000;
            assert_eq!(scene.succeed("a", "smith", HOME), Ok(()));
        } else {
            scene.now_millis += 30 * 60_000;
        }
    }
    for _ in 0..3 {
        assert_eq!(scene.fail("a", "smith", HOME), Ok(()));
    }
}

#[test]
fn guessing_smith_of_one_tenant_does_not_touch_smith_of_another() {
    // R007
    let mut scene = Scene::new();
    for _ in 0..4 {
        let _ = scene.fail("a", "smith", HOME);
    }
    assert_eq!(scene.fail("a", "smith", HOME), retry_after(5));
    assert_eq!(scene.succeed("b", "smith", HOME), Ok(()));
    assert_eq!(scene.spray("smith", 100), 2, "three of five were spent from home");
    assert_eq!(scene.succeed("b", "smith", ELSEWHERE), Ok(()));
}

#[test]
fn a_guesser_slows_himself_and_not_the_owner_elsewhere() {
    let mut scene = Scene::new();
    for _ in 0..10 {
        let _ = scene.fail("a", "smith", ELSEWHERE);
    }
    assert_eq!(scene.succeed("a", "smith", ELSEWHERE), retry_after(5));
    assert_eq!(
        scene.succeed("a", "smith", HOME),
        Ok(()),
        "even where he never was before"
    );
}

#[test]
fn the_owner_gets_in_from_a_known_address_while_strangers_spray() {
    let mut scene = Scene::new();
    assert_eq!(scene.succeed("a", "smith", HOME), Ok(()));
    assert_eq!(scene.spray("smith", 1_000), 5);
    for _ in 0..100 {
        assert_eq!(scene.succeed("a", "smith", HOME), Ok(()));
        assert_eq!(scene.pass("smith", HOME), Ok(()));
    }
    assert_eq!(scene.succeed("a", "smith", ELSEWHERE), retry_after(12));
    scene.now_millis += 12_000;
    assert_eq!(
        scene.succeed("a", "smith", ELSEWHERE),
        Ok(()),
        "when the spraying stops"
    );
}

#[test]
fn strangers_make_at_most_ten_guesses_a_minute_from_however_many_addresses() {
    let mut scene = Scene::new();
    let mut let_through = Vec::new();
    for _ in 0..180 {
        scene.now_millis += 1_000;
        let_through.push(scene.spray("smith", 50));
    }
    for minute in let_through.windows(60) {
        assert!(minute.iter().sum::<usize>() <= 10);
    }
}

#[test]
fn a_remembered_password_is_no_way_to_guess_faster() {
    // The cache would answer; a stranger must not learn what it says.
    let mut scene = Scene::new();
    assert_eq!(scene.succeed("a", "smith", HOME), Ok(()));
    scene.spray("smith", 100);
    assert_eq!(scene.pass("smith", ELSEWHERE), retry_after(12));
    for _ in 0..3 {
        let _ = scene.fail("a", "smith", HOME);
    }
    assert_eq!(scene.pass("smith", HOME), retry_after(5));
}

#[test]
fn one_address_cannot_try_many_accounts_but_known_users_behind_it_are_let_in() {
    let mut scene = Scene::new();
    assert_eq!(scene.succeed("a", "neighbour", HOME), Ok(()));
    let tried = (0..200)
        .filter(|n| scene.fail("a", &format!("user{n}"), HOME).is_ok())
        .count();
    assert_eq!(tried, 60);
    assert_eq!(scene.fail("a", "another", HOME), retry_after(2));
    assert_eq!(scene.fail("a", "another", ELSEWHERE), Ok(()));
    assert_eq!(scene.succeed("a", "neighbour", HOME), Ok(()));
}

#[test]
fn a_success_with_an_own_account_does_not_give_failures_on_others_back() {
    let mut scene = Scene::new();
    let mut tried = 0;
    for n in 0..200 {
        let _ = scene.succeed("a", "mallory", HOME);
        tried += usize::from(scene.fail("a", &format!("user{n}"), HOME).is_ok());
    }
    assert_eq!(tried, 60);
}

#[test]
fn the_same_wrong_password_again_counts_once() {
    let scene = Scene::new();
    let attempt = scene.ask("a", "smith", HOME, "old password").expect("free");
    scene.throttle.failed(&attempt, scene.now_millis);
    for _ in 0..100 {
        assert_eq!(
            scene.ask("a", "smith", HOME, "old password").err(),
            Some(Refusal::SameAgain)
        );
    }
    assert_eq!(scene.succeed("a", "smith", HOME), Ok(()));
}

#[test]
fn a_refusal_that_may_pass_is_counted_but_the_password_may_be_tried_again() {
    let scene = Scene::new();
    for _ in 0..3 {
        let attempt = scene.ask("a", "smith", HOME, "right").expect("free");
        scene.throttle.refused(&attempt, scene.now_millis);
    }
    assert_eq!(scene.succeed("a", "smith", HOME), retry_after(5));
}

#[test]
fn parallel_attempts_of_a_pair_wait_for_the_first() {
    let mut scene = Scene::new();
    let first = scene.ask("a", "smith", HOME, "right").expect("free");
    assert_eq!(scene.ask("a", "smith", HOME, "other").err(), Some(Refusal::Busy));
    assert_eq!(scene.pass("smith", HOME), Err(Refusal::Busy));
    assert_eq!(
        scene.fail("a", "smith", ELSEWHERE),
        Ok(()),
        "another address is another pair"
    );
    scene.throttle.succeeded(&first, scene.now_millis);
    assert_eq!(scene.pass("smith", HOME), Ok(()));
    let lost = scene.ask("a", "smith", HOME, "lost");
    scene.now_millis += 10_000;
    assert_eq!(
        scene.succeed("a", "smith", HOME),
        Ok(()),
        "a lost attempt ends by itself"
    );
    drop(lost);
}

#[test]
fn attempts_that_never_reached_the_hash_count_nothing() {
    let scene = Scene::new();
    for n in 0..100 {
        let attempt = scene
            .ask("a", "smith", HOME, &format!("wrong {n}"))
            .expect("nothing counted");
        scene.throttle.abandoned(&attempt, scene.now_millis);
    }
}

#[test]
fn a_thousand_users_behind_one_address_sign_in_at_once() {
    let scene = Scene::new();
    for n in 0..1_000 {
        assert_eq!(scene.succeed("a", &format!("user{n}"), HOME), Ok(()));
    }
}

#[test]
fn a_flood_of_other_pairs_does_not_wash_failures_out() {
    let mut scene = Scene::new();
    for _ in 0..3 {
        let _ = scene.fail("a", "smith", HOME);
    }
    for n in 0..200_000_u32 {
        let address = IpAddr::from(n.to_be_bytes()).to_string();
        let _ = scene.fail("a", &format!("user{}", n / 2), &address);
    }
    assert_eq!(scene.fail("a", "smith", HOME), retry_after(5));
}
