//! A truck's day as a function of time: to and fro on its road, with the breaks that drivers must make, so that a fleet
//! that is started again goes on where it would be.

use crate::chance::Chance;
use crate::roads::{Place, ROADS, Road};

/// Speed while driving, on average.
const CRUISE_KMH: f64 = 76.0;
/// Driving before a break and the break, in hours (Regulation (EC) No 561/2006, article 7).
const DRIVING_HOURS: f64 = 4.5;
const BREAK_HOURS: f64 = 0.75;
/// Loading at either end.
const LOADING_HOURS: f64 = 1.2;
/// Traffic: how far a truck is before or behind its average, and how fast that changes.
const SWING_KM: f64 = 0.4;
const SWING_HOURS: f64 = 1.0 / 3.0;

const HOUR_MILLIS: f64 = 3_600_000.0;

/// Where a truck is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fix {
    /// The place.
    pub place: Place,
    /// Degrees from north.
    pub heading: f64,
    /// Speed in km/h.
    pub speed: f64,
}

/// A truck.
#[derive(Debug, Clone, Copy)]
pub struct Truck {
    road: &'static Road,
    chance: Chance,
}

impl Truck {
    /// The truck of this chance in a region.
    pub fn new(chance: Chance, region: usize) -> Self {
        let mut of_region = ROADS.iter().filter(|road| road.region == region);
        let (first, second) = (of_region.next(), of_region.next());
        let road = match (first, second) {
            (Some(_), Some(second)) if chance.at("road", 0) < 0.5 => second,
            (Some(first), _) => first,
            _ => &ROADS[0],
        };
        Self { road, chance }
    }

    /// The road that it drives on.
    pub fn road(&self) -> &'static Road {
        self.road
    }

    /// Where it is, at a time in milliseconds since 1970.
    pub fn at(&self, millis: i64) -> Fix {
        let km = self.road.km();
        let driving = km / CRUISE_KMH;
        let breaks = (driving / DRIVING_HOURS).floor() * BREAK_HOURS;
        let way = driving + breaks + LOADING_HOURS;
        let phase = self.chance.between("phase", 0, (0.0, 2.0 * way));
        let hours = (millis as f64 / HOUR_MILLIS + phase).rem_euclid(2.0 * way);
        let (is_back, hours) = (hours >= way, hours % way);
        let (driven, moves) = driven_hours(hours, driving);
        let turn = std::f64::consts::TAU * driven / SWING_HOURS;
        // Nobody swings at the ends: there the truck stands.
        let room = ((driving - driven).min(driven) / SWING_HOURS).clamp(0.0, 1.0);
        let so_far = (driven * CRUISE_KMH + SWING_KM * room * turn.sin()).clamp(0.0, km);
        let speed = CRUISE_KMH + SWING_KM * room * std::f64::consts::TAU / SWING_HOURS * turn.cos();
        let (place, heading) = self.road.after(if is_back { km - so_far } else { so_far });
        Fix {
            place,
            heading: if is_back {
                (heading + 180.0) % 360.0
            } else {
                heading
            },
            speed: if moves { speed } else { 0.0 },
        }
    }

    /// Fuel in percent: it falls while a way lasts and is filled at its ends.
    pub fn fuel(&self, millis: i64) -> f64 {
        let part = self.chance.drift("fuel", millis, 5 * 3_600_000);
        (58.0 + 38.0 * part).clamp(8.0, 100.0)
    }

    /// Temperature of the coolant in degrees Celsius.
    pub fn coolant(&self, millis: i64) -> f64 {
        let is_warm = self.at(millis).speed > 0.0;
        let base = if is_warm { 88.0 } else { 61.0 };
        base + 4.0 * self.chance.drift("coolant", millis, 15 * 60_000)
    }
}

/// Of so many hours since the start of a way, those spent driving, and whether the truck drives just now.
fn driven_hours(hours: f64, driving: f64) -> (f64, bool) {
    let block = DRIVING_HOURS + BREAK_HOURS;
    let (blocks, within) = ((hours / block).floor(), hours % block);
    let driven = blocks * DRIVING_HOURS + within.min(DRIVING_HOURS);
    (driven.min(driving), within < DRIVING_HOURS && driven < driving)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roads::distance_km;

    #[test]
    fn a_truck_moves_as_fast_as_it_says_and_stays_below_its_limiter() {
        for device in 0..40 {
            let truck = Truck::new(Chance::of(1, device), device % 4);
            let (mut moved, mut stood) = (0.0, 0);
            for minute in 0..48 * 60 {
                let (now, next) = (truck.at(minute * 60_000), truck.at((minute + 1) * 60_000));
                let km = distance_km(now.place, next.place);
                assert!(km < 1.6, "{device} at {minute}: no jump, {km} km in a minute");
                assert!((0.0..90.0).contains(&now.speed), "{}", now.speed);
                moved += km;
                stood += usize::from(now.speed == 0.0);
            }
            assert!(
                (1_200.0..3_600.0).contains(&moved),
                "{device}: {moved} km in two days"
            );
            assert!(stood > 120, "drivers rest and load: {stood} minutes");
        }
    }

    #[test]
    fn a_break_is_made_after_four_and_a_half_hours() {
        for (hours, expected) in [
            (1.0, (1.0, true)),
            (4.6, (4.5, false)),
            (5.2, (4.5, false)),
            (5.75, (5.0, true)),
            (30.0, (9.0, false)),
        ] {
            assert_eq!(driven_hours(hours, 9.0), expected, "{hours}");
        }
    }
}
