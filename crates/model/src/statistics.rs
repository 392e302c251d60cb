//! Figures of usage: what a tenant did on a day, and how much it had.

use crate::ids::StatisticsFileId;
use crate::names::{Domain, TenantId};
use crate::time::Timestamp;
use crate::words::words;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::AddAssign;
use std::str::FromStr;

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;

/// A day in UTC, from 1970-01-01 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Day(u32);

/// The text is not a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a date: YYYY-MM-DD is expected, from 1970-01-01 on")]
pub struct BadDay;

impl Day {
    /// The day of a time; of earlier times, the first one.
    pub fn of(time: Timestamp) -> Self {
        let days = time.millis().div_euclid(DAY_MILLIS);
        Self(u32::try_from(days).unwrap_or(0))
    }

    /// Days since 1970-01-01.
    pub fn number(self) -> u32 {
        self.0
    }

    /// The day of this number.
    pub fn at(number: u32) -> Self {
        Self::of(Timestamp::from_millis(i64::from(number) * DAY_MILLIS))
    }

    /// When it begins.
    pub fn begin(self) -> Timestamp {
        Timestamp::from_millis(i64::from(self.0) * DAY_MILLIS)
    }

    /// So many days later, or earlier.
    pub fn plus(self, days: i64) -> Self {
        Self::of(self.begin().plus_millis(days * DAY_MILLIS))
    }

    /// The first day of its month.
    pub fn month(self) -> Self {
        let text = self.to_string();
        let day: i64 = text.get(8..).and_then(|day| day.parse().ok()).unwrap_or(1);
        self.plus(1 - day)
    }

    /// The first day of the month before its own.
    pub fn month_before(self) -> Self {
        self.month().plus(-1).month()
    }
}

impl FromStr for Day {
    type Err = BadDay;

    fn from_str(text: &str) -> Result<Self, BadDay> {
        let is_plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let time = Timestamp::from_query(text).map_err(|_| BadDay)?;
        let day = Self::of(time);
        (is_plain && day.begin() == time).then_some(day).ok_or(BadDay)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.begin().to_string();
        f.write_str(text.get(..10).unwrap_or_default())
    }
}

/// What was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Requests of signed-in callers.
    pub requests: u64,
    /// Of these, those of devices.
    pub device_requests: u64,
    /// Alarms that were raised.
    pub alarms_created: u64,
    /// Changes of alarms.
    pub alarms_updated: u64,
    /// Events that were stored.
    pub events_created: u64,
    /// Changes of events.
    pub events_updated: u64,
    /// Managed objects that were created.
    pub inventories_created: u64,
    /// Changes of managed objects.
    pub inventories_updated: u64,
    /// Measurements that were stored.
    pub measurements_created: u64,
    /// Operations that were created.
    pub operations_created: u64,
    /// Changes of operations.
    pub operations_updated: u64,
}

impl Counts {
    /// What came in, in all. Operations go out.
    pub fn inbound(&self) -> u64 {
        [
            self.alarms_created,
            self.alarms_updated,
            self.events_created,
            self.events_updated,
            self.inventories_created,
            self.inventories_updated,
            self.measurements_created,
        ]
        .into_iter()
        .fold(0, u64::saturating_add)
    }
}

impl AddAssign<&Self> for Counts {
    fn add_assign(&mut self, other: &Self) {
        for (mine, more) in [
            (&mut self.requests, other.requests),
            (&mut self.device_requests, other.device_requests),
            (&mut self.alarms_created, other.alarms_created),
            (&mut self.alarms_updated, other.alarms_updated),
            (&mut self.events_created, other.events_created),
            (&mut self.events_updated, other.events_updated),
            (&mut self.inventories_created, other.inventories_created),
            (&mut self.inventories_updated, other.inventories_updated),
            (&mut self.measurements_created, other.measurements_created),
            (&mut self.operations_created, other.operations_created),
            (&mut self.operations_updated, other.operations_updated),
        ] {
            *mine = mine.saturating_add(more);
        }
    }
}

/// How much there was, when it was last looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Levels {
    /// Managed objects that are devices.
    pub devices: u64,
    /// Of these, those with child devices.
    pub devices_with_children: u64,
    /// Bytes of the rows of the tenant's data as they are stored, contents of files included: keys and sealed values,
    /// without users, the audit log and what the engine needs besides.
    pub storage_bytes: u64,
}

impl Levels {
    /// Devices without child devices.
    pub fn endpoints(&self) -> u64 {
        self.devices.saturating_sub(self.devices_with_children)
    }

    /// Of each figure the greater one.
    #[must_use]
    pub fn max(&self, other: &Self) -> Self {
        Self {
            devices: self.devices.max(other.devices),
            devices_with_children: self.devices_with_children.max(other.devices_with_children),
            storage_bytes: self.storage_bytes.max(other.storage_bytes),
        }
    }
}

/// The usage of a tenant on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DailyUsage {
    /// The day.
    pub day: Day,
    /// What was counted on it.
    pub counts: Counts,
    /// How much there was; nothing if nobody has looked on this day yet.
    pub levels: Option<Levels>,
}

/// The usage of a tenant over some days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageSummary {
    /// The first of them.
    pub from: Day,
    /// What was counted on all of them.
    pub counts: Counts,
    /// How much there was on the last of them.
    pub levels: Levels,
    /// The most that there was on any of them.
    pub peak: Levels,
}

impl UsageSummary {
    /// Over these days, in their order.
    pub fn of<'d>(from: Day, days: impl IntoIterator<Item = &'d DailyUsage>) -> Self {
        let mut sum = Self {
            from,
            counts: Counts::default(),
            levels: Levels::default(),
            peak: Levels::default(),
        };
        for day in days {
            sum.counts += &day.counts;
            if let Some(levels) = day.levels {
                sum.levels = levels;
                sum.peak = sum.peak.max(&levels);
            }
        }
        sum
    }
}

/// A tenant with its usage over some days, as the management tenant sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantUsage {
    /// Its id.
    pub id: TenantId,
    /// Its domain.
    pub domain: Domain,
    /// The company behind it.
    pub company: String,
    /// The tenant that created it; none for the management tenant.
    pub parent: Option<TenantId>,
    /// When it was created.
    pub created: Timestamp,
    /// Its usage.
    pub usage: UsageSummary,
}

/// Some days, both ends included; an end that is not there is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Days {
    /// The first.
    pub from: Option<Day>,
    /// The last.
    pub to: Option<Day>,
}

impl Days {
    /// Whether a day is one of them.
    pub fn has(self, day: Day) -> bool {
        self.from.is_none_or(|from| day >= from) && self.to.is_none_or(|to| day <= to)
    }
}

words! {
    /// Who wanted a file of figures.
    StatisticsKind, BadStatisticsKind: "the type of a statistics file" {
        /// The platform, about a month that is over.
        Real = "REAL",
        /// Somebody, about any days.
        Test = "TEST",
    }
}

/// A file with the figures of all tenants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatisticsFile {
    /// Its identifier.
    pub id: StatisticsFileId,
    /// The domain of the platform that made it.
    pub instance: String,
    /// When it was made.
    pub generated: Timestamp,
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
    /// Who wanted it.
    pub kind: StatisticsKind,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().expect("a day")
    }

    #[test]
    fn a_day_is_written_as_it_is_read() {
        for text in ["1970-01-01", "2020-02-29", "2026-11-21"] {
            assert_eq!(day(text).to_string(), text);
            assert_eq!(Day::at(day(text).number()), day(text));
        }
        for text in [
            "1969-12-31",
            "2021-02-29",
            "2026-11-21T00:00:00Z",
            "2026-1-21",
            "",
            "20261121--",
        ] {
            assert_eq!(text.parse::<Day>(), Err(BadDay), "{text}");
        }
    }

    #[test]
    fn a_month_begins_with_its_first_day() {
        for (text, month, before) in [
            ("2026-11-21", "2026-11-01", "2026-10-01"),
            ("2026-01-01", "2026-01-01", "2025-12-01"),
            ("2024-02-29", "2024-02-01", "2024-01-01"),
        ] {
            assert_eq!(day(text).month(), day(month));
            assert_eq!(day(text).month_before(), day(before));
        }
    }

    #[test]
    fn a_summary_adds_counts_and_takes_the_last_and_the_greatest_levels() {
        let on = |text, requests, levels: Option<u64>| DailyUsage {
            day: day(text),
            counts: Counts {
                requests,
                measurements_created: 2,
                operations_created: 9,
                ..Counts::default()
            },
            levels: levels.map(|devices| Levels {
                devices,
                devices_with_children: 1,
                storage_bytes: 10 * devices,
            }),
        };
        let days = [
            on("2026-11-01", 1, Some(5)),
            on("2026-11-02", 2, Some(3)),
            on("2026-11-03", 3, None),
        ];
        let sum = UsageSummary::of(day("2026-11-01"), &days);
        assert_eq!((sum.counts.requests, sum.counts.inbound()), (6, 6));
        assert_eq!((sum.levels.devices, sum.levels.endpoints()), (3, 2));
        assert_eq!((sum.peak.devices, sum.peak.storage_bytes), (5, 50));
    }
}
