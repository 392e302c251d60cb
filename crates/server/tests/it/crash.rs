//! Kills the program while clients post, again and again on the same directory, and asks what it still has: every
//! acknowledged request exactly once, every other at most once and as a whole, nothing else.
//!
//! Each client sends each request once and never again, so a request without an answer may or may not have been
//! carried out. `cargo xtask crash` makes the same run longer.

mod ledger;
mod round;

use crate::program::{Place, err, out};
use ledger::Ledger;
use round::{Acknowledged, Round, Scene};
use std::env;
use std::fmt;
use std::str::FromStr;
use std::time::{Duration, Instant};

/// In the first of so many rounds the kill waits for a new tenant.
const ROUNDS_PER_TENANT: u32 = 5;

/// How long a run is and what it is made of.
struct Run {
    rounds: u32,
    seed: u64,
    engine: &'static str,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_twenty_kills_and_nothing_comes_twice() {
    // R006, R099, R100
    Run {
        rounds: 20,
        seed: 1,
        engine: "fjall",
    }
    .go()
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_second_engine_survives_kills_too() {
    // R006, R099
    Run {
        rounds: 5,
        seed: 2,
        engine: "redb",
    }
    .go()
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: `cargo xtask crash` runs it"]
async fn the_long_run() {
    fn setting<T: FromStr>(name: &str, default: T) -> T {
        env::var(name)
            .ok()
            .and_then(|text| text.parse().ok())
            .unwrap_or(default)
    }
    let engine = if env::var("HOLDFAST_CRASH_ENGINE").is_ok_and(|name| name == "redb") {
        "redb"
    } else {
        "fjall"
    };
    let run = Run {
        rounds: setting("HOLDFAST_CRASH_ROUNDS", 200),
        seed: setting("HOLDFAST_CRASH_SEED", 1),
        engine,
    };
    run.go().await;
}

impl Run {
    #[expect(clippy::print_stdout, reason = "the numbers are what the long run is for")]
    async fn go(self) {
        let begun = Instant::now();
        let place = Place::new()
            .with("HOLDFAST__STORAGE__ENGINE", self.engine)
            .set_up();
        let mut random = Random(self.seed);
        let mut program = place.serve();
        let scene = Scene::prepare(&place, &program).await;
        let mut ledger = Ledger::default();
        let mut restarts = Vec::new();
        for number in 0..self.rounds {
            let round = Round {
                number,
                kill_after: Acknowledged {
                    requests: random.below(60),
                    tenants: u64::from(number % ROUNDS_PER_TENANT == 0),
                },
                and_then: Duration::from_micros(random.below(40_000)),
            };
            round
                .post(&place, &program, &scene, &mut random, &mut ledger)
                .await;
            program.end();
            // The first start finds what the kill left behind, and is killed as well; then the log is verified.
            let restarted = place.serve();
            restarts.push(restarted.ready_after);
            restarted.kill();
            verify(&place, number);
            program = place.serve();
            scene.check_since_last(&place, &program, &mut ledger).await;
        }
        scene.check_everything(&place, &program, &ledger).await;
        assert_eq!(program.stop().status.code(), Some(0));
        restarts.sort_unstable();
        println!(
            "N = {} kills, seed {}, {}: {ledger}; restart {} ms in the middle, {} ms at most; {} s in all",
            self.rounds,
            self.seed,
            self.engine,
            restarts[restarts.len() / 2].as_millis(),
            restarts[restarts.len() - 1].as_millis(),
            begun.elapsed().as_secs()
        );
        assert!(
            ledger.is_worth_something(self.rounds),
            "hardly anything was acknowledged: {ledger}"
        );
    }
}

fn verify(place: &Place, number: u32) {
    let verified = place.run(&["audit", "verify"]);
    let text = out(&verified);
    assert_eq!(
        verified.status.code(),
        Some(0),
        "round {number}: {text}{}",
        err(&verified)
    );
    assert!(text.contains("t100: ok"), "round {number}: {text}");
}

/// Numbers that only look random: the same seed gives the same run, as far as the clock allows.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// SplitMix64.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.counts();
        write!(
            f,
            "acknowledged and there exactly once: {} measurements in {} posts, {} objects, {} tenants; without an \
             answer: {} requests, {} of them carried out",
            counts.measurements,
            counts.posts,
            counts.objects,
            counts.tenants,
            counts.unanswered,
            counts.unanswered_done
        )
    }
}
