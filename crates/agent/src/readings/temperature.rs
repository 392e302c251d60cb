//! Temperatures from the thermal zones and hardware monitors of the kernel, where the machine has them.

use super::series;
use model::names::FragmentName;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Nothing is colder than this; sensors that are not connected say so with such values.
const ABSOLUTE_ZERO_MILLIDEGREES: i64 = -273_150;

/// A sensor's own name and what it says in degrees Celsius.
pub type Reading = (String, f64);

/// Every temperature below a class directory (`/sys/class`), always in the same order.
pub fn read(class: &Path) -> Vec<Reading> {
    let mut readings = thermal_zones(&class.join("thermal"));
    readings.extend(monitors(&class.join("hwmon")));
    readings
}

/// One series per sensor; sensors of the same name are told apart by a number. Nothing without sensors.
pub fn fragment(readings: &[Reading]) -> Option<Value> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut members = Map::new();
    for (sensor, celsius) in readings {
        let Some(name) = series_name(sensor) else { continue };
        let count = seen.entry(name.clone()).or_default();
        *count += 1;
        let name = if *count == 1 {
            name
        } else {
            format!("{name}_{count}")
        };
        members.insert(name, series(*celsius, 3, "C"));
    }
    (!members.is_empty()).then_some(Value::Object(members))
}

/// `thermal_zone*`: `type` is the name, `temp` the value.
fn thermal_zones(directory: &Path) -> Vec<Reading> {
    let zones = numbered(directory, "thermal_zone");
    zones
        .iter()
        .filter_map(|zone| Some((text(&zone.join("type"))?, celsius(&text(&zone.join("temp"))?)?)))
        .collect()
}

/// `hwmon*`: `name` is the chip; each `temp*_input` is a sensor, which `temp*_label` may name.
fn monitors(directory: &Path) -> Vec<Reading> {
    let mut readings = Vec::new();
    for chip in numbered(directory, "hwmon") {
        let Some(chip_name) = text(&chip.join("name")) else {
            continue;
        };
        for input in numbered(&chip, "temp") {
            let Some(sensor) = file_name(&input).and_then(|name| name.strip_suffix("_input")) else {
                continue;
            };
            let label = text(&chip.join(format!("{sensor}_label"))).unwrap_or_else(|| sensor.to_owned());
            let value = text(&input).as_deref().and_then(celsius);
            readings.extend(value.map(|celsius| (format!("{chip_name} {label}"), celsius)));
        }
    }
    readings
}

/// Entries whose names are a prefix, a number and perhaps more, in the order of their numbers.
fn numbered(directory: &Path, prefix: &str) -> Vec<PathBuf> {
    let number = |path: &Path| -> Option<u32> {
        let rest = file_name(path)?.strip_prefix(prefix)?;
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        rest[..digits].parse().ok()
    };
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut found: Vec<_> = entries
        .map(|entry| entry.path())
        .filter_map(|path| Some((number(&path)?, path)))
        .collect();
    found.sort();
    found.into_iter().map(|(_, path)| path).collect()
}

fn file_name(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()
}

fn text(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Thousandths of a degree as text, in degrees; nothing for what no sensor can mean.
fn celsius(text: &str) -> Option<f64> {
    let millidegrees: i64 = text.parse().ok()?;
    (millidegrees > ABSOLUTE_ZERO_MILLIDEGREES).then_some(millidegrees as f64 / 1000.0)
}

/// A sensor's name with every character that a series may not have replaced.
fn series_name(sensor: &str) -> Option<String> {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') {
            c
        } else {
            '_'
        }
    };
    let name: String = sensor.chars().map(plain).collect();
    name.parse::<FragmentName>().is_ok().then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn class<const N: usize>(files: [(&str, &str); N]) -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a directory");
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
            fs::write(path, text).expect("a file");
        }
        root
    }

    #[test]
    fn zones_and_monitors_are_found_by_number_and_named_by_themselves() {
        let class = class([
            ("thermal/thermal_zone10/type", "x86_pkg_temp\n"),
            ("thermal/thermal_zone10/temp", "45123\n"),
            ("thermal/thermal_zone2/type", "acpitz\n"),
            ("thermal/thermal_zone2/temp", "27800\n"),
            ("thermal/cooling_device0/type", "Processor\n"),
            ("hwmon/hwmon0/name", "coretemp\n"),
            ("hwmon/hwmon0/temp1_input", "51000\n"),
            ("hwmon/hwmon0/temp1_label", "Core 0\n"),
            ("hwmon/hwmon0/temp1_crit", "100000\n"),
            ("hwmon/hwmon0/temp2_input", "-5500\n"),
            ("hwmon/hwmon1/temp1_input", "51000\n"),
        ]);
        let readings = read(class.path());
        let expected = [
            ("acpitz", 27.8),
            ("x86_pkg_temp", 45.123),
            ("coretemp Core 0", 51.0),
            ("coretemp temp2", -5.5),
        ];
        assert_eq!(
            readings,
            expected.map(|(name, celsius)| (name.to_owned(), celsius))
        );
    }

    #[test]
    fn sensors_that_say_nothing_possible_are_left_out() {
        let class = class([
            ("thermal/thermal_zone0/type", "cold\n"),
            ("thermal/thermal_zone0/temp", "-274000\n"),
            ("thermal/thermal_zone1/type", "broken\n"),
            ("thermal/thermal_zone1/temp", "hot\n"),
            ("thermal/thermal_zone2/temp", "20000\n"),
        ]);
        assert_eq!(read(class.path()), []);
        assert_eq!(fragment(&[]), None);
    }

    #[test]
    fn names_are_made_fit_for_series_and_kept_apart() {
        let readings = [("nvme Sensor 1", 30.0), ("a.b", 1.0), ("a_b", 2.0)];
        let readings = readings.map(|(name, celsius)| (name.to_owned(), celsius));
        let degrees = |value: f64| json!({ "value": value, "unit": "C" });
        assert_eq!(
            fragment(&readings),
            Some(json!({ "nvme_Sensor_1": degrees(30.0), "a_b": degrees(1.0), "a_b_2": degrees(2.0) }))
        );
    }
}
