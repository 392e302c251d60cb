//! Whether two groups of measured times differ by more than chance: Welch's t.

use std::time::Duration;

/// Above this |t|, two groups are told apart: by chance, once in more than 100,000 comparisons.
pub(super) const T_MAX: f64 = 4.5;
/// The slowest of both groups together are left out, because there the machine did something else: all but these shares
/// are, in turn, and the larger |t| counts.
const KEPT: [f64; 2] = [0.5, 0.95];

/// What came out.
pub(super) struct Compared {
    pub(super) t: f64,
    /// Of the means, in milliseconds: the first less the second.
    pub(super) difference: f64,
}

/// Compares two groups.
pub(super) fn compare(one: &[Duration], other: &[Duration]) -> Compared {
    let mut all: Vec<Duration> = one.iter().chain(other).copied().collect();
    all.sort_unstable();
    let up_to = |kept: f64| {
        let last = all.get((all.len() as f64 * kept) as usize);
        welch(one, other, last.copied().unwrap_or(Duration::MAX))
    };
    let [some, most] = KEPT.map(up_to);
    if some.t.abs() > most.t.abs() { some } else { most }
}

/// Compares those of two groups that took no longer than this.
fn welch(one: &[Duration], other: &[Duration], bound: Duration) -> Compared {
    let (one, other) = (Moments::of(one, bound), Moments::of(other, bound));
    let difference = one.mean - other.mean;
    let error = (one.variance / one.count + other.variance / other.count).sqrt();
    Compared {
        t: if error > 0.0 { difference / error } else { 0.0 },
        difference,
    }
}

struct Moments {
    count: f64,
    mean: f64,
    variance: f64,
}

impl Moments {
    fn of(times: &[Duration], bound: Duration) -> Self {
        let millis: Vec<f64> = times
            .iter()
            .filter(|time| **time <= bound)
            .map(|time| time.as_secs_f64() * 1_000.0)
            .collect();
        let count = millis.len().max(2) as f64;
        let mean = millis.iter().sum::<f64>() / count;
        let squares: f64 = millis.iter().map(|time| (time - mean).powi(2)).sum();
        Self {
            count,
            mean,
            variance: squares / (count - 1.0),
        }
    }
}

/// The one in the middle.
pub(super) fn median(times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(micros: impl Iterator<Item = u64>) -> Vec<Duration> {
        micros.map(Duration::from_micros).collect()
    }

    #[test]
    fn t_is_that_of_welch() {
        // Means 2 and 4 ms, variances 0.8.
        let one = group([1_000, 2_000, 3_000, 1_000, 2_000, 3_000].into_iter());
        let other = group([3_000, 4_000, 5_000, 3_000, 4_000, 5_000].into_iter());
        let compared = welch(&one, &other, Duration::MAX);
        // (2 - 4) / sqrt(0.8 / 6 + 0.8 / 6)
        assert!((compared.t + 3.873).abs() < 0.001, "{}", compared.t);
        assert!((compared.difference + 2.0).abs() < 1e-9);
    }

    #[test]
    fn equal_groups_are_not_told_apart_and_shifted_ones_are() {
        let base = |shift: u64| group((0..1_000).map(move |n| 13_000 + n * 7_919 % 1_000 + shift));
        assert!(compare(&base(0), &base(0)).t.abs() < 1e-9);
        assert!(compare(&base(0), &base(200)).t < -T_MAX);
    }

    #[test]
    fn what_took_very_long_hides_no_difference() {
        let with_pauses = |shift: u64| {
            group((0..1_000).map(move |n| 13_000 + n % 100 + shift + if n % 50 == 0 { 1_000_000 } else { 0 }))
        };
        assert!(compare(&with_pauses(0), &with_pauses(50)).t.abs() > T_MAX);
        assert_eq!(median(&with_pauses(0)).as_millis(), 13);
    }
}
