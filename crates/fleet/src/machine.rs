//! A machine in a plant as a function of time: it runs in shifts, counts its cycles, and its bearing wears.

use crate::chance::Chance;

const HOUR: i64 = 3_600_000;
/// Cycles in an hour of work.
const CYCLES_PER_HOUR: i64 = 240;
/// Working hours of a day in UTC: two shifts.
const SHIFT: std::ops::Range<i64> = 5..21;
/// Vibration above which a machine is to be looked at, in mm/s (the border between zones C and D of ISO 10816-3 for
/// medium machines).
pub const VIBRATION_MAX: f64 = 4.5;

/// A machine.
#[derive(Debug, Clone, Copy)]
pub struct Machine {
    chance: Chance,
    wears: bool,
}

impl Machine {
    /// The machine of this chance; one in ten has a bad bearing.
    pub fn new(chance: Chance) -> Self {
        Self {
            chance,
            wears: chance.at("wears", 0) < 0.1,
        }
    }

    /// Whether it works.
    pub fn runs(&self, millis: i64) -> bool {
        let hour = millis.div_euclid(HOUR).rem_euclid(24);
        SHIFT.contains(&hour) && self.chance.at("stands", millis.div_euclid(HOUR / 2)) > 0.08
    }

    /// Vibration in mm/s.
    pub fn vibration(&self, millis: i64) -> f64 {
        let base = if self.runs(millis) { 1.9 } else { 0.1 };
        let wear = match self.wears && self.runs(millis) {
            true => 1.9 + 1.6 * self.chance.drift("wear", millis, 2 * HOUR),
            false => 0.0,
        };
        (base + 0.5 * base * self.chance.drift("vibration", millis, 4 * 60_000) + wear).max(0.02)
    }

    /// Electric power in kW.
    pub fn power(&self, millis: i64) -> f64 {
        let base = if self.runs(millis) { 31.0 } else { 1.2 };
        base * (1.0 + 0.2 * self.chance.drift("power", millis, 3 * 60_000))
    }

    /// Cycles since it was put up. It never falls.
    pub fn cycles(&self, millis: i64) -> i64 {
        let (day, within) = (millis.div_euclid(24 * HOUR), millis.rem_euclid(24 * HOUR));
        let worked = (within - SHIFT.start * HOUR).clamp(0, (SHIFT.end - SHIFT.start) * HOUR);
        let hours = (day - 20_000).max(0) * (SHIFT.end - SHIFT.start);
        hours * CYCLES_PER_HOUR + worked * CYCLES_PER_HOUR / HOUR
    }

    /// Whether somebody should look at it.
    pub fn is_rough(&self, millis: i64) -> bool {
        self.vibration(millis) > VIBRATION_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cycles_never_fall_and_are_made_in_shifts() {
        let machine = Machine::new(Chance::of(1, 8));
        let start = 20_500 * 24 * HOUR;
        let counts: Vec<_> = (0..72 * 4)
            .map(|quarter| machine.cycles(start + quarter * HOUR / 4))
            .collect();
        assert!(counts.windows(2).all(|pair| pair[0] <= pair[1]));
        assert_eq!(counts[4 * 24] - counts[0], 16 * CYCLES_PER_HOUR);
        assert!(!machine.runs(start + 2 * HOUR), "nobody works at night");
    }

    #[test]
    fn a_few_machines_are_rough() {
        let day = |device| {
            let machine = Machine::new(Chance::of(1, device));
            (0..24 * 12).any(|step| machine.is_rough(step * 300_000))
        };
        let rough = (0..200).filter(|device| day(*device)).count();
        assert!((3..40).contains(&rough), "{rough} of 200");
    }
}
