//! An operation that a device has not finished, known by what was asked.

use crate::desk::Changing;
use crate::operations::UpdateOperation;
use crate::refusal::{Invalid, Refusal};
use crate::work::{Command, Then, done};
use model::ids::{ObjectId, OperationId};
use model::limits::DEVICE_LOOK_BACK_MAX;
use model::operations::{OperationStatus, OperationUpdate};
use policy::operations::operations::OperationUpdate as Updating;

/// Changes the oldest operation of a device with a fragment: one that it is at, else one that waits.
pub struct UpdateUnfinished {
    /// The device.
    pub device: ObjectId,
    /// The fragment.
    pub fragment: String,
    /// What becomes of it.
    pub update: OperationUpdate,
}

impl Command for UpdateUnfinished {
    type Operation = Updating;
    /// Which it was.
    type Answer = OperationId;

    fn change(&self, desk: &Changing) -> Result<Then<OperationId>, Refusal> {
        let rows = desk.tx.operations(desk.allow_on::<Updating>(self.device)?);
        for status in [OperationStatus::Executing, OperationStatus::Pending] {
            for id in rows.first_of_device(self.device, status, DEVICE_LOOK_BACK_MAX)? {
                let operation = rows.now().operation(id)?;
                let is_it = operation.is_some_and(|operation| {
                    operation.fragments.contains(&self.fragment) && !operation.is_expired(desk.now())
                });
                if is_it {
                    let update = self.update.clone();
                    UpdateOperation { id, update }.change(desk).map(drop)?;
                    return Ok(done(id));
                }
            }
        }
        Err(Refusal::Invalid(Invalid::NoOperation(OperationStatus::Executing)))
    }
}
