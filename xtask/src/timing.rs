//! `cargo xtask timing`: does the time of a refused sign-in tell whether there is such a user? Names that nobody has, wrong
//! passwords of users, and right ones of disabled users are tried in turn, in random order, by calls of the real door on
//! the real store. It fails if the times of two of them differ by more than chance explains.
//!
//! Nothing of the platform is switched off. So that the throttle refuses nothing, every round comes from an address of
//! its own, and between rounds the platform's clock is put forward by more than any failure is remembered.

mod statistics;

use crate::bench::house::{House, tenant, text};
use crate::bench::place::{Machine, Place, parsed};
use engine::refusal::Refusal;
use engine::sign_in::{BasicCredential, Claim};
use engine::users::{NewUser, Profile};
use engine::world::World;
use model::names::UserName;
use model::secret::Secret;
use model::time::Timestamp;
use statistics::{Compared, T_MAX, compare};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Samples of each kind and situation when none were asked for: each waits for the step at which refusals are told.
const SAMPLES_DEFAULT: usize = 300;
/// Users of each kind, so that no single row is measured.
const USERS: usize = 16;
/// Failures are forgotten after half an hour.
const BETWEEN_ROUNDS_MILLIS: u64 = 31 * 60_000;
const PASSWORD: &str = "right, but of no use to anybody";

/// Whom an attempt names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Unknown,
    WrongPassword,
    Disabled,
}

const KINDS: [(Kind, &str); 3] = [
    (Kind::Unknown, "unknown user"),
    (Kind::WrongPassword, "wrong password"),
    (Kind::Disabled, "disabled user"),
];

/// What came before an attempt: it decides whether the attempt is a record of its own or one more of a count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Situation {
    /// Nothing, from this address.
    First,
    /// The same name, from this address.
    Again,
    /// Other names that nobody has: somebody goes through a list.
    List,
}

const SITUATIONS: [(Situation, &str); 3] = [
    (Situation::First, "the first attempt of an address"),
    (Situation::Again, "the same name again"),
    (Situation::List, "a list of names from one address"),
];

/// Measures, prints what was found; an error if something tells the kinds apart.
pub(crate) fn run(root: &Path, options: &[&str]) -> Result<(), String> {
    let samples = samples(options)?;
    crate::bench::cargo(root, &["build", "--locked", "--package", "server"])?;
    let place = Place::set_up(&crate::bench::program()?, &root.join("target"))?;
    let world = Arc::new(Forwarded::new());
    let house = House::open_in(&place, world.clone())?;
    make_users(&house)?;
    let mut attacker = Attacker {
        house: &house,
        world: &world,
        round: 0,
    };
    let mut told = Vec::new();
    for (situation, name) in SITUATIONS {
        println!("{name}, {samples} samples of each:");
        let times = attacker.measure(situation, samples)?;
        told.extend(report(&times).map(|pair| format!("{name}: {pair}")));
    }
    if told.is_empty() {
        println!("no |t| is above {T_MAX}");
        return Ok(());
    }
    Err(format!(
        "the time tells who is who (|t| above {T_MAX}):\n{}",
        told.join("\n")
    ))
}

fn samples(options: &[&str]) -> Result<usize, String> {
    match options {
        [] => Ok(SAMPLES_DEFAULT),
        ["--samples", count] => count
            .parse()
            .ok()
            .filter(|count| *count >= 10)
            .ok_or_else(|| format!("`{count}` is no number of samples of at least 10")),
        _ => Err(format!("`{}` is no option", options.join(" "))),
    }
}

/// Prints medians and comparisons; gives the pairs that differ.
fn report(times: &[Vec<Duration>; 3]) -> impl Iterator<Item = String> {
    for ((_, name), times) in KINDS.iter().zip(times) {
        println!("  {name:<14} median {:9.3} ms", millis(statistics::median(times)));
    }
    let mut told = Vec::new();
    for (one, other) in [(0, 1), (0, 2), (1, 2)] {
        let Compared { t, difference } = compare(&times[one], &times[other]);
        let pair = format!("{} / {}", KINDS[one].1, KINDS[other].1);
        println!("  {pair:<31} t = {t:7.2}, mean difference {difference:7.3} ms");
        if t.abs() > T_MAX {
            told.push(format!("{pair}: t = {t:.2}"));
        }
    }
    told.into_iter()
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

fn make_users(house: &House) -> Result<(), String> {
    let admin = house.admin()?;
    for number in 0..USERS {
        for enabled in [true, false] {
            let kind = if enabled {
                Kind::WrongPassword
            } else {
                Kind::Disabled
            };
            let user = NewUser {
                must_change_password: false,
                name: name_of(kind, number)?,
                password: Some(Secret::new(PASSWORD)),
                profile: Profile::default(),
                enabled,
                roles: BTreeSet::new(),
                groups: BTreeSet::new(),
            };
            let made = house.runtime.block_on(house.door.create_user(&admin, user));
            made.map_err(|why| format!("{why:?}"))?;
        }
    }
    Ok(())
}

/// Names of equal length.
fn name_of(kind: Kind, number: usize) -> Result<UserName, String> {
    let letter = match kind {
        Kind::Unknown => 'u',
        Kind::WrongPassword => 'w',
        Kind::Disabled => 'd',
    };
    parsed(&format!("{letter}-{number:08}"))
}

/// Who tries to find out which users there are.
struct Attacker<'a> {
    house: &'a House,
    world: &'a Forwarded,
    round: usize,
}

impl Attacker<'_> {
    /// The times of refused attempts, by kind.
    fn measure(&mut self, situation: Situation, samples: usize) -> Result<[Vec<Duration>; 3], String> {
        let mut times = [const { Vec::new() }; 3];
        for _ in 0..samples {
            for kind in self.order() {
                // For a list, one round serves all kinds; otherwise each attempt is a round.
                if situation != Situation::List || times.iter().all(|of| of.len() == times[0].len()) {
                    self.next_round()?;
                    if situation == Situation::List {
                        self.attempt(Kind::Unknown, usize::MAX / 2)?;
                    }
                }
                let place = KINDS
                    .iter()
                    .position(|(other, _)| *other == kind)
                    .unwrap_or_default();
                let number = match kind {
                    Kind::Unknown => self.round,
                    _ => self.round % USERS,
                };
                if situation == Situation::Again {
                    self.attempt(kind, number)?;
                }
                times[place].push(self.attempt(kind, number)?);
            }
        }
        Ok(times)
    }

    /// The kinds in random order.
    fn order(&self) -> [Kind; 3] {
        let [first, second] = {
            let world: &dyn World = self.world;
            world.random::<2>()
        };
        let mut kinds = KINDS.map(|(kind, _)| kind);
        kinds.rotate_left(usize::from(first) % 3);
        kinds[1..].rotate_left(usize::from(second) % 2);
        kinds
    }

    /// A new address, long after the last round: nothing is counted of it any more.
    fn next_round(&mut self) -> Result<(), String> {
        self.round += 1;
        self.world
            .forward_millis
            .fetch_add(BETWEEN_ROUNDS_MILLIS, Ordering::Relaxed);
        let closed = self.house.runtime.block_on(self.house.door.close_windows(true));
        closed.map_err(|why| format!("{why:?}"))
    }

    /// The time of one attempt, which must be refused for what it is, and not for being one too many.
    fn attempt(&self, kind: Kind, number: usize) -> Result<Duration, String> {
        let world: &dyn World = self.world;
        let password = match kind {
            Kind::Disabled => PASSWORD.to_owned(),
            // As long as the right one, and another one each time.
            _ => format!("{:031}", u64::from_be_bytes(world.random())),
        };
        let address = u32::try_from(self.round).map_err(text)?;
        let claim = Claim {
            credential: BasicCredential {
                tenant: Some(tenant()?),
                user: name_of(kind, number % 100_000_000)?,
                password: Secret::new(password),
            }
            .into(),
            host: None,
            address: IpAddr::V4(Ipv4Addr::from_bits(0x0a00_0000 | address)),
            application: None,
        };
        let began = Instant::now();
        let answer = self.house.runtime.block_on(self.house.door.sign_in(claim));
        let time = began.elapsed();
        match answer {
            Err(Refusal::NotSignedIn) => Ok(time),
            answer => Err(format!("an attempt was not refused as it should be: {answer:?}")),
        }
    }
}

/// The machine's clock, put forward.
struct Forwarded {
    machine: Machine,
    forward_millis: AtomicU64,
}

impl Forwarded {
    fn new() -> Self {
        Self {
            machine: Machine::new(),
            forward_millis: AtomicU64::new(0),
        }
    }
}

impl World for Forwarded {
    fn now(&self) -> Timestamp {
        self.machine.now()
    }

    fn monotonic_millis(&self) -> u64 {
        self.machine.monotonic_millis() + self.forward_millis.load(Ordering::Relaxed)
    }

    fn monotonic(&self) -> Duration {
        self.machine.monotonic() + Duration::from_millis(self.forward_millis.load(Ordering::Relaxed))
    }

    fn fill(&self, bytes: &mut [u8]) {
        self.machine.fill(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_of_samples_is_refused() {
        assert_eq!(samples(&[]), Ok(SAMPLES_DEFAULT));
        assert_eq!(samples(&["--samples", "10"]), Ok(10));
        for options in [
            &["--samples"][..],
            &["--samples", "9"],
            &["--samples", "x"],
            &["-n", "10"],
        ] {
            assert!(samples(options).is_err(), "{options:?}");
        }
    }
}
