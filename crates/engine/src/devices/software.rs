//! The software that is installed on a device, as a list in an object of its own, which is an addition of the device. A
//! list that is not there yet comes with its first entry, and belongs to the owner of the device, whoever wrote it.

use super::object::read;
use crate::desk::Changing;
use crate::inventory::{ChildTarget, UpdateObject, check_size, create_for};
use crate::refusal::Refusal;
use crate::work::{Command, Then, done};
use model::ids::ObjectId;
use model::inventory::{ChildKind, ManagedObject, ManagedObjectUpdate, NewManagedObject};
use model::json::{Json, Object};
use policy::operations::inventory::{ChildLink, InventoryCreate, InventoryCreateBelow, InventoryUpdate};

/// The fragment that holds the list.
pub const INSTALLED: &str = "c8y_InstalledSoftwareList";

/// A piece of software.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its type.
    pub kind: Option<String>,
    /// Where it comes from.
    pub url: Option<String>,
}

/// What changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SoftwareChange {
    /// This is all that is installed.
    All(Vec<Package>),
    /// This too; of what is there already by name and type, the version changes.
    Add(Vec<Package>),
    /// These, by name and version, are no longer installed.
    Remove(Vec<(String, String)>),
}

/// Changes the list of a device.
pub struct ChangeSoftware {
    /// The device.
    pub device: ObjectId,
    /// What changes.
    pub change: SoftwareChange,
}

impl Command for ChangeSoftware {
    type Operation = InventoryUpdate;
    /// The object that holds the list; nothing if there is none, and none is needed.
    type Answer = Option<ObjectId>;

    fn change(&self, desk: &Changing) -> Result<Then<Option<ObjectId>>, Refusal> {
        let device = read(desk, self.device)?;
        let before = list_of(desk, self.device)?;
        let packages = before.as_ref().map(packages_in).unwrap_or_default();
        let packages = self.change.apply(packages);
        let fragments: Object = [(INSTALLED, show(&packages))].into_iter().collect();
        check_size(&fragments)?;
        let id = match (before, packages.is_empty()) {
            (Some(before), _) => {
                let update = ManagedObjectUpdate {
                    fragments: fragments.into_iter().collect(),
                    ..ManagedObjectUpdate::default()
                };
                let id = before.id;
                UpdateObject { id, update }.change(desk).map(drop)?;
                Some(id)
            }
            (None, true) => None,
            (None, false) => Some(create_list(desk, &device, fragments)?),
        };
        Ok(done(id))
    }
}

impl SoftwareChange {
    fn apply(&self, mut list: Vec<Package>) -> Vec<Package> {
        match self {
            Self::All(all) => return all.clone(),
            Self::Add(more) => {
                for package in more {
                    let is_it = |it: &Package| it.name == package.name && it.kind == package.kind;
                    match list.iter_mut().find(|it| is_it(it)) {
                        Some(it) => it.clone_from(package),
                        None => list.push(package.clone()),
                    }
                }
            }
            Self::Remove(gone) => {
                list.retain(|it| {
                    !gone
                        .iter()
                        .any(|(name, version)| *name == it.name && *version == it.version)
                });
            }
        }
        list
    }
}

/// The object with the list of a device, for whoever may change that.
fn list_of(desk: &Changing, device: ObjectId) -> Result<Option<ManagedObject>, Refusal> {
    let rows = desk.tx.inventory(desk.allow_on::<InventoryUpdate>(device)?);
    for id in rows.now().children(device, ChildKind::Addition)? {
        // What somebody else has put there is passed over.
        let Ok(proof) = desk.allow_on::<InventoryUpdate>(id) else {
            continue;
        };
        let object = desk.tx.inventory(proof).now().object(id)?;
        if let Some(object) = object.filter(|object| object.fragments.contains(INSTALLED)) {
            return Ok(Some(object));
        }
    }
    Ok(None)
}

fn create_list(desk: &Changing, device: &ManagedObject, fragments: Object) -> Result<ObjectId, Refusal> {
    let new = NewManagedObject {
        name: None,
        kind: None,
        owner: None,
        fragments,
    };
    let place = device.project;
    let list = match desk.may::<InventoryCreate>() {
        true => {
            let linked = desk.allow_on::<ChildLink>(device.id)?;
            let rows = desk.tx.inventory(desk.allow::<InventoryCreate>()?);
            create_for(desk, &rows, &new, device.owner, (place, Some(&linked)))?
        }
        false => {
            let proof = desk.allow_below::<InventoryCreateBelow>(device.id, &[INSTALLED])?;
            create_for(desk, &desk.tx.inventory(proof), &new, device.owner, (place, None))?
        }
    };
    let parent = ChildTarget {
        parent: device.id,
        kind: ChildKind::Addition,
    };
    parent.link(desk, list.id)?;
    // Of two lists that are begun at once, only one is committed: both change the device.
    let rows = desk.tx.inventory(desk.allow_on::<InventoryUpdate>(device.id)?);
    rows.update(device, device.clone())?;
    Ok(list.id)
}

pub(super) fn packages_in(list: &ManagedObject) -> Vec<Package> {
    let items = list.fragments.get(INSTALLED).and_then(Json::as_array);
    let read = |item: &Json| {
        let item = item.as_object()?;
        let text = |name| item.get(name).and_then(Json::as_str).map(str::to_owned);
        Some(Package {
            name: text("name")?,
            version: text("version").unwrap_or_default(),
            kind: text("softwareType").or_else(|| text("type")),
            url: text("url"),
        })
    };
    items.unwrap_or_default().iter().filter_map(read).collect()
}

fn show(packages: &[Package]) -> Json {
    let show = |package: &Package| {
        let mut item = Object::new();
        item.set("name", package.name.as_str());
        item.set("version", package.version.as_str());
        if let Some(kind) = &package.kind {
            item.set("softwareType", kind.as_str());
        }
        if let Some(url) = &package.url {
            item.set("url", url.as_str());
        }
        Json::Object(item)
    };
    Json::Array(packages.iter().map(show).collect())
}
