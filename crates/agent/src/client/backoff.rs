//! How long to wait before the next try: longer each time, up to a limit, and never all clients at the same moment.

use std::time::Duration;

/// The first wait is at most this.
const FIRST: Duration = Duration::from_secs(1);
/// No wait is longer than this, whatever the server asks for.
pub const WAIT_MAX: Duration = Duration::from_secs(60);

/// Counts failures in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The wait after one more failure: between half of and the whole of a time that doubles with every failure.
    /// `random` is any number; a wish of the server is followed up to [`WAIT_MAX`].
    pub fn after_failure(&mut self, random: u64, asked: Option<Duration>) -> Duration {
        let ceiling = FIRST
            .saturating_mul(1_u32.checked_shl(self.failures).unwrap_or(u32::MAX))
            .min(WAIT_MAX);
        self.failures = self.failures.saturating_add(1).min(u32::BITS);
        let half = ceiling / 2;
        let share = (random >> 32) as f64 / f64::from(u32::MAX);
        (half + half.mul_f64(share))
            .max(asked.unwrap_or_default())
            .min(WAIT_MAX)
    }

    /// It worked: the next failure is the first again. Says how many there were.
    pub fn success(&mut self) -> u32 {
        std::mem::take(&mut self.failures)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_minute_and_are_spread_over_their_upper_half() {
        let seconds = |random| {
            let mut backoff = Backoff::default();
            [(); 9].map(|()| backoff.after_failure(random, None).as_millis())
        };
        assert_eq!(
            seconds(u64::MAX),
            [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]
        );
        assert_eq!(
            seconds(0),
            [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]
        );
    }

    #[test]
    fn the_servers_wish_is_followed_within_reason_and_success_begins_anew() {
        let mut backoff = Backoff::default();
        assert_eq!(
            backoff.after_failure(0, Some(Duration::from_secs(7))),
            Duration::from_secs(7)
        );
        assert_eq!(
            backoff.after_failure(0, Some(Duration::from_secs(7_000))),
            WAIT_MAX
        );
        assert_eq!(backoff.success(), 2);
        assert_eq!(backoff.after_failure(0, None), Duration::from_millis(500));
        for _ in 0..100 {
            assert!(backoff.after_failure(u64::MAX, None) <= WAIT_MAX);
        }
    }
}
