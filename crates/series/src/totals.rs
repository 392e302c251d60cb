//! What the values of one interval come to together: how many there are, their sum, mean and spread. Doubles, built in
//! one pass (Welford), so that equal values have no spread at all.
//!
//! It does not know the least and the greatest: those are kept as they were sent.

/// What the values come to.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Totals {
    count: u64,
    sum: f64,
    mean: f64,
    /// The sum of the squares of the distances from the mean.
    squares: f64,
}

impl Totals {
    /// What one value alone comes to.
    pub fn of(value: f64) -> Self {
        let mut totals = Self::default();
        totals.add(value);
        totals
    }

    /// Takes in one more value.
    pub fn add(&mut self, value: f64) {
        self.count += 1;
        self.sum += value;
        let distance = value - self.mean;
        self.mean += distance / self.count as f64;
        self.squares += distance * (value - self.mean);
    }

    /// Takes in what other values come to (Chan, Golub and LeVeque: pairwise).
    pub fn join(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        let (ours, theirs) = (self.count as f64, other.count as f64);
        let distance = other.mean - self.mean;
        self.count += other.count;
        self.sum += other.sum;
        self.mean += distance * theirs / self.count as f64;
        self.squares += other.squares + distance * distance * ours * theirs / self.count as f64;
    }

    /// How many values.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their sum.
    pub fn sum(&self) -> f64 {
        self.sum
    }

    /// Their mean; nothing of no values.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then_some(self.mean)
    }

    /// Their standard deviation, if they are all there are; nothing of no values.
    pub fn deviation(&self) -> Option<f64> {
        (self.count > 0).then(|| (self.squares / self.count as f64).sqrt())
    }

    /// Their standard deviation, if they are a sample; nothing of fewer than two.
    pub fn sample_deviation(&self) -> Option<f64> {
        (self.count > 1).then(|| (self.squares / (self.count - 1) as f64).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_small_case_comes_to_what_a_textbook_says() {
        let mut totals = Totals::default();
        assert_eq!((totals.mean(), totals.deviation()), (None, None));
        for value in [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0] {
            totals.add(value);
        }
        assert_eq!(
            (totals.count(), totals.sum(), totals.mean()),
            (8, 40.0, Some(5.0))
        );
        assert_eq!(totals.deviation(), Some(2.0));
        assert_eq!(totals.sample_deviation(), Some((32.0_f64 / 7.0).sqrt()));
        assert_eq!(Totals::of(3.5).deviation(), Some(0.0));
        assert_eq!(Totals::of(3.5).sample_deviation(), None);
    }

    fn totals(values: &[f64]) -> Totals {
        let mut totals = Totals::default();
        values.iter().for_each(|value| totals.add(*value));
        totals
    }

    proptest! {
        #[test]
        fn parts_come_to_what_all_values_come_to(
            values in proptest::collection::vec(-1e6..1e6_f64, 0..50),
            cut in 0..50_usize,
        ) {
            let (front, back) = values.split_at(cut.min(values.len()));
            let (mut joined, whole) = (totals(front), totals(&values));
            joined.join(&totals(back));
            prop_assert_eq!(joined.count(), whole.count());
            let near = |one: f64, other: f64| (one - other).abs() <= 1e-9 * (1e6 + one.abs());
            prop_assert!(near(joined.sum(), whole.sum()));
            prop_assert!(near(joined.mean().unwrap_or(0.0), whole.mean().unwrap_or(0.0)));
            let spread = |totals: &Totals| totals.deviation().unwrap_or(0.0);
            prop_assert!((spread(&joined) - spread(&whole)).abs() <= 1e-3, "{joined:?} {whole:?}");
        }

        #[test]
        fn the_mean_lies_among_the_values(values in proptest::collection::vec(-1e6..1e6_f64, 1..50)) {
            let mut totals = Totals::default();
            values.iter().for_each(|value| totals.add(*value));
            let mean = totals.mean().expect("there are values");
            let least = values.iter().copied().fold(f64::INFINITY, f64::min);
            let greatest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            prop_assert!((least - 1e-6..=greatest + 1e-6).contains(&mean), "{mean}");
            prop_assert!(totals.deviation().expect("there are values") <= greatest - least + 1e-6);
        }
    }
}
