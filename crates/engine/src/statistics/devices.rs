//! Counts of single devices: for their own tenant alone.

use crate::desk::Reading;
use crate::refusal::Refusal;
use crate::work::Query;
use model::ids::ObjectId;
use model::inventory::ChildKind;
use model::limits::PAGE_SIZE_MAX;
use policy::operations::inventory::{InventoryList, InventoryRead};
use policy::operations::statistics::DeviceUsageRead;
use store::statistics::Period;

/// What a device did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceUsage {
    /// The device.
    pub device: ObjectId,
    /// Measurements, events and alarms that were created or changed.
    pub count: u64,
    /// Its type, if the caller may read the device. Of months only.
    pub kind: Option<String>,
    /// What it is a child device or asset of, as far as the caller may read that. Of months only.
    pub parents: Option<Vec<ObjectId>>,
}

/// Lists what devices did in a period, in order of ids.
pub struct ReadDeviceUsage {
    /// The tenant that is named: another than the caller's is refused.
    pub tenant: String,
    /// When.
    pub period: Period,
    /// Only this device.
    pub device: Option<ObjectId>,
    /// How many to pass over.
    pub skip: usize,
    /// How many to give; more than [`PAGE_SIZE_MAX`] is clamped.
    pub take: usize,
}

impl Query for ReadDeviceUsage {
    type Operation = DeviceUsageRead;
    type Answer = Vec<DeviceUsage>;

    fn answer(&self, desk: &Reading) -> Result<Vec<DeviceUsage>, Refusal> {
        let proof = desk.allow::<DeviceUsageRead>()?;
        if self.tenant != desk.tenant.id.as_str() {
            return Err(Refusal::Forbidden);
        }
        let rows = desk.tx.statistics(proof);
        // What lies in projects is for those who are at home there.
        let home = desk.who().home();
        let found = match self.device {
            Some(device) => {
                let is_shown = rows.is_at_home(home, device)?;
                let count = rows.device(self.period, device)?.filter(|_| is_shown);
                let found = count.map(|count| (device, count));
                found.into_iter().skip(self.skip).take(self.take).collect()
            }
            None => rows.devices(self.period, home, self.skip, self.take.min(PAGE_SIZE_MAX))?,
        };
        found
            .into_iter()
            .map(|(device, count)| self.show(desk, device, count))
            .collect()
    }
}

impl ReadDeviceUsage {
    fn show(&self, desk: &Reading, device: ObjectId, count: u64) -> Result<DeviceUsage, Refusal> {
        let mut shown = DeviceUsage {
            device,
            count,
            kind: None,
            parents: None,
        };
        if matches!(self.period, Period::Day(_)) || !desk.may_on::<InventoryRead>(device)? {
            return Ok(shown);
        }
        let objects = desk.tx.inventory(desk.allow::<InventoryList>()?);
        let object = objects.listed(device)?;
        shown.kind = object.and_then(|object| object.kind).map(|kind| kind.to_string());
        let mut parents = Vec::new();
        for kind in [ChildKind::Device, ChildKind::Asset] {
            for parent in objects.parents(device, kind)? {
                if desk.may_on::<InventoryRead>(parent)? {
                    parents.push(parent);
                }
            }
        }
        parents.sort_unstable();
        parents.dedup();
        shown.parents = Some(parents);
        Ok(shown)
    }
}
