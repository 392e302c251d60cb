//! Chance that repeats: every value is a function of a seed, a device, a word and a step. It is nothing secret.

/// Where the values of one device come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chance {
    root: u64,
}

impl Chance {
    /// The chance of a fleet's device.
    pub fn of(seed: u64, device: usize) -> Self {
        Self {
            root: mixed(seed ^ mixed(device as u64)),
        }
    }

    /// A value from 0 up to 1, the same for the same word and step.
    pub fn at(self, word: &str, step: i64) -> f64 {
        let word = word.bytes().fold(0xcbf2_9ce4_8422_2325, |so_far: u64, byte| {
            (so_far ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let bits = mixed(self.root ^ mixed(word ^ mixed(step as u64)));
        // The 53 bits that a float holds exactly.
        (bits >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A value from `low` up to `high`.
    pub fn between(self, word: &str, step: i64, (low, high): (f64, f64)) -> f64 {
        low + (high - low) * self.at(word, step)
    }

    /// One of these; the first if there is a mistake in the list's length.
    pub fn pick<T: Copy>(self, word: &str, step: i64, from: &[T]) -> Option<T> {
        let place = (self.at(word, step) * from.len() as f64) as usize;
        from.get(place).or_else(|| from.first()).copied()
    }

    /// A value from -1 up to 1 that changes smoothly: steps of `every` milliseconds, blended.
    pub fn drift(self, word: &str, millis: i64, every: i64) -> f64 {
        let step = millis.div_euclid(every);
        let part = millis.rem_euclid(every) as f64 / every as f64;
        let eased = part * part * (3.0 - 2.0 * part);
        let (from, to) = (self.at(word, step), self.at(word, step + 1));
        (from + (to - from) * eased) * 2.0 - 1.0
    }
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
fn mixed(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_values_and_another_one_others() {
        let values = |seed| (0..50).map(move |step| Chance::of(seed, 3).at("x", step));
        assert!(values(1).eq(values(1)));
        assert!(!values(1).eq(values(2)));
        assert!(values(1).all(|value| (0.0..1.0).contains(&value)));
        let mean = values(1).sum::<f64>() / 50.0;
        assert!((0.35..0.65).contains(&mean), "{mean}");
    }

    #[test]
    fn a_drift_is_smooth_and_bounded() {
        let chance = Chance::of(1, 1);
        let mut before = chance.drift("t", -60_000, 60_000);
        for millis in (-60_000..600_000).step_by(1_000) {
            let now = chance.drift("t", millis, 60_000);
            assert!(
                (-1.0..=1.0).contains(&now) && (now - before).abs() < 0.06,
                "{millis}"
            );
            before = now;
        }
    }
}
