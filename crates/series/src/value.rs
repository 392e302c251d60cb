//! One number of a measurement: a small decimal where that gives the sent text back, else the text itself.
//!
//! It does not know which series the number belongs to.

use model::json::Number;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// Powers of ten that a double holds exactly.
const EXACT_POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];
/// Integers up to here are exact in a double (2^53).
const EXACT_INTEGER_MAX: u64 = 1 << 53;

/// A number that gives back the very text from which it was made: `1.10`, `-0` and `1e2` included.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Value {
    /// `mantissa` with its last `scale` digits behind the decimal point: 110 and 2 are `1.10`.
    Decimal {
        /// All digits, and the sign.
        mantissa: i64,
        /// How many of the digits are behind the point; 0 when there is no point.
        scale: u8,
    },
    /// The text of a number that no such pair would give back: an exponent, a minus zero, too many digits.
    Text(Box<str>),
}

/// A stored value is not the text of a JSON number. What was stored is damaged: restore it from a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a stored value is not a number: the stored measurement is damaged, restore it from a backup")]
pub struct BadValue;

impl Value {
    /// The shortest form that gives the number's text back.
    pub fn of(number: &Number) -> Self {
        let text = number.text();
        let decimal = decimal(text).filter(|&(mantissa, scale)| decimal_text(mantissa, scale) == text);
        match decimal {
            Some((mantissa, scale)) => Self::Decimal { mantissa, scale },
            None => Self::Text(text.into()),
        }
    }

    /// The number as it was sent. An error only if the value did not come from [`Value::of`].
    pub fn number(&self) -> Result<Number, BadValue> {
        match self {
            Self::Decimal { mantissa, scale } => Number::parse(&decimal_text(*mantissa, *scale)),
            Self::Text(text) => Number::parse(text),
        }
        .ok_or(BadValue)
    }

    /// The nearest double; infinite when out of range.
    pub fn as_f64(&self) -> f64 {
        match self {
            Self::Decimal { mantissa, scale } => decimal_f64(*mantissa, *scale),
            Self::Text(text) => text.parse().unwrap_or(f64::NAN),
        }
    }

    /// Orders by size. Numbers with the same double are told apart by their digits where these can be compared, and
    /// else by their text, so that the order never depends on which of them came first.
    pub fn compare(&self, other: &Self) -> Ordering {
        let by_digits = match (self, other) {
            (
                Self::Decimal { mantissa, scale },
                Self::Decimal {
                    mantissa: other,
                    scale: others,
                },
            ) if scale == others => {
                return mantissa.cmp(other);
            }
            _ => || self.to_string().cmp(&other.to_string()),
        };
        self.as_f64().total_cmp(&other.as_f64()).then_with(by_digits)
    }
}

/// The text as it was sent.
impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Decimal { mantissa, scale } => f.write_str(&decimal_text(*mantissa, *scale)),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// The digits of a text without exponent, and how many of them are behind the point.
fn decimal(text: &str) -> Option<(i64, u8)> {
    let Some((whole, fraction)) = text.split_once('.') else {
        return Some((text.parse().ok()?, 0));
    };
    let scale = u8::try_from(fraction.len()).ok()?;
    Some((format!("{whole}{fraction}").parse().ok()?, scale))
}

fn decimal_text(mantissa: i64, scale: u8) -> String {
    if scale == 0 {
        return mantissa.to_string();
    }
    let sign = if mantissa < 0 { "-" } else { "" };
    let scale = usize::from(scale);
    // One digit more than are behind the point, so that there is always one before it.
    let digits = format!("{:0>width$}", mantissa.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    format!("{sign}{whole}.{fraction}")
}

fn decimal_f64(mantissa: i64, scale: u8) -> f64 {
    match EXACT_POWERS.get(usize::from(scale)) {
        // Both operands are exact, so the quotient is the double nearest to the decimal.
        Some(power) if mantissa.unsigned_abs() <= EXACT_INTEGER_MAX => mantissa as f64 / power,
        _ => decimal_text(mantissa, scale).parse().unwrap_or(f64::NAN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value(text: &str) -> Value {
        Value::of(&Number::parse(text).expect(text))
    }

    #[test]
    fn plain_decimals_are_compact_and_everything_else_is_kept_as_text() {
        let decimal = |mantissa, scale| Value::Decimal { mantissa, scale };
        for (text, expected) in [
            ("0", decimal(0, 0)),
            ("21.5", decimal(215, 1)),
            ("1.10", decimal(110, 2)),
            ("-0.5", decimal(-5, 1)),
            ("0.00", decimal(0, 2)),
            ("0.001", decimal(1, 3)),
            ("-9223372036854775808", decimal(i64::MIN, 0)),
            ("-9.223372036854775808", decimal(i64::MIN, 18)),
            ("-0", Value::Text("-0".into())),
            ("-0.0", Value::Text("-0.0".into())),
            ("1e2", Value::Text("1e2".into())),
            ("1E+400", Value::Text("1E+400".into())),
            ("9223372036854775808", Value::Text("9223372036854775808".into())),
        ] {
            let value = value(text);
            assert_eq!(value, expected, "{text}");
            assert_eq!(value.number().expect(text).text(), text);
        }
    }

    #[test]
    fn a_stored_text_that_is_no_number_is_an_error_and_not_served() {
        assert_eq!(Value::Text("NaN".into()).number(), Err(BadValue));
    }

    #[test]
    fn values_are_ordered_by_size_and_then_by_their_digits() {
        for (smaller, larger) in [
            ("9", "10"),
            ("-10", "-9"),
            ("1.5", "2"),
            ("9007199254740992", "9007199254740993"),
            ("1e2", "1e400"),
            ("-0", "0"),
            ("1.1", "1.10"),
        ] {
            assert_eq!(
                value(smaller).compare(&value(larger)),
                Ordering::Less,
                "{smaller} {larger}"
            );
            assert_eq!(
                value(larger).compare(&value(smaller)),
                Ordering::Greater,
                "{smaller} {larger}"
            );
        }
    }

    proptest! {
        #[test]
        fn every_number_keeps_its_text_and_its_double(
            text in "-?(0|[1-9][0-9]{0,24})(\\.[0-9]{1,24})?([eE][+-]?[0-9]{1,3})?"
        ) {
            let value = value(&text);
            prop_assert_eq!(value.to_string(), text.as_str());
            let stored = postcard::to_allocvec(&value).expect("encodes");
            let read: Value = postcard::from_bytes(&stored).expect("decodes");
            let number = read.number().expect("a number");
            prop_assert_eq!(number.text(), text.as_str());
            prop_assert_eq!(read.as_f64().to_bits(), number.as_f64().to_bits());
        }
    }
}
