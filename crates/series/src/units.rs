//! Units of measurement in the two systems that clients ask for: which unit stands for which, and how a number gets from
//! one to the other. The factors are exact by definition (international yard and pound of 1959).
//!
//! It does not know where units and numbers lie in a document.

use model::json::Number;

/// A system of units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// Metres, kilograms and degrees Celsius.
    Metric,
    /// Feet, pounds and degrees Fahrenheit.
    Imperial,
}

impl System {
    /// The system that a client names.
    pub fn from_word(word: &str) -> Option<Self> {
        let named = [("metric", Self::Metric), ("imperial", Self::Imperial)];
        let found = named
            .into_iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(word.trim()));
        found.map(|(_, system)| system)
    }
}

/// A metric unit, what it is in the other system, and how to get there: `other = metric * factor.0 / factor.1 + offset`.
struct Pair {
    metric: &'static str,
    imperial: &'static str,
    factor: (f64, f64),
    offset: f64,
}

const fn pair(metric: &'static str, imperial: &'static str, factor: (f64, f64), offset: f64) -> Pair {
    Pair {
        metric,
        imperial,
        factor,
        offset,
    }
}

/// The units that are known, with the spellings that devices send for the degrees.
const PAIRS: [Pair; 12] = [
    pair("m", "ft", (1.0, 0.3048), 0.0),
    pair("km", "mi", (1.0, 1.609_344), 0.0),
    pair("cm", "in", (1.0, 2.54), 0.0),
    pair("g", "oz", (1.0, 28.349_523_125), 0.0),
    pair("kg", "lb", (1.0, 0.453_592_37), 0.0),
    pair("C", "F", (9.0, 5.0), 32.0),
    pair("\u{b0}C", "\u{b0}F", (9.0, 5.0), 32.0),
    pair("\u{ba}C", "\u{ba}F", (9.0, 5.0), 32.0),
    pair("\u{2103}", "\u{2109}", (9.0, 5.0), 32.0),
    pair("K", "\u{b0}R", (9.0, 5.0), 0.0),
    // Not found by its metric name, which the pair before has.
    pair("K", "R", (9.0, 5.0), 0.0),
    pair("K", "\u{ba}R", (9.0, 5.0), 0.0),
];

/// How numbers of one unit become numbers of another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Conversion {
    /// The unit that they have then.
    pub unit: &'static str,
    factor: (f64, f64),
    offset: f64,
    to_metric: bool,
}

impl Conversion {
    /// How a unit is expressed in a system; nothing if it is at home there or not known.
    pub fn to(system: System, unit: &str) -> Option<Self> {
        let from = |pair: &&Pair| match system {
            System::Metric => pair.imperial == unit,
            System::Imperial => pair.metric == unit,
        };
        let pair = PAIRS.iter().find(from)?;
        let to_metric = system == System::Metric;
        Some(Self {
            unit: if to_metric { pair.metric } else { pair.imperial },
            factor: pair.factor,
            offset: pair.offset,
            to_metric,
        })
    }

    /// A value: a mean, the least or the greatest is converted like one.
    pub fn value(&self, value: f64) -> f64 {
        let (over, under) = self.factor;
        tidy(match self.to_metric {
            true => (value - self.offset) * under / over,
            false => value * over / under + self.offset,
        })
    }

    /// The sum of so many values: each has the offset of its own.
    pub fn sum(&self, sum: f64, count: u64) -> f64 {
        let (over, under) = self.factor;
        let offset = self.offset * count as f64;
        tidy(match self.to_metric {
            true => (sum - offset) * under / over,
            false => sum * over / under + offset,
        })
    }

    /// A difference between values, for example how far they spread.
    pub fn difference(&self, difference: f64) -> f64 {
        let (over, under) = self.factor;
        tidy(match self.to_metric {
            true => difference * under / over,
            false => difference * over / under,
        })
    }

    /// A number as text; nothing of one that is too large for the other unit.
    pub fn number(&self, number: &Number) -> Option<Number> {
        let value = self.value(number.text().parse().ok()?);
        value
            .is_finite()
            .then(|| Number::parse(&value.to_string()))
            .flatten()
    }
}

/// With 15 digits: the sixteenth shows how doubles are rounded and nothing else.
fn tidy(value: f64) -> f64 {
    format!("{value:.14e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn converted(system: System, number: &str, unit: &str) -> Option<(String, &'static str)> {
        let conversion = Conversion::to(system, unit)?;
        let number = Number::parse(number).expect("a number");
        Some((conversion.number(&number)?.text().to_owned(), conversion.unit))
    }

    #[test]
    fn every_unit_has_its_other_one() {
        for (metric, unit, imperial, other) in [
            ("0.3048", "m", "1", "ft"),
            ("1.609344", "km", "1", "mi"),
            ("2.54", "cm", "1", "in"),
            ("28.349523125", "g", "1", "oz"),
            ("0.45359237", "kg", "1", "lb"),
            ("100", "C", "212", "F"),
            ("-40", "\u{b0}C", "-40", "\u{b0}F"),
            ("21.5", "\u{ba}C", "70.7", "\u{ba}F"),
            ("0", "\u{2103}", "32", "\u{2109}"),
            ("273.15", "K", "491.67", "\u{b0}R"),
        ] {
            assert_eq!(
                converted(System::Imperial, metric, unit),
                Some((imperial.to_owned(), other))
            );
            assert_eq!(
                converted(System::Metric, imperial, other),
                Some((metric.to_owned(), unit))
            );
            assert_eq!(converted(System::Metric, metric, unit), None, "{unit} is metric");
            assert_eq!(
                converted(System::Imperial, imperial, other),
                None,
                "{other} is not"
            );
        }
        assert_eq!(
            converted(System::Metric, "491.67", "R"),
            Some(("273.15".to_owned(), "K"))
        );
        assert_eq!(converted(System::Imperial, "1", "bar"), None);
        assert_eq!(
            converted(System::Imperial, "1e308", "m"),
            None,
            "too large in feet"
        );
    }

    #[test]
    fn sums_and_differences_take_the_offset_as_often_as_it_is_there() {
        let to = Conversion::to(System::Imperial, "C").expect("known");
        assert_eq!((to.sum(30.0, 2), to.difference(10.0)), (118.0, 18.0));
        let back = Conversion::to(System::Metric, "F").expect("known");
        assert_eq!((back.sum(118.0, 2), back.difference(18.0)), (30.0, 10.0));
    }

    #[test]
    fn systems_are_named_without_regard_to_case() {
        assert_eq!(System::from_word("Imperial"), Some(System::Imperial));
        assert_eq!(System::from_word("metric"), Some(System::Metric));
        assert_eq!(System::from_word("nautical"), None);
    }

    proptest! {
        #[test]
        fn there_and_back_is_where_one_was(value in -1.0e9f64..1.0e9, pair in 0..PAIRS.len()) {
            let to = Conversion::to(System::Imperial, PAIRS[pair].metric).expect("known");
            let back = Conversion::to(System::Metric, to.unit).expect("known");
            let again = back.value(to.value(value));
            prop_assert!((again - value).abs() <= 1.0e-12 * value.abs().max(1_000.0), "{value} {again}");
        }
    }
}
