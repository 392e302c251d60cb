//! Who is in the fleet: of every number, which device that is, where it belongs, and how it behaves. A larger fleet has all
//! devices of a smaller one.

use crate::chance::Chance;
use crate::roads::Place;

/// Most devices of a fleet.
pub const DEVICES_MAX: usize = 5_000;

/// What a device is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A truck.
    Truck,
    /// A cold container, on a truck or in a cold store.
    Container,
    /// A machine in a plant.
    Machine,
    /// The sensor at the bearing of a machine: its child device.
    Sensor,
}

impl Kind {
    /// The word in ids.
    pub fn word(self) -> &'static str {
        match self {
            Self::Truck => "truck",
            Self::Container => "container",
            Self::Machine => "machine",
            Self::Sensor => "sensor",
        }
    }
}

/// How a device behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// It reports as long as the demo runs.
    Live,
    /// It has a history, and is silent since.
    Silent,
    /// It has a history, and is being worked on.
    Maintained,
    /// It was delivered and never switched on.
    NeverSeen,
}

/// A device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Device {
    /// Its number in the fleet, from 0.
    pub number: usize,
    /// What it is.
    pub kind: Kind,
    /// How it behaves.
    pub behaviour: Behaviour,
    /// Where it belongs, as a place in [`SITES`].
    pub site: usize,
    /// The device that it is a child of.
    pub parent: Option<usize>,
    /// What is by chance about it.
    pub chance: Chance,
}

/// A place where devices belong.
#[derive(Debug)]
pub struct Site {
    /// Its name.
    pub name: &'static str,
    /// Its region, as a place in [`REGIONS`].
    pub region: usize,
    /// What kind of place it is.
    pub kind: &'static str,
    /// Where.
    pub place: Place,
}

/// The regions.
pub const REGIONS: [&str; 4] = ["Region North", "Region East", "Region South", "Region West"];

const fn site(name: &'static str, region: usize, kind: &'static str, (lat, lng): (f64, f64)) -> Site {
    Site {
        name,
        region,
        kind,
        place: Place { lat, lng },
    }
}

/// Of each region in turn: two depots, a cold store and a plant.
pub static SITES: [Site; 16] = [
    site("Hamburg depot", 0, "depot", (53.53, 9.93)),
    site("Gothenburg depot", 0, "depot", (57.69, 11.90)),
    site("Bremerhaven cold store", 0, "cold store", (53.59, 8.55)),
    site("Hanover plant", 0, "plant", (52.43, 9.67)),
    site("Berlin depot", 1, "depot", (52.42, 13.37)),
    site("Warsaw depot", 1, "depot", (52.18, 20.87)),
    site("Poznan cold store", 1, "cold store", (52.36, 16.87)),
    site("Dresden plant", 1, "plant", (51.11, 13.72)),
    site("Munich depot", 2, "depot", (48.19, 11.64)),
    site("Vienna depot", 2, "depot", (48.15, 16.47)),
    site("Verona cold store", 2, "cold store", (45.41, 10.96)),
    site("Linz plant", 2, "plant", (48.29, 14.33)),
    site("Paris depot", 3, "depot", (48.96, 2.49)),
    site("Barcelona depot", 3, "depot", (41.33, 2.13)),
    site("Rotterdam cold store", 3, "cold store", (51.89, 4.32)),
    site("Lyon plant", 3, "plant", (45.71, 4.93)),
];

const SITES_PER_REGION: usize = 4;
/// Devices come in rows of ten: five trucks, three containers (two of them on trucks of the row), a machine, and a sensor
/// at it or a second machine.
const ROW: usize = 10;

impl Device {
    /// The device of this number.
    pub fn of(seed: u64, number: usize) -> Self {
        let (row, place) = (number / ROW, number % ROW);
        let (kind, parent) = match place {
            0..5 => (Kind::Truck, None),
            5 | 6 => (Kind::Container, Some(number - 5)),
            7 => (Kind::Container, None),
            9 if row % 2 == 0 => (Kind::Sensor, Some(number - 1)),
            _ => (Kind::Machine, None),
        };
        let region = (row + parent.map_or(place, |parent| parent % ROW)) % REGIONS.len();
        let within = match (kind, parent) {
            (Kind::Truck, _) | (Kind::Container, Some(_)) => row % 2,
            (Kind::Container, None) => 2,
            (Kind::Machine | Kind::Sensor, _) => 3,
        };
        Self {
            number,
            kind,
            behaviour: behaviour(number, kind),
            site: region * SITES_PER_REGION + within,
            parent,
            chance: Chance::of(seed, number),
        }
    }

    /// Its id, under which it is registered.
    pub fn id(&self) -> String {
        format!("sim-{}-{:04}", self.kind.word(), self.number)
    }

    /// Its name: it says that it is simulated.
    pub fn name(&self) -> String {
        let word = match self.kind {
            Kind::Truck => "Truck",
            Kind::Container => "Cold container",
            Kind::Machine => "Press",
            Kind::Sensor => "Bearing sensor",
        };
        format!("{word} {:04} (simulated)", self.number)
    }

    /// Its region.
    pub fn region(&self) -> usize {
        self.site / SITES_PER_REGION
    }
}

/// One in seventeen is silent, one in thirty-one was never switched on, one in twenty-three is maintained.
fn behaviour(number: usize, kind: Kind) -> Behaviour {
    match number {
        _ if kind == Kind::Sensor => Behaviour::Live,
        number if number % 31 == 7 => Behaviour::NeverSeen,
        number if number % 17 == 4 => Behaviour::Silent,
        number if number % 23 == 3 => Behaviour::Maintained,
        _ => Behaviour::Live,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn fleet(devices: usize) -> Vec<Device> {
        (0..devices).map(|number| Device::of(1, number)).collect()
    }

    #[test]
    fn every_device_has_an_id_of_its_own_and_a_site_of_its_kind() {
        let all = fleet(DEVICES_MAX);
        let ids: BTreeSet<_> = all.iter().map(Device::id).collect();
        assert_eq!(ids.len(), DEVICES_MAX);
        for device in &all {
            let kind = SITES[device.site].kind;
            match (device.kind, device.parent) {
                (Kind::Truck, _) | (Kind::Container, Some(_)) => assert_eq!(kind, "depot"),
                (Kind::Container, None) => assert_eq!(kind, "cold store"),
                (Kind::Machine | Kind::Sensor, _) => assert_eq!(kind, "plant"),
            }
            assert!(device.name().ends_with("(simulated)"));
            assert_eq!(SITES[device.site].region, device.region());
        }
    }

    #[test]
    fn a_child_comes_after_its_parent_and_belongs_to_the_same_region() {
        let all = fleet(200);
        let children: Vec<_> = all
            .iter()
            .filter_map(|device| Some((device, device.parent?)))
            .collect();
        assert_eq!(children.len(), 50);
        for (child, parent) in children {
            assert!(parent < child.number);
            assert_eq!(all[parent].region(), child.region());
        }
    }

    #[test]
    fn twenty_devices_show_every_behaviour_and_kind() {
        let all = fleet(20);
        for behaviour in [
            Behaviour::Live,
            Behaviour::Silent,
            Behaviour::Maintained,
            Behaviour::NeverSeen,
        ] {
            assert!(
                all.iter().any(|device| device.behaviour == behaviour),
                "{behaviour:?}"
            );
        }
        for kind in [Kind::Truck, Kind::Container, Kind::Machine, Kind::Sensor] {
            assert!(all.iter().any(|device| device.kind == kind), "{kind:?}");
        }
    }
}
