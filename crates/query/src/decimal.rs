//! Exact order of decimal numbers by their text: no rounding, so ids of twenty digits and `1e400` are
//! compared as what they are.

use model::json::Number;
use std::cmp::Ordering;

/// The order of two numbers by value: `1.10` equals `1.1`, and `-0` equals `0`.
///
/// Exponents beyond 64 bits are read as the nearest one that fits.
pub fn compare(left: &Number, right: &Number) -> Ordering {
    let (left, right) = (Parts::of(left.text()), Parts::of(right.text()));
    match left.sign.cmp(&right.sign) {
        Ordering::Equal if left.sign < 0 => right.compare_size(&left),
        Ordering::Equal => left.compare_size(&right),
        different => different,
    }
}

/// A number taken apart: its value is `sign * 0.DIGITS * 10^magnitude`, where the first digit is not zero.
struct Parts<'a> {
    /// -1, 0 or 1.
    sign: i8,
    magnitude: i64,
    whole: &'a str,
    fraction: &'a str,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Self {
        let (negative, size) = text.strip_prefix('-').map_or((false, text), |size| (true, size));
        let (digits, exponent) = size.split_once(['e', 'E']).unwrap_or((size, "0"));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let whole = whole.trim_start_matches('0');
        let significant = fraction.trim_start_matches('0');
        // At most a document's length, so far within 64 bits.
        let shift = if whole.is_empty() {
            significant.len() as i64 - fraction.len() as i64
        } else {
            whole.len() as i64
        };
        let fraction = if whole.is_empty() { significant } else { fraction };
        let is_zero = whole.is_empty() && fraction.is_empty();
        Self {
            sign: match (is_zero, negative) {
                (true, _) => 0,
                (false, true) => -1,
                (false, false) => 1,
            },
            magnitude: parse_exponent(exponent).saturating_add(shift),
            whole,
            fraction,
        }
    }

    /// The order of the sizes of two numbers of the same sign.
    fn compare_size(&self, other: &Self) -> Ordering {
        if self.sign == 0 {
            return Ordering::Equal;
        }
        self.magnitude
            .cmp(&other.magnitude)
            .then_with(|| self.digits().cmp(other.digits()))
    }

    /// The digits from the first to the last that is not zero. As the digits of a fraction, a longer text
    /// that begins with a shorter one is the larger number, which is the order of sequences.
    fn digits(&self) -> impl Iterator<Item = u8> {
        let fraction = self.fraction.trim_end_matches('0');
        let whole = if fraction.is_empty() {
            self.whole.trim_end_matches('0')
        } else {
            self.whole
        };
        whole.bytes().chain(fraction.bytes())
    }
}

fn parse_exponent(text: &str) -> i64 {
    let bound = if text.starts_with('-') { i64::MIN } else { i64::MAX };
    text.parse().unwrap_or(bound)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(text: &str) -> Number {
        Number::parse(text).expect(text)
    }

    #[test]
    fn numbers_are_ordered_by_value_and_not_by_text() {
        let ascending = [
            "-1e99999999999999999999",
            "-1e400",
            "-10",
            "-9.99",
            "-0.001",
            "0",
            "1e-99999999999999999999",
            "1e-400",
            "0.0999",
            "0.1",
            "1",
            "1.000000000000000000000000000001",
            "9",
            "10",
            "12345678901234567890",
            "12345678901234567891",
            "1e400",
            "2e400",
            "1e99999999999999999999",
        ];
        for (i, left) in ascending.iter().enumerate() {
            for (j, right) in ascending.iter().enumerate() {
                assert_eq!(
                    compare(&number(left), &number(right)),
                    i.cmp(&j),
                    "{left} {right}"
                );
            }
        }
    }

    #[test]
    fn the_same_value_is_equal_in_every_spelling() {
        for same in [
            vec!["0", "-0", "0.00", "0e7", "-0.0e-7", "0e99999999999999999999"],
            vec!["100", "1e2", "1E+2", "100.0", "0.1e3", "1000e-1", "0.00100e5"],
            vec!["-0.05", "-5e-2", "-0.50e-1"],
        ] {
            for left in &same {
                for right in &same {
                    assert_eq!(
                        compare(&number(left), &number(right)),
                        Ordering::Equal,
                        "{left} {right}"
                    );
                }
            }
        }
    }

    proptest! {
        #[test]
        fn small_decimals_are_ordered_as_scaled_integers(
            left in -20_000i64..20_000, right in -20_000i64..20_000, places in 0usize..4,
        ) {
            let text = |value: i64| {
                let sign = if value < 0 { "-" } else { "" };
                let (size, scale) = (value.unsigned_abs(), 10u64.pow(places as u32));
                match places {
                    0 => format!("{sign}{size}"),
                    _ => format!("{sign}{}.{:0places$}", size / scale, size % scale),
                }
            };
            let moved = format!("{right}e-{places}");
            prop_assert_eq!(compare(&number(&text(left)), &number(&text(right))), left.cmp(&right));
            prop_assert_eq!(compare(&number(&text(left)), &number(&moved)), left.cmp(&right));
        }
    }
}
