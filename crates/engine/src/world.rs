//! What the engine takes from outside: the time and randomness. Tests put their own in.

use model::time::Timestamp;

/// The clock and the source of randomness.
pub trait World: Send + Sync + 'static {
    /// The wall clock.
    fn now(&self) -> Timestamp;

    /// Milliseconds that only ever grow, from any origin: for waiting times and windows.
    fn monotonic_millis(&self) -> u64;

    /// Fills the bytes with randomness fit for secrets.
    fn fill(&self, bytes: &mut [u8]);
}

impl dyn World {
    /// That many random bytes.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }
}
