//! Reading the software that is installed on a device: the list in an object of its own, which is an addition of the device.

use super::software::{INSTALLED, Package, packages_in};
use crate::desk::Reading;
use crate::page::{Listed, Page};
use crate::refusal::Refusal;
use crate::work::Query;
use model::ids::ObjectId;
use model::inventory::ChildKind;
use policy::operations::inventory::{InventoryList, InventoryRead};

/// Lists the software of a device; every part narrows.
pub struct FindSoftware {
    /// The device.
    pub device: ObjectId,
    /// Of this name.
    pub name: Option<String>,
    /// Of this version.
    pub version: Option<String>,
    /// Of this type.
    pub kind: Option<String>,
    /// Which part.
    pub page: Page,
}

impl Query for FindSoftware {
    type Operation = InventoryRead;
    type Answer = Listed<Package>;

    fn answer(&self, desk: &Reading) -> Result<Listed<Package>, Refusal> {
        let rows = desk.tx.inventory(desk.allow_on::<InventoryRead>(self.device)?);
        let additions = rows.children(self.device, ChildKind::Addition)?;
        // What of it somebody else has put there, and the caller may not see, is passed over.
        let seen = desk.tx.inventory(desk.allow::<InventoryList>()?);
        let mut packages = Vec::new();
        for id in additions {
            let list = seen.listed(id)?;
            if let Some(list) = list.filter(|object| object.fragments.contains(INSTALLED)) {
                packages = packages_in(&list);
                break;
            }
        }
        let is = |wanted: &Option<String>, value: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| value == Some(wanted))
        };
        packages.retain(|package| {
            is(&self.name, Some(&package.name))
                && is(&self.version, Some(&package.version))
                && is(&self.kind, package.kind.as_deref())
        });
        Ok(self.page.of(packages))
    }
}
