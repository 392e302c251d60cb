//! Operations: asking devices to do something, and what becomes of it. The history of one is its audit records.

pub mod by_device;
mod delete;
mod expire;
pub mod feed;
mod hub;

pub use delete::{DeleteOperations, FindTargets};
pub(crate) use hub::Feeds;

use crate::desk::{Changing, Reading};
use crate::documents::{Sources, Wanted, Written, page};
use crate::inventory::check_size;
use crate::note::Note;
use crate::page::{Listed, Page};
use crate::refusal::{Bound, Conflict, Invalid, Missing, Refusal};
use crate::users::refuse;
use crate::work::{Command, Query, Then, done};
use model::decommissioning::WIPE;
use model::identity::ExternalId;
use model::ids::{ObjectId, OperationId};
use model::json::Json;
use model::limits::{DOCUMENT_BYTES_MAX, FRAGMENTS_MAX, OPERATIONS_OPEN_PER_DEVICE_MAX};
use model::operations::{
    EXPIRED, NewOperation, Operation, OperationFilter, OperationStatus, OperationUpdate,
};
use model::time::Timestamp;
use model::users::UserKind;
use policy::operation::Operation as _;
use policy::operations::identity::ExternalIdRead;
use policy::operations::inventory::InventoryList;
use policy::operations::operations::{
    OperationCreate, OperationList, OperationRead, OperationUpdate as Updating,
};
use std::collections::BTreeSet;
use store::operations::{OperationChanges, OperationRows};

/// An operation as a caller sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationView {
    /// The operation.
    pub operation: Operation,
    /// The name of its device, if it has one that the caller may see.
    pub device_name: Option<String>,
    /// The external ids of its device, where they are shown and the caller may see them.
    pub external_ids: Vec<ExternalId>,
}

/// What a command may show of an operation.
pub type WrittenOperation = Written<OperationView, OperationId>;

pub(crate) fn missing(id: OperationId) -> Refusal {
    Refusal::Missing(Missing::Operation(id))
}

/// On which devices operations are; every part narrows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Targets {
    /// On this device.
    pub device: Option<ObjectId>,
    /// On this agent and what hangs below it by child devices.
    pub agent: Option<ObjectId>,
}

impl Targets {
    /// The one device that it is about, if it is one.
    fn only(self) -> Option<ObjectId> {
        self.device.filter(|_| self.agent.is_none())
    }

    /// The ids; nothing for any device.
    fn find(self, desk: &Reading) -> Result<Option<Vec<ObjectId>>, Refusal> {
        let sources = Sources {
            of: self.agent.or(self.device),
            with_devices: self.agent.is_some(),
            ..Sources::default()
        };
        let mut found = sources.find::<OperationRead>(desk)?;
        if let (Some(found), Some(device)) = (&mut found, self.device) {
            found.retain(|id| *id == device);
        }
        Ok(found)
    }
}

/// Reads one operation.
pub struct ReadOperation(pub OperationId);

impl Query for ReadOperation {
    type Operation = OperationRead;
    type Answer = OperationView;

    fn answer(&self, desk: &Reading) -> Result<OperationView, Refusal> {
        let rows = desk
            .tx
            .operations(desk.allow_on_operation::<OperationRead>(self.0)?);
        let operation = rows.operation(self.0)?.ok_or(missing(self.0))?;
        show(desk, operation, false)
    }
}

fn show(desk: &Reading, operation: Operation, with_external_ids: bool) -> Result<OperationView, Refusal> {
    let device = operation.device;
    let objects = desk.tx.inventory(desk.allow::<InventoryList>()?);
    let name = objects.listed(device)?.and_then(|device| device.name);
    let external_ids = match with_external_ids && desk.may_on::<ExternalIdRead>(device)? {
        true => desk
            .tx
            .inventory(desk.allow_on::<ExternalIdRead>(device)?)
            .external_ids(device)?,
        false => Vec::new(),
    };
    Ok(OperationView {
        operation,
        device_name: name.map(|name| name.to_string()),
        external_ids,
    })
}

/// Finds operations in the order of their creation.
pub struct FindOperations {
    /// On which devices.
    pub targets: Targets,
    /// Which.
    pub filter: OperationFilter,
    /// The newest first; it counts only together with a time in the filter.
    pub revert: bool,
    /// Which part of them.
    pub page: Page,
}

impl Query for FindOperations {
    type Operation = OperationList;
    type Answer = Listed<OperationView>;

    fn answer(&self, desk: &Reading) -> Result<Listed<OperationView>, Refusal> {
        let devices = self.targets.find(desk)?;
        // A device that asks what waits for it walks over nothing that has begun.
        let waiting = self.filter.status == Some(OperationStatus::Pending);
        let rows = listed(desk, self.targets.only())?.only_open(waiting);
        let created = self.filter.created;
        let wanted = Wanted {
            sources: devices.as_deref(),
            newest_first: self.revert && created.is_bounded(),
            time: created,
            page: self.page,
        };
        let found = page(
            &rows,
            &wanted,
            |operation| self.filter.wants(operation),
            |operation| &operation.fragments,
        )?;
        // An agent knows the devices behind it by these.
        let with_external_ids = self.targets.agent.is_some();
        found.try_map(|operation| show(desk, operation, with_external_ids))
    }
}

/// The operations that a list may show. With one device it is the decision on that one; a device that is not the caller's
/// to know leaves an empty list, as one that does not exist.
fn listed(desk: &Reading, device: Option<ObjectId>) -> Result<OperationRows<'_>, Refusal> {
    if let Some(device) = device {
        match desk.allow_on::<OperationRead>(device) {
            Ok(proof) => return Ok(desk.tx.operations(proof)),
            Err(Refusal::Missing(_) | Refusal::Forbidden) => {}
            Err(refusal) => return Err(refusal),
        }
    }
    Ok(desk.tx.operations(desk.allow::<OperationList>()?))
}

/// Asks a device to do something: allowed if every fragment of what is asked is (R032).
pub struct CreateOperation(pub NewOperation);

impl Command for CreateOperation {
    type Operation = OperationCreate;
    type Answer = WrittenOperation;

    fn change(&self, desk: &Changing) -> Result<Then<WrittenOperation>, Refusal> {
        let new = &self.0;
        let names: Vec<_> = new.fragments.names().collect();
        let proof = desk.allow_on_with::<OperationCreate>(new.device, &names);
        let proof = proof.map_err(|refusal| refusal.of_named_source(new.device))?;
        let rows = desk.tx.operations(proof);
        let operation = Operation {
            id: rows.new_id()?,
            device: new.device,
            creator: desk.who().id(),
            bulk: None,
            description: new.description.clone(),
            status: OperationStatus::Pending,
            failure_reason: None,
            created: desk.now(),
            updated: desk.now(),
            expires: match new.expires {
                Some(expires) if expires <= desk.now() => return Err(Refusal::Invalid(Invalid::ExpiryPast)),
                Some(expires) => Some(expires),
                None => waits_until(rows.pending_seconds()?, desk.now()),
            },
            handed_out: Vec::new(),
            fragments: new.fragments.clone(),
        };
        check(&operation)?;
        store_new(&rows, &operation)?;
        desk.note(created(&operation));
        Ok(done(written(desk, operation)?))
    }
}

/// Until when an operation waits that is created now.
pub(crate) fn waits_until(seconds: Option<u32>, now: Timestamp) -> Option<Timestamp> {
    seconds.map(|seconds| now.plus_millis(i64::from(seconds) * 1_000))
}

/// Stores a new operation on a device whose operations somebody takes.
pub(crate) fn store_new(rows: &OperationChanges<'_>, operation: &Operation) -> Result<(), Refusal> {
    check_room(rows, operation.device)?;
    store_above_all(rows, operation)
}

/// The same, however many operations of the device are not finished.
pub(crate) fn store_above_all(rows: &OperationChanges<'_>, operation: &Operation) -> Result<(), Refusal> {
    if !rows.has_agent(operation.device)? {
        return Err(Refusal::Invalid(Invalid::NoAgent(operation.device)));
    }
    if rows.is_disconnected(operation.device)? {
        return Err(Refusal::Conflict(Conflict::DeviceDisconnected));
    }
    Ok(rows.create(operation)?)
}

/// A device that never answers, or that asks itself, cannot fill the store with what is open.
fn check_room(rows: &OperationChanges<'_>, device: ObjectId) -> Result<(), Refusal> {
    let mut room = OPERATIONS_OPEN_PER_DEVICE_MAX;
    for status in [OperationStatus::Pending, OperationStatus::Executing] {
        room -= rows.first_of_device(device, status, room)?.len();
        if room == 0 {
            return Err(Refusal::Invalid(Invalid::TooMany(Bound::OpenOperations)));
        }
    }
    Ok(())
}

pub(crate) fn created(operation: &Operation) -> Note {
    let text = format!(
        "Operation created on the device {}: {}",
        operation.device,
        names_of(operation)
    );
    let status = Json::from(operation.status.word());
    Note::new("Operation", "Operation created", operation.id)
        .text(text)
        .change("status", None, Some(status))
}

fn names_of(operation: &Operation) -> String {
    operation.fragments.names().collect::<Vec<_>>().join(", ")
}

pub(crate) fn check(operation: &Operation) -> Result<(), Refusal> {
    let words = [&operation.description, &operation.failure_reason];
    let is_long = |text: &Option<String>| text.as_ref().is_some_and(|text| text.len() > DOCUMENT_BYTES_MAX);
    if words.into_iter().any(is_long) {
        return Err(Refusal::Invalid(Invalid::DocumentTooLarge));
    }
    check_size(&operation.fragments)
}

/// What was written, for callers who may read it: ADMIN alone does not let them (R019).
fn written(desk: &Changing, operation: Operation) -> Result<WrittenOperation, Refusal> {
    let shown = desk.shown_on::<OperationRead>(operation.device)?;
    if !shown.is_some_and(|shows| shows.cover.covers(operation.fragments.names())) {
        return Ok(Written::Hidden(operation.id));
    }
    Ok(Written::Shown(Box::new(OperationView {
        operation,
        device_name: None,
        external_ids: Vec::new(),
    })))
}

/// Says what became of an operation. The device itself and its agent own it and need no right on its fragments.
pub struct UpdateOperation {
    /// Which.
    pub id: OperationId,
    /// What.
    pub update: OperationUpdate,
}

impl Command for UpdateOperation {
    type Operation = Updating;
    type Answer = WrittenOperation;

    fn change(&self, desk: &Changing) -> Result<Then<WrittenOperation>, Refusal> {
        let rows = desk.tx.operations(desk.allow_on_operation::<Updating>(self.id)?);
        let before = rows.now().operation(self.id)?.ok_or(missing(self.id))?;
        // Each one is looked up among the others: no more of them than could be removed and set at once.
        if self.update.fragments.len() > 2 * FRAGMENTS_MAX {
            return Err(Refusal::Invalid(Invalid::DocumentTooLarge));
        }
        // Whoever may change only some fragments may not add others either.
        let sent = self.update.fragments.iter().map(|(name, _)| name.as_str());
        let names: BTreeSet<_> = before.fragments.names().chain(sent).collect();
        let names: Vec<_> = names.into_iter().collect();
        let _ = desk
            .tx
            .operations(desk.allow_on_with::<Updating>(before.device, &names)?);
        let after = step(desk, &before, &self.update)?;
        check(&after)?;
        if after.fragments.is_empty() {
            // Only who may ask for anything may leave nothing behind (R034).
            let _ = desk
                .tx
                .operations(desk.allow_on_with::<Updating>(before.device, &[])?);
        }
        if after != before {
            rows.update(&before, &after)?;
            desk.note(updated(&before, &after));
        }
        Ok(done(written(desk, after)?))
    }
}

/// The operation after an update. What has expired has failed, whether that is stored yet or not; who comes too late is
/// refused, and that is recorded: an old command that is answered now was perhaps replayed (R072).
pub(crate) fn step(
    desk: &Changing,
    before: &Operation,
    update: &OperationUpdate,
) -> Result<Operation, Refusal> {
    let now = desk.now();
    let after = match before.is_expired(now) {
        true => update.apply(&expired(before, now), now),
        false => update.apply(before, now),
    };
    if let Ok(after) = &after {
        require_own_word(desk, before, after)?;
    }
    after.map_err(|step| {
        if before.is_expired(now) || before.failure_reason.as_deref() == Some(EXPIRED) {
            desk.note_late::<Updating>(before.device);
        }
        Refusal::Invalid(Invalid::Step(step))
    })
}

/// That a device has erased itself, it alone says: a report calls that proven (R087).
fn require_own_word(desk: &Changing, before: &Operation, after: &Operation) -> Result<(), Refusal> {
    let is_wipe = before.fragments.contains(WIPE);
    let has_succeeded = after.status == OperationStatus::Successful && before.status != after.status;
    let is_said = has_succeeded || !after.fragments.contains(WIPE);
    match is_wipe && is_said && desk.who().kind() != UserKind::Device {
        true => Err(refuse(desk, Updating::INFO.name, "operation")),
        false => Ok(()),
    }
}

/// The operation when its time is over.
pub(crate) fn expired(operation: &Operation, now: Timestamp) -> Operation {
    Operation {
        status: OperationStatus::Failed,
        failure_reason: Some(EXPIRED.to_owned()),
        updated: now,
        ..operation.clone()
    }
}

/// What changed, fragments by their names: values may be secret and stay in the operation.
pub(crate) fn updated(before: &Operation, after: &Operation) -> Note {
    let names = before.fragments.names().chain(after.fragments.names());
    let changed = names.filter(|name| before.fragments.get(name) != after.fragments.get(name));
    let changed: BTreeSet<_> = changed.collect();
    let mut text = format!("Operation on the device {} updated", after.device);
    if !changed.is_empty() {
        let changed: Vec<_> = changed.into_iter().collect();
        text = format!("{text}: {}", changed.join(", "));
    }
    let status = |operation: &Operation| Some(Json::from(operation.status.word()));
    let reason = |operation: &Operation| operation.failure_reason.as_deref().map(Json::from);
    Note::new("Operation", "Operation updated", after.id)
        .text(text)
        .change("status", status(before), status(after))
        .change("failureReason", reason(before), reason(after))
}
