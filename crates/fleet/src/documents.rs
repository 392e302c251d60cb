//! What the simulated devices say of themselves and report, as documents of the REST API.

use crate::cold::Container;
use crate::machine::Machine;
use crate::roads::{Place, distance_km};
use crate::roster::{Behaviour, Device, Kind, SITES};
use crate::truck::{Fix, Truck};
use model::time::Timestamp;
use serde_json::{Value, json};

/// The fragment by which everything of the fleet says that it is simulated.
pub(crate) const SIMULATED: &str = "holdfast_Simulated";

/// What moves or works in a device.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Inside {
    /// A truck.
    Truck(Truck),
    /// A container, with the truck that it is on.
    Container(Container, Option<Truck>),
    /// A machine, or the sensor at one.
    Machine(Machine),
}

impl Inside {
    /// Of a device of this fleet.
    pub(crate) fn of(device: &Device, seed: u64) -> Self {
        let parent = device.parent.map(|parent| Device::of(seed, parent));
        let truck = |device: &Device| Truck::new(device.chance, device.region());
        match device.kind {
            Kind::Truck => Self::Truck(truck(device)),
            Kind::Container => Self::Container(Container::new(device.chance), parent.as_ref().map(truck)),
            Kind::Machine => Self::Machine(Machine::new(device.chance)),
            Kind::Sensor => Self::Machine(Machine::new(parent.map_or(device.chance, |parent| parent.chance))),
        }
    }

    /// Where it drives, if it does.
    pub(crate) fn fix(&self, millis: i64) -> Option<Fix> {
        match self {
            Self::Truck(truck) | Self::Container(_, Some(truck)) => Some(truck.at(millis)),
            Self::Container(_, None) | Self::Machine(_) => None,
        }
    }
}

/// How often it must be heard of, in minutes: of a silent one at once, of one that is worked on never.
fn response_interval(behaviour: Behaviour) -> i64 {
    match behaviour {
        Behaviour::Live => 30,
        Behaviour::Silent => 1,
        Behaviour::Maintained => -1,
        Behaviour::NeverSeen => 60,
    }
}

/// What the firmware of a kind of device is called.
pub(crate) fn firmware(kind: Kind) -> &'static str {
    match kind {
        Kind::Truck => "tu4-firmware",
        Kind::Container => "cm2-firmware",
        Kind::Machine => "pc900-firmware",
        Kind::Sensor => "bs1-firmware",
    }
}

/// The mark of a device's object.
pub(crate) fn mark(device: &Device, seed: u64, has_history: bool) -> Value {
    json!({ "device": device.id(), "seed": seed, "hasHistory": has_history })
}

/// A device's object as it registers itself.
pub(crate) fn object(device: &Device, seed: u64, now: Timestamp) -> Value {
    let (kind, model) = match device.kind {
        Kind::Truck => ("c8y_Truck", "Telematics unit TU-4"),
        Kind::Container => ("c8y_ColdContainer", "Cold chain monitor CM-2"),
        Kind::Machine => ("c8y_Machine", "Press controller PC-900"),
        Kind::Sensor => ("c8y_VibrationSensor", "Bearing sensor BS-1"),
    };
    let version = device.chance.pick(
        "firmware",
        0,
        &["2.3.2", "2.3.2", "2.3.2", "2.3.1", "2.2.9", "2.0.4"],
    );
    let agent = device.chance.pick("agent", 0, &["1.8.0", "1.8.0", "1.7.3"]);
    let mut object = json!({
        "name": device.name(),
        "type": kind,
        "c8y_IsDevice": {},
        "c8y_Hardware": {
            "model": model,
            "serialNumber": format!("SIM-{:06}", device.number + 100_000),
            "revision": device.chance.pick("revision", 0, &["A", "B", "C"]),
        },
        "c8y_Firmware": { "name": firmware(device.kind), "version": version, "url": "" },
        "c8y_SoftwareList": [
            { "name": "field-agent", "version": agent, "url": "" },
            { "name": "openssl", "version": "3.5.4", "url": "" },
        ],
        "c8y_RequiredAvailability": { "responseInterval": response_interval(device.behaviour) },
        "c8y_SupportedOperations": ["c8y_Restart", "c8y_Firmware", "c8y_Configuration"],
    });
    if let Some(fields) = object.as_object_mut() {
        if device.kind != Kind::Sensor {
            fields.insert("com_cumulocity_model_Agent".to_owned(), json!({}));
            let fix = Inside::of(device, seed).fix(now.millis());
            fields.insert(
                "c8y_Position".to_owned(),
                position(fix.map_or(home(device), |fix| fix.place)),
            );
        }
        if device.kind == Kind::Truck {
            let road = Truck::new(device.chance, device.region()).road();
            fields.insert(
                "c8y_Notes".to_owned(),
                json!(format!("Drives {} - {}", road.from, road.to)),
            );
        }
        fields.insert(SIMULATED.to_owned(), mark(device, seed, false));
    }
    object
}

/// Where a device stands that does not drive: at its site, a little beside the others.
fn home(device: &Device) -> Place {
    let place = SITES
        .get(device.site)
        .map_or(Place { lat: 51.0, lng: 10.0 }, |site| site.place);
    let by = |word| device.chance.between(word, 0, (-0.004, 0.004));
    Place {
        lat: place.lat + by("north"),
        lng: place.lng + by("east"),
    }
}

/// A place as the fragment `c8y_Position`.
pub(crate) fn position(place: Place) -> Value {
    json!({ "lat": rounded(place.lat, 5), "lng": rounded(place.lng, 5), "alt": 0 })
}

/// What a device measures at a time. A container tells its temperature apart, so that this alone can be shown to somebody.
pub(crate) fn measurements(inside: &Inside, kind: Kind, source: &str, time: Timestamp) -> Vec<Value> {
    let millis = time.millis();
    let reading = |kind: &str, fragments: Value| {
        let mut whole = json!({ "source": { "id": source }, "time": time.to_string(), "type": kind });
        if let (Some(whole), Value::Object(fragments)) = (whole.as_object_mut(), fragments) {
            whole.extend(fragments);
        }
        whole
    };
    let value = |value: f64, unit: &str| json!({ "value": rounded(value, 2), "unit": unit });
    match inside {
        Inside::Truck(truck) => vec![reading(
            "c8y_TruckReport",
            json!({
                "c8y_SpeedMeasurement": { "speed": value(truck.at(millis).speed, "km/h") },
                "c8y_FuelMeasurement": { "level": value(truck.fuel(millis), "%") },
                "c8y_EngineMeasurement": { "coolant": value(truck.coolant(millis), "C") },
            }),
        )],
        Inside::Container(container, _) => vec![
            reading(
                "c8y_TemperatureMeasurement",
                json!({ "c8y_TemperatureMeasurement": {
                    "T": value(container.temperature(millis), "C"),
                    "setPoint": value(container.set_point, "C"),
                } }),
            ),
            reading(
                "c8y_ContainerReport",
                json!({
                    "c8y_HumidityMeasurement": { "h": value(container.humidity(millis), "%") },
                    "c8y_DoorMeasurement": { "open": value(f64::from(container.is_open(millis)), "") },
                }),
            ),
        ],
        Inside::Machine(machine) if kind == Kind::Sensor => vec![reading(
            "c8y_VibrationMeasurement",
            json!({ "c8y_VibrationMeasurement": { "v": value(machine.vibration(millis), "mm/s") } }),
        )],
        Inside::Machine(machine) => vec![reading(
            "c8y_MachineReport",
            json!({
                "c8y_VibrationMeasurement": { "v": value(machine.vibration(millis), "mm/s") },
                "c8y_PowerMeasurement": { "P": value(machine.power(millis), "kW") },
                "c8y_CycleMeasurement": { "count": value(machine.cycles(millis) as f64, "") },
            }),
        )],
    }
}

/// An event that tells where a device is.
pub(crate) fn location(source: &str, time: Timestamp, fix: Fix) -> Value {
    json!({
        "source": { "id": source },
        "time": time.to_string(),
        "type": "c8y_LocationUpdate",
        "text": "Location updated",
        "c8y_Position": position(fix.place),
        "c8y_SpeedMeasurement": { "speed": { "value": rounded(fix.speed, 1), "unit": "km/h" } },
        "heading": fix.heading.round(),
    })
}

/// Any other event.
pub(crate) fn event(source: &str, time: Timestamp, kind: &str, text: &str) -> Value {
    json!({ "source": { "id": source }, "time": time.to_string(), "type": kind, "text": text })
}

/// What may be wrong with a device: type, severity and text of its alarm.
pub(crate) type Wrong = (&'static str, &'static str, &'static str);

/// What is wrong now with what is inside, as a device notices it.
pub(crate) fn wrong_now(inside: &Inside, millis: i64) -> Option<Wrong> {
    match inside {
        Inside::Container(container, _) => container.is_off(millis).then_some((
            "c8y_TemperatureExcursion",
            "CRITICAL",
            "Temperature is more than 3 degrees off the set point",
        )),
        Inside::Machine(machine) => {
            machine
                .is_rough(millis)
                .then_some(("c8y_HighVibration", "MAJOR", "Vibration is above 4.5 mm/s"))
        }
        Inside::Truck(truck) => (truck.fuel(millis) < 24.0).then_some((
            "c8y_LowFuel",
            "MINOR",
            "Less than a quarter of the fuel is left",
        )),
    }
}

/// What devices of a kind may have had in the past, beside what follows from their readings.
pub(crate) fn wrongs(kind: Kind) -> &'static [Wrong] {
    match kind {
        Kind::Truck => &[
            ("c8y_TyrePressure", "MAJOR", "Tyre pressure of axle 2 left is low"),
            ("c8y_ServiceDue", "WARNING", "Service is due in 2,000 km"),
            ("c8y_HarshBraking", "MINOR", "Harsh braking"),
            ("c8y_BrakeFault", "CRITICAL", "Brake system reports a fault"),
        ],
        Kind::Container => &[
            (
                "c8y_DoorOpenTooLong",
                "MAJOR",
                "Door was open for more than 15 minutes",
            ),
            ("c8y_BatteryLow", "WARNING", "Battery of the monitor is at 18 %"),
            ("c8y_CompressorFault", "CRITICAL", "Compressor does not start"),
            ("c8y_HumidityHigh", "MINOR", "Humidity is above 90 %"),
        ],
        Kind::Machine | Kind::Sensor => &[
            ("c8y_OilLevel", "MINOR", "Oil level is below the mark"),
            ("c8y_EmergencyStop", "CRITICAL", "Emergency stop was pressed"),
            ("c8y_ToolWear", "WARNING", "Tool change is due within 500 cycles"),
            (
                "c8y_HydraulicPressure",
                "MAJOR",
                "Hydraulic pressure is outside of its limits",
            ),
        ],
    }
}

/// An alarm.
pub(crate) fn alarm(source: &str, time: Timestamp, (kind, severity, text): Wrong) -> Value {
    json!({
        "source": { "id": source },
        "time": time.to_string(),
        "type": kind,
        "severity": severity,
        "status": "ACTIVE",
        "text": text,
    })
}

/// Whether two places are so near that nothing has moved.
pub(crate) fn is_near(one: Place, other: Place) -> bool {
    distance_km(one, other) < 0.05
}

fn rounded(value: f64, digits: i32) -> f64 {
    let factor = 10_f64.powi(digits);
    (value * factor).round() / factor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_says_that_it_is_simulated_and_nothing_is_missing() {
        let now = Timestamp::from_millis(1_700_000_000_000);
        for number in 0..40 {
            let device = Device::of(1, number);
            let object = object(&device, 1, now);
            assert!(object[SIMULATED]["device"] == device.id() && object["c8y_IsDevice"].is_object());
            assert!(object["c8y_Firmware"]["version"].is_string());
            assert_eq!(object.get("c8y_Position").is_some(), device.kind != Kind::Sensor);
            let read = measurements(&Inside::of(&device, 1), device.kind, "7", now);
            assert!(!read.is_empty() && read.iter().all(|one| one["source"]["id"] == "7"));
        }
    }

    #[test]
    fn the_temperature_of_a_container_stands_alone() {
        let device = Device::of(1, 7);
        let read = measurements(
            &Inside::of(&device, 1),
            device.kind,
            "7",
            Timestamp::from_millis(0),
        );
        let fragments: Vec<_> = read[0]
            .as_object()
            .map(|whole| whole.keys().collect())
            .unwrap_or_default();
        assert_eq!(
            fragments,
            ["c8y_TemperatureMeasurement", "source", "time", "type"]
        );
    }

    #[test]
    fn a_container_on_a_truck_is_where_the_truck_is() {
        let (truck, container) = (Device::of(1, 0), Device::of(1, 5));
        let at = |device| Inside::of(&device, 1).fix(1_700_000_000_000);
        assert_eq!(at(container), at(truck));
    }
}
