//! Fragments that a permission names and nobody knows, where a name that is known looks alike: a warning, never a
//! change. Names are compared exactly wherever something is decided (R042).

use crate::desk::Reading;
use crate::measurements::SupportedMeasurements;
use crate::refusal::Refusal;
use crate::work::Query;
use model::ids::ObjectId;
use model::permissions::{Rule, Select};
use policy::operations::inventory::InventoryRead;
use policy::operations::measurements::MeasurementNames;
use std::collections::{BTreeMap, BTreeSet};

/// Fragments with a meaning that devices and applications agree on.
const WELL_KNOWN: [&str; 74] = [
    "c8y_AccelerationMeasurement",
    "c8y_ActiveAlarmsStatus",
    "c8y_Address",
    "c8y_Agent",
    "c8y_Availability",
    "c8y_BasicMeasurement",
    "c8y_Battery",
    "c8y_CPUMeasurement",
    "c8y_CellInfo",
    "c8y_CellTower",
    "c8y_Command",
    "c8y_Communication",
    "c8y_ConfigurationDump",
    "c8y_Configuration",
    "c8y_Connection",
    "c8y_CurrentMeasurement",
    "c8y_Dashboard",
    "c8y_DeviceProfile",
    "c8y_DistanceMeasurement",
    "c8y_DownloadConfigFile",
    "c8y_DynamicGroup",
    "c8y_Firmware",
    "c8y_FlowMeasurement",
    "c8y_Global",
    "c8y_Hardware",
    "c8y_HumidityMeasurement",
    "c8y_IsBinary",
    "c8y_IsDevice",
    "c8y_IsDeviceGroup",
    "c8y_IsDynamicGroup",
    "c8y_Kpi",
    "c8y_LatestMeasurements",
    "c8y_LightMeasurement",
    "c8y_LocationUpdate",
    "c8y_LogfileRequest",
    "c8y_LpwanDevice",
    "c8y_MeasurementPollFrequencyOperation",
    "c8y_MeasurementRequestOperation",
    "c8y_MemoryMeasurement",
    "c8y_Message",
    "c8y_Mobile",
    "c8y_ModbusDevice",
    "c8y_MoistureMeasurement",
    "c8y_MotionMeasurement",
    "c8y_Network",
    "c8y_Notes",
    "c8y_OpcuaServer",
    "c8y_Position",
    "c8y_PowerMeasurement",
    "c8y_PressureMeasurement",
    "c8y_Profile",
    "c8y_RFV16Config",
    "c8y_Relay",
    "c8y_RelayArray",
    "c8y_RemoteAccessConnect",
    "c8y_RemoteAccessList",
    "c8y_RequiredAvailability",
    "c8y_Restart",
    "c8y_SendConfiguration",
    "c8y_SignalStrength",
    "c8y_SinglePhaseEnergyMeasurement",
    "c8y_SinglePhaseElectricitySensor",
    "c8y_SmartRule",
    "c8y_SoftwareList",
    "c8y_SoftwareUpdate",
    "c8y_Steam",
    "c8y_SupportedLogs",
    "c8y_SupportedMeasurements",
    "c8y_SupportedOperations",
    "c8y_TemperatureMeasurement",
    "c8y_ThreePhaseEnergyMeasurement",
    "c8y_ThreePhaseElectricitySensor",
    "c8y_UploadConfigFile",
    "c8y_VoltageMeasurement",
];

/// Most objects whose own fragments are looked at, and most fragments that are compared, for one answer.
const LOOKED_AT_MAX: usize = 50;
/// Names that differ in so many letters look alike.
const DISTANCE_MAX: usize = 2;

/// A fragment that is not known, and one that is and looks like it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownFragment {
    /// As it was written, and as it counts.
    pub written: String,
    /// What may have been meant.
    pub known: String,
}

/// Asks which fragments of these rules may have been mistyped. Names of an object are compared only if the caller may
/// read them.
pub struct UnknownFragments(pub Vec<Rule>);

impl Query for UnknownFragments {
    type Operation = InventoryRead;
    type Answer = Vec<UnknownFragment>;

    fn answer(&self, desk: &Reading) -> Result<Vec<UnknownFragment>, Refusal> {
        let mut objects: BTreeMap<&str, BTreeSet<ObjectId>> = BTreeMap::new();
        for rule in &self.0 {
            if let Select::One(fragment) = &rule.permission.fragment {
                let on = objects.entry(fragment.as_str()).or_default();
                on.extend(match rule.object {
                    Select::One(object) => Some(object),
                    Select::All => None,
                });
            }
        }
        let mut names = Names::default();
        let mut unknown = Vec::new();
        for (written, objects) in objects.into_iter().take(LOOKED_AT_MAX) {
            let mut known: BTreeSet<&str> = WELL_KNOWN.into();
            for object in &objects {
                names.read(desk, *object)?;
            }
            known.extend(objects.iter().flat_map(|object| names.of(*object)));
            let like = (!known.contains(written))
                .then(|| alike(written, known.into_iter()))
                .flatten();
            unknown.extend(like.map(|known| UnknownFragment {
                written: written.to_owned(),
                known: known.to_owned(),
            }));
        }
        Ok(unknown)
    }
}

/// The names of fragments of objects and their measurements, as far as the caller may read them.
#[derive(Default)]
struct Names(BTreeMap<ObjectId, Vec<String>>);

impl Names {
    fn read(&mut self, desk: &Reading, object: ObjectId) -> Result<(), Refusal> {
        if self.0.len() >= LOOKED_AT_MAX
            || self.0.contains_key(&object)
            || !desk.may_on::<InventoryRead>(object)?
        {
            return Ok(());
        }
        let rows = desk.tx.inventory(desk.allow_on::<InventoryRead>(object)?);
        let mut names: Vec<String> = Vec::new();
        if let Some(object) = rows.object(object)? {
            names.extend(object.fragment_names().map(str::to_owned));
        }
        if desk.may_on::<MeasurementNames>(object)? {
            names.extend(SupportedMeasurements { object }.answer(desk)?);
        }
        self.0.insert(object, names);
        Ok(())
    }

    fn of(&self, object: ObjectId) -> impl Iterator<Item = &str> {
        self.0.get(&object).into_iter().flatten().map(String::as_str)
    }
}

/// The known name that looks most like this one, if any does.
fn alike<'k>(written: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let wanted = simple(written);
    let near = known.filter_map(|name| {
        let simple = simple(name);
        // Of short names most are near each other.
        let most = DISTANCE_MAX.min(wanted.len() / 4);
        (simple.len().abs_diff(wanted.len()) <= most)
            .then(|| distance(&wanted, &simple))
            .filter(|distance| *distance <= most)
            .map(|distance| (distance, name))
    });
    near.min().map(|(_, name)| name)
}

/// A name without what is easily mistyped: case and underscores.
fn simple(name: &str) -> Vec<char> {
    let letters = name.chars().filter(|letter| !matches!(letter, '_' | '-' | ' '));
    letters.flat_map(char::to_lowercase).collect()
}

/// In how many letters two texts differ: inserted, left out or exchanged (Levenshtein).
fn distance(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (place, letter) in one.iter().enumerate() {
        let mut next = Vec::with_capacity(row.len());
        next.push(place + 1);
        for (cell, found) in row.windows(2).zip(other) {
            let &[before, above] = cell else { continue };
            let left = next.last().map_or(usize::MAX, |left| left + 1);
            next.push(left.min(above + 1).min(before + usize::from(letter != found)));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    // R042
    #[test]
    fn a_name_that_looks_like_a_known_one_is_found_and_others_are_left_alone() {
        for (written, expected) in [
            ("c8yRestart", Some("c8y_Restart")),
            ("c8y_restart", Some("c8y_Restart")),
            ("c8y_Restrat", Some("c8y_Restart")),
            ("c8y_TemperatureMeasurment", Some("c8y_TemperatureMeasurement")),
            ("c8y_Tempature", None),
            ("com_acme_Pump", None),
            ("c8y", None),
            ("x", None),
        ] {
            assert_eq!(alike(written, WELL_KNOWN.into_iter()), expected, "{written}");
        }
    }

    #[test]
    fn the_distance_counts_letters() {
        for (one, other, expected) in [
            ("", "", 0),
            ("abc", "", 3),
            ("abc", "abd", 1),
            ("abc", "xabc", 1),
            ("ab", "ba", 2),
        ] {
            let letters = |text: &str| text.chars().collect::<Vec<_>>();
            assert_eq!(
                distance(&letters(one), &letters(other)),
                expected,
                "{one} {other}"
            );
        }
    }
}
