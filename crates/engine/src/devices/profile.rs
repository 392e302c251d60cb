//! Which device profile a device has, or is getting: it says only whether it is done, and the operation says which.

use super::object::read;
use crate::desk::Changing;
use crate::inventory::UpdateObject;
use crate::refusal::{Invalid, Refusal};
use crate::work::{Command, Then, done};
use model::ids::ObjectId;
use model::inventory::ManagedObjectUpdate;
use model::json::{Json, Object};
use model::limits::DEVICE_LOOK_BACK_MAX;
use model::operations::{Operation, OperationStatus};
use policy::operations::inventory::InventoryUpdate;
use policy::operations::operations::OperationUpdate;

/// The fragment of operations that bring a profile.
const OPERATION: &str = "c8y_DeviceProfile";
/// The fragment of devices that says which one they have.
const OF_DEVICE: &str = "c8y_Profile";

/// Says that a device profile is being applied, or was.
pub struct SetProfile {
    /// The device.
    pub device: ObjectId,
    /// Whether it was applied in whole.
    pub executed: bool,
    /// The profile; that of the oldest operation that the device is at when absent.
    pub profile: Option<ObjectId>,
}

impl Command for SetProfile {
    type Operation = InventoryUpdate;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let before = read(desk, self.device)?;
        let operation = self.operation(desk)?;
        let said = |name: &str| operation.as_ref().and_then(|it| it.fragments.get(name)).cloned();
        let of_before = before.fragments.get(OF_DEVICE).and_then(Json::as_object);
        let id = match self.profile {
            Some(profile) => Some(Json::from(profile.to_string())),
            None => said("profileId"),
        };
        let Some(id) = id else {
            return Err(Refusal::Invalid(Invalid::NoOperation(OperationStatus::Executing)));
        };
        // The name that the device has of the same profile stays, when no operation tells it.
        let is_same = |had: &&Object| had.get("profileId") == Some(&id);
        let had = || {
            of_before
                .filter(is_same)
                .and_then(|had| had.get("profileName"))
                .cloned()
        };
        let mut profile = Object::new();
        if let Some(name) = said("profileName").or_else(had) {
            profile.set("profileName", name);
        }
        profile.set("profileId", id.clone());
        profile.set("profileExecuted", self.executed);
        let update = ManagedObjectUpdate {
            fragments: vec![(OF_DEVICE.to_owned(), profile.into())],
            ..ManagedObjectUpdate::default()
        };
        let id = self.device;
        UpdateObject { id, update }.change(desk).map(|_| done(()))
    }
}

impl SetProfile {
    /// The oldest operation with a profile that the device is at: with this one, if it names one.
    fn operation(&self, desk: &Changing) -> Result<Option<Operation>, Refusal> {
        let begun = desk.tx.operations(desk.allow_on::<OperationUpdate>(self.device)?);
        let named = self.profile.map(|profile| profile.to_string());
        for id in begun.first_of_device(self.device, OperationStatus::Executing, DEVICE_LOOK_BACK_MAX)? {
            let Some(operation) = begun.now().operation(id)? else {
                continue;
            };
            let id = operation.fragments.get("profileId").and_then(Json::as_str);
            let is_it = named.as_deref().is_none_or(|named| id == Some(named));
            if operation.fragments.contains(OPERATION) && is_it {
                return Ok(Some(operation));
            }
        }
        Ok(None)
    }
}
