//! Where trucks drive: lines of places along real motorways, from memory of an atlas and not from map data, and what
//! distance lies where on them.

/// Degrees north and east.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lng: f64,
}

const fn at(lat: f64, lng: f64) -> Place {
    Place { lat, lng }
}

/// A road between two cities.
#[derive(Debug)]
pub struct Road {
    /// The city that it begins in.
    pub from: &'static str,
    /// The city that it ends in.
    pub to: &'static str,
    /// The region whose trucks drive there.
    pub region: usize,
    places: &'static [Place],
}

/// Regions of the fleet: 0 north, 1 east, 2 south, 3 west.
pub static ROADS: [Road; 8] = [
    Road {
        from: "Hamburg",
        to: "Munich",
        region: 0,
        places: &[
            at(53.53, 9.98),
            at(53.26, 9.92),
            at(52.99, 9.79),
            at(52.70, 9.71),
            at(52.42, 9.85),
            at(52.15, 9.99),
            at(51.87, 10.09),
            at(51.54, 9.88),
            at(51.42, 9.66),
            at(51.27, 9.54),
            at(51.03, 9.47),
            at(50.87, 9.61),
            at(50.56, 9.72),
            at(50.29, 9.79),
            at(50.04, 9.98),
            at(49.80, 10.02),
            at(49.74, 10.35),
            at(49.61, 10.87),
            at(49.46, 11.14),
            at(49.19, 11.31),
            at(48.77, 11.47),
            at(48.51, 11.55),
            at(48.25, 11.62),
            at(48.17, 11.59),
        ],
    },
    Road {
        from: "Gothenburg",
        to: "Hamburg",
        region: 0,
        places: &[
            at(57.70, 11.97),
            at(57.49, 12.07),
            at(57.11, 12.27),
            at(56.90, 12.50),
            at(56.68, 12.87),
            at(56.44, 12.84),
            at(56.07, 12.73),
            at(55.87, 12.87),
            at(55.61, 13.05),
            at(55.56, 12.88),
            at(55.63, 12.65),
            at(55.61, 12.36),
            at(55.45, 11.79),
            at(55.35, 11.11),
            at(55.31, 10.79),
            at(55.35, 10.40),
            at(55.46, 9.98),
            at(55.52, 9.68),
            at(55.48, 9.47),
            at(55.25, 9.44),
            at(54.93, 9.36),
            at(54.79, 9.37),
            at(54.52, 9.50),
            at(54.30, 9.71),
            at(54.07, 9.96),
            at(53.78, 9.95),
            at(53.60, 9.91),
            at(53.53, 9.98),
        ],
    },
    Road {
        from: "Rotterdam",
        to: "Berlin",
        region: 1,
        places: &[
            at(51.90, 4.46),
            at(51.99, 4.66),
            at(52.07, 5.08),
            at(51.97, 5.67),
            at(51.97, 5.93),
            at(51.87, 6.24),
            at(51.68, 6.60),
            at(51.53, 6.86),
            at(51.56, 7.17),
            at(51.58, 7.43),
            at(51.60, 7.66),
            at(51.75, 8.05),
            at(51.93, 8.45),
            at(52.09, 8.72),
            at(52.24, 9.06),
            at(52.31, 9.37),
            at(52.42, 9.66),
            at(52.36, 10.03),
            at(52.31, 10.50),
            at(52.24, 10.84),
            at(52.19, 11.34),
            at(52.22, 11.68),
            at(52.27, 12.06),
            at(52.34, 12.53),
            at(52.29, 12.90),
            at(52.34, 13.10),
            at(52.44, 13.21),
            at(52.50, 13.29),
        ],
    },
    Road {
        from: "Berlin",
        to: "Warsaw",
        region: 1,
        places: &[
            at(52.50, 13.29),
            at(52.38, 13.45),
            at(52.32, 13.80),
            at(52.34, 14.30),
            at(52.32, 14.59),
            at(52.32, 15.06),
            at(52.26, 15.53),
            at(52.29, 16.02),
            at(52.34, 16.60),
            at(52.35, 16.92),
            at(52.32, 17.55),
            at(52.21, 18.25),
            at(52.10, 18.65),
            at(51.95, 19.16),
            at(51.91, 19.50),
            at(51.98, 19.95),
            at(52.08, 20.44),
            at(52.17, 20.80),
            at(52.22, 20.98),
        ],
    },
    Road {
        from: "Munich",
        to: "Milan",
        region: 2,
        places: &[
            at(48.10, 11.63),
            at(47.94, 11.76),
            at(47.83, 12.07),
            at(47.62, 12.18),
            at(47.48, 12.06),
            at(47.39, 11.78),
            at(47.27, 11.43),
            at(47.13, 11.46),
            at(47.00, 11.51),
            at(46.89, 11.43),
            at(46.72, 11.65),
            at(46.50, 11.33),
            at(46.26, 11.18),
            at(46.07, 11.11),
            at(45.88, 11.01),
            at(45.60, 10.85),
            at(45.41, 10.93),
            at(45.44, 10.66),
            at(45.51, 10.22),
            at(45.60, 9.86),
            at(45.62, 9.55),
            at(45.54, 9.29),
            at(45.49, 9.21),
        ],
    },
    Road {
        from: "Vienna",
        to: "Frankfurt",
        region: 2,
        places: &[
            at(48.19, 16.27),
            at(48.17, 15.93),
            at(48.18, 15.62),
            at(48.16, 15.10),
            at(48.14, 14.72),
            at(48.23, 14.31),
            at(48.17, 14.03),
            at(48.30, 13.60),
            at(48.49, 13.40),
            at(48.71, 13.16),
            at(48.86, 12.75),
            at(48.98, 12.13),
            at(49.13, 11.83),
            at(49.29, 11.52),
            at(49.38, 11.17),
            at(49.56, 10.99),
            at(49.66, 10.73),
            at(49.75, 10.21),
            at(49.79, 9.85),
            at(49.86, 9.45),
            at(49.97, 9.11),
            at(50.07, 8.86),
            at(50.07, 8.63),
        ],
    },
    Road {
        from: "Paris",
        to: "Marseille",
        region: 3,
        places: &[
            at(48.82, 2.38),
            at(48.57, 2.55),
            at(48.38, 2.73),
            at(48.09, 3.02),
            at(47.86, 3.55),
            at(47.55, 4.05),
            at(47.29, 4.53),
            at(47.02, 4.86),
            at(46.79, 4.87),
            at(46.55, 4.90),
            at(46.31, 4.81),
            at(45.98, 4.75),
            at(45.75, 4.83),
            at(45.52, 4.85),
            at(45.06, 4.83),
            at(44.73, 4.82),
            at(44.42, 4.76),
            at(44.12, 4.83),
            at(43.90, 4.88),
            at(43.65, 5.05),
            at(43.51, 5.35),
            at(43.33, 5.37),
        ],
    },
    Road {
        from: "Barcelona",
        to: "Madrid",
        region: 3,
        places: &[
            at(41.38, 2.10),
            at(41.47, 1.92),
            at(41.56, 1.66),
            at(41.60, 1.19),
            at(41.61, 0.62),
            at(41.51, 0.32),
            at(41.55, -0.15),
            at(41.66, -0.83),
            at(41.58, -1.12),
            at(41.46, -1.46),
            at(41.35, -1.66),
            at(41.22, -2.05),
            at(41.07, -2.45),
            at(40.87, -2.88),
            at(40.64, -3.20),
            at(40.50, -3.40),
            at(40.44, -3.62),
        ],
    },
];

/// Mean radius of the earth.
const EARTH_KM: f64 = 6_371.0;

impl Road {
    /// Its length in kilometres.
    pub fn km(&self) -> f64 {
        self.pieces().map(|(from, to)| distance_km(from, to)).sum()
    }

    /// The place after so many kilometres, and the direction there in degrees from north. Beyond an end it is the end.
    pub fn after(&self, km: f64) -> (Place, f64) {
        let mut left = km.max(0.0);
        let mut last = (at(0.0, 0.0), 0.0);
        for (from, to) in self.pieces() {
            let length = distance_km(from, to);
            let part = if length > 0.0 {
                (left / length).min(1.0)
            } else {
                1.0
            };
            let here = at(
                from.lat + (to.lat - from.lat) * part,
                from.lng + (to.lng - from.lng) * part,
            );
            last = (here, heading(from, to));
            if left <= length {
                break;
            }
            left -= length;
        }
        last
    }

    fn pieces(&self) -> impl Iterator<Item = (Place, Place)> {
        self.places.windows(2).filter_map(|pair| match pair {
            [from, to] => Some((*from, *to)),
            _ => None,
        })
    }
}

/// The haversine distance.
pub fn distance_km(from: Place, to: Place) -> f64 {
    let (one, two) = (from.lat.to_radians(), to.lat.to_radians());
    let (north, east) = (two - one, (to.lng - from.lng).to_radians());
    let half = (north / 2.0).sin().powi(2) + one.cos() * two.cos() * (east / 2.0).sin().powi(2);
    2.0 * EARTH_KM * half.sqrt().asin()
}

fn heading(from: Place, to: Place) -> f64 {
    let east = (to.lng - from.lng) * from.lat.to_radians().cos();
    east.atan2(to.lat - from.lat).to_degrees().rem_euclid(360.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_road_lies_in_europe_and_has_no_jump() {
        for road in &ROADS {
            assert!(
                road.region < 4 && (400.0..1_100.0).contains(&road.km()),
                "{} {}",
                road.from,
                road.km()
            );
            for (from, to) in road.pieces() {
                assert!((35.0..60.0).contains(&from.lat) && (-6.0..24.0).contains(&from.lng));
                assert!(distance_km(from, to) < 65.0, "{} {from:?} {to:?}", road.from);
            }
        }
    }

    #[test]
    fn distances_are_found_on_the_road_again() {
        for road in &ROADS {
            let (start, _) = road.after(0.0);
            let (end, _) = road.after(road.km() + 5.0);
            assert_eq!(Some(&start), road.places.first());
            assert!(
                road.places
                    .last()
                    .is_some_and(|last| distance_km(*last, end) < 0.001)
            );
            let (here, _) = road.after(100.0);
            let (there, _) = road.after(101.0);
            assert!(
                (0.5..1.01).contains(&distance_km(here, there)),
                "a bend shortens the way, nothing makes it longer"
            );
        }
    }

    #[test]
    fn a_heading_is_told_clockwise_from_north() {
        for (to, expected) in [
            (at(51.0, 10.0), 0.0),
            (at(50.0, 11.0), 90.0),
            (at(49.0, 10.0), 180.0),
            (at(50.0, 9.0), 270.0),
        ] {
            assert!((heading(at(50.0, 10.0), to) - expected).abs() < 0.001);
        }
    }
}
