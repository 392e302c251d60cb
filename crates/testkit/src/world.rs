//! A clock that stands still until it is moved, and randomness that is the same in every run.

use engine::world::World;
use model::time::Timestamp;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

/// Where the clock starts: 2026-11-18T00:00:00Z.
const START_MILLIS: i64 = 1_794_960_000_000;

/// The world of a test.
pub struct FakeWorld {
    now: AtomicI64,
    state: AtomicU64,
}

impl FakeWorld {
    /// A world whose randomness follows from the seed.
    pub fn new(seed: u64) -> Self {
        Self {
            now: AtomicI64::new(START_MILLIS),
            state: AtomicU64::new(seed),
        }
    }

    /// Moves the clock on.
    pub fn advance_millis(&self, millis: i64) {
        self.now.fetch_add(millis, Ordering::Relaxed);
    }

    /// SplitMix64: good enough to be different, and never a secret outside of a test.
    fn draw(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut z = self.state.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

impl World for FakeWorld {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now.load(Ordering::Relaxed))
    }

    fn monotonic_millis(&self) -> u64 {
        self.now.load(Ordering::Relaxed).unsigned_abs()
    }

    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let draw = self.draw().to_le_bytes();
            chunk.copy_from_slice(&draw[..chunk.len()]);
        }
    }

    fn wait(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }
}
