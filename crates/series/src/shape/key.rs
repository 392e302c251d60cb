//! The canonical bytes of a shape. Independent of the storage codec, so that a new codec does not make every shape a
//! new one.

use super::{Entry, SeriesShape, Shape};

/// The first byte; to be raised when the form below changes.
const FORM: u8 = 1;
const SERIES: u8 = 1;
const EXTRA: u8 = 2;

/// Every text and every list begins with its length, so no two shapes share their bytes.
pub(super) fn key(shape: &Shape) -> Vec<u8> {
    let mut bytes = vec![FORM];
    put_text(&mut bytes, shape.kind.as_str());
    put_length(&mut bytes, shape.entries.len());
    for entry in &shape.entries {
        match entry {
            Entry::Series { fragment, series } => {
                bytes.push(SERIES);
                put_text(&mut bytes, fragment);
                put_length(&mut bytes, series.len());
                for series in series {
                    put_series(&mut bytes, series);
                }
            }
            Entry::Extra { name } => {
                bytes.push(EXTRA);
                put_text(&mut bytes, name);
            }
        }
    }
    bytes
}

fn put_series(bytes: &mut Vec<u8>, series: &SeriesShape) {
    put_text(bytes, &series.name);
    bytes.push(u8::from(series.unit.is_some()) | (u8::from(series.unit_first) << 1));
    if let Some(unit) = &series.unit {
        put_text(bytes, unit);
    }
}

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    put_length(bytes, text.len());
    bytes.extend_from_slice(text.as_bytes());
}

fn put_length(bytes: &mut Vec<u8>, length: usize) {
    bytes.extend_from_slice(&(length as u64).to_be_bytes());
}
