//! What devices say of their operations: where they stand, by the name of what was asked or by id. Each is one commit, with
//! what else changes by it on the operation and on the device. What a row means is not known here.
//!
//! An operation is reached only below the object that speaks: the device itself, and what hangs below it by child devices.

use super::{check, missing, step, updated};
use crate::desk::Changing;
use crate::inventory::UpdateObject;
use crate::refusal::{Invalid, Refusal};
use crate::work::{Command, Then, done};
use model::ids::{ObjectId, OperationId};
use model::inventory::{ChildKind, ManagedObjectUpdate};
use model::json::Object;
use model::limits::{DEVICE_LOOK_BACK_MAX, OPERATIONS_ENDED_AT_ONCE_MAX};
use model::operations::{Operation, OperationStatus, OperationUpdate};
use model::time::Timestamp;
use policy::operations::operations::OperationUpdate as Updating;
use std::sync::Arc;

/// What changes when an operation was done: of the operation, and of its device.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effects {
    /// Fragments of the operation to set or remove.
    pub operation: Vec<(String, model::json::Json)>,
    /// Of the device; an empty change changes nothing.
    pub device: ManagedObjectUpdate,
}

/// What changes by the success of an operation with these fragments, at this time.
pub type OnSuccess = Arc<dyn Fn(&Object, Timestamp) -> Effects + Send + Sync>;

/// Where a device says that an operation stands.
#[derive(Clone)]
pub enum Said {
    /// It has begun.
    Executing,
    /// It has failed, for this reason.
    Failed(Option<String>),
    /// It was done, and this changes by it.
    Successful(OnSuccess),
}

impl Said {
    /// An end that changes nothing else.
    pub fn successful() -> Self {
        Self::Successful(Arc::new(|_, _| Effects::default()))
    }

    /// The changes of this operation and its device.
    fn changes(&self, operation: &Operation, now: Timestamp) -> (OperationUpdate, ManagedObjectUpdate) {
        let (status, failure_reason, effects) = match self {
            Self::Executing => (OperationStatus::Executing, None, Effects::default()),
            Self::Failed(reason) => (OperationStatus::Failed, reason.clone(), Effects::default()),
            Self::Successful(effects) => (
                OperationStatus::Successful,
                None,
                effects(&operation.fragments, now),
            ),
        };
        let update = OperationUpdate {
            status,
            failure_reason,
            description: None,
            fragments: effects.operation,
        };
        (update, effects.device)
    }
}

/// Takes the oldest operation of a device with a fragment that waits (rows 501).
pub struct StartOldest {
    /// The device.
    pub device: ObjectId,
    /// The fragment.
    pub fragment: String,
}

impl Command for StartOldest {
    type Operation = Updating;
    /// Which it was.
    type Answer = OperationId;

    fn change(&self, desk: &Changing) -> Result<Then<OperationId>, Refusal> {
        let waiting = OperationStatus::Pending;
        let found = oldest(desk, self.device, waiting, Some(&self.fragment))?;
        let operation = found.ok_or(Refusal::Invalid(Invalid::NoOperation(waiting)))?;
        say(desk, &operation, &Said::Executing)?;
        Ok(done(operation.id))
    }
}

/// Ends the oldest operation of a device with a fragment that it is at (rows 502 and 503).
pub struct EndOldest {
    /// The device.
    pub device: ObjectId,
    /// The fragment.
    pub fragment: String,
    /// How it has ended.
    pub said: Said,
}

impl Command for EndOldest {
    type Operation = Updating;
    /// Which it was.
    type Answer = OperationId;

    fn change(&self, desk: &Changing) -> Result<Then<OperationId>, Refusal> {
        let begun = OperationStatus::Executing;
        let found = oldest(desk, self.device, begun, Some(&self.fragment))?;
        let operation = found.ok_or(Refusal::Invalid(Invalid::NoOperation(begun)))?;
        say(desk, &operation, &self.said)?;
        Ok(done(operation.id))
    }
}

/// Says where an operation stands, by its id (rows 504 to 506).
pub struct SayById {
    /// The object that speaks: the operation must be its own, or of something below it by child devices.
    pub speaker: ObjectId,
    /// Which.
    pub id: OperationId,
    /// What.
    pub said: Said,
}

impl Command for SayById {
    type Operation = Updating;
    type Answer = ();

    fn change(&self, desk: &Changing) -> Result<Then<()>, Refusal> {
        let rows = desk.tx.operations(desk.allow_on_operation::<Updating>(self.id)?);
        let operation = rows.now().operation(self.id)?.ok_or(missing(self.id))?;
        if !desk
            .tx
            .hangs_below(desk.who(), operation.device, self.speaker, ChildKind::Device)?
        {
            return Err(missing(self.id));
        }
        say(desk, &operation, &self.said)?;
        Ok(done(()))
    }
}

/// Ends as failed what a device is at: all of it, or what has a fragment (rows 507).
pub struct FailAll {
    /// The device.
    pub device: ObjectId,
    /// Only those with this fragment.
    pub fragment: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

impl Command for FailAll {
    type Operation = Updating;
    /// How many there were.
    type Answer = usize;

    fn change(&self, desk: &Changing) -> Result<Then<usize>, Refusal> {
        let said = Said::Failed(self.reason.clone());
        let mut count = 0;
        for id in listed(desk, self.device, OperationStatus::Executing)? {
            let Some(operation) = with(desk, id, self.fragment.as_deref())? else {
                continue;
            };
            if count >= OPERATIONS_ENDED_AT_ONCE_MAX {
                return Err(Refusal::Invalid(Invalid::TooManyOperations));
            }
            say(desk, &operation, &said)?;
            count += 1;
        }
        Ok(done(count))
    }
}

/// The ids of what waits on a device, or of what it is at, for a caller who may change operations on it: the oldest, and no
/// more of them than one row may look at.
fn listed(desk: &Changing, device: ObjectId, status: OperationStatus) -> Result<Vec<OperationId>, Refusal> {
    let proof = desk.allow_on::<Updating>(device)?;
    let rows = desk.tx.operations(proof);
    Ok(rows.first_of_device(device, status, DEVICE_LOOK_BACK_MAX)?)
}

fn oldest(
    desk: &Changing,
    device: ObjectId,
    status: OperationStatus,
    fragment: Option<&str>,
) -> Result<Option<Operation>, Refusal> {
    for id in listed(desk, device, status)? {
        let found = with(desk, id, fragment)?;
        // What has expired is no more to be had, whether that is stored yet or not.
        if let Some(operation) = found.filter(|operation| !operation.is_expired(desk.now())) {
            return Ok(Some(operation));
        }
    }
    Ok(None)
}

/// An operation that the caller may change, if it has this fragment. One that it may not is passed over.
fn with(desk: &Changing, id: OperationId, fragment: Option<&str>) -> Result<Option<Operation>, Refusal> {
    let proof = match desk.allow_on_operation::<Updating>(id) {
        Ok(proof) => proof,
        Err(Refusal::Missing(_) | Refusal::Forbidden) => return Ok(None),
        Err(refusal) => return Err(refusal),
    };
    let operation = desk.tx.operations(proof).now().operation(id)?;
    let has = |operation: &Operation| fragment.is_none_or(|name| operation.fragments.contains(name));
    Ok(operation.filter(has))
}

/// Stores what was said. To say the same again changes nothing.
fn say(desk: &Changing, before: &Operation, said: &Said) -> Result<(), Refusal> {
    let (update, device) = said.changes(before, desk.now());
    // What it has ended with is known; to hear it again changes nothing of it.
    let update = match before.status == update.status && before.status.is_final() {
        true => OperationUpdate {
            failure_reason: None,
            fragments: Vec::new(),
            ..update
        },
        false => update,
    };
    let after = step(desk, before, &update)?;
    if after == *before {
        return Ok(());
    }
    check(&after)?;
    // Whoever may change only some fragments may not add others either.
    let names: Vec<_> = before.fragments.names().chain(after.fragments.names()).collect();
    let proof = desk.allow_on_with::<Updating>(before.device, &names)?;
    desk.tx.operations(proof).update(before, &after)?;
    desk.note(updated(before, &after));
    if !device.is_empty() {
        let (id, update) = (before.device, device);
        drop(UpdateObject { id, update }.change(desk)?);
    }
    Ok(())
}
