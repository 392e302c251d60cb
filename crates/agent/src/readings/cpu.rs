//! Processor load from the counters of `/proc/stat`.

use super::series;
use serde_json::{Value, json};

/// Processor time since the machine started, in clock ticks over all processors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// Ticks in which a processor worked.
    pub busy: u64,
    /// All ticks.
    pub total: u64,
}

/// The first line of `/proc/stat`; nothing if it has another form.
pub fn parse(stat: &str) -> Option<Times> {
    let fields = stat.lines().next()?.strip_prefix("cpu ")?;
    // user nice system idle iowait irq softirq steal; what follows (guests) is contained in user and nice already.
    let ticks: Vec<u64> = fields
        .split_whitespace()
        .take(8)
        .map(str::parse)
        .collect::<Result<_, _>>()
        .ok()?;
    let &[_, _, _, idle, waiting, ..] = ticks.as_slice() else {
        return None;
    };
    let total = ticks
        .iter()
        .try_fold(0_u64, |sum, ticks| sum.checked_add(*ticks))?;
    Some(Times {
        busy: total - idle - waiting,
        total,
    })
}

/// The share of busy time between two readings; nothing if no time passed or a counter went backwards.
pub fn workload_percent(before: Times, now: Times) -> Option<f64> {
    let busy = now.busy.checked_sub(before.busy)?;
    let total = now
        .total
        .checked_sub(before.total)
        .filter(|total| *total >= busy.max(1))?;
    Some(busy as f64 * 100.0 / total as f64)
}

/// `{"Workload": {"value": percent, "unit": "%"}}`
pub fn fragment(workload_percent: f64) -> Value {
    json!({ "Workload": series(workload_percent, 1, "%") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_total_line_with_its_counters_is_read() {
        let times = |busy, total| Some(Times { busy, total });
        for (text, expected) in [
            (
                "cpu  17885 0 2877 213719 395 0 45 31 0 0\ncpu0 8609 0 1 1 29 0 12 10 0 0\n",
                times(20838, 234952),
            ),
            ("cpu  1 2 3 4 5\n", times(6, 15)),
            ("cpu  1 2 3 4 5 6 7 8 99 99 99\n", times(27, 36)),
            ("cpu  1 2 3 4\n", None),
            ("cpu0 1 2 3 4 5 6 7 8\n", None),
            ("cpu  1 2 x 4 5 6 7 8\n", None),
            ("", None),
        ] {
            assert_eq!(parse(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_counter_that_stands_still_or_goes_backwards_gives_no_reading() {
        let times = |busy, total| Times { busy, total };
        for (before, now, expected) in [
            (times(10, 100), times(20, 140), Some(25.0)),
            (times(10, 100), times(10, 200), Some(0.0)),
            (times(10, 100), times(110, 200), Some(100.0)),
            (times(10, 100), times(10, 100), None),
            (times(10, 100), times(5, 200), None),
            (times(10, 100), times(20, 50), None),
            (times(10, 100), times(120, 200), None),
        ] {
            assert_eq!(workload_percent(before, now), expected, "{before:?} {now:?}");
        }
    }
}
