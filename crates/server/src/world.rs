//! The engine's world in the real program: the system's clock and randomness.

use crate::clock;
use engine::world::World;
use model::time::Timestamp;
use std::time::{Duration, Instant};

/// The system's clock and randomness.
pub struct SystemWorld {
    started: Instant,
}

impl SystemWorld {
    /// Monotonic time counts from here.
    pub fn new() -> Self {
        Self {
            started: Instant::now(),
        }
    }
}

impl Default for SystemWorld {
    fn default() -> Self {
        Self::new()
    }
}

impl World for SystemWorld {
    fn now(&self) -> Timestamp {
        clock::now()
    }

    fn monotonic_millis(&self) -> u64 {
        self.started.elapsed().as_millis() as u64
    }

    fn monotonic(&self) -> Duration {
        self.started.elapsed()
    }

    #[expect(
        clippy::expect_used,
        reason = "without randomness nothing secret can be made: stopping is the safe answer"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        aws_lc_rs::rand::fill(bytes).expect("the system gives random bytes");
    }
}
