//! A cold container as a function of time: it keeps its set point, its door is opened now and then, and a few of them
//! fail for a while.

use crate::chance::Chance;

const HOUR: i64 = 3_600_000;
/// A door is looked at in steps of this.
const DOOR_STEP: i64 = 20 * 60_000;
/// A failure lasts as long as one of these steps, and comes in some of them.
const FAILURE_STEP: i64 = 3 * HOUR;
/// By how much a container may be off its set point.
pub const TOLERANCE: f64 = 3.0;

/// A container.
#[derive(Debug, Clone, Copy)]
pub struct Container {
    chance: Chance,
    /// Its set point in degrees Celsius.
    pub set_point: f64,
    fails: bool,
}

impl Container {
    /// The container of this chance; one in eight fails now and then.
    pub fn new(chance: Chance) -> Self {
        let set_point = chance
            .pick("set point", 0, &[-20.0, -18.0, 2.0, 4.0, 6.0, 14.0])
            .unwrap_or(4.0);
        Self {
            chance,
            set_point,
            fails: chance.at("fails", 0) < 0.125,
        }
    }

    /// Its temperature in degrees Celsius.
    pub fn temperature(&self, millis: i64) -> f64 {
        let usual = 0.5 * self.chance.drift("temperature", millis, 10 * 60_000);
        let open = if self.is_open(millis) { 1.4 } else { 0.0 };
        self.set_point + usual + open + self.failure(millis)
    }

    /// Relative humidity in percent.
    pub fn humidity(&self, millis: i64) -> f64 {
        let open = if self.is_open(millis) { 9.0 } else { 0.0 };
        (72.0 + 7.0 * self.chance.drift("humidity", millis, 40 * 60_000) + open).clamp(20.0, 99.0)
    }

    /// Whether its door is open.
    pub fn is_open(&self, millis: i64) -> bool {
        self.chance.at("door", millis.div_euclid(DOOR_STEP)) < 0.06
    }

    /// Whether it is off its set point by more than may be.
    pub fn is_off(&self, millis: i64) -> bool {
        (self.temperature(millis) - self.set_point).abs() > TOLERANCE
    }

    /// How much too warm it is by a failure: it rises, and falls again.
    fn failure(&self, millis: i64) -> f64 {
        let step = millis.div_euclid(FAILURE_STEP);
        if !self.fails || self.chance.at("failure", step) > 0.3 {
            return 0.0;
        }
        let part = millis.rem_euclid(FAILURE_STEP) as f64 / FAILURE_STEP as f64;
        11.0 * (std::f64::consts::PI * part).sin()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_containers_keep_their_set_point_and_a_few_do_not() {
        let day = |device| {
            let container = Container::new(Chance::of(1, device));
            (0..24 * 12).any(|step| container.is_off(step * 300_000))
        };
        let off = (0..200).filter(|device| day(*device)).count();
        assert!((4..40).contains(&off), "{off} of 200");
    }

    #[test]
    fn an_open_door_is_seen_in_the_humidity() {
        let container = Container::new(Chance::of(1, 5));
        let times = || (0..500).map(|step| step * DOOR_STEP + 1);
        assert!(times().any(|at| container.is_open(at)) && times().any(|at| !container.is_open(at)));
        assert!(times().all(|at| (20.0..=99.0).contains(&container.humidity(at))));
    }
}
