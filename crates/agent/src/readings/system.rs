//! Load averages and time since start, from `/proc/loadavg` and `/proc/uptime`.

use super::series;
use serde_json::{Value, json};

/// `Load1`, `Load5` and `Load15`: runnable tasks on average over so many minutes.
pub fn load_fragment(loadavg: &str) -> Option<Value> {
    let mut fields = loadavg
        .split_whitespace()
        .map(|field| field.parse().ok().filter(|load: &f64| load.is_finite()));
    let mut next = || fields.next().flatten().map(|load| series(load, 2, ""));
    Some(json!({ "Load1": next()?, "Load5": next()?, "Load15": next()? }))
}

/// `Uptime` in seconds.
pub fn uptime_fragment(uptime: &str) -> Option<Value> {
    let seconds: f64 = uptime.split_whitespace().next()?.parse().ok()?;
    seconds
        .is_finite()
        .then(|| json!({ "Uptime": series(seconds, 1, "s") }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn load_has_three_averages_or_is_left_out() {
        let load = |one: f64, five: f64, fifteen: f64| {
            Some(
                json!({ "Load1": { "value": one }, "Load5": { "value": five }, "Load15": { "value": fifteen } }),
            )
        };
        for (text, expected) in [
            ("0.15 0.18 12.14 1/95 7944\n", load(0.15, 0.18, 12.14)),
            ("0.15 0.18\n", None),
            ("0.15 NaN 0.1 1/95 7944\n", None),
            ("", None),
        ] {
            assert_eq!(load_fragment(text), expected, "{text:?}");
        }
    }

    #[test]
    fn uptime_is_the_first_number() {
        let uptime = |value: f64| Some(json!({ "Uptime": { "value": value, "unit": "s" } }));
        for (text, expected) in [
            ("1177.51 2137.19\n", uptime(1177.5)),
            ("inf 1\n", None),
            ("\n", None),
        ] {
            assert_eq!(uptime_fragment(text), expected, "{text:?}");
        }
    }
}
