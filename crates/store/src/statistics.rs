//! Figures of usage as rows: a day of a tenant, a day or month of a device; and in the management tenant the files that
//! sum them up. They lie in the payload: what a tenant does is its own.

use crate::backend::{Direction, KeyRange, Space};
use crate::fault::StoreFault;
use crate::inventory::{InventoryRows, object_key, visit_all, visit_edges};
use crate::projects::has_any;
use crate::rows::{Key, Table, last_number, rows};
use crate::transaction::WriteTx;
use crate::view::{View, unless_broken};
use model::ids::{ObjectId, StatisticsFileId, TenantNumber};
use model::inventory::{ChildKind, ManagedObject};
use model::statistics::{Counts, DailyUsage, Day, Days, Levels, StatisticsFile, TenantUsage};
use policy::facts::Home;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// What a device did in a period.
#[derive(Serialize, Deserialize)]
struct DeviceCount(u64);
/// What is in a file.
#[derive(Serialize, Deserialize)]
struct Content(Vec<TenantUsage>);

rows! {
    DailyUsage => Usage,
    DeviceCount => DeviceUsage,
    StatisticsFile => StatisticsFile,
    Content => StatisticsContent,
}

/// A time over which devices are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Period {
    /// A day.
    Day(Day),
    /// The month of this day.
    Month(Day),
}

impl Period {
    /// Where its devices are: of all periods of its length, or of this one.
    fn all(self, tenant: TenantNumber) -> Key {
        let kind = match self {
            Self::Day(_) => 1,
            Self::Month(_) => 2,
        };
        Key::new(tenant, Table::DeviceUsage).byte(kind)
    }

    fn key(self, tenant: TenantNumber) -> Key {
        let first = match self {
            Self::Day(day) => day,
            Self::Month(day) => day.month(),
        };
        self.all(tenant).number32(first.number())
    }
}

fn usage_key(tenant: TenantNumber, day: Day) -> Key {
    Key::new(tenant, Table::Usage).number32(day.number())
}

fn file_key(tenant: TenantNumber, table: Table, id: StatisticsFileId) -> Key {
    Key::new(tenant, table).number(id.number())
}

/// The figures of a tenant, to read.
pub struct StatisticsRows<'t> {
    view: &'t View,
    tenant: TenantNumber,
}

impl<'t> StatisticsRows<'t> {
    pub(crate) fn new(view: &'t View, tenant: TenantNumber) -> Self {
        Self { view, tenant }
    }

    /// The usage of each of these days on which there was any, in their order.
    pub fn days(&self, days: Days) -> Result<Vec<DailyUsage>, StoreFault> {
        let mut found = self
            .view
            .rows::<DailyUsage>(&Key::new(self.tenant, Table::Usage))?;
        found.retain(|usage| days.has(usage.day));
        Ok(found)
    }

    fn day(&self, day: Day) -> Result<Option<DailyUsage>, StoreFault> {
        self.view.row(&usage_key(self.tenant, day))
    }

    /// What one device did in a period, if anything.
    pub fn device(&self, period: Period, device: ObjectId) -> Result<Option<u64>, StoreFault> {
        let key = period.key(self.tenant).number(device.number());
        Ok(self
            .view
            .row::<DeviceCount>(&key)?
            .map(|DeviceCount(count)| count))
    }

    /// Whether a device belongs where somebody is at home: outside of projects, in one, or everywhere. Where a device that
    /// is gone lay, nobody knows any more.
    pub fn is_at_home(&self, home: Home, device: ObjectId) -> Result<bool, StoreFault> {
        if matches!(home, Home::Everywhere) || !has_any(self.view, self.tenant)? {
            return Ok(home.has(None));
        }
        let object = self.view.row::<ManagedObject>(&object_key(self.tenant, device))?;
        Ok(object.is_some_and(|object| home.has(object.project)))
    }

    /// The devices that belong to a home and did something in a period with how much that was, in order of ids: so many,
    /// behind the first.
    pub fn devices(
        &self,
        period: Period,
        home: Home,
        skip: usize,
        take: usize,
    ) -> Result<Vec<(ObjectId, u64)>, StoreFault> {
        let (mut passed, mut found) = (0, Vec::new());
        let prefix = period.key(self.tenant).prefix();
        self.view.scan_range(
            self.tenant,
            Table::DeviceUsage,
            &prefix,
            Direction::Forward,
            |key, sealed| {
                if found.len() == take {
                    return Ok(ControlFlow::Break(()));
                }
                let device = last_number(key).and_then(ObjectId::new);
                let Some(device) = device else {
                    return Ok(ControlFlow::Continue(()));
                };
                if !self.is_at_home(home, device)? {
                    return Ok(ControlFlow::Continue(()));
                }
                passed += 1;
                if passed <= skip {
                    return Ok(ControlFlow::Continue(()));
                }
                let row = self
                    .view
                    .open::<DeviceCount>(self.tenant, Table::DeviceUsage, key, sealed);
                if let Some(DeviceCount(count)) = unless_broken(row)? {
                    found.push((device, count));
                }
                Ok(ControlFlow::Continue(()))
            },
        )?;
        Ok(found)
    }

    /// Every file, in order of ids.
    pub fn files(&self) -> Result<Vec<StatisticsFile>, StoreFault> {
        self.view.rows(&Key::new(self.tenant, Table::StatisticsFile))
    }

    /// What is in a file, if it is there.
    pub fn content(&self, id: StatisticsFileId) -> Result<Option<Vec<TenantUsage>>, StoreFault> {
        let row = self
            .view
            .row::<Content>(&file_key(self.tenant, Table::StatisticsContent, id))?;
        Ok(row.map(|Content(tenants)| tenants))
    }

    /// Adds up the bytes of the tenant's data, from a place on, over at most so many rows; gives where to go on.
    pub fn storage(
        &self,
        from: Option<Vec<u8>>,
        rows_max: usize,
    ) -> Result<(u64, Option<Vec<u8>>), StoreFault> {
        self.view.measure(self.tenant, Space::Payload, from, rows_max)
    }
}

/// The figures of a tenant, to change.
pub struct StatisticsChanges<'t> {
    tx: &'t WriteTx,
    tenant: TenantNumber,
}

impl<'t> StatisticsChanges<'t> {
    pub(crate) fn new(tx: &'t WriteTx, tenant: TenantNumber) -> Self {
        Self { tx, tenant }
    }

    /// What is there now; the committer refuses the change if a row that was read moves.
    pub fn now(&self) -> StatisticsRows<'t> {
        StatisticsRows::new(&self.tx.view, self.tenant)
    }

    fn change_day(&self, day: Day, change: impl FnOnce(&mut DailyUsage)) -> Result<(), StoreFault> {
        let mut usage = self.now().day(day)?.unwrap_or(DailyUsage {
            day,
            counts: Counts::default(),
            levels: None,
        });
        change(&mut usage);
        self.tx.put(&usage_key(self.tenant, day), &usage)
    }

    /// Adds what was counted to a day.
    pub fn add_counts(&self, day: Day, counts: &Counts) -> Result<(), StoreFault> {
        self.change_day(day, |usage| usage.counts += counts)
    }

    /// Notes how much there is on a day.
    pub fn put_levels(&self, day: Day, levels: Levels) -> Result<(), StoreFault> {
        self.change_day(day, |usage| usage.levels = Some(levels))
    }

    /// Adds what a device did to a day and its month.
    pub fn add_device(&self, day: Day, device: ObjectId, count: u64) -> Result<(), StoreFault> {
        for period in [Period::Day(day), Period::Month(day)] {
            let before = self.now().device(period, device)?.unwrap_or(0);
            let key = period.key(self.tenant).number(device.number());
            self.tx.put(&key, &DeviceCount(before.saturating_add(count)))?;
        }
        Ok(())
    }

    /// Removes up to so many figures that are kept no longer: of days before `usage`, of devices on days before `devices`,
    /// and in months before that of `usage`. Says how many.
    pub fn forget(&self, usage: Day, devices: Day, most: usize) -> Result<usize, StoreFault> {
        let days = Key::new(self.tenant, Table::Usage);
        let by_day = Period::Day(devices);
        let by_month = Period::Month(usage);
        let old = [
            (days, usage_key(self.tenant, usage)),
            (by_day.all(self.tenant), by_day.key(self.tenant)),
            (by_month.all(self.tenant), by_month.key(self.tenant)),
        ];
        let mut removed = 0;
        for (from, to) in old {
            let keys = self.keys_between(&from, &to, most - removed)?;
            removed += keys.len();
            for key in keys {
                self.tx.delete(&key);
            }
        }
        Ok(removed)
    }

    fn keys_between(&self, from: &Key, to: &Key, most: usize) -> Result<Vec<Key>, StoreFault> {
        let range = KeyRange {
            start: from.bytes().to_vec(),
            end: Some(to.bytes().to_vec()),
        };
        let mut keys = Vec::new();
        self.tx
            .view
            .scan_range(self.tenant, from.table, &range, Direction::Forward, |key, _| {
                if keys.len() == most {
                    return Ok(ControlFlow::Break(()));
                }
                let rest = key.get(from.bytes().len()..).unwrap_or_default();
                keys.push(rest.iter().fold(from.clone(), |key, byte| key.byte(*byte)));
                Ok(ControlFlow::Continue(()))
            })?;
        Ok(keys)
    }

    /// A new id of a file.
    pub fn new_file(&self) -> Result<StatisticsFileId, StoreFault> {
        self.tx.ids.statistics_file(self.tenant)
    }

    /// Stores a file.
    pub fn put_file(&self, file: &StatisticsFile, content: Vec<TenantUsage>) -> Result<(), StoreFault> {
        self.tx
            .put(&file_key(self.tenant, Table::StatisticsFile, file.id), file)?;
        let key = file_key(self.tenant, Table::StatisticsContent, file.id);
        self.tx.put(&key, &Content(content))
    }

    /// Removes a file.
    pub fn delete_file(&self, id: StatisticsFileId) {
        for table in [Table::StatisticsFile, Table::StatisticsContent] {
            self.tx.delete(&file_key(self.tenant, table, id));
        }
    }
}

impl InventoryRows<'_> {
    /// How many devices there are, and how many of them have child devices; nothing if not every object is within reach.
    pub fn count_devices(&self) -> Result<Option<(u64, u64)>, StoreFault> {
        if !self.is_tenant_wide() {
            return Ok(None);
        }
        let mut devices = BTreeSet::new();
        visit_all(self.view, self.tenant, |object| {
            if object.is_device() {
                devices.insert(object.id);
            }
            true
        })?;
        let mut parents = BTreeSet::new();
        visit_edges(self.view, self.tenant, |parent, kind, _| {
            if kind == ChildKind::Device && devices.contains(&parent) {
                parents.insert(parent);
            }
            true
        })?;
        Ok(Some((devices.len() as u64, parents.len() as u64)))
    }
}
