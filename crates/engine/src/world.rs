//! What the engine takes from outside: the time and randomness. Tests put their own in.

use model::time::Timestamp;
use std::pin::Pin;
use std::time::Duration;

/// The clock and the source of randomness.
pub trait World: Send + Sync + 'static {
    /// The wall clock.
    fn now(&self) -> Timestamp;

    /// Milliseconds that only ever grow, from any origin: for waiting times and windows.
    fn monotonic_millis(&self) -> u64;

    /// Fills the bytes with randomness fit for secrets.
    fn fill(&self, bytes: &mut [u8]);

    /// The same clock, as exact as there is one: where a difference of less than a millisecond would tell something.
    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.monotonic_millis())
    }

    /// Waits this long. Tests let no time pass.
    fn wait(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(tokio::time::sleep(time))
    }
}

impl dyn World {
    /// That many random bytes.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }
}
