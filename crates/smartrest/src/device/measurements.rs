//! Rows with measurements.

use crate::arguments::Arguments;
use crate::arguments::parsed;
use crate::fault::Fault;
use crate::values::FRAGMENT;
use model::ids::ObjectId;
use model::json::{Json, Number, Object};
use model::measurements::NewMeasurement;
use model::names::{FragmentName, Label};
use model::time::Timestamp;

/// A measurement whose source the topic names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasurementRow {
    /// When it was taken.
    pub time: Timestamp,
    /// Its type.
    pub kind: Label,
    /// Its fragments with their series.
    pub fragments: Object,
}

impl MeasurementRow {
    /// The measurement of this source.
    pub fn of(self, source: ObjectId) -> NewMeasurement {
        NewMeasurement {
            source,
            time: self.time,
            kind: self.kind,
            fragments: self.fragments,
        }
    }
}

pub(super) fn read(
    template: u16,
    mut arguments: Arguments<'_>,
    now: Timestamp,
) -> Result<MeasurementRow, Fault> {
    let mut series = Series(Object::new());
    match template {
        200 => {
            let kind = arguments.label("the fragment")?;
            let fragment = parsed(kind.as_str(), "the fragment", FRAGMENT)?;
            series.read(&fragment, &mut arguments)?;
            series.named(kind, arguments.time(now)?)
        }
        201 => several(arguments, now),
        210 => {
            const NAME: &str = "c8y_SignalStrength";
            let values = [
                ("rssi", "dBm", arguments.number("the signal strength")?),
                ("ber", "%", arguments.number("the bit error rate")?),
            ];
            for (name, unit, value) in values {
                if let Some(value) = value {
                    series.add(NAME, name, value, Some(unit))?;
                }
            }
            if series.0.is_empty() {
                return Err(Fault::missing("the signal strength or the bit error rate"));
            }
            series.of_type(NAME, arguments.time(now)?)
        }
        211 => {
            const NAME: &str = "c8y_TemperatureMeasurement";
            series.add(
                NAME,
                "T",
                arguments.required_number("the temperature")?,
                Some("C"),
            )?;
            series.of_type(NAME, arguments.time(now)?)
        }
        212 => {
            const NAME: &str = "c8y_Battery";
            series.add(NAME, "level", arguments.required_number("the level")?, Some("%"))?;
            series.of_type(NAME, arguments.time(now)?)
        }
        _ => Err(Fault::UnknownTemplate),
    }
}

/// Row 201: a type, a time, and any number of fragment, series, value and unit.
fn several(mut arguments: Arguments<'_>, now: Timestamp) -> Result<MeasurementRow, Fault> {
    let kind = arguments.label("the type")?;
    let time = arguments.time(now)?;
    let mut series = Series(Object::new());
    loop {
        let fragment = arguments.fragment("the fragment")?;
        series.read(&fragment, &mut arguments)?;
        if arguments.is_over() {
            return series.named(kind, time);
        }
    }
}

/// The fragments of a measurement while they are put together.
struct Series(Object);

impl Series {
    /// Takes series, value and unit.
    fn read(&mut self, fragment: &FragmentName, arguments: &mut Arguments<'_>) -> Result<(), Fault> {
        let series = arguments.fragment("the series")?;
        let value = arguments.required_number("the value")?;
        self.add(fragment.as_str(), series.as_str(), value, arguments.optional())
    }

    fn add(&mut self, fragment: &str, series: &str, value: Number, unit: Option<&str>) -> Result<(), Fault> {
        let mut point = Object::new();
        point.set("value", value);
        if let Some(unit) = unit {
            point.set("unit", unit);
        }
        let mut members = match self.0.remove(fragment) {
            Some(Json::Object(members)) => members,
            _ => Object::new(),
        };
        let is_new = members.push_new(series.to_owned(), point.into());
        self.0.set(fragment, members);
        is_new.then_some(()).ok_or(Fault::Twice("a series"))
    }

    fn named(self, kind: Label, time: Timestamp) -> Result<MeasurementRow, Fault> {
        Ok(MeasurementRow {
            time,
            kind,
            fragments: self.0,
        })
    }

    fn of_type(self, kind: &'static str, time: Timestamp) -> Result<MeasurementRow, Fault> {
        self.named(parsed(kind, "the type", FRAGMENT)?, time)
    }
}
