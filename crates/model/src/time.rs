//! Points in time, to the millisecond, as the API shows them (`2026-11-21T07:40:22.219Z`).

use jiff::{Timestamp as Instant, civil};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Milliseconds since 1970-01-01T00:00:00Z; negative before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Timestamp(i64);

/// A span of time; an end that is not there is open, and both ends belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Between {
    /// Not before this time.
    pub from: Option<Timestamp>,
    /// Not after this time.
    pub to: Option<Timestamp>,
}

impl Between {
    /// Whether a time lies in it.
    pub fn has(self, time: Timestamp) -> bool {
        self.from.is_none_or(|from| time >= from) && self.to.is_none_or(|to| time <= to)
    }

    /// Whether it is bounded at all.
    pub fn is_bounded(self) -> bool {
        self.from.is_some() || self.to.is_some()
    }
}

/// The text is not a date and time with an offset (ISO 8601, RFC 3339) in the years 1 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a date and time: ISO 8601 with an offset is expected, for example 2026-11-21T07:40:22.219Z")]
pub struct BadTime;

impl Timestamp {
    /// The earliest time that can be shown: the year 1.
    pub const MIN: Self = Self(-62_135_596_800_000);
    /// The latest time that can be shown: two days before the end of the year 9999, where the library's range ends.
    pub const MAX: Self = Self(253_402_207_199_999);

    /// From milliseconds since the epoch, kept within the years 1 to 9999.
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(Self::MIN.0, Self::MAX.0))
    }

    /// Milliseconds since the epoch.
    pub fn millis(self) -> i64 {
        self.0
    }

    /// This time moved by a number of milliseconds, kept within the years that can be shown.
    pub fn plus_millis(self, millis: i64) -> Self {
        Self::from_millis(self.0.saturating_add(millis))
    }

    /// A date in a query: a full time with offset, one without (read as UTC), or a date alone (its first instant).
    pub fn from_query(text: &str) -> Result<Self, BadTime> {
        if let Ok(full) = text.parse() {
            return Ok(full);
        }
        let civil: civil::DateTime = text.parse().map_err(|_| BadTime)?;
        let zoned = civil.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| BadTime)?;
        Self::from_instant(zoned.timestamp())
    }

    fn from_instant(instant: Instant) -> Result<Self, BadTime> {
        let time = Self(instant.as_millisecond());
        (Self::MIN..=Self::MAX)
            .contains(&time)
            .then_some(time)
            .ok_or(BadTime)
    }
}

impl FromStr for Timestamp {
    type Err = BadTime;

    fn from_str(text: &str) -> Result<Self, BadTime> {
        Self::from_instant(text.parse().map_err(|_| BadTime)?)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instant = Instant::from_millisecond(self.0).map_err(|_| fmt::Error)?;
        write!(f, "{instant:.3}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_an_offset_and_shown_in_utc_milliseconds() {
        for (text, expected) in [
            ("2020-05-07T07:40:22.219Z", Some("2020-05-07T07:40:22.219Z")),
            ("2020-05-07T09:40:22.219+02:00", Some("2020-05-07T07:40:22.219Z")),
            ("2020-05-07T07:40:22Z", Some("2020-05-07T07:40:22.000Z")),
            ("2020-05-07T07:40:22.2199999Z", Some("2020-05-07T07:40:22.219Z")),
            ("2020-05-07T07:40:22", None),
            ("2020-05-07", None),
            ("2020-13-07T07:40:22Z", None),
            ("yesterday", None),
            ("", None),
        ] {
            let shown = text.parse::<Timestamp>().ok().map(|time| time.to_string());
            assert_eq!(shown.as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn the_first_and_the_last_time_can_be_shown() {
        assert_eq!(Timestamp::MIN.to_string(), "0001-01-01T00:00:00.000Z");
        assert_eq!(Timestamp::MAX.to_string(), "9999-12-30T21:59:59.999Z");
        assert_eq!(Timestamp::from_millis(i64::MAX), Timestamp::MAX);
    }

    #[test]
    fn a_query_may_leave_the_offset_or_the_time_of_day_out() {
        for (text, expected) in [
            ("2019-04-20", Some("2019-04-20T00:00:00.000Z")),
            ("2019-04-20T10:00:00", Some("2019-04-20T10:00:00.000Z")),
            ("2019-04-20T10:00:00+01:00", Some("2019-04-20T09:00:00.000Z")),
            ("20-04-2019", None),
        ] {
            let shown = Timestamp::from_query(text).ok().map(|time| time.to_string());
            assert_eq!(shown.as_deref(), expected, "{text:?}");
        }
    }
}
