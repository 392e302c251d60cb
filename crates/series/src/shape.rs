//! What measurements of one kind have in common: the type, and the names and units in their order. A shape is stored
//! once and every measurement of it is a small [`Point`].
//!
//! Splitting and joining are exact inverses: every digit, the order of properties and properties that nobody knows
//! come back. It does not know how shapes are numbered or stored.

use crate::point::{Point, Reading};
use crate::value::Value;
use model::ids::ObjectId;
use model::json::{Json, Object};
use model::measurements::NewMeasurement;
use model::names::Label;
use serde::{Deserialize, Serialize};

mod key;

/// The common part of measurements: equal shapes have equal [`Shape::key`]s and no others do.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Shape {
    /// The type of the measurements.
    pub kind: Label,
    /// Their top-level properties, in order. Without any, points carry all properties themselves.
    pub entries: Vec<Entry>,
}

/// One top-level property.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Entry {
    /// A fragment that consists of series and nothing else; its numbers are [`Point::values`].
    Series {
        /// The name of the fragment.
        fragment: String,
        /// Its series, in order; at least one.
        series: Vec<SeriesShape>,
    },
    /// Any other property; its value is in [`Point::extras`].
    Extra {
        /// The name of the property.
        name: String,
    },
}

/// One series of a fragment: an object with `value` and perhaps `unit`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SeriesShape {
    /// The name of the series.
    pub name: String,
    /// Its unit, if one is sent.
    pub unit: Option<String>,
    /// Whether `unit` comes before `value`.
    pub unit_first: bool,
}

/// A point does not belong to the shape, or one of its values is no number. What was stored is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a stored measurement does not fit its shape: it is damaged, restore it from a backup")]
pub struct BadPoint;

impl Shape {
    /// Takes a measurement apart. The source is in neither part: it is known to whoever stores them.
    pub fn split(measurement: &NewMeasurement) -> (Self, Point) {
        let mut entries = Vec::with_capacity(measurement.fragments.len());
        let mut values = Vec::new();
        let mut extras = Vec::new();
        for (name, json) in measurement.fragments.iter() {
            let entry = match plain_fragment(json) {
                Some(plain) => {
                    let (series, numbers): (Vec<_>, Vec<_>) = plain.into_iter().unzip();
                    values.extend(numbers);
                    Entry::Series {
                        fragment: name.to_owned(),
                        series,
                    }
                }
                None => {
                    extras.push(json.clone());
                    Entry::Extra {
                        name: name.to_owned(),
                    }
                }
            };
            entries.push(entry);
        }
        let shape = Self {
            kind: measurement.kind.clone(),
            entries,
        };
        (
            shape,
            Point {
                time: measurement.time,
                values,
                extras,
                rest: Object::new(),
            },
        )
    }

    /// The same without learning from the measurement: a shape that fits every measurement of its type, for sources
    /// whose shapes would be too many. The point carries all properties by name.
    pub fn split_generic(measurement: &NewMeasurement) -> (Self, Point) {
        let (values, extras) = (Vec::new(), Vec::new());
        let rest = measurement.fragments.clone();
        (
            Self::generic(measurement.kind.clone()),
            Point {
                time: measurement.time,
                values,
                extras,
                rest,
            },
        )
    }

    /// The shape that names no property: see [`Shape::split_generic`].
    pub fn generic(kind: Label) -> Self {
        Self {
            kind,
            entries: Vec::new(),
        }
    }

    /// Puts a measurement together again, exactly as it was before it was split.
    pub fn join(&self, source: ObjectId, point: &Point) -> Result<NewMeasurement, BadPoint> {
        let mut values = point.values.iter();
        let mut extras = point.extras.iter();
        let mut properties = Vec::with_capacity(self.entries.len() + point.rest.len());
        for entry in &self.entries {
            properties.push(match entry {
                Entry::Series { fragment, series } => (fragment.clone(), join_fragment(series, &mut values)?),
                Entry::Extra { name } => (name.clone(), extras.next().ok_or(BadPoint)?.clone()),
            });
        }
        if values.next().is_some() || extras.next().is_some() {
            return Err(BadPoint);
        }
        properties.extend(
            point
                .rest
                .iter()
                .map(|(name, json)| (name.to_owned(), json.clone())),
        );
        Ok(NewMeasurement {
            source,
            time: point.time,
            kind: self.kind.clone(),
            fragments: Object::from_unique(properties),
        })
    }

    /// Bytes that are equal for equal shapes and for no others, to be hashed and looked up.
    pub fn key(&self) -> Vec<u8> {
        key::key(self)
    }

    /// The names of the top-level properties, in order. A point of this shape may have more: its `rest`.
    pub fn fragments(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| match entry {
            Entry::Series { fragment: name, .. } | Entry::Extra { name } => name.as_str(),
        })
    }

    /// The series that every point of this shape has: fragment, series, unit. Points may have more in their extras.
    pub fn series(&self) -> impl Iterator<Item = (&str, &str, Option<&str>)> {
        self.entries.iter().flat_map(|entry| {
            let (fragment, series) = match entry {
                Entry::Series { fragment, series } => (fragment.as_str(), series.as_slice()),
                Entry::Extra { name } => (name.as_str(), [].as_slice()),
            };
            series
                .iter()
                .map(move |series| (fragment, series.name.as_str(), series.unit.as_deref()))
        })
    }

    /// Every number of a point that the API calls a series: each member of a fragment with a numeric `value`,
    /// whatever else the member or the fragment holds. Those of plain fragments first, then extras, then the rest.
    pub fn series_of_point<'a>(&'a self, point: &'a Point) -> impl Iterator<Item = Reading<'a>> {
        let plain = self
            .series()
            .zip(&point.values)
            .map(|((fragment, series, unit), value)| Reading {
                fragment,
                series,
                unit,
                value: value.clone(),
            });
        let extra_names = self.entries.iter().filter_map(|entry| match entry {
            Entry::Series { .. } => None,
            Entry::Extra { name } => Some(name.as_str()),
        });
        let extras = extra_names.zip(&point.extras).chain(point.rest.iter());
        plain.chain(extras.flat_map(|(fragment, json)| readings_of(fragment, json)))
    }
}

/// The series of a fragment that holds nothing but series in their plain form; nothing for any other property.
fn plain_fragment(fragment: &Json) -> Option<Vec<(SeriesShape, Value)>> {
    let members = fragment.as_object().filter(|members| !members.is_empty())?;
    members
        .iter()
        .map(|(name, member)| plain_series(name, member))
        .collect()
}

fn plain_series(name: &str, member: &Json) -> Option<(SeriesShape, Value)> {
    let member = member.as_object()?;
    let number = member.get("value")?.as_number()?;
    let unit = match (member.len(), member.get("unit")) {
        (1, _) => None,
        (2, Some(Json::String(unit))) => Some(unit.clone()),
        _ => return None,
    };
    let unit_first = unit.is_some() && member.names().next() == Some("unit");
    Some((
        SeriesShape {
            name: name.to_owned(),
            unit,
            unit_first,
        },
        Value::of(number),
    ))
}

fn join_fragment<'a>(
    series: &[SeriesShape],
    values: &mut impl Iterator<Item = &'a Value>,
) -> Result<Json, BadPoint> {
    let mut members = Vec::with_capacity(series.len());
    for shape in series {
        let number = values
            .next()
            .and_then(|value| value.number().ok())
            .ok_or(BadPoint)?;
        let value = ("value".to_owned(), Json::Number(number));
        let unit = shape
            .unit
            .clone()
            .map(|unit| ("unit".to_owned(), Json::String(unit)));
        let member = match unit {
            None => vec![value],
            Some(unit) if shape.unit_first => vec![unit, value],
            Some(unit) => vec![value, unit],
        };
        members.push((shape.name.clone(), Json::Object(Object::from_unique(member))));
    }
    Ok(Json::Object(Object::from_unique(members)))
}

fn readings_of<'a>(fragment: &'a str, json: &'a Json) -> impl Iterator<Item = Reading<'a>> {
    let members = json.as_object().into_iter().flat_map(Object::iter);
    members.filter_map(move |(series, member)| {
        let member = member.as_object()?;
        let number = member.get("value")?.as_number()?;
        let unit = member.get("unit").and_then(Json::as_str);
        Some(Reading {
            fragment,
            series,
            unit,
            value: Value::of(number),
        })
    })
}

#[cfg(test)]
mod tests;
