//! Bytes per second over all network interfaces but the loopback, from the counters of `/proc/net/dev`.

use super::series;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// Bytes received and sent by each interface since it came up.
pub type Counters = BTreeMap<String, Traffic>;

/// A pair of counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traffic {
    /// Bytes received.
    pub received: u64,
    /// Bytes sent.
    pub sent: u64,
}

/// Rates, averaged between two readings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// Bytes received per second.
    pub received: f64,
    /// Bytes sent per second.
    pub sent: f64,
}

/// Reads the table; rows of another form and the loopback are left out.
pub fn parse(table: &str) -> Counters {
    table
        .lines()
        .skip(2)
        .filter_map(row)
        .filter(|(name, _)| name != "lo")
        .collect()
}

fn row(line: &str) -> Option<(String, Traffic)> {
    let (name, fields) = line.split_once(':')?;
    let mut fields = fields.split_whitespace();
    let received = fields.next()?.parse().ok()?;
    // Eight columns are about what was received; the first of the others is the bytes sent.
    let sent = fields.nth(7)?.parse().ok()?;
    Some((name.trim().to_owned(), Traffic { received, sent }))
}

/// Bytes per second. An interface that appeared, vanished or began anew in between is left out, since its counter says
/// nothing about this time; nothing if no interface is left or no time has passed.
pub fn bytes_per_second(before: &Counters, now: &Counters, elapsed: Duration) -> Option<Rates> {
    let grown = |(name, now): (&String, &Traffic)| {
        let before = before.get(name)?;
        Some((
            now.received.checked_sub(before.received)?,
            now.sent.checked_sub(before.sent)?,
        ))
    };
    let grown: Vec<_> = now.iter().filter_map(grown).collect();
    if grown.is_empty() || elapsed.is_zero() {
        return None;
    }
    let per_second = |bytes: u64| bytes as f64 / elapsed.as_secs_f64();
    Some(Rates {
        received: per_second(grown.iter().map(|(received, _)| received).sum()),
        sent: per_second(grown.iter().map(|(_, sent)| sent).sum()),
    })
}

/// `{"In": .., "Out": ..}` in bytes per second.
pub fn fragment(rates: Rates) -> Value {
    json!({ "In": series(rates.received, 1, "B/s"), "Out": series(rates.sent, 1, "B/s") })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "Inter-|   Receive                            |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:    3193      29    0    0    0     0          0         0     3193      29    0    0    0     0       0          0
  eth0: 83688723    4007    0    0    0     0          0         0   368860    2979    0    0    0     0       0          0
wlan0:17 1 0 0 0 0 0 0 18 1 0 0 0 0 0 0
 short: 1 2 3
";

    fn counters<const N: usize>(rows: [(&str, u64, u64); N]) -> Counters {
        let traffic = |(name, received, sent): (&str, _, _)| (name.to_owned(), Traffic { received, sent });
        rows.into_iter().map(traffic).collect()
    }

    #[test]
    fn every_interface_but_the_loopback_is_counted() {
        assert_eq!(
            parse(TABLE),
            counters([("eth0", 83_688_723, 368_860), ("wlan0", 17, 18)])
        );
        assert_eq!(parse(""), Counters::new());
    }

    #[test]
    fn rates_are_sums_over_interfaces_that_only_counted_up() {
        let before = counters([("a", 100, 10), ("b", 0, 0), ("gone", 5, 5), ("reset", 900, 0)]);
        let now = counters([
            ("a", 300, 10),
            ("b", 100, 40),
            ("new", 7_000, 7_000),
            ("reset", 5, 5),
        ]);
        let rates = bytes_per_second(&before, &now, Duration::from_millis(500));
        assert_eq!(
            rates,
            Some(Rates {
                received: 600.0,
                sent: 80.0
            })
        );
        assert_eq!(bytes_per_second(&before, &now, Duration::ZERO), None);
        assert_eq!(
            bytes_per_second(&before, &Counters::new(), Duration::from_secs(1)),
            None
        );
    }
}
