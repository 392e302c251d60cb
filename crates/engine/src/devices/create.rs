//! Devices that are created by what they say: the first data of a device, the children and services that it announces. One
//! transaction each, in which the external id is read: of two first messages at once one creates, the other finds.

use super::named::{Named, is_own, is_user_of};
use crate::desk::Changing;
use crate::identity::CreateExternalId;
use crate::inventory::{ChildTarget, CreateChild, UpdateObject, create};
use crate::refusal::{Bound, Conflict, FaultId, Invalid, Missing, Refusal};
use crate::work::{Command, Then, done};
use model::ids::ObjectId;
use model::inventory::{ChildKind, ManagedObjectUpdate, NewManagedObject};
use model::json::Json;
use model::limits::DEVICE_OBJECTS_MAX;
use model::names::Label;
use model::registration::ID_TYPE_DEFAULT;
use model::users::UserKind;
use policy::operations::inventory::{ChildLink, InventoryCreate, InventoryUpdate};
use store::Receipt;

/// What became of something that was to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ensured {
    /// It was created.
    Created(ObjectId),
    /// Its name was taken already; by what, is not said.
    There,
}

/// Creates the object of a device, unless its serial number is taken. A device's user creates the one whose name it bears,
/// and no other.
pub struct EnsureDevice {
    /// Its external id of type `c8y_Serial`.
    pub serial: Label,
    /// The object.
    pub object: NewManagedObject,
}

impl Command for EnsureDevice {
    type Operation = InventoryCreate;
    type Answer = Ensured;

    fn change(&self, desk: &Changing) -> Result<Then<Ensured>, Refusal> {
        let rows = desk.tx.inventory(desk.allow::<InventoryCreate>()?);
        if desk.who().kind() == UserKind::Device && !is_user_of(desk, &self.serial) {
            desk.deny::<InventoryCreate>("device", None);
            return Err(Refusal::Forbidden);
        }
        if rows.is_external_id_bound(ID_TYPE_DEFAULT, self.serial.as_str())? {
            return Ok(done(Ensured::There));
        }
        check_room(desk)?;
        let object = create(desk, &self.object)?;
        give_serial(desk, object.id, &self.serial)?;
        Ok(done(Ensured::Created(object.id)))
    }
}

/// Creates a child device or a service of a device, unless its serial number is taken.
pub struct EnsureChild {
    /// What it hangs on.
    pub parent: Named,
    /// By which edge: devices are child devices, services are additions.
    pub kind: ChildKind,
    /// Its external id of type `c8y_Serial`.
    pub serial: Label,
    /// The object.
    pub object: NewManagedObject,
    /// How the one that is there changes.
    pub update: Option<ManagedObjectUpdate>,
}

impl Command for EnsureChild {
    type Operation = ChildLink;
    type Answer = Ensured;

    fn change(&self, desk: &Changing) -> Result<Then<Ensured>, Refusal> {
        let parent = self.parent.find(desk).inspect_err(|_| {
            desk.deny::<ChildLink>("object", None);
        })?;
        let who = desk.who();
        let serial = self.serial.as_str();
        if let Some(there) = desk.tx.external_id_facts(who, ID_TYPE_DEFAULT, serial)? {
            if !is_own(desk, &self.parent.device, &there)? {
                desk.deny::<ChildLink>("object", None);
                return Err(Refusal::Conflict(Conflict::ExternalIdTaken));
            }
            if let Some(update) = &self.update {
                change_if_new(desk, there.id(), update)?;
            }
            return Ok(done(Ensured::There));
        }
        check_room(desk)?;
        let kind = self.kind;
        let object = self.object.clone();
        let target = ChildTarget { parent, kind };
        let created = CreateChild { target, object };
        let id = created.change(desk)?(Receipt::default()).id();
        give_serial(desk, id, &self.serial)?;
        Ok(done(Ensured::Created(id)))
    }
}

/// Changes what is to be changed, if anything is: devices say the same again and again.
fn change_if_new(desk: &Changing, id: ObjectId, update: &ManagedObjectUpdate) -> Result<(), Refusal> {
    let rows = desk.tx.inventory(desk.allow_on::<InventoryUpdate>(id)?);
    let before = rows.now().object(id)?;
    let before = before.ok_or(Refusal::Missing(Missing::Object(id)))?;
    let is_new = |(name, value): &(String, Json)| before.fragments.get(name) != Some(value);
    if update.fragments.iter().any(is_new) {
        let update = update.clone();
        UpdateObject { id, update }.change(desk).map(drop)?;
    }
    Ok(())
}

fn give_serial(desk: &Changing, object: ObjectId, serial: &Label) -> Result<(), Refusal> {
    let named = CreateExternalId {
        object,
        kind: known(ID_TYPE_DEFAULT)?,
        value: serial.clone(),
    };
    named.change(desk).map(drop)
}

/// A name of the platform's own.
pub(super) fn known(name: &'static str) -> Result<Label, Refusal> {
    let fault = |_| Refusal::Fault(FaultId::report(&"a name of the platform's own is no name"));
    name.parse().map_err(fault)
}

/// A device cannot fill the inventory.
pub(super) fn check_room(desk: &Changing) -> Result<(), Refusal> {
    let is_full = desk.who().kind() == UserKind::Device
        && desk.tx.objects_owned(desk.who(), DEVICE_OBJECTS_MAX)? >= DEVICE_OBJECTS_MAX;
    match is_full {
        true => Err(Refusal::Invalid(Invalid::TooMany(Bound::DeviceObjects))),
        false => Ok(()),
    }
}
